"""Operations about what is named by its reference, while this process or another one is still recording it."""

import asyncio

import pytest

from ledgerd.access.caller import ANONYMOUS
from ledgerd.core.model.ids import IDENTITY, encode
from ledgerd.core.model.operation import Cancel, Deferral, Refund, ResolveHold, Target, Verdict
from ledgerd.operations import identities
from ledgerd.store import queries
from tests.poster.faults import FAULTS, happens
from tests.poster.harness import Harness, id_of, open_harness, post, said
from tests.poster.points import Point, Points

IN_REVIEW = Deferral(in_review=True)


def commit_named(name: str, reference: str = "") -> ResolveHold:
    return ResolveHold(reference, Target(reference=name), False)


def void_named(name: str, reference: str = "") -> ResolveHold:
    return ResolveHold(reference, Target(reference=name), True)


async def test_another_process_records_the_target_meanwhile(
    dsn: str, other: Harness, points: Points, either_path: bool
) -> None:
    """After the targets were looked up, before the references are. The batch repeats the target, and resolves it."""
    payer, shop = await other.balance(money=10), await other.balance()
    hold = post(payer, shop, 10, "hold", inflight=True)

    async def record(_: object) -> None:
        await other.one(post(payer, shop, 10, "hold", inflight=True))

    async with open_harness(dsn, points=points, optimistic=either_path) as harness:
        points.before(queries.POSTING.accounts_by_id, record)
        outcomes = await harness.chunk([hold, commit_named("hold")])
        assert [said(outcome) for outcome in outcomes] == ["replayed", "posted"]
        assert said(await harness.one(commit_named("hold"))) == "replayed"
        await harness.prove()


async def test_a_target_is_found_as_soon_as_another_process_recorded_it(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=10), await harness.balance()
    early = await harness.one(commit_named("hold"))
    assert (said(early), early.details) == ("TRANSACTION_NOT_FOUND", {"reference": "hold"})
    held = await other.one(post(payer, shop, 10, "hold", inflight=True))
    commit = await harness.one(commit_named("hold"))
    assert commit.operation.reference == f"ledgerd:commit:{id_of(held)}"
    assert said(await other.one(void_named("hold"))) == "HOLD_RESOLVED"
    assert said(await other.one(commit_named("hold"))) == "replayed"


@pytest.mark.poster(overlap_operations=1)
async def test_the_target_is_still_being_written(harness: Harness, points: Points) -> None:
    payer, shop = await harness.balance(money=10), await harness.balance()
    decided = asyncio.Event()

    async def wait(_: object) -> None:
        await decided.wait()

    points.at(Point.COPIED, "hold", wait)
    holding = asyncio.create_task(harness.one(post(payer, shop, 10, "hold", inflight=True)))
    await points.until(Point.COPIED, "hold")
    committing = asyncio.create_task(harness.chunk([commit_named("hold", "c"), Refund("r", Target(reference="hold"))]))
    await points.until(Point.BEFORE_COPY, "c")
    decided.set()
    assert said(await holding) == "posted"
    assert [said(outcome) for outcome in await committing] == ["posted", "posted"]
    assert points.conflicts == []
    assert await harness.posted(payer, shop) == [10, 0]
    await harness.prove()


@pytest.mark.poster(overlap_operations=1)
@pytest.mark.parametrize("fault", ["a deadlock", "the network breaks"])
async def test_the_batch_with_the_target_is_recorded_again(harness: Harness, points: Points, fault: str) -> None:
    """It gets other ids; what follows it finds these, and derives its own reference from them."""
    payer, shop = await harness.balance(money=10), await harness.balance()
    happens(points, Point.COPIED, "hold", FAULTS[fault], times=1)
    hold = asyncio.create_task(harness.one(post(payer, shop, 10, "hold", inflight=True)))
    await points.until(Point.READ, "hold")
    commit = await harness.one(commit_named("hold"))
    assert said(commit) == "posted"
    assert commit.operation.reference == f"ledgerd:commit:{id_of(await hold)}"
    await harness.prove()


@pytest.mark.poster(overlap_operations=1)
async def test_the_target_is_rejected_after_all(harness: Harness, other: Harness, points: Points) -> None:
    """Another process took the money before the hold was written: the decision about it was wrong, and the next too."""
    payer, shop = await harness.balance(money=10), await harness.balance()
    decided = asyncio.Event()

    async def wait(_: object) -> None:
        await decided.wait()

    points.at(Point.COPIED, "hold", wait)
    holding = asyncio.create_task(harness.one(post(payer, shop, 10, "hold", inflight=True)))
    await points.until(Point.COPIED, "hold")
    committing = asyncio.create_task(harness.one(commit_named("hold", "c")))
    await points.until(Point.BEFORE_COPY, "c")
    await other.one(post(payer, shop, 10, "taken"))
    decided.set()
    assert said(await holding) == "INSUFFICIENT_FUNDS"
    assert said(await committing) == "TRANSACTION_NOT_FOUND"
    assert points.conflicts
    await harness.prove()


@pytest.mark.poster(overlap_operations=1)
async def test_what_is_deferred_and_still_being_written_is_amended(harness: Harness, points: Points) -> None:
    payer, shop = await harness.balance(money=10), await harness.balance()
    decided = asyncio.Event()

    async def wait(_: object) -> None:
        await decided.wait()

    points.at(Point.COPIED, "one", wait)
    drafts = [post(payer, shop, 5, name, deferral=IN_REVIEW) for name in ("one", "two")]
    accepting = asyncio.create_task(harness.chunk(drafts))
    await points.until(Point.COPIED, "one")
    approve = Verdict("", Target(reference="one"), True, on_behalf_of="ada")
    amending = asyncio.create_task(harness.chunk([approve, Cancel("c", Target(reference="two"))]))
    await points.until(Point.BEFORE_COPY, "c")
    decided.set()
    assert [said(outcome) for outcome in await accepting] == ["posted", "posted"]
    assert [said(outcome) for outcome in await amending] == ["posted", "posted"]
    assert await harness.posted(payer, shop) == [5, 5]
    await harness.prove()


async def test_one_hold_is_resolved_once_by_whatever_name(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=60), await harness.balance()
    for turn in range(20):
        hold = await harness.one(post(payer, shop, 3, f"hold {turn}", inflight=True))
        by_name = [commit_named(f"hold {turn}", f"c {turn}"), void_named(f"hold {turn}", f"v {turn}")]
        target = Target(id_of(hold))
        by_id = [ResolveHold(f"d {turn}", target, False), ResolveHold(f"w {turn}", target, True)]
        first, second = await asyncio.gather(harness.chunk([by_name[0], by_id[1]]), other.chunk([by_id[0], by_name[1]]))
        words = [said(outcome) for outcome in (*first, *second)]
        assert sorted(words) == ["HOLD_RESOLVED"] * 3 + ["posted"]
    await harness.prove()


async def test_a_member_is_applied_while_its_batch_is_cancelled(
    harness: Harness, other: Harness, points: Points
) -> None:
    """Another process approves one of two after this one read both: only the other one is cancelled."""
    payer, shop = await harness.balance(money=10), await harness.balance()
    members = await harness.batch([post(payer, shop, 5, name, deferral=IN_REVIEW) for name in ("one", "two")])

    async def approve(_: object) -> None:
        await other.one(Verdict("a", Target(id_of(members[0])), True, on_behalf_of="ada"))

    points.at(Point.BEFORE_COPY, "cancel", approve)
    batch_id = members[0].batch_id
    cancelled = await harness.one(Cancel("cancel", Target(batch_id)))
    assert [change.deferred.id for change in cancelled.changes] == [id_of(members[1])]
    assert points.conflicts
    assert await harness.posted(payer, shop) == [5, 5]
    await harness.prove()


@pytest.mark.poster(overlap_operations=1)
async def test_a_draft_about_somebody_is_approved_while_it_is_still_being_written(
    harness: Harness, points: Points
) -> None:
    """Whom it concerns was found when it was deferred, and is not looked for again."""
    payer, shop = await harness.balance(money=10), await harness.balance()
    settings = identities.Settings(identity_type="INDIVIDUAL", attributes={}, metadata=None)
    ada = (await identities.create(harness.engine, ANONYMOUS, settings, None)).rows["id"]
    decided = asyncio.Event()

    async def wait(_: object) -> None:
        await decided.wait()

    points.at(Point.COPIED, "draft", wait)
    draft = post(payer, shop, 5, "draft", deferral=IN_REVIEW, identity_ids=(encode(IDENTITY, ada.int),))
    accepting = asyncio.create_task(harness.one(draft))
    await points.until(Point.COPIED, "draft")
    approving = asyncio.create_task(harness.one(Verdict("approve", Target(reference="draft"), True)))
    await points.until(Point.BEFORE_COPY, "approve")
    decided.set()
    assert [said(await accepting), said(await approving)] == ["posted", "posted"]
    assert await harness.posted(payer, shop) == [5, 5]
    await harness.prove()
