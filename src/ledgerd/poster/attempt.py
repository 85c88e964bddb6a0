"""One attempt to record a batch: optimistic, on the Book and then checked, or pessimistic, under row locks."""

import asyncio
from dataclasses import dataclass, field

import asyncpg

from ledgerd.core.book import Book
from ledgerd.core.decide import Outcome
from ledgerd.core.plan import Plan
from ledgerd.poster import view
from ledgerd.poster.backlog import Backlog
from ledgerd.poster.deciding import Decided, decide_all
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.poster.settings import PosterSettings, Step
from ledgerd.poster.submission import Submission, Superseded
from ledgerd.store import commits, leases, locks, plan_writer, session
from ledgerd.store.errors import OutcomeUnknown

_BEGIN_OPTIMISTIC = "BEGIN; SET LOCAL lock_timeout = '500ms'"
"""Two processes can deadlock where PostgreSQL does not detect it: PostgreSQL does not know that a batch waits for its
predecessor. So an optimistic attempt ends soon. A pessimistic attempt waits for locks only, and waits longer.
"""

_ALLOWED_SECONDS_MAX = 120
"""A batch must be done before periods.RECENT_SECONDS have passed."""


class Abandoned(Exception):
    """The predecessor was not recorded, so a decision that follows it is invalid."""


@dataclass(slots=True, eq=False)
class OptimisticAttempt(Decided):
    """A batch decided on the Book. ``recorded`` ends when it is committed, or fails when it is not."""

    recorded: "asyncio.Future[None]" = field(repr=False)
    server: object
    """The server from which the Book was read."""


@dataclass(slots=True, eq=False)
class Pending:
    """Submissions to be recorded under row locks.

    ``unknown`` is a decision of all submissions whose COMMIT got no valid answer: it may be recorded, or may still be
    recorded later.
    """

    submissions: list[Submission]
    unknown: Decided | None = None


async def record_optimistically(
    pool: asyncpg.Pool,
    optimistic: OptimisticAttempt,
    predecessor: OptimisticAttempt | None,
    settings: PosterSettings,
) -> None:
    """Write rows beside the predecessor, and balances after it. Raises StaleView, Abandoned or asyncpg errors.

    The COPY runs on a separate connection while the predecessor writes its balances. The rows become visible only after
    the versions were found unchanged under the locks.
    """
    async with pool.acquire() as connection:
        if connection.server != optimistic.server:
            # Another server took over, perhaps without the last commits: equal versions prove nothing there.
            raise plan_writer.StaleView
        if not optimistic.plan.effects:
            await _succeed(predecessor)
            if not await plan_writer.unchanged(connection, optimistic.plan):
                raise plan_writer.StaleView
            if optimistic.repeats:
                await commits.vouch(connection)
            return
        async with commits.transaction(connection, begin=_BEGIN_OPTIMISTIC):
            is_long = await _allow_time(connection, optimistic.plan.entries, settings)
            prepared = await _copy(connection, optimistic.plan, settings)
            await _succeed(predecessor)
            if is_long:
                # From here on other batches wait, and no long computation remains.
                await _be_prompt(connection, settings)
            await _apply(connection, optimistic.plan, prepared, settings)


async def record_pessimistically(
    pool: asyncpg.Pool, pending: Pending, ids_and_clock: IdsAndClock, backlog: Backlog, settings: PosterSettings
) -> Decided:
    """Lock everything the batch touches, read it, decide, write. Nothing can change meanwhile.

    A decision of unknown outcome that was recorded is found here and stands: a new decision could differ. It had these
    same locks, so if it is not found now, it never will be recorded.
    Where the plan grows too large, only a part of the pending submissions is decided; the others remain to be recorded.
    Submissions for an accepted batch whose lease another process has fail, and are removed from the pending ones.
    """
    operations = [operation for submission in pending.submissions for operation in submission.operations]
    decided = pending.unknown
    async with pool.acquire() as connection:
        scratch = Book(legs_max=settings.legs_together_max)
        await settings.steps.reached(Step.READ, connection, operations)
        # This only finds what to lock. References are read under the locks.
        await view.prefetch(connection, scratch, operations, ids_and_clock, with_references=False)
        keys = {account.key for account in scratch.accounts.values()}
        try:
            async with commits.transaction(connection):
                entries = len(operations) + len(scratch.parents) + len(scratch.deferred)
                is_long = await _allow_time(connection, entries, settings)
                await locks.lock_balances(connection, keys)
                await settings.steps.reached(Step.LOCKED, connection, operations)
                if pending.unknown is not None:
                    if await plan_writer.exists(connection, pending.unknown.plan):
                        await commits.barrier(connection)
                        return pending.unknown
                    pending.unknown = None
                await plan_writer.lock_ledgers(connection, view.dated_ledgers(scratch, operations))
                await _drop_superseded(connection, pending.submissions)
                book = Book(targets=scratch.targets, legs_max=settings.legs_together_max)
                await view.reload(connection, book, keys, operations, ids_and_clock)
                plan = backlog.open_to(Plan(ids_and_clock.block(), ids_and_clock.now()))
                outcomes = await decide_all(pending.submissions, book, plan, settings.plan_entries)
                decided = Decided(pending.submissions[: len(outcomes)], plan, outcomes)
                if plan.effects:
                    prepared = await _copy(connection, plan, settings)
                    if is_long:
                        await _be_prompt(connection, settings)
                    await _apply(connection, plan, prepared, settings)
                elif decided.repeats:
                    await commits.barrier(connection)
        except OutcomeUnknown:
            pending.unknown = decided
            raise
        return decided


async def _drop_superseded(connection: asyncpg.Connection, submissions: list[Submission]) -> None:
    held: set[leases.LeaseKey] = {submission.lease for submission in submissions if submission.lease is not None}
    if not held:
        return
    standing = await leases.standing(connection, held)
    for submission in tuple(submissions):
        if submission.lease is not None and submission.lease not in standing:
            submissions.remove(submission)
            submission.fail(Superseded())


async def preview(
    pool: asyncpg.Pool, submission: Submission, ids_and_clock: IdsAndClock, backlog: Backlog, settings: PosterSettings
) -> list[Outcome]:
    """The outcomes that the ledger would give now: the same reads and rules, in one snapshot, without a write."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await settings.steps.reached(Step.PREVIEW, connection, submission.operations)
        book = Book(legs_max=settings.legs_together_max)
        await view.prefetch(connection, book, submission.operations, ids_and_clock, opens_internals=False)
        await _allow_time(connection, len(submission.operations) + len(book.parents), settings)
        plan = backlog.open_to(Plan(ids_and_clock.block(), ids_and_clock.now()))
        return (await decide_all([submission], book, plan, settings.plan_entries))[0]


async def _copy(connection: asyncpg.Connection, plan: Plan, settings: PosterSettings) -> plan_writer.Prepared:
    await settings.steps.reached(Step.COPY, connection, plan)
    prepared = await plan_writer.copy_transactions(connection, plan)
    await settings.steps.reached(Step.COPIED, connection, plan)
    return prepared


async def _apply(
    connection: asyncpg.Connection, plan: Plan, prepared: plan_writer.Prepared, settings: PosterSettings
) -> None:
    await plan_writer.apply_to_balances(connection, plan, prepared)
    await settings.steps.reached(Step.APPLIED, connection, plan)


async def _allow_time(connection: asyncpg.Connection, entries: int, settings: PosterSettings) -> bool:
    """Let the session be idle for as long as Python may work on so many entries. Returns whether that is longer than
    usual.

    Otherwise PostgreSQL would end the session in the middle of each attempt. The disadvantage: a process that stops at
    this moment keeps the others waiting for as long.
    """
    seconds = min(int(entries * settings.seconds_per_entry), _ALLOWED_SECONDS_MAX)
    if seconds <= settings.idle_seconds:
        return False
    await session.allow_idle(connection, seconds)
    return True


async def _be_prompt(connection: asyncpg.Connection, settings: PosterSettings) -> None:
    await session.allow_idle(connection, settings.idle_seconds)


async def _succeed(predecessor: OptimisticAttempt | None) -> None:
    if predecessor is None:
        return
    try:
        await asyncio.shield(predecessor.recorded)
    except Exception as error:
        raise Abandoned from error
