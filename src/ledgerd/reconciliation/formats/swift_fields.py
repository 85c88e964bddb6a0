"""Tags of a statement that have figures, by the patterns of the library ``mt940``.

Its patterns take a prefix of a text, digits of any script and small letters, and pass over the rest. So what they find
must be the whole text, in ASCII and capitals.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from mt940.tags import Tag, Tags

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.date_forms import offset_zone
from ledgerd.reconciliation.formats.reading import ReadContext, RecordRejected, precision_of
from ledgerd.reconciliation.formats.statement_line import short_date, swift_amount

_NUMBER = re.compile(r"(?P<number>[0-9]{1,12})(?:/(?P<page>[0-9]{1,5}))?")
"""Our own: the library's makes number 12345 and page 6 of 123456."""


@dataclass(frozen=True, slots=True)
class Balance:
    amount: int
    day: date
    currency: str
    precision: int


@dataclass(frozen=True, slots=True)
class Sum:
    count: int
    amount: int


def balance(text: str, name: str, context: ReadContext) -> Balance:
    """60, 62, 64 and 65: mark, date, currency, amount."""
    parts = _parts(Tags.FINAL_OPENING_BALANCE.value, text, name)
    precision = precision_of(parts["currency"], context)
    amount = swift_amount(parts["amount"], precision, name)
    day = short_date(parts["year"] + parts["month"] + parts["day"], name)
    return Balance(amount if parts["status"] == "C" else -amount, day, parts["currency"], precision)


def sum_of_entries(text: str, name: str, currency: str, context: ReadContext) -> Sum:
    """90C and 90D: count, currency, amount."""
    parts = _parts(Tags.SUM_CREDIT_ENTRIES.value, text, name)
    if currency and parts["currency"] != currency:
        raise RecordRejected(FaultCode.CURRENCY_INVALID, name, "The total is not in the currency of the statement.")
    amount = swift_amount(parts["amount"], precision_of(parts["currency"], context), name)
    return Sum(int(parts["number"] or "0"), amount)


def floor_limit(text: str, name: str, context: ReadContext) -> tuple[str, int]:
    """34F: the currency, and the amount below which the report lists no entry."""
    parts = _parts(Tags.FLOOR_LIMIT_INDICATOR.value, text, name)
    precision = precision_of(parts["currency"], context)
    return parts["currency"], swift_amount(parts["amount"], precision, name)


def reported_on(text: str, name: str, context: ReadContext) -> date:
    """13D: when the report was made, as a day of the source."""
    parts = _parts(Tags.DATE_TIME_INDICATION.value, text, name)
    day = short_date(parts["year"] + parts["month"] + parts["day"], name)
    try:
        # The offset is hours and minutes: the library reads +0100 as 100 minutes.
        zone = offset_zone(parts["offset_sign"] + parts["offset"]) if parts["offset"] else context.zone
        at = datetime(day.year, day.month, day.day, int(parts["hour"]), int(parts["minute"]), tzinfo=zone)
        return at.astimezone(context.zone).date()
    except (ValueError, OverflowError):
        raise RecordRejected(FaultCode.DATE_INVALID, name, "There is no such time.") from None


def number_and_page(text: str, name: str) -> tuple[str, int]:
    """28C: the statement's number, and its page."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise RecordRejected(FaultCode.SYNTAX_INVALID, name, "The number of the statement is no number.")
    return match["number"], int(match["page"] or "0")


def _parts(tag: Tag, text: str, name: str) -> dict[str, str]:
    match = tag.re.match(text)
    if match is None or match.end() != len(text) or not text.isascii() or text != text.upper():
        raise RecordRejected(FaultCode.SYNTAX_INVALID, name, "The tag has not the parts that the standard gives it.")
    return {part: value or "" for part, value in match.groupdict().items()}
