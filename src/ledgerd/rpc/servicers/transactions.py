"""TransactionService: posting, streams, the hold's life cycle, queries and the watch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, TypeVar

from ledgerapi.v1 import batch_pb2, event_pb2, operation_pb2, transaction_pb2
from ledgerapi.v1 import transaction_service_pb2 as pb
from ledgerapi.v1 import transaction_service_pb2_grpc as services

from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry, Movement
from ledgerd.core.model import limits
from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.operation import Operation
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, reject
from ledgerd.core.model.transaction import Transaction
from ledgerd.core.replay import Replay
from ledgerd.operations import post, recorded, words
from ledgerd.operations.batches import check_repeated
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.rpc.servicers import batches, deferred, queries, watched
from ledgerd.rpc.stream import Stream
from ledgerd.rpc.waits import Waits
from ledgerd.rpc.watch import Watch
from ledgerd.wire import adjustments, decode, encode, fields, results, selection, shares, unknown

Readable = TypeVar("Readable", bound=Operation)
_WriteRequest = (
    pb.PostTransactionRequest
    | pb.CommitHoldRequest
    | pb.VoidHoldRequest
    | pb.AdjustHoldRequest
    | pb.RefundTransactionRequest
)


class TransactionServicer(services.TransactionServiceServicer):
    """Serves the write path and what it recorded."""

    def __init__(
        self, engine: Engine, watch: Watch, waits: Waits, stopping: asyncio.Event, stream_open_seconds: float
    ) -> None:
        self._engine = engine
        self._watch = watch
        self._waits = waits
        self._stopping = stopping
        self._stream_open_seconds = stream_open_seconds

    async def PostTransaction(self, request: pb.PostTransactionRequest, context: Context) -> pb.PostTransactionResponse:
        unknown.check(request)
        operation = _readable(decode.post(request.draft, "draft."))
        is_basic = results.is_basic(request.view)
        outcome = await post.post_one(self._engine, current_caller(), operation, validate_only=request.validate_only)
        if is_basic:
            return pb.PostTransactionResponse(**_basic(outcome, request))
        return pb.PostTransactionResponse(
            transaction=results.transaction(
                outcome, validate_only=request.validate_only, inherited={}, decimals=_shows_decimals(request)
            ),
            replayed=isinstance(outcome, Replay),
            legs=_legs(outcome, request),
        )

    async def PostBatch(self, request: pb.PostBatchRequest, context: Context) -> pb.PostBatchResponse:
        metadata = _check_batch(request)
        capacity = fields.response_bytes(request.max_response_bytes)
        atomic = results.MODES[request.mode]
        batch_id = self._engine.ids_and_clock.id(BATCH)
        decoded = decode.operations(request.operations)
        crowded = shares.too_many(decoded)
        if crowded is not None:
            raise Rejected(crowded)
        if batches.is_accepted(request, decoded):
            return await batches.accept(self._engine, current_caller(), request, decoded, metadata)
        outcomes = await post.post_many(
            self._engine,
            current_caller(),
            decoded,
            atomic=atomic,
            batch_id=batch_id,
            validate_only=request.validate_only,
            metadata=metadata,
        )
        response = pb.PostBatchResponse(batch=await self._batch(request, batch_id, outcomes, metadata))
        results.add_results(
            response.results,
            results.references(request.operations, decoded),
            outcomes,
            full=_is_full(request),
            validate_only=request.validate_only,
            capacity=capacity,
            inherited=await words.inherited(self._engine, current_caller(), outcomes) if _is_full(request) else {},
        )
        results.keep_receivable(response, capacity)
        return response

    async def _batch(
        self, request: pb.PostBatchRequest, batch_id: str, outcomes: list[Outcome], metadata: str | None
    ) -> batch_pb2.Batch:
        """The recorded batch: the batch of this call, or the batch that this call repeats. So both calls have the same
        answer. Raises Rejected: REFERENCE_CONFLICT, where the call repeats it with other metadata."""
        made = results.batch(
            batch_id, outcomes, atomic=results.MODES[request.mode], validate_only=request.validate_only
        )
        if made.id:
            return (await queries.get_batch(self._engine, current_caller(), pb.GetBatchRequest(batch_id=made.id))).batch
        repeated = await check_repeated(
            self._engine, current_caller(), results.repeated_batch(outcomes), len(outcomes), metadata
        )
        return made if repeated is None else encode.batch(repeated)

    async def PostStream(
        self, request_iterator: AsyncIterator[pb.PostStreamRequest], context: Context
    ) -> AsyncIterator[pb.PostStreamResponse]:
        stream = Stream(
            self._engine, current_caller(), request_iterator, self._stopping, open_seconds=self._stream_open_seconds
        )
        async with aclosing(stream.answer()) as responses:
            async for response in responses:
                yield response

    async def CommitHold(self, request: pb.CommitHoldRequest, context: Context) -> pb.CommitHoldResponse:
        unknown.check(request)
        resolve = _readable(decode.commit(request.commit_hold))
        is_basic = results.is_basic(request.view)
        outcome = await post.post_one(self._engine, current_caller(), resolve, validate_only=request.validate_only)
        if is_basic:
            return pb.CommitHoldResponse(**_basic(outcome, request))
        return pb.CommitHoldResponse(
            transaction=await self._with_words(outcome, request),
            hold=await self._parent(outcome, request),
            replayed=isinstance(outcome, Replay),
            legs=_legs(outcome, request),
        )

    async def VoidHold(self, request: pb.VoidHoldRequest, context: Context) -> pb.VoidHoldResponse:
        unknown.check(request)
        resolve = _readable(decode.void(request.void_hold))
        is_basic = results.is_basic(request.view)
        outcome = await post.post_one(self._engine, current_caller(), resolve, validate_only=request.validate_only)
        if is_basic:
            return pb.VoidHoldResponse(**_basic(outcome, request))
        return pb.VoidHoldResponse(
            transaction=await self._with_words(outcome, request),
            hold=await self._parent(outcome, request),
            replayed=isinstance(outcome, Replay),
            legs=_legs(outcome, request),
        )

    async def AdjustHold(self, request: pb.AdjustHoldRequest, context: Context) -> pb.AdjustHoldResponse:
        unknown.check(request)
        adjust = _readable(adjustments.adjust_hold(request.adjust_hold))
        is_basic = results.is_basic(request.view)
        outcome = await post.post_one(self._engine, current_caller(), adjust, validate_only=request.validate_only)
        if is_basic:
            return pb.AdjustHoldResponse(**_basic(outcome, request))
        return pb.AdjustHoldResponse(
            transaction=await self._with_words(outcome, request),
            hold=await self._parent(outcome, request),
            replayed=isinstance(outcome, Replay),
        )

    async def _with_words(
        self, outcome: Movement | HeaderEntry | Replay, request: _WriteRequest
    ) -> transaction_pb2.Transaction:
        """The commit, void, adjustment or refund with what it shows of its parent."""
        return results.transaction(
            outcome,
            validate_only=request.validate_only,
            inherited=await words.inherited(self._engine, current_caller(), [outcome]),
            decimals=_shows_decimals(request),
        )

    async def _parent(
        self, outcome: Movement | HeaderEntry | Replay, request: _WriteRequest
    ) -> transaction_pb2.Transaction | None:
        """The hold or the refunded transaction after the operation; None for a batch, which is not a transaction."""
        parent_id = results.recorded(outcome).parent_id
        if parent_id is None:
            return None
        parent = _as_moved(await recorded.get_changed(self._engine, current_caller(), parent_id), outcome)
        return encode.transaction(parent, decimals=_shows_decimals(request))

    async def RefundTransaction(
        self, request: pb.RefundTransactionRequest, context: Context
    ) -> pb.RefundTransactionResponse:
        unknown.check(request)
        refund = _readable(decode.refund(request.refund))
        is_basic = results.is_basic(request.view)
        outcome = await post.post_one(self._engine, current_caller(), refund, validate_only=request.validate_only)
        if is_basic:
            return pb.RefundTransactionResponse(**_basic(outcome, request))
        return pb.RefundTransactionResponse(
            transaction=await self._with_words(outcome, request),
            refunded=await self._parent(outcome, request),
            replayed=isinstance(outcome, Replay),
            legs=_legs(outcome, request),
        )

    async def CancelTransaction(
        self, request: pb.CancelTransactionRequest, context: Context
    ) -> pb.CancelTransactionResponse:
        return await deferred.cancel(self._engine, current_caller(), request)

    async def RescheduleTransaction(
        self, request: pb.RescheduleTransactionRequest, context: Context
    ) -> pb.RescheduleTransactionResponse:
        return await deferred.reschedule(self._engine, current_caller(), request)

    async def ApproveTransaction(
        self, request: pb.ApproveTransactionRequest, context: Context
    ) -> pb.ApproveTransactionResponse:
        return await deferred.approve(self._engine, current_caller(), request)

    async def DenyTransaction(self, request: pb.DenyTransactionRequest, context: Context) -> pb.DenyTransactionResponse:
        return await deferred.deny(self._engine, current_caller(), request)

    async def WaitTransaction(self, request: pb.WaitTransactionRequest, context: Context) -> pb.WaitTransactionResponse:
        return await deferred.wait(self._engine, current_caller(), self._waits, request, context)

    async def GetTransaction(self, request: pb.GetTransactionRequest, context: Context) -> pb.GetTransactionResponse:
        return await queries.get_transaction(self._engine, current_caller(), request)

    async def ListTransactions(
        self, request: pb.ListTransactionsRequest, context: Context
    ) -> pb.ListTransactionsResponse:
        return await queries.list_transactions(self._engine, current_caller(), request)

    async def GetBatch(self, request: pb.GetBatchRequest, context: Context) -> pb.GetBatchResponse:
        return await queries.get_batch(self._engine, current_caller(), request)

    async def ListBatches(self, request: pb.ListBatchesRequest, context: Context) -> pb.ListBatchesResponse:
        return await queries.list_batches(self._engine, current_caller(), request)

    async def WatchBatch(self, request: pb.WatchBatchRequest, context: Context) -> AsyncIterator[pb.WatchBatchResponse]:
        async with aclosing(batches.watch(self._engine, current_caller(), request, self._stopping)) as responses:
            async for response in responses:
                yield response

    async def ListBatchRejections(
        self, request: pb.ListBatchRejectionsRequest, context: Context
    ) -> pb.ListBatchRejectionsResponse:
        return await batches.list_rejections(self._engine, current_caller(), request)

    async def WatchTransactions(
        self, request: pb.WatchTransactionsRequest, context: Context
    ) -> AsyncIterator[pb.WatchTransactionsResponse]:
        balance_ids = await watched.balance_ids(self._engine, current_caller(), request)
        wants = selection.transactions(request.filter, balance_ids)
        start = await self._watch.start(request.after_cursor, from_beginning=request.from_beginning)
        async for message in self._watch.follow(start, wants):
            if isinstance(message, event_pb2.Event):
                yield pb.WatchTransactionsResponse(event=message)
            else:
                yield pb.WatchTransactionsResponse(heartbeat=message)


def _readable(decoded: Readable | Rejection) -> Readable:
    if isinstance(decoded, Rejection):
        raise Rejected(decoded)
    return decoded


def _basic(outcome: Movement | HeaderEntry | Replay, request: _WriteRequest) -> dict[str, Any]:
    """The fields of the answer to a single write in view BASIC."""
    return {
        "transaction": results.basic(outcome, validate_only=request.validate_only),
        "replayed": isinstance(outcome, Replay),
    }


def _shows_decimals(request: _WriteRequest) -> bool:
    return request.view == operation_pb2.TRANSACTION_VIEW_DECIMALS


def _legs(outcome: Movement | HeaderEntry | Replay, request: _WriteRequest) -> list[transaction_pb2.Transaction]:
    return results.legs(
        outcome,
        validate_only=request.validate_only,
        capacity=results.LEGS_CAPACITY_BYTES,
        decimals=_shows_decimals(request),
    )


def _is_full(request: pb.PostBatchRequest) -> bool:
    return request.view != operation_pb2.TRANSACTION_VIEW_BASIC


def _check_batch(request: pb.PostBatchRequest) -> str | None:
    """Check the request itself. Returns the metadata of the batch as JSON text."""
    count = len(request.operations)
    unknown.check_outer(request)
    batches.check(request)
    with fields.reading() as read:
        read.enum("mode", batch_pb2.BatchMode, request.mode)
        results.check_bulk_view(read, request.view)
        if count == 0:
            read.wrong("operations", "at least one is required")
        metadata = read.metadata("metadata", request.metadata)
    if count > limits.BATCH_MAX_OPERATIONS:
        raise reject(Reason.TOO_MANY_ITEMS, field="operations", requested=count, limit=limits.BATCH_MAX_OPERATIONS)
    return metadata


def _as_moved(parent: Transaction, outcome: Outcome) -> Transaction:
    """The parent as it would be after a previewed operation. A real call reads it from the database."""
    transition = outcome.transition if isinstance(outcome, Movement | HeaderEntry) else None
    if transition is None:
        return parent
    committed, voided, refunded = transition.after
    if parent.committed is None:
        return replace(parent, refunded=refunded)
    return replace(
        parent,
        committed=committed,
        voided=voided,
        refunded=refunded,
        status=transition.status,
        adjusted=transition.adjusted,
    )
