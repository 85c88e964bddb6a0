"""What every reader of files is given and gives: the seam of all formats.

A reader is a generator over one open file. It gives records, faults and statements in the order of the file, each
statement after the records that it covers, and holds no more than its bounds allow, whatever the file. What is wrong
with one record is a fault, and reading goes on; ``FileRejected`` ends everything, and what was read before is dropped.
``files.read_file`` opens archives, picks the reader, and bounds the bytes, records and statements of every format; the
other bounds are the readers' own.

Inside a reader a record that cannot be read is a ``RecordRejected``: helpers here raise it, the reader catches it in
one place for each record and turns it into a fault with its line and text.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING, BinaryIO, NoReturn, TypeAlias

from ledgerd.core.model import limits
from ledgerd.core.model.amount import minor_units, parse_decimal
from ledgerd.core.model.external_record import (
    RAW_CHARS,
    TEXT_CHARS,
    BankStatement,
    ExternalRecord,
    FaultCode,
    FileRejected,
    RecordFault,
)
from ledgerd.core.model.format_profile import FormatProfile
from ledgerd.core.model.text import is_label

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Item: TypeAlias = ExternalRecord | RecordFault | BankStatement

IDENTIFIER_CHARS = limits.LABEL_MAX_CHARS
REPLACEMENT = "\ufffd"
_NUMBER = re.compile(r"([+-]?)0*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The most that one file may have. What passes a bound rejects the file, except where the bound says otherwise."""

    input_bytes: int = 256 * 1024 * 1024
    """Of the file as it arrives. A month of a large company's camt.053 has about 100 MB."""
    output_bytes: int = 1024 * 1024 * 1024
    """Of everything that comes out of an archive. XML packs well: 1 GiB of it arrives as about 50 MB."""
    ratio: int = 200
    """Bytes out of an archive for each byte of it, above the first MiB. Repetitive XML reaches 60, zeros 1,000."""
    members: int = 1_000
    """Files in an archive: a year of daily statements of some accounts."""
    records: int = 1_000_000
    """Records and faults of a file together."""
    statements: int = 10_000
    """Statements, or pages of them, in a file. One for each account and day of a month is a few hundred."""
    lines: int = 10_000_000
    """Lines of a file that is text, empty ones included. A record of MT940 has three to eight."""
    elements: int = 20_000_000
    """Beginnings and ends of elements, and values, in an OFX file. A record has about ten."""
    line_chars: int = 64 * 1024
    """Characters of one line, or of one field that has several lines. Real ones stay below 2,000."""
    record_bytes: int = 1024 * 1024
    """Bytes of the file between the ends of two records (XML, JSON): what a reader holds at once."""
    depth: int = 64
    """How deep elements or objects may be nested. camt needs 16."""
    details: int = 10_000
    """Payments that one entry lists. An entry with more is read as one BATCH, with a fault: it is held in memory until
    its last payment proves its sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContext:
    """What the source says about its files, and the bounds that hold for all."""

    profile: FormatProfile
    currency: str = ""
    """Of records that name none; empty where the source has no default."""
    precisions: Mapping[str, int]
    """Minor units for each major unit, by currency. A currency that is absent here is CURRENCY_INVALID."""
    zone: tzinfo
    """Of times that name none, and of the day that a time belongs to."""
    bounds: Bounds = field(default_factory=Bounds)


Reader: TypeAlias = Callable[[BinaryIO, ReadContext], Iterator[Item]]


class RecordRejected(Exception):
    """One record cannot be read, and the file goes on. ``reason`` never quotes the file."""

    def __init__(self, code: FaultCode, name: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.name = name
        self.reason = reason

    def fault(self, line: int, raw: str = "") -> RecordFault:
        return RecordFault(line, self.name, self.code, self.reason, cut(raw, RAW_CHARS))


def reject_file(code: FaultCode, reason: str, *, line: int = 0, name: str = "", raw: str = "") -> NoReturn:
    """End the reading of this file."""
    raise FileRejected(RecordFault(line, name, code, reason, cut(raw, RAW_CHARS)))


def precision_of(currency: str, context: ReadContext) -> int:
    """The precision of a currency that the source's accounts have."""
    precision = context.precisions.get(currency)
    if precision is None:
        raise RecordRejected(
            FaultCode.CURRENCY_INVALID,
            "currency",
            "The source has no such currency." if currency else "The record names no currency, and its source neither.",
        )
    return precision


def minor_amount(text: str, precision: int, name: str = "amount") -> int:
    """A plain decimal ("-120.50", "+7", "007.5", ".5") in minor units, exactly. Zeros at either end do not count.

    Thousands' separators and decimal commas are the format's own: its reader takes them out before.
    """
    if not text:
        raise RecordRejected(FaultCode.FIELD_MISSING, name, "The amount is missing.")
    number = _NUMBER.fullmatch(text) if len(text) <= limits.AMOUNT_TEXT_MAX_CHARS else None
    sign, digits = (number[1], number[2]) if number else ("", "")
    whole, point, fraction = digits.partition(".")
    quantity = parse_decimal(f"{whole or '0'}{point if fraction else ''}{fraction}") if number else None
    if quantity is None:
        raise RecordRejected(FaultCode.AMOUNT_INVALID, name, "The amount is no plain decimal.")
    minor = minor_units(quantity, precision)
    if minor is None:
        raise RecordRejected(
            FaultCode.AMOUNT_TOO_PRECISE, name, "The amount has more decimals than its currency has in the ledger."
        )
    if minor >= limits.AMOUNT_BOUND_MINOR_UNITS:
        raise RecordRejected(FaultCode.AMOUNT_INVALID, name, "The amount has more than 36 digits in minor units.")
    return -minor if sign == "-" else minor


def identifier(text: str, name: str) -> str:
    """A key, reference, account or group key as it stands, without the white space around it.

    Records are told apart and found by these, so nothing in them is replaced or cut off: they are rejected.
    """
    value = text.strip()
    if value and not is_label(value, IDENTIFIER_CHARS):
        raise RecordRejected(
            FaultCode.TEXT_INVALID,
            name,
            f"It must have 1 to {IDENTIFIER_CHARS} printable characters on one line.",
        )
    return value


def prose(text: str, max_chars: int = TEXT_CHARS) -> str:
    """A description or a name: white space of any kind becomes one space, what exceeds the maximum is cut off, and each
    character that a text may not have (controls, overrides of writing direction) is replaced by U+FFFD."""
    value = " ".join(text.split())
    if len(value) > max_chars:
        value = value[:max_chars].rstrip()
    if not value or is_label(value, max_chars):
        return value
    return "".join(character if is_label(character, 1) else REPLACEMENT for character in value)


def replacements(record: ExternalRecord) -> Iterator[RecordFault]:
    """The faults that say where ``prose`` replaced characters of this record; to be given before it."""
    for name, text in (("description", record.description), ("counterparty", record.counterparty)):
        if REPLACEMENT in text:
            reason = "It has characters that a text may not have; U+FFFD stands for each. The record was read."
            yield RecordFault(record.line, name, FaultCode.TEXT_INVALID, reason, record.raw)


def raw_text(text: str) -> str:
    """What a record or a fault keeps of the file: cut off, and without NUL, which no database takes."""
    return cut(text, RAW_CHARS).replace("\0", REPLACEMENT)


def cut(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[:max_chars]


class BoundedSource(io.RawIOBase):
    """Reads a file in pieces and rejects it when it has more bytes than it may have."""

    def __init__(self, source: BinaryIO, max_bytes: int) -> None:
        self._source = source
        self._left = max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        size = 0
        while size < len(view) and (data := self._source.read(len(view) - size)):
            view[size : size + len(data)] = data
            size += len(data)
        self._left -= size
        if self._left < 0:
            reject_file(FaultCode.LIMIT_EXCEEDED, "The file has more bytes than a file may have.")
        return size


def counted(items: Iterator[Item], bounds: Bounds) -> Iterator[Item]:
    """The same items; the file is rejected where it has more of them than it may have."""
    records, statements = bounds.records, bounds.statements
    for item in items:
        if isinstance(item, BankStatement):
            statements -= 1
        else:
            records -= 1
        if records < 0:
            reject_file(FaultCode.LIMIT_EXCEEDED, "The file has more records than a file may have.")
        if statements < 0:
            reject_file(FaultCode.LIMIT_EXCEEDED, "The file has more statements than a file may have.")
        yield item
