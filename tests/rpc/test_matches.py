"""What runs found, as callers read it: matches with their rows, rows in none, and why."""

import asyncpg
import pytest
from ledgerapi.v1 import reconciliation_exception_pb2, reconciliation_pb2
from ledgerapi.v1 import reconciliation_match_pb2 as match_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.core.model.matching_rule import Criterion, MatchField, MatchingRule
from tests.conftest import Server
from tests.rpc import bank_runs, records, runs, wire
from tests.rpc.bank_runs import AMOUNT, BY_REFERENCE, EXACT, REFERENCE, Bank

OUTCOME = reconciliation_pb2.RowOutcome


async def test_a_match_shows_the_rows_of_both_sides(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    await bank.post("invoice-1", "12.50", description="Our text", metadata={"references": "x y"})
    (record,) = await bank.tell(
        records.record("k", "12.50", references=["invoice-1"], description="Their text", counterparty="Ada")
    )
    run_id = await bank.run()
    (match,) = await bank.matches(run_id)
    assert (match.number, match.rule_place, match.ambiguous, bank_runs.status(match)) == (1, 1, False, "PROPOSED")
    assert match.matching_rule.version == 1 and match.matching_rule.matching_rule_id.startswith("rul_")
    told, entry = match.records[0], match.entries[0]
    assert (told.id, told.amount.decimal, told.description, told.counterparty) == (
        record, "12.50", "Their text", "Ada",
    )  # fmt: skip
    assert (entry.amount.decimal, entry.description, list(entry.references)) == (
        "12.50", "Our text", ["invoice-1", "x", "y"],
    )  # fmt: skip
    assert entry.counterparty == "@World" and entry.booking_date and entry.HasField("record_time")
    assert await bank.match(run_id, 1) == match


async def test_what_goes_out_is_negative_and_the_source_may_see_it_the_other_way(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection, sign_convention="SIGN_CONVENTION_MONEY_IN_IS_DEBIT")
    await bank.post("a", "1.00")
    await bank.tell(records.record("k", "-1.00", references=["a"]))
    (match,) = await bank.matches(await bank.run())
    assert match.entries[0].amount.precise == "-100"


async def test_explanations_agree_with_what_was_matched(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    for reference, amount in (("a", "1.00"), ("b", "2.00"), ("c", "3.00")):
        await bank.post(reference, amount)
    for reference in ("d", "e"):
        await bank.post(reference, "4.00", group="payout")
    await bank.tell(
        records.record("a", "1.00", references=["a"]),
        records.record("b", "2.02", references=["b"]),
        records.record("c", "9.00", references=["c"]),
        records.record("d", "8.00", group_key="payout"),
    )
    run_id = await bank.run(EXACT, bank_runs.rule(bank_runs.about("0.05"), REFERENCE), BY_REFERENCE, bank_runs.BY_GROUP)
    matches = await bank.matches(run_id)
    assert [match.rule_place for match in matches] == [1, 2, 3, 4]
    for match in matches:
        explanation = match.explanation
        assert (await bank.match(run_id, match.number)).explanation == explanation
        assert explanation.fits and explanation.rule_place == match.rule_place
        assert all(verdict.holds for verdict in explanation.verdicts)
        if match.rule_place < 4:
            pair = await explain(bank, run_id, match)
            fitting = [each.rule_place for each in pair.explanations if each.fits]
            assert fitting[0] == match.rule_place, "a pair belongs to the first rule that accepts it"
    assert [match.explanation.score for match in matches] == [1_000, (600 + 1_000) // 2, 1_000, 1_000]
    told = matches[1].explanation.verdicts[0]
    assert told.message == "amount 2.02 USD differs by 0.02 USD from 2.00 USD; at most 0.05 USD is allowed"
    assert told.score == 600, "of the 0.05 that are allowed, 0.03 are not used up"
    sums = matches[3].explanation.verdicts[0]
    assert (sums.record_value, sums.entry_value) == ("8.00 USD", "8.00 USD")


async def test_any_pair_is_explained_under_any_rule(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    entry = await bank.post("a", "1.00")
    (record,) = await bank.tell(records.record("k", "1.00", references=["b"]))
    run_id = await bank.run(EXACT, bank_runs.rule(AMOUNT, Criterion(field=MatchField.BOOKING_DATE)))
    request = pb.ExplainPairRequest(reconciliation_id=run_id, external_record_id=record, entry=entry, rule_place=1)
    answer = await server.reconciliations.ExplainPair(request)
    assert (answer.record.id, answer.entry.transaction_id) == (record, entry.transaction_id)
    (explanation,) = answer.explanations
    assert [verdict.holds for verdict in explanation.verdicts] == [True, False]
    assert explanation.verdicts[1].message == "reference 'b' does not equal 'a'"
    request.rule_place = 3
    assert (await wire.rejection(server.reconciliations.ExplainPair(request))).reason == "FIELD_INVALID"


async def test_rows_in_no_match_have_their_nearest_with_reasons(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    for reference, amount in (("a", "1.00"), ("b", "2.00"), ("far", "500.00")):
        await bank.post(reference, amount)
    await bank.tell(records.record("k", "1.01", references=["a"]), records.record("l", "7.00"))
    run_id = await bank.run()
    rows = await bank.unmatched(run_id, nearest_count=2)
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert [row.WhichOneof("row") for row in rows] == ["record"] * 2 + ["entry"] * 3
    nearest = [next(iter(near.entry.references)) for near in rows[0].nearest]
    assert nearest == ["a", "b"]
    failed = [verdict.message for verdict in rows[0].nearest[0].explanation.verdicts if not verdict.holds]
    assert failed == ["amount 1.01 USD differs by 0.01 USD from 1.00 USD; they must be equal"]
    assert rows[2].nearest[0].record.key == "k"
    entries = await bank.unmatched(run_id, filter="side = ENTRY", page_size=1)
    assert [row.number for row in entries] == [3] and not entries[0].nearest


@pytest.mark.parametrize("rule", [bank_runs.BY_GROUP, bank_runs.SEARCHED], ids=["by key", "by search"])
async def test_a_rule_that_compares_sums_alone_says_nothing_of_a_pair(
    server: Server, connection: asyncpg.Connection, rule: MatchingRule
) -> None:
    bank = await Bank.open(server, connection)
    await bank.post("a", "1.00")
    await bank.tell(records.record("k", "7.00"))
    lost, _ = await bank.unmatched(await bank.run(rule), nearest_count=1)
    explanation = lost.nearest[0].explanation
    assert (list(explanation.verdicts), explanation.fits, explanation.score) == ([], True, 1_000)


async def test_matches_come_in_pages_and_are_counted(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    for number in range(5):
        await bank.post(f"r{number}", "1.00")
    await bank.tell(*(records.record(f"k{number}", "1.00", references=[f"r{number}"]) for number in range(5)))
    run_id, other = await bank.run(), await bank.run()
    first = pb.ListMatchesRequest(reconciliation_id=run_id, page_size=2, include_total=True)
    page = await server.reconciliations.ListMatches(first)
    assert ([match.number for match in page.reconciliation_matches], page.total_size) == ([1, 2], 5)
    second = pb.ListMatchesRequest(reconciliation_id=run_id, page_size=9, page_token=page.next_page_token)
    assert [match.number for match in (await server.reconciliations.ListMatches(second)).reconciliation_matches] == [
        3,
        4,
        5,
    ]
    last = pb.ListMatchesRequest(reconciliation_id=run_id, order_by="number desc", filter="currency = USD")
    page = await server.reconciliations.ListMatches(last)
    assert [match.number for match in page.reconciliation_matches] == [5, 4, 3, 2, 1]
    foreign = pb.ListMatchesRequest(reconciliation_id=other, page_token=second.page_token)
    assert (await wire.rejection(server.reconciliations.ListMatches(foreign))).reason == "PAGE_TOKEN_INVALID"


async def explain(bank: Bank, run_id: str, match: match_pb2.ReconciliationMatch) -> pb.ExplainPairResponse:
    """What all rules of the run say about the rows of a match."""
    entry = match.entries[0]
    request = pb.ExplainPairRequest(
        reconciliation_id=run_id, external_record_id=match.records[0].id,
        entry={"transaction_id": entry.transaction_id, "balance_id": entry.balance_id},
    )  # fmt: skip
    return await bank.server.reconciliations.ExplainPair(request)


async def test_records_that_say_the_same_under_other_keys_are_duplicates(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection)
    await bank.post("a", "1.00")
    await bank.tell(
        records.record("first", "1.00", references=["a"], description="Rent"),
        records.record("again", "1.00", references=["a"], description="Rent"),
        records.record("other words", "1.00", references=["a"], description="Rent again"),
        records.record("alone", "2.00"),
        records.record("alone again", "2.00"),
    )
    run_id = await bank.run()
    outcomes = {row.record.key: OUTCOME.Name(row.outcome) for row in await bank.unmatched(run_id)}
    assert outcomes == {
        "again": "ROW_OUTCOME_DUPLICATE",
        "other words": "ROW_OUTCOME_UNMATCHED",
        "alone": "ROW_OUTCOME_UNMATCHED",
        "alone again": "ROW_OUTCOME_DUPLICATE",
    }
    totals = runs.totals(await runs.get(server, run_id))
    assert totals["USD", "DUPLICATE"] == (2, "3.00", 0, "0.00")
    kinds = [exception.kind for exception in await bank.exceptions()]
    assert kinds.count(reconciliation_exception_pb2.RECONCILIATION_EXCEPTION_KIND_DUPLICATE) == 2


async def test_matches_are_found_by_what_is_in_them(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    pair = await bank.post("pair", "1.00")
    parts = [await bank.post(f"part-{number}", "2.00", group="g") for number in range(2)]
    alone = await bank.post("alone", "9.00")
    told = await bank.tell(
        records.record("pair", "1.00", references=["pair"]), records.record("whole", "4.00", group_key="g")
    )
    run_id = await bank.run(EXACT, bank_runs.BY_GROUP)
    first, second = await bank.matches(run_id)
    assert (first.entry_count, second.entry_count) == (1, 2)
    for record, match in zip(told, (first, second), strict=True):
        assert await bank.numbers(run_id, f"external_record_id = {record}") == [match.number]
        assert await bank.numbers(run_id, f"matching_rule_id = {match.matching_rule.matching_rule_id}") == [
            match.number
        ]
    assert await bank.numbers(run_id, f"transaction_id = {pair.transaction_id}") == [first.number]
    for part in parts:
        assert await bank.numbers(run_id, f"transaction_id = {part.transaction_id}") == [second.number]
        assert await bank.numbers(run_id, f"transaction_id != {part.transaction_id}") == [first.number]
    assert await bank.numbers(run_id, f"transaction_id = {alone.transaction_id}") == []
    await bank.create(run_id, [told[0]], [alone])
    assert await bank.numbers(run_id, f"external_record_id = {told[0]}") == [first.number, 3]
    assert await bank.numbers(run_id, f"external_record_id = {told[0]} AND rule_place = 0") == [3]
    assert await bank.numbers(run_id, f"matching_rule_id = {second.matching_rule.matching_rule_id}") == [2]
