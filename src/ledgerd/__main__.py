"""``ledgerd`` and ``python -m ledgerd``."""

import os

# The embedded PostgreSQL is started again by a fork while gRPC serves; gRPC's own fork handlers, which
# read this when gRPC is imported, would hold up the child.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

from ledgerd.cli.commands import main

if __name__ == "__main__":
    main()
