"""Batches as they are read: those that are done, and those that were accepted and are not done."""

import uuid

import asyncpg

from ledgerd.store.listings import BATCHES


async def find(connection: asyncpg.Connection, batch_id: uuid.UUID) -> asyncpg.Record | None:
    """A batch, if it exists."""
    return await connection.fetchrow(f"{BATCHES.select} WHERE t.id = $1", batch_id)
