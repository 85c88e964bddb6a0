"""Settings of a session for the rest of its transaction."""

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.SESSION


async def take_long_time(connection: asyncpg.Connection) -> None:
    """Allow the statements of the rest of this transaction some minutes."""
    await connection.execute(_QUERIES.take_long_time)


async def allow_idle(connection: asyncpg.Connection, seconds: int) -> None:
    """Let the session do nothing for so many seconds before PostgreSQL ends it."""
    await connection.fetchval(_QUERIES.allow_idle, f"{seconds}s")
