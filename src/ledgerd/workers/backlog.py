"""Counts what waits from time to time, for the bound on what is accepted, and measures how late it is."""

import asyncio

from ledgerd import metrics
from ledgerd.operations.engine import Engine
from ledgerd.outage import Outage
from ledgerd.pause import pause
from ledgerd.store import deferred, due, errors

PAUSE_SECONDS = 1.0
SHARE = 20
"""A count that takes long is made the less often: it takes this part of the time at most."""


async def run(engine: Engine, stop: asyncio.Event) -> None:
    """Count until stop is set."""
    loop = asyncio.get_running_loop()
    outage = Outage("count of what waits")
    while not stop.is_set():
        begun = loop.time()
        try:
            await count(engine)
        except Exception as error:
            if not errors.is_passing(error):
                raise
            outage.failed(error)
        else:
            outage.passed()
        await pause(stop, max(PAUSE_SECONDS, (loop.time() - begun) * SHARE))


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
