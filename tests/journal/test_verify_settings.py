"""What administrators set is told by the journal: a change behind the service's back is found."""

import re
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
    verification_pb2,
)
from ledgerapi.v1.reconciliation_service_pb2 import DeleteExternalSourceRequest, UpdateExternalSourceRequest

from ledgerd.operations.verify import verify
from tests.conftest import Server, start_server, stop_server
from tests.rpc import records, rules, wire

SETTINGS = "settings are what was told of them"
CREATIONS = "request ids lead to what they created"
MAY_BE_DELETED = {"IDENTITY", "IDENTITIES", "VERIFICATION", "MONITOR", "BALANCES", "EXTERNAL_SOURCE", "UPLOAD"}
"""Of these the proof does not know whether they have been deleted since. Of balances made together, each is proved."""


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
    for person, outcome in ((people[0], "PENDING"), (people[0], "PASSED"), (people[1], "FAILED")):
        checked = verification_pb2.IdentityVerification(
            identity_id=person, kind="VERIFICATION_KIND_PEP", outcome=f"VERIFICATION_OUTCOME_{outcome}", provider="x"
        )
        await identities.CreateIdentityVerification(
            identity_service_pb2.CreateIdentityVerificationRequest(verification=checked, request_id=outcome)
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

    await the_same_of_sources(server, balance.id)
    await the_same_of_rules(server)


async def the_same_of_sources(server: Server, balance_id: str) -> None:
    bank = await records.source(server, request_id="s-1", balance_ids=[balance_id])
    await server.reconciliations.UpdateExternalSource(
        UpdateExternalSourceRequest(
            external_source={"id": bank.id, "settlement_window": {"days": 2}}, update_mask=mask("settlement_window")
        )
    )
    await records.upload(server, bank.id, [records.record("k")], request_id="u-1")
    dropped = await records.source(server, "Bank B", request_id="s-2", balance_ids=[balance_id])
    await records.upload(server, dropped.id, [records.record("k", "?")], request_id="u-2")
    await server.reconciliations.DeleteExternalSource(DeleteExternalSourceRequest(external_source_id=dropped.id))


async def the_same_of_rules(server: Server) -> None:
    rule = await rules.create(server, request_id="r-1")
    await rules.update(server, rule.id, name="Second")
    kept = await rules.create_set(server, rule.id, request_id="rs-1")
    await rules.update_set(server, kept.id, rules=rules.rules_of((rule.id, 1)))
    dropped = await rules.create(server, request_id="r-2")
    dropped_set = await rules.create_set(server, dropped.id, request_id="rs-2")
    await rules.delete_set(server, dropped_set.id)
    await rules.delete(server, dropped.id)


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
    "UPDATE balances SET status = 'OPEN' WHERE tag = 't'",
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
    "UPDATE identity_verifications SET outcome = 'PASSED' WHERE outcome = 'PENDING'",
    "UPDATE identity_verifications SET provider = NULL",
    "UPDATE identity_verifications SET expires_at = checked_at + interval '1 day'",
    "DELETE FROM identity_verifications WHERE outcome = 'PENDING'",
    "INSERT INTO identity_verifications SELECT gen_random_uuid(), identity_id, 'AGE', 'PASSED', NULL, now(), NULL,"
    " NULL, NULL, NULL, NULL, now() FROM identity_verifications LIMIT 1",
    "UPDATE monitors SET conditions = '[]'",
    "UPDATE monitors SET trigger = 'LEVEL'",
    "UPDATE monitors SET description = NULL",
    "UPDATE monitors SET metadata = '{\"a\": 1}'",
    "DELETE FROM monitors",
    "UPDATE external_sources SET sign_convention = 'MONEY_IN_IS_DEBIT'",
    "UPDATE external_sources SET format_profile = NULL",
    "DELETE FROM external_source_balances",
    "DELETE FROM external_sources",
    "UPDATE matching_rules SET version = 1",
    "UPDATE matching_rules SET deleted_at = now()",
    "UPDATE matching_rules SET deleted_at = NULL",
    "UPDATE matching_rule_versions SET body = '[]' WHERE version = 1",
    "UPDATE matching_rule_versions SET description = 'edited' WHERE version = 2",
    "UPDATE matching_rule_sets SET version = 1",
    "UPDATE matching_rule_sets SET deleted_at = NULL",
    "UPDATE matching_rule_set_versions SET name = 'edited'",
    "UPDATE matching_rule_set_rules SET rule_version = NULL",
    "DELETE FROM matching_rule_set_rules",
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


async def test_the_creations_of_every_noun_are_proved(books: asyncpg.Connection) -> None:
    known = await books.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'creation_noun_known'"
    )
    nouns = re.findall("'([A-Z_]+)'", known)
    assert len(nouns) > 10
    await books.executemany(
        "INSERT INTO creations (noun, request_id, subject_id, content, created_at)"
        " VALUES ($1, 'lost', gen_random_uuid(), '{}', now())",
        [(noun,) for noun in nouns],
    )
    faults = [fault for fault in (await verify(books)).faults if fault.startswith(CREATIONS)]
    assert {noun for noun in nouns if any(f" {noun}: " in fault for fault in faults)} == {*nouns} - MAY_BE_DELETED


async def test_what_was_set_before_the_journal_told_it_is_counted_and_no_fault(books: asyncpg.Connection) -> None:
    """As in a database of an earlier version. The events are those of then: without a digest, and fewer."""
    await books.execute(
        "DELETE FROM events WHERE kind IN ('LEDGER_UPDATED', 'BALANCE_UPDATED', 'IDENTITY_DELETED', 'MONITOR_CREATED',"
        " 'MONITOR_UPDATED', 'MONITOR_DELETED')"
    )
    await books.execute("UPDATE events SET payload = (payload::jsonb - 'settings_digest')::json")
    report = await verify(books)
    assert [fault for fault in report.faults if fault.startswith(SETTINGS)] == []
    assert report.untold == 8  # a ledger, two balances, an identity, a monitor, a source, a rule and a set of rules


async def test_subscribers_are_not_told_digests(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch_events(server)
    await a_day_of_administration(server)
    digests = await connection.fetch("SELECT payload ->> 'settings_digest' AS digest FROM events")
    told = "".join(map(str, await watching.events(len(digests))))
    assert [row["digest"] for row in digests if row["digest"] and row["digest"] in told] == []
