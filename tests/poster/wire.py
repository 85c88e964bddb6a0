"""A wire to PostgreSQL that can be cut in the middle of a COMMIT, at either end of the message."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

_COMMIT = b"COMMIT\0"
_WAITS_FOR_A_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class Cut(Enum):
    """What becomes of a COMMIT whose sender is cut off."""

    LOST = "it never arrives"
    UNANSWERED = "it is done, and the answer is lost"
    LATE = "it is still on its way when the sender tries again"


class Wire:
    """Carries bytes between a harness and PostgreSQL."""

    def __init__(self, dsn: str, directory: Path) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(dsn).query).items()}
        socket = f".s.PGSQL.{query.get('port', '5432')}"
        self._server = f"{query['host']}/{socket}"
        self.listens_at = f"{directory}/{socket}"
        self.dsn = dsn.replace(query["host"], str(directory))
        self._cut: Cut | None = None
        self._carrying: set[asyncio.Task[None]] = set()
        self.late_after = asyncio.Event()
        """A late COMMIT waits for this."""

    def cut_next_commit(self, how: Cut) -> None:
        self._cut = how

    async def deliver_late(self, connection: asyncpg.Connection) -> None:
        """Let a late COMMIT arrive as soon as somebody waits for the locks that it holds."""
        async with asyncio.timeout(120):
            while not await connection.fetchval(_WAITS_FOR_A_LOCK):
                await asyncio.sleep(0.005)
        self.late_after.set()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def close(self) -> None:
        carrying = list(self._carrying)
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    async def _carry(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(self._server)
        answers = asyncio.create_task(_copy(from_server, to_client))
        try:
            while data := await from_client.read(65536):
                if self._cut is not None and _COMMIT in data:
                    how, self._cut = self._cut, None
                    answers.cancel()
                    await asyncio.wait([answers])
                    await self._end(how, data, (from_server, to_server), to_client)
                    break
                to_server.write(data)
        finally:
            answers.cancel()
            await asyncio.wait([answers])
            await _shut(to_client)
            await _shut(to_server)

    async def _end(
        self,
        how: Cut,
        commit: bytes,
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        to_client: asyncio.StreamWriter,
    ) -> None:
        if how is Cut.LATE:
            await _shut(to_client)
            await self.late_after.wait()
        if how is not Cut.LOST:
            from_server, to_server = server
            to_server.write(commit)
            await from_server.read(1)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


async def _shut(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def open_wire(dsn: str) -> AsyncIterator[Wire]:
    directory = Path(tempfile.mkdtemp(prefix="wire", dir="/tmp"))
    wire = Wire(dsn, directory)
    server = await asyncio.start_unix_server(wire.connected, wire.listens_at)
    try:
        yield wire
    finally:
        server.close()
        await wire.close()
        await server.wait_closed()
        shutil.rmtree(directory)
