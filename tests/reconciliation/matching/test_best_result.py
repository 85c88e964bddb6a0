"""The engine finds the best result of all, whatever the rules and the order of its input: compared with the oracle."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerd.core.model.matching_rule import (
    Criterion,
    FeeFormula,
    Grouping,
    GroupingMode,
    GroupKey,
    MatchField,
    Tolerance,
)
from ledgerd.reconciliation.matching.engine import match
from ledgerd.reconciliation.matching.row import Row
from tests.reconciliation.matching.oracle import expected
from tests.reconciliation.matching.rows import (
    AMOUNT,
    GROUPED,
    MONDAY,
    PRECISIONS,
    everywhere,
    group_rules,
    pair_rules,
    rows,
    rule,
)

BY_REFERENCE = rule(AMOUNT, Criterion(field=MatchField.REFERENCE))
BY_DAY = rule(AMOUNT, Criterion(field=MatchField.BOOKING_DATE))
BY_AMOUNT = rule(AMOUNT)
NEARLY = rule(Criterion(field=MatchField.AMOUNT, tolerance=Tolerance(absolute=everywhere("0.02"))))
LESS_A_FEE = rule(AMOUNT, fee=FeeFormula(fixed=everywhere("0.01"), percent=Decimal(10)))
PAIRS = st.sampled_from([BY_REFERENCE, BY_DAY, BY_AMOUNT, NEARLY, LESS_A_FEE])


@st.composite
def dense_groups(draw, *, mode: GroupingMode):
    tolerance = draw(
        st.sampled_from([None, None, Tolerance(absolute=everywhere("0.01")), Tolerance(percent=Decimal(10))])
    )
    fee = draw(st.sampled_from([None, None, FeeFormula(fixed=everywhere("0.01"), percent=Decimal(10))]))
    members = draw(st.sampled_from([[], [], [Criterion(field=MatchField.REFERENCE)]]))
    return rule(
        Criterion(field=MatchField.AMOUNT, tolerance=tolerance),
        *members,
        strategy=draw(st.sampled_from(GROUPED)),
        fee=fee,
        grouping=Grouping(
            keys=draw(st.sampled_from([(), (GroupKey(field=MatchField.GROUP_KEY),)])),
            mode=mode,
            window_days=draw(st.sampled_from([None, None, 0, 1])),
            max_rows=draw(st.sampled_from([2, 3, 4, 12])),
        ),
    )


MOMENTS = [None, None, *(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=seconds) for seconds in (0, 7, 90_000))]
VALUES = {
    "amount": st.sampled_from([1, 2, 3, 5, 9, 10, 11, -3, -5]),
    "booking_date": st.sampled_from([MONDAY, MONDAY, MONDAY + timedelta(days=1), None]),
    "booked_at": st.sampled_from(MOMENTS),
    "references": st.sampled_from([(), ("a",), ("b",), ("a", "b")]),
    "group_keys": st.sampled_from([("k",), ("k",), ("k", "l"), ("l",), ()]),
}


@st.composite
def dense_rows(draw, most: int = 5):
    """Few values, so that everything meets everything; many rows are others with one value changed, or none."""
    made: list[Row] = []
    for number in draw(st.permutations(range(draw(st.integers(0, most))))):
        if made and draw(st.booleans()):
            changed = draw(st.sampled_from([*VALUES, "id"]))
            value = str(number) if changed == "id" else draw(VALUES[changed])
            made.append(replace(draw(st.sampled_from(made)), **{"id": str(number), changed: value}))
        else:
            values = {name: draw(value) for name, value in VALUES.items()}
            made.append(Row(id=str(number), currency="EUR", **values))
    return made


dense_rules = st.lists(
    PAIRS | dense_groups(mode=GroupingMode.BY_KEY) | dense_groups(mode=GroupingMode.BY_SEARCH), min_size=1, max_size=3
)


def ids(made: list[Row]) -> list[Row]:
    return [replace(row, id=str(number)) for number, row in enumerate(made)]


@settings(max_examples=300)
@given(dense_rows(), dense_rows(), dense_rules)
def test_the_result_is_the_best_of_all(records, entries, rules):
    outcome = match(records, entries, rules, PRECISIONS)
    assert (list(outcome.matches), list(outcome.ambiguous)) == expected(records, entries, rules)


@settings(max_examples=300)
@given(dense_rows(), dense_rows(), st.lists(PAIRS, min_size=1, max_size=3))
def test_the_result_of_pairs_is_the_best_of_all(records, entries, rules):
    assert list(match(records, entries, rules, PRECISIONS).matches) == expected(records, entries, rules)[0]


@settings(max_examples=300)
@given(dense_rows(6), dense_rows(6), st.lists(PAIRS | dense_groups(mode=GroupingMode.BY_KEY), min_size=1, max_size=4))
def test_the_result_of_pairs_beside_groups_is_the_best_of_all(records, entries, rules):
    assert list(match(records, entries, rules, PRECISIONS).matches) == expected(records, entries, rules)[0]


@settings(max_examples=300)
@given(dense_rows(6), dense_rows(6), dense_groups(mode=GroupingMode.BY_SEARCH))
def test_a_search_finds_the_smallest_choices_and_takes_those_that_none_disputes(records, entries, searching):
    outcome = match(records, entries, [searching], PRECISIONS)
    assert (list(outcome.matches), list(outcome.ambiguous)) == expected(records, entries, [searching])


@given(
    st.lists(rows, max_size=4).map(ids),
    st.lists(rows, max_size=4).map(ids),
    st.lists(pair_rules() | group_rules(), min_size=1, max_size=3),
)
def test_the_result_is_the_best_of_all_by_any_rule(records, entries, rules):
    outcome = match(records, entries, rules, PRECISIONS)
    assert (list(outcome.matches), list(outcome.ambiguous)) == expected(records, entries, rules)


@given(dense_rows(9), dense_rows(9), dense_rules, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(records, entries, rules, chance: random.Random):
    outcome = match(records, entries, rules, PRECISIONS)
    chance.shuffle(records)
    chance.shuffle(entries)
    assert match(records, entries, rules, PRECISIONS) == outcome


@given(dense_rows(9), dense_rows(9), dense_rules)
def test_no_row_is_matched_twice_and_a_second_run_matches_no_row_of_the_first(records, entries, rules):
    matched_records: list[str] = []
    matched_entries: list[str] = []
    while True:
        left = [row for row in records if row.id not in matched_records]
        outcome = match(left, [row for row in entries if row.id not in matched_entries], rules, PRECISIONS)
        matched_records += [row for found in outcome.matches for row in found.records]
        matched_entries += [row for found in outcome.matches for row in found.entries]
        assert len(set(matched_records)) == len(matched_records)
        assert len(set(matched_entries)) == len(matched_entries)
        if not outcome.matches:
            break


@given(dense_rows(9), dense_rows(9), st.lists(PAIRS, min_size=1, max_size=3))
def test_a_second_run_of_pairs_finds_nothing(records, entries, rules):
    first = match(records, entries, rules, PRECISIONS)
    left = [row for row in records if (row.id,) not in {found.records for found in first.matches}]
    others = [row for row in entries if (row.id,) not in {found.entries for found in first.matches}]
    assert match(left, others, rules, PRECISIONS).matches == ()
