"""Internal balances (`@World`): how the first draft that names one opens it, and which do not."""

from typing import Any

import pytest
from ledgerapi.v1 import balance_pb2, ledger_service_pb2

from tests.conftest import Server
from tests.rpc import wire


async def precision_of(server: Server, indicator: str, currency: str) -> int:
    key = balance_pb2.IndicatorKey(indicator=indicator, currency=currency)
    answer = await server.ledgers.GetBalance(ledger_service_pb2.GetBalanceRequest(indicator_key=key))
    return answer.balance.precision


@pytest.mark.parametrize(("currency", "precision"), [("USD", 100), ("JPY", 1), ("KWD", 1_000), ("CLF", 10_000)])
async def test_an_internal_balance_opens_with_the_precision_of_its_currency(
    server: Server, currency: str, precision: int
) -> None:
    await wire.record(server, wire.from_world("r", "@Sales", 1, currency=currency))
    assert await precision_of(server, "@Sales", currency) == precision


async def test_an_internal_balance_opens_with_the_precision_of_the_other_side(server: Server) -> None:
    wallet = await wire.open_balance(server, "BTC", precision=10**8)
    await wire.record(server, wire.from_world("r", wallet, "0.00000001", currency="BTC"))
    assert await precision_of(server, "@World", "BTC") == 10**8


async def test_an_internal_balance_opens_with_the_precision_of_the_draft(server: Server) -> None:
    await wire.record(server, wire.from_world("r", "@Wallet", "0.000000000000000001", currency="ETH", precision=10**18))
    assert await precision_of(server, "@World", "ETH") == 10**18
    assert await precision_of(server, "@Wallet", "ETH") == 10**18


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"precision": 1_000}, "PRECISION_MISMATCH"),
        ({"currency": "JPY"}, "CURRENCY_MISMATCH"),
        ({"destination": "bln_01hzzzzzzzzzzzzzzzzzzzzzzz"}, "BALANCE_NOT_FOUND"),
        ({"destination": "@World"}, "SAME_BALANCE"),
    ],
)
async def test_a_draft_that_contradicts_its_other_side_opens_nothing(
    server: Server, wrong: dict[str, Any], reason: str
) -> None:
    """Otherwise its mistake would be the internal balance's precision for ever."""
    till = await wire.open_balance(server)
    asked = {"destination": till, "amount": 1, "precision": 1_000, **wrong}
    rejection = await wire.rejection(wire.record(server, wire.from_world("wrong", **asked)))
    assert rejection.reason == reason
    currency = asked.get("currency", "USD")
    rejection = await wire.rejection(precision_of(server, "@World", currency))
    assert rejection.reason == "BALANCE_NOT_FOUND"
    await wire.record(server, wire.from_world("right", till, 1, precision=100))
    assert await precision_of(server, "@World", "USD") == 100


async def test_drafts_that_arrive_together_open_internal_balances_as_if_one_came_after_the_other(
    server: Server,
) -> None:
    till = await wire.open_balance(server)
    answer = await wire.batch(
        server,
        [
            wire.post(wire.from_world("wrong side", till, 1, precision=1_000)),
            wire.post(wire.from_world("first", "@Sales", 1)),
            wire.post(wire.from_world("wrong sum", "@Fees", 1, precision=10)),
            wire.post(wire.from_world("right", till, 1, precision=100)),
        ],
    )
    assert wire.outcomes(answer.results) == ["PRECISION_MISMATCH", "posted", "PRECISION_MISMATCH", "posted"]


async def test_without_any_precision_an_internal_balance_does_not_open(server: Server) -> None:
    rejection = await wire.rejection(wire.record(server, wire.from_world("r", "@Wallet", 1, currency="POINTS")))
    assert (rejection.reason, rejection.details["currency"]) == ("PRECISION_REQUIRED", "POINTS")
    assert not await wire.exists(server, "@Wallet", "POINTS")


async def test_one_indicator_has_a_balance_in_each_currency(server: Server) -> None:
    await wire.record(server, wire.from_world("usd", "@Sales", 5))
    await wire.record(server, wire.from_world("eur", "@Sales", 7, currency="EUR"))
    assert await wire.balance(server, "@Sales", "USD") == 5
    assert await wire.balance(server, "@Sales", "EUR") == 7
