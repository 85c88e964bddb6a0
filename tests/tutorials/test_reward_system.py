"""Points on a purchase, points as the first part of a payment, and points that expire partly spent."""

import pytest
from ledgerapi.v1.amount_pb2 import Amount
from ledgerapi.v1.balance_pb2 import Balance
from ledgerapi.v1.batch_pb2 import BATCH_MODE_ATOMIC, BATCH_STATUS_FINISHED, Batch
from ledgerapi.v1.transaction_service_pb2 import PostBatchRequest
from ledgerd_client import available, available_of, draft, operation, remainder

from tests.conftest import Begin
from tests.tutorials.conftest import Product, in_days, status


async def buy(product: Product, wallet: str, order: str, price: str, points: str) -> Batch:
    """A purchase with its reward: both or none."""
    operations = [
        draft(
            f"purchase_{order}",
            source="@Card",
            destination="@Revenue",
            currency="USD",
            amount=price,
            allow_overdraft=True,
        ),
        draft(f"reward_{order}", source="@RewardsPool", destination=wallet, amount=points, allow_overdraft=True),
    ]
    request = PostBatchRequest(mode=BATCH_MODE_ATOMIC, operations=map(operation, operations))
    return (await product.client.transactions.PostBatch(request)).batch


async def test_points_first_and_the_card_pays_the_remainder(product: Product) -> None:
    rewards = await product.ledger("Rewards")
    # The card may be overdrawn: the money comes from outside. Points may not: their floor is zero.
    points = Balance(ledger_id=rewards, currency="USD", floor=Amount(decimal="0"))
    (peter,) = await product.customer("Peter", points)
    assert (await buy(product, peter, "10001", "3000.00", "30.00")).status == BATCH_STATUS_FINISHED
    assert (await product.has(peter), await product.has("@Revenue")) == ("30.00", "3000.00")

    paid = await product.client.post(
        "order_10002",
        source=[available_of(peter), remainder("@Card")],
        destination="@Revenue",
        currency="USD",
        amount="50.00",
        allow_overdraft=True,
    )
    assert [(leg.source_id == peter, leg.amount.decimal) for leg in paid.legs] == [(True, "30.00"), (False, "20.00")]
    assert (await product.has(peter), await product.has("@Revenue")) == ("0.00", "3050.00")


@pytest.mark.yesterday
async def test_points_expire_partly_spent(product: Product, begin_timed_work: Begin) -> None:
    rewards = await product.ledger("Rewards")
    (peter,) = await product.customer("Peter", Balance(ledger_id=rewards, currency="USD"))
    await buy(product, peter, "1", "3000.00", "30.00")
    await product.client.refund("reward_1", "expiry_1", available=available(), scheduled_time=in_days(-0.1))
    await product.client.post("spent", source=peter, destination="@Revenue", amount="12.50")
    await begin_timed_work()
    expired = await product.applied("expiry_1")
    assert (status(expired), expired.amount.decimal) == ("APPLIED", "17.50")
    assert (await product.has(peter), await product.has("@RewardsPool")) == ("0.00", "-12.50")
