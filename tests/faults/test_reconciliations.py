"""Runs whose server, or whose process, is killed: the next one finds the same."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import asyncpg
import grpc
import pytest
from ledgerapi.v1 import reconciliation_pb2

from ledgerd.app import Tuning
from ledgerd.workers import reconciliations
from tests.conftest import Server, start_server, stop_server
from tests.faults.process import ServerProcess
from tests.rpc import records, runs, wire

ROWS = 4_000
STAGES = [
    reconciliation_pb2.RECONCILIATION_STAGE_PENDING,
    reconciliation_pb2.RECONCILIATION_STAGE_READING,
    reconciliation_pb2.RECONCILIATION_STAGE_MATCHING,
    reconciliation_pb2.RECONCILIATION_STAGE_WRITING,
]


async def prepared(server: Server) -> tuple[str, str]:
    """A source with many rows on both sides, and a rule."""
    source_id, balance_id, rule_id = await runs.bank(server)
    await runs.movements(server, balance_id, ROWS)
    told = runs.told(ROWS)
    await records.upload(server, source_id, *(told[begin : begin + 500] for begin in range(0, ROWS, 500)))
    return source_id, rule_id


async def reached(server: Server, run_id: str, stage: int) -> None:
    """Wait until a run has come to a stage, or has ended."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while (found := await runs.get(server, run_id)).stage < stage and not found.HasField("finish_time"):
            await asyncio.sleep(0.005)


def connected(process: ServerProcess) -> Server:
    return Server(None, grpc.aio.insecure_channel(process.target))  # type: ignore[arg-type]


async def kept_once(connection: asyncpg.Connection) -> bool:
    """Whether every run that is finished has each of its matches once, and no other run has any."""
    rows = await connection.fetch(
        "SELECT r.status, count(m.number) AS matches, count(DISTINCT m.record_number) AS records"
        " FROM reconciliations r LEFT JOIN matches m ON m.reconciliation_id = r.id GROUP BY r.id"
    )
    expected = {"FINISHED": (ROWS, ROWS)}
    return all((row["matches"], row["records"]) == expected.get(row["status"], (0, 0)) for row in rows)


async def test_a_run_survives_the_death_of_its_server_in_every_stage(dsn: str, connection: asyncpg.Connection) -> None:
    process = ServerProcess(DATABASE_URL=dsn)
    await process.start()
    server = connected(process)
    source_id, rule_id = await prepared(server)
    first = await runs.run(server, source_id, rule_id)
    for stage in STAGES:
        asked = await runs.start(server, source_id, rule_id)
        await reached(server, asked.id, stage)
        await process.kill()
        await process.start()
        server = connected(process)
        found = await runs.ended(server, asked.id)
        assert (runs.status(found), found.result_hash) == ("FINISHED", first.result_hash)
        assert runs.totals(found) == runs.totals(first) == {("USD", "MATCHED"): (ROWS, "4000.00", ROWS, "4000.00")}
    assert await kept_once(connection)
    await process.stop()


def processes_of(parent: int) -> list[int]:
    """The processes that work on runs of a server here."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command, stat = (path / "cmdline").read_bytes(), (path / "stat").read_text()
        except OSError:
            continue
        if b"ledgerd.workers.matching" in command and int(stat.rpartition(")")[2].split()[1]) == parent:
            found.append(int(path.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
async def test_a_run_survives_the_death_of_its_process_in_every_stage(dsn: str, connection: asyncpg.Connection) -> None:
    server = await start_server(dsn)
    source_id, rule_id = await prepared(server)
    first = await runs.run(server, source_id, rule_id)
    for stage in STAGES[1:]:
        asked = await runs.start(server, source_id, rule_id)
        await reached(server, asked.id, stage)
        for pid in processes_of(os.getpid()):
            os.kill(pid, signal.SIGKILL)
        found = await runs.ended(server, asked.id)
        assert (runs.status(found), found.result_hash) == ("FINISHED", first.result_hash)
    assert await kept_once(connection)
    await stop_server(server)
    assert processes_of(os.getpid()) == []


async def test_a_run_that_is_cancelled_while_it_is_worked_on_leaves_nothing(
    dsn: str, connection: asyncpg.Connection
) -> None:
    server = await start_server(dsn)
    source_id, rule_id = await prepared(server)
    for stage in STAGES:
        asked = await runs.start(server, source_id, rule_id)
        await reached(server, asked.id, stage)
        with suppress(grpc.aio.AioRpcError):  # It may have ended.
            await runs.cancel(server, asked.id)
        found = await runs.ended(server, asked.id)
        assert runs.status(found) in ("CANCELLED", "FINISHED")
    assert await kept_once(connection)
    await stop_server(server)


async def test_a_run_whose_process_ends_again_and_again_fails(dsn: str) -> None:
    server = await start_server(dsn, tuning=Tuning(run_work=reconciliations.Settings(command=("/bin/false",))))
    source_id, _, rule_id = await runs.bank(server)
    found = await runs.run(server, source_id, rule_id)
    assert runs.status(found) == "FAILED" and not found.totals
    rejection = wire.of_rejection(found.rejection)
    assert (rejection.reason, rejection.details) == ("INTERNAL", {"attempts": "3"})
    await stop_server(server)


async def test_a_server_that_stops_lets_another_one_go_on(dsn: str, connection: asyncpg.Connection) -> None:
    server = await start_server(dsn)
    source_id, rule_id = await prepared(server)
    asked = await runs.start(server, source_id, rule_id)
    await reached(server, asked.id, STAGES[1])
    await stop_server(server)
    assert processes_of(os.getpid()) == []
    server = await start_server(dsn)
    assert runs.status(await runs.ended(server, asked.id)) == "FINISHED"
    assert await kept_once(connection)
    await stop_server(server)


async def test_two_servers_work_on_many_runs_and_on_none_twice(dsn: str, connection: asyncpg.Connection) -> None:
    async with wire.two_servers(dsn) as servers:
        source_id, rule_id = await prepared(servers[0])
        asked = [await runs.start(servers[number % 2], source_id, rule_id) for number in range(6)]
        found = [await runs.ended(servers[number % 2], run.id) for number, run in enumerate(asked)]
    assert {runs.status(run) for run in found} == {"FINISHED"}
    assert len({run.result_hash for run in found}) == 1
    assert await kept_once(connection)
