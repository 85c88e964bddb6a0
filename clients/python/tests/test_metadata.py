"""Metadata arrives as it was given, or is rejected before it is sent."""

from collections import OrderedDict
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.json_format import MessageToDict

from ledgerd_client import draft, to_struct

EXACT = 2**53


@pytest.mark.parametrize(
    "value",
    [
        "",
        "9007199254740993",
        "می‌خواهم",
        True,
        False,
        None,
        0,
        -1,
        EXACT - 1,
        1 - EXACT,
        0.1,
        1e20,
        -1.5e-10,
        [],
        [1, "2", None, [True]],
        {},
        {"a": {"b": [{"c": 1}]}},
    ],
)
def test_what_a_struct_can_hold_arrives(value: Any) -> None:
    for given in ({"value": value}, {"list": [value]}, {"object": {"value": value}}):
        assert MessageToDict(to_struct(given)) == given


@pytest.mark.parametrize("value", [EXACT, EXACT + 1, -EXACT, 10**400, float("nan"), float("inf"), -float("inf")])
def test_a_number_that_would_change_is_rejected(value: Any) -> None:
    for given in ({"order": value}, {"list": [1, [value]]}, {"object": {"order": value}}, {"tuple": (value,)}):
        with pytest.raises(ValueError, match=r"metadata\['.*(write it as text|not a finite number)$"):
            to_struct(given)


@pytest.mark.parametrize(
    "value",
    [
        Decimal("0.1"),
        Decimal(1),
        Fraction(1, 2),
        1j,
        datetime(2026, 1, 1, tzinfo=UTC),
        date(2026, 1, 1),
        UUID(int=1),
        b"bytes",
        {1, 2},
        object(),
        (one for one in "generator"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_has_no_form_for_is_rejected(value: Any) -> None:
    for given in ({"order": value}, {"list": [value]}):
        with pytest.raises(TypeError, match=rf"is a {type(value).__name__}.*write it as text"):
            to_struct(given)


@pytest.mark.parametrize("key", [1, None, True, b"order", ("order",)])
def test_a_name_is_text(key: Any) -> None:
    for given in ({key: "17"}, {"list": [{key: "17"}]}):
        with pytest.raises(TypeError, match="Names are text"):
            to_struct(given)


def test_mappings_and_tuples_count_as_objects_and_lists() -> None:
    assert MessageToDict(to_struct(OrderedDict(pair=(1, (2,))))) == {"pair": [1, [2]]}


def test_eight_levels_and_no_more() -> None:
    eight: Any = {"one": [[[[[[[]]]]]]]}
    assert MessageToDict(to_struct(eight)) == eight
    for deeper in ({"one": eight}, {"one": [eight["one"]]}):
        with pytest.raises(ValueError, match="8 levels"):
            to_struct(deeper)
    endless: dict[str, Any] = {}
    endless["itself"] = endless
    with pytest.raises(ValueError, match="8 levels"):
        to_struct(endless)


def test_a_draft_is_rejected_with_them() -> None:
    sides = {"source": "@World", "destination": "bln_x", "currency": "USD"}
    with pytest.raises(ValueError, match="write it as text"):
        draft("r", **sides, amount="1", metadata={"order": EXACT + 1})
    assert MessageToDict(draft("r", **sides, amount="1", metadata={"order": str(EXACT + 1)}).metadata) == {
        "order": "9007199254740993"
    }
