"""The journal's head as this process knows it, and waiting for it to change.

A wake-up is a hint: it says "look", and nothing about where the head is. Only what the database says is taken in.
"""

import asyncio
from typing import NamedTuple

import structlog

from ledgerd import metrics
from ledgerd.core.model.chain import GENESIS

log = structlog.get_logger()


class Place(NamedTuple):
    """Where a journal stands: its history's name, the last position given, and the chain's hash there."""

    epoch: str
    position: int
    chain: bytes


class Head:
    """The last place that the database told. It may lag behind."""

    def __init__(self) -> None:
        self.place = Place("", 0, GENESIS)
        self.announced = 0
        """The position that this process's own tick is about to tell the others: no news, when it is heard here."""
        self.replacements = 0
        """How often the journal turned out not to continue the one that was known."""
        self.hinted = asyncio.Event()
        """Set when the head may have moved, for whoever looks, who clears it."""
        self._changed = asyncio.Event()

    def hint(self, source: str) -> None:
        """Something says that the head has moved. Believes nothing of it, but looks soon."""
        metrics.WAKEUPS.labels(source).inc()
        self.hinted.set()

    def announce(self, position: int) -> None:
        """A tick of this process is about to tell the others of this position."""
        self.announced = position

    def learn(self, known: Place, told: Place, chain_at_known: bytes | None) -> None:
        """Take in what the database told.

        ``known`` is the place that was known when it was asked; ``chain_at_known`` the chain's hash that the database
        has at that position, None where it has none. Where they differ, the history that was known is gone: a standby
        that lacked its end took over, or a backup was restored.
        """
        continues = told.epoch == known.epoch and chain_at_known == known.chain
        if not continues and known.epoch:
            self.replacements += 1
            log.warning("journal history replaced", position_known=known.position, position=told.position)
        elif told.position <= self.place.position and self.place.epoch:
            return  # Nothing new; or asked before, and answered after, somebody else.
        self.place = told
        metrics.JOURNAL_POSITION.set(told.position)
        self.wake()

    def wake(self) -> None:
        """Wake who waits for a change: there is one, or the server is stopping."""
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
