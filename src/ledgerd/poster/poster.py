"""The Poster: the one path along which all money moves.

    submit ──▶ Queue ──take──▶ prefetch ──▶ decide ──▶ OptimisticAttempt ──▶ COPY ∥ balances of the predecessor
                                                                   │
                      answers, in order  ◀── recorded ─────────────┤
                      again, under locks ◀── version conflict ─────┘

While one batch is written the next one gathers, so a busy ledger commits many requests at once and an
idle ledger answers immediately. Batches overlap: each is decided on the Book as its predecessor leaves
it, and recorded after its predecessor. docs/design/interleavings.md draws the interleavings.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

import asyncpg
import structlog

from ledgerd import metrics
from ledgerd.access.caller import ANONYMOUS, Caller
from ledgerd.core.book import Book, Unread
from ledgerd.core.decide import Outcome
from ledgerd.core.effects import DeferredChange, HeaderEntry, Movement
from ledgerd.core.model.operation import Operation
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.model.transaction import Transaction
from ledgerd.core.plan import Plan
from ledgerd.core.replay import Replay
from ledgerd.poster import attempt, view
from ledgerd.poster.attempt import OptimisticAttempt, Pending
from ledgerd.poster.backlog import Backlog
from ledgerd.poster.deciding import Decided, decide_all
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.poster.pessimistic import PessimisticPath
from ledgerd.poster.settings import USUAL, PosterSettings, Step
from ledgerd.poster.submission import Attempt, Lease, OrderedRun, Queue, Submission, Traffic, in_order, weight
from ledgerd.store import errors
from ledgerd.store.errors import OutcomeUnknown
from ledgerd.store.plan_writer import StaleView

log = structlog.get_logger()


class Poster:
    """Gathers submissions and records them. One per process; any number of processes per database."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        ids_and_clock: IdsAndClock,
        *,
        settings: PosterSettings = USUAL,
        backlog: Backlog | None = None,
    ) -> None:
        self._pool = pool
        self._ids_and_clock = ids_and_clock
        self.backlog = backlog or Backlog()
        self._settings = settings
        self._queue = Queue(max_operations=settings.queue_operations)
        self._book = self._new_book()
        self._under_way: deque[tuple[OptimisticAttempt, asyncio.Task[None]]] = deque()
        self._recorded: list[Plan] = []
        self._wake = asyncio.Event()
        self._capacity = asyncio.Event()
        self._turns = {traffic: asyncio.Lock() for traffic in Traffic}
        self._previewing = asyncio.Semaphore(settings.previews)
        self._stopping = False
        self._clock_steps = ids_and_clock.clock.steps
        self._back_off_until = 0.0
        self._back_off_seconds = self._settings.back_off_seconds_min
        self._pessimistic = PessimisticPath(pool, ids_and_clock, self._note, self.backlog, settings)
        self.on_commit: list[asyncio.Event] = []
        """Set after every commit. Each reader of the journal waits for one of these events."""
        self.on_accept: list[asyncio.Event] = []
        """Set after every commit that deferred a transaction which is due without a time."""

    async def submit(
        self,
        operations: Sequence[Operation],
        *,
        traffic: Traffic,
        caller: Caller = ANONYMOUS,
        atomic: bool = False,
        batch_id: str | None = None,
        patient: bool = False,
        malformed: int = 0,
        metadata: str | None = None,
        lease: Lease | Attempt | None = None,
        run: OrderedRun | None = None,
    ) -> list[Outcome]:
        """Post operations and wait until they are durable. Returns their outcomes in order.

        Where the queue is full, a patient caller waits for capacity, which slows a stream down. Other callers are
        rejected. With a lease, the operations are part of a batch that was accepted before. The caller records that
        batch when it is done.

        The caller may be cancelled while it waits. A submission in the queue is recorded nevertheless.
        Raises Rejected with TOO_BUSY, SHUTTING_DOWN or INTERNAL, where nothing is recorded, or with
        DATABASE_UNAVAILABLE, where the caller learns the outcome by repeating the same references.
        Raises Superseded when the lease no longer stands.
        """
        if self._stopping:
            raise reject(Reason.SHUTTING_DOWN)
        answer: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        if patient:
            # First come, first served: a chunk never overtakes its predecessor. Each kind of traffic has its own turns,
            # so that due transactions do not wait for streams that wait for capacity.
            async with self._turns[traffic]:
                while not self._stopping and not self._queue.has_capacity(weight(operations), traffic):
                    self._capacity.clear()
                    await self._capacity.wait()
            if self._stopping:
                raise reject(Reason.SHUTTING_DOWN)
        part = lease is not None
        submission = Submission(
            operations, atomic, batch_id, answer, caller, part, malformed, metadata, lease=lease, run=run
        )
        self._queue.put(submission, traffic)
        metrics.QUEUE_OPERATIONS.set(self._queue.operations)
        self._wake.set()
        return await answer

    async def preview(
        self,
        operations: Sequence[Operation],
        *,
        caller: Caller = ANONYMOUS,
        atomic: bool = False,
        batch_id: str | None = None,
    ) -> list[Outcome]:
        """The outcomes that submit would return now. Writes nothing."""
        answer: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        async with self._previewing:
            submission = Submission(operations, atomic, batch_id, answer, caller)
            return await attempt.preview(self._pool, submission, self._ids_and_clock, self.backlog, self._settings)

    async def run(self) -> None:
        """Work until stop() was called and every accepted submission has its answer."""
        while not (self._stopping and not self._queue.operations and not self._under_way):
            await self._wake.wait()
            self._wake.clear()
            await self._work()

    def stop(self) -> None:
        """Accept no more submissions. run() ends when every accepted one has its answer."""
        self._stopping = True
        self._wake.set()
        self._capacity.set()

    async def _work(self) -> None:
        while True:
            self._collect()
            if self._has_failed():
                await self._redo([])
            if not self._may_start():
                return
            submissions = in_order(self._queue.take(self._settings.batch_operations))
            self._capacity.set()
            metrics.QUEUE_OPERATIONS.set(self._queue.operations)
            if self._is_backing_off():
                await self._redo(submissions)
            elif submissions:
                await self._start(submissions)

    def _may_start(self) -> bool:
        if not self._queue.operations:
            return False
        if not self._under_way:
            return True
        if self._book_is_full():
            # The batches under way must end before the Book can forget.
            return False
        settings = self._settings
        return len(self._under_way) < settings.overlap and self._queue.operations >= settings.overlap_operations

    # Optimistic attempts -----------------------------------------------------------------------

    async def _start(self, submissions: list[Submission]) -> None:
        """Decide a batch on the Book and begin to write it."""
        self._forget_recorded()
        operations = [operation for submission in submissions for operation in submission.operations]
        try:
            async with self._pool.acquire() as connection:
                await self._settings.steps.reached(Step.READ, connection, operations)
                looked_up = await view.prefetch(connection, self._book, operations, self._ids_and_clock)
            if self._ids_and_clock.clock.steps != self._clock_steps:
                # The times in the Book, such as closing times, are valid only while the clock is not set back.
                self._clock_steps = self._ids_and_clock.clock.steps
                raise Unread
            plan = self.backlog.open_to(Plan(self._ids_and_clock.block(), self._ids_and_clock.now()))
            outcomes = await decide_all(submissions, self._book, plan, self._settings.plan_entries)
        except (Unread, StaleView):
            await self._redo(submissions)
            return
        except Exception as error:
            if not (errors.is_passing(error) or isinstance(error, Rejected)):
                log.error("could not decide a batch", exc_info=error)
            await self._redo(submissions)
            return
        self._forget_looked_up(looked_up)
        self._queue.put_back(submissions[len(outcomes) :])
        submissions = submissions[: len(outcomes)]
        recorded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        optimistic = OptimisticAttempt(submissions, plan, outcomes, recorded, self._book.server)
        predecessor = self._under_way[-1][0] if self._under_way else None
        task = asyncio.create_task(self._record(optimistic, predecessor), name="record-batch")
        self._under_way.append((optimistic, task))

    async def _record(self, optimistic: OptimisticAttempt, predecessor: OptimisticAttempt | None) -> None:
        """Record one optimistic attempt, answer its callers, and wake its successor."""
        try:
            with metrics.COMMIT_SECONDS.time():
                await attempt.record_optimistically(self._pool, optimistic, predecessor, self._settings)
        except BaseException as error:
            optimistic.recorded.set_exception(error)
            optimistic.recorded.exception()  # Marks the exception as seen: there may be no successor.
            self._settings.steps.conflicted(error)
            if not isinstance(error, Exception):
                raise
        else:
            optimistic.recorded.set_result(None)
            optimistic.answer()
            self._note("optimistic", optimistic)
        finally:
            self._wake.set()

    def _collect(self) -> None:
        """Remove finished attempts from the front, in order."""
        while self._under_way and self._under_way[0][0].recorded.done():
            optimistic, _ = self._under_way[0]
            if optimistic.recorded.exception() is not None:
                return
            self._under_way.popleft()
            self._recorded.append(optimistic.plan)
            self._back_off_seconds = self._settings.back_off_seconds_min

    def _has_failed(self) -> bool:
        return any(optimistic.recorded.done() and optimistic.recorded.exception() for optimistic, _ in self._under_way)

    def _forget_recorded(self) -> None:
        """Drop references and holds of recorded batches from the Book: from now on a read of the database
        finds them. They are not dropped earlier: a read that began before the commit would miss them.
        """
        for plan in self._recorded:
            written: list[Movement | HeaderEntry] = [*plan.movements, *plan.headers]
            for recorded in written:
                reference = recorded.operation.reference
                if self._book.references.get(reference) is recorded:
                    del self._book.references[reference]
            for change in plan.changes:
                self._book.deferred.pop(change.deferred.key, None)
        if not self._under_way:
            self._book.references.clear()
            self._book.targets.clear()
            self._book.members.clear()
            self._book.unfinished.clear()
            self._book.parents.clear()
            self._book.deferred.clear()
            if self._book_is_full():
                self._book = self._new_book()
        self._recorded.clear()

    def _forget_looked_up(self, looked_up: Sequence[str]) -> None:
        """Drop references that were recorded long ago. They are read again each time: their status may have changed."""
        references = self._book.references
        for reference in looked_up:
            if isinstance(references.get(reference), Transaction):
                del references[reference]

    def _new_book(self) -> Book:
        return Book(legs_max=self._settings.legs_together_max)

    def _book_is_full(self) -> bool:
        book = self._book
        entries = len(book.accounts) + len(book.parents) + len(book.deferred) + len(book.targets)
        return entries > self._settings.book_entries

    # Under locks -------------------------------------------------------------------------------

    def _is_backing_off(self) -> bool:
        return not self._settings.optimistic or asyncio.get_running_loop().time() < self._back_off_until

    async def _redo(self, more: list[Submission]) -> None:
        """Forget the Book, and record all unrecorded submissions under locks, in order."""
        waiting = [*self._under_way]
        await asyncio.gather(*(task for _, task in waiting))
        self._collect()
        failed = [optimistic for optimistic, _ in self._under_way]
        self._under_way.clear()
        self._recorded.clear()
        self._book = self._new_book()
        if failed:
            metrics.VERSION_CONFLICTS.inc(len(failed))
            self._back_off_until = asyncio.get_running_loop().time() + self._back_off_seconds
            self._back_off_seconds = min(self._back_off_seconds * 2, self._settings.back_off_seconds_max)
        for optimistic in failed:
            is_unknown = isinstance(optimistic.recorded.exception(), OutcomeUnknown)
            await self._pessimistic.record(Pending(optimistic.submissions, optimistic if is_unknown else None))
        if more:
            await self._pessimistic.record(Pending(more))

    def _note(self, path: str, decided: Decided) -> None:
        """Count the outcomes and wake the readers of the journal."""
        counts = {"posted": 0, "replayed": 0, "rejected": 0}
        for answers in decided.outcomes:
            for outcome in answers:
                kind = (
                    "posted"
                    if isinstance(outcome, (Movement, HeaderEntry, DeferredChange))
                    else "replayed"
                    if isinstance(outcome, Replay)
                    else "rejected"
                )
                counts[kind] += 1
        for name, count in counts.items():
            metrics.OPERATIONS.labels(name).inc(count)
        metrics.COMMITS.labels(path).inc()
        metrics.BATCH_OPERATIONS.observe(sum(counts.values()))
        if decided.plan.effects:
            for event in self.on_commit:
                event.set()
            if decided.plan.headers and self.backlog.note(decided.plan):
                for event in self.on_accept:
                    event.set()
