"""What a list or watch is narrowed by: comparisons that must all hold.

Which fields there are stands in store/listings.py. Reading the text is the edge's part (wire/filters.py), finding the
rows that of the store.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

from ledgerd.core.model import ids

_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]{1,37}", re.ASCII)


class Comparator(StrEnum):
    """How a field is compared; the values are both the filter's and SQL's spelling."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


Value = str | int | datetime | date | Decimal
"""Text, the number of an id, a time, a day, or a whole number that counts something."""

_COMPARE: dict[Comparator, Callable[[Any, Any], bool]] = {
    Comparator.EQUAL: eq,
    Comparator.NOT_EQUAL: ne,
    Comparator.LESS: lt,
    Comparator.LESS_OR_EQUAL: le,
    Comparator.GREATER: gt,
    Comparator.GREATER_OR_EQUAL: ge,
}


class Term(NamedTuple):
    """One comparison. ``value`` has the type of the field."""

    field: str
    comparator: Comparator
    value: Value

    def holds(self, actual: Value | None) -> bool:
        """Whether a field with this value fits. An absent text is empty. None is different from every value."""
        if actual is None:
            return self.comparator is Comparator.NOT_EQUAL
        return _COMPARE[self.comparator](actual, self.value)


# Types of fields -------------------------------------------------------------------------------

Read = Callable[[str], Value | None]
"""Reads a value of one type; None where the text is not one."""

_BY_IDENTITY = frozenset({Comparator.EQUAL, Comparator.NOT_EQUAL})
_ALL = frozenset(Comparator)


class FieldType:
    """The type of a field: how its values are read, and which comparisons make sense."""

    def __init__(self, read: Read, comparators: frozenset[Comparator], expected: str) -> None:
        self.read = read
        self.comparators = comparators
        self.expected = expected


def text() -> FieldType:
    """Any text without NUL, compared by code point."""
    return FieldType(lambda value: None if "\0" in value else value, _ALL, "text without NUL")


def one_text() -> FieldType:
    """One of several texts."""
    return FieldType(lambda value: None if "\0" in value else value, _BY_IDENTITY, "text without NUL")


def id_of(prefix: str) -> FieldType:
    """An id with this prefix."""

    return FieldType(lambda value: ids.decode(prefix, value), _BY_IDENTITY, f"an id that begins with {prefix}_")


def one_of(prefix: str, names: Iterable[str]) -> FieldType:
    """A value of an enum of the contract, with or without the prefix of its names: APPLIED."""
    known = frozenset(names)

    def read(value: str) -> Value | None:
        short = value.removeprefix(prefix)
        return short if short in known else None

    return FieldType(read, _BY_IDENTITY, f"one of {', '.join(sorted(known))}")


def word_of(*words: str) -> FieldType:
    """One of a few words that are no enum of the contract."""
    return FieldType(lambda value: value if value in words else None, _BY_IDENTITY, " or ".join(words))


def time() -> FieldType:
    """A time as RFC 3339 has it, cut off after the microsecond."""
    return FieldType(_read_time, _ALL, "a time as in 2026-03-01T00:00:00Z")


def day() -> FieldType:
    """A day as ISO 8601 has it."""
    return FieldType(_read_day, _ALL, "a day as in 2026-03-31")


def integer() -> FieldType:
    """A whole number, such as an amount in minor units."""
    return FieldType(_read_integer, _ALL, "a whole number")


def _read_day(value: str) -> Value | None:
    try:
        return date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        return None


def _read_integer(value: str) -> Value | None:
    return Decimal(value) if _INTEGER.fullmatch(value) else None


def _read_time(value: str) -> datetime | None:
    if _TIME.fullmatch(value) is None:
        return None
    whole, point, rest = value.upper().partition(".")
    digits = re.match(r"[0-9]*", rest)
    fraction = digits[0] if digits else ""
    zone = rest[len(fraction) :] if point else ""
    try:
        return datetime.fromisoformat(f"{whole}{point}{fraction[:6]}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
