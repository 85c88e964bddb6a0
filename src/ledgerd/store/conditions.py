"""The conditions of a monitor as they are stored: [[field, comparison, threshold in minor units], …]."""

import json
from collections.abc import Iterable

from ledgerd.core.model.monitor import Comparison, Condition, Field


def to_lists(conditions: Iterable[Condition]) -> list[list[str]]:
    """The form that from_lists reads."""
    return [[condition.field.value, condition.comparison.value, str(condition.threshold)] for condition in conditions]


def from_lists(stored: Iterable[tuple[str, str, str]]) -> tuple[Condition, ...]:
    """The conditions that to_lists wrote."""
    return tuple(Condition(Field(field), Comparison(comparison), int(value)) for field, comparison, value in stored)


def to_json(conditions: Iterable[Condition]) -> str:
    """The stored form as JSON text."""
    return json.dumps(to_lists(conditions))
