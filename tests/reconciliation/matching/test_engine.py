"""What the engine does as a whole, in the words of the domain."""

import gc
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledgerd.core.model.matching_rule import (
    Criterion,
    Grouping,
    GroupingMode,
    GroupKey,
    MatchField,
    MatchingRule,
    MatchOperator,
    Strategy,
    Tolerance,
)
from ledgerd.reconciliation.matching.candidates import Effort
from ledgerd.reconciliation.matching.engine import PAIR_BYTES, PAIRS_MAX_BYTES, Bounds, match
from ledgerd.reconciliation.matching.fields import Side
from ledgerd.reconciliation.matching.nearest import nearest
from ledgerd.reconciliation.matching.outcome import Bounded, Match, Outcome
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.method import FEW_ROWS
from tests.reconciliation.matching.rows import AMOUNT, MONDAY, PRECISIONS, everywhere, row, rule

IN_BATCH = {"references": ("often",), "group_keys": ("batch",)}
REFERENCE = Criterion(field=MatchField.REFERENCE)
EXACT = rule(AMOUNT, REFERENCE)
NEARLY = rule(Criterion(field=MatchField.AMOUNT, tolerance=Tolerance(absolute=everywhere(1))))
SEARCH = rule(AMOUNT, strategy=Strategy.MANY_TO_MANY, grouping=Grouping(mode=GroupingMode.BY_SEARCH, window_days=0))


def matched(records: list[Row], entries: list[Row], *rules: MatchingRule) -> list[tuple[int, str, str]]:
    outcome = match(records, entries, rules, PRECISIONS)
    assert outcome.bounded == ()
    return [(found.level, " ".join(found.records), " ".join(found.entries)) for found in outcome.matches]


def by_batch(strategy: Strategy = Strategy.MANY_TO_MANY, *criteria: Criterion, **fields) -> MatchingRule:
    grouping = Grouping(keys=(GroupKey(field=MatchField.GROUP_KEY),), **fields)
    return rule(AMOUNT, *criteria, strategy=strategy, grouping=grouping)


def batch(*amounts: int, first: int = 0, **fields) -> list[Row]:
    numbered = enumerate(amounts, first)
    return [row(amount, **{"id": str(number), "group_keys": ("batch",)} | fields) for number, amount in numbered]


def test_nothing_matches_nothing():
    assert match([], [], [EXACT, by_batch()], PRECISIONS) == Outcome(())
    assert match([row()], [row()], [], PRECISIONS) == Outcome(())


def test_an_exact_match_is_not_broken_for_two_weaker_ones():
    records = [row(100, id="1", references=("a",)), row(20, id="2")]
    entries = [row(100, id="1", references=("a",)), row(190, id="2")]
    assert matched(records, entries, EXACT, NEARLY) == [(0, "1", "1")]
    assert matched(records, entries, NEARLY) == [(0, "1", "2"), (0, "2", "1")]


def test_of_equal_amounts_those_are_matched_whose_times_are_closest():
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    records = [row(id="1", booked_at=noon), row(id="2", booked_at=noon + timedelta(hours=5))]
    entries = [row(id="1", booked_at=noon + timedelta(hours=4)), row(id="2", booked_at=noon - timedelta(hours=1))]
    assert matched(records, entries, rule(AMOUNT)) == [(0, "1", "2"), (0, "2", "1")]


def test_ten_thousand_equal_payments_are_matched_in_the_order_of_their_ids():
    rows = [row(999, id=f"{number:05}") for number in range(10_000)]
    outcome = match(rows[1_000:], rows[::-1], [EXACT, rule(AMOUNT)], PRECISIONS, Bounds(pairs_max=1))
    expected = zip(rows[1_000:], rows, strict=False)
    assert outcome == Outcome(tuple(Match(1, (record.id,), (entry.id,), 0, 0) for record, entry in expected))


# Groups by key -------------------------------------------------------------------------------------


def test_all_rows_of_a_batch_are_one_match():
    assert matched(batch(60), batch(10, 20, 30), by_batch(Strategy.ONE_TO_MANY)) == [(0, "0", "0 1 2")]
    assert matched(batch(10, 20, 30), batch(60), by_batch(Strategy.MANY_TO_ONE)) == [(0, "0 1 2", "0")]
    assert matched(batch(40, 20), batch(10, 20, 30), by_batch()) == [(0, "0 1", "0 1 2")]
    assert matched(batch(10), batch(10), by_batch(Strategy.ONE_TO_MANY)) == [(0, "0", "0")]


def test_a_batch_is_not_matched_in_part():
    assert matched(batch(60), batch(10, 20, 30, 5), by_batch()) == []
    assert matched(batch(40, 20), batch(60), by_batch(Strategy.ONE_TO_MANY)) == []
    others = batch(60, references=("a",)), [*batch(10, 20, references=("a",)), *batch(30, first=2)]
    assert matched(*others, by_batch(Strategy.ONE_TO_MANY, REFERENCE)) == []


def test_a_batch_competes_with_pairs_by_the_order_of_rules():
    records, entries = batch(60), [*batch(10, 50), row(60, id="9")]
    assert matched(records, entries, by_batch(), rule(AMOUNT)) == [(0, "0", "0 1")]
    assert matched(records, entries, rule(AMOUNT), by_batch()) == [(0, "0", "9")]


def test_a_batch_may_lie_in_a_window_only():
    late = batch(50, first=1, booking_date=date(2026, 3, 5))
    assert matched(batch(60), [*batch(10), *late], by_batch(window_days=3)) == [(0, "0", "0 1")]
    assert matched(batch(60), [*batch(10), *late], by_batch(window_days=2)) == []
    undated = batch(50, first=1, booking_date=None)
    assert matched(batch(60), [*batch(10), *undated], by_batch(window_days=366)) == []


def test_a_batch_with_too_many_rows_is_named():
    outcome = match(batch(60), batch(10, 20, 30), [by_batch(max_rows=3)], PRECISIONS)
    assert outcome == Outcome((), (), (Bounded(0, "max_rows", ("0",), ("0", "1", "2")),))


def test_a_batch_of_very_many_rows_is_matched_where_the_rule_allows_it():
    entries = [row(1, id=f"{number:05}", group_keys=("batch",)) for number in range(50_000)]
    outcome = match(batch(50_000), entries, [by_batch(Strategy.ONE_TO_MANY, max_rows=100_000)], PRECISIONS)
    assert [len(found.entries) for found in outcome.matches] == [50_000]


# Bounds ------------------------------------------------------------------------------------------


def test_keys_that_too_many_rows_share_are_named_and_their_rows_left_to_nobody():
    """The rare ones are matched. What the bound hides might be better than what else is found for these rows."""
    crowd = [row(5, id=f"a{number}", description=str(number), references=("often", "now")) for number in range(5)]
    rare = [row(7, id="b0", references=("rare",))]
    now = [row(5, id="c0", references=("now",))]
    told_apart = rule(REFERENCE, Criterion(field=MatchField.AMOUNT, tolerance=Tolerance(absolute=everywhere(9))))
    told_apart_too = rule(AMOUNT, Criterion(field=MatchField.DESCRIPTION))
    entries = [replace(entry, references=("often",)) for entry in crowd] + rare + now
    outcome = match(crowd + rare, entries, [told_apart, told_apart_too, SEARCH], PRECISIONS, Bounds(pairs_max=24))
    ids = tuple(row.id for row in crowd)
    assert outcome == Outcome((Match(0, ("b0",), ("b0",), 0, 0),), (), (Bounded(0, "pairs_max", ids, ids),))


def test_a_batch_is_not_matched_with_rows_that_are_left_to_nobody():
    crowd = [row(5, id=f"a{number}", description=str(number), **IN_BATCH) for number in range(3)]
    others = [row(5, id=f"b{number}", description=str(number), **IN_BATCH) for number in range(3)]
    told_apart = rule(REFERENCE, Criterion(field=MatchField.DESCRIPTION, operator=MatchOperator.STARTS_WITH))
    outcome = match(crowd, others, [told_apart, by_batch()], PRECISIONS, Bounds(pairs_max=8))
    assert (outcome.matches, [bounded.bound for bounded in outcome.bounded]) == ((), ["pairs_max"])
    outcome = match(crowd, others, [told_apart, by_batch()], PRECISIONS)
    assert [(found.level, len(found.records)) for found in outcome.matches] == [(1, 3)]


def test_rules_that_are_weighed_together_share_the_bound_of_pairs():
    """Of 20 pairs the first rule keeps three: 17 are left, and the second rule would look at nine and nine."""
    records = [row(100, id=f"a{number}", references=(f"{number}",)) for number in range(3)]
    records += [row(5_000 + number, id=f"b{number}") for number in range(3)]
    rules, ids = [EXACT, NEARLY], ("b0", "b1", "b2")
    exact = tuple(Match(0, (f"a{number}",), (f"a{number}",), 0, 0) for number in range(3))
    others = tuple(Match(1, (f"b{number}",), (f"b{number}",), 0, 0) for number in range(3))
    bounded = match(records, records, rules, PRECISIONS, Bounds(pairs_max=20))
    assert bounded == Outcome(exact, (), (Bounded(1, "pairs_max", ids, ids),))
    assert match(records, records, rules, PRECISIONS, Bounds(pairs_max=21)) == Outcome(exact + others)
    apart = Bounds(pairs_max=20, pairs_are_shared=False)
    assert match(records, records, rules, PRECISIONS, apart) == Outcome(exact + others)


def bytes_of_candidates(side: int, block: int) -> int:
    """What matching takes at most, of so many rows of each side, each with ``block`` candidates."""
    records, entries = (
        [
            row(
                side * 1_000_000 * (number // block) + number * 1_000,
                id=f"{number:05}",
                booked_at=datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=number * apart % 80_000),
            )
            for number in range(side)
        ]
        for apart in (7_919, 104_729)
    )
    near = rule(Criterion(field=MatchField.AMOUNT, tolerance=Tolerance(absolute=everywhere(block * 10))))
    gc.disable()  # What it finds depends on what ran before.
    tracemalloc.start()
    try:
        assert len(match(records, entries, [near], PRECISIONS).matches) == side
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()


@pytest.mark.parametrize(("side", "block"), [(100, 100), (3_000, 20), (6_000, 6)])
def test_what_a_pair_takes_is_no_more_than_is_stated(side: int, block: int):
    """In one block and in many. What a run takes in all is said beside the bounds."""
    assert 600 * 600 <= Bounds().pairs_max <= PAIRS_MAX_BYTES // PAIR_BYTES
    assert bytes_of_candidates(side, block) / (side * block) <= PAIR_BYTES


@pytest.mark.parametrize("block", [1, 2, 4])
def test_rows_with_few_candidates_are_too_few_to_take_more(block: int):
    assert bytes_of_candidates(FEW_ROWS // 10, block) * 10 <= PAIRS_MAX_BYTES


def test_members_that_are_too_many_to_compare_are_named():
    outcome = match(batch(60), batch(10, 20, 30), [by_batch(), rule(AMOUNT)], PRECISIONS, Bounds(members_max=2))
    assert outcome == Outcome((), (), (Bounded(0, "members_max", ("0",), ("0", "1", "2")),))


def test_a_block_that_takes_too_many_steps_is_named_and_its_rows_left_to_nobody():
    tangle = [row(100 + number, id=f"a{number}") for number in range(6)]
    apart = [row(999, id="b0")]
    outcome = match(tangle + apart, tangle + apart, [NEARLY, SEARCH], PRECISIONS, Bounds(block_max=10))
    ids = tuple(row.id for row in tangle)
    assert outcome == Outcome((Match(0, ("b0",), ("b0",), 0, 0),), (), (Bounded(0, "block_max", ids, ids),))
    assert len(match(tangle, tangle, [NEARLY], PRECISIONS).matches) == 6


def test_batches_that_share_rows_are_weighed_against_each_other():
    """Each record is in two batches, in a ring."""
    ring = [row(10, id=str(number), group_keys=(str(number), str((number + 1) % 7))) for number in range(7)]
    entries = [row(20, id=str(number), group_keys=(str(number),)) for number in range(7)]
    assert matched(ring, entries, by_batch()) == [(0, "0 1", "1"), (0, "2 3", "3"), (0, "4 5", "5")]


def test_of_batches_with_as_many_rows_the_one_is_taken_whose_amounts_are_closer():
    """Whichever is weighed first."""
    nearly = by_batch()
    tolerance = Tolerance(absolute=everywhere(1))
    nearly = replace(nearly, criteria=(Criterion(field=MatchField.AMOUNT, tolerance=tolerance),))
    for drifts in [(5, 2), (2, 5)]:
        keys = [("a",), ("a", "b"), ("b",)]
        records = [row(10, id=str(number), group_keys=of_row) for number, of_row in enumerate(keys)]
        entries = [row(20 + drift, id=key, group_keys=(key,)) for key, drift in zip("ab", drifts, strict=True)]
        assert matched(records, entries, nearly) == [(0, "0 1", "a") if drifts == (2, 5) else (0, "1 2", "b")]


def test_batches_that_depend_on_each_other_too_deeply_are_named():
    """One record is in all of them."""
    for number, is_found in [(100, True), (200, False)]:
        keys = tuple(f"{batch:03}" for batch in range(number))
        records = [row(20, id="-", group_keys=keys), *(row(10, id=key, group_keys=(key,)) for key in keys)]
        entries = [row(30, id=key, group_keys=(key,)) for key in keys]
        outcome = match(records, entries, [by_batch()], PRECISIONS)
        assert [found.records for found in outcome.matches] == [("-", "000")] * is_found
        assert [bounded.bound for bounded in outcome.bounded] == ["block_max"] * (not is_found)


def test_effort_is_counted_in_steps():
    effort = Effort(2)
    effort.spend(2)
    assert effort.left == 0


# What came close -----------------------------------------------------------------------------------


def test_the_nearest_rows_say_what_they_fail():
    record = row(12_050, id="1", references=("inv 1",))
    entries = [
        row(12_050, id="other reference", references=("inv 2",)),
        row(12_000, id="other amount", references=("inv 1",)),
        row(99_999, id="far", references=("inv 3",)),
        row(12_050, id="other currency", references=("inv 1",), currency="JPY"),
    ]
    near = nearest(record, Side.RECORD, entries, [EXACT], PRECISIONS, limit=2)
    assert [(found.id, found.level, found.failed) for found in near] == [
        ("other reference", 0, 1),
        ("other amount", 0, 1),
    ]
    failures = [verdict.sentence for found in near for verdict in found.verdicts if not verdict.ok]
    assert failures == [
        "reference 'inv 1' does not equal 'inv 2'",
        "amount 120.50 EUR differs by 0.50 EUR from 120.00 EUR; they must be equal",
    ]
    assert nearest(record, Side.RECORD, entries, [], PRECISIONS, limit=2) == ()


def test_the_nearest_of_an_entry_are_records():
    reader = rule(AMOUNT, Criterion(field=MatchField.REFERENCE, ledger_field=MatchField.DESCRIPTION))
    entry = row(id="1", description="inv 1")
    near = nearest(entry, Side.ENTRY, [row(id="2", references=("inv 1",))], [NEARLY, reader], PRECISIONS, limit=1)
    assert [(found.id, found.level, found.failed) for found in near] == [("2", 0, 0)]


def test_the_nearest_by_a_rule_with_groups_are_compared_without_amounts():
    near = nearest(batch(60)[0], Side.RECORD, batch(10), [EXACT, by_batch()], PRECISIONS, limit=1)
    assert [(found.level, found.failed, found.verdicts) for found in near] == [(1, 0, ())]


def test_a_row_whose_amount_alone_differs_is_near_however_many_have_nearer_amounts():
    record = row(1_000, id="1", references=("inv 1",))
    crowd = [row(1_001 + number, id=f"a{number:03}", booking_date=MONDAY) for number in range(200)]
    near = nearest(
        record, Side.RECORD, [*crowd, row(9_999, id="b", references=("inv 1",))], [EXACT], PRECISIONS, limit=1
    )
    assert [found.id for found in near] == ["b"]
