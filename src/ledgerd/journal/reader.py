"""Reads the journal from a cursor on, page by page, from the database.

There are two channels: transactions with their transitions, and events. Pages are found by ids
alone: the entries of a commit have the ids after that of its journal row.
"""

import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

import asyncpg

from ledgerd.core.effects import ChangeKind
from ledgerd.core.model.chain import GENESIS, tag
from ledgerd.core.model.event import NOT_SHOWN, Event, EventKind
from ledgerd.core.model.figures import DEFERRED, Kind, Status
from ledgerd.core.model.ids import ORDINAL_MAX
from ledgerd.core.model.request_json import scheduled_time
from ledgerd.core.model.transaction import Transaction
from ledgerd.journal.cursor import Cursor
from ledgerd.store import event_payloads, queries, transactions

_QUERIES = queries.JOURNAL

_ORDERS = frozenset({Kind.CANCEL, Kind.RESCHEDULE, Kind.APPROVE, Kind.DENY})
"""Subscribers see the transaction that an amendment changed, not the amendment."""

PAGE_ENTRIES = 1_000
PAGE_COMMITS = 500


class Channel(Enum):
    TRANSACTIONS = "transactions"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class TransactionEntry:
    """A transaction just after this entry. ``change`` is the kind of the change of an older transaction."""

    cursor: Cursor
    time: datetime
    transaction: Transaction
    change: str | None


@dataclass(frozen=True, slots=True)
class EventEntry:
    """An event that subscribers see."""

    cursor: Cursor
    time: datetime
    event: Event


Entry = TransactionEntry | EventEntry


class HistoryLost(Exception):
    """The journal does not have the commit at a cursor: another commit has its position, or none."""


class Page(NamedTuple):
    """Entries after a cursor, in order, and the cursor after them. Without entries it is the same cursor."""

    entries: list[Entry]
    next: Cursor


class _Part(NamedTuple):
    """The entries of one commit that belong to a page, by ordinal, both ends included."""

    place: tuple[str, int, str]
    """Epoch, position, and the tag of the chain there."""
    base: int
    first: int
    last: int
    entries: int


async def read_page(connection: asyncpg.Connection, after: Cursor, channel: Channel, *, head: int) -> Page:
    """The next page of a channel after a cursor, up to the head. A page without entries still moves the cursor.

    The cursor carries the tag of its chain. Raises HistoryLost where the journal has another chain there.
    """
    commits = await connection.fetch(_QUERIES.commits_from, after.position, head, PAGE_COMMITS + 1)
    _check(commits, after)
    parts = _parts(commits, after)
    if not parts:
        return Page([], after._replace(ordinal=ORDINAL_MAX))
    read = _read_transactions if channel is Channel.TRANSACTIONS else _read_events
    entries = await read(connection, parts)
    entries.sort(key=lambda entry: entry.cursor)
    return Page(entries, _end(parts[-1]))


def _check(commits: list[asyncpg.Record], after: Cursor) -> None:
    """Check that the commit at the cursor came with the page. Only the beginning has no such commit."""
    if after.position == 0:
        chain = GENESIS
    elif commits and commits[0]["position"] == after.position:
        chain = commits[0]["chain"]
    else:
        raise HistoryLost
    if tag(chain) != after.chain:
        raise HistoryLost


def _parts(commits: list[asyncpg.Record], after: Cursor) -> list[_Part]:
    """Whole commits as long as they fit. The first one is divided if it is larger than a page."""
    parts: list[_Part] = []
    capacity = PAGE_ENTRIES
    for row in commits:
        first = after.ordinal + 1 if row["position"] == after.position else 1
        if first > row["entries"]:
            continue
        last = min(row["entries"], first + capacity - 1)
        place = (after.epoch, row["position"], tag(row["chain"]))
        parts.append(_Part(place, row["id"].int, first, last, row["entries"]))
        capacity -= last - first + 1
        if capacity <= 0:
            break
    return parts


def _end(part: _Part) -> Cursor:
    """The cursor after a part. The cursor after a whole commit has one form for all subscribers."""
    return _at(part.place, ORDINAL_MAX if part.last == part.entries else part.last)


def _at(place: tuple[str, int, str], ordinal: int) -> Cursor:
    epoch, position, chain = place
    return Cursor(epoch, position, ordinal, chain)


def _bounds(parts: list[_Part]) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    return (
        [uuid.UUID(int=part.base + part.first) for part in parts],
        [uuid.UUID(int=part.base + part.last) for part in parts],
    )


def _places(parts: list[_Part]) -> dict[int, tuple[str, int, str]]:
    return {part.base: part.place for part in parts}


def _cursor(places: dict[int, tuple[str, int, str]], number: int) -> Cursor:
    ordinal = number & ORDINAL_MAX
    return _at(places[number - ordinal], ordinal)


async def _read_transactions(connection: asyncpg.Connection, parts: list[_Part]) -> list[Entry]:
    low, high = _bounds(parts)
    places = _places(parts)
    entries: list[Entry] = []
    count = 0
    for row in await connection.fetch(transactions.SELECT_BETWEEN.format(limit=PAGE_ENTRIES), low, high):
        count += 1
        transaction = _as_recorded(transactions.from_row(row))
        if transaction.kind in _ORDERS:
            continue
        # Of a deferred transaction, recorded_at is the time when it was applied.
        time = row["created_at"] or row["recorded_at"]
        entries.append(TransactionEntry(_cursor(places, row["id"].int), time, transaction, None))
    if count == sum(part.last - part.first + 1 for part in parts):
        return entries
    return entries + await _read_transitions(connection, places, low, high)


async def _read_transitions(
    connection: asyncpg.Connection, places: dict[int, tuple[str, int, str]], low: list[uuid.UUID], high: list[uuid.UUID]
) -> list[Entry]:
    rows = await connection.fetch(_QUERIES.transitions_between, low, high)
    if not rows:
        return []
    changed = await connection.fetch(
        f"{transactions.SELECT} WHERE t.id = ANY($1::uuid[])", list({row["transaction_id"] for row in rows})
    )
    parents = {row["id"]: transactions.from_row(row) for row in changed}
    return [
        TransactionEntry(
            _cursor(places, row["transition_id"].int),
            row["transition_at"],
            _as_moved(parents[row["transaction_id"]], row),
            row["transition_kind"],
        )
        for row in rows
    ]


def _as_recorded(transaction: Transaction) -> Transaction:
    """A transaction as it was when it was new, without later changes of its life cycle."""
    if transaction.deferred_as is not None:
        return replace(
            transaction,
            status=transaction.deferred_as,
            scheduled_at=scheduled_time(transaction.request_json),
            **_UNMOVED,
            **_undecided(transaction),
        )
    if transaction.committed is not None:
        return replace(transaction, status=Status.INFLIGHT, committed=0, voided=0, refunded=0)
    return replace(transaction, refunded=0) if transaction.refunded else transaction


def _as_moved(transaction: Transaction, row: asyncpg.Record) -> Transaction:
    """A transaction as it was just after a transition."""
    # The entry of the new header showed its legs, perhaps thousands. A deferred refund shows them when it is applied.
    comes_with_legs = transaction.kind is Kind.REFUND and row["transition_kind"] == ChangeKind.APPLIED
    leg_ids = transaction.leg_ids if comes_with_legs else ()
    moved = replace(transaction, status=Status(row["status_then"]), refunded=row["refunded_then"], leg_ids=leg_ids)
    if moved.status in DEFERRED:
        return _as_it_was_deferred(moved, row)
    if transaction.committed is None:
        return moved
    return replace(moved, committed=row["committed_then"], voided=row["voided_then"])


_UNMOVED: dict[str, Any] = {
    "source": None,
    "destination": None,
    "recorded_at": None,
    "committed": None,
    "voided": None,
    "refunded": 0,
    "rejection": None,
}


def _undecided(transaction: Transaction) -> dict[str, Any]:
    """The fields that were unknown before the transaction was reviewed, or before the refund was applied."""
    changes: dict[str, Any] = {"amount": None} if transaction.takes_remainder else {}
    if transaction.kind is Kind.REFUND:
        changes["leg_ids"] = ()
    if transaction.review is not None:
        changes["review"] = transaction.review._replace(decided_by=None, decided_at=None)
    return changes


def _as_it_was_deferred(transaction: Transaction, row: asyncpg.Record) -> Transaction:
    """A transaction that was still deferred after a transition: it has another time, or was approved."""
    said = json.loads(row["details"] or "{}")
    scheduled_time = said.get("scheduled_time")
    changes = _undecided(transaction)
    if transaction.status is not Status.IN_REVIEW:
        changes.pop("review", None)
    return replace(
        transaction,
        scheduled_at=scheduled_time and datetime.fromisoformat(scheduled_time),
        **_UNMOVED,
        **changes,
    )


async def _read_events(connection: asyncpg.Connection, parts: list[_Part]) -> list[Entry]:
    low, high = _bounds(parts)
    places = _places(parts)
    rows = await connection.fetch(_QUERIES.events_between, low, high, list(NOT_SHOWN))
    return [EventEntry(_cursor(places, row["id"].int), row["recorded_at"], _event(row)) for row in rows]


def _event(row: asyncpg.Record) -> Event:
    kind = EventKind(row["kind"])
    return Event(kind, event_payloads.from_json(kind, row["payload"]))
