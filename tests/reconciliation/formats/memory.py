"""Reads large camt files in a process of its own, and prints what its memory grew by: the trees of libxml2 included.

``python -m tests.reconciliation.formats.memory entries|hostile|between``. Prints JSON: bytes, and what was read of
each file.
"""

import io
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from ledgerd.core.model.currency import PRECISIONS
from ledgerd.core.model.external_record import ExternalRecord, FileRejected
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats.files import read_file
from ledgerd.reconciliation.formats.reading import ReadContext

from .camt_writer import GERMAN, Booking, Payment, Sheet, document, entry

CONTEXT = ReadContext(
    profile=FormatProfile(format=FileFormat.CAMT), precisions=PRECISIONS, zone=ZoneInfo("Europe/Berlin")
)
SALE = Payment(amount=12_050, name="Customer", end_to_end="INV-17", text="PLACE")
GOOD = document(GERMAN, Sheet(bookings=(Booking(payments=(SALE,)),))).decode()
WITHOUT_END = {
    "an entry": ("<Refs>", "<x/>"),
    "a header": ("<GrpHdr>", "<x/>"),
    "between entries": ("<Ntry>", "<x>1</x>"),
    "groups of details without payments": ("<NtryDtls>", "<NtryDtls/>"),
    "entries that are in no statement": ("<GrpHdr>", "<Ntry><Amt>1</Amt></Ntry>"),
    "payments that are in no entry": ("<Ntry>", "<NtryDtls><TxDtls><Refs/></TxDtls></NtryDtls>"),
    "statements in a statement": ("<Ntry>", "<Stmt><Ntry/></Stmt>"),
    "balances": ("<Ntry>", "<Bal><Tp/></Bal>"),
    "before the root": ("<Document ", "<!-- -->"),
}
"""What is repeated, and before what."""


class Pieces(io.RawIOBase):
    """A file that is made while it is read."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece.encode()
        data, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def entries(count: int, bookings_alike: Booking | None = None) -> io.BufferedReader:
    """A file of so many entries, each with references of its own."""

    def pieces() -> Iterator[str]:
        before, _, after = GOOD.partition("\n<Ntry>")
        yield before
        for number in range(count):
            paid = replace(SALE, end_to_end=f"E-{number}")
            yield entry(GERMAN, bookings_alike or Booking(payments=(paid,), bank_reference=f"B-{number}"))
        yield after[after.index("</Stmt>") :]

    return io.BufferedReader(Pieces(pieces()))


def without_end(place: str, element: str) -> io.BufferedReader:
    """A file with an element four million times: some 500 MB as a tree."""

    def pieces() -> Iterator[str]:
        before, _, after = GOOD.partition(place)
        yield before
        for _ in range(400):
            yield element * 10_000
        yield place + after

    return io.BufferedReader(Pieces(pieces()))


def between(begin: str, end: str) -> io.BufferedReader:
    """A file with an element 32 times, and 65,536 elements that nobody asks for after each: some 200 MB as a tree."""

    def pieces() -> Iterator[str]:
        first, last = GOOD.index(begin), GOOD.index(end) + len(end)
        yield GOOD[:first]
        for _ in range(32):
            yield GOOD[first:last] + "<x/>" * 65_536
        yield GOOD[last:]

    return io.BufferedReader(Pieces(pieces()))


def read(source: io.BufferedReader) -> tuple[int, str]:
    """How many records, and why the file was rejected, if it was."""
    records = 0
    try:
        for item in read_file(source, CONTEXT):
            records += isinstance(item, ExternalRecord)
    except FileRejected as rejected:
        return records, rejected.fault.code
    return records, ""


def main(what: str) -> None:
    list(read_file(io.BytesIO(GOOD.encode()), CONTEXT))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if what == "entries":
        result = {"entries": read(entries(100_000))}
    elif what == "between":
        result = {name: read(between(f"<{name}>", f"</{name}>")) for name in ("Stmt", "TxDtls")}
    else:
        result = {name: read(without_end(*repeated)) for name, repeated in WITHOUT_END.items()}
    grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    sys.stdout.write(json.dumps({"bytes": grew, "read": result}))


if __name__ == "__main__":
    main(sys.argv[1])
