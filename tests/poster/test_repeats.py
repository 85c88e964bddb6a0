"""A repeated reference is compared with what was first asked, to the last digit, and answered as it stands."""

import asyncio
from dataclasses import replace

import pytest

from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.operation import Post, ResolveHold, Target
from tests.poster.harness import Harness, commit, id_of, post, said, void
from tests.poster.points import Point, Points


@pytest.mark.parametrize("limit", [Quantity(1, 0), Quantity(1, 3)], ids=["1", "0.001, which cents cannot hold"])
async def test_a_limit_that_was_not_asked_before_is_a_difference(harness: Harness, limit: Quantity) -> None:
    shop = await harness.balance()
    await harness.one(post("@World", shop, 1, "same", allow_overdraft=True))
    again = await harness.one(post("@World", shop, 1, "same", allow_overdraft=True, overdraft_limit=limit))
    assert said(again) == "REFERENCE_CONFLICT"
    assert again.details["fields"] == "overdraft_limit"


@pytest.mark.parametrize("amount", [Quantity(10, None), Quantity(1, 3)], ids=["10", "0.001, which cents cannot hold"])
async def test_a_part_is_not_the_rest(harness: Harness, amount: Quantity) -> None:
    payer, shop = await harness.balance(money=10), await harness.balance()
    hold = await harness.one(post(payer, shop, 10, "hold", inflight=True))
    assert said(await harness.one(commit(hold, None, "same"))) == "posted"
    again = await harness.one(ResolveHold("same", Target(id_of(hold)), False, amount))
    assert said(again) == "REFERENCE_CONFLICT"
    assert again.details["fields"] == ("amount" if amount.decimals else "precise_amount")


@pytest.mark.parametrize("together", [True, False])
async def test_a_hold_is_repeated_as_the_operations_before_it_leave_it(harness: Harness, together: bool) -> None:
    """Also where they are in the same batch, whether or not it is atomic."""
    payer, shop = await harness.balance(money=10), await harness.balance()
    asked = [post(payer, shop, 5, name, inflight=True) for name in ("kept", "dropped")]
    kept, dropped = await harness.batch(asked, atomic=True)
    resolve = [commit(kept, 2, "part"), void(dropped)]
    if together:
        answers = await asyncio.gather(harness.chunk(resolve), harness.batch(asked, atomic=True))
    else:
        answers = [await harness.chunk([*resolve, *asked])]
    again = [outcome.recorded for outcome in answers[-1][-2:]]
    assert [(hold.status, hold.committed, hold.voided) for hold in again] == [("INFLIGHT", 2, 0), ("VOID", 0, 5)]


@pytest.mark.poster(overlap_operations=1)
async def test_a_hold_is_repeated_as_a_batch_that_is_still_being_written_leaves_it(
    harness: Harness, points: Points
) -> None:
    payer, shop = await harness.balance(money=10), await harness.balance()
    asked = post(payer, shop, 10, "hold", inflight=True)
    hold = await harness.one(asked)
    decided = asyncio.Event()

    async def wait(_: object) -> None:
        await decided.wait()

    points.at(Point.COPIED, "commit", wait)
    committing = asyncio.create_task(harness.one(commit(hold)))
    while ("commit", Point.COPIED) not in points.passed:
        await asyncio.sleep(0.005)
    repeating = asyncio.create_task(harness.one(asked))
    async with asyncio.timeout(120):
        while len(harness.poster._under_way) < 2:
            await asyncio.sleep(0.005)
        decided.set()
        await committing
        assert (await repeating).recorded.status == "APPLIED"


@pytest.mark.poster(overlap_operations=1)
@pytest.mark.parametrize("currency_given", [True, False])
async def test_a_hold_is_repeated_as_another_process_leaves_it_while_a_batch_is_still_being_written(
    harness: Harness, other: Harness, points: Points, currency_given: bool
) -> None:
    """Also where the currency is the default of the service, for which the reference was looked up first."""
    await harness.pool.execute("UPDATE service_settings SET default_currency = 'USD'")
    shop = await harness.balance()

    def hold() -> Post:
        asked = post("@World", "@Shop", 10, "hold", inflight=True, allow_overdraft=True)
        return asked if currency_given else replace(asked, currency="", currency_given=False)

    held, ended = await harness.one(hold()), asyncio.Event()

    async def wait(_: object) -> None:
        await ended.wait()

    points.at(Point.COPIED, "busy", wait)
    busy = asyncio.create_task(harness.one(post("@Bank", shop, 1, "busy", allow_overdraft=True)))
    await points.until(Point.COPIED, "busy")
    repeating = []
    async with asyncio.timeout(120):
        for repeats in (1, 2):
            repeating.append(asyncio.create_task(harness.one(hold())))
            while len(harness.poster._under_way) < 1 + repeats:
                await asyncio.sleep(0.005)
            if repeats == 1:
                await other.one(void(held))
    ended.set()
    assert said(await busy) == "posted"
    assert (await repeating[1]).recorded.status == "VOID"
