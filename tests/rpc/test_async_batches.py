"""PostBatch with run_async: accepted at once, applied in the background."""

import asyncio
from collections.abc import Sequence
from typing import Any

from ledgerapi.v1 import batch_pb2, operation_pb2

from tests.conftest import Server
from tests.rpc import wire

pb = wire.pb


async def accept(
    server: Server,
    operations: Sequence[operation_pb2.Operation],
    mode: Any = wire.INDEPENDENT,
    request_id: str = "once",
) -> batch_pb2.Batch:
    answer = await wire.batch(server, operations, mode, run_async=True, request_id=request_id)
    assert list(answer.results) == []
    return answer.batch


async def watched(server: Server, batch_id: str) -> list[batch_pb2.Batch]:
    """Everything that a watch tells of a batch, to its end."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        return [one.batch async for one in server.transactions.WatchBatch(pb.WatchBatchRequest(batch_id=batch_id))]


async def done(server: Server, batch_id: str) -> batch_pb2.Batch:
    return (await watched(server, batch_id))[-1]


async def test_it_works(server: Server) -> None:
    batch = await accept(server, wire.drafts(2500))
    print(batch)
    told = await watched(server, batch.id)
    for one in told: print(one.status, one.posted_count)
    print(told[-1])
    assert 0
