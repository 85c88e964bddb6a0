"""Splits files of S.W.I.F.T. statements into messages and tags, one tag at a time.

A message stands in blocks ({1:…}{2:…}{4: … -}) or plain. It begins with :20: and ends with a line that is "-" or "-}",
with the next :20:, or with the file. Around messages stand envelopes: blocks, or the lines of letters and digits that
some banks write ("ABNANL2A", "940 00").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.reading import ReadContext, reject_file
from ledgerd.reconciliation.formats.text_lines import TextLine, text_lines

FIRST = "20"
END = "-"
"""The name of what is given at the end of a message."""
STRAY = ""
"""The name of a line outside of all messages that is no envelope."""

_TAG = re.compile(r":(?P<name>[0-9]{2}[A-Z]?|NS):")
_ENVELOPE = re.compile(r"[A-Z0-9 ]{0,64}|:94[02]:")
_END = re.compile(r"-(?:\}.*|XXX)?\s*")
_BLOCK_4 = re.compile(r"\{4:")
_TYPE = re.compile(r"\{2:[IO](?P<type>[0-9]{3})")


@dataclass(frozen=True, slots=True)
class SwiftTag:
    """A tag with the lines of its text. Where ``problem`` is set the text is only good for a fault."""

    name: str
    text: str
    line: int
    problem: FaultCode | None = None
    reason: str = ""

    @property
    def raw(self) -> str:
        return f":{self.name}:{self.text}" if self.name else self.text


def swift_tags(source: BinaryIO, context: ReadContext, message_type: str) -> Iterator[SwiftTag]:
    """The tags of all messages, an ``END`` behind each message, and stray lines."""
    splitter = _Splitter(context, message_type)
    for line in text_lines(source, context.profile.encoding, context.bounds):
        yield from splitter.line(line)
    yield from splitter.end()
    if not splitter.messages:
        reject_file(FaultCode.FORMAT_UNKNOWN, "The file has no message that begins with tag 20.")


class _Splitter:
    def __init__(self, context: ReadContext, message_type: str) -> None:
        self._chars = context.bounds.line_chars
        self._type = message_type
        self._is_open = False
        self._in_block = False
        self._name = ""
        self._lines: list[TextLine] = []
        self._length = 0
        self.messages = 0

    def line(self, line: TextLine) -> Iterator[SwiftTag]:
        text = line.text
        if text.startswith("{"):
            yield from self._block(line)
        elif _END.fullmatch(text):
            self._in_block = False
            yield from self._close(line.number)
        elif tag := _TAG.match(text):
            yield from self._begin(tag["name"], line, tag.end())
        elif self._is_open:
            self._add(line, text)
        elif not _ENVELOPE.fullmatch(text.strip()) or line.problem:
            yield from self._stray(line)

    def end(self) -> Iterator[SwiftTag]:
        if self._in_block and self._is_open:
            line = self._lines[-1].number
            self._in_block = False
            yield from self._tag()
            yield SwiftTag(STRAY, "", line, FaultCode.SYNTAX_INVALID, "The file ends before its message does.")
        yield from self._close(0)

    def _block(self, line: TextLine) -> Iterator[SwiftTag]:
        yield from self._close(line.number)
        found = _TYPE.search(line.text)
        if found and found["type"] != self._type:
            reason = f"The message is no MT{self._type}, as its header says."
            reject_file(FaultCode.FORMAT_UNKNOWN, reason, line=line.number, name="2")
        if begin := _BLOCK_4.search(line.text):
            self._in_block = True
            if tag := _TAG.match(line.text, begin.end()):
                yield from self._begin(tag["name"], line, tag.end())

    def _begin(self, name: str, line: TextLine, at: int) -> Iterator[SwiftTag]:
        if name == FIRST:
            yield from self._close(line.number)
            self._is_open = True
            self.messages += 1
        elif not self._is_open:
            yield from self._stray(line)
            return
        yield from self._tag()
        self._name = name
        self._length = 0
        self._add(line, line.text[at:])

    def _add(self, line: TextLine, text: str) -> None:
        self._length += len(text) + 1
        if self._length > self._chars:
            reason = f"The text of the tag has more than {self._chars} characters."
            reject_file(FaultCode.LIMIT_EXCEEDED, reason, line=line.number, name=self._name)
        self._lines.append(TextLine(line.number, text, line.problem, line.reason))

    def _tag(self) -> Iterator[SwiftTag]:
        """The tag that is complete now, if there is one."""
        if self._lines:
            text = "\n".join(line.text for line in self._lines)
            bad = next((line for line in self._lines if line.problem), None)
            problem, reason = (bad.problem, bad.reason) if bad else (None, "")
            yield SwiftTag(self._name, text.rstrip("\n"), self._lines[0].number, problem, reason)
        self._lines.clear()

    def _close(self, line: int) -> Iterator[SwiftTag]:
        yield from self._tag()
        if self._is_open:
            self._is_open = False
            yield SwiftTag(END, "", line)

    def _stray(self, line: TextLine) -> Iterator[SwiftTag]:
        if not self.messages:
            reason = "The file does not begin with tag 20 or an envelope of messages."
            reject_file(line.problem or FaultCode.FORMAT_UNKNOWN, reason, line=line.number)
        reason = "The line stands outside of all messages."
        yield SwiftTag(STRAY, line.text, line.number, line.problem or FaultCode.SYNTAX_INVALID, line.reason or reason)
