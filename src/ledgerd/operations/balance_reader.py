"""Reads single balances for many callers at once.

Calls that arrive while a query is running gather, and the next query reads them together: under
load a hundred calls cost one round trip, and an idle server answers at once. A query begins after
every call that it answers, so a caller sees every write that was acknowledged before it asked.

A query is quick, so under load few calls would arrive while one runs, and most of a call's cost
would be a query of its own. Therefore, while calls keep coming together, the next query waits a
little for more of them: the longer, the more came the last time. A caller that is alone never waits.
"""

import asyncio

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.operations import balances
from ledgerd.store import balances as rows

BALANCES_PER_QUERY_MAX = 500
GATHER_SECONDS_PER_CALL = 0.0003
GATHER_SECONDS_MAX = 0.003

_Deferred = list[tuple[str, "asyncio.Future[asyncpg.Record]"]]


class BalanceReader:
    """One per process. Bounded by the number of calls that the server takes on."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._deferred: _Deferred = []
        self._reading: asyncio.Task[None] | None = None

    def get(self, caller: Caller, key: str) -> "asyncio.Future[asyncpg.Record]":
        """The row of a balance by its key (an id as 32 hex digits).

        The future raises Rejected: BALANCE_NOT_FOUND.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[asyncpg.Record] = loop.create_future()
        self._deferred.append((key, answer))
        if self._reading is None:
            self._reading = loop.create_task(self._read(), name="read-balances")
        return answer

    async def _read(self) -> None:
        asked: _Deferred = []
        try:
            # Asked twice, because calls may come in while the connection is released.
            while self._deferred:
                async with self._pool.acquire() as connection:
                    while self._deferred:
                        if len(asked) > 1:
                            await asyncio.sleep(min(len(asked) * GATHER_SECONDS_PER_CALL, GATHER_SECONDS_MAX))
                        asked = self._deferred[:BALANCES_PER_QUERY_MAX]
                        del self._deferred[:BALANCES_PER_QUERY_MAX]
                        _answer(asked, await rows.by_keys(connection, {key for key, _ in asked}))
        except Exception as error:  # noqa: BLE001, it is raised again, in each caller
            _fail(asked + self._deferred, error)
            self._deferred.clear()
        finally:
            self._reading = None


def _answer(asked: _Deferred, found: dict[str, asyncpg.Record]) -> None:
    for key, answer in asked:
        if answer.done():
            continue  # Its caller has gone.
        row = found.get(key)
        if row is None:
            answer.set_exception(balances.missing(key))
        else:
            answer.set_result(row)


def _fail(asked: _Deferred, error: Exception) -> None:
    for _, answer in asked:
        if not answer.done():
            answer.set_exception(error)
