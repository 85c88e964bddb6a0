"""Workers that are killed while they drain a queue: everything is applied once, and in its order."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from ledgerd.core.model.operation import Deferral
from ledgerd.operations.verify import verify
from tests.faults.process import WorkerProcess
from tests.poster.harness import YESTERDAY, ShiftedTime, open_harness, post

QUEUED = 10_000
PAYERS = 20
PATIENCE_SECONDS = 240


@asynccontextmanager
async def workers(dsn: str, count: int) -> AsyncIterator[list[WorkerProcess]]:
    made = [WorkerProcess(dsn) for _ in range(count)]
    try:
        for worker in made:
            await worker.start()
        yield made
    finally:
        for worker in made:
            await worker.end(signal.SIGKILL)


async def left(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM transactions WHERE status IN ('QUEUED', 'SCHEDULED')"))


async def fill_queue(dsn: str, connection: asyncpg.Connection) -> None:
    """Payments of several payers, each of whom can pay only what was paid to him before: out of their order
    they would be rejected."""
    async with open_harness(dsn) as harness:
        payers = [await harness.balance() for _ in range(PAYERS)]
        drafts = []
        for number in range(QUEUED // 2):
            payer = payers[number % PAYERS]
            drafts.append(post("@World", payer, 5, f"in {number}", allow_overdraft=True, deferral=Deferral()))
            drafts.append(post(payer, "@Shop", 5, f"out {number}", deferral=Deferral()))
        for start in range(0, len(drafts), 1_000):
            await harness.chunk(drafts[start : start + 1_000])
    assert await left(connection) == QUEUED


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
async def test_workers_that_are_killed_lose_nothing_and_double_nothing(
    dsn: str, connection: asyncpg.Connection, count: int
) -> None:
    rng = random.Random()
    await fill_queue(dsn, connection)
    killed = 0
    async with workers(dsn, count) as running, asyncio.timeout(PATIENCE_SECONDS):
        before = QUEUED + 1  # The first is killed whatever it has done.
        while (now := await left(connection)) > 0:
            if now < before and killed < 6:
                await asyncio.sleep(rng.random() * 0.1)
                worker = rng.choice(running)
                await worker.end(signal.SIGKILL)
                await worker.start()
                killed, before = killed + 1, await left(connection)
            await asyncio.sleep(0.02)
    assert killed > 0
    told = dict(await connection.fetch("SELECT status, count(*) FROM transactions GROUP BY status"))
    assert told == {"APPLIED": QUEUED}
    out_of_order = await connection.fetchval(
        "SELECT count(*) FROM (SELECT id, lag(id) OVER (PARTITION BY source_id ORDER BY source_version) AS earlier"
        " FROM transactions WHERE deferred_as = 'QUEUED') AS applied WHERE earlier > id"
    )
    assert out_of_order == 0
    assert (await verify(connection)).faults == []


async def test_a_worker_that_is_asked_to_end_does_so(dsn: str, connection: asyncpg.Connection) -> None:
    async with open_harness(dsn) as harness:
        await harness.chunk([post("@World", "@Shop", 1, "q", allow_overdraft=True, deferral=Deferral())])
    async with workers(dsn, 1) as (worker,), asyncio.timeout(PATIENCE_SECONDS):
        while await left(connection):
            await asyncio.sleep(0.05)
        assert await worker.end(signal.SIGTERM) == 0


@pytest.mark.slow
async def test_ten_thousand_that_are_due_in_one_second_are_applied_once(
    dsn: str, connection: asyncpg.Connection
) -> None:
    async with open_harness(dsn, ids_and_clock=ShiftedTime(YESTERDAY)) as harness:
        due = await connection.fetchval("SELECT clock_timestamp() + interval '6 seconds'")
        deferral = Deferral(scheduled_at=due)
        drafts = [
            post("@World", f"@Shop{n % 50}", 1, f"s{n}", allow_overdraft=True, deferral=deferral) for n in range(10_000)
        ]
        for start in range(0, len(drafts), 1_000):
            await harness.chunk(drafts[start : start + 1_000])
    async with workers(dsn, 2), asyncio.timeout(PATIENCE_SECONDS):
        while await left(connection):
            await asyncio.sleep(0.05)
    rows = await connection.fetchrow(
        "SELECT count(*) AS applied, min(recorded_at) >= $1 AS none_early,"
        " percentile_disc(0.99) WITHIN GROUP (ORDER BY recorded_at) - $1 AS late FROM transactions"
        " WHERE status = 'APPLIED'",
        due,
    )
    print("p99 lateness", rows["late"])  # noqa: T201, it is of interest, and no test depends on the machine
    assert (rows["applied"], rows["none_early"]) == (10_000, True)
    assert (await verify(connection)).faults == []
