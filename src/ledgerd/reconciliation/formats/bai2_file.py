"""BAI2: balances and details of accounts, with the control totals and counts of every level proved."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import BinaryIO, NoReturn

from bai2.constants import AsOfDateModifier, FundsType, GroupStatus

from ledgerd.core.model.external_record import BankStatement, ExternalRecord, FaultCode, RecordFault
from ledgerd.reconciliation.formats import bai2_codes
from ledgerd.reconciliation.formats.bai2_records import Bai2Record, Fields, bai2_records
from ledgerd.reconciliation.formats.identity import RecordKeys
from ledgerd.reconciliation.formats.number_forms import from_smallest_units
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
from ledgerd.reconciliation.formats.statement_line import short_date

VERSION = "2"
DEFAULT_CURRENCY = "USD"
"""What the standard says where neither account nor group names one. A currency of the source goes before it."""
AMOUNT_DIGITS = 36
_DISTRIBUTIONS_MAX = 1_000

_FILE, _GROUP, _ACCOUNT = "01", "02", "03"
_DETAIL = "16"
_TRAILERS = {_ACCOUNT: "49", _GROUP: "98", _FILE: "99"}
_CHILDREN = {"": _FILE, _FILE: _GROUP, _GROUP: _ACCOUNT, _ACCOUNT: _DETAIL}
_INTERIM = (AsOfDateModifier.interim_previous_day.value, AsOfDateModifier.interim_same_day.value)
_READ = (GroupStatus.update.value, GroupStatus.correction.value)


def read(source: BinaryIO, context: ReadContext) -> Iterator[Item]:
    """The records, faults and statements of a BAI2 file; a statement for each account of each group."""
    reader = _Reader(context)
    for record in bai2_records(source, context):
        yield from reader.record(record)
    yield from reader.end()


@dataclass(slots=True)
class _Level:
    """A file, group or account that is not closed yet, and what its trailer must say."""

    code: str
    line: int
    total: int = 0
    children: int = 0
    rows: int = 0


@dataclass(slots=True)
class _Group:
    day: date
    currency: str
    is_interim: bool
    is_read: bool


@dataclass(slots=True)
class _Account:
    number: str
    currency: str
    precision: int
    statement: BankStatement
    figures: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


class _Reader:
    def __init__(self, context: ReadContext) -> None:
        self._context = context
        self._keys = RecordKeys()
        self._levels: list[_Level] = []
        self._group = _Group(date.min, "", is_interim=False, is_read=True)
        self._account: _Account | None = None
        self._files = 0

    def record(self, record: Bai2Record) -> Iterator[Item]:
        innermost = self._levels[-1].code if self._levels else ""
        if record.code != _CHILDREN.get(innermost) and record.code != _TRAILERS.get(innermost):
            self._reject(
                record, "The record does not belong here: a header or trailer is missing, or its code unknown."
            )
        if record.problem and record.code != _DETAIL:
            reject_file(record.problem, record.reason, line=record.line, name=record.code)
        if record.code in _TRAILERS:
            self._levels.append(_Level(record.code, record.line))
        for level in self._levels:
            level.rows += len(record.rows)
        if record.code == _DETAIL:
            yield from self._detail(record)
        elif record.code in _TRAILERS:
            try:
                yield from self._header(record)
            except RecordRejected as rejected:
                # What stands below a header depends on it: no record could be trusted.
                reject_file(rejected.code, rejected.reason, line=record.line, name=rejected.name)
        else:
            yield from self._trailer(record)

    def end(self) -> Iterator[Item]:
        if not self._files:
            reject_file(FaultCode.FORMAT_UNKNOWN, "The file has no header.")
        for level in reversed(self._levels):
            reason = "The file ends before its trailer: it is cut off."
            yield RecordFault(level.line, _TRAILERS[level.code], FaultCode.SYNTAX_INVALID, reason)
            if level.code == _ACCOUNT:
                yield from self._told()

    def _reject(self, record: Bai2Record, reason: str) -> NoReturn:
        code = FaultCode.SYNTAX_INVALID if self._files else FaultCode.FORMAT_UNKNOWN
        reject_file(code, reason, line=record.line, name=record.code, raw=raw_text(record.raw))

    def _header(self, record: Bai2Record) -> Iterator[Item]:
        fields = Fields(record)
        if record.code == _FILE:
            parts = [fields.take() for _ in range(8)]
            if parts[7] != VERSION:
                reject_file(FaultCode.FORMAT_UNKNOWN, "The file is not of version 2.", line=record.line, name=_FILE)
            self._files += 1
        elif record.code == _GROUP:
            _, _, status, day, _, currency, modifier = (fields.take() for _ in range(7))
            is_read = status in _READ
            self._group = _Group(_day(day, "as_of"), currency, modifier in _INTERIM, is_read)
            if not is_read:
                reason = "The group is a test or deletes what an earlier one said: none of its records is taken."
                yield RecordFault(record.line, "status", FaultCode.FORMAT_UNKNOWN, reason, raw_text(record.raw))
        else:
            self._begin_account(record, fields)

    def _begin_account(self, record: Bai2Record, fields: Fields) -> None:
        number = identifier(fields.take(), "account")
        if not number:
            raise RecordRejected(FaultCode.FIELD_MISSING, "account", "The account has no number.")
        currency = fields.take() or self._group.currency or self._context.currency or DEFAULT_CURRENCY
        precision = precision_of(currency, self._context)
        account = _Account(number, currency, precision, self._empty_statement(record, number, currency, precision))
        while not fields.is_at_end():
            # Banks write a comma more or less before the end of a line.
            if code := fields.take():
                self._summary(code, fields, account)
        self._account = account
        self._keys.begin(number)

    def _empty_statement(self, record: Bai2Record, number: str, currency: str, precision: int) -> BankStatement:
        return BankStatement(
            account=number,
            currency=currency,
            precision=precision,
            closing_date=self._group.day,
            is_interim=self._group.is_interim,
            line=record.line,
        )

    def _summary(self, code: str, fields: Fields, account: _Account) -> None:
        """A balance or a sum. It is never a record: its movements are listed, or not listed at all."""
        amount, count = fields.take(), fields.take()
        _availability(fields)
        minor = int(_digits(amount, AMOUNT_DIGITS, code, signed=True)) if amount else 0
        self._levels[-1].total += minor
        if amount:
            account.figures[code] = from_smallest_units(str(minor), account.currency, account.precision, code)
        if count:
            account.counts[code] = int(_digits(count, 9, code))

    def _detail(self, record: Bai2Record) -> Iterator[Item]:
        raw = raw_text(record.raw)
        account = self._account
        assert account
        try:
            if record.problem:
                raise RecordRejected(record.problem, _DETAIL, record.reason)
            found = self._movement(record, account, raw)
        except RecordRejected as rejected:
            yield rejected.fault(record.line, raw)
            return
        if found is None or not self._group.is_read:
            return
        told = account.statement
        account.statement = replace(
            told,
            records=told.records + 1,
            items=told.items + 1,
            total=told.total + found.amount,
            credits=told.credits + max(found.amount, 0),
            debits=told.debits - min(found.amount, 0),
        )
        yield from replacements(found)
        yield found

    def _movement(self, record: Bai2Record, account: _Account, raw: str) -> ExternalRecord | None:
        fields = Fields(record)
        code, amount = fields.take(), fields.take()
        minor = int(_digits(amount, AMOUNT_DIGITS, "amount")) if amount else 0
        # Before anything else can be wrong with the record: the totals of all levels count it.
        self._levels[-1].total += minor
        funds, value_date = _availability(fields)
        bank_reference = identifier(fields.take(), "bank_reference")
        customer_reference = identifier(fields.take(), "customer_reference")
        if code == bai2_codes.NON_MONETARY:
            return None
        side = bai2_codes.sign(code)
        if not amount:
            raise RecordRejected(FaultCode.FIELD_MISSING, "amount", "The amount is missing.")
        metadata = {"type": code, "type_text": bai2_codes.description(code), "funds": funds}
        found = ExternalRecord(
            key="",
            amount=from_smallest_units(str(side * minor), account.currency, account.precision, "amount"),
            currency=account.currency,
            precision=account.precision,
            booking_date=self._group.day,
            value_date=value_date,
            references=references([("customer_reference", customer_reference), ("bank_reference", bank_reference)]),
            description=prose(fields.text()),
            kind=bai2_codes.kind(code),
            metadata={name: text for name, text in metadata.items() if text},
            line=record.line,
            raw=raw,
        )
        return replace(found, key=self._key(found, bank_reference))

    def _key(self, found: ExternalRecord, bank_reference: str) -> str:
        return self._keys.key(
            amount=found.amount,
            currency=found.currency,
            booking_date=found.booking_date,
            value_date=found.value_date,
            bank_reference=bank_reference,
            references=found.references,
            description=found.description,
        )

    def _trailer(self, record: Bai2Record) -> Iterator[Item]:
        level = self._levels.pop()
        fields = Fields(record)
        total, counts = fields.take(), [fields.take()]
        expected = [level.rows]
        if level.code != _ACCOUNT:
            counts, expected = [counts[0], fields.take()], [level.children, level.rows]
        else:
            yield from self._told()
        try:
            said = int(_digits(total, AMOUNT_DIGITS, record.code, signed=True)) if total else 0
            said_counts = [int(_digits(count, 9, record.code)) if count else None for count in counts]
        except RecordRejected as rejected:
            yield rejected.fault(record.line, raw_text(record.raw))
            said, said_counts = level.total, []
        if said != level.total:
            reason = "The control total is not the sum of the amounts."
            yield RecordFault(record.line, record.code, FaultCode.TOTAL_DIFFERS, reason, raw_text(record.raw))
        if any(have is not None and have != want for have, want in zip(said_counts, expected, strict=False)):
            reason = "The trailer counts other numbers of records, accounts or groups than there are."
            yield RecordFault(record.line, record.code, FaultCode.COUNT_DIFFERS, reason, raw_text(record.raw))
        if self._levels:
            # With what the trailer says, so that one wrong total is told of once.
            self._levels[-1].total += said
            self._levels[-1].children += 1

    def _told(self) -> Iterator[Item]:
        account, self._account = self._account, None
        if account and self._group.is_read:
            figures, counts = account.figures, account.counts
            sides = (bai2_codes.TOTAL_CREDITS, bai2_codes.TOTAL_DEBITS)
            yield replace(
                account.statement,
                opening=figures.get(bai2_codes.OPENING_LEDGER),
                closing=figures.get(bai2_codes.CLOSING_LEDGER),
                credit_total=_unsigned(figures.get(sides[0])),
                debit_total=_unsigned(figures.get(sides[1])),
                declared_items=sum(counts[side] for side in sides) if all(side in counts for side in sides) else None,
            )


def _unsigned(total: int | None) -> int | None:
    return abs(total) if total is not None else None


def _availability(fields: Fields) -> tuple[str, date | None]:
    """The funds type, with its fields behind it, and the value date where it has one."""
    funds = fields.take()
    if not funds:
        return "", None
    try:
        kind = FundsType(funds)
    except ValueError:
        raise RecordRejected(FaultCode.SYNTAX_INVALID, "funds", "The funds type is none of the standard.") from None
    if kind is FundsType.value_dated:
        day, _time = fields.take(), fields.take()
        return funds, _day(day, "funds") if day else None
    if kind is FundsType.distributed_availability_simple:
        count = 3
    elif kind is FundsType.distributed_availability:
        count = 2 * int(_digits(fields.take(), 4, "funds"))
    else:
        return funds, None
    if count > 2 * _DISTRIBUTIONS_MAX:
        raise RecordRejected(FaultCode.LIMIT_EXCEEDED, "funds", "The funds are distributed over too many days.")
    for _ in range(count):
        if text := fields.take():
            _digits(text, AMOUNT_DIGITS, "funds", signed=True)
    return funds, None


def _day(text: str, name: str) -> date:
    if len(text) != 6 or not (text.isascii() and text.isdecimal()):
        raise RecordRejected(FaultCode.DATE_INVALID, name, "The date is not of the form YYMMDD.")
    return short_date(text, name)


def _digits(text: str, digits: int, name: str, *, signed: bool = False) -> str:
    """The text, where it is an integer of at most so many digits: Python's own takes more than the standard has."""
    unsigned = text[1:] if signed and text[:1] in ("-", "+") else text
    if not (unsigned.isascii() and unsigned.isdecimal() and len(unsigned) <= digits):
        raise RecordRejected(FaultCode.AMOUNT_INVALID, name, f"It is no whole number of at most {digits} digits.")
    return text
