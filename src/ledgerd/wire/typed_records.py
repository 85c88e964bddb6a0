"""Typed records of uploads, as external records: by the bounds that hold for those of files."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from ledgerapi.v1 import amount_pb2, external_record_pb2, reconciliation_service_pb2

from ledgerd.core.model import ids, limits
from ledgerd.core.model.amount import minor_units, parse_signed
from ledgerd.core.model.external_record import (
    METADATA_MAX,
    REFERENCES_MAX,
    TEXT_CHARS,
    ExternalRecord,
    FaultCode,
    RecordFault,
    RecordKind,
    RecordStatus,
)
from ledgerd.core.model.text import is_label
from ledgerd.reconciliation.formats.reading import ReadContext, RecordRejected, precision_of

_pb = external_record_pb2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_YEAR_MIN, _YEAR_MAX = 1900, 9998
_NANOS_BOUND = 1_000_000_000
_METADATA_NAME = re.compile(rf"[A-Za-z0-9_.-]{{1,{limits.METADATA_NAME_MAX_CHARS}}}", re.ASCII)


def read(chunks: Iterator[bytes], context: ReadContext, lines: int = 0) -> Iterator[ExternalRecord | RecordFault]:
    """The records of encoded chunks, or what is wrong with them. Their lines are their places in the upload, after so
    many that came before."""
    line = lines
    for chunk in chunks:
        message = reconciliation_service_pb2.ExternalRecords.FromString(chunk)
        for record in message.external_records:
            line += 1
            try:
                yield replace(_record(record, context), line=line)
            except RecordRejected as rejected:
                yield rejected.fault(line)


def _record(message: _pb.ExternalRecord, context: ReadContext) -> ExternalRecord:
    amount, currency, precision = _amount(message.amount, context)
    booked_at = _time(message) if message.HasField("booking_time") else None
    booking, value = _day("booking_date", message.booking_date), _day("value_date", message.value_date)
    if booking is None and booked_at is not None:
        booking = booked_at.astimezone(context.zone).date()
    if booking is None and value is None:
        raise RecordRejected(FaultCode.FIELD_MISSING, "booking_date", "The record has no date.")
    if not message.key:
        raise RecordRejected(FaultCode.FIELD_MISSING, "key", "The record has no key.")
    return ExternalRecord(
        key=_label("key", message.key, limits.LABEL_MAX_CHARS),
        amount=amount,
        currency=currency,
        precision=precision,
        booking_date=booking,
        value_date=value,
        booked_at=booked_at,
        references=_references(message.references),
        description=_label("description", message.description, TEXT_CHARS),
        counterparty=_label("counterparty", message.counterparty, TEXT_CHARS),
        counterparty_account=_label("counterparty_account", message.counterparty_account, limits.LABEL_MAX_CHARS),
        identity_id=_identity(message.identity_id),
        group_key=_label("group_key", message.group_key, limits.LABEL_MAX_CHARS),
        kind=_kind(message.kind),
        status=_status(message.status),
        source_status=_label("source_status", message.source_status, limits.LABEL_MAX_CHARS),
        payments=_payments(message),
        metadata=_metadata(message),
    )


def _amount(message: amount_pb2.Amount, context: ReadContext) -> tuple[int, str, int]:
    currency = message.currency or context.currency
    precision = precision_of(currency, context)
    if message.precision not in (0, precision):
        raise _wrong_amount("The amount has another precision than the balances of the source.")
    found = set()
    for text, decimal in ((message.precise, False), (message.decimal, True)):
        if not text:
            continue
        quantity = parse_signed(text, decimal=decimal)
        if quantity is None:
            raise _wrong_amount("The amount is no plain decimal, or in minor units no integer.")
        minor = minor_units(quantity, precision)
        if minor is None:
            reason = "The amount has more decimals than its currency has in the ledger."
            raise RecordRejected(FaultCode.AMOUNT_TOO_PRECISE, "amount", reason)
        found.add(minor)
    if not found:
        raise RecordRejected(FaultCode.FIELD_MISSING, "amount", "The amount is missing.")
    (minor, *others) = found
    if others:
        raise _wrong_amount("The two spellings are of different amounts.")
    if abs(minor) >= limits.AMOUNT_BOUND_MINOR_UNITS:
        raise _wrong_amount("The amount has more than 36 digits in minor units.")
    return minor, currency, precision


def _wrong_amount(reason: str) -> RecordRejected:
    return RecordRejected(FaultCode.AMOUNT_INVALID, "amount", reason)


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text) and (day := date.fromisoformat(text)).year >= _YEAR_MIN:
            return day
    except ValueError:
        pass
    raise RecordRejected(FaultCode.DATE_INVALID, name, f"It must be a day from {_YEAR_MIN} on, as in 2026-03-31.")


def _time(message: _pb.ExternalRecord) -> datetime:
    seconds, nanos = message.booking_time.seconds, message.booking_time.nanos
    try:
        if not 0 <= nanos < _NANOS_BOUND:
            raise OverflowError
        found = _EPOCH + timedelta(0, seconds, nanos // 1_000)
    except OverflowError:
        found = None
    if found is None or not _YEAR_MIN <= found.year <= _YEAR_MAX:
        raise RecordRejected(FaultCode.DATE_INVALID, "booking_time", f"It must be a time from {_YEAR_MIN} on.")
    return found


def _label(name: str, text: str, max_chars: int) -> str:
    if text and not is_label(text, max_chars):
        reason = f"It must have at most {max_chars} printable characters on one line."
        raise RecordRejected(FaultCode.TEXT_INVALID, name, reason)
    return text


def _references(texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) > REFERENCES_MAX:
        raise RecordRejected(FaultCode.LIMIT_EXCEEDED, "references", f"There may be {REFERENCES_MAX} references.")
    for text in texts:
        if not _label("references", text, limits.LABEL_MAX_CHARS):
            raise RecordRejected(FaultCode.TEXT_INVALID, "references", "A reference is empty.")
    return tuple(dict.fromkeys(texts))


def _identity(text: str) -> str:
    key = ids.decode_hex(ids.IDENTITY, text) if text else ""
    if key is None:
        raise RecordRejected(FaultCode.TEXT_INVALID, "identity_id", "It must be an id that begins with idt_.")
    return key


def _kind(number: int) -> RecordKind:
    values = _pb.ExternalRecordKind.DESCRIPTOR.values_by_number
    if number not in values:
        raise RecordRejected(FaultCode.WORD_UNKNOWN, "kind", "There is no such kind.")
    return RecordKind(values[number].name.removeprefix("EXTERNAL_RECORD_KIND_")) if number else RecordKind.MOVEMENT


def _status(number: int) -> RecordStatus:
    values = _pb.ExternalRecordStatus.DESCRIPTOR.values_by_number
    if number not in values:
        raise RecordRejected(FaultCode.WORD_UNKNOWN, "status", "There is no such status.")
    return RecordStatus(values[number].name.removeprefix("EXTERNAL_RECORD_STATUS_")) if number else RecordStatus.BOOKED


def _payments(message: _pb.ExternalRecord) -> int:
    if not 0 <= message.payment_count <= limits.RECORD_PAYMENTS_MAX:
        reason = f"It must be from 1 to {limits.RECORD_PAYMENTS_MAX}."
        raise RecordRejected(FaultCode.LIMIT_EXCEEDED, "payment_count", reason)
    return message.payment_count or 1


def _metadata(message: _pb.ExternalRecord) -> dict[str, str]:
    members = message.metadata.fields
    if len(members) > METADATA_MAX:
        raise RecordRejected(FaultCode.LIMIT_EXCEEDED, "metadata", f"There may be {METADATA_MAX} texts.")
    found = {}
    for name, value in members.items():
        if not _METADATA_NAME.fullmatch(name) or value.WhichOneof("kind") != "string_value":
            raise RecordRejected(FaultCode.TEXT_INVALID, "metadata", "It must have texts under plain names.")
        found[name] = _label("metadata", value.string_value, TEXT_CHARS)
    return found
