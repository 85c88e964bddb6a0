"""Named queries: each ``queries/*.sql`` file holds statements under ``-- name:`` headers."""

import re
from collections.abc import Iterable
from importlib import resources
from types import SimpleNamespace

_HEADER = re.compile(r"^-- name: ([a-z_]+)$", re.MULTILINE)


def load(file_name: str) -> SimpleNamespace:
    """The file's statements as attributes. A missing name is an AttributeError at first use."""
    text = resources.files("ledgerd.store").joinpath("queries", file_name).read_text(encoding="utf-8")
    parts = _HEADER.split(text)[1:]
    return SimpleNamespace(**{name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)})


def as_array(items: Iterable[str]) -> str:
    """An array literal of values that need no quoting: keys and numbers.

    Lists travel to PostgreSQL like this, because one text is cheaper to build and to read than an
    array of typed values.
    """
    return "{" + ",".join(items) + "}"


def as_numbers(numbers: Iterable[int]) -> str:
    """The same of integers. Python writes a whole list of them in half the time that one by one takes."""
    return "{" + str(list(numbers))[1:-1] + "}"
