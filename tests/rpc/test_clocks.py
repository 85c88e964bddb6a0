"""Servers whose machines' clocks are an hour ahead and an hour behind, beside a right one: the database's counts."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from ledgerapi.v1 import transaction_pb2
from ledgerapi.v1 import transaction_service_pb2 as pb

from ledgerd.core.model.ids import TRANSACTION, decode
from ledgerd.poster.clock import Clock
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire

HOUR_NS = 3_600 * 1_000_000_000
INFLIGHT = transaction_pb2.TRANSACTION_STATUS_INFLIGHT


@contextlib.asynccontextmanager
async def servers(dsn: str) -> AsyncIterator[list[Server]]:
    """One that is ahead, one that is behind, and one that is right."""
    offsets = (HOUR_NS, -HOUR_NS, 0)
    started = [await start_server(dsn, clock=Clock(wall_ns=lambda by=by: time.time_ns() + by)) for by in offsets]
    try:
        yield started
    finally:
        for server in started:
            await stop_server(server)


async def hold(server: Server, reference: str, payer: str, **more: object) -> transaction_pb2.Transaction:
    asked = wire.draft(reference, payer, "@Shop", 5, allow_overdraft=True, inflight=True, **more)
    return (await wire.record(server, asked)).transaction


def is_present(stamp: Timestamp) -> bool:
    return abs(stamp.ToDatetime(UTC) - datetime.now(UTC)) < timedelta(minutes=5)


async def test_no_servers_clock_decides_for_others(dsn: str) -> None:
    async with servers(dsn) as started:
        for number, server in enumerate(started):
            made = (await wire.record(server, wire.from_world(f"first {number}", "@Payer", 50))).transaction
            assert is_present(made.record_time)
    # All of them have recorded, and start again.
    async with servers(dsn) as started:
        for number, server in enumerate(started):
            untouched = await wire.open_balance(server)
            for payer in ("@Payer", untouched):
                name = f"{number} {payer}"
                made = await hold(server, f"h {name}", payer, inflight_expiry_time=wire.in_seconds(600))
                assert is_present(made.record_time)
                assert is_present(made.create_time)
                answer = await wire.resolve(server, wire.commit(made.id, 5, f"c {name}"))
                assert is_present(answer.transaction.record_time)
            deferred = wire.from_world(f"s {number}", "@Payer", 1, scheduled_time=wire.in_seconds(600))
            made = (await wire.record(server, deferred)).transaction
            assert made.status == transaction_pb2.TRANSACTION_STATUS_SCHEDULED
            late = wire.from_world(f"past {number}", "@Payer", 1, scheduled_time=wire.in_seconds(-60))
            assert (await wire.rejection(wire.record(server, late))).reason == "SCHEDULE_IN_PAST"


async def test_ids_are_of_the_present_on_every_server(dsn: str) -> None:
    """Lists for which no order is given are in that of the ids."""
    async with servers(dsn) as started:
        for number, server in enumerate(started):
            made = (await wire.record(server, wire.from_world(f"r {number}", "@Payer", 1))).transaction
            key = decode(TRANSACTION, made.id)
            assert key is not None
            stamp = Timestamp()
            stamp.FromMilliseconds(key >> 80)
            assert is_present(stamp)


async def test_a_heartbeat_tells_the_databases_time(dsn: str) -> None:
    async with servers(dsn) as started:
        for server in started:
            call = server.transactions.WatchTransactions(pb.WatchTransactionsRequest())
            async with asyncio.timeout(wire.PATIENCE_SECONDS):
                message = await call.read()
            assert is_present(message.heartbeat.server_time)
            call.cancel()


@pytest.mark.parametrize("ahead", [0, 1])
async def test_an_expiry_comes_at_the_databases_time_on_every_server(dsn: str, ahead: int) -> None:
    async with servers(dsn) as started:
        made = await hold(started[ahead], "h", "@Payer", inflight_expiry_time=wire.in_seconds(600))
        for number, server in enumerate(started):
            assert (await wire.transaction(server, transaction_id=made.id)).status == INFLIGHT
            answer = await wire.resolve(server, wire.commit(made.id, 1, f"part {number}"))
            assert answer.hold.status == INFLIGHT
