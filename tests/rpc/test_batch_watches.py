"""A watch of one batch: each step, to its end."""

import asyncio

import pytest

from ledgerd.workers.batches import Settings
from tests.conftest import Begin, Server, start_server
from tests.rpc import wire
from tests.rpc.background import (
    ACCEPTED,
    FINISHED,
    RUNNING,
    UNKNOWN,
    accept,
    counts,
    watched,
    without_funds,
)

pb = wire.pb


@pytest.mark.tuned(batch_work=Settings(piece_operations=10))
async def test_a_watch_tells_each_step_and_ends_with_the_batch(server: Server) -> None:
    told = await watched(server, (await accept(server, [*wire.drafts(40), without_funds()])).id)
    steps = [batch.posted_count + batch.rejected_count for batch in told]
    assert steps == sorted(steps) and steps[-1] == 41
    assert {batch.status for batch in told[:-1]} <= {ACCEPTED, RUNNING}
    assert len(told) == len({batch.SerializeToString() for batch in told})
    assert told[-1].status == FINISHED


async def test_a_watch_of_what_is_done_tells_it_and_ends(server: Server) -> None:
    single = (await wire.batch(server, wire.drafts(1))).batch
    (told,) = await watched(server, single.id)
    assert (told.id, told.status, counts(told)) == (single.id, FINISHED, (1, 1, 0, 0))


async def test_a_watch_needs_a_batch(server: Server) -> None:
    assert await watch_rejected(server, UNKNOWN) == "BATCH_NOT_FOUND"
    assert await watch_rejected(server, "bat_1") == "FIELD_INVALID"


async def test_a_watch_on_another_server_sees_the_same(begin_batches: Begin, dsn: str) -> None:
    async with wire.two_servers(dsn) as (first, second):
        batch = await accept(first, wire.drafts(3))
        watching = asyncio.create_task(watched(second, batch.id))
        await begin_batches()
        assert counts((await watching)[-1]) == (3, 3, 0, 0)


async def test_a_watch_ends_when_the_server_stops(begin_batches: Begin, dsn: str) -> None:
    server = await start_server(dsn)
    batch = await accept(server, wire.drafts(3))
    call = server.transactions.WatchBatch(pb.WatchBatchRequest(batch_id=batch.id))
    assert (await call.read()).batch.status == ACCEPTED
    stopping = asyncio.create_task(server.app.stop())
    rejection = await wire.Watching(call).rejected()
    assert (rejection.code, rejection.reason, rejection.retry) == ("UNAVAILABLE", "SHUTTING_DOWN", True)
    await server.channel.close()
    await stopping


@pytest.mark.tuned(batch_watches_max=1)
async def test_only_so_many_watches_are_served(begin_batches: Begin, server: Server) -> None:
    batch = await accept(server, wire.drafts(3))
    call = server.transactions.WatchBatch(pb.WatchBatchRequest(batch_id=batch.id))
    await call.read()
    assert await watch_rejected(server, batch.id) == "TOO_BUSY"
    call.cancel()
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while await watch_rejected(server, UNKNOWN) == "TOO_BUSY":
            await asyncio.sleep(0.02)


async def watch_rejected(server: Server, batch_id: str) -> str:
    call = server.transactions.WatchBatch(pb.WatchBatchRequest(batch_id=batch_id))
    return (await wire.rejection(call.read())).reason
