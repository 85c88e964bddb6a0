"""Lines of a file that is text: decoded, counted and bounded, whatever the file holds."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.reading import REPLACEMENT, Bounds, raw_text, reject_file

CHUNK_BYTES = 1 << 16
ENCODINGS = ("utf-8", "utf-16", "iso-8859-1", "iso-8859-15", "windows-1252", "cp437")
_OF_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line without its end. Where ``problem`` is set the text is only good for a fault."""

    number: int
    text: str
    problem: FaultCode | None = None
    reason: str = ""


def text_lines(source: BinaryIO, encoding: str, bounds: Bounds) -> Iterator[TextLine]:
    """The lines of the source, ended by LF, CR LF or CR.

    A line that cannot be decoded or has a NUL comes with its problem, and the next one follows. One that is too long
    rejects the file, as do too many lines, and a byte order mark of another encoding than the declared one.
    """
    for number, text in enumerate(_lines(decoded(source, encoding), bounds.line_chars), 1):
        if number > bounds.lines:
            reject_file(FaultCode.LIMIT_EXCEEDED, f"The file has more than {bounds.lines} lines.", line=number)
        if "\0" in text:
            yield TextLine(number, raw_text(text), FaultCode.TEXT_INVALID, "The line has a NUL character.")
        elif is_undecoded(text):
            yield TextLine(number, readable(text), FaultCode.ENCODING_INVALID, f"The line is not in {encoding}.")
        else:
            yield TextLine(number, text)


def is_undecoded(text: str) -> bool:
    """Whether bytes of it are not in the file's encoding."""
    return not text.isascii() and _UNDECODED.search(text) is not None


def readable(text: str) -> str:
    """The text with U+FFFD for each byte that is not in the file's encoding."""
    return _UNDECODED.sub(REPLACEMENT, text)


def decoded(source: BinaryIO, encoding: str, encodings: tuple[str, ...] = ENCODINGS) -> Iterator[str]:
    """The source as pieces of text, without its byte order mark.

    Bytes that are not in the encoding become surrogates, so that only their lines are at fault.
    """
    if encoding not in encodings:
        reject_file(FaultCode.ENCODING_INVALID, f"The encoding is none of {', '.join(encodings)}.")
    chunk = source.read(CHUNK_BYTES)
    while 0 < len(chunk) < 3 and (more := source.read(3)):
        chunk += more
    codec = encoding
    if encoding == "utf-16":
        if chunk and chunk[:2] not in _OF_UTF_16:
            reject_file(FaultCode.ENCODING_INVALID, "A file in UTF-16 begins with its byte order mark.", line=1)
        codec, chunk = _OF_UTF_16.get(chunk[:2], "utf-16-le"), chunk[2:]
    elif chunk[:2] in _OF_UTF_16:
        reject_file(FaultCode.ENCODING_INVALID, "The file begins with the byte order mark of UTF-16.", line=1)
    elif chunk.startswith(codecs.BOM_UTF8):
        if encoding != "utf-8":
            reject_file(FaultCode.ENCODING_INVALID, "The file begins with the byte order mark of UTF-8.", line=1)
        chunk = chunk[3:]
    decoder = codecs.getincrementaldecoder(codec)("surrogateescape")
    try:
        while chunk:
            yield decoder.decode(chunk)
            chunk = source.read(CHUNK_BYTES)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        # UTF-16 after a fault can be shifted by a byte: no later line could be trusted.
        reject_file(FaultCode.ENCODING_INVALID, f"The file is not in {encoding}.")


def _lines(pieces: Iterator[str], line_chars: int) -> Iterator[str]:
    kept, ended_by_cr = "", False
    number = 1
    for piece in pieces:
        # The CR at the end of the last piece has ended a line; a LF that belongs to it does not end another.
        text = piece.removeprefix("\n") if ended_by_cr else piece
        ended_by_cr = piece.endswith("\r") if piece else ended_by_cr
        *ended, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for end in ended:
            line, kept = kept + end, ""
            if len(line) > line_chars:
                _too_long(number, line_chars)
            yield line
            number += 1
        kept += rest
        if len(kept) > line_chars:
            _too_long(number, line_chars)
    if kept:
        yield kept


def _too_long(number: int, line_chars: int) -> NoReturn:
    reject_file(FaultCode.LIMIT_EXCEEDED, f"The line has more than {line_chars} characters.", line=number)
