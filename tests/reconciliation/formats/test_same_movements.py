"""The same movements in every format of files: what is read from all of them is equal."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.format_profile import AmountSigns, FileFormat, FormatProfile
from ledgerd.reconciliation.formats.arithmetic import checked
from ledgerd.reconciliation.formats.files import read_file
from tests.reconciliation.formats.camt_writer import DUTCH, GERMAN_NEW, Booking, Dialect, Payment, Sheet, document
from tests.reconciliation.formats.text_files import outcome

ACCOUNT = "DE89370400440532013000"
OPENING = 100_000


@dataclass(frozen=True)
class Movement:
    amount: int
    booked: date
    value: date
    end_to_end: str
    bank_reference: str
    description: str
    counterparty: str
    account: str

    @property
    def decimal(self) -> str:
        return decimal_text(self.amount, 100)

    @property
    def unsigned(self) -> str:
        return decimal_text(abs(self.amount), 100)


Writer = Callable[[list[Movement]], str | bytes]
FIELDS = "amount booking_date value_date reference reference_2 description counterparty counterparty_account".split()


def csv_of(movements: list[Movement]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";")
    writer.writerow([*FIELDS, "sign"])
    for m in movements:
        number = f"{abs(m.amount) // 100:,}".replace(",", ".") + f",{abs(m.amount) % 100:02}"
        days = [f"{day:%d.%m.%Y}" for day in (m.booked, m.value)]
        texts = [m.end_to_end, m.bank_reference, m.description, m.counterparty, m.account]
        writer.writerow([number, *days, *texts, "H" if m.amount >= 0 else "S"])
    return target.getvalue()


def objects_of(movements: list[Movement]) -> list[str]:
    objects = []
    for m in movements:
        texts = [m.end_to_end, m.bank_reference, m.description, m.counterparty, m.account]
        values = ["@", m.booked.isoformat(), m.value.isoformat(), *texts]
        objects.append(json.dumps(dict(zip(FIELDS, values, strict=True))).replace('"@"', m.decimal))
    return objects


def json_of(movements: list[Movement]) -> str:
    return "[" + ",\n".join(objects_of(movements)) + "]"


def json_lines_of(movements: list[Movement]) -> str:
    return "\n".join(objects_of(movements))


def camt_of(dialect: Dialect) -> Writer:
    def write(movements: list[Movement]) -> bytes:
        bookings = tuple(
            Booking(
                payments=(
                    Payment(
                        amount=m.amount,
                        name=m.counterparty,
                        account=m.account,
                        end_to_end=m.end_to_end,
                        text=m.description,
                    ),
                ),
                day=m.booked,
                value_day=m.value,
                bank_reference=m.bank_reference,
            )
            for m in movements
        )
        return document(dialect, Sheet(bookings=bookings))

    return write


def wrapped(text: str) -> str:
    return "\n".join(text[n : n + 65] for n in range(0, len(text), 65))


def german(m: Movement) -> str:
    purpose = [
        f"EREF+{m.end_to_end}",
        *(f"SVWZ+{m.description}"[n : n + 27] for n in range(0, len(m.description) + 5, 27)),
    ]
    names = [m.counterparty[n : n + 27] for n in range(0, len(m.counterparty), 27)]
    parts = [f"?{20 + n}{text}" for n, text in enumerate(purpose)]
    return wrapped(
        f"166?00TRANSFER{''.join(parts)}?31{m.account}" + "".join(f"?{32 + n}{t}" for n, t in enumerate(names))
    )


def dutch(m: Movement) -> str:
    return wrapped(f"/TRTP/X/IBAN/{m.account}/NAME/{m.counterparty}/REMI/{m.description}/EREF/{m.end_to_end}")


def swift_lines(movements: list[Movement], info: Callable[[Movement], str]) -> str:
    return "".join(
        f":61:{m.value:%y%m%d}{m.booked:%m%d}{'C' if m.amount >= 0 else 'D'}{m.unsigned.replace('.', ',')}"
        f"NTRFNONREF//{m.bank_reference}\n:86:{info(m)}\n"
        for m in movements
    )


def mt940_of(info: Callable[[Movement], str]) -> Writer:
    def write(movements: list[Movement]) -> str:
        closing = OPENING + sum(m.amount for m in movements)
        balance = f"{'C' if closing >= 0 else 'D'}260504EUR{decimal_text(abs(closing), 100).replace('.', ',')}"
        head = f":20:X\n:25:{ACCOUNT}\n:28C:17/1\n:60F:C260503EUR1000,00\n"
        return f"{head}{swift_lines(movements, info)}:62F:{balance}\n-\n"

    return write


def mt942_of(movements: list[Movement]) -> str:
    return f":20:X\n:25:{ACCOUNT}\n:28C:17/1\n:34F:EUR0,\n{swift_lines(movements, german)}-\n"


def bai2_of(movements: list[Movement]) -> str:
    """One group a day: a detail is booked on the day of its group."""
    rows = ["01,A,B,260504,0600,1,,,2/"]
    for m in movements:
        unsigned = abs(m.amount)
        code = "195" if m.amount >= 0 else "495"
        rows += [
            f"02,A,B,1,{m.booked:%y%m%d},,EUR,2/",
            f"03,{ACCOUNT},,/",
            f"16,{code},{unsigned},V,{m.value:%y%m%d},,{m.bank_reference},{m.end_to_end},{m.description}",
            f"49,{unsigned},3/",
            f"98,{unsigned},1,5/",
        ]
    total = sum(abs(m.amount) for m in movements)
    return "\n".join([*rows, f"99,{total},{len(movements)},{len(rows) + 1}/", ""])


def ofx_of(*, is_xml: bool) -> Writer:
    def leaf(name: str, value: str) -> str:
        return f"<{name}>{value}" + (f"</{name}>" if is_xml else "\n")

    def write(movements: list[Movement]) -> str:
        inner = leaf("CURDEF", "EUR") + f"<BANKACCTFROM>{leaf('ACCTID', ACCOUNT)}</BANKACCTFROM><BANKTRANLIST>"
        for number, m in enumerate(movements):
            fields = {
                "TRNTYPE": "OTHER",
                "DTPOSTED": f"{m.booked:%Y%m%d}",
                "DTAVAIL": f"{m.value:%Y%m%d}",
                "TRNAMT": m.decimal,
                "FITID": str(number),
                "CHECKNUM": m.bank_reference,
                "REFNUM": m.end_to_end,
                "NAME": m.counterparty,
                "MEMO": m.description,
            }
            leaves = "".join(leaf(name, value) for name, value in fields.items())
            inner += f"<STMTTRN>{leaves}<BANKACCTTO>{leaf('ACCTID', m.account)}</BANKACCTTO></STMTTRN>"
        head = '<?xml version="1.0"?><?OFX OFXHEADER="200"?>' if is_xml else "OFXHEADER:100\nENCODING:UTF-8\n\n"
        return f"{head}<OFX><STMTRS>{inner}</BANKTRANLIST></STMTRS></OFX>"

    return write


NAMED = {name: name for name in FIELDS}
CSV = FormatProfile(
    format=FileFormat.CSV,
    delimiter=";",
    decimal_mark=",",
    thousands_separator=".",
    date_format="%d.%m.%Y",
    amount_signs=AmountSigns.INDICATOR,
    credit_words=("H",),
    debit_words=("S",),
    columns={**NAMED, "indicator": "sign"},
)
FORMATS: dict[str, tuple[FormatProfile, Writer]] = {
    "CSV": (CSV, csv_of),
    "JSON": (FormatProfile(format=FileFormat.JSON, columns=NAMED), json_of),
    "JSON lines": (FormatProfile(format=FileFormat.JSON_LINES, columns=NAMED), json_lines_of),
    "camt, German": (FormatProfile(format=FileFormat.CAMT), camt_of(GERMAN_NEW)),
    "camt, Dutch": (FormatProfile(format=FileFormat.CAMT), camt_of(DUTCH)),
    "MT940, German": (FormatProfile(format=FileFormat.MT940), mt940_of(german)),
    "MT940, Dutch": (FormatProfile(format=FileFormat.MT940), mt940_of(dutch)),
    "MT942": (FormatProfile(format=FileFormat.MT942), mt942_of),
    "BAI2": (FormatProfile(format=FileFormat.BAI2), bai2_of),
    "OFX 1": (FormatProfile(format=FileFormat.OFX), ofx_of(is_xml=False)),
    "OFX 2": (FormatProfile(format=FileFormat.OFX), ofx_of(is_xml=True)),
}

WORDS = st.lists(st.from_regex(r"[A-Za-z0-9.]{1,9}", fullmatch=True), min_size=1, max_size=8).map(" ".join)
NAMES = st.lists(st.from_regex(r"[A-Za-z]{1,9}", fullmatch=True), min_size=1, max_size=4).map(" ".join)
BOOKED = st.dates(date(2026, 1, 5), date(2026, 12, 20))


@st.composite
def movement(draw: st.DrawFn) -> Movement:
    booked = draw(BOOKED)
    return Movement(
        amount=draw(st.integers(-(10**9), 10**9).filter(bool)),
        booked=booked,
        value=booked + timedelta(days=draw(st.integers(-3, 3))),
        end_to_end=draw(st.from_regex(r"E-[A-Z0-9]{1,12}", fullmatch=True)),
        bank_reference=draw(st.from_regex(r"B-[A-Z0-9]{1,12}", fullmatch=True)),
        description=draw(WORDS),
        counterparty=draw(NAMES),
        account=draw(st.from_regex(r"NL[0-9]{2}ABNA[0-9]{10}", fullmatch=True)),
    )


@pytest.mark.parametrize("name", FORMATS)
@given(movements=st.lists(movement(), min_size=1, max_size=6, unique_by=lambda m: m.bank_reference))
def test_the_same_movements_are_read_from_every_format(name: str, movements: list[Movement]):
    profile, write = FORMATS[name]
    found = outcome(lambda source, context: checked(read_file(source, context)), write(movements), profile)
    assert not found.codes
    # BAI2 has no field for the other side: banks write it into the text.
    has_counterparty = profile.format is not FileFormat.BAI2
    read = [
        (
            record.amount,
            record.currency,
            record.booking_date,
            record.value_date,
            record.references,
            record.description,
            (record.counterparty, record.counterparty_account) if has_counterparty else None,
            record.kind.value,
            record.status.value,
        )
        for record in found.records
    ]
    assert read == [
        (
            m.amount,
            "EUR",
            m.booked,
            m.value,
            (m.end_to_end, m.bank_reference),
            m.description,
            (m.counterparty, m.account) if has_counterparty else None,
            "MOVEMENT",
            "BOOKED",
        )
        for m in movements
    ]
    assert len({record.key for record in found.records}) == len(movements)


def test_every_format_is_among_them():
    assert {profile.format for profile, _ in FORMATS.values()} == set(FileFormat)
