"""The journal's head as this process knows it, and waiting for it to move."""

import asyncio

from ledgerd import metrics


class Head:
    """The last position known to be placed. It only grows; it may lag behind the database."""

    def __init__(self) -> None:
        self.position = 0
        self._moved = asyncio.Event()

    def advance(self, position: int) -> None:
        """Learn of a later position, from whichever wake-up brought it, and wake who waits."""
        if position <= self.position:
            return
        self.position = position
        metrics.JOURNAL_POSITION.set(position)
        self.wake()

    def wake(self) -> None:
        """Wake who waits without having moved: the server is stopping."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def beyond(self, position: int, *, seconds: float) -> bool:
        """Wait until the head is beyond a position; False if it is not within that time."""
        if self.position > position:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._moved.wait()
        except TimeoutError:
            return False
        return self.position > position
