import asyncio
from decimal import Decimal
from typing import Any

import pytest
from fake_ledger import FakeLedger, info, retry_after
from grpc import StatusCode
from ledgerapi.v1.transaction_service_pb2 import PostStreamFinish, PostStreamRequest, PostTransactionRequest

from ledgerd_client import LedgerClient, Malformed, NotFound, Rejected, Unavailable
from ledgerd_client.channel import channel_options

SIDES: dict[str, Any] = {"source": "@World", "destination": "bln_x", "currency": "USD"}


async def test_post(client: LedgerClient) -> None:
    answer = await client.post("r-1", **SIDES, amount=Decimal("1E+2"))
    assert (answer.transaction.reference, answer.transaction.amount.decimal) == ("r-1", "100")
    assert (await client.post("r-2", **SIDES, precise_amount=10**35)).transaction.amount.precise == str(10**35)


async def test_unary_calls_have_the_default_deadline(ledger: FakeLedger) -> None:
    async with LedgerClient(ledger.target, deadline_seconds=100) as client:
        await client.post("r", **SIDES, amount="1")
        await client.post("r", **SIDES, amount="1", timeout=1_200)
        await client.transactions.PostTransaction(PostTransactionRequest())
    remaining = [seconds for _, seconds in ledger.transactions.calls if seconds is not None]
    assert [round(seconds / 100) for seconds in remaining] == [1, 12, 1]


async def test_a_passed_deadline(ledger: FakeLedger) -> None:
    ledger.scenario.unary_delay_seconds = 5
    async with LedgerClient(ledger.target, deadline_seconds=0.1) as client:
        with pytest.raises(Unavailable) as caught:
            await client.post("r", **SIDES, amount="1")
    assert caught.value.code is StatusCode.DEADLINE_EXCEEDED


async def test_failures_are_ours(client: LedgerClient, ledger: FakeLedger) -> None:
    reason = info("INSUFFICIENT_FUNDS", requested="12050", available="10000")
    ledger.scenario.unary_failures = [(StatusCode.FAILED_PRECONDITION, [reason])]
    with pytest.raises(Rejected) as caught:
        await client.post("r", **SIDES, amount="1")
    assert caught.value.details == {"requested": "12050", "available": "10000"}


async def test_a_call_that_is_looked_at_instead_of_awaited(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.scenario.unary_failures = [(StatusCode.NOT_FOUND, [info("BALANCE_NOT_FOUND")])]
    call = client.transactions.PostTransaction(PostTransactionRequest())
    assert await call.code() is StatusCode.NOT_FOUND
    assert call.done()
    with pytest.raises(NotFound):
        await call


async def test_unavailable_is_retried_by_the_channel(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.scenario.unary_failures = [(StatusCode.UNAVAILABLE, [info("DATABASE_UNAVAILABLE"), retry_after(1)])] * 2
    assert (await client.post("r", **SIDES, amount="1")).transaction.reference == "r"
    assert len(ledger.transactions.calls) == 3


async def test_streams_of_the_stub_raise_ours_too(client: LedgerClient, ledger: FakeLedger) -> None:
    async def requests() -> Any:
        yield PostStreamRequest(finish=PostStreamFinish(operation_count=7))  # The fake's assertion fails.

    with pytest.raises(Unavailable):
        async for _ in client.transactions.PostStream(requests()):
            pass
    assert ledger.transactions.open_streams == 0


async def test_cancelling_a_call(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.scenario.unary_delay_seconds = 5
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.post("r", **SIDES, amount="1"), 0.1)


async def test_get_balance(client: LedgerClient) -> None:
    assert (await client.get_balance("bln_1")).id == "bln_1"
    balance = await client.get_balance(("@World", "USD"))
    assert (balance.indicator, balance.currency) == ("@World", "USD")
    with pytest.raises(ValueError, match="needs its currency"):
        await client.get_balance("@World")


async def test_a_message_over_the_limit(client: LedgerClient) -> None:
    with pytest.raises(Malformed) as caught:
        await client.post("r", **SIDES, amount="1", description="x" * 3_000_000)
    assert caught.value.reason == "MESSAGE_TOO_LARGE"


def test_needs_a_running_loop() -> None:
    with pytest.raises(RuntimeError):
        LedgerClient("localhost:1")


async def test_needs_a_deadline() -> None:
    with pytest.raises(ValueError, match="above zero"):
        LedgerClient("localhost:1", deadline_seconds=0)


def test_options_of_the_caller_win() -> None:
    options = dict(channel_options([("grpc.keepalive_time_ms", 1), ("grpc.mine", "x")]))
    assert (options["grpc.keepalive_time_ms"], options["grpc.mine"]) == (1, "x")
    assert options["grpc.http2.bdp_probe"] == 0
    assert "PostTransaction" in options["grpc.service_config"]
