"""Deferred transactions, between processes and through faults: applied once, in their order, by whoever comes first."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from ledgerd.core.decide import Outcome
from ledgerd.core.effects import DeferredChange, Unchanged
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.figures import Status
from ledgerd.core.model.operation import Apply, Cancel, Deferral, Deferred, Post, Refund, Reschedule, Target, Verdict
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.poster.submission import OrderedRun, Traffic
from ledgerd.store import deferred
from ledgerd.workers import backlog, queue
from tests.poster.faults import FAULTS, happens
from tests.poster.harness import Harness, commit, id_of, post, rejection, said, void
from tests.poster.points import Point, Points
from tests.poster.queued import QUEUED, drain, found, in_order, statuses

# Two processes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
async def test_of_a_cancellation_and_an_application_exactly_one_wins(
    harness: Harness, other: Harness, seed: int
) -> None:
    dice = random.Random(seed)
    payer, shop = await harness.balance(money=1_000), await harness.balance()
    drafts = [post(payer, shop, 1, f"q{n}", deferral=QUEUED) for n in range(30)]
    accepted = await harness.chunk(drafts)
    nominated = await found(harness, *accepted)

    async def apply(row: Deferred) -> list[Outcome]:
        await asyncio.sleep(dice.random() * 0.05)
        return await harness.poster.submit([Apply(row)], traffic=Traffic.BULK)

    async def cancel(row: Deferred) -> Outcome:
        await asyncio.sleep(dice.random() * 0.05)
        return await other.one(Cancel(f"c {row.key}", Target(row.id)))

    applied = asyncio.gather(*(apply(nominee) for nominee in nominated))
    cancelled = asyncio.gather(*(cancel(nominee) for nominee in nominated))
    moved = 0
    for (done,), called_off in zip(await applied, await cancelled, strict=True):
        assert isinstance(done, DeferredChange | Unchanged)
        assert isinstance(done, DeferredChange) == (said(called_off) == "NOT_DEFERRED")
        moved += isinstance(done, DeferredChange)
    assert await harness.posted(shop) == [moved]
    await harness.prove()


async def test_two_workers_that_both_think_they_are_alone_apply_everything_once(
    harness: Harness, other: Harness
) -> None:
    payers = [await harness.balance(money=100) for _ in range(3)]
    shop = await harness.balance()
    await harness.chunk([post(payers[n % 3], shop, 1, f"q{n}", deferral=QUEUED) for n in range(150)])
    async with harness.pool.acquire() as connection:
        nominated, _, _ = await deferred.queue_after(connection, 0, 1_000)
    run, other_run = OrderedRun(), OrderedRun()
    outcomes = await asyncio.gather(
        *(_in_parts(harness, nominated, run, 40)), *(_in_parts(other, nominated, other_run, 30))
    )
    done = [outcome for part in outcomes for outcome in part if isinstance(outcome, DeferredChange)]
    assert len(done) == 150
    assert await harness.posted(shop, *payers) == [150, 50, 50, 50]
    assert await in_order(harness)
    await harness.prove()


def _in_parts(
    harness: Harness, nominated: Sequence[Deferred], run: OrderedRun, size: int
) -> list["asyncio.Task[list[Outcome]]"]:
    parts = [nominated[start : start + size] for start in range(0, len(nominated), size)]
    return [
        asyncio.create_task(
            harness.poster.submit([Apply(nominee) for nominee in part], traffic=Traffic.BULK, patient=True, run=run)
        )
        for part in parts
    ]


async def test_a_balance_is_not_closed_while_something_is_accepted_on_it(
    harness: Harness, other: Harness, points: Points
) -> None:
    till, shop = await harness.balance(), await harness.balance()

    async def close(_: asyncpg.Connection) -> None:
        await other.set_status(till, BalanceStatus.CLOSED)

    points.at(Point.COPIED, "q", close)
    assert said(await harness.one(post(till, shop, 1, "q", deferral=QUEUED))) == "BALANCE_CLOSED"
    await harness.prove()


async def test_what_is_deferred_is_covered_also_where_two_processes_accept(harness: Harness, other: Harness) -> None:
    till, shop = await harness.balance(money=10), await harness.balance()
    deferral = Deferral(in_review=True, check_deferred=True)
    asked = [post(till, shop, 1, f"q{n}", deferral=deferral) for n in range(40)]
    answers = await asyncio.gather(*((harness, other)[n % 2].one(operation) for n, operation in enumerate(asked)))
    assert sorted(said(answer) for answer in answers) == ["INSUFFICIENT_FUNDS"] * 30 + ["posted"] * 10
    await harness.prove()


# Faults ----------------------------------------------------------------------------------------


@pytest.mark.poster(overlap_operations=1)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("point", [Point.BEFORE_COPY, Point.COPIED, Point.APPLIED, Point.COMMITTED])
async def test_nothing_overtakes_what_could_not_be_applied(
    harness: Harness, points: Points, point: Point, fault: str
) -> None:
    """Each payment is made with the money of the one before: out of order they would be rejected."""
    chain = [await harness.balance() for _ in range(13)]
    drafts = [post("@World", chain[0], 5, "q0", allow_overdraft=True, deferral=QUEUED)]
    drafts += [post(chain[n - 1], chain[n], 5, f"q{n}", deferral=QUEUED) for n in range(1, 13)]
    for draft in drafts:
        await harness.one(draft)
    happens(points, point, "q4", FAULTS[fault], times=2)
    assert await drain(harness, settings=queue.Settings(at_once=3)) >= 0
    assert await statuses(harness, *(f"q{n}" for n in range(13))) == ["APPLIED"] * 13
    assert await harness.posted(chain[-1]) == [5]
    await harness.prove()


async def test_what_cannot_be_applied_is_rejected_and_keeps_nothing_back(harness: Harness, points: Points) -> None:
    """A bug, contained: it happens as long as the transaction is to be applied, and not when it is rejected."""
    payer, shop = await harness.balance(money=5), await harness.balance()
    await harness.chunk([post(payer, shop, 1, f"q{n}", deferral=QUEUED) for n in range(3)])
    happens(points, Point.APPLIED, "q1", FAULTS["a bug of ours"], times=3)
    assert await drain(harness) == 3
    assert await statuses(harness, "q0", "q1", "q2") == ["APPLIED", "REJECTED", "APPLIED"]
    assert "INTERNAL" in await harness.pool.fetchval("SELECT rejection FROM transactions WHERE reference = 'q1'")
    assert await in_order(harness)
    await harness.prove()


async def test_a_broken_run_is_not_continued(harness: Harness) -> None:
    payer, shop = await harness.balance(money=5), await harness.balance()
    (accepted,) = await harness.chunk([post(payer, shop, 1, "q", deferral=QUEUED)])
    (nominee,) = await found(harness, accepted)
    late = harness.poster.submit([Apply(nominee)], traffic=Traffic.BULK, run=OrderedRun(is_broken=True))
    assert await rejection(late) is Reason.DATABASE_UNAVAILABLE
    assert await statuses(harness, "q") == ["QUEUED"]


async def test_a_stale_nomination_is_decided_again(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=5), await harness.balance()
    accepted = await harness.chunk(
        [post(payer, shop, 1, "q", deferral=QUEUED), post(payer, shop, 1, "r", deferral=QUEUED)]
    )
    nominated = await found(harness, *accepted)
    await other.one(Cancel("c", Target(id_of(accepted[0]))))
    outcomes = await harness.poster.submit([Apply(nominee) for nominee in nominated], traffic=Traffic.BULK)
    assert [type(outcome) for outcome in outcomes] == [Unchanged, DeferredChange]
    assert await statuses(harness, "q", "r") == ["CANCELLED", "APPLIED"]
    await harness.prove()


async def test_what_was_given_another_time_is_not_applied_before(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=5), await harness.balance()
    accepted = await harness.chunk(
        [post(payer, shop, 1, "q", deferral=QUEUED), post(payer, shop, 1, "r", deferral=QUEUED)]
    )
    nominated = await found(harness, *accepted)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert said(await other.one(Reschedule("later", Target(id_of(accepted[0])), tomorrow))) == "posted"
    outcomes = await harness.poster.submit([Apply(nominee) for nominee in nominated], traffic=Traffic.BULK)
    assert [type(outcome) for outcome in outcomes] == [Unchanged, DeferredChange]
    assert await statuses(harness, "q", "r") == ["SCHEDULED", "APPLIED"]
    await harness.prove()


# The backlog -----------------------------------------------------------------------------------


async def test_no_more_is_accepted_than_may_be_deferred(harness: Harness) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    harness.poster.backlog.limit = 3
    drafts = [post(payer, shop, 1, f"q{n}", deferral=QUEUED) for n in range(5)]
    assert [said(outcome) for outcome in await harness.chunk(drafts)] == ["posted"] * 3 + ["QUEUE_FULL"] * 2
    assert said(await harness.one(drafts[4])) == "QUEUE_FULL"
    assert said(await harness.one(drafts[0])) == "replayed"
    await drain(harness)
    await backlog.count(harness.engine)
    assert [said(outcome) for outcome in await harness.chunk(drafts)] == ["replayed"] * 3 + ["posted"] * 2


async def test_what_another_process_accepted_counts_after_the_next_count(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    await other.chunk([post(payer, shop, 1, f"q{n}", deferral=QUEUED) for n in range(3)])
    harness.poster.backlog.limit = 3
    await backlog.count(harness.engine)
    rejection = await harness.one(post(payer, shop, 1, "more", deferral=QUEUED))
    assert rejection == Rejection(Reason.QUEUE_FULL, {"backlog": "3", "limit": "3"})


# The same books --------------------------------------------------------------------------------


def _drafts(names: list[str], dice: random.Random, deferral: Deferral | None) -> list[Post]:
    return [
        post(
            *dice.sample(names, 2),
            dice.randint(1, 40),
            f"{names[0]} {n}",
            inflight=dice.random() < 0.3,
            deferral=deferral,
        )
        for n in range(40)
    ]


@pytest.mark.parametrize("seed", range(5))
async def test_queueing_and_draining_makes_the_books_that_posting_in_that_order_makes(
    harness: Harness, seed: int
) -> None:
    books = []
    for later in (None, QUEUED):
        names = [await harness.balance(money=30) for _ in range(4)]
        drafts = _drafts(names, random.Random(seed), later)
        outcomes = await harness.chunk(drafts)
        await drain(harness)
        told = (
            await statuses(harness, *(draft.reference for draft in drafts))
            if later
            else [_word(outcome) for outcome in outcomes]
        )
        books.append((await harness.posted(*names), told))
    assert books[0] == books[1]
    assert "REJECTED" in books[0][1]
    await harness.prove()


def _word(outcome: Outcome) -> str:
    return "REJECTED" if isinstance(outcome, Rejection) else str(outcome.status)  # type: ignore[union-attr]


async def test_an_amendment_can_be_neither_committed_nor_refunded(harness: Harness) -> None:
    payer, shop = await harness.balance(money=5), await harness.balance()
    accepted = await harness.one(post(payer, shop, 1, "q", deferral=QUEUED))
    amendment = id_of(await harness.one(Cancel("c", Target(id_of(accepted)))))
    assert said(await harness.one(commit(amendment))) == "NOT_A_HOLD"
    assert said(await harness.one(void(amendment))) == "NOT_A_HOLD"
    assert said(await harness.one(Refund("f", Target(amendment)))) == "NOT_REFUNDABLE"


async def test_what_was_just_cancelled_will_have_nothing_to_refund(harness: Harness) -> None:
    payer, shop = await harness.balance(money=5), await harness.balance()
    accepted = id_of(await harness.one(post(payer, shop, 1, "q", deferral=QUEUED)))
    tomorrow = Deferral(scheduled_at=datetime.now(UTC) + timedelta(days=1))
    outcomes = await harness.batch([Cancel("c", Target(accepted)), Refund("f", Target(accepted), deferral=tomorrow)])
    assert [said(outcome) for outcome in outcomes] == ["posted", "NOT_REFUNDABLE"]
    await harness.prove()


async def test_an_approval_and_a_cancellation_in_one_batch(harness: Harness) -> None:
    payer, shop = await harness.balance(money=5), await harness.balance()
    (flagged,) = await harness.chunk([post(payer, shop, 1, "q", deferral=Deferral(in_review=True))])
    approve = Verdict("a", Target(id_of(flagged)), True, on_behalf_of="ada")
    outcomes = await harness.chunk([approve, Cancel("c", Target(id_of(flagged)))])
    assert [said(outcome) for outcome in outcomes] == ["posted", "NOT_DEFERRED"]
    (again,) = await harness.chunk([approve])
    assert said(again) == "replayed"
    assert await statuses(harness, "q") == [Status.APPLIED]
    await harness.prove()
