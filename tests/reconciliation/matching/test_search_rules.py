"""Rules that search: planted groups are found, disputed ones are proposed and not taken, bounds are named."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledgerd.core.model.matching_rule import (
    Criterion,
    FeeFormula,
    Grouping,
    GroupingMode,
    GroupKey,
    MatchField,
    MatchingRule,
    Strategy,
    Tolerance,
)
from ledgerd.reconciliation.matching.engine import Bounds, match
from ledgerd.reconciliation.matching.outcome import Bounded, Outcome
from ledgerd.reconciliation.matching.row import Row
from tests.reconciliation.matching.rows import MONDAY, PRECISIONS, everywhere, row, rule

FEE = FeeFormula(fixed=everywhere("0.25"), percent=Decimal("1.4"))
BY_BATCH = (GroupKey(field=MatchField.GROUP_KEY),)


def searching(
    strategy: Strategy = Strategy.MANY_TO_MANY, tolerance: Tolerance | None = None, fee=None, **grouping
) -> MatchingRule:
    return rule(
        Criterion(field=MatchField.AMOUNT, tolerance=tolerance),
        strategy=strategy,
        fee=fee,
        grouping=Grouping(mode=GroupingMode.BY_SEARCH, **grouping),
    )


def side(*amounts: int, **fields) -> list[Row]:
    return [row(amount, id=f"{number:02}", **fields) for number, amount in enumerate(amounts)]


def found(records: list[Row], entries: list[Row], *rules: MatchingRule) -> Outcome:
    return match(records, entries, rules, PRECISIONS)


def shown(matches) -> list[tuple[str, str]]:
    """Two digits are one row."""
    return [(" ".join(match.records), " ".join(match.entries)) for match in matches]


def planted(groups: int, chance: random.Random, expected_of) -> tuple[list[Row], list[Row], set]:
    """Groups of twelve rows whose sums fit, each with a record and two entries that nearly make a group as well."""
    records, entries, truth = [], [], set()

    def add(rows: list[Row], prefix: str, amount: int, group: int) -> str:
        rows.append(row(amount, id=f"{prefix}{len(rows):05}", group_keys=(f"batch {group}",)))
        return rows[-1].id

    for group in range(groups):
        theirs = [chance.randint(10**7, 10**10) for _ in range(7)]
        ours = [chance.randint(10**6, 10**9) for _ in range(4)]
        ours.append(expected_of(sum(theirs)) - sum(ours))
        truth.add(
            (
                tuple(add(records, "r", amount, group) for amount in ours),
                tuple(add(entries, "e", amount, group) for amount in theirs),
            )
        )
        add(records, "r", sum(theirs[:3]) + 70, group)
        add(entries, "e", sum(ours[1:3]) - 90, group)
        add(entries, "e", ours[4] + 110, group)
    chance.shuffle(records)
    chance.shuffle(entries)
    return records, entries, truth


@pytest.mark.parametrize(
    ("tolerance", "fee", "expected_of"),
    [
        (None, None, lambda total: total),
        (Tolerance(absolute=everywhere("0.02")), None, lambda total: total - 2),
        (Tolerance(percent=Decimal("0.00000001")), None, lambda total: total + 1),
        (None, FEE, lambda total: total - 25 - round(Decimal(total) * 14 / 1_000)),
    ],
    ids=["exact", "amount", "percent", "fee"],
)
def test_planted_groups_are_found_among_rows_that_nearly_fit_and_no_other(tolerance, fee, expected_of):
    records, entries, truth = planted(60, random.Random(7), expected_of)
    outcome = found(records, entries, searching(tolerance=tolerance, fee=fee, keys=BY_BATCH))
    assert {(match.records, match.entries) for match in outcome.matches} == truth
    assert (outcome.ambiguous, outcome.bounded) == ((), ())


def test_a_payout_is_found_as_one_record_of_several_entries_and_the_other_way_round():
    payout, payments = side(60, 7), side(10, 20, 30, 8)
    outcome = found(payout, payments, searching(Strategy.ONE_TO_MANY))
    assert shown(outcome.matches) == [("00", "00 01 02")]
    outcome = found(payments, payout, searching(Strategy.MANY_TO_ONE))
    assert shown(outcome.matches) == [("00 01 02", "00")]


def test_two_choices_of_the_same_rows_are_both_proposed_and_none_is_taken():
    outcome = found(side(60), side(10, 50, 20, 40), searching())
    assert shown(outcome.ambiguous) == [("00", "00 01"), ("00", "02 03")]
    assert (outcome.matches, outcome.bounded) == ((), ())


def test_what_is_disputed_is_kept_from_the_rules_that_follow():
    entries = side(10, 50, 20, 40, 60)
    outcome = found(side(60), entries[:4], searching(), rule(Criterion(field=MatchField.CURRENCY)))
    assert len(outcome.ambiguous) == 2
    assert outcome.matches == ()


def test_a_choice_that_contains_another_is_none():
    outcome = found(side(60, 5), side(10, 50, 5), searching())
    assert shown(outcome.matches) == [("00", "00 01"), ("01", "02")]
    assert outcome.ambiguous == ()


def test_rows_that_cancel_each_other_out_fit_nothing():
    assert found(side(5, -5), side(3, -3), searching()) == Outcome(())


def test_of_equal_rows_the_first_are_taken():
    """It makes no difference which one, so nothing is disputed."""
    outcome = found(side(30), side(10, 20, 20, 20), searching())
    assert shown(outcome.matches) == [("00", "00 01")]
    assert outcome.ambiguous == ()


def test_equal_choices_of_equal_rows_are_all_taken():
    outcome = found(side(30, 30, 30), side(10, 10, 20, 20), searching())
    assert shown(outcome.matches) == [("00", "00 02"), ("01", "01 03")]
    assert outcome.ambiguous == ()


def test_ten_thousand_equal_payments_are_one_choice_that_is_taken_as_often():
    rows = [row(10, id=f"{number:05}") for number in range(10_000)]
    outcome = found(rows, rows, searching())
    assert [(match.records, match.entries) for match in outcome.matches] == [((same.id,), (same.id,)) for same in rows]


def test_equal_rows_are_shared_where_there_are_enough_of_them():
    outcome = found(side(30, 45), side(20, 20, 10, 25), searching())
    assert shown(outcome.matches) == [("00", "00 02"), ("01", "01 03")]
    outcome = found(side(30, 45), side(20, 10, 25), searching())
    assert shown(outcome.ambiguous) == [("00", "00 01"), ("01", "00 02")]


def test_a_window_keeps_rows_apart():
    late = row(20, id="99", booking_date=MONDAY + timedelta(days=3))
    for days, is_found in [(2, False), (3, True), (None, True)]:
        outcome = found(side(30), [*side(10), late], searching(window_days=days))
        assert bool(outcome.matches) == is_found


def test_windows_overlap_and_each_choice_is_found_once():
    days = [row(2**number, id=f"{number:02}", booking_date=MONDAY + timedelta(days=number)) for number in range(12)]
    paid = row(2**4 + 2**5 + 2**6, id="00", booking_date=MONDAY + timedelta(days=5))
    for window_days, is_found in [(1, False), (2, True), (5, True), (11, True)]:
        outcome = found([paid], days, searching(window_days=window_days))
        assert shown(outcome.matches) == [("00", "04 05 06")] * is_found
        assert (outcome.ambiguous, outcome.bounded) == ((), ())


def test_a_window_may_reach_beyond_the_calendar():
    last_day = {"booking_date": date.max}
    outcome = found(side(30, **last_day), side(10, 20, **last_day), searching(window_days=366))
    assert shown(outcome.matches) == [("00", "00 01")]


def test_a_group_has_as_many_rows_as_the_rule_allows():
    for most, is_found in [(4, False), (5, True)]:
        assert bool(found(side(100), side(10, 20, 30, 40), searching(max_rows=most)).matches) == is_found


def test_many_rows_are_searched_for_small_groups():
    """Two hundred rows have too many choices to list, and few of four rows."""
    chance = random.Random(1)
    amounts = [chance.randint(1, 10**15) for _ in range(200)]
    outcome = found(side(amounts[3] + amounts[77] + amounts[150]), side_of_three_digits(amounts), searching(max_rows=4))
    assert shown(outcome.matches) == [("00", "003 077 150")]
    assert outcome.bounded == ()


def side_of_three_digits(amounts: list[int]) -> list[Row]:
    return [row(amount, id=f"{number:03}") for number, amount in enumerate(amounts)]


def test_a_search_that_takes_too_much_effort_is_named_and_matches_nothing():
    """Nor do other groups take its rows: another choice in it might want them."""
    entries = side(*(3**power for power in range(20)), group_keys=("large",))
    record = row(3 + 27, id="00", group_keys=("large",))
    small = [row(8, id="50", group_keys=("small",))], [row(8, id="50", group_keys=("small",))]
    both = row(3, id="60", group_keys=("large", "small"))
    rules = searching(keys=BY_BATCH, max_sums=1_000)
    outcome = found([record, *small[0], both], [*entries, *small[1], row(3, id="61", group_keys=("small",))], rules)
    assert shown(outcome.matches) == [("50", "50")]
    assert outcome.bounded == (Bounded(0, "max_sums", ("00", "60"), tuple(entry.id for entry in entries)),)
    assert shown(found([record], entries, searching(keys=BY_BATCH)).matches) == [("00", "01 03")]


def test_what_is_found_counts_as_effort():
    """Two thousand sums, and tens of thousands of choices that have the one that is looked for."""
    entries = [row(10, id=f"{number:02}", booking_date=MONDAY + timedelta(days=number)) for number in range(20)]
    outcome = found(side(60), entries, searching(max_sums=5_000))
    assert (outcome.matches, outcome.ambiguous) == ((), ())
    assert [bounded.bound for bounded in outcome.bounded] == ["max_sums"]


def test_only_so_many_disputed_matches_are_proposed():
    entries = [row(10, id=f"{number:02}", booking_date=MONDAY + timedelta(days=number)) for number in range(8)]
    outcome = match(side(20), entries, [searching()], PRECISIONS, Bounds(proposals_max=5))
    assert len(outcome.ambiguous) == 5
    (bounded,) = outcome.bounded
    assert (bounded.bound, bounded.records) == ("proposals_max", ("00",))
    assert len(match(side(20), entries, [searching()], PRECISIONS).ambiguous) == 28
