"""A PostgreSQL that may be crashed, kept by a process of its own: python -m tests.faults.postgres DIRECTORY

A process of its own, because starting PostgreSQL means forking, which is no business of one with busy gRPC channels.
"""

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
from ledgerd.store.migrate import migrate

_ROOT = Path(__file__).parents[2]


class Postgres:
    """Another process's PostgreSQL."""

    def __init__(self, keeper: asyncio.subprocess.Process, dsn: str) -> None:
        self._keeper = keeper
        self.dsn = dsn

    async def crash(self) -> None:
        """Like `pg_ctl stop -m immediate`."""
        await self._tell("crash")

    async def revive(self) -> None:
        await self._tell("revive")

    async def _tell(self, word: str) -> None:
        keeper = self._keeper
        assert keeper.stdin is not None and keeper.stdout is not None
        keeper.stdin.write(f"{word}\n".encode())
        answer = await keeper.stdout.readline()
        assert answer.decode().strip() == "done", answer


@asynccontextmanager
async def own_postgres() -> AsyncIterator[Postgres]:
    """A PostgreSQL of the test's own, with the schema in it."""
    directory = Path(tempfile.mkdtemp(prefix="lgdf", dir="/tmp"))
    directory.chmod(0o755)
    pipe = asyncio.subprocess.PIPE
    keeper = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.postgres", str(directory), cwd=_ROOT, stdin=pipe, stdout=pipe
    )
    assert keeper.stdin is not None and keeper.stdout is not None
    try:
        dsn = (await keeper.stdout.readline()).decode().strip()
        connection = await asyncpg.connect(dsn)
        await migrate(connection)
        await connection.close()
        yield Postgres(keeper, dsn)
    finally:
        keeper.stdin.close()
        await keeper.wait()
        shutil.rmtree(directory, ignore_errors=True)


async def _keep(directory: Path) -> None:
    logs.configure(level="error", as_json=False)
    postgres = await EmbeddedPostgres.start(directory)
    try:
        print(postgres.dsn, flush=True)
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            await (postgres.stop_immediate() if word == "crash" else postgres.ensure_running())
            print("done", flush=True)
    finally:
        await postgres.stop()


if __name__ == "__main__":
    asyncio.run(_keep(Path(sys.argv[1])))
