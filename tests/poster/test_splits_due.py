"""Splits and compound refunds whose turn comes: by workers that race, break down or read little at a time."""

import asyncio
from dataclasses import replace

import pytest

from ledgerd.core.effects import DeferredChange, HeaderEntry, Unchanged
from ledgerd.core.model.amount import Available, Quantity
from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.operation import Apply, Cancel, Deferral, Refund, Target, Verdict
from ledgerd.poster.submission import Traffic
from ledgerd.workers import queue, timed
from tests.poster.faults import FAULTS, happens
from tests.poster.harness import Harness, commit, id_of, open_harness, post, said, void
from tests.poster.points import Point, Points
from tests.poster.queued import HOLDER, QUEUED, drain, due, found, statuses
from tests.poster.test_splits_at_once import split

pytestmark = [pytest.mark.yesterday, pytest.mark.poster(overlap_operations=1)]


async def a_chain(harness: Harness, links: int) -> tuple[list[str], str]:
    """Each split pays two with the money of the one before, of which the second pays on."""
    first, *rest = [await harness.balance() for _ in range(links + 1)]
    side = await harness.balance()
    await harness.one(post("@World", first, 2**links, "q0", allow_overdraft=True, deferral=QUEUED))
    for n, (payer, taker) in enumerate(zip([first, *rest], rest, strict=False), start=1):
        half = 2 ** (links - n)
        await harness.one(split(payer, {side: half, taker: half}, f"q{n}", deferral=QUEUED))
    return [f"q{n}" for n in range(links + 1)], rest[-1]


async def states(harness: Harness) -> set[tuple[str, str]]:
    """Every split's state beside those of its legs."""
    rows = await harness.pool.fetch(
        "SELECT DISTINCT s.status, l.status AS leg FROM transactions s JOIN transactions l ON l.header_id = s.id"
    )
    return {(row["status"], row["leg"]) for row in rows}


@pytest.mark.parametrize("at_once", [1, 4, 2_500])
async def test_splits_are_applied_in_the_order_of_acceptance(harness: Harness, at_once: int) -> None:
    """Also where a worker takes less at once than a single one has legs."""
    references, last = await a_chain(harness, 8)
    await drain(harness, settings=queue.Settings(at_once=at_once))
    assert await statuses(harness, *references) == ["APPLIED"] * 9
    assert await harness.posted(last) == [1]
    await harness.prove()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("point", [Point.BEFORE_COPY, Point.COPIED, Point.APPLIED, Point.COMMITTED])
async def test_nothing_overtakes_a_split_that_could_not_be_applied(
    harness: Harness, points: Points, point: Point, fault: str
) -> None:
    references, last = await a_chain(harness, 8)
    happens(points, point, "q4", FAULTS[fault], times=2)
    await drain(harness, settings=queue.Settings(at_once=6))
    assert await statuses(harness, *references) == ["APPLIED"] * 9
    assert await harness.posted(last) == [1]
    await harness.prove()


async def test_two_workers_apply_every_split_once(harness: Harness, other: Harness) -> None:
    payer, *takers = [await harness.balance(money=1_000) for _ in range(4)]
    accepted = [await harness.one(split(payer, dict.fromkeys(takers, 2), f"q{n}", deferral=QUEUED)) for n in range(40)]
    nominated = await found(harness, *accepted)
    pieces = [[Apply(nominee) for nominee in nominated[start : start + 5]] for start in range(0, 40, 5)]
    fresh = [
        [Apply(nominee) for nominee in await found(harness, *accepted[start : start + 5])] for start in range(0, 40, 5)
    ]
    answers = await asyncio.gather(
        *(harness.poster.submit(piece, traffic=Traffic.BULK) for piece in pieces),
        *(other.poster.submit(piece, traffic=Traffic.BULK) for piece in reversed(fresh)),
    )
    assert (
        sorted(type(outcome).__name__ for answer in answers for outcome in answer)
        == ["DeferredChange"] * 40 + ["Unchanged"] * 40
    )
    assert await harness.posted(payer, *takers) == [1_000 - 240, 1_080, 1_080, 1_080]
    assert await states(harness) == {("APPLIED", "APPLIED")}
    await harness.prove()


async def test_of_a_cancellation_and_an_application_one_wins(harness: Harness, other: Harness) -> None:
    """Of splits, and of compound refunds, which wait on no balance."""
    payer, *takers = [await harness.balance(money=1_000) for _ in range(4)]
    paid = [await harness.one(split(payer, dict.fromkeys(takers, 2), f"p{n}")) for n in range(20)]
    deferred = [await harness.one(split(payer, dict.fromkeys(takers, 2), f"q{n}", deferral=QUEUED)) for n in range(20)]
    deferred += [
        await harness.one(Refund(f"r{n}", Target(id_of(split_row)), deferral=due())) for n, split_row in enumerate(paid)
    ]
    nominated = [Apply(nominee) for nominee in await found(harness, *deferred)]
    applied, cancelled = await asyncio.gather(
        asyncio.gather(*(harness.poster.submit([operation], traffic=Traffic.BULK) for operation in nominated)),
        asyncio.gather(*(other.one(Cancel(f"c{n}", Target(id_of(row)))) for n, row in enumerate(deferred))),
    )
    for (done,), off in zip(applied, cancelled, strict=True):
        assert (type(done), said(off)) in ((DeferredChange, "NOT_DEFERRED"), (Unchanged, "posted"))
    ended = await statuses(harness, *(f"{name}{n}" for name in "qr" for n in range(20)))
    assert ended == ["APPLIED" if isinstance(done, DeferredChange) else "CANCELLED" for (done,) in applied]
    assert await states(harness) <= {("APPLIED", "APPLIED"), ("CANCELLED", "CANCELLED")}
    await harness.prove()


@pytest.mark.parametrize("piece", [500, 1])
@pytest.mark.parametrize("inflight", [False, True])
async def test_a_refund_that_is_due_together_with_its_split_comes_after_it(
    harness: Harness, piece: int, inflight: bool
) -> None:
    """After an outage both are nominated at once: in one commit, or in two of which the first is being written."""
    payer, *takers = await harness.balance(money=100), await harness.balance(), await harness.balance()
    paid = await harness.one(split(payer, dict.fromkeys(takers, 10), "pay", deferral=due(1), inflight=inflight))
    assert said(await harness.one(Refund("back", Target(id_of(paid)), deferral=due(2)))) == "posted"
    await timed.process_due(harness.engine, HOLDER, timed.Settings(piece=piece))
    # Of a hold nothing was committed: there is nothing to refund.
    assert await statuses(harness, "pay", "back") == (["INFLIGHT", "REJECTED"] if inflight else ["APPLIED"] * 2)
    assert await harness.posted(payer, *takers) == [100, 0, 0]
    await harness.prove()


@pytest.mark.parametrize("piece", [500, 1])
async def test_a_refund_that_is_due_together_with_members_of_its_batch_comes_after_them(
    harness: Harness, piece: int
) -> None:
    """A single payment, a split and all that is available: none of them had moved when the batch was read."""
    payer, *takers = await harness.balance(money=100), await harness.balance(), await harness.balance()
    rest = Available(Quantity(30, None))
    drafts = [
        post(payer, takers[0], 10, "one", deferral=due(1)),
        split(payer, dict.fromkeys(takers, 10), "two", deferral=due(2)),
        replace(post(payer, takers[1], 0, "rest", deferral=due(3)), quantity=rest),
    ]
    batch_id = (await harness.batch(drafts))[0].batch_id
    assert batch_id is not None
    assert said(await harness.one(Refund("back", Target(batch_id), deferral=due(4)))) == "posted"
    await timed.process_due(harness.engine, HOLDER, timed.Settings(piece=piece))
    assert await statuses(harness, "one", "two", "rest", "back") == ["APPLIED"] * 4
    assert await harness.posted(payer, *takers) == [100, 0, 0]
    await harness.prove()


async def test_what_is_approved_in_a_batch_counts_for_what_comes_after_in_the_same_chunk(harness: Harness) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    review = Deferral(in_review=True)
    drafts = [post(payer, shop, 10, name, deferral=review, inflight=True) for name in ("one", "two", "three")]
    members = await harness.batch(drafts)
    batch_id = members[0].batch_id
    assert batch_id is not None
    outcomes = await harness.chunk(
        [
            Verdict("a", Target(id_of(members[0])), True),
            commit(batch_id, reference="c"),
            Verdict("b", Target(id_of(members[1])), True),
            void(batch_id, reference="v"),
            Verdict("d", Target(id_of(members[2])), False),
            commit(batch_id, reference="again"),
            Refund("r", Target(batch_id)),
        ]
    )
    assert [said(outcome) for outcome in outcomes] == ["posted"] * 5 + ["HOLD_RESOLVED", "posted"]
    assert await statuses(harness, "one", "two", "three") == ["APPLIED", "VOID", "REJECTED"]
    assert await harness.posted(payer, shop) == [100, 0]
    await harness.prove()


async def test_what_is_due_is_done_in_parts_where_it_is_much(harness: Harness) -> None:
    payer, *takers = [await harness.balance(money=1_000) for _ in range(4)]
    soon = due()
    for n in range(6):
        await harness.one(split(payer, dict.fromkeys(takers, 2), f"s{n}", deferral=soon))
    rounds = 0
    while await timed.process_due(harness.engine, HOLDER, timed.Settings(at_once=7)) >= 7:
        rounds += 1
    assert rounds >= 5
    assert await states(harness) == {("APPLIED", "APPLIED")}
    await harness.prove()


async def test_a_refund_of_more_than_one_commit_takes_is_rejected_when_it_is_due(harness: Harness, dsn: str) -> None:
    payer, *takers = [await harness.balance(money=1_000) for _ in range(4)]
    batch_id = harness.ids_and_clock.id(BATCH)
    operations = [split(payer, dict.fromkeys(takers, 2), "s"), post(payer, takers[0], 1, "d")]
    await harness.poster.submit(operations, traffic=Traffic.BULK, batch_id=batch_id)
    deferred = await harness.one(Refund("back", Target(batch_id), deferral=due()))
    assert isinstance(deferred, HeaderEntry)
    async with open_harness(dsn, ids_and_clock=harness.ids_and_clock, legs_together_max=3) as small:
        await timed.process_due(small.engine, HOLDER)
    assert await statuses(harness, "back") == ["REJECTED"]
    assert "TOO_MANY_ITEMS" in await harness.pool.fetchval(
        "SELECT rejection FROM transactions WHERE reference = 'back'"
    )
    await harness.prove()
