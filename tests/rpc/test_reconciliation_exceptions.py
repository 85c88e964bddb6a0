"""Exceptions: what stays open after a run, until somebody or a decision resolves it."""

from typing import Any

import asyncpg
from google.protobuf import field_mask_pb2
from ledgerapi.v1 import reconciliation_exception_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import records, wire
from tests.rpc.bank_runs import BY_REFERENCE, EXACT, Bank

KIND = reconciliation_exception_pb2.ReconciliationExceptionKind
STATUS = reconciliation_exception_pb2.ReconciliationExceptionStatus


def kinds(found: list[Any]) -> list[str]:
    return [KIND.Name(each.kind).removeprefix("RECONCILIATION_EXCEPTION_KIND_") for each in found]


def states(found: list[Any]) -> list[str]:
    return [STATUS.Name(each.status).removeprefix("RECONCILIATION_EXCEPTION_STATUS_") for each in found]


async def update(server: Server, exception_id: str, etag: str = "", **changes: Any) -> Any:
    request = pb.UpdateReconciliationExceptionRequest(
        reconciliation_exception={"id": exception_id, "etag": etag, **changes},
        update_mask=field_mask_pb2.FieldMask(paths=list(changes)),
    )
    return (await server.reconciliations.UpdateReconciliationException(request)).reconciliation_exception


async def test_a_run_opens_one_for_each_row_that_stays_open(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    await bank.post("fits", "1.00")
    await bank.post("odd", "5.00")
    await bank.post("alone", "7.00")
    await bank.tell(
        records.record("fits", "1.00", references=["fits"]),
        records.record("odd", "4.00", references=["odd"]),
        records.record("lost", "9.00"),
    )
    await bank.run(EXACT, BY_REFERENCE)
    found = await bank.exceptions()
    assert sorted(zip(kinds(found), [each.amount.decimal for each in found], strict=True)) == [
        ("DIFFERENCE", "1.00"), ("UNMATCHED", "7.00"), ("UNMATCHED", "9.00"),
    ]  # fmt: skip
    assert set(states(found)) == {"OPEN"}
    assert len([each for each in found if each.external_record_id]) == 2
    await bank.run(EXACT, BY_REFERENCE)
    assert len(await bank.exceptions()) == 3, "of a row one is open at a time"


async def test_young_rows_and_dry_runs_open_none(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection, settlement_window={"days": 60})
    await bank.post("new", "1.00")
    await bank.tell(records.record("old", "9.00"))
    await bank.run(dry_run=True)
    assert await bank.exceptions() == []
    await bank.run()
    (old,) = await bank.exceptions()
    assert old.external_record_id and old.row_date == "2026-03-31"


async def test_decisions_about_rows_resolve_them(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    entry = await bank.post("a", "1.00")
    odd = await bank.post("odd", "5.00")
    (record, lost, _) = await bank.tell(
        records.record("a", "2.00"), records.record("lost", "3.00"), records.record("odd", "4.00", references=["odd"])
    )
    run_id = await bank.run(EXACT, BY_REFERENCE)
    assert len(await bank.exceptions()) == 4
    made = await bank.create(run_id, [record], [entry], reason="A typing error of theirs")
    resolved = await bank.exceptions("status = RESOLVED")
    assert len(resolved) == 2
    assert {each.resolution for each in resolved} == {"A typing error of theirs"}
    assert {each.reconciliation_decision_id for each in resolved} == {made.reconciliation_decision.id}
    await bank.ignore([lost])
    assert kinds(await bank.exceptions("status = OPEN")) == ["DIFFERENCE"]
    await bank.confirm(run_id)
    assert await bank.exceptions("status = OPEN") == []
    await bank.release(run_id, 1)
    await bank.run(EXACT)
    assert len(await bank.exceptions("status = OPEN")) == 2
    assert odd.transaction_id in {each.entry.transaction_id for each in await bank.exceptions("status = OPEN")}


async def test_somebody_works_on_one_until_it_is_resolved(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    await bank.tell(records.record("lost", "9.00"))
    await bank.run()
    (opened,) = await bank.exceptions()
    begun = await update(
        server, opened.id, opened.etag, status="RECONCILIATION_EXCEPTION_STATUS_IN_PROGRESS", owner="ada"
    )
    assert (states([begun]), begun.owner) == (["IN_PROGRESS"], "ada")
    stale = await wire.rejection(update(server, opened.id, opened.etag, comment="x"))
    assert stale.reason == "ETAG_MISMATCH"
    assert (await bank.exceptions("owner = ada")) == [begun]
    lacking = update(server, opened.id, status="RECONCILIATION_EXCEPTION_STATUS_RESOLVED")
    assert list((await wire.rejection(lacking)).fields) == ["reconciliation_exception.resolution"]
    resolved = await update(
        server, opened.id, status="RECONCILIATION_EXCEPTION_STATUS_RESOLVED", resolution="Their mistake"
    )
    assert resolved.HasField("resolve_time") and resolved.resolution == "Their mistake"
    assert (await wire.rejection(update(server, opened.id, comment="x"))).reason == "RECONCILIATION_EXCEPTION_RESOLVED"
    request = pb.GetReconciliationExceptionRequest(reconciliation_exception_id=opened.id)
    assert (await server.reconciliations.GetReconciliationException(request)).reconciliation_exception == resolved
    request.reconciliation_exception_id = "rex_01hzzzzzzzzzzzzzzzzzzzzzzz"
    missing = await wire.rejection(server.reconciliations.GetReconciliationException(request))
    assert missing.reason == "RECONCILIATION_EXCEPTION_NOT_FOUND"


async def test_open_ones_are_counted_by_their_age(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection, age_bucket_days=[10, 100])
    await bank.post("new", "1.00")
    await bank.tell(records.record("old", "9.00"), records.record("older", "8.00", booking_date="2026-03-30"))
    await bank.run()
    request = pb.ListReconciliationExceptionsRequest(age_buckets_external_source_id=bank.source.id)
    page = await server.reconciliations.ListReconciliationExceptions(request)
    buckets = [(each.from_days, each.to_days, each.open_count) for each in page.age_buckets]
    assert buckets == [(0, 9, 1), (10, 99, 0), (100, 0, 2)]
    assert [each.HasField("to_days") for each in page.age_buckets] == [True, True, False]
    assert sorted(each.age_bucket_days for each in page.reconciliation_exceptions) == [0, 100, 100]


async def test_age_buckets_ascend(server: Server, connection: asyncpg.Connection) -> None:
    for wrong in ([0], [7, 7], [7, 1], [3_651]):
        rejected = await wire.rejection(Bank.open(server, connection, age_bucket_days=wrong))
        assert rejected.reason == "FIELD_INVALID"
    bank = await Bank.open(server, connection)
    assert list(bank.source.age_bucket_days) == [1, 7, 30, 90]


async def test_those_of_all_sources_are_listed(server: Server, connection: asyncpg.Connection) -> None:
    first, second = [await Bank.open(server, connection) for _ in range(2)]
    lost = await first.post("lost", "1.00")
    await second.tell(records.record("k", "9.00"))
    runs = [await bank.run() for bank in (first, second)]

    async def amounts(filter_text: str = "") -> list[str]:
        request = pb.ListReconciliationExceptionsRequest(filter=filter_text, order_by="create_time")
        page = await server.reconciliations.ListReconciliationExceptions(request)
        assert not page.age_buckets
        return [each.amount.decimal for each in page.reconciliation_exceptions]

    assert await amounts() == ["1.00", "9.00"]
    assert await amounts(f"external_source_id = {second.source.id}") == ["9.00"]
    assert await amounts(f"reconciliation_id = {runs[0]}") == ["1.00"]
    assert await amounts(f"transaction_id = {lost.transaction_id}") == ["1.00"]
    assert await amounts("external_source_id = src_01hzzzzzzzzzzzzzzzzzzzzzzz") == []
    nobody = pb.ListReconciliationExceptionsRequest(age_buckets_external_source_id="src_01hzzzzzzzzzzzzzzzzzzzzzzz")
    missing = await wire.rejection(server.reconciliations.ListReconciliationExceptions(nobody))
    assert missing.reason == "EXTERNAL_SOURCE_NOT_FOUND"
