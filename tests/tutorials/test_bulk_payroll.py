"""A payroll: funded first, paid to everybody in one upload, and found again by one word."""

from ledgerapi.v1.balance_pb2 import Balance
from ledgerapi.v1.identity_pb2 import Identity
from ledgerapi.v1.identity_service_pb2 import BatchCreateIdentitiesRequest, CreateIdentityRequest
from ledgerapi.v1.transaction_service_pb2 import ListTransactionsRequest
from ledgerd_client import bulk, draft

from tests.tutorials.conftest import Product

EMPLOYEES = 300
"""Of a team of thousands, so many that the upload has several chunks."""


async def employ(product: Product, ledger: str, count: int) -> list[str]:
    """Identities with a balance each, all in one call; the ids of the balances."""
    requests = [
        CreateIdentityRequest(
            identity=Identity(individual={"first_name": f"Employee {number}"}, category="employee"),
            balances=[Balance(ledger_id=ledger, currency="USD")],
        )
        for number in range(count)
    ]
    request = BatchCreateIdentitiesRequest(requests=requests, request_id="team-2026")
    response = await product.client.identities.BatchCreateIdentities(request)
    return [balance.id for balance in response.balances]


async def test_a_payroll(product: Product) -> None:
    team = await employ(product, await product.ledger("USA"), EMPLOYEES)
    fund = {"source": "@AcmeBank", "destination": "@Payroll", "currency": "USD", "allow_overdraft": True}
    await product.client.post("fund-2026-01", **fund, amount="297000.00")
    salaries = [
        draft(
            f"salary-2026-01-{number}",
            source="@Payroll",
            destination=employee,
            amount="1000.00",
            group="payroll-2026-01",
            description="Salary January 2026",
        )
        for number, employee in enumerate(team)
    ]
    paid = await bulk(product.client, salaries, chunk_operations=100)
    assert (paid.posted, dict(paid.rejections)) == (297, {"INSUFFICIENT_FUNDS": 3})

    # More money, and the whole upload again: whoever was paid is not paid twice.
    await product.client.post("fund-2026-01-more", **fund, amount="3000.00")
    again = await bulk(product.client, salaries, chunk_operations=100)
    assert (again.posted, again.replayed, again.rejected) == (3, 297, 0)
    assert await product.has("@Payroll") == "0.00"
    assert {await product.has(employee) for employee in team[:5]} == {"1000.00"}

    request = ListTransactionsRequest(filter='group = "payroll-2026-01"', include_total=True)
    assert (await product.client.transactions.ListTransactions(request)).total_size == EMPLOYEES
