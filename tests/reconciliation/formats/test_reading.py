"""What the readers of all formats share: amounts, texts, bounds."""

import io
from datetime import UTC

import pytest

from ledgerd.core.model.external_record import BankStatement, ExternalRecord, FaultCode, FileRejected
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats.reading import (
    BoundedSource,
    Bounds,
    ReadContext,
    RecordRejected,
    counted,
    identifier,
    minor_amount,
    precision_of,
    prose,
    raw_text,
    replacements,
)


@pytest.mark.parametrize(
    ("text", "minor"),
    [("-120.50", -12050), ("+7", 700), ("007.5", 750), (".5", 50), ("0", 0), ("00", 0), ("5.", 500), ("1.500", 150)],
)
def test_a_decimal_is_read_exactly(text: str, minor: int):
    assert minor_amount(text, 100) == minor


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", FaultCode.FIELD_MISSING),
        ("1.005", FaultCode.AMOUNT_TOO_PRECISE),
        ("1,00", FaultCode.AMOUNT_INVALID),
        ("1e5", FaultCode.AMOUNT_INVALID),
        ("--1", FaultCode.AMOUNT_INVALID),
        ("-", FaultCode.AMOUNT_INVALID),
        (".", FaultCode.AMOUNT_INVALID),
        ("NaN", FaultCode.AMOUNT_INVALID),
        ("١", FaultCode.AMOUNT_INVALID),
        ("9" * 37, FaultCode.AMOUNT_INVALID),
        ("0" * 1_000_000, FaultCode.AMOUNT_INVALID),
    ],
)
def test_what_is_no_exact_decimal_is_rejected(text: str, code: FaultCode):
    with pytest.raises(RecordRejected) as rejected:
        minor_amount(text, 100)
    assert rejected.value.code is code


def test_a_currency_that_the_source_lacks_is_rejected():
    context = ReadContext(profile=FormatProfile(format=FileFormat.CAMT), precisions={"EUR": 100}, zone=UTC)
    assert precision_of("EUR", context) == 100
    for currency in ("USD", "eur", ""):
        with pytest.raises(RecordRejected) as rejected:
            precision_of(currency, context)
        assert rejected.value.code is FaultCode.CURRENCY_INVALID


def test_an_identifier_is_kept_whole_or_rejected():
    assert identifier("  RF18 5390 ", "reference") == "RF18 5390"
    assert identifier("", "reference") == ""
    for text in ("a\0b", "a\nb", "\u202eabc", "x" * 256):
        with pytest.raises(RecordRejected) as rejected:
            identifier(text, "reference")
        assert rejected.value.code is FaultCode.TEXT_INVALID
        assert text not in rejected.value.reason


def test_prose_is_one_line_cut_off_and_without_controls():
    assert prose(" Invoice\r\n 17\t of  May\u00a0") == "Invoice 17 of May"
    assert prose("a\0b\u202ec") == "a\ufffdb\ufffdc"
    assert prose("Ü" * 2_000) == "Ü" * 1_000
    assert prose("\n") == ""


def test_a_replaced_character_is_told_of():
    record = ExternalRecord(key="1", amount=1, currency="EUR", precision=100, description=prose("a\0b"), line=7)
    (fault,) = replacements(record)
    assert (fault.line, fault.field, fault.code) == (7, "description", FaultCode.TEXT_INVALID)


def test_what_is_kept_of_the_file_is_cut_off_and_has_no_nul():
    assert raw_text("a\0b") == "a\ufffdb"
    assert len(raw_text("x" * 5_000)) == 4_096


def test_a_file_ends_at_its_bound_of_bytes():
    assert io.BufferedReader(BoundedSource(io.BytesIO(b"12345"), 5)).read() == b"12345"
    with pytest.raises(FileRejected) as rejected:
        io.BufferedReader(BoundedSource(io.BytesIO(b"123456"), 5)).read()
    assert rejected.value.fault.code is FaultCode.LIMIT_EXCEEDED


def test_a_file_ends_at_its_bound_of_records_and_of_statements():
    record = ExternalRecord(key="1", amount=1, currency="EUR", precision=100)
    statement = BankStatement(account="1")
    bounds = Bounds(records=2, statements=1)
    assert len(list(counted(iter([record, statement, record]), bounds))) == 3
    for items in ([record] * 3, [statement] * 2):
        with pytest.raises(FileRejected) as rejected:
            list(counted(iter(items), bounds))
        assert rejected.value.fault.code is FaultCode.LIMIT_EXCEEDED
