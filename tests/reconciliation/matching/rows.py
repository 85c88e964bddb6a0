"""Rows and rules of the tests, made in one line, and the random ones: few values, so that they often meet."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from ledgerd.core.model.matching_rule import (
    Criterion,
    FeeFormula,
    Grouping,
    GroupingMode,
    GroupKey,
    MatchField,
    MatchingRule,
    MatchOperator,
    Normalization,
    Rounding,
    Strategy,
    Tolerance,
)
from ledgerd.reconciliation.matching.row import Row

PRECISIONS = {"EUR": 100, "JPY": 1}
MONDAY = date(2026, 3, 2)
AMOUNT = Criterion(field=MatchField.AMOUNT)

GROUPED = [Strategy.ONE_TO_MANY, Strategy.MANY_TO_ONE, Strategy.MANY_TO_MANY]
"""The strategies whose matches have several rows."""


def everywhere(text: str | int | Decimal) -> dict[str, Decimal]:
    """The same amount in each currency of the tests."""
    return dict.fromkeys(("EUR", "JPY", "USD", "KWD"), Decimal(text))


def row(amount: int = 12_050, **fields) -> Row:
    """A row of 120.50 EUR, booked on Monday, 2026-03-02, unless it is said otherwise."""
    return Row(**{"id": "1", "amount": amount, "currency": "EUR", "booking_date": MONDAY} | fields)


def rule(*criteria: Criterion, **fields) -> MatchingRule:
    return MatchingRule(**{"id": "0" * 32, "version": 1, "name": "A rule", "criteria": criteria} | fields)


_TEXTS = st.sampled_from(["", "a", "Inv 001", "inv-001", "INV 1", "Café", "cafe", "rent march", "rent", "Rent Marsh"])
_SOME = st.lists(_TEXTS, min_size=1, max_size=3).map(tuple)
_DAYS = st.integers(-9, 9).map(lambda days: MONDAY + timedelta(days=days))
_MOMENTS = st.integers(-200_000, 200_000).map(lambda s: datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=s))
_AMOUNTS = st.one_of(st.integers(-30, 30), st.sampled_from([-12_050, 12_000, 12_050, 12_060, 10**30, 10**30 + 1]))

rows = st.builds(
    Row,
    id=st.uuids().map(str),
    amount=_AMOUNTS,
    currency=st.sampled_from(["EUR", "EUR", "EUR", "EUR", "JPY", "USD"]),
    booking_date=st.one_of(st.none(), _DAYS, _DAYS, _DAYS),
    value_date=st.one_of(st.none(), _DAYS, _DAYS, _DAYS),
    booked_at=st.none() | _MOMENTS,
    references=_SOME,
    description=_TEXTS,
    counterparties=_SOME,
    identities=_SOME,
    group_keys=_SOME,
    metadata=st.dictionaries(st.sampled_from(["order", "invoice"]), _TEXTS),
)


@st.composite
def sides(draw, most: int = 5) -> tuple[list[Row], list[Row]]:
    """Records, and entries of which many are records with little changed, so that they nearly fit, or just."""
    records = draw(st.lists(rows, max_size=most))
    entries = draw(st.lists(rows, max_size=2))
    for record in records:
        changed = draw(st.frozensets(st.sampled_from(_CHANGEABLE), max_size=3))
        other = draw(rows) if changed else record
        entry = replace(record, id=f"{record.id}-entry", **{name: getattr(other, name) for name in changed})
        entries.append(
            replace(entry, amount=entry.amount + draw(st.integers(-12, 12))) if draw(st.booleans()) else entry
        )
    return records, entries


_CHANGEABLE = (
    "amount",
    "currency",
    "booking_date",
    "value_date",
    "booked_at",
    "references",
    "description",
    "counterparties",
    "metadata",
)
_TEXT_FIELDS = (
    MatchField.REFERENCE,
    MatchField.DESCRIPTION,
    MatchField.COUNTERPARTY,
    MatchField.IDENTITY,
    MatchField.GROUP_KEY,
    MatchField.METADATA,
)
_NORMALIZATIONS = st.frozensets(st.sampled_from(Normalization))
_EXTRACTIONS = st.sampled_from(["", "", r"\d+", r"(?i)inv.(\d+)", r"[a-z]+"])


@st.composite
def _texts(draw) -> Criterion:
    operator = draw(st.sampled_from([MatchOperator.EQUALS] * 3 + list(MatchOperator)))
    given = {
        "field": draw(st.sampled_from(_TEXT_FIELDS)),
        "operator": operator,
        "metadata_key": "order",
        "extract": draw(_EXTRACTIONS),
        "normalizations": draw(_NORMALIZATIONS),
    }
    if operator is MatchOperator.ONE_OF:
        return Criterion(**given, values=("rent", "Café"))
    if operator is MatchOperator.PATTERN:
        return Criterion(**given, pattern=draw(st.sampled_from(["0", "^rent", "e$"])))
    return Criterion(
        **given,
        ledger_field=draw(st.none() | st.sampled_from(_TEXT_FIELDS)),
        ledger_metadata_key=draw(st.sampled_from(["", "invoice"])),
        ledger_extract=draw(_EXTRACTIONS),
        threshold=draw(st.integers(1, 100)) if operator is MatchOperator.SIMILAR else 0,
    )


_DATES = st.sampled_from([MatchField.BOOKING_DATE, MatchField.BOOKING_DATE, MatchField.VALUE_DATE])
_PERCENTS = st.sampled_from([Decimal(text) for text in ("0", "0.01", "1", "12.5", "33", "50", "75", "100")])
_dates = st.builds(
    Criterion,
    field=_DATES,
    ledger_field=st.none() | _DATES,
    tolerance=st.none()
    | st.integers(0, 4).map(lambda days: Tolerance(business_days=days))
    | st.sampled_from([0, 1, 59, 86_399, 86_400, 100_000, 500_000]).map(lambda seconds: Tolerance(seconds=seconds)),
)
_amounts = st.builds(
    Criterion,
    field=st.just(MatchField.AMOUNT),
    tolerance=st.none()
    | st.sampled_from(["0", "0.01", "0.1", "0.105", "5", "100"]).map(lambda text: Tolerance(absolute=everywhere(text)))
    | _PERCENTS.map(lambda percent: Tolerance(percent=percent)),
)
_fees = st.builds(
    FeeFormula,
    fixed=st.sampled_from([{}, {}, *map(everywhere, ("0.05", "0.001", "1")), {"EUR": Decimal("0.05")}]),
    percent=_PERCENTS,
    rounding=st.sampled_from(Rounding),
)


@st.composite
def pair_rules(draw) -> MatchingRule:
    """A rule for one record and one entry, which need not tell rows apart well."""
    others = draw(st.lists(_texts() | _dates, max_size=2))
    amount = draw(st.just([]) | _amounts.map(lambda criterion: [criterion]))
    criteria = draw(st.permutations(others + amount)) or [AMOUNT]
    return rule(*criteria, fee=draw(st.none() | _fees))


@st.composite
def group_rules(draw) -> MatchingRule:
    """A rule for several rows of either side."""
    keys = draw(
        st.lists(st.sampled_from([MatchField.GROUP_KEY, MatchField.BOOKING_DATE, MatchField.METADATA]), max_size=2)
    )
    others = draw(st.lists(_texts() | _dates, max_size=2))
    return rule(
        draw(_amounts),
        *others,
        fee=draw(st.none() | _fees),
        strategy=draw(st.sampled_from(GROUPED)),
        grouping=Grouping(
            keys=tuple(GroupKey(field=field, metadata_key="order") for field in keys),
            mode=draw(st.sampled_from(GroupingMode)),
        ),
    )
