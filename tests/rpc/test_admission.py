"""How much a server takes on at once, and how whoever is above that is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import grpc
import pytest
from ledgerapi.v1 import ledger_service_pb2

from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.crowd import meet
from tests.rpc.test_health import SERVING, health

pb, ledgers = wire.pb, ledger_service_pb2


@asynccontextmanager
async def serving(dsn: str, **settings: Any) -> AsyncIterator[Server]:
    server = await start_server(dsn, **settings)
    try:
        yield server
    finally:
        await stop_server(server)


@asynccontextmanager
async def another_connection(server: Server) -> AsyncIterator[Server]:
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(server.target, options=options) as channel:
        yield Server(server.app, channel)


@asynccontextmanager
async def no_connection_left(server: Server) -> AsyncIterator[None]:
    """Whoever reads waits until this is over."""
    async with AsyncExitStack() as stack:
        for _ in range(server.app.pools.calls.get_max_size()):
            await stack.enter_async_context(server.app.pools.calls.acquire())
        yield


def get_ledger(server: Server) -> Any:
    return server.ledgers.GetLedger(ledgers.GetLedgerRequest(ledger_id=wire.GENERAL_LEDGER))


# Calls -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [2_000, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_every_caller_of_a_crowd_is_answered_or_told_why_not(server: Server, at_once: int) -> None:
    ended = await meet(server.target, at_once, at_once)
    assert ended.keys() <= {"read", "posted", "RESOURCE_EXHAUSTED"}
    assert len(await wire.listed(server)) > 0
    assert sum(ended.values()) == at_once


async def test_calls_above_the_bound_are_rejected_and_health_is_told_all_the_same(dsn: str) -> None:
    async with serving(dsn, calls_max=10) as server:
        async with no_connection_left(server):
            calls = [asyncio.ensure_future(get_ledger(server)) for _ in range(11)]
            done, waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            (rejected,) = done
            rejection = await wire.rejection(rejected)
            assert await health(server.channel) == SERVING
        assert (rejection.code, rejection.reason, rejection.retry) == ("RESOURCE_EXHAUSTED", "TOO_BUSY", True)
        assert rejection.details == {"unit": "calls", "waiting": "10", "limit": "10"}
        assert len(await asyncio.gather(*waiting)) == 10
        await get_ledger(server)


# Streams, watches and waits --------------------------------------------------------------------

OPEN = {
    "streams": lambda server, _: server.transactions.PostStream(),
    "watches": lambda server, _: server.transactions.WatchTransactions(pb.WatchTransactionsRequest()),
    "waits": lambda server, waiting: server.transactions.WaitTransaction(
        pb.WaitTransactionRequest(transaction_id=waiting)
    ),
}


async def ended(call: Any) -> wire.Rejection:
    """How a call ends; a call that goes on has no end."""
    try:
        if not hasattr(call, "read"):
            await call
        while await call.read() is not grpc.aio.EOF:
            pass
    except grpc.aio.AioRpcError as error:
        return wire.of_error(error)
    raise AssertionError("the call was not rejected")


async def rejected_one(ends: list[asyncio.Task[wire.Rejection]]) -> wire.Rejection:
    """The rejection of the only one that is rejected."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    (rejected,) = done
    return rejected.result()


@pytest.mark.parametrize("what", OPEN)
async def test_streams_watches_and_waits_are_bounded_for_each_connection_and_in_all(dsn: str, what: str) -> None:
    bounds = {f"{what}_max": 3, f"{what}_per_connection_max": 2}
    async with serving(dsn, **bounds) as server, another_connection(server) as other:
        in_review = wire.from_world("w", "@Sales", 1, require_review=True)
        waiting = (await wire.record(server, in_review)).transaction.id
        calls = [OPEN[what](server, waiting) for _ in range(3)]
        rejection = await rejected_one([asyncio.create_task(ended(call)) for call in calls])
        assert (rejection.code, rejection.reason, rejection.retry) == ("RESOURCE_EXHAUSTED", "TOO_BUSY", True)
        assert rejection.details == {"unit": f"{what} of a connection", "waiting": "2", "limit": "2"}
        others = [OPEN[what](other, waiting) for _ in range(2)]
        rejection = await rejected_one([asyncio.create_task(ended(call)) for call in others])
        assert rejection.details == {"unit": what, "waiting": "3", "limit": "3"}

        for call in calls:
            call.cancel()
        async with asyncio.timeout(wire.PATIENCE_SECONDS):
            while await _is_rejected(OPEN[what](server, waiting)):
                await asyncio.sleep(0.05)


async def _is_rejected(call: Any) -> bool:
    done, _ = await asyncio.wait([asyncio.ensure_future(ended(call))], timeout=0.5)
    return bool(done)


async def test_a_stream_that_is_never_opened_ends(dsn: str) -> None:
    async with serving(dsn, stream_open_seconds=0.1) as server:
        rejection = await ended(server.transactions.PostStream())
    assert (rejection.code, rejection.reason) == ("INVALID_ARGUMENT", "STREAM_PROTOCOL")
    assert rejection.details == {"expected": "open", "limit_seconds": "0.1"}


# What gRPC rejects unread ----------------------------------------------------------------------


async def test_a_message_above_16_mib_is_rejected_unread(server: Server) -> None:
    draft = wire.from_world("r", "@Sales", 1, description="x" * (16 * 1024 * 1024))
    rejection = await wire.rejection(wire.record(server, draft))
    assert (rejection.code, rejection.reason) == ("RESOURCE_EXHAUSTED", "")


async def test_headers_above_16_kib_are_rejected_unread(server: Server) -> None:
    request = ledgers.GetLedgerRequest(ledger_id=wire.GENERAL_LEDGER)
    call = server.ledgers.GetLedger(request, metadata=(("x-much", "x" * 20_000),))
    rejection = await wire.rejection(call)
    assert (rejection.code, rejection.reason) == ("RESOURCE_EXHAUSTED", "")
