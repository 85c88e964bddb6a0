"""A credit card: spending below zero to a limit, interest, and a payment of what is owed."""

import pytest
from ledgerapi.v1.amount_pb2 import Amount
from ledgerapi.v1.balance_pb2 import Balance
from ledgerd_client import Rejected

from tests.tutorials.conftest import Product


async def test_a_month_on_credit(product: Product) -> None:
    (jasmine,) = await product.customer(
        "Jasmine",
        Balance(
            ledger_id=await product.ledger("Credit Cards"),
            currency="USD",
            floor=Amount(decimal="-1000.00"),
            ceiling=Amount(decimal="0.00"),
        ),
    )
    spending = {"source": jasmine, "destination": "@Outside", "allow_overdraft": True}
    await product.client.post("shoes", **spending, amount="600.00")
    with pytest.raises(Rejected) as caught:
        await product.client.post("sofa", **spending, amount="400.01")
    assert caught.value.reason == "FLOOR_EXCEEDED"
    await product.client.post(
        "interest-1", source=jasmine, destination="@Interest", amount="12.00", allow_overdraft=True
    )
    assert await product.has(jasmine) == "-612.00"
    with pytest.raises(Rejected) as caught:
        await product.client.post(
            "payment-1", source="@LoanSettlement", destination=jasmine, amount="700.00", allow_overdraft=True
        )
    assert caught.value.reason == "CEILING_EXCEEDED"
    await product.client.post(
        "payment-1", source="@LoanSettlement", destination=jasmine, amount="612.00", allow_overdraft=True
    )
    assert (await product.has(jasmine), await product.has("@Interest")) == ("0.00", "12.00")
