"""The entries of commits as they stand. ``low`` and ``high`` are ranges of ids, both ends included."""

import uuid
from collections.abc import AsyncIterable, Sequence

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.VERIFY_ENTRIES
_Ids = Sequence[uuid.UUID]


def canonical_rows(
    connection: asyncpg.Connection, low: _Ids, high: _Ids, commits: _Ids, *, prefetch: int
) -> AsyncIterable[asyncpg.Record]:
    """For each range in turn: its place from 1, its canonical rows as one text, their number, and how many of them have
    another time than the commit of the range. ``prefetch`` ranges are read at once.
    """
    rows: AsyncIterable[asyncpg.Record] = connection.cursor(
        _QUERIES.canonical_rows, low, high, commits, prefetch=prefetch
    )
    return rows


def metadata(connection: asyncpg.Connection, low: _Ids, high: _Ids, *, prefetch: int) -> AsyncIterable[asyncpg.Record]:
    """The id, the metadata and the digest of the posted metadata of each transaction that has any."""
    rows: AsyncIterable[asyncpg.Record] = connection.cursor(_QUERIES.metadata, low, high, prefetch=prefetch)
    return rows


async def events(connection: asyncpg.Connection, low: _Ids, high: _Ids, kinds: Sequence[str]) -> list[asyncpg.Record]:
    """Whom events concern: kind, subject_id, balance_id, told (the balance in the text of a monitor that fired), and,
    for these kinds, id.
    """
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.events, low, high, kinds)
    return rows


async def batch_ids(connection: asyncpg.Connection, low: _Ids, high: _Ids) -> set[uuid.UUID]:
    """The batches that transactions came with."""
    return {row[0] for row in await connection.fetch(_QUERIES.batch_ids, low, high)}


async def movement_faults(
    connection: asyncpg.Connection,
    low: _Ids,
    high: _Ids,
    order_keys: Sequence[int],
    closings: Sequence[Sequence[object]],
) -> list[asyncpg.Record]:
    """What is wrong with movements: the name of the check, the id, and the fault.

    ``closings`` are the columns ledger, closed before, since and until which order key.
    """
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.movements, low, high, order_keys, *closings)
    return rows


async def concerned(connection: asyncpg.Connection, low: _Ids, high: _Ids) -> list[uuid.UUID]:
    """The transactions that need more proofs than that of their movement."""
    return [row["id"] for row in await connection.fetch(_QUERIES.concerned, low, high)]
