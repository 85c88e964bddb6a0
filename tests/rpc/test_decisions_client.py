"""The Python client reads what a run found and decides about it, with the rows as lists return them."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest
from ledgerapi.v1.reconciliation_exception_pb2 import (
    RECONCILIATION_EXCEPTION_STATUS_IN_PROGRESS,
    RECONCILIATION_EXCEPTION_STATUS_RESOLVED,
)
from ledgerd_client import (
    Conflict,
    LedgerClient,
    Malformed,
    NotFound,
    Rejected,
    bank_statements,
    confirm_matches,
    create_match,
    explain_match,
    explain_pair,
    ignore_rows,
    matches,
    reconciliation_decisions,
    reconciliation_exceptions,
    reject_matches,
    release_match,
    restore_rows,
    unmatched_rows,
    update_exception,
    upload_faults,
)
from ledgerd_client import sync as synchronous

from tests.conftest import Server
from tests.rpc import records, rules
from tests.rpc.bank_runs import EXACT, Bank, status

MT940 = b""":20:ONE
:25:NL08ABNA0123456789
:28C:1
:60F:C260330USD1,00
:61:260331C2,00NTRFref-1
:62F:C260331USD3,00
-
"""


async def bank_of(server: Server, connection: asyncpg.Connection, fitting: int = 2) -> tuple[Bank, str]:
    """A finished run: so many rows of both sides fit, and one of each side does not."""
    bank = await Bank.open(server, connection)
    for number in range(fitting):
        await bank.post(f"ref-{number}", "1.00")
    await bank.post("alone", "7.00")
    told = [records.record(f"k{number}", "1.00", references=[f"ref-{number}"]) for number in range(fitting)]
    await bank.tell(*told, records.record("lost", "9.00", references=["alone"]))
    return bank, await bank.run(EXACT)


async def test_what_a_run_found_is_read_over_all_pages(server: Server, connection: asyncpg.Connection) -> None:
    _, run = await bank_of(server, connection, fitting=101)
    async with LedgerClient(server.target) as client:
        assert [match.number async for match in matches(client, run)] == list(range(1, 102)), "a page has 100"
        assert [match.number async for match in matches(client, run, order_by="number desc")][:2] == [101, 100]
        assert [match async for match in matches(client, run, filter="has_difference = true")] == []
        lost, alone = [row async for row in unmatched_rows(client, run, nearest_count=1)]
        assert (lost.record.key, lost.nearest[0].entry) == ("lost", alone.entry)
        explained = await explain_match(client, run, 1)
        assert explained.reconciliation_match.explanation.fits and explained.reconciliation_match.records[0].key == "k0"
        pair = await explain_pair(client, run, lost.record, alone.entry)
        key = (alone.entry.transaction_id, alone.entry.balance_id)
        assert not pair.explanations[0].fits
        assert await explain_pair(client, run, lost.record.id, key, rule_place=1) == pair
        with pytest.raises(NotFound):
            await anext(matches(client, f"rec_{rules.NOBODY}"))


async def test_matches_are_confirmed_rejected_and_released(server: Server, connection: asyncpg.Connection) -> None:
    _, run = await bank_of(server, connection)
    async with LedgerClient(server.target) as client:
        with pytest.raises(ValueError, match="only one"):
            await confirm_matches(client, run, numbers=[1], rule_place=1)
        with pytest.raises(Malformed):
            await confirm_matches(client, run, numbers=[])
        rejected = await reject_matches(client, run, numbers=[2], reason="Another payer.")
        assert rejected.reconciliation_decision.match_count == 1
        confirmed = await confirm_matches(client, run, request_id="all")
        assert (await confirm_matches(client, run, request_id="all")).replayed
        released = await release_match(client, run, 1, reason="A mistake.")
        assert [status(match) async for match in matches(client, run)] == ["RELEASED", "REJECTED"]
        assert status(released.reconciliation_match) == "RELEASED"
        told = [decision.id async for decision in reconciliation_decisions(client, filter=f"reconciliation_id = {run}")]
        assert told == [each.reconciliation_decision.id for each in (released, confirmed, rejected)]
    assert (confirmed.reconciliation_decision.match_count, confirmed.skipped_count) == (1, 0)


async def test_rows_are_matched_by_hand_ignored_and_restored(server: Server, connection: asyncpg.Connection) -> None:
    bank, run = await bank_of(server, connection)
    async with LedgerClient(server.target) as client:
        lost, alone = [row async for row in unmatched_rows(client, run)]
        with pytest.raises(TypeError, match="a list of records"):
            await ignore_rows(client, bank.source.id, records=lost.record.id, reason="A test payment.")
        rows = {"records": [lost.record], "entries": [alone.entry], "reason": "Seen on paper."}
        await ignore_rows(client, bank.source.id, **rows)
        with pytest.raises(Rejected) as caught:
            await create_match(client, run, **rows)
        assert caught.value.reason == "ROW_CLAIMED"
        await restore_rows(client, bank.source.id, **rows)
        made = (await create_match(client, run, **rows)).reconciliation_match
    assert (made.number, made.difference.decimal, status(made)) == (3, "2.00", "CONFIRMED")


async def test_exceptions_are_listed_and_changed(server: Server, connection: asyncpg.Connection) -> None:
    bank, _ = await bank_of(server, connection)
    due = datetime(2031, 1, 31, tzinfo=UTC)
    async with LedgerClient(server.target) as client:
        found = [
            each
            async for each in reconciliation_exceptions(
                client, filter=f"external_source_id = {bank.source.id} AND kind = UNMATCHED"
            )
        ]
        assert len(found) == 2
        begun = await update_exception(
            client, found[0].id, etag=found[0].etag, owner="Ada", due_time=due,
            status=RECONCILIATION_EXCEPTION_STATUS_IN_PROGRESS,
        )  # fmt: skip
        assert (begun.owner, begun.due_time.ToDatetime(UTC), begun.comment) == ("Ada", due, "")
        with pytest.raises(Conflict):
            await update_exception(client, found[0].id, etag=found[0].etag, owner="Bob")
        done = await update_exception(
            client, begun.id, status=RECONCILIATION_EXCEPTION_STATUS_RESOLVED, resolution="Paid twice."
        )
        assert (done.owner, done.resolution) == ("Ada", "Paid twice.")


async def test_the_faults_and_statements_of_an_upload_are_told(server: Server) -> None:
    bank = await records.source(server)
    done = await records.upload(server, bank.id, records.csv(records.row(1), "k2,lots,2026-03-31,r,x"))
    async with LedgerClient(server.target) as client:
        assert [(fault.line, fault.field) async for fault in upload_faults(client, done.id)] == [(3, "amount")]
        mt940 = await records.source(server, "Bank B", format_profile={"format": "FILE_FORMAT_MT940"})
        told = await records.upload(server, mt940.id, MT940)
        statements = [statement async for statement in bank_statements(client, filter=f"upload_id = {told.id}")]
        assert [(each.closing_balance.decimal, each.closing_date) for each in statements] == [("3.00", "2026-03-31")]


async def test_the_same_holds_for_synchronous_code(server: Server, connection: asyncpg.Connection) -> None:
    bank, run = await bank_of(server, connection)

    def work() -> None:
        with synchronous.LedgerClient(server.target) as client:
            opened = list(synchronous.reconciliation_exceptions(client))
            changed = [synchronous.update_exception(client, each.id, owner="Ada") for each in opened]
            assert [each.owner for each in changed] == ["Ada", "Ada"]
            lost, alone = synchronous.unmatched_rows(client, run, nearest_count=1)
            assert not synchronous.explain_pair(client, run, lost.record, alone.entry).explanations[0].fits
            assert synchronous.explain_match(client, run, 2).reconciliation_match.explanation.fits
            synchronous.reject_matches(client, run, rule_place=1, reason="Wrong.")
            assert synchronous.confirm_matches(client, run).reconciliation_decision.match_count == 0
            rows = {"records": [lost.record], "entries": [alone.entry], "reason": "Seen on paper."}
            synchronous.ignore_rows(client, bank.source.id, **rows)
            synchronous.restore_rows(client, bank.source.id, **rows)
            made = synchronous.create_match(client, run, **rows).reconciliation_match
            synchronous.release_match(client, run, made.number, reason="A mistake.")
            assert [status(match) for match in synchronous.matches(client, run)] == ["REJECTED", "REJECTED", "RELEASED"]
            assert len(list(synchronous.reconciliation_decisions(client))) == 6
            assert list(synchronous.upload_faults(client, lost.record.upload_id)) == []
            assert list(synchronous.bank_statements(client)) == []

    await asyncio.to_thread(work)
