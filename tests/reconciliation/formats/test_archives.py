"""Archives: what is in them is read, and nothing that comes out of them passes its bounds."""

import gzip
import io
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator

import pytest

from ledgerd.core.model.external_record import FaultCode, FileRejected
from ledgerd.reconciliation.formats.archives import members
from ledgerd.reconciliation.formats.reading import Bounds

MIB = 1024 * 1024


def _read(data: bytes, **bounds: int) -> list[tuple[str, bytes]]:
    return [(member.name, member.source.read()) for member in members(io.BytesIO(data), Bounds(**bounds))]


def _rejection(data: bytes, **bounds: int) -> FaultCode:
    with pytest.raises(FileRejected) as rejected:
        _read(data, **bounds)
    return rejected.value.fault.code


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        archive.comment = comment
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize("data", [b"", b"a", b"date,amount\n", b"PK", b"\x1f"])
def test_what_is_no_archive_is_one_file(data: bytes):
    assert _read(data) == [("", data)]


def test_a_file_is_rejected_at_its_bound_of_bytes_whatever_it_is():
    content = bytes(range(256)) * 4
    for data in (content, gzip.compress(content), _zip({"a": content}, zipfile.ZIP_STORED)):
        assert _read(data, input_bytes=len(data))[0][1] == content
        assert _rejection(data, input_bytes=len(data) - 1) is FaultCode.LIMIT_EXCEEDED


def test_a_gzip_of_several_members_is_one_file():
    data = gzip.compress(b"date,am") + gzip.compress(b"") + gzip.compress(b"ount\n" * 10_000)
    assert _read(data) == [("", b"date,am" + b"ount\n" * 10_000)]
    assert _read(data + bytes(512)) == _read(data)
    assert _rejection(data, members=2) is FaultCode.LIMIT_EXCEEDED


@pytest.mark.parametrize("at", [3, 9, 15, 30, -9, -8, -4, -1])
def test_a_truncated_gzip_is_rejected(at: int):
    data = gzip.compress(bytes(range(256)) * 100)
    assert _rejection(data[:at]) is FaultCode.SYNTAX_INVALID


@pytest.mark.parametrize("at", [2, 12, 40, -6, -2])
def test_a_corrupt_gzip_is_rejected(at: int):
    """Among the places are the check sum and the size that the header says, both in its last eight bytes."""
    data = bytearray(gzip.compress(bytes(range(256)) * 100))
    data[at] ^= 0xFF
    assert _rejection(bytes(data)) is FaultCode.SYNTAX_INVALID


def test_what_follows_a_gzip_and_is_none_is_rejected():
    for rest in (b"x", b"\0x", b"\0" + gzip.compress(b"a"), b"\x1fx"):
        assert _rejection(gzip.compress(b"a") + rest) is FaultCode.SYNTAX_INVALID


class _TenGigabytesOfZeros(io.RawIOBase):
    """A gzip of them, made as it is read: the same packed block again and again."""

    def __init__(self) -> None:
        packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
        self._head = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
        self._block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
        self._blocks: Iterator[bytes] = iter([self._head, *[self._block] * 10_240])
        self._rest = b""
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        self._rest = self._rest or next(self._blocks, b"")
        data, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(data)] = data
        self.given += len(data)
        return len(data)


@pytest.mark.parametrize(("ratio", "given"), [(200, 64 * 1024), (100_000, 2 * MIB)])
def test_ten_gigabytes_of_zeros_are_rejected_early_and_in_little_memory(ratio: int, given: int):
    """At the ratio, and where that is set far too high, at the bytes that come out."""
    zeros = _TenGigabytesOfZeros()
    tracemalloc.start()
    try:
        with pytest.raises(FileRejected) as rejected:
            for member in members(io.BufferedReader(zeros), Bounds(ratio=ratio)):
                while member.source.read(64 * 1024):
                    pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rejected.value.fault.code is FaultCode.LIMIT_EXCEEDED
    assert zeros.given < given
    assert peak < 2 * MIB


def test_a_zip_bomb_is_rejected():
    assert _rejection(_zip({"a": bytes(50 * MIB)})) is FaultCode.LIMIT_EXCEEDED
    assert _rejection(_zip({"a": b"12", "b": b"345"}), output_bytes=4) is FaultCode.LIMIT_EXCEEDED


def test_small_archives_may_be_packed_tightly():
    zeros = bytes(MIB - 1)
    assert _read(gzip.compress(zeros)) == [("", zeros)]


def test_the_members_of_a_zip_are_read_one_after_the_other():
    files = {"b.xml": b"<b/>", "folder/a.xml": b"<a/>" * 10_000, "Überweisung.xml": b""}
    assert dict(_read(_zip(files))) == files
    assert dict(_read(_zip(files, zipfile.ZIP_STORED, comment=b"May 2026"))) == files
    assert _read(_zip({})) == []


def test_folders_and_what_macos_adds_are_no_files():
    files = {"a/": b"", "a/b.xml": b"<b/>", "__MACOSX/a/._b.xml": b"\0\5\x16\7"}
    assert _read(_zip(files), members=1) == [("a/b.xml", b"<b/>")]


def test_a_zip_has_no_more_members_than_it_may():
    assert _rejection(_zip({"a": b"", "b": b""}), members=1) is FaultCode.LIMIT_EXCEEDED
    assert _rejection(_zip({str(number): b"" for number in range(100)}), members=1) is FaultCode.LIMIT_EXCEEDED


def test_an_archive_in_an_archive_is_rejected():
    inner, packed = _zip({"a": b"1"}), gzip.compress(b"1")
    nested = [_zip({"a": inner}), _zip({"a": packed}), gzip.compress(inner), gzip.compress(packed)]
    for data in nested:
        assert _rejection(data) is FaultCode.LIMIT_EXCEEDED


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "a/../../b", "C:/a", "..\\a", "\\a", "a/.."])
def test_a_name_that_points_outside_is_rejected(name: str):
    assert _rejection(_zip({name: b"1"})) is FaultCode.SYNTAX_INVALID


def test_a_name_is_only_shown_and_made_fit_for_that():
    ((name, _),) = _read(_zip({"a\u202eb\x07" + "c" * 300: b"1"}))
    assert name == "a\ufffdb\ufffd" + "c" * 251


def test_an_encrypted_zip_is_rejected():
    data = bytearray(_zip({"a": b"1"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert _rejection(bytes(data)) is FaultCode.FORMAT_UNKNOWN


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_rejected(method: int):
    assert _rejection(_zip({"a": b"1"}, method)) is FaultCode.FORMAT_UNKNOWN


@pytest.mark.parametrize("at", [10, 40, -60, -22, -10, -1])
def test_a_truncated_zip_is_rejected(at: int):
    assert _rejection(_zip({"a": bytes(range(256))})[:at]) is FaultCode.SYNTAX_INVALID


def test_every_changed_byte_of_a_zip_is_rejected_or_changes_nothing_that_is_read():
    """Sizes, places, check sums and data: zipfile trusts none of them in the end, and no other error leaves it."""
    content = b"date,amount\n2026-05-04,12.50\n"
    data = _zip({"a.csv": content})
    rejected = 0
    for at in range(4, len(data)):
        for change in (0xFF, 0x01):
            changed = bytearray(data)
            changed[at] ^= change
            try:
                read = _read(bytes(changed))
            except FileRejected:
                rejected += 1
            else:
                assert [text for _, text in read] in ([content], [])
    assert rejected > len(data)


def test_a_wrong_size_in_the_header_of_a_zip_is_rejected():
    data = _zip({"a.csv": b"date,amount\n" * 10})
    place = data.index(b"PK\x01\x02") + 24
    for size in (1, 10_000, 0xFFFFFFF0):
        changed = data[:place] + size.to_bytes(4, "little") + data[place + 4 :]
        assert _rejection(changed) is FaultCode.SYNTAX_INVALID


def test_the_64_bit_kind_of_zip_is_rejected_before_its_directory_is_looked_for():
    data = _zip({"a": b"1"})
    end = data.rindex(b"PK\x05\x06")
    locator = b"PK\x06\x07" + bytes(16)
    assert _rejection(data[:end] + locator + data[end:]) is FaultCode.FORMAT_UNKNOWN


def test_a_zip_needs_a_source_that_can_seek():
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(FileRejected) as rejected:
        list(members(Stream(_zip({"a": b"1"})), Bounds()))
    assert rejected.value.fault.code is FaultCode.FORMAT_UNKNOWN
    assert [member.source.read() for member in members(Stream(gzip.compress(b"1")), Bounds())] == [b"1"]


def test_an_error_of_the_disk_is_no_fault_of_the_file():
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() == 0:
                return super().read(size)
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        list(members(Broken(_zip({"a": bytes(range(256)) * 1_000}, zipfile.ZIP_STORED)), Bounds()))
