"""Files that were made to do harm, or that are no camt: each is rejected by name, in bounded memory."""

import gzip
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ledgerd.core.model.external_record import ExternalRecord, FaultCode, FileRejected, RecordFault
from ledgerd.reconciliation.formats.files import read_file
from ledgerd.reconciliation.formats.reading import Bounds, ReadContext

from .camt_writer import GERMAN, Booking, Sheet, document
from .memory import CONTEXT, SALE, WITHOUT_END, entries, read

ROOT = Path(__file__).parents[3]
MIB = 1024 * 1024
GOOD = document(GERMAN, Sheet(bookings=(Booking(payments=(SALE,)),)))
NAMESPACE = GERMAN.namespace


def _rejection(data: bytes, context: ReadContext = CONTEXT) -> RecordFault:
    with pytest.raises(FileRejected) as rejected:
        list(read_file(io.BytesIO(data), context))
    return rejected.value.fault


def _with_doctype(doctype: str, text: str = "PLACE") -> bytes:
    return GOOD.decode().replace("?>\n", f"?>\n{doctype}\n", 1).replace("PLACE", text).encode()


LAUGHS = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))


@pytest.mark.parametrize("text", ["&e11;", "nothing of it"])
def test_a_billion_laughs_are_rejected(text: str):
    fault = _rejection(_with_doctype(f'<!DOCTYPE Document [<!ENTITY e0 "ha">{LAUGHS}]>', text))
    assert fault.code in (FaultCode.SYNTAX_INVALID, FaultCode.LIMIT_EXCEEDED)


def test_laughs_in_an_attribute_of_the_root_are_rejected():
    data = _with_doctype(f'<!DOCTYPE Document [<!ENTITY e0 "ha">{LAUGHS}]>').replace(
        b"<Document ", b'<Document a="&e11;" '
    )
    assert _rejection(data).code is FaultCode.LIMIT_EXCEEDED


def test_a_file_of_the_server_is_never_read(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    for doctype, text in (
        (f'<!DOCTYPE Document [<!ENTITY x SYSTEM "file://{secret}">]>', "&x;"),
        (f'<!DOCTYPE Document [<!ENTITY % x SYSTEM "file://{secret}"> %x;]>', "a"),
        (f'<!DOCTYPE Document SYSTEM "file://{secret}">', "a"),
        ('<!DOCTYPE Document PUBLIC "x" "http://127.0.0.1:1/x.dtd">', "a"),
    ):
        fault = _rejection(_with_doctype(doctype, text))
        assert fault.code is FaultCode.SYNTAX_INVALID
        assert "secret" not in fault.reason + fault.raw


def test_an_included_file_is_no_more_than_an_element():
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>'
    (record, _) = read_file(io.BytesIO(GOOD.replace(b"PLACE", include.encode())), CONTEXT)
    assert isinstance(record, ExternalRecord)
    assert record.description == ""


def test_an_entity_that_nobody_declared_is_rejected():
    assert _rejection(GOOD.replace(b"PLACE", b"&x;")).code is FaultCode.SYNTAX_INVALID


@pytest.mark.parametrize(
    ("levels", "place"),
    [(100, b"<Refs>"), (300, b"<Refs>"), (300, b"<GrpHdr>"), (1_000_000, b"<Refs>")],
)
def test_deep_nesting_is_rejected(levels: int, place: bytes):
    nested = b"<a>" * levels + b"</a>" * levels
    fault = _rejection(GOOD.replace(place, nested + place))
    assert fault.code is FaultCode.LIMIT_EXCEEDED


@pytest.mark.parametrize("size", [2 * MIB, 50 * MIB])
def test_a_huge_attribute_text_or_name_is_rejected(size: int):
    huge = "x" * size
    for element in (f'<a b="{huge}"/>', f"<a>{huge}</a>", f"<{huge}/>", f"<!--{huge}-->", f"<?a {huge}?>"):
        assert _rejection(GOOD.replace(b"<Refs>", element.encode() + b"<Refs>")).code is FaultCode.LIMIT_EXCEEDED
        assert _rejection(element.encode() + GOOD).code in (FaultCode.LIMIT_EXCEEDED, FaultCode.FORMAT_UNKNOWN)


def test_many_attributes_are_rejected():
    attributes = " ".join(f'a{number}="1"' for number in range(200_000))
    assert _rejection(GOOD.replace(b"<Refs>", f"<a {attributes}/><Refs>".encode())).code is FaultCode.LIMIT_EXCEEDED


def _read_in_a_process(what: str) -> dict:
    """What was read, in a process whose memory grew by no more than 96 MiB: the trees of libxml2 included."""
    command = [sys.executable, "-m", "tests.reconciliation.formats.memory", what]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    result = json.loads(done.stdout)
    assert result["bytes"] < 96 * MIB
    return result["read"]


@pytest.mark.slow
def test_what_is_repeated_without_end_is_rejected_in_bounded_memory():
    assert _read_in_a_process("hostile") == {name: [0, "LIMIT_EXCEEDED"] for name in WITHOUT_END}


@pytest.mark.slow
def test_elements_of_no_interest_between_others_do_not_add_up_in_memory():
    read = _read_in_a_process("between")
    assert read == {"Stmt": [32, ""], "TxDtls": [1, ""]}


def test_what_stands_before_the_first_element_that_is_let_go_of_counts_until_its_parent_ends():
    around = replace(CONTEXT, bounds=Bounds(record_bytes=200_000))
    filler = b"<x/>" * 20_000
    payment = GOOD[GOOD.index(b"<TxDtls>") : GOOD.index(b"</TxDtls>") + len(b"</TxDtls>")]
    entry = GOOD[GOOD.index(b"<Ntry>") : GOOD.index(b"</Ntry>") + len(b"</Ntry>")]
    many = GOOD.replace(payment, payment + filler + payment + filler + payment)
    assert list(read_file(io.BytesIO(many), around))
    assert (
        _rejection(GOOD.replace(payment, filler * 2 + payment + filler + payment), around).code
        is FaultCode.LIMIT_EXCEEDED
    )
    assert len(list(read_file(io.BytesIO(GOOD.replace(entry, (filler + filler + entry) * 4)), around))) == 5


@pytest.mark.parametrize(
    "data",
    [
        GOOD.replace(b"Customer", b"M\xfcller"),
        GOOD.replace(b"UTF-8", b"klingon"),
        GOOD.replace(b"UTF-8", b"US-ASCII").replace(b"Customer", "Müller".encode()),
        GOOD.decode().encode("utf-16")[:-1],
        GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16").replace("C".encode("utf-16-le"), b"\x00\xd8", 1),
    ],
    ids=["Latin as UTF-8", "unknown", "more than ASCII", "half a character", "half a pair"],
)
def test_a_wrong_encoding_is_rejected(data: bytes):
    assert _rejection(data).code is FaultCode.ENCODING_INVALID


@pytest.mark.parametrize("character", [b"\0", b"\x01", b"\x1b", b"&#0;", b"&#x1f;", b"\xef\xbf\xbe"])
def test_characters_that_xml_may_not_have_are_rejected(character: bytes):
    assert _rejection(GOOD.replace(b"PLACE", character)).code in (FaultCode.SYNTAX_INVALID, FaultCode.ENCODING_INVALID)


@pytest.mark.parametrize(
    "namespace",
    [
        NAMESPACE.replace("001.02", "001.01"),
        NAMESPACE.replace("001.02", "001.14"),
        NAMESPACE.replace("001.02", "002.02"),
        NAMESPACE.replace("camt.053", "camt.060"),
        NAMESPACE.replace("camt.053", "pain.001"),
        "http://example.com/" + NAMESPACE,
        "",
    ],
)
def test_what_is_no_camt_of_a_known_version_is_rejected(namespace: str):
    fault = _rejection(GOOD.replace(NAMESPACE.encode(), namespace.encode()))
    assert fault.code is FaultCode.FORMAT_UNKNOWN
    assert not namespace or namespace not in fault.reason


@pytest.mark.parametrize(
    "data", [b"<a/>", b"<html><body>Sign in</body></html>", GOOD.replace(b"Document", b"Envelope")]
)
def test_other_xml_is_rejected(data: bytes):
    assert _rejection(data).code is FaultCode.FORMAT_UNKNOWN


def test_a_message_of_another_kind_than_its_namespace_says_is_rejected():
    assert _rejection(GOOD.replace(b"camt.053", b"camt.052")).code is FaultCode.FORMAT_UNKNOWN
    assert _rejection(f'<Document xmlns="{NAMESPACE}"/>'.encode()).code is FaultCode.FORMAT_UNKNOWN


@pytest.mark.parametrize("data", [b"", b" ", b"date,amount\n", b"\x00" * 100, b"<", b"\xff\xfe", b"{}"])
def test_what_is_no_xml_is_rejected(data: bytes):
    assert _rejection(data).code in (FaultCode.SYNTAX_INVALID, FaultCode.ENCODING_INVALID)


def test_a_truncated_file_is_rejected_wherever_it_ends():
    for end in range(1, len(GOOD.rstrip()) - 1, 7):
        assert _rejection(GOOD[:end]).code in (FaultCode.SYNTAX_INVALID, FaultCode.FORMAT_UNKNOWN)
    assert _rejection(GOOD + GOOD).code is FaultCode.SYNTAX_INVALID


def test_a_statement_without_an_account_is_rejected():
    fault = _rejection(GOOD.replace(b"<IBAN>", b"<XBAN>").replace(b"</IBAN>", b"</XBAN>"))
    assert (fault.code, fault.field, fault.line) == (FaultCode.FIELD_MISSING, "Acct", 4)


def test_faults_never_quote_the_file():
    for old, new in (
        (b"120.50", b"SECRET"),
        (b"CRDT", b"SECRET"),
        (b"2026-05-04", b"SECRET"),
        (b"BOOK", b"\xe2\x80\xaeSECRET"),
    ):
        for item in read_file(io.BytesIO(GOOD.replace(old, new)), CONTEXT):
            if isinstance(item, RecordFault):
                assert "SECRET" not in item.reason + item.field


def test_the_records_and_statements_of_a_file_are_bounded():
    booking = Booking(payments=(SALE,))
    three = document(GERMAN, Sheet(bookings=(booking,) * 3))
    for context in (replace(CONTEXT, bounds=Bounds(records=2)), replace(CONTEXT, bounds=Bounds(input_bytes=1_000))):
        assert _rejection(three, context).code is FaultCode.LIMIT_EXCEEDED
    two = document(GERMAN, Sheet(), Sheet(number="18"))
    assert _rejection(two, replace(CONTEXT, bounds=Bounds(statements=1))).code is FaultCode.LIMIT_EXCEEDED


def test_a_fault_in_an_archive_names_its_member_and_a_packed_file_reads_like_any():
    assert list(read_file(io.BytesIO(gzip.compress(GOOD)), CONTEXT)) == list(read_file(io.BytesIO(GOOD), CONTEXT))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("monday.xml", GOOD)
        archive.writestr("tuesday.xml", GOOD.replace(b"<Sts>BOOK</Sts>", b""))
        archive.writestr("wednesday.xml", b"<a/>")
    packed.seek(0)
    items = read_file(packed, CONTEXT)
    given = [next(items) for _ in range(4)]
    with pytest.raises(FileRejected) as rejected:
        next(items)
    assert [item.member for item in given if isinstance(item, RecordFault)] == ["tuesday.xml"]
    assert rejected.value.fault.member == "wednesday.xml"


@pytest.mark.slow
def test_a_hundred_thousand_entries_are_read_in_bounded_memory():
    assert _read_in_a_process("entries") == {"entries": [100_000, ""]}


@pytest.mark.parametrize("alike", [None, Booking(payments=(SALE,))], ids=["all different", "all equal"])
def test_what_python_holds_of_many_entries_is_bounded(alike: Booking | None):
    tracemalloc.start()
    try:
        assert read(entries(5_000, alike)) == (5_000, "")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB
