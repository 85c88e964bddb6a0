"""Accepted batches, and servers and databases that die while they are applied."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1.batch_pb2 import BATCH_STATUS_FINISHED, Batch
from ledgerapi.v1.draft_pb2 import Draft
from ledgerapi.v1.transaction_service_pb2 import GetBatchRequest
from ledgerd_client import LedgerClient, Unavailable, run_batch, start_batch, wait_for_batch

from ledgerd.operations.verify import verify
from ledgerd.store import pool
from tests.conftest import start_server, stop_server
from tests.faults.postgres import own_postgres
from tests.faults.process import ServerProcess, serving

pytestmark = pytest.mark.slow

MANY = 10_000
PATIENCE_SECONDS = 90.0


def payments(count: int, prefix: str = "payment") -> list[Draft]:
    return [
        Draft(
            reference=f"{prefix} {number}",
            precise_amount="1",
            currency="USD",
            source="@World",
            destination="@Shop",
            allow_overdraft=True,
        )
        for number in range(count)
    ]


async def until_begun(client: LedgerClient, batch_id: str) -> None:
    """Wait until some of the batch is posted, but not all."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(Unavailable):
                if (await read(client, batch_id)).posted_count:
                    return


async def read(client: LedgerClient, batch_id: str) -> Batch:
    return (await client.transactions.GetBatch(GetBatchRequest(batch_id=batch_id))).batch


def counts(batch: Batch) -> tuple[int, int, int, int]:
    return batch.operation_count, batch.posted_count, batch.replayed_count, batch.rejected_count


async def prove(connection: asyncpg.Connection, transactions: int) -> None:
    report = await verify(connection)
    assert (report.faults, report.transactions) == ([], transactions)


@pytest.fixture
async def process(dsn: str) -> AsyncIterator[ServerProcess]:
    async with serving(dsn) as running:
        yield running


@pytest.mark.parametrize("atomic", [False, True])
async def test_a_server_that_is_killed_right_after_its_answer(
    process: ServerProcess, connection: asyncpg.Connection, atomic: bool
) -> None:
    async with LedgerClient(process.target) as client:
        batch = await start_batch(client, payments(MANY), request_id="once", atomic=atomic)
        await process.kill()
        await process.start()
        again = await start_batch(client, payments(MANY), request_id="once", atomic=atomic)
        assert again.id == batch.id
        finished = await wait_for_batch(client, batch.id, give_up_seconds=PATIENCE_SECONDS)
    assert (finished.status, counts(finished)) == (BATCH_STATUS_FINISHED, (MANY, MANY, 0, 0))
    await prove(connection, MANY)


async def test_a_server_that_is_killed_in_the_middle_again_and_again(
    process: ServerProcess, connection: asyncpg.Connection
) -> None:
    async with LedgerClient(process.target) as client:
        twice = payments(MANY // 2)
        batch = await start_batch(client, [*twice, *twice], request_id="once")
        waiting = asyncio.create_task(wait_for_batch(client, batch.id, give_up_seconds=PATIENCE_SECONDS))
        kills = 0
        while not waiting.done() and kills < 3:
            await until_begun(client, batch.id)
            await process.kill()
            kills += 1
            await process.start()
        finished = await waiting
    assert counts(finished) == (MANY, MANY // 2, MANY // 2, 0)
    await prove(connection, MANY // 2)


async def test_a_server_that_stops_in_order_leaves_its_batches_to_the_next_at_once(
    process: ServerProcess, connection: asyncpg.Connection
) -> None:
    async with LedgerClient(process.target) as client:
        batch = await start_batch(client, payments(MANY), request_id="once")
        await until_begun(client, batch.id)
        assert await process.stop() == 0
        assert await connection.fetchval("SELECT count(*) FROM batch_runs WHERE lease_token IS NOT NULL") == 0
        await process.start()
        finished = await wait_for_batch(client, batch.id, give_up_seconds=PATIENCE_SECONDS)
    assert counts(finished) == (MANY, MANY, 0, 0)
    await prove(connection, MANY)


async def test_another_process_takes_over_what_a_killed_one_had_begun(
    dsn: str, process: ServerProcess, connection: asyncpg.Connection
) -> None:
    async with serving(dsn) as other, LedgerClient(process.target) as client, LedgerClient(other.target) as second:
        batches = [
            await start_batch(client, payments(MANY // 4, f"batch {number}"), request_id=f"call {number}")
            for number in range(4)
        ]
        await until_begun(second, batches[0].id)
        await process.kill()
        finished = [await wait_for_batch(second, batch.id, give_up_seconds=PATIENCE_SECONDS) for batch in batches]
    assert [counts(batch) for batch in finished] == [(MANY // 4, MANY // 4, 0, 0)] * 4
    await prove(connection, MANY)


async def test_a_process_that_was_paused_for_long_does_no_harm_when_it_goes_on(
    dsn: str, process: ServerProcess, connection: asyncpg.Connection
) -> None:
    async with serving(dsn) as other, LedgerClient(other.target) as second:
        async with LedgerClient(process.target) as client:
            batches = [
                await start_batch(client, payments(MANY // 4, f"batch {number}"), request_id=f"call {number}")
                for number in range(4)
            ]
        process.pause()
        try:
            finished = [await wait_for_batch(second, batch.id, give_up_seconds=PATIENCE_SECONDS) for batch in batches]
        finally:
            process.resume()
        async with LedgerClient(process.target) as client:
            after = await run_batch(client, payments(1, "after"), request_id="after")
            assert [await read(client, batch.id) for batch in batches] == finished
    assert [counts(batch) for batch in [*finished, after]] == [(MANY // 4, MANY // 4, 0, 0)] * 4 + [(1, 1, 0, 0)]
    await prove(connection, MANY + 1)


async def test_a_database_that_goes_away_while_batches_are_applied() -> None:
    async with own_postgres() as postgres:
        server = await start_server(postgres.dsn)
        async with LedgerClient(server.target) as client:
            batches = [
                await start_batch(client, payments(MANY // 2, f"batch {number}"), request_id=f"call {number}")
                for number in range(3)
            ]
            for _ in range(3):
                await until_begun(client, batches[0].id)
                await postgres.crash()
                await postgres.restart()
            finished = [await wait_for_batch(client, batch.id, give_up_seconds=PATIENCE_SECONDS) for batch in batches]
            assert [counts(batch) for batch in finished] == [(MANY // 2, MANY // 2, 0, 0)] * 3
            after = await run_batch(client, payments(1, "after"), request_id="after")
            assert counts(after) == (1, 1, 0, 0)
        await stop_server(server)
        connection: Any = await asyncpg.connect(postgres.dsn)
        await pool.prepare(connection)
        await prove(connection, 3 * MANY // 2 + 1)
        await connection.close()
