"""What callers are told when the service is at fault, too busy, or without its database."""

import asyncio

import asyncpg
import pytest
from ledgerapi.v1 import ledger_service_pb2

from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.operation import Post
from ledgerd.core.model.rejection import Reason, Rejected
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.poster.poster import Poster
from ledgerd.poster.settings import PosterSettings
from ledgerd.poster.submission import Traffic
from ledgerd.store import pool
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.postgres import own_postgres
from tests.rpc.provocations import internal

ledgers = ledger_service_pb2


async def test_a_fault_of_ours_tells_its_id_and_nothing_else(server: Server) -> None:
    await internal(server)
    call = server.ledgers.GetLedger(
        ledgers.GetLedgerRequest(ledger_id=wire.GENERAL_LEDGER), metadata=(("x-request-id", "mine-17"),)
    )
    rejection = await wire.rejection(call)
    assert rejection.details == {"call_id": "mine-17"}
    assert "ledgers" not in (await call.details())


async def test_a_poster_with_a_full_queue_is_busy(dsn: str) -> None:
    connections = await pool.open_pool(dsn, min_size=1, max_size=2)
    # It is not running: what it takes in, it keeps.
    poster = Poster(connections, IdsAndClock(), settings=PosterSettings(queue_operations=2))
    deferred = asyncio.create_task(poster.submit([_post("a"), _post("b")], traffic=Traffic.UNARY))
    await asyncio.sleep(0)
    with pytest.raises(Rejected) as rejected:
        await poster.submit([_post("c")], traffic=Traffic.UNARY)
    assert rejected.value.rejection.reason is Reason.TOO_BUSY
    assert rejected.value.rejection.details["limit"] == "2"
    deferred.cancel()
    await connections.close()


async def test_a_statement_that_takes_too_long_is_busy(dsn: str, connection: asyncpg.Connection) -> None:
    server = await start_server(dsn, read_seconds=0.1)
    async with connection.transaction():
        await connection.execute("LOCK TABLE ledgers")
        rejection = await wire.rejection(
            server.ledgers.GetLedger(ledgers.GetLedgerRequest(ledger_id=wire.GENERAL_LEDGER))
        )
    assert (rejection.code, rejection.reason, rejection.retry) == ("RESOURCE_EXHAUSTED", "TOO_BUSY", True)
    await stop_server(server)


def _post(reference: str) -> Post:
    return Post(reference, "USD", Quantity(1, None), "@World", "@Sales", allow_overdraft=True)


@pytest.mark.slow
async def test_without_its_database_the_service_says_so_and_recovers() -> None:
    async with own_postgres() as postgres:
        server = await start_server(postgres.dsn)
        await wire.record(server, wire.from_world("before", "@Sales", 1))
        upload = wire.Upload(server)
        await upload.open()
        await upload.chunk(wire.drafts(3))
        await postgres.stop_immediate()
        for call in (
            wire.record(server, wire.from_world("during", "@Sales", 1)),
            wire.balance(server, "@Sales"),
            wire.listed(server),
            wire.open_balance(server),
        ):
            rejection = await wire.rejection(call)
            assert (rejection.code, rejection.reason) == ("UNAVAILABLE", "DATABASE_UNAVAILABLE")
            assert rejection.retry
        await upload.send_chunk(wire.drafts(3, prefix="s"))
        response = await upload.read()
        assert response is not None
        assert response.going_away.last_sequence == 1
        assert wire.of_rejection(response.going_away.rejection).reason == "DATABASE_UNAVAILABLE"
        assert (await upload.rejected()).code == "UNAVAILABLE"
        await postgres.ensure_running()
        answer = await wire.record(server, wire.from_world("during", "@Sales", 1))
        assert not answer.replayed
        assert await wire.balance(server, "@Sales") == 5
        await stop_server(server)
