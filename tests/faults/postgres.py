"""A PostgreSQL that can be crashed, run by a process of its own: python -m tests.faults.postgres DIRECTORY

A process of its own, because starting PostgreSQL means forking, which is no business of one with busy gRPC channels.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from ledgerd import logs
from ledgerd.embedded import EmbeddedPostgres
from ledgerd.embedded import directory as embedded_directory
from ledgerd.embedded.layout import layout_of
from ledgerd.store.migrate import migrate

_ROOT = Path(__file__).parents[2]


class Postgres:
    """Another process's PostgreSQL."""

    def __init__(self, process: asyncio.subprocess.Process, dsn: str) -> None:
        self._process = process
        self.dsn = dsn

    async def crash(self) -> None:
        """Like `pg_ctl stop -m immediate`."""
        await self._tell("crash")

    async def restart(self) -> None:
        await self._tell("restart")

    async def _tell(self, word: str) -> None:
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{word}\n".encode())
        answer = await process.stdout.readline()
        assert answer.decode().strip() == "done", answer


@asynccontextmanager
async def own_postgres(*, standby_of: Path | None = None) -> AsyncIterator[Postgres]:
    """A PostgreSQL of the test's own, with the schema in it; or a standby of the one behind a socket directory."""
    directory = Path(tempfile.mkdtemp(prefix="lgdf", dir="/tmp"))
    directory.chmod(0o755)
    pipe = asyncio.subprocess.PIPE
    source = [] if standby_of is None else ["--standby-of", str(standby_of)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.postgres", str(directory), *source, cwd=_ROOT, stdin=pipe, stdout=pipe
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        dsn = (await process.stdout.readline()).decode().strip()
        if standby_of is None:
            connection = await asyncpg.connect(dsn)
            await migrate(connection)
            await connection.close()
        yield Postgres(process, dsn)
    finally:
        process.stdin.close()
        await process.wait()
        shutil.rmtree(directory, ignore_errors=True)


def _copy(source: Path, directory: Path) -> None:
    """Fill an empty directory with a base backup that follows its source."""
    layout = layout_of(directory)
    account = embedded_directory.prepare(layout)
    layout.owner_lock.touch(0o600)
    account.make_private(layout.pgdata)
    command = embedded_directory.binaries(layout, account) / "pg_basebackup"
    to = ["--pgdata", layout.pgdata, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
    copied = account.run([command, "--host", source, "--port", "5432", "--username", "postgres", *to])
    assert copied.returncode == 0, copied.stderr


async def _serve(directory: Path, source: Path | None) -> None:
    logs.configure(level="error", as_json=False)
    if source is not None:
        _copy(source, directory)
    postgres = await EmbeddedPostgres.start(directory)
    try:
        print(postgres.dsn, flush=True)
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            await (postgres.stop_immediate() if word == "crash" else postgres.ensure_running())
            print("done", flush=True)
    finally:
        await postgres.stop()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("directory", type=Path)
    arguments.add_argument("--standby-of", type=Path)
    asked = arguments.parse_args()
    asyncio.run(_serve(asked.directory, asked.standby_of))
