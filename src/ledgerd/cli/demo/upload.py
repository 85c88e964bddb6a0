"""Uploads the payroll while its monitors are watched."""

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

# Far below the limit of 1,000 per chunk, so that the progress is visible.
_CHUNK_ROWS = 100
_EVENT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Upload:
    """The result of one upload, and its duration."""

    summary: BulkSummary
    seconds: float

    @property
    def rows_per_second(self) -> int:
        """Rows that were answered, by the second."""
        return round(self.summary.operations / self.seconds)


async def upload(client: LedgerClient, path: Path, on_progress: Callable[[BulkSummary], None]) -> Upload:
    """Stream the file. Returns when every row has its durable answer."""
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
        """Begin the watch. It sees every event that is committed after this call returns."""
        await self._watcher.ready()
        self._task = asyncio.create_task(self._follow(), name="lookout")

    async def stop(self) -> None:
        """End the watch. Later events are not kept."""
        await self._watcher.aclose()
        await self._task

    async def wait_for(self, monitor_id: str) -> None:
        """Wait until a monitor has reported. Raises DemoFailed when it does not report in time."""
        reported = asyncio.create_task(self._reported[monitor_id].wait())
        await asyncio.wait({self._task, reported}, timeout=_EVENT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        reported.cancel()
        if self._reported[monitor_id].is_set():
            return
        if self._task.done():
            await self._task  # raises the error that ended it
        raise DemoFailed(f"A monitor did not report within {_EVENT_SECONDS:.0f} seconds.")

    async def _follow(self) -> None:
        async for event in self._watcher:
            self.events.append(event)
            self._on_event(event)
            self._reported[event.monitor.monitor.id].set()
