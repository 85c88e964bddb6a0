"""A pooler of the test's own: many clients share few backends, and nothing that a client asks for when it connects
reaches them."""

import asyncio
import shutil
import struct
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_SOCKET = ".s.PGSQL.5432"
_STARTUP = struct.pack("!I", 196608)
_ENDS = (b"Q", b"S")
"""Messages of a client that are answered with ReadyForQuery: Query and Sync."""


class Pooler:
    """Hands a backend to a client for one transaction, the one that was used last; or for as long as it is there."""

    def __init__(self, directory: Path, dsn: str, *, by_session: bool) -> None:
        self._by_session = by_session
        query = {name: values[0] for name, values in parse_qs(urlsplit(dsn).query).items()}
        self._server = f"{query['host']}/{_SOCKET}"
        self._database = urlsplit(dsn).path.strip("/")
        self.dsn = dsn.replace(query["host"], str(directory))
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._said = b""
        self._serving: set[asyncio.Task[None]] = set()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def close(self) -> None:
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        for _, writer in self._free:
            writer.close()

    async def _serve(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        backend = None
        try:
            (length,) = struct.unpack("!I", await from_client.readexactly(4))
            await from_client.readexactly(length - 4)
            backend = await self._take()
            key = _message(b"K", struct.pack("!II", 1, 1))
            to_client.write(_message(b"R", bytes(4)) + self._said + key + _message(b"Z", b"I"))
            asked = asyncio.ensure_future(_read(from_client))
            while True:
                if not self._by_session and backend is not None:
                    self._free.append(backend)
                    backend = None
                await asyncio.wait({asked})
                if asked.result()[0] == b"X":
                    return
                backend = backend or await self._take()
                asked = await _carry_transaction(asked, from_client, backend, to_client)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            to_client.close()
            if backend is not None:
                backend[1].close()

    async def _take(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._free:
            return self._free.pop()
        reader, writer = await asyncio.open_unix_connection(self._server)
        asked = _STARTUP + b"user\0postgres\0database\0" + self._database.encode() + b"\0\0"
        writer.write(struct.pack("!I", len(asked) + 4) + asked)
        said, kind = b"", b""
        while kind != b"Z":
            kind, body = await _read(reader)
            if kind == b"S":
                said += _message(kind, body)
        self._said = said
        return reader, writer


async def _carry_transaction(
    asked: "asyncio.Future[tuple[bytes, bytes]]",
    from_client: asyncio.StreamReader,
    backend: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    to_client: asyncio.StreamWriter,
) -> "asyncio.Future[tuple[bytes, bytes]]":
    """Carry messages both ways until the transaction ends; what the client asks for next."""
    from_server, to_server = backend
    told = asyncio.ensure_future(_read(from_server))
    unanswered = 0
    while True:
        await asyncio.wait({asked, told}, return_when=asyncio.FIRST_COMPLETED)
        if asked.done():
            kind, body = asked.result()
            unanswered += kind in _ENDS
            to_server.write(_message(kind, body))
            asked = asyncio.ensure_future(_read(from_client))
        if told.done():
            kind, body = told.result()
            unanswered -= kind == b"Z"
            to_client.write(_message(kind, body))
            if kind == b"Z" and body == b"I" and not unanswered:
                return asked
            told = asyncio.ensure_future(_read(from_server))


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    return head[:1], await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)


@asynccontextmanager
async def open_pooler(dsn: str, *, by_session: bool) -> AsyncIterator[Pooler]:
    directory = Path(tempfile.mkdtemp(prefix="pool", dir="/tmp"))
    pooler = Pooler(directory, dsn, by_session=by_session)
    server = await asyncio.start_unix_server(pooler.connected, f"{directory}/{_SOCKET}")
    try:
        yield pooler
    finally:
        server.close()
        await pooler.close()
        await server.wait_closed()
        shutil.rmtree(directory)
