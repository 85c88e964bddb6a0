"""The records of sources, one by one. Lists of them are in listings.py."""

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.EXTERNAL_RECORDS


async def find(connection: asyncpg.Connection, number: int) -> asyncpg.Record | None:
    """A record by its number, if it exists."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1", number)
