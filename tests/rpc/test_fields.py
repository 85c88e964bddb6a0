"""Decoding: what is accepted, what is rejected, and that one answer names every malformed field."""

import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from google.protobuf.struct_pb2 import NULL_VALUE, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from ledgerapi.v1 import balance_pb2, draft_pb2

from ledgerd.core.model import ids
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.rejection import Rejected
from ledgerd.wire import decode, encode, fields


def faults(read: fields.Reading) -> list[str]:
    return [violation.field for violation in read.violations]


def struct(**members) -> Struct:
    made = Struct()
    made.update(members)
    return made


def test_every_malformed_field_is_named_at_once():
    read = fields.Reading("draft.")
    read.label("name", "", 10)
    read.currency("currency", "usd")
    with pytest.raises(Rejected) as caught:
        read.finish()
    assert [violation.field for violation in caught.value.rejection.violations] == ["draft.name", "draft.currency"]
    assert caught.value.rejection.details == {"field": "draft.name"}


@pytest.mark.parametrize("text", ["", "x" * 11, "a\0b", "a\nb", "a\x7fb"])
def test_a_line_of_text_is_bounded_and_has_no_control_characters(text):
    read = fields.Reading()
    read.label("name", text, 10)
    assert set(faults(read)) == {"name"}


def test_text_in_lines_may_have_line_breaks_but_no_nul():
    read = fields.Reading()
    assert read.prose("note", "a\n\tb") == "a\n\tb"
    assert faults(read) == []
    read.prose("note", "a\0b")
    assert faults(read) == ["note"]


@pytest.mark.parametrize("code", ["USD", "P", "BTC.E-8_X", "A" * 32])
def test_currencies(code):
    assert fields.is_currency(code)


@pytest.mark.parametrize("code", ["", "usd", "1USD", "A" * 33, "U SD", "USD\n", "ÄB"])
def test_not_currencies(code):
    assert not fields.is_currency(code)


@pytest.mark.parametrize("name", ["@W", "@World", "@a.b-c:d_9", "@" + "x" * 127])
def test_indicators(name):
    assert fields.is_indicator(name)


@pytest.mark.parametrize("name", ["", "@", "World", "@Wörld", "@a b", "@" + "x" * 128, "@a\n"])
def test_not_indicators(name):
    assert not fields.is_indicator(name)


def test_names_that_are_too_long_are_rejected_and_not_remembered():
    remembered = decode._side.cache_info().currsize, decode._currency.cache_info().currsize
    for number in range(3):
        long = "@" + f"{number}" * 1_000_000
        drafts = [draft_pb2.Draft(reference="r", amount="1", currency="USD", source=long, destination="@Sales")]
        drafts.append(draft_pb2.Draft(reference="r", amount="1", currency="USD", source="@Sales", destination=long))
        drafts.append(draft_pb2.Draft(reference="r", amount="1", currency=long, source="@World", destination="@Sales"))
        rejected = [decode.post(draft).violations[0].field for draft in drafts]
        assert rejected == ["post.source", "post.destination", "post.currency"]
    known = decode._side.cache_info().currsize, decode._currency.cache_info().currsize
    assert known[0] - remembered[0] <= 2  # @World and @Sales
    assert known[1] - remembered[1] <= 1


def test_an_id_has_its_prefix():
    read = fields.Reading()
    number = uuid.uuid4()
    assert read.id("id", ids.encode("bln", number.int), "bln") == number
    read.id("id", ids.encode("txn", number.int), "bln")
    read.id("other", "", "bln")
    assert faults(read) == ["id", "other"]


@pytest.mark.parametrize("value", [0, 1, 100, 10**18])
def test_precisions(value):
    read = fields.Reading()
    assert read.precision("precision", value) == (value or None)
    assert faults(read) == []


@pytest.mark.parametrize("value", [-1, 2, 99, 10**18 + 1])
def test_not_precisions(value):
    read = fields.Reading()
    read.precision("precision", value)
    assert faults(read) == ["precision"]


def test_a_sum_in_either_spelling():
    read = fields.Reading()
    assert read.signed("floor", "-1.50", decimal=True) == Quantity(-15, 1)
    assert read.signed("floor", "-150", decimal=False) == Quantity(-150, None)
    for text in ("", "1e3", "--1", "+1"):
        read.signed("decimal", text, decimal=True)
        read.signed("precise", text, decimal=False)
    assert faults(read) == ["decimal", "precise"] * 4


def test_an_enum_goes_by_its_short_name():
    read = fields.Reading()
    names = [read.enum("view", balance_pb2.BalanceView, number) for number in (0, 1, 2, 3)]
    assert names == ["UNSPECIFIED", "BASIC", "DECIMALS", "DEFERRED"]
    assert faults(read) == []
    for number in (4, 99, -1):
        assert read.enum("view", balance_pb2.BalanceView, number) == "UNSPECIFIED"
    assert faults(read) == ["view"] * 3


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_comes_back_to_the_microsecond(moment):
    assert fields.Reading().time("time", encode.time(moment)) == moment


def test_a_time_is_cut_off_after_the_microsecond():
    moment = fields.Reading().time("time", Timestamp(seconds=1, nanos=1_999))
    assert moment == datetime(1970, 1, 1, 0, 0, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "nanos"), [(-62135596801, 0), (253402300800, 0), (0, -1), (0, 10**9), (2**62, 0)])
def test_not_times(seconds, nanos):
    read = fields.Reading()
    read.time("time", Timestamp(seconds=seconds, nanos=nanos))
    assert faults(read) == ["time"]


def test_metadata_becomes_canonical_json():
    text = fields.struct_to_json(struct(b=1, a={"z": True, "y": [1.5, None, "ü"]}, big=2.0**53))
    assert text == '{"a":{"y":[1.5,null,"ü"],"z":true},"b":1,"big":9007199254740992.0}'


def test_no_metadata_is_none():
    assert fields.struct_to_json(Struct()) is None


NUMBERS = (
    st.floats(allow_nan=False, allow_infinity=False)
    .map(lambda number: number + 0.0)  # no minus zero
    .filter(lambda number: len(f"{Decimal(repr(number)):f}") <= 40)
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NUMBERS
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.dictionaries(TEXTS, LEAVES | TEXTS | st.lists(LEAVES | TEXTS) | st.dictionaries(TEXTS, LEAVES | TEXTS)))
def test_metadata_comes_back_as_it_was(members):
    asked = Struct()
    asked.update(members)
    text = fields.struct_to_json(asked)
    answered = Struct()
    if text is not None:
        json.loads(text)
        fields.json_to_struct(text, answered)
    assert answered == asked


def nested(levels: int) -> Struct:
    made = struct(leaf=1)
    for _ in range(levels - 1):
        outer = Struct()
        outer.fields["inner"].struct_value.CopyFrom(made)
        made = outer
    return made


def test_metadata_may_be_eight_levels_deep():
    assert fields.struct_to_json(nested(8)) is not None


@pytest.mark.parametrize(
    "metadata",
    [
        nested(9),
        struct(text="x" * 16 * 1024),
        struct(text="ü" * 8 * 1024),
        struct(text="x" * 1024 * 1024),
        struct(number=float("nan")),
        struct(number=float("-inf")),
        struct(text="a\0b"),
        struct(**{"a\0b": 1}),
        Struct(fields={"unset": Value()}),
        struct(**{"ledgerd:": 1}),
    ],
    ids=["deep", "large", "large in bytes", "huge", "nan", "infinite", "nul", "nul in key", "unset", "reserved"],
)
def test_metadata_that_is_rejected(metadata):
    with pytest.raises(Rejected) as caught:
        fields.struct_to_json(metadata, "draft.metadata")
    assert [violation.field for violation in caught.value.rejection.violations] == ["draft.metadata"]


def test_only_keys_at_the_top_are_reserved():
    assert fields.struct_to_json(struct(a={"ledgerd:x": 1}, ledgerd=2)) == '{"a":{"ledgerd:x":1},"ledgerd":2}'


@pytest.mark.parametrize("number", [1e39, -1e38, 1e-38, -1e-37, 1.2345678901234567e-21, 2.0**100])
def test_a_number_in_metadata_may_have_forty_characters(number):
    """As PostgreSQL writes it: without an exponent."""
    assert json.loads(fields.struct_to_json(struct(number=number)) or "") == {"number": number}


@pytest.mark.parametrize("number", [1e300, 1e40, -1e39, 5e-324, 1e-39])
def test_a_number_in_metadata_may_not_have_more(number):
    with pytest.raises(Rejected) as caught:
        fields.struct_to_json(struct(list=[number]))
    (violation,) = caught.value.rejection.violations
    assert (violation.field, str(number) in violation.description) == ("metadata", True)


def test_a_backslash_and_u0000_is_not_a_nul():
    assert fields.struct_to_json(struct(text="\\u0000")) == '{"text":"\\\\u0000"}'


def test_null_stays_null():
    answered = Struct()
    fields.json_to_struct('{"nothing":null}', answered)
    assert answered == Struct(fields={"nothing": Value(null_value=NULL_VALUE)})
