"""Uploads as their callers see them: begun, received chunk by chunk, and finished. upload_reading.py reads them."""

import hashlib
import uuid
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.ids import EXTERNAL_RECORD, EXTERNAL_SOURCE, UPLOAD, encode
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import creation, external_sources, unit, upload_end
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.store import arrivals, commits, external_records
from ledgerd.store import uploads as rows
from ledgerd.store.list_terms import counted
from ledgerd.store.uploads import CANCELLED, FILE, READING, RECEIVING, REJECTED, Done, NewUpload

_COUNTS = ("records", "new_records", "known_records", "faults", "statements")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRequest:
    """An upload as requested."""

    source_id: uuid.UUID
    content: str
    file_name: str | None
    declared_bytes: int | None
    declared_records: int | None
    fault_policy: str
    dry_run: bool = False
    """Whether its records are compared by a dry run only, and do not come into the source."""


class Chunk(NamedTuple):
    """A chunk of an upload: bytes of a file, or the encoded typed records."""

    sequence: int
    data: bytes
    records: int


async def begin(engine: Engine, caller: Caller, request: UploadRequest, request_id: str | None) -> Made[asyncpg.Record]:
    """A new upload, or the one that the request id began.

    Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND, FORMAT_PROFILE_REQUIRED, UPLOAD_TOO_LARGE, REQUEST_ID_CONFLICT,
    TOO_BUSY.
    """
    _check_declared(request)

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        source = await external_sources.find(connection, request.source_id)
        if request.content == FILE and source["format_profile"] is None:
            name = encode(EXTERNAL_SOURCE, request.source_id.int)
            raise reject(Reason.FORMAT_PROFILE_REQUIRED, external_source=name)
        return await find(connection, await _insert(engine, connection, plan, request, request_id))

    fields = {
        "external_source_id": request.source_id.hex,
        "content": request.content,
        "file_name": request.file_name,
        "declared_byte_count": request.declared_bytes,
        "declared_record_count": request.declared_records,
        "fault_policy": request.fault_policy,
    }
    return await creation.once(engine, CreateRequest(Noun.UPLOAD, request_id, fields), find=find, create=insert)


async def bring(
    engine: Engine, connection: asyncpg.Connection, plan: Plan, request: UploadRequest, only: Chunk
) -> uuid.UUID:
    """An upload of one chunk as a part of the commit of the plan: it is read from now on. Raises Rejected: TOO_BUSY."""
    upload_id = await _insert(engine, connection, plan, request, None)
    digest = hashlib.sha256(only.data).digest()
    await rows.add_part(connection, upload_id, only.sequence, only.data, digest, records=only.records, at=plan.now)
    await rows.begin_reading(connection, upload_id, None)
    return upload_id


async def _insert(
    engine: Engine, connection: asyncpg.Connection, plan: Plan, request: UploadRequest, request_id: str | None
) -> uuid.UUID:
    waiting = await rows.open_count(connection)
    if waiting >= limits.UPLOADS_OPEN_MAX:
        raise reject(Reason.TOO_BUSY, unit="uploads", waiting=waiting, limit=limits.UPLOADS_OPEN_MAX)
    new = NewUpload(
        id=uuid.UUID(int=engine.ids_and_clock.number()),
        source_id=request.source_id,
        file_name=request.file_name,
        content=request.content,
        fault_policy=request.fault_policy,
        declared_bytes=request.declared_bytes,
        declared_records=request.declared_records,
        request_id=request_id,
        dry_run=request.dry_run,
    )
    await rows.insert(connection, new, plan.now)
    return new.id


def _check_declared(request: UploadRequest) -> None:
    for unit_name, declared, limit in (
        ("bytes", request.declared_bytes, limits.UPLOAD_MAX_BYTES),
        ("records", request.declared_records, limits.UPLOAD_MAX_RECORDS),
    ):
        if declared is not None and declared > limit:
            raise reject(Reason.UPLOAD_TOO_LARGE, unit=unit_name, requested=declared, limit=limit)


async def get(engine: Engine, caller: Caller, upload_id: uuid.UUID) -> asyncpg.Record:
    """An upload. Raises Rejected: UPLOAD_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find(connection, upload_id)


async def receive(engine: Engine, caller: Caller, upload_id: uuid.UUID, chunk: Chunk) -> bool:
    """Store a chunk. Returns whether it was stored earlier, with the same content.

    Raises Rejected: UPLOAD_NOT_FOUND, SEQUENCE_OUT_OF_ORDER, UPLOAD_CHUNK_CONFLICT, UPLOAD_CLOSED, UPLOAD_TOO_LARGE.
    """
    digest = hashlib.sha256(chunk.data).digest()

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record | None:
        """The upload, None where the chunk was stored earlier."""
        upload = await _lock(connection, upload_id)
        name, received = encode(UPLOAD, upload_id.int), upload["chunks"]
        if 0 < chunk.sequence <= received:
            if await rows.part_digest(connection, upload_id, chunk.sequence) != digest:
                raise reject(Reason.UPLOAD_CHUNK_CONFLICT, upload=name, sequence=chunk.sequence)
            await commits.barrier(connection)
            return None
        if upload["status"] != RECEIVING:
            raise reject(Reason.UPLOAD_CLOSED, upload=name, status=upload["status"])
        if chunk.sequence != received + 1:
            raise reject(Reason.SEQUENCE_OUT_OF_ORDER, requested=chunk.sequence, expected=received + 1)
        for unit_name, size, limit in (
            ("bytes", upload["bytes"] + len(chunk.data), limits.UPLOAD_MAX_BYTES),
            ("records", upload["received_records"] + chunk.records, limits.UPLOAD_MAX_RECORDS),
        ):
            if size > limit:
                raise reject(Reason.UPLOAD_TOO_LARGE, unit=unit_name, requested=size, limit=limit)
        now = engine.ids_and_clock.now()
        await rows.add_part(connection, upload_id, chunk.sequence, chunk.data, digest, records=chunk.records, at=now)
        return upload

    upload = await unit.write(engine, attempt)
    if upload is not None and upload["reads_each_chunk"]:
        engine.board.received.set()
    return upload is None


async def finish(engine: Engine, caller: Caller, upload_id: uuid.UUID, chunk_count: int) -> asyncpg.Record:
    """Everything of the upload was sent. Returns its row: it is read from now on, or done.

    Raises Rejected: UPLOAD_NOT_FOUND, COUNT_MISMATCH, UPLOAD_REPEATED.
    """
    upload = await get(engine, caller, upload_id)
    content_hash = None
    if upload["content"] == FILE and upload["status"] == RECEIVING:
        content_hash = await _content_hash(engine, upload_id, chunk_count)

    async def attempt(connection: asyncpg.Connection) -> uuid.UUID | None:
        upload = await _lock(connection, upload_id)
        if chunk_count != upload["chunks"]:
            raise reject(Reason.COUNT_MISMATCH, requested=chunk_count, received=upload["chunks"])
        if upload["status"] != RECEIVING:
            await commits.barrier(connection)
            repeated: uuid.UUID | None = upload["repeats"]
            return repeated
        declared = upload["declared_bytes"]
        if upload["content"] == FILE and declared is not None and declared != upload["bytes"]:
            raise reject(Reason.COUNT_MISMATCH, requested=declared, received=upload["bytes"])
        earlier = None
        if content_hash is not None:
            earlier = await rows.earlier(connection, upload["source_id"], content_hash, upload_id)
        if earlier is None:
            await rows.begin_reading(connection, upload_id, content_hash)
            return None
        done = Done(status=REJECTED, repeats=earlier, content_hash=content_hash)
        await upload_end.record(connection, unit.begin_plan(engine), upload_id, done)
        return earlier

    earlier = await unit.write(engine, attempt)
    if earlier is not None:
        raise reject(Reason.UPLOAD_REPEATED, upload=encode(UPLOAD, upload_id.int), earlier=encode(UPLOAD, earlier.int))
    engine.board.received.set()
    return await get(engine, caller, upload_id)


async def cancel(engine: Engine, caller: Caller, upload_id: uuid.UUID) -> asyncpg.Record:
    """End an upload that is received or read: nothing of it is kept but what stands in its source. Returns its row,
    also where it was cancelled before. Whoever reads it finds that its lease is lost.

    Raises Rejected: UPLOAD_NOT_FOUND, UPLOAD_ENDED.
    """

    async def attempt(connection: asyncpg.Connection) -> None:
        upload = await _lock(connection, upload_id)
        if upload["status"] == CANCELLED:
            await commits.barrier(connection)
            return
        if upload["status"] not in (RECEIVING, READING):
            raise reject(Reason.UPLOAD_ENDED, upload=encode(UPLOAD, upload_id.int), status=upload["status"])
        await arrivals.forget(connection, upload_id)
        row = await find(connection, upload_id)
        counts = {name: row[name] for name in _COUNTS} if row["published_chunks"] else {}
        await upload_end.record(connection, unit.begin_plan(engine), upload_id, Done(status=CANCELLED, **counts))

    await unit.write(engine, attempt)
    engine.board.upload_ended()  # The next upload of the source can be read, and a run that waits for this one ends.
    return await get(engine, caller, upload_id)


async def faults(
    engine: Engine, caller: Caller, upload_id: uuid.UUID, *, after: int, limit: int
) -> list[asyncpg.Record]:
    """The faults of an upload after a place, in order. Raises Rejected: UPLOAD_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        await find(connection, upload_id)
        return await rows.faults(connection, upload_id, after=after, limit=limit)


async def record(engine: Engine, caller: Caller, number: int) -> asyncpg.Record:
    """A record by its number. Raises Rejected: EXTERNAL_RECORD_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        row = await external_records.find(connection, counted(number))
    if row is None:
        raise reject(Reason.EXTERNAL_RECORD_NOT_FOUND, external_record=encode(EXTERNAL_RECORD, number))
    return row


async def find(connection: asyncpg.Connection, upload_id: uuid.UUID) -> asyncpg.Record:
    """An upload's row. Raises Rejected: UPLOAD_NOT_FOUND."""
    row = await rows.find(connection, upload_id)
    if row is None:
        raise _missing(upload_id)
    return row


async def _lock(connection: asyncpg.Connection, upload_id: uuid.UUID) -> asyncpg.Record:
    row = await rows.lock(connection, upload_id)
    if row is None:
        raise _missing(upload_id)
    return row


def _missing(upload_id: uuid.UUID) -> Rejected:
    return reject(Reason.UPLOAD_NOT_FOUND, upload=encode(UPLOAD, upload_id.int))


async def _content_hash(engine: Engine, upload_id: uuid.UUID, chunk_count: int) -> str:
    """The SHA-256 of the file, chunk by chunk: what is received no longer changes."""
    content = hashlib.sha256()
    for number in range(1, chunk_count + 1):
        async with engine.pool.acquire() as connection:
            data = await rows.part(connection, upload_id, number)
        if data is None:
            break  # There are fewer chunks, which the caller hears of under the lock.
        content.update(data)
    return content.hexdigest()
