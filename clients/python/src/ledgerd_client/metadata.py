"""Metadata from Python values. A value that would not arrive unchanged raises an error."""

import math
from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import NULL_VALUE, Struct, Value

EXACT_BOUND = 2**53
"""Numbers in metadata are doubles: from here on, two integers may be the same double."""
DEPTH_MAX = 8


def to_struct(metadata: Mapping[str, Any]) -> Struct:
    """Metadata for any message that has some: a ledger, a balance, a monitor, an identity, a draft.

    Args:
        metadata: Text by name, and whatever else JSON has: int, float, bool, None, lists (tuples count as lists) and
            mappings with names that are text. At most 8 levels deep and 16 KiB as JSON.

    Raises:
        TypeError: A name is not text, or a value is something else: a Decimal, a datetime, bytes. Write it as text.
        ValueError: An integer of 2^53 or more either way, which a double does not keep exactly: write it as text. A
            float that is not finite. More than 8 levels.
    """
    struct = Struct()
    _add_members(struct, metadata, "metadata", DEPTH_MAX)
    return struct


def _add_members(struct: Struct, members: Mapping[str, Any], at: str, depth: int) -> None:
    _check_depth(at, depth)
    for key, value in members.items():
        if not isinstance(key, str):
            raise TypeError(f"{at} has a {type(key).__name__} as a name: {key!r}. Names are text")
        _set(struct.fields[key], value, f"{at}[{key!r}]", depth)


def _set(field: Value, value: Any, at: str, depth: int) -> None:
    if value is None:
        field.null_value = NULL_VALUE
    elif isinstance(value, str):
        field.string_value = value
    elif isinstance(value, bool):
        field.bool_value = value
    elif isinstance(value, int | float):
        field.number_value = _number(value, at)
    elif isinstance(value, Mapping):
        field.struct_value.SetInParent()
        _add_members(field.struct_value, value, at, depth - 1)
    elif isinstance(value, list | tuple):
        _check_depth(at, depth - 1)
        field.list_value.SetInParent()
        for place, item in enumerate(value):
            _set(field.list_value.values.add(), item, f"{at}[{place}]", depth - 1)
    else:
        raise TypeError(f"{at} is a {type(value).__name__}, which metadata has no place for: write it as text")


def _number(value: int | float, at: str) -> float:
    if isinstance(value, int) and abs(value) >= EXACT_BOUND:
        raise ValueError(f"{at} is an integer that a double does not keep exactly: write it as text")
    if not math.isfinite(value):
        raise ValueError(f"{at} is not a finite number")
    return float(value)


def _check_depth(at: str, depth: int) -> None:
    if depth == 0:
        raise ValueError(f"{at} is more than {DEPTH_MAX} levels deep")
