"""Adjustments: proposed by rules, posted through the write path, rejected, reversed."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import asyncpg
import pytest
from ledgerapi.v1 import ledger_service_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.core.model.matching_rule import AdjustmentKind, Criterion, FeeFormula, MatchField, MatchOperator, Strategy
from ledgerd.core.model.reconciliation_statement import TimeBasis
from ledgerd.operations.verify import verify
from ledgerd.reconciliation.statement_loading import load_statement
from tests.conftest import Server
from tests.rpc import bank_runs, provocations, records, wire
from tests.rpc.bank_runs import BY_REFERENCE, Bank
from tests.rpc.fees import a_bank, adjusting, assert_books_agree, money, of_fees, open_records, reasons, uuid_of


async def test_what_a_match_leaves_over_is_posted_when_it_is_confirmed(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(adjusting(BY_REFERENCE))
    (proposed,) = await bank.adjustments(run_id)
    assert (proposed.amount.decimal, proposed.match_number) == ("-3.20", 1)
    assert (bank_runs.adjustment_status(proposed), proposed.transaction_id, proposed.automatic) == (
        "PROPOSED",
        "",
        False,
    )
    assert reasons(await bank.post_adjustments(run_id)) == ["RECONCILIATION_MATCH_NOT_CONFIRMED"]
    assert await money(server, bank.balance_id) == [100_00]

    await bank.confirm(run_id)
    done = await bank.post_adjustments(run_id, reason="Month's end")
    assert (done.posted_count, done.skipped_count) == (1, 0)
    (posted,) = await bank.adjustments(run_id, "status = POSTED")
    assert posted.reconciliation_decision_id
    posting_ = await wire.transaction(server, transaction_id=posted.transaction_id)
    assert (posting_.reference, posting_.description) == (f"ledgerd:adjustment:{posted.id}", "Bank fee")
    assert posting_.effective_time.ToJsonString() == "2026-03-31T00:00:00Z"
    assert await money(server, bank.balance_id, "@BankFees", "@World") == [96_80, 3_20, -100_00]
    await assert_books_agree(connection)
    # Nothing of it is open any more, but for the fee that no rule is about.
    assert await open_records(bank, adjusting(BY_REFERENCE)) == ["fee"]


async def test_a_record_without_an_entry_makes_a_match_with_its_adjustment(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection)
    interest = records.record("interest", "0.40", description="Interest")
    await bank.tell(interest, records.record("large fee", "-20.00", description="fee"))
    criterion = Criterion(field=MatchField.DESCRIPTION, operator=MatchOperator.ONE_OF, values=("Interest",))
    of_interest = adjusting(
        bank_runs.rule(criterion, strategy=Strategy.RECORD_ALONE), kind=AdjustmentKind.INTEREST, counterpart="@Interest"
    )
    run_id = await bank.run(BY_REFERENCE, of_fees(), of_interest)
    found = {each.amount.decimal: each for each in await bank.adjustments(run_id)}
    fee, gained = found["-2.50"], found["0.40"]
    assert (fee.counterpart, gained.counterpart, len(found)) == ("@BankFees", "@Interest", 2)
    assert fee.matching_rule_id != gained.matching_rule_id
    assert await bank.adjustments(run_id, f"matching_rule_id = {gained.matching_rule_id}") == [gained]
    done = await bank.post_adjustments(run_id, fee.id, gained.id)
    assert done.posted_count == 2
    assert await money(server, bank.balance_id, "@BankFees", "@Interest") == [97_90, 2_50, -40]
    matches = await bank.matches(run_id, "rule_place = 0")
    assert [(bank_runs.status(each), each.record_count, each.entry_count) for each in matches] == [
        ("CONFIRMED", 1, 1)
    ] * 2
    assert {each.match_number for each in await bank.adjustments(run_id)} == {each.number for each in matches}
    await bank.confirm(run_id)
    assert await open_records(bank, BY_REFERENCE, of_fees()) == ["large fee"]
    await assert_books_agree(connection)


async def test_fees_of_a_rule_are_left_over_where_its_matches_have_no_drift(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection)
    exact = replace(bank_runs.EXACT, fee=FeeFormula(fixed={"USD": Decimal("0.30")}, percent=Decimal("2.9")))
    run_id = await bank.run(adjusting(exact))
    (match,) = await bank.matches(run_id)
    assert match.difference.decimal == "0.00"
    (proposed,) = await bank.adjustments(run_id)
    assert proposed.amount.decimal == "-3.20"


async def test_money_in_of_an_opposite_source_is_a_debit(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection, sign_convention="SIGN_CONVENTION_MONEY_IN_IS_DEBIT")
    await bank.tell(records.record("fee", "-2.50", description="fee"))
    run_id = await bank.run(of_fees())
    (proposed,) = await bank.adjustments(run_id)
    assert (proposed.amount.decimal, proposed.amount.precise) == ("2.50", "250")
    await bank.post_adjustments(run_id)
    assert await money(server, bank.balance_id, "@BankFees") == [2_50, -2_50]
    assert await open_records(bank, of_fees()) == []


async def test_in_a_currency_that_a_rule_does_not_list_nothing_is_proposed_or_posted(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection)
    euros = {"EUR": Decimal(10)}
    assert await bank.adjustments(await bank.run(adjusting(of_fees(), at_most=euros))) == []
    limits = {"post_at_most": euros, "post_at_most_per_day": euros}
    run_id = await bank.run(adjusting(of_fees(), at_most={"USD": Decimal(10), **euros}, **limits))
    (proposed,) = await bank.adjustments(run_id)
    assert (proposed.amount.decimal, proposed.amount.currency, proposed.automatic) == ("-2.50", "USD", False)


async def test_above_the_limit_nothing_is_proposed(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    for at_most, count in (("3.20", 1), ("3.19", 0)):
        run_id = await bank.run(adjusting(BY_REFERENCE, at_most={"USD": Decimal(at_most)}))
        assert len(await bank.adjustments(run_id)) == count


async def test_a_posted_adjustment_is_not_posted_again(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    first, second = await bank.run(of_fees()), await bank.run(of_fees())
    (of_first,), (of_second,) = await bank.adjustments(first), await bank.adjustments(second)
    assert (await bank.post_adjustments(first, of_first.id)).posted_count == 1
    assert (await bank.post_adjustments(first, of_first.id)).posted_count == 1
    assert (await bank.post_adjustments(first)).posted_count == 0
    other = await bank.post_adjustments(second, of_second.id)
    assert (other.posted_count, reasons(other)) == (0, ["ROW_CLAIMED"])
    wrong = await bank.post_adjustments(second, of_first.id)
    assert reasons(wrong) == ["RECONCILIATION_ADJUSTMENT_NOT_FOUND"]
    assert await money(server, "@BankFees") == [2_50]


async def test_two_confirm_at_once_and_it_is_posted_once(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    await bank.post("much", "100.00")
    await bank.tell(
        *(records.record(f"fee {at}", "-1.00", description="fee", counterparty=str(at)) for at in range(20))
    )
    found = [await bank.run(of_fees()), await bank.run(of_fees())]
    answers = await asyncio.gather(*(bank.post_adjustments(found[at % 2]) for at in range(6)))
    assert await money(server, bank.balance_id, "@BankFees") == [80_00, 20_00]
    listed = [each for run_id in found for each in await bank.adjustments(run_id)]
    assert Counter(map(bank_runs.adjustment_status, listed)) == {"POSTED": 20, "PROPOSED": 20}
    assert sum(answer.posted_count for answer in answers) >= 20
    assert await connection.fetchval("SELECT count(*) FROM record_claims WHERE released_by IS NULL") == 20
    await assert_books_agree(connection)


REJECTIONS = {"frozen": "BALANCE_FROZEN", "poor": "INSUFFICIENT_FUNDS", "closed": "PERIOD_CLOSED"}


@pytest.mark.parametrize("case", REJECTIONS)
async def test_what_the_ledger_rejects_stays_proposed(
    server: Server, connection: asyncpg.Connection, case: str
) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    if case == "frozen":
        await server.ledgers.FreezeBalance(ledger_service_pb2.FreezeBalanceRequest(balance_id=bank.balance_id))
    elif case == "poor":
        await wire.record(server, wire.draft("all of it", bank.balance_id, "@World", "99.00"))
    else:
        await provocations.close_period(server, seconds=int(datetime(2026, 4, 1, tzinfo=UTC).timestamp()))
    done = await bank.post_adjustments(run_id)
    assert (done.posted_count, reasons(done)) == (0, [REJECTIONS[case]])
    (kept,) = await bank.adjustments(run_id)
    assert (bank_runs.adjustment_status(kept), wire.of_rejection(kept.rejection).reason) == (
        "PROPOSED",
        REJECTIONS[case],
    )
    assert await bank.matches(run_id) == []
    assert await connection.fetchval("SELECT count(*) FROM row_decisions") == 0


async def test_where_a_period_is_closed_another_time_is_given(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    await provocations.close_period(server, seconds=int(datetime(2026, 4, 1, tzinfo=UTC).timestamp()))
    too_early = {"seconds": int(datetime(2026, 3, 30, tzinfo=UTC).timestamp())}
    assert reasons(await bank.post_adjustments(run_id, effective_time=too_early)) == ["PERIOD_CLOSED"]
    (kept,) = await bank.adjustments(run_id)
    given = {"seconds": int(datetime(2026, 4, 2, tzinfo=UTC).timestamp())}
    assert kept.effective_time.seconds > too_early["seconds"]  # That of the record, as before.
    assert (await bank.post_adjustments(run_id, effective_time=given)).posted_count == 1
    # Who confirms it again changes nothing.
    assert (await bank.post_adjustments(run_id, kept.id, effective_time=too_early)).posted_count == 1
    (posted,) = await bank.adjustments(run_id)
    recorded = await wire.transaction(server, transaction_id=posted.transaction_id)
    assert posted.effective_time == recorded.effective_time
    assert posted.effective_time.seconds == given["seconds"]


async def test_rejected_adjustments_are_not_posted(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(adjusting(BY_REFERENCE), of_fees())
    of_match, of_record = await bank.adjustments(run_id)
    done = await bank.reject_adjustments(run_id, of_record.id, reason="The bank gives it back.")
    assert (done.rejected_count, done.skipped_count) == (1, 0)
    assert (await bank.reject_adjustments(run_id, of_record.id)).rejected_count == 1
    await bank.confirm(run_id)
    assert (await bank.post_adjustments(run_id)).posted_count == 1
    assert reasons(await bank.post_adjustments(run_id, of_record.id)) == ["RECONCILIATION_ADJUSTMENT_NOT_PROPOSED"]
    assert reasons(await bank.reject_adjustments(run_id, of_match.id)) == ["RECONCILIATION_ADJUSTMENT_NOT_PROPOSED"]
    assert await money(server, "@BankFees") == [3_20]
    assert await open_records(bank, BY_REFERENCE) == ["fee"]


async def test_a_reversed_adjustment_opens_its_record_again(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    first = await bank.run(of_fees())
    (proposed,) = await bank.adjustments(first)
    assert (await wire.rejection(bank.reverse_adjustment(proposed.id))).reason == "RECONCILIATION_ADJUSTMENT_NOT_POSTED"
    await bank.post_adjustments(first)
    reversed_ = await bank.reverse_adjustment(proposed.id)
    assert (bank_runs.adjustment_status(reversed_), reversed_.match_number) == ("REVERSED", 2)
    assert await bank.reverse_adjustment(proposed.id) == reversed_
    refund = await wire.transaction(server, transaction_id=reversed_.reversal_transaction_id)
    assert refund.parent_id == reversed_.transaction_id
    assert await money(server, bank.balance_id, "@BankFees") == [100_00, 0]
    statuses = {each.number: bank_runs.status(each) for each in await bank.matches(first)}
    assert statuses == {1: "RELEASED", 2: "CONFIRMED"}
    # The record is open, the two entries are not; and it can be proposed and posted again.
    second = await bank.run(BY_REFERENCE, of_fees())
    assert [bank_runs.adjustment_status(each) for each in await bank.adjustments(second)] == ["PROPOSED"]
    assert (await bank.post_adjustments(second)).posted_count == 1
    assert await money(server, bank.balance_id, "@BankFees") == [97_50, 2_50]
    await assert_books_agree(connection)


async def test_a_match_is_not_released_before_its_adjustment_is_reversed(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(adjusting(BY_REFERENCE))
    await bank.confirm(run_id)
    await bank.post_adjustments(run_id)
    (posted,) = await bank.adjustments(run_id)
    rejected = await wire.rejection(bank.release(run_id, 1))
    assert (rejected.reason, rejected.details["reconciliation_adjustment"]) == (
        "RECONCILIATION_MATCH_ADJUSTED",
        posted.id,
    )
    await bank.reverse_adjustment(posted.id)
    assert await money(server, bank.balance_id) == [100_00]
    assert bank_runs.status((await bank.release(run_id, 1)).reconciliation_match) == "RELEASED"
    assert await bank.numbers(await bank.run(BY_REFERENCE)) == [1]


async def test_the_ledger_may_reject_a_reversal(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    await bank.post_adjustments(run_id)
    await server.ledgers.FreezeBalance(ledger_service_pb2.FreezeBalanceRequest(balance_id=bank.balance_id))
    (posted,) = await bank.adjustments(run_id)
    assert (await wire.rejection(bank.reverse_adjustment(posted.id))).reason == "BALANCE_FROZEN"
    (kept,) = await bank.adjustments(run_id)
    assert (bank_runs.adjustment_status(kept), wire.of_rejection(kept.rejection).reason) == ("POSTED", "BALANCE_FROZEN")


async def test_with_its_adjustments_a_source_is_explained(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(adjusting(BY_REFERENCE), of_fees())
    await bank.confirm(run_id)
    await bank.post_adjustments(run_id)
    drawn = await load_statement(connection, uuid_of(bank.source.id), "USD", date(2026, 12, 31), TimeBasis.EFFECTIVE)
    assert drawn.ledger.total == 94_30
    assert [each.count for each in (drawn.only_in_bank, drawn.only_in_ledger, drawn.differences)] == [0, 0, 0]
    assert await money(server, bank.balance_id) == [96_80 - 2_50]


async def test_the_proof_finds_an_adjustment_that_is_not_what_was_posted(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(adjusting(BY_REFERENCE), of_fees())
    await bank.confirm(run_id)
    await bank.post_adjustments(run_id)
    first, second = await bank.adjustments(run_id)
    await bank.reverse_adjustment(first.id)
    assert (await verify(connection)).faults == []
    await connection.execute("SET session_replication_role = replica")
    forged = "UPDATE reconciliation_adjustments SET {} WHERE id = $1"
    await connection.execute(forged.format("reversal_id = transaction_id"), uuid_of(first.id))
    await connection.execute(forged.format("amount = amount - 1"), uuid_of(second.id))
    # The refund that is not named, the one that is none, and the amount.
    assert len((await verify(connection)).faults) == 3


async def test_those_of_all_finished_runs_are_listed(server: Server, connection: asyncpg.Connection) -> None:
    banks = [await Bank.open(server, connection) for _ in range(2)]
    for bank, key in zip(banks, "ab", strict=True):
        await bank.tell(records.record(key, "-1.00", description="fee"))
    finished, unfinished = [await bank.run(bank_runs.of_records("fee")) for bank in banks]

    async def listed(filter_text: str = "") -> list[str]:
        request = pb.ListReconciliationAdjustmentsRequest(filter=filter_text, order_by="create_time")
        page = await server.reconciliations.ListReconciliationAdjustments(request)
        return [each.reconciliation_id for each in page.reconciliation_adjustments]

    assert await listed() == [finished, unfinished]
    assert await listed(f"external_source_id = {banks[0].source.id}") == [finished]
    assert await listed(f"reconciliation_id = {unfinished}") == [unfinished]
    await connection.execute("SET session_replication_role = replica")
    begun = """UPDATE reconciliations SET status = 'RUNNING', finished_at = NULL, leased_until = 'infinity'
        WHERE id = $1"""
    await connection.execute(begun, uuid_of(unfinished))
    assert await listed() == [finished]
