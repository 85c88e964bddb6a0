"""Counts the deferred transactions from time to time, for their bound, and measures how late the work is."""

import asyncio

from ledgerd import metrics
from ledgerd.operations.engine import Engine
from ledgerd.store import deferred, due
from ledgerd.workers import loop

PAUSE_SECONDS = 1.0
_TIMES_AS_LONG = 20
"""The pause after a count is at least so many times as long as the count, so that a slow count runs less often."""


async def run(engine: Engine, stop: asyncio.Event) -> None:
    """Count until stop is set."""

    async def step() -> float:
        await count(engine)
        return PAUSE_SECONDS

    what = "count of deferred transactions"
    await loop.repeat(step, what, stop, away_seconds=PAUSE_SECONDS, times_as_long=_TIMES_AS_LONG)


async def count(engine: Engine) -> None:
    """Count once."""
    backlog = engine.poster.backlog
    begun = backlog.begin_count()
    async with engine.upkeep.acquire() as connection:
        count = await deferred.backlog(connection)
        late = await due.lateness(connection)
    backlog.counted(count, begun)
    metrics.DEFERRED.set(count)
    metrics.LATENESS_SECONDS.labels("timed").set(late.timed)
    metrics.LATENESS_SECONDS.labels("queued").set(late.queued)
