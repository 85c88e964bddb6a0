"""Every bound of a rule: what is just inside has no problem, what is just outside has one that names its field."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from ledgerd.core.model.matching_rule import (
    AdjustmentKind,
    Criterion,
    FeeFormula,
    Grouping,
    GroupingMode,
    GroupKey,
    MatchField,
    MatchOperator,
    Normalization,
    RuleAdjustment,
    Strategy,
    Tolerance,
)
from ledgerd.reconciliation.matching.checking import problems_of
from ledgerd.reconciliation.matching.criteria import compile_rule
from ledgerd.reconciliation.matching.engine import match
from tests.reconciliation.matching.rows import AMOUNT, GROUPED, PRECISIONS, group_rules, pair_rules, row, rows, rule

REFERENCE = Criterion(field=MatchField.REFERENCE)
BOOKING_DATE = Criterion(field=MatchField.BOOKING_DATE)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
BY_KEY = Grouping(keys=(GroupKey(field=MatchField.GROUP_KEY),))
BY_SEARCH = replace(BY_KEY, mode=GroupingMode.BY_SEARCH)


def fields_of(rule) -> list[str]:
    return [problem.field for problem in problems_of(rule)]


def criterion(field: MatchField = MatchField.DESCRIPTION, operator: MatchOperator = MatchOperator.EQUALS, **given):
    return Criterion(field=field, operator=operator, **given)


def within(field: MatchField, **given) -> Criterion:
    return Criterion(field=field, tolerance=Tolerance(**given))


ONE_OF, PATTERN, SIMILAR = MatchOperator.ONE_OF, MatchOperator.PATTERN, MatchOperator.SIMILAR
METADATA, CURRENCY, DESCRIPTION = MatchField.METADATA, MatchField.CURRENCY, MatchField.DESCRIPTION
FOLDED = frozenset({Normalization.CASE, Normalization.PUNCTUATION})

FEES = RuleAdjustment(kind=AdjustmentKind.FEE, counterpart="@Fees", at_most={"EUR": Decimal(1)})
MANY = {f"X{number}": Decimal(1) for number in range(33)}
"""More currencies than a rule may list."""
ALONE = {"strategy": Strategy.RECORD_ALONE, "adjustment": FEES}

GOOD_CRITERIA = [
    REFERENCE,
    BOOKING_DATE,
    criterion(CURRENCY),
    criterion(CURRENCY, ONE_OF, values=("EUR",)),
    criterion(METADATA, metadata_key="order"),
    criterion(METADATA, metadata_key="o" * 255, ledger_metadata_key="number"),
    criterion(DESCRIPTION, ledger_field=METADATA, ledger_metadata_key="order"),
    criterion(DESCRIPTION, ledger_field=METADATA, metadata_key="order"),
    criterion(METADATA, ledger_field=MatchField.REFERENCE, metadata_key="order"),
    criterion(MatchField.BOOKING_DATE, ledger_field=MatchField.VALUE_DATE),
    criterion(operator=SIMILAR, threshold=1),
    criterion(operator=SIMILAR, threshold=100),
    criterion(operator=ONE_OF, values=tuple(map(str, range(100)))),
    criterion(operator=ONE_OF, values=("v" * 255,)),
    criterion(operator=PATTERN, pattern="p" * 500),
    criterion(operator=PATTERN, pattern=r"\d+", extract=r"INV-\d+"),
    criterion(operator=MatchOperator.CONTAINS, ledger_field=MatchField.REFERENCE),
    criterion(operator=MatchOperator.STARTS_WITH, extract="(a)(b)", ledger_extract="c", normalizations=FOLDED),
    within(MatchField.BOOKING_DATE, seconds=0),
    within(MatchField.VALUE_DATE, seconds=31_622_400),
    within(MatchField.BOOKING_DATE, business_days=262),
]

BAD_CRITERIA = [
    ("ledger_field", criterion(ledger_field=MatchField.BOOKING_DATE)),
    ("ledger_field", criterion(ledger_field=MatchField.CURRENCY)),
    ("ledger_field", criterion(MatchField.BOOKING_DATE, ledger_field=MatchField.REFERENCE)),
    ("ledger_field", criterion(operator=ONE_OF, values=("a",), ledger_field=MatchField.REFERENCE)),
    ("ledger_field", criterion(operator=PATTERN, pattern="a", ledger_field=MatchField.REFERENCE)),
    ("metadata_key", criterion(METADATA)),
    ("metadata_key", criterion(METADATA, metadata_key="o" * 256)),
    ("metadata_key", criterion(METADATA, metadata_key="a\nb")),
    ("metadata_key", criterion(metadata_key="order")),
    ("ledger_metadata_key", criterion(ledger_metadata_key="order")),
    ("ledger_metadata_key", criterion(ledger_field=METADATA)),
    ("operator", criterion(MatchField.BOOKING_DATE, MatchOperator.CONTAINS)),
    ("operator", criterion(CURRENCY, MatchOperator.STARTS_WITH)),
    ("threshold", criterion(operator=SIMILAR)),
    ("threshold", criterion(operator=SIMILAR, threshold=101)),
    ("threshold", criterion(operator=SIMILAR, threshold=-1)),
    ("threshold", criterion(threshold=50)),
    ("values", criterion(operator=ONE_OF)),
    ("values", criterion(operator=ONE_OF, values=tuple(map(str, range(101))))),
    ("values", criterion(values=("a",))),
    ("values[1]", criterion(operator=ONE_OF, values=("a", ""))),
    ("values[0]", criterion(operator=ONE_OF, values=("v" * 256,))),
    ("values[1]", criterion(operator=ONE_OF, values=("a", "--"), normalizations=FOLDED)),
    ("pattern", criterion(operator=PATTERN)),
    ("pattern", criterion(operator=PATTERN, pattern="(")),
    ("pattern", criterion(operator=PATTERN, pattern=r"(a)\1")),
    ("pattern", criterion(operator=PATTERN, pattern="((a{100}){100}){100}")),
    ("pattern", criterion(operator=PATTERN, pattern="p" * 501)),
    ("pattern", criterion(pattern="a")),
    ("extract", criterion(extract="[")),
    ("extract", criterion(MatchField.BOOKING_DATE, extract="2026")),
    ("extract", criterion(CURRENCY, extract="EUR")),
    ("ledger_extract", criterion(ledger_extract="e" * 501)),
    ("ledger_extract", criterion(operator=ONE_OF, values=("a",), ledger_extract="a")),
    ("normalizations", criterion(MatchField.BOOKING_DATE, normalizations=FOLDED)),
    ("normalizations", criterion(CURRENCY, normalizations=FOLDED)),
    ("tolerance", within(MatchField.BOOKING_DATE, seconds=1, business_days=1)),
    ("tolerance.absolute", within(MatchField.BOOKING_DATE, absolute={"EUR": Decimal(1)})),
    ("tolerance.duration", within(MatchField.REFERENCE, seconds=1)),
    ("tolerance.duration", within(MatchField.BOOKING_DATE, seconds=-1)),
    ("tolerance.duration", within(MatchField.BOOKING_DATE, seconds=31_622_401)),
    ("tolerance.business_days", within(MatchField.BOOKING_DATE, business_days=263)),
    ("tolerance.business_days", within(MatchField.DESCRIPTION, business_days=2)),
]


@pytest.mark.parametrize("good", GOOD_CRITERIA)
def test_good_criteria_have_no_problem_and_can_be_compiled(good):
    assert problems_of(rule(AMOUNT, good)) == ()
    compile_rule(rule(AMOUNT, good), PRECISIONS)


@pytest.mark.parametrize(("field", "bad"), BAD_CRITERIA)
def test_bad_criteria_are_named(field, bad):
    problems = problems_of(rule(AMOUNT, bad))
    assert [problem.field for problem in problems] == [f"criteria[1].{field}"]
    assert all(problem.sentence for problem in problems)


@pytest.mark.parametrize(
    "good",
    [
        Tolerance(),
        Tolerance(absolute={"EUR": Decimal(0)}),
        Tolerance(absolute={"EUR": Decimal("0.000000000000000001")}),
        Tolerance(absolute={"EUR": Decimal("1.50000000000000000000000000")}),
        Tolerance(absolute={"EUR": Decimal(10**18) - Decimal("0.01")}),
        Tolerance(percent=Decimal(0)),
        Tolerance(percent=Decimal(100)),
    ],
)
def test_tolerances_of_amounts_have_bounds(good):
    assert problems_of(rule(Criterion(field=MatchField.AMOUNT, tolerance=good), REFERENCE)) == ()


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("tolerance.absolute.amounts[0]", Tolerance(absolute={"EUR": Decimal("-0.01")})),
        ("tolerance.absolute.amounts[0]", Tolerance(absolute={"EUR": Decimal(10**18)})),
        ("tolerance.absolute.amounts[0]", Tolerance(absolute={"EUR": Decimal("0.0000000000000000001")})),
        ("tolerance.absolute.amounts[0]", Tolerance(absolute={"EUR": Decimal("1e-999999999")})),
        ("tolerance.absolute.amounts[0]", Tolerance(absolute={"EUR": Decimal("1e999999999")})),
        ("tolerance.absolute.amounts[0]", Tolerance(absolute={"EUR": Decimal("NaN")})),
        ("tolerance.absolute.amounts[0]", Tolerance(absolute={"EUR": Decimal("Infinity")})),
        ("tolerance.percent", Tolerance(percent=Decimal("100.01"))),
        ("tolerance.percent", Tolerance(percent=Decimal(-1))),
        ("tolerance.percent", Tolerance(percent=Decimal("sNaN"))),
        ("tolerance.duration", Tolerance(seconds=1)),
        ("tolerance.business_days", Tolerance(business_days=1)),
        ("tolerance.absolute.amounts", Tolerance(absolute={})),
        ("tolerance.absolute.amounts", Tolerance(absolute=MANY)),
        ("tolerance", Tolerance(absolute={"EUR": Decimal(1)}, percent=Decimal(1))),
    ],
)
def test_tolerances_of_amounts_beyond_their_bounds_are_named(field, bad):
    assert fields_of(rule(Criterion(field=MatchField.AMOUNT, tolerance=bad), REFERENCE)) == [f"criteria[0].{field}"]


FEE = FeeFormula(fixed={"EUR": Decimal("0.30")}, percent=Decimal("2.9"))


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("name", rule(AMOUNT, name="")),
        ("name", rule(AMOUNT, name="n" * 256)),
        ("name", rule(AMOUNT, name="a\nb")),
        ("criteria", rule()),
        ("criteria", rule(AMOUNT, *[REFERENCE] * 16)),
        ("criteria", rule(AMOUNT, AMOUNT)),
        ("criteria", rule(BOOKING_DATE)),
        ("criteria", rule(criterion(operator=MatchOperator.CONTAINS))),
        ("criteria", rule(criterion(operator=ONE_OF, values=("fee",)), BOOKING_DATE)),
        ("criteria", rule(REFERENCE, fee=FEE)),
        ("criteria", rule(within(MatchField.AMOUNT, percent=Decimal("50.01")))),
        ("criteria", rule(within(MatchField.AMOUNT, percent=Decimal(1)), fee=FEE)),
        ("criteria", rule(within(MatchField.AMOUNT, percent=Decimal(40)), fee=FeeFormula(percent=Decimal(11)))),
        ("valid_until_time", rule(AMOUNT, valid_from_time=NOW, valid_until_time=NOW)),
        ("fee", rule(AMOUNT, fee=FeeFormula())),
        ("fee", rule(AMOUNT, fee=FeeFormula(fixed={"EUR": Decimal(0)}))),
        ("fee.fixed", rule(AMOUNT, fee=FeeFormula(fixed=MANY))),
        ("fee.fixed[0]", rule(AMOUNT, fee=replace(FEE, fixed={"EUR": Decimal("-0.01")}))),
        ("fee.fixed[0]", rule(AMOUNT, fee=replace(FEE, fixed={"EUR": Decimal("NaN")}))),
        ("fee.percent", rule(AMOUNT, fee=replace(FEE, percent=Decimal(101)))),
        ("grouping", rule(AMOUNT, grouping=BY_KEY)),
    ],
)
def test_bad_rules_are_named(field, bad):
    assert fields_of(bad) == [field]


@pytest.mark.parametrize(
    "good",
    [
        rule(AMOUNT),
        rule(AMOUNT, *[REFERENCE] * 15),
        rule(REFERENCE),
        rule(AMOUNT, fee=FEE),
        rule(within(MatchField.AMOUNT, percent=Decimal(50))),
        rule(within(MatchField.AMOUNT, percent=Decimal(40)), fee=FeeFormula(percent=Decimal(10))),
        rule(within(MatchField.AMOUNT, percent=Decimal(100)), BOOKING_DATE),
        rule(within(MatchField.AMOUNT, percent=Decimal(1)), REFERENCE, fee=FEE),
        rule(within(MatchField.AMOUNT, absolute={"EUR": Decimal(1)}), fee=FEE),
        rule(AMOUNT, valid_from_time=NOW, valid_until_time=NOW + timedelta(microseconds=1)),
        rule(AMOUNT, valid_until_time=NOW),
        rule(AMOUNT, name="n" * 255),
    ],
)
def test_good_rules_have_no_problem(good):
    assert problems_of(good) == ()


@pytest.mark.parametrize("strategy", GROUPED)
@pytest.mark.parametrize(
    ("field", "grouping", "criteria"),
    [
        ("grouping", None, [AMOUNT]),
        ("criteria", BY_KEY, [REFERENCE]),
        ("grouping.keys", Grouping(), [AMOUNT]),
        ("grouping.keys", Grouping(), [AMOUNT, REFERENCE]),
        ("grouping.keys", Grouping(window_days=3), [AMOUNT]),
        ("grouping.keys", Grouping(mode=GroupingMode.BY_SEARCH), [AMOUNT]),
        ("grouping.keys", Grouping(mode=GroupingMode.BY_SEARCH), [AMOUNT, BOOKING_DATE]),
        ("grouping.keys", replace(BY_KEY, keys=BY_KEY.keys * 5), [AMOUNT]),
        ("grouping.keys[0].field", Grouping(keys=(GroupKey(field=MatchField.AMOUNT),)), [AMOUNT]),
        ("grouping.keys[0].field", Grouping(keys=(GroupKey(field=MatchField.CURRENCY),)), [AMOUNT]),
        ("grouping.keys[0].metadata_key", Grouping(keys=(GroupKey(field=METADATA),)), [AMOUNT]),
        ("grouping.keys[0].extract", Grouping(keys=(GroupKey(field=DESCRIPTION, extract="("),)), [AMOUNT]),
        ("grouping.max_rows", replace(BY_KEY, max_rows=1), [AMOUNT]),
        ("grouping.max_rows", replace(BY_KEY, max_rows=100_001), [AMOUNT]),
        ("grouping.max_rows", replace(BY_SEARCH, max_rows=25), [AMOUNT]),
        ("grouping.window_days", replace(BY_SEARCH, window_days=-1), [AMOUNT]),
        ("grouping.window_days", replace(BY_SEARCH, window_days=367), [AMOUNT]),
        ("grouping.max_sums", replace(BY_SEARCH, max_sums=999), [AMOUNT]),
        ("grouping.max_sums", replace(BY_SEARCH, max_sums=100_000_001), [AMOUNT]),
    ],
)
def test_bad_groupings_are_named(strategy, field, grouping, criteria):
    assert fields_of(rule(*criteria, strategy=strategy, grouping=grouping)) == [field]


@pytest.mark.parametrize("strategy", GROUPED)
@pytest.mark.parametrize(
    ("grouping", "criteria"),
    [
        (BY_KEY, [AMOUNT]),
        (BY_SEARCH, [AMOUNT]),
        (replace(BY_KEY, keys=BY_KEY.keys * 4, max_rows=100_000), [AMOUNT]),
        (replace(BY_SEARCH, max_rows=24, window_days=366, max_sums=100_000_000), [AMOUNT]),
        (replace(BY_SEARCH, max_rows=2, window_days=0, max_sums=1_000), [AMOUNT]),
        (Grouping(mode=GroupingMode.BY_SEARCH, window_days=3), [AMOUNT]),
        (Grouping(mode=GroupingMode.BY_SEARCH), [AMOUNT, REFERENCE]),
        (BY_KEY, [within(MatchField.AMOUNT, percent=Decimal(90))]),
    ],
)
def test_good_groupings_have_no_problem(strategy, grouping, criteria):
    assert problems_of(rule(*criteria, strategy=strategy, grouping=grouping)) == ()


def test_everything_that_is_wrong_is_named_at_once():
    bad = rule(criterion(operator=PATTERN), within(MatchField.AMOUNT, seconds=1), name="", grouping=BY_KEY)
    assert fields_of(bad) == ["name", "criteria[0].pattern", "criteria[1].tolerance.duration", "grouping"]


@given(pair_rules(), rows)
def test_rows_of_a_good_rule_are_told_apart_by_more_than_their_currency(rule, row):
    compiled = compile_rule(rule, PRECISIONS)
    is_good = not problems_of(rule)
    for key in (*compiled.record_keys(row), *compiled.entry_keys(row)):
        assert len(key) > 1 or not is_good


@given(pair_rules() | group_rules())
def test_problems_are_found_in_rules_that_can_be_compiled(rule):
    for problem in problems_of(rule):
        assert problem.field
        assert problem.sentence


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("at_most", {"at_most": {}}),
        ("at_most", {"at_most": MANY}),
        ("at_most[0]", {"at_most": {"EUR": Decimal(0)}}),
        ("at_most[1]", {"at_most": {"EUR": Decimal(1), "USD": Decimal(10**18)}}),
        ("post_at_most_per_day", {"post_at_most": {"EUR": Decimal(1)}}),
        ("post_at_most", {"post_at_most_per_day": {"EUR": Decimal(1)}}),
        ("post_at_most[0]", {"post_at_most": {"EUR": Decimal(2)}, "post_at_most_per_day": {"EUR": Decimal(1)}}),
        ("post_at_most[0]", {"post_at_most": {"BTC": Decimal(1)}, "post_at_most_per_day": {"BTC": Decimal(1)}}),
    ],
)
def test_limits_of_adjustments_are_of_the_same_currencies(field, changes) -> None:
    assert fields_of(rule(AMOUNT, adjustment=replace(FEES, **changes))) == [f"adjustment.{field}"]


def test_a_rule_for_records_alone_looks_at_nothing_else() -> None:
    of_fees = criterion(operator=PATTERN, pattern="fee")
    assert fields_of(rule(of_fees, **ALONE)) == []
    assert fields_of(rule(of_fees, REFERENCE, **ALONE)) == ["criteria[1].operator"]
    assert fields_of(rule(of_fees, **{**ALONE, "adjustment": None})) == ["adjustment"]
    assert fields_of(rule(of_fees, fee=FeeFormula(fixed={"EUR": Decimal(1)}), **ALONE)) == ["fee"]
    assert fields_of(rule(of_fees, grouping=BY_KEY, **ALONE)) == ["grouping"]


def test_a_rule_for_records_alone_selects_records_and_matches_nothing() -> None:
    compiled = compile_rule(rule(criterion(operator=PATTERN, pattern="fee"), **ALONE), PRECISIONS)
    fee, other = row(id="a", description="a fee"), row(id="b", description="rent")
    assert (compiled.selects(fee), compiled.selects(other)) == (True, False)
    assert (compiled.record_keys(fee), compiled.entry_keys(fee)) == ((), ())
    outcome = match([fee], [fee], [compiled.rule], PRECISIONS)
    assert outcome.matches == ()
