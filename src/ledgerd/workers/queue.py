"""Applies queued transactions, for each source in the order of acceptance.

The worker repeatedly reads the oldest transactions of the queue and submits them to the Poster in that order. While
some are applied it reads the next ones. Its submissions form an ordered run (see OrderedRun): once one submission was
not recorded, no later one is, and the worker begins again with the oldest transaction. So no transaction overtakes an
earlier one of the same source:

- A number is drawn under the locks of the balances, so for each source the lower number is visible first.
- A worker begins with the lowest number and skips none.
- Two workers may do the same work at once, because one lost its lease. Both follow these rules, and a transaction that
  one has applied needs no work of the other.
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
"""The submissions under way: enough to keep the write path busy, and few enough for other callers to get their turn."""
RUN = 40
"""The submissions of one ordered run. After them the worker looks for lower numbers that became visible since."""
LEASE = timedelta(seconds=0.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is applied at once, and how often the queue is read."""

    at_once: int = 2_500
    """The transactions of one submission, legs counted."""
    poll_seconds: float = 0.1
    """The pause between two reads. Other processes accept transactions as well, and do not wake this process."""
    away_seconds: float = loop.AWAY_SECONDS


USUAL = Settings()


async def run(engine: Engine, accepted: asyncio.Event, stop: asyncio.Event, settings: Settings = USUAL) -> None:
    """Apply queued transactions until stop is set. ``accepted`` is set when this process queued a transaction."""
    holder = uuid.uuid4()

    async def step() -> float:
        changed = await apply_queued(engine, holder, stop, settings)
        return 0 if changed else loop.about(settings.poll_seconds)

    await loop.repeat(step, "queue", stop, wake=accepted, away_seconds=settings.away_seconds)


async def apply_queued(engine: Engine, holder: uuid.UUID, stop: asyncio.Event, settings: Settings = USUAL) -> int:
    """Apply the transactions that are queued now, unless another process does so. Returns how many were applied or
    rejected."""
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
        # A submission that failed has broken the run, and the later submissions apply nothing.
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
