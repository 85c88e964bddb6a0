"""Balances as rows of their table, with the columns of ``select``. Their totals change in the write path alone."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from ledgerd.core.model.account import BalanceStatus
from ledgerd.store import queries
from ledgerd.store.sql import as_array

_QUERIES = queries.BALANCES
_SELECT = _QUERIES.select


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSettings:
    """What can be changed. Floor and ceiling are in minor units, ``metadata`` is JSON text."""

    identity_id: uuid.UUID | None
    floor: int | None
    ceiling: int | None
    group: str | None
    tag: str | None
    track_fund_lineage: bool
    allocation_strategy: str
    metadata: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBalance:
    """A balance to be inserted. It begins with zero totals."""

    id: uuid.UUID
    ledger_id: uuid.UUID
    indicator: str | None
    currency: str
    precision: int
    settings: BalanceSettings
    request_id: str | None
    at: datetime


async def find(connection: asyncpg.Connection, balance_id: uuid.UUID) -> asyncpg.Record | None:
    """A balance, if it exists."""
    return await connection.fetchrow(f"{_SELECT} WHERE t.id = $1", balance_id)


async def lock(connection: asyncpg.Connection, balance_id: uuid.UUID) -> asyncpg.Record | None:
    """A balance, if it exists, locked until commit. What decisions read changes only under this lock."""
    return await connection.fetchrow(f"{_SELECT} WHERE t.id = $1 FOR NO KEY UPDATE", balance_id)


async def by_indicator(connection: asyncpg.Connection, indicator: str, currency: str) -> asyncpg.Record | None:
    """An internal balance, if it exists."""
    return await connection.fetchrow(f"{_SELECT} WHERE t.indicator = $1 AND t.currency = $2", indicator, currency)


async def by_keys(connection: asyncpg.Connection, keys: Collection[str]) -> dict[str, asyncpg.Record]:
    """The rows of those balances that exist, by key: an id as 32 hex digits."""
    # PostgreSQL reads an array in a subquery once and finds its balances by index. Otherwise it scans a table that has
    # no statistics yet, and reads the array again for every row: seconds for a thousand of a few thousand balances.
    rows = await connection.fetch(f"{_SELECT} WHERE t.id = ANY((SELECT $1::text::uuid[])::uuid[])", as_array(keys))
    return {row[0].hex: row for row in rows}


async def insert(connection: asyncpg.Connection, new: Iterable[NewBalance]) -> None:
    """Insert new balances, in this order."""
    await connection.executemany(_QUERIES.insert, [_values(balance) for balance in new])


def _values(balance: NewBalance) -> tuple[object, ...]:
    settings = balance.settings
    return (
        balance.id,
        balance.ledger_id,
        settings.identity_id,
        balance.indicator,
        balance.currency,
        balance.precision,
        settings.floor,
        settings.group,
        settings.tag,
        settings.track_fund_lineage,
        settings.allocation_strategy,
        settings.metadata,
        balance.request_id,
        balance.at,
        settings.ceiling,
    )


async def update(
    connection: asyncpg.Connection, balance_id: uuid.UUID, settings: BalanceSettings, at: datetime
) -> bool:
    """Write the settings of a balance. A changed floor or ceiling makes a new version. Returns whether anything
    changed."""
    changed = await connection.fetchval(
        _QUERIES.update,
        balance_id,
        settings.identity_id,
        settings.floor,
        settings.group,
        settings.tag,
        settings.track_fund_lineage,
        settings.allocation_strategy,
        settings.metadata,
        at,
        settings.ceiling,
    )
    return changed is not None


async def set_status(
    connection: asyncpg.Connection, balance_id: uuid.UUID, status: BalanceStatus, at: datetime
) -> None:
    """Freeze, unfreeze or close a balance. The change counts as a movement of its time, and as a new version."""
    await connection.execute(_QUERIES.set_status, balance_id, status, at)


async def bump(connection: asyncpg.Connection, balance_id: uuid.UUID) -> None:
    """Make a new version of a balance, because decisions read its monitors and one of these changed."""
    await connection.execute(_QUERIES.bump, balance_id)
