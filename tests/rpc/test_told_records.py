"""The records that a run brings along: a rejected request and a dry run leave none of them in the source."""

from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.core.model import limits
from tests.conftest import Server
from tests.rpc import records, rules, runs, wire
from tests.rpc.arrivals import Arriving

_NOTHING = "SELECT (SELECT count(*) FROM uploads) + (SELECT count(*) FROM upload_parts)"
_NOBODY: dict[str, dict[str, Any]] = {
    "MATCHING_RULE_NOT_FOUND": {"matching_rules": [{"matching_rule_id": f"rul_{rules.NOBODY}"}]},
    "BALANCE_NOT_FOUND": {"balance_ids": [f"bln_{rules.NOBODY}"]},
    "LEDGER_NOT_FOUND": {"ledger_ids": [f"ldg_{rules.NOBODY}"]},
}


@pytest.mark.parametrize("reason", _NOBODY)
async def test_a_rejected_start_leaves_no_records_and_the_corrected_one_compares_them(
    server: Server, connection: asyncpg.Connection, reason: str
) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    await runs.movements(server, balance_id, 1)
    usual = {"external_source_id": source_id, "external_records": runs.told(1), "request_id": "r"}
    usual["matching_rules"] = [{"matching_rule_id": rule_id}]
    wrong = pb.StartReconciliationRequest(**(usual | _NOBODY[reason]))
    assert (await wire.rejection(server.reconciliations.StartReconciliation(wrong))).reason == reason
    assert await connection.fetchval(_NOTHING) == 0
    begun = await server.reconciliations.StartReconciliation(pb.StartReconciliationRequest(**usual))
    found = await runs.ended(server, begun.reconciliation.id)
    assert runs.totals(found) == {("USD", "MATCHED"): (1, "1.00", 1, "1.00")}


async def test_where_no_more_runs_are_accepted_no_records_are_kept(
    server: Server, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    source_id, _, rule_id = await runs.bank(server)
    monkeypatch.setattr(limits, "RECONCILIATIONS_OPEN_MAX", 0)
    busy = await wire.rejection(runs.begun(server, source_id, rule_id, external_records=runs.told(1)))
    assert busy.reason == "TOO_BUSY"
    assert await connection.fetchval(_NOTHING) == 0


async def test_a_dry_run_compares_records_and_keeps_them_out_of_the_source(server: Server) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    await runs.movements(server, balance_id, 2)
    dry = await runs.run(server, source_id, rule_id, external_records=runs.told(2), dry_run=True)
    assert runs.totals(dry) == {("USD", "MATCHED"): (2, "2.00", 2, "2.00")}
    assert [each async for each in records.every(server, f"external_source_id = {source_id}")] == []
    brought = [each async for each in records.every(server, f"upload_id = {dry.upload_ids[0]}")]
    assert [(each.key, each.external_source_id) for each in brought] == [("k0", ""), ("k1", "")]
    again = await runs.replay(server, dry.id)
    assert runs.totals(again) == runs.totals(dry)
    of_all = await runs.run(server, source_id, rule_id)
    assert runs.totals(of_all) == {("USD", "UNMATCHED"): (0, "0.00", 2, "2.00")}
    refused = await wire.rejection(runs.begun(server, source_id, rule_id, upload_ids=dry.upload_ids))
    assert (refused.reason, refused.fields) == ("FIELD_INVALID", ("upload_ids[0]",))
    real = await runs.run(server, source_id, rule_id, external_records=runs.told(2))
    assert runs.totals(real) == {("USD", "MATCHED"): (2, "2.00", 2, "2.00")}


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_run_compares_records_that_the_source_had_already(server: Server, dry_run: bool) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    await runs.movements(server, balance_id, 3)
    await records.upload(server, source_id, runs.told(2))
    found = await runs.run(server, source_id, rule_id, external_records=runs.told(2, first=1), dry_run=dry_run)
    assert runs.totals(found) == {
        ("USD", "MATCHED"): (2, "2.00", 2, "2.00"),
        ("USD", "UNMATCHED"): (0, "0.00", 1, "1.00"),
    }


async def test_a_dry_run_is_no_arrival(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Arriving.open(server, connection, confirms=True)
    await bank.post("ref-0", "1.00")
    dry = await runs.run(server, bank.source_id, bank.rule_id, external_records=runs.told(1), dry_run=True)
    assert runs.totals(dry) == {("USD", "MATCHED"): (1, "1.00", 1, "1.00")}
    arrived = "SELECT arrivals::integer, match_at FROM source_arrivals"
    assert tuple(await connection.fetchrow(arrived)) == (0, None)
