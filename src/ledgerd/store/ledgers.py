"""Ledgers as rows of their table. Every row has the columns of ``find``."""

import uuid
from collections.abc import Collection
from datetime import datetime

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.LEDGERS


async def find(connection: asyncpg.Connection, ledger_id: uuid.UUID) -> asyncpg.Record | None:
    """A ledger, if it exists."""
    return await connection.fetchrow(_QUERIES.find, ledger_id)


async def known(connection: asyncpg.Connection, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these ledgers that exist."""
    return {row["id"] for row in await connection.fetch(_QUERIES.known, list(ids))} if ids else set()


async def lock(connection: asyncpg.Connection, ledger_id: uuid.UUID) -> asyncpg.Record | None:
    """A ledger, if it exists; its row is locked."""
    return await connection.fetchrow(_QUERIES.lock, ledger_id)


async def insert(
    connection: asyncpg.Connection,
    ledger_id: uuid.UUID,
    *,
    name: str,
    metadata: str,
    request_id: str | None,
    at: datetime,
) -> asyncpg.Record:
    """A new ledger. ``metadata`` is JSON text."""
    return await connection.fetchrow(_QUERIES.insert, ledger_id, name, metadata, request_id, at)


async def update(
    connection: asyncpg.Connection, ledger_id: uuid.UUID, *, name: str | None, metadata: str | None, at: datetime
) -> asyncpg.Record | None:
    """Change a ledger. A setting that is None stays as it is. Returns the ledger's row, None where nothing changes."""
    return await connection.fetchrow(_QUERIES.update, ledger_id, name, metadata, at)
