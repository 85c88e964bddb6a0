"""The process that reads one upload: ``python -m ledgerd.workers.reading``.

Files come from strangers and are read in plain Python. In a process of its own, reading neither holds up the event loop
of the server nor can it take more memory than the process may have. The process has no database: it asks its parent for
chunks over its input, and gives rows over its output, both in frames: a letter, a length, a content. A file that takes
too much processor time is rejected, so that no file keeps others from being read.

    parent   J the job, as JSON           P a chunk
    child    N the number of a chunk      R rows of records   F rows of faults (each begins with their number)
             S a statement                X the fault that rejects the file      D done
             E where reading failed, by a fault of its own
"""

import contextlib
import io
import json
import os
import resource
import struct
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from ledgerd.core.model.external_record import (
    BankStatement,
    ExternalRecord,
    FaultCode,
    FileRejected,
    RecordFault,
)
from ledgerd.reconciliation import arrivals
from ledgerd.reconciliation.formats.arithmetic import checked
from ledgerd.reconciliation.formats.files import read_file
from ledgerd.reconciliation.formats.reading import Item, ReadContext, reject_file
from ledgerd.store.external_sources import profile_of
from ledgerd.store.uploads import FILE
from ledgerd.wire import typed_records

HEAD = struct.Struct(">cI")
COUNT = struct.Struct(">I")
MEMORY_BYTES = 2 * 1024 * 1024 * 1024
"""Of addresses: what is used stays far below. Python alone maps some hundred MiB."""
CPU_SECONDS = 60
CPU_SECONDS_PER_MIB = 30
CPU_SECONDS_MAX = 10 * 60
"""Processor time that an upload may take: by its size, and at most. A million records of camt take 150 seconds, and a
MiB of it that is packed as well as XML can be takes 20."""
_MIB = 1024 * 1024
_ROWS_AT_ONCE = 1_000
_TEXT_AT_ONCE = 1024 * 1024
_NO_FILES = '{"format": "JSON"}'
"""The profile of sources that have none: nothing looks at it."""
_LESS_URGENT = 5
"""By how much the process gives way to the write path, where processors are short."""


class Parent:
    """The frames to and from the process that has the database."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def job(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._read(b"J"))
        return found

    def part(self, number: int) -> bytes:
        """A chunk of the upload, the first being 1."""
        self.send(b"N", str(number).encode())
        return self._read(b"P")

    def send(self, letter: bytes, content: bytes = b"") -> None:
        self._outgoing.write(HEAD.pack(letter, len(content)) + content)
        self._outgoing.flush()

    def _read(self, expected: bytes) -> bytes:
        letter, size = HEAD.unpack(self._exactly(HEAD.size))
        if letter != expected:
            raise EOFError(f"expected {expected!r}, got {letter!r}")
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = self._incoming.read(size)
        if len(data) < size:
            raise EOFError("the parent is gone")
        return data


class ProcessorTime:
    """What the reading may take of it. Proved with each piece of the file and each item: no frame is cut off."""

    def __init__(self, size: int) -> None:
        self._seconds = min(CPU_SECONDS + CPU_SECONDS_PER_MIB * size // _MIB, CPU_SECONDS_MAX)

    def prove(self) -> None:
        if time.process_time() > self._seconds:
            reason = (
                f"Reading it takes more than {self._seconds} seconds of processor time. Upload it in smaller files."
            )
            reject_file(FaultCode.LIMIT_EXCEEDED, reason)


class Parts(io.RawIOBase):
    """The file whose chunks the parent has; one of them is held at a time."""

    def __init__(self, parent: Parent, sizes: list[int], allowed: ProcessorTime) -> None:
        self._parent = parent
        self._allowed = allowed
        self._sizes = sizes
        self._size = sum(sizes)
        self._at = 0
        self._part = b""
        self._begin = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError(22, "a place before the beginning of the file")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._allowed.prove()
        if self._at >= self._size:
            return 0
        if not self._begin <= self._at < self._begin + len(self._part):
            self._load()
        view = memoryview(buffer).cast("B")
        start = self._at - self._begin
        data = self._part[start : start + len(view)]
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _load(self) -> None:
        begin = 0
        for number, size in enumerate(self._sizes, start=1):
            if begin <= self._at < begin + size:
                self._part, self._begin = self._parent.part(number), begin
                return
            begin += size


class Rows:
    """Gathers what is read, and sends it in pieces."""

    def __init__(self, parent: Parent, upload_id: str, *, lines: int, records: int) -> None:
        """So many lines and records stand in the source already."""
        self._parent = parent
        self._upload_id = upload_id
        self._ordinal = lines
        self._gathered: dict[bytes, list[str]] = {b"R": [], b"F": []}
        self._chars = 0
        self.records = records

    def add(self, item: Item) -> None:
        self._ordinal += 1
        if isinstance(item, BankStatement):
            content = json.dumps([self._ordinal, arrivals.statement_to_plain(item)])
            self._parent.send(b"S", content.encode())
            return
        if isinstance(item, ExternalRecord):
            self.records += 1
            row, letter = arrivals.record_row(item, self._upload_id, self._ordinal), b"R"
        else:
            row, letter = arrivals.fault_row(item, self._upload_id, self._ordinal), b"F"
        self._gathered[letter].append(row)
        self._chars += len(row)
        if self._chars >= _TEXT_AT_ONCE or len(self._gathered[letter]) >= _ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        for letter, rows in self._gathered.items():
            if rows:
                self._parent.send(letter, COUNT.pack(len(rows)) + "".join(rows).encode())
                rows.clear()
        self._chars = 0


def read(parent: Parent) -> None:
    """Read the upload of the job, and tell what it has."""
    job = parent.job()
    rows = Rows(parent, job["upload_id"], lines=job["lines_before"], records=job["records_before"])
    allowed = ProcessorTime(sum(job["sizes"]))
    try:
        for item in _items(parent, job, allowed):
            allowed.prove()
            rows.add(item)
    except FileRejected as rejected:
        parent.send(b"X", json.dumps(arrivals.fault_to_plain(rejected.fault)).encode())
        return
    declared = job["declared_records"]
    if declared is not None and declared != rows.records:
        reason = "The upload has not as many records as were declared."
        rows.add(RecordFault(0, "declared_record_count", FaultCode.COUNT_DIFFERS, reason))
    rows.flush()
    parent.send(b"D")


def _items(parent: Parent, job: dict[str, Any], allowed: ProcessorTime) -> Iterable[Item]:
    context = _context(job)
    if job["content"] != FILE:
        return typed_records.read(_chunks(parent, len(job["sizes"])), context, job["lines_before"])
    last = [arrivals.statement_of(plain) for plain in job["last_statements"]]
    source: Any = io.BufferedReader(Parts(parent, job["sizes"], allowed))
    return checked(read_file(source, context), last)


def _chunks(parent: Parent, count: int) -> Iterator[bytes]:
    return (parent.part(number) for number in range(1, count + 1))


def _context(job: dict[str, Any]) -> ReadContext:
    zone: tzinfo = ZoneInfo(job["time_zone"])
    return ReadContext(
        profile=profile_of(job["format_profile"] or _NO_FILES),
        currency=job["currency"] or "",
        precisions=job["precisions"],
        zone=zone,
    )


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # Where no piece and no item comes at all, the process is ended.
    resource.setrlimit(resource.RLIMIT_CPU, (2 * CPU_SECONDS_MAX, 2 * CPU_SECONDS_MAX))
    os.nice(_LESS_URGENT)
    parent = Parent(sys.stdin.buffer, sys.stdout.buffer)
    # A parent that is gone wants nothing.
    with contextlib.suppress(EOFError, BrokenPipeError):
        try:
            read(parent)
        except Exception as error:
            # Where it failed, and not its message: that may quote the file, and logs are read by many.
            parent.send(b"E", f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}".encode())
            raise


if __name__ == "__main__":
    main()
