"""MT940 and MT942: statements and interim reports of S.W.I.F.T., one tag at a time, in many banks' dialects.

Of the library ``mt940`` only patterns of tags are used, in ``swift_fields``. It parses whole files in memory, gives
reversals of credits as money in, moves 30 February to the 28th, and writes what it cannot read to the log.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import BinaryIO

from ledgerd.core.model.external_record import BankStatement, ExternalRecord, FaultCode, RecordFault, RecordStatus
from ledgerd.core.model.format_profile import FileFormat
from ledgerd.reconciliation.formats import swift_fields
from ledgerd.reconciliation.formats.identity import RecordKeys
from ledgerd.reconciliation.formats.reading import (
    Item,
    ReadContext,
    RecordRejected,
    identifier,
    precision_of,
    prose,
    raw_text,
    reject_file,
    replacements,
)
from ledgerd.reconciliation.formats.references import references
from ledgerd.reconciliation.formats.statement_line import read_line
from ledgerd.reconciliation.formats.swift_details import details
from ledgerd.reconciliation.formats.swift_tags import END, FIRST, SwiftTag, swift_tags

_BALANCES = frozenset(("60F", "60M", "62F", "62M", "64", "65"))
_REPEATABLE = frozenset(("34F", "65", "86"))
_WITHOUT_FIGURES = frozenset(("20", "21", "86", "NS"))


def read(source: BinaryIO, context: ReadContext) -> Iterator[Item]:
    """The records, faults and statements of a file of MT940 or MT942, whichever the profile says."""
    is_interim = context.profile.format is FileFormat.MT942
    reader = _Reader(context, is_interim=is_interim)
    for tag in swift_tags(source, context, "942" if is_interim else "940"):
        yield from reader.tag(tag)


@dataclass(slots=True)
class _Statement:
    """What is known of the message so far."""

    line: int
    account: str = ""
    number: str = ""
    page: int = 0
    currency: str = ""
    opening: swift_fields.Balance | None = None
    opening_is_intermediate: bool = False
    closing: swift_fields.Balance | None = None
    closing_is_intermediate: bool = False
    reported_on: date | None = None
    floor: int = 0
    credit_sum: swift_fields.Sum | None = None
    debit_sum: swift_fields.Sum | None = None
    records: int = 0
    items: int = 0
    credits: int = 0
    debits: int = 0

    def add(self, record: ExternalRecord) -> None:
        self.records += 1
        if record.status is RecordStatus.BOOKED:
            self.items += 1
            self.credits += max(record.amount, 0)
            self.debits -= min(record.amount, 0)


class _Reader:
    def __init__(self, context: ReadContext, *, is_interim: bool) -> None:
        self._context = context
        self._is_interim = is_interim
        self._keys = RecordKeys()
        self._statement = _Statement(0)
        self._seen: set[str] = set()
        self._entry: list[SwiftTag] = []
        """Tag 61 and the tags 86 behind it, until another tag says that they are all."""
        self._chars = 0
        """Of all texts of the entry."""

    def tag(self, tag: SwiftTag) -> Iterator[Item]:
        if tag.name == "86" and self._entry:
            self._add(tag)
            return
        yield from self._complete_entry()
        if tag.name == FIRST:
            self._statement, self._seen = _Statement(tag.line), set()
        try:
            if tag.problem:
                raise RecordRejected(tag.problem, tag.name, tag.reason)
            if tag.name == "61":
                self._begin_entry(tag)
            elif tag.name == END:
                yield from self._end()
            else:
                self._read(tag)
        except RecordRejected as rejected:
            yield rejected.fault(tag.line, raw_text(tag.raw))

    def _read(self, tag: SwiftTag) -> None:
        name, text = tag.name, tag.text.strip()
        # A balance comes as a final or as an intermediate one, never as both.
        kind = name[:2] if name in _BALANCES else name
        if kind in self._seen and kind not in _REPEATABLE:
            raise RecordRejected(FaultCode.SYNTAX_INVALID, name, "The statement has the tag twice.")
        self._seen.add(kind)
        statement = self._statement
        if name in ("25", "25P"):
            statement.account = identifier(text.partition("\n")[0], name)
        elif name in ("28", "28C"):
            statement.number, statement.page = swift_fields.number_and_page(text, name)
        elif name in _BALANCES:
            self._read_balance(text, tag)
        else:
            self._read_figures(text, name)

    def _read_figures(self, text: str, name: str) -> None:
        statement = self._statement
        if name == "90C":
            statement.credit_sum = swift_fields.sum_of_entries(text, name, statement.currency, self._context)
        elif name == "90D":
            statement.debit_sum = swift_fields.sum_of_entries(text, name, statement.currency, self._context)
        elif name == "34F":
            currency, floor = swift_fields.floor_limit(text, name, self._context)
            statement.currency = statement.currency or currency
            statement.floor = max(statement.floor, floor)
        elif name in ("13", "13D"):
            statement.reported_on = swift_fields.reported_on(text, name, self._context)
        elif name not in _WITHOUT_FIGURES:
            raise RecordRejected(FaultCode.SYNTAX_INVALID, name, "The tag is none of a statement; it was passed over.")

    def _read_balance(self, text: str, tag: SwiftTag) -> None:
        statement, name = self._statement, tag.name
        if self._is_interim and name.startswith("6"):
            reason = "The message has balances: it is an MT940, and the profile says MT942."
            reject_file(FaultCode.FORMAT_UNKNOWN, reason, line=tag.line, name=name)
        found = swift_fields.balance(text, name, self._context)
        if statement.currency and found.currency != statement.currency:
            raise RecordRejected(FaultCode.CURRENCY_INVALID, name, "The statement has balances in several currencies.")
        statement.currency = found.currency
        if name.startswith("60"):
            statement.opening, statement.opening_is_intermediate = found, name == "60M"
        elif name.startswith("62"):
            statement.closing, statement.closing_is_intermediate = found, name == "62M"

    def _begin_entry(self, tag: SwiftTag) -> None:
        statement = self._statement
        if not statement.account:
            # Without it a record would get another record's key.
            reason = "An entry stands before its statement's account."
            reject_file(FaultCode.FIELD_MISSING, reason, line=tag.line, name="25")
        if "61" not in self._seen:
            self._keys.begin(statement.account, statement.number, statement.page)
            self._seen.add("61")
        self._chars = 0
        self._add(tag)

    def _add(self, tag: SwiftTag) -> None:
        self._entry.append(tag)
        self._chars += len(tag.text) + 1
        most = self._context.bounds.line_chars
        if self._chars > most:
            reason = f"The tags 86 of an entry have more than {most} characters."
            reject_file(FaultCode.LIMIT_EXCEEDED, reason, line=tag.line, name=tag.name)

    def _complete_entry(self) -> Iterator[Item]:
        if not self._entry:
            return
        line, *infos = self._entry
        raw = raw_text("\n".join(tag.raw for tag in self._entry))
        self._entry = []
        try:
            for info in infos:
                if info.problem:
                    raise RecordRejected(info.problem, info.name, info.reason)
            record = self._record(line, "\n".join(info.text for info in infos), raw)
        except RecordRejected as rejected:
            yield rejected.fault(line.line, raw)
            return
        self._statement.add(record)
        yield from replacements(record)
        yield record

    def _record(self, tag: SwiftTag, info: str, raw: str) -> ExternalRecord:
        currency = self._statement.currency or self._context.currency
        precision = precision_of(currency, self._context)
        line = read_line(tag.text, currency, precision)
        told = details(info)
        bank_reference = identifier(line.bank_reference, "61")
        given = [
            ("86", told.end_to_end),
            ("61", line.customer_reference),
            ("86", told.customer_reference),
            ("61", bank_reference),
        ]
        metadata = {"type": line.type, "supplementary": line.supplementary} | told.metadata
        record = ExternalRecord(
            key="",
            amount=line.amount,
            currency=currency,
            precision=precision,
            booking_date=line.booking_date,
            value_date=line.value_date,
            references=references(given),
            description=prose(told.description or line.supplementary),
            counterparty=prose(told.counterparty),
            counterparty_account=identifier(told.counterparty_account, "86"),
            kind=line.kind,
            status=line.status,
            source_status=line.source_status,
            metadata={name: text for name, value in metadata.items() if (text := prose(value))},
            line=tag.line,
            raw=raw,
        )
        return self._keyed(record, bank_reference)

    def _keyed(self, record: ExternalRecord, bank_reference: str) -> ExternalRecord:
        key = self._keys.key(
            amount=record.amount,
            currency=record.currency,
            booking_date=record.booking_date,
            value_date=record.value_date,
            bank_reference=bank_reference,
            references=record.references,
            description=record.description,
            counterparty=record.counterparty,
            unbooked_as=record.source_status,
        )
        return replace(record, key=key)

    def _end(self) -> Iterator[Item]:
        statement = self._statement
        needed: dict[str, object] = {"25": statement.account, "28C": statement.number}
        if not self._is_interim:
            if "34F" in self._seen and "60" not in self._seen:
                reason = "The message has a floor limit and no balances: it is an MT942, and the profile says MT940."
                reject_file(FaultCode.FORMAT_UNKNOWN, reason, line=statement.line, name="34F")
            needed |= {"60": "60" in self._seen, "62": "62" in self._seen}
        for name, value in needed.items():
            if not value:
                reason = "The statement lacks the tag. The file may be cut off."
                yield RecordFault(statement.line, name, FaultCode.FIELD_MISSING, reason)
        yield self._told()

    def _told(self) -> BankStatement:
        statement = self._statement
        opening, closing = statement.opening, statement.closing
        currency = statement.currency or self._context.currency
        # A report with a floor lists only the entries above it, and its sums are of all.
        credit_sum, debit_sum = (None, None) if statement.floor else (statement.credit_sum, statement.debit_sum)
        return BankStatement(
            account=statement.account,
            number=statement.number,
            page=statement.page,
            currency=currency,
            precision=self._context.precisions.get(currency, 1),
            opening=opening.amount if opening else None,
            closing=closing.amount if closing else None,
            opening_date=opening.day if opening else None,
            closing_date=closing.day if closing else statement.reported_on,
            opening_is_intermediate=statement.opening_is_intermediate,
            closing_is_intermediate=statement.closing_is_intermediate,
            is_last_page=not statement.closing_is_intermediate,
            is_interim=self._is_interim,
            credit_total=credit_sum.amount if credit_sum else None,
            debit_total=debit_sum.amount if debit_sum else None,
            declared_items=credit_sum.count + debit_sum.count if credit_sum and debit_sum else None,
            records=statement.records,
            total=statement.credits - statement.debits,
            items=statement.items,
            credits=statement.credits,
            debits=statement.debits,
            line=statement.line,
        )
