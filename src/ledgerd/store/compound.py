"""Reads splits and batches for operations on them: the balances that they touch, and their legs for the Book.

An operation on a leg changes its split as well. So a split is always read with all its legs, even where an operation
names one leg. A later operation on the split then finds all legs in the Book.
"""

import uuid
from collections.abc import Callable, Collection, Iterable

import asyncpg

from ledgerd.core.book import Book
from ledgerd.core.model.allocation import Share
from ledgerd.core.model.figures import Kind
from ledgerd.core.model.ids import BALANCE, BATCH, TRANSACTION, decode_hex, encode
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejected, Rejection
from ledgerd.core.model.request_json import read_back
from ledgerd.store import queries
from ledgerd.store.sql import as_array

_QUERIES = queries.POSTING
_MEMBERS = (Kind.POSTING, Kind.HOLD)


class Crowded(Rejected):
    """The operations concern more legs than one database transaction may resolve or amend. Fewer operations may fit."""


def reject_crowd(count: int, limit: int) -> None:
    """Raise Crowded where the legs are too many."""
    if count > limit:
        raise Crowded(Rejection(Reason.TOO_MANY_ITEMS, {"unit": "legs", "requested": str(count), "limit": str(limit)}))


def batch_keys(ids: Iterable[str]) -> list[str]:
    """The keys of the ids of batches."""
    return [key for key in (decode_hex(BATCH, text) for text in ids if text.startswith(BATCH)) if key is not None]


async def finished(connection: asyncpg.Connection, book: Book, keys: Collection[str]) -> list[uuid.UUID]:
    """Those of these batches that are finished. The Book learns which of them are not."""
    if not keys:
        return []
    rows = await connection.fetch(_QUERIES.batches_known, as_array(keys))
    book.unfinished |= {encode(BATCH, row["id"].int) for row in rows if not row["finished"]}
    return [row["id"] for row in rows if row["finished"]]


def split_keys(rows: Iterable[asyncpg.Record]) -> set[str]:
    """The keys of the splits among these rows, and of the splits of the legs among them."""
    keys = set()
    for row in rows:
        if row["kind"] == Kind.SPLIT:
            keys.add(row["id"].hex)
        elif row["header_id"] is not None and row["kind"] in _MEMBERS:
            keys.add(row["header_id"].hex)
    return keys


async def sides(
    connection: asyncpg.Connection, splits: Collection[str], batches: Collection[str], legs_max: int
) -> set[str]:
    """The keys of all balances of these splits and batches. Raises Crowded where their legs are too many.

    A split that divides late has no legs yet, but another decision may have applied it by then, so all balances that it
    names are among them.
    """
    if not splits and not batches:
        return set()
    enough = legs_max + 1
    undivided = await connection.fetch(_QUERIES.undivided, as_array(splits), as_array(batches))
    count = await connection.fetchval(_QUERIES.count_of_compound, as_array(splits), as_array(batches), enough)
    reject_crowd(count + sum(share_count(row["request_json"]) for row in undivided), legs_max)
    rows = await connection.fetch(_QUERIES.sides_of_compound, as_array(splits), as_array(batches))
    whole = (row[side] for row in (*rows, *undivided) for side in ("source_id", "destination_id"))
    named = (decode_hex(BALANCE, share.balance) for row in undivided for share in _shares(row["request_json"]))
    return {key.hex for key in whole if key is not None} | {key for key in named if key is not None}


def share_count(request_json: str | None) -> int:
    """The number of shares of a split that divides late: it will not have more legs."""
    return len(_shares(request_json))


def _shares(request_json: str | None) -> tuple[Share, ...]:
    return read_back(request_json, "sources") + read_back(request_json, "destinations")


async def add(
    connection: asyncpg.Connection,
    book: Book,
    splits: Collection[str],
    batches: Collection[str],
    read: Callable[[asyncpg.Record], Parent],
) -> None:
    """Add splits and batches with all their legs. What the Book knows already stays: it is newer.

    Call it after the balances were read, see load.parents.
    """
    known = await _batches(connection, book, batches)
    rows = await connection.fetch(_QUERIES.legs_of_compound, as_array(splits), as_array(known))
    # A deferred transaction that was applied after its balances were looked up does not count in this decision.
    # Neither does any leg of its split.
    unseen = {row["header_id"] or row["id"] for row in rows if not _is_seen(book, row)}
    rows = [row for row in rows if (row["header_id"] or row["id"]) not in unseen]
    rows.sort(key=lambda row: row["id"].int)
    headers = {row["header_id"].hex for row in rows if row["header_id"] is not None} | set(splits)
    missing = [key for key in headers if not _is_known(book, encode(TRANSACTION, int(key, 16)))]
    for row in await connection.fetch(_QUERIES.parents, as_array(missing)) if missing else ():
        _keep(book, read(row))
    legs: dict[str, list[str]] = {}
    for row in rows:
        leg = _keep(book, read(row))
        if row["header_id"] is not None:
            header = book.parents[encode(TRANSACTION, row["header_id"].int)]
            leg.header = header
            header.inflight = leg.kind is Kind.HOLD
            legs.setdefault(header.id, []).append(leg.id)
        if row["batch_id"] is not None and row["batch_id"].hex in known:
            legs.setdefault(encode(BATCH, row["batch_id"].int), []).append(leg.id)
    for header_id, leg_ids in legs.items():
        book.parents[header_id].leg_ids = tuple(leg_ids)


def _is_seen(book: Book, row: asyncpg.Record) -> bool:
    """Whether the Book has both balances. A split that divides late stands for legs that it does not have yet."""
    sides = (row["source_id"], row["destination_id"])
    return row["kind"] == Kind.SPLIT or all(encode(BALANCE, side.int) in book.accounts for side in sides)


async def _batches(connection: asyncpg.Connection, book: Book, batches: Collection[str]) -> list[str]:
    numbers = await finished(connection, book, batches)
    if not numbers:
        return []
    kinds: dict[uuid.UUID, set[tuple[str, int]]] = {number: set() for number in numbers}
    for number, *kind in await connection.fetch(_QUERIES.kinds_of_batches, list(kinds)):
        kinds[number].add(tuple(kind))
    for number in numbers:
        batch_id = encode(BATCH, number.int)
        of_kinds = frozenset(kinds[number])
        book.parents[batch_id] = Parent(batch_id, number.hex, "", "", 0, kind=Kind.SPLIT, kinds=of_kinds)
    return [number.hex for number in numbers]


def _is_known(book: Book, transaction_id: str) -> bool:
    """Whether the Book knows a transaction. One that was deferred when it was read may have been applied since."""
    known = book.parents.get(transaction_id)
    return known is not None and known.unmoved is None


def _keep(book: Book, parent: Parent) -> Parent:
    """The parent that the Book knows, or else the one read now."""
    if not _is_known(book, parent.id):
        book.parents[parent.id] = parent
    return book.parents[parent.id]
