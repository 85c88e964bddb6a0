"""An outage writes one line for each state when it begins and one when it ends, with a count."""

import asyncio
import contextlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import grpc
import pytest
from ledgerapi.v1 import transaction_service_pb2_grpc

from ledgerd.outage import Outage
from tests.faults.postgres import own_postgres
from tests.faults.process import ServerProcess
from tests.faults.test_lost_replies import payment
from tests.logged import logged

PATIENCE_SECONDS = 60
STATES = [
    "sequencer", "wake-ups", "count of deferred transactions", "timed work", "queue", "accepted batches",
    "uploads", "reconciliations", "adjustments", "arrivals", "calls that need the database",
]  # fmt: skip


def test_a_state_is_told_when_it_begins_and_when_it_ends() -> None:
    outage = Outage("queue", quiet_seconds=0, shard="a")
    with logged() as lines:
        outage.passed()
        for _ in range(3):
            outage.failed(OSError("secret"))
        outage.passed()
        outage.passed()
        outage.failed(TimeoutError())
    assert [line["event"] for line in lines] == ["queue paused", "queue resumed", "queue paused"]
    assert (lines[0]["error"], lines[1]["failures"], lines[2]["error"]) == ("OSError", 3, "TimeoutError")
    assert {line["shard"] for line in lines} == {"a"}


def test_a_success_just_after_a_failure_ends_nothing_yet() -> None:
    outage = Outage("queue", quiet_seconds=3_600)
    with logged() as lines:
        for _ in range(100):
            outage.failed(OSError())
            outage.passed()
    assert [line["event"] for line in lines] == ["queue paused"]


def lines_of(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.read_text().splitlines()]


async def until_logged(output: Path, events: set[str], *, meanwhile: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not events <= {line["event"] for line in lines_of(output)}:
            with contextlib.suppress(grpc.aio.AioRpcError):
                await meanwhile()
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_an_outage_of_some_seconds_writes_two_lines_for_each_state(tmp_path: Path) -> None:
    output = tmp_path / "output"
    async with own_postgres() as postgres:
        process = ServerProcess(output, DATABASE_URL=postgres.dsn, LEDGERD_LOG_LEVEL="warning")
        await process.start()
        async with grpc.aio.insecure_channel(process.target) as channel:
            posted = iter(range(1_000_000))

            async def post() -> None:
                stub = transaction_service_pb2_grpc.TransactionServiceStub(channel)
                await stub.PostTransaction(payment(f"p{next(posted)}"), timeout=10)

            await post()
            await postgres.crash()
            await until_logged(output, {f"{state} paused" for state in STATES}, meanwhile=post)
            await asyncio.sleep(3)  # Long enough for each to try again some times.
            await postgres.restart()
            await until_logged(output, {f"{state} resumed" for state in STATES}, meanwhile=post)
        await process.stop()
    lines = lines_of(output)
    told = Counter(line["event"] for line in lines)
    assert {event: told[event] for state in STATES for event in (f"{state} paused", f"{state} resumed")} == {
        event: 1 for state in STATES for event in (f"{state} paused", f"{state} resumed")
    }
    ended = [line for line in lines if line["event"].endswith(" resumed")]
    assert all(line["failures"] >= 1 and line["seconds"] >= 1 for line in ended)
    assert told["health changed"] <= 4
    assert set(told) - {"health changed"} == {f"{state} {word}" for state in STATES for word in ("paused", "resumed")}
