"""Records under row locks the batches whose optimistic attempts failed. It tries again while that can help, and divides
a batch in which one operation is at fault."""

import asyncio
import random
from collections.abc import Callable

import asyncpg
import structlog

from ledgerd import metrics
from ledgerd.core.book import Unread
from ledgerd.core.decide import Outcome, record_batch
from ledgerd.core.effects import Unchanged
from ledgerd.core.model.operation import Apply, Operation
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.plan import Plan
from ledgerd.poster import attempt
from ledgerd.poster.attempt import Pending
from ledgerd.poster.backlog import Backlog
from ledgerd.poster.deciding import Decided
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.poster.settings import PosterSettings
from ledgerd.poster.submission import Submission, Superseded, in_order
from ledgerd.store import commits, compound, errors, event_writer

log = structlog.get_logger()

_HOPELESS = (Reason.INTERNAL, Reason.TOO_MANY_ITEMS)
"""The reasons that reject a deferred transaction although no rule does."""
_PASSING = (Reason.DATABASE_UNAVAILABLE, Reason.TOO_BUSY)
"""The reasons that may not hold when an operation is sent again."""
AWAY_TRIES = 4


class PessimisticPath:
    """The path that always makes progress. It calls ``note`` for every batch that was recorded."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        ids_and_clock: IdsAndClock,
        note: Callable[[str, Decided], None],
        backlog: Backlog,
        settings: PosterSettings,
    ) -> None:
        self._pool = pool
        self._ids_and_clock = ids_and_clock
        self._note = note
        self._backlog = backlog
        self._settings = settings

    async def record(self, pending: Pending) -> None:
        """Record a batch and answer its callers. If one of its operations cannot be recorded, record its halves, so
        that the other operations succeed."""
        if pending.unknown is None:
            # What may be recorded already was decided in order.
            pending.submissions = in_order(pending.submissions)
        if pending.submissions:
            await self._record(pending)

    async def _record(self, pending: Pending) -> None:
        submissions = pending.submissions
        try:
            with metrics.COMMIT_SECONDS.time():
                decided = await self._persist(pending)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is contained or logged)
            # A batch that may be recorded already is not divided: its parts would be decided again.
            if pending.unknown is None and (parts := _halves(submissions, error)):
                for part in parts:
                    await self.record(Pending(part))
            elif pending.unknown is None and _is_of_one_operation(error) and _can_be_split(submissions[0]):
                await self._record_one_by_one(submissions[0])
            elif isinstance(error, Rejected) and not (pending.unknown and isinstance(error, compound.Crowded)):
                for submission in submissions:
                    submission.fail(error)
            else:
                _give_up(pending, error)
        else:
            decided.answer()
            self._note("recovered" if decided is pending.unknown else "pessimistic", decided)
            if len(decided.submissions) < len(submissions):
                await self.record(Pending(submissions[len(decided.submissions) :]))

    async def _record_one_by_one(self, submission: Submission) -> None:
        """Record independent operations one by one, so that only the operation at fault fails.

        A constraint that repeats a rule of the core rejects that operation. So this path limits the effect of a
        bug. Without a bug it never runs.
        """
        outcomes: list[Outcome] = []
        for operation in submission.operations:
            try:
                outcomes.append(await self._record_alone(operation, submission))
            except (Superseded, Rejected) as ended:
                submission.fail(ended)
                return
        if submission.batch_id is not None and not submission.is_part:
            await self._record_batch(submission.batch_id, outcomes, submission)
        submission.resolve(outcomes)

    async def _record_alone(self, operation: Operation, whole: Submission) -> Outcome:
        """Record one operation. A deferred transaction that cannot be applied is rejected: it would block all
        transactions after it. Raises Superseded, and Rejected where the operation may be recorded later and nothing may
        be recorded before it: what was recorded is answered again when all is sent again."""
        if isinstance(operation, Apply) and whole.run is not None and whole.run.is_broken:
            return Unchanged(operation.deferred)
        answer = asyncio.get_running_loop().create_future()
        alone = Submission([operation], False, whole.batch_id, answer, whole.caller, is_part=True, lease=whole.lease)
        await self.record(Pending([alone]))
        try:
            outcomes: list[Outcome] = answer.result()
        except Rejected as rejected:
            if not isinstance(operation, Apply):
                if whole.run is not None and rejected.rejection.reason in _PASSING:
                    raise
                return rejected.rejection
            if rejected.rejection.reason in _HOPELESS and operation.rejected is None:
                return await self._record_alone(Apply(operation.deferred, rejected.rejection), whole)
            if whole.run is not None:
                whole.run.is_broken = True
            return rejected.rejection
        return outcomes[0]

    async def _record_batch(self, batch_id: str, outcomes: list[Outcome], whole: Submission) -> None:
        """Write the record of a batch whose operations were recorded separately."""
        plan = Plan(self._ids_and_clock.block(), self._ids_and_clock.now())
        record_batch(
            plan,
            batch_id=batch_id,
            atomic=False,
            outcomes=outcomes,
            malformed=whole.malformed,
            metadata=whole.metadata,
        )
        if not plan.batches:
            return
        try:
            async with self._pool.acquire() as connection, commits.transaction(connection):
                await event_writer.write_batches(connection, plan)
        except Exception as error:
            log.error("a batch has no record of its own", batch=batch_id, exc_info=error)

    async def _persist(self, pending: Pending) -> Decided:
        """Run the pessimistic attempt until it is recorded, or until further attempts cannot help."""
        tries = away = 0
        while True:
            try:
                return await attempt.record_pessimistically(
                    self._pool, pending, self._ids_and_clock, self._backlog, self._settings
                )
            except Exception as error:
                tries += 1
                away += errors.is_away(error)
                if away >= AWAY_TRIES:
                    raise reject(Reason.DATABASE_UNAVAILABLE) from error
                is_transient = errors.is_transient(error) or isinstance(error, Unread)
                if tries >= self._settings.tries and is_transient:
                    raise _rejection(pending, Reason.TOO_BUSY, tries=tries) from error
                if not (errors.is_away(error) or is_transient):
                    raise
                await asyncio.sleep(random.uniform(0.01, 0.05) * 2 ** min(tries, 5))


def _halves(submissions: list[Submission], error: Exception) -> list[list[Submission]]:
    """The halves of a batch, to be recorded one after the other; none where that would not help."""
    half = len(submissions) // 2
    if not half or not (_is_of_one_operation(error) or errors.is_overdue(error)):
        return []
    return [submissions[:half], submissions[half:]]


def _give_up(pending: Pending, error: Exception) -> None:
    log.error("a batch could not be recorded", exc_info=error, constraint=errors.constraint(error))
    rejected = _rejection(pending, Reason.TOO_BUSY if errors.is_overdue(error) else Reason.INTERNAL)
    for submission in pending.submissions:
        submission.fail(rejected)


def _rejection(pending: Pending, reason: Reason, **details: object) -> Rejected:
    """The rejection of a batch. A batch that may be recorded gets DATABASE_UNAVAILABLE: other reasons promise that
    nothing was recorded."""
    return reject(reason, **details) if pending.unknown is None else reject(Reason.DATABASE_UNAVAILABLE)


def _is_of_one_operation(error: Exception) -> bool:
    """Whether a single operation may have caused the error: by a value that PostgreSQL rejected, by too many legs, or
    by a bug of ours."""
    if isinstance(error, Rejected):
        return isinstance(error, compound.Crowded)
    return errors.is_violation(error) or not isinstance(error, asyncpg.PostgresError)


def _can_be_split(submission: Submission) -> bool:
    if submission.atomic:
        return False
    # A part with one operation comes from a divided submission: the operation was tried alone already.
    return len(submission.operations) > 1 or (isinstance(submission.operations[0], Apply) and not submission.is_part)
