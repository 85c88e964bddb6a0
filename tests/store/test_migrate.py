"""Migrations: the files are checked, the order is kept, and each applies once, whoever comes first."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from ledgerd.embedded import EmbeddedPostgres
from ledgerd.store.migrate import MigrationError, migrate, migration_files, pending


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server_dsn() -> AsyncIterator[str]:
    data_dir = Path(tempfile.mkdtemp(prefix="lg", dir="/tmp"))
    server = await EmbeddedPostgres.start(data_dir)
    yield server.dsn
    await server.stop()
    shutil.rmtree(data_dir)


@pytest.fixture
async def dsn(server_dsn: str) -> AsyncIterator[str]:
    """An empty database of the test's own."""
    admin = await asyncpg.connect(server_dsn)
    await admin.execute("CREATE DATABASE migrated")
    yield server_dsn.replace("/ledgerd?", "/migrated?")
    await admin.execute("DROP DATABASE migrated WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


def write(directory: Path, **bodies: str) -> Path:
    for name, body in bodies.items():
        (directory / f"{name.lstrip('_')}.sql").write_text(body)
    return directory


def up(sql: str, options: str = "") -> str:
    return f"-- migrate:up {options}\n{sql}\n-- migrate:down\n"


THREE = {
    "_0002_pre_second": up("INSERT INTO log VALUES ('second')"),
    "_0010_post_third": up("INSERT INTO log VALUES ('third'); INSERT INTO log VALUES ('third, again')"),
    "_0001_pre_first": up("CREATE TABLE log (what text)"),
}


async def test_applies_in_order_and_once(connection: asyncpg.Connection, tmp_path: Path) -> None:
    directory = write(tmp_path, **THREE)
    assert await pending(connection, directory=directory) == ["0001", "0002", "0010"]
    assert await migrate(connection, directory=directory) == ["0001", "0002", "0010"]
    assert await migrate(connection, directory=directory) == []
    assert await pending(connection, directory=directory) == []
    rows = await connection.fetch("SELECT what FROM log")
    assert [row["what"] for row in rows] == ["second", "third", "third, again"]


async def test_applies_what_came_later_and_ignores_what_it_does_not_know(
    connection: asyncpg.Connection, tmp_path: Path
) -> None:
    directory = write(tmp_path, **THREE)
    await migrate(connection, directory=directory)
    await connection.execute("INSERT INTO schema_migrations VALUES ('0099')")
    write(directory, _0005_pre_between=up("INSERT INTO log VALUES ('between')"))
    assert await migrate(connection, directory=directory) == ["0005"]


async def test_a_failure_keeps_what_went_before_and_leaves_nothing_of_itself(
    connection: asyncpg.Connection, tmp_path: Path
) -> None:
    broken = up("INSERT INTO log VALUES ('half'); SELECT 1 / 0")
    directory = write(tmp_path, **THREE, _0003_pre_broken=broken)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(connection, directory=directory)
    assert await pending(connection, directory=directory) == ["0003", "0010"]
    assert await connection.fetchval("SELECT count(*) FROM log WHERE what = 'half'") == 0


async def test_servers_that_start_at_once_share_the_work(dsn: str, tmp_path: Path) -> None:
    slow = {f"_{n:04}_pre_slow": up(f"SELECT pg_sleep(0.05); CREATE TABLE t{n} ()") for n in range(1, 5)}
    index = up("CREATE INDEX CONCURRENTLY log_what ON log (what)", "transaction:false")
    last = {"_0020_post_index": index, "_0021_pre_last": up("INSERT INTO log VALUES ('last')")}
    first = {"_0000_pre_log": up("CREATE TABLE log (what text)")}
    directory = write(tmp_path, **first, **slow, **last)
    connections = [await asyncpg.connect(dsn) for _ in range(4)]
    async with asyncio.timeout(120):
        applied = await asyncio.gather(*(migrate(each, directory=directory) for each in connections))
    assert sorted(version for versions in applied for version in versions) == [
        migration.version for migration in migration_files(directory)
    ]
    assert await connections[0].fetchval("SELECT count(*) FROM log") == 1
    for each in connections:
        await each.close()


async def test_outside_a_transaction(connection: asyncpg.Connection, tmp_path: Path) -> None:
    vacuum = up("VACUUM (ANALYZE) log", "transaction:false")
    directory = write(tmp_path, **THREE, _0011_post_vacuum=vacuum)
    assert (await migrate(connection, directory=directory))[-1] == "0011"
    assert await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


async def test_nothing_is_pending_needs_no_rights(connection: asyncpg.Connection, tmp_path: Path) -> None:
    directory = write(tmp_path, **THREE)
    await migrate(connection, directory=directory)
    await connection.execute("CREATE ROLE reader; GRANT SELECT ON schema_migrations TO reader; SET ROLE reader")
    assert await migrate(connection, directory=directory) == []
    await connection.execute("RESET ROLE; DROP OWNED BY reader; DROP ROLE reader")


def test_reads_sections_and_options(tmp_path: Path) -> None:
    text = "-- why\n\n-- migrate:up transaction:false\n-- how\nSELECT 1;\n\n-- migrate:down\nSELECT 2;\n"
    (migration,) = migration_files(write(tmp_path, _0001_post_both=text))
    assert (migration.version, migration.phase, migration.name) == ("0001", "post", "both")
    assert (migration.up, migration.down) == ("-- how\nSELECT 1;", "SELECT 2;")
    assert not migration.transactional


@pytest.mark.parametrize(
    "name",
    ["1_pre_short", "0001_first", "0001_pre_", "0001-pre-first", "first", "0001_during_x", "0001_pre_Big"],
)
def test_rejects_a_bad_name(tmp_path: Path, name: str) -> None:
    write(tmp_path, **{name: up("SELECT 1")})
    with pytest.raises(MigrationError, match="named like"):
        migration_files(tmp_path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("SELECT 1;", "must begin"),
        ("SELECT 0;\n-- migrate:up\nSELECT 1;", "must begin"),
        ("-- migrate:down\nSELECT 1;\n-- migrate:up\nSELECT 1;", "must begin"),
        ("-- migrate:up\nSELECT 1;\n-- migrate:up\nSELECT 1;", "must begin"),
        ("-- migrate:up\n-- later\n", "empty"),
        ("-- migrate:up transaction:maybe\nSELECT 1;", "unknown option"),
    ],
)
def test_rejects_a_bad_content(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(MigrationError, match=fault):
        migration_files(write(tmp_path, _0001_pre_first=text))


def test_rejects_a_version_used_twice(tmp_path: Path) -> None:
    write(tmp_path, _0001_pre_one=up("SELECT 1"), _0001_pre_two=up("SELECT 2"))
    with pytest.raises(MigrationError, match="used twice: one and two"):
        migration_files(tmp_path)
