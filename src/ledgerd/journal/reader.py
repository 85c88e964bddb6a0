"""Reads the journal from a cursor on, page by page, from the database.

A channel says what is read: transactions with their transitions, and events of some kinds. Pages are found by ids
alone: the entries of a commit have the ids after that of its journal row. An entry's id is the id of its event.
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from ledgerd.core.effects import ChangeKind
from ledgerd.core.model import adjusted
from ledgerd.core.model.chain import GENESIS, tag
from ledgerd.core.model.event import Event, EventKind
from ledgerd.core.model.figures import DEFERRED, Kind, Status
from ledgerd.core.model.ids import ORDINAL_MAX, TRANSACTION, encode
from ledgerd.core.model.request_json import scheduled_time
from ledgerd.core.model.transaction import Review, Transaction
from ledgerd.journal.cursor import Cursor
from ledgerd.store import event_payloads, queries, transactions

_QUERIES = queries.JOURNAL

_ORDERS = frozenset({Kind.CANCEL, Kind.RESCHEDULE, Kind.APPROVE, Kind.DENY})
"""Subscribers see the transaction that an amendment changed, not the amendment."""

PAGE_ENTRIES = 1_000
PAGE_COMMITS = 500


class Channel(NamedTuple):
    """What is read: transactions with their transitions or not, and events of these kinds."""

    transactions: bool
    events: tuple[EventKind, ...]


TRANSACTIONS = Channel(transactions=True, events=())
MONITORS = Channel(transactions=False, events=(EventKind.MONITOR_FIRED,))
EVERYTHING = Channel(transactions=True, events=tuple(EventKind))


@dataclass(frozen=True, slots=True)
class TransactionEntry:
    """A transaction just after this entry. ``change`` is the kind of the change of an older transaction, and
    ``cause_id`` what caused the change, None where its time had come. ``number`` is the id of the row, which is in no
    other table: a transaction, or the transition that changed it."""

    number: int
    cursor: Cursor
    time: datetime
    transaction: Transaction
    change: str | None
    cause_id: str | None = None


@dataclass(frozen=True, slots=True)
class EventEntry:
    """An event that has a row of its own."""

    number: int
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
    return Page(await _read(connection, parts, channel), _end(parts[-1]))


async def read_entry(connection: asyncpg.Connection, number: int) -> Entry | None:
    """The entry with this id, if its commit has a position and subscribers are shown it."""
    ordinal = number & ORDINAL_MAX
    row = await connection.fetchrow(_QUERIES.commit, uuid.UUID(int=number - ordinal))
    if row is None or not ordinal:
        return None
    place = (row["epoch"], row["position"], tag(row["chain"]))
    part = _Part(place, number - ordinal, ordinal, ordinal, row["entries"])
    entries = await _read(connection, [part], EVERYTHING)
    return entries[0] if entries else None


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


async def _read(connection: asyncpg.Connection, parts: list[_Part], channel: Channel) -> list[Entry]:
    """The entries of a channel, in order. A table is not asked where others already have all rows of the parts."""
    low, high = _bounds(parts)
    places = _places(parts)
    unread = sum(part.last - part.first + 1 for part in parts)
    entries: list[Entry] = []
    if channel.transactions:
        rows = await connection.fetch(transactions.SELECT_BETWEEN.format(limit=PAGE_ENTRIES), low, high)
        unread -= len(rows)
        entries += _recorded(rows, places)
    if channel.transactions and unread:
        rows = await connection.fetch(_QUERIES.transitions_between, low, high)
        unread -= len(rows)
        entries += await _changed(connection, rows, places)
    if channel.events and unread:
        rows = await connection.fetch(_QUERIES.events_between, low, high, list(channel.events))
        entries += [_event(row, places) for row in rows]
    entries.sort(key=lambda entry: entry.cursor)
    return entries


def _recorded(rows: list[asyncpg.Record], places: dict[int, tuple[str, int, str]]) -> Iterator[Entry]:
    for row in rows:
        transaction = _as_recorded(transactions.from_row(row))
        if transaction.kind not in _ORDERS:
            number = row["id"].int
            # Of a deferred transaction, recorded_at is the time when it was applied.
            time = row["created_at"] or row["recorded_at"]
            yield TransactionEntry(number, _cursor(places, number), time, transaction, None)


async def _changed(
    connection: asyncpg.Connection, rows: list[asyncpg.Record], places: dict[int, tuple[str, int, str]]
) -> list[Entry]:
    if not rows:
        return []
    changed = await connection.fetch(
        f"{transactions.SELECT} WHERE t.id = ANY($1::uuid[])", list({row["transaction_id"] for row in rows})
    )
    parents = {row["id"]: transactions.from_row(row) for row in changed}
    return [
        TransactionEntry(
            row["transition_id"].int,
            _cursor(places, row["transition_id"].int),
            row["transition_at"],
            _as_moved(parents[row["transaction_id"]], row),
            row["transition_kind"],
            None if row["caused_by"] == row["transaction_id"] else encode(TRANSACTION, row["caused_by"].int),
        )
        for row in rows
    ]


def _event(row: asyncpg.Record, places: dict[int, tuple[str, int, str]]) -> Entry:
    kind, number = EventKind(row["kind"]), row["id"].int
    event = Event(kind, event_payloads.from_json(kind, row["payload"]))
    return EventEntry(number, _cursor(places, number), row["recorded_at"], event)


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
        return replace(transaction, status=Status.INFLIGHT, committed=0, voided=0, refunded=0, adjusted=None)
    return replace(transaction, refunded=0) if transaction.refunded else transaction


def _as_moved(transaction: Transaction, row: asyncpg.Record) -> Transaction:
    """A transaction as it was just after a transition."""
    # The entry of the new header showed its legs, perhaps thousands, unless it got them when it was applied.
    is_applied = row["transition_kind"] in (ChangeKind.APPLIED, ChangeKind.INFLIGHT)
    comes_with_legs = is_applied and transaction.got_legs_late
    leg_ids = transaction.leg_ids if comes_with_legs else ()
    moved = replace(transaction, status=Status(row["status_then"]), refunded=row["refunded_then"], leg_ids=leg_ids)
    if moved.status in DEFERRED:
        return _as_it_was_deferred(moved, row)
    if transaction.committed is None:
        return moved
    is_adjusted = row["details"] is not None and not is_applied
    adjusted_then = adjusted.of_text(row["details"]) if is_adjusted else None
    return replace(moved, committed=row["committed_then"], voided=row["voided_then"], adjusted=adjusted_then)


_UNMOVED: dict[str, Any] = {
    "source": None,
    "destination": None,
    "recorded_at": None,
    "committed": None,
    "voided": None,
    "refunded": 0,
    "rejection": None,
    "adjusted": None,
}


def _undecided(transaction: Transaction) -> dict[str, Any]:
    """The fields that were unknown before the transaction was reviewed, or applied."""
    changes: dict[str, Any] = {"amount": None} if transaction.takes_remainder else {}
    if transaction.got_legs_late:
        changes["leg_ids"] = ()
    if transaction.review is not None:
        changes["review"] = Review(transaction.review.reason)
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
