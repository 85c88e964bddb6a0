"""Which rows share a key: all that fit, and few others."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ledgerd.core.model.matching_rule import (
    Criterion,
    FeeFormula,
    Grouping,
    GroupingMode,
    GroupKey,
    MatchField,
    MatchOperator,
    Rounding,
    Strategy,
    Tolerance,
)
from ledgerd.reconciliation.matching.criteria import compile_rule
from ledgerd.reconciliation.matching.fields import Side
from tests.reconciliation.matching.rows import AMOUNT, MONDAY, PRECISIONS, everywhere, row, rule

REFERENCE = Criterion(field=MatchField.REFERENCE)
BOOKING_DATE = Criterion(field=MatchField.BOOKING_DATE)
SIMILAR = Criterion(field=MatchField.DESCRIPTION, operator=MatchOperator.SIMILAR, threshold=80)
FEE = Criterion(field=MatchField.DESCRIPTION, operator=MatchOperator.ONE_OF, values=("fee",))


def amount(absolute: str | None = None, percent: str | None = None) -> Criterion:
    tolerance = Tolerance(percent=Decimal(percent)) if percent else Tolerance(absolute=everywhere(absolute or 0))
    return Criterion(field=MatchField.AMOUNT, tolerance=tolerance)


def booking(**tolerance) -> Criterion:
    return Criterion(field=MatchField.BOOKING_DATE, tolerance=Tolerance(**tolerance))


FEES = [
    None,
    FeeFormula(fixed=everywhere("0.07")),
    FeeFormula(percent=Decimal(10)),
    FeeFormula(percent=Decimal(30), rounding=Rounding.UP),
    FeeFormula(fixed=everywhere("0.05"), percent=Decimal(3), rounding=Rounding.HALF_UP),
]
TOLERANCES = [
    amount("0"),
    amount("0.03"),
    *(amount(percent=text) for text in ("0", "3", "10", "20", "50", "99")),
]


@pytest.mark.parametrize("tolerance", TOLERANCES)
@pytest.mark.parametrize("fee", FEES)
def test_no_amount_that_fits_is_lost(tolerance, fee):
    compiled = compile_rule(rule(tolerance, fee=fee), PRECISIONS)
    amounts = [row(cents) for cents in range(-60, 61)]
    by_records = [set(compiled.record_keys(record)) for record in amounts]
    fitting = 0
    for entry in amounts:
        keys = compiled.entry_keys(entry)
        for record, record_keys in zip(amounts, by_records, strict=True):
            if compiled.fit_pair(record, entry):
                fitting += 1
                assert not record_keys.isdisjoint(keys)
    assert fitting >= 50


@pytest.mark.parametrize(
    "tolerance", [Tolerance(seconds=0), Tolerance(seconds=90_000), Tolerance(business_days=2), None]
)
def test_no_date_that_fits_is_lost(tolerance):
    compiled = compile_rule(rule(AMOUNT, Criterion(field=MatchField.BOOKING_DATE, tolerance=tolerance)), PRECISIONS)
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    rows = [row(booking_date=MONDAY + timedelta(days=day)) for day in range(15)]
    # A bank may book on another day than that of the time which it gives.
    rows += [row(booking_date=MONDAY, booked_at=moment + timedelta(hours=hour)) for hour in range(0, 60, 5)]
    for record in rows:
        for entry in rows:
            if compiled.fit_pair(record, entry):
                assert not set(compiled.record_keys(record)).isdisjoint(compiled.entry_keys(entry))


@pytest.mark.parametrize(
    ("compared", "left"),
    [
        (rule(AMOUNT), []),
        (rule(AMOUNT, REFERENCE), []),
        (rule(AMOUNT, REFERENCE, BOOKING_DATE), []),
        (rule(AMOUNT, booking(business_days=0)), []),
        (rule(AMOUNT, FEE, Criterion(field=MatchField.CURRENCY)), []),
        (rule(AMOUNT, fee=FEES[-1]), []),
        (rule(AMOUNT, Criterion(field=MatchField.DESCRIPTION), REFERENCE), []),
        (rule(amount(percent="0")), []),
        (rule(amount("0.009")), []),
        (rule(amount("0.01")), ["AMOUNT"]),
        (rule(amount(percent="1"), REFERENCE), ["AMOUNT"]),
        (rule(AMOUNT, booking(seconds=0)), ["BOOKING_DATE"]),
        (rule(AMOUNT, booking(seconds=86_399)), ["BOOKING_DATE"]),
        (rule(AMOUNT, booking(business_days=1)), ["BOOKING_DATE"]),
        (rule(AMOUNT, SIMILAR), ["DESCRIPTION"]),
        (rule(AMOUNT, Criterion(field=MatchField.COUNTERPARTY), REFERENCE), ["COUNTERPARTY"]),
    ],
)
def test_what_a_shared_key_leaves_to_be_checked(compared, left):
    compiled = compile_rule(compared, PRECISIONS)
    assert [criterion.field for criterion in compiled.left_to_check] == left
    assert compiled.is_exact == (not left)


def test_a_rule_that_does_not_compare_amounts_is_not_exact():
    compiled = compile_rule(rule(REFERENCE), PRECISIONS)
    assert compiled.left_to_check == ()
    assert not compiled.is_exact


def test_rows_with_many_values_have_few_keys():
    many = tuple(map(str, range(16)))
    crowded = row(references=many, counterparties=many, identities=many, group_keys=many)
    fields = [MatchField.COUNTERPARTY, MatchField.IDENTITY, MatchField.GROUP_KEY, MatchField.REFERENCE]
    compiled = compile_rule(rule(AMOUNT, *(Criterion(field=field) for field in fields)), PRECISIONS)
    assert len(compiled.record_keys(crowded)) == len(compiled.entry_keys(crowded)) == 16
    windows = compile_rule(rule(amount("1"), REFERENCE, booking(business_days=2)), PRECISIONS)
    assert len(windows.record_keys(crowded)) == 16
    assert len(windows.entry_keys(crowded)) <= 64


def test_a_row_without_a_value_that_must_be_equal_has_no_keys():
    compiled = compile_rule(rule(AMOUNT, REFERENCE, BOOKING_DATE), PRECISIONS)
    assert compiled.record_keys(row(references=("A",)))
    assert compiled.record_keys(row()) == compiled.entry_keys(row(references=("",))) == ()
    assert compiled.entry_keys(row(references=("A",), booking_date=None)) == ()


def test_a_record_that_the_rule_leaves_out_has_no_keys_and_no_groups():
    by_key = Grouping(keys=(GroupKey(field=MatchField.GROUP_KEY),))
    grouped = compile_rule(rule(AMOUNT, FEE, strategy=Strategy.MANY_TO_ONE, grouping=by_key), PRECISIONS)
    for compiled in (grouped, compile_rule(rule(AMOUNT, FEE), PRECISIONS)):
        assert compiled.record_keys(row(description="fee"))
        assert compiled.record_keys(row(description="rent")) == ()
        assert compiled.entry_keys(row(description="rent"))
    assert grouped.group_keys(row(description="rent", group_keys=("A",)), Side.RECORD) == ()
    assert grouped.group_keys(row(description="rent", group_keys=("A",)), Side.ENTRY) == (("EUR", "A"),)


def test_a_row_belongs_to_a_group_for_each_combination_of_its_values():
    keys = (
        GroupKey(field=MatchField.GROUP_KEY),
        GroupKey(field=MatchField.DESCRIPTION, ledger_field=MatchField.REFERENCE, extract=r"PO-(\d+)"),
        GroupKey(field=MatchField.BOOKING_DATE),
    )
    compiled = compile_rule(
        rule(AMOUNT, strategy=Strategy.MANY_TO_MANY, grouping=Grouping(keys=keys)),
        PRECISIONS,
    )
    record = row(group_keys=("A", "B"), description="PO-7 and PO-8")
    expected = [("EUR", group, order, MONDAY) for group in "AB" for order in "78"]
    assert list(compiled.group_keys(record, Side.RECORD)) == expected
    assert compiled.group_keys(row(group_keys=("A",), references=("7",)), Side.ENTRY) == (("EUR", "A", "7", MONDAY),)
    assert compiled.group_keys(row(group_keys=("A",)), Side.ENTRY) == ()
    assert compile_rule(rule(AMOUNT), PRECISIONS).group_keys(record, Side.RECORD) == ()


def test_a_search_divides_its_rows_by_what_must_be_equal():
    searched = rule(
        AMOUNT, BOOKING_DATE, REFERENCE, strategy=Strategy.ONE_TO_MANY, grouping=Grouping(mode=GroupingMode.BY_SEARCH)
    )
    one, other = row(references=("A", "B")), row(references=("B", "C"))
    compiled = compile_rule(searched, PRECISIONS)
    # One reference of several is enough, so rows of a group need not share one: only the date divides them.
    assert compiled.group_keys(one, Side.RECORD) == compiled.group_keys(other, Side.ENTRY)
    next_day = row(references=("A",), booking_date=MONDAY + timedelta(days=1))
    assert compiled.group_keys(one, Side.RECORD) != compiled.group_keys(next_day, Side.ENTRY)
