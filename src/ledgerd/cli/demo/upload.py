"""Uploading the payroll while its monitors are watched."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
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
        self._came = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; whatever is committed after this returns will be seen."""
        await self._watcher.ready()
        self._task = asyncio.create_task(self._follow(), name="lookout")

    async def stop(self) -> None:
        """End the watch."""
        await self._watcher.aclose()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def wait_for(self, monitor_id: str) -> None:
        """Wait until a monitor has reported. Raises DemoFailed when it does not in good time."""

        def has_reported() -> bool:
            return any(event.monitor.monitor.id == monitor_id for event in self.events) or self._is_over()

        try:
            async with asyncio.timeout(_EVENT_SECONDS), self._came:
                await self._came.wait_for(has_reported)
        except TimeoutError:
            raise DemoFailed(f"A monitor did not report within {_EVENT_SECONDS:.0f} seconds.") from None
        if self._is_over():
            raise DemoFailed("The watch ended early.")

    def _is_over(self) -> bool:
        return self._task is None or self._task.done()

    async def _follow(self) -> None:
        try:
            async for event in self._watcher:
                self.events.append(event)
                self._on_event(event)
                async with self._came:
                    self._came.notify_all()
        finally:
            async with self._came:
                self._came.notify_all()
