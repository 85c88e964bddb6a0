"""Reads uploads in the background, each in a process of its own, and publishes what they bring.

Any number of servers may do this. One of them at a time has the lease of an upload. When that server ends, its lease
ends after some time, and the next one reads the upload from its beginning: nothing was published yet.
"""

import asyncio
import json
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from ledgerd.access.caller import SERVICE
from ledgerd.core.model.external_record import FaultCode, RecordFault
from ledgerd.core.model.ids import UPLOAD, encode
from ledgerd.core.model.rejection import Rejected
from ledgerd.operations import external_sources, upload_reading
from ledgerd.operations.engine import Engine
from ledgerd.operations.upload_reading import Found, Job, Vanished
from ledgerd.outage import Outage
from ledgerd.reconciliation import arrivals
from ledgerd.store import errors, uploads
from ledgerd.store.uploads import Lost, UploadLease
from ledgerd.workers import child, loop

log = structlog.get_logger()

_RELEASE_SECONDS = 1.0
_HEAD = struct.Struct(">cI")
_COUNT_BYTES = 4
_LEFT = "an upload was cancelled, or another server goes on with it"
_CRASHES_MAX = 3
_CRASHED = RecordFault(
    0, "", FaultCode.LIMIT_EXCEEDED, "Reading the upload failed three times: it may need more than a reading may take."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is read at once, and how often the worker looks."""

    at_once: int = 2
    """The uploads that one server reads."""
    lease: timedelta = timedelta(seconds=5)
    """How long the uploads of a server that ended stay reserved for it."""
    poll_seconds: float = 0.5
    """The pause between two renewals of the leases."""
    quiet_seconds: float = 2.0
    """The pause while there is nothing to do: calls to this process wake the worker."""
    away_seconds: float = loop.AWAY_SECONDS
    idle_seconds: float = 60.0
    """How often the worker looks for uploads that nobody goes on with."""
    reading: tuple[str, ...] = (sys.executable, "-m", "ledgerd.workers.reading")
    """The command that reads an upload."""


USUAL = Settings()


class Crashed(Exception):
    """The process that reads ended before it was done."""


async def run(engine: Engine, stop: asyncio.Event, settings: Settings = USUAL) -> None:
    """Read uploads until stop is set. Other servers read the unfinished ones anew."""
    worker = _Worker(engine, settings)
    try:
        await loop.repeat(worker.step, "uploads", stop, wake=engine.board.received, away_seconds=settings.away_seconds)
    finally:
        await worker.close()


class _Worker:
    """The uploads that this server reads, each in a separate task."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._tasks: dict[UploadLease, asyncio.Task[None]] = {}
        self._publishing: set[UploadLease] = set()
        self._looked_for_idle = 0.0

    async def step(self) -> float:
        """Renew the leases of the uploads under way, and lease as many more as there is capacity for."""
        for lease in [lease for lease, task in self._tasks.items() if task.done()]:
            task = self._tasks.pop(lease)
            if not task.cancelled():
                task.result()
        async with self._engine.upkeep.acquire() as connection:
            for lease, task in self._tasks.items():
                if lease not in self._publishing:
                    try:
                        await uploads.renew(connection, lease, self._settings.lease)
                    except Lost:
                        if lease not in self._publishing:  # It may have been published meanwhile.
                            log.info(_LEFT, upload=encode(UPLOAD, lease.id.int))
                            task.cancel()
            while len(self._tasks) < self._settings.at_once:
                taken = await uploads.lease(connection, self._settings.lease, _CRASHES_MAX)
                if taken is None:
                    break
                self._tasks[taken] = asyncio.create_task(self._work(taken), name="upload")
        await self._give_up_idle()
        return self._settings.poll_seconds if self._tasks else self._settings.quiet_seconds

    async def close(self) -> None:
        """End all leases, so that other servers need not wait."""
        if not self._tasks:
            return
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        with suppress(Exception):
            async with asyncio.timeout(_RELEASE_SECONDS), self._engine.upkeep.acquire() as connection:
                for lease in self._tasks:
                    await uploads.release(connection, lease)

    async def _give_up_idle(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._looked_for_idle >= self._settings.idle_seconds or not self._looked_for_idle:
            self._looked_for_idle = now
            for upload_id in await upload_reading.give_up_idle(self._engine, SERVICE):
                log.info("an upload was given up: nobody went on with it", upload=encode(UPLOAD, upload_id.int))

    async def _work(self, lease: UploadLease) -> None:
        """Read an upload to its end, with pauses while the database is unavailable."""
        upload = encode(UPLOAD, lease.id.int)
        outage = Outage("upload", quiet_seconds=0, upload=upload)
        while True:
            try:
                await self._read(lease)
            except Lost:
                log.info(_LEFT, upload=upload)
                return
            except Exception as error:  # noqa: BLE001  (logged by _crashed)
                if errors.is_passing(error) or isinstance(error, Rejected | Vanished):
                    outage.failed(error)
                    await asyncio.sleep(self._settings.away_seconds)
                elif await self._crashed(lease, error):
                    return
            else:
                outage.passed()
                self._engine.board.upload_ended()
                return

    async def _crashed(self, lease: UploadLease, error: Exception) -> bool:
        """Count a reading that failed for no good reason: a file must not end a server, nor be read for ever. Returns
        whether it could be counted."""
        log.error("an upload could not be read; trying again", upload=encode(UPLOAD, lease.id.int), exc_info=error)
        try:
            async with self._engine.upkeep.acquire() as connection:
                await uploads.release(connection, lease, crashed=True)
        except Exception as failure:
            if not errors.is_passing(failure):
                raise
            await asyncio.sleep(self._settings.away_seconds)
            return False
        return True

    async def _read(self, lease: UploadLease) -> None:
        job = await upload_reading.begin(self._engine, SERVICE, lease)
        if job.upload["crashes"] >= _CRASHES_MAX:
            found = Found(rejected=_CRASHED)
        else:
            found = await _Reading(self._engine, lease, job, self._settings).read()
        self._publishing.add(lease)
        try:
            done = await upload_reading.publish(self._engine, SERVICE, lease, job, found)
        finally:
            self._publishing.discard(lease)
        log.info(
            "upload read so far" if job.is_open else "upload done",
            upload=encode(UPLOAD, lease.id.int),
            status=done.status,
            new_records=done.new_records,
            faults=done.faults,
        )


class _Reading:
    """One upload and the process that reads it."""

    def __init__(self, engine: Engine, lease: UploadLease, job: Job, settings: Settings) -> None:
        self._engine = engine
        self._lease = lease
        self._job = job
        self._settings = settings
        self._found = Found()
        self._records_before = job.upload["records"] if job.upload["published_chunks"] else 0

    async def read(self) -> Found:
        """What the upload has. Raises Lost, Crashed."""
        async with child.started(self._settings.reading) as (incoming, outgoing):
            try:
                await _send(incoming, b"J", json.dumps(self._described()).encode())
                while not await self._answer(incoming, *await _receive(outgoing)):
                    pass
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise Crashed("the process that reads ended") from error
        return self._found

    def _described(self) -> dict[str, object]:
        upload, source, sizes, last_statements = self._job
        return {
            "upload_id": str(self._lease.id),
            "content": upload["content"],
            "declared_records": None if self._job.is_open else upload["declared_records"],
            "records_before": self._records_before,
            "lines_before": upload["published_lines"],
            "sizes": sizes,
            "last_statements": [arrivals.statement_to_plain(statement) for statement in last_statements],
            "format_profile": source["format_profile"],
            "currency": source["currency"],
            "precisions": external_sources.precisions(source),
            "time_zone": source["time_zone"],
        }

    async def _answer(self, outgoing: asyncio.StreamWriter, letter: bytes, content: bytes) -> bool:
        """Do what a frame asks for. Returns whether it was the last one."""
        found = self._found
        match letter:
            case b"N":
                number = self._job.upload["published_chunks"] + int(content)
                await _send(outgoing, b"P", await upload_reading.part(self._engine, SERVICE, self._lease.id, number))
            case b"R":
                found.records += _count(content)
                await self._put_aside(records=content[_COUNT_BYTES:].decode())
            case b"F":
                found.faults += _count(content)
                await self._put_aside(faults=content[_COUNT_BYTES:].decode())
            case b"S":
                ordinal, plain = json.loads(content)
                found.statements.append((ordinal, arrivals.statement_of(plain)))
            case b"X":
                found.rejected = arrivals.fault_of(json.loads(content))
                return True
            case b"D":
                return True
            case _:
                raise Crashed(content.decode(errors="replace"))
        return False

    async def _put_aside(self, *, records: str = "", faults: str = "") -> None:
        await upload_reading.put_aside(
            self._engine,
            SERVICE,
            self._lease,
            self._settings.lease,
            records=records,
            faults=faults,
            so_far=None if self._job.is_open or self._job.upload["published_chunks"] else self._found.records,
        )


def _count(content: bytes) -> int:
    return int.from_bytes(content[:_COUNT_BYTES], "big")


async def _send(outgoing: asyncio.StreamWriter, letter: bytes, content: bytes) -> None:
    outgoing.write(_HEAD.pack(letter, len(content)) + content)
    await outgoing.drain()


async def _receive(incoming: asyncio.StreamReader) -> tuple[bytes, bytes]:
    letter, size = _HEAD.unpack(await incoming.readexactly(_HEAD.size))
    return letter, await incoming.readexactly(size)
