"""JSON and JSON lines: exact numbers, one element at a time, nothing that could be read in two ways."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats import json_file
from ledgerd.reconciliation.formats.reading import Bounds
from tests.reconciliation.formats.text_files import Outcome, outcome

COLUMNS = {"amount": "amount.value", "currency": "amount.currency", "booking_date": "date", "description": "text"}


def profile(file_format: FileFormat = FileFormat.JSON, **settings) -> FormatProfile:
    return FormatProfile(format=file_format, **{"columns": COLUMNS, **settings})


def read(data: str | bytes, *, bounds: Bounds | None = None, **settings) -> Outcome:
    return outcome(json_file.read, data, profile(**settings), bounds=bounds)


def read_lines(data: str | bytes, *, bounds: Bounds | None = None, **settings) -> Outcome:
    return outcome(json_file.read_lines, data, profile(FileFormat.JSON_LINES, **settings), bounds=bounds)


def element(value: str = "1.50", text: str = '"x"', date_text: str = '"2026-01-31"') -> str:
    return f'{{"amount": {{"value": {value}, "currency": "EUR"}}, "date": {date_text}, "text": {text}}}'


def test_an_element_becomes_a_record():
    found = read(f"[\n{element('-12.50')},\n{element('7')}\n]\n")
    assert not found.codes
    assert [(r.amount, r.booking_date, r.description, r.line) for r in found.records] == [
        (-1250, date(2026, 1, 31), "x", 2),
        (700, date(2026, 1, 31), "x", 3),
    ]
    assert json.loads(found.records[0].raw)["text"] == "x"


def test_the_array_may_stand_under_a_path():
    inner = f'{{"more": [1, {{"a": null}}], "items": [{element()}], "next": "]}}"}}'
    found = read(f'{{"has_more": false, "data": {inner}, "url": "/v1"}}', records_path="data.items")
    assert not found.codes
    assert [r.amount for r in found.records] == [150]


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("1.50", 150),
        ("-0.01", -1),
        ("0.1", 10),
        ("1.10", 110),
        ("9007199254740993.01", 900719925474099301),
        ('"1,50"', 150),
        ('"1.50"', "AMOUNT_INVALID"),
        ("1e2", "AMOUNT_INVALID"),
        ("1E-2", "AMOUNT_INVALID"),
        ("1.005", "AMOUNT_TOO_PRECISE"),
        ("null", "FIELD_MISSING"),
        ("true", "AMOUNT_INVALID"),
        ("NaN", "SYNTAX_INVALID"),
        ("[1]", "SYNTAX_INVALID"),
        ("{}", "SYNTAX_INVALID"),
        ("9" * 5_000, "AMOUNT_INVALID"),
    ],
)
def test_a_number_is_exact_and_of_json_form_and_one_in_a_string_is_of_the_profile(value: str, amount: int | str):
    """A decimal comma is declared, which says nothing of JSON's own numbers."""
    for found in (read(f"[{element(value)}]", decimal_mark=","), read_lines(element(value), decimal_mark=",")):
        assert (found.records[0].amount if found.records else found.codes[0][2]) == amount


@pytest.mark.parametrize(
    ("bad", "field", "code"),
    [
        ("5", "", "SYNTAX_INVALID"),
        ("null", "", "SYNTAX_INVALID"),
        ("[]", "", "SYNTAX_INVALID"),
        ('"text"', "", "SYNTAX_INVALID"),
        ("{}", "booking_date", "FIELD_MISSING"),
        ('{"amount": {"value": 1, "value": 2}, "date": "2026-01-31"}', "", "SYNTAX_INVALID"),
        ('{"amount": 5, "date": "2026-01-31"}', "amount", "SYNTAX_INVALID"),
        (element(date_text='"2026-02-30"'), "booking_date", "DATE_INVALID"),
        (element(text='"\udcff"'), "", "ENCODING_INVALID"),
        (element(text='"\\ud800"'), "description", "TEXT_INVALID"),
        (element(text='"\\u0000"'), "description", "TEXT_INVALID"),
    ],
)
def test_an_element_that_is_wrong_is_a_fault_and_its_neighbours_are_read(bad: str, field: str, code: str):
    data = f"[{element()},\n{bad},\n{element()}]".encode("utf-8", "surrogateescape")
    found = read(data)
    assert found.codes == [(2, field, code)]
    assert {1, 3} <= {r.line for r in found.records}
    assert all(r.raw.encode() and "\0" not in r.description for r in found.records)
    lines = f"{element()}\n{bad}\n\n{element()}\n".encode("utf-8", "surrogateescape")
    assert read_lines(lines).codes == [(2, field, code)]


@pytest.mark.parametrize("bad", ['{"a": 1', "{'a': 1}", '{"a": 01}', '{"a": "\n"}', '{"a" 1}', "{} {}", "\0{}"])
def test_a_line_that_is_no_json_is_a_fault(bad: str):
    found = read_lines(f"{element()}\n{bad}\n{element()}")
    assert found.records[0].line == 1
    assert found.records[-1].line == found.faults[-1].line + 1
    assert found.faults[0].line == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "SYNTAX_INVALID"),
        ("{}", "SYNTAX_INVALID"),
        ('"x"', "SYNTAX_INVALID"),
        ("[", "SYNTAX_INVALID"),
        ("[1", "SYNTAX_INVALID"),
        ("[{}", "SYNTAX_INVALID"),
        ("[{},]", "SYNTAX_INVALID"),
        ("[,{}]", "SYNTAX_INVALID"),
        ("[{} {}]", "SYNTAX_INVALID"),
        ("[{}] x", "SYNTAX_INVALID"),
        ("[{}][{}]", "SYNTAX_INVALID"),
        ('[{"a": tru}]', "SYNTAX_INVALID"),
        ('[{"a": 1,}]', "SYNTAX_INVALID"),
        ('[{"a": "\\x"}]', "SYNTAX_INVALID"),
        ('[{"a": "unclosed]', "SYNTAX_INVALID"),
        ("[" * 1_000, "LIMIT_EXCEEDED"),
        ('{"a":' * 100_000, "SYNTAX_INVALID"),
        ("[" + '{"a":' * 100_000, "LIMIT_EXCEEDED"),
        ('["' + "x" * 2_000_000 + '"]', "LIMIT_EXCEEDED"),
        ("[" + "1" * 2_000_000 + "]", "LIMIT_EXCEEDED"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_rejected(data: str, code: str):
    found = read(data)
    assert found.rejected
    assert found.rejected.code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ('{"other": []}', "COLUMNS_INVALID"),
        ('{"data": {}}', "SYNTAX_INVALID"),
        ('{"data": [], "data": []}', "SYNTAX_INVALID"),
        ('{"data": [],}', "SYNTAX_INVALID"),
        ('{"data": [], "x": {"a": 1, "a": 2}}', "SYNTAX_INVALID"),
        ('{"data": [], "x": tru}', "SYNTAX_INVALID"),
        ("[]", "SYNTAX_INVALID"),
        ("{" + ",".join(f'"{n}":1' for n in range(10_002)) + "}", "LIMIT_EXCEEDED"),
        ("{" + ",".join(f'"{n}{"x" * 300_000}":1' for n in range(4)) + "}", "LIMIT_EXCEEDED"),
    ],
)
def test_what_stands_around_the_array_must_be_json_as_well(data: str, code: str):
    found = read(data, records_path="data")
    assert found.rejected
    assert found.rejected.code == code


def test_depth_is_bounded_without_recursion():
    deep = '{"a":' * 70 + "1" + "}" * 70
    assert read(f"[{deep}]").codes == [(1, "", "LIMIT_EXCEEDED")]
    assert read_lines(deep).codes == [(1, "", "LIMIT_EXCEEDED")]
    assert read_lines('{"a":' * 12_000).codes == [(1, "", "LIMIT_EXCEEDED")]
    brackets_in_text = element(text=json.dumps("[{" * 100))
    assert len(read(f"[{brackets_in_text}]").records) == len(read_lines(brackets_in_text).records) == 1


def test_memory_is_that_of_one_element():
    """A long array passes through a reader that may hold a hundredth of it."""
    found = read("[" + ",".join([element()] * 5_000) + "]", bounds=Bounds(record_bytes=4_000))
    assert not found.codes
    assert len(found.records) == 5_000


TEXTS = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), max_size=40)
MOVEMENTS = st.tuples(
    st.integers(-(10**15), 10**15), st.dates(), TEXTS.map(lambda text: " ".join(text.split())), st.booleans()
)


@given(movements=st.lists(MOVEMENTS, max_size=12), ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_what_is_written_is_read_back(movements, ascii_only: bool, indent: int | None):
    elements = []
    for amount, day, text, as_text in movements:
        number = decimal_text(amount, 100)
        member = {"amount": {"value": number if as_text else "@" + number, "currency": "EUR"}}
        dumped = json.dumps({**member, "date": day.isoformat(), "text": text}, ensure_ascii=ascii_only, indent=indent)
        elements.append(dumped.replace(f'"@{number}"', number))
    expected = [(amount, day, text) for amount, day, text, _ in movements]
    for found in (read("[" + ",".join(elements) + "]"), read_lines("\n".join(e.replace("\n", " ") for e in elements))):
        assert not found.codes
        assert [(r.amount, r.booking_date, r.description) for r in found.records] == expected


@given(data=st.text('[]{}",:\\ntruefals0123456789.-eE \n', max_size=60) | st.binary(max_size=60))
def test_what_the_reader_takes_is_what_json_says(data: str | bytes):
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    found = read(f"[{element()},{text}]", columns={"amount": "amount.value", "booking_date": "date"})
    try:
        elements = json.loads(f"[{element()},{text}]", parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        assert found.rejected or found.faults
    else:
        assert found.rejected is None
        assert len(found.records) + len(found.faults) == len(elements)
