"""What the Python client's `draft` builds, on a real service."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ledgerapi.v1.operation_pb2 import CommitHold
from ledgerapi.v1.transaction_service_pb2 import CommitHoldRequest, WaitTransactionRequest
from ledgerd_client import LedgerClient, Rejected, bulk, draft, fixed, percent, remainder

from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.deferred import status

FROM_OUTSIDE: dict[str, Any] = {"source": "@World", "currency": "USD", "allow_overdraft": True}


def ahead(**duration: float) -> datetime:
    """So far from now, to the microsecond that the service keeps."""
    return datetime.now(UTC) + timedelta(**duration)


async def test_a_salary_is_split(client: LedgerClient, server: Server) -> None:
    parts = [fixed("@Rent", "500.00"), percent("@Tax", 25), percent("@Savings", "10"), remainder("@Pocket")]
    salary = {**FROM_OUTSIDE, "destination": parts, "amount": "1234.56"}
    answer = await client.post("pay", **salary)
    assert [leg.amount.decimal for leg in answer.legs] == ["500.00", "308.64", "123.46", "302.46"]
    assert [await wire.balance(server, part.balance) for part in parts] == [50000, 30864, 12346, 30246]
    assert (await client.post("pay", **salary)).replayed


async def test_a_dinner_is_paid_by_several_in_a_bulk_upload(client: LedgerClient, server: Server) -> None:
    payers = [fixed("@Ada", precise_amount=40_00), remainder("@Bob")]
    sides: dict[str, Any] = {"source": payers, "destination": [remainder("@Cook")]}
    dinner = draft("dinner", **sides, currency="USD", precise_amount=100_00, allow_overdraft=True)
    assert (await bulk(client, [dinner])).posted == 1
    assert [await wire.balance(server, balance) for balance in ("@Ada", "@Bob", "@Cook")] == [-4000, -6000, 10000]


async def test_a_hold_with_its_times_that_a_tip_may_exceed(client: LedgerClient) -> None:
    expiry, commit = ahead(hours=2), ahead(hours=1)
    held = await client.post(
        "dinner",
        **FROM_OUTSIDE,
        destination="@Cook",
        amount="80.00",
        inflight=True,
        inflight_expiry_time=expiry,
        inflight_commit_time=commit,
        allow_over_commit=True,
    )
    kept = held.transaction
    assert kept.inflight_expiry_time.ToDatetime(UTC) == expiry
    assert kept.inflight_commit_time.ToDatetime(UTC) == commit
    with_tip = CommitHold(target={"reference": kept.reference}, reference="tip", amount="92.00")
    done = await client.transactions.CommitHold(CommitHoldRequest(commit_hold=with_tip))
    assert done.transaction.amount.decimal == "92.00"


async def test_what_is_queued_is_applied(client: LedgerClient) -> None:
    accepted = await client.post("q", **FROM_OUTSIDE, destination="@Sales", amount="5.00", queue=True)
    assert status(accepted.transaction) == "QUEUED"
    wait = WaitTransactionRequest(transaction_id=accepted.transaction.id)
    assert (
        status((await client.transactions.WaitTransaction(wait, timeout=wire.PATIENCE_SECONDS)).transaction)
        == "APPLIED"
    )


async def test_what_is_scheduled_and_what_is_held_for_review(client: LedgerClient) -> None:
    due = ahead(hours=1)
    deferred = await client.post("s", **FROM_OUTSIDE, destination="@Sales", amount="5.00", scheduled_time=due)
    assert (status(deferred.transaction), deferred.transaction.scheduled_time.ToDatetime(UTC)) == ("SCHEDULED", due)
    flagged = await client.post(
        "r", **FROM_OUTSIDE, destination="@Sales", amount="5.00", require_review=True, review_reason="large"
    )
    assert (status(flagged.transaction), flagged.transaction.review.reason) == ("IN_REVIEW", "large")


async def test_what_is_deferred_must_be_covered_where_that_is_asked(client: LedgerClient) -> None:
    await client.post("in", **FROM_OUTSIDE, destination="@Till", amount="10.00")
    out: dict[str, Any] = {
        "source": "@Till",
        "destination": "@Sales",
        "currency": "USD",
        "scheduled_time": ahead(hours=1),
    }
    await client.post("first", **out, amount="7.00")
    with pytest.raises(Rejected) as caught:
        await client.post("second", **out, amount="4.00", check_deferred=True)
    assert (caught.value.reason, caught.value.details["deferred"]) == ("INSUFFICIENT_FUNDS", "700")
    assert status((await client.post("second", **out, amount="4.00")).transaction) == "SCHEDULED"
