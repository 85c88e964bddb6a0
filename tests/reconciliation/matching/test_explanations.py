"""What a match, and what nearly was one, is explained with."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ledgerd.core.model.matching_rule import Criterion, FeeFormula, MatchField, MatchOperator, Normalization, Tolerance
from ledgerd.reconciliation.explaining import explain
from ledgerd.reconciliation.matching.criteria import compile_rule
from tests.reconciliation.matching.rows import AMOUNT, MONDAY, PRECISIONS, everywhere, row, rule

WEDNESDAY = MONDAY + timedelta(days=2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DESCRIPTION, BOOKING_DATE = MatchField.DESCRIPTION, MatchField.BOOKING_DATE


def amount(**tolerance) -> Criterion:
    return Criterion(field=MatchField.AMOUNT, tolerance=Tolerance(**tolerance))


def booking(**tolerance) -> Criterion:
    return Criterion(field=BOOKING_DATE, tolerance=Tolerance(**tolerance))


def text(operator=MatchOperator.EQUALS, **given) -> Criterion:
    return Criterion(field=DESCRIPTION, operator=operator, **given)


FEE = FeeFormula(fixed=everywhere("0.30"), percent=Decimal("2.9"))

EXPLAINED = [
    (AMOUNT, {}, {}, True, "amount 120.50 EUR equals 120.50 EUR", "0.00 EUR"),
    (
        AMOUNT,
        {},
        {"amount": 12_000},
        False,
        "amount 120.50 EUR differs by 0.50 EUR from 120.00 EUR; they must be equal",
        "0.50 EUR",
    ),
    (
        amount(absolute=everywhere(1)),
        {},
        {"amount": 12_000},
        True,
        "amount 120.50 EUR differs by 0.50 EUR from 120.00 EUR; at most 1.00 EUR is allowed",
        "0.50 EUR",
    ),
    (
        amount(percent=Decimal("0.1")),
        {},
        {"amount": 12_000},
        False,
        "amount 120.50 EUR differs by 0.50 EUR from 120.00 EUR; at most 0.12 EUR is allowed",
        "0.50 EUR",
    ),
    (AMOUNT, {}, {"amount": -12_050}, False, "amount 120.50 EUR has the opposite sign of -120.50 EUR", "241.00 EUR"),
    (AMOUNT, {}, {"currency": "JPY"}, False, "amounts in EUR and in JPY cannot be compared", ""),
    (booking(), {}, {}, True, "booking date 2026-03-02 equals 2026-03-02", ""),
    (
        booking(),
        {},
        {"booking_date": WEDNESDAY},
        False,
        "booking date 2026-03-02 is 2 days before 2026-03-04; they must be equal",
        "2 days",
    ),
    (
        booking(business_days=1),
        {},
        {"booking_date": WEDNESDAY},
        False,
        "booking date 2026-03-02 is 2 business days before 2026-03-04; at most 1 business day is allowed",
        "2 business days",
    ),
    (
        booking(business_days=2),
        {"booking_date": WEDNESDAY},
        {},
        True,
        "booking date 2026-03-04 is 2 business days after 2026-03-02; at most 2 business days are allowed",
        "2 business days",
    ),
    (booking(seconds=86_400), {"booking_date": None}, {}, False, "the record has no booking date to compare", ""),
    (
        booking(seconds=60),
        {"booked_at": NOON},
        {"booked_at": NOON + timedelta(seconds=1)},
        True,
        "booking date 2026-03-02 12:00:00+00:00 is 1 second before 2026-03-02 12:00:01+00:00; "
        "at most 60 seconds are allowed",
        "1 second",
    ),
    (
        booking(seconds=1),
        {"booked_at": NOON + timedelta(milliseconds=1_500)},
        {"booked_at": NOON},
        False,
        "booking date 2026-03-02 12:00:01.500000+00:00 is 1.500000 seconds after 2026-03-02 12:00:00+00:00; "
        "at most 1 second is allowed",
        "1.500000 seconds",
    ),
    (text(), {"description": "rent"}, {"description": "rent"}, True, "description 'rent' equals 'rent'", ""),
    (text(), {"description": "rent"}, {"description": "rant"}, False, "description 'rent' does not equal 'rant'", ""),
    (text(), {"description": "rent"}, {}, False, "the entry has no description to compare", ""),
    (text(), {}, {}, False, "the record has no description and the entry has no description to compare", ""),
    (
        text(MatchOperator.SIMILAR, threshold=80),
        {"description": "rent"},
        {"description": "rant"},
        False,
        "description 'rent' is 75% similar to 'rant'; at least 80% is required",
        "75%",
    ),
    (
        text(MatchOperator.CONTAINS, ledger_field=MatchField.REFERENCE),
        {"description": "for A-17"},
        {"references": ("B", "A-17")},
        True,
        "description 'for A-17' contains or is contained in the entry's reference 'A-17'",
        "",
    ),
    (
        text(MatchOperator.STARTS_WITH),
        {"description": "for A-17"},
        {"description": "A-17"},
        False,
        "description 'for A-17' does not begin as 'A-17'",
        "",
    ),
    (
        text(MatchOperator.ONE_OF, values=("fee", "tax")),
        {"description": "fee"},
        {},
        True,
        "description 'fee' is one of 'fee', 'tax'",
        "",
    ),
    (
        text(MatchOperator.ONE_OF, values=tuple("abcde")),
        {"description": "fee"},
        {},
        False,
        "description 'fee' is none of 'a', 'b', 'c' and 2 more",
        "",
    ),
    (
        text(MatchOperator.PATTERN, pattern=r"\d"),
        {"description": "fee"},
        {},
        False,
        r"description 'fee' contains no match of '\d'",
        "",
    ),
    (text(MatchOperator.PATTERN, pattern=r"\d"), {}, {}, False, "the record has no description to compare", ""),
    (
        text(normalizations=frozenset({Normalization.CASE})),
        {"description": "RENT"},
        {"description": "Rent"},
        True,
        "description 'rent' equals 'rent'",
        "",
    ),
    (
        Criterion(field=MatchField.METADATA, metadata_key="order", ledger_metadata_key="number"),
        {"metadata": {"order": "7"}},
        {"metadata": {"number": "7"}},
        True,
        "metadata 'order' '7' equals the entry's metadata 'number' '7'",
        "",
    ),
]


@pytest.mark.parametrize(("criterion", "record", "entry", "ok", "sentence", "difference"), EXPLAINED)
def test_each_criterion_is_explained_in_words(criterion, record, entry, ok, sentence, difference):
    verdict = compile_rule(rule(criterion), PRECISIONS).explain(row(**record), row(**entry))[-1]
    assert (verdict.ok, verdict.sentence, verdict.difference) == (ok, sentence, difference)
    assert (verdict.field, verdict.operator) == (criterion.field, criterion.operator)


SCORED = [
    (AMOUNT, {}, {}, 1_000),
    (AMOUNT, {}, {"amount": 12_049}, 0),
    (amount(absolute=everywhere(1)), {}, {"amount": 12_000}, 500),
    (amount(absolute=everywhere(1)), {}, {"amount": 12_050 - 33}, 670),
    (amount(absolute=everywhere(1)), {}, {"amount": 11_950}, 0),
    (amount(absolute=everywhere(1)), {}, {"amount": 11_949}, 0),
    (amount(percent=Decimal(1)), {}, {"amount": 12_000}, 583),
    (booking(business_days=3), {}, {"booking_date": WEDNESDAY}, 333),
    (booking(seconds=4 * 86_400), {}, {"booking_date": WEDNESDAY}, 500),
    (booking(seconds=172_799), {}, {"booking_date": MONDAY + timedelta(days=1)}, 499),
    (booking(seconds=3_600), {"booked_at": NOON}, {"booked_at": NOON + timedelta(minutes=15)}, 750),
    (text(MatchOperator.SIMILAR, threshold=80), {"description": "x" * 19 + "y"}, {"description": "x" * 20}, 750),
    (text(MatchOperator.SIMILAR, threshold=80), {"description": "x" * 20}, {"description": "x" * 20}, 1_000),
    (text(MatchOperator.SIMILAR, threshold=80), {"description": "x"}, {"description": "y"}, 0),
    (text(MatchOperator.SIMILAR, threshold=100), {"description": "x"}, {"description": "x"}, 1_000),
    (text(MatchOperator.CONTAINS), {"description": "invoice 7"}, {"description": "invoice"}, 1_000),
    (text(), {"description": "x"}, {"description": ""}, 0),
]


@pytest.mark.parametrize(("criterion", "record", "entry", "score"), SCORED)
def test_a_score_is_how_much_of_what_is_allowed_is_not_used_up(criterion, record, entry, score):
    (verdict,) = compile_rule(rule(criterion), PRECISIONS).explain(row(**record), row(**entry))
    assert verdict.score == score


def test_the_score_of_rows_is_the_mean_of_their_criteria_and_the_worst_pair_of_a_group_tells():
    compiled = compile_rule(rule(AMOUNT, booking(business_days=3)), PRECISIONS)
    entries = [row(6_000), row(6_050, booking_date=WEDNESDAY)]
    explanation = explain(0, compiled, [row()], entries)
    assert [verdict.score for verdict in explanation.verdicts] == [1_000, 333]
    assert (explanation.fits, explanation.score) == (True, 666)


def test_a_fee_is_named_beside_what_is_expected():
    (verdict,) = compile_rule(rule(AMOUNT, fee=FEE), PRECISIONS).explain(row(11_671), row(12_050))
    assert verdict.ok
    assert verdict.sentence == "amount 116.71 EUR equals 116.71 EUR, which is 120.50 EUR less a fee of 3.79 EUR"
    assert (verdict.record_value, verdict.entry_value) == ("116.71 EUR", "120.50 EUR")


def test_verdicts_stand_in_the_order_of_the_criteria():
    compiled = compile_rule(rule(text(), AMOUNT, booking()), PRECISIONS)
    fields = [verdict.field for verdict in compiled.explain(row(), row())]
    assert fields == [DESCRIPTION, MatchField.AMOUNT, BOOKING_DATE]


def test_two_currencies_are_named_first():
    verdicts = compile_rule(rule(text()), PRECISIONS).explain(row(), row(currency="JPY"))
    assert [verdict.field for verdict in verdicts] == [MatchField.CURRENCY, DESCRIPTION]
    assert verdicts[0].sentence == "currency 'EUR' does not equal 'JPY'"


def test_long_texts_and_many_values_are_cut_off():
    references = tuple(f"{number}-" + "x" * 1_000 for number in range(16))
    compiled = compile_rule(rule(AMOUNT, Criterion(field=MatchField.REFERENCE)), PRECISIONS)
    verdict = compiled.explain(row(references=references), row(references=("y" * 1_000,)))[-1]
    assert verdict.record_value.endswith("and 13 more")
    assert "x" * 79 not in verdict.sentence
    assert len(verdict.sentence) < 500


def test_the_sums_of_a_group_are_explained_like_amounts():
    verdict = compile_rule(rule(AMOUNT, fee=FEE), PRECISIONS).explain_sums(11_600, 12_050, "EUR")
    assert not verdict.ok
    assert verdict.difference == "0.71 EUR"
