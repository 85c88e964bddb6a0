"""How callers meet the reasons of what is decided about bank_runs."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.core.model.rejection import Reason
from tests.conftest import Server
from tests.rpc import records, wire
from tests.rpc.bank_runs import EXACT, Bank, of_records
from tests.rpc.found_requests import NOBODY
from tests.rpc.provocations import Provoke

Do = Callable[[Bank, str], Awaitable[Any]]


def on_run(do: Do, *, confirmation_policy: str = "CONFIRMATION_POLICY_ANY_CALLER", **options: Any) -> Provoke:
    """Why something is rejected that is done about a run with one match."""

    async def provoke(server: Server) -> wire.Rejection:
        connection = await asyncpg.connect(server.app.dsn)
        try:
            bank = await Bank.open(server, connection, confirmation_policy=confirmation_policy)
            await bank.post("a", "1.00")
            await bank.tell(records.record("k", "1.00", references=["a"]))
            return await wire.rejection(do(bank, await bank.run(**options)))
        finally:
            await connection.close()

    return provoke


async def released(bank: Bank, run_id: str) -> None:
    await bank.release(run_id, 1)


async def claimed(bank: Bank, run_id: str) -> None:
    (match,) = await bank.matches(run_id)
    await bank.confirm(run_id)
    await bank.ignore([match.records[0].id])


async def not_ignored(bank: Bank, run_id: str) -> None:
    (match,) = await bank.matches(run_id)
    await bank.restore([match.records[0].id])


async def not_an_entry(bank: Bank, run_id: str) -> None:
    await bank.ignore([], [{"transaction_id": f"txn_{NOBODY}", "balance_id": bank.balance_id}])


async def proposed(bank: Bank) -> tuple[str, str]:
    """A run, and an adjustment that it proposes."""
    await bank.tell(records.record("fee", "-0.10", description="Fee"))
    run_id = await bank.run(EXACT, of_records("Fee"))
    (adjustment,) = await bank.adjustments(run_id)
    return run_id, adjustment.id


async def not_posted(bank: Bank, run_id: str) -> None:
    await bank.reverse_adjustment((await proposed(bank))[1])


async def adjusted(bank: Bank, run_id: str) -> None:
    run_id, adjustment_id = await proposed(bank)
    await bank.post_adjustments(run_id, adjustment_id)
    await bank.release(run_id, 2)


async def rejected_before(server: Server) -> wire.Rejection:
    """Of chosen adjustments the answer says why they are skipped."""
    connection = await asyncpg.connect(server.app.dsn)
    try:
        bank = await Bank.open(server, connection)
        run_id, adjustment_id = await proposed(bank)
        await bank.reject_adjustments(run_id)
        return wire.of_rejection((await bank.post_adjustments(run_id, adjustment_id)).skipped[0].rejection)
    finally:
        await connection.close()


async def alike(server: Server) -> wire.Rejection:
    """Of chosen adjustments the answer says why they are skipped."""
    connection = await asyncpg.connect(server.app.dsn)
    try:
        bank = await Bank.open(server, connection)
        await bank.post("much", "100.00")
        run_id, adjustment_id = await proposed(bank)
        await wire.record(server, wire.draft("the same", bank.balance_id, "@World", "0.10"))
        return wire.of_rejection((await bank.post_adjustments(run_id, adjustment_id)).skipped[0].rejection)
    finally:
        await connection.close()


async def resolved(bank: Bank, run_id: str) -> None:
    await bank.tell(records.record("lost", "9.00"))
    await bank.run()
    (found,) = await bank.exceptions()
    done = {"id": found.id, "status": "RECONCILIATION_EXCEPTION_STATUS_RESOLVED", "resolution": "x"}
    for _ in range(2):
        await bank.server.reconciliations.UpdateReconciliationException(
            pb.UpdateReconciliationExceptionRequest(
                reconciliation_exception=done, update_mask={"paths": ["status", "resolution"]}
            )
        )


async def _statement(server: Server, currency: str) -> Any:
    bank = await records.source(server)
    scope = {"external_source_id": bank.id, "currency": currency, "date": "2026-03-31"}
    return await server.reconciliations.CreateReconciliationStatement(
        pb.CreateReconciliationStatementRequest(scope=scope)
    )


async def confirmed_twice(server: Server) -> wire.Rejection:
    statement_id = (await _statement(server, "USD")).reconciliation_statement.id
    request = pb.ConfirmReconciliationStatementRequest(reconciliation_statement_id=statement_id, reason="x")
    await server.reconciliations.ConfirmReconciliationStatement(request)
    return await wire.rejection(server.reconciliations.ConfirmReconciliationStatement(request))


async def currency_not_in_source(server: Server) -> wire.Rejection:
    return await wire.rejection(_statement(server, "CHF"))


async def not_proposed(server: Server) -> wire.Rejection:
    """Of chosen matches the answer says why they are skipped."""
    connection = await asyncpg.connect(server.app.dsn)
    try:
        bank = await Bank.open(server, connection)
        await bank.post("a", "1.00")
        await bank.tell(records.record("k", "1.00", references=["a"]))
        run_id = await bank.run()
        await bank.reject(run_id, 1)
        return wire.of_rejection((await bank.confirm(run_id, 1)).skipped[0].rejection)
    finally:
        await connection.close()


PROVOKED: dict[Reason, Provoke] = {
    Reason.RECONCILIATION_NOT_FOUND: on_run(lambda bank, _: bank.confirm(f"rec_{NOBODY}")),
    Reason.RECONCILIATION_NOT_FINISHED: on_run(lambda bank, run_id: bank.confirm(run_id), finish=False),
    Reason.RECONCILIATION_IS_DRY_RUN: on_run(lambda bank, run_id: bank.confirm(run_id), dry_run=True),
    Reason.CONFIRMER_IS_PROPOSER: on_run(
        lambda bank, run_id: bank.confirm(run_id), confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER"
    ),
    Reason.RECONCILIATION_MATCH_NOT_FOUND: on_run(lambda bank, run_id: bank.release(run_id, 7)),
    Reason.RECONCILIATION_MATCH_NOT_PROPOSED: not_proposed,
    Reason.RECONCILIATION_MATCH_NOT_CONFIRMED: on_run(released),
    Reason.ROW_CLAIMED: on_run(claimed),
    Reason.ROW_NOT_IGNORED: on_run(not_ignored),
    Reason.RECONCILIATION_ENTRY_NOT_FOUND: on_run(not_an_entry),
    Reason.RECONCILIATION_EXCEPTION_NOT_FOUND: lambda server: wire.rejection(
        server.reconciliations.GetReconciliationException(
            pb.GetReconciliationExceptionRequest(reconciliation_exception_id=f"rex_{NOBODY}")
        )
    ),
    Reason.RECONCILIATION_EXCEPTION_RESOLVED: on_run(resolved),
    Reason.RECONCILIATION_STATEMENT_NOT_FOUND: lambda server: wire.rejection(
        server.reconciliations.GetReconciliationStatement(
            pb.GetReconciliationStatementRequest(reconciliation_statement_id=f"rcs_{NOBODY}")
        )
    ),
    Reason.RECONCILIATION_STATEMENT_CONFIRMED: confirmed_twice,
    Reason.CURRENCY_NOT_IN_EXTERNAL_SOURCE: currency_not_in_source,
    Reason.RECONCILIATION_ADJUSTMENT_NOT_FOUND: on_run(lambda bank, _: bank.reverse_adjustment(f"adj_{NOBODY}")),
    Reason.RECONCILIATION_ADJUSTMENT_NOT_PROPOSED: rejected_before,
    Reason.RECONCILIATION_ADJUSTMENT_NOT_POSTED: on_run(not_posted),
    Reason.RECONCILIATION_MATCH_ADJUSTED: on_run(adjusted),
    Reason.SIMILAR_ENTRY_EXISTS: alike,
}
