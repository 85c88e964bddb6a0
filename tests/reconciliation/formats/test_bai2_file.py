"""BAI2 as banks of the United States write it, after the public specification."""

from datetime import date

import pytest
from bai2.constants import TypeCodeLevel, TypeCodes
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.external_record import FaultCode, RecordKind
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats import bai2_codes, bai2_file
from ledgerd.reconciliation.formats.arithmetic import checked
from ledgerd.reconciliation.formats.reading import Bounds, RecordRejected
from tests.reconciliation.formats.text_files import Outcome, outcome


def read(data: str | bytes, *, currency: str = "", bounds: Bounds | None = None) -> Outcome:
    """The file with its arithmetic checked; the source has no currency of its own."""
    return outcome(
        lambda source, context: checked(bai2_file.read(source, context)),
        data,
        FormatProfile(format=FileFormat.BAI2),
        currency=currency,
        bounds=bounds,
    )


def account(*lines: str, total: int, number: str = "0123", head: str = "") -> list[str]:
    """An account with these details; its total is that of all amounts, as the test adds them up."""
    rows = [f"03,{number},{head}/", *lines]
    return [*rows, f"49,{total},{len(rows) + 1}/"]


def group(*accounts: list[str], total: int, status: str = "1", currency: str = "USD", modifier: str = "2") -> list[str]:
    rows = [f"02,RECEIVER,BANK,{status},260131,2400,{currency},{modifier}/"] + [
        row for rows in accounts for row in rows
    ]
    return [*rows, f"98,{total},{len(accounts)},{len(rows) + 1}/"]


def file(*groups: list[str], total: int, line_end: str = "\n") -> str:
    rows = ["01,BANK,RECEIVER,260201,0600,1,,,2/"] + [row for rows in groups for row in rows]
    return line_end.join([*rows, f"99,{total},{len(groups)},{len(rows) + 1}/", ""])


def details(*lines: str, total: int, **settings) -> Outcome:
    one = account(*lines, total=total)
    return read(file(group(one, total=total, **settings), total=total))


def test_an_account_adds_up():
    head = "USD,010,100000,,,015,125000,,,100,25050,1,,400,50,1,"
    lines = ("16,195,25050,Z,B-1,INV-7,PAYMENT OF INVOICE 7", "16,698,50,,,,ACCOUNT FEE/")
    total = 100000 + 125000 + 25050 + 50 + 25050 + 50
    found = read(file(group(account(*lines, total=total, head=head), total=total), total=total))
    assert not found.codes
    payment, fee = found.records
    assert (payment.amount, payment.currency, payment.precision) == (25050, "USD", 100)
    assert (payment.booking_date, payment.value_date) == (date(2026, 1, 31), None)
    assert (payment.references, payment.description) == (("INV-7", "B-1"), "PAYMENT OF INVOICE 7")
    assert payment.metadata == {"type": "195", "type_text": "Incoming Money Transfer", "funds": "Z"}
    assert (payment.line, payment.raw) == (4, lines[0])
    assert (fee.amount, fee.kind, fee.description) == (-50, RecordKind.FEE, "ACCOUNT FEE")
    (statement,) = found.statements
    assert (statement.account, statement.opening, statement.closing) == ("0123", 100000, 125000)
    assert (statement.credit_total, statement.debit_total, statement.declared_items) == (25050, 50, 2)
    assert (statement.total, statement.closing_date, statement.is_interim) == (25000, date(2026, 1, 31), False)


@pytest.mark.parametrize(
    ("code", "amount", "kind"),
    [
        ("108", 100, "MOVEMENT"),
        ("399", 100, "MOVEMENT"),
        ("409", -100, "MOVEMENT"),
        ("699", -100, "MOVEMENT"),
        ("354", 100, "INTEREST"),
        ("654", -100, "INTEREST"),
        ("661", -100, "FEE"),
        ("252", 100, "REVERSAL"),
        ("552", -100, "REVERSAL"),
        ("555", -100, "REVERSAL"),
        ("721", 100, "INTEREST"),
        ("925", 100, "MOVEMENT"),
        ("965", -100, "MOVEMENT"),
        ("197", 100, "MOVEMENT"),
    ],
)
def test_a_code_says_side_and_kind(code: str, amount: int, kind: str):
    found = details(f"16,{code},100,0,,,/", total=100)
    assert not found.codes
    assert [(r.amount, r.kind) for r in found.records] == [(amount, kind)]


def test_the_sides_of_all_codes_are_those_that_the_library_has():
    for code, known in TypeCodes.items():
        if known.level is TypeCodeLevel.detail and known.transaction and known.transaction.value != "misc":
            assert bai2_codes.sign(code) == (1 if known.transaction.value == "credit" else -1), code
        elif code != "890":
            with pytest.raises(RecordRejected):
                bai2_codes.sign(code)


@pytest.mark.parametrize(
    ("funds", "value_date"),
    [
        ("Z", None),
        ("0", None),
        ("", None),
        ("S,40,30,30", None),
        ("V,260202,2400", date(2026, 2, 2)),
        ("V,260202,", date(2026, 2, 2)),
        ("V,,", None),
        ("D,3,0,40,1,30,2,30", None),
    ],
)
def test_funds_of_all_types_are_passed_over_exactly(funds: str, value_date: date | None):
    found = details(f"16,165,100,{funds},B-1,C-1,TEXT, WITH COMMAS / AND SLASHES", total=100)
    assert not found.codes
    (record,) = found.records
    assert (record.value_date, record.references) == (value_date, ("C-1", "B-1"))
    assert record.description == "TEXT, WITH COMMAS / AND SLASHES"


def test_details_go_on_in_continuations():
    found = details(
        "16,165,100,/",
        "88,B-1,C-1,FIRST LINE",
        "88,SECOND, LINE/",
        "88,THIRD LINE",
        "16,475,7,V/",
        "88,260202,,,C-2/",
        "88,TEXT",
        total=107,
    )
    assert not found.codes
    assert [r.description for r in found.records] == ["FIRST LINE SECOND, LINE THIRD LINE", "TEXT"]
    assert [r.references for r in found.records] == [("C-1", "B-1"), ("C-2",)]
    assert [(r.amount, r.value_date, r.line) for r in found.records] == [(100, None, 4), (-7, date(2026, 2, 2), 8)]
    assert found.records[1].raw == "16,475,7,V/\n88,260202,,,C-2/\n88,TEXT"


@pytest.mark.parametrize(
    "rows",
    [
        ["03,0123,USD,010,500,,,015,500,,/"],
        ["03,0123,USD,010,500,,,015,500,,,/"],
        ["03,0123,USD,010,500,,/", "88,015,500,,/"],
        ["03,0123,USD,010,500,,,/", "88,015,500,,,/"],
        ["03,0123,USD,010,500,,D,2,0,100,1,400/", "88,015,500,,/"],
        ["03,0123,USD,010,500,,S,500,0,0/", "88,015,500,,V,260131,/"],
        ["03,0123,USD,010/", "88,500,,,015/", "88,500,,"],
        ["03,0123,USD/", "88,010,500,,/", "88,015,+500,,/"],
    ],
)
def test_balances_are_read_whatever_commas_banks_write_at_the_ends_of_lines(rows: list[str]):
    """With funds spread over two days the library joins 400 and 015 into an amount of 400015."""
    one = [*rows, f"49,1000,{len(rows) + 1}/"]
    found = read(file(group(one, total=1000), total=1000))
    assert not found.codes
    assert [(s.opening, s.closing) for s in found.statements] == [(500, 500)]


def test_a_balance_may_be_negative():
    one = account("16,409,700,,,,", total=1000 - 200 - 500 + 700, head="USD,010,1000,,,040,-200,,,015,-500,,")
    found = read(file(group(one, total=1000), total=1000))
    assert [(s.opening, s.closing) for s in found.statements] == [(1000, -500)]
    assert [(f.code, f.field) for f in found.faults] == [(FaultCode.TOTAL_DIFFERS, "closing_balance")]


@pytest.mark.parametrize(
    ("of_account", "of_group", "of_source", "currency"),
    [("", "", "", "USD"), ("", "", "GBP", "GBP"), ("", "EUR", "GBP", "EUR"), ("JPY", "EUR", "GBP", "JPY")],
)
def test_the_nearest_currency_counts(of_account: str, of_group: str, of_source: str, currency: str):
    one = account("16,195,1250,,,,", total=1250, head=of_account)
    found = read(file(group(one, total=1250, currency=of_group), total=1250), currency=of_source)
    assert not found.codes
    assert [(r.currency, r.amount) for r in found.records] == [(currency, 1250)]


@pytest.mark.parametrize(
    ("modifier", "is_interim"), [("1", True), ("2", False), ("3", True), ("4", False), ("", False)]
)
def test_a_modifier_says_whether_the_day_is_over(modifier: str, is_interim: bool):
    found = details("16,195,1,,,,", total=1, modifier=modifier)
    assert [s.is_interim for s in found.statements] == [is_interim]


@pytest.mark.parametrize("status", ["2", "4", "", "9"])
def test_a_group_that_is_a_test_or_a_deletion_gives_no_records(status: str):
    found = details("16,195,1,,,,", total=1, status=status)
    assert found.codes == [(2, "status", "FORMAT_UNKNOWN")]
    assert not found.records
    assert not found.statements


@pytest.mark.parametrize(
    ("line", "amount", "field", "code"),
    [
        ("16,100,5,,,,", 5, "type", "SYNTAX_INVALID"),
        ("16,015,5,,,,", 5, "type", "SYNTAX_INVALID"),
        ("16,ABC,5,,,,", 5, "type", "SYNTAX_INVALID"),
        ("16,1950,5,,,,", 5, "type", "SYNTAX_INVALID"),
        ("16,,5,,,,", 5, "type", "SYNTAX_INVALID"),
        ("16,800,5,,,,", 5, "type", "SYNTAX_INVALID"),
        ("16,195,,,,,", 0, "amount", "FIELD_MISSING"),
        ("16,195,-5,,,,", 0, "amount", "AMOUNT_INVALID"),
        ("16,195,1.50,,,,", 0, "amount", "AMOUNT_INVALID"),
        ("16,195,1_0,,,,", 0, "amount", "AMOUNT_INVALID"),
        ("16,195,٣,,,,", 0, "amount", "AMOUNT_INVALID"),
        (f"16,195,{'9' * 40},,,,", 0, "amount", "AMOUNT_INVALID"),
        ("16,195,5,Q,,,", 5, "funds", "SYNTAX_INVALID"),
        ("16,195,5,V,260230,,,", 5, "funds", "DATE_INVALID"),
        ("16,195,5,V,26023,,,", 5, "funds", "DATE_INVALID"),
        ("16,195,5,S,1,x,1,,", 5, "funds", "AMOUNT_INVALID"),
        ("16,195,5,D,9999,1,1", 5, "funds", "LIMIT_EXCEEDED"),
        (f"16,195,5,,{'x' * 256},,", 5, "bank_reference", "TEXT_INVALID"),
        ("16,195,5,,,A\u202eB,", 5, "customer_reference", "TEXT_INVALID"),
        ("16,195,5,,,,\0", 0, "16", "TEXT_INVALID"),
        ("16,195,5,,,,\udcff", 0, "16", "ENCODING_INVALID"),
    ],
)
def test_a_detail_that_is_wrong_is_a_fault_and_its_neighbours_are_read(line: str, amount: int, field: str, code: str):
    total = 3 + amount
    one = account("16,195,1,,,,A", line, "16,195,2,,,,B", total=total)
    found = read(file(group(one, total=total), total=total).encode("utf-8", "surrogateescape"))
    assert [r.description for r in found.records] == ["A", "B"]
    assert found.codes == [(5, field, code)]


def test_what_is_no_money_is_no_record():
    found = details("16,890,,,,,NOTHING HAPPENED TODAY", total=0)
    assert not found.codes
    assert not found.records


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("49,7,4/", "49,8,4/", (6, "49", "TOTAL_DIFFERS")),
        ("49,7,4/", "49,7,5/", (6, "49", "COUNT_DIFFERS")),
        ("49,7,4/", "49,x,4/", (6, "49", "AMOUNT_INVALID")),
        ("98,7,1,6/", "98,9,1,6/", (7, "98", "TOTAL_DIFFERS")),
        ("98,7,1,6/", "98,7,2,6/", (7, "98", "COUNT_DIFFERS")),
        ("98,7,1,6/", "98,7,1,7/", (7, "98", "COUNT_DIFFERS")),
        ("99,7,1,8/", "99,1,1,8/", (8, "99", "TOTAL_DIFFERS")),
        ("99,7,1,8/", "99,7,9,8/", (8, "99", "COUNT_DIFFERS")),
        ("99,7,1,8/", "99,7,1,80/", (8, "99", "COUNT_DIFFERS")),
        ("99,7,1,8/\n", "", (1, "99", "SYNTAX_INVALID")),
    ],
)
def test_totals_and_counts_of_every_level_are_proved(old: str, new: str, fault: tuple[int, str, str]):
    one = account("16,195,3,,,,", "16,195,4,,,,", total=7)
    data = file(group(one, total=7), total=7)
    assert old in data
    assert not read(data).codes
    assert fault in read(data.replace(old, new)).codes


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "FORMAT_UNKNOWN"),
        ("Date,Amount\n", "FORMAT_UNKNOWN"),
        ("88,x\n", "FORMAT_UNKNOWN"),
        ("16,195,1,,,,\n", "FORMAT_UNKNOWN"),
        ("01,A,B,260131,0000,1,,,3/\n", "FORMAT_UNKNOWN"),
        ("01,A,B,260131,0000,1,,,2/\n03,1,,/\n", "SYNTAX_INVALID"),
        ("01,A,B,260131,0000,1,,,2/\n02,A,B,1,260131,,,/\n16,195,1,,,,\n", "SYNTAX_INVALID"),
        ("01,A,B,260131,0000,1,,,2/\n02,A,B,1,260131,,,/\n98,0,0,2/\n77,\n", "SYNTAX_INVALID"),
        ("01,A,B,260131,0000,1,,,2/\n02,A,B,1,260231,,,/\n", "DATE_INVALID"),
        ("01,A,B,260131,0000,1,,,2/\n02,A,B,1,,,,/\n", "DATE_INVALID"),
        ("01,A,B,260131,0000,1,,,2/\n02,A,B,1,260131,,,/\n03,,/\n", "FIELD_MISSING"),
        ("01,A,B,260131,0000,1,,,2/\n02,A,B,1,260131,,,/\n03,1,XXX/\n", "CURRENCY_INVALID"),
        ("01,A,B,260131,0000,1,,,2/\n02,A,B,1,260131,,,/\n03,1,,010,1.5,,/\n", "AMOUNT_INVALID"),
        ("01,A,B,260131,0000,1,,,2/\n02,A\0,B,1,260131,,,/\n", "TEXT_INVALID"),
        (
            "01,A,B,260131,0000,1,,,2/\n02,A,B,1,260131,,,/\n03,1,,/\n16,195,1,,,,\n" + "88,x\n" * 20_000,
            "LIMIT_EXCEEDED",
        ),
    ],
)
def test_a_file_that_cannot_be_trusted_is_rejected(data: str, code: str):
    found = read(data)
    assert found.rejected
    assert found.rejected.code == code


def test_files_may_follow_each_other_and_lines_may_be_padded():
    one = file(group(account("16,195,3,,,,A  ", total=3), total=3), total=3, line_end="      \r\n")
    found = read(one + one.replace(",A  ", ",B"))
    assert not found.codes
    assert [r.description for r in found.records] == ["A", "B"]


def test_smallest_units_become_those_of_the_ledger():
    one = account("16,195,1250,,,,", total=1250, head="JPY")
    other = account("16,195,1250,,,,", total=1250, head="KWD")
    found = read(file(group(one, other, total=2500), total=2500))
    assert [(r.currency, r.amount) for r in found.records] == [("JPY", 1250), ("KWD", 1250)]


WORDS = st.lists(st.from_regex(r"[A-Za-z0-9.]{1,9}", fullmatch=True), max_size=8).map(" ".join)
REFERENCES = st.from_regex(r"[A-Z]-[A-Z0-9]{1,12}", fullmatch=True)
FUNDS = st.sampled_from(["", "Z", "0", "1", "2", "S,1,2,3", "V,,", "D,1,0,5"])
MOVEMENTS = st.tuples(st.integers(-(10**12), 10**12), REFERENCES, REFERENCES, WORDS, FUNDS)


@given(movements=st.lists(MOVEMENTS, max_size=8), split=st.booleans())
def test_what_is_written_is_read_back(movements, split: bool):
    lines = []
    for amount, customer, bank, words, funds in movements:
        code = "195" if amount >= 0 else "495"
        head = f"16,{code},{abs(amount)},{funds}"
        lines += (
            [f"{head}/", f"88,{bank},{customer}/", f"88,{words}"] if split else [f"{head},{bank},{customer},{words}"]
        )
    total = sum(abs(movement[0]) for movement in movements)
    found = details(*lines, total=total)
    assert not found.codes
    assert [(r.amount, r.references, r.description) for r in found.records] == [
        (amount, tuple(dict.fromkeys([customer, bank])), words) for amount, customer, bank, words, _ in movements
    ]


@given(data=st.binary(max_size=120) | st.text("0123456789,/88\n16SVDZ-", max_size=200).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes):
    head = b"01,A,B,260131,0000,1,,,2/\n02,A,B,1,260131,,,/\n03,1,,/\n"
    read(data)
    found = read(head + data)
    assert all(r.currency == "USD" and r.booking_date == date(2026, 1, 31) for r in found.records)
