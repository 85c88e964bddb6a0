"""The bench's end of the load maker, and what a measured piece of work cost whom."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench.machine import CpuSeconds
from bench.service import BenchError

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Measured:
    """What a job measured, and the CPU seconds of everyone meanwhile."""

    answer: dict[str, Any]
    cpu: CpuSeconds
    client_cpu: float

    @property
    def seconds(self) -> float:
        return float(self.answer["seconds"])


class Load:
    """The load maker's process. ``meter`` reads the CPU of the servers and of PostgreSQL."""

    _process: asyncio.subprocess.Process

    def __init__(self, meter: Callable[[], CpuSeconds]) -> None:
        self.meter = meter
        self.posted = 0
        """Operations that were acknowledged so far, over all jobs."""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.client"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=_ROOT,
            start_new_session=True,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    async def run(self, job: str, **settings: Any) -> Measured:
        """Let a job be prepared, then run, and measure it."""
        await self._tell(json.dumps({"job": job, **settings}))
        await self._hear()
        before = self.meter()
        await self._tell("go")
        answer = await self._hear()
        self.posted += answer.get("posted", 0)
        return Measured(answer, self.meter().since(before), answer["client_cpu"])

    async def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    async def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise BenchError("the load maker died; its last words are above")
        answer: dict[str, Any] = json.loads(line)
        return answer
