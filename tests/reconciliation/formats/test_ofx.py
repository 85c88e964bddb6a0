"""OFX 1 and 2, after the public specification, as banks and QFX write it."""

from datetime import UTC, date, datetime, timedelta
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.external_record import RecordKind, RecordStatus
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats import ofx
from ledgerd.reconciliation.formats.arithmetic import checked
from ledgerd.reconciliation.formats.reading import Bounds
from tests.reconciliation.formats.text_files import Outcome, outcome

SGML = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\n"
    "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
)
XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
)
SIGN_ON = (
    "<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260201<LANGUAGE>ENG</SONRS>"
    "</SIGNONMSGSRSV1>"
)


def read(data: str | bytes, *, zone=UTC, bounds: Bounds | None = None) -> Outcome:
    return outcome(
        lambda source, context: checked(ofx.read(source, context)),
        data,
        FormatProfile(format=FileFormat.OFX),
        zone=zone,
        bounds=bounds,
    )


def leaves(*, end: bool = False, **values: str) -> str:
    return "".join(f"<{name}>{value}" + (f"</{name}>" if end else "\n") for name, value in values.items())


def transaction(*, end: bool = False, more: str = "", **values: str) -> str:
    given_ = {"TRNTYPE": "OTHER", "DTPOSTED": "20260131", "TRNAMT": "1.50", "FITID": "F-1", **values}
    return f"<STMTTRN>{leaves(end=end, **{n: v for n, v in given_.items() if v is not None})}{more}</STMTTRN>\n"


def body(
    *transactions: str, end: bool = False, balance: str = "1.50", account: str = "0123", currency: str = "EUR"
) -> str:
    wrap = lambda name, inner: f"<{name}>{inner}</{name}>"  # noqa: E731
    inner = leaves(end=end, CURDEF=currency)
    inner += wrap("BANKACCTFROM", leaves(end=end, BANKID="BANK", ACCTID=account, ACCTTYPE="CHECKING"))
    inner += wrap("BANKTRANLIST", leaves(end=end, DTSTART="20260101", DTEND="20260131") + "".join(transactions))
    inner += wrap("LEDGERBAL", leaves(end=end, BALAMT=balance, DTASOF="20260131120000"))
    inner += wrap("AVAILBAL", leaves(end=end, BALAMT=balance, DTASOF="20260131"))
    inner += wrap("BALLIST", wrap("BAL", leaves(end=end, NAME="x", DESC="y", BALTYPE="DOLLAR", VALUE="7")))
    return wrap("BANKMSGSRSV1", wrap("STMTTRNRS", leaves(end=end, TRNUID="1") + wrap("STMTRS", inner)))


def sgml(*transactions: str, **settings) -> str:
    return SGML + f"<OFX>{SIGN_ON}{body(*transactions, **settings)}</OFX>\n"


def xml(*transactions: str, **settings) -> str:
    return XML + f"<OFX>{body(*transactions, end=True, **settings)}</OFX>\n"


def record(*, zone=UTC, more: str = "", **values: str):
    found = read(sgml(transaction(more=more, **values)), zone=zone)
    assert not found.codes
    (only,) = found.records
    return only


def test_a_transaction_becomes_a_record():
    values = {
        "TRNTYPE": "DEBIT",
        "DTPOSTED": "20260131",
        "DTUSER": "20260129",
        "DTAVAIL": "20260201",
        "TRNAMT": "-12.50",
        "FITID": "2026-7",
        "CHECKNUM": "1001",
        "REFNUM": "INV-7",
        "NAME": "Ada &amp; Co",
        "MEMO": "Invoice &lt;7&gt; &#233;",
    }
    to = "<BANKACCTTO>{}</BANKACCTTO>"
    account = {"BANKID": "B", "ACCTID": "DE00", "ACCTTYPE": "CHECKING"}
    for data in (
        sgml(transaction(**values, more=to.format(leaves(**account)))),
        xml(transaction(**values, end=True, more=to.format(leaves(**account, end=True)))),
    ):
        found = read(data)
        assert not found.codes
        (only,) = found.records
        assert (only.key, only.amount, only.currency) == ("0123:2026-7", -1250, "EUR")
        assert (only.booking_date, only.value_date, only.booked_at) == (date(2026, 1, 31), date(2026, 2, 1), None)
        assert only.references == ("INV-7", "1001")
        assert (only.description, only.counterparty, only.counterparty_account) == ("Invoice <7> é", "Ada & Co", "DE00")
        assert only.metadata == {"type": "DEBIT", "user_date": "2026-01-29"}
        assert only.raw.startswith("<STMTTRN><TRNTYPE>DEBIT")
        (statement,) = found.statements
        assert (statement.account, statement.currency, statement.closing) == ("0123", "EUR", 150)
        assert (statement.closing_date, statement.total, statement.records) == (date(2026, 1, 31), -1250, 1)
    assert read(sgml(transaction())).records[0].line > 10


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ("20260131", date(2026, 1, 31), None),
        ("20260131120000", date(2026, 1, 31), datetime(2026, 1, 31, 17, tzinfo=UTC)),
        ("202601311200", date(2026, 1, 31), datetime(2026, 1, 31, 17, tzinfo=UTC)),
        ("20260131120000.500", date(2026, 1, 31), datetime(2026, 1, 31, 17, 0, 0, 500_000, tzinfo=UTC)),
        ("20260131120000[-5:EST]", date(2026, 1, 31), datetime(2026, 1, 31, 17, tzinfo=UTC)),
        ("20260131000000.000[-5:EST]", date(2026, 1, 31), datetime(2026, 1, 31, 5, tzinfo=UTC)),
        ("20260131030000[0:GMT]", date(2026, 1, 30), datetime(2026, 1, 31, 3, tzinfo=UTC)),
        ("20260131230000[-8]", date(2026, 2, 1), datetime(2026, 2, 1, 7, tzinfo=UTC)),
        ("20260131120000[+5.5:IST]", date(2026, 1, 31), datetime(2026, 1, 31, 6, 30, tzinfo=UTC)),
        ("20260131[-5:EST]", date(2026, 1, 31), None),
    ],
)
def test_a_date_is_of_the_source_with_any_zone(text: str, day: date, at: datetime | None):
    only = record(DTPOSTED=text, zone=ZoneInfo("America/New_York"))
    assert (only.booking_date, only.booked_at) == (day, at)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1.50", 150), ("-1.50", -150), ("+1.50", 150), ("1,50", 150), ("-,5", -50), ("7", 700), ("0", 0)],
)
def test_an_amount_has_a_point_or_a_comma(text: str, amount: int):
    assert record(TRNAMT=text).amount == amount


@pytest.mark.parametrize(
    ("word", "kind", "status"),
    [
        ("FEE", RecordKind.FEE, RecordStatus.BOOKED),
        ("SRVCHG", RecordKind.FEE, RecordStatus.BOOKED),
        ("INT", RecordKind.INTEREST, RecordStatus.BOOKED),
        ("CHECK", RecordKind.MOVEMENT, RecordStatus.BOOKED),
        ("HOLD", RecordKind.MOVEMENT, RecordStatus.PENDING),
    ],
)
def test_a_type_says_the_kind(word: str, kind: RecordKind, status: RecordStatus):
    only = record(TRNTYPE=word)
    assert (only.kind, only.status) == (kind, status)
    is_pending = status is RecordStatus.PENDING
    assert (only.source_status, only.key.endswith(":pending")) == ("HOLD" if is_pending else "", is_pending)


def test_a_payee_names_the_counterparty_and_a_transaction_may_have_its_own_currency():
    payee = "<PAYEE><NAME>Ada<ADDR1>Street<CITY>Bonn</PAYEE>"
    only = record(more=payee + "<CURRENCY><CURRATE>1.2<CURSYM>USD</CURRENCY>")
    assert (only.counterparty, only.description, only.currency) == ("Ada", "Ada", "USD")
    other = record(more="<ORIGCURRENCY><CURRATE>1.2<CURSYM>USD</ORIGCURRENCY>", NAME="N", MEMO="M")
    assert (other.currency, other.metadata["original_currency"], other.metadata["exchange_rate"]) == (
        "EUR",
        "USD",
        "1.2",
    )


def test_a_credit_card_and_two_accounts_in_one_file():
    card = body(transaction(FITID="1")).replace("BANKACCTFROM", "CCACCTFROM").replace("STMTRS", "CCSTMTRS")
    card = card.replace("BANKMSGSRSV1", "CREDITCARDMSGSRSV1").replace("STMTTRNRS", "CCSTMTTRNRS")
    found = read(SGML + f"<OFX>{body(transaction(FITID='1'), account='A')}{card}</OFX>")
    assert not found.codes
    assert [r.key for r in found.records] == ["A:1", "0123:1"]
    assert [s.account for s in found.statements] == ["A", "0123"]


@pytest.mark.parametrize(
    "data",
    [
        sgml(transaction(NAME="A")).replace("\n", "\r\n"),
        sgml(transaction(NAME="A")).replace("\n\n", "\n").replace("NEWFILEUID:NONE\n", "NEWFILEUID:NONE "),
        SGML.replace("\n", "") + sgml(transaction(NAME="A")).removeprefix(SGML),
        sgml(transaction(NAME="A")).replace("<NAME>A", "<MEMO>\n<NAME>A"),
        sgml(transaction(NAME="A", end=True)),
        sgml(transaction(NAME="A")).replace("<NAME>", "<name>"),
        sgml(transaction(NAME="A", more="<INTU.X>\n<INTU.BID>3000")),
        "\ufeff" + xml(transaction(NAME="A", end=True)),
        xml(transaction(NAME="<![CDATA[A]]>", end=True)),
        xml(transaction(NAME="A", end=True, more="<MEMO/><!-- < & > --><INTU.X><DEEP>x</DEEP></INTU.X>")),
        XML.replace('"', "'") + xml(transaction(NAME="A", end=True)).removeprefix(XML),
    ],
)
def test_forms_that_banks_write(data: str):
    found = read(data)
    assert not found.codes
    assert [(r.counterparty, r.amount) for r in found.records] == [("A", 150)]


@pytest.mark.parametrize(
    ("values", "more", "field", "code"),
    [
        ({"FITID": None}, "", "FITID", "FIELD_MISSING"),
        ({"TRNAMT": None}, "", "TRNAMT", "FIELD_MISSING"),
        ({"DTPOSTED": None}, "", "DTPOSTED", "FIELD_MISSING"),
        ({"TRNAMT": "1.234,50"}, "", "TRNAMT", "AMOUNT_INVALID"),
        ({"TRNAMT": "1,234.50"}, "", "TRNAMT", "AMOUNT_INVALID"),
        ({"TRNAMT": "1,234"}, "", "TRNAMT", "AMOUNT_TOO_PRECISE"),
        ({"TRNAMT": "(1.50)"}, "", "TRNAMT", "AMOUNT_INVALID"),
        ({"TRNAMT": "1e3"}, "", "TRNAMT", "AMOUNT_INVALID"),
        ({"DTPOSTED": "20260230"}, "", "DTPOSTED", "DATE_INVALID"),
        ({"DTPOSTED": "2026-01-31"}, "", "DTPOSTED", "DATE_INVALID"),
        ({"DTPOSTED": "20260131250000"}, "", "DTPOSTED", "DATE_INVALID"),
        ({"DTPOSTED": "20260131120000[-25:X]"}, "", "DTPOSTED", "DATE_INVALID"),
        ({"DTPOSTED": "20260131120000[5.33:X]"}, "", "DTPOSTED", "DATE_INVALID"),
        ({"DTAVAIL": "soon"}, "", "DTAVAIL", "DATE_INVALID"),
        ({"FITID": "x" * 255}, "", "FITID", "TEXT_INVALID"),
        ({"FITID": "A\u202eB"}, "", "FITID", "TEXT_INVALID"),
        ({"MEMO": "&nbsp;"}, "", "MEMO", "SYNTAX_INVALID"),
        ({"MEMO": "&#1114112;"}, "", "MEMO", "SYNTAX_INVALID"),
        ({"MEMO": "&#xD800;"}, "", "MEMO", "SYNTAX_INVALID"),
        ({}, "<FITID>F-2", "FITID", "SYNTAX_INVALID"),
        ({}, "<CURRENCY><CURSYM>XXX</CURRENCY>", "currency", "CURRENCY_INVALID"),
        ({}, "<CORRECTFITID>F-0<CORRECTACTION>DELETE", "CORRECTFITID", "CONTENT_DIFFERS"),
        ({}, "<CORRECTFITID>F-0<CORRECTACTION>REPLACE", "CORRECTFITID", "CONTENT_DIFFERS"),
    ],
)
def test_a_transaction_that_is_wrong_is_a_fault_and_its_neighbours_are_read(values, more: str, field: str, code: str):
    before, after = transaction(FITID="before"), transaction(FITID="after")
    data = sgml(before, transaction(more=more, **values), after).replace("CHARSET:1252", "CHARSET:NONE")
    found = read(data.replace("USASCII", "UTF-8"))
    assert [r.key for r in found.records] == ["0123:before", "0123:after"]
    assert [(f, c) for _, f, c in found.codes] == [(field, code)]
    assert found.faults[0].raw.startswith("<STMTTRN>")


def test_an_ampersand_is_text_in_sgml_and_an_error_in_xml():
    assert record(NAME="AT&T & Sons").counterparty == "AT&T & Sons"
    assert [code for _, _, code in read(xml(transaction(NAME="AT&T", end=True))).codes] == ["SYNTAX_INVALID"]


@pytest.mark.parametrize(
    ("header", "python", "text"),
    [
        ("ENCODING:USASCII\nCHARSET:1252", "windows-1252", "Müller €"),
        ("ENCODING:USASCII\nCHARSET:ISO-8859-1", "iso-8859-1", "Müller"),
        ("ENCODING:UTF-8\nCHARSET:NONE", "utf-8", "Müller €"),
        ("ENCODING:UNICODE\nCHARSET:NONE", "utf-8", "Müller €"),
    ],
)
def test_a_file_is_in_the_encoding_of_its_header(header: str, python: str, text: str):
    data = sgml(transaction(NAME=text)).replace("ENCODING:USASCII\nCHARSET:1252", header)
    assert [r.counterparty for r in read(data.encode(python)).records] == [text]


def test_bytes_in_another_encoding_fault_their_transaction_only():
    data = sgml(transaction(NAME="Müller"), transaction(FITID="F-2")).replace("CHARSET:1252", "CHARSET:NONE")
    found = read(data.encode())
    assert [r.key for r in found.records] == ["0123:F-2"]
    assert [(f, c) for _, f, c in found.codes] == [("NAME", "ENCODING_INVALID")]
    assert found.faults[0].raw.encode()


BOMB = '<!DOCTYPE OFX [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "FORMAT_UNKNOWN"),
        ("Date,Amount\n", "FORMAT_UNKNOWN"),
        ("x" * 10_000 + sgml(transaction()), "FORMAT_UNKNOWN"),
        ("<OFX></OFX>", "FORMAT_UNKNOWN"),
        (SGML.replace("100", "151") + "<OFX></OFX>", "FORMAT_UNKNOWN"),
        (SGML.replace("COMPRESSION:NONE", "COMPRESSION:ZIP") + "<OFX></OFX>", "FORMAT_UNKNOWN"),
        (SGML.replace("1252", "EBCDIC") + "<OFX></OFX>", "ENCODING_INVALID"),
        (XML.replace("UTF-8", "UTF-7") + "<OFX></OFX>", "ENCODING_INVALID"),
        (XML + BOMB + "<OFX></OFX>", "SYNTAX_INVALID"),
        (XML + "<OFX>" + BOMB + "</OFX>", "SYNTAX_INVALID"),
        (SGML + "<OFX><!ENTITY x SYSTEM 'file:///etc/passwd'></OFX>", "SYNTAX_INVALID"),
        (SGML + "<OFX><?php?></OFX>", "SYNTAX_INVALID"),
        (SGML + "<OFX></OFX>", "FORMAT_UNKNOWN"),
        (SGML + "<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS>", "FORMAT_UNKNOWN"),
        (SGML + "<OFX></OFX><OFX></OFX>", "SYNTAX_INVALID"),
        (SGML + "<OFX></OFX>text", "SYNTAX_INVALID"),
        (SGML + "<OFX><STMTRS></OFX>", "SYNTAX_INVALID"),
        (SGML + "<OFX><STMTTRN></STMTTRN></OFX>", "SYNTAX_INVALID"),
        (SGML + "<OFX><A b='c'>x</OFX>", "SYNTAX_INVALID"),
        (SGML + "<OFX><STMTRS>" * 1_000, "SYNTAX_INVALID"),
        (SGML + "<OFX>" + "<STMTRS>" * 1_000, "LIMIT_EXCEEDED"),
        (XML + "<OFX>" + "<X>" * 100_000, "LIMIT_EXCEEDED"),
        (XML + "<OFX><A>x<B>y</B></A></OFX>", "SYNTAX_INVALID"),
        (XML + "<OFX><A>x</B></OFX>", "SYNTAX_INVALID"),
        (SGML + "<OFX><MEMO>" + "x" * 70_000, "LIMIT_EXCEEDED"),
        (SGML + "<OFX><" + "x" * 70_000, "LIMIT_EXCEEDED"),
        (SGML + "<OFX><MEMO", "SYNTAX_INVALID"),
        (XML + "<OFX><MEMO><![CDATA[" + "x" * 70_000, "LIMIT_EXCEEDED"),
        (
            XML + "<OFX><MEMO>" + "<![CDATA[" + "x" * 60_000 + "]]>" + "<![CDATA[" + "x" * 60_000 + "]]>",
            "LIMIT_EXCEEDED",
        ),
        (sgml(transaction()).replace("<ACCTID>0123\n", ""), "FIELD_MISSING"),
        (sgml(transaction()).replace("<ACCTID>0123\n", "<ACCTID>1<ACCTID>2"), "SYNTAX_INVALID"),
        (sgml(transaction(), currency="XXX"), "CURRENCY_INVALID"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_rejected(data: str, code: str):
    found = read(data)
    assert found.rejected
    assert found.rejected.code == code


def test_a_file_that_is_cut_off_is_a_fault():
    data = sgml(transaction(FITID="1"), transaction(FITID="2"))
    found = read(data[: data.index("<FITID>2")])
    assert [r.key for r in found.records] == ["0123:1"]
    assert found.codes == [(0, "OFX", "SYNTAX_INVALID")]


@pytest.mark.parametrize(("old", "new"), [("<BALAMT>1.50", "<BALAMT>1.5.0"), ("<DTEND>20260131", "<DTEND>20260231")])
def test_what_is_wrong_with_a_balance_or_period_is_a_fault(old: str, new: str):
    found = read(sgml(transaction()).replace(old, new, 1))
    assert len(found.faults) == len(found.records) == 1


TEXTS = st.text(st.characters(codec="windows-1252", exclude_categories=("C", "Z")) | st.just(" "), max_size=30).map(
    lambda text: " ".join(text.split())
)
EARLIEST, LATEST = datetime(1, 1, 3), datetime(9999, 12, 29)  # noqa: DTZ001
MOVEMENTS = st.tuples(
    st.integers(-(10**12), 10**12),
    st.datetimes(EARLIEST, LATEST),
    st.integers(-12, 14),
    TEXTS,
    TEXTS,
)


@given(movements=st.lists(MOVEMENTS, max_size=8), is_xml=st.booleans(), comma=st.booleans())
def test_what_is_written_is_read_back(movements, is_xml: bool, comma: bool):
    written = []
    for number, (amount, at, hours, name, memo) in enumerate(movements):
        values = {
            "DTPOSTED": f"{at.year:04}{at:%m%d%H%M%S}[{hours:+}:XXX]",
            "TRNAMT": decimal_text(amount, 100).replace(".", "," if comma else "."),
            "FITID": f"F{number}",
            "NAME": escape(name),
            "MEMO": escape(memo),
        }
        written.append(transaction(end=is_xml, **values))
    data = (xml(*written) if is_xml else sgml(*written)).encode("utf-8" if is_xml else "windows-1252")
    found = read(data)
    assert not found.codes
    for back, (amount, at, hours, name, memo) in zip(found.records, movements, strict=True):
        booked = (at.replace(microsecond=0) - timedelta(hours=hours)).replace(tzinfo=UTC)
        assert (back.amount, back.booked_at, back.booking_date) == (amount, booked, booked.date())
        assert (back.counterparty, back.description) == (name, memo or name)


@given(data=st.binary(max_size=150) | st.text("<>/!?&;OFXSTMTRN[]- \n", max_size=150).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes):
    read(data)
    for head in (SGML, XML):
        whole = (head + "<OFX>").encode() + data
        read(whole)
        found = read(sgml(transaction(MEMO="@")).encode().replace(b"@", data))
        assert all(r.key.startswith("0123:") for r in found.records)


def test_elements_are_bounded_also_where_nothing_is_read_of_them():
    data = sgml("<STMTTRNP>" + "<A>1" * 500 + "</STMTTRNP>", transaction())
    assert len(read(data, bounds=Bounds(elements=600)).records) == 1
    rejected = read(data, bounds=Bounds(elements=500)).rejected
    assert rejected
    assert rejected.code == "LIMIT_EXCEEDED"
