"""A card: authorised, raised, captured in part with a tip, and released; or rejected by the merchant."""

import pytest
from ledgerapi.v1.balance_pb2 import Balance
from ledgerd_client import Rejected

from tests.tutorials.conftest import Product, in_days, status


async def card_of(product: Product) -> str:
    (card,) = await product.customer("Alice", Balance(ledger_id=await product.ledger("Cards"), currency="USD"))
    await product.client.post("funding", source="@WorldUSD", destination=card, amount="1000.00", allow_overdraft=True)
    return card


async def test_a_hotel(product: Product) -> None:
    card = await card_of(product)
    authorised = await product.client.hold(
        "auth-1", source=card, destination="@Merchant", amount="300.00", inflight_expiry_time=in_days(7)
    )
    assert await product.can_spend(card) == "700.00"

    # The guest stays longer: the same authorisation, a larger sum and a later time.
    raised = await product.client.adjust("auth-1", "auth-1-more", increase="250.00", inflight_expiry_time=in_days(14))
    assert raised.hold.hold.adjusted.decimal == "550.00"
    assert raised.hold.amount.decimal == authorised.transaction.amount.decimal == "300.00"
    with pytest.raises(Rejected) as caught:
        await product.client.adjust("auth-1", "auth-1-too-much", increase="450.01")
    assert caught.value.reason == "INSUFFICIENT_FUNDS"

    captured = await product.client.commit("auth-1", amount="520.00", reference="capture-1")
    assert captured.hold.hold.remaining.decimal == "30.00"
    released = await product.client.void("auth-1")
    assert status(released.hold) == "APPLIED"
    assert (await product.can_spend(card), await product.has("@Merchant")) == ("480.00", "520.00")
    await product.client.refund("auth-1", "refund-1", amount="20.00")
    assert await product.has(card) == "500.00"


async def test_a_tip(product: Product) -> None:
    card = await card_of(product)
    await product.client.hold("auth-2", source=card, destination="@Merchant", amount="40.00", allow_over_commit=True)
    await product.client.commit("auth-2", amount="46.00", reference="capture-2")
    assert await product.can_spend(card) == "954.00"


async def test_the_merchant_rejects(product: Product) -> None:
    card = await card_of(product)
    await product.client.hold("auth-3", source=card, destination="@Merchant", amount="40.00")
    await product.client.void("auth-3")
    assert (await product.can_spend(card), await product.has("@Merchant")) == ("1000.00", "0.00")
