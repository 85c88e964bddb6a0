"""A savings goal: three monthly deposits, scheduled at once, then paused and made larger."""

import pytest
from ledgerapi.v1.balance_pb2 import Balance
from ledgerapi.v1.batch_pb2 import BATCH_MODE_ATOMIC
from ledgerapi.v1.transaction_service_pb2 import PostBatchRequest
from ledgerd_client import draft, operation

from tests.conftest import Begin
from tests.tutorials.conftest import Product, in_days, status

pytestmark = pytest.mark.yesterday


async def test_a_savings_goal(product: Product, begin_timed_work: Begin) -> None:
    savings = await product.ledger("Savings")
    (mia,) = await product.customer("Mia", Balance(ledger_id=savings, currency="USD"))

    # The test's server lives a day before the database: two of the times are ahead for it, and due when work begins.
    times = {"2026-03": in_days(-0.2), "2026-04": in_days(-0.1), "2026-05": in_days(60)}
    deposits = [
        draft(
            f"save_mia_{period}",
            source="@BankDeposits",
            destination=mia,
            precise_amount=20_000,
            allow_overdraft=True,
            scheduled_time=time,
            group="goal_mia_001",
            description=f"Monthly savings deposit {period}",
        )
        for period, time in times.items()
    ]
    request = PostBatchRequest(mode=BATCH_MODE_ATOMIC, operations=[operation(deposit) for deposit in deposits])
    goal = (await product.client.transactions.PostBatch(request)).batch
    again = await product.client.transactions.PostBatch(request)
    assert (again.batch.id, [result.posted.replayed for result in again.results]) == (goal.id, [True] * 3)

    assert await product.has(mia) == "0.00"
    await begin_timed_work()
    assert [status(await product.applied(f"save_mia_{period}")) for period in ("2026-03", "2026-04")] == ["APPLIED"] * 2
    assert await product.has(mia) == "400.00"
    assert [status(deposit) for deposit in await product.list(group="goal_mia_001")] == [
        "APPLIED",
        "APPLIED",
        "SCHEDULED",
    ]

    # Mia pauses the goal: what has not run is cancelled by the id of the batch.
    await product.client.cancel(goal.id)
    assert [status(deposit) for deposit in await product.list(batch_id=goal.id)] == ["APPLIED", "APPLIED", "CANCELLED"]
    assert await product.has(mia) == "400.00"
