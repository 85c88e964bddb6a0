"""Closing a ledger's periods, step by step. The order of the steps is explained in queries/periods.sql."""

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.PERIODS


class Clock(NamedTuple):
    """The database's time, and the time from which on everything counts as recent."""

    now: datetime
    recent: datetime


async def look(connection: asyncpg.Connection, recent_seconds: int) -> Clock:
    """What the database's clock says."""
    row = await connection.fetchrow(_QUERIES.look, timedelta(seconds=recent_seconds))
    return Clock(row["now"], row["recent"])


async def lock_balances(connection: asyncpg.Connection, ledger_id: uuid.UUID) -> None:
    """Lock every balance of a ledger, in id order."""
    await connection.fetchval(_QUERIES.lock_balances, ledger_id)


async def lock(connection: asyncpg.Connection, ledger_id: uuid.UUID) -> asyncpg.Record:
    """The row of a ledger that exists, locked: until the end no balance is created in it."""
    return await connection.fetchrow(_QUERIES.lock, ledger_id)


async def close(
    connection: asyncpg.Connection, ledger_id: uuid.UUID, closed_before: datetime, at: datetime
) -> asyncpg.Record:
    """The ledger's row after it was closed up to a time."""
    return await connection.fetchrow(_QUERIES.close, ledger_id, closed_before, at)


async def renew_balances(connection: asyncpg.Connection, ledger_id: uuid.UUID) -> None:
    """Make every balance of a ledger a new version: what was decided on the old ones is decided again."""
    await connection.execute(_QUERIES.renew_balances, ledger_id)
