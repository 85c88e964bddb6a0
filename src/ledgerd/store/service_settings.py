"""The settings of the whole service, one row."""

from datetime import datetime

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.SERVICE_SETTINGS


async def default_currency(connection: asyncpg.Connection) -> str | None:
    """The currency of drafts that give none and name no balance by id."""
    code: str | None = await connection.fetchval(_QUERIES.default_currency)
    return code


async def find(connection: asyncpg.Connection) -> asyncpg.Record:
    """The settings."""
    return await connection.fetchrow(_QUERIES.find)


async def lock(connection: asyncpg.Connection) -> asyncpg.Record:
    """The settings, locked to the end of the transaction."""
    return await connection.fetchrow(_QUERIES.lock)


async def update(connection: asyncpg.Connection, *, currency: str | None, at: datetime) -> asyncpg.Record:
    """The settings after a change."""
    return await connection.fetchrow(_QUERIES.update, currency, at)
