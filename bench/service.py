"""Server processes on an embedded PostgreSQL of their own, in a directory that goes away afterwards."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from ledgerd import embedded

_HOST = "127.0.0.1"
_START_S = 60.0
_STOP_S = 40.0
_POLL_S = 0.05


class BenchError(Exception):
    """The bench cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running ``ledgerd serve``."""

    pid: int
    target: str


@contextlib.contextmanager
def data_directory() -> Iterator[Path]:
    """A fresh data directory: its path is short, and PostgreSQL's account may pass through its parent."""
    parent = Path(tempfile.mkdtemp(prefix="lb-"))
    parent.chmod(0o755)
    try:
        yield parent / "data"
    finally:
        shutil.rmtree(parent, ignore_errors=True)


async def note_commit_times(data_dir: Path) -> None:
    """Make a database that notes when each commit was made, which it must be told before it starts.

    It is the one setting that differs from those of a server in real use: ten bytes more for a commit.
    """
    postgres = await embedded.EmbeddedPostgres.start(data_dir)
    try:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        await connection.close()
    finally:
        await postgres.stop()


@contextlib.asynccontextmanager
async def serving(settings: dict[str, str]) -> AsyncIterator[Server]:
    """A server process with these environment variables, stopped at the end whatever happens."""
    port = _free_port()
    process = _launch(settings, port)
    try:
        await _accepts(process, port)
        yield Server(process.pid, f"{_HOST}:{port}")
    finally:
        _stop(process)


async def remove_postgres(data_dir: Path) -> None:
    """Stop a PostgreSQL that a killed server left behind; nothing to do after an orderly stop."""
    with contextlib.suppress(embedded.EmbeddedError):
        await embedded.attach(data_dir)
        leftover = await embedded.EmbeddedPostgres.start(data_dir)
        await leftover.stop()


def postmaster_pid(data_dir: Path) -> int:
    """The process id of the PostgreSQL in a data directory."""
    return int((data_dir / "pg" / "postmaster.pid").read_text(encoding="ascii").split()[0])


def _launch(settings: dict[str, str], port: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "ledgerd", "serve"],
        env=_environment() | settings | {"LEDGERD_LISTEN": f"{_HOST}:{port}", "LEDGERD_LOG_LEVEL": "warning"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        # A session of its own: Ctrl-C reaches the bench alone, which then stops its servers in order.
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Ours, without what would make the server another one."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LEDGERD_", "DATABASE_URL", "REDIS_URL"))
    }


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((_HOST, 0))
        return int(listener.getsockname()[1])


async def _accepts(process: "subprocess.Popen[bytes]", port: int) -> None:
    clock = asyncio.get_running_loop().time
    give_up = clock() + _START_S
    while True:
        if process.poll() is not None:
            raise BenchError(f"the server ended while starting, with exit code {process.returncode}")
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(_HOST, port)
            writer.close()
            return
        if clock() > give_up:
            raise BenchError(f"the server did not accept connections within {_START_S:.0f} seconds")
        await asyncio.sleep(_POLL_S)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
