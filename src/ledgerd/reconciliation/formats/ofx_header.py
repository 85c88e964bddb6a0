"""The header of an OFX file: lines of names and values before version 2, processing instructions from it on."""

import codecs
import re
from dataclasses import dataclass
from typing import BinaryIO, cast

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.reading import reject_file

HEADER_BYTES = 8_192
_OFX = re.compile(rb"<\s*OFX\s*>", re.IGNORECASE)
_NAMES = "OFXHEADER DATA VERSION SECURITY ENCODING CHARSET COMPRESSION OLDFILEUID NEWFILEUID"
_FIELD = re.compile(rf"({'|'.join(_NAMES.split())})\s*:\s*(.*?)\s*(?={'|'.join(_NAMES.split())}|$|[\r\n])")
"""Some banks write no line ends between the fields."""
_ATTRIBUTE = re.compile(r"([A-Za-z]+)\s*=\s*[\"']([^\"']*)[\"']")
_INSTRUCTION = re.compile(r"<\?(xml|OFX)\b([^<>]*)\?>", re.IGNORECASE)
_CHARSETS = {
    "1252": "windows-1252",
    "WINDOWS-1252": "windows-1252",
    "ISO-8859-1": "iso-8859-1",
    "8859-1": "iso-8859-1",
    "ISO-8859-15": "iso-8859-15",
    "NONE": "us-ascii",
    "": "us-ascii",
    "UTF-8": "utf-8",
    "US-ASCII": "us-ascii",
}
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1", "iso-8859-15", "us-ascii")


@dataclass(frozen=True, slots=True)
class OfxHeader:
    is_xml: bool
    encoding: str
    lines: int
    """How many lines stand before <OFX>."""
    rest: BinaryIO
    """The file from <OFX> on."""


def read_header(source: BinaryIO) -> OfxHeader:
    """What the header says; rejects a file that has none, or one of a form that is not read."""
    head = b""
    while (found := _OFX.search(head)) is None and len(head) < HEADER_BYTES:
        chunk = source.read(HEADER_BYTES - len(head))
        if not chunk:
            break
        head += chunk
    if found is None:
        reject_file(FaultCode.FORMAT_UNKNOWN, "The file has no OFX element at its beginning.")
    text = head[: found.start()].removeprefix(codecs.BOM_UTF8).decode("iso-8859-1")
    instructions = {
        name.lower(): dict(_upper(_ATTRIBUTE.findall(values))) for name, values in _INSTRUCTION.findall(text)
    }
    if "ofx" in instructions or "xml" in instructions:
        if _INSTRUCTION.sub("", text).strip():
            reject_file(
                FaultCode.SYNTAX_INVALID, "The file has more than its instructions before the OFX element.", line=1
            )
        encoding = _encoding(instructions.get("xml", {}).get("ENCODING", "UTF-8"))
        fields = instructions.get("ofx", {})
    else:
        fields = dict(_upper(_FIELD.findall(text)))
        if fields.get("OFXHEADER") != "100" or "<" in text:
            reject_file(
                FaultCode.FORMAT_UNKNOWN, "The file has no header of OFX 1 and no instructions of OFX 2.", line=1
            )
        encoding = _encoding_of_sgml(fields)
    if fields.get("COMPRESSION", "NONE").upper() not in ("NONE", ""):
        reject_file(FaultCode.FORMAT_UNKNOWN, "The file is compressed, which OFX never said how.", line=1)
    rest = cast("BinaryIO", _Rest(head[found.start() :], source))
    return OfxHeader("ofx" in instructions or "xml" in instructions, encoding, text.count("\n"), rest)


def _upper(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name.upper(), value) for name, value in pairs]


def _encoding_of_sgml(fields: dict[str, str]) -> str:
    encoding, charset = fields.get("ENCODING", "USASCII").upper(), fields.get("CHARSET", "").upper()
    if encoding in ("UTF-8", "UTF8", "UNICODE"):
        # UNICODE was to be UTF-8 in the standard's later versions of SGML.
        return "utf-8"
    if encoding != "USASCII":
        return _encoding(encoding)
    return _encoding(charset)


def _encoding(name: str) -> str:
    encoding = _CHARSETS.get(name.upper())
    if encoding is None:
        reject_file(FaultCode.ENCODING_INVALID, f"The file's encoding is none of {', '.join(ENCODINGS)}.", line=1)
    return encoding


class _Rest:
    """What was read already, and then the rest."""

    def __init__(self, head: bytes, source: BinaryIO) -> None:
        self._head = head
        self._source = source

    def read(self, size: int) -> bytes:
        head, self._head = self._head[:size], self._head[size:]
        return head or self._source.read(size)
