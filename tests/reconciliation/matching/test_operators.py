"""Each operator on each kind of field, by examples."""

from datetime import UTC, datetime, timedelta

import pytest

from ledgerd.core.model.matching_rule import Criterion, MatchField, MatchOperator, Normalization, Tolerance
from ledgerd.reconciliation.matching.criteria import compile_rule
from tests.reconciliation.matching.rows import AMOUNT, MONDAY, PRECISIONS, everywhere, row, rule

REFERENCE, DESCRIPTION, METADATA = MatchField.REFERENCE, MatchField.DESCRIPTION, MatchField.METADATA
BOOKING_DATE, VALUE_DATE = MatchField.BOOKING_DATE, MatchField.VALUE_DATE
FOLDED = frozenset({Normalization.CASE, Normalization.PUNCTUATION})


def fits(criterion: Criterion, record, entry) -> bool:
    """Whether the two fit a rule with this criterion and equal amounts; the answers of a compiled rule agree."""
    compiled = compile_rule(rule(AMOUNT, criterion), PRECISIONS)
    fit = compiled.fit_pair(record, entry)
    assert compiled.fit_members(record, entry) == (fit is not None)
    verdicts = compiled.explain(record, entry)
    assert [verdict.ok for verdict in verdicts] == [True, fit is not None]
    return fit is not None


TEXTS = [
    (MatchOperator.EQUALS, 0, "INV-1", "INV-1", True),
    (MatchOperator.EQUALS, 0, "INV-1", "inv-1", False),
    (MatchOperator.EQUALS, 0, "", "", False),
    (MatchOperator.EQUALS, 0, "INV-1", "", False),
    (MatchOperator.CONTAINS, 0, "rent for march", "for", True),
    (MatchOperator.CONTAINS, 0, "for", "rent for march", True),
    (MatchOperator.CONTAINS, 0, "rent for march", "or", False),
    (MatchOperator.CONTAINS, 0, "or", "or", False),
    (MatchOperator.CONTAINS, 0, "rent for march", "april", False),
    (MatchOperator.CONTAINS, 0, "rent", "", False),
    (MatchOperator.STARTS_WITH, 0, "rent for march", "rent", True),
    (MatchOperator.STARTS_WITH, 0, "rent", "rent for march", True),
    (MatchOperator.STARTS_WITH, 0, "rent for march", "for", False),
    (MatchOperator.STARTS_WITH, 0, "rent for march", "re", False),
    (MatchOperator.SIMILAR, 100, "rent", "rent", True),
    (MatchOperator.SIMILAR, 100, "rent", "rant", False),
    (MatchOperator.SIMILAR, 75, "rent", "rant", True),
    (MatchOperator.SIMILAR, 76, "rent", "rant", False),
    (MatchOperator.SIMILAR, 57, "kitten", "sitting", True),  # 3 of 7 letters: 57.14 %
    (MatchOperator.SIMILAR, 58, "kitten", "sitting", False),
    (MatchOperator.SIMILAR, 1, "abc", "xyz", False),
    (MatchOperator.SIMILAR, 1, "", "", False),
    (MatchOperator.SIMILAR, 67, "abc", "ab", False),  # 66.67 % is not rounded up
    (MatchOperator.SIMILAR, 66, "abc", "ab", True),
]


@pytest.mark.parametrize(("operator", "threshold", "record", "entry", "expected"), TEXTS)
def test_texts(operator, threshold, record, entry, expected):
    criterion = Criterion(field=DESCRIPTION, operator=operator, threshold=threshold)
    assert fits(criterion, row(description=record), row(description=entry)) is expected


@pytest.mark.parametrize(
    ("record", "entry", "expected"),
    [
        (("A", "B"), ("C", "B"), True),
        (("A", "B"), ("C",), False),
        ((), (), False),
        ((), ("A",), False),
        (("",), ("",), False),
        (("a-1", "x"), ("A1",), True),
        (("--",), ("--",), False),
    ],
)
def test_one_of_several_references_is_enough(record, entry, expected):
    criterion = Criterion(field=REFERENCE, normalizations=FOLDED)
    assert fits(criterion, row(references=record), row(references=entry)) is expected


@pytest.mark.parametrize(
    ("description", "reference", "expected"),
    [
        ("Payment of INV-0012 and INV-0013, thanks", "INV-13", True),
        ("Payment of INV-0014", "INV-13", False),
        ("Payment", "INV-13", False),
        ("Payment", "", False),
    ],
)
def test_a_description_of_the_bank_contains_our_reference(description, reference, expected):
    criterion = Criterion(
        field=DESCRIPTION,
        ledger_field=REFERENCE,
        extract=r"INV-(\d+)",
        ledger_extract=r"INV-(\d+)",
        normalizations=frozenset({Normalization.LEADING_ZEROS}),
    )
    assert fits(criterion, row(description=description), row(references=(reference,))) is expected


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (MatchField.COUNTERPARTY, "counterparties"),
        (MatchField.IDENTITY, "identities"),
        (MatchField.GROUP_KEY, "group_keys"),
    ],
)
def test_every_text_field_is_read_on_both_sides(field, name):
    other = {
        "references": ("a",),
        "counterparties": ("b",),
        "identities": ("c",),
        "group_keys": ("d",),
        "description": "e",
    }
    criterion = Criterion(field=field)
    assert fits(criterion, row(**{name: ("one", "same")}), row(**other | {name: ("same",)}))
    assert not fits(criterion, row(**{name: ("one", "same")}), row(**other))


@pytest.mark.parametrize(
    ("ledger_key", "entry", "expected"),
    [
        ("", {"order": "7"}, True),
        ("", {"number": "7"}, False),
        ("number", {"number": "7"}, True),
        ("number", {"order": "7"}, False),
        ("", {}, False),
    ],
)
def test_metadata_is_compared_by_its_keys(ledger_key, entry, expected):
    criterion = Criterion(field=METADATA, metadata_key="order", ledger_metadata_key=ledger_key)
    assert fits(criterion, row(metadata={"order": "7"}), row(metadata=entry)) is expected
    assert not fits(criterion, row(), row())


@pytest.mark.parametrize(
    ("criterion", "record", "expected"),
    [
        (Criterion(field=DESCRIPTION, operator=MatchOperator.ONE_OF, values=("fee", "tax")), "fee", True),
        (Criterion(field=DESCRIPTION, operator=MatchOperator.ONE_OF, values=("fee", "tax")), "FEE", False),
        (
            Criterion(field=DESCRIPTION, operator=MatchOperator.ONE_OF, values=("F-ee",), normalizations=FOLDED),
            "FEE.",
            True,
        ),
        (Criterion(field=DESCRIPTION, operator=MatchOperator.ONE_OF, values=("fee",)), "", False),
        (Criterion(field=DESCRIPTION, operator=MatchOperator.PATTERN, pattern=r"^fee\b"), "fee of May", True),
        (Criterion(field=DESCRIPTION, operator=MatchOperator.PATTERN, pattern=r"^fee\b"), "a fee", False),
        (Criterion(field=DESCRIPTION, operator=MatchOperator.PATTERN, pattern=".*"), "", False),
        (Criterion(field=DESCRIPTION, operator=MatchOperator.PATTERN, pattern="7", extract=r"\d+"), "7a 8", True),
        (Criterion(field=MatchField.CURRENCY, operator=MatchOperator.ONE_OF, values=("EUR",)), "", True),
        (Criterion(field=MatchField.CURRENCY, operator=MatchOperator.ONE_OF, values=("USD",)), "", False),
        (Criterion(field=MatchField.CURRENCY), "", True),
    ],
)
def test_what_the_rule_says_of_the_record_alone(criterion, record, expected):
    assert fits(criterion, row(description=record), row()) is expected


TUESDAY, FRIDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=4)
SATURDAY, NEXT_MONDAY = MONDAY + timedelta(days=5), MONDAY + timedelta(days=7)


@pytest.mark.parametrize(
    ("tolerance", "record", "entry", "expected"),
    [
        (None, MONDAY, MONDAY, True),
        (None, MONDAY, TUESDAY, False),
        (None, None, None, False),
        (Tolerance(business_days=0), FRIDAY, SATURDAY, True),
        (Tolerance(business_days=0), SATURDAY, NEXT_MONDAY, False),
        (Tolerance(business_days=1), FRIDAY, NEXT_MONDAY, True),
        (Tolerance(business_days=1), NEXT_MONDAY, FRIDAY, True),
        (Tolerance(business_days=3), MONDAY, FRIDAY, False),
        (Tolerance(business_days=4), MONDAY, FRIDAY, True),
        (Tolerance(business_days=4), None, FRIDAY, False),
        (Tolerance(seconds=86_399), MONDAY, TUESDAY, False),
        (Tolerance(seconds=86_400), MONDAY, TUESDAY, True),
        (Tolerance(seconds=86_400), MONDAY, None, False),
    ],
)
def test_booking_dates(tolerance, record, entry, expected):
    criterion = Criterion(field=BOOKING_DATE, tolerance=tolerance)
    assert fits(criterion, row(booking_date=record), row(booking_date=entry)) is expected


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tolerance", "record", "entry", "expected"),
    [
        (Tolerance(seconds=60), NOON, NOON + timedelta(seconds=60), True),
        (Tolerance(seconds=60), NOON + timedelta(seconds=60), NOON, True),
        (Tolerance(seconds=60), NOON, NOON + timedelta(seconds=60, microseconds=1), False),
        (Tolerance(seconds=0), NOON, NOON, True),
        (Tolerance(seconds=0), NOON, NOON + timedelta(microseconds=1), False),
        (Tolerance(seconds=0), NOON, None, True),  # Dates are compared where one has no time.
        (None, NOON, NOON + timedelta(hours=1), True),  # Without a tolerance, dates are compared.
    ],
)
def test_booking_times(tolerance, record, entry, expected):
    criterion = Criterion(field=BOOKING_DATE, tolerance=tolerance)
    assert fits(criterion, row(booked_at=record), row(booked_at=entry)) is expected


def test_a_value_date_has_no_time_and_the_booking_date_in_its_place():
    same_day = Criterion(field=VALUE_DATE, tolerance=Tolerance(seconds=0))
    assert fits(same_day, row(booked_at=NOON), row(booked_at=NOON + timedelta(hours=1), value_date=MONDAY))
    assert not fits(same_day, row(value_date=TUESDAY), row(value_date=MONDAY))
    other_field = Criterion(field=BOOKING_DATE, ledger_field=VALUE_DATE)
    assert fits(other_field, row(), row(booking_date=FRIDAY, value_date=MONDAY))
    assert not fits(other_field, row(booking_date=FRIDAY, value_date=MONDAY), row())


def test_rows_in_two_currencies_or_in_an_unknown_one_never_fit():
    compiled = compile_rule(rule(AMOUNT, Criterion(field=REFERENCE)), PRECISIONS)
    euro, yen, dollar = (row(currency=currency, references=("A",)) for currency in ("EUR", "JPY", "USD"))
    assert compiled.fit_pair(euro, euro)
    assert compiled.fit_pair(euro, yen) is None
    assert not compiled.fit_members(euro, yen)
    assert compiled.fit_pair(dollar, dollar) is None
    assert compiled.record_keys(dollar) == compiled.entry_keys(dollar) == ()


def test_the_distance_breaks_no_criterion_and_is_told():
    compiled = compile_rule(
        rule(Criterion(field=MatchField.AMOUNT, tolerance=Tolerance(absolute=everywhere(1)))), PRECISIONS
    )
    fit = compiled.fit_pair(row(12_000), row(12_050, booking_date=FRIDAY))
    assert fit is not None
    assert (fit.drift, fit.distance) == (50, 4 * 86_400)
