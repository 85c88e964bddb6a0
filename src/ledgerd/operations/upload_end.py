"""The end of an upload: its counts, and the event that tells them."""

import uuid

import asyncpg

from ledgerd.core.model.event import Event, EventKind, UploadDone
from ledgerd.core.model.ids import EXTERNAL_SOURCE, UPLOAD, encode
from ledgerd.core.plan import Plan
from ledgerd.store import event_writer, uploads
from ledgerd.store.uploads import CANCELLED, FILE, FINISHED, REJECT_ALL, REJECTED, Done

_KINDS = {
    FINISHED: EventKind.UPLOAD_FINISHED,
    REJECTED: EventKind.UPLOAD_REJECTED,
    CANCELLED: EventKind.UPLOAD_CANCELLED,
}


async def record(connection: asyncpg.Connection, plan: Plan, upload_id: uuid.UUID, done: Done) -> None:
    """Write the end of an upload, which must be locked, as the commit of the plan."""
    await uploads.finish(connection, upload_id, done, plan.now)
    row = await uploads.find(connection, upload_id)
    assert row is not None, "an upload vanished under its lock"
    payload = UploadDone(
        upload_id=encode(UPLOAD, upload_id.int),
        source_id=encode(EXTERNAL_SOURCE, row["source_id"].int),
        is_file=row["content"] == FILE,
        rejects_all=row["fault_policy"] == REJECT_ALL,
        chunks=row["chunks"],
        size=row["bytes"],
        records=row["records"],
        new_records=row["new_records"],
        known_records=row["known_records"],
        faults=row["faults"],
        statements=row["statements"],
        content_hash=row["content_hash"],
        repeats=None if row["repeats"] is None else encode(UPLOAD, row["repeats"].int),
    )
    await event_writer.write_journal(
        connection, plan, [event_writer.event_row(plan, 1, Event(_KINDS[done.status], payload))]
    )
