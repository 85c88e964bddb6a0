"""Filter texts: ``field op value`` joined by ``AND``, a subset of AIP-160. No parentheses, no OR.

status = APPLIED AND group = "payroll 2026" AND create_time >= 2026-03-01T00:00:00Z
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ledgerd.core.model import ids, limits
from ledgerd.core.model.filter import Comparator, Term, Value
from ledgerd.core.model.rejection import Reason, Rejected, reject

_FIELD = re.compile(r"\s*([a-z][a-z0-9_]*)", re.ASCII)
_COMPARATOR = re.compile(r"\s*(!=|<=|>=|=|<|>)")
_VALUE = re.compile(r"""\s*(?:"((?:[^"\\]|\\["\\])*)"|'((?:[^'\\]|\\['\\])*)'|([^\s"'()<>=!]+))""")
_AND = re.compile(r"\s+AND(?=\s)")
_END = re.compile(r"\s*$")
_ESCAPED = re.compile(r"\\(.)")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_EXCERPT_CHARS = 200

Read = Callable[[str], Value | None]
"""Reads a value of one type; None where the text is not one."""

_BY_IDENTITY = frozenset({Comparator.EQUAL, Comparator.NOT_EQUAL})
_ALL = frozenset(Comparator)


class Kind:
    """The type of a field: how its values are read, and which comparisons make sense."""

    def __init__(self, read: Read, comparators: frozenset[Comparator], expected: str) -> None:
        self.read = read
        self.comparators = comparators
        self.expected = expected


def text() -> Kind:
    """Any text without NUL, compared by code point."""
    return Kind(lambda value: None if "\0" in value else value, _ALL, "text without NUL")


def id_of(prefix: str) -> Kind:
    """An id with this prefix."""

    return Kind(lambda value: ids.decode(prefix, value), _BY_IDENTITY, f"an id that begins with {prefix}_")


def enum(wrapper: Any, prefix: str) -> Kind:
    """A value of this enum, with or without the prefix of its names: APPLIED."""
    names = {name.removeprefix(prefix) for name in wrapper.keys()} - {"UNSPECIFIED"}  # noqa: SIM118, not a dict

    def read(value: str) -> Value | None:
        short = value.removeprefix(prefix)
        return short if short in names else None

    return Kind(read, _BY_IDENTITY, f"one of {', '.join(sorted(names))}")


def time() -> Kind:
    """A time as RFC 3339 has it, cut off after the microsecond."""
    return Kind(_read_time, _ALL, "a time as in 2026-03-01T00:00:00Z")


def parse(filter_text: str, kinds: Mapping[str, Kind]) -> tuple[Term, ...]:
    """The comparisons of a filter; none where it is empty.

    Raises Rejected with FILTER_INVALID, which says what is wrong and at which character.
    """
    if len(filter_text) > limits.FILTER_MAX_CHARS:
        raise _invalid(filter_text, 0, f"at most {limits.FILTER_MAX_CHARS} characters are allowed")
    terms: list[Term] = []
    at = 0
    while not _END.match(filter_text, at):
        if len(terms) == limits.FILTER_MAX_TERMS:
            raise _invalid(filter_text, at, f"at most {limits.FILTER_MAX_TERMS} comparisons are allowed")
        if terms:
            at = _expect(_AND, filter_text, at, "AND").end()
        term, at = _term(filter_text, at, kinds)
        terms.append(term)
    return tuple(terms)


def _term(filter_text: str, at: int, kinds: Mapping[str, Kind]) -> tuple[Term, int]:
    name = _expect(_FIELD, filter_text, at, "a field")
    kind = kinds.get(name[1])
    if kind is None:
        raise _invalid(filter_text, name.start(1), f"no such field; there are {', '.join(sorted(kinds))}")
    sign = _expect(_COMPARATOR, filter_text, name.end(), "one of = != < <= > >=")
    comparator = Comparator(sign[1])
    if comparator not in kind.comparators:
        raise _invalid(filter_text, sign.start(1), f"{name[1]} can only be compared with = and !=")
    match = _expect(_VALUE, filter_text, sign.end(), "a value")
    value = kind.read(_unquoted(match))
    if value is None:
        raise _invalid(filter_text, match.start(match.lastindex or 0), f"expected {kind.expected}")
    return Term(name[1], comparator, value), match.end()


def _expect(pattern: re.Pattern[str], filter_text: str, at: int, expected: str) -> re.Match[str]:
    match = pattern.match(filter_text, at)
    if match is None:
        raise _invalid(filter_text, at, f"expected {expected}")
    return match


def _unquoted(match: re.Match[str]) -> str:
    if match[3] is not None:
        return str(match[3])
    return _ESCAPED.sub(r"\1", match[1] if match[1] is not None else match[2])


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


def _invalid(filter_text: str, position: int, problem: str) -> Rejected:
    return reject(Reason.FILTER_INVALID, filter=filter_text[:_EXCERPT_CHARS], position=position, problem=problem)
