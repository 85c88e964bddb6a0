"""MonitorService: conditions on balances."""

import asyncio

import pytest
from ledgerapi.v1 import monitor_pb2
from ledgerapi.v1 import monitor_service_pb2 as pb


async def get(server, monitor_id):
    return (await server.monitors.GetMonitor(pb.GetMonitorRequest(monitor_id=monitor_id))).monitor


async def update(server, monitor_id, paths, **fields):
    monitor = monitor_pb2.Monitor(id=monitor_id, **fields)
    request = pb.UpdateMonitorRequest(monitor=monitor, update_mask={"paths": paths})
    return (await server.monitors.UpdateMonitor(request)).monitor


async def delete(server, monitor_id):
    await server.monitors.DeleteMonitor(pb.DeleteMonitorRequest(monitor_id=monitor_id))


async def fired(connection):
    return await connection.fetchval("SELECT count(*) FROM events WHERE kind = 'MONITOR_FIRED'")


async def test_a_monitor_is_read_back_with_its_threshold_in_both_spellings(server, bank):
    balance = await bank.balance()
    created = await bank.monitor(
        balance.id, ("AVAILABLE", "LESS", "-10.5"), description="low\nfunds", metadata={"team": "ops"}
    )
    assert created.trigger == monitor_pb2.MONITOR_TRIGGER_EDGE
    value = created.conditions[0].threshold
    assert (value.precise, value.decimal, value.precision, value.currency) == ("-1050", "-10.50", 100, "USD")
    assert await get(server, created.id) == created


async def test_a_monitor_names_its_balance_by_indicator(bank, rejection):
    revenue = await bank.balance("USD", indicator="@Revenue")
    key = {"indicator": "@Revenue", "currency": "USD"}
    assert (await bank.monitor(indicator_key=key)).balance_id == revenue.id
    assert (await rejection(bank.monitor(revenue.id, indicator_key=key))).fields == ["indicator_key"]
    assert (await rejection(bank.monitor())).fields == ["monitor.balance_id"]
    rejected = await rejection(bank.monitor(indicator_key={"indicator": "@Nobody", "currency": "USD"}))
    assert rejected.reason == "BALANCE_NOT_FOUND"


async def test_an_unknown_balance_is_not_found(bank, rejection):
    unknown = "bln_" + (await bank.ledger()).id[4:]
    rejected = await rejection(bank.monitor(unknown))
    assert (rejected.code, rejected.details) == ("NOT_FOUND", {"balance": unknown})


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ({"operator": 1, "threshold": {"decimal": "1"}}, "field"),
        ({"field": 99, "operator": 1, "threshold": {"decimal": "1"}}, "field"),
        ({"field": 1, "threshold": {"decimal": "1"}}, "operator"),
        ({"field": 1, "operator": 1}, "threshold"),
        ({"field": 1, "operator": 1, "threshold": {}}, "threshold"),
        ({"field": 1, "operator": 1, "threshold": {"decimal": "1e5"}}, "threshold.decimal"),
        ({"field": 1, "operator": 1, "threshold": {"precise": "1.0"}}, "threshold.precise"),
        ({"field": 1, "operator": 1, "threshold": {"precise": "1", "precision": 3}}, "threshold.precision"),
        ({"field": 1, "operator": 1, "threshold": {"precise": "1", "currency": "usd"}}, "threshold.currency"),
        ({"field": 1, "operator": 1, "threshold": {"precise": "1" + "0" * 36}}, "threshold"),
        ({"field": 1, "operator": 1, "threshold": {"precise": "100", "decimal": "1.01"}}, "threshold"),
    ],
)
async def test_a_malformed_condition_is_named(server, bank, rejection, condition, field):
    balance = await bank.balance()
    monitor = monitor_pb2.Monitor(balance_id=balance.id, conditions=[condition])
    rejected = await rejection(server.monitors.CreateMonitor(pb.CreateMonitorRequest(monitor=monitor)))
    assert rejected.fields == [f"monitor.conditions[0].{field}"]


async def test_conditions_are_counted(server, bank, rejection):
    balance = await bank.balance()
    condition = ("BALANCE", "LESS", "0")
    assert (await rejection(bank.monitor(balance.id, *[condition] * 9))).fields == ["monitor.conditions"]
    assert len((await bank.monitor(balance.id, *[condition] * 8)).conditions) == 8
    none = pb.CreateMonitorRequest(monitor={"balance_id": balance.id})
    assert (await rejection(server.monitors.CreateMonitor(none))).fields == ["monitor.conditions"]


async def test_a_threshold_has_no_more_decimals_than_the_balance(bank, rejection):
    balance = await bank.balance("JPY")
    rejected = await rejection(bank.monitor(balance.id, ("BALANCE", "LESS", "0.5")))
    assert rejected.reason == "AMOUNT_TOO_PRECISE"
    assert rejected.details == {"balance": balance.id, "precision": "1"}


async def test_a_clear_threshold_is_not_supported_yet(server, bank, rejection, condition):
    balance = await bank.balance()
    conditions = [condition("BALANCE", "LESS", "1"), condition("BALANCE", "LESS", "1")]
    conditions[1].clear_threshold.decimal = "2"
    monitor = monitor_pb2.Monitor(balance_id=balance.id, conditions=conditions)
    rejected = await rejection(server.monitors.CreateMonitor(pb.CreateMonitorRequest(monitor=monitor)))
    field = "monitor.conditions[1].clear_threshold"
    assert (rejected.reason, rejected.details) == ("FIELD_NOT_SUPPORTED", {"field": field})


@pytest.mark.parametrize(
    ("threshold", "reason"),
    [
        ({"precise": "150", "decimal": "1.5"}, None),
        ({"precise": "150", "precision": 100, "currency": "USD"}, None),
        ({"precise": "150", "currency": "EUR"}, "CURRENCY_MISMATCH"),
        ({"decimal": "1.5", "precision": 1000}, "PRECISION_MISMATCH"),
        ({"precise": "150", "decimal": "1.501"}, "FIELD_INVALID"),
    ],
)
async def test_a_threshold_is_of_the_unit_of_its_balance(server, bank, rejection, threshold, reason):
    balance = await bank.balance()
    condition = {"field": 1, "operator": 1, "threshold": threshold}
    monitor = monitor_pb2.Monitor(balance_id=balance.id, conditions=[condition])
    call = server.monitors.CreateMonitor(pb.CreateMonitorRequest(monitor=monitor))
    if reason is None:
        assert (await call).monitor.conditions[0].threshold.precise == "150"
    else:
        assert (await rejection(call)).reason == reason


async def test_a_request_id_creates_once(server, bank, rejection):
    balance = await bank.balance()
    first = await bank.monitor(balance.id, request_id="r")
    assert await bank.monitor(balance.id, request_id="r") == first
    rejected = await rejection(bank.monitor(balance.id, request_id="r", description="other"))
    assert rejected.details == {"request_id": "r", "fields": "description"}
    await delete(server, first.id)
    assert (await rejection(bank.monitor(balance.id, request_id="r"))).reason == "MONITOR_NOT_FOUND"


async def test_a_balance_has_at_most_a_hundred_monitors(bank, rejection):
    balance = await bank.balance()
    results = await asyncio.gather(*(bank.monitor(balance.id) for _ in range(105)), return_exceptions=True)
    assert sum(isinstance(result, monitor_pb2.Monitor) for result in results) == 100
    rejected = await rejection(bank.monitor(balance.id))
    assert (rejected.code, rejected.reason) == ("RESOURCE_EXHAUSTED", "TOO_MANY_ITEMS")
    assert rejected.details == {"unit": "monitors", "requested": "101", "limit": "100"}


async def test_every_write_is_a_new_version_of_the_balance(server, bank):
    balance = await bank.balance()
    monitor = await bank.monitor(balance.id)
    await update(server, monitor.id, ["description"], description="new")
    await delete(server, monitor.id)
    assert (await bank.read(balance.id)).figures.version == 3


async def test_a_monitor_is_exact_from_the_next_movement_on(server, bank, connection, condition):
    balance = await bank.balance()
    await bank.fund(balance.id, "1")
    monitor = await bank.monitor(balance.id, ("BALANCE", "GREATER_OR_EQUAL", "2"))
    await bank.fund(balance.id, "1")
    assert await fired(connection) == 1
    await update(server, monitor.id, ["conditions"], conditions=[condition("BALANCE", "GREATER", "2.50")])
    await bank.fund(balance.id, "1")
    assert await fired(connection) == 2
    await delete(server, monitor.id)
    await bank.pay(balance.id, "@World", "3")
    await bank.fund(balance.id, "10")
    assert await fired(connection) == 2


async def test_only_what_the_mask_names_changes(server, bank):
    balance = await bank.balance()
    monitor = await bank.monitor(balance.id, description="kept")
    changed = await update(server, monitor.id, ["trigger"], trigger="MONITOR_TRIGGER_LEVEL", description="ignored")
    assert changed.trigger == monitor_pb2.MONITOR_TRIGGER_LEVEL
    assert (changed.description, changed.conditions) == ("kept", monitor.conditions)
    changed = await update(server, monitor.id, ["description", "metadata"], metadata={"a": 1})
    assert (changed.description, dict(changed.metadata)) == ("", {"a": 1})


async def test_masks_and_values_are_judged(server, bank, rejection):
    monitor = await bank.monitor((await bank.balance()).id)
    for path in ("balance_id", "clear_threshold", "*"):
        assert (await rejection(update(server, monitor.id, [path]))).fields == ["update_mask"]
    assert (await rejection(update(server, monitor.id, ["conditions"]))).fields == ["monitor.conditions"]
    assert (await rejection(update(server, monitor.id, ["trigger"], trigger=9))).fields == ["monitor.trigger"]


async def test_an_unknown_monitor_is_not_found(server, bank, rejection):
    unknown = "mon_" + (await bank.ledger()).id[4:]
    for call in (get(server, unknown), update(server, unknown, ["description"]), delete(server, unknown)):
        assert (await rejection(call)).details == {"monitor": unknown}
