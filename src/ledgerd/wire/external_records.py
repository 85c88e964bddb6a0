"""Uploads, their faults, and the records and statements that they bring, as answers show them."""

import asyncpg
from ledgerapi.v1 import external_record_pb2, upload_pb2

from ledgerd.core.model import ids
from ledgerd.core.model.event import EventKind, UploadDone
from ledgerd.core.model.external_record import RecordStatus
from ledgerd.wire import encode
from ledgerd.wire.external_sources import day

_pb = external_record_pb2
_SUMS = {"opening_balance": "opening", "closing_balance": "closing"} | {
    name: name for name in ("credit_total", "debit_total", "total")
}


def upload(row: asyncpg.Record) -> upload_pb2.Upload:
    """An upload from its row."""
    repeats, finished_at = row["repeats"], row["finished_at"]
    return upload_pb2.Upload(
        id=ids.encode(ids.UPLOAD, row["id"].int),
        external_source_id=ids.encode(ids.EXTERNAL_SOURCE, row["source_id"].int),
        file_name=row["file_name"],
        content=f"UPLOAD_CONTENT_{row['content']}",
        fault_policy=f"UPLOAD_FAULT_POLICY_{row['fault_policy']}",
        status=f"UPLOAD_STATUS_{row['status']}",
        chunk_count=row["chunks"],
        byte_count=row["bytes"],
        declared_byte_count=row["declared_bytes"],
        declared_record_count=row["declared_records"],
        record_count=row["records"],
        new_record_count=row["new_records"],
        known_record_count=row["known_records"],
        fault_count=row["faults"],
        statement_count=row["statements"],
        content_hash=row["content_hash"],
        repeated_upload_id=None if repeats is None else ids.encode(ids.UPLOAD, repeats.int),
        create_time=encode.time(row["created_at"]),
        finish_time=None if finished_at is None else encode.time(finished_at),
    )


def upload_done(kind: EventKind, done: UploadDone) -> upload_pb2.Upload:
    """An upload as the event of its end shows it."""
    return upload_pb2.Upload(
        id=done.upload_id,
        external_source_id=done.source_id,
        content=upload_pb2.UPLOAD_CONTENT_FILE if done.is_file else upload_pb2.UPLOAD_CONTENT_RECORDS,
        fault_policy=(
            upload_pb2.UPLOAD_FAULT_POLICY_REJECT_ALL if done.rejects_all else upload_pb2.UPLOAD_FAULT_POLICY_KEEP_GOOD
        ),
        status=kind.replace("UPLOAD_", "UPLOAD_STATUS_"),
        chunk_count=done.chunks,
        byte_count=done.size,
        record_count=done.records,
        new_record_count=done.new_records,
        known_record_count=done.known_records,
        fault_count=done.faults,
        statement_count=done.statements,
        content_hash=done.content_hash,
        repeated_upload_id=done.repeats,
    )


def fault(row: asyncpg.Record) -> upload_pb2.UploadFault:
    """A fault from its row."""
    record_id = row["record_id"]
    return upload_pb2.UploadFault(
        index=row["index"],
        line=row["line"],
        field=row["field"],
        code=f"UPLOAD_FAULT_CODE_{row['code']}",
        reason=row["reason"],
        raw=row["raw"],
        external_record_id=None if record_id is None else ids.encode(ids.EXTERNAL_RECORD, record_id),
        member=row["member"],
    )


def record(row: asyncpg.Record, *, full: bool) -> _pb.ExternalRecord:
    """A record from its row; its text in the file only in full."""
    statement_id, identity_id, booked_at = row["statement_id"], row["identity_id"], row["booked_at"]
    message = _pb.ExternalRecord(
        id=ids.encode(ids.EXTERNAL_RECORD, row["id"]),
        external_source_id="" if row["source_id"] is None else ids.encode(ids.EXTERNAL_SOURCE, row["source_id"].int),
        upload_id=ids.encode(ids.UPLOAD, row["upload_id"].int),
        bank_statement_id=None if statement_id is None else ids.encode(ids.BANK_STATEMENT, statement_id),
        key=row["key"],
        amount=encode.amount(row["amount"], row["precision"], row["currency"]),
        booking_date=day(row["booking_date"]),
        value_date=day(row["value_date"]),
        booking_time=None if booked_at is None else encode.time(booked_at),
        references=row["reference_texts"],
        description=row["description"],
        counterparty=row["counterparty"],
        counterparty_account=row["counterparty_account"],
        identity_id=None if identity_id is None else ids.encode(ids.IDENTITY, identity_id.int),
        group_key=row["group_key"],
        kind=f"EXTERNAL_RECORD_KIND_{row['kind']}",
        status=f"EXTERNAL_RECORD_STATUS_{row['status'] or RecordStatus.BOOKED}",
        source_status=row["source_status"],
        payment_count=row["payments"],
        line=row["line"],
        raw=row["raw"] if full else None,
        create_time=encode.time(row["created_at"]),
    )
    encode.metadata(row["metadata"], message.metadata)
    return message


def statement(row: asyncpg.Record) -> _pb.BankStatement:
    """A statement from its row."""
    sums = {
        field: encode.amount(row[column], row["precision"], row["currency"])
        for field, column in _SUMS.items()
        if row["currency"] and row[column] is not None
    }
    return _pb.BankStatement(
        id=ids.encode(ids.BANK_STATEMENT, row["id"]),
        external_source_id=ids.encode(ids.EXTERNAL_SOURCE, row["source_id"].int),
        upload_id=ids.encode(ids.UPLOAD, row["upload_id"].int),
        account=row["account"],
        number=row["number"],
        page=row["page"],
        currency=row["currency"],
        opening_date=day(row["opening_date"]),
        closing_date=day(row["closing_date"]),
        opening_is_intermediate=row["opening_is_intermediate"],
        closing_is_intermediate=row["closing_is_intermediate"],
        is_last_page=row["is_last_page"],
        is_interim=row["is_interim"],
        declared_item_count=row["declared_items"],
        record_count=row["records"],
        item_count=row["items"],
        line=row["line"],
        create_time=encode.time(row["created_at"]),
        **sums,
    )
