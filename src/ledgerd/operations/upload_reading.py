"""Uploads as they are read in the background: what the reading needs to know, and what it found, published.

What was read is put aside, in one small commit after the other, and stands in the source with one commit at the end:
whole, or not at all. Whoever begins to read an upload begins anew. Where a source matches each chunk, that holds for
the chunks that were received when the reading began.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.external_record import BankStatement, FaultCode, RecordFault
from ledgerd.core.model.limits import UPLOAD_IDLE_MAX_SECONDS
from ledgerd.core.plan import Plan
from ledgerd.operations import external_sources, source_arrivals, unit, upload_end
from ledgerd.operations.engine import Engine
from ledgerd.store import arrivals, commits, session, uploads
from ledgerd.store.uploads import FINISHED, READING, RECEIVING, REJECT_ALL, REJECTED, Done, Lost, UploadLease

_NOT_FINISHED = RecordFault(
    0, "", FaultCode.NOT_FINISHED, "The upload got no chunk for 24 hours and was never finished."
)


class Vanished(Exception):
    """What was put aside is no longer there: the database began anew. The upload is to be read again."""


class Job(NamedTuple):
    """What the reading of an upload needs to know: with the sizes of the chunks that do not stand in the source yet."""

    upload: asyncpg.Record
    source: asyncpg.Record
    sizes: list[int]
    last_statements: list[BankStatement]

    @property
    def is_open(self) -> bool:
        """Whether the upload goes on: what is read are its chunks so far."""
        return bool(self.upload["status"] == RECEIVING)


@dataclass(slots=True)
class Found:
    """What was read of an upload: how much was put aside, the statements with their ordinals, and the fault that
    rejects all of it, if there is one."""

    records: int = 0
    faults: int = 0
    statements: list[tuple[int, BankStatement]] = field(default_factory=list)
    rejected: RecordFault | None = None


async def begin(engine: Engine, caller: Caller, lease: UploadLease) -> Job:
    """Begin to read an upload anew. Raises Lost."""
    async with engine.upkeep.acquire() as connection, commits.transaction(connection):
        await uploads.stand(connection, lease)
        await arrivals.forget(connection, lease.id)
        upload = await uploads.find(connection, lease.id)
        assert upload is not None, "an upload vanished under its lock"
        source = await external_sources.find(connection, upload["source_id"])
        return Job(
            upload,
            source,
            (await uploads.sizes(connection, lease.id))[upload["published_chunks"] :],
            await arrivals.last_statements(connection, upload["source_id"]),
        )


async def part(engine: Engine, caller: Caller, upload_id: uuid.UUID, number: int) -> bytes:
    """The content of a chunk. Raises Lost where the upload is done."""
    async with engine.upkeep.acquire() as connection:
        data = await uploads.part(connection, upload_id, number)
    if data is None:
        raise Lost
    return data


async def put_aside(
    engine: Engine,
    caller: Caller,
    lease: UploadLease,
    length: timedelta,
    *,
    records: str = "",
    faults: str = "",
    so_far: int | None,
) -> None:
    """Put rows aside that were read, renew the lease, and tell how many records were read so far. Raises Lost."""
    async with engine.upkeep.acquire() as connection, commits.transaction(connection):
        await uploads.renew(connection, lease, length, so_far)
        await arrivals.add(connection, records, faults)


async def publish(engine: Engine, caller: Caller, lease: UploadLease, job: Job, found: Found) -> Done:
    """Record the end of an upload with everything that it brings; or what it brings so far. Raises Lost, Vanished."""
    source_id = job.upload["source_id"]
    async with engine.upkeep.acquire() as connection, commits.transaction(connection):
        await session.take_long_time(connection)
        await uploads.stand(connection, lease)
        plan = unit.begin_plan(engine)
        if found.rejected is not None:
            done = await _end_with(connection, job.upload, found.rejected)
        else:
            await arrivals.lock_source(connection, source_id)
            if await arrivals.counts(connection, lease.id) != (found.records, found.faults):
                raise Vanished
            done = await _bring(connection, lease, job, found, plan)
        if job.is_open and found.rejected is None:
            chunks = job.upload["published_chunks"] + len(job.sizes)
            lines = job.upload["published_lines"] + found.records + found.faults
            await uploads.advance(connection, lease.id, done, chunks=chunks, lines=lines)
        else:
            await upload_end.record(connection, plan, lease.id, done)
        await arrivals.forget(connection, lease.id)
    engine.committed()
    return done


async def _bring(connection: asyncpg.Connection, lease: UploadLease, job: Job, found: Found, plan: Plan) -> Done:
    """Record what the upload brings to its source, which is locked."""
    upload, source_id = job.upload, job.upload["source_id"]
    verdict = await arrivals.compare(connection, source_id, lease.id)
    rejects = upload["fault_policy"] == REJECT_ALL and verdict.faults > verdict.known
    new = 0
    if not rejects:
        await arrivals.add_statements(connection, source_id, lease.id, found.statements, plan.now)
        new = await arrivals.publish(connection, source_id, lease.id, plan.now, dry_run=upload["dry_run"])
        if not upload["dry_run"]:
            await source_arrivals.arrive(connection, source_id, plan.now)
    before = upload if upload["published_chunks"] else {"records": 0, "new_records": 0}
    return Done(
        status=REJECTED if rejects else READING if job.is_open else FINISHED,
        records=before["records"] + found.records,
        new_records=before["new_records"] + new,
        known_records=verdict.known,
        faults=verdict.faults,
        statements=len(found.statements),
    )


async def _end_with(connection: asyncpg.Connection, upload: asyncpg.Record, fault: RecordFault) -> Done:
    """End an upload because of a fault: rejected, unless records of it stand in the source."""
    await uploads.add_fault(connection, upload["id"], fault)
    if not upload["published_chunks"]:
        return Done(status=REJECTED, faults=1)
    return Done(
        status=FINISHED,
        records=upload["records"],
        new_records=upload["new_records"],
        known_records=upload["known_records"],
        faults=upload["faults"] + 1,
    )


async def give_up_idle(engine: Engine, caller: Caller) -> Sequence[uuid.UUID]:
    """End some uploads that got no chunk for a day."""
    async with engine.upkeep.acquire() as connection:
        found = await uploads.idle(connection, timedelta(seconds=UPLOAD_IDLE_MAX_SECONDS))
    for upload_id in found:
        await _give_up(engine, upload_id)
    return found


async def _give_up(engine: Engine, upload_id: uuid.UUID) -> None:
    async def attempt(connection: asyncpg.Connection) -> None:
        await uploads.lock(connection, upload_id)
        upload = await uploads.find(connection, upload_id)
        still = await uploads.idle(connection, timedelta(seconds=UPLOAD_IDLE_MAX_SECONDS))
        if upload is None or upload["status"] != RECEIVING or upload_id not in still:
            return
        done = await _end_with(connection, upload, _NOT_FINISHED)
        await upload_end.record(connection, unit.begin_plan(engine), upload_id, done)

    await unit.write(engine, attempt)
