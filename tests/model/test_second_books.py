"""The ledger against a second set of books: whatever is asked, both must say and show the same."""

import asyncio

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ledgerd.poster import poster as poster_module
from ledgerd.store import pool
from tests.conftest import in_database, start_server, stop_server
from tests.model.doors import Path, Service
from tests.model.machine import Programs
from tests.poster.desk import open_desk


def check(**counts: int) -> settings:
    return settings(
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        database=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
        **counts,
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
    yield in_database(postgres, name)
    runner.run(execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def reader(own_dsn: str, runner: asyncio.Runner):
    async def connect() -> asyncpg.Connection:
        connection = await asyncpg.connect(own_dsn)
        await pool.prepare(connection)
        return connection

    connection = runner.run(connect())
    yield connection
    runner.run(connection.close())


def opened(runner: asyncio.Runner, context):
    """An async context manager, held open by the runner."""
    value = runner.run(context.__aenter__())
    return value, lambda: runner.run(context.__aexit__(None, None, None))


@pytest.mark.slow
def test_two_write_paths_keep_the_same_books(
    own_dsn: str, reader: asyncpg.Connection, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes in turn, so that each one's view is often out of date; batches small, so that they overlap."""
    monkeypatch.setattr(poster_module, "OVERLAP_OPERATIONS", 1)
    monkeypatch.setattr(poster_module, "CAUTION_SECONDS_MAX", poster_module.CAUTION_SECONDS_MIN)
    one, close_one = opened(runner, open_desk(own_dsn, batch_operations=3))
    two, close_two = opened(runner, open_desk(own_dsn, batch_operations=3))
    try:

        class Machine(Programs):
            doors = (Path(one), Path(two))
            desk = one

        Machine.runner, Machine.reader = runner, reader
        run_state_machine_as_test(Machine, settings=check(max_examples=60, stateful_step_count=25))
        runner.run(one.prove())
    finally:
        close_one()
        close_two()


@pytest.mark.slow
def test_the_service_keeps_the_same_books(own_dsn: str, reader: asyncpg.Connection, runner: asyncio.Runner) -> None:
    """The same through single calls, batches and streams."""
    server = runner.run(start_server(own_dsn))
    desk, close = opened(runner, open_desk(own_dsn))
    try:

        class Machine(Programs):
            doors = (Service(server.transactions),)

        Machine.runner, Machine.reader, Machine.desk = runner, reader, desk
        run_state_machine_as_test(Machine, settings=check(max_examples=20, stateful_step_count=20))
        runner.run(desk.prove())
    finally:
        close()
        runner.run(stop_server(server))
