"""Posts adjustments that the limits of their rules let be posted without confirmation, and completes those that
somebody began to post or to reverse and did not end.

Any number of servers may do this at the same moment: an adjustment has one reference, and is posted once.
"""

import asyncio
from dataclasses import dataclass

from ledgerd.access.caller import SERVICE
from ledgerd.operations import adjustment_work
from ledgerd.operations.engine import Engine
from ledgerd.workers import loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How often the worker looks."""

    poll_seconds: float = 2.0
    """The pause between two looks for what other processes made due: what this one does wakes the worker."""
    away_seconds: float = loop.AWAY_SECONDS


USUAL = Settings()


async def run(engine: Engine, stop: asyncio.Event, settings: Settings = USUAL) -> None:
    """Post and complete adjustments until stop is set."""

    async def step() -> float:
        done = await adjustment_work.post_due(engine, SERVICE)
        done += await adjustment_work.complete_begun(engine, SERVICE)
        return 0 if done else loop.about(settings.poll_seconds)

    await loop.repeat(step, "adjustments", stop, wake=engine.board.proposed, away_seconds=settings.away_seconds)
