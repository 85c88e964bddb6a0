"""What a list or watch is narrowed by: comparisons that must all hold.

Reading the text is the edge's part (wire/filters.py), finding the rows that of the store.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple


class Comparator(StrEnum):
    """How a field is compared; the values are both the filter's and SQL's spelling."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


Value = str | int | datetime
"""Text, the number of an id, or a time."""

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

    def holds(self, actual: Value) -> bool:
        """Whether a field with this value fits. An absent text is empty."""
        return _COMPARE[self.comparator](actual, self.value)
