"""Reads that scan many rows take turns, so that reads by index stay quick."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg

from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.store import errors

WAITING_PER_TURN = 4
"""How many reads may wait for each read under way."""
WAIT_SECONDS = 2.0
_RETRY_SECONDS_MAX = 30
_REMEMBERED = 0.8
"""The weight of the turns before the last one in the average time of a turn."""


class CostlyReads:
    """One per process. At most ``at_once`` reads run, some more wait for a while, and further ones are rejected."""

    def __init__(self, pool: asyncpg.Pool, *, at_once: int, seconds: float, wait_seconds: float = WAIT_SECONDS) -> None:
        self._pool = pool
        self._at_once = at_once
        self._seconds = seconds
        self._wait_seconds = wait_seconds
        self._turns = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._usual_seconds = 0.0

    @property
    def waiting(self) -> int:
        """The number of reads that wait for their turn."""
        return self._waiting

    @property
    def seconds(self) -> float:
        """How long a statement of a read may take."""
        return self._seconds

    @asynccontextmanager
    async def turn(self, field: str) -> AsyncIterator[asyncpg.Connection]:
        """A connection whose statements end after a bounded time. ``field`` is what would make the read cheaper.
        Raises Rejected: READ_TOO_COSTLY."""
        await self._take(field)
        begun = asyncio.get_running_loop().time()
        try:
            async with self._pool.acquire() as connection:
                with cut_off(self._seconds, field):
                    yield connection
        finally:
            took = asyncio.get_running_loop().time() - begun
            self._usual_seconds = self._usual_seconds * _REMEMBERED + took * (1 - _REMEMBERED)
            self._turns.release()

    async def _take(self, field: str) -> None:
        if self._waiting >= self._at_once * WAITING_PER_TURN and self._turns.locked():
            raise self._rejected(field)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise self._rejected(field) from None
        finally:
            self._waiting -= 1

    def _rejected(self, field: str) -> Rejected:
        ahead = (self._waiting + self._at_once) * self._usual_seconds / self._at_once
        return reject(
            Reason.READ_TOO_COSTLY,
            cause="busy",
            field=field,
            running=self._at_once,
            waiting=self._waiting,
            limit=self._at_once,
            retry_seconds=min(max(1, math.ceil(ahead)), _RETRY_SECONDS_MAX),
        )


@contextmanager
def cut_off(seconds: float, field: str) -> Iterator[None]:
    """Turn the time-out of a statement into a rejection. Raises Rejected: READ_TOO_COSTLY."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if errors.is_overdue(error):
            raise reject(Reason.READ_TOO_COSTLY, cause="time", field=field, limit_seconds=f"{seconds:g}") from error
        raise
