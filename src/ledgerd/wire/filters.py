"""Filter texts: ``field op value`` joined by ``AND``, a subset of AIP-160. No parentheses, no OR.

status = APPLIED AND group = "payroll 2026" AND create_time >= 2026-03-01T00:00:00Z
"""

import re
from collections.abc import Mapping

from ledgerd.core.model import limits
from ledgerd.core.model.filter import Comparator, FieldType, Term
from ledgerd.core.model.rejection import Reason, Rejected, reject

_FIELD = re.compile(r"\s*([a-z][a-z0-9_]*)", re.ASCII)
_COMPARATOR = re.compile(r"\s*(!=|<=|>=|=|<|>)")
_VALUE = re.compile(r"""\s*(?:"((?:[^"\\]|\\["\\])*)"|'((?:[^'\\]|\\['\\])*)'|([^\s"'()<>=!]+))""")
_AND = re.compile(r"\s+AND(?=\s)")
_END = re.compile(r"\s*$")
_ESCAPED = re.compile(r"\\(.)")
_EXCERPT_CHARS = 200


def parse(filter_text: str, types: Mapping[str, FieldType]) -> tuple[Term, ...]:
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
        term, at = _term(filter_text, at, types)
        terms.append(term)
    return tuple(terms)


def _term(filter_text: str, at: int, types: Mapping[str, FieldType]) -> tuple[Term, int]:
    name = _expect(_FIELD, filter_text, at, "a field")
    field_type = types.get(name[1])
    if field_type is None:
        raise _invalid(filter_text, name.start(1), f"no such field; there are {', '.join(sorted(types))}")
    sign = _expect(_COMPARATOR, filter_text, name.end(), "one of = != < <= > >=")
    comparator = Comparator(sign[1])
    if comparator not in field_type.comparators:
        raise _invalid(filter_text, sign.start(1), f"{name[1]} can only be compared with = and !=")
    match = _expect(_VALUE, filter_text, sign.end(), "a value")
    value = field_type.read(_unquoted(match))
    if value is None:
        raise _invalid(filter_text, match.start(match.lastindex or 0), f"expected {field_type.expected}")
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


def _invalid(filter_text: str, position: int, problem: str) -> Rejected:
    return reject(Reason.FILTER_INVALID, filter=filter_text[:_EXCERPT_CHARS], position=position, problem=problem)
