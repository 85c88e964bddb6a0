"""MT940 and MT942 as several banks write them, after the standard's public description."""

from datetime import date

import pytest

from ledgerd.core.model.external_record import RecordKind, RecordStatus
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats import mt940
from ledgerd.reconciliation.formats.arithmetic import checked
from tests.reconciliation.formats.text_files import Outcome, outcome

HEAD = ":20:STARTUMSE\n:25:NL08ABNA0123456789\n:28C:00042/001\n:60F:C260130EUR1000,00\n"
FOOT = ":62F:C260131EUR{closing}\n-\n"


def read(
    data: str | bytes, file_format: FileFormat = FileFormat.MT940, *, encoding: str = "utf-8", **settings
) -> Outcome:
    """The file with its arithmetic checked."""
    profile = FormatProfile(format=file_format, encoding=encoding)
    return outcome(lambda source, context: checked(mt940.read(source, context)), data, profile, **settings)


def entries(*lines: str, closing: str = "1000,00") -> Outcome:
    return read(HEAD + "\n".join(lines) + "\n" + FOOT.format(closing=closing))


def entry(line: str, info: str = "", **settings):
    """The only record of a statement with this line, whose arithmetic is not looked at."""
    found = outcome(
        mt940.read,
        HEAD + f":61:{line}\n" + (f":86:{info}\n" if info else "") + FOOT.format(closing="1000,00"),
        FormatProfile(format=FileFormat.MT940),
        **settings,
    )
    assert not found.codes
    (record,) = found.records
    return record


def test_a_statement_adds_up():
    found = entries(
        ":61:2601310131C250,50NTRFINV-7//B-1",
        ":86:Payment of invoice 7",
        ":61:2601310131D0,50NCHGNONREF",
        closing="1250,00",
    )
    assert not found.codes
    payment, charge = found.records
    assert (payment.amount, payment.currency, payment.precision) == (25050, "EUR", 100)
    assert (payment.booking_date, payment.value_date) == (date(2026, 1, 31), date(2026, 1, 31))
    assert (payment.references, payment.description, payment.kind) == (
        ("INV-7", "B-1"),
        "Payment of invoice 7",
        "MOVEMENT",
    )
    assert payment.line == 5
    assert payment.raw == ":61:2601310131C250,50NTRFINV-7//B-1\n:86:Payment of invoice 7"
    assert (charge.amount, charge.references, charge.kind) == (-50, (), RecordKind.FEE)
    (statement,) = found.statements
    assert (statement.account, statement.number, statement.page) == ("NL08ABNA0123456789", "00042", 1)
    assert (statement.opening, statement.closing, statement.total) == (100000, 125000, 25000)
    assert (statement.opening_date, statement.closing_date) == (date(2026, 1, 30), date(2026, 1, 31))
    assert (statement.credits, statement.debits, statement.items, statement.records) == (25050, 50, 2, 2)


@pytest.mark.parametrize(
    ("mark", "amount", "kind"),
    [
        ("C", 100, RecordKind.MOVEMENT),
        ("D", -100, RecordKind.MOVEMENT),
        ("RC", -100, RecordKind.REVERSAL),
        ("RD", 100, RecordKind.REVERSAL),
        ("CR", 100, RecordKind.MOVEMENT),
        ("DR", -100, RecordKind.MOVEMENT),
        ("RCR", -100, RecordKind.REVERSAL),
        ("RDR", 100, RecordKind.REVERSAL),
    ],
)
def test_a_mark_says_the_sign_with_or_without_a_funds_code(mark: str, amount: int, kind: RecordKind):
    """The funds code is the last letter of the currency: CR is a credit in EUR, and RC takes a credit back."""
    record = entry(f"2601310131{mark}1,NTRFNONREF")
    assert (record.amount, record.kind) == (amount, kind)


@pytest.mark.parametrize(
    ("line", "booked", "value"),
    [
        ("260131C1,NTRFNONREF", date(2026, 1, 31), date(2026, 1, 31)),
        ("2601310201C1,NTRFNONREF", date(2026, 2, 1), date(2026, 1, 31)),
        ("2512311231C1,NTRFNONREF", date(2025, 12, 31), date(2025, 12, 31)),
        ("2512310102C1,NTRFNONREF", date(2026, 1, 2), date(2025, 12, 31)),
        ("2601021231C1,NTRFNONREF", date(2025, 12, 31), date(2026, 1, 2)),
        ("2402280229C1,NTRFNONREF", date(2024, 2, 29), date(2024, 2, 28)),
        ("991231    C1,NTRFNONREF", date(1999, 12, 31), date(1999, 12, 31)),
    ],
)
def test_a_booking_date_has_the_year_in_which_it_is_nearest_to_the_value_date(line: str, booked: date, value: date):
    record = entry(line)
    assert (record.booking_date, record.value_date) == (booked, value)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2602300228C1,NTRFNONREF", "DATE_INVALID"),
        ("2601310230C1,NTRFNONREF", "DATE_INVALID"),
        ("261331C1,NTRFNONREF", "DATE_INVALID"),
        ("260131C1.50NTRFNONREF", "AMOUNT_INVALID"),
        ("260131C1.000,50NTRFNONREF", "AMOUNT_INVALID"),
        ("260131C150NTRFNONREF", "AMOUNT_INVALID"),
        ("260131C,50NTRFNONREF", "AMOUNT_INVALID"),
        ("260131C1,5,0NTRFNONREF", "AMOUNT_INVALID"),
        ("260131C1,505NTRFNONREF", "AMOUNT_TOO_PRECISE"),
        (f"260131C{'9' * 40},NTRFNONREF", "AMOUNT_INVALID"),
        ("260131CD1,NTRFNONREF", "CURRENCY_INVALID"),
        ("260131X1,NTRFNONREF", "SYNTAX_INVALID"),
        ("260131c1,NTRFNONREF", "SYNTAX_INVALID"),
        ("260131C-1,NTRFNONREF", "SYNTAX_INVALID"),
        ("C1,NTRFNONREF", "SYNTAX_INVALID"),
        ("٢٦٠١٣١C1,NTRFNONREF", "SYNTAX_INVALID"),
        ("", "SYNTAX_INVALID"),
        (f"260131C1,NTRF{'x' * 300}", "TEXT_INVALID"),
        ("260131C1,NTRFA\u202eB", "TEXT_INVALID"),
    ],
)
def test_a_line_that_is_wrong_in_any_part_is_a_fault_and_its_neighbours_are_read(line: str, code: str):
    found = entries(":61:260131C5,NTRFA", f":61:{line}", ":86:text", ":61:260131D5,NTRFB")
    assert [r.references for r in found.records] == [("A",), ("B",)]
    assert found.codes == [(6, "61", code)]
    assert found.faults[0].raw.startswith(f":61:{line[:10]}")


def test_an_amount_of_many_digits_is_read_whole():
    assert entry("260131C123456789012345678,99NTRFNONREF").amount == 12345678901234567899


def test_references_and_supplementary_details():
    record = entry("260131D12,NMSCCUST/REF-1234567//BANK//REF\n/OCMT/USD13,00/", "")
    assert record.references == ("CUST/REF-1234567", "BANK//REF")
    assert record.description == record.metadata["supplementary"] == "/OCMT/USD13,00/"
    assert entry("260131D12,NMSC//B-1").references == ("B-1",)
    long = "BIPI-dvT1FzfMqvzF5HaU4oetlH7SGRkonU"
    assert entry(f"260131D12,NTRF{long}//2022070616391534000").references == (long, "2022070616391534000")


class TestInformation:
    """Tag 86 in the dialects of several countries."""

    def test_german_fields_with_keywords_of_sepa(self):
        record = entry(
            "260131C1,NTRFKREF+//B-1",
            "166?00GUTSCHR. UEBERWEISUNG?109310?20EREF+RE-2026-00000000000001?2123\n"
            "?22SVWZ+Rechnung 4711 vom 31.0?231.2026 ? danke?30COBADEFFXXX?31DE89370\n"
            "400440532013000?32Muster Maschinenbau Gesells?33chaft mbH?34011",
        )
        assert record.references == ("RE-2026-0000000000000123", "B-1")
        assert record.description == "Rechnung 4711 vom 31.01.2026 ? danke"
        assert record.counterparty == "Muster Maschinenbau Gesellschaft mbH"
        assert record.counterparty_account == "DE89370400440532013000"
        assert record.metadata == {
            "type": "NTRF",
            "business_code": "166",
            "posting_text": "GUTSCHR. UEBERWEISUNG",
            "prima_nota": "9310",
            "bank": "COBADEFFXXX",
            "text_key": "011",
        }

    def test_german_direct_debit(self):
        record = entry(
            "260131D1,NDDTNONREF",
            "105?00LASTSCHRIFT?20EREF+E-1?21MREF+M-1?22CRED+DE98ZZZ09999999999?23SVWZ+Strom Januar?31DE02?32Stadtwerke",
        )
        assert (record.references, record.description) == (("E-1",), "Strom Januar")
        assert (record.metadata["mandate"], record.metadata["creditor_id"]) == ("M-1", "DE98ZZZ09999999999")

    def test_german_purpose_without_keywords(self):
        record = entry("260131D1,NMSCNONREF", "808?00ENTGELT?20Kontofuehrung?21Januar 2026?60und mehr?32Bank")
        assert record.description == "Kontofuehrung Januar 2026 und mehr"

    def test_polish_signs(self):
        record = entry("260131C1,NTRFNONREF", "020~00PRZELEW~20Faktura 7~31PL61109010140000071219812874~32Jan Kowalski")
        assert (record.description, record.counterparty) == ("Faktura 7", "Jan Kowalski")

    def test_dutch_words_between_slashes(self):
        record = entry(
            "260131D1,NTRFEREF//B-1",
            "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/\n"
            "J. JANSEN/REMI/Factuur 12/3 en 4/EREF/E2E-9",
        )
        assert record.references == ("E2E-9", "B-1")
        assert record.description == "Factuur 12/3 en 4"
        assert (record.counterparty, record.counterparty_account) == ("J. JANSEN", "NL91ABNA0417164300")
        assert record.metadata["posting_text"] == "SEPA OVERBOEKING"

    def test_words_with_parts(self):
        record = entry(
            "260131D1,NTRFNONREF",
            "/RTYP/00100/EREF/NOTPROVIDED//MARF/M-1//CSID/NL32ZZZ//CNTP/NL32INGB0000012345/INGBNL2A/ING BANK NV/\n"
            "AMSTERDAM///REMI/USTD//Iets betaald/",
        )
        assert record.references == ()
        assert (record.counterparty, record.counterparty_account) == ("ING BANK NV", "NL32INGB0000012345")
        assert record.description == "Iets betaald"
        assert (record.metadata["mandate"], record.metadata["creditor_id"]) == ("M-1", "NL32ZZZ")

    def test_words_of_rabobank(self):
        record = entry("260131D1,N544NONREF", "/EREF/T-1//ORDP//NAME/Piet BV//REMI/Iets//ISDT/2026-01-31")
        assert (record.references, record.counterparty, record.description) == (("T-1",), "Piet BV", "Iets")

    def test_free_text_over_several_lines(self):
        record = entry("260131D1,NTRFNONREF", "BGC FROM ACME LTD  \nINVOICE 100-20/REMI\n ref 7")
        assert record.description == "BGC FROM ACME LTD INVOICE 100-20/REMI ref 7"

    def test_controls_are_replaced_with_a_fault_that_says_so(self):
        found = entries(":61:260131C1,NTRFA", ":86:a\u202eb", closing="1001,00")
        assert [r.description for r in found.records] == ["a\ufffdb"]
        assert found.codes == [(5, "description", "TEXT_INVALID")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "-\n"),
        ("", ""),
        ("", "- \n"),
        ("\n", "-\n\n"),
        ("{1:F01COBADEFFAXXX0000000000}{2:O9401200260131COBADEFFAXXX00000000002601311200N}{4:\n", "-}\n"),
        ("{1:F01COBADEFFAXXX0000000000}{2:I940COBADEFFXXXXN}{3:{108:X}}{4:\n", "-}{5:{CHK:123456789ABC}}\n"),
        ("ABNANL2A\n940\nABNANL2A\n", "-\n"),
        ("0000 01INGBNL2AXXXX00001\n0000 01INGBNL2AXXXX00001\n940 00\n", "-XXX\n"),
        (":940:\n", ""),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_messages_in_any_envelope(before: str, after: str, line_end: str):
    message = HEAD + ":61:260131C1,NTRFA\n:86:text\n:62F:C260131EUR1001,00\n:64:C260131EUR1001,00\n"
    message += ":65:C260201EUR1001,00\n:65:C260202EUR1001,00\n:86:of the whole statement\n"
    following = message.replace("00042", "00043").replace("260130EUR1000,00", "260131EUR1001,00")
    following = following.replace("1001,00", "1002,00").replace("260131EUR1002,00\n:61", "260131EUR1001,00\n:61")
    data = (before + message + after + before + following + after).replace("\n", line_end)
    found = read(data)
    assert not found.codes
    assert [r.description for r in found.records] == ["text", "text"]
    assert [(s.number, s.opening, s.closing) for s in found.statements] == [
        ("00042", 100000, 100100),
        ("00043", 100100, 100200),
    ]


def test_pages_of_one_statement():
    page = (
        ":20:X\n:25:A\n:28C:7/{page}\n:60{o}:C260131EUR{opening},\n:61:260131C1,NTRFA\n:62{c}:C260131EUR{closing},\n-\n"
    )
    first = page.format(page=1, o="F", opening=10, c="M", closing=11)
    second = page.format(page=2, o="M", opening=11, c="M", closing=12)
    third = page.format(page=3, o="M", opening=12, c="F", closing=13)
    found = read(first + second + third)
    assert not found.codes
    assert [(s.page, s.is_last_page) for s in found.statements] == [(1, False), (2, False), (3, True)]
    assert len({r.key for r in found.records}) == 3
    assert [code for _, _, code in read(first + third).codes] == ["PAGE_MISSING"]
    assert [code for _, _, code in read(first).codes] == ["PAGE_MISSING"]


def test_what_does_not_add_up_is_a_fault():
    found = entries(":61:260131C1,NTRFA", closing="1000,00")
    assert [(f.field, f.code) for f in found.faults] == [("closing_balance", "TOTAL_DIFFERS")]
    totals = HEAD + ":61:260131C1,NTRFA\n:61:260131D1,NTRFA\n:62F:C260131EUR1000,\n:90D:2EUR1,00\n:90C:1EUR2,00\n-\n"
    assert [(f.field, f.code) for f in read(totals).faults] == [
        ("credit_total", "TOTAL_DIFFERS"),
        ("declared_item_count", "COUNT_DIFFERS"),
    ]


INTERIM = (
    ":20:X\n:25:12345678/0123456789\n:28C:1/1\n:34F:EURD0,\n:34F:EURC0,\n:13D:2601310030+0130\n"
    ":61:2601310131C5,NTRFA\n:61:260131EC7,NTRFB\n:61:260131D2,NTRFC\n:90D:1EUR2,\n:90C:1EUR5,\n-\n"
)


def test_an_interim_report():
    found = read(INTERIM, FileFormat.MT942)
    assert not found.codes
    assert [(r.amount, r.status, r.source_status) for r in found.records] == [
        (500, RecordStatus.BOOKED, ""),
        (700, RecordStatus.PENDING, "EC"),
        (-200, RecordStatus.BOOKED, ""),
    ]
    (statement,) = found.statements
    assert statement.is_interim
    assert (statement.currency, statement.opening, statement.closing) == ("EUR", None, None)
    assert (statement.closing_date, statement.total, statement.items) == (date(2026, 1, 30), 300, 2)
    assert (statement.credit_total, statement.debit_total, statement.declared_items) == (500, 200, 2)


def test_an_interim_report_with_a_floor_does_not_list_all_that_it_sums():
    found = read(INTERIM.replace("EURC0,", "EURC4,").replace("90C:1EUR5", "90C:9EUR50"), FileFormat.MT942)
    assert not found.codes
    assert found.statements[0].credit_total is None


def test_a_row_has_the_same_key_in_the_report_and_in_the_statement():
    line = ":61:2601310131C5,NTRFA//B-7\n"
    report = read(f":20:X\n:25:A\n:28C:1/1\n:34F:EUR0,\n{line}-\n", FileFormat.MT942)
    statement = read(f":20:Y\n:25:A\n:28C:2/1\n:60F:C260131EUR0,\n{line}:86:more words\n:62F:C260131EUR5,\n-\n")
    assert [r.key for r in report.records] == [r.key for r in statement.records]


@pytest.mark.parametrize(
    ("data", "file_format", "fault"),
    [
        ("", FileFormat.MT940, (0, "", "FORMAT_UNKNOWN")),
        ("Date;Amount\n", FileFormat.MT940, (1, "", "FORMAT_UNKNOWN")),
        ("<xml/>", FileFormat.MT940, (1, "", "FORMAT_UNKNOWN")),
        (":25:A\n", FileFormat.MT940, (1, "", "FORMAT_UNKNOWN")),
        (HEAD, FileFormat.MT942, (4, "60F", "FORMAT_UNKNOWN")),
        (INTERIM, FileFormat.MT940, (1, "34F", "FORMAT_UNKNOWN")),
        ("{1:X}{2:O942X}{4:\n", FileFormat.MT940, (1, "2", "FORMAT_UNKNOWN")),
        (":20:X\n:60F:C260131EUR0,\n:61:260131C1,NTRFA\n", FileFormat.MT940, (3, "25", "FIELD_MISSING")),
        (":20:" + "x" * 70_000, FileFormat.MT940, (1, "", "LIMIT_EXCEEDED")),
        (HEAD + ":61:260131C1,NTRFA\n:86:" + "x\n" * 40_000, FileFormat.MT940, (32768 + 5, "86", "LIMIT_EXCEEDED")),
        (HEAD + ":61:260131C1,NTRFA\n" + ":86:x\n" * 40_000, FileFormat.MT940, (32768 - 2, "86", "LIMIT_EXCEEDED")),
    ],
)
def test_a_file_that_cannot_be_trusted_is_rejected(data: str, file_format: FileFormat, fault: tuple[int, str, str]):
    found = read(data, file_format)
    assert found.rejected
    line, field, code = found.codes[-1]
    assert (field, code) == fault[1:]
    assert abs(line - fault[0]) <= 1


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (":28C:00042/001\n", "", (1, "28C", "FIELD_MISSING")),
        (":28C:00042/001\n", ":28C:4x2\n", (3, "28C", "SYNTAX_INVALID")),
        (":25:NL08ABNA0123456789\n", ":25:A\n:25:B\n", (3, "25", "SYNTAX_INVALID")),
        (":62F:C260131EUR1000,00\n", "", (1, "62", "FIELD_MISSING")),
        (":62F:C260131EUR1000,00\n", ":62F:C260131EUR1000,00junk\n", (5, "62F", "SYNTAX_INVALID")),
        (":62F:C260131EUR1000,00\n", ":62F:C260131EUR1000.00\n", (5, "62F", "SYNTAX_INVALID")),
        (":62F:C260131EUR1000,00\n", ":62F:C260131EUR\n", (5, "62F", "AMOUNT_INVALID")),
        (":62F:C260131EUR1000,00\n", ":62F:c260131EUR1000,00\n", (5, "62F", "SYNTAX_INVALID")),
        (":62F:C260131EUR1000,00\n", ":62F:C260231EUR1000,00\n", (5, "62F", "DATE_INVALID")),
        (":62F:C260131EUR1000,00\n", ":62F:C260131XXX1000,00\n", (5, "currency", "CURRENCY_INVALID")),
        (":62F:C260131EUR1000,00\n", ":62F:C260131USD1000,00\n", (5, "62F", "CURRENCY_INVALID")),
        (":62F:C260131EUR1000,00\n", ":62F:C260131EUR1000,00\n:62M:C260131EUR1,\n", (6, "62M", "SYNTAX_INVALID")),
        (":62F:C260131EUR1000,00\n", ":62F:C260131EUR1000,00\n:77E:x\n", (6, "77E", "SYNTAX_INVALID")),
        (":62F:C260131EUR1000,00\n", ":62F:C260131EUR1000,00\n:13D:2601319999\n", (6, "13D", "DATE_INVALID")),
        ("-\n", "-\nwhat is this?\n", (7, "", "SYNTAX_INVALID")),
        ("STARTUMSE", "START\0", (1, "20", "TEXT_INVALID")),
    ],
)
def test_a_tag_that_is_wrong_is_a_fault(old: str, new: str, fault: tuple[int, str, str]):
    data = HEAD + FOOT.format(closing="1000,00")
    assert old in data
    found = read(data.replace(old, new))
    assert fault in found.codes
    assert not found.rejected


def test_a_message_that_is_cut_off_is_a_fault():
    found = read("{1:X}{2:O940X}{4:\n" + HEAD + ":61:260131C1,NTRFA\n:86:te")
    assert {(field, code) for _, field, code in found.codes} == {("", "SYNTAX_INVALID"), ("62", "FIELD_MISSING")}


def test_a_line_in_another_encoding_faults_its_record_only():
    data = (HEAD + ":61:260131C1,NTRFA\n:86:Müller\n:61:260131C1,NTRFB\n" + FOOT.format(closing="1002,00")).encode(
        "cp437"
    )
    found = read(data)
    assert [r.references for r in found.records] == [("B",)]
    assert found.codes[0] == (5, "86", "ENCODING_INVALID")
    assert not read(data, encoding="cp437").codes


def test_nothing_of_a_statement_is_logged(caplog):
    caplog.set_level("DEBUG")
    entries(":61:nonsense", ":86:secret")
    read(HEAD.replace("C260130EUR", "secret") + FOOT)
    assert not caplog.records
