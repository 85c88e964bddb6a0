"""PostStream: chunks in, results out, in order, with a bounded number under way.

A reader takes chunks from the stream and starts them. A writer answers them in order. At most
CHUNKS_IN_FLIGHT are under way, so the server's memory stays the same however long the stream is, and
the server does not read from a client that does not read its results.

The end of the request stream does not finish it, because a client that died ends it in the same way: ``finish`` does.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from ledgerapi.v1 import batch_pb2, error_reason_pb2, operation_pb2, transaction_service_pb2

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, reject
from ledgerd.operations import batches, words
from ledgerd.operations.engine import Engine
from ledgerd.operations.post import post_many
from ledgerd.poster.submission import OrderedRun
from ledgerd.wire import decode, errors, fields, results, shares, unknown

_pb = transaction_service_pb2
CHUNKS_IN_FLIGHT = 16
_FRAME_BYTES = 64
"""Around the result of a chunk: its tag, its length, and the fields that are set last."""
_GOING_AWAY = (Reason.SHUTTING_DOWN, Reason.DATABASE_UNAVAILABLE)


@dataclass(slots=True)
class _Totals:
    """The totals of all chunks answered on a stream."""

    chunks: int = 0
    posted: int = 0
    replayed: int = 0
    rejected: int = 0
    received: int = 0
    last_sequence: int = 0

    def add(self, result: _pb.PostStreamChunkResult) -> None:
        self.chunks += 1
        self.posted += result.posted_count
        self.replayed += result.replayed_count
        self.rejected += result.rejected_count


@dataclass(frozen=True, slots=True)
class _End:
    """Why the reader stopped: finished with a count, failed, or neither, where the client is gone."""

    finished: int | None = None
    failed: Exception | None = None


class Stream:
    """One PostStream call."""

    def __init__(
        self,
        engine: Engine,
        caller: Caller,
        requests: AsyncIterator[_pb.PostStreamRequest],
        stopping: asyncio.Event,
        *,
        open_seconds: float,
    ) -> None:
        self._engine = engine
        self._caller = caller
        self._requests = requests
        self._stopping = stopping
        self._open_seconds = open_seconds
        self._capacity = limits.RESPONSE_DEFAULT_BYTES
        self._chunks: asyncio.Queue[asyncio.Task[_pb.PostStreamChunkResult] | _End] = asyncio.Queue(CHUNKS_IN_FLIGHT)
        self._under_way: set[asyncio.Task[_pb.PostStreamChunkResult]] = set()
        self._totals = _Totals()
        self._expected_sequence = 1
        self._run = OrderedRun()

    async def answer(self) -> AsyncGenerator[_pb.PostStreamResponse, None]:
        """The stream's responses. Raises Rejected where the stream as a whole cannot go on."""
        opened = await self._open()
        self._capacity = fields.response_bytes(opened.max_response_bytes, "open.") - _FRAME_BYTES
        yield _pb.PostStreamResponse(
            opened=_pb.PostStreamOpened(
                max_chunk_operations=limits.CHUNK_MAX_OPERATIONS,
                max_chunk_bytes=limits.CHUNK_MAX_BYTES,
                max_chunks_in_flight=CHUNKS_IN_FLIGHT,
            )
        )
        reader = asyncio.create_task(self._read(opened), name="read-post-stream")
        try:
            while isinstance(item := await self._chunks.get(), asyncio.Task):
                result = await self._result(item)
                if isinstance(result, _End):
                    item = result
                    break
                yield result
            async for last in self._end(item):
                yield last
        finally:
            reader.cancel()
            # The client is gone. The write path records the submissions that it accepted. Chunks that still wait for
            # capacity would accumulate, stream after stream, behind a full queue.
            for chunk in self._under_way:
                chunk.cancel()

    async def _open(self) -> _pb.PostStreamOpen:
        try:
            async with asyncio.timeout(self._open_seconds):
                first = await self._next()
        except TimeoutError:
            raise reject(Reason.STREAM_PROTOCOL, expected="open", limit_seconds=f"{self._open_seconds:g}") from None
        if first is None or first.WhichOneof("message") != "open":
            raise reject(Reason.STREAM_PROTOCOL, expected="open")
        unknown.check(first)
        with fields.reading("open.") as read:
            results.check_bulk_view(read, first.open.view)
        return first.open

    async def _result(self, chunk: "asyncio.Task[_pb.PostStreamChunkResult]") -> _pb.PostStreamResponse | _End:
        try:
            result = await chunk
        except Rejected as rejected:
            return _End(failed=rejected)
        self._totals.add(result)
        # The number of a chunk out of order is the client's: the chunks up to there may have no answer.
        if result.rejection.reason != error_reason_pb2.ERROR_REASON_SEQUENCE_OUT_OF_ORDER:
            self._totals.last_sequence = result.sequence
        return _pb.PostStreamResponse(result=result)

    async def _end(self, end: _End) -> AsyncIterator[_pb.PostStreamResponse]:
        totals = self._totals
        if end.failed is not None:
            if isinstance(end.failed, Rejected) and end.failed.rejection.reason in _GOING_AWAY:
                rejection = errors.to_proto(end.failed.rejection)
                yield _pb.PostStreamResponse(
                    going_away=_pb.PostStreamGoingAway(rejection=rejection, last_sequence=totals.last_sequence)
                )
            raise end.failed
        if end.finished is None:
            return
        if end.finished != totals.received:
            raise reject(Reason.COUNT_MISMATCH, requested=end.finished, received=totals.received)
        yield _pb.PostStreamResponse(
            finished=_pb.PostStreamFinished(
                chunk_count=totals.chunks,
                operation_count=totals.posted + totals.replayed + totals.rejected,
                posted_count=totals.posted,
                replayed_count=totals.replayed,
                rejected_count=totals.rejected,
            )
        )

    # The reader --------------------------------------------------------------------------------

    async def _read(self, opened: _pb.PostStreamOpen) -> None:
        """Start chunks until the stream ends, and report how it ended."""
        try:
            end = await self._read_chunks(opened)
        except Exception as error:  # noqa: BLE001  (handed on to the writer, which raises it)
            end = _End(failed=error)
        await self._chunks.put(end)

    async def _read_chunks(self, opened: _pb.PostStreamOpen) -> _End:
        while (request := await self._next()) is not None:
            which = request.WhichOneof("message")
            unknown.check_outer(request)
            if which == "finish":
                return _End(finished=request.finish.operation_count)
            if which != "chunk":
                raise reject(Reason.STREAM_PROTOCOL, expected="chunk or finish")
            await self._chunks.put(self._start(request.chunk, opened))
        return _End()

    async def _next(self) -> _pb.PostStreamRequest | None:
        """The next message; None at the end of the stream. Rejected once the server is stopping."""
        message = asyncio.ensure_future(anext(aiter(self._requests), None))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({message, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not message.done():
                raise reject(Reason.SHUTTING_DOWN)
            return message.result()
        finally:
            stopping.cancel()
            message.cancel()

    def _start(
        self, chunk: _pb.PostStreamChunk, opened: _pb.PostStreamOpen
    ) -> "asyncio.Task[_pb.PostStreamChunkResult]":
        self._totals.received += len(chunk.operations)
        rejection = self._rejection(chunk)
        if rejection is not None and rejection.reason is Reason.SEQUENCE_OUT_OF_ORDER:
            return asyncio.create_task(_rejected(chunk, rejection))
        self._expected_sequence += 1
        work = self._post(chunk, opened) if rejection is None else _rejected(chunk, rejection)
        task = asyncio.create_task(work, name="post-chunk")
        # When the stream breaks, the results of its later chunks are never read.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    def _rejection(self, chunk: _pb.PostStreamChunk) -> Rejection | None:
        """Why a chunk is rejected as a whole."""
        if chunk.sequence != self._expected_sequence:
            numbers = {"requested": str(chunk.sequence), "expected": str(self._expected_sequence)}
            return Rejection(Reason.SEQUENCE_OUT_OF_ORDER, numbers)
        return _unacceptable(chunk)

    async def _post(self, chunk: _pb.PostStreamChunk, opened: _pb.PostStreamOpen) -> _pb.PostStreamChunkResult:
        atomic = results.MODES[chunk.mode]
        batch_id = self._engine.ids_and_clock.id(BATCH) if atomic else None
        metadata = fields.struct_to_json(chunk.metadata) if atomic else None
        decoded = decode.operations(chunk.operations)
        crowded = shares.too_many(decoded)
        if crowded is not None:
            return await _rejected(chunk, crowded)
        references = results.references(chunk.operations, decoded)
        outcomes = await post_many(
            self._engine,
            self._caller,
            decoded,
            atomic=atomic,
            batch_id=batch_id,
            validate_only=opened.validate_only,
            metadata=metadata,
            patient=True,
            run=self._run,
        )
        posted, replayed, rejected = results.counts(outcomes)
        repeated = results.repeated_batch(outcomes) if atomic else None
        try:
            await batches.check_repeated(self._engine, self._caller, repeated, len(outcomes), metadata)
        except Rejected as differing:
            return await _rejected(chunk, differing.rejection)
        recorded = batch_id if posted and not opened.validate_only else repeated
        result = _pb.PostStreamChunkResult(
            sequence=chunk.sequence,
            batch_id=recorded or "",
            posted_count=posted,
            replayed_count=replayed,
            rejected_count=rejected,
        )
        full = opened.view == operation_pb2.TRANSACTION_VIEW_FULL
        results.add_results(
            result.results,
            references,
            outcomes,
            full=full,
            validate_only=opened.validate_only,
            capacity=self._capacity,
            inherited=await words.inherited(self._engine, self._caller, outcomes) if full else {},
        )
        if full or rejected:
            results.keep_receivable(result, self._capacity)
        return result


def _unacceptable(chunk: _pb.PostStreamChunk) -> Rejection | None:
    count = len(chunk.operations)
    if (found := unknown.outer_rejection(chunk)) is not None:
        return found
    read = fields.Reading()
    read.enum("mode", batch_pb2.BatchMode, chunk.mode)
    if count == 0:
        read.wrong("operations", "at least one is required")
    if chunk.HasField("metadata"):
        if results.MODES.get(chunk.mode):
            read.metadata("metadata", chunk.metadata)
        else:
            read.wrong("metadata", "only with mode ATOMIC: other chunks are no batch")
    if read.violations:
        return fields.invalid(*read.violations)
    if count > limits.CHUNK_MAX_OPERATIONS:
        numbers = {"field": "operations", "requested": str(count), "limit": str(limits.CHUNK_MAX_OPERATIONS)}
        return Rejection(Reason.TOO_MANY_ITEMS, numbers)
    size = chunk.ByteSize()
    if size > limits.CHUNK_MAX_BYTES:
        return Rejection(Reason.MESSAGE_TOO_LARGE, {"requested": str(size), "limit": str(limits.CHUNK_MAX_BYTES)})
    return None


async def _rejected(chunk: _pb.PostStreamChunk, rejection: Rejection) -> _pb.PostStreamChunkResult:
    return _pb.PostStreamChunkResult(
        sequence=chunk.sequence, rejection=errors.to_proto(rejection), rejected_count=len(chunk.operations)
    )
