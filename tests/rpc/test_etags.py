"""Optimistic concurrency: of two who change what both have read, one succeeds, and nothing else is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from google.protobuf.descriptor import MethodDescriptor
from ledgerapi.v1 import admin_service_pb2 as admin
from ledgerapi.v1 import external_source_pb2, matching_rule_pb2, reconciliation_exception_pb2, service_settings_pb2

from tests.conftest import Server, start_server, stop_server
from tests.rpc import bank_runs, contract, records, rules, wire
from tests.rpc.contract import balance_pb2, identities, identity_pb2, ledger_pb2, ledgers, monitor_pb2, monitors

UPDATES = [method for method in contract.METHODS if method.name.startswith("Update")]
GUARDED = [method for method in contract.METHODS if "etag" in method.input_type.fields_by_name]
"""The methods that take an etag beside the id: deletions and the like."""
METADATA = {"a": {"b": [1, None, "c"]}}


async def ledger(server: Server) -> ledger_pb2.Ledger:
    made = ledger_pb2.Ledger(name="Customers", metadata=METADATA)
    return (await server.ledgers.CreateLedger(ledgers.CreateLedgerRequest(ledger=made))).ledger


async def balance(server: Server) -> balance_pb2.Balance:
    owner = await identity(server)
    made = balance_pb2.Balance(
        ledger_id=(await ledger(server)).id,
        identity_id=owner.id,
        currency="USD",
        floor={"decimal": "-5"},
        ceiling={"precise": "500"},
        group="g",
        tag="t",
        metadata=METADATA,
    )
    return (await server.ledgers.CreateBalance(ledgers.CreateBalanceRequest(balance=made))).balance


async def identity(server: Server) -> identity_pb2.Identity:
    person = {"first_name": "Ada", "birth_date": "1990-01-31", "nationality": "NG"}
    made = identity_pb2.Identity(individual=person, city="Lagos", email_address="ada@example.com", metadata=METADATA)
    return (await server.identities.CreateIdentity(identities.CreateIdentityRequest(identity=made))).identity


async def monitor(server: Server) -> monitor_pb2.Monitor:
    condition = monitor_pb2.MonitorCondition(field=1, operator=1, threshold={"decimal": "-1.00"})
    made = monitor_pb2.Monitor(
        balance_id=await wire.open_balance(server), conditions=[condition], description="d", metadata=METADATA
    )
    return (await server.monitors.CreateMonitor(monitors.CreateMonitorRequest(monitor=made))).monitor


async def service_settings(server: Server) -> service_settings_pb2.ServiceSettings:
    return (await server.admin.GetServiceSettings(admin.GetServiceSettingsRequest())).service_settings


async def external_source(server: Server) -> external_source_pb2.ExternalSource:
    more = {"time_zone": "Europe/Berlin", "sign_convention": 2, "settlement_window": {"days": 2}, "description": "d"}
    return await records.source(server, metadata=METADATA, **more)


async def matching_rule_set(server: Server) -> matching_rule_pb2.MatchingRuleSet:
    return await rules.create_set(server, (await rules.create(server)).id, description="d")


async def reconciliation_exception(server: Server) -> reconciliation_exception_pb2.ReconciliationException:
    connection = await asyncpg.connect(server.app.dsn)
    bank = await bank_runs.Bank.open(server, connection)
    await bank.tell(records.record("lost", "7.00"))
    await bank.run()
    (opened,) = await bank.exceptions()
    await connection.close()
    return opened


MAKE: dict[str, Callable[[Server], Awaitable[Any]]] = {
    "ledger": ledger,
    "balance": balance,
    "identity": identity,
    "monitor": monitor,
    "service_settings": service_settings,
    "external_source": external_source,
    "matching_rule_set": matching_rule_set,
    "reconciliation_exception": reconciliation_exception,
}
"""A resource with every setting, as its creation answered."""


def noun(method: MethodDescriptor) -> str:
    """The field of an update's request that has the resource."""
    (name,) = {field.name for field in method.input_type.fields} - {"update_mask", "indicator_key", "indicator_keys"}
    return str(name)


async def update(server: Server, method: MethodDescriptor, resource: Any) -> Any:
    """Write a resource as it is, with a mask of everything that can be changed."""
    name, paths = noun(method), contract.REQUESTS[method.name]().update_mask.paths
    request = contract.request(method, {name: resource, "update_mask": {"paths": paths}})
    return getattr(await contract.stub(server, method)(request), name)


async def read(server: Server, method: MethodDescriptor, resource: Any) -> Any:
    name = noun(method)
    (get,) = (found for found in contract.METHODS if found.name == method.name.replace("Update", "Get"))
    key = {f"{name}_id": resource.id} if get.input_type.fields else {}
    return getattr(await contract.stub(server, get)(contract.request(get, key)), name)


def changed(resource: Any, number: int) -> Any:
    """A copy with another setting."""
    copy = type(resource)()
    copy.CopyFrom(resource)
    if hasattr(copy, "metadata"):
        copy.metadata["by"] = str(number)
    elif hasattr(copy, "name"):
        copy.name = f"by {number}"
    elif hasattr(copy, "comment"):
        copy.comment = f"by {number}"
    else:
        copy.default_currency = f"C{number}"
    return copy


def settings(resource: Any) -> Any:
    """A copy without what every update changes."""
    copy = type(resource)()
    copy.CopyFrom(resource)
    for name in {"etag", "update_time", "version"} & {*copy.DESCRIPTOR.fields_by_name}:
        copy.ClearField(name)
    return copy


@pytest.fixture
async def other(dsn: str) -> AsyncIterator[Server]:
    """A second server on the same database."""
    running = await start_server(dsn)
    yield running
    await stop_server(running)


def test_everything_that_can_be_updated_has_an_etag() -> None:
    assert {noun(method) for method in UPDATES} == MAKE.keys()
    for method in UPDATES:
        assert "etag" in method.input_type.fields_by_name[noun(method)].message_type.fields_by_name


@pytest.mark.parametrize("method", UPDATES, ids=lambda method: method.name)
async def test_what_is_read_can_be_written_back_and_changed_once(server: Server, method: MethodDescriptor) -> None:
    seen = await MAKE[noun(method)](server)
    assert await read(server, method, seen) == seen
    assert seen.etag
    assert await update(server, method, seen) == seen
    now = await update(server, method, changed(seen, 1))
    assert now.etag != seen.etag
    rejected = await wire.rejection(update(server, method, changed(seen, 2)))
    assert (rejected.code, rejected.reason) == ("ABORTED", "ETAG_MISMATCH")
    assert (rejected.details["given"], rejected.details["etag"]) == (seen.etag, now.etag)
    assert rejected.details.get(noun(method)) == getattr(seen, "id", None)
    assert await read(server, method, seen) == now


@pytest.mark.parametrize("method", UPDATES, ids=lambda method: method.name)
async def test_without_an_etag_the_last_update_stands(server: Server, method: MethodDescriptor) -> None:
    seen = await MAKE[noun(method)](server)
    await update(server, method, changed(seen, 1))
    seen.etag = ""
    assert settings(await update(server, method, changed(seen, 2))) == settings(changed(seen, 2))


@pytest.mark.parametrize("method", UPDATES, ids=lambda method: method.name)
async def test_of_those_who_read_the_same_one_succeeds(server: Server, other: Server, method: MethodDescriptor) -> None:
    seen = await MAKE[noun(method)](server)
    writers = [update((server, other)[number % 2], method, changed(seen, number)) for number in range(10)]
    answers = await asyncio.gather(*writers, return_exceptions=True)
    (succeeded,) = (answer for answer in answers if isinstance(answer, type(seen)))
    failed = {wire.of_error(answer).reason for answer in answers if answer is not succeeded}
    assert failed == {"ETAG_MISMATCH"}
    assert await read(other, method, seen) == succeeded


@pytest.mark.parametrize("method", GUARDED, ids=lambda method: method.name)
async def test_what_has_changed_since_is_not_deleted_frozen_or_closed(server: Server, method: MethodDescriptor) -> None:
    name = next(field.name for field in method.input_type.fields if field.name.endswith("_id")).removesuffix("_id")
    (change,) = (found for found in UPDATES if noun(found) == name)
    seen = await MAKE[name](server)
    now = await update(server, change, changed(seen, 1))
    request = contract.REQUESTS[method.name]()
    setattr(request, f"{name}_id", seen.id)
    request.etag = seen.etag
    rejected = await wire.rejection(contract.stub(server, method)(request))
    assert (rejected.code, rejected.reason) == ("ABORTED", "ETAG_MISMATCH")
    assert await read(server, change, seen) == now
    request.etag = now.etag
    answer = await contract.stub(server, method)(request)
    if method.name == "UnfreezeBalance":
        assert answer.balance == now  # It was open.
    elif not method.name.startswith("Delete"):
        assert (await read(server, change, seen)).etag != now.etag


async def test_money_and_monitors_leave_the_etag_of_a_balance_as_it_is(server: Server) -> None:
    request = ledgers.GetBalanceRequest(balance_id=await wire.open_balance(server))
    before = (await server.ledgers.GetBalance(request)).balance
    await wire.record(server, wire.from_world("fund", before.id, 5))
    await wire.monitor(server, "BALANCE", "GREATER", 100, balance_id=before.id)
    after = (await server.ledgers.GetBalance(request)).balance
    assert (after.etag, after.figures.version) == (before.etag, before.figures.version + 2)


async def test_a_change_under_an_etag_leaves_movements_on_their_way_alone(server: Server) -> None:
    seen = await balance(server)
    seen.tag = "other"
    (method,) = (found for found in UPDATES if found.name == "UpdateBalance")
    assert (await update(server, method, seen)).figures.version == seen.figures.version


async def test_a_closed_period_changes_the_etag_of_its_ledger(server: Server) -> None:
    seen = await ledger(server)
    closing = admin.ClosePeriodRequest(ledger_id=seen.id, closed_before={"seconds": 1}, etag=seen.etag)
    closed = (await server.admin.ClosePeriod(closing)).period
    now = (await server.ledgers.GetLedger(ledgers.GetLedgerRequest(ledger_id=seen.id))).ledger
    assert closed.etag == now.etag != seen.etag
    assert (await wire.rejection(server.admin.ClosePeriod(closing))).reason == "ETAG_MISMATCH"


async def test_a_repeated_create_answers_with_the_etag_of_now(server: Server) -> None:
    request = ledgers.CreateLedgerRequest(ledger={"name": "Customers"}, request_id="once")
    made = (await server.ledgers.CreateLedger(request)).ledger
    (method,) = (found for found in UPDATES if found.name == "UpdateLedger")
    now = await update(server, method, changed(made, 1))
    assert (await server.ledgers.CreateLedger(request)).ledger == now != made


async def test_an_etag_is_bounded(server: Server) -> None:
    request = ledgers.FreezeBalanceRequest(balance_id=await wire.open_balance(server), etag="r" * 65)
    rejected = await wire.rejection(server.ledgers.FreezeBalance(request))
    assert (rejected.reason, rejected.fields) == ("FIELD_INVALID", ("etag",))
