"""Connections that live long: their pings, their age, and the stop of the server at their end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import pytest
from grpc._cython import cygrpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from ledgerapi.v1 import draft_pb2
from ledgerd_client import BulkSummary, LedgerClient, bulk, watch_transactions
from ledgerd_client.channel import channel_options

from ledgerd.rpc import transport
from ledgerd.rpc.server import SERVICES
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.crowd import meet
from tests.rpc.test_admission import ended, get_ledger, no_connection_left, serving
from tests.rpc.test_health import health

pb = wire.pb
PING_SECONDS = 5


async def test_the_server_waits_once_for_all_methods(server: Server) -> None:
    """Where each method has a wait of its own, each call begins and ends as many as there are methods."""
    assert len(asyncio.all_tasks()) < sum(len(service.methods) for service in SERVICES)


def test_grpc_knows_every_option_that_it_is_given() -> None:
    """It says nothing of one that it does not know."""
    library = Path(cygrpc.__file__).read_bytes()
    given = [*transport.options(connection_age_seconds=1, connection_grace_seconds=1), *channel_options()]
    unknown = [name for name, _ in given if name.encode() + b"\0" not in library]
    assert unknown == []


@pytest.mark.slow
async def test_pings_every_five_seconds_are_welcome(server: Server) -> None:
    in_review = wire.from_world("w", "@Sales", 1, require_review=True)
    transaction = (await wire.record(server, in_review)).transaction
    options = [
        ("grpc.keepalive_time_ms", PING_SECONDS * 1_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    request = pb.WaitTransactionRequest(transaction_id=transaction.id)
    request.timeout.FromSeconds(PING_SECONDS * 5)
    async with grpc.aio.insecure_channel(server.target, options=options) as channel:
        answer = await Server(server.app, channel).transactions.WaitTransaction(request)
    assert answer.transaction.id == transaction.id


async def test_a_client_whose_connections_come_of_age_loses_nothing(dsn: str) -> None:
    """Uploads until its stream has been cut twice, and watches meanwhile."""
    reconnects, sent = 0, 0

    def note(summary: BulkSummary) -> None:
        nonlocal reconnects
        reconnects = summary.reconnects

    async def drafts() -> AsyncIterator[draft_pb2.Draft]:
        nonlocal sent
        while reconnects < 2:
            sent += 1
            yield wire.from_world(f"r{sent}", "@Sales", 1)
            await asyncio.sleep(0.02)

    async with serving(dsn, connection_age_seconds=1, connection_grace_seconds=1) as server:
        async with LedgerClient(server.target) as client, watch_transactions(client) as watching:
            await watching.ready()
            summary = await bulk(client, drafts(), chunk_operations=1, on_progress=note)
            assert summary.posted + summary.replayed == sent
            seen = [(await anext(watching)).transaction.transaction.reference for _ in range(sent)]
        assert seen == [f"r{number}" for number in range(1, sent + 1)]


# The stop --------------------------------------------------------------------------------------


async def test_every_call_over_a_stop_ends_with_its_answer_or_unavailable(
    dsn: str, connection: asyncpg.Connection
) -> None:
    server, begun = await start_server(dsn), asyncio.Event()
    crowd = asyncio.create_task(meet(server.target, 2_000, 64, begun=begun))
    await begun.wait()
    await stop_server(server)
    ends = await crowd
    assert ends.keys() <= {"read", "posted", "UNAVAILABLE", "UNAVAILABLE without a reason"}
    assert ends["UNAVAILABLE"] > 0
    assert ends["posted"] == await connection.fetchval("SELECT count(*) FROM transactions")


def _health_watch(server: Server) -> Any:
    return health_pb2_grpc.HealthStub(server.channel).Watch(health_pb2.HealthCheckRequest())


OPEN = {
    "a stream that is not open yet": lambda server: server.transactions.PostStream(),
    "a watch": lambda server: server.transactions.WatchTransactions(pb.WatchTransactionsRequest()),
    "a watch of the health": _health_watch,
}


@pytest.mark.parametrize("what", OPEN)
async def test_what_would_last_for_ever_ends_when_the_server_stops(dsn: str, what: str) -> None:
    server = await start_server(dsn, stop_grace_seconds=600)
    call = OPEN[what](server)
    await get_ledger(server)
    stopping = asyncio.create_task(server.app.stop())
    rejection = await ended(call)
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        await stopping
    assert (rejection.code, rejection.reason) == ("UNAVAILABLE", "SHUTTING_DOWN")
    await server.channel.close()


async def test_a_call_that_outlasts_the_grace_is_told_that_the_server_shuts_down(dsn: str) -> None:
    server = await start_server(dsn, stop_grace_seconds=1)
    async with no_connection_left(server):
        call = get_ledger(server)
        end = asyncio.create_task(ended(call))
        await health(server.channel)
        stopping = asyncio.create_task(server.app.stop())
        rejection = await end
    assert (rejection.code, rejection.reason) == ("UNAVAILABLE", "SHUTTING_DOWN")
    await stopping
    await server.channel.close()
