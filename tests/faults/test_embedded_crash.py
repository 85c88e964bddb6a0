"""The zero-setup server: its own PostgreSQL crashes under load, and it starts it again automatically."""

import asyncio
import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from ledgerapi.v1.event_pb2 import EventKind
from ledgerd_client import LedgerClient, bulk, draft, watch_transactions

from tests.faults.process import ServerProcess

DRAFTS = 4_000
CRASHES = 4


@pytest.fixture
async def embedded():
    """A server with a PostgreSQL of its own, and where that keeps its data."""
    directory = Path(tempfile.mkdtemp(prefix="lgde", dir="/tmp"))
    directory.chmod(0o755)
    server = ServerProcess(LEDGERD_DATA_DIR=str(directory))
    try:
        await server.start()
        yield server, directory
    finally:
        await server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def crash(directory: Path) -> None:
    pid = int((directory / "pg" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)


@pytest.mark.slow
async def test_a_server_survives_its_own_postgresql(embedded: tuple[ServerProcess, Path]) -> None:
    server, directory = embedded
    seen: list[str] = []
    async with LedgerClient(server.target) as client:
        answered, watching = 0, asyncio.Event()

        async def follow() -> None:
            async with watch_transactions(client) as watcher:
                await watcher.ready()
                watching.set()
                async for event in watcher:
                    if event.kind == EventKind.EVENT_KIND_TRANSACTION_APPLIED:
                        seen.append(event.transaction.transaction.reference)

        async def break_things() -> None:
            for turn in range(CRASHES):
                while answered < DRAFTS * turn // CRASHES:
                    await asyncio.sleep(0.005)
                crash(directory)
                await asyncio.sleep(1)

        def progress(summary) -> None:
            nonlocal answered
            answered = summary.operations

        drafts = (
            draft(
                f"draft {n}",
                source="@World",
                destination="@Shop",
                currency="USD",
                precise_amount=1,
                allow_overdraft=True,
            )
            for n in range(DRAFTS)
        )
        following = asyncio.create_task(follow())
        async with asyncio.timeout(120):
            await watching.wait()
            breaking = asyncio.create_task(break_things())
            summary = await bulk(client, drafts, chunk_operations=20, on_progress=progress)
            await breaking
            while len(seen) < DRAFTS:
                await asyncio.sleep(0.05)
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        assert summary.posted + summary.replayed == DRAFTS
        assert (await client.get_balance(("@Shop", "USD"))).figures.balance == str(DRAFTS)
    # Not in the order of the upload: a chunk that found PostgreSQL away is sent again, behind those after it.
    assert sorted(seen) == sorted(f"draft {n}" for n in range(DRAFTS))
