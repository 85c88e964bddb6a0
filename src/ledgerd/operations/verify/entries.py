"""Proves the entries of a chunk of commits, and their subjects. Memory and cost depend on the chunk alone."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import BALANCE, ORDINAL_MAX, decode
from ledgerd.operations.verify.guard import guarded
from ledgerd.operations.verify.journal import Chunk, Commit
from ledgerd.operations.verify.report import Report
from ledgerd.store import canonical_sql, queries, settings
from ledgerd.store.proof import books
from ledgerd.store.proof import entries as stored

_QUERIES = queries.VERIFY_ENTRIES

DIGESTS = "entries are what was digested"
METADATA = "metadata is what was posted"
EVENTS = "events belong to what they tell of"
TOTALS = "running totals add up"
SIDES = "both sides have one currency and precision"
PERIODS = "closed periods stayed closed"
NAMED = "transactions concern the identities that they named"
LISTED = "work to be done is on the work list, and nothing else"

_LIVES = (
    ("what others are about exists", _QUERIES.missing),
    ("statuses follow from what happened", _QUERIES.statuses_differ),
    ("holds equal their commits, voids and adjustments", _QUERIES.holds_differ),
    ("holds are adjusted as was told", _QUERIES.adjusted_differ),
    ("refunds stay within what was moved", _QUERIES.refunds_differ),
    ("headers equal their legs", _QUERIES.headers_differ),
    ("legs belong to their headers", _QUERIES.legs_astray),
    ("deferred transactions are what was told of them", _QUERIES.deferred_differ),
    (LISTED, _QUERIES.not_on_work_list),
    (NAMED, _QUERIES.identities_differ),
)
CHECKS = (DIGESTS, METADATA, EVENTS, TOTALS, SIDES, PERIODS, *(name for name, _ in _LIVES))

_PART_ORDINALS = 1_024
_PARTS_PREFETCHED_MAX = 1_024
_ROWS_PREFETCHED = 16 * _PART_ORDINALS
_IDS_AT_ONCE = 5_000


class Closing(NamedTuple):
    """A period that was closed, and the order keys between which it was the last closing of its ledger."""

    ledger_id: uuid.UUID
    closed_before: str
    since: int
    until: int | None


@dataclass(slots=True)
class Seen:
    """Ids that a proof from a checkpoint has met, and must check beyond their single commits."""

    events: set[uuid.UUID] = field(default_factory=set)
    subjects: set[uuid.UUID] = field(default_factory=set)
    batches: set[uuid.UUID] = field(default_factory=set)


class Part(NamedTuple):
    """A range of a commit's ids. The last part reaches to the end of the commit's block, which has no other ids."""

    low: uuid.UUID
    high: uuid.UUID
    commit: Commit
    is_last: bool


def parts_of(commits: Sequence[Commit]) -> list[Part]:
    """The ranges in which the entries of these commits are read."""
    parts = []
    for commit in commits:
        base = commit.id.int
        for first in range(0, commit.entries + 1, _PART_ORDINALS):
            is_last = first + _PART_ORDINALS > commit.entries
            last = ORDINAL_MAX if is_last else first + _PART_ORDINALS - 1
            parts.append(Part(uuid.UUID(int=base + first), uuid.UUID(int=base + last), commit, is_last))
    return parts


class Prover:
    """Proves chunks on one connection."""

    def __init__(
        self, connection: asyncpg.Connection, report: Report, closings: Sequence[Closing], seen: Seen | None
    ) -> None:
        self._connection = connection
        self._report = report
        self._seen = seen
        self._closings = [list(column) for column in zip(*closings, strict=True)] or [[], [], [], []]

    async def prove(self, chunk: Chunk) -> None:
        """Note every fault of the chunk's entries."""
        parts = parts_of(chunk.commits)
        low, high = [part.low for part in parts], [part.high for part in parts]
        async with guarded(self._connection, self._report, DIGESTS, chunk.where):
            await self._digests(parts, low, high)
        async with guarded(self._connection, self._report, METADATA, chunk.where):
            await self._metadata(low, high)
        async with guarded(self._connection, self._report, EVENTS, chunk.where):
            await self._events(low, high)
        async with guarded(self._connection, self._report, TOTALS, chunk.where):
            keys = [part.commit.order_key for part in parts]
            for row in await stored.movement_faults(self._connection, low, high, keys, self._closings):
                self._report.fault(row["name"], f"{row['id']}: {row['fault']}")
        ids: list[uuid.UUID] = []
        async with guarded(self._connection, self._report, _LIVES[0][0], chunk.where):
            ids = await stored.concerned(self._connection, low, high)
        for first in range(0, len(ids), _IDS_AT_ONCE):
            await self._lives(ids[first : first + _IDS_AT_ONCE], chunk.where)

    async def _digests(self, parts: Sequence[Part], low: Sequence[uuid.UUID], high: Sequence[uuid.UUID]) -> None:
        """Hash the canonical text as PostgreSQL makes it from the rows, piece by piece."""
        entries = sum(part.commit.entries for part in parts if part.is_last)
        prefetch = min(_PARTS_PREFETCHED_MAX, max(1, _ROWS_PREFETCHED * len(parts) // max(1, entries)))
        commits = [part.commit.id for part in parts]
        hashed, found, late = hashlib.sha256(), 0, 0
        place = 0
        async for row in stored.canonical_rows(self._connection, low, high, commits, prefetch=prefetch):
            part = parts[place]
            place += 1
            assert row["place"] == place, "ranges are read in the requested order"
            found += row["count"]
            late += row["late"]
            if row["text"] is not None:
                hashed.update(row["text"])
                hashed.update(b"\n")
            if part.is_last:
                self._compare(part.commit, hashed.digest(), found, late)
                hashed, found, late = hashlib.sha256(), 0, 0

    def _compare(self, commit: Commit, digest: bytes, found: int, late: int) -> None:
        if found != commit.entries:
            self._report.fault(DIGESTS, f"commit {commit.id}: {commit.entries} entries recorded, {found} found")
        elif digest != commit.digest:
            self._report.fault(DIGESTS, f"commit {commit.id}: its entries are not what was digested")
        if late:
            self._report.fault(DIGESTS, f"commit {commit.id}: {late} entries bear another time than the commit")

    async def _metadata(self, low: Sequence[uuid.UUID], high: Sequence[uuid.UUID]) -> None:
        async for row in stored.metadata(self._connection, low, high, prefetch=_PART_ORDINALS):
            metadata = row["metadata"]
            if (None if metadata is None else canonical_sql.metadata_digest(metadata)) != row["metadata_digest"]:
                self._report.fault(METADATA, f"{row['id']}: its metadata is not what was posted")

    async def _events(self, low: Sequence[uuid.UUID], high: Sequence[uuid.UUID]) -> None:
        kinds = () if self._seen is None else (*settings.EVENTS, EventKind.BATCH_FINISHED)
        for row in await stored.events(self._connection, low, high, kinds):
            kind, balance_id = row["kind"], row["balance_id"]
            if kind == EventKind.MONITOR_FIRED:
                told = None if row["told"] is None else decode(BALANCE, row["told"])
                belongs = balance_id is not None and balance_id.int == told
            else:
                belongs = balance_id == (row["subject_id"] if str(kind).startswith("BALANCE_") else None)
            if not belongs:
                self._report.fault(EVENTS, f"{kind} of {row['subject_id'] or row['told']} names balance {balance_id}")
            if self._seen is not None and row["id"] is not None:
                self._seen.events.add(row["id"])
                (self._seen.batches if kind == EventKind.BATCH_FINISHED else self._seen.subjects).add(row["subject_id"])
        if self._seen is not None:
            self._seen.batches |= await stored.batch_ids(self._connection, low, high)

    async def _lives(self, ids: Sequence[uuid.UUID], where: str) -> None:
        for name, statement in _LIVES:
            async with guarded(self._connection, self._report, name, where):
                for row in await books.faults(self._connection, statement, [ids]):
                    self._report.fault(name, f"{row['id']}: {row['fault']}")
