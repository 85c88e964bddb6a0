"""The journal as it stands: its head, its places and its commits."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.VERIFY
_ENTRIES = queries.VERIFY_ENTRIES


class ToldClosing(NamedTuple):
    """A period that was closed, as its event tells, and the order key of its commit."""

    ledger_id: uuid.UUID
    closed_before: str
    order_key: int


async def head_rows(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """The rows of journal_head with their epoch, position and chain. Sound books have one row."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.head)
    return rows


async def count_entries_after(connection: asyncpg.Connection, position: int) -> int:
    """How many entries the journal counts after a position."""
    row = await connection.fetchrow(_QUERIES.totals, position)
    return int(row["entries"])


async def place_at(connection: asyncpg.Connection, position: int) -> asyncpg.Record | None:
    """The journal_id and the chain at a position, if it exists."""
    return await connection.fetchrow(_QUERIES.place_at, position)


async def placed_after(connection: asyncpg.Connection, position: int, limit: int) -> list[asyncpg.Record]:
    """The next places, each with its journal row (id is null where there is none) and the commit's number of places."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.commits, position, limit)
    return rows


async def unplaced_after(connection: asyncpg.Connection, order_key: int, limit: int) -> list[asyncpg.Record]:
    """The next commits that are listed to get a place, the same way; queued_as is the order key of the list."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.unplaced_commits, order_key, limit)
    return rows


async def closings(connection: asyncpg.Connection) -> list[ToldClosing]:
    """Every period that was closed."""
    return [ToldClosing(*row) for row in await connection.fetch(_QUERIES.closings)]


async def closings_between(
    connection: asyncpg.Connection, low: Sequence[uuid.UUID], high: Sequence[uuid.UUID], order_keys: Sequence[int]
) -> list[ToldClosing]:
    """The periods that were closed in ranges of ids; each range belongs to a commit, of which the order key is told."""
    return [ToldClosing(*row) for row in await connection.fetch(_ENTRIES.closings, low, high, order_keys)]
