"""Dates and times in a declared form. Not by strptime: it follows the machine's locale and takes any white space."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.reading import RecordRejected

MONTHS = {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
PIVOT = 80
"""A year of two digits below this is in the 2000s, one from it on in the 1900s, as S.W.I.F.T. reads them."""
TEXT_MAX = 64

_DIRECTIVES = {
    "Y": "(?P<year>[0-9]{4})",
    "y": "(?P<short>[0-9]{2})",
    "m": "(?P<month>[0-9]{2})",
    "d": "(?P<day>[0-9]{2})",
    "b": "(?P<name>[A-Za-z]{3})",
    "H": "(?P<hour>[0-9]{2})",
    "M": "(?P<minute>[0-9]{2})",
    "S": "(?P<second>[0-9]{2})",
    "f": "(?P<part>[0-9]{1,9})",
    "z": "(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})",
}
_SHORT = {"m": "(?P<month>[0-9]{1,2})", "d": "(?P<day>[0-9]{1,2})", "H": "(?P<hour>[0-9]{1,2})"}
"""Where no digit can follow, 1/2/2026 says as much as 01/02/2026."""


class DateFormInvalid(ValueError):
    """The declared form is not one."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a date's text says. ``at`` is there where it has a time."""

    day: date
    at: datetime | None = None


@lru_cache(maxsize=64)
def _pattern(form: str) -> re.Pattern[str]:
    parts = re.findall(r"%.|[^%]", form)
    if "".join(parts) != form:
        raise DateFormInvalid(form)
    pattern = ""
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        if not part.startswith("%"):
            pattern += re.escape(part)
            continue
        digits_follow = following[:1] in ("%", *"0123456789")
        directive = (not digits_follow and _SHORT.get(part[1])) or _DIRECTIVES.get(part[1])
        if directive is None:
            raise DateFormInvalid(form)
        pattern += directive
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise DateFormInvalid(form) from error
    names = compiled.groupindex.keys()
    if not ({"year", "short"} & names and {"month", "name"} & names and "day" in names):
        raise DateFormInvalid(form)
    return compiled


def check_form(form: str) -> None:
    """Raise ``DateFormInvalid`` where this is no form of a date."""
    _pattern(form)


def moment(value: str, form: str, name: str, zone: tzinfo) -> Moment:
    """The date, and its time where the form has one; rejected where the text is not of this form.

    A time without a zone of its own is of ``zone``, and the day is always the one that ``zone`` has at that time.
    """
    match = _pattern(form).fullmatch(value) if len(value) <= TEXT_MAX else None
    if match is None:
        raise RecordRejected(FaultCode.DATE_INVALID, name, "The date is not in the form of the file.")
    parts = {part: text for part, text in match.groupdict().items() if text}
    try:
        day = date(_year(parts), _month(parts), int(parts["day"]))
        if "hour" not in parts:
            return Moment(day)
        at = _time(parts, day, zone)
        return Moment(at.astimezone(zone).date(), at)
    except (ValueError, OverflowError):
        raise RecordRejected(FaultCode.DATE_INVALID, name, "There is no such date.") from None


def short_year(digits: str) -> int:
    """The year of two digits."""
    year = int(digits)
    return year + (2000 if year < PIVOT else 1900)


def _year(parts: dict[str, str]) -> int:
    return int(parts["year"]) if "year" in parts else short_year(parts["short"])


def _month(parts: dict[str, str]) -> int:
    if "month" in parts:
        return int(parts["month"])
    month = MONTHS.get(parts["name"].lower())
    if month is None:
        raise ValueError(parts["name"])
    return month


def _time(parts: dict[str, str], day: date, zone: tzinfo) -> datetime:
    hour, minute, second = (int(parts.get(name, "0")) for name in ("hour", "minute", "second"))
    microsecond = int(parts.get("part", "0")[:6].ljust(6, "0"))
    own = offset_zone(parts["zone"]) if "zone" in parts else zone
    return datetime(day.year, day.month, day.day, hour, minute, second, microsecond, own)


def offset_zone(value: str) -> timezone:
    """The zone of "Z", "+0130", "-05:00"; raises ValueError where there is no such zone."""
    if value == "Z":
        return UTC
    digits = value[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if minutes > 59 or hours > 14:
        raise ValueError(value)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if value[0] == "-" else offset)
