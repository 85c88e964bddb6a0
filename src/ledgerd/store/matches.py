"""What runs found, for those who look at it: runs, the rows of matches, rows by what names them."""

import uuid
from collections.abc import Collection, Sequence
from typing import NamedTuple

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.MATCHES

EntryKey = tuple[uuid.UUID, uuid.UUID]
"""The transaction and the balance of an entry."""


class Members(NamedTuple):
    """The first rows of either side of a match, and how many there are."""

    records: list[int]
    entries: list[EntryKey]
    record_count: int
    entry_count: int


async def run(connection: asyncpg.Connection, run_id: uuid.UUID) -> asyncpg.Record | None:
    """A run, if it exists."""
    return await connection.fetchrow(_QUERIES.run, run_id)


async def precisions(
    connection: asyncpg.Connection, run_id: uuid.UUID, balance_ids: Sequence[uuid.UUID]
) -> dict[str, int]:
    """The precision in which a run compared each currency, and that of these balances in currencies of which it found
    nothing."""
    rows = await connection.fetch(_QUERIES.precisions, list(balance_ids), run_id)
    return {row["currency"]: row["precision"] for row in rows}


async def find(connection: asyncpg.Connection, run_id: uuid.UUID, number: int) -> asyncpg.Record | None:
    """A match, if the run has it."""
    return await connection.fetchrow(
        f"{_QUERIES.listed} WHERE m.reconciliation_id = $1 AND m.number = $2", run_id, number
    )


async def members(
    connection: asyncpg.Connection, run_id: uuid.UUID, matches: Sequence[asyncpg.Record], limit: int
) -> dict[int, Members]:
    """The rows of these matches by their numbers, of each side at most ``limit``."""
    found = {
        row["id"]: Members([row["record_number"]], [(row["transaction_id"], row["balance_id"])], 1, 1)
        for row in matches
        if row["record_number"] is not None
    }
    groups = [row["id"] for row in matches if row["record_number"] is None]
    for row in await connection.fetch(_QUERIES.members, run_id, groups, limit) if groups else ():
        of = found.get(row["match_number"]) or Members([], [], 0, 0)
        if row["record_number"] is not None:
            of.records.append(row["record_number"])
            of = of._replace(record_count=row["side_count"])
        else:
            of.entries.append((row["transaction_id"], row["balance_id"]))
            of = of._replace(entry_count=row["side_count"])
        found[row["match_number"]] = of
    return found


async def shown_records(connection: asyncpg.Connection, numbers: Collection[int]) -> dict[int, asyncpg.Record]:
    """Records by their numbers, as callers are shown them."""
    if not numbers:
        return {}
    statement = f"{queries.EXTERNAL_RECORDS.select} WHERE t.id = ANY ($1::bigint[])"
    return {row["id"]: row for row in await connection.fetch(statement, list(numbers))}


async def records(connection: asyncpg.Connection, numbers: Collection[int]) -> dict[int, asyncpg.Record]:
    """Records by their numbers, as matching reads them."""
    if not numbers:
        return {}
    return {row["number"]: row for row in await connection.fetch(_QUERIES.records, list(numbers))}


async def entries(
    connection: asyncpg.Connection,
    keys: Collection[EntryKey],
    *,
    run_id: uuid.UUID | None = None,
    scope: Sequence[uuid.UUID] | None = None,
) -> dict[EntryKey, asyncpg.Record]:
    """Entries by what names them, as matching reads them: holds as the run read them. With a scope only those of its
    balances."""
    if not keys:
        return {}
    transactions, balances = zip(*keys, strict=True)
    rows = await connection.fetch(_QUERIES.entries, transactions, balances, scope and list(scope), run_id)
    return {(row["id"], row["balance_id"]): row for row in rows}


async def not_held(connection: asyncpg.Connection, keys: Collection[EntryKey], *, are_compared: bool) -> set[uuid.UUID]:
    """The holds among these entries of which nothing remains; all of them where a run compares none."""
    rows = await connection.fetch(_QUERIES.not_held, [transaction for transaction, _ in keys], are_compared)
    return {row["id"] for row in rows}


async def others(
    connection: asyncpg.Connection, run_id: uuid.UUID, *, entries: bool, limit: int
) -> list[asyncpg.Record]:
    """Of the first rows of one side that are in no match of a run, what tells how near they are."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.others, run_id, entries, limit)
    return rows
