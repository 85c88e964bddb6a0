"""Opens what files arrive in: gzip and zip, with bounds on everything that comes out.

What is an archive is told by its first bytes. Archives are never unpacked to disk, and names of members are only shown.
A zip's members are files of their own, read in the order of its directory. A gzip of several members is one file, as
gunzip has it. An archive in an archive, an encrypted member, and a name that points outside are rejected.
"""

import errno
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, BinaryIO

from ledgerd.core.model.external_record import FaultCode, FileRejected
from ledgerd.reconciliation.formats.reading import IDENTIFIER_CHARS, BoundedSource, Bounds, prose, reject_file

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PACKED_CHUNK = 16 * 1024
_RATIO_FREE_BYTES = 1024 * 1024
"""So much may come out whatever came in: small files of equal rows pack better than any real large one."""
_END = struct.Struct("<4s4H2LH")
"""The last record of a zip: signature, disks, counts of entries, the directory's size and place, a comment's length."""
_END_SIGNATURE = b"PK\x05\x06"
_END_COMMENT_MAX = 65_535
_LOCATOR_BYTES = 20
_LOCATOR_SIGNATURE = b"PK\x06\x07"
_DIRECTORY_ENTRY_BYTES = 1_024
"""What a member may take in the directory: 46 bytes, its name, and what systems add."""
_ENCRYPTED = 0x1
_ADDED_BY_MACOS = "__MACOSX/"


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    """To be shown, never to be opened. Empty for a file that is no zip."""
    source: BinaryIO


def members(source: BinaryIO, bounds: Bounds) -> Iterator[Member]:
    """The files in this file: itself, where it is no archive. Each is to be read before the next is asked for.

    A zip has its directory at its end: it can only be read from a source that can seek.
    """
    start = source.tell() if source.seekable() else None
    plain = io.BufferedReader(BoundedSource(source, bounds.input_bytes))
    head = plain.peek(4)[:4]
    if head in _ZIP:
        if start is None:
            reject_file(FaultCode.FORMAT_UNKNOWN, "A zip archive cannot be read as a stream.")
        source.seek(start)
        yield from _zip_members(source, bounds)
    elif head.startswith(_GZIP):
        yield Member("", _not_nested(io.BufferedReader(_GzipSource(plain, bounds))))
    else:
        yield Member("", plain)


def _not_nested(source: io.BufferedReader) -> io.BufferedReader:
    head = source.peek(4)[:4]
    if head in _ZIP or head.startswith(_GZIP):
        reject_file(FaultCode.LIMIT_EXCEEDED, "An archive in an archive is not read.")
    return source


class _Output:
    """Counts what comes out of one archive."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._bytes = 0

    def add(self, size: int, packed: int) -> None:
        """So much more came out, of so many packed bytes altogether."""
        self._bytes += size
        if self._bytes > self._bounds.output_bytes:
            reject_file(FaultCode.LIMIT_EXCEEDED, "More bytes come out of the archive than may.")
        if self._bytes > _RATIO_FREE_BYTES and self._bytes > packed * self._bounds.ratio:
            reject_file(FaultCode.LIMIT_EXCEEDED, "The archive is packed more tightly than files of records are.")


class _GzipSource(io.RawIOBase):
    """What comes out of a gzip, one member after the other."""

    def __init__(self, packed: BinaryIO, bounds: Bounds) -> None:
        self._packed = packed
        self._bounds = bounds
        self._output = _Output(bounds)
        self._unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        self._pending = b""
        self._packed_bytes = 0
        self._members = 1
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        while not self._is_over:
            data = self._unpack(len(view))
            if data:
                self._output.add(len(data), self._packed_bytes)
                view[: len(data)] = data
                return len(data)
        return 0

    def _unpack(self, size: int) -> bytes:
        if self._unpacker.eof:
            self._begin_member()
            return b""
        if not self._pending:
            self._pending = self._read_packed()
        ended = not self._pending
        try:
            data = self._unpacker.decompress(self._pending, size)
        except zlib.error:
            reject_file(FaultCode.SYNTAX_INVALID, "The gzip archive is corrupt.")
        self._pending = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail
        if ended and not data and not self._unpacker.eof:
            reject_file(FaultCode.SYNTAX_INVALID, "The gzip archive ends in the middle.")
        return data

    def _begin_member(self) -> None:
        """Go on with the next member. Zeros after the last one are padding, as tapes have it."""
        while not (rest := self._pending.lstrip(b"\0")):
            self._pending = self._read_packed()
            if not self._pending:
                self._is_over = True
                return
        if self._pending[:1] == b"\0" or not _GZIP.startswith(rest[: len(_GZIP)]):
            reject_file(FaultCode.SYNTAX_INVALID, "Something that is no gzip follows the gzip archive.")
        self._members += 1
        if self._members > self._bounds.members:
            reject_file(FaultCode.LIMIT_EXCEEDED, "The archive has more members than it may have.")
        self._unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def _read_packed(self) -> bytes:
        data = self._packed.read(_PACKED_CHUNK)
        self._packed_bytes += len(data)
        return data


def _zip_members(source: BinaryIO, bounds: Bounds) -> Iterator[Member]:
    with _corrupt_zip_rejected():
        size = _checked_directory(source, bounds)
        archive = zipfile.ZipFile(source)
    output = _Output(bounds)
    with archive:
        files = [member for member in archive.infolist() if not _is_passed_over(member)]
        if len(files) > bounds.members:
            reject_file(FaultCode.LIMIT_EXCEEDED, "The archive has more members than it may have.")
        for member in files:
            _check(member)
            with _corrupt_zip_rejected():
                opened = archive.open(member)
            with opened:
                unpacked = _ZipSource(opened, member.file_size, output, size)
                yield Member(
                    prose(member.filename, IDENTIFIER_CHARS), _not_nested(io.BufferedReader(unpacked, _PACKED_CHUNK))
                )


class _ZipSource(io.RawIOBase):
    """What comes out of one member of a zip."""

    def __init__(self, opened: IO[bytes], size: int, output: _Output, archive_bytes: int) -> None:
        self._opened = opened
        self._left = size
        self._output = output
        self._archive_bytes = archive_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        with _corrupt_zip_rejected():
            data = self._opened.read(len(view))
        self._left -= len(data)
        if not data and self._left:
            reject_file(FaultCode.SYNTAX_INVALID, "A member of the zip archive has not the size that its header says.")
        self._output.add(len(data), self._archive_bytes)
        view[: len(data)] = data
        return len(data)


def _checked_directory(source: BinaryIO, bounds: Bounds) -> int:
    """The archive's size, if its directory may be read at all: zipfile reads it whole, whatever its size."""
    size = source.seek(0, io.SEEK_END)
    if size > bounds.input_bytes:
        reject_file(FaultCode.LIMIT_EXCEEDED, "The file has more bytes than a file may have.")
    source.seek(max(0, size - _END.size - _END_COMMENT_MAX))
    tail = source.read()
    at = len(tail) - _END.size
    if tail[at : at + 4] != _END_SIGNATURE or tail[-2:] != b"\0\0":
        at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END.size:
        reject_file(FaultCode.SYNTAX_INVALID, "The zip archive ends in the middle.")
    _, _, _, _, entries, directory_bytes, _, _ = _END.unpack_from(tail, at)
    if at >= _LOCATOR_BYTES and tail[at - _LOCATOR_BYTES :].startswith(_LOCATOR_SIGNATURE):
        reject_file(FaultCode.FORMAT_UNKNOWN, "A zip archive of the 64-bit kind is not read: it is for larger files.")
    # Folders and what macOS adds are no files: they may be as many as the files themselves, and more.
    if entries > 4 * bounds.members or directory_bytes > 4 * bounds.members * _DIRECTORY_ENTRY_BYTES:
        reject_file(FaultCode.LIMIT_EXCEEDED, "The archive has more members than it may have.")
    return size


def _is_passed_over(member: zipfile.ZipInfo) -> bool:
    return member.is_dir() or member.filename.startswith(_ADDED_BY_MACOS)


def _check(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & _ENCRYPTED:
        reject_file(FaultCode.FORMAT_UNKNOWN, "The archive is encrypted.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        reject_file(FaultCode.FORMAT_UNKNOWN, "The archive is packed in a way that is not read: deflate is.")
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
        reject_file(FaultCode.SYNTAX_INVALID, "The archive has a member whose name points outside of it.")


@contextmanager
def _corrupt_zip_rejected() -> Iterator[None]:
    try:
        yield
    except FileRejected:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, struct.error):
        reject_file(FaultCode.SYNTAX_INVALID, "The zip archive is corrupt.")
    except OSError as error:
        # A place before the beginning of the file; what the disk does is no fault of the file.
        if error.errno != errno.EINVAL:
            raise
        reject_file(FaultCode.SYNTAX_INVALID, "The zip archive is corrupt.")
