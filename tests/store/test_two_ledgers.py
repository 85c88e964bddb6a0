"""Two ledgers side by side in two schemas of one database: neither knows of the other, and `public` stays empty."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import asyncpg
import pytest

from ledgerd.journal import head as journal_head
from ledgerd.operations.verify import verify
from ledgerd.store import migrate, pool
from tests.conftest import in_database, start_server, stop_server
from tests.rpc import wire

LONG = 'Ledger "B" of a department with a very long näme'
assert len(LONG.encode()) > 48


@dataclass
class Database:
    """An empty database, and how to reach it."""

    dsn: str
    admin: asyncpg.Connection

    async def schema(self, name: str, *, by_options: bool = False) -> str:
        """A new schema; the DSN of a ledger in it."""
        quoted = '"' + name.replace('"', '""') + '"'
        await self.admin.execute(f"CREATE SCHEMA {quoted}")
        if by_options:
            escaped = quoted.replace("\\", "\\\\").replace(" ", "\\ ")
            return f"{self.dsn}&options={quote('-csearch_path=' + escaped)}"
        return f"{self.dsn}&search_path={quote(quoted)}"


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[Database]:
    root = await asyncpg.connect(postgres)
    await root.execute("CREATE DATABASE two_ledgers")
    dsn = in_database(postgres, "two_ledgers")
    admin = await asyncpg.connect(dsn)
    yield Database(dsn, admin)
    await admin.close()
    await root.execute("DROP DATABASE two_ledgers WITH (FORCE)")
    await root.close()


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    await pool.prepare(connection)
    yield connection
    await connection.close()


async def test_two_ledgers_in_one_database_do_not_meet(database: Database) -> None:
    dsns = [await database.schema("ledger_a", by_options=True), await database.schema(LONG)]
    for dsn in dsns:
        async with connected(dsn) as connection:
            assert await migrate.migrate(connection)
            assert await migrate.pending(connection) == []
    servers = [await start_server(dsn) for dsn in dsns]
    watches = [await wire.watch(server) for server in servers]
    for number in range(3):
        for place, server in enumerate(servers):  # The same references in both, with other amounts.
            await wire.record(server, wire.from_world(f"r-{number}", "@Sales", 1 + place))
    for place, (server, watching) in enumerate(zip(servers, watches, strict=True)):
        assert await watching.references(3) == ["r-0", "r-1", "r-2"]
        assert await wire.balance(server, "@Sales") == 3 * (1 + place)
        roles = {row["role"] for row in await server.app.pools.calls.fetch("SELECT current_user AS role")}
        assert roles == {pool.SERVICE_ROLE}
        foreign = wire.pb.WatchTransactionsRequest(after_cursor=watches[1 - place].cursor)
        rejection = await wire.Watching(server.transactions.WatchTransactions(foreign)).rejected()
        assert rejection.details["cause"] == "epoch"
    for server in servers:
        await stop_server(server)
    channels = set()
    for dsn in dsns:
        async with connected(dsn) as connection:
            assert (await verify(connection)).faults == []
            channels.add(await journal_head.channel(connection))
    assert len(channels) == 2
    assert all(len(channel.encode()) < 64 for channel in channels)
    astray = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert await database.admin.fetch(astray) == []


async def test_the_wake_ups_of_one_ledger_are_not_those_of_the_other(database: Database) -> None:
    heard: list[str] = []
    dsns = [await database.schema(name) for name in ("a" * 50, "a" * 51, "a" * 52, "Ä" * 30)]
    for dsn in dsns:
        async with connected(dsn) as connection:
            channel = await journal_head.channel(connection)
            await database.admin.add_listener(channel, lambda *said: heard.append(said[2]))
            await connection.execute("SELECT pg_notify($1, '1')", channel)
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while len(heard) < len(dsns):
            await database.admin.execute("SELECT 1")
    assert len(set(heard)) == len(dsns)


async def test_a_ledger_further_back_in_the_search_path_is_not_taken_for_ones_own(database: Database) -> None:
    async with connected(database.dsn) as connection:
        await migrate.migrate(connection)
    await database.admin.execute("CREATE SCHEMA mine")
    async with connected(f"{database.dsn}&search_path=mine,public") as connection:
        assert await migrate.migrate(connection) == [file.version for file in migrate.migration_files()]
        assert await connection.fetchval("SELECT to_regclass('mine.journal_head') IS NOT NULL")


async def test_a_search_path_without_a_schema_is_rejected(database: Database) -> None:
    async with connected(f"{database.dsn}&search_path=missing") as connection:
        with pytest.raises(migrate.MigrationError, match="search_path"):
            await migrate.migrate(connection)


async def test_the_migrations_of_one_ledger_keep_no_other_waiting(database: Database, tmp_path) -> None:
    (tmp_path / "0001_pre_first.sql").write_text("-- migrate:up transaction:false\nCREATE TABLE made ()")
    dsns = [await database.schema("a"), await database.schema("b")]
    async with connected(dsns[0]) as busy, connected(dsns[1]) as other:
        assert await busy.fetchval(f"SELECT pg_try_advisory_lock({migrate._ADVISORY_LOCK})")
        async with asyncio.timeout(wire.PATIENCE_SECONDS):
            assert await migrate.migrate(other, directory=tmp_path) == ["0001"]


async def test_an_owner_who_may_not_make_roles_has_a_ledger_beside_another(database: Database) -> None:
    """The role of the first ledger is there, and is not the second owner's to give."""
    async with connected(database.dsn) as connection:
        await migrate.migrate(connection)
    await database.admin.execute("CREATE ROLE tenant LOGIN; CREATE SCHEMA tenant AUTHORIZATION tenant")
    dsn = f"{database.dsn}&search_path=tenant".replace("//postgres@", "//tenant@")
    try:
        async with connected(dsn) as connection:
            assert await connection.fetchval("SELECT current_user") == "tenant"
            await migrate.migrate(connection)
        server = await start_server(dsn)
        await wire.record(server, wire.from_world("r", "@Sales", 1))
        await stop_server(server)
    finally:
        await database.admin.execute("DROP OWNED BY tenant CASCADE; DROP ROLE tenant")


async def test_history_is_kept_from_a_session_with_another_search_path(database: Database) -> None:
    """Names in a function are looked up where it is called."""
    dsn = await database.schema("a")
    async with connected(dsn) as connection:
        await migrate.migrate(connection)
    server = await start_server(dsn)
    await wire.record(server, wire.from_world("r", "@Sales", 1))
    await stop_server(server)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as rejected:
        await database.admin.execute("UPDATE a.transactions SET amount = amount + 1")
    assert rejected.value.constraint_name == "transactions_do_not_change"
    await database.admin.execute("""UPDATE a.transactions SET metadata = '{"edited": true}'""")
