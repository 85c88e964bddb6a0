"""Runs and what follows from them, told so that every field of every answer about it is set: matches, decisions,
exceptions, adjustments, reconciliation statements, and runs that are begun because something arrived."""

from datetime import date
from typing import Any

import asyncpg
from google.protobuf import timestamp_pb2
from ledgerapi.v1 import identity_service_pb2, ledger_service_pb2, transaction_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.access.caller import Caller
from ledgerd.core.model import ids
from ledgerd.core.model.reconciliation_statement import TimeBasis
from ledgerd.operations import reconciliation_statements
from ledgerd.operations.reconciliation_statements import StatementRequest
from tests.conftest import Server
from tests.rpc import bank_runs, fees, records, rules, runs, wire
from tests.rpc.arrivals import MT940, Arriving, source_of, statement
from tests.rpc.bank_runs import BY_REFERENCE, EXACT, REFERENCE, SEARCHED, Bank
from tests.rpc.statement_books import EFFECTIVE, today

OURS = {"description": "Our text"}


async def reconciliations(server: Server, connection: asyncpg.Connection) -> None:
    """A run with everything that can be requested, one that fails, one that is cancelled, and replays."""
    bank = await Bank.open(server, connection, name="Runs")
    person = identity_service_pb2.CreateIdentityRequest(identity={"individual": {"first_name": "Ada"}})
    owner = (await server.identities.CreateIdentity(person)).identity.id
    rule_set = await rules.create_set(server, (await rules.create(server)).id)
    asked: dict[str, Any] = {
        "balance_ids": [bank.balance_id], "ledger_ids": [wire.GENERAL_LEDGER], "identity_ids": [owner],
        "begin_date": "2026-03-01", "end_date": "2026-05-01", "entry_time": EFFECTIVE,
        "statuses": [transaction_pb2.TRANSACTION_STATUS_APPLIED], "matching_rule_set_id": rule_set.id,
        "external_records": runs.told(1), "dry_run": True, "request_id": "run",
    }  # fmt: skip
    for _ in range(2):
        begun = await runs.start(server, bank.source.id, **asked)
    watched = pb.WatchReconciliationRequest(reconciliation_id=begun.id)
    async for answer in server.reconciliations.WatchReconciliation(watched):
        assert answer.reconciliation.id == begun.id
    bad = {"external_records": [records.record("k", "?")]}
    assert (await runs.run(server, bank.source.id, matching_rule_set_id=rule_set.id, **bad)).HasField("rejection")
    await _replays(bank)
    cancelled = await bank.run(finish=False)
    await runs.cancel(server, cancelled)
    leave = "UPDATE reconciliations SET leased_until = now() WHERE id = $1"
    await connection.execute(leave, fees.uuid_of(cancelled))
    assert runs.status(await runs.ended(server, cancelled)) == "CANCELLED"


async def _replays(bank: Bank) -> None:
    """One that finds the same, and one that finds something else, as somebody lost what was decided."""
    (told,) = await bank.tell(records.record("ignored", "1.00"))
    await bank.ignore([told])
    first = await bank.run()
    again = pb.ReplayReconciliationRequest(reconciliation_id=first, request_id="again")
    for _ in range(2):
        equal = (await bank.server.reconciliations.ReplayReconciliation(again)).reconciliation
    await runs.ended(bank.server, equal.id)
    await bank.connection.execute("SET session_replication_role = replica")
    await bank.connection.execute("DELETE FROM record_claims")
    await bank.connection.execute("SET session_replication_role = origin")
    assert (await runs.replay(bank.server, first)).replay_differences


async def matches(server: Server, connection: asyncpg.Connection) -> None:
    """Matches, ambiguous ones, rows in none, and every decision about them."""
    bank = await Bank.open(server, connection, name="Matches")
    about, alone = [await bank.post(name, amount, **OURS) for name, amount in (("about", "1.00"), ("alone", "9.00"))]
    await bank.post("equal", "2.00")
    close, lost, _ = await bank.tell(
        records.record("about", "1.03", references=["about"]), records.record("lost", "8.00", references=["lost"]),
        records.record("equal", "2.00", references=["equal"]),
    )  # fmt: skip
    run_id = await bank.run(bank_runs.rule(bank_runs.about("0.05"), REFERENCE))
    for name in ("Matches", "UnmatchedRows"):
        request = getattr(pb, f"List{name}Request")(reconciliation_id=run_id, page_size=1, include_total=True)
        await getattr(server.reconciliations, f"List{name}")(request)
    await bank.match(run_id, 1)
    await bank.unmatched(run_id, nearest_count=2)
    pair = pb.ExplainPairRequest(reconciliation_id=run_id, external_record_id=close, entry=about)
    await server.reconciliations.ExplainPair(pair)
    for _ in range(2):
        await bank.confirm(run_id, 1, 99, reason="Seen.", request_id="confirm")
        await bank.reject(run_id, 2, 99, request_id="reject")
        made = await bank.create(run_id, [lost], [alone], request_id="create")
    for _ in range(2):
        await bank.release(run_id, made.reconciliation_match.number, request_id="release")
    for _ in range(2):
        await bank.ignore([lost], [alone], request_id="ignore")
    for _ in range(2):
        await bank.restore([lost], [alone], request_id="restore")
    for number in range(3):
        await bank.post(f"half {number}", "15.00")
    await bank.tell(records.record("whole", "30.00", booking_date=today().isoformat()))
    assert any(match.ambiguous for match in await bank.matches(await bank.run(SEARCHED)))


async def exceptions(server: Server, connection: asyncpg.Connection) -> None:
    """Of a record, an entry and a match: one that somebody resolves, and one that a decision does."""
    bank = await Bank.open(server, connection, name="Exceptions")
    await bank.post("odd", "5.00")
    await bank.post("missed", "7.00")
    odd = records.record("odd", "4.00", references=["odd"])
    _, ignored = await bank.tell(odd, records.record("ignored", "9.00"))
    await bank.run(EXACT, BY_REFERENCE)
    await bank.ignore([ignored])
    buckets = pb.ListReconciliationExceptionsRequest(age_buckets_external_source_id=bank.source.id)
    await server.reconciliations.ListReconciliationExceptions(buckets)
    found = await bank.exceptions()
    (worked_on,) = [each for each in found if each.amount.decimal == "7.00"]
    for changed in (
        {"status": "RECONCILIATION_EXCEPTION_STATUS_IN_PROGRESS", "owner": "ada", "comment": "Looking."},
        {"status": "RECONCILIATION_EXCEPTION_STATUS_RESOLVED", "resolution": "Their mistake."},
    ):
        request = pb.UpdateReconciliationExceptionRequest(
            reconciliation_exception={"id": worked_on.id, **changed}, update_mask={"paths": list(changed)}
        )
        await server.reconciliations.UpdateReconciliationException(request)
    for each in found:
        one = pb.GetReconciliationExceptionRequest(reconciliation_exception_id=each.id)
        await server.reconciliations.GetReconciliationException(one)


async def adjustments(server: Server, connection: asyncpg.Connection) -> None:
    """One that the ledger rejects and then takes, and that is reversed; one that people reject; and one that would be
    posted without confirmation, if its match were confirmed."""
    bank = await fees.a_bank(server, connection, name="Adjustments")
    await bank.tell(records.record("late fee", "-0.10", description="Late fee"))
    run_id = await bank.run(fees.adjusting(BY_REFERENCE, **fees.posting("5")), fees.of_fees(description="Bank fee"))
    of_match, kept, dropped = [each.id for each in await bank.adjustments(run_id)]
    balance = {"balance_id": bank.balance_id}
    await server.ledgers.FreezeBalance(ledger_service_pb2.FreezeBalanceRequest(**balance))
    await bank.post_adjustments(run_id, kept)
    await bank.adjustments(run_id)
    await server.ledgers.UnfreezeBalance(ledger_service_pb2.UnfreezeBalanceRequest(**balance))
    for _ in range(2):
        await bank.post_adjustments(run_id, kept, of_match, reason="Seen.", request_id="post")
    for _ in range(2):
        await bank.reject_adjustments(run_id, dropped, kept, request_id="reject adjustments")
    for _ in range(2):
        await bank.reverse_adjustment(kept, request_id="reverse")
    one = pb.GetReconciliationAdjustmentRequest(reconciliation_adjustment_id=kept)
    await server.reconciliations.GetReconciliationAdjustment(one)


# Reconciliation statements ---------------------------------------------------------------------

BEFORE, DAY, AFTER = "2026-03-30", "2026-03-31", "2026-04-01"


async def _a_bank_with_a_statement(server: Server, connection: asyncpg.Connection) -> Bank:
    """A bank whose statement closes on a day. On the day after it somebody ignores a row of each side, a match has an
    entry of the day after too, and another one has no other."""
    bank = await Bank.open(server, connection, name="Statements", format_profile=MT940)
    entries = {}
    for name, amount, day in (
        ("paid", "10.00", BEFORE), ("short", "20.00", BEFORE), ("cheque", "7.00", BEFORE), ("trial", "1.00", DAY),
        ("part 1", "1.00", DAY), ("part 2", "1.00", AFTER), ("late", "3.00", AFTER),
    ):  # fmt: skip
        noon = timestamp_pb2.Timestamp()
        noon.FromJsonString(f"{day}T12:00:00Z")
        entries[name] = await bank.post(name, amount, effective_time=noon, **OURS)
    booked = (("paid", "10,"), ("short", "19,95"), ("part", "2,"), ("late", "3,"), ("test", "0,05"))
    lines = "".join(f":61:2603300330C{amount}NTRF{name}\n" for name, amount in booked)
    content = f":20:X\n:25:DE1\n:28C:7/1\n:60F:C260330USD5,\n{lines}:62F:C260330USD40,\n-\n"
    await records.upload(server, bank.source.id, content.encode())
    await bank.tell(records.record("fee", "-0.40", booking_date=DAY, references=["fee"]))
    run_id = await bank.run(BY_REFERENCE)
    await bank.confirm(run_id)
    told = {row.record.references[0]: row.record.id for row in await bank.unmatched(run_id, filter="side = RECORD")}
    await bank.create(run_id, [told["part"]], [entries["part 1"], entries["part 2"]])
    await bank.ignore([told["test"]], [entries["trial"]])
    return bank


async def statements(server: Server, connection: asyncpg.Connection) -> None:
    """A statement that is confirmed, exported, and compared with what came since; and one without a balance by the
    bank."""
    bank = await _a_bank_with_a_statement(server, connection)
    scope = {"external_source_id": bank.source.id, "currency": "USD", "date": DAY, "entry_time": EFFECTIVE}
    create = pb.CreateReconciliationStatementRequest(scope=scope, item_count=100, request_id="statement")
    for _ in range(2):
        made = (await server.reconciliations.CreateReconciliationStatement(create)).reconciliation_statement
    assert made.explained
    name = {"reconciliation_statement_id": made.id}
    confirm = pb.ConfirmReconciliationStatementRequest(**name, reason="Seen.", request_id="confirm statement")
    for _ in range(2):
        await server.reconciliations.ConfirmReconciliationStatement(confirm)
    export = pb.ExportReconciliationStatementRequest(**name, format="RECONCILIATION_EXPORT_FORMAT_CSV")
    assert [part async for part in server.reconciliations.ExportReconciliationStatement(export)]
    noon = timestamp_pb2.Timestamp()
    noon.FromJsonString(f"{DAY}T12:00:00Z")
    await bank.post("more", "0.30", effective_time=noon)
    (more,) = await bank.tell(records.record("more", "-0.10", booking_date=DAY))
    await bank.ignore([row.external_record_id for row in made.only_in_bank.rows if row.reference == "fee"])
    await bank.ignore([more])
    compare = pb.GetReconciliationStatementRequest(**name, include_comparison=True)
    await server.reconciliations.GetReconciliationStatement(compare)
    unknown = await records.source(server, "Without statements")
    await records.upload(server, unknown.id, records.records(1))
    absent = pb.CreateReconciliationStatementRequest(scope={**scope, "external_source_id": unknown.id})
    await server.reconciliations.CreateReconciliationStatement(absent)
    await _of_known_callers(server, unknown.id)


async def _of_known_callers(server: Server, source_id: str) -> None:
    """A statement that one caller created and another one confirmed. Over the channel nobody is known yet."""
    engine, source = fees.engine_of(server), fees.uuid_of(source_id)
    wanted = StatementRequest(source_id=source, currency="USD", day=date.fromisoformat(DAY), basis=TimeBasis.EFFECTIVE)
    made = (await reconciliation_statements.create(engine, Caller("ada"), wanted, None)).rows["id"]
    await reconciliation_statements.confirm(engine, Caller("bob"), made, "Seen.", None)
    name = ids.encode(ids.RECONCILIATION_STATEMENT, made.int)
    request = pb.GetReconciliationStatementRequest(reconciliation_statement_id=name)
    await server.reconciliations.GetReconciliationStatement(request)


async def arrivals(server: Server, connection: asyncpg.Connection) -> None:
    """Runs that are begun because something arrived, whose last proof has something of everything."""
    arriving = await Arriving.open(
        server, connection, confirms=True, currency="EUR", format_profile=MT940, name="Arrivals"
    )
    bank = Bank(server, connection, await source_of(server, arriving.source_id), arriving.balance_id)
    strange, trial, _ = [await bank.post(name, "1.00", currency="EUR") for name in ("strange", "a trial", "unseen")]
    day = await arriving.post("ref-0", "1.00", currency="EUR")
    await records.upload(server, bank.source.id, statement(day, 1, opening="5,00", amount="1,00", closing="6,00"))
    await arriving.done(1)
    told = await bank.tell(*(records.record(key, "1.05", booking_date=day.isoformat()) for key in ("odd", "test")))
    *_, run = await arriving.done(2)
    await bank.create(run.id, told[:1], [strange])
    await bank.ignore(told[1:], [trial])
    await records.upload(server, bank.source.id, statement(day, 2, opening="8,00", amount="2,00", closing="10,00"))
    await arriving.done(3)


STORIES = (reconciliations, matches, exceptions, adjustments, statements, arrivals)
