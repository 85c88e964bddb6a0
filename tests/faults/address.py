"""An address that moves: carries connections to whichever PostgreSQL it points to."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_SOCKET = ".s.PGSQL.5432"


class Relay:
    """Listens in a socket directory of its own. Connections stay with the server to which they were made."""

    def __init__(self, directory: Path, dsn: str) -> None:
        self.directory = directory
        self._template = dsn
        self._target: Path | None = socket_directory(dsn)
        self._carrying: set[asyncio.Task[None]] = set()
        self._moves = asyncio.Event()
        self._moves.set()

    @property
    def dsn(self) -> str:
        """What it points to, by way of the relay."""
        return self._template.replace(str(socket_directory(self._template)), str(self.directory))

    def point_to(self, dsn: str) -> None:
        """From now on new connections go there."""
        self._target = socket_directory(dsn)

    async def cut(self) -> None:
        """End what is connected, and reject new connections until it points somewhere again."""
        self._target = None
        carrying = list(self._carrying)
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    def stall(self) -> None:
        """Take in no more of what servers send."""
        self._moves.clear()

    def go_on(self) -> None:
        self._moves.set()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        to_server: asyncio.StreamWriter | None = None
        try:
            if self._target is not None:
                from_server, to_server = await asyncio.open_unix_connection(f"{self._target}/{_SOCKET}")
                ways = [self._copy(from_client, to_server), self._copy(from_server, to_client, stalls=True)]
                tasks = [asyncio.create_task(way) for way in ways]
                try:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in tasks:
                        task.cancel()
        except OSError:
            pass  # The server is down: the client sees its connection end.
        finally:
            for end in (to_client, to_server):
                if end is not None:
                    end.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, stalls: bool = False) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if stalls:
                    await self._moves.wait()
                writer.write(data)
                await writer.drain()


def socket_directory(dsn: str) -> Path:
    """Where the PostgreSQL of a DSN listens."""
    return Path(parse_qs(urlsplit(dsn).query)["host"][0])


@asynccontextmanager
async def relay_to(dsn: str) -> AsyncIterator[Relay]:
    directory = Path(tempfile.mkdtemp(prefix="relay", dir="/tmp"))
    relay = Relay(directory, dsn)
    server = await asyncio.start_unix_server(relay.connected, f"{directory}/{_SOCKET}")
    # A standby runs as another user than the tests may do.
    directory.chmod(0o755)
    (directory / _SOCKET).chmod(0o777)
    try:
        yield relay
    finally:
        server.close()
        await relay.cut()
        await server.wait_closed()
        shutil.rmtree(directory)
