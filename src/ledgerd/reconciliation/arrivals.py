"""What was read of an upload as rows of PostgreSQL's text format, and as JSON: the way from the process that reads to
the one that writes."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from ledgerd.core.model.external_record import BankStatement, ExternalRecord, FaultCode, RecordFault, RecordStatus

DIGEST_BYTES = 16
"""Enough that nobody finds two records by chance that say something else under one key."""
_NULL = r"\N"
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_QUOTED = str.maketrans({"\\": r"\\", '"': r"\""})
_DATES = ("opening_date", "closing_date")


def record_row(record: ExternalRecord, upload_id: str, ordinal: int) -> str:
    """A record, in the order of store.arrivals.RECORD_COLUMNS."""
    return _row(
        upload_id,
        str(ordinal),
        record.key,
        rf"\x{content_digest(record).hex()}",
        str(record.amount),
        record.currency,
        str(record.precision),
        _iso(record.booking_date),
        _iso(record.value_date),
        _iso(record.booked_at),
        _array(record.references),
        record.description or None,
        record.counterparty or None,
        record.counterparty_account or None,
        record.identity_id or None,
        record.group_key or None,
        record.kind.value,
        None if record.status is RecordStatus.BOOKED else record.status.value,
        record.source_status or None,
        str(record.payments),
        json.dumps(dict(record.metadata), ensure_ascii=False, sort_keys=True),
        str(record.line),
        record.raw or None,
    )


def fault_row(fault: RecordFault, upload_id: str, ordinal: int) -> str:
    """A fault, in the order of store.arrivals.FAULT_COLUMNS."""
    return _row(
        upload_id,
        str(ordinal),
        str(fault.line),
        fault.field or None,
        fault.code.value,
        fault.reason,
        fault.raw or None,
        fault.member or None,
    )


def content_digest(record: ExternalRecord) -> bytes:
    """The digest of everything that a record says, but not of where it stood."""
    said = [
        str(record.amount),
        record.currency,
        record.precision,
        _iso(record.booking_date),
        _iso(record.value_date),
        _iso(record.booked_at),
        list(record.references),
        record.description,
        record.counterparty,
        record.counterparty_account,
        record.identity_id,
        record.group_key,
        record.kind.value,
        record.status.value,
        record.source_status,
        record.payments,
        sorted(record.metadata.items()),
    ]
    return hashlib.sha256(json.dumps(said).encode()).digest()[:DIGEST_BYTES]


def statement_to_plain(statement: BankStatement) -> dict[str, Any]:
    """A statement as JSON has it."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(statement).items()}


def statement_of(plain: Mapping[str, Any]) -> BankStatement:
    """The statement that statement_to_plain wrote."""
    days = {name: date.fromisoformat(plain[name]) for name in _DATES if plain[name] is not None}
    return BankStatement(**{**plain, **days})


def fault_to_plain(fault: RecordFault) -> dict[str, Any]:
    """A fault as JSON has it."""
    return {field.name: getattr(fault, field.name) for field in fields(fault)}


def fault_of(plain: Mapping[str, Any]) -> RecordFault:
    """The fault that fault_to_plain wrote."""
    return RecordFault(**{**plain, "code": FaultCode(plain["code"])})


def _row(*values: str | None) -> str:
    return "\t".join(_NULL if value is None else value.translate(_ESCAPED) for value in values) + "\n"


def _array(values: Iterable[str]) -> str:
    return "{" + ",".join(f'"{value.translate(_QUOTED)}"' for value in values) + "}"


def _iso(value: date | datetime | None) -> str | None:
    return None if value is None else value.isoformat()
