"""A real PostgreSQL for the session, a fresh database for each test, and servers on real channels."""

import asyncio
import contextlib
import itertools
import os
import queue
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # before gRPC is imported: see ledgerd.__main__

import asyncpg
import grpc
import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from ledgerapi.v1 import (
    admin_service_pb2_grpc,
    identity_service_pb2_grpc,
    ledger_service_pb2_grpc,
    event_service_pb2_grpc,
    monitor_service_pb2_grpc,
    reconciliation_service_pb2_grpc,
    transaction_service_pb2_grpc,
)

from ledgerd import logs
from ledgerd.app import App, Tuning
from ledgerd.config import Config
from ledgerd.embedded import EmbeddedPostgres
from ledgerd.poster.clock import Clock
from ledgerd.poster.settings import USUAL as USUAL_POSTER
from ledgerd.poster.settings import PosterSettings
from ledgerd.store import pool
from ledgerd.store.migrate import migrate
from ledgerd.workers import adjustments, arrivals, batches, reconciliations, uploads
from tests import warm
from tests.poster.points import Points

# The only settings of random inputs. None of them looks at a clock: how long an example takes depends on what else the
# machine does, and a test that passes alone must pass beside others.
settings.register_profile(
    "whatever the machine does", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# Whole programs against the second set of books. A failure is reported as it was found, with what reproduces it:
# shrinking a program would take longer than reading it.
settings.register_profile(
    "programs",
    settings.get_profile("whatever the machine does"),
    suppress_health_check=list(HealthCheck),
    database=None,
    report_multiple_bugs=False,
    phases=[Phase.generate],
)
settings.load_profile("whatever the machine does")

_TEMPLATE = "ledger_template"
_MEMORY_BYTES = 4 << 30
"""So much must be free, for the databases of two runs at once: each has some hundred MiB."""


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    logs.configure(level="error", as_json=False)
    structlog.configure(cache_logger_on_first_use=False)


@pytest.fixture(scope="session", autouse=True)
def warm_processes() -> Iterator[None]:
    with warm.warm():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The DSN of the session's PostgreSQL, with a template database that has the schema."""
    directory = Path(tempfile.mkdtemp(prefix="lgd", dir=_place()))
    directory.chmod(0o755)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(EmbeddedPostgres.start(directory))
    try:
        loop.run_until_complete(_write_to_memory_alone(server.dsn))
        loop.run_until_complete(_make_template(server.dsn))
        yield server.dsn
    finally:
        loop.run_until_complete(server.stop())
        loop.close()
        shutil.rmtree(directory, ignore_errors=True)


def _place() -> str:
    """Memory where there is enough of it: a disk takes ten times as long to make a database."""
    memory = "/dev/shm"
    is_large = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _MEMORY_BYTES
    return memory if is_large else "/tmp"


async def _write_to_memory_alone(dsn: str) -> None:
    """No test ends the machine, and what PostgreSQL gave to the system survives every end of PostgreSQL. Otherwise it
    would wait for the disk each time that a test's database is made or dropped."""
    for setting, value in {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'256MB'"}.items():
        await _execute(dsn, f"ALTER SYSTEM SET {setting} = {value}")
    await _execute(dsn, "SELECT pg_reload_conf()")


async def _make_template(dsn: str) -> None:
    await _execute(dsn, f"CREATE DATABASE {_TEMPLATE}")
    connection = await asyncpg.connect(in_database(dsn, _TEMPLATE))
    await migrate(connection)
    await connection.close()


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def in_database(dsn: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = dsn.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"


class _Databases:
    """Copies of the template, made ahead in a thread: to make one takes longer than most tests do."""

    def __init__(self, postgres: str) -> None:
        self._postgres = postgres
        self._ready: queue.Queue[str] = queue.Queue(maxsize=4)
        self._used: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._make()), daemon=True)
        self._thread.start()

    def take(self) -> str:
        return self._ready.get(timeout=60)

    def give_back(self, name: str) -> None:
        self._used.put(name)

    def stop(self) -> None:
        self._stopping.set()
        while self._thread.is_alive():
            with contextlib.suppress(queue.Empty):
                self._ready.get(timeout=0.1)

    async def _make(self) -> None:
        connection = await asyncpg.connect(self._postgres)
        for name in (f"test_{number}" for number in itertools.count()):
            while not self._used.empty():
                await connection.execute(f"DROP DATABASE IF EXISTS {self._used.get()} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
            self._ready.put(name)
            if self._stopping.is_set():
                break
        await connection.close()


@pytest.fixture(scope="session")
def databases(postgres: str) -> Iterator[_Databases]:
    made = _Databases(postgres)
    yield made
    made.stop()


@pytest.fixture
def dsn(postgres: str, databases: _Databases) -> Iterator[str]:
    """A database of the test's own, with the schema and the General Ledger."""
    name = databases.take()
    yield in_database(postgres, name)
    databases.give_back(name)


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the test's database."""
    connection = await asyncpg.connect(dsn)
    await pool.prepare(connection)
    yield connection
    await connection.close()


@dataclass
class Server:
    """A server in this process, and stubs that reach it over a real channel."""

    app: App
    channel: grpc.aio.Channel
    ledgers: ledger_service_pb2_grpc.LedgerServiceStub = field(init=False)
    transactions: transaction_service_pb2_grpc.TransactionServiceStub = field(init=False)
    monitors: monitor_service_pb2_grpc.MonitorServiceStub = field(init=False)
    events: event_service_pb2_grpc.EventServiceStub = field(init=False)
    identities: identity_service_pb2_grpc.IdentityServiceStub = field(init=False)
    reconciliations: reconciliation_service_pb2_grpc.ReconciliationServiceStub = field(init=False)
    admin: admin_service_pb2_grpc.AdminServiceStub = field(init=False)

    def __post_init__(self) -> None:
        self.ledgers = ledger_service_pb2_grpc.LedgerServiceStub(self.channel)
        self.transactions = transaction_service_pb2_grpc.TransactionServiceStub(self.channel)
        self.monitors = monitor_service_pb2_grpc.MonitorServiceStub(self.channel)
        self.events = event_service_pb2_grpc.EventServiceStub(self.channel)
        self.identities = identity_service_pb2_grpc.IdentityServiceStub(self.channel)
        self.reconciliations = reconciliation_service_pb2_grpc.ReconciliationServiceStub(self.channel)
        self.admin = admin_service_pb2_grpc.AdminServiceStub(self.channel)

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.app.port}"


class Yesterday(Clock):
    """The time of a server that is a day behind: what is due by the database's clock is still ahead for it. So a test
    need not hope that what it asks for arrives before its time comes."""

    def learn(self, told: datetime, sent_ns: int) -> None:
        super().learn(told - timedelta(days=1), sent_ns)


OFTEN = Tuning(
    batch_work=batches.Settings(quiet_seconds=0.25),
    upload_work=uploads.Settings(reading=warm.command("ledgerd.workers.reading")),
    run_work=reconciliations.Settings(quiet_seconds=0.25, command=warm.command("ledgerd.workers.matching")),
    arrival_work=arrivals.Settings(poll_seconds=0.5, command=warm.command("ledgerd.workers.proving")),
    adjustment_work=adjustments.Settings(poll_seconds=0.5),
)
"""The workers look often for what another server did: tests write it into the database. Their processes are warm."""


async def start_server(dsn: str, *, clock: Clock | None = None, tuning: Tuning = OFTEN, **settings: Any) -> Server:
    """Another server on a database; the caller stops it with stop_server. ``clock`` tells it the time."""
    usual: dict[str, Any] = {"listen": "127.0.0.1:0", "migrate": False, "stop_grace_seconds": 5, "pool_size": 6}
    app = App(Config(database_url=dsn, **(usual | settings)), clock=clock, tuning=tuning)
    await app.start()
    return Server(app, grpc.aio.insecure_channel(f"127.0.0.1:{app.port}"))


async def stop_server(server: Server) -> None:
    await server.channel.close()
    await server.app.stop()


@pytest.fixture
def points() -> Points:
    """Where the batches of this test are."""
    return Points()


@pytest.fixture
def poster_settings(request: pytest.FixtureRequest) -> PosterSettings:
    """The settings of the write paths of this test: the mark `poster` says what is different from the usual ones."""
    changed: dict[str, object] = {}
    if "either_path" in request.fixturenames:
        changed["optimistic"] = request.getfixturevalue("either_path")
    for mark in reversed([*request.node.iter_markers("poster")]):
        changed |= mark.kwargs
    return replace(USUAL_POSTER, **changed)  # type: ignore[arg-type]


@pytest.fixture
async def server(
    dsn: str, poster_settings: PosterSettings, points: Points, request: pytest.FixtureRequest
) -> AsyncIterator[Server]:
    """A server on the test's database: with the mark `yesterday`, of that time; with the mark `tuned`, tuned so; with
    the mark `poster`, with these settings of its write path."""
    yesterday, tuned = (request.node.get_closest_marker(name) for name in ("yesterday", "tuned"))
    changed = tuned.kwargs if tuned else {}
    tuning = replace(OFTEN, poster=replace(poster_settings, steps=points), **changed)
    running = await start_server(dsn, clock=Yesterday() if yesterday else None, tuning=tuning)
    yield running
    await stop_server(running)


Begin = Callable[[], Awaitable[None]]


@pytest.fixture
async def begin_timed_work(connection: asyncpg.Connection) -> Begin:
    """Nobody does what is due at a time until this is called."""
    lease = "INSERT INTO leases VALUES ('timed', gen_random_uuid(), clock_timestamp() + interval '1 day')"
    await connection.execute(lease)

    async def begin() -> None:
        await connection.execute("DELETE FROM leases WHERE name = 'timed'")

    return begin


@pytest.fixture
async def begin_batches(connection: asyncpg.Connection) -> Begin:
    """Nobody works on the batches that are accepted until this is called: each is born with a lease for ever."""
    await connection.execute(
        """
        CREATE FUNCTION lease_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.lease_token := gen_random_uuid();
            NEW.leased_until := 'infinity';
            RETURN NEW;
        END $$;
        CREATE TRIGGER lease_for_ever BEFORE INSERT ON batch_runs FOR EACH ROW EXECUTE FUNCTION lease_for_ever();
        """
    )

    async def begin() -> None:
        await connection.execute(
            "DROP TRIGGER lease_for_ever ON batch_runs; UPDATE batch_runs SET lease_token = NULL, leased_until = NULL"
        )

    return begin
