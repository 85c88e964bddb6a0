"""Reads of batches: finished ones, and accepted ones that are not finished."""

import uuid

import asyncpg

from ledgerd.store.listings import BATCHES


async def find(connection: asyncpg.Connection, batch_id: uuid.UUID) -> asyncpg.Record | None:
    """A batch, if it exists."""
    return await connection.fetchrow(f"{BATCHES.select} WHERE t.id = $1", batch_id)
