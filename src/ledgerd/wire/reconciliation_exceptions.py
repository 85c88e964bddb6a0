"""Exceptions, both ways."""

from datetime import UTC, datetime

import asyncpg
from ledgerapi.v1 import reconciliation_exception_pb2, reconciliation_match_pb2

from ledgerd.core.model import ids, limits
from ledgerd.operations import etags
from ledgerd.operations.reconciliation_exceptions import Changes
from ledgerd.wire import encode
from ledgerd.wire.external_sources import day
from ledgerd.wire.fields import Reading
from ledgerd.wire.settings import Mask

_pb = reconciliation_exception_pb2
PATHS = {"status": "status", "owner": "owner", "comment": "comment", "resolution": "resolution", "due_time": "due_at"}
"""The paths that an update may name, with what they are called inside."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def read(read: Reading, message: _pb.ReconciliationException, changed: Mask) -> Changes:
    """The changes of an exception. Only the fields that the mask names are read."""
    path, named = "reconciliation_exception.", changed or frozenset()
    status = "OPEN"
    if "status" in named:
        status = read.enum(f"{path}status", _pb.ReconciliationExceptionStatus, message.status)
        if status == "UNSPECIFIED":
            read.wrong(f"{path}status", "is required")
    due_at = _NEVER
    if "due_time" in named:
        if message.HasField("due_time"):
            due_at = read.time(f"{path}due_time", message.due_time)
        else:
            read.wrong(f"{path}due_time", "is required")
    owner = comment = resolution = None
    if "owner" in named:
        owner = read.optional_label(f"{path}owner", message.owner, limits.LABEL_MAX_CHARS)
    if "comment" in named:
        comment = read.prose(f"{path}comment", message.comment)
    if "resolution" in named:
        resolution = read.prose(f"{path}resolution", message.resolution)
    return Changes(status=status, owner=owner, comment=comment, resolution=resolution, due_at=due_at)


def encode_exception(row: asyncpg.Record) -> _pb.ReconciliationException:
    """An exception from its row."""
    record, resolved_by, resolved_at = row["record_number"], row["resolved_by"], row["resolved_at"]
    entry = None
    if record is None:
        entry = reconciliation_match_pb2.ReconciliationEntryKey(
            transaction_id=ids.encode(ids.TRANSACTION, row["transaction_id"].int),
            balance_id=ids.encode(ids.BALANCE, row["balance_id"].int),
        )
    age = row["age_days"]
    return _pb.ReconciliationException(
        id=ids.encode(ids.RECONCILIATION_EXCEPTION, row["id"].int),
        external_source_id=ids.encode(ids.EXTERNAL_SOURCE, row["source_id"].int),
        reconciliation_id=ids.encode(ids.RECONCILIATION, row["reconciliation_id"].int),
        kind=f"RECONCILIATION_EXCEPTION_KIND_{row['kind']}",
        external_record_id=None if record is None else ids.encode(ids.EXTERNAL_RECORD, record),
        entry=entry,
        match_number=row["match_number"] or 0,
        amount=encode.amount(int(row["amount"]), row["precision"], row["currency"]),
        row_date=day(row["row_date"]),
        age_days=age,
        age_bucket_days=max((begin for begin in row["age_bucket_days"] if begin <= age), default=0),
        status=f"RECONCILIATION_EXCEPTION_STATUS_{row['status']}",
        owner=row["owner"],
        comment=row["comment"],
        resolution=row["resolution"] or row["decision_reason"],
        reconciliation_decision_id=None if resolved_by is None else ids.encode(ids.ROW_DECISION, resolved_by),
        due_time=encode.time(row["due_at"]),
        create_time=encode.time(row["created_at"]),
        update_time=encode.time(row["updated_at"]),
        resolve_time=None if resolved_at is None else encode.time(resolved_at),
        etag=etags.of(row["revision"]),
    )


def bucket(row: asyncpg.Record) -> _pb.ReconciliationAgeBucket:
    """The open exceptions of one age bucket."""
    return _pb.ReconciliationAgeBucket(from_days=row["from_days"], to_days=row["to_days"], open_count=row["open_count"])
