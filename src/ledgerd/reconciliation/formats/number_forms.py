"""Numbers as files write them: decimal marks, thousands, signs. What is not exactly one number is a fault."""

import re
from dataclasses import dataclass
from functools import lru_cache

from ledgerd.core.model import limits
from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.currency import PRECISIONS
from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.reading import RecordRejected, minor_amount

SPACES = " \u00a0\u2009\u202f"
MINUS = "-\u2212"


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How the numbers of a file look. Other forms are faults: "1,50" is no number where the mark is a point."""

    decimal_mark: str = "."
    thousands: str = ""
    parentheses: bool = False
    """Whether (1.50) is negative."""
    trailing_minus: bool = False
    """Whether 1.50- is negative."""
    bare_mark: bool = False
    """Whether nothing may follow the decimal mark, as in the "120," of S.W.I.F.T."""


@lru_cache(maxsize=64)
def _pattern(form: NumberForm) -> re.Pattern[str]:
    whole = "[0-9]+"
    if form.thousands:
        mark = f"[{SPACES}]" if form.thousands == " " else re.escape(form.thousands)
        # One mark for the whole number: a space in one place and a narrow one in the next is no grouping.
        whole = f"(?:[0-9]{{1,3}}(?P<mark>{mark})[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*|[0-9]+)"
    fraction = "[0-9]*" if form.bare_mark else "[0-9]+"
    return re.compile(f"(?P<whole>{whole})?(?:{re.escape(form.decimal_mark)}(?P<fraction>{fraction}))?")


def plain_number(text: str, form: NumberForm, name: str) -> str:
    """The number as a plain decimal, with a minus where it is negative; rejected where it is not of this form."""
    body, minus = _unsigned(text.strip(), form) if len(text) <= limits.AMOUNT_TEXT_MAX_CHARS else ("", "")
    match = _pattern(form).fullmatch(body)
    if match is None or not (match["whole"] or match["fraction"]):
        raise RecordRejected(FaultCode.AMOUNT_INVALID, name, "The amount is no number in the form of the file.")
    whole = re.sub("[^0-9]", "", match["whole"] or "0")
    return f"{minus}{whole}.{match['fraction']}" if match["fraction"] else minus + whole


def from_smallest_units(number: str, currency: str, precision: int, name: str) -> int:
    """An amount that its file counts in the smallest units that ISO 4217 gives its currency, in the ledger's."""
    if "." in number:
        raise RecordRejected(FaultCode.AMOUNT_INVALID, name, "The amount is no whole number of smallest units.")
    return minor_amount(decimal_text(int(number), PRECISIONS.get(currency, precision)), precision, name)


def _unsigned(text: str, form: NumberForm) -> tuple[str, str]:
    if form.parentheses and text[:1] == "(" and text[-1:] == ")":
        return text[1:-1], "-"
    if text[:1] and text[0] in MINUS:
        return text[1:], "-"
    if form.trailing_minus and text[-1:] and text[-1] in MINUS:
        return text[:-1], "-"
    return text.removeprefix("+"), ""
