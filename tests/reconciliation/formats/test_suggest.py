"""What the beginning of a file seems to be: proposals that read it, with reasons and doubts."""

import gzip
import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.format_profile import AmountSigns, AmountUnit, FileFormat
from ledgerd.reconciliation.formats.files import read_file
from ledgerd.reconciliation.formats.suggest import SAMPLE_BYTES, suggest
from tests.reconciliation.formats.text_files import outcome

CAMT = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><X/></Document>'
)
MT940 = ":20:X\n:25:A\n:28C:1/1\n:60F:C260131EUR0,\n:61:260131C1,NTRFA\n:62F:C260131EUR1,\n-\n"
MT942 = ":20:X\n:25:A\n:28C:1/1\n:34F:EUR0,\n:61:260131C1,NTRFA\n-\n"
BAI2 = "01,A,B,260131,0600,1,,,2/\n02,A,B,1,260131,,USD,2/\n03,1,,/\n49,0,2/\n98,0,1,4/\n99,0,1,6/\n"
OFX = "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX></OFX>"
OFX_2 = '<?xml version="1.0"?>\n<?OFX OFXHEADER="200" VERSION="211"?>\n<OFX></OFX>'
CSV = "Date,Amount,Description\n2026-01-31,-1234.50,Rent\n2026-02-01,7.00,Refund\n"
JSON = json.dumps([{"id": "1", "date": "2026-01-31", "amount": {"value": "-12.50", "currency": "EUR"}}])
LINES = '{"id": "1", "date": "2026-01-31", "amount": -12.5}\n{"id": "2", "date": "2026-01-31", "amount": 7.25}\n'


def zipped(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("file", data)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "file_format"),
    [
        (CAMT, FileFormat.CAMT),
        (MT940, FileFormat.MT940),
        ("{1:F01X}{2:O9401200}{4:\n" + MT940, FileFormat.MT940),
        (MT942, FileFormat.MT942),
        (BAI2, FileFormat.BAI2),
        (OFX, FileFormat.OFX),
        (OFX_2, FileFormat.OFX),
        (CSV, FileFormat.CSV),
        (JSON, FileFormat.JSON),
        (LINES, FileFormat.JSON_LINES),
    ],
)
def test_every_format_is_recognised_packed_or_not(data: str, file_format: FileFormat):
    plain = data.encode()
    for sample, archive in ((plain, ""), (gzip.compress(plain), "gzip"), (zipped(plain), "zip")):
        found = suggest(sample)
        assert [proposal.profile.format for proposal in found.proposals] == [file_format]
        assert found.archive == archive
        assert all(proposal.reasons for proposal in found.proposals)


@pytest.mark.parametrize("data", [CSV, JSON, LINES, MT940, MT942, BAI2])
def test_what_is_proposed_reads_the_sample(data: str):
    for proposal in suggest(data.encode()).proposals:
        found = outcome(read_file, data, proposal.profile, currency="EUR")
        assert not found.rejected
        assert not found.faults


def test_a_german_export():
    data = (
        "Umsatzanzeige\nKonto: DE00\n\n"
        "Buchungstag;Valuta;Auftraggeber/Empfänger;Verwendungszweck;Betrag;Währung\n"
        '31.01.2026;01.02.2026;Müller;"Miete; Januar";-1.234,50;EUR\n13.02.2026;13.02.2026;Ada;Danke;7,00;EUR\n'
    )
    for encoding in ("utf-8", "windows-1252", "utf-16"):
        found = suggest(data.encode(encoding))
        (proposal,) = found.proposals
        profile = proposal.profile
        assert (profile.delimiter, profile.decimal_mark, profile.thousands_separator, profile.skip_lines) == (
            ";",
            ",",
            ".",
            3,
        )
        assert (profile.date_format, profile.encoding, profile.amount_signs) == (
            "%d.%m.%Y",
            encoding,
            AmountSigns.SIGNED,
        )
        assert profile.columns["counterparty"] == "Auftraggeber/Empfänger"
        assert bool(found.uncertain) is (encoding == "windows-1252")
        read = outcome(read_file, data.encode(encoding), profile)
        assert [r.amount for r in read.records] == [-123450, 700]
        assert not read.codes


def test_days_and_months_that_the_sample_cannot_tell_apart_are_both_proposed():
    found = suggest(b"Date,Amount\n01/02/2026,-1.50\n03/04/2026,1234.50\n")
    assert [p.profile.date_format for p in found.proposals] == ["%d/%m/%Y", "%m/%d/%Y"]
    assert "does not decide how dates" in found.uncertain[0]
    (decided,) = suggest(b"Date,Amount\n01/02/2026,-1.50\n03/14/2026,1234.50\n").proposals
    assert decided.profile.date_format == "%m/%d/%Y"


def test_marks_that_the_sample_cannot_tell_apart_are_both_proposed():
    found = suggest(b'Date;Amount\n2026-01-31;"-1,234"\n')
    assert [(p.profile.decimal_mark, p.profile.thousands_separator) for p in found.proposals] == [(",", ""), (".", ",")]
    assert any("mark" in doubt for doubt in found.uncertain)


def test_whole_numbers_may_be_smallest_units():
    found = suggest(b'[{"date": "2026-01-31", "amount": -1250}]')
    assert [p.profile.amount_unit for p in found.proposals] == [AmountUnit.MAJOR, AmountUnit.MINOR]
    assert any("smallest" in doubt for doubt in found.uncertain)


def test_two_columns_and_words_are_told_by_their_content():
    (two,) = suggest(b"Date,Paid in,Paid out\n2026-01-31,1.50,\n2026-01-31,,-2000.50\n").proposals
    assert (two.profile.amount_signs, two.profile.debits_are_negative) == (AmountSigns.TWO_COLUMNS, True)
    (words,) = suggest(b"Date,Amount,Dr/Cr\n2026-01-31,1.50,CR\n2026-01-31,2000.50,DR\n").proposals
    assert words.profile.amount_signs is AmountSigns.INDICATOR
    assert (words.profile.credit_words, words.profile.debit_words) == (("CR",), ("DR",))


def test_the_words_of_a_status_are_proposed_where_all_of_them_are_known():
    data = b"Date,Amount,Status\n2026-01-31,-1.50,Completed\n2026-01-31,1234.50,Pending\n2026-02-01,2.50,\n"
    found = suggest(data)
    (proposal,) = found.proposals
    assert proposal.profile.columns["status"] == "Status"
    assert (proposal.profile.booked_words, proposal.profile.pending_words) == (("Completed",), ("Pending",))
    assert any("words that the sample lacks" in doubt for doubt in found.uncertain)
    read = outcome(read_file, data, proposal.profile, currency="EUR")
    assert [record.status for record in read.records] == ["BOOKED", "PENDING", "BOOKED"]


def test_a_status_of_unknown_words_is_left_out_and_told():
    found = suggest(b"Date,Amount,State\n2026-01-31,-1.50,Completed\n2026-01-31,1234.50,Reversed\n")
    (proposal,) = found.proposals
    assert "status" not in proposal.profile.columns
    assert not proposal.profile.booked_words
    assert any("every row counts as booked" in doubt for doubt in found.uncertain)
    assert not any("Reversed" in doubt for doubt in found.uncertain)


def test_a_file_without_header():
    found = suggest(b"31.01.2026;Rent;-1.234,50\n13.02.2026;Other;7,00\n")
    (proposal,) = found.proposals
    assert not proposal.profile.has_header
    assert proposal.profile.columns == {"booking_date": "1", "amount": "3"}
    assert len(found.uncertain) == 2


def test_an_array_is_found_in_an_object_even_where_the_sample_ends():
    data = json.dumps({"has_more": True, "data": [json.loads(JSON)[0]] * 3}).encode()
    for sample in (data, data[:-20]):
        (proposal,) = suggest(sample).proposals
        assert (proposal.profile.format, proposal.profile.records_path) == (FileFormat.JSON, "data")
        assert proposal.profile.columns["amount"] == "amount.value"


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 100, b"\x1f\x8b", b"PK\x03\x04", b"{}", b"[]", b"plain words", b"\xff\xfe"]
)
def test_what_is_not_recognised_has_no_proposal(data: bytes):
    found = suggest(data)
    assert not found.proposals
    assert found.uncertain


def test_only_the_beginning_is_looked_at():
    bomb = gzip.compress(b"Date,Amount\n" + b"\0" * 10_000_000)
    assert suggest(bomb).archive == "gzip"
    long = b"Date,Amount\n" + b"2026-01-31,-1234.50\n" * 100_000
    (proposal,) = suggest(long[: SAMPLE_BYTES + 7]).proposals
    assert proposal.profile.columns == {"booking_date": "Date", "amount": "Amount"}


@given(st.binary(max_size=300) | st.text('{}[]",:;<>0123456789.\nDateAmount', max_size=300).map(str.encode))
def test_no_bytes_break_it(data: bytes):
    suggest(data)
    suggest(gzip.compress(data))
