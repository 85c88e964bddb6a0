"""Ways to make events: one small story for each sort of thing that can happen, under a number of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
from google.protobuf import field_mask_pb2
from ledgerapi.v1 import admin_service_pb2, operation_pb2, transaction_pb2
from ledgerapi.v1.reconciliation_exception_pb2 import RECONCILIATION_EXCEPTION_STATUS_OPEN
from ledgerapi.v1.reconciliation_service_pb2 import (
    ConfirmReconciliationStatementRequest,
    CreateReconciliationStatementRequest,
    DeleteExternalSourceRequest,
    UpdateExternalSourceRequest,
    UpdateReconciliationExceptionRequest,
)

from tests.conftest import Server
from tests.rpc import bank_runs, deferred, records, rules, runs, wire
from tests.rpc.arrivals import MT940, Arriving, statement, told_some
from tests.rpc.contract import identities, ledgers, monitors, pb

Story = Callable[[Server, int], Awaitable[None]]

SECRET = "Zaphod"
"""Stands in everything that may be about a person. No event has it."""
PERSON = {
    "individual": {"first_name": SECRET, "last_name": SECRET},
    "street": SECRET,
    "city": SECRET,
    "metadata": {SECRET: SECRET},
}


def mask(*paths: str) -> field_mask_pb2.FieldMask:
    return field_mask_pb2.FieldMask(paths=paths)


async def ledger(server: Server, number: int) -> None:
    made = {"name": f"Ledger {number}", "metadata": {"owner": SECRET}}
    created = (await server.ledgers.CreateLedger(ledgers.CreateLedgerRequest(ledger=made))).ledger
    changed = {"id": created.id, "name": f"Renamed {number}", "metadata": {"owner": f"{SECRET}!"}}
    await server.ledgers.UpdateLedger(ledgers.UpdateLedgerRequest(ledger=changed, update_mask=mask("name", "metadata")))
    for seconds in (2 + number, 1 + number):
        closing = {"ledger_id": created.id, "closed_before": {"seconds": seconds}, "reopen": True}
        await server.admin.ClosePeriod(admin_service_pb2.ClosePeriodRequest(**closing))


async def balance(server: Server, number: int) -> None:
    owner = (await server.identities.CreateIdentity(identities.CreateIdentityRequest(identity=PERSON))).identity
    till = await wire.open_balance(server, tag=f"t{number}", metadata={"owner": SECRET})
    changed = {"id": till, "floor": {"decimal": "-5"}, "identity_id": owner.id, "metadata": {"owner": f"{SECRET}!"}}
    await server.ledgers.UpdateBalance(
        ledgers.UpdateBalanceRequest(balance=changed, update_mask=mask("floor", "identity_id", "tag", "metadata"))
    )
    for change in ("FreezeBalance", "UnfreezeBalance", "CloseBalance"):
        await getattr(server.ledgers, change)(getattr(ledgers, f"{change}Request")(balance_id=till, reason="why"))


async def identity(server: Server, number: int) -> None:
    made = identities.CreateIdentityRequest(identity=PERSON)
    created = (await server.identities.CreateIdentity(made)).identity
    changed = {"id": created.id, "individual": {"first_name": f"{SECRET} {number}"}, "city": f"{SECRET} {number}"}
    await server.identities.UpdateIdentity(
        identities.UpdateIdentityRequest(identity=changed, update_mask=mask("individual", "city"))
    )
    await server.identities.DeleteIdentity(identities.DeleteIdentityRequest(identity_id=created.id))


async def monitor(server: Server, number: int) -> None:
    till = await wire.open_balance(server)
    made = await wire.monitor(server, "BALANCE", "GREATER", 5, balance_id=till, metadata={"owner": SECRET})
    changed = {"id": made, "description": f"above {number}", "metadata": {"owner": f"{SECRET}!"}}
    await server.monitors.UpdateMonitor(
        monitors.UpdateMonitorRequest(monitor=changed, update_mask=mask("description", "metadata"))
    )
    await wire.record(server, wire.from_world(f"fire-{number}", till, 9))
    await server.monitors.DeleteMonitor(monitors.DeleteMonitorRequest(monitor_id=made))


async def movements(server: Server, number: int) -> None:
    paid = (await wire.record(server, wire.from_world(f"paid-{number}", f"@Sales{number}", 9))).transaction
    refund = operation_pb2.RefundTransaction(
        target=wire.target(paid.id), reference=f"refund-{number}", precise_amount="4"
    )
    await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund))
    await wire.batch(server, wire.drafts(3, prefix=f"batch-{number}"))


async def holds(server: Server, number: int) -> None:
    hold = await wire.hold(server, f"hold-{number}", 9)
    adjust = operation_pb2.AdjustHold(
        target=wire.target(hold.id), reference=f"adjust-{number}", total={"precise": "11"}
    )
    await server.transactions.AdjustHold(pb.AdjustHoldRequest(adjust_hold=adjust))
    await wire.resolve(server, wire.commit(hold.id, 4, f"part-{number}"))
    await wire.resolve(server, wire.void(hold.id))
    expiring = await wire.hold(server, f"expiring-{number}", 5, inflight_expiry_time=wire.due())
    while (await wire.transaction(server, transaction_id=expiring.id)).status == (
        transaction_pb2.TRANSACTION_STATUS_INFLIGHT
    ):
        await asyncio.sleep(0.05)


async def later(server: Server, number: int) -> None:
    scheduled = await deferred.accept(server, f"s-{number}", 5, scheduled_time=wire.in_seconds(1e6))
    await deferred.reschedule(server, scheduled.id, wire.in_seconds(2e6), f"s2-{number}")
    await deferred.cancel(server, scheduled.id)
    queued = await deferred.accept(server, f"q-{number}", 5, queue=True)
    assert deferred.status(await deferred.outcome_of(server, queued.id)) == "APPLIED"
    poor: dict[str, Any] = {"source": f"@Poor{number}", "destination": "@Sales", "amount": 5, "require_review": True}
    for name, decide in (("a", deferred.approve), ("d", deferred.deny)):
        flagged = (await wire.record(server, wire.draft(f"{name}-{number}", **poor))).transaction
        await decide(server, flagged.id)


async def service_settings(server: Server, number: int) -> None:
    changed = {"default_currency": f"C{number}"}
    await server.admin.UpdateServiceSettings(
        admin_service_pb2.UpdateServiceSettingsRequest(service_settings=changed, update_mask=mask("default_currency"))
    )


async def external_source(server: Server, number: int) -> None:
    """A source, what it uploads, and the end of another one."""
    bank = await records.source(server, f"Bank {number}", metadata={"owner": SECRET})
    changed = {"id": bank.id, "settlement_window": {"days": 2}, "metadata": {"owner": f"{SECRET}!"}}
    await server.reconciliations.UpdateExternalSource(
        UpdateExternalSourceRequest(external_source=changed, update_mask=mask("settlement_window", "metadata"))
    )
    person = [records.record("k", counterparty=SECRET, description=SECRET)]
    await records.upload(server, bank.id, person, file_name=SECRET)
    await records.upload(server, bank.id, [records.record(SECRET, "?")], fault_policy=records.REJECT_ALL)
    other = await records.source(server, f"Bank {number} b")
    left = await records.Upload(server).open(external_source_id=other.id, content=records.RECORDS, file_name=SECRET)
    await records.cancel(server, left.upload.id)
    await server.reconciliations.DeleteExternalSource(DeleteExternalSourceRequest(external_source_id=other.id))


async def matching_rule(server: Server, number: int) -> None:
    """A rule and a set that has it, changed and deleted."""
    criteria = [{**rules.REFERENCE, "extract": SECRET}]
    made = await rules.create(server, name=f"Rule {number}", criteria=criteria)
    await rules.update(server, made.id, name=f"Renamed {number}", fee={"percent": "1"}, criteria=rules.FULL["criteria"])
    rule_set = await rules.create_set(server, made.id)
    await rules.update_set(server, rule_set.id, rules=rules.rules_of((made.id, 1)))
    await rules.delete_set(server, rule_set.id)
    await rules.delete(server, made.id)


async def reconciliation(server: Server, number: int) -> None:
    """Runs that are finished, cancelled, and without an end other than a failure."""
    bank = await records.source(server, f"Bank {number} c")
    rule = await rules.create(server, name=f"Rule {number} c")
    await runs.run(server, bank.id, rule.id)
    asked = await runs.start(server, bank.id, rule.id)
    await runs.cancel(server, asked.id)
    await runs.ended(server, asked.id)
    bad = {"external_records": [records.record(SECRET, "?")]}
    await runs.run(server, bank.id, rule.id, **bad)


async def found(server: Server, number: int) -> None:
    """What is decided about a run, exceptions, and a statement."""
    connection = await asyncpg.connect(server.app.dsn)
    bank = await bank_runs.Bank.open(server, connection)
    entries = [await bank.post(f"found-{number}-{name}", "1.00") for name in "ab"]
    told = [records.record(name, "1.00", references=[f"found-{number}-{name}"], counterparty=SECRET) for name in "ab"]
    record_ids = await bank.tell(*told)
    first = await bank.run()
    await bank.confirm(first, 1, reason=SECRET)
    await bank.release(first, 1, reason=SECRET)
    await bank.reject(first, 2, reason=SECRET)
    await bank.create(first, record_ids[:1], entries[:1], reason=SECRET)
    await bank.ignore(record_ids[1:], reason=SECRET)
    await bank.restore(record_ids[1:], reason=SECRET)
    await bank.tell(records.record("lost", "7.00", counterparty=SECRET))
    await bank.run(bank_runs.rule(bank_runs.AMOUNT, bank_runs.Criterion(field=bank_runs.MatchField.DESCRIPTION)))
    lost = next(told for told in await bank.exceptions() if told.status == RECONCILIATION_EXCEPTION_STATUS_OPEN)
    changed = {"id": lost.id, "owner": SECRET, "comment": SECRET}
    await server.reconciliations.UpdateReconciliationException(
        UpdateReconciliationExceptionRequest(reconciliation_exception=changed, update_mask=mask("owner", "comment"))
    )
    await bank.ignore(record_ids[1:], reason=SECRET)
    scope = {"external_source_id": bank.source.id, "currency": "USD", "date": "2026-03-31"}
    made = await server.reconciliations.CreateReconciliationStatement(CreateReconciliationStatementRequest(scope=scope))
    await server.reconciliations.ConfirmReconciliationStatement(
        ConfirmReconciliationStatementRequest(
            reconciliation_statement_id=made.reconciliation_statement.id, reason=SECRET
        )
    )
    fees = bank_runs.of_records("(?i)fee")
    await bank.tell(*(records.record(f"fee {at}", "-0.10", description=f"Fee {SECRET} {at}") for at in range(2)))
    third = await bank.run(fees)
    kept, dropped = await bank.adjustments(third)
    await bank.post_adjustments(third, kept.id, reason=SECRET)
    await bank.reject_adjustments(third, dropped.id, reason=SECRET)
    await bank.reverse_adjustment(kept.id, reason=SECRET)
    await connection.close()


async def arrivals(server: Server, number: int) -> None:
    """A source that is late, and two statements, of which the second one lacks something."""
    connection = await asyncpg.connect(server.app.dsn)
    bank = await Arriving.open(
        server,
        connection,
        currency="EUR",
        format_profile=MT940,
        name=f"Bank {number} d",
        expected_every={"within_seconds": 60},
    )
    late = "UPDATE source_arrivals SET expected_at = now() WHERE expected_at IS NOT NULL"
    await connection.execute(late)
    await told_some(server, 1, "EXTERNAL_SOURCE_LATE")
    day = datetime.now(UTC).date()
    for place, opening, amount, closing in ((1, "5,00", "1,00", "6,00"), (2, "8,00", "2,00", "10,00")):
        sent = statement(day, place, opening=opening, amount=amount, closing=closing)
        await records.upload(server, bank.source_id, sent)
        await bank.done(place)
    await connection.close()


STORIES: tuple[Story, ...] = (
    ledger,
    balance,
    identity,
    monitor,
    movements,
    holds,
    later,
    service_settings,
    external_source,
    matching_rule,
    reconciliation,
    found,
    arrivals,
)


async def tell(server: Server, stories: list[Story]) -> None:
    """Every story, one after the other."""
    for number, story in enumerate(stories):
        await story(server, number)
