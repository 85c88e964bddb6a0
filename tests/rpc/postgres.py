"""A PostgreSQL that the test may stop."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from ledgerd.embedded import EmbeddedPostgres
from ledgerd.store import migrate


@asynccontextmanager
async def own_postgres() -> AsyncIterator[EmbeddedPostgres]:
    """With the schema and nothing in it; gone after the block."""
    directory = Path(tempfile.mkdtemp(prefix="lgd", dir="/tmp"))
    directory.chmod(0o755)
    postgres = await EmbeddedPostgres.start(directory)
    connection = await asyncpg.connect(postgres.dsn)
    await migrate.migrate(connection)
    await connection.close()
    yield postgres
    await postgres.stop()
    shutil.rmtree(directory, ignore_errors=True)
