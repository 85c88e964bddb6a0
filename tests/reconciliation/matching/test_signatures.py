"""A signature has all that a rule looks at, and nothing else but what the distance needs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledgerd.core.model.matching_rule import Criterion, Grouping, GroupKey, MatchField, MatchOperator, Strategy
from ledgerd.reconciliation.matching.criteria import compile_rule
from ledgerd.reconciliation.matching.fields import Side
from tests.reconciliation.matching.rows import AMOUNT, MONDAY, PRECISIONS, row, rule

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLAIN = row(
    booked_at=NOON,
    value_date=MONDAY,
    references=("A", "B"),
    description="rent",
    counterparties=("C",),
    identities=("D",),
    group_keys=("E",),
    metadata={"order": "7"},
)
ALWAYS = {"amount": 1, "currency": "JPY", "booked_at": NOON + timedelta(seconds=1), "booking_date": None}
LOOKED_AT = {
    MatchField.VALUE_DATE: {"value_date": MONDAY + timedelta(days=1)},
    MatchField.REFERENCE: {"references": ("A", "X")},
    MatchField.DESCRIPTION: {"description": "rant"},
    MatchField.COUNTERPARTY: {"counterparties": ("C", "X")},
    MatchField.IDENTITY: {"identities": ()},
    MatchField.GROUP_KEY: {"group_keys": ("X",)},
    MatchField.METADATA: {"metadata": {"order": "8"}},
}


def is_seen(compared, side: Side, change: dict) -> bool:
    compiled = compile_rule(compared, PRECISIONS)
    return compiled.signature(PLAIN, side) != compiled.signature(replace(PLAIN, **change), side)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("name", ALWAYS)
def test_amounts_and_times_are_always_seen(side, name):
    assert is_seen(rule(AMOUNT), side, {name: ALWAYS[name]})


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("field", LOOKED_AT)
@pytest.mark.parametrize("other", LOOKED_AT)
def test_what_a_criterion_compares_is_seen_and_nothing_else(side, field, other):
    compared = rule(AMOUNT, Criterion(field=field, metadata_key="order" if field is MatchField.METADATA else ""))
    assert is_seen(compared, side, LOOKED_AT[other]) == (field is other)


def test_each_side_is_seen_by_its_own_field():
    crossed = rule(AMOUNT, Criterion(field=MatchField.DESCRIPTION, ledger_field=MatchField.REFERENCE))
    description, references = LOOKED_AT[MatchField.DESCRIPTION], LOOKED_AT[MatchField.REFERENCE]
    assert is_seen(crossed, Side.RECORD, description)
    assert not is_seen(crossed, Side.ENTRY, description)
    assert is_seen(crossed, Side.ENTRY, references)
    assert not is_seen(crossed, Side.RECORD, references)
    dates = rule(AMOUNT, Criterion(field=MatchField.BOOKING_DATE, ledger_field=MatchField.VALUE_DATE))
    assert is_seen(dates, Side.ENTRY, LOOKED_AT[MatchField.VALUE_DATE])
    assert not is_seen(dates, Side.RECORD, LOOKED_AT[MatchField.VALUE_DATE])


def test_of_a_record_that_is_left_out_only_that_is_seen():
    rent = Criterion(field=MatchField.DESCRIPTION, operator=MatchOperator.ONE_OF, values=("rent", "RENT"))
    assert is_seen(rule(AMOUNT, rent), Side.RECORD, {"description": "fee"})
    assert not is_seen(rule(AMOUNT, rent), Side.RECORD, {"description": "RENT"})
    assert not is_seen(rule(AMOUNT, rent), Side.ENTRY, {"description": "fee"})


@pytest.mark.parametrize("side", Side)
def test_the_groups_of_a_row_are_seen(side):
    grouping = Grouping(keys=(GroupKey(field=MatchField.GROUP_KEY),))
    grouped = rule(AMOUNT, strategy=Strategy.MANY_TO_ONE, grouping=grouping)
    assert is_seen(grouped, side, LOOKED_AT[MatchField.GROUP_KEY])
    assert not is_seen(grouped, side, LOOKED_AT[MatchField.REFERENCE])


def test_the_order_of_values_is_not_seen():
    assert not is_seen(rule(AMOUNT, Criterion(field=MatchField.REFERENCE)), Side.RECORD, {"references": ("B", "A")})
