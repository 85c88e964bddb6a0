"""Changes of ledgers, balances, monitors and identities: events tell what was before and after."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import event_pb2

from ledgerd.operations.verify import verify
from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.contract import identities, ledgers, monitors
from tests.rpc.every_event import mask

AMOUNT = {"precision": 100, "currency": "USD"}


async def new_ledger(server: Server) -> str:
    made = ledgers.CreateLedgerRequest(ledger={"name": "Books", "metadata": {"a": 1}})
    return (await server.ledgers.CreateLedger(made)).ledger.id


async def new_balance(server: Server) -> str:
    return await wire.open_balance(server, floor={"decimal": "-5"}, tag="till", metadata={"a": 1})


async def new_monitor(server: Server) -> str:
    till = await wire.open_balance(server)
    return await wire.monitor(server, "BALANCE", "GREATER", 5, balance_id=till, description="rich", metadata={"a": 1})


async def new_identity(server: Server) -> str:
    made = {"individual": {"first_name": "Ada"}, "city": "London", "metadata": {"a": 1}}
    return (await server.identities.CreateIdentity(identities.CreateIdentityRequest(identity=made))).identity.id


async def set_ledger(server: Server, paths: tuple[str, ...], **fields: Any) -> Any:
    request = ledgers.UpdateLedgerRequest(ledger=fields, update_mask=mask(*paths))
    return (await server.ledgers.UpdateLedger(request)).ledger


async def set_balance(server: Server, paths: tuple[str, ...], **fields: Any) -> Any:
    request = ledgers.UpdateBalanceRequest(balance=fields, update_mask=mask(*paths))
    return (await server.ledgers.UpdateBalance(request)).balance


async def set_monitor(server: Server, paths: tuple[str, ...], **fields: Any) -> Any:
    request = monitors.UpdateMonitorRequest(monitor=fields, update_mask=mask(*paths))
    return (await server.monitors.UpdateMonitor(request)).monitor


async def set_identity(server: Server, paths: tuple[str, ...], **fields: Any) -> Any:
    request = identities.UpdateIdentityRequest(identity=fields, update_mask=mask(*paths))
    return (await server.identities.UpdateIdentity(request)).identity


async def changes(server: Server, *kinds: str) -> wire.Watching:
    """A watch of these kinds. What was committed just before may come first, so that a watch has no other kinds."""
    return await wire.watch_events(server, kinds=wire.kinds(*kinds))


async def next_event(watching: wire.Watching) -> event_pb2.Event:
    (event,) = await watching.events(1)
    return event


async def test_a_ledger_before_and_after(server: Server) -> None:
    ledger_id = await new_ledger(server)
    watching = await changes(server, "LEDGER_UPDATED")
    updated = await set_ledger(server, ("name", "metadata"), id=ledger_id, name="Ledgers", metadata={"a": 2})
    event = await next_event(watching)
    told = event.ledger
    assert (wire.kind(event), event.commit_time) == ("LEDGER_UPDATED", updated.update_time)
    assert (told.ledger.id, told.ledger.name, told.before.id, told.before.name) == (
        *(ledger_id, "Ledgers"),
        *(ledger_id, "Books"),
    )
    assert list(told.changed_fields) == ["name", "metadata"]
    assert not told.ledger.HasField("metadata")
    assert not told.before.HasField("metadata")


async def test_a_balance_before_and_after(server: Server) -> None:
    till, owner = await new_balance(server), await new_identity(server)
    await wire.record(server, wire.from_world("r", till, 7))
    watching = await changes(server, "BALANCE_UPDATED")
    fields = {"floor": {"decimal": "-9"}, "identity_id": owner}
    updated = await set_balance(server, ("floor", "identity_id", "tag", "group"), id=till, tag="till", **fields)
    told = (await next_event(watching)).balance
    updated.figures.ClearField("decimals")  # Events have minor units alone.
    assert list(told.changed_fields) == ["identity_id", "floor"]
    for field in ("id", "ledger_id", "currency", "precision", "figures", "status", "floor", "tag", "identity_id"):
        assert getattr(told.balance, field) == getattr(updated, field)
    assert (told.before.floor.precise, told.before.identity_id, told.before.tag) == ("-500", "", "till")
    assert not told.before.HasField("figures")
    await set_balance(server, ("floor", "metadata"), id=till, metadata={"a": 3})
    told = (await next_event(watching)).balance
    assert list(told.changed_fields) == ["floor", "metadata"]
    assert told.before.floor.precise == "-900"
    assert not told.balance.HasField("floor")
    assert not told.balance.HasField("metadata")


async def test_a_monitor_before_and_after_and_as_it_was_last(server: Server) -> None:
    monitor_id = await new_monitor(server)
    watching = await changes(server, "MONITOR_UPDATED", "MONITOR_DELETED")
    conditions = [{"field": "MONITOR_FIELD_BALANCE", "operator": 3, "threshold": {"decimal": "1.00"}}]
    updated = await set_monitor(server, ("conditions", "trigger"), id=monitor_id, conditions=conditions, trigger=2)
    await server.monitors.DeleteMonitor(monitors.DeleteMonitorRequest(monitor_id=monitor_id))
    change, deletion = [event.monitor for event in await watching.events(2)]
    assert list(change.changed_fields) == ["conditions", "trigger"]
    assert (change.monitor.conditions, change.monitor.trigger) == (updated.conditions, updated.trigger)
    assert (change.before.conditions[0].threshold.precise, change.before.trigger) == ("5", 1)
    assert (change.balance_id, change.currency, change.precision) == (updated.balance_id, "USD", 100)
    assert deletion.monitor == change.monitor
    assert not deletion.HasField("before")


async def test_of_an_identity_names_alone(server: Server) -> None:
    identity_id = await new_identity(server)
    watching = await changes(server, "IDENTITY_UPDATED")
    await set_identity(server, ("city", "individual", "metadata"), id=identity_id, city="Paris", individual={})
    event = await next_event(watching)
    assert event.identity == event_pb2.IdentityEvent(
        identity_id=identity_id, changed_fields=["city", "individual.first_name", "metadata"]
    )


async def test_a_new_internal_balance_is_told(server: Server) -> None:
    watching = await changes(server, "BALANCE_CREATED")
    await wire.record(server, wire.from_world("r", "@Sales", 1))
    told = [event.balance.balance for event in await watching.events(2)]
    assert [(balance.indicator, balance.ledger_id) for balance in told] == [
        ("@Sales", wire.GENERAL_LEDGER),
        ("@World", wire.GENERAL_LEDGER),
    ]


Make = Callable[[Server], Awaitable[str]]
Change = Callable[..., Awaitable[Any]]
UNCHANGED: dict[str, tuple[Make, Change, dict[str, Any]]] = {
    "ledger": (new_ledger, set_ledger, {"name": "Books", "metadata": {"a": 1}}),
    "balance": (new_balance, set_balance, {"floor": {"precise": "-500"}, "tag": "till", "metadata": {"a": 1}}),
    "monitor": (new_monitor, set_monitor, {"description": "rich", "trigger": 1, "metadata": {"a": 1}}),
    "identity": (
        *(new_identity, set_identity),
        {"individual": {"first_name": "Ada"}, "city": "London", "metadata": {"a": 1}},
    ),
}


@pytest.mark.parametrize("noun", UNCHANGED)
async def test_an_update_that_changes_nothing_makes_no_event(
    server: Server, connection: asyncpg.Connection, noun: str
) -> None:
    make, change, same = UNCHANGED[noun]
    subject = await make(server)
    watching = await changes(server, f"{noun.upper()}_UPDATED")
    first = await change(server, ("metadata",), id=subject, metadata={"b": True})
    assert (await next_event(watching)).commit_time == first.update_time
    same = same | {"metadata": {"b": True}}
    assert await change(server, tuple(same), id=subject, **same) == first
    other = await change(server, ("metadata",), id=subject, metadata={"b": 1})
    event = await next_event(watching)
    assert (wire.kind(event), event.commit_time) == (f"{noun.upper()}_UPDATED", other.update_time)
    assert list(getattr(event, noun).changed_fields) == ["metadata"]
    assert (await verify(connection)).faults == []
