"""Matching rules as JSON text, as tables keep them. Decimals are texts, so nothing is rounded.

Equal rules have equal text: what has its default is left out, sets are sorted, numbers and times have one spelling.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from ledgerd.core.model.matching_rule import MatchingRule

_RULES = TypeAdapter(tuple[MatchingRule, ...])


def dump_rules(rules: Sequence[MatchingRule]) -> str:
    """The text that load_rules reads."""
    plain = _plain(_RULES.dump_python(tuple(rules), exclude_defaults=True))
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def load_rules(text: str) -> tuple[MatchingRule, ...]:
    """The rules that dump_rules wrote, now or in another version: what that did not know has its default, and what is
    not known here is left out."""
    return _RULES.validate_json(text)


def _plain(value: Any) -> object:
    """A value of a rule as JSON has it, spelled in the one way that equal values have in common."""
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(str(member) for member in value)
    if isinstance(value, tuple | list):
        return [_plain(member) for member in value]
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value


def _decimal(value: Decimal) -> str:
    """All digits, without an exponent and without zeros that say nothing."""
    text = format(value, "f") if value else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text
