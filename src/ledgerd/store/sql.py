"""Named statements: each file of ``queries`` holds statements under ``-- name:`` headers."""

import re
from collections.abc import Callable, Iterable
from importlib import resources
from typing import TypeVar

_Statements = TypeVar("_Statements")

_HEADER = re.compile(r"^-- name: (.+)$", re.MULTILINE)
_DESCRIPTION = re.compile(r"(?:--.*\n)*")


def load(shape: Callable[..., _Statements], file_name: str, replaced: Callable[[str], str] = str) -> _Statements:
    """The statements of a file, in an object of the dataclass that declares the name of each one.

    ``replaced`` gives the text of a statement as it is sent, from the text as it is written.

    Raises TypeError where the dataclass and the file do not name the same statements.
    """
    statements = {}
    for name, description_and_text in named(read(file_name)):
        statements[name] = replaced(_DESCRIPTION.sub("", description_and_text, count=1).strip())
    return shape(**statements)


def read(file_name: str) -> str:
    """The text of a file of ``queries``."""
    return resources.files("ledgerd.store").joinpath("queries", file_name).read_text(encoding="utf-8")


def named(text: str) -> list[tuple[str, str]]:
    """The names in a file's text, each with what follows it: the description and the statement."""
    parts = _HEADER.split(text)[1:]
    return [(name, body.strip()) for name, body in zip(parts[::2], parts[1::2], strict=True)]


def as_array(items: Iterable[str]) -> str:
    """An array literal of values that need no quoting: keys and numbers.

    Lists travel to PostgreSQL like this, because one text is cheaper to build and to read than an
    array of typed values.
    """
    return "{" + ",".join(items) + "}"


def as_numbers(numbers: Iterable[int]) -> str:
    """The same of integers. Python writes a whole list of them in half the time that one by one takes."""
    return "{" + str(list(numbers))[1:-1] + "}"
