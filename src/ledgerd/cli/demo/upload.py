"""Uploading the payroll while its monitors are watched."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ledgerapi.v1.event_pb2 import Event
from ledgerd_client import BulkSummary, LedgerClient, Watcher, bulk

from ledgerd.cli.demo import payroll
from ledgerd.cli.demo.checks import DemoFailed

# Far below the 1,000 that a chunk may have, so that there is something to see.
_CHUNK_ROWS = 100
_EVENT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Upload:
    """What came of one upload and how long it took."""

    summary: BulkSummary
    seconds: float

    @property
    def rows_per_second(self) -> int:
        """Rows that were answered, by the second."""
        return round(self.summary.operations / self.seconds)


async def upload(client: LedgerClient, path: Path, on_progress: Callable[[BulkSummary], None]) -> Upload:
    """Stream the file; returns when every row has its durable answer."""
    began = time.perf_counter()
    summary = await bulk(client, payroll.drafts(path), chunk_operations=_CHUNK_ROWS, on_progress=on_progress)
    return Upload(summary, time.perf_counter() - began)


class Lookout:
    """Follows a watch in the background and keeps every event that it sends."""

    def __init__(self, watcher: Watcher, on_event: Callable[[Event], None]) -> None:
        self.events: list[Event] = []
        self._watcher = watcher
        self._on_event = on_event
        self._reported: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def start(self) -> None:
        """Begin; whatever is committed after this returns will be seen."""
        await self._watcher.ready()
        self._task = asyncio.create_task(self._follow(), name="lookout")

    async def stop(self) -> None:
        """End the watch. Nothing that it sends later is kept."""
        await self._watcher.aclose()
        await self._task

    async def wait_for(self, monitor_id: str) -> None:
        """Wait until a monitor has reported. Raises DemoFailed when it does not in good time."""
        reported = asyncio.create_task(self._reported[monitor_id].wait())
        await asyncio.wait({self._task, reported}, timeout=_EVENT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        reported.cancel()
        if self._reported[monitor_id].is_set():
            return
        if self._task.done():
            await self._task  # raises what ended it
        raise DemoFailed(f"A monitor did not report within {_EVENT_SECONDS:.0f} seconds.")

    async def _follow(self) -> None:
        async for event in self._watcher:
            self.events.append(event)
            self._on_event(event)
            self._reported[event.monitor.monitor.id].set()
