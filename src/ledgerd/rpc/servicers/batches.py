"""Batches in the background: their acceptance, their watches, and their rejected operations."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from ledgerapi.v1 import batch_pb2
from ledgerapi.v1 import transaction_service_pb2 as pb

from ledgerd import metrics
from ledgerd.access.caller import Caller
from ledgerd.core.model import ids, limits
from ledgerd.core.model.operation import Operation
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation, reject
from ledgerd.operations import batches
from ledgerd.operations.batches import BatchRequest
from ledgerd.operations.engine import Engine
from ledgerd.store.batch_runs import RejectedOperation
from ledgerd.wire import encode, errors, fields, paging, results, stored_batch


def check(request: pb.PostBatchRequest) -> None:
    """Check the fields for batches in the background. Raises Rejected: FIELD_INVALID."""
    if not request.run_async:
        if request.request_id:
            raise Rejected(fields.invalid(Violation("request_id", "only with run_async: references do the same")))
        return
    if request.validate_only:
        raise Rejected(fields.invalid(Violation("run_async", "cannot be given with validate_only")))
    with fields.reading() as read:
        read.label("request_id", request.request_id, limits.REQUEST_ID_MAX_CHARS)


def is_accepted(request: pb.PostBatchRequest, decoded: Sequence[Operation | Rejection]) -> bool:
    """Whether the batch is applied in the background. An atomic batch with a malformed operation is not: it is
    rejected already."""
    malformed = any(isinstance(operation, Rejection) for operation in decoded)
    return request.run_async and not (results.MODES[request.mode] and malformed)


async def accept(
    engine: Engine,
    caller: Caller,
    request: pb.PostBatchRequest,
    decoded: Sequence[Operation | Rejection],
    metadata: str | None,
) -> pb.PostBatchResponse:
    """Store the batch. The answer is sent when the batch is stored durably."""
    malformed = [
        RejectedOperation(index, stored_batch.reference(request.operations[index], operation), operation)
        for index, operation in enumerate(decoded)
        if isinstance(operation, Rejection)
    ]
    batch_request = BatchRequest(
        request_id=request.request_id,
        atomic=results.MODES[request.mode],
        payload=stored_batch.write(request),
        operations=len(decoded),
        malformed=malformed,
        metadata=metadata,
    )
    accepted = await batches.accept(engine, caller, batch_request)
    return pb.PostBatchResponse(batch=encode.batch(accepted.rows), replayed=accepted.replayed)


async def watch(
    engine: Engine, caller: Caller, request: pb.WatchBatchRequest, stopping: asyncio.Event
) -> AsyncGenerator[pb.WatchBatchResponse, None]:
    """A batch until it is done. Raises Rejected: SHUTTING_DOWN and what batches.follow does."""
    with fields.reading() as reading:
        batch_id = reading.id("batch_id", request.batch_id, ids.BATCH)
    with metrics.WATCHERS.labels("batch").track_inprogress():
        async with aclosing(batches.follow(engine, caller, batch_id)) as rows:
            async for row in rows:
                if row is not None:
                    yield pb.WatchBatchResponse(batch=encode.batch(row))
                if stopping.is_set() and (row is None or row["finished_at"] is None):
                    raise reject(Reason.SHUTTING_DOWN)


async def list_rejections(
    engine: Engine, caller: Caller, request: pb.ListBatchRejectionsRequest
) -> pb.ListBatchRejectionsResponse:
    """A page of the operations that a batch rejected."""
    with fields.reading() as reading:
        batch_id = reading.id("batch_id", request.batch_id, ids.BATCH)

    async def fetch(after: int, limit: int) -> list[RejectedOperation]:
        return await batches.rejections(engine, caller, batch_id, after=after, limit=limit)

    page = await paging.numbered(
        f"batch_rejections {batch_id}",
        request,
        fetch,
        _rejected,
        lambda item: item.index,
    )
    return pb.ListBatchRejectionsResponse(rejections=page.items, next_page_token=page.next_page_token)


def _rejected(operation: RejectedOperation) -> batch_pb2.BatchRejection:
    rejection = errors.to_proto(operation.rejection)
    return batch_pb2.BatchRejection(index=operation.index, reference=operation.reference, rejection=rejection)
