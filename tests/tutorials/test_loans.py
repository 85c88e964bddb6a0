"""A loan: held until it is approved, with interest, repaid in parts, and never more than is owed."""

import pytest
from ledgerapi.v1.amount_pb2 import Amount
from ledgerapi.v1.balance_pb2 import Balance
from ledgerd_client import Rejected, available

from tests.tutorials.conftest import Product, status


async def borrower(product: Product) -> tuple[str, str]:
    """Billy's loan balance, which may go down to -1,000.00 and never above zero, and his main balance."""
    loans, main = await product.ledger("Loans"), await product.ledger("Main")
    loan_balance, main_balance = await product.customer(
        "Billy",
        Balance(ledger_id=loans, currency="USD", floor=Amount(decimal="-1000.00"), ceiling=Amount(decimal="0.00")),
        Balance(ledger_id=main, currency="USD"),
    )
    return loan_balance, main_balance


async def test_a_loan(product: Product) -> None:
    loan, main = await borrower(product)
    requested = await product.client.hold(
        "LOAN-001", source=loan, destination=main, amount="500.00", allow_overdraft=True, description="Loan to Billy"
    )
    assert status(requested.transaction) == "INFLIGHT"
    assert await product.can_spend(main) == "0.00"

    # The check of the customer knows the reference, and nothing else.
    approved = await product.client.commit("LOAN-001")
    assert (status(approved.hold), approved.transaction.description) == ("APPLIED", "Loan to Billy")
    assert (await product.has(loan), await product.can_spend(main)) == ("-500.00", "500.00")

    await product.client.post(
        "INTEREST-001", source=loan, destination="@InterestRevenue", amount="5.00", allow_overdraft=True
    )
    await product.client.post("REPAYMENT-001", source=main, destination=loan, amount="200.00")
    assert await product.has(loan) == "-305.00"

    # What Billy has, at most what he owes: the ceiling rejects what would be too much.
    await product.client.post("SALARY", source="@World", destination=main, amount="700.00", allow_overdraft=True)
    with pytest.raises(Rejected) as caught:
        await product.client.post("REPAYMENT-002", source=main, destination=loan, available=available())
    assert caught.value.reason == "CEILING_EXCEEDED"
    await product.client.post("REPAYMENT-002", source=main, destination=loan, available=available("305.00"))
    assert (await product.has(loan), await product.has(main)) == ("0.00", "695.00")


async def test_no_more_than_the_limit(product: Product) -> None:
    loan, main = await borrower(product)
    terms = {"source": loan, "destination": main}
    await product.client.hold("LOAN-001", **terms, amount="800.00", allow_overdraft=True)
    with pytest.raises(Rejected) as caught:
        await product.client.hold("LOAN-002", **terms, amount="200.01", allow_overdraft=True)
    assert caught.value.reason == "FLOOR_EXCEEDED"
    # A loan that is rejected leaves the customer's limit as it was.
    await product.client.void("LOAN-001")
    await product.client.hold("LOAN-002", **terms, amount="1000.00", allow_overdraft=True)
