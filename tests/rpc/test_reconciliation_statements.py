"""Reconciliation statements: both balances explained, kept, confirmed, and what changed under them since."""

import asyncpg
import pytest
from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1 import reconciliation_statement_pb2

from ledgerd.operations.verify import verify
from ledgerd.operations.verify.whole import SETTINGS
from tests.conftest import Server
from tests.rpc import records, wire
from tests.rpc.bank_runs import BY_REFERENCE
from tests.rpc.statement_books import EFFECTIVE, StatementBank, before, causes, grown, result, terms, today

CONFIRMED = reconciliation_statement_pb2.RECONCILIATION_STATEMENT_STATUS_CONFIRMED
OUTCOMES = reconciliation_statement_pb2.ReconciliationStatementOutcome


def told(key: str, amount: str, reference: str = "", days: int = 0) -> object:
    """A record of some days ago."""
    references = [reference] if reference else []
    return records.record(key, amount, booking_date=before(days), references=references)


@pytest.fixture
async def bank(server: Server, connection: asyncpg.Connection) -> StatementBank:
    """Three records and three entries: one pair is equal, one is apart by five cents, and one row of each is alone."""
    bank = await StatementBank.open(server, connection, time_zone="UTC")
    for reference, amount in (("paid", "10.00"), ("short", "20.00"), ("cheque", "7.00")):
        await bank.post(reference, amount)
    await bank.tell(told("a", "10.00", "paid"), told("b", "19.95", "short"), told("c", "-0.40", "fee"))
    await bank.confirm(await bank.run(BY_REFERENCE))
    await bank.close_day(opening=0, closing=1_000 + 1_995 - 40)
    return bank


async def test_both_balances_are_explained_to_the_last_unit(bank: StatementBank) -> None:
    statement = await bank.state()
    assert terms(statement) == {
        "bank_balance": "29.55", "only_in_bank": "-0.40", "only_in_ledger": "7.00", "differences": "0.05",
        "expected": "37.00", "ledger_balance": "37.00",
    }  # fmt: skip
    assert statement.explained
    assert (statement.match_count, statement.bank.balance.decimal, statement.ledger_balance.decimal) == (
        2, "29.55", "37.00",
    )  # fmt: skip
    (alone,) = statement.only_in_bank.rows
    assert (alone.amount.decimal, alone.reference, OUTCOMES.Name(alone.outcome)) == (
        "-0.40", "fee", "RECONCILIATION_STATEMENT_OUTCOME_UNMATCHED",
    )  # fmt: skip
    (difference,) = statement.differences.differences
    assert (difference.matching_rule_name, difference.difference.decimal) == ("r", "0.05")
    assert await bank.match(difference.reconciliation_id, difference.match_number)
    (cheque,) = statement.only_in_ledger.rows
    assert cheque.entry.balance_id == bank.balance_id


async def test_what_nothing_explains_is_a_number(bank: StatementBank) -> None:
    await bank.close_day(opening=0, closing=1_000 + 1_995 - 40 + 1_234)
    statement = await bank.state()
    assert not statement.explained
    assert (statement.proof.unexplained.decimal, statement.proof.records_missing.decimal) == ("-12.34", "12.34")


async def test_without_a_bank_statement_it_says_so_and_proves_nothing(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await StatementBank.open(server, connection)
    await bank.post("alone", "1.00")
    statement = await bank.state()
    assert not statement.HasField("proof")
    assert statement.bank.absence == reconciliation_statement_pb2.BANK_BALANCE_ABSENCE_NO_STATEMENT
    assert (statement.ledger_balance.decimal, statement.only_in_ledger.row_count) == ("1.00", 1)


async def test_open_rows_say_what_the_latest_run_makes_of_them(bank: StatementBank) -> None:
    await bank.post("twin", "3.00")
    await bank.tell(told("t", "3.00", "twin"), told("t2", "3.00", "twin", days=0), told("u", "3.33", "lost"))
    run = await bank.run(BY_REFERENCE)
    matched = await bank.matches(run)
    statement = await bank.state()
    found = {
        row.reference: OUTCOMES.Name(row.outcome).removeprefix("RECONCILIATION_STATEMENT_OUTCOME_")
        for row in statement.only_in_ledger.rows
    }
    assert found == {"cheque": "UNMATCHED", "twin": "PROPOSED"}
    in_bank = sorted(
        OUTCOMES.Name(row.outcome).removeprefix("RECONCILIATION_STATEMENT_OUTCOME_")
        for row in statement.only_in_bank.rows
    )
    assert (len(matched), in_bank) == (1, ["DUPLICATE", "PROPOSED", "UNMATCHED", "UNMATCHED"])
    await bank.reject(run)
    in_bank = [row.outcome for row in (await bank.state()).only_in_bank.rows]
    assert OUTCOMES.Value("RECONCILIATION_STATEMENT_OUTCOME_PROPOSED") not in in_bank


async def test_a_preview_keeps_nothing(bank: StatementBank) -> None:
    statement = await bank.state(validate_only=True)
    assert statement.explained
    assert (statement.id, statement.status, statement.HasField("create_time")) == ("", 0, False)
    page = await bank.server.reconciliations.ListReconciliationStatements(pb.ListReconciliationStatementsRequest())
    assert not page.reconciliation_statements


async def test_what_is_kept_is_found_again_as_it_was(bank: StatementBank) -> None:
    created = await bank.state()
    await bank.post("later", "100.00")
    assert (await bank.look(created.id, item_count=100)).reconciliation_statement == created
    bare = (await bank.look(created.id)).reconciliation_statement
    assert (bare.only_in_bank.row_count, len(bare.only_in_bank.rows)) == (1, 0)
    second = await bank.state()
    for filter_text, expected in [
        (f"external_source_id = {bank.source.id}", [second.id, created.id]),
        (f"currency = USD AND date = {today()} AND status = DRAFT", [second.id, created.id]),
        ("status = CONFIRMED", []),
    ]:
        page = await bank.server.reconciliations.ListReconciliationStatements(
            pb.ListReconciliationStatementsRequest(filter=filter_text)
        )
        assert [each.id for each in page.reconciliation_statements] == expected


async def test_the_same_request_creates_and_confirms_once(bank: StatementBank) -> None:
    created = await bank.state(request_id="march")
    assert (await bank.state(request_id="march")).id == created.id
    first = await bank.sign(created.id, request_id="signed")
    again = await bank.sign(created.id, request_id="signed")
    assert (first.replayed, again.replayed) == (False, True)
    assert again.reconciliation_statement == first.reconciliation_statement
    assert (
        await wire.rejection(bank.sign(created.id, request_id="signed", reason="Another one."))
    ).reason == "REQUEST_ID_CONFLICT"
    assert (await wire.rejection(bank.sign(created.id))).reason == "RECONCILIATION_STATEMENT_CONFIRMED"
    assert (await verify(bank.connection)).faults == []


async def test_a_confirmed_statement_does_not_change(bank: StatementBank) -> None:
    created = await bank.state()
    signed = (await bank.sign(created.id)).reconciliation_statement
    assert (signed.status, signed.confirm_reason) == (CONFIRMED, "Seen and agreed.")
    for change in ("status = 'DRAFT', confirmed_at = NULL, confirm_reason = NULL", "figures = '{}'"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await bank.connection.execute(f"UPDATE reconciliation_statements SET {change}")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await bank.connection.execute("DELETE FROM reconciliation_statement_items")
    assert (
        await wire.rejection(
            bank.server.reconciliations.DeleteExternalSource(
                pb.DeleteExternalSourceRequest(external_source_id=bank.source.id)
            )
        )
    ).reason == "EXTERNAL_SOURCE_IN_USE"


async def test_somebody_who_rewrites_a_kept_figure_is_found_by_verify(bank: StatementBank) -> None:
    await bank.state()
    await bank.connection.execute(
        "ALTER TABLE reconciliation_statement_items DISABLE TRIGGER ALL;"
        "UPDATE reconciliation_statement_items SET item = replace(item::text, 'fee', 'fie')::json"
    )
    assert [fault.partition(":")[0] for fault in (await verify(bank.connection)).faults] == [SETTINGS]


async def test_where_another_caller_must_confirm_nobody_unknown_does(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await StatementBank.open(server, connection, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    created = await bank.state()
    assert (await wire.rejection(bank.sign(created.id))).reason == "CONFIRMER_IS_PROPOSER"


async def test_nothing_is_stated_about_a_currency_that_is_not_there(bank: StatementBank) -> None:
    assert (
        await wire.rejection(
            bank.server.reconciliations.CreateReconciliationStatement(
                pb.CreateReconciliationStatementRequest(scope=bank.scope(currency="CHF"))
            )
        )
    ).reason == "CURRENCY_NOT_IN_EXTERNAL_SOURCE"


# What changed since --------------------------------------------------------------------------------


async def test_where_nothing_changed_it_would_say_the_same(bank: StatementBank) -> None:
    signed = await bank.state()
    await bank.sign(signed.id)
    comparison = await bank.compared(signed.id)
    assert (result(comparison), causes(comparison), grown(comparison)) == ("EQUAL", {}, {})
    assert comparison.result_hash == signed.result_hash


async def test_a_late_record_shows_as_a_difference(bank: StatementBank) -> None:
    signed = await bank.state()
    await bank.sign(signed.id)
    (late,) = await bank.tell(told("late", "-3.00", days=2))
    comparison = await bank.compared(signed.id)
    assert (result(comparison), causes(comparison)) == ("OTHER_FIGURES", {"RECORD_ADDED": (1, "-3.00", "0.00")})
    assert [row.external_record_id for row in comparison.causes[0].rows] == [late]
    assert grown(comparison) == {
        "only_in_bank.row_count": "1", "only_in_bank.amount": "-3.00", "proof.only_in_bank": "-3.00",
        "proof.expected": "3.00", "proof.unexplained": "-3.00", "proof.records_missing": "3.00",
    }  # fmt: skip
    assert (await bank.look(signed.id)).reconciliation_statement.only_in_bank.row_count == 1


async def test_a_released_match_shows_as_a_difference(bank: StatementBank) -> None:
    signed = await bank.state()
    (difference,) = signed.differences.differences
    released = await bank.release(difference.reconciliation_id, difference.match_number)
    comparison = await bank.compared(signed.id)
    assert causes(comparison) == {"MATCH_RELEASED": (2, "19.95", "20.00")}
    assert {row.reconciliation_decision_id for row in comparison.causes[0].rows} == {
        released.reconciliation_decision.id
    }
    assert grown(comparison)["match_count"] == "-1"


async def test_a_back_dated_entry_shows_as_a_difference(bank: StatementBank) -> None:
    scope = bank.scope(date=before(1), entry_time=EFFECTIVE)
    request = pb.CreateReconciliationStatementRequest(scope=scope)
    signed = (await bank.server.reconciliations.CreateReconciliationStatement(request)).reconciliation_statement
    entry = await bank.post("then", "5.00", effective_time=wire.in_seconds(-3 * 86_400))
    comparison = await bank.compared(signed.id)
    assert causes(comparison) == {"ENTRY_ADDED": (1, "0.00", "5.00")}
    assert comparison.causes[0].rows[0].entry == entry
    assert grown(comparison)["ledger_balance"] == "5.00"


async def test_ignored_restored_and_matched_rows_and_bank_statements_are_named(bank: StatementBank) -> None:
    signed = await bank.state()
    fee = signed.only_in_bank.rows[0].external_record_id
    await bank.ignore([fee])
    ignored = await bank.state()
    assert causes(await bank.compared(signed.id)) == {"ROW_IGNORED": (1, "-0.40", "0.00")}
    await bank.restore([fee])
    assert causes(await bank.compared(ignored.id)) == {"ROW_RESTORED": (1, "-0.40", "0.00")}
    await bank.create(signed.differences.differences[0].reconciliation_id, [fee], [signed.only_in_ledger.rows[0].entry])
    await bank.close_day(opening=0, closing=2_956)
    found = causes(await bank.compared(signed.id))
    assert found == {"BANK_STATEMENT_ADDED": (1, "0.00", "0.00"), "ROW_MATCHED": (2, "-0.40", "7.00")}


async def test_a_cheque_that_clears_later_changes_no_figure(server: Server, connection: asyncpg.Connection) -> None:
    bank = await StatementBank.open(server, connection, time_zone="UTC")
    await bank.tell(told("old", "1.00", "cheque", days=3))
    await bank.post("cheque", "1.00")
    await bank.close_day(opening=0, closing=100, day=today())
    scope = bank.scope(date=before(1))
    request = pb.CreateReconciliationStatementRequest(scope=scope)
    signed = (await server.reconciliations.CreateReconciliationStatement(request)).reconciliation_statement
    await bank.confirm(await bank.run())
    comparison = await bank.compared(signed.id)
    assert (result(comparison), causes(comparison)) == ("SAME_FIGURES", {"ROW_MATCHED": (1, "1.00", "0.00")})


async def test_a_source_with_other_balances_is_named(bank: StatementBank) -> None:
    signed = await bank.state()
    changed = bank.source
    del changed.balance_ids[:]
    changed.balance_ids.append(await wire.open_balance(bank.server))
    changed.etag = ""
    await bank.server.reconciliations.UpdateExternalSource(
        pb.UpdateExternalSourceRequest(external_source=changed, update_mask={"paths": ["balance_ids"]})
    )
    comparison = await bank.compared(signed.id)
    assert result(comparison) == "OTHER_FIGURES"
    assert "SOURCE_CHANGED" in causes(comparison)
    assert grown(comparison)["ledger_balance"] == "-37.00"
