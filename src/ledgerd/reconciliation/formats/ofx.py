"""OFX 1 and 2, and QFX: statements of bank accounts and credit cards.

Transactions that are pending only (STMTTRNP) are passed over: they have no id by which they could be known again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import BinaryIO

from ledgerd.core.model.external_record import (
    KEY_CHARS,
    RAW_CHARS,
    BankStatement,
    ExternalRecord,
    FaultCode,
    RecordFault,
    RecordKind,
    RecordStatus,
)
from ledgerd.reconciliation.formats.identity import unbooked_suffix
from ledgerd.reconciliation.formats.number_forms import NumberForm, plain_number
from ledgerd.reconciliation.formats.ofx_elements import Element, elements, unescaped
from ledgerd.reconciliation.formats.ofx_header import ENCODINGS, read_header
from ledgerd.reconciliation.formats.reading import (
    Item,
    ReadContext,
    RecordRejected,
    identifier,
    minor_amount,
    precision_of,
    prose,
    raw_text,
    reject_file,
    replacements,
)
from ledgerd.reconciliation.formats.references import references
from ledgerd.reconciliation.formats.text_lines import decoded, is_undecoded, readable

_STATEMENTS = frozenset(("STMTRS", "CCSTMTRS"))
_TRANSACTION = "STMTTRN"
_PARTS = {
    "PAYEE": "PAYEE",
    "EXTDPAYEE": "EXTDPAYEE",
    "BANKACCTTO": "TO",
    "CCACCTTO": "TO",
    "CURRENCY": "CURRENCY",
    "ORIGCURRENCY": "ORIGCURRENCY",
}
"""Aggregates in a transaction, and what their fields are called here."""
_OF_STATEMENT = {"BANKACCTFROM": "FROM", "CCACCTFROM": "FROM", "LEDGERBAL": "LEDGERBAL", "BANKTRANLIST": "LIST"}
_KINDS = {"FEE": RecordKind.FEE, "SRVCHG": RecordKind.FEE, "INT": RecordKind.INTEREST}
_HOLD = "HOLD"
_POINT, _COMMA = NumberForm(), NumberForm(decimal_mark=",")
_DATE = re.compile(
    r"(?P<day>[0-9]{8})(?:(?P<time>[0-9]{4}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?))?"
    r"\s*(?:\[\s*(?P<hours>[+-]?[0-9]{1,2}(?:\.[0-9]{1,2})?)\s*(?::[^\]]{0,32})?\])?"
)
_FIELDS_MAX = 200


def read(source: BinaryIO, context: ReadContext) -> Iterator[Item]:
    """The records, faults and statements of an OFX file; a statement for each account."""
    header = read_header(source)
    reader = _Reader(context, is_xml=header.is_xml)
    pieces = decoded(header.rest, header.encoding, ENCODINGS)
    for element in elements(pieces, context.bounds, header.lines + 1, is_xml=header.is_xml):
        yield from reader.element(element)
    yield from reader.end()


@dataclass(slots=True)
class _Statement:
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    account: str = ""
    currency: str = ""
    precision: int = 1
    records: int = 0
    credits: int = 0
    debits: int = 0
    items: int = 0

    def add(self, record: ExternalRecord) -> None:
        self.records += 1
        if record.currency == self.currency and record.status is RecordStatus.BOOKED:
            self.items += 1
            self.credits += max(record.amount, 0)
            self.debits -= min(record.amount, 0)


@dataclass(slots=True)
class _Transaction:
    line: int
    raw: str
    fields: dict[str, str] = field(default_factory=dict)
    problem: RecordRejected | None = None


class _Reader:
    def __init__(self, context: ReadContext, *, is_xml: bool) -> None:
        self._context = context
        self._is_xml = is_xml
        self._stack: list[str] = []
        self._statement: _Statement | None = None
        self._transaction: _Transaction | None = None
        self._statements = 0

    def element(self, element: Element) -> Iterator[Item]:
        transaction = self._transaction
        if transaction and len(transaction.raw) < RAW_CHARS:
            transaction.raw += element.raw
        if element.kind == "begin":
            self._begin(element)
        elif element.kind == "leaf":
            self._leaf(element)
        else:
            self._stack.pop()
            if element.name == _TRANSACTION and transaction:
                self._transaction = None
                yield from self._complete(transaction)
            elif element.name in _STATEMENTS and self._statement:
                yield from self._told(self._statement)
                self._statement = None

    def end(self) -> Iterator[Item]:
        if self._stack:
            yield RecordFault(0, "OFX", FaultCode.SYNTAX_INVALID, "The file ends before its elements: it is cut off.")
            if self._statement:
                yield from self._told(self._statement)
        elif not self._statements:
            reject_file(FaultCode.FORMAT_UNKNOWN, "The file has no statement of a bank account or credit card.")

    def _begin(self, element: Element) -> None:
        self._stack.append(element.name)
        if element.name == "INVSTMTRS":
            reject_file(FaultCode.FORMAT_UNKNOWN, "Statements of investments are not read.", line=element.line)
        if element.name in _STATEMENTS:
            self._statement = _Statement(element.line)
            self._statements += 1
        elif element.name == _TRANSACTION:
            if not self._statement or self._transaction:
                reason = "A transaction stands outside of a statement, or in another one."
                reject_file(FaultCode.SYNTAX_INVALID, reason, line=element.line)
            if not self._statement.account:
                self._begin_transactions(self._statement, element.line)
            self._transaction = _Transaction(element.line, element.raw)

    def _begin_transactions(self, statement: _Statement, line: int) -> None:
        """Account and currency stand before all transactions; without them none could have a key and an amount."""
        try:
            statement.account = identifier(statement.fields.get("FROM.ACCTID", ""), "ACCTID")
            if not statement.account:
                raise RecordRejected(FaultCode.FIELD_MISSING, "ACCTID", "The statement has no account.")
            statement.currency = statement.fields.get("CURDEF", "") or self._context.currency
            statement.precision = precision_of(statement.currency, self._context)
        except RecordRejected as rejected:
            reject_file(rejected.code, rejected.reason, line=line, name=rejected.name)

    def _leaf(self, element: Element) -> None:
        inner = self._stack[-1]
        if self._transaction:
            prefix = "" if inner == _TRANSACTION else _PARTS.get(inner)
            if prefix is not None:
                self._keep(self._transaction, prefix, element)
        elif self._statement:
            prefix = "" if inner in _STATEMENTS else _OF_STATEMENT.get(inner)
            if prefix is None:
                return
            name = f"{prefix}.{element.name}" if prefix else element.name
            fields = self._statement.fields
            if name in fields or len(fields) >= _FIELDS_MAX or is_undecoded(element.text):
                reason = "The statement has an element twice, too many, or one in another encoding than the file's."
                reject_file(FaultCode.SYNTAX_INVALID, reason, line=element.line, name=element.name)
            try:
                fields[name] = unescaped(element.text, element.name, is_xml=self._is_xml)
            except RecordRejected as rejected:
                reject_file(rejected.code, rejected.reason, line=element.line, name=rejected.name)

    def _keep(self, transaction: _Transaction, prefix: str, element: Element) -> None:
        if transaction.problem:
            return
        name = f"{prefix}.{element.name}" if prefix else element.name
        try:
            if is_undecoded(element.text):
                reason = "The text is not in the encoding of the file."
                raise RecordRejected(FaultCode.ENCODING_INVALID, element.name, reason)
            if name in transaction.fields:
                raise RecordRejected(FaultCode.SYNTAX_INVALID, element.name, "The transaction has the element twice.")
            if len(transaction.fields) >= _FIELDS_MAX:
                raise RecordRejected(FaultCode.LIMIT_EXCEEDED, element.name, "The transaction has too many elements.")
            transaction.fields[name] = unescaped(element.text, element.name, is_xml=self._is_xml)
        except RecordRejected as rejected:
            transaction.problem = rejected

    def _complete(self, transaction: _Transaction) -> Iterator[Item]:
        statement = self._statement
        assert statement
        raw = raw_text(readable(transaction.raw).strip())
        try:
            if transaction.problem:
                raise transaction.problem
            record = self._record(transaction, statement, raw)
        except RecordRejected as rejected:
            yield rejected.fault(transaction.line, raw)
            return
        statement.add(record)
        yield from replacements(record)
        yield record

    def _record(self, transaction: _Transaction, statement: _Statement, raw: str) -> ExternalRecord:
        fields = transaction.fields
        if fields.get("CORRECTFITID") or fields.get("CORRECTACTION"):
            # A record beside the one that it corrects would count twice, and one that deletes is no movement.
            reason = "The transaction corrects or deletes an earlier one. It was not taken: correct the record by hand."
            raise RecordRejected(FaultCode.CONTENT_DIFFERS, "CORRECTFITID", reason)
        currency = fields.get("CURRENCY.CURSYM") or statement.currency
        precision = precision_of(currency, self._context)
        booking_date, booked_at = _moment(_needed(fields, "DTPOSTED"), "DTPOSTED", self._context.zone)
        value_date = _day(fields, "DTAVAIL", self._context.zone)
        user_date = _day(fields, "DTUSER", self._context.zone)
        word = fields.get("TRNTYPE", "").upper()
        status = RecordStatus.PENDING if word == _HOLD else RecordStatus.BOOKED
        name = fields.get("NAME") or fields.get("PAYEE.NAME") or fields.get("EXTDPAYEE.NAME") or ""
        metadata = {
            "type": word,
            "user_date": user_date.isoformat() if user_date else "",
            "original_currency": fields.get("ORIGCURRENCY.CURSYM", ""),
            "exchange_rate": fields.get("ORIGCURRENCY.CURRATE", "") or fields.get("CURRENCY.CURRATE", ""),
            "merchant_code": fields.get("SIC", ""),
        }
        return ExternalRecord(
            key=_key(statement.account, identifier(_needed(fields, "FITID"), "FITID"), status),
            amount=_amount(_needed(fields, "TRNAMT"), precision, "TRNAMT"),
            currency=currency,
            precision=precision,
            booking_date=booking_date,
            value_date=value_date,
            booked_at=booked_at,
            references=references((tag, fields.get(tag, "")) for tag in ("REFNUM", "CHECKNUM")),
            description=prose(fields.get("MEMO") or name),
            counterparty=prose(name),
            counterparty_account=identifier(fields.get("TO.ACCTID", ""), "ACCTID"),
            kind=_KINDS.get(word, RecordKind.MOVEMENT),
            status=status,
            source_status=_HOLD if word == _HOLD else "",
            metadata={name: text for name, value in metadata.items() if (text := prose(value))},
            line=transaction.line,
            raw=raw,
        )

    def _told(self, statement: _Statement) -> Iterator[Item]:
        if not statement.account:
            self._begin_transactions(statement, statement.line)
        closing, closing_date = None, None
        try:
            if text := statement.fields.get("LEDGERBAL.BALAMT"):
                closing = _amount(text, statement.precision, "BALAMT")
            closing_date = _day(statement.fields, "LEDGERBAL.DTASOF", self._context.zone)
            for name in ("LIST.DTSTART", "LIST.DTEND"):
                _day(statement.fields, name, self._context.zone)
        except RecordRejected as rejected:
            yield rejected.fault(statement.line)
        yield BankStatement(
            account=statement.account,
            currency=statement.currency,
            precision=statement.precision,
            closing=closing,
            closing_date=closing_date,
            records=statement.records,
            total=statement.credits - statement.debits,
            items=statement.items,
            credits=statement.credits,
            debits=statement.debits,
            line=statement.line,
        )


def _needed(fields: dict[str, str], name: str) -> str:
    text = fields.get(name, "")
    if not text:
        raise RecordRejected(FaultCode.FIELD_MISSING, name, "The transaction lacks the element.")
    return text


def _key(account: str, fit_id: str, status: RecordStatus) -> str:
    """A transaction's id is unique in its account, and a file may have several."""
    key = f"{account}:{fit_id}{unbooked_suffix(status)}"
    if len(key) > KEY_CHARS:
        reason = f"Account and id together have more than {KEY_CHARS} characters."
        raise RecordRejected(FaultCode.TEXT_INVALID, "FITID", reason)
    return key


def _amount(text: str, precision: int, name: str) -> int:
    """With a point or a comma for the decimals, as the standard allows, and no other mark."""
    return minor_amount(plain_number(text, _COMMA if "," in text else _POINT, name), precision, name)


def _day(fields: dict[str, str], name: str, zone: tzinfo) -> date | None:
    text = fields.get(name, "")
    return _moment(text, name.rpartition(".")[2], zone)[0] if text else None


def _moment(text: str, name: str, zone: tzinfo) -> tuple[date, datetime | None]:
    """YYYYMMDD, with a time and a zone such as [-5:EST] where it has them. The day is that of the source's zone."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise RecordRejected(FaultCode.DATE_INVALID, name, "The date is not of the form of OFX.")
    digits, time = match["day"], match["time"]
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        if not time:
            return day, None
        second, part = int(time[4:6] or "0"), int(time[7:].ljust(6, "0"))
        own = _zone(match["hours"]) if match["hours"] else zone
        at = datetime(day.year, day.month, day.day, int(time[:2]), int(time[2:4]), second, part, own)
        return at.astimezone(zone).date(), at
    except (ValueError, OverflowError):
        raise RecordRejected(FaultCode.DATE_INVALID, name, "There is no such date or time.") from None


def _zone(hours: str) -> timezone:
    whole, _, fraction = hours.lstrip("+-").partition(".")
    part = int(fraction.ljust(2, "0")) * 60
    minutes = int(whole) * 60 + part // 100
    if part % 100 or minutes > 14 * 60:
        raise ValueError(hours)
    return timezone(timedelta(minutes=-minutes if hours.startswith("-") else minutes))
