"""Records of BAI2: a line and its continuations, as fields.

Read here and not by the library ``bai2``. It holds the whole file. It decides by the number of commas whether a
continuation begins a new field, and joins two amounts into one where it is mistaken. One unknown code loses the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.reading import ReadContext, reject_file
from ledgerd.reconciliation.formats.text_lines import TextLine, text_lines

CONTINUATION = "88"
END = "/"


@dataclass(slots=True)
class Bai2Record:
    """``rows`` has what stands behind the code of each line, without the sign that ends it."""

    code: str
    line: int
    rows: list[str]
    raws: list[str] = field(default_factory=list)
    problem: FaultCode | None = None
    reason: str = ""

    @property
    def raw(self) -> str:
        return "\n".join(self.raws)


class Fields:
    """Takes a record's fields one by one. A field may stand on the next line, never on two."""

    def __init__(self, record: Bai2Record) -> None:
        self._rows = [row.split(",") for row in record.rows]
        self._row = 0
        self._at = 0

    def is_at_end(self) -> bool:
        while self._row < len(self._rows) and self._at >= len(self._rows[self._row]):
            self._row, self._at = self._row + 1, 0
        return self._row >= len(self._rows)

    def take(self) -> str:
        """The next field; empty where there is none."""
        if self.is_at_end():
            return ""
        self._at += 1
        return self._rows[self._row][self._at - 1].strip()

    def text(self) -> str:
        """All that is left, commas and all."""
        if self.is_at_end():
            return ""
        first, *rest = self._rows[self._row :]
        return " ".join(text for row in (first[self._at :], *rest) if (text := ",".join(row).strip()))


def bai2_records(source: BinaryIO, context: ReadContext) -> Iterator[Bai2Record]:
    """The records of the file, each with its continuations."""
    bounds = context.bounds
    pending: Bai2Record | None = None
    length = 0
    for line in text_lines(source, context.profile.encoding, bounds):
        if not line.text.strip():
            continue
        code, row = _split(line)
        length = length + len(line.text) if code == CONTINUATION else 0
        if length > bounds.line_chars:
            reason = f"A record has more than {bounds.line_chars} characters in its continuations."
            reject_file(FaultCode.LIMIT_EXCEEDED, reason, line=line.number, name=code)
        if code != CONTINUATION:
            if pending:
                yield pending
            pending = Bai2Record(code, line.number, [])
        elif pending is None:
            reject_file(FaultCode.FORMAT_UNKNOWN, "The file begins with a continuation.", line=line.number, name=code)
        pending.rows.append(row)
        pending.raws.append(line.text)
        if line.problem and not pending.problem:
            pending.problem, pending.reason = line.problem, line.reason
    if pending:
        yield pending


def _split(line: TextLine) -> tuple[str, str]:
    text = line.text.strip()
    code, comma = text[:2], text[2:3]
    if not (code.isascii() and code.isdecimal()) or comma not in (",", END, ""):
        reason = "The line does not begin with the code of a record."
        reject_file(FaultCode.FORMAT_UNKNOWN, reason, line=line.number)
    return code, text[3:].removesuffix(END) if comma == "," else ""
