"""UploadRecords: chunks in, acknowledgements out, one after the other.

A chunk is stored before the next one is read, so the server holds one message however long the stream is. The upload
itself is durable: a stream that breaks is gone on with by another one.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import asyncpg
from ledgerapi.v1 import reconciliation_service_pb2, upload_pb2

from ledgerd.access.caller import Caller
from ledgerd.core.model import ids, limits
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations import uploads
from ledgerd.operations.engine import Engine
from ledgerd.operations.uploads import Chunk, UploadRequest
from ledgerd.pause import pause
from ledgerd.store.uploads import FILE
from ledgerd.wire import external_records, fields, settings, unknown

_pb = reconciliation_service_pb2
_LOOK_SECONDS = 0.2
"""The pause between two looks whether an upload was read: any server may be reading it."""


class UploadStream:
    """One UploadRecords call."""

    def __init__(
        self,
        engine: Engine,
        caller: Caller,
        requests: AsyncIterator[_pb.UploadRecordsRequest],
        stopping: asyncio.Event,
        *,
        open_seconds: float,
    ) -> None:
        self._engine = engine
        self._caller = caller
        self._requests = requests
        self._stopping = stopping
        self._open_seconds = open_seconds

    async def answer(self) -> AsyncGenerator[_pb.UploadRecordsResponse, None]:
        """The stream's responses. Raises Rejected where it cannot go on."""
        upload, replayed = await self._open()
        upload_id, is_file = upload["id"], upload["content"] == FILE
        yield _pb.UploadRecordsResponse(
            opened=_pb.UploadRecordsOpened(
                upload=external_records.upload(upload),
                next_sequence=upload["chunks"] + 1,
                replayed=replayed,
                max_chunk_records=limits.UPLOAD_CHUNK_MAX_RECORDS,
                max_chunk_bytes=limits.UPLOAD_CHUNK_MAX_BYTES,
            )
        )
        while (request := await self._next()) is not None:
            which = request.WhichOneof("message")
            if which == "finish":
                async for response in self._finish(upload_id, request.finish.chunk_count):
                    yield response
                return
            if which != "chunk":
                raise reject(Reason.STREAM_PROTOCOL, expected="chunk or finish")
            chunk = _chunk(request.chunk, is_file=is_file)
            known = await uploads.receive(self._engine, self._caller, upload_id, chunk)
            acknowledged = _pb.UploadRecordsAcknowledged(sequence=chunk.sequence, replayed=known)
            yield _pb.UploadRecordsResponse(acknowledged=acknowledged)

    async def _open(self) -> tuple[asyncpg.Record, bool]:
        try:
            async with asyncio.timeout(self._open_seconds):
                first = await self._next()
        except TimeoutError:
            raise reject(Reason.STREAM_PROTOCOL, expected="open", limit_seconds=f"{self._open_seconds:g}") from None
        if first is None or first.WhichOneof("message") != "open":
            raise reject(Reason.STREAM_PROTOCOL, expected="open")
        if first.open.upload_id:
            return await uploads.get(self._engine, self._caller, _known(first.open)), True
        with fields.reading("open.") as read:
            request_id = settings.request_id(read, first.open.request_id)
            requested = _requested(read, first.open)
        made = await uploads.begin(self._engine, self._caller, requested, request_id)
        return made.rows, made.replayed

    async def _finish(self, upload_id: Any, chunk_count: int) -> AsyncIterator[_pb.UploadRecordsResponse]:
        row = await uploads.finish(self._engine, self._caller, upload_id, chunk_count)
        received = _pb.UploadRecordsReceived(upload=external_records.upload(row))
        yield _pb.UploadRecordsResponse(received=received)
        while row["finished_at"] is None:
            await pause(self._stopping, _LOOK_SECONDS)
            if self._stopping.is_set():
                raise reject(Reason.SHUTTING_DOWN)
            row = await uploads.get(self._engine, self._caller, upload_id)
        finished = _pb.UploadRecordsFinished(upload=external_records.upload(row))
        yield _pb.UploadRecordsResponse(finished=finished)

    async def _next(self) -> _pb.UploadRecordsRequest | None:
        """The next message; None at the end of the stream. Rejected once the server is stopping, and where it has an
        unknown field."""
        message = asyncio.ensure_future(anext(aiter(self._requests), None))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({message, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not message.done():
                raise reject(Reason.SHUTTING_DOWN)
            request = message.result()
            if request is not None:
                unknown.check(request)
            return request
        finally:
            stopping.cancel()
            message.cancel()


def _known(opened: _pb.UploadRecordsOpen) -> Any:
    """The upload that is gone on with."""
    with fields.reading("open.") as read:
        for field, _ in opened.ListFields():
            if field.name != "upload_id":
                read.wrong(field.name, "must be empty where upload_id is given")
        return read.id("upload_id", opened.upload_id, ids.UPLOAD)


def _requested(read: fields.Reading, opened: _pb.UploadRecordsOpen) -> UploadRequest:
    content = read.enum("content", upload_pb2.UploadContent, opened.content)
    if opened.content == upload_pb2.UPLOAD_CONTENT_UNSPECIFIED:
        read.wrong("content", "is required")
    policy = read.enum("fault_policy", upload_pb2.UploadFaultPolicy, opened.fault_policy)
    declared: dict[str, int | None] = {}
    for name in ("declared_byte_count", "declared_record_count"):
        declared[name] = getattr(opened, name) if opened.HasField(name) else None
        if (declared[name] or 0) < 0:
            read.wrong(name, "must not be negative")
    return UploadRequest(
        source_id=read.id("external_source_id", opened.external_source_id, ids.EXTERNAL_SOURCE),
        content=content,
        file_name=read.optional_label("file_name", opened.file_name, limits.FILE_NAME_MAX_CHARS),
        declared_bytes=declared["declared_byte_count"],
        declared_records=declared["declared_record_count"],
        fault_policy="KEEP_GOOD" if policy == "UNSPECIFIED" else policy,
    )


def _chunk(message: _pb.UploadRecordsChunk, *, is_file: bool) -> Chunk:
    """A chunk as it is stored. Raises Rejected: FIELD_INVALID, TOO_MANY_ITEMS, MESSAGE_TOO_LARGE."""
    content, count = message.WhichOneof("content"), len(message.records.external_records)
    expected, of = ("data", "a file") if is_file else ("records", "typed records")
    with fields.reading("chunk.") as read:
        if message.sequence < 1:
            read.wrong("sequence", "must be 1 or more")
        if content not in (None, expected):
            read.wrong(content, f"must be empty: the upload is of {of}")
        if content != expected or not (message.data or count):
            read.wrong(expected, f"is required: the upload is of {of}")
    limit = limits.UPLOAD_CHUNK_MAX_RECORDS
    if count > limit:
        raise reject(Reason.TOO_MANY_ITEMS, field="chunk.records.external_records", requested=count, limit=limit)
    data = message.data if is_file else message.records.SerializeToString(deterministic=True)
    if len(data) > limits.UPLOAD_CHUNK_MAX_BYTES:
        raise reject(Reason.MESSAGE_TOO_LARGE, requested=len(data), limit=limits.UPLOAD_CHUNK_MAX_BYTES)
    return Chunk(message.sequence, data, count)
