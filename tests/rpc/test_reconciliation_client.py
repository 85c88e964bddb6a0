"""The Python client asks for runs and follows them to their end."""

import asyncio
import threading
from pathlib import Path

import asyncpg
import pytest
from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerd_client import (
    LedgerClient,
    Malformed,
    NotFound,
    confirm_statement,
    export,
    post_adjustments,
    reconcile,
    reconciliation_adjustments,
    reject_adjustments,
    reverse_adjustment,
    statement,
    wait_for_reconciliation,
)
from ledgerd_client import sync as synchronous

from tests.conftest import Server
from tests.rpc import bank_runs, records, rules, runs, wire
from tests.rpc.bank_runs import Bank
from tests.rpc.statement_books import today


async def request(server: Server) -> pb.StartReconciliationRequest:
    """A run over two equal sides."""
    source_id, balance_id, rule_id = await runs.bank(server)
    await runs.movements(server, balance_id, 3)
    await records.upload(server, source_id, runs.told(3))
    return pb.StartReconciliationRequest(external_source_id=source_id, matching_rules=[{"matching_rule_id": rule_id}])


async def test_a_run_is_started_and_followed_to_its_end(server: Server) -> None:
    asked = await request(server)
    async with LedgerClient(server.target) as client:
        told: list[runs.Run] = []
        found = await reconcile(client, asked, on_progress=told.append)
        assert (told[-1], {run.id for run in told}) == (found, {found.id})
        assert runs.totals(found) == {("USD", "MATCHED"): (3, "3.00", 3, "3.00")} and not asked.request_id
        asked.request_id = "mine"
        assert await reconcile(client, asked) == await reconcile(client, asked)
        with pytest.raises(NotFound):
            await wait_for_reconciliation(client, f"rec_{rules.NOBODY}")


async def test_a_statement_is_drawn_up_confirmed_and_written_into_a_file(server: Server, tmp_path: Path) -> None:
    source_id, balance_id, _ = await runs.bank(server)
    await runs.movements(server, balance_id, 1)
    scope = {"external_source_id": source_id, "currency": "USD", "date": f"{today()}"}
    asked = pb.CreateReconciliationStatementRequest(scope=scope)
    wanted = pb.ExportReconciliationStatementRequest(
        scope=scope,
        content=pb.RECONCILIATION_EXPORT_CONTENT_UNMATCHED_ROWS,
        format=pb.RECONCILIATION_EXPORT_FORMAT_CSV,
    )
    path = tmp_path / "rows.csv"

    def write() -> pb.ExportReconciliationStatementStarted:
        with synchronous.LedgerClient(server.target) as client, path.open("wb") as file:
            return synchronous.export(client, wanted, file)

    async with LedgerClient(server.target) as client:
        found = await statement(client, asked)
        signed = await confirm_statement(client, found.id, "Seen.", request_id="mine")
        assert signed == await confirm_statement(client, found.id, "Seen.", request_id="mine")
        with path.open("wb") as file:
            started = await export(client, wanted, file)
    assert started.content_type.startswith("text/csv")
    assert len(path.read_text().splitlines()) == 1 + 1
    assert await asyncio.to_thread(write) == started
    assert len(path.read_text().splitlines()) == 1 + 1


async def test_adjustments_are_decided_about(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    await bank.post("much", "100.00")
    await bank.tell(*(records.record(key, "-1.00", description="fee", group_key=key) for key in "abcd"))
    run_id = await bank.run(bank_runs.of_records("fee"))
    async with LedgerClient(server.target) as client:
        found = [
            each.id
            async for each in reconciliation_adjustments(
                client, filter=f"reconciliation_id = {run_id}", order_by="create_time"
            )
        ]
        for _ in range(2):
            assert (await post_adjustments(client, run_id, adjustment_ids=found[:1], reason="seen")).posted_count == 1
        assert (await reverse_adjustment(client, found[0], reason="A mistake.")).reversal_transaction_id
        with pytest.raises(Malformed):
            await post_adjustments(client, run_id, adjustment_ids=[])
        assert (await reject_adjustments(client, run_id, adjustment_ids=found[1:2], reason="x")).rejected_count == 1

    def work() -> None:
        with synchronous.LedgerClient(server.target) as client:
            left = synchronous.reconciliation_adjustments(client, filter="status = PROPOSED")
            assert {each.id for each in left} == set(found[2:])
            assert synchronous.post_adjustments(client, run_id, adjustment_ids=found[2:3]).posted_count == 1
            assert synchronous.reverse_adjustment(client, found[2], reason="x").id == found[2]
            assert synchronous.reject_adjustments(client, run_id, reason="x").rejected_count == 1

    await asyncio.to_thread(work)
    assert await wire.balance(server, "@BankFees") == 0


async def test_the_same_holds_for_synchronous_code(server: Server) -> None:
    asked = await request(server)

    def run() -> runs.Run:
        with synchronous.LedgerClient(server.target) as client:
            threads: set[threading.Thread] = set()
            found = synchronous.reconcile(client, asked, on_progress=lambda _: threads.add(threading.current_thread()))
            assert synchronous.wait_for_reconciliation(client, found.id) == found
            assert threads == {threading.current_thread()}
            return found

    assert runs.status(await asyncio.to_thread(run)) == "FINISHED"
