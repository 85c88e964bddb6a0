"""Amounts: tolerances, fees, signs, and the sums of groups. All by whole numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.matching_rule import Criterion, FeeFormula, MatchField, Rounding, Tolerance
from ledgerd.reconciliation.matching.amounts import rounded
from ledgerd.reconciliation.matching.criteria import compile_rule
from tests.reconciliation.matching.rows import PRECISIONS, everywhere, row, rule

REFERENCE = Criterion(field=MatchField.REFERENCE)


def drift_of(record: int, entry: int, *, tolerance=None, fee=None, currency="EUR", **precisions) -> int | None:
    """The drift of two amounts; that of a pair and of sums agree."""
    criterion = Criterion(field=MatchField.AMOUNT, tolerance=tolerance)
    compiled = compile_rule(rule(criterion, fee=fee), PRECISIONS | precisions)
    fit = compiled.fit_pair(row(record, currency=currency), row(entry, currency=currency))
    assert compiled.fit_sums(record, entry, currency) == (fit.drift if fit else None)
    return fit.drift if fit else None


def amount(text: str) -> Tolerance:
    return Tolerance(absolute=everywhere(text))


def percent(text: str) -> Tolerance:
    return Tolerance(percent=Decimal(text))


@pytest.mark.parametrize(
    ("tolerance", "record", "entry", "expected"),
    [
        (None, 100, 100, 0),
        (None, 100, 101, None),
        (None, -100, 100, None),
        (None, 0, 0, 0),
        (amount("0.05"), 100, 105, 5),
        (amount("0.05"), 105, 100, 5),
        (amount("0.05"), 100, 106, None),
        (amount("0.059"), 100, 105, 5),
        (amount("0.059"), 100, 106, None),
        (amount("2"), -100, 100, None),  # Money that came in is not money that went out.
        (amount("2"), 100, -100, None),
        (amount("2"), 0, 100, 100),
        (amount("2"), 100, 0, 100),
        (percent("1"), 99, 100, 1),
        (percent("1"), 98, 100, None),
        (percent("1"), 100, 99, None),  # One percent of 99 is less than one.
        (percent("0.99"), 99, 100, None),
        (percent("1"), -99, -100, 1),
        (percent("33.333333333333333333"), 200, 300, None),
        (percent("33.333333333333333334"), 200, 300, 100),
        (percent("100"), 0, 300, 300),
        (percent("100"), 600, 300, 300),
        (percent("100"), 601, 300, None),
        (percent("0"), 300, 300, 0),
        (percent("0"), 0, 0, 0),
        (percent("0.000000000000000001"), 10**30 + 10**10, 10**30, 10**10),
        (percent("0.000000000000000001"), 10**30 + 10**10 + 1, 10**30, None),
    ],
)
def test_tolerances(tolerance, record, entry, expected):
    assert drift_of(record, entry, tolerance=tolerance) == expected


def fee(fixed: str = "", percent: str = "0", rounding: Rounding = Rounding.HALF_EVEN) -> FeeFormula:
    return FeeFormula(fixed=everywhere(fixed) if fixed else {}, percent=Decimal(percent), rounding=rounding)


@pytest.mark.parametrize(
    ("formula", "entry", "record"),
    [
        (fee("0.25"), 10_000, 9_975),
        (fee("0.25"), -10_000, -10_025),  # A fee makes what is paid larger.
        (fee("0.25"), 10, -15),
        (fee(percent="2.9"), 10_000, 9_710),
        (fee("0.30", "2.9"), 10_000, 9_680),
        (fee("0.30", "2.9"), -10_000, -10_320),
        (fee(percent="1"), 150, 148),  # 1.5 is rounded to the even 2
        (fee(percent="1"), 250, 248),
        (fee(percent="1", rounding=Rounding.HALF_UP), 250, 247),
        (fee(percent="1", rounding=Rounding.HALF_UP), -250, -253),
        (fee(percent="1", rounding=Rounding.UP), 201, 198),
        (fee(percent="1", rounding=Rounding.DOWN), 299, 297),
        (fee(percent="100"), 500, 0),
    ],
)
def test_fees(formula, entry, record):
    assert drift_of(record, entry, fee=formula) == 0
    assert drift_of(record + 1, entry, fee=formula) is None
    assert drift_of(entry, entry, fee=formula) is None


def test_the_tolerance_is_taken_from_what_is_expected_and_its_percentage_from_the_entry():
    assert drift_of(9_700, 10_000, fee=fee(percent="2"), tolerance=percent("1")) == 100
    assert drift_of(9_699, 10_000, fee=fee(percent="2"), tolerance=percent("1")) is None


def test_a_fixed_fee_that_a_currency_cannot_express_fits_nothing_in_it():
    assert drift_of(9_975, 10_000, fee=fee("0.25")) == 0
    compiled = compile_rule(rule(Criterion(field=MatchField.AMOUNT), fee=fee("0.25")), PRECISIONS)
    record, entry = (row(amount, currency="JPY") for amount in (10_000, 10_000))
    assert compiled.fit_pair(record, entry) is None
    assert compiled.fit_sums(10_000, 10_000, "JPY") is None
    assert not compiled.fit_members(record, entry)
    assert compiled.record_keys(record) == compiled.entry_keys(entry) == ()
    (verdict,) = compiled.explain(record, entry)
    assert not verdict.ok
    assert "cannot express the fixed fee" in verdict.sentence
    assert drift_of(9_999, 10_000, fee=fee("0.001"), currency="KWD", KWD=1_000) == 0


def test_in_a_currency_without_a_tolerance_amounts_are_equal():
    tolerance = Tolerance(absolute={"EUR": Decimal("0.05")})
    assert drift_of(105, 100, tolerance=tolerance) == 5
    assert drift_of(105, 100, tolerance=tolerance, currency="JPY") is None
    assert drift_of(100, 100, tolerance=tolerance, currency="JPY") == 0


def test_in_a_currency_without_a_fixed_fee_nothing_fits():
    formula = FeeFormula(fixed={"EUR": Decimal("0.30"), "KWD": Decimal(0)}, percent=Decimal(1))
    assert drift_of(9_870, 10_000, fee=formula) == 0
    assert drift_of(9_900, 10_000, fee=formula, currency="KWD", KWD=1_000) == 0
    assert drift_of(9_900, 10_000, fee=formula, currency="JPY") is None
    assert drift_of(9_900, 10_000, fee=FeeFormula(percent=Decimal(1)), currency="JPY") == 0


def test_a_group_pays_its_fixed_fee_once_and_its_percentage_of_the_sum():
    compiled = compile_rule(rule(Criterion(field=MatchField.AMOUNT), fee=fee("0.30", "1")), PRECISIONS)
    entries = [150, 150, 150]
    assert compiled.fit_sums(450 - 30 - 4, sum(entries), "EUR") == 0
    assert compiled.fit_sums(450 - 3 * (30 + 2), sum(entries), "EUR") is None


def test_a_rule_that_does_not_compare_amounts_tells_the_drift_and_keeps_the_signs_apart():
    compiled = compile_rule(rule(REFERENCE), PRECISIONS)
    assert compiled.fit_pair(row(100, references=("A",)), row(900, references=("A",))).drift == 800
    record, entry = row(-100, references=("A",)), row(900, references=("A",))
    assert compiled.fit_pair(record, entry) is None
    assert not compiled.is_exact
    sentences = [verdict.sentence for verdict in compiled.explain(record, entry) if not verdict.ok]
    assert sentences == ["amount -1.00 EUR has the opposite sign of 9.00 EUR"]


@given(st.integers(0, 10**40), st.integers(1, 10**24), st.sampled_from(Rounding))
def test_rounding_is_that_of_the_decimal_module(numerator, divisor, rounding):
    import decimal

    with decimal.localcontext(prec=100):
        exact = Decimal(numerator) / Decimal(divisor)
        if exact * divisor != numerator:  # It has no end: cut far behind every half.
            exact = exact.quantize(Decimal(10) ** -40, rounding=decimal.ROUND_FLOOR) + Decimal(10) ** -41
        name = {"HALF_EVEN": "ROUND_HALF_EVEN", "HALF_UP": "ROUND_HALF_UP", "UP": "ROUND_UP", "DOWN": "ROUND_DOWN"}[
            rounding
        ]
        assert rounded(numerator, divisor, rounding) == int(exact.quantize(Decimal(1), rounding=name))
