"""CSV files: as their profile declares them, or not at all."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from ledgerd.core.model.external_record import RecordKind, RecordStatus
from ledgerd.core.model.format_profile import AmountSigns, AmountUnit, FeeSigns, FileFormat, FormatProfile
from ledgerd.reconciliation.formats import csv_file
from ledgerd.reconciliation.formats.reading import Bounds
from tests.reconciliation.formats.text_files import Outcome, outcome

COLUMNS = {"amount": "Amount", "booking_date": "Date", "description": "Text"}


def profile(**settings) -> FormatProfile:
    return FormatProfile(format=FileFormat.CSV, **{"columns": COLUMNS, **settings})


def read(data: str | bytes, *, bounds: Bounds | None = None, zone=UTC, **settings) -> Outcome:
    return outcome(csv_file.read, data, profile(**settings), bounds=bounds, zone=zone)


def amount_of(text: str, **settings) -> int | str:
    """What the text is read as under this profile: minor units, or the code of its fault."""
    quoted = text.replace('"', '""')
    found = read(f'Amount;Date;Text\n"{quoted}";2026-01-31;x\n', delimiter=";", **settings)
    return found.records[0].amount if found.records else found.codes[0][2]


def test_a_row_becomes_a_record():
    found = read(
        "ID,When,Valuta,Amount,Currency,Ref,Bank ref,Text,More,Name,IBAN,Payout,Type,State,Shop\n"
        'r1,2026-01-31,2026-02-01,-12.50,usd,E2E-1,B-1,"Invoice ""7"", paid",late,Ada & Co,DE00,po_1,fee,open,Bonn\n',
        columns={
            "key": "ID",
            "booking_date": "When",
            "value_date": "Valuta",
            "amount": "Amount",
            "currency": "Currency",
            "reference": "Ref",
            "reference_3": "Bank ref",
            "description": "Text",
            "description_2": "More",
            "counterparty": "Name",
            "counterparty_account": "IBAN",
            "group_key": "Payout",
            "kind": "Type",
            "status": "State",
            "metadata.shop": "Shop",
        },
        booked_words=("open",),
    )
    assert not found.codes
    (record,) = found.records
    assert (record.key, record.amount, record.currency, record.precision) == ("r1", -1250, "USD", 100)
    assert (record.booking_date, record.value_date) == (date(2026, 1, 31), date(2026, 2, 1))
    assert record.references == ("E2E-1", "B-1")
    assert record.description == 'Invoice "7", paid late'
    assert (record.counterparty, record.counterparty_account, record.group_key) == ("Ada & Co", "DE00", "po_1")
    assert (record.kind, record.metadata, record.line) == (RecordKind.FEE, {"shop": "Bonn"}, 2)
    assert (record.status, record.source_status) == (RecordStatus.BOOKED, "open")
    assert record.raw.startswith("r1,2026-01-31")


@pytest.mark.parametrize(
    ("text", "settings", "amount"),
    [
        ("1.50", {}, 150),
        ("-1.50", {}, -150),
        ("+1.50", {}, 150),
        ("\u22121.50", {}, -150),
        (" 7 ", {}, 700),
        ("0.00", {}, 0),
        ("1,50", {}, "AMOUNT_INVALID"),
        ("1,234", {}, "AMOUNT_INVALID"),
        ("1,234", {"thousands_separator": ","}, 123400),
        ("1,234,567.89", {"thousands_separator": ","}, 123456789),
        ("1234.50", {"thousands_separator": ","}, 123450),
        ("1,50", {"thousands_separator": ","}, "AMOUNT_INVALID"),
        ("1234,567", {"thousands_separator": ","}, "AMOUNT_INVALID"),
        ("1,234567", {"thousands_separator": ","}, "AMOUNT_INVALID"),
        (",234", {"thousands_separator": ","}, "AMOUNT_INVALID"),
        ("1,234.567,8", {"thousands_separator": ","}, "AMOUNT_INVALID"),
        ("1.234,50", {"thousands_separator": ".", "decimal_mark": ","}, 123450),
        ("1.234,567", {"thousands_separator": ".", "decimal_mark": ","}, "AMOUNT_TOO_PRECISE"),
        ("1 234 567", {"thousands_separator": " ", "decimal_mark": ","}, 123456700),
        ("1.50", {"thousands_separator": ".", "decimal_mark": ","}, "AMOUNT_INVALID"),
        ("1.234", {"decimal_mark": ","}, "AMOUNT_INVALID"),
        ("1\u202f234,50", {"thousands_separator": " ", "decimal_mark": ","}, 123450),
        ("1\u00a0234 567", {"thousands_separator": " ", "decimal_mark": ","}, "AMOUNT_INVALID"),
        ("1'234.50", {"thousands_separator": "'"}, 123450),
        ("(1.50)", {}, "AMOUNT_INVALID"),
        ("(1.50)", {"parentheses_are_negative": True}, -150),
        ("(-1.50)", {"parentheses_are_negative": True}, "AMOUNT_INVALID"),
        ("(1.50", {"parentheses_are_negative": True}, "AMOUNT_INVALID"),
        ("1.50-", {}, "AMOUNT_INVALID"),
        ("1.50-", {"trailing_minus_is_negative": True}, -150),
        ("-1.50-", {"trailing_minus_is_negative": True}, "AMOUNT_INVALID"),
        ("1250", {"amount_unit": AmountUnit.MINOR}, 1250),
        ("12.50", {"amount_unit": AmountUnit.MINOR}, "AMOUNT_INVALID"),
        ("1.5", {}, 150),
        ("1.505", {}, "AMOUNT_TOO_PRECISE"),
        ("1.500", {}, 150),
        ("", {}, "FIELD_MISSING"),
        ("  ", {}, "FIELD_MISSING"),
        ("1.50 EUR", {}, "AMOUNT_INVALID"),
        ("€1.50", {}, "AMOUNT_INVALID"),
        ("1e5", {}, "AMOUNT_INVALID"),
        ("NaN", {}, "AMOUNT_INVALID"),
        ("5.", {}, "AMOUNT_INVALID"),
        ("٣", {}, "AMOUNT_INVALID"),
        ("9" * 40, {}, "AMOUNT_INVALID"),
        ("9" * 60_000, {}, "AMOUNT_INVALID"),
    ],
)
def test_an_amount_is_one_number_of_the_declared_form_or_a_fault(text: str, settings: dict, amount: int | str):
    assert amount_of(text, **settings) == amount


def test_smallest_units_are_those_of_the_currency():
    found = read(
        "Amount,Date,Text,Cur\n1250,2026-01-31,x,EUR\n1250,2026-01-31,x,JPY\n1250,2026-01-31,x,KWD\n-5,2026-01-31,x,XTS\n",
        columns={**COLUMNS, "currency": "Cur"},
        amount_unit=AmountUnit.MINOR,
    )
    assert [(r.currency, r.amount) for r in found.records] == [("EUR", 1250), ("JPY", 1250), ("KWD", 1250), ("XTS", -5)]


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("2026-01-31", "%Y-%m-%d", date(2026, 1, 31)),
        ("31.01.2026", "%d.%m.%Y", date(2026, 1, 31)),
        ("1/2/2026", "%m/%d/%Y", date(2026, 1, 2)),
        ("1/2/2026", "%d/%m/%Y", date(2026, 2, 1)),
        ("13/2/2026", "%m/%d/%Y", "DATE_INVALID"),
        ("31JAN26", "%d%b%y", date(2026, 1, 31)),
        ("31-Jan-99", "%d-%b-%y", date(1999, 1, 31)),
        ("31-Jän-26", "%d-%b-%y", "DATE_INVALID"),
        ("260131", "%y%m%d", date(2026, 1, 31)),
        ("2026131", "%Y%m%d", "DATE_INVALID"),
        ("2026-02-29", "%Y-%m-%d", "DATE_INVALID"),
        ("0000-01-01", "%Y-%m-%d", "DATE_INVALID"),
        ("2026-01-31 ", "%Y-%m-%d", date(2026, 1, 31)),
        ("2026-01-31T10:00", "%Y-%m-%d", "DATE_INVALID"),
        ("٢٠٢٦-01-31", "%Y-%m-%d", "DATE_INVALID"),
        ("2026-01-31 25:00", "%Y-%m-%d %H:%M", "DATE_INVALID"),
        ("2026-01-31 10:00 +25:00", "%Y-%m-%d %H:%M %z", "DATE_INVALID"),
        ("", "%Y-%m-%d", "FIELD_MISSING"),
    ],
)
def test_a_date_is_one_of_the_declared_form_or_a_fault(text: str, form: str, day: date | str):
    found = read(f"Amount,Date,Text\n1,{text},x\n", date_format=form)
    assert (found.records[0].booking_date if found.records else found.codes[0][2]) == day
    assert found.records or found.codes == [(2, "booking_date", day)]


def test_a_time_without_a_zone_is_of_the_source_and_the_day_is_that_of_the_source():
    berlin = ZoneInfo("Europe/Berlin")
    with_zone = read(
        "Amount,Date,Text\n1,2026-01-31T23:30:00Z,x\n1,2026-01-31T23:30:00-05:00,x\n",
        date_format="%Y-%m-%dT%H:%M:%S%z",
        zone=berlin,
    )
    assert [r.booking_date for r in with_zone.records] == [date(2026, 2, 1), date(2026, 2, 1)]
    assert [r.booked_at for r in with_zone.records] == [
        datetime(2026, 1, 31, 23, 30, tzinfo=UTC),
        datetime(2026, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5))),
    ]
    without = read("Amount,Date,Text\n1,2026-01-31 23:30:00.5,x\n", date_format="%Y-%m-%d %H:%M:%S.%f", zone=berlin)
    assert without.records[0].booking_date == date(2026, 1, 31)
    assert without.records[0].booked_at == datetime(2026, 1, 31, 22, 30, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("credit", "debit", "result"),
    [
        ("10.00", "", 1000),
        ("", "10.00", -1000),
        ("10.00", "0.00", 1000),
        ("0.00", "10.00", -1000),
        ("0.00", "", 0),
        ("", "", "FIELD_MISSING"),
        ("10.00", "10.00", "AMOUNT_INVALID"),
        ("", "-10.00", "AMOUNT_INVALID"),
        ("-10.00", "", "AMOUNT_INVALID"),
        ("10.00", "x", "AMOUNT_INVALID"),
    ],
)
def test_one_of_two_columns_has_the_amount(credit: str, debit: str, result: int | str):
    settings = {
        "columns": {"credit": "In", "debit": "Out", "booking_date": "Date"},
        "amount_signs": AmountSigns.TWO_COLUMNS,
    }
    found = read(f"Date,In,Out\n2026-01-31,{credit},{debit}\n", **settings)
    assert (found.records[0].amount if found.records else found.codes[0][2]) == result


def test_debits_may_have_a_minus_in_their_column_where_the_profile_says_so():
    settings = {
        "columns": {"credit": "In", "debit": "Out", "booking_date": "Date"},
        "amount_signs": AmountSigns.TWO_COLUMNS,
    }
    found = read("Date,In,Out\n2026-01-31,,-10.00\n2026-01-31,,10.00\n", **settings, debits_are_negative=True)
    assert [r.amount for r in found.records] == [-1000]
    assert found.codes == [(3, "debit", "AMOUNT_INVALID")]


def test_a_word_says_the_sign():
    found = read(
        "Date,Amount,Sign\n2026-01-31,1.00,H\n2026-01-31,1.00,S\n2026-01-31,1.00,h\n2026-01-31,-1.00,H\n2026-01-31,1.00,\n",
        columns={"amount": "Amount", "indicator": "Sign", "booking_date": "Date"},
        amount_signs=AmountSigns.INDICATOR,
        credit_words=("H", "CR"),
        debit_words=("S", "DR"),
    )
    assert [r.amount for r in found.records] == [100, -100]
    assert found.codes == [
        (4, "indicator", "AMOUNT_INVALID"),
        (5, "amount", "AMOUNT_INVALID"),
        (6, "indicator", "FIELD_MISSING"),
    ]


class TestFees:
    def read(self, *rows: str, **settings) -> Outcome:
        return read(
            "ID,Date,Amount,Fee,Net,Payout,Text\n" + "\n".join(rows),
            columns={**COLUMNS, "key": "ID", "fee": "Fee", "net": "Net", "group_key": "Payout"},
            **settings,
        )

    def test_a_fee_is_a_record_beside_its_movement(self):
        found = self.read("ch_1,2026-01-31,10.00,0.30,9.70,po_1,x", "re_1,2026-01-31,-10.00,0.00,-10.00,po_1,x")
        assert [(r.key, r.amount, r.kind.value, r.group_key) for r in found.records] == [
            ("ch_1", 1000, "MOVEMENT", "po_1"),
            ("ch_1:fee", -30, "FEE", "po_1"),
            ("re_1", -1000, "MOVEMENT", "po_1"),
        ]

    def test_a_fee_may_have_the_sign_of_what_it_does(self):
        found = self.read("ch_1,2026-01-31,10.00,-0.30,9.70,po_1,x", fee_signs=FeeSigns.SIGNED)
        assert [r.amount for r in found.records] == [1000, -30]

    def test_a_net_amount_that_differs_is_a_fault_and_nothing_of_the_row_is_taken(self):
        found = self.read("ch_1,2026-01-31,10.00,-0.30,9.70,po_1,x")
        assert not found.records
        assert found.codes == [(2, "net", "TOTAL_DIFFERS")]

    def test_a_fee_needs_a_key_of_its_own(self):
        found = self.read(f"{'k' * 255},2026-01-31,10.00,0.30,9.70,po_1,x", f"{'k' * 255},2026-01-31,1.00,,,po_1,x")
        assert found.codes == [(2, "key", "TEXT_INVALID")]
        assert [r.amount for r in found.records] == [100]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("1.00,2026-01-31", ("", "COLUMNS_INVALID")),
        ("1.00,2026-01-31,x,y", ("", "COLUMNS_INVALID")),
        ('1.00,2026-01-31,"x"y', ("", "SYNTAX_INVALID")),
        ("1.00,2026-01-31,\0", ("", "TEXT_INVALID")),
        ("1.00,2026-01-31,\udcff", ("", "ENCODING_INVALID")),
        (",2026-01-31,x", ("amount", "FIELD_MISSING")),
        ("1.00,,x", ("booking_date", "FIELD_MISSING")),
    ],
)
def test_a_row_that_is_wrong_is_a_fault_and_its_neighbours_are_read(row: str, fault: tuple[str, str]):
    good = "2.00,2026-01-31,x"
    data = f"Amount,Date,Text\r\n{good}\r\n{row}\r\n\r\n,,\r\n{good}\r\n"
    found = read(data.encode("utf-8", "surrogateescape"))
    assert [r.line for r in found.records] == [2, 6]
    assert found.codes == [(3, *fault)]
    assert "\0" not in found.faults[0].raw
    assert found.faults[0].raw.encode()


def test_text_with_controls_is_read_with_a_fault_that_says_so():
    found = read("Amount,Date,Text\n1.00,2026-01-31,a\u202eb\n")
    assert [r.description for r in found.records] == ["a\ufffdb"]
    assert found.codes == [(2, "description", "TEXT_INVALID")]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", (0, "", "COLUMNS_INVALID")),
        (b"Amount,Date\n", (1, "description", "COLUMNS_INVALID")),
        (b"Amount,Date,Text,Text\n", (1, "description", "COLUMNS_INVALID")),
        (b'Amount,Date,Text\n1.00,2026-01-31,"x\n1.00,2026-01-31,x\n', (2, "", "SYNTAX_INVALID")),
        (b'Amount,Date,Text\n1.00,2026-01-31,"x\ny"z\n1.00,2026-01-31,x\n', (2, "", "SYNTAX_INVALID")),
        (b'Amount,Date,"Text\n', (1, "", "SYNTAX_INVALID")),
        (b"Amount,Date,Te\xfft\n", (1, "", "ENCODING_INVALID")),
        (b"\xff\xfeA\0m\0", (1, "", "ENCODING_INVALID")),
        (b"Amount,Date,Text\n" + b"x" * 70_000 + b"\n", (2, "", "LIMIT_EXCEEDED")),
        (b'Amount,Date,Text\n"' + b"x\n" * 40_000 + b'"\n', (2, "", "LIMIT_EXCEEDED")),
        (b"x," * 2_000 + b"\n", (1, "", "LIMIT_EXCEEDED")),
    ],
)
def test_a_file_that_cannot_be_trusted_is_rejected(data: bytes, fault: tuple[int, str, str]):
    assert read(data).codes == [fault]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"columns": {**COLUMNS, "amont": "Amount"}}, "amont"),
        ({"columns": {**COLUMNS, "metadata.": "Amount"}}, "metadata."),
        ({"columns": {"booking_date": "Date"}}, "amount"),
        ({"amount_signs": AmountSigns.TWO_COLUMNS}, "credit"),
        ({"amount_signs": AmountSigns.INDICATOR}, "indicator"),
        ({"columns": {**COLUMNS, "indicator": "Text"}, "amount_signs": AmountSigns.INDICATOR}, "indicator"),
        ({"date_format": "%Y-%m"}, ""),
        ({"date_format": "%Y-%m-%d %Q"}, ""),
        ({"date_format": "%d %d %m %Y"}, ""),
        ({"thousands_separator": "."}, ""),
        ({"delimiter": ",,"}, ""),
        ({"quote": "''"}, ""),
        ({"encoding": "utf-7"}, ""),
        ({"skip_lines": 101}, ""),
    ],
)
def test_a_profile_that_nobody_can_mean_rejects_the_file(settings: dict, field: str):
    found = read("Amount,Date,Text\n1.00,2026-01-31,x\n", **settings)
    assert found.rejected
    assert found.rejected.field == field
    assert not found.records


@pytest.mark.parametrize(
    ("encoding", "python"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("iso-8859-1", "iso-8859-1"),
        ("iso-8859-15", "iso-8859-15"),
        ("windows-1252", "windows-1252"),
        ("cp437", "cp437"),
    ],
)
def test_a_file_is_read_in_its_declared_encoding(encoding: str, python: str):
    found = read("Amount,Date,Text\r1.00,2026-01-31,Müßé\r".encode(python), encoding=encoding)
    assert [r.description for r in found.records] == ["Müßé"]


def test_a_byte_order_mark_of_another_encoding_rejects_the_file():
    assert read("Amount,Date,Text\n".encode("utf-8-sig"), encoding="windows-1252").rejected
    assert read("Amount,Date,Text\n".encode("utf-16-le"), encoding="utf-16").rejected


def test_lines_before_the_header_are_skipped_and_columns_may_have_numbers():
    found = read('"My bank\nQuarter 1\nAmount;Date;Text\n1.00;2026-01-31;x\n', delimiter=";", skip_lines=2)
    assert [(r.amount, r.line) for r in found.records] == [(100, 4)]
    numbered = read(
        "1.00;2026-01-31\n2.00;2026-01-31\n",
        delimiter=";",
        has_header=False,
        columns={"amount": "1", "booking_date": "2"},
    )
    assert [r.amount for r in numbered.records] == [100, 200]
    missing = read("1.00;2026-01-31\n", delimiter=";", has_header=False, columns={"amount": "3"})
    assert missing.codes == [(1, "amount", "COLUMNS_INVALID")]


def test_equal_rows_have_keys_of_their_own_and_the_same_ones_in_a_later_file():
    rows = "1.00,2026-01-31,x\n1.00,2026-01-31,x\n2.00,2026-01-31,x\n"
    first = read("Amount,Date,Text\n" + rows)
    again = read("Amount,Date,Text\n9.00,2026-01-30,x\n" + rows)
    keys = [r.key for r in first.records]
    assert len(set(keys)) == 3
    assert [r.key for r in again.records][1:] == keys


def test_lines_are_bounded_also_where_they_are_empty():
    text = "Amount,Date,Text\n\n,,\n1,2026-01-31,x\n"
    assert len(read(text, bounds=Bounds(lines=4)).records) == 1
    rejected = read(text, bounds=Bounds(lines=3)).rejected
    assert rejected
    assert (rejected.code, rejected.line) == ("LIMIT_EXCEEDED", 4)
