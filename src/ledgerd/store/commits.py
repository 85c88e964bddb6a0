"""Transactions whose COMMIT is acknowledged only when it is durable.

Where a standby must have every commit, COMMIT waits for the standby. If this wait is interrupted, the transaction
stands on this server, visible to all, and perhaps on no other server. PostgreSQL then warns, and answers COMMIT all the
same. Therefore:

- A COMMIT that warns has an unknown outcome, as one whose connection broke.
- No COMMIT is cancelled, neither by a time-out nor by a caller that is gone. The connection is closed instead, and
  PostgreSQL continues to wait.
- A transaction that is found recorded is acknowledged only after a `barrier`: a further commit, later in the log, that
  waits for the standby as well.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from ledgerd.store import errors, queries
from ledgerd.store.errors import OutcomeUnknown

_QUERIES = queries.CONNECTIONS

COMMIT_SECONDS = 60.0
"""How long a COMMIT may take before its outcome is called unknown."""


@asynccontextmanager
async def transaction(connection: asyncpg.Connection, *, begin: str = "BEGIN") -> AsyncIterator[None]:
    """One transaction, never nested. Raises OutcomeUnknown where it is unknown whether the transaction is recorded."""
    assert not connection.is_in_transaction()
    await connection.execute(begin)
    try:
        yield
    except BaseException as error:
        with suppress(asyncpg.InterfaceError):  # A broken one left its pool.
            if errors.is_misdirected(error):
                connection.terminate()
            elif not connection.is_closed():
                await connection.execute("ROLLBACK")
        raise
    await _commit(connection)


async def take_time(connection: asyncpg.Connection) -> None:
    """Allow the rest of this transaction more time than a read."""
    await connection.execute(queries.SESSION.take_time)


async def barrier(connection: asyncpg.Connection) -> None:
    """Run this last in a transaction that found what another one recorded. Its COMMIT then acknowledges both.

    Where commits wait for no standby, this costs one statement.
    """
    await connection.execute(_QUERIES.barrier)


async def vouch(connection: asyncpg.Connection) -> None:
    """Run `barrier` in a transaction of its own. Raises OutcomeUnknown."""
    await _commit(connection, _QUERIES.barrier)


async def probe(connection: asyncpg.Connection, seconds: float) -> None:
    """Make a commit that writes no row. It is cancelled when it does not end in time: it acknowledges nothing."""
    await connection.execute(_QUERIES.barrier, timeout=seconds)


async def _commit(connection: asyncpg.Connection, statement: str = "COMMIT") -> None:
    warnings: list[str] = []

    def hear(_: object, message: asyncpg.PostgresLogMessage) -> None:
        warnings.append(message.message)

    connection.add_log_listener(hear)
    committing = asyncio.ensure_future(connection.execute(statement, timeout=2 * COMMIT_SECONDS))
    try:
        await asyncio.wait({committing}, timeout=COMMIT_SECONDS)
    finally:
        if not committing.done():
            connection.terminate()
            await asyncio.wait({committing})
            committing.exception()
        else:
            with suppress(asyncpg.InterfaceError):  # A broken one left its pool.
                connection.remove_log_listener(hear)
    try:
        done = committing.result()
    except Exception as error:
        if errors.is_away(error):
            raise OutcomeUnknown from error
        raise
    if done == "ROLLBACK":
        # A transaction that failed before is rolled back by COMMIT, without an error.
        raise errors.RolledBack
    if warnings:
        raise OutcomeUnknown(warnings[0])
