"""Submissions in order, such as the chunks of a stream: once one of them was not recorded, no later one is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from ledgerd.core.decide import Outcome
from ledgerd.core.model.operation import Available
from ledgerd.core.model.rejection import Reason
from ledgerd.poster.submission import OrderedRun, Traffic
from tests.poster.harness import Harness, open_harness, post, rejection, said
from tests.poster.points import Point, Points

STEPS = ("pay in 1", "sweep 1", "pay in 2", "sweep 2")


class Purse:
    """Money comes into a purse and is swept out of it, twice, each step a batch of its own."""

    def __init__(self, harness: Harness, payer: str, purse: str, shop: str) -> None:
        self._harness, self._purse = harness, purse
        self._drafts = [
            post(payer, purse, 100, STEPS[0]),
            replace(post(purse, shop, 0, STEPS[1]), quantity=Available()),
            post(payer, purse, 200, STEPS[2]),
            replace(post(purse, shop, 0, STEPS[3]), quantity=Available()),
        ]

    def submit(self, run: OrderedRun | None) -> list["asyncio.Task[list[Outcome]]"]:
        return [
            asyncio.create_task(self._harness.poster.submit([draft], traffic=Traffic.BULK, run=run))
            for draft in self._drafts
        ]


@pytest.fixture(params=[True, False], ids=["optimistic", "under locks"])
async def harness(request: pytest.FixtureRequest, dsn: str, points: Points) -> AsyncIterator[Harness]:
    changed = {"batch_operations": 1, "overlap_operations": 1, "optimistic": request.param}
    async with open_harness(dsn, points=points, **changed) as harness:
        yield harness


@pytest.mark.parametrize("lost", range(len(STEPS)), ids=STEPS)
async def test_nothing_overtakes_what_was_not_recorded(harness: Harness, points: Points, lost: int) -> None:
    payer, purse, shop = await harness.balance(money=1_000), await harness.balance(), await harness.balance()
    moves = Purse(harness, payer, purse, shop)

    async def stay_away(_: asyncpg.Connection) -> None:
        points.at(Point.COPIED, STEPS[lost], stay_away)
        raise ConnectionResetError

    points.at(Point.COPIED, STEPS[lost], stay_away)
    answers = moves.submit(OrderedRun())
    assert [said((await answer)[0]) for answer in answers[:lost]] == ["posted"] * lost
    reasons = [await rejection(answer) for answer in answers[lost:]]
    assert reasons == [Reason.DATABASE_UNAVAILABLE] * (len(STEPS) - lost)
    assert await harness.recorded(*STEPS) == lost
    points.forget()
    again = [said((await answer)[0]) for answer in moves.submit(OrderedRun())]
    assert again == ["replayed"] * lost + ["posted"] * (len(STEPS) - lost)
    assert await harness.posted(payer, purse, shop) == [700, 0, 300]
    await harness.prove()


async def test_nothing_overtakes_what_was_not_recorded_alone(
    harness: Harness, points: Points, connection: asyncpg.Connection
) -> None:
    """A constraint that the rules know nothing of makes a chunk be recorded one by one."""
    await connection.execute("ALTER TABLE transactions ADD CONSTRAINT no_beast CHECK (amount <> 666)")
    payer, shop = await harness.balance(money=10_000), await harness.balance()
    chunk = [post(payer, shop, amount, f"r{amount}") for amount in (666, 1, 2)]

    async def stay_away(_: asyncpg.Connection) -> None:
        points.at(Point.COPIED, "r1", stay_away)
        raise ConnectionResetError

    async def submit(run: OrderedRun) -> list[list[Outcome] | BaseException]:
        chunks = chunk, [post(payer, shop, 3, "r3")]
        waiting = [harness.poster.submit(each, traffic=Traffic.BULK, run=run) for each in chunks]
        return await asyncio.gather(*waiting, return_exceptions=True)

    points.at(Point.COPIED, "r1", stay_away)
    assert [str(answer) for answer in await submit(OrderedRun())] == ["DATABASE_UNAVAILABLE"] * 2
    assert await harness.recorded("r1", "r2", "r3") == 0
    points.forget()
    first, second = await submit(OrderedRun())
    assert [said(outcome) for outcome in (*first, *second)] == ["INTERNAL", "posted", "posted", "posted"]
    await harness.prove()


async def test_other_runs_go_on(harness: Harness, points: Points) -> None:
    payer, shop = await harness.balance(money=1_000), await harness.balance()
    broken = OrderedRun(is_broken=True)
    submit = harness.poster.submit
    late = asyncio.create_task(submit([post(payer, shop, 1, "late")], traffic=Traffic.BULK, run=broken))
    others = [
        asyncio.create_task(submit([post(payer, shop, 1, f"r{n}")], traffic=Traffic.BULK, run=run))
        for n, run in enumerate((OrderedRun(), None))
    ]
    assert await rejection(late) is Reason.DATABASE_UNAVAILABLE
    assert [said((await other)[0]) for other in others] == ["posted", "posted"]
