"""A statement, report or notification of a camt file: its header, its entries one after the other, its balances."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lxml import etree

from ledgerd.core.model.external_record import BankStatement, ExternalRecord, FaultCode, RecordFault, RecordStatus
from ledgerd.reconciliation.formats.camt_entry import EntryReader
from ledgerd.reconciliation.formats.camt_facts import (
    Facts,
    account_of,
    count,
    day_of,
    facts_of,
    first,
    flag,
    sign_of,
    unsigned_amount,
)
from ledgerd.reconciliation.formats.identity import RecordKeys
from ledgerd.reconciliation.formats.reading import (
    Item,
    ReadContext,
    RecordRejected,
    identifier,
    precision_of,
    raw_text,
    reject_file,
)
from ledgerd.reconciliation.formats.xml_stream import XmlStream, line_of

_BALANCES = frozenset({"OPBD", "PRCD", "CLBD", "ITBD"})
"""Opening, previously closed, closing, interim: booked. Available and expected balances prove nothing."""
_INTERMEDIATE = "INTM"
"""The sub-type of a page's own balance."""


@dataclass(frozen=True, slots=True)
class _Balance:
    amount: int
    day: date | None
    is_intermediate: bool


class CamtStatement:
    """One Stmt, Rpt or Ntfctn while its elements come in."""

    def __init__(
        self, element: etree._Element, context: ReadContext, namespace: str, keys: RecordKeys, is_interim: bool
    ) -> None:
        self.element = element
        self._line = line_of(element)
        self._context = context
        self._namespace = namespace
        self._keys = keys
        self._is_interim = is_interim
        self._reader: EntryReader | None = None
        self._header: Facts = {}
        self._summary: Facts = {}
        self._balances: dict[tuple[str, bool], Facts] = {}
        self._faults: list[RecordFault] = []
        self._account = self._number = self._currency = ""
        self._records = self._total = self._entries = self._credits = self._debits = 0

    def take_in(self, element: etree._Element, stream: XmlStream) -> Iterator[Item]:
        """An element that ended below this one. What is not in its place in the schema is passed over."""
        name = str(element.tag)[len(self._namespace) :]
        entry = self._entry_above(element, {"Ntry": 0, "NtryDtls": 1, "TxDtls": 2}.get(name, -1))
        if entry is None:
            return
        reader = self._reader or self._open(entry)
        if name == "Ntry":
            self._take_before(element)
            yield from self._entry(element, reader)
            stream.let_go(element)
            return
        if name == "TxDtls":
            reader.detail(element)
        else:
            reader.batch(element)
        # The only payment of an entry stays with it, for its text; of several, each is let go.
        if reader.listed > 1:
            stream.let_go(element)

    def end(self, message: Facts) -> Iterator[Item]:
        """The statement, after its records. ``message`` is the header of the message that it is in."""
        for child in self.element:
            self._take(child)
        if self._reader is None:
            self._open(None)
        statement = self._statement(message)
        yield from self._faults
        yield statement

    def _entry_above(self, element: etree._Element, levels: int) -> etree._Element | None:
        """The entry of this statement that the element is, or stands in so many levels below."""
        entry: etree._Element | None = element
        for _ in range(levels):
            entry = None if entry is None else entry.getparent()
        if levels < 0 or entry is None or entry.tag != f"{self._namespace}Ntry":
            return None
        return entry if entry.getparent() is self.element else None

    def _take_before(self, entry: etree._Element) -> None:
        """Take in what stands before an entry, and forget it."""
        for before in reversed(list(entry.itersiblings(preceding=True))):
            self._take(before)
            self.element.remove(before)

    def _take(self, child: etree._Element) -> None:
        name = str(child.tag).removeprefix(self._namespace)
        if name == "Ntry":
            return
        depth = self._context.bounds.depth
        if name == "Bal":
            balance = facts_of(child, self._namespace, depth)
            code = first(balance, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry")
            is_own = first(balance, "Tp/SubTp/Cd", "Tp/SubTp/Prtry") == _INTERMEDIATE
            if code == "ITBD" and ("ITBD", False) in self._balances:
                self._balances["ITBD", True] = balance
            elif code in _BALANCES:
                self._balances.setdefault((code, is_own and code != "ITBD"), balance)
        elif name == "TxsSummry":
            self._summary = self._summary or facts_of(child, self._namespace, depth)
        elif self._reader is None:
            for path, values in facts_of(child, self._namespace, depth).items():
                self._header.setdefault(f"{name}/{path}", values)
            if not len(child):
                self._header.setdefault(name, [child.text or ""])

    def _open(self, entry: etree._Element | None) -> EntryReader:
        """Read the header, which stands before the first entry."""
        if entry is not None:
            self._take_before(entry)
        try:
            self._account = account_of(self._header, "Acct")
            self._number = identifier(first(self._header, "ElctrncSeqNb", "LglSeqNb"), "ElctrncSeqNb")
            page = self._page()[0]
        except RecordRejected as rejected:
            reject_file(rejected.code, rejected.reason, line=self._line, name=rejected.name)
        if not self._account:
            reject_file(FaultCode.FIELD_MISSING, "A statement names no account.", line=self._line, name="Acct")
        self._currency = first(self._header, "Acct/Ccy")
        for balance in self._balances.values():
            self._currency = self._currency or first(balance, "Amt@Ccy")
        self._keys.begin(self._account, self._number, page)
        self._reader = EntryReader(self._context, self._namespace, self._account, self._currency, self._keys)
        return self._reader

    def _entry(self, element: etree._Element, reader: EntryReader) -> Iterator[Item]:
        entry, items = reader.entry(element)
        if entry is not None:
            self._currency = self._currency or entry.currency
            self._entries += 1
        for item in items:
            if isinstance(item, ExternalRecord):
                self._records += 1
            yield item
        if entry is None or entry.currency != self._currency:
            return
        self._total += entry.amount if entry.status is RecordStatus.BOOKED else 0
        self._credits += max(entry.amount, 0)
        self._debits += max(-entry.amount, 0)

    def _page(self) -> tuple[int, bool]:
        """The statement's page and whether it is the last, where it is paged itself."""
        for path in ("StmtPgntn", "RptPgntn", "NtfctnPgntn"):
            if page := count(self._header, f"{path}/PgNb"):
                return page, flag(self._header, f"{path}/LastPgInd")
        return 0, True

    def _statement(self, message: Facts) -> BankStatement:
        precision = self._precision()
        opening, closing = self._opening_and_closing(precision) if precision else (None, None)
        page, is_last = self._page()
        if not page and (opening is None or closing is None or opening.is_intermediate or closing.is_intermediate):
            # The pages of a message are a statement's where it has not both its balances: others are whole statements,
            # of which a message has some.
            page, is_last = self._message_page(message)
        return BankStatement(
            account=self._account,
            number=self._number,
            page=page,
            currency=self._currency,
            precision=precision or 1,
            opening=opening.amount if opening else None,
            closing=closing.amount if closing else None,
            opening_date=opening.day if opening else None,
            closing_date=closing.day if closing else None,
            opening_is_intermediate=opening.is_intermediate if opening else False,
            closing_is_intermediate=closing.is_intermediate if closing else False,
            is_last_page=is_last,
            is_interim=self._is_interim,
            credit_total=self._sum("TtlCdtNtries", precision),
            debit_total=self._sum("TtlDbtNtries", precision),
            declared_items=self._count(),
            records=self._records,
            total=self._total,
            items=self._entries,
            credits=self._credits,
            debits=self._debits,
            line=self._line,
        )

    def _fault(self, rejected: RecordRejected, raw: str = "") -> None:
        self._faults.append(rejected.fault(self._line, raw_text(raw)))

    def _precision(self) -> int | None:
        if not self._currency and not self._balances:
            return None
        try:
            return precision_of(self._currency or self._context.currency, self._context)
        except RecordRejected as rejected:
            self._fault(rejected)
            return None

    def _opening_and_closing(self, precision: int) -> tuple[_Balance | None, _Balance | None]:
        """A page's own balances before the statement's; interim balances where there are no others."""
        opening = self._balance(precision, ("OPBD", True), ("OPBD", False), ("PRCD", True), ("PRCD", False))
        closing = self._balance(precision, ("CLBD", True), ("CLBD", False))
        first_interim = self._balance(precision, ("ITBD", False))
        last_interim = self._balance(precision, ("ITBD", True))
        if opening is None and first_interim is not None and (last_interim is not None or closing is not None):
            opening, first_interim = first_interim, None
        return opening, closing or last_interim or first_interim

    def _balance(self, precision: int, *kinds: tuple[str, bool]) -> _Balance | None:
        for code, is_own in kinds:
            facts = self._balances.get((code, is_own))
            if facts is None:
                continue
            try:
                if first(facts, "Amt@Ccy") not in ("", self._currency):
                    reason = "A balance has another currency than its account."
                    raise RecordRejected(FaultCode.CURRENCY_INVALID, "Bal", reason)
                amount = sign_of(facts) * unsigned_amount(first(facts, "Amt"), precision, "Bal/Amt")
                day, _ = day_of(facts, "Dt", self._context)
            except RecordRejected as rejected:
                self._fault(rejected)
                continue
            return _Balance(amount, day, is_own or code == "ITBD")
        return None

    def _message_page(self, message: Facts) -> tuple[int, bool]:
        try:
            page = count(message, "MsgPgntn/PgNb") or 0
            return page, flag(message, "MsgPgntn/LastPgInd") if page else True
        except RecordRejected as rejected:
            self._fault(rejected)
            return 0, True

    def _sum(self, path: str, precision: int | None) -> int | None:
        text = first(self._summary, f"{path}/Sum")
        if not text or precision is None:
            return None
        try:
            return unsigned_amount(text, precision, f"{path}/Sum")
        except RecordRejected as rejected:
            self._fault(rejected)
            return None

    def _count(self) -> int | None:
        try:
            whole = count(self._summary, "TtlNtries/NbOfNtries")
            parts = [count(self._summary, f"{path}/NbOfNtries") for path in ("TtlCdtNtries", "TtlDbtNtries")]
        except RecordRejected as rejected:
            self._fault(rejected)
            return None
        if whole is not None or None in parts:
            return whole
        return sum(number or 0 for number in parts)
