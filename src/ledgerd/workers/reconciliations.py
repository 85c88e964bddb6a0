"""Works on runs in the background, each in a process of its own, and ends them with the event that tells it.

Any number of servers may do this. One of them at a time has the lease of a run. When that server ends, the process ends
with it, the lease ends after some time, and the next server begins anew: as of the same moment, with the same result.
"""

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from ledgerd.access.caller import SERVICE
from ledgerd.core.model.ids import RECONCILIATION, encode
from ledgerd.core.model.rejection import Reason, Rejected, Rejection
from ledgerd.operations import run_work
from ledgerd.operations.engine import Engine
from ledgerd.outage import Outage
from ledgerd.store import errors, reconciliations
from ledgerd.store.reconciliations import Cancelled, Lost, RunLease
from ledgerd.workers import child, loop
from ledgerd.workers.child import Away, Crashed

log = structlog.get_logger()

_RELEASE_SECONDS = 1.0
_CRASHES_MAX = 3
_COMMAND = (sys.executable, "-m", "ledgerd.workers.matching")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How many runs are worked on at once, and how often the worker looks."""

    at_once: int = 1
    """The runs that one server works on: each may take some hundred MiB."""
    lease: timedelta = timedelta(seconds=5)
    """How long the runs of a server that ended stay reserved for it."""
    poll_seconds: float = 0.5
    """The pause between two renewals of the leases."""
    quiet_seconds: float = 2.0
    """The pause while there is nothing to do: calls to this process wake the worker."""
    away_seconds: float = loop.AWAY_SECONDS
    command: tuple[str, ...] = _COMMAND
    """What works on a run."""


USUAL = Settings()


async def run(engine: Engine, dsn: str, stop: asyncio.Event, settings: Settings = USUAL) -> None:
    """Work on runs until stop is set. Other servers begin the unfinished ones anew."""
    worker = _Worker(engine, dsn, settings)
    try:
        await loop.repeat(
            worker.step, "reconciliations", stop, wake=engine.board.requested, away_seconds=settings.away_seconds
        )
    finally:
        await worker.close()


class _Worker:
    """The runs that this server works on, each in a separate task."""

    def __init__(self, engine: Engine, dsn: str, settings: Settings) -> None:
        self._engine = engine
        self._dsn = dsn
        self._settings = settings
        self._tasks: dict[RunLease, asyncio.Task[None]] = {}

    async def step(self) -> float:
        """Renew the leases of the runs under way, and lease as many more as there is capacity for."""
        for lease in [lease for lease, task in self._tasks.items() if task.done()]:
            self._tasks.pop(lease).result()
        async with self._engine.upkeep.acquire() as connection:
            for lease in self._tasks:
                with suppress(Lost, Cancelled):  # The process that works finds out.
                    await reconciliations.renew(connection, lease, self._settings.lease)
                self._engine.board.changed(lease.id)
            capacity = self._settings.at_once - len(self._tasks)
            taken = await reconciliations.lease(connection, capacity, self._settings.lease) if capacity > 0 else []
        for lease in taken:
            self._tasks[lease] = asyncio.create_task(self._work(lease), name="reconciliation")
        return self._settings.poll_seconds if self._tasks else self._settings.quiet_seconds

    async def close(self) -> None:
        """End all leases, so that other servers need not wait."""
        if not self._tasks:
            return
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        with suppress(Exception):
            async with asyncio.timeout(_RELEASE_SECONDS), self._engine.upkeep.acquire() as connection:
                for lease in self._tasks:
                    await reconciliations.release(connection, lease)

    async def _work(self, lease: RunLease) -> None:
        """Work on a run to its end, with pauses while the database is unavailable."""
        name = encode(RECONCILIATION, lease.id.int)
        outage = Outage("reconciliation", quiet_seconds=0, reconciliation=name)
        while True:
            try:
                await self._to_its_end(lease, name)
            except Lost:
                log.info("another server goes on with a reconciliation", reconciliation=name)
                return
            except Crashed as error:
                log.error("a reconciliation ended without a result; trying again", reconciliation=name, exc_info=error)
                async with self._engine.upkeep.acquire() as connection:
                    await reconciliations.release(connection, lease, crashed=True)
                return
            except Exception as error:
                if not (errors.is_passing(error) or isinstance(error, Away | Rejected)):
                    raise
                outage.failed(error)
                await asyncio.sleep(self._settings.away_seconds)
            else:
                outage.passed()
                self._engine.board.run_ended()
                return

    async def _to_its_end(self, lease: RunLease, name: str) -> None:
        try:
            rejection = await self._match(lease)
            row = await run_work.finish(self._engine, SERVICE, lease) if rejection is None else None
        except Cancelled:
            rejection, row = None, None
        if row is None:
            row = await run_work.end(self._engine, SERVICE, lease, rejection)
        self._engine.board.changed(lease.id)
        log.info("reconciliation ended", reconciliation=name, status=row["status"])

    async def _match(self, lease: RunLease) -> Rejection | None:
        """Let a process write the result. Returns why there is none. Raises Lost, Cancelled, Crashed, Away."""
        try:
            work = await run_work.begin(self._engine, SERVICE, lease)
        except Rejected as rejected:
            return rejected.rejection
        if work.is_written:
            return None
        if work.crashes >= _CRASHES_MAX:
            return Rejection(Reason.INTERNAL, {"attempts": str(work.crashes)})
        order = {"dsn": self._dsn, "id": str(lease.id), "token": str(lease.token)}
        told = await child.ordered(self._settings.command, order)
        match told.get("ended"):
            case "DONE":
                return None
            case "LOST":
                raise Lost
            case "CANCELLED":
                raise Cancelled
            case "TOO_MANY":
                details = {"unit": "rows", "requested": str(told["rows"]), "limit": str(told["most"])}
                return Rejection(Reason.TOO_MANY_ITEMS, details)
        raise Crashed(f"the process that works told {told}")
