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
    """The time of the database's clock."""
    row = await connection.fetchrow(_QUERIES.look, timedelta(seconds=recent_seconds))
    return Clock(row["now"], row["recent"])


async def lock_balances(connection: asyncpg.Connection, ledger_id: uuid.UUID) -> None:
    """Lock every balance of a ledger, in id order."""
    await connection.fetchval(_QUERIES.lock_balances, ledger_id)


async def lock(connection: asyncpg.Connection, ledger_id: uuid.UUID) -> asyncpg.Record:
    """The row of an existing ledger, locked: no balance is created in it before the transaction ends."""
    return await connection.fetchrow(_QUERIES.lock, ledger_id)


async def close(
    connection: asyncpg.Connection, ledger_id: uuid.UUID, closed_before: datetime, at: datetime
) -> asyncpg.Record:
    """The ledger's row after it was closed up to a time."""
    return await connection.fetchrow(_QUERIES.close, ledger_id, closed_before, at)


async def renew_balances(connection: asyncpg.Connection, ledger_id: uuid.UUID) -> None:
    """Make a new version of every balance of a ledger, so that decisions on the old versions are made again."""
    await connection.execute(_QUERIES.renew_balances, ledger_id)
