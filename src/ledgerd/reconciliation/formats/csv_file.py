"""CSV as its profile declares it. A row is read wholly or is a fault; what stands after a broken quote is not read."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from ledgerd.core.model.external_record import ExternalRecord, FaultCode
from ledgerd.core.model.format_profile import FormatProfile
from ledgerd.reconciliation.formats.mapped import MappedReader
from ledgerd.reconciliation.formats.reading import (
    Item,
    ReadContext,
    RecordRejected,
    raw_text,
    reject_file,
    replacements,
)
from ledgerd.reconciliation.formats.text_lines import text_lines

SKIP_LINES_MAX = 100
COLUMNS_MAX = 1_000


def read(source: BinaryIO, context: ReadContext) -> Iterator[Item]:
    """The records and faults of a CSV file."""
    profile = context.profile
    mapped = MappedReader(context)
    rows = _Rows(source, context)
    columns: dict[str, int] = {}
    width = 0
    for cells in rows:
        if isinstance(cells, RecordRejected):
            if not width and profile.has_header:
                reject_file(cells.code, cells.reason, line=rows.line, raw=rows.raw)
            yield cells.fault(rows.line, rows.raw)
        elif not any(cells):
            continue
        elif not width:
            width = len(cells)
            columns = _columns(profile, cells, rows.line)
            if not profile.has_header:
                yield from _read_row(mapped, columns, cells, rows)
        elif len(cells) != width:
            reason = f"The row has {len(cells)} columns, and the first one has {width}."
            yield RecordRejected(FaultCode.COLUMNS_INVALID, "", reason).fault(rows.line, rows.raw)
        else:
            yield from _read_row(mapped, columns, cells, rows)
    if not width and profile.has_header:
        reject_file(FaultCode.COLUMNS_INVALID, "The file has no header.")


def _read_row(mapped: MappedReader, columns: dict[str, int], cells: list[str], rows: "_Rows") -> Iterator[Item]:
    raw = raw_text(rows.raw)
    found: list[ExternalRecord] = []
    try:
        found.extend(mapped.records({name: cells[n] for name, n in columns.items()}, rows.line, raw))
    except RecordRejected as rejected:
        yield rejected.fault(rows.line, raw)
    for record in found:
        yield from replacements(record)
        yield record


def _columns(profile: FormatProfile, cells: list[str], line: int) -> dict[str, int]:
    """Where each field stands, by the names in the header or by the numbers of the columns."""
    if len(cells) > COLUMNS_MAX:
        reject_file(FaultCode.LIMIT_EXCEEDED, f"The file has more than {COLUMNS_MAX} columns.", line=line)
    names = [cell.strip() for cell in cells] if profile.has_header else [str(n + 1) for n in range(len(cells))]
    for field, name in profile.columns.items():
        if names.count(name) != 1:
            reason = "The file has the column twice." if name in names else "The file does not have the column."
            reject_file(FaultCode.COLUMNS_INVALID, reason, line=line, name=field)
    return {field: names.index(name) for field, name in profile.columns.items()}


class _Rows:
    """Rows of a CSV file, or why one cannot be read. ``line`` and ``raw`` are those of the row that came last."""

    def __init__(self, source: BinaryIO, context: ReadContext) -> None:
        profile = context.profile
        self.line = 0
        self._quote = profile.quote
        self._chars = context.bounds.line_chars
        self._lines = text_lines(source, profile.encoding, context.bounds)
        self._read: list[str] = []
        self._problem: RecordRejected | None = None
        if not 0 <= profile.skip_lines <= SKIP_LINES_MAX:
            reject_file(FaultCode.LIMIT_EXCEEDED, f"The profile skips more than {SKIP_LINES_MAX} lines.")
        for _ in range(profile.skip_lines):
            next(self._lines, None)
        try:
            # Strict, so that a quote which does not end where it must is an error and no text.
            self._reader = csv.reader(
                self._feed(),
                delimiter=profile.delimiter,
                quotechar=profile.quote or None,
                quoting=csv.QUOTE_MINIMAL if profile.quote else csv.QUOTE_NONE,
                strict=True,
            )
        except (TypeError, ValueError):
            reject_file(FaultCode.SYNTAX_INVALID, "The profile's delimiter or quote is not one character.")

    @property
    def raw(self) -> str:
        return "\n".join(self._read)

    def __iter__(self) -> Iterator[list[str] | RecordRejected]:
        while True:
            self._read.clear()
            self._problem = None
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                yield self._broken()
            else:
                yield self._problem or row

    def _feed(self) -> Iterator[str]:
        """The lines as the reader asks for them: more than one at a time only inside quotes."""
        length = 0
        for line in self._lines:
            if not self._read:
                self.line, length = line.number, 0
            self._read.append(line.text)
            length += len(line.text) + 1
            if length > self._chars + 1:
                reject_file(
                    FaultCode.LIMIT_EXCEEDED, "A quote is not closed within what a line may have.", line=self.line
                )
            if line.problem:
                self._problem = self._problem or RecordRejected(line.problem, "", line.reason)
                # With the problem's characters replaced the line still has its quotes, and so ends where it ends.
            yield line.text + "\n"

    def _broken(self) -> RecordRejected:
        # Where the quotes of one line are balanced, the next line is outside of them. Otherwise nobody knows.
        if len(self._read) > 1 or self.raw.count(self._quote) % 2:
            reason = "A quote is not closed, or text follows a closing quote. What comes after it cannot be read."
            reject_file(FaultCode.SYNTAX_INVALID, reason, line=self.line, raw=raw_text(self.raw))
        return self._problem or RecordRejected(FaultCode.SYNTAX_INVALID, "", "Text follows a closing quote.")
