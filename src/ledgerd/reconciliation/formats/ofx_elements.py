"""OFX as elements: SGML of version 1, whose leaves need no end, and XML of version 2. A small reader, bounded in all.

No document type is read, no entity but XML's five and characters by number, and no attributes: OFX has none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.reading import Bounds, RecordRejected, reject_file

AGGREGATES = frozenset(
    """OFX SIGNONMSGSRSV1 SONRS STATUS FI SIGNUPMSGSRSV1 BANKMSGSRSV1 CREDITCARDMSGSRSV1 STMTTRNRS CCSTMTTRNRS STMTRS
    CCSTMTRS BANKACCTFROM BANKACCTTO CCACCTFROM CCACCTTO BANKTRANLIST STMTTRN BANKTRANLISTP STMTTRNP PAYEE EXTDPAYEE
    CURRENCY ORIGCURRENCY IMAGEDATA LEDGERBAL AVAILBAL CASHADVBALAMT BALLIST BAL REWARDINFO MKTGINFO INVSTMTMSGSRSV1
    INVSTMTTRNRS INVSTMTRS SECLISTMSGSRSV1 SECLIST EMAILMSGSRSV1 CLOSING STMTENDTRNRS STMTENDRS CCSTMTENDTRNRS
    CCSTMTENDRS""".split()
)
"""What has elements in it. In SGML everything else is a leaf: one without text and end looks like an aggregate."""

_NAME_CHARS = 64
_TAG = re.compile(r"(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9._]{0,63})\s*(?P<empty>/?)")
_REFERENCE = re.compile(r"&(?:(?P<name>[A-Za-z]+)|#(?P<number>[0-9]{1,7})|#x(?P<hex>[0-9A-Fa-f]{1,6}));")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_CDATA = "<![CDATA["
_COMMENT = "<!--"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag with what stands between it and the next one."""

    name: str
    is_end: bool
    text: str
    line: int
    raw: str


@dataclass(frozen=True, slots=True)
class Element:
    """An aggregate that begins or ends, or a leaf with its text as it stands in the file."""

    name: str
    kind: str
    """begin, end or leaf."""
    text: str
    line: int
    raw: str


def elements(pieces: Iterator[str], bounds: Bounds, first_line: int, *, is_xml: bool) -> Iterator[Element]:
    """What the file has from <OFX> to </OFX>; nothing may follow."""
    tags = _Tags(pieces, bounds, first_line).tags()
    depth, has_ended = 0, False
    for number, element in enumerate(_of_xml(tags, bounds) if is_xml else _of_sgml(tags, bounds), 1):
        if number > bounds.elements:
            _reject(element.line, f"The file has more than {bounds.elements} elements.", FaultCode.LIMIT_EXCEEDED)
        if has_ended:
            _reject(element.line, "The file has more than one OFX element.")
        depth += {"begin": 1, "end": -1}.get(element.kind, 0)
        has_ended = depth == 0
        yield element


def unescaped(text: str, name: str, *, is_xml: bool) -> str:
    """A leaf's text. In SGML banks write & as it is, where it begins no reference; in XML that is an error."""
    if "&" not in text:
        return text.strip()

    def character(found: re.Match[str]) -> str:
        if found["name"]:
            if found["name"] in _ENTITIES:
                return _ENTITIES[found["name"]]
            raise RecordRejected(FaultCode.SYNTAX_INVALID, name, "The text has an entity that XML does not have.")
        code = int(found["number"]) if found["number"] else int(found["hex"], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise RecordRejected(FaultCode.SYNTAX_INVALID, name, "The text has a number that is of no character.")
        return chr(code)

    if is_xml and "&" in _REFERENCE.sub("", text):
        raise RecordRejected(FaultCode.SYNTAX_INVALID, name, "The text has an & that begins no reference.")
    return _REFERENCE.sub(character, text).strip()


def _reject(line: int, reason: str, code: FaultCode = FaultCode.SYNTAX_INVALID) -> NoReturn:
    reject_file(code, reason, line=line)


def _of_sgml(tags: Iterator[Tag], bounds: Bounds) -> Iterator[Element]:
    open_names: list[str] = []
    for tag in tags:
        if tag.is_end or tag.name in AGGREGATES:
            if tag.text.strip():
                _reject(tag.line, "Text stands where an element must.")
            if not tag.is_end:
                _open(open_names, tag, bounds)
                yield Element(tag.name, "begin", "", tag.line, tag.raw)
            elif tag.name in AGGREGATES:
                _close(open_names, tag)
                yield Element(tag.name, "end", "", tag.line, tag.raw)
        elif not open_names:
            _reject(tag.line, "An element stands outside of OFX.")
        else:
            yield Element(tag.name, "leaf", tag.text, tag.line, tag.raw)


def _of_xml(tags: Iterator[Tag], bounds: Bounds) -> Iterator[Element]:
    open_names: list[str] = []
    leaf: Tag | None = None
    for tag in tags:
        if not tag.is_end:
            if leaf:
                if leaf.text.strip():
                    _reject(tag.line, "An element has both text and elements.")
                yield Element(leaf.name, "begin", "", leaf.line, leaf.raw)
            _open(open_names, tag, bounds)
            leaf = tag
            continue
        _close(open_names, tag)
        if tag.text.strip():
            _reject(tag.line, "Text stands where an element must.")
        if leaf and leaf.name not in AGGREGATES:
            yield Element(leaf.name, "leaf", leaf.text, leaf.line, leaf.raw + tag.raw)
        else:
            if leaf and leaf.text.strip():
                _reject(tag.line, "Text stands where an element must.")
            if leaf:
                yield Element(leaf.name, "begin", "", leaf.line, leaf.raw)
            yield Element(tag.name, "end", "", tag.line, tag.raw)
        leaf = None


def _open(open_names: list[str], tag: Tag, bounds: Bounds) -> None:
    if (tag.name == "OFX") is bool(open_names):
        _reject(tag.line, "An element stands outside of OFX, or OFX in another element.")
    open_names.append(tag.name)
    if len(open_names) > bounds.depth:
        _reject(tag.line, f"Elements are nested deeper than {bounds.depth}.", FaultCode.LIMIT_EXCEEDED)


def _close(open_names: list[str], tag: Tag) -> None:
    if not open_names or open_names[-1] != tag.name:
        _reject(tag.line, "An element ends that was not the last to begin.")
    open_names.pop()


class _Tags:
    def __init__(self, pieces: Iterator[str], bounds: Bounds, first_line: int) -> None:
        self._pieces = pieces
        self._chars = bounds.line_chars
        self._buffer = ""
        self._at = 0
        self._line = first_line

    def tags(self) -> Iterator[Tag]:
        if self._text().strip():
            _reject(self._line, "Text stands before the first element.")
        while self._has(1):
            line = self._line
            end = self._until(">", 1, _NAME_CHARS + 4)
            text = self._buffer[self._at + 1 : end]
            match = _TAG.fullmatch(text)
            if match is None or (match["end"] and match["empty"]):
                _reject(line, "A tag is not one of OFX: it has attributes, or is a declaration.")
            self._skip(end + 1)
            name, raw = match["name"].upper(), f"<{text}>"
            following = self._text()
            if match["empty"]:
                yield Tag(name, False, "", line, raw)
                yield Tag(name, True, following, line, following)
            else:
                yield Tag(name, bool(match["end"]), following, line, raw + following)

    def _text(self) -> str:
        """What stands before the next tag: text, CDATA as it is, no comments."""
        text = ""
        while True:
            end = self._until("<", 0, self._chars, at_end=True)
            text += self._buffer[self._at : end]
            self._skip(end)
            if self._starts(_CDATA):
                close = self._until("]]>", len(_CDATA), self._chars)
                plain = self._buffer[self._at + len(_CDATA) : close]
                text += plain.replace("&", "&amp;")
                self._skip(close + 3)
            elif self._starts(_COMMENT):
                self._skip(self._until("-->", len(_COMMENT), self._chars) + 3)
            else:
                return text
            if len(text) > self._chars:
                _reject(self._line, f"A text has more than {self._chars} characters.", FaultCode.LIMIT_EXCEEDED)

    def _skip(self, to: int) -> None:
        self._line += self._buffer.count("\n", self._at, to)
        self._at = to

    def _has(self, chars: int) -> bool:
        while len(self._buffer) - self._at < chars:
            if not self._fill():
                return False
        return True

    def _starts(self, text: str) -> bool:
        self._has(len(text))
        return self._buffer.startswith(text, self._at)

    def _fill(self) -> bool:
        piece = next((piece for piece in self._pieces if piece), "")
        self._buffer, self._at = self._buffer[self._at :] + piece, 0
        return bool(piece)

    def _until(self, sign: str, offset: int, chars: int, *, at_end: bool = False) -> int:
        """Where the sign stands; bounded, and at the end of the file the end or a fault."""
        searched = offset
        while True:
            found = self._buffer.find(sign, self._at + searched)
            end = found if found >= 0 else len(self._buffer)
            if end - self._at > chars:
                _reject(self._line, f"A tag or text has more than {chars} characters.", FaultCode.LIMIT_EXCEEDED)
            if found >= 0:
                return found
            searched = max(offset, len(self._buffer) - self._at - len(sign) + 1)
            if not self._fill():
                if at_end:
                    return len(self._buffer)
                _reject(self._line, "The file ends within a tag.")
