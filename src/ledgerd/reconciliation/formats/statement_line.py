"""Tag 61: the statement line. Read by a pattern of our own.

The library's cuts a reference after 16 characters and an amount after 15, and takes what is left for supplementary
details: part of an amount would be read as the whole.
"""

import re
from dataclasses import dataclass
from datetime import date

from ledgerd.core.model.external_record import FaultCode, RecordKind, RecordStatus
from ledgerd.reconciliation.formats.date_forms import short_year
from ledgerd.reconciliation.formats.number_forms import NumberForm, plain_number
from ledgerd.reconciliation.formats.reading import RecordRejected, minor_amount

FORM = NumberForm(decimal_mark=",", bare_mark=True)
_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}| {4})?(?P<mark>R[CD]|E[CD]|[CD])(?P<funds>[A-Z])?"
    r"(?P<amount>[0-9.]*,?[0-9.,]*)(?P<type>[A-Z][A-Z0-9 ]{3})(?P<references>.*)"
)
_CREDITS = frozenset(("C", "RD", "EC"))
_KINDS = {"CHG": RecordKind.FEE, "COM": RecordKind.FEE, "INT": RecordKind.INTEREST, "RTI": RecordKind.REVERSAL}
"""By the code behind S, N or F: charges, commission, interest, returned item."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    amount: int
    value_date: date
    booking_date: date
    kind: RecordKind
    status: RecordStatus
    source_status: str
    """The mark of an expected line; of others empty."""
    type: str
    customer_reference: str
    bank_reference: str
    supplementary: str


def read_line(text: str, currency: str, precision: int) -> StatementLine:
    """What the line says; rejected where any part of it is not what the standard has there."""
    first, _, supplementary = text.partition("\n")
    match = _LINE.fullmatch(first)
    if match is None:
        raise RecordRejected(FaultCode.SYNTAX_INVALID, "61", "The statement line has not the parts of a tag 61.")
    if match["funds"] and currency and match["funds"] != currency[-1]:
        reason = "The funds code is not the last letter of the statement's currency."
        raise RecordRejected(FaultCode.CURRENCY_INVALID, "61", reason)
    value_date = short_date(match["value"], "61")
    mark = match["mark"]
    amount = swift_amount(match["amount"], precision, "61")
    customer, _, bank = match["references"].partition("//")
    kind = RecordKind.REVERSAL if mark.startswith("R") else _KINDS.get(match["type"][1:], RecordKind.MOVEMENT)
    return StatementLine(
        amount=amount if mark in _CREDITS else -amount,
        value_date=value_date,
        booking_date=_booking_date((match["entry"] or "").strip(), value_date),
        kind=kind,
        # What is expected is in no balance yet.
        status=RecordStatus.PENDING if mark.startswith("E") else RecordStatus.BOOKED,
        source_status=mark if mark.startswith("E") else "",
        type=match["type"].strip(),
        customer_reference=customer.strip(),
        bank_reference=bank.strip(),
        supplementary=" ".join(supplementary.split()),
    )


def swift_amount(text: str, precision: int, name: str) -> int:
    """An unsigned amount as S.W.I.F.T. writes it: a comma always, and no other mark."""
    if "," not in text or not text[:1].isdigit():
        raise RecordRejected(FaultCode.AMOUNT_INVALID, name, "The amount has no decimal comma behind its first digit.")
    return minor_amount(plain_number(text, FORM, name), precision, name)


def short_date(text: str, name: str) -> date:
    """YYMMDD. 30 February is no date: moving it would invent one."""
    try:
        return date(short_year(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise RecordRejected(FaultCode.DATE_INVALID, name, "There is no such date.") from None


def _booking_date(text: str, value_date: date) -> date:
    """MMDD in the year in which it is nearest to the value date. A line without one is booked on its value date."""
    if not text:
        return value_date
    found = []
    for year in (value_date.year - 1, value_date.year, value_date.year + 1):
        try:
            found.append(date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue
    if not found:
        raise RecordRejected(FaultCode.DATE_INVALID, "61", "There is no such date.")
    return min(found, key=lambda day: abs((day - value_date).days))
