"""A repeated reference is compared with what was first asked, to the last digit, and answered as it stands."""

import asyncio

import pytest

from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.operation import ResolveHold
from tests.poster.desk import Desk, commit, id_of, post, said, void
from tests.poster.points import Point, Points


@pytest.mark.parametrize("limit", [Quantity(1, 0), Quantity(1, 3)], ids=["1", "0.001, which cents cannot hold"])
async def test_a_limit_that_was_not_asked_before_is_a_difference(desk: Desk, limit: Quantity) -> None:
    shop = await desk.balance()
    await desk.one(post("@World", shop, 1, "same", allow_overdraft=True))
    again = await desk.one(post("@World", shop, 1, "same", allow_overdraft=True, overdraft_limit=limit))
    assert said(again) == "REFERENCE_CONFLICT"
    assert again.details["fields"] == "overdraft_limit"


@pytest.mark.parametrize("amount", [Quantity(10, None), Quantity(1, 3)], ids=["10", "0.001, which cents cannot hold"])
async def test_a_part_is_not_the_rest(desk: Desk, amount: Quantity) -> None:
    payer, shop = await desk.balance(money=10), await desk.balance()
    hold = await desk.one(post(payer, shop, 10, "hold", inflight=True))
    assert said(await desk.one(commit(hold, None, "same"))) == "posted"
    again = await desk.one(ResolveHold("same", id_of(hold), False, amount))
    assert said(again) == "REFERENCE_CONFLICT"
    assert again.details["fields"] == ("amount" if amount.decimals else "precise_amount")


@pytest.mark.parametrize("together", [True, False])
async def test_a_hold_is_repeated_as_the_operations_before_it_leave_it(desk: Desk, together: bool) -> None:
    """Also where they are in the same batch, whether or not it stands and falls together."""
    payer, shop = await desk.balance(money=10), await desk.balance()
    asked = [post(payer, shop, 5, name, inflight=True) for name in ("kept", "dropped")]
    kept, dropped = await desk.batch(asked, atomic=True)
    resolve = [commit(kept, 2, "part"), void(dropped)]
    if together:
        answers = await asyncio.gather(desk.chunk(resolve), desk.batch(asked, atomic=True))
    else:
        answers = [await desk.chunk([*resolve, *asked])]
    again = [outcome.recorded for outcome in answers[-1][-2:]]
    assert [(one.status, one.committed, one.voided) for one in again] == [("INFLIGHT", 2, 0), ("VOID", 0, 5)]


async def test_a_hold_is_repeated_as_a_batch_that_is_still_being_written_leaves_it(
    desk: Desk, points: Points, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledgerd.poster.poster.OVERLAP_OPERATIONS", 1)
    payer, shop = await desk.balance(money=10), await desk.balance()
    asked = post(payer, shop, 10, "hold", inflight=True)
    hold = await desk.one(asked)
    decided = asyncio.Event()

    async def wait(_: object) -> None:
        await decided.wait()

    points.at(Point.COPIED, "commit", wait)
    committing = asyncio.create_task(desk.one(commit(hold)))
    while ("commit", Point.COPIED) not in points.passed:
        await asyncio.sleep(0.005)
    repeating = asyncio.create_task(desk.one(asked))
    async with asyncio.timeout(120):
        while len(desk.poster._under_way) < 2:
            await asyncio.sleep(0.005)
        decided.set()
        await committing
        assert (await repeating).recorded.status == "APPLIED"
