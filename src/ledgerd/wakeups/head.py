"""The journal's head as this process knows it, and waiting for it to change.

A wake-up is only a hint that the head may have moved. The process takes the head from the database alone.
"""

import asyncio
from typing import NamedTuple

import structlog

from ledgerd import metrics
from ledgerd.core.model.chain import GENESIS

log = structlog.get_logger()


class Place(NamedTuple):
    """The head of a journal: the epoch, the last position given, and the chain's hash there."""

    epoch: str
    position: int
    chain: bytes


class Head:
    """The last place that the database told. It may lag behind."""

    def __init__(self) -> None:
        self.place = Place("", 0, GENESIS)
        self.announced = 0
        """The position that a tick of this process is about to tell the others. Here it is no news."""
        self.replacements = 0
        """How often the journal turned out not to continue the one that was known."""
        self.hinted = asyncio.Event()
        """Set when the head may have moved. The reader of the head clears it."""
        self._changed = asyncio.Event()

    def hint(self, source: str) -> None:
        """Note that the head may have moved, so that it is read soon."""
        metrics.WAKEUPS.labels(source).inc()
        self.hinted.set()

    def announce(self, position: int) -> None:
        """A tick of this process is about to tell the others of this position."""
        self.announced = position

    def learn(self, known: Place, told: Place, chain_at_known: bytes | None) -> None:
        """Learn the head that the database told.

        ``known`` is the place that was known at the time of the query. ``chain_at_known`` is the chain's hash that the
        database has at that position, None where it has none. Where the hashes differ, the known history is lost: a
        standby without its end took over, or a backup was restored.
        """
        continues = told.epoch == known.epoch and chain_at_known == known.chain
        if not continues and known.epoch:
            self.replacements += 1
            log.warning("journal history replaced", position_known=known.position, position=told.position)
        elif told.position <= self.place.position and self.place.epoch:
            return  # Nothing new, or an answer to an older query.
        self.place = told
        metrics.JOURNAL_POSITION.set(told.position)
        self.wake()

    def wake(self) -> None:
        """Wake all who wait for a change: the head has moved, or the server is stopping."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def change(self, since: Place, *, seconds: float) -> bool:
        """Wait until the head is at another place; False if it is not within that time."""
        if self.place != since:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return self.place != since
