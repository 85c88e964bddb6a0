"""A server as an operating system process, so that it can be killed."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

_READY_SECONDS = 120
_ports = itertools.count()


class ServerProcess:
    """`ledgerd serve` on a port of its own, which it keeps over restarts."""

    def __init__(self, output: Path | None = None, **settings: str) -> None:
        """What it prints goes to a file if there is one, else to ours."""
        self._output = output
        self._settings = settings
        self._port = _free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start it and wait until it serves."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GRPC_")}
        environment = {
            **inherited,
            "LEDGERD_LOG_LEVEL": "error",
            **self._settings,
            "LEDGERD_LISTEN": self.target,
        }
        with contextlib.ExitStack() as files:
            output = None if self._output is None else files.enter_context(self._output.open("ab"))
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "ledgerd",
                "serve",
                env=environment,
                cwd=Path(__file__).parents[2],
                stdout=output,
                stderr=output,
            )
        async with asyncio.timeout(_READY_SECONDS), grpc.aio.insecure_channel(self.target) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            serving = health_pb2.HealthCheckResponse.SERVING
            while (await health.Check(health_pb2.HealthCheckRequest(), wait_for_ready=True)).status != serving:
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Stop it where it stands, until resume()."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(how)
        code = await process.wait()
        self._process = None
        return code


class WorkerProcess:
    """`ledgerd work` on a database that has the schema."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it. What it does is seen in the database."""
        environment = {
            **os.environ,
            "DATABASE_URL": self._dsn,
            "LEDGERD_MIGRATE": "false",
            "LEDGERD_LOG_LEVEL": "error",
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ledgerd", "work", env=environment, cwd=Path(__file__).parents[2]
        )

    async def end(self, how: signal.Signals) -> int:
        """Send it a signal and wait for its end; returns its exit code."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await self._process.wait()


@asynccontextmanager
async def serving(dsn: str, **settings: str) -> AsyncIterator[ServerProcess]:
    """A server on this database, which has the schema."""
    process = ServerProcess(DATABASE_URL=dsn, LEDGERD_MIGRATE="false", **settings)
    try:
        await process.start()
        yield process
    finally:
        await process.kill()


def _free_port() -> int:
    """A port that stays ours while the server is down: below those that the system hands out on its own, and begun with
    at another place by every process."""
    first, count = 20_000, 12_000
    for step in range(count):
        port = first + (os.getpid() * 101 + next(_ports) + step) % count
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")
