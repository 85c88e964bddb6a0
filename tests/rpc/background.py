"""Batches that are applied in the background, in the tests' words."""

import asyncio
from collections.abc import Sequence
from typing import Any

from ledgerapi.v1 import batch_pb2, operation_pb2

from tests.conftest import Server
from tests.rpc import wire

pb = wire.pb
ACCEPTED, RUNNING, FINISHED, REJECTED = (
    batch_pb2.BATCH_STATUS_ACCEPTED,
    batch_pb2.BATCH_STATUS_RUNNING,
    batch_pb2.BATCH_STATUS_FINISHED,
    batch_pb2.BATCH_STATUS_REJECTED,
)
UNKNOWN = "bat_01hzzzzzzzzzzzzzzzzzzzzzzz"


async def accept(
    server: Server,
    operations: Sequence[operation_pb2.Operation],
    mode: Any = wire.INDEPENDENT,
    request_id: str = "once",
    **more: Any,
) -> batch_pb2.Batch:
    """Send a batch for the background; it must be accepted."""
    answer = await wire.batch(server, operations, mode, run_async=True, request_id=request_id, **more)
    assert list(answer.results) == []
    assert answer.batch.id.startswith("bat_")
    return answer.batch


async def watched(server: Server, batch_id: str) -> list[batch_pb2.Batch]:
    """Everything that a watch tells of a batch, to its end."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        return [event.batch async for event in server.transactions.WatchBatch(pb.WatchBatchRequest(batch_id=batch_id))]


async def done(server: Server, batch_id: str) -> batch_pb2.Batch:
    """The batch when it is done."""
    return (await watched(server, batch_id))[-1]


async def stored(server: Server, batch_id: str) -> batch_pb2.Batch:
    return (await server.transactions.GetBatch(pb.GetBatchRequest(batch_id=batch_id))).batch


async def listed(server: Server, filter_text: str = "", **more: Any) -> list[str]:
    request = pb.ListBatchesRequest(filter=filter_text, **more)
    return [batch.id for batch in (await server.transactions.ListBatches(request)).batches]


async def rejections_of(server: Server, batch_id: str, page_size: int = 0) -> list[batch_pb2.BatchRejection]:
    """What a batch rejected, page by page."""
    rejections: list[batch_pb2.BatchRejection] = []
    token = ""
    while True:
        request = pb.ListBatchRejectionsRequest(batch_id=batch_id, page_size=page_size, page_token=token)
        page = await server.transactions.ListBatchRejections(request)
        assert not page_size or len(page.rejections) <= page_size
        rejections += page.rejections
        token = page.next_page_token
        if not token:
            return rejections


def counts(batch: batch_pb2.Batch) -> tuple[int, int, int, int]:
    """Operations, posted, replayed, rejected."""
    return batch.operation_count, batch.posted_count, batch.replayed_count, batch.rejected_count


def without_funds(reference: str = "poor") -> operation_pb2.Operation:
    """A draft that is rejected: @Empty has nothing."""
    return wire.post(wire.draft(reference, "@Empty", "@Sales", 1))


def malformed(reference: str = "bad") -> operation_pb2.Operation:
    return wire.post(wire.draft(reference, "World", "@Sales", 1))
