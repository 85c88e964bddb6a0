"""JSON and JSON lines. Elements are read one at a time; numbers stay the text that they are in the file."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from ledgerd.core.model.external_record import ExternalRecord, FaultCode
from ledgerd.reconciliation.formats.json_text import JsonText, parse
from ledgerd.reconciliation.formats.mapped import MappedReader
from ledgerd.reconciliation.formats.reading import (
    Item,
    ReadContext,
    RecordRejected,
    raw_text,
    reject_file,
    replacements,
)
from ledgerd.reconciliation.formats.text_lines import decoded, is_undecoded, readable, text_lines

PATH_MAX = 16


def read(source: BinaryIO, context: ReadContext) -> Iterator[Item]:
    """The records and faults of a JSON file: an array, or one object that has it under the profile's path."""
    mapped = _Mapped(context)
    elements = JsonText(decoded(source, context.profile.encoding), context.bounds)
    path = context.profile.records_path.split(".") if context.profile.records_path else []
    if len(path) > PATH_MAX:
        reject_file(FaultCode.LIMIT_EXCEEDED, f"The path of the records has more than {PATH_MAX} parts.")
    for line, text in elements.array(path):
        yield from mapped.items(text, line)


def read_lines(source: BinaryIO, context: ReadContext) -> Iterator[Item]:
    """The records and faults of a file that has one JSON object on each line."""
    mapped = _Mapped(context)
    for line in text_lines(source, context.profile.encoding, context.bounds):
        if line.problem:
            yield RecordRejected(line.problem, "", line.reason).fault(line.number, line.text)
        elif line.text.strip():
            yield from mapped.items(line.text, line.number, alone=True)


class _Mapped:
    """Records from the text of one element."""

    def __init__(self, context: ReadContext) -> None:
        self._mapped = MappedReader(context)
        self._bounds = context.bounds
        self._paths = {field: path.split(".") for field, path in context.profile.columns.items()}

    def items(self, text: str, line: int, *, alone: bool = False) -> Iterator[Item]:
        found: list[ExternalRecord] = []
        raw = raw_text(readable(text))
        try:
            if is_undecoded(text):
                raise RecordRejected(FaultCode.ENCODING_INVALID, "", "The element is not in the encoding of the file.")
            found.extend(self._mapped.records(self._texts(self._element(text, line, alone)), line, raw))
        except RecordRejected as rejected:
            yield rejected.fault(line, raw)
        for record in found:
            yield from replacements(record)
            yield record

    def _element(self, text: str, line: int, alone: bool) -> Any:
        try:
            return parse(text, self._bounds)
        except json.JSONDecodeError:
            reason = "The element is no JSON."
            if alone:
                raise RecordRejected(FaultCode.SYNTAX_INVALID, "", reason) from None
            # Where one element ends and the next begins is known by JSON alone.
            reject_file(FaultCode.SYNTAX_INVALID, reason, line=line, raw=raw_text(text))

    def _texts(self, element: Any) -> dict[str, str]:
        if not isinstance(element, dict):
            raise RecordRejected(FaultCode.SYNTAX_INVALID, "", "The element is no object.")
        return {field: _text_at(element, path, field) for field, path in self._paths.items()}


def _text_at(element: Any, path: list[str], field: str) -> str:
    """The text under the path. What is absent or null is empty; the mapping says which fields may be."""
    value = element
    for name in path:
        if value is None:
            return ""
        if not isinstance(value, dict):
            raise RecordRejected(FaultCode.SYNTAX_INVALID, field, "The path goes through something that is no object.")
        value = value.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise RecordRejected(FaultCode.SYNTAX_INVALID, field, "The value is an object or an array.")
    return value
