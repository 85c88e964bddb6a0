"""Reads single balances for many callers at once.

Calls that arrive during a query gather, and the next query reads their balances together. Under load
a hundred calls cost one round trip, and an idle server answers at once. A query begins after every
call that it answers, so a caller sees every write that was acknowledged before the call.

A query is quick, so under load few calls would arrive during a query, and most of a call's cost would
be a query of its own. Therefore, under load, the next query waits a little for more calls: the more
calls came the last time, the longer it waits. A single caller never waits.
"""

import asyncio

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.operations import balances
from ledgerd.store import balances as rows

BALANCES_PER_QUERY_MAX = 500
GATHER_SECONDS_PER_CALL = 0.0003
GATHER_SECONDS_MAX = 0.003

_Calls = list[tuple[str, "asyncio.Future[asyncpg.Record]"]]


class BalanceReader:
    """One per process. The server's bound on calls bounds the reader as well."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._waiting: _Calls = []
        self._reading: asyncio.Task[None] | None = None

    def get(self, caller: Caller, key: str) -> "asyncio.Future[asyncpg.Record]":
        """The row of a balance by its key (an id as 32 hex digits).

        The future raises Rejected: BALANCE_NOT_FOUND.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[asyncpg.Record] = loop.create_future()
        self._waiting.append((key, answer))
        if self._reading is None:
            self._reading = loop.create_task(self._read(), name="read-balances")
        return answer

    async def _read(self) -> None:
        pending: _Calls = []
        try:
            # The loop checks twice, because calls may arrive while the connection is released.
            while self._waiting:
                async with self._pool.acquire() as connection:
                    while self._waiting:
                        if len(pending) > 1:
                            await asyncio.sleep(min(len(pending) * GATHER_SECONDS_PER_CALL, GATHER_SECONDS_MAX))
                        pending = self._waiting[:BALANCES_PER_QUERY_MAX]
                        del self._waiting[:BALANCES_PER_QUERY_MAX]
                        _answer(pending, await rows.by_keys(connection, {key for key, _ in pending}))
        except Exception as error:  # noqa: BLE001, it is raised again, in each caller
            _fail(pending + self._waiting, error)
            self._waiting.clear()
        finally:
            self._reading = None


def _answer(pending: _Calls, found: dict[str, asyncpg.Record]) -> None:
    for key, answer in pending:
        if answer.done():
            continue  # Its caller is gone.
        row = found.get(key)
        if row is None:
            answer.set_exception(balances.missing(key))
        else:
            answer.set_result(row)


def _fail(pending: _Calls, error: Exception) -> None:
    for _, answer in pending:
        if not answer.done():
            answer.set_exception(error)
