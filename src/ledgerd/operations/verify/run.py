"""The proof of the books, from what was written and nothing that posting computed.

Commits are read in the order of the journal, in chunks. Some connections prove chunks at the same time, in one
snapshot. The rows that a chunk concerns are found by index, whatever their age. A proof from a checkpoint is the same
proof with a later beginning. The checks of the books as a whole come last.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from ledgerd.core.model.chain import GENESIS
from ledgerd.operations.verify import closings
from ledgerd.operations.verify.checkpoint import Checkpoint, CheckpointError
from ledgerd.operations.verify.entries import CHECKS, Closing, Prover, Seen
from ledgerd.operations.verify.guard import guarded
from ledgerd.operations.verify.head import START, Head
from ledgerd.operations.verify.journal import CHAIN, Journal
from ledgerd.operations.verify.report import Progress, Report, Tell
from ledgerd.operations.verify.whole import Check, checks, count
from ledgerd.store.proof import books, commits
from ledgerd.store.proof.snapshot import plan_for_single_commits, plan_for_the_whole, snapshot

KEPT = "history leads to the head that was kept"
_FAULTS_OF_A_CHECK_MAX = 1_000


def _tell_nobody(_: Progress) -> None:
    pass


async def verify(
    connection: asyncpg.Connection,
    tell: Tell = _tell_nobody,
    *,
    helpers: Sequence[asyncpg.Connection] = (),
    since: Checkpoint | None = None,
    expected: Head | None = None,
) -> Report:
    """Prove the books in one snapshot, while the ledger serves.

    ``helpers`` are further connections to the same database, which work at the same time. With ``since``, only later
    entries and their subjects are proved. ``expected`` is a head that was kept.

    Raises CheckpointError where ``since`` is of another history, and asyncpg's errors when a connection breaks.
    """
    report = Report(since=None if since is None else since.head)
    async with snapshot(connection, helpers):
        await _Run(connection, helpers or (connection,), report, since, tell).prove(expected)
    return report


class _Run:
    def __init__(
        self,
        connection: asyncpg.Connection,
        workers: Sequence[asyncpg.Connection],
        report: Report,
        since: Checkpoint | None,
        tell: Tell,
    ) -> None:
        self._connection = connection
        self._workers = workers
        self._report = report
        self._since = since
        self._start = START if since is None else since.head
        self._seen = None if since is None else Seen()
        self._tell = tell
        self._total = 0

    async def prove(self, expected: Head | None) -> None:
        report, connection = self._report, self._connection
        epoch, head = await self._read_head()
        if self._since is not None and epoch not in (None, self._since.epoch):
            raise CheckpointError("The checkpoint is of another history than this database: begin with a full proof.")
        await plan_for_single_commits(connection)
        await self._compare_kept(expected)
        async with guarded(connection, report, CHAIN):
            self._total = await commits.count_entries_after(connection, self._start.position)
        closed = await closings.read(connection, report, self._since)
        journal = Journal(connection, report, self._start)
        await self._together(lambda worker: self._prove_chunks(worker, journal, closed))
        if head != journal.head:
            stands = "nowhere" if head is None else f"at {head.text()}"
            report.fault(CHAIN, f"the head stands {stands}, the chain ends at {journal.head.text()}")
        report.head = journal.head.text()
        report.checks += [CHAIN, *CHECKS]
        low = await self._lowest_id(journal)
        pending = checks(low, self._seen)
        report.checks += dict.fromkeys(check.name for check in pending if check.name not in report.checks)
        pending.reverse()
        await self._together(lambda worker: self._prove_whole(worker, pending))
        await count(connection, report, low, is_full=self._since is None)
        if not report.faults and epoch is not None:
            report.checkpoint = Checkpoint(epoch=epoch, head=journal.head, closings=closings.last(closed))

    async def _together(self, work: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
        tasks = [asyncio.ensure_future(work(worker)) for worker in self._workers]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _prove_chunks(self, worker: asyncpg.Connection, journal: Journal, closed: Sequence[Closing]) -> None:
        await plan_for_single_commits(worker)
        prover = Prover(worker, self._report, closed, self._seen)
        while (chunk := await journal.next_chunk()) is not None:
            await prover.prove(chunk)
            self._report.entries += chunk.entries
            self._tell(Progress("entries", self._report.entries, max(self._total, self._report.entries)))

    async def _prove_whole(self, worker: asyncpg.Connection, pending: list[Check]) -> None:
        await (plan_for_single_commits if self._since else plan_for_the_whole)(worker)
        while pending:
            check = pending.pop()
            self._tell(Progress(check.name, self._report.entries, self._report.entries))
            async with guarded(worker, self._report, check.name):
                found = await books.faults(worker, check.statement, check.arguments, _FAULTS_OF_A_CHECK_MAX)
                for row in found:
                    self._report.fault(check.name, f"{row['id']}: {row['fault']}")

    async def _read_head(self) -> tuple[str | None, Head | None]:
        """The epoch and the head from its row; None where there is no row, or one that the service would not write."""
        rows = []
        async with guarded(self._connection, self._report, CHAIN):
            rows = await commits.head_rows(self._connection)
        if len(rows) != 1:
            self._report.fault(CHAIN, f"journal_head has {len(rows)} rows instead of one")
            return None, None
        epoch, position, chain = rows[0]["epoch"], rows[0]["position"], rows[0]["chain"]
        if not (isinstance(epoch, str) and epoch and isinstance(position, int) and isinstance(chain, bytes)):
            self._report.fault(CHAIN, "the row of journal_head is not one that the service writes")
            return None, None
        return epoch, Head(position, chain)

    async def _compare_kept(self, expected: Head | None) -> None:
        """Report a fault where the chain no longer has a head that was kept outside of the database."""
        for kept in (expected, None if self._since is None else self._since.head):
            if kept is None:
                continue
            chain: object = None
            async with guarded(self._connection, self._report, KEPT):
                row = await commits.place_at(self._connection, kept.position)
                chain = GENESIS if kept.position == 0 else row and row["chain"]
            if chain != kept.chain:
                what = "is not there: the end of history was removed" if chain is None else "has another chain"
                self._report.fault(KEPT, f"position {kept.position} {what}, or history was written anew")
            if KEPT not in self._report.checks:
                self._report.checks.append(KEPT)

    async def _lowest_id(self, journal: Journal) -> uuid.UUID | None:
        """The id from which on every row must belong to a commit; None for every row."""
        if self._since is None:
            return None
        row = None
        async with guarded(self._connection, self._report, CHAIN):
            row = await commits.place_at(self._connection, self._start.position)
        known = [commit_id for commit_id in (row and row["journal_id"], journal.first_id) if commit_id is not None]
        return min(known, default=None)
