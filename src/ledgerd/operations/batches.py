"""Batches as recorded."""

import uuid

import asyncpg

from ledgerd.core.ids import BATCH, encode
from ledgerd.core.rejection import Reason, refuse
from ledgerd.operations.engine import Engine
from ledgerd.store import sql

_SELECT: str = sql.load("batches.sql").select


async def get(engine: Engine, batch_id: uuid.UUID) -> asyncpg.Record:
    """A batch. Raises Refused: BATCH_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        row = await connection.fetchrow(f"{_SELECT} WHERE t.id = $1", batch_id)
    if row is None:
        raise refuse(Reason.BATCH_NOT_FOUND, batch=encode(BATCH, batch_id.int))
    return row
