"""The loop of every worker: it repeats a step, through outages, until it is told to stop."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection

from ledgerd.core.model.rejection import Rejected
from ledgerd.outage import Outage
from ledgerd.store import errors

AWAY_SECONDS = 1.0
"""The pause after a step that failed."""

Step = Callable[[], Awaitable[float]]
"""Does the work there is. Returns the seconds until the next step: 0 means at once."""


async def repeat(
    step: Step,
    what: str,
    stop: asyncio.Event,
    *,
    wake: asyncio.Event | None = None,
    away_seconds: float = AWAY_SECONDS,
    times_as_long: int = 0,
) -> None:
    """Repeat a step until ``stop`` is set.

    ``what`` is the noun of the log lines that say that the work is paused and resumed: a step may fail where the
    database or the write path is unavailable or busy. Any other error ends the worker. ``wake`` ends the pause after a
    step that succeeded, and is cleared before the next step. A pause is at least ``times_as_long`` times as long as the
    step.
    """
    loop, outage = asyncio.get_running_loop(), Outage(what)
    wakers = [stop] if wake is None else [stop, wake]
    while not stop.is_set():
        if wake is not None:
            wake.clear()
        begun = loop.time()
        try:
            seconds, enders = await step(), wakers
        except Exception as error:
            if not (errors.is_passing(error) or isinstance(error, Rejected)):
                raise
            outage.failed(error)
            seconds, enders = away_seconds, [stop]
        else:
            outage.passed()
        await _pause(enders, max(seconds, (loop.time() - begun) * times_as_long))


def about(seconds: float) -> float:
    """A little more or less, so that processes that started together do not work at the same moments."""
    return seconds * random.uniform(0.8, 1.2)


async def _pause(enders: Collection[asyncio.Event], seconds: float) -> None:
    """Wait for so long, or until one of the events is set."""
    if seconds <= 0:
        return
    waiting = [asyncio.ensure_future(event.wait()) for event in enders]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiting:
            waiter.cancel()
