"""Tokens and dollars together: prepaid until the wallet is empty, postpaid until the invoice is paid."""

from ledgerapi.v1.amount_pb2 import Amount
from ledgerapi.v1.balance_pb2 import Balance
from ledgerapi.v1.batch_pb2 import BATCH_MODE_ATOMIC, BATCH_STATUS_REJECTED, Batch
from ledgerapi.v1.error_reason_pb2 import ERROR_REASON_INSUFFICIENT_FUNDS
from ledgerapi.v1.transaction_service_pb2 import PostBatchRequest
from ledgerd_client import draft, operation

from tests.tutorials.conftest import Product


async def use(product: Product, wallet: str, number: int, tokens: int, price: str, *, postpaid: bool = False) -> Batch:
    """One use of the model: its tokens and its price, both or none."""
    operations = [
        draft(
            f"use-{number}-tokens",
            source="@Token-Wallet",
            destination="@System-Tokens",
            currency="TOKENS",
            precision=1,
            precise_amount=tokens,
            allow_overdraft=True,
        ),
        draft(f"use-{number}-usd", source=wallet, destination="@Revenue", amount=price, allow_overdraft=postpaid),
    ]
    request = PostBatchRequest(mode=BATCH_MODE_ATOMIC, operations=map(operation, operations))
    return (await product.client.transactions.PostBatch(request)).batch


async def test_prepaid(product: Product) -> None:
    (xavier,) = await product.customer("Xavier", Balance(ledger_id=await product.ledger("Customers"), currency="USD"))
    await product.client.post("topup", source="@World-USD", destination=xavier, amount="120.00", allow_overdraft=True)
    await use(product, xavier, 1, 2_290, "60.25")
    rejected = await use(product, xavier, 2, 2_400, "60.00")
    assert (rejected.status, rejected.rejection.reason) == (BATCH_STATUS_REJECTED, ERROR_REASON_INSUFFICIENT_FUNDS)
    assert await product.has(xavier) == "59.75"
    assert await product.has("@System-Tokens", "TOKENS") == "2290"


async def test_postpaid(product: Product) -> None:
    (xavier,) = await product.customer(
        "Xavier",
        Balance(
            ledger_id=await product.ledger("Customers"),
            currency="USD",
            floor=Amount(decimal="-500.00"),
            ceiling=Amount(decimal="0.00"),
        ),
    )
    for number in range(3):
        await use(product, xavier, number, 1_000, "30.10", postpaid=True)
    assert await product.has(xavier) == "-90.30"
    await product.client.post("invoice", source="@Stripe", destination=xavier, amount="90.30", allow_overdraft=True)
    assert (await product.has(xavier), await product.has("@Revenue")) == ("0.00", "90.30")
