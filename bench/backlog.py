"""A queue that grows while nobody applies it, and then is drained by the server that runs anyway."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

_HOLD = """
INSERT INTO leases (name, holder, until) VALUES ('queue', gen_random_uuid(), clock_timestamp() + interval '10 minutes')
ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until
"""
_LOOK_SECONDS = 0.01


@asynccontextmanager
async def held_back(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Have the lease of the queue, as a worker would that does nothing."""
    await connection.execute(_HOLD)
    try:
        yield
    finally:
        await connection.execute("DELETE FROM leases WHERE name = 'queue'")


async def drained(connection: asyncpg.Connection) -> float:
    """Wait until everything that was queued is applied; returns the seconds that it took."""
    begun = time.perf_counter()
    while await connection.fetchval("SELECT EXISTS (SELECT FROM due WHERE due_at IS NULL)"):
        await asyncio.sleep(_LOOK_SECONDS)
    return time.perf_counter() - begun
