"""Tables of a reconciliation as CSV (RFC 4180) or JSON lines: row by row, so that memory does not grow with them.

JSON lines are exact, and ASCII: no text of others ends a line or turns its direction. CSV is for spreadsheets, which
run what looks like a formula: a text that begins like one gets a ' in front. Amounts are plain decimals, so they stay
numbers.
"""

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice

from ledgerd.core.model.amount import decimal_text

PIECE_ROWS = 500
"""So many rows are encoded at a time."""
_FORMULA = frozenset("=+-@")
_CONTROL = frozenset("\t\r\n")


class ExportFormat(StrEnum):
    CSV = "CSV"
    JSONL = "JSONL"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of its currency at a precision."""

    minor: int
    precision: int

    def __str__(self) -> str:
        return decimal_text(self.minor, self.precision)


Cell = str | int | date | Money | None
ExportRow = tuple[Cell, ...]


class Writer:
    """Writes rows of one table: the beginning, then any number of pieces."""

    def __init__(self, columns: tuple[str, ...], written_as: ExportFormat) -> None:
        self._columns = columns
        self._is_csv = written_as is ExportFormat.CSV

    def begin(self) -> bytes:
        """What stands before the rows: in CSV the names of the columns."""
        return self._csv([self._columns]) if self._is_csv else b""

    def rows(self, rows: Iterable[ExportRow]) -> bytes:
        """These rows."""
        if self._is_csv:
            return self._csv([_csv_cell(cell) for cell in row] for row in rows)
        return b"".join(self._json(row) for row in rows)

    def pieces(self, rows: Iterable[ExportRow]) -> Iterator[bytes]:
        """The whole table, a piece at a time."""
        if beginning := self.begin():
            yield beginning
        remaining = iter(rows)
        while piece := list(islice(remaining, PIECE_ROWS)):
            yield self.rows(piece)

    def _csv(self, rows: Iterable[Iterable[str]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        return text.getvalue().encode(errors="replace")

    def _json(self, row: ExportRow) -> bytes:
        cells = {name: _json_cell(cell) for name, cell in zip(self._columns, row, strict=True) if cell is not None}
        return (json.dumps(cells) + "\n").encode()


def neutralized(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with a ' in front where it begins like one, spaces aside.

    Some take the full-width forms of these signs for the others, so they count as well.
    """
    begins = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return f"'{text}" if text[:1] in _CONTROL or begins[:1] in _FORMULA else text


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return neutralized(cell) if isinstance(cell, str) else str(cell)


def _json_cell(cell: Cell) -> str | int | None:
    return cell if isinstance(cell, str | int | None) else str(cell)
