"""Applies what is queued, for each source in the order of acceptance.

The worker takes the oldest of the queue, again and again, and hands them to the Poster in that order; while some
are applied it reads on. What it hands over together with what came before forms a line (see OrderedRun): once one of
its submissions was not recorded none of the later ones is, and the worker begins anew with the oldest. So nothing
overtakes what was accepted before it on the same source:

- a number is drawn under the locks of the balances, so of one source the lower one is visible first;
- a worker begins with the lowest number there is, and leaves none out;
- two workers that do the same at once, because one was taken for dead, both keep to this; what one has applied is
  nothing to do for the other.
"""

import asyncio
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import timedelta

from ledgerd.access.caller import SERVICE
from ledgerd.core.effects import DeferredChange
from ledgerd.core.model.operation import Apply
from ledgerd.operations.engine import Engine
from ledgerd.poster.submission import OrderedRun, Traffic
from ledgerd.store import deferred, due
from ledgerd.workers import loop

AHEAD = 3
"""Submissions under way: enough to keep the write path busy, and no more, so that other callers get their turn."""
RUN = 40
"""Submissions of one line. Then the worker looks for lower numbers that became visible since."""
LEASE = timedelta(seconds=0.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is applied at once, and how often the queue is looked at."""

    at_once: int = 2_500
    """Transactions of one submission, legs counted."""
    poll_seconds: float = 0.1
    """Other processes accept, too, and do not wake this one."""
    away_seconds: float = loop.AWAY_SECONDS


USUAL = Settings()


async def run(engine: Engine, accepted: asyncio.Event, stop: asyncio.Event, settings: Settings = USUAL) -> None:
    """Apply what is queued until stop is set. ``accepted`` is set when this process accepted something."""
    holder = uuid.uuid4()

    async def step() -> float:
        changed = await apply_queued(engine, holder, stop, settings)
        return 0 if changed else loop.about(settings.poll_seconds)

    await loop.repeat(step, "queue", stop, wake=accepted, away_seconds=settings.away_seconds)


async def apply_queued(engine: Engine, holder: uuid.UUID, stop: asyncio.Event, settings: Settings = USUAL) -> int:
    """Apply what is queued now, unless another process is doing so. Returns how much was applied or rejected."""
    run, under_way = OrderedRun(), deque[asyncio.Task[int]]()
    changed = after = 0
    try:
        for _ in range(RUN):
            nominated, after, has_more = await _nominate(engine, holder, after, settings.at_once)
            if nominated:
                under_way.append(asyncio.create_task(_submit(engine, nominated, run), name="apply-queued"))
            is_last = not has_more or stop.is_set()
            while under_way and (is_last or len(under_way) >= AHEAD):
                changed += await under_way[0]
                under_way.popleft()
            if is_last:
                break
        for task in under_way:
            changed += await task
    finally:
        # One that failed has broken the line, and those after it come to nothing.
        await asyncio.gather(*under_way, return_exceptions=True)
    return changed


async def _nominate(engine: Engine, holder: uuid.UUID, after: int, at_once: int) -> tuple[list[Apply], int, bool]:
    async with engine.upkeep.acquire() as connection:
        found, last, has_more = await deferred.queue_after(connection, after, at_once)
        if not found or not await due.lease(connection, "queue", holder, LEASE):
            return [], after, False
    return [Apply(transaction) for transaction in found], last, has_more


async def _submit(engine: Engine, nominated: list[Apply], run: OrderedRun) -> int:
    outcomes = await engine.poster.submit(nominated, caller=SERVICE, traffic=Traffic.BULK, patient=True, run=run)
    return sum(isinstance(outcome, DeferredChange) for outcome in outcomes)
