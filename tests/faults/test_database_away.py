"""PostgreSQL goes away and comes back, while the server stays."""

import asyncio
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from ledgerapi.v1.ledger_service_pb2 import GetBalanceRequest
from ledgerapi.v1.transaction_service_pb2 import (
    PostStreamChunk,
    PostStreamOpen,
    PostStreamRequest,
    WatchTransactionsRequest,
)

from tests.conftest import start_server, stop_server
from tests.faults.postgres import own_postgres
from tests.faults.test_lost_replies import payment

pytestmark = pytest.mark.slow


@pytest.fixture
async def away():
    """A server whose PostgreSQL can be stopped and started."""
    async with own_postgres() as postgres:
        server = await start_server(postgres.dsn)
        yield server, postgres
        await stop_server(server)


async def rejection(call: Any) -> tuple[str, str, bool]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    trailers = dict(caught.value.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    for detail in status.details:
        detail.Unpack(info) or detail.Unpack(retry)
    return caught.value.code().name, info.reason, retry.retry_delay.seconds > 0


async def until_recovered(call) -> Any:
    async with asyncio.timeout(120):
        while True:
            try:
                return await call()
            except grpc.aio.AioRpcError as error:
                assert error.code() is grpc.StatusCode.UNAVAILABLE
                await asyncio.sleep(0.1)


async def test_everything_says_unavailable_and_comes_back(away: Any) -> None:
    server, postgres = away
    post = server.transactions.PostTransaction
    before = (await post(payment("before"))).transaction
    read = GetBalanceRequest(balance_id=before.source_id)
    await postgres.crash()
    unavailable = ("UNAVAILABLE", "DATABASE_UNAVAILABLE", True)
    assert await rejection(post(payment("during"))) == unavailable
    assert await rejection(server.ledgers.GetBalance(read)) == unavailable
    many = await asyncio.gather(*(rejection(post(payment(f"many {n}"))) for n in range(50)))
    assert set(many) == {unavailable}
    await postgres.restart()
    assert not (await until_recovered(lambda: post(payment("during")))).replayed
    assert (await post(payment("before"))).replayed
    after = await until_recovered(lambda: server.ledgers.GetBalance(read))
    assert after.balance.figures.debit_balance == "2"


async def test_health_says_so(away: Any) -> None:
    server, postgres = away
    health = health_pb2_grpc.HealthStub(server.channel)

    async def until(status: int) -> None:
        async with asyncio.timeout(120):
            while (await health.Check(health_pb2.HealthCheckRequest())).status != status:
                await asyncio.sleep(0.05)

    await until(health_pb2.HealthCheckResponse.SERVING)
    await postgres.crash()
    await until(health_pb2.HealthCheckResponse.NOT_SERVING)
    await postgres.restart()
    await until(health_pb2.HealthCheckResponse.SERVING)


async def test_a_stream_says_that_it_is_going_away_and_how_far_it_got(away: Any) -> None:
    server, postgres = away
    call = server.transactions.PostStream()

    async def chunk(number: int) -> None:
        operation = {"post": payment(f"draft {number}").draft}
        await call.write(PostStreamRequest(chunk=PostStreamChunk(sequence=number, operations=[operation])))

    await call.write(PostStreamRequest(open=PostStreamOpen()))
    await chunk(1)
    assert (await call.read()).HasField("opened")
    assert (await call.read()).result.posted_count == 1
    await postgres.crash()
    await chunk(2)
    going = await call.read()
    assert going.going_away.last_sequence == 1
    assert await rejection(_end(call)) == ("UNAVAILABLE", "DATABASE_UNAVAILABLE", True)
    await postgres.restart()
    await until_recovered(lambda: server.transactions.PostTransaction(payment("draft 2")))
    assert (await server.transactions.PostTransaction(payment("draft 1"))).replayed


async def _end(call: Any) -> None:
    assert await call.read() is grpc.aio.EOF
    raise await _error(call)


async def _error(call: Any) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(
        await call.code(), await call.initial_metadata(), await call.trailing_metadata(), await call.details()
    )


async def test_a_watch_goes_on_from_its_cursor(away: Any) -> None:
    """The watch itself may break; whoever comes back with its last cursor misses nothing."""
    server, postgres = away
    post = server.transactions.PostTransaction
    seen: list[str] = []
    cursor = ""

    async def follow() -> None:
        nonlocal cursor
        while True:
            try:
                async for message in server.transactions.WatchTransactions(
                    WatchTransactionsRequest(after_cursor=cursor)
                ):
                    if message.HasField("event"):
                        seen.append(message.event.transaction.transaction.reference)
                        cursor = message.event.cursor
                    else:
                        cursor = message.heartbeat.cursor
            except grpc.aio.AioRpcError as error:
                assert error.code() is grpc.StatusCode.UNAVAILABLE
                await asyncio.sleep(0.1)

    following = asyncio.create_task(follow())
    while not cursor:
        await asyncio.sleep(0.01)
    for turn in range(3):
        for number in range(5):
            await until_recovered(lambda name=f"{turn}:{number}": post(payment(name)))
        await postgres.crash()
        await postgres.restart()
    await until_recovered(lambda: post(payment("last")))
    async with asyncio.timeout(120):
        while "last" not in seen:
            await asyncio.sleep(0.05)
    following.cancel()
    assert seen == [f"{turn}:{number}" for turn in range(3) for number in range(5)] + ["last"]
