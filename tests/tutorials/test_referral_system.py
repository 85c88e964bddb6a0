"""A reward for a referral that pays once, is paid out whole, and expires when nobody claims it."""

import asyncio

import pytest
from ledgerapi.v1.balance_pb2 import Balance
from ledgerd_client import Rejected, available

from tests.conftest import Begin
from tests.tutorials.conftest import Product, in_days, status


async def reward(product: Product, wallet: str, friend: str) -> bool:
    """Called by a webhook, perhaps twice. Whether it was the first time."""
    answer = await product.client.post(
        f"reward-claire-referral-{friend}",
        source="@ReferralExpense",
        destination=wallet,
        amount="20.00",
        allow_overdraft=True,
        description=f"Referral reward: {friend} converted",
        metadata={"referral_code": "FLOWLY-CLAIRE", "referred_user": friend},
    )
    return not answer.replayed


async def test_rewards_and_payouts(product: Product) -> None:
    ledger = await product.ledger("Referrals")
    (claire,) = await product.customer("Claire", Balance(ledger_id=ledger, currency="USD"))

    fired = await asyncio.gather(*(reward(product, claire, friend) for friend in ("james", "james", "ann")))
    assert sorted(fired) == [False, True, True]
    assert (await product.has(claire), await product.has("@ReferralExpense")) == ("40.00", "-40.00")

    # Everything is paid out in one call, whatever is credited at this moment.
    payout = await product.client.post(
        "payout-claire-2026-02-24", source=claire, destination="@Payout", available=available()
    )
    assert payout.transaction.amount.decimal == "40.00"
    again = await product.client.post(
        "payout-claire-2026-02-24", source=claire, destination="@Payout", available=available()
    )
    assert (again.replayed, again.transaction.id) == (True, payout.transaction.id)
    assert (await product.has(claire), await product.has("@Payout")) == ("0.00", "40.00")
    with pytest.raises(Rejected) as caught:
        await product.client.post(
            "payout-claire-2026-02-25", source=claire, destination="@Payout", available=available()
        )
    assert caught.value.reason == "NOTHING_AVAILABLE"


@pytest.mark.yesterday
async def test_a_reward_that_nobody_claims_expires(product: Product, begin_timed_work: Begin) -> None:
    ledger = await product.ledger("Referrals")
    (claire,) = await product.customer("Claire", Balance(ledger_id=ledger, currency="USD"))
    await reward(product, claire, "james")
    await product.client.refund(
        "reward-claire-referral-james", "expiry-james", available=available(), scheduled_time=in_days(-0.1)
    )
    await product.client.post("payout", source=claire, destination="@Payout", amount="5.00")
    await begin_timed_work()
    expired = await product.applied("expiry-james")
    assert (status(expired), expired.amount.decimal) == ("APPLIED", "15.00")
    assert (await product.has(claire), await product.has("@ReferralExpense")) == ("0.00", "-5.00")
