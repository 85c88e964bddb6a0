"""The journal's commits in order, link by link, in chunks whose entries are then proved."""

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.chain import GENESIS, link
from ledgerd.core.model.ids import ORDINAL_MAX
from ledgerd.operations.verify.guard import guarded
from ledgerd.operations.verify.head import Head
from ledgerd.operations.verify.report import Report
from ledgerd.store.canonical import DIGEST_VERSION
from ledgerd.store.proof import commits

CHAIN = "the chain is whole"

CHUNK_ENTRIES = 50_000
CHUNK_COMMITS = 10_000
_PAGE_COMMITS = 1_000
_INTEGER_MAX = 2**63 - 1


class Commit(NamedTuple):
    """A journal row whose entries can be proved."""

    id: uuid.UUID
    order_key: int
    entries: int
    digest: bytes


@dataclass(slots=True)
class Chunk:
    """Commits that follow each other."""

    where: str
    commits: list[Commit] = field(default_factory=list)
    entries: int = 0


class Journal:
    """Reads the commits after a head. A fault of the chain is reported once: after it the proof follows the stored
    chain."""

    def __init__(self, connection: asyncpg.Connection, report: Report, start: Head) -> None:
        self._connection = connection
        self._report = report
        self._position, self._chain = start
        self._unplaced_after = -1
        self._placed = True
        self._page: list[asyncpg.Record] = []
        self._lock = asyncio.Lock()
        self.first_id: uuid.UUID | None = None
        """The lowest id of a commit that was read."""

    @property
    def head(self) -> Head:
        """The last position that was read and the chain's hash there."""
        return Head(self._position, self._chain)

    async def next_chunk(self) -> Chunk | None:
        """The next commits, None after the last one. Commits that have no position yet come last."""
        async with self._lock:
            chunk = Chunk("")
            while chunk.entries < CHUNK_ENTRIES and len(chunk.commits) < CHUNK_COMMITS:
                row = await self._next_row()
                if row is None:
                    break
                self._report.commits += 1
                commit = self._placed_commit(row) if self._placed else self._unplaced_commit(row)
                if commit is not None:
                    chunk.commits.append(commit)
                    chunk.entries += commit.entries
                    self.first_id = commit.id if self.first_id is None else min(self.first_id, commit.id)
                    chunk.where = chunk.where or f"from position {self._position}: "
            return chunk if chunk.commits else None

    async def _next_row(self) -> asyncpg.Record | None:
        while not self._page:
            page: list[asyncpg.Record] = []
            async with guarded(self._connection, self._report, CHAIN, f"after position {self._position}: "):
                if self._placed:
                    page = await commits.placed_after(self._connection, self._position, _PAGE_COMMITS)
                else:
                    page = await commits.unplaced_after(self._connection, self._unplaced_after, _PAGE_COMMITS)
            if page:
                self._page = page[::-1]
            elif self._placed:
                self._placed = False
            else:
                return None
        return self._page.pop()

    def _placed_commit(self, row: asyncpg.Record) -> Commit | None:
        expected, position, chain = self._position + 1, row["position"], row["chain"]
        commit = self._commit(row, f"position {position}")
        if row["places"] != 1:
            self._fault(f"position {position}: commit {row['journal_id']} has {row['places']} positions")
        if commit is not None:
            self._chain = link(
                self._chain,
                position=expected,
                journal_key=commit.id.hex,
                entries=commit.entries,
                digest=commit.digest,
            )
        if commit is None or position != expected or chain != self._chain:
            self._fault(f"position {position}: the chain is broken here")
            self._chain = chain if isinstance(chain, bytes) else GENESIS
        self._position = position
        return commit

    def _unplaced_commit(self, row: asyncpg.Record) -> Commit | None:
        self._unplaced_after = row["queued_as"]
        if row["places"] or row["queued_as"] != row["order_key"]:
            self._fault(f"commit {row['journal_id']}: listed to be placed under {row['queued_as']}, and is placed")
            if row["places"]:
                return None
        return self._commit(row, f"unplaced commit {row['journal_id']}")

    def _commit(self, row: asyncpg.Record, where: str) -> Commit | None:
        """The journal row, if it exists and the service can have written it."""
        if row["id"] is None:
            self._fault(f"{where}: commit {row['journal_id']} is not in the journal")
            return None
        is_whole = (
            isinstance(row["id"], uuid.UUID)
            and isinstance(row["entries"], int)
            and 0 < row["entries"] <= ORDINAL_MAX
            and not row["id"].int & ORDINAL_MAX
            and isinstance(row["digest"], bytes)
            and isinstance(row["order_key"], int)
            and 0 < row["order_key"] <= _INTEGER_MAX
            and row["digest_version"] == DIGEST_VERSION
        )
        if not is_whole:
            self._fault(f"{where}: the journal's row {row['id']} is not one that the service writes")
            return None
        return Commit(row["id"], row["order_key"], row["entries"], row["digest"])

    def _fault(self, text: str) -> None:
        self._report.fault(CHAIN, text)
