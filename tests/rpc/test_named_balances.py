"""Balances that requests name by indicator and currency, wherever they may be named by id."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from ledgerapi.v1 import balance_pb2
from ledgerapi.v1 import ledger_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import wire

TILL = {"indicator": "@Till", "currency": "USD"}
NONE = {"indicator": "@None", "currency": "USD"}


async def open_till(server: Server) -> str:
    return (await wire.record(server, wire.from_world("till", "@Till", 5))).transaction.destination_id


async def test_a_balance_is_frozen_changed_and_unfrozen_by_its_indicator(server: Server) -> None:
    till = await open_till(server)
    frozen = (await server.ledgers.FreezeBalance(pb.FreezeBalanceRequest(indicator_key=TILL))).balance
    assert (frozen.id, frozen.status) == (till, balance_pb2.BALANCE_STATUS_FROZEN)
    unfrozen = (await server.ledgers.UnfreezeBalance(pb.UnfreezeBalanceRequest(indicator_key=TILL))).balance
    assert (unfrozen.id, unfrozen.status) == (till, balance_pb2.BALANCE_STATUS_OPEN)
    change = pb.UpdateBalanceRequest(balance={"tag": "x"}, indicator_key=TILL, update_mask={"paths": ["tag"]})
    changed = (await server.ledgers.UpdateBalance(change)).balance
    assert (changed.id, changed.tag) == (till, "x")
    change.balance.id = till
    assert (await wire.rejection(server.ledgers.UpdateBalance(change))).fields == ("indicator_key",)


async def test_several_are_read_by_id_and_by_indicator(server: Server) -> None:
    till, other = await open_till(server), await wire.open_balance(server)
    request = pb.BatchGetBalancesRequest(
        balance_ids=[other], indicator_keys=[TILL, {"indicator": "@World", "currency": "USD"}]
    )
    for request.view in (balance_pb2.BALANCE_VIEW_BASIC, balance_pb2.BALANCE_VIEW_DEFERRED):
        read = (await server.ledgers.BatchGetBalances(request)).balances
        assert [balance.id for balance in read[:2]] == [other, till]
        assert read[2].indicator == "@World"
    empty = await wire.rejection(server.ledgers.BatchGetBalances(pb.BatchGetBalancesRequest()))
    assert (empty.reason, empty.fields) == ("FIELD_INVALID", ("balance_ids",))
    many = pb.BatchGetBalancesRequest(balance_ids=[other] * 999, indicator_keys=[TILL, TILL])
    assert (await wire.rejection(server.ledgers.BatchGetBalances(many))).reason == "TOO_MANY_ITEMS"


CALLS: list[Callable[[Server], Awaitable[Any]]] = [
    lambda server: server.ledgers.FreezeBalance(pb.FreezeBalanceRequest(indicator_key=NONE)),
    lambda server: server.ledgers.BatchGetBalances(pb.BatchGetBalancesRequest(indicator_keys=[TILL, NONE])),
]


@pytest.mark.parametrize("call", CALLS)
async def test_an_internal_balance_that_was_never_opened_is_not_found(
    server: Server, call: Callable[[Server], Awaitable[Any]]
) -> None:
    await open_till(server)
    rejection = await wire.rejection(call(server))
    assert (rejection.code, rejection.reason) == ("NOT_FOUND", "BALANCE_NOT_FOUND")
    assert rejection.details == {"balance": "@None", "currency": "USD"}


async def test_watches_are_narrowed_by_indicators_too(server: Server) -> None:
    till, other = await wire.open_balance(server, indicator="@Till"), await wire.open_balance(server)
    monitors = [await wire.monitor(server, "BALANCE", "GREATER", 0, balance_id=name) for name in (till, other)]
    watching = await wire.watch(server, indicator_keys=[TILL])
    watching_monitors = await wire.watch_monitors(server, indicator_keys=[TILL])
    both = await wire.watch(server, indicator_keys=[TILL], balance_ids=[other])
    for reference, name in (("elsewhere", "@Shop"), ("other", other), ("till", till)):
        await wire.record(server, wire.from_world(reference, name, 1))
    assert [event.transaction.transaction.reference for event in await watching.events(1)] == ["till"]
    assert [event.transaction.transaction.reference for event in await both.events(2)] == ["other", "till"]
    assert [event.monitor.monitor.id for event in await watching_monitors.events(1)] == monitors[:1]


async def test_a_watch_of_an_indicator_that_nothing_has(server: Server) -> None:
    for watch in (wire.watch, wire.watch_monitors):
        rejection = await wire.rejection(watch(server, indicator_keys=[{"indicator": "@Nobody", "currency": "USD"}]))
        assert (rejection.code, rejection.reason) == ("NOT_FOUND", "BALANCE_NOT_FOUND")
        assert rejection.details == {"balance": "@Nobody", "currency": "USD"}
        rejection = await wire.rejection(watch(server, indicator_keys=[{"indicator": "Till", "currency": "USD"}]))
        assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", ("indicator_keys[0].indicator",))
        rejection = await wire.rejection(watch(server, indicator_keys=[TILL] * 1_001))
        assert (rejection.reason, rejection.details["field"]) == ("TOO_MANY_ITEMS", "indicator_keys")
