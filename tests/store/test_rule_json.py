"""Matching rules come back from their text as they were, and equal rules have equal text."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerd.core.model.matching_rule import (
    AdjustmentKind,
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
    RuleAdjustment,
    Strategy,
    Tolerance,
)
from ledgerd.store.rule_json import dump_rules, load_rules

PLAIN = MatchingRule(id="e7", version=1, name="By reference", criteria=(Criterion(field=MatchField.REFERENCE),))
FULL = MatchingRule(
    id="f" * 32,
    version=7,
    name="Payouts",
    criteria=(
        Criterion(field=MatchField.AMOUNT, tolerance=Tolerance(absolute={"EUR": Decimal("0.000000000000000001")})),
        Criterion(
            field=MatchField.METADATA,
            operator=MatchOperator.SIMILAR,
            ledger_field=MatchField.DESCRIPTION,
            metadata_key="order",
            threshold=80,
            extract="no\u0000 [0-9]+",
            normalizations=frozenset(Normalization),
        ),
        Criterion(field=MatchField.CURRENCY, operator=MatchOperator.ONE_OF, values=("EUR", "USD")),
        Criterion(field=MatchField.VALUE_DATE, tolerance=Tolerance(business_days=2)),
    ),
    strategy=Strategy.MANY_TO_MANY,
    grouping=Grouping(
        keys=(GroupKey(field=MatchField.GROUP_KEY, ledger_field=MatchField.METADATA, ledger_metadata_key="payout"),),
        mode=GroupingMode.BY_SEARCH,
        window_days=0,
        max_rows=8,
    ),
    fee=FeeFormula(
        fixed={"USD": Decimal("0.30"), "EUR": Decimal("0.25")}, percent=Decimal("2.9"), rounding=Rounding.HALF_UP
    ),
    adjustment=RuleAdjustment(
        kind=AdjustmentKind.INTEREST,
        counterpart="@Interest",
        at_most={"EUR": Decimal("1.50")},
        post_at_most={"EUR": Decimal("0.10")},
        post_at_most_per_day={"EUR": Decimal(1)},
        allow_overdraft=True,
        description="Interest",
    ),
    valid_from_time=datetime(2026, 1, 1, tzinfo=UTC),
    valid_until_time=datetime(2027, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
)


def with_fee(**fee: Any) -> MatchingRule:
    return dataclasses.replace(PLAIN, fee=FeeFormula(**fee))


def test_rules_come_back_as_they_were() -> None:
    assert load_rules(dump_rules([PLAIN, FULL])) == (PLAIN, FULL)
    assert load_rules(dump_rules([])) == ()


def test_the_text_is_the_same_for_ever() -> None:
    """Versions that were stored stay readable: a change of this text is a change of what is stored."""
    assert dump_rules([PLAIN]) == ('[{"criteria":[{"field":"REFERENCE"}],"id":"e7","name":"By reference","version":1}]')
    (stored,) = json.loads(dump_rules([FULL]))
    assert stored["criteria"][0] == {"tolerance": {"absolute": {"EUR": "0.000000000000000001"}}, "field": "AMOUNT"}
    assert stored["criteria"][1]["normalizations"] == ["ACCENTS", "CASE", "LEADING_ZEROS", "PUNCTUATION", "SPACES"]
    assert stored["fee"] == {"fixed": {"EUR": "0.25", "USD": "0.3"}, "percent": "2.9", "rounding": "HALF_UP"}
    assert stored["valid_from_time"] == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (with_fee(fixed={"EUR": Decimal("0.50")}), with_fee(fixed={"EUR": Decimal("0.5")})),
        (with_fee(fixed={"EUR": Decimal("1E+2")}), with_fee(fixed={"EUR": Decimal("100.00")})),
        (with_fee(percent=Decimal("-0.00")), with_fee()),
        (
            with_fee(fixed={"EUR": Decimal(1), "USD": Decimal(2)}),
            with_fee(fixed={"USD": Decimal(2), "EUR": Decimal(1)}),
        ),
        (
            dataclasses.replace(PLAIN, valid_from_time=datetime(2026, 1, 1, tzinfo=UTC)),
            dataclasses.replace(PLAIN, valid_from_time=datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
        ),
    ],
)
def test_equal_rules_have_equal_text(one: MatchingRule, other: MatchingRule) -> None:
    assert one == other
    assert dump_rules([one]) == dump_rules([other])


def test_what_another_version_knows_is_left_out() -> None:
    (stored,) = json.loads(dump_rules([PLAIN]))
    assert load_rules(json.dumps([{**stored, "mood": "good"}])) == (PLAIN,)


@given(st.decimals(min_value=0, max_value=Decimal(10) ** 18, places=18))
def test_no_decimal_loses_a_digit(amount: Decimal) -> None:
    (read,) = load_rules(dump_rules([with_fee(fixed={"EUR": amount})]))
    assert read.fee is not None and read.fee.fixed == {"EUR": amount}


_TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
_TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
_NORMALIZATIONS = st.frozensets(st.sampled_from(Normalization))
_NUMBERS = st.decimals(min_value=0, max_value=100, places=9)


@given(
    st.builds(
        MatchingRule,
        name=_TEXTS,
        criteria=st.lists(
            st.builds(
                Criterion,
                pattern=_TEXTS,
                values=st.lists(_TEXTS, max_size=3).map(tuple),
                normalizations=_NORMALIZATIONS,
                tolerance=st.none() | st.builds(Tolerance, percent=_NUMBERS),
            ),
            max_size=3,
        ).map(tuple),
        grouping=st.none()
        | st.builds(
            Grouping,
            keys=st.lists(st.builds(GroupKey, extract=_TEXTS, normalizations=_NORMALIZATIONS), max_size=2).map(tuple),
            mode=st.sampled_from(GroupingMode),
            max_rows=st.integers(),
        ),
        fee=st.none()
        | st.builds(
            FeeFormula, fixed=st.dictionaries(_TEXTS, _NUMBERS, max_size=3), rounding=st.sampled_from(Rounding)
        ),
        strategy=st.sampled_from(Strategy),
        valid_from_time=_TIMES,
        valid_until_time=_TIMES,
    )
)
@settings(max_examples=50)
def test_any_rule_comes_back(rule: MatchingRule) -> None:
    assert load_rules(dump_rules([rule])) == (rule,)
