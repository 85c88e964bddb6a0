"""LedgerService, the life of a balance: freeze, unfreeze, close."""

import asyncio
from collections import Counter
from typing import Any

import grpc
import pytest
from ledgerapi.v1 import balance_pb2, event_pb2
from ledgerapi.v1 import ledger_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import wire

OPEN = balance_pb2.BALANCE_STATUS_OPEN
FROZEN = balance_pb2.BALANCE_STATUS_FROZEN
CLOSED = balance_pb2.BALANCE_STATUS_CLOSED
STATUSES = wire.kinds("BALANCE_FROZEN", "BALANCE_UNFROZEN", "BALANCE_CLOSED")
NOBODY = "bln_01hzzzzzzzzzzzzzzzzzzzzzzz"


async def freeze(server: Server, balance_id: str, reason: str = "") -> balance_pb2.Balance:
    request = pb.FreezeBalanceRequest(balance_id=balance_id, reason=reason)
    return (await server.ledgers.FreezeBalance(request)).balance


async def unfreeze(server: Server, balance_id: str, reason: str = "") -> balance_pb2.Balance:
    request = pb.UnfreezeBalanceRequest(balance_id=balance_id, reason=reason)
    return (await server.ledgers.UnfreezeBalance(request)).balance


async def close(server: Server, balance_id: str, reason: str = "") -> balance_pb2.Balance:
    request = pb.CloseBalanceRequest(balance_id=balance_id, reason=reason)
    return (await server.ledgers.CloseBalance(request)).balance


async def read(server: Server, balance_id: str) -> balance_pb2.Balance:
    return (await server.ledgers.GetBalance(pb.GetBalanceRequest(balance_id=balance_id))).balance


async def internal(server: Server, indicator: str) -> str:
    request = pb.GetBalanceRequest(indicator_key={"indicator": indicator, "currency": "USD"})
    return (await server.ledgers.GetBalance(request)).balance.id


async def funded(server: Server, cents: int, **fields: Any) -> str:
    """A balance with money on it."""
    till = await wire.open_balance(server, **fields)
    await wire.record(server, wire.from_world(f"open {till}", till, cents))
    return till


async def held(server: Server, reference: str, source: str, destination: str, cents: int) -> str:
    asked = wire.draft(reference, source, destination, cents, inflight=True, allow_overdraft=True)
    return (await wire.record(server, asked)).transaction.id


async def empty(server: Server, till: str, cents: int) -> None:
    await wire.record(server, wire.draft(f"empty {till}", till, "@Sales", cents))


# Frozen ----------------------------------------------------------------------------------------


async def test_nothing_moves_into_or_out_of_a_frozen_balance(server: Server) -> None:
    till = await funded(server, 100)
    frozen = await freeze(server, till)
    assert (frozen.status, frozen.figures.version) == (FROZEN, 2)
    assert await read(server, till) == frozen
    for side, asked in (
        ("source", wire.draft("out", till, "@Sales", 1)),
        ("source", wire.draft("hold out", till, "@Sales", 1, inflight=True)),
        ("destination", wire.from_world("in", till, 1)),
        ("destination", wire.from_world("hold in", till, 1, inflight=True)),
    ):
        for preview in (True, False):
            rejected = await wire.rejection(wire.record(server, asked, preview=preview))
            assert (rejected.code, rejected.reason) == ("FAILED_PRECONDITION", "BALANCE_FROZEN")
            assert rejected.details == {"balance": till, "side": side}
    assert (await read(server, till)).figures == frozen.figures


async def test_money_moves_again_once_it_is_unfrozen(server: Server) -> None:
    till = await funded(server, 100)
    await freeze(server, till)
    rejected = wire.draft("out", till, "@Sales", 100)
    assert (await wire.rejection(wire.record(server, rejected))).reason == "BALANCE_FROZEN"
    opened = await unfreeze(server, till)
    assert (opened.status, opened.figures.version) == (OPEN, 3)
    # What was rejected did not take its reference.
    assert not (await wire.record(server, rejected)).replayed
    assert await wire.balance(server, till) == 0


@pytest.mark.parametrize("side", ["source", "destination"])
async def test_a_hold_on_a_frozen_balance_is_not_committed_but_may_be_voided(server: Server, side: str) -> None:
    till = await funded(server, 100)
    ends = (till, "@Sales") if side == "source" else ("@World", till)
    hold = await held(server, "hold", *ends, 60)
    await freeze(server, till)
    for commit in (wire.commit(hold, 10, "part"), wire.commit(hold)):
        rejected = await wire.rejection(wire.resolve(server, commit))
        assert rejected.reason == "BALANCE_FROZEN"
        assert rejected.details == {"balance": till, "side": side}
    await wire.resolve(server, wire.void(hold))
    after = await read(server, till)
    assert (after.status, after.figures.balance, after.figures.inflight_balance) == (FROZEN, "100", "0")


async def test_a_hold_is_committed_after_the_balance_was_unfrozen(server: Server) -> None:
    till = await funded(server, 100)
    hold = await held(server, "hold", till, "@Sales", 60)
    await freeze(server, till)
    await unfreeze(server, till)
    await wire.resolve(server, wire.commit(hold))
    assert await wire.balance(server, till) == 40


async def test_what_was_recorded_before_replays_while_frozen(server: Server) -> None:
    till = await wire.open_balance(server)
    first = await wire.record(server, wire.from_world("in", till, 5))
    await freeze(server, till)
    again = await wire.record(server, wire.from_world("in", till, 5))
    assert again.replayed
    assert again.transaction == first.transaction


async def test_in_a_batch_a_frozen_balance_stops_its_own_items_and_its_group(server: Server) -> None:
    till = await wire.open_balance(server)
    await freeze(server, till)
    asked = [*wire.drafts(1), wire.post(wire.from_world("frozen", till, 1))]
    together = await wire.batch(server, asked, wire.ATOMIC)
    assert wire.outcomes(together.results) == ["NOT_APPLIED_WITH_GROUP", "BALANCE_FROZEN"]
    alone = await wire.batch(server, asked)
    assert wire.outcomes(alone.results) == ["posted", "BALANCE_FROZEN"]


async def test_freezing_an_internal_balance_stops_everybody_who_uses_it(server: Server) -> None:
    till = await funded(server, 5)
    world = await internal(server, "@World")
    await freeze(server, world)
    rejected = await wire.rejection(wire.record(server, wire.from_world("r", till, 1)))
    assert rejected.details == {"balance": world, "side": "source"}
    await unfreeze(server, world)
    await wire.record(server, wire.from_world("r", till, 1))


async def test_another_server_knows_at_once(dsn: str) -> None:
    async with wire.two_servers(dsn) as (first, second):
        till = await funded(first, 10)
        await wire.record(second, wire.from_world("known there too", till, 1))
        await freeze(first, till)
        assert (await wire.rejection(wire.record(second, wire.from_world("r", till, 1)))).reason == "BALANCE_FROZEN"
        await unfreeze(second, till)
        await wire.record(first, wire.from_world("r", till, 1))
        assert await wire.balance(second, till) == 12


# Closed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("was_frozen", [False, True])
async def test_an_empty_balance_closes_for_ever(server: Server, was_frozen: bool) -> None:
    till = await funded(server, 100)
    await empty(server, till, 100)
    if was_frozen:
        await freeze(server, till)
    closed = await close(server, till)
    assert closed.status == CLOSED
    assert await read(server, till) == closed
    for change in (freeze, unfreeze):
        rejected = await wire.rejection(change(server, till))
        assert (rejected.code, rejected.reason) == ("FAILED_PRECONDITION", "BALANCE_CLOSED")
        assert rejected.details == {"balance": till}
    for side, asked in (
        ("source", wire.draft("out", till, "@Sales", 1, allow_overdraft=True)),
        ("destination", wire.from_world("in", till, 1)),
    ):
        rejected = await wire.rejection(wire.record(server, asked))
        assert (rejected.reason, rejected.details) == ("BALANCE_CLOSED", {"balance": till, "side": side})


@pytest.mark.parametrize("cents", [300, -300])
async def test_a_balance_with_money_or_debt_does_not_close(server: Server, cents: int) -> None:
    till = await wire.open_balance(server)
    ends = ("@World", till) if cents > 0 else (till, "@Sales")
    await wire.record(server, wire.draft("r", *ends, abs(cents), allow_overdraft=True))
    rejected = await wire.rejection(close(server, till))
    assert (rejected.code, rejected.reason) == ("FAILED_PRECONDITION", "BALANCE_NOT_EMPTY")
    assert rejected.details == {"balance": till, "total": str(cents), "held": "0", "deferred": "0"}
    assert (await read(server, till)).status == OPEN


@pytest.mark.parametrize("side", ["source", "destination"])
async def test_a_balance_on_which_something_is_held_does_not_close(server: Server, side: str) -> None:
    till = await wire.open_balance(server)
    hold = await held(server, "hold", *((till, "@Sales") if side == "source" else ("@World", till)), 60)
    rejected = await wire.rejection(close(server, till))
    assert rejected.details == {"balance": till, "total": "0", "held": "60", "deferred": "0"}
    await wire.resolve(server, wire.void(hold))
    assert (await close(server, till)).status == CLOSED


async def test_an_internal_balance_cannot_be_closed(server: Server) -> None:
    request = pb.CreateBalanceRequest(balance=balance_pb2.Balance(indicator="@Fees", currency="USD"))
    fees = (await server.ledgers.CreateBalance(request)).balance
    rejected = await wire.rejection(close(server, fees.id))
    assert (rejected.code, rejected.reason, rejected.fields) == ("INVALID_ARGUMENT", "FIELD_INVALID", ("balance_id",))


async def test_the_history_of_a_closed_balance_stays_readable(server: Server) -> None:
    till = await funded(server, 100)
    await empty(server, till, 100)
    await close(server, till)
    told = await wire.listed(server, f"balance_id = {till}")
    assert {transaction.reference for transaction in told} == {f"open {till}", f"empty {till}"}


# Asked again, asked wrongly --------------------------------------------------------------------


@pytest.mark.parametrize("change", [freeze, close])
async def test_a_change_of_state_can_be_repeated_without_harm(server: Server, change: Any) -> None:
    till = await wire.open_balance(server)
    watching = await wire.watch_events(server, kinds=STATUSES)
    first = await change(server, till, "first")
    assert await change(server, till, "again") == first
    other = await wire.open_balance(server)
    await freeze(server, other)
    events = await watching.events(2)
    assert [event.balance.balance.id for event in events] == [till, other]


async def test_unfreezing_what_is_open_changes_nothing(server: Server) -> None:
    till = await funded(server, 5)
    before = await read(server, till)
    assert await unfreeze(server, till) == before


@pytest.mark.parametrize("change", [freeze, unfreeze, close])
async def test_a_change_of_state_that_is_asked_wrongly(server: Server, change: Any) -> None:
    rejected = await wire.rejection(change(server, NOBODY))
    assert (rejected.code, rejected.reason, rejected.details) == ("NOT_FOUND", "BALANCE_NOT_FOUND", {"balance": NOBODY})
    rejected = await wire.rejection(change(server, "x", "y" * 1_001))
    assert (rejected.reason, rejected.fields) == ("FIELD_INVALID", ("balance_id", "reason"))


async def test_of_many_changes_at_once_each_is_made_once(server: Server) -> None:
    till = await wire.open_balance(server)
    answers = await asyncio.gather(*(freeze(server, till) for _ in range(20)))
    assert {answer.figures.version for answer in answers} == {1}


# While money moves -----------------------------------------------------------------------------


async def outcome(call: Any) -> str:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return wire.of_error(error).reason
    return "done"


async def test_a_balance_that_is_frozen_under_load_stands_still_from_the_answer_on(server: Server) -> None:
    till = await funded(server, 1_000)
    calls = [outcome(wire.record(server, wire.draft(f"r{n}", till, "@Sales", 1))) for n in range(200)]
    told = asyncio.gather(*calls)
    await asyncio.sleep(0)
    frozen = await freeze(server, till)
    answers = Counter(await told)
    assert answers.keys() <= {"done", "BALANCE_FROZEN"}
    after = await read(server, till)
    assert after.figures == frozen.figures
    assert int(after.figures.balance) == 1_000 - answers["done"]


async def test_of_a_close_and_a_payment_at_once_one_succeeds(server: Server) -> None:
    for number in range(10):
        till = await wire.open_balance(server)
        pay = outcome(wire.record(server, wire.from_world(f"r{number}", till, 5)))
        answers = await asyncio.gather(pay, outcome(close(server, till)))
        assert answers in (["done", "BALANCE_NOT_EMPTY"], ["BALANCE_CLOSED", "done"])


# A ceiling -------------------------------------------------------------------------------------


async def test_a_ceiling_holds_for_held_credits_too(server: Server) -> None:
    jar = await wire.open_balance(server, ceiling={"precise": "100"})
    hold = await held(server, "hold", "@World", jar, 60)
    rejected = await wire.rejection(wire.record(server, wire.from_world("too much", jar, 41)))
    assert rejected.reason == "CEILING_EXCEEDED"
    assert rejected.details == {"balance": jar, "requested": "41", "total": "60", "ceiling": "100"}
    await wire.record(server, wire.from_world("just enough", jar, 40))
    await wire.resolve(server, wire.commit(hold))
    assert await wire.balance(server, jar) == 100
    await wire.record(server, wire.draft("capacity again", jar, "@Sales", 10))
    await wire.record(server, wire.from_world("full again", jar, 10))


async def test_held_debits_make_no_room_below_a_ceiling(server: Server) -> None:
    jar = await funded(server, 100, ceiling={"precise": "100"})
    await held(server, "hold", jar, "@Sales", 60)
    assert (await wire.rejection(wire.record(server, wire.from_world("r", jar, 1)))).details["total"] == "100"


async def test_of_many_payments_at_once_as_many_pass_as_fit_below_the_ceiling(server: Server) -> None:
    jar = await wire.open_balance(server, ceiling={"precise": "50"})
    calls = [outcome(wire.record(server, wire.from_world(f"r{number}", jar, 10))) for number in range(20)]
    assert Counter(await asyncio.gather(*calls)) == {"done": 5, "CEILING_EXCEEDED": 15}


# Lists and watches -----------------------------------------------------------------------------


async def test_balances_are_listed_by_state(server: Server) -> None:
    tills = [await wire.open_balance(server, tag="till") for _ in range(3)]
    await freeze(server, tills[1])
    await close(server, tills[2])
    for status, expected in (("OPEN", [0]), ("FROZEN", [1]), ("CLOSED", [2])):
        for comparison, places in (("=", expected), ("!=", [place for place in range(3) if place not in expected])):
            request = pb.ListBalancesRequest(
                filter=f"tag = till AND status {comparison} {status}", order_by="create_time"
            )
            listed = (await server.ledgers.ListBalances(request)).balances
            assert [balance.id for balance in listed] == [tills[place] for place in places]


async def test_each_change_of_state_is_told_with_its_reason(server: Server) -> None:
    till = await funded(server, 100)
    watching = await wire.watch_events(server, kinds=STATUSES)
    await freeze(server, till, "a lost card\nreported by phone")
    await unfreeze(server, till)
    await empty(server, till, 100)
    await close(server, till, "the customer left")
    events = await watching.events(3)
    told = [(event.kind, event.balance.balance.status, event.balance.reason) for event in events]
    assert told == [
        (event_pb2.EVENT_KIND_BALANCE_FROZEN, FROZEN, "a lost card\nreported by phone"),
        (event_pb2.EVENT_KIND_BALANCE_UNFROZEN, OPEN, ""),
        (event_pb2.EVENT_KIND_BALANCE_CLOSED, CLOSED, "the customer left"),
    ]
    shown, now = events[-1].balance.balance, await read(server, till)
    now.figures.ClearField("decimals")  # Events have minor units alone.
    for field in ("id", "ledger_id", "currency", "precision", "figures", "status"):
        assert getattr(shown, field) == getattr(now, field)
    assert now.update_time == events[-1].commit_time


async def test_changes_of_state_are_selected_by_balance_and_not_told_to_who_watches_monitors(server: Server) -> None:
    till, other = await wire.open_balance(server), await wire.open_balance(server)
    monitor = await wire.monitor(server, "BALANCE", "GREATER", 0, balance_id=till)
    of_monitor = await wire.watch_monitors(server, monitor_ids=[monitor])
    of_monitors = await wire.watch_monitors(server, balance_ids=[till])
    of_balance = await wire.watch_events(server, kinds=STATUSES, filter=f"balance_id = {till}")
    await freeze(server, other)
    await freeze(server, till)
    await unfreeze(server, till)
    await wire.record(server, wire.from_world("r", till, 1))
    fired = await of_monitor.events(1)
    assert fired[0].monitor.monitor.id == monitor
    assert await of_monitors.events(1) == fired
    told = await of_balance.events(2)
    assert {event.balance.balance.id for event in told} == {till}


async def test_a_change_of_state_belongs_to_the_journal(server: Server, connection: Any) -> None:
    from ledgerd.operations.verify import verify

    till = await wire.open_balance(server)
    watching = await wire.watch_events(server, kinds=STATUSES)
    await freeze(server, till)
    await close(server, till)
    await watching.events(2)
    assert (await verify(connection)).faults == []


async def test_a_balance_to_be_closed_is_named_like_one_to_be_frozen(server: Server) -> None:
    """An internal balance is found by its key, and cannot be closed; the rejection names the field that named it."""
    await wire.record(server, wire.from_world("r", "@Sales", 1))
    keys = {"balance_id": await internal(server, "@Sales"), "indicator_key": {"indicator": "@Sales", "currency": "USD"}}
    for name, key in keys.items():
        rejection = await wire.rejection(server.ledgers.CloseBalance(pb.CloseBalanceRequest(**{name: key})))
        assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", (name,))
    unknown = pb.CloseBalanceRequest(indicator_key={"indicator": "@Nobody", "currency": "USD"})
    assert (await wire.rejection(server.ledgers.CloseBalance(unknown))).reason == "BALANCE_NOT_FOUND"
    assert (await wire.rejection(server.ledgers.CloseBalance(pb.CloseBalanceRequest()))).fields == ("balance_id",)
