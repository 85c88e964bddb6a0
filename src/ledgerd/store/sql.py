"""Named statements: each file of ``queries`` holds statements under ``-- name:`` headers."""

import re
from collections.abc import Callable, Iterable
from importlib import resources
from typing import TypeVar

from ledgerd.core.model.figures import DEFERRED, Status


class Statements:
    """The statements of a file. A class of each file declares their names."""

    def __init__(self, **statements: str) -> None:
        """Raises TypeError where these are not the declared ones."""
        differ = type(self).__annotations__.keys() ^ statements.keys()
        if differ:
            raise TypeError(f"{type(self).__name__} and its file differ in {', '.join(sorted(differ))}")
        # Not a dataclass: to make so many of them would take a process longer than all else that it begins with.
        self.__dict__.update(statements)


_Statements = TypeVar("_Statements", bound=Statements)

_HEADER = re.compile(r"^-- name: (.+)$", re.MULTILINE)
_DESCRIPTION = re.compile(r"(?:--.*\n)*")
_IS_DEFERRED = re.compile(r"\bis_deferred\(([a-z_.]+)\)")
_DEFERRED = ", ".join(f"'{status}'" for status in Status if status in DEFERRED)
_DIVIDES_LATE = re.compile(r"\bdivides_late\(([a-z_.]+)\)")
_LATE = (
    r"(\1::json -> 'available' IS NOT NULL"
    r""" OR jsonb_path_exists(\1::jsonb, '$.sources[*].part ? (@ starts with "available ")'))"""
)


def load(shape: type[_Statements], file_name: str, replaced: Callable[[str], str] = str) -> _Statements:
    """The statements of a file, in an object of the class that declares the name of each statement.

    ``is_deferred(column)`` in a statement becomes a comparison with the statuses of core: the planner knows the same
    comparison from partial indexes. ``divides_late(column)`` becomes what request_json.divides_late asks of the text
    of a split, as schema.sql asks it. ``replaced`` gives the text of a statement as it is sent, from the text as
    written.

    Raises TypeError where the class and the file do not name the same statements.
    """
    statements = {}
    for name, description_and_text in named(read(file_name)):
        text = _DESCRIPTION.sub("", description_and_text, count=1).strip()
        text = _DIVIDES_LATE.sub(_LATE, _IS_DEFERRED.sub(rf"\1 IN ({_DEFERRED})", text))
        statements[name] = replaced(text)
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

    Lists travel to PostgreSQL like this: one text is cheaper to build and to read than an array of typed values.
    """
    return "{" + ",".join(items) + "}"


def as_numbers(numbers: Iterable[int]) -> str:
    """An array literal of integers. Python writes a whole list in half the time that it needs for each integer."""
    return "{" + str(list(numbers))[1:-1] + "}"
