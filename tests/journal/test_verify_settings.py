"""What administrators set is told by the journal: a change behind the service's back is found."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from google.protobuf import field_mask_pb2, struct_pb2
from ledgerapi.v1 import (
    balance_pb2,
    identity_pb2,
    identity_service_pb2,
    ledger_pb2,
    ledger_service_pb2,
    monitor_pb2,
    monitor_service_pb2,
)

from ledgerd.operations.verify import verify
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire

SETTINGS = "settings are what was told of them"
CREATIONS = "request ids lead to what they created"


def mask(*paths: str) -> field_mask_pb2.FieldMask:
    return field_mask_pb2.FieldMask(paths=paths)


def metadata(**members: str) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(members)
    return made


async def a_day_of_administration(server: Server) -> None:
    """Everything that can be set is set, changed and some of it deleted."""
    ledgers, identities, monitors = server.ledgers, server.identities, server.monitors
    ledger = (
        await ledgers.CreateLedger(
            ledger_service_pb2.CreateLedgerRequest(ledger=ledger_pb2.Ledger(name="Customers"), request_id="l-1")
        )
    ).ledger
    await ledgers.UpdateLedger(
        ledger_service_pb2.UpdateLedgerRequest(
            ledger=ledger_pb2.Ledger(id=ledger.id, name="Clients", metadata=metadata(a="b")),
            update_mask=mask("name", "metadata"),
        )
    )
    people = []
    for name in ("Ada", "Bob"):
        identity = identity_pb2.Identity(individual=identity_pb2.Individual(first_name=name))
        made = await identities.CreateIdentity(identity_service_pb2.CreateIdentityRequest(identity=identity))
        people.append(made.identity.id)
    await identities.UpdateIdentity(
        identity_service_pb2.UpdateIdentityRequest(
            identity=identity_pb2.Identity(id=people[0], city="Paris"), update_mask=mask("city")
        )
    )
    await identities.DeleteIdentity(identity_service_pb2.DeleteIdentityRequest(identity_id=people[1]))
    wanted = balance_pb2.Balance(ledger_id=ledger.id, currency="USD", group="g", identity_id=people[0])
    balance = (await ledgers.CreateBalance(ledger_service_pb2.CreateBalanceRequest(balance=wanted))).balance
    await ledgers.UpdateBalance(
        ledger_service_pb2.UpdateBalanceRequest(
            balance=balance_pb2.Balance(id=balance.id, tag="t", metadata=metadata(x="y")),
            update_mask=mask("tag", "metadata", "floor"),
        )
    )
    await wire.record(server, wire.from_world("one", balance.id, 5))
    await ledgers.FreezeBalance(ledger_service_pb2.FreezeBalanceRequest(balance_id=balance.id))
    for text in ("kept", "dropped"):
        made = await wire.monitor(server, "BALANCE", "GREATER", 10, balance_id=balance.id)
        if text == "dropped":
            await monitors.DeleteMonitor(monitor_service_pb2.DeleteMonitorRequest(monitor_id=made))
        else:
            await monitors.UpdateMonitor(
                monitor_service_pb2.UpdateMonitorRequest(
                    monitor=monitor_pb2.Monitor(id=made, description=text), update_mask=mask("description")
                )
            )


@pytest.fixture
async def books(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    server = await start_server(dsn)
    await a_day_of_administration(server)
    await stop_server(server)
    await connection.execute("SET session_replication_role = replica")
    yield connection


async def test_what_is_set_through_the_service_is_no_fault(books: asyncpg.Connection) -> None:
    report = await verify(books)
    assert report.faults == []
    assert report.untold == 0
    assert SETTINGS in report.checks


TAMPERED = [
    "UPDATE ledgers SET name = 'Mine' WHERE name = 'Clients'",
    "UPDATE ledgers SET metadata = '{\"a\": \"c\"}' WHERE name = 'Clients'",
    "UPDATE ledgers SET closed_before = now() WHERE name = 'Clients'",
    "UPDATE ledgers SET name = 'Mine' WHERE name = 'General Ledger'",
    "DELETE FROM ledgers WHERE name = 'Clients'",
    "UPDATE balances SET floor = 0 WHERE tag = 't'",
    "UPDATE balances SET ceiling = 1000 WHERE tag = 't'",
    "UPDATE balances SET state = 'OPEN' WHERE tag = 't'",
    "UPDATE balances SET identity_id = NULL WHERE tag = 't'",
    "UPDATE balances SET tag = 'u' WHERE tag = 't'",
    "UPDATE balances SET group_name = NULL WHERE tag = 't'",
    "UPDATE balances SET metadata = '{}' WHERE tag = 't'",
    "UPDATE balances SET indicator = '@Mine' WHERE indicator = '@World'",
    "UPDATE balances SET ledger_id = '00000000-0000-7000-8000-000000000001' WHERE tag = 't'",
    "UPDATE identities SET attributes = '{}'",
    "UPDATE identities SET metadata = '{\"a\": 1}'",
    "UPDATE identities SET salt = gen_random_uuid()",
    "DELETE FROM identities",
    "UPDATE monitors SET conditions = '[]'",
    "UPDATE monitors SET trigger = 'LEVEL'",
    "UPDATE monitors SET description = NULL",
    "UPDATE monitors SET metadata = '{\"a\": 1}'",
    "DELETE FROM monitors",
    "INSERT INTO monitors SELECT subject_id, b.id, '[]', 'EDGE', NULL, '{}', NULL, now(), now()"
    " FROM events, balances b WHERE kind = 'MONITOR_DELETED' AND tag = 't'",
    "INSERT INTO identities SELECT subject_id, 'INDIVIDUAL', '{}', '{}', NULL, now(), now()"
    " FROM events WHERE kind = 'IDENTITY_DELETED'",
    "INSERT INTO ledgers SELECT gen_random_uuid(), 'Forged', '{}', NULL, now(), now()",
]


async def test_every_kind_of_tampering_is_named(books: asyncpg.Connection) -> None:
    """One thing is altered at a time, and then undone."""
    silent = {}
    for statement in TAMPERED:
        tampering = books.transaction(isolation="repeatable_read")
        await tampering.start()
        assert await books.execute(statement) not in ("UPDATE 0", "DELETE 0", "INSERT 0 0"), statement
        report = await verify(books)
        if not any(fault.startswith(SETTINGS) for fault in report.faults):
            silent[statement] = report.faults
        await tampering.rollback()
    assert silent == {}


async def test_a_request_id_that_was_forgotten_is_named(books: asyncpg.Connection) -> None:
    await books.execute("DELETE FROM creations")
    assert any(fault.startswith(CREATIONS) for fault in (await verify(books)).faults)


async def test_what_was_set_before_the_journal_told_it_is_counted_and_no_fault(books: asyncpg.Connection) -> None:
    """As in a database of an earlier version. The events are those of then: without a digest, and fewer."""
    await books.execute(
        "DELETE FROM events WHERE kind IN ('LEDGER_UPDATED', 'BALANCE_UPDATED', 'IDENTITY_DELETED', 'MONITOR_CREATED',"
        " 'MONITOR_UPDATED', 'MONITOR_DELETED')"
    )
    await books.execute("UPDATE events SET payload = (payload::jsonb - 'settings_digest')::json")
    report = await verify(books)
    assert [fault for fault in report.faults if fault.startswith(SETTINGS)] == []
    assert report.untold == 5  # a ledger, two balances, an identity and a monitor


async def test_subscribers_are_not_told_digests(server: Server) -> None:
    """Events that only tell the digest of settings are passed over."""
    till = await wire.open_balance(server)
    watching = await wire.watch_monitors(server)
    await a_day_of_administration(server)
    await wire.monitor(server, "BALANCE", "GREATER", 10, balance_id=till)
    await wire.record(server, wire.from_world("above", till, 50))
    events = await watching.events(2)
    assert [wire.kind(event) for event in events] == ["BALANCE_FROZEN", "MONITOR_FIRED"]
    assert events[1].monitor.balance_id == till
