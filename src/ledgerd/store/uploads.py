"""Uploads as rows of their table, and their chunks.

Any number of processes read uploads. A process reads an upload under a lease, which has a token and ends after some
time unless the process renews it. What was read is published only while its lease stands (see ``stand``).
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from ledgerd.core.model.external_record import RecordFault
from ledgerd.store import queries

_QUERIES = queries.UPLOADS

FILE, RECORDS = "FILE", "RECORDS"
RECEIVING, READING, FINISHED, REJECTED = "RECEIVING", "READING", "FINISHED", "REJECTED"
CANCELLED = "CANCELLED"
KEEP_GOOD, REJECT_ALL = "KEEP_GOOD", "REJECT_ALL"


class Lost(Exception):
    """Another process has the lease of the upload now, or the upload is done. Nothing was written."""


@dataclass(frozen=True, slots=True)
class UploadLease:
    """The right of one process to read an upload. ``token`` is new for each lease."""

    id: uuid.UUID
    token: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """An upload to be begun."""

    id: uuid.UUID
    source_id: uuid.UUID
    file_name: str | None
    content: str
    fault_policy: str
    declared_bytes: int | None
    declared_records: int | None
    request_id: str | None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How an upload ended."""

    status: str
    records: int = 0
    new_records: int = 0
    known_records: int = 0
    faults: int = 0
    statements: int = 0
    repeats: uuid.UUID | None = None
    content_hash: str | None = None


async def find(connection: asyncpg.Connection, upload_id: uuid.UUID) -> asyncpg.Record | None:
    """An upload, if it exists."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1", upload_id)


async def open_count(connection: asyncpg.Connection) -> int:
    """The number of uploads that are received or read."""
    found: int = await connection.fetchval(_QUERIES.open_count)
    return found


async def insert(connection: asyncpg.Connection, new: NewUpload, at: datetime) -> None:
    """Insert a new upload."""
    await connection.execute(
        _QUERIES.insert,
        new.id,
        new.source_id,
        new.file_name,
        new.content,
        new.fault_policy,
        new.declared_bytes,
        new.declared_records,
        new.request_id,
        at,
        new.dry_run,
    )


async def lock(connection: asyncpg.Connection, upload_id: uuid.UUID) -> asyncpg.Record | None:
    """What is received of an upload, locked until the end of the transaction, if it exists."""
    return await connection.fetchrow(_QUERIES.lock, upload_id)


async def part_digest(connection: asyncpg.Connection, upload_id: uuid.UUID, number: int) -> bytes | None:
    """The digest of a chunk that was received."""
    found: bytes | None = await connection.fetchval(_QUERIES.part_digest, upload_id, number)
    return found


async def add_part(
    connection: asyncpg.Connection,
    upload_id: uuid.UUID,
    number: int,
    data: bytes,
    digest: bytes,
    *,
    records: int,
    at: datetime,
) -> None:
    """Store the next chunk of an upload."""
    await connection.execute(_QUERIES.add_part, upload_id, number, digest, len(data), data)
    await connection.execute(_QUERIES.receive, upload_id, len(data), records, at)


async def sizes(connection: asyncpg.Connection, upload_id: uuid.UUID) -> list[int]:
    """The sizes of the chunks of an upload, in order."""
    return [row["size"] for row in await connection.fetch(_QUERIES.sizes, upload_id)]


async def part(connection: asyncpg.Connection, upload_id: uuid.UUID, number: int) -> bytes | None:
    """The content of a chunk, the first being 1; None where the upload is done."""
    found: bytes | None = await connection.fetchval(_QUERIES.part, upload_id, number)
    return found


async def earlier(
    connection: asyncpg.Connection, source_id: uuid.UUID, content_hash: str, upload_id: uuid.UUID
) -> uuid.UUID | None:
    """Another upload of the source that has this content, and was not rejected."""
    found: uuid.UUID | None = await connection.fetchval(_QUERIES.earlier, source_id, content_hash, upload_id)
    return found


async def begin_reading(connection: asyncpg.Connection, upload_id: uuid.UUID, content_hash: str | None) -> None:
    """Everything of the upload is there: it may be read."""
    await connection.execute(_QUERIES.begin_reading, upload_id, content_hash)


async def finish(connection: asyncpg.Connection, upload_id: uuid.UUID, done: Done, at: datetime) -> None:
    """Record the end of an upload, and drop the content of its chunks."""
    await connection.execute(
        _QUERIES.done,
        upload_id,
        done.status,
        done.records,
        done.new_records,
        done.known_records,
        done.faults,
        done.statements,
        done.repeats,
        done.content_hash,
        at,
    )
    await connection.execute(_QUERIES.drop_data, upload_id)


async def advance(connection: asyncpg.Connection, upload_id: uuid.UUID, done: Done, *, chunks: int, lines: int) -> None:
    """Record what an upload that goes on has in its source, drop the content of these chunks, and end the lease."""
    counts = (done.records, done.new_records, done.known_records, done.faults)
    await connection.execute(_QUERIES.advance, upload_id, chunks, lines, *counts)
    await connection.execute(_QUERIES.drop_published, upload_id, chunks)


async def lease(connection: asyncpg.Connection, length: timedelta, crashes_max: int) -> UploadLease | None:
    """Lease an upload that nobody reads, if there is one. ``length`` is how long the lease stands. One that is still
    received is no longer read where that crashed so often."""
    token = uuid.uuid4()
    found = await connection.fetchval(_QUERIES.lease, token, length, crashes_max)
    return None if found is None else UploadLease(found, token)


async def renew(
    connection: asyncpg.Connection, lease: UploadLease, length: timedelta, records: int | None = None
) -> None:
    """Let the lease stand for ``length`` from now on, and tell how many records were read so far. Raises Lost."""
    if await connection.fetchval(_QUERIES.renew, lease.id, lease.token, length, records) is None:
        raise Lost


async def stand(connection: asyncpg.Connection, lease: UploadLease) -> None:
    """Lock the upload until the end of the transaction. Raises Lost where the lease does not stand."""
    if await connection.fetchval(_QUERIES.stand, lease.id, lease.token) is None:
        raise Lost


async def release(connection: asyncpg.Connection, lease: UploadLease, *, crashed: bool = False) -> int | None:
    """End the lease. Returns how often the reading of the upload crashed; None where the lease was lost."""
    found: int | None = await connection.fetchval(_QUERIES.release, lease.id, lease.token, int(crashed))
    return found


async def idle(connection: asyncpg.Connection, length: timedelta) -> list[uuid.UUID]:
    """Some uploads that got no chunk for so long."""
    return [row["id"] for row in await connection.fetch(_QUERIES.idle, length)]


async def add_fault(connection: asyncpg.Connection, upload_id: uuid.UUID, fault: RecordFault) -> None:
    """Record the fault that ends an upload."""
    await connection.execute(
        _QUERIES.add_fault,
        upload_id,
        fault.line,
        fault.field or None,
        fault.code,
        fault.reason,
        fault.raw or None,
        getattr(fault, "member", "") or None,
    )


async def faults(
    connection: asyncpg.Connection, upload_id: uuid.UUID, *, after: int, limit: int
) -> list[asyncpg.Record]:
    """The faults after a place, in order."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.faults, upload_id, after, limit)
    return rows
