"""Reads XML of any size in bounded memory, and nothing that a hostile file may ask for.

No document type, so no entities and nothing external; no network; libxml2's own limits of depth and of text stay on.
The reader asks for the elements that it knows, takes from each what it needs, and lets go of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, NoReturn

from lxml import etree

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.reading import Bounds, reject_file

_CHUNK_BYTES = 32 * 1024
_WRONG_ENCODING = {
    etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
    etree.ErrorTypes.ERR_INVALID_ENCODING,
    etree.ErrorTypes.ERR_ENCODING_NAME,
    etree.ErrorTypes.I18N_CONV_FAILED,
    etree.ErrorTypes.I18N_NO_HANDLER,
    etree.ErrorTypes.I18N_EXCESS_HANDLER,
    etree.ErrorTypes.I18N_NO_OUTPUT,
    etree.ErrorTypes.I18N_NO_NAME,
}
_TOO_MUCH = {
    etree.ErrorTypes.ERR_RESOURCE_LIMIT,
    etree.ErrorTypes.ERR_ENTITY_LOOP,
    etree.ErrorTypes.ERR_NAME_TOO_LONG,
}


@dataclass(slots=True)
class _Open:
    """An element with one of the names that were asked for, which has not ended."""

    element: etree._Element
    held_bytes: int
    """What was held of the document when it began."""
    kept_bytes: int = 0
    """What is held as long as it is open: all that stands before the first element in it that was let go of."""
    last: etree._Element | None = None
    """The last element in it that was let go of."""


class XmlStream:
    """One document, from the start of its root on."""

    def __init__(self, source: BinaryIO, bounds: Bounds) -> None:
        self._source = source
        self._bounds = bounds
        self._held_bytes = 0
        self._open: list[_Open] = []
        self._head = b""
        self.root = self._read_root()
        """The root's name, with its namespace in braces."""

    def elements(self, names: Iterable[str]) -> Iterator[tuple[str, etree._Element]]:
        """("start" or "end", element) of each element with one of these names, in the order of the document.

        An element is whole at its end. ``let_go`` is to be called there when it was taken in, and only then: it is
        what shows that the document gets on. The element that it stands in must have one of the names as well.
        """
        parser = _parser(("start", "end"), names)
        data, self._head = self._head, b""
        while data:
            _feed(parser, data)
            self._held_bytes += len(data)
            yield from self._events(parser)
            self._prove_bounded()
            data = self._source.read(_CHUNK_BYTES)
        try:
            parser.close()
        except etree.XMLSyntaxError as error:
            _reject(error)
        yield from self._events(parser)

    def let_go(self, element: etree._Element) -> None:
        """Forget what the element has, and all that stands between it and the one before that was let go of.

        What stands before the first of them stays, but for those that are like it: it may be needed, and counts.
        """
        own, around = self._open[-1], self._open[-2]
        element.clear()
        before = element.getprevious()
        while before is not None and (around.last is not None or before.tag == element.tag):
            around.element.remove(before)
            before = None if before is around.last else element.getprevious()
        if around.last is None:
            around.kept_bytes = around.held_bytes if element.getprevious() is None else own.held_bytes
        around.last = element
        self._held_bytes = around.kept_bytes

    def _events(self, parser: etree.XMLPullParser) -> Iterator[tuple[str, etree._Element]]:
        events: Any = parser.read_events()
        for event, element in events:
            if event == "start":
                self._open.append(_Open(element, self._held_bytes))
            yield event, element
            if event == "end":
                self._open.pop()

    def _read_root(self) -> str:
        parser = _parser(("start",), None)
        while data := self._source.read(_CHUNK_BYTES):
            self._head += data
            _feed(parser, data)
            event = next(parser.read_events(), None)
            if event is not None:
                element: Any = event[1]
                if element.getroottree().docinfo.internalDTD is not None:
                    reject_file(FaultCode.SYNTAX_INVALID, "The file has a document type, which is not read.", line=1)
                return str(element.tag)
            self._held_bytes = len(self._head)
            self._prove_bounded()
        try:
            # A file of a few bytes is not begun before it ends.
            return str(parser.close().tag)
        except etree.XMLSyntaxError as error:
            _reject(error)

    def _prove_bounded(self) -> None:
        if self._held_bytes > self._bounds.record_bytes:
            reject_file(FaultCode.LIMIT_EXCEEDED, "An element has more bytes than a record may have.")


def line_of(element: etree._Element) -> int:
    """The line on which the element begins."""
    line: Any = element.sourceline
    return line or 0


def _parser(events: tuple[Literal["start", "end"], ...], names: Iterable[str] | None) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        events=events,
        tag=None if names is None else tuple(names),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _feed(parser: etree.XMLPullParser, data: bytes) -> None:
    try:
        parser.feed(data)
    except etree.XMLSyntaxError as error:
        _reject(error)


def _reject(error: etree.XMLSyntaxError) -> NoReturn:
    line = error.lineno or 1
    code: int = getattr(error, "code", 0)
    if code in _WRONG_ENCODING:
        reject_file(FaultCode.ENCODING_INVALID, "The file is not in the encoding that it declares.", line=line)
    if code in _TOO_MUCH:
        reject_file(FaultCode.LIMIT_EXCEEDED, "The file nests or repeats more than XML may.", line=line)
    reject_file(FaultCode.SYNTAX_INVALID, "The file is no well-formed XML.", line=line)
