"""What follows when something arrives at a source."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from google.protobuf import field_mask_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.access.caller import ARRIVAL
from ledgerd.core.model import ids
from ledgerd.operations import source_arrivals, upload_reading
from tests.conftest import Server, start_server, stop_server
from tests.rpc import records, rules, runs, wire, woken
from tests.rpc.arrivals import (
    BEGUN_BY,
    MT940,
    Arriving,
    event_kind,
    moment,
    source_of,
    statement,
    told,
    told_some,
    until,
)  # fmt: skip
from tests.rpc.bank_runs import BY_REFERENCE, EXACT, Bank


async def test_an_upload_is_matched_once(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Arriving.open(server, connection)
    await bank.post("ref-0", "1.00")
    await bank.tell(*runs.told(1))
    (run,) = await bank.done(1)
    assert (runs.status(run), run.created_by, run.matching_rule_set_id) == ("FINISHED", BEGUN_BY, bank.set_id)
    assert runs.totals(run) == {("USD", "MATCHED"): (1, "1.00", 1, "1.00")}
    await bank.tell(*runs.told(1, first=1))
    first, second = await bank.done(2)
    assert first == run
    assert runs.totals(second) == {
        ("USD", "MATCHED"): (1, "1.00", 1, "1.00"), ("USD", "UNMATCHED"): (1, "1.00", 0, "0.00"),
    }  # fmt: skip


async def test_matches_of_trusted_rules_are_confirmed(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Arriving.open(server, connection, confirms=True)
    await bank.post("ref-0", "1.00")
    await bank.tell(*runs.told(1))
    (run,) = await bank.done(1)
    request = pb.ListReconciliationDecisionsRequest(filter=f"external_source_id = {bank.source_id}")
    (decision,) = (await server.reconciliations.ListReconciliationDecisions(request)).reconciliation_decisions
    assert (decision.reconciliation_id, decision.match_count, decision.created_by) == (run.id, 1, BEGUN_BY)
    await bank.tell(*runs.told(1, first=1))
    _, second = await bank.done(2)
    assert runs.totals(second) == {("USD", "UNMATCHED"): (1, "1.00", 0, "0.00")}
    assert len((await server.reconciliations.ListReconciliationDecisions(request)).reconciliation_decisions) == 1


async def test_what_arrives_during_a_run_has_one_further_run(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Arriving.open(server, connection)
    # The first run is begun, and nobody works on it.
    await connection.execute(
        """
        CREATE FUNCTION lease_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.lease_token := gen_random_uuid();
            NEW.leased_until := 'infinity';
            RETURN NEW;
        END $$;
        CREATE TRIGGER lease_for_ever BEFORE INSERT ON reconciliations FOR EACH ROW EXECUTE FUNCTION lease_for_ever();
        """
    )
    await bank.tell(*runs.told(1))
    await until(connection, "EXISTS (SELECT FROM reconciliations)")
    await connection.execute("DROP TRIGGER lease_for_ever ON reconciliations")
    for number in range(1, 4):
        await bank.tell(*runs.told(1, first=number))
    (open_run,) = await bank.begun()
    await connection.execute("UPDATE reconciliations SET lease_token = NULL, leased_until = NULL")
    first, second = await bank.done(2)
    assert first.id == open_run.id
    assert runs.totals(second) == {("USD", "UNMATCHED"): (4, "4.00", 0, "0.00")}


async def test_a_run_waits_for_more_to_arrive(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Arriving.open(server, connection, debounce=3_600)
    await bank.tell(*runs.told(1))
    (first_due,) = await connection.fetch("SELECT match_at FROM source_arrivals")
    await bank.tell(*runs.told(1, first=1))
    (due,) = await connection.fetch("SELECT match_at FROM source_arrivals")
    assert due == first_due and due["match_at"] - datetime.now(UTC) > timedelta(minutes=50)
    assert await bank.begun() == []
    await connection.execute("UPDATE source_arrivals SET match_at = now()")
    (run,) = await bank.done(1)
    assert runs.totals(run) == {("USD", "UNMATCHED"): (2, "2.00", 0, "0.00")}


async def test_a_day_that_begins_has_a_run_where_the_ledger_moved(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Arriving.open(server, connection)
    look = "UPDATE source_arrivals SET look_at = now() - interval '1 second'"
    await connection.execute(look)
    await bank.post("ref-0", "1.00")
    await connection.execute(look)
    (run,) = await bank.done(1)
    assert runs.totals(run) == {("USD", "UNMATCHED"): (0, "0.00", 1, "1.00")}
    await connection.execute(look)
    await until(connection, "look_at > now() FROM source_arrivals")
    assert len(await bank.done(1)) == 1, "nothing moved since"


async def test_a_source_matches_no_longer_when_it_is_told_so(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Arriving.open(server, connection, debounce=3_600)
    await bank.tell(*runs.told(1))
    delete = await wire.rejection(rules.delete_set(server, bank.set_id))
    assert (delete.reason, delete.details["external_source"]) == ("MATCHING_RULE_SET_IN_USE", bank.source_id)
    request = pb.UpdateExternalSourceRequest(
        external_source={"id": bank.source_id}, update_mask=field_mask_pb2.FieldMask(paths=["match_on_arrival"])
    )
    changed = (await server.reconciliations.UpdateExternalSource(request)).external_source
    assert not changed.HasField("match_on_arrival")
    assert await connection.fetchval("SELECT match_at IS NULL AND look_at IS NULL FROM source_arrivals")
    await rules.delete_set(server, bank.set_id)
    (event,) = await told_some(server, 1, "EXTERNAL_SOURCE_UPDATED")
    assert list(event.external_source.changed_fields) == ["match_on_arrival"]
    request.external_source.match_on_arrival.matching_rule_set_id = bank.set_id
    again = await wire.rejection(server.reconciliations.UpdateExternalSource(request))
    assert again.reason == "MATCHING_RULE_SET_NOT_FOUND"


NOBODY = rules.NOBODY


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"match_on_arrival": {}}, "match_on_arrival.matching_rule_set_id"),
        (
            {"match_on_arrival": {"matching_rule_set_id": f"rst_{NOBODY}", "debounce_seconds": 3_601}},
            "match_on_arrival.debounce_seconds",
        ),
        (
            {"match_on_arrival": {"matching_rule_set_id": f"rst_{NOBODY}", "auto_confirmed_matching_rule_ids": ["x"]}},
            "match_on_arrival.auto_confirmed_matching_rule_ids[0]",
        ),
        ({"expected_every": {}}, "expected_every"),
        ({"expected_every": {"within_business_days": 61}}, "expected_every.within_business_days"),
        ({"expected_every": {"within_seconds": 59}}, "expected_every.within_seconds"),
    ],
)
async def test_what_is_malformed_is_named(server: Server, fields: dict[str, Any], field: str) -> None:
    rejection = await wire.rejection(records.source(server, **fields))
    assert (rejection.reason, list(rejection.fields)) == ("FIELD_INVALID", [f"external_source.{field}"])


async def test_nobody_confirms_automatically_where_another_caller_must(
    server: Server, connection: asyncpg.Connection
) -> None:
    rejection = await wire.rejection(
        Arriving.open(server, connection, confirms=True, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    )
    assert list(rejection.fields) == ["external_source.match_on_arrival.auto_confirmed_matching_rule_ids"]
    unknown = {"matching_rule_set_id": (await rules.create_set(server, (await rules.create(server)).id)).id}
    unknown["auto_confirmed_matching_rule_ids"] = [f"rul_{NOBODY}"]  # type: ignore[assignment]
    assert (await wire.rejection(records.source(server, match_on_arrival=unknown))).reason == "MATCHING_RULE_NOT_FOUND"


async def test_two_servers_begin_one_run(dsn: str, connection: asyncpg.Connection) -> None:
    """Both found the same to be due; and one of them had found less."""
    await connection.execute("INSERT INTO leases VALUES ('arrivals', gen_random_uuid(), 'infinity')")
    async with wire.two_servers(dsn) as servers:
        bank = await Arriving.open(servers[0], connection)
        engines = [server.app._engine for server in servers]
        found = []
        for number in range(2):
            await bank.tell(*runs.told(1, first=number))
            found += [await source_arrivals.due(engine, ARRIVAL, 10) for engine in engines]
        every = [due for (due,) in found]
        assert [due.arrivals for due in every] == [1, 1, 2, 2]
        begun = await asyncio.gather(
            *(source_arrivals.begin(engine, ARRIVAL, due) for engine in engines for due in every),
            return_exceptions=True,
        )
        (run_id,) = [outcome for outcome in begun if isinstance(outcome, uuid.UUID)]
        assert len([outcome for outcome in begun if isinstance(outcome, source_arrivals.NotDue)]) == len(begun) - 1
        (run,) = await bank.begun()
        assert run.id == ids.encode(ids.RECONCILIATION, run_id.int)


async def test_a_server_that_stops_leaves_the_work_to_the_others_at_once(
    dsn: str, connection: asyncpg.Connection
) -> None:
    leased = "EXISTS (SELECT FROM leases WHERE name = 'arrivals' AND until > clock_timestamp())"
    stopping = await start_server(dsn)
    await until(connection, leased)
    await stop_server(stopping)
    assert not await connection.fetchval(f"SELECT {leased}")


@pytest.mark.tuned(**woken.ALL)
async def test_chunks_of_an_open_upload_are_matched(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Arriving.open(server, connection, confirms=True, each_chunk=True)
    for number in range(2):
        await bank.post(f"ref-{number}", "1.00")
    stream = records.Upload(server)
    options = {"external_source_id": bank.source_id, "content": records.RECORDS, "declared_record_count": 4}
    await stream.open(**options)
    await stream.chunk(runs.told(1))
    (first,) = await bank.done(1)
    assert runs.totals(first) == {
        ("USD", "MATCHED"): (1, "1.00", 1, "1.00"),
        ("USD", "UNMATCHED"): (0, "0.00", 1, "1.00"),
    }
    await stream.chunk([records.record("bad", "?"), *runs.told(2)])
    _, second = await bank.done(2)
    assert runs.totals(second) == {("USD", "MATCHED"): (1, "1.00", 1, "1.00")}
    await stream.chunk(runs.told(1, first=2))
    done = await stream.finish()
    counts = (done.record_count, done.new_record_count, done.known_record_count, done.fault_count)
    assert (records.status(done), *counts) == ("FINISHED", 4, 3, 0, 2)
    assert await records.keys(server) == ["k0", "k1", "k2"]
    assert await records.faults(server, done.id) == [(2, "amount", "AMOUNT_INVALID"), (3, "key", "KEY_REPEATED")]
    assert len(await told(server, "UPLOAD_FINISHED")) <= 1


async def test_an_open_upload_that_nobody_goes_on_with_keeps_what_it_brought(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Arriving.open(server, connection, each_chunk=True)
    stream = records.Upload(server)
    upload_id = (await stream.open(external_source_id=bank.source_id, content=records.RECORDS)).upload.id
    await stream.chunk(runs.told(1))
    await bank.done(1)
    await connection.execute("UPDATE uploads SET received_at = received_at - interval '25 hours'")
    await upload_reading.give_up_idle(server.app._engine, ARRIVAL)
    request = pb.GetUploadRequest(upload_id=upload_id)
    found = (await server.reconciliations.GetUpload(request)).upload
    assert (records.status(found), found.new_record_count) == ("FINISHED", 1)
    assert await records.faults(server, upload_id) == [(0, "", "NOT_FINISHED")]


# Lateness --------------------------------------------------------------------------------------


async def test_a_source_is_late_once_until_something_arrives(dsn: str, connection: asyncpg.Connection) -> None:
    become_late = "UPDATE source_arrivals SET expected_at = now() - interval '1 hour' RETURNING expected_at"
    async with wire.two_servers(dsn) as (server, _):
        bank = await records.source(server, expected_every={"within_seconds": 3_600})
        assert not bank.HasField("late_since")
        for number in (1, 2):
            expected_at = await connection.fetchval(become_late)
            *_, event = await told_some(server, number, "EXTERNAL_SOURCE_LATE")
            assert event.external_source_late.external_source_id == bank.id
            assert moment(event.external_source_late.late_since) == expected_at
            late = await source_of(server, bank.id)
            assert moment(late.late_since) == expected_at and late.etag == bank.etag
            await records.upload(server, bank.id, records.records(1, first=number))
            assert not (await source_of(server, bank.id)).HasField("late_since")
            assert await connection.fetchval("SELECT expected_at > now() FROM source_arrivals")
        assert len(await told(server, "EXTERNAL_SOURCE_LATE")) == 2


async def test_another_cadence_ends_lateness(server: Server, connection: asyncpg.Connection) -> None:
    bank = await records.source(server, expected_every={"within_business_days": 1})
    await connection.execute("UPDATE source_arrivals SET expected_at = now()")
    await until(connection, "late_since IS NOT NULL FROM source_arrivals")
    request = pb.UpdateExternalSourceRequest(
        external_source={"id": bank.id, "expected_every": {"within_business_days": 2}},
        update_mask=field_mask_pb2.FieldMask(paths=["expected_every"]),
    )
    changed = (await server.reconciliations.UpdateExternalSource(request)).external_source
    assert changed.expected_every.within_business_days == 2 and not changed.HasField("late_since")
    request.external_source.ClearField("expected_every")
    changed = (await server.reconciliations.UpdateExternalSource(request)).external_source
    assert not changed.HasField("expected_every")
    assert await connection.fetchval("SELECT expected_at IS NULL FROM source_arrivals")


# Settlement windows ------------------------------------------------------------------------------


async def wait_no_longer(server: Server, source_id: str) -> None:
    """The windows of the source end now."""
    request = pb.UpdateExternalSourceRequest(
        external_source={"id": source_id}, update_mask=field_mask_pb2.FieldMask(paths=["settlement_window"])
    )
    await server.reconciliations.UpdateExternalSource(request)


async def test_a_window_that_passes_opens_an_exception_without_a_run(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection, settlement_window={"days": 60})
    entry = await bank.post("alone", "1.00")
    await bank.post("odd", "5.00", effective_time=wire.in_seconds(-3600))
    ignored = await bank.post("ignored", "3.00")
    today = datetime.now(UTC).date().isoformat()
    await bank.tell(
        records.record("odd", "4.00", references=["odd"], booking_date=today),
        records.record("new", "9.00", booking_date=today),
    )
    run_id = await bank.run(EXACT, BY_REFERENCE)
    assert await bank.exceptions() == []
    await bank.ignore(entries=[ignored])
    await wait_no_longer(server, bank.source.id)
    (event,) = await told_some(server, 1, "RECONCILIATION_EXCEPTIONS_OPENED")
    opened = event.reconciliation_exception
    assert (opened.reconciliation_id, opened.exception_count) == (run_id, 3)
    found = await bank.exceptions()
    assert sorted(each.amount.decimal for each in found) == ["1.00", "1.00", "9.00"]
    assert entry in [each.entry for each in found] and ignored not in [each.entry for each in found]
    assert await connection.fetchval("SELECT count(*) FROM settlement_windows") == 0


async def test_a_window_of_business_days_ends_when_they_are_over(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection, settlement_window={"business_days": 60})
    friday = datetime.now(UTC).date()
    while friday.isoweekday() != 5:
        friday -= timedelta(days=1)
    await bank.tell(records.record("a", "1.00", booking_date=friday.isoformat()))
    await bank.run()
    (due_at,) = await connection.fetchrow("SELECT due_at FROM settlement_windows")
    assert due_at.date() == friday + timedelta(days=84)


async def test_a_row_that_a_later_run_matches_waits_no_longer(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection, settlement_window={"days": 60})
    await bank.post("a", "1.00")
    await bank.post("b", "2.00")
    await bank.run()
    waiting = "SELECT count(*) FROM settlement_windows"
    assert await connection.fetchval(waiting) == 2
    await bank.tell(records.record("a", "1.00", references=["a"]))
    await bank.run()
    assert await connection.fetchval(waiting) == 1
    await wait_no_longer(server, bank.source.id)
    await told_some(server, 1, "RECONCILIATION_EXCEPTIONS_OPENED")
    assert [each.amount.decimal for each in await bank.exceptions()] == ["2.00"]


# Proofs ----------------------------------------------------------------------------------------


@pytest.mark.tuned(**woken.ALL)
async def test_balances_are_proved_after_an_arrival(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Arriving.open(server, connection, confirms=True, currency="EUR", format_profile=MT940)
    day = await bank.post("ref-0", "1.00", currency="EUR")
    await records.upload(server, bank.source_id, statement(day, 1, opening="5,00", amount="1,00", closing="6,00"))
    (run,) = await bank.done(1)
    (event,) = await told_some(server, 1, "RECONCILIATION_PROVED", "RECONCILIATION_DIFFERENCE_FOUND")
    told, proof = event.reconciliation_proof, event.reconciliation_proof.proof
    assert event_kind(event) == "RECONCILIATION_PROVED"
    assert (told.external_source_id, told.reconciliation_id) == (bank.source_id, run.id)
    assert (told.currency, told.date) == ("EUR", day.isoformat())
    amounts = [proof.bank_balance, proof.opening, proof.ledger_balance, proof.only_in_bank, proof.unexplained]
    assert [each.decimal for each in amounts] == ["6.00", "5.00", "1.00", "0.00", "0.00"]
    assert {each.currency for each in amounts} == {"EUR"}
    # The bank's next statement begins with more than the last one ended with: a record is missing.
    await records.upload(server, bank.source_id, statement(day, 2, opening="8,00", amount="2,00", closing="10,00"))
    await bank.done(2)
    _, event = await told_some(server, 2, "RECONCILIATION_PROVED", "RECONCILIATION_DIFFERENCE_FOUND")
    told, proof = event.reconciliation_proof, event.reconciliation_proof.proof
    assert event_kind(event) == "RECONCILIATION_DIFFERENCE_FOUND"
    assert (proof.only_in_bank.decimal, told.only_in_bank_count) == ("2.00", 1)
    missing = [proof.unexplained.decimal, proof.records_missing.decimal, proof.entries_missing.decimal]
    assert missing == ["-2.00", "2.00", "0.00"]
