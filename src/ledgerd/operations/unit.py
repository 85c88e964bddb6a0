"""A unit of work on the database beside the write path: reads, and writes that move no money."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg

from ledgerd.core.rejection import Reason, refuse
from ledgerd.operations.engine import Engine
from ledgerd.store import errors

Result = TypeVar("Result")
Work = Callable[[asyncpg.Connection], Awaitable[Result]]

TRIES = 3


@asynccontextmanager
async def reading(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """A connection to read with. Raises Refused with DATABASE_UNAVAILABLE."""
    try:
        async with pool.acquire() as connection:
            yield connection
    except Exception as error:
        if errors.is_away(error):
            raise refuse(Reason.DATABASE_UNAVAILABLE) from error
        raise


async def write(engine: Engine, work: Work[Result]) -> Result:
    """Run the work in one transaction, again if it lost a race, and wake the sequencer.

    A lost race is a deadlock, a lock that did not come free, or a name, request id or indicator that
    another call took at the same moment: the second look finds it. Raises Refused with TOO_BUSY,
    DATABASE_UNAVAILABLE, and whatever the work refuses.
    """
    for attempt in range(1, TRIES + 1):
        try:
            async with reading(engine.pool) as connection, connection.transaction():
                result = await work(connection)
        except asyncpg.PostgresError as error:
            if not _lost_race(error):
                raise
            if attempt == TRIES:
                raise refuse(Reason.TOO_BUSY, tries=TRIES) from error
        else:
            engine.committed()
            return result
    raise AssertionError("the loop returns or raises")


def _lost_race(error: asyncpg.PostgresError) -> bool:
    return errors.is_transient(error) or errors.constraint(error) in errors.REQUEST_IDS
