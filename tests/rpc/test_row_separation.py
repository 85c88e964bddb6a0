"""Where another caller is demanded, nobody takes rows out of the books alone."""

import uuid
from datetime import UTC, datetime

import asyncpg
import pytest
from ledgerapi.v1 import reconciliation_match_pb2 as match_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1 import transaction_pb2

from ledgerd.access.caller import ANONYMOUS, Caller
from ledgerd.core.model import ids
from ledgerd.core.model.rejection import Rejected
from ledgerd.operations import external_sources, found_rows, row_checks
from ledgerd.store.row_decisions import RowSet
from tests.conftest import Server
from tests.rpc import records, runs, wire
from tests.rpc.bank_runs import EXACT, SEARCHED, Bank, skipped

INFLIGHT = transaction_pb2.TRANSACTION_STATUS_INFLIGHT


def number_of(prefix: str, name: str) -> int:
    number = ids.decode(prefix, name)
    assert number is not None
    return number


async def demand(bank: Bank, *, another: bool) -> None:
    policy = "CONFIRMATION_POLICY_ANOTHER_CALLER" if another else "CONFIRMATION_POLICY_ANY_CALLER"
    await bank.server.reconciliations.UpdateExternalSource(
        pb.UpdateExternalSourceRequest(
            external_source={"id": bank.source.id, "confirmation_policy": policy},
            update_mask={"paths": ["confirmation_policy"]},
        )
    )


async def may_ignore(bank: Bank, record: str, caller: Caller) -> bool:
    source_id = uuid.UUID(int=number_of(ids.EXTERNAL_SOURCE, bank.source.id))
    source = await external_sources.find(bank.connection, source_id)
    chosen = RowSet(records=[number_of(ids.EXTERNAL_RECORD, record)])
    try:
        await row_checks.check_ignorer(bank.connection, caller, source, chosen)
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("days", [0, 31])
async def test_whoever_left_a_row_open_does_not_ignore_it(
    server: Server, connection: asyncpg.Connection, days: int
) -> None:
    """Whether the row has an exception or waits for the end of its window."""
    demanding = {"confirmation_policy": "CONFIRMATION_POLICY_ANOTHER_CALLER", "settlement_window": {"days": days}}
    bank = await Bank.open(server, connection, **demanding)
    today = datetime.now(UTC).date().isoformat()
    (record,) = await bank.tell(records.record("lost", "9000.00", booking_date=today))
    assert [await may_ignore(bank, record, caller) for caller in (ANONYMOUS, Caller("ada"))] == [False, True]
    await bank.run(created_by="ada")
    await bank.run(created_by="bob")
    refused = await wire.rejection(bank.ignore([record]))
    assert refused.reason == "CONFIRMER_IS_PROPOSER"
    callers = [ANONYMOUS, Caller("ada"), Caller("bob"), Caller("carl")]
    has_exception = days == 0  # Of the first run; a window is of the last one that left the row open.
    assert [await may_ignore(bank, record, caller) for caller in callers] == [False, not has_exception, False, True]
    await demand(bank, another=False)
    assert (await wire.rejection(bank.ignore([record]))).reason == "CONFIRMER_IS_PROPOSER"


async def test_a_run_keeps_the_demand_that_its_source_drops(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    await bank.post("a", "1.00")
    (record,) = await bank.tell(records.record("k", "1.00", references=["a"]))
    strict = await bank.run()
    await demand(bank, another=False)
    assert (await wire.rejection(bank.confirm(strict))).reason == "CONFIRMER_IS_PROPOSER"
    loose = await bank.run()
    await bank.confirm(loose)
    await demand(bank, another=True)
    assert (await wire.rejection(bank.release(loose, 1))).reason == "CONFIRMER_IS_PROPOSER"
    await demand(bank, another=False)
    await bank.release(loose, 1)
    await bank.ignore([record])


async def test_a_match_is_released_by_whoever_could_confirm_it(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    entry = await bank.post("a", "1.00")
    (record,) = await bank.tell(records.record("k", "1.00", references=["a"]))
    run_id = await bank.run(created_by="carl")
    await bank.create(run_id, [record], [entry])
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("UPDATE row_decisions SET decided_by = 'ada'")
    run = await found_rows.find_finished(connection, uuid.UUID(int=number_of(ids.RECONCILIATION, run_id)))
    for caller, number, may in (
        (ANONYMOUS, 1, False),
        (Caller("carl"), 1, False),
        (Caller("ada"), 1, True),
        (Caller("carl"), 2, True),
        (Caller("ada"), 2, False),
    ):
        check = row_checks.check_releaser(connection, caller, run, number)
        if may:
            await check
        else:
            with pytest.raises(Rejected, match="CONFIRMER_IS_PROPOSER"):
                await check


async def test_an_exception_is_resolved_by_whoever_could_ignore_its_row(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    await bank.post("lost", "1.00")
    await bank.tell(records.record("k", "9000.00"))
    await bank.run(created_by="ada")
    assert len(await bank.exceptions()) == 2
    for opened in await bank.exceptions():
        begun = {"id": opened.id, "status": "RECONCILIATION_EXCEPTION_STATUS_IN_PROGRESS", "comment": "Looking."}
        await update_exception(server, begun, "status", "comment")
        done = {"id": opened.id, "status": "RECONCILIATION_EXCEPTION_STATUS_RESOLVED", "resolution": "x"}
        refused = await wire.rejection(update_exception(server, done, "status", "resolution"))
        assert refused.reason == "CONFIRMER_IS_PROPOSER"
    assert await bank.exceptions("status = RESOLVED") == []


async def update_exception(server: Server, exception: dict[str, str], *paths: str) -> None:
    await server.reconciliations.UpdateReconciliationException(
        pb.UpdateReconciliationExceptionRequest(reconciliation_exception=exception, update_mask={"paths": paths})
    )


# Holds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("statuses", [[], [INFLIGHT]])
async def test_a_match_takes_a_hold_only_while_it_is_compared_and_something_remains(
    server: Server, connection: asyncpg.Connection, statuses: list[int]
) -> None:
    bank = await Bank.open(server, connection)
    rule = await runs.rules.create(server)
    holds = [
        (await wire.record(server, wire.from_world(name, bank.balance_id, "1.00", inflight=True))).transaction.id
        for name in ("voided", "open", "gone")
    ]
    entries = [match_pb2.ReconciliationEntryKey(transaction_id=hold, balance_id=bank.balance_id) for hold in holds]
    told = await bank.tell(*(records.record(f"k{number}", "1.00") for number in range(3)))
    await wire.resolve(server, wire.void(holds[0], "v"))
    run_id = (await runs.run(server, bank.source.id, rule.id, statuses=statuses)).id
    await wire.resolve(server, wire.void(holds[2], "w"))
    for record, entry, may in zip(told, entries, (False, bool(statuses), False), strict=True):
        if may:
            await bank.create(run_id, [record], [entry])
        else:
            assert (
                await wire.rejection(bank.create(run_id, [record], [entry]))
            ).reason == "RECONCILIATION_ENTRY_NOT_FOUND"
    claims = "SELECT count(*) FROM record_claims"
    assert await connection.fetchval(claims) == len(statuses)


async def test_a_proposed_match_of_a_hold_that_is_over_is_not_confirmed(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection)
    names = ("voided", "committed", "open", "partly", "first", "second")
    holds = {
        name: (await wire.record(server, wire.from_world(name, bank.balance_id, "1.00", inflight=True))).transaction.id
        for name in names
    }
    told = [records.record(name, "1.00", references=[name]) for name in names[:4]]
    await bank.tell(*told, records.record("both", "2.00"))
    await bank.tell(records.record("free", "7.00"))
    run_id = await bank.run(EXACT, SEARCHED, inflight=True)
    by_reference = {match.entries[0].references[0]: match.number for match in await bank.matches(run_id)}
    assert by_reference.keys() >= set(names[:4]) and len(by_reference) == 5
    for name in ("voided", "second"):
        await wire.resolve(server, wire.void(holds[name], f"{name} away"))
    await wire.resolve(server, wire.commit(holds["committed"], 100, "all"))
    await wire.resolve(server, wire.commit(holds["partly"], 40, "part"))
    answered = await bank.confirm(run_id)
    over = {by_reference["voided"], by_reference["committed"], by_reference.get("first") or by_reference["second"]}
    assert skipped(answered) == dict.fromkeys(over, "RECONCILIATION_ENTRY_NOT_FOUND")
    assert answered.reconciliation_decision.match_count == 2
    again = await bank.confirm(run_id, by_reference["voided"])
    assert skipped(again) == {by_reference["voided"]: "RECONCILIATION_ENTRY_NOT_FOUND"}
