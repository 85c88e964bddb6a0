"""A relay between a client and a server that can lose an answer after the server gave it."""

import asyncio
from contextlib import suppress

_FRAME_BYTES = 9
_HEADERS = 1


class Relay:
    """Passes bytes on, both ways. While it is to swallow, the next answer of the server ends the connection instead:
    the call was served, and its caller never hears how."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.to_swallow = 0
        self.swallowed = 0

    async def start(self) -> str:
        """Listens; the address for clients."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Break every connection that there is. New ones are passed on."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        pumps = [asyncio.create_task(_pass_on(reader, back)), asyncio.create_task(self._answer(there, writer))]
        self._tasks.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        for side in (writer, back):
            side.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """HTTP/2 frames of the server: an answer begins with HEADERS, which are sent once it is known."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(_FRAME_BYTES)
                body = await reader.readexactly(int.from_bytes(head[:3]))
                if head[3] == _HEADERS and self.to_swallow:
                    self.to_swallow -= 1
                    self.swallowed += 1
                    return
                writer.write(head + body)
                await writer.drain()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
