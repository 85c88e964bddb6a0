"""JSON as a stream: the elements of one array, each as its text, however long the file is."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.reading import Bounds, RecordRejected, reject_file

NAMES_MAX = 10_000
_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^ \t\r\n,\[\]{}\":]*")
_OUTSIDE = re.compile(r'["\[\]{}]')
_IN_STRING = re.compile(r'["\\]')


class JsonNumber(str):
    """A number of JSON, as its text: no float, and of JSON's form whatever the profile says of numbers in strings."""

    __slots__ = ()


def parse(text: str, bounds: Bounds) -> Any:
    """One value. Raises ``json.JSONDecodeError`` where it is none, and rejects what is ambiguous or too deep."""
    if text.count("{") + text.count("[") > bounds.depth and _depth(text) > bounds.depth:
        raise RecordRejected(FaultCode.LIMIT_EXCEEDED, "", f"Objects are nested deeper than {bounds.depth}.")
    return _DECODER.decode(text)


def _depth(text: str) -> int:
    """How deep the value is nested, which the decoder must not find out: it would recurse."""
    depth = deepest = at = 0
    while found := _OUTSIDE.search(text, at):
        at = found.end()
        if found[0] == '"':
            at = _string_end(text, at)
            if at < 0:
                break
        depth += found[0] in "{["
        depth -= found[0] in "}]"
        deepest = max(deepest, depth)
    return deepest


def _string_end(text: str, at: int) -> int:
    """Behind the quote that ends the string; -1 where the text ends before."""
    while found := _IN_STRING.search(text, at):
        if found[0] == '"':
            return found.end()
        at = found.end() + 1
    return -1


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RecordRejected(FaultCode.SYNTAX_INVALID, "", "An object has the same name twice.")
    return members


def _constant(_: str) -> NoReturn:
    raise RecordRejected(FaultCode.SYNTAX_INVALID, "", "NaN and Infinity are no JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_constant
)


class JsonText:
    """Reads an array out of pieces of text. Holds one element, or one value that it passes over, at a time."""

    def __init__(self, pieces: Iterator[str], bounds: Bounds) -> None:
        self._pieces = pieces
        self._bounds = bounds
        self._buffer = ""
        self._at = 0
        self._line = 1
        self._name_chars = 0

    def array(self, path: list[str]) -> Iterator[tuple[int, str]]:
        """The line number and the text of each element of the array under these names, from the outermost on."""
        yield from self._array_in(path)
        if self._peek():
            self._reject("Text follows the end of the JSON.")

    def _array_in(self, path: list[str]) -> Iterator[tuple[int, str]]:
        if not path:
            yield from self._elements()
            return
        self._expect("{", "The profile's path goes through something that is no object.")
        names: set[str] = set()
        while self._peek() != "}" or names:
            names.add(name := self._name(names))
            if name == path[0]:
                yield from self._array_in(path[1:])
            else:
                self._parsed(self._value())
            if self._peek() != ",":
                break
            self._at += 1
        self._expect("}")
        if path[0] not in names:
            reject_file(FaultCode.COLUMNS_INVALID, "The file has nothing under the profile's path of records.")

    def _elements(self) -> Iterator[tuple[int, str]]:
        self._expect("[", "The records are in no array.")
        if self._peek() != "]":
            while True:
                self._peek()
                line = self._line
                yield line, self._value()
                if self._peek() != ",":
                    break
                self._at += 1
        self._expect("]")

    def _name(self, names: set[str]) -> str:
        if self._peek() != '"':
            self._reject("A name is missing.")
        text = self._value()
        self._name_chars += len(text)
        if self._name_chars > self._bounds.record_bytes:
            reason = f"The names around the records have more than {self._bounds.record_bytes} characters."
            reject_file(FaultCode.LIMIT_EXCEEDED, reason, line=self._line)
        name = self._parsed(text)
        self._expect(":")
        if name in names:
            self._reject("An object has the same name twice.")
        if len(names) >= NAMES_MAX:
            reject_file(FaultCode.LIMIT_EXCEEDED, f"An object has more than {NAMES_MAX} names.", line=self._line)
        return str(name)

    def _parsed(self, text: str) -> Any:
        try:
            return parse(text, self._bounds)
        except json.JSONDecodeError:
            self._reject()
        except RecordRejected as rejected:
            reject_file(rejected.code, rejected.reason, line=self._line)

    def _reject(self, reason: str = "The file is no JSON.") -> NoReturn:
        reject_file(FaultCode.SYNTAX_INVALID, reason, line=self._line)

    def _expect(self, character: str, reason: str = "The file is no JSON.") -> None:
        if self._peek() != character:
            self._reject(reason)
        self._at += 1

    def _fill(self) -> bool:
        """Read on, without what is consumed."""
        piece = next((piece for piece in self._pieces if piece), "")
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        if len(self._buffer) > self._bounds.record_bytes + len(piece):
            reason = f"A value has more than {self._bounds.record_bytes} characters."
            reject_file(FaultCode.LIMIT_EXCEEDED, reason, line=self._line)
        return bool(piece)

    def _peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            end = _end_of(_SPACE, self._buffer, self._at)
            self._line += self._buffer.count("\n", self._at, end)
            self._at = end
            if end < len(self._buffer):
                return self._buffer[end]
            if not self._fill():
                return ""

    def _value(self) -> str:
        """The text of the next value, found by its brackets and quotes: parsing it shows whether it is JSON."""
        first = self._peek()
        length = self._structure() if first in ("{", "[", '"') else self._scalar()
        text = self._buffer[self._at : self._at + length]
        if not text:
            self._reject("A value is missing.")
        self._at += length
        self._line += text.count("\n")
        return text

    def _scalar(self) -> int:
        while (end := _end_of(_SCALAR, self._buffer, self._at)) == len(self._buffer):
            if not self._fill():
                break
        return end - self._at

    def _structure(self) -> int:
        # Positions are counted from the value's beginning, where reading on puts the beginning of the buffer.
        depth, at, in_string = 0, 0, False
        while True:
            found = (_IN_STRING if in_string else _OUTSIDE).search(self._buffer, self._at + at)
            if found is None:
                at = max(at, len(self._buffer) - self._at)
                if not self._fill():
                    self._reject("A string, object or array is not closed.")
                continue
            at = found.end() - self._at
            sign = found[0]
            if sign == "\\":
                at += 1
            elif sign == '"':
                in_string = not in_string
            else:
                depth += 1 if sign in "{[" else -1
            if depth <= 0 and not in_string:
                return at
            if depth > self._bounds.depth:
                reason = f"Objects are nested deeper than {self._bounds.depth}."
                reject_file(FaultCode.LIMIT_EXCEEDED, reason, line=self._line)


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
