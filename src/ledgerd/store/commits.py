"""Transactions whose COMMIT is an acknowledgement only when it is one.

Where a standby must have every commit before it counts, COMMIT waits for it. A wait that is cut short, by whomever,
leaves the transaction standing on this server, for everybody to see, and perhaps nowhere else: PostgreSQL then warns,
and answers COMMIT all the same. So

- a COMMIT that warns is of unknown outcome, like one whose connection broke;
- no COMMIT is cancelled: not by a time-out of ours, not by a caller who left. The connection is closed instead, and
  PostgreSQL goes on waiting;
- what is found to be recorded is acknowledged only after a `barrier`: a commit of its own that comes later in the log,
  and waits for the standby in its turn.
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
    """One transaction, never part of another. Raises OutcomeUnknown where it may be recorded or not."""
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
    """Give the rest of this transaction more time than a read has."""
    await connection.execute(queries.SESSION.take_time)


async def barrier(connection: asyncpg.Connection) -> None:
    """To be the last in a transaction that found what another one recorded: its COMMIT then vouches for both.

    Costs nothing but a question where commits wait for no standby.
    """
    await connection.execute(_QUERIES.barrier)


async def vouch(connection: asyncpg.Connection) -> None:
    """The same as a transaction of its own. Raises OutcomeUnknown."""
    await _commit(connection, _QUERIES.barrier)


async def probe(connection: asyncpg.Connection, seconds: float) -> None:
    """Whether a commit comes to its end in time; this one acknowledges nothing, and is cancelled when it does not."""
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
