"""Calls that wait until a transaction is no longer deferred.

The calls wait together: when the journal's head has moved, one query finds the ended transactions of all calls. So a
thousand waiting calls cost one query for each step of the head, and none while the journal does not grow.
"""

import asyncio
import uuid

import asyncpg

from ledgerd.core.model.rejection import Reason, reject
from ledgerd.store import deferred, errors
from ledgerd.wakeups.head import Head, Place

LOOK_SECONDS = 5.0
"""The longest time between two queries: a wake-up can be lost."""
MARGIN_SECONDS = 0.25
"""The time before the caller's deadline at which the call is answered with the present status."""


class Waits:
    """One per process."""

    def __init__(
        self, pool: asyncpg.Pool, head: Head, stopping: asyncio.Event, *, margin_seconds: float = MARGIN_SECONDS
    ) -> None:
        self.margin_seconds = margin_seconds
        self._pool = pool
        self._head = head
        self._stopping = stopping
        self._waiters: dict[uuid.UUID, set[asyncio.Future[None]]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._came = asyncio.Event()

    async def until_ended(self, transaction_id: uuid.UUID, seconds: float) -> None:
        """Return when the transaction is no longer deferred, or after this time.

        Raises Rejected: SHUTTING_DOWN, DATABASE_UNAVAILABLE.
        """
        if self._stopping.is_set():
            raise reject(Reason.SHUTTING_DOWN)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(transaction_id, set()).add(answer)
        self._came.set()
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="look-for-ended")
        try:
            async with asyncio.timeout(seconds):
                await answer
        except TimeoutError:
            pass
        finally:
            others = self._waiters.get(transaction_id, set())
            others.discard(answer)
            if not others:
                self._waiters.pop(transaction_id, None)

    async def _look(self) -> None:
        """Query after every step of the head, as long as a call waits."""
        try:
            while self._waiters:
                if self._stopping.is_set():
                    raise reject(Reason.SHUTTING_DOWN)
                self._came.clear()
                place = self._head.place
                async with self._pool.acquire() as connection:
                    ended = await deferred.no_longer_deferred(connection, self._waiters.keys())
                for transaction_id in ended:
                    _answer(self._waiters.get(transaction_id, set()), None)
                await self._change(place)
        except Exception as error:  # noqa: BLE001, it is raised again, in each caller
            failed = reject(Reason.DATABASE_UNAVAILABLE) if errors.is_away(error) else error
            for answers in self._waiters.values():
                _answer(answers, failed)
        finally:
            self._looking = None

    async def _change(self, place: Place) -> None:
        """Wait until the head has moved or another call waits, whose transaction may have been applied meanwhile."""
        moved = asyncio.ensure_future(self._head.change(place, seconds=LOOK_SECONDS))
        came = asyncio.ensure_future(self._came.wait())
        try:
            await asyncio.wait({moved, came}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            moved.cancel()
            came.cancel()


def _answer(answers: "set[asyncio.Future[None]]", error: Exception | None) -> None:
    for answer in answers:
        if answer.done():
            continue  # Its caller is gone, or has its answer.
        if error is None:
            answer.set_result(None)
        else:
            answer.set_exception(error)
