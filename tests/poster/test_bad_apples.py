"""One bad apple: what fails for one operation is no trouble of its neighbours."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.rejection import Reason, Rejected
from tests.poster.harness import Harness, post, rejection, said
from tests.poster.points import Point, Points

# One bad apple ---------------------------------------------------------------------------------


@pytest.fixture
async def judged(harness: Harness, connection: asyncpg.Connection) -> str:
    """A constraint that the rules know nothing of: 666 is rejected. As if the rules had a bug."""
    await connection.execute("ALTER TABLE transactions ADD CONSTRAINT no_beast CHECK (amount <> 666)")
    return await harness.balance()


async def test_a_constraint_rejects_one_of_many_single_calls(harness: Harness, judged: str) -> None:
    amounts = [1, 2, 666, 3, 4, 666, 5]
    answers = await asyncio.gather(
        *(
            harness.one(post("@World", judged, amount, f"r{place}", allow_overdraft=True))
            for place, amount in enumerate(amounts)
        ),
        return_exceptions=True,
    )
    failed = [place for place, answer in enumerate(answers) if isinstance(answer, Rejected)]
    assert failed == [2, 5]
    assert [answers[place].rejection.reason for place in failed] == [Reason.INTERNAL] * 2
    assert await harness.posted(judged) == [1 + 2 + 3 + 4 + 5]
    await harness.prove()


async def test_a_constraint_rejects_one_operation_of_a_chunk(harness: Harness, judged: str) -> None:
    drafts = [post("@World", judged, amount, f"r{amount}", allow_overdraft=True) for amount in (1, 666, 3)]
    assert [said(outcome) for outcome in await harness.chunk(drafts)] == ["posted", "INTERNAL", "posted"]
    await harness.prove()


async def test_a_constraint_rejects_one_operation_of_a_batch(harness: Harness, judged: str) -> None:
    drafts = [post("@World", judged, amount, f"r{amount}", allow_overdraft=True) for amount in (1, 666, 3)]
    assert [said(outcome) for outcome in await harness.batch(drafts)] == ["posted", "INTERNAL", "posted"]
    row = await harness.pool.fetchrow("SELECT operations, posted, replayed, rejected FROM batches")
    assert tuple(row) == (3, 2, 0, 1)
    await harness.prove()


async def test_a_batch_recorded_one_by_one_counts_what_could_not_be_read(harness: Harness, judged: str) -> None:
    drafts = [post("@World", judged, amount, f"r{amount}", allow_overdraft=True) for amount in (1, 666)]
    await harness.batch(drafts, malformed=3)
    row = await harness.pool.fetchrow("SELECT operations, posted, replayed, rejected FROM batches")
    assert tuple(row) == (5, 1, 0, 4)


async def test_a_constraint_rejects_an_atomic_batch_whole(harness: Harness, judged: str) -> None:
    drafts = [post("@World", judged, amount, f"r{amount}", allow_overdraft=True) for amount in (1, 666, 3)]
    beside = harness.one(post("@World", judged, 7, "beside", allow_overdraft=True))
    beside_answer, rejected = await asyncio.gather(beside, harness.batch(drafts, atomic=True), return_exceptions=True)
    assert isinstance(rejected, Rejected)
    assert said(beside_answer) == "posted"
    assert await harness.posted(judged) == [7]
    await harness.prove()


async def test_a_value_that_postgresql_cannot_hold_spares_the_neighbours(
    harness: Harness, connection: asyncpg.Connection
) -> None:
    """As if a check of a number's size had been forgotten: the column is made too small for it."""
    await connection.execute("ALTER TABLE transactions ALTER COLUMN overdraft_limit TYPE numeric(3, 0)")
    shop = await harness.balance()
    limits = [Quantity(minor, None) for minor in (100, 999, 1_000, 100)]
    drafts = [
        post("@World", shop, 1, f"r{place}", allow_overdraft=True, overdraft_limit=limit)
        for place, limit in enumerate(limits)
    ]
    answers = await asyncio.gather(*(harness.one(draft) for draft in drafts), return_exceptions=True)
    assert [isinstance(answer, Rejected) for answer in answers] == [False, False, True, False]
    await harness.prove()


# A batch that takes too long -------------------------------------------------------------------


@pytest.fixture
def heavy(points: Points) -> None:
    """As if a statement that writes the reference "heavy" took longer than PostgreSQL lets it."""

    async def take_too_long(_: asyncpg.Connection) -> None:
        points.at(Point.COPIED, "heavy", take_too_long)
        raise asyncpg.QueryCanceledError("canceling statement due to statement timeout")

    points.at(Point.COPIED, "heavy", take_too_long)


@pytest.mark.usefixtures("heavy")
async def test_a_call_that_takes_too_long_spares_its_neighbours(harness: Harness, points: Points) -> None:
    shop = await harness.balance()
    drafts = [post("@World", shop, 1, reference, allow_overdraft=True) for reference in ("r1", "heavy", "r2", "r3")]
    async with asyncio.timeout(120):
        answers = await asyncio.gather(*(harness.one(draft) for draft in drafts), return_exceptions=True)
    assert [isinstance(answer, Rejected) for answer in answers] == [False, True, False, False]
    assert answers[1].rejection.reason is Reason.TOO_BUSY
    assert await harness.recorded("heavy") == 0
    points.forget()
    assert said(await harness.one(drafts[1])) == "posted"
    await harness.prove()


@pytest.mark.usefixtures("heavy")
async def test_a_chunk_that_takes_too_long_is_rejected_whole(harness: Harness, points: Points) -> None:
    """Its operations are not tried one by one: a chunk that is only large would take longer still."""
    shop = await harness.balance()
    drafts = [post("@World", shop, 1, reference, allow_overdraft=True) for reference in ("r1", "heavy")]
    assert await rejection(harness.chunk(drafts)) is Reason.TOO_BUSY
    assert await harness.recorded("r1", "heavy") == 0
    points.forget()
    assert [said(outcome) for outcome in await harness.chunk(drafts)] == ["posted"] * 2


# A bug in the rules ----------------------------------------------------------------------------


class Poison(tuple):
    """An amount on which the rules stumble, as if they had a bug that one call brings out."""

    __slots__ = ()

    def __iter__(self):
        raise ZeroDivisionError


async def test_a_bug_that_one_call_brings_out_spares_its_neighbours(harness: Harness) -> None:
    shop = await harness.balance()
    drafts = [post("@World", shop, 1, reference, allow_overdraft=True) for reference in ("r1", "poison", "r2")]
    drafts[1] = replace(drafts[1], quantity=Poison((1, None)))
    async with asyncio.timeout(120):
        answers = await asyncio.gather(*(harness.one(draft) for draft in drafts), return_exceptions=True)
    assert [isinstance(answer, Rejected) for answer in answers] == [False, True, False]
    assert said(await harness.fund(shop, 1)) == "posted"
    await harness.prove()
