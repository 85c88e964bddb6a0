"""Reads camt.053 (statements), camt.052 (reports of the day) and camt.054 (notifications), versions .001.02 to .001.13.

The file is read entry by entry, in bounded memory. The dialects of banks differ in what they leave out and in which of
the allowed places they put what they say; the order of elements is that of the schema, in which an account stands
before its entries. What is read of an entry: ``camt_entry``; of what is around entries: ``camt_statement``.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.camt_facts import Facts, facts_of
from ledgerd.reconciliation.formats.camt_statement import CamtStatement
from ledgerd.reconciliation.formats.identity import RecordKeys
from ledgerd.reconciliation.formats.reading import Item, ReadContext, reject_file
from ledgerd.reconciliation.formats.xml_stream import XmlStream

_ROOT = re.compile(
    r"(\{urn:(?:iso:std:iso:20022:tech|swift):xsd:camt\.(05[234])\.001\.(?:0[2-9]|1[0-3])\})Document", re.ASCII
)
_MESSAGES = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
_TAKEN_IN = ("GrpHdr", "Ntry", "NtryDtls", "TxDtls")


def read(source: BinaryIO, context: ReadContext) -> Iterator[Item]:
    """The records, faults and statements of a camt file."""
    stream = XmlStream(source, context.bounds)
    root = _ROOT.fullmatch(stream.root)
    if root is None:
        reason = "The file is no camt.052, camt.053 or camt.054 of version .001.02 to .001.13."
        reject_file(FaultCode.FORMAT_UNKNOWN, reason, line=1)
    yield from _Message(stream, context, root[1], *_MESSAGES[root[2]]).items()


class _Message:
    """One document, from its header to its last statement."""

    def __init__(
        self, stream: XmlStream, context: ReadContext, namespace: str, message_name: str, statement_name: str
    ) -> None:
        self._stream = stream
        self._context = context
        self._namespace = namespace
        self._message = namespace + message_name
        self._statement = namespace + statement_name
        self._is_interim = statement_name != "Stmt"
        self._keys = RecordKeys()
        self._header: Facts = {}

    def items(self) -> Iterator[Item]:
        message: etree._Element | None = None
        statement: CamtStatement | None = None
        names = (self._message, self._statement, *(self._namespace + name for name in _TAKEN_IN))
        for event, element in self._stream.elements(names):
            above = element.getparent()
            if event == "start":
                if element.tag == self._message and above is not None and above.getparent() is None:
                    message = element
                elif element.tag == self._statement and above is message:
                    statement = CamtStatement(element, self._context, self._namespace, self._keys, self._is_interim)
            elif statement is not None:
                yield from statement.take_in(element, self._stream)
                if element is statement.element:
                    yield from statement.end(self._header)
                    self._stream.let_go(element)
                    statement = None
            elif element.tag == f"{self._namespace}GrpHdr" and above is message:
                self._header = facts_of(element, self._namespace, self._context.bounds.depth)
        if message is None:
            reject_file(FaultCode.FORMAT_UNKNOWN, "The document has another message than its name says.", line=1)
