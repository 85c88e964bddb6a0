"""A marketplace: money in escrow until buyer and seller agree, with a fee, a refund and a withdrawal."""

import pytest
from ledgerapi.v1.balance_pb2 import Balance
from ledgerd_client import Rejected, available, percent, remainder

from tests.tutorials.conftest import Product, status


async def marketplace(product: Product) -> tuple[str, str]:
    """A buyer with 1,200.00, and a seller."""
    customers = await product.ledger("Customers")
    (buyer,) = await product.customer("Bea", Balance(ledger_id=customers, currency="USD"))
    (seller,) = await product.customer("Sam", Balance(ledger_id=customers, currency="USD"))
    await product.client.post("deposit", source="@World", destination=buyer, amount="1200.00", allow_overdraft=True)
    return buyer, seller


async def test_a_purchase(product: Product) -> None:
    buyer, seller = await marketplace(product)
    await product.client.hold(
        "order-1",
        source=buyer,
        destination=[percent("@Fees", 10), remainder(seller)],
        currency="USD",
        amount="500.00",
        description="Design proposal",
    )
    assert (await product.can_spend(buyer), await product.can_spend(seller)) == ("700.00", "0.00")
    done = await product.client.commit("order-1")
    assert [leg.amount.decimal for leg in done.legs] == ["50.00", "450.00"]
    assert (await product.can_spend(seller), await product.has("@Fees")) == ("450.00", "50.00")

    # The buyer's webhook comes again.
    assert (await product.client.commit("order-1")).replayed

    # A part goes back, from fee and seller alike; then the seller withdraws what is there.
    await product.client.refund("order-1", "refund-1", amount="100.00")
    assert (await product.has(buyer), await product.has(seller), await product.has("@Fees")) == (
        "800.00",
        "360.00",
        "40.00",
    )
    await product.client.hold("withdrawal-1", source=seller, destination="@World", available=available())
    settled = await product.client.commit("withdrawal-1")
    assert (status(settled.hold), settled.transaction.amount.decimal) == ("APPLIED", "360.00")
    assert await product.has(seller) == "0.00"


async def test_a_dispute(product: Product) -> None:
    buyer, seller = await marketplace(product)
    await product.client.hold("order-2", source=buyer, destination=seller, amount="500.00")
    voided = await product.client.void("order-2", description="Not delivered")
    assert (status(voided.hold), await product.can_spend(buyer)) == ("VOID", "1200.00")
    with pytest.raises(Rejected):
        await product.client.commit("order-2")
