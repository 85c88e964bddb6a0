"""Reads single balances for many callers at once.

Calls that arrive while a query is running gather, and the next query reads them together: under
load a hundred calls cost one round trip, and an idle server answers at once. A query begins after
every call that it answers, so a caller sees every write that was acknowledged before it asked.
"""

import asyncio

import asyncpg

from ledgerd.operations import balances

BALANCES_PER_QUERY_MAX = 500

_Waiting = list[tuple[str, "asyncio.Future[asyncpg.Record]"]]


class BalanceReader:
    """One per process. Bounded by the number of calls that the server takes on."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._waiting: _Waiting = []
        self._reading: asyncio.Task[None] | None = None

    def get(self, key: str) -> "asyncio.Future[asyncpg.Record]":
        """The row of a balance by its key (an id as 32 hex digits).

        The future raises Refused: BALANCE_NOT_FOUND.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[asyncpg.Record] = loop.create_future()
        self._waiting.append((key, answer))
        if self._reading is None:
            self._reading = loop.create_task(self._read(), name="read-balances")
        return answer

    async def _read(self) -> None:
        try:
            while self._waiting:
                asked = self._waiting[:BALANCES_PER_QUERY_MAX]
                del self._waiting[:BALANCES_PER_QUERY_MAX]
                await self._answer(asked)
        finally:
            self._reading = None

    async def _answer(self, asked: _Waiting) -> None:
        try:
            async with self._pool.acquire() as connection:
                found = await balances.by_keys(connection, {key for key, _ in asked})
        except Exception as error:  # noqa: BLE001, it is raised again, in each caller
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(error)
            return
        for key, answer in asked:
            if answer.done():
                continue  # Its caller has gone.
            row = found.get(key)
            if row is None:
                answer.set_exception(balances.missing(key))
            else:
                answer.set_result(row)
