"""A repeated reference is compared with what was first asked, to the last digit."""

import pytest

from ledgerd.core.amount import Quantity
from ledgerd.core.operation import Settle
from tests.poster.desk import Desk, commit, id_of, post, said


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
    again = await desk.one(Settle("same", id_of(hold), False, amount))
    assert said(again) == "REFERENCE_CONFLICT"
    assert again.details["fields"] == "amount"
