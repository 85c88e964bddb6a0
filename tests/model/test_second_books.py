"""The ledger against a second set of books: both give the same answer to every request, and show the same figures."""

import asyncio
import os

import asyncpg
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from ledgerd.poster.settings import PosterSettings
from ledgerd.store import pool
from ledgerd.workers import queue, timed
from tests.conftest import in_database, start_server, stop_server
from tests.model.machine import Clock, Programs, keep_leases
from tests.model.service import Service
from tests.model.write_path import WritePath
from tests.poster.harness import open_harness

TIMES = float(os.environ.get("MODEL_TIMES", "1"))
"""How many times as many programs are run."""


def check(*, programs: int, steps: int) -> settings:
    """Settings for so many random programs."""
    return settings(
        settings.get_profile("programs"),
        max_examples=max(1, int(programs * TIMES)),
        stateful_step_count=steps,
    )


@pytest.fixture
def runner():
    with asyncio.Runner() as running:
        yield running


@pytest.fixture
def own_dsn(postgres: str, runner: asyncio.Runner, request: pytest.FixtureRequest):
    name = f"model_{abs(hash(request.node.name)) % 10**8}"

    async def execute(statement: str) -> None:
        connection = await asyncpg.connect(postgres)
        await connection.execute(statement)
        await connection.close()

    runner.run(execute(f"CREATE DATABASE {name} TEMPLATE ledger_template"))
    # These tests have no crashes, and waiting for the disk takes half of their time.
    runner.run(execute(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    yield in_database(postgres, name)
    runner.run(execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def reader(own_dsn: str, runner: asyncio.Runner):
    async def connect() -> asyncpg.Connection:
        connection = await asyncpg.connect(own_dsn)
        await pool.prepare(connection)
        await connection.execute("SET enable_seqscan = off")
        return connection

    connection = runner.run(connect())
    yield connection
    runner.run(connection.close())


def opened(runner: asyncio.Runner, context):
    """An async context manager, held open by the runner."""
    value = runner.run(context.__aenter__())
    return value, lambda: runner.run(context.__aexit__(None, None, None))


@pytest.mark.slow
@pytest.mark.parametrize(("programs", "steps"), [(200, 4), (100, 8), (30, 25)])
def test_two_write_paths_keep_the_same_books(
    own_dsn: str,
    reader: asyncpg.Connection,
    runner: asyncio.Runner,
    programs: int,
    steps: int,
) -> None:
    """Two processes take turns, so that the view of each is often out of date. Batches are small, so that they overlap,
    and so are the pieces that workers hand over."""
    settings = PosterSettings(batch_operations=3, overlap_operations=1, back_off_seconds_max=0.05)
    first, close_first = opened(runner, open_harness(own_dsn, ids_and_clock=Clock(), settings=settings))
    second, close_second = opened(runner, open_harness(own_dsn, ids_and_clock=Clock(), settings=settings))
    try:

        class Machine(Programs):
            entry_points = (WritePath(first), WritePath(second))
            harness = first
            queue_settings = queue.Settings(at_once=3)
            timed_settings = timed.Settings(at_once=5, piece=3)

        Machine.runner, Machine.reader = runner, reader
        run_state_machine_as_test(Machine, settings=check(programs=programs, steps=steps))
        runner.run(first.prove())
    finally:
        close_first()
        close_second()


@pytest.mark.slow
def test_the_service_keeps_the_same_books(own_dsn: str, reader: asyncpg.Connection, runner: asyncio.Runner) -> None:
    """The same through single calls, batches and streams. Deferred requests are applied when the test says so."""
    runner.run(keep_leases(reader))
    server = runner.run(start_server(own_dsn))
    harness, close = opened(runner, open_harness(own_dsn))
    try:

        class Machine(Programs):
            entry_points = (Service(server.transactions),)
            has_clock = False

        Machine.runner, Machine.reader, Machine.harness = runner, reader, harness
        run_state_machine_as_test(Machine, settings=check(programs=40, steps=20))
        runner.run(harness.prove())
    finally:
        close()
        runner.run(stop_server(server))
