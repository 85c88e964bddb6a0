"""The unit of work of operations that write but move no money."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.plan import Plan
from ledgerd.operations.engine import Engine
from ledgerd.store import commits, errors

Result = TypeVar("Result")
Work = Callable[[asyncpg.Connection], Awaitable[Result]]

TRIES = 3


async def write(engine: Engine, work: Work[Result]) -> Result:
    """Run the work in one transaction and wake the sequencer. Work that lost a race is run again.

    A lost race is a deadlock, a lock that another transaction kept for too long, or a name, request id or indicator
    that another call used at the same moment: the next attempt finds it. Raises Rejected with TOO_BUSY, and the
    rejections of the work.
    """
    for attempt in range(1, TRIES + 1):
        try:
            async with engine.pool.acquire() as connection, commits.transaction(connection):
                await commits.take_time(connection)
                result = await work(connection)
        except asyncpg.PostgresError as error:
            if not _lost_race(error):
                raise
            if attempt == TRIES:
                raise reject(Reason.TOO_BUSY, tries=TRIES) from error
        else:
            engine.committed()
            return result
    raise AssertionError("the loop returns or raises")


def begin_plan(engine: Engine) -> Plan:
    """The ids and the time of an administrative commit. Call it when all rows that the commit changes are locked."""
    return Plan(engine.ids_and_clock.block(), engine.ids_and_clock.now())


def _lost_race(error: asyncpg.PostgresError) -> bool:
    return errors.is_transient(error) or errors.constraint(error) in errors.REQUEST_IDS
