"""One upload over as many streams as it takes.

    source ──cut──▶ ready ──send──▶ unacknowledged ──result──▶ caller
                                      │        ▲
                                      └─ break ┘  sent again, first, on the next stream

A task of its own reads the source: a broken stream must not interrupt the caller's iterator. A chunk leaves
`unacknowledged` only when its result is handed out, so the window bounds the memory, however slow the caller is.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic

from grpc import StatusCode
from ledgerapi.v1.operation_pb2 import OperationResult, TransactionView
from ledgerapi.v1.transaction_service_pb2 import (
    PostStreamChunkResult,
    PostStreamFinish,
    PostStreamFinished,
    PostStreamOpen,
    PostStreamOpened,
    PostStreamRequest,
    PostStreamResponse,
)

from ledgerd_client.backoff import Backoff, is_break, next_response
from ledgerd_client.chunks import CHUNK_BYTES_MAX, CHUNK_OPERATIONS_MAX, Item, OutgoingChunk, cut
from ledgerd_client.client import LedgerClient
from ledgerd_client.errors import LedgerError, ServiceFault, Unavailable, rejection_error

READY_CHUNKS = 2
"""How many chunks are cut ahead of the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of an upload; `bulk` says what each means."""

    chunk_operations: int
    in_flight: int
    atomic: bool
    view: TransactionView
    give_up_seconds: float

    def __post_init__(self) -> None:
        if self.chunk_operations < 1 or self.in_flight < 1 or not self.give_up_seconds > 0:
            raise ValueError("chunk_operations and in_flight must be at least 1, give_up_seconds above 0")


class Upload(Generic[Item]):
    """Sends all items in order, and hands out each chunk with its result, in order."""

    def __init__(self, client: LedgerClient, items: Iterable[Item] | AsyncIterable[Item], settings: Settings) -> None:
        self.client = client
        self._items = items
        self.settings = settings
        self.backoff = Backoff(settings.give_up_seconds)
        self.reconnects = 0
        self.ready: asyncio.Queue[OutgoingChunk[Item]] = asyncio.Queue(READY_CHUNKS)
        self.unacknowledged: deque[OutgoingChunk[Item]] = deque()
        self.changed = asyncio.Event()
        """Set whenever there may be something to send."""
        self._source: asyncio.Task[None] | None = None
        self._source_error: Exception | None = None

    @property
    def all_cut(self) -> bool:
        """Whether the source has ended and every chunk was sent at least once."""
        return self._source is not None and self._source.done() and self.ready.empty()

    async def results(self) -> AsyncGenerator[tuple[OutgoingChunk[Item], PostStreamChunkResult], None]:
        """Each chunk with its result. When the source raised, its error comes after the results of what was sent.

        Raises:
            LedgerError: See `bulk`.
        """
        try:
            while not (self.all_cut and not self.unacknowledged):
                stream = _Stream(self)
                try:
                    async with aclosing(stream.results()) as results:
                        async for result in results:
                            yield result
                    break
                except LedgerError as error:
                    if not is_break(error):
                        raise
                    await self._wait_after(error, idle=stream.idle)
        finally:
            await self._stop_source()
        if self._source_error is not None:
            raise self._source_error

    def start_source(self, opened: PostStreamOpened) -> None:
        """Begins to read the source, once the service's limits are known."""
        if self._source is None:
            operations_max = min(self.settings.chunk_operations, opened.max_chunk_operations or CHUNK_OPERATIONS_MAX)
            bytes_max = opened.max_chunk_bytes or CHUNK_BYTES_MAX
            self._source = asyncio.create_task(self._read_source(operations_max, bytes_max), name="ledgerd-bulk-source")
            self._source.add_done_callback(lambda _: self.changed.set())

    async def _read_source(self, operations_max: int, bytes_max: int) -> None:
        chunks = cut(self._items, operations_max=operations_max, bytes_max=bytes_max, atomic=self.settings.atomic)
        try:
            async for chunk in chunks:
                await self.ready.put(chunk)
                self.changed.set()
        except Exception as error:  # noqa: BLE001 (the caller's own; raised when everything that was sent has its answer)
            self._source_error = error

    async def _stop_source(self) -> None:
        if self._source is not None:
            self._source.cancel()
            await asyncio.wait([self._source])

    async def _wait_after(self, error: LedgerError, *, idle: bool) -> None:
        if idle:
            self.backoff.idle()
        self.reconnects += 1
        await asyncio.sleep(self.backoff.seconds_after(error))


class _Stream(Generic[Item]):
    """One PostStream call: the chunks that the call before did not acknowledge, then the ready ones, then `finish`.

    grpc reads `_requests` in a task of its own, which outlives a broken call. So `_requests` checks `_closed` after
    every wait, and takes chunks without awaiting in between: no chunk is lost or taken twice.
    """

    def __init__(self, upload: Upload[Item]) -> None:
        self._upload = upload
        self._again = deque(upload.unacknowledged)
        self._window = 0  # Chunks that may be unanswered; none before `opened`.
        self._sent_chunks = 0
        self._sent_operations = 0
        self._answered_chunks = 0
        self._finish_sent = False
        self._closed = False
        self._timer: asyncio.Timeout | None = None

    @property
    def idle(self) -> bool:
        """Whether the service has answered everything that was sent."""
        return self._window > 0 and self._answered_chunks == self._sent_chunks and not self._finish_sent

    async def results(self) -> AsyncGenerator[tuple[OutgoingChunk[Item], PostStreamChunkResult], None]:
        call = self._upload.client.transactions.PostStream(self._requests())
        try:
            responses = aiter(call)
            while True:
                response = await self._read(responses)
                kind = response.WhichOneof("message")
                if kind == "result":
                    yield self._answered(response.result)
                    self._upload.backoff.progress()
                elif kind == "opened":
                    self._open(response.opened)
                elif kind == "finished":
                    self._check_totals(response.finished)
                    return
                elif kind == "going_away":
                    raise rejection_error(response.going_away.rejection)
        finally:
            self._closed = True
            self._upload.changed.set()
            call.cancel()

    async def _requests(self) -> AsyncIterator[PostStreamRequest]:
        yield PostStreamRequest(open=PostStreamOpen(view=self._upload.settings.view))
        while not self._closed:
            chunk = self._next_chunk()
            if chunk is not None:
                self._start_timer()
                self._sent_chunks += 1
                self._sent_operations += len(chunk.items)
                yield chunk.numbered(self._sent_chunks)
            elif self._window > 0 and not self._again and self._upload.all_cut:
                self._start_timer()
                self._finish_sent = True
                yield PostStreamRequest(finish=PostStreamFinish(operation_count=self._sent_operations))
                return
            else:
                self._upload.changed.clear()
                await self._upload.changed.wait()

    def _next_chunk(self) -> OutgoingChunk[Item] | None:
        if self._sent_chunks - self._answered_chunks >= self._window:
            return None
        if self._again:
            return self._again.popleft()
        if self._upload.ready.empty():
            return None
        chunk = self._upload.ready.get_nowait()
        self._upload.unacknowledged.append(chunk)
        return chunk

    def _start_timer(self) -> None:
        """From now on the service has to answer; before, it had nothing to answer."""
        if self.idle:
            self._upload.backoff.idle()
            if self._timer is not None and not self._timer.expired():
                self._timer.reschedule(self._upload.backoff.give_up_time())

    async def _read(self, responses: AsyncIterator[PostStreamResponse]) -> PostStreamResponse:
        limit = None if self.idle else self._upload.backoff.give_up_time()
        try:
            async with asyncio.timeout_at(limit) as self._timer:
                return await next_response(responses)
        except TimeoutError:
            raise Unavailable(f"no answer for {self._upload.settings.give_up_seconds:g} seconds") from None
        finally:
            self._timer = None

    def _open(self, opened: PostStreamOpened) -> None:
        in_flight = self._upload.settings.in_flight
        self._window = min(in_flight, opened.max_chunks_in_flight or in_flight)
        self._upload.start_source(opened)
        self._upload.changed.set()

    def _answered(self, result: PostStreamChunkResult) -> tuple[OutgoingChunk[Item], PostStreamChunkResult]:
        expected = self._answered_chunks + 1
        if result.sequence != expected or expected > self._sent_chunks:
            raise _fault("SEQUENCE_OUT_OF_ORDER", "A result came out of order.", expected, result.sequence)
        chunk = self._upload.unacknowledged[0]
        completed = _completed(chunk, result)
        self._answered_chunks += 1
        self._upload.unacknowledged.popleft()
        self._upload.changed.set()
        return chunk, completed

    def _check_totals(self, finished: PostStreamFinished) -> None:
        if not self._finish_sent or self._answered_chunks != self._sent_chunks:
            raise _fault("STREAM_PROTOCOL", "The stream finished early.", self._sent_chunks, self._answered_chunks)
        if finished.operation_count != self._sent_operations:
            raise _fault(
                "COUNT_MISMATCH", "The service counted differently.", self._sent_operations, finished.operation_count
            )


def _completed(chunk: OutgoingChunk[Item], result: PostStreamChunkResult) -> PostStreamChunkResult:
    """The result with one entry for each operation, also where the chunk was rejected as a whole."""
    if result.HasField("rejection"):
        rejection = rejection_error(result.rejection)
        if rejection.reason not in ("TOO_MANY_ITEMS", "MESSAGE_TOO_LARGE"):
            raise rejection
        entries = [OperationResult(reference=reference, rejection=result.rejection) for reference in chunk.references]
        return PostStreamChunkResult(sequence=result.sequence, results=entries, rejected_count=len(entries))
    counted = result.posted_count + result.replayed_count + result.rejected_count
    if len(result.results) != len(chunk.items) or counted != len(chunk.items):
        raise _fault("COUNT_MISMATCH", "A chunk has another number of results.", len(chunk.items), counted)
    for asked, answered in zip(chunk.references, result.results, strict=True):
        if asked and asked != answered.reference:
            raise _fault("SEQUENCE_OUT_OF_ORDER", "The results of a chunk are out of order.", asked, answered.reference)
    return result


def _fault(reason: str, message: str, expected: object, received: object) -> ServiceFault:
    details = {"expected": str(expected), "received": str(received)}
    return ServiceFault(message, code=StatusCode.INTERNAL, reason=reason, details=details)
