"""Uploading what others say: a file of a source, or typed records, in chunks, resumed after breaks."""

import asyncio
import os
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ledgerapi.v1.external_record_pb2 import ExternalRecord
from ledgerapi.v1.reconciliation_service_pb2 import (
    CancelUploadRequest,
    ExternalRecords,
    UploadRecordsChunk,
    UploadRecordsFinish,
    UploadRecordsOpen,
    UploadRecordsRequest,
    UploadRecordsResponse,
)
from ledgerapi.v1.upload_pb2 import (
    UPLOAD_CONTENT_FILE,
    UPLOAD_CONTENT_RECORDS,
    UPLOAD_FAULT_POLICY_KEEP_GOOD,
    UPLOAD_FAULT_POLICY_REJECT_ALL,
    UPLOAD_STATUS_RECEIVING,
    Upload,
)

from ledgerd_client.backoff import Backoff, is_break, next_response
from ledgerd_client.client import LedgerClient
from ledgerd_client.errors import LedgerError, ServiceFault

GIVE_UP_SECONDS = 60.0
CHUNK_RECORDS_MAX = 1_000
CHUNK_BYTES_MAX = 1024 * 1024
_RECORD_BYTES_MAX = CHUNK_BYTES_MAX - 1024
"""What the records of a chunk may have together, with what stands around each."""
_AROUND_RECORD_BYTES = 8

PathOrRecords: TypeAlias = str | os.PathLike[str] | Iterable[ExternalRecord] | AsyncIterable[ExternalRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadProgress:
    """How much of an upload the service has stored durably."""

    upload_id: str
    """The upload (`upl_...`)."""
    chunks: int
    """How many chunks, those of earlier attempts included."""
    reconnects: int
    """How often the stream broke and a new one began."""


async def upload_records(
    client: LedgerClient,
    source: str,
    path_or_records: PathOrRecords,
    *,
    request_id: str | None = None,
    file_name: str | None = None,
    reject_all: bool = False,
    on_progress: Callable[[UploadProgress], None] | None = None,
    give_up_seconds: float = GIVE_UP_SECONDS,
) -> Upload:
    """Uploads one file, or typed records, and returns the upload when it was read.

    After a break the upload goes on with the chunk that the service does not have. Calling again with the same
    `request_id` and the same content goes on as well, also from another process, and returns the same upload once it is
    done. What is wrong with single records is not raised: `ListUploadFaults` tells it, and `fault_count` how much.

    Args:
        client: The client to upload with.
        source: The source (`src_...`).
        path_or_records: The path of a file, which may be packed with gzip or zip; or typed records, which are read when
            they are needed. An ordinary iterable should not block for long.
        request_id: Your unique key of this upload, 1 to 128 characters. None means a new one.
        file_name: What the service calls the file. None means the name in the path; for typed records none.
        reject_all: Whether nothing is kept where one record is at fault.
        on_progress: Called after every chunk that is stored durably.
        give_up_seconds: How long to try without any progress before the last failure is raised. Above 0.

    Returns:
        The upload, FINISHED or REJECTED; CANCELLED where somebody cancelled it meanwhile.

    Raises:
        Conflict: The source has the same file from an earlier upload (UPLOAD_REPEATED: `details["earlier"]` is its id),
            or the request id belongs to something else.
        NotFound: There is no such source.
        Rejected: The source does not say how its files are to be read.
        Malformed: The upload can never pass as it is, for example because it is too large.
        Unavailable: No progress for `give_up_seconds`. Call again with the same request id.
        OSError: The file cannot be read.
        ValueError: The limit is not above 0.
    """
    steps = upload_steps(
        client,
        source,
        path_or_records,
        request_id=request_id,
        file_name=file_name,
        reject_all=reject_all,
        give_up_seconds=give_up_seconds,
    )
    async with aclosing(steps):
        async for step in steps:
            if isinstance(step, Upload):
                return step
            if on_progress is not None:
                on_progress(step)
    raise ServiceFault("the upload ended without an answer")


async def cancel_upload(client: LedgerClient, upload_id: str, *, timeout: float | None = None) -> Upload:
    """Ends an upload that is received or read: nothing of it is kept. Calling again changes nothing.

    Args:
        client: The client to call with.
        upload_id: The upload (`upl_...`).
        timeout: Deadline in seconds. None means the client's.

    Returns:
        The upload, CANCELLED.

    Raises:
        NotFound: There is no such upload.
        Rejected: The upload has ended: it is FINISHED or REJECTED.
        Malformed: The id is not a valid id of an upload.
        Unavailable: There was no answer in time. Call again.
    """
    request = CancelUploadRequest(upload_id=upload_id)
    return (await client.reconciliations.CancelUpload(request, timeout=timeout)).upload


async def upload_steps(
    client: LedgerClient,
    source: str,
    path_or_records: PathOrRecords,
    *,
    request_id: str | None,
    file_name: str | None,
    reject_all: bool,
    give_up_seconds: float,
) -> AsyncGenerator[UploadProgress | Upload, None]:
    """Uploads as `upload_records` does: yields the progress after every chunk, and last the upload."""
    if not give_up_seconds > 0:
        raise ValueError("give_up_seconds must be above 0")
    chunks: _FileChunks | _RecordChunks
    if isinstance(path_or_records, str | os.PathLike):
        path = Path(path_or_records)
        chunks, content, usual_name = _FileChunks(path), UPLOAD_CONTENT_FILE, path.name
    else:
        chunks, content, usual_name = _RecordChunks(path_or_records), UPLOAD_CONTENT_RECORDS, ""
    opened = UploadRecordsOpen(
        external_source_id=source,
        content=content,
        file_name=usual_name if file_name is None else file_name,
        fault_policy=UPLOAD_FAULT_POLICY_REJECT_ALL if reject_all else UPLOAD_FAULT_POLICY_KEEP_GOOD,
        request_id=uuid.uuid4().hex if request_id is None else request_id,
    )
    backoff, reconnects = Backoff(give_up_seconds), 0
    while True:
        stream = _Stream(client, opened)
        try:
            async with aclosing(stream.steps(chunks, reconnects)) as steps:
                async for step in steps:
                    backoff.progress()
                    yield step
                    if isinstance(step, Upload):
                        return
        except LedgerError as error:
            if not is_break(error) or error.reason in _FOR_GOOD:
                raise
            await asyncio.sleep(backoff.seconds_after(error))
            reconnects += 1
        finally:
            stream.close()


_FOR_GOOD = ("TOO_MANY_ITEMS", "MESSAGE_TOO_LARGE", "UPLOAD_TOO_LARGE")


class _Stream:
    """One UploadRecords call."""

    def __init__(self, client: LedgerClient, opened: UploadRecordsOpen) -> None:
        self._opened = opened
        self._requests: asyncio.Queue[UploadRecordsRequest | None] = asyncio.Queue()
        self._call = client.reconciliations.UploadRecords(self._sent())
        self._responses: AsyncIterator[UploadRecordsResponse] = aiter(self._call)

    async def steps(
        self, chunks: "_FileChunks | _RecordChunks", reconnects: int
    ) -> AsyncGenerator[UploadProgress | Upload, None]:
        """Go on with the upload to its end."""
        begun = (await self._ask("opened", open=self._opened)).opened
        number = begun.next_sequence
        if begun.upload.status == UPLOAD_STATUS_RECEIVING:
            while (chunk := await chunks.get(number)) is not None:
                await self._ask("acknowledged", chunk=chunk)
                yield UploadProgress(upload_id=begun.upload.id, chunks=number, reconnects=reconnects)
                number += 1
        await self._ask("received", finish=UploadRecordsFinish(chunk_count=number - 1))
        yield (await self._next("finished")).finished.upload

    def close(self) -> None:
        self._call.cancel()
        self._requests.put_nowait(None)  # The channel reads requests on after a call that failed.

    async def _ask(self, expected: str, **message: object) -> UploadRecordsResponse:
        self._requests.put_nowait(UploadRecordsRequest(**message))  # type: ignore[arg-type]
        return await self._next(expected)

    async def _next(self, expected: str) -> UploadRecordsResponse:
        # A message that this client does not know comes from a newer service.
        while (kind := (response := await next_response(self._responses)).WhichOneof("message")) is None:
            pass
        if kind != expected:
            raise ServiceFault(f"the service did not answer with {expected}")
        return response

    async def _sent(self) -> AsyncIterator[UploadRecordsRequest]:
        while (request := await self._requests.get()) is not None:
            yield request


class _FileChunks:
    """A file in pieces, any of which can be read again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def get(self, number: int) -> UploadRecordsChunk | None:
        """The chunk with this number; None after the last one."""
        data = await asyncio.to_thread(self._read, (number - 1) * CHUNK_BYTES_MAX)
        return UploadRecordsChunk(sequence=number, data=data) if data else None

    def _read(self, start: int) -> bytes:
        with self._path.open("rb") as opened:
            opened.seek(start)
            return opened.read(CHUNK_BYTES_MAX)


class _RecordChunks:
    """Typed records in pieces, the same for the same records; one piece is held."""

    def __init__(self, records: Iterable[ExternalRecord] | AsyncIterable[ExternalRecord]) -> None:
        self._records = _each(records)
        self._held: list[ExternalRecord] = []
        self._next: ExternalRecord | None = None
        self._number = 0

    async def get(self, number: int) -> UploadRecordsChunk | None:
        """The chunk with this number, which may be skipped to and is never before the last one; None after the end."""
        if number < self._number:
            raise ServiceFault("the service no longer has what it acknowledged")
        while self._number < number:
            self._held = await self._cut()
            self._number += 1
        records = ExternalRecords(external_records=self._held)
        return UploadRecordsChunk(sequence=number, records=records) if self._held else None

    async def _cut(self) -> list[ExternalRecord]:
        records: list[ExternalRecord] = []
        size = 0
        while len(records) < CHUNK_RECORDS_MAX:
            record, self._next = self._next, None
            if record is None:
                record = await anext(self._records, None)
            if record is None:
                break
            size += record.ByteSize() + _AROUND_RECORD_BYTES
            if records and size > _RECORD_BYTES_MAX:
                self._next = record
                break
            records.append(record)
        return records


async def _each(records: Iterable[ExternalRecord] | AsyncIterable[ExternalRecord]) -> AsyncIterator[ExternalRecord]:
    if isinstance(records, AsyncIterable):
        async for record in records:
            yield record
    else:
        for record in records:
            yield record
