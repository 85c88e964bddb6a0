"""Deferred splits that get their legs when they are applied, and what is done to them before the database has these."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from ledgerd.core.decide import Outcome
from ledgerd.core.effects import DeferredChange, Unchanged
from ledgerd.core.model.allocation import Remainder, Share
from ledgerd.core.model.amount import Available
from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.operation import Apply, Cancel, Deferral, Operation, Post, Refund, Target, Verdict
from ledgerd.poster.submission import Traffic
from ledgerd.store import queries
from tests.poster.harness import Harness, commit, id_of, open_harness, post, said
from tests.poster.points import Point, Points
from tests.poster.queued import QUEUED, found, statuses

REVIEW = Deferral(in_review=True)


def purchase(points: str, card: str, shop: str, minor: int, reference: str = "s", **more: object) -> Post:
    """Points first, and the card pays the remainder."""
    sources = (Share(points, Available()), Share(card, Remainder()))
    return post("", shop, minor, reference, sources=sources, **{"deferral": QUEUED, **more})


async def shop_with_points(harness: Harness) -> tuple[str, str, str]:
    return await harness.balance(money=30), await harness.balance(money=100), await harness.balance()


async def as_batch(harness: Harness, operations: Sequence[Operation]) -> tuple[str, list[Outcome]]:
    batch_id = harness.ids_and_clock.id(BATCH)
    return batch_id, await harness.poster.submit(operations, traffic=Traffic.BULK, batch_id=batch_id)


async def nominations(harness: Harness, deferred: Outcome) -> list[Apply]:
    return [Apply(nominee) for nominee in await found(harness, deferred)]


async def legs_of(harness: Harness, reference: str = "s") -> list[tuple[int, str]]:
    """Amount and status of the legs, in order."""
    rows = await harness.pool.fetch(
        "SELECT amount, status FROM transactions"
        " WHERE header_id = (SELECT id FROM transactions WHERE reference = $1) ORDER BY id",
        reference,
    )
    return [(int(row["amount"]), row["status"]) for row in rows]


@pytest.mark.usefixtures("either_path")
@pytest.mark.parametrize("inflight", [False, True])
@pytest.mark.parametrize("whole_batch", [False, True])
async def test_legs_are_resolved_in_the_commit_that_makes_them(
    harness: Harness, inflight: bool, whole_batch: bool
) -> None:
    points, card, shop = await shop_with_points(harness)
    asked = purchase(points, card, shop, 50, deferral=REVIEW, inflight=inflight)
    batch_id, answers = await as_batch(harness, [asked])
    target = batch_id if whole_batch else id_of(answers[0])
    done = commit(target, None, "c") if inflight else Refund("r", Target(target))
    before = await harness.pool.fetchval("SELECT count(*) FROM journal")
    answers = await harness.chunk([Verdict("ok", Target(id_of(answers[0])), True), done])
    assert [said(answer) for answer in answers] == ["posted", "posted"]
    assert await harness.pool.fetchval("SELECT count(*) FROM journal") == before + 1
    assert await legs_of(harness) == [(30, "APPLIED"), (20, "APPLIED")]
    assert await harness.posted(points, card, shop) == ([0, 80, 50] if inflight else [30, 100, 0])
    await harness.prove()


@pytest.mark.poster(overlap_operations=1)
@pytest.mark.parametrize("inflight", [False, True])
@pytest.mark.parametrize("whole_batch", [False, True])
async def test_legs_are_resolved_while_the_commit_that_makes_them_is_written(
    harness: Harness, points: Points, inflight: bool, whole_batch: bool
) -> None:
    """The next batch is decided before the database has the legs, and stands."""
    rewards, card, shop = await shop_with_points(harness)
    batch_id, answers = await as_batch(harness, [purchase(rewards, card, shop, 50, inflight=inflight)])
    nominated = await nominations(harness, answers[0])
    arrived, release = asyncio.Event(), asyncio.Event()

    async def hold(_: asyncpg.Connection) -> None:
        arrived.set()
        await asyncio.wait_for(release.wait(), 120)

    points.at(Point.COPIED, "s", hold)
    applying = asyncio.create_task(harness.chunk(nominated))
    await asyncio.wait_for(arrived.wait(), 120)
    target = batch_id if whole_batch else id_of(answers[0])
    done = commit(target, None, "done") if inflight else Refund("done", Target(target))
    last = asyncio.create_task(harness.one(done))
    await points.until(Point.BEFORE_COPY, "done")
    release.set()
    assert said(await last) == "posted"
    await applying
    assert points.conflicts == []
    assert await harness.posted(rewards, card, shop) == ([0, 80, 50] if inflight else [30, 100, 0])
    assert said(await harness.one(Refund("again", Target(target)))) == ("posted" if inflight else "REFUND_EXCEEDED")
    await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_what_an_atomic_group_undoes_has_no_legs(harness: Harness) -> None:
    """The group and the others share a commit, or a Book."""
    points, card, shop = await shop_with_points(harness)
    deferred = await harness.one(purchase(points, card, shop, 50, deferral=REVIEW))
    of = Target(id_of(deferred))
    group = [Verdict("ok", of, True), Refund("r", of), post(shop, card, 1_000, "too much")]
    *_, rejected, refund, verdict, again = await asyncio.gather(
        harness.batch(group, atomic=True),
        harness.one(Refund("r", of)),
        harness.one(Verdict("ok", of, True)),
        harness.one(Refund("r2", of)),
    )
    assert [said(answer) for answer in rejected] == ["NOT_APPLIED_WITH_GROUP"] * 2 + ["INSUFFICIENT_FUNDS"]
    assert [said(refund), said(verdict), said(again)] == ["NOT_REFUNDABLE", "posted", "posted"]
    assert await legs_of(harness) == [(30, "APPLIED"), (20, "APPLIED")]
    assert await harness.posted(points, card, shop) == [30, 100, 0]
    await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_it_is_deferred_approved_and_refunded_in_one_group(harness: Harness) -> None:
    points, card, shop = await shop_with_points(harness)
    of = Target(reference="s")
    group = [purchase(points, card, shop, 50, deferral=REVIEW), Verdict("ok", of, True), Refund("r", of)]
    assert [said(answer) for answer in await harness.batch(group, atomic=True)] == ["posted"] * 3
    assert await harness.posted(points, card, shop) == [30, 100, 0]
    assert [said(answer) for answer in await harness.batch(group, atomic=True)] == ["replayed"] * 3
    await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_two_processes_apply_it_once(harness: Harness, other: Harness) -> None:
    points, card, shop = await shop_with_points(harness)
    spent = 0
    for turn in range(5):
        deferred = await harness.one(purchase(points, card, shop, 8, f"s{turn}"))
        nominated = await nominations(harness, deferred)
        spending = other.one(post(points, shop, 1, f"spent {turn}"))
        (first,), (second,), own = await asyncio.gather(harness.chunk(nominated), other.chunk(nominated), spending)
        assert {type(first), type(second)} == {DeferredChange, Unchanged}
        assert sum(amount for amount, _ in await legs_of(harness, f"s{turn}")) == 8
        spent += said(own) == "posted"
    assert await harness.posted(points, card, shop) == [0, 90 - spent, 40 + spent]
    await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_it_is_applied_or_cancelled(harness: Harness, other: Harness) -> None:
    points, card, shop = await shop_with_points(harness)
    for turn in range(5):
        deferred = await harness.one(purchase(points, card, shop, 10, f"s{turn}"))
        nominated = await nominations(harness, deferred)
        cancelled = other.one(Cancel(f"c{turn}", Target(id_of(deferred))))
        _, answer = await asyncio.gather(harness.chunk(nominated), cancelled)
        has_moved = bool(await legs_of(harness, f"s{turn}"))
        assert said(answer) == ("NOT_DEFERRED" if has_moved else "posted")
        assert await statuses(harness, f"s{turn}") == ["APPLIED" if has_moved else "CANCELLED"]
    await harness.prove()


@pytest.mark.parametrize("query", [queries.POSTING.accounts_by_id, queries.POSTING.legs_of_compound])
async def test_another_process_applies_it_while_its_batch_is_read(harness: Harness, dsn: str, query: str) -> None:
    watched = Points()
    points, card, shop = await shop_with_points(harness)
    batch_id, answers = await as_batch(harness, [post(card, shop, 5, "d"), purchase(points, card, shop, 50)])
    nominated = await nominations(harness, answers[1])

    async def meanwhile(_: asyncpg.Connection) -> None:
        await harness.chunk(nominated)

    watched.before(query, meanwhile)
    async with open_harness(dsn, ids_and_clock=harness.ids_and_clock, points=watched) as other:
        assert said(await other.one(Refund("r", Target(batch_id)))) == "posted"
    assert await harness.posted(points, card, shop) == [30, 100, 0]
    await harness.prove()
