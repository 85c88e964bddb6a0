"""Lists of batches and of what they rejected."""

import asyncpg
from ledgerapi.v1 import batch_pb2

from ledgerd.app import Tuning
from ledgerd.workers.batches import Settings
from tests.conftest import Begin, Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.background import (
    ACCEPTED,
    FINISHED,
    REJECTED,
    RUNNING,
    UNKNOWN,
    accept,
    done,
    listed,
    rejections_of,
    stored,
    without_funds,
)

pb = wire.pb


async def test_batches_are_listed_by_status_and_mode_wherever_they_came_from(
    dsn: str, connection: asyncpg.Connection
) -> None:
    server = await start_server(dsn)
    single = (await wire.batch(server, wire.drafts(1, prefix="s"))).batch.id
    finished = (await done(server, (await accept(server, wire.drafts(1, prefix="f"), request_id="f")).id)).id
    rejected = (await done(server, (await accept(server, [without_funds()], wire.ATOMIC, "r")).id)).id
    await stop_server(server)
    server = await start_server(dsn, tuning=Tuning(batch_work=Settings(at_once=0)))
    accepted = (await accept(server, wire.drafts(1, prefix="a"), wire.ATOMIC, "a")).id
    running = (await accept(server, wire.drafts(1, prefix="u"), request_id="u")).id
    await connection.execute("UPDATE batch_runs SET status = 'RUNNING' WHERE mode = 'INDEPENDENT'")
    everything = [running, accepted, rejected, finished, single]
    assert await listed(server) == everything
    assert await listed(server, order_by="create_time") == everything[::-1]
    assert await listed(server, "status = FINISHED") == [finished, single]
    assert await listed(server, "status = REJECTED") == [rejected]
    assert await listed(server, "status = ACCEPTED") == [accepted]
    assert await listed(server, "status = RUNNING") == [running]
    assert await listed(server, "status != FINISHED AND mode = ATOMIC") == [accepted, rejected]
    assert await listed(server, "create_time >= 2020-01-01T00:00:00Z") == everything
    assert await listed(server, "create_time < 2020-01-01T00:00:00Z") == []
    assert (await stored(server, running)).status == RUNNING
    await stop_server(server)


async def test_pages_of_batches_stay_whole_while_batches_finish(begin_batches: Begin, server: Server) -> None:
    ids = [(await accept(server, wire.drafts(1, prefix=f"{n}"), request_id=f"{n}")).id for n in range(5)]
    request = pb.ListBatchesRequest(page_size=2, order_by="create_time", include_total=True)
    first = await server.transactions.ListBatches(request)
    await begin_batches()
    for batch_id in ids:
        await done(server, batch_id)
    request.page_token = first.next_page_token
    second = await server.transactions.ListBatches(request)
    request.page_token = second.next_page_token
    third = await server.transactions.ListBatches(request)
    pages = [*first.batches, *second.batches, *third.batches]
    assert ([page.id for page in pages], third.next_page_token, third.total_size) == (ids, "", 5)


async def test_rejections_belong_to_a_batch(server: Server) -> None:
    asked = pb.ListBatchRejectionsRequest
    calls = server.transactions.ListBatchRejections
    assert (await wire.rejection(calls(asked(batch_id=UNKNOWN)))).reason == "BATCH_NOT_FOUND"
    assert (await wire.rejection(calls(asked(batch_id="bat_1")))).fields == ("batch_id",)
    batch = await accept(server, [without_funds("1"), without_funds("2")])
    await done(server, batch.id)
    other = (await wire.batch(server, [*wire.drafts(1), without_funds()])).batch
    assert await rejections_of(server, other.id) == []  # Told in its answer.
    assert (await wire.rejection(calls(asked(batch_id=batch.id, page_size=-1)))).fields == ("page_size",)
    page = await calls(asked(batch_id=batch.id, page_size=1))
    rejection = await wire.rejection(calls(asked(batch_id=other.id, page_token=page.next_page_token)))
    assert rejection.reason == "PAGE_TOKEN_INVALID"


def test_every_status_can_be_listed() -> None:
    assert {ACCEPTED, RUNNING, FINISHED, REJECTED, batch_pb2.BATCH_STATUS_UNSPECIFIED} == set(
        batch_pb2.BatchStatus.values()
    )
