"""Does what follows from arrivals: begins runs, confirms and proves what they found, and tells what did not arrive.

One server at a time has the lease of this work, so that no work is done twice; nothing depends on it. When that server
ends, its lease ends after some time, and the next one goes on.
"""

import asyncio
import sys
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import structlog

from ledgerd.access.caller import ARRIVAL
from ledgerd.core.model.arrival_events import ReconciliationProof
from ledgerd.core.model.ids import EXTERNAL_SOURCE, RECONCILIATION, encode
from ledgerd.core.model.rejection import Reason, Rejected
from ledgerd.operations import reconciliation_exceptions, source_arrivals
from ledgerd.operations.engine import Engine
from ledgerd.operations.source_arrivals import NotDue
from ledgerd.outage import Outage
from ledgerd.store import due, errors
from ledgerd.store.arrival_payloads import read_proof
from ledgerd.store.reconciliations import FINISHED
from ledgerd.store.source_arrivals import DueRun
from ledgerd.workers import child, loop

log = structlog.get_logger()

_LEASE_NAME = "arrivals"
_RELEASE_SECONDS = 1.0
_PASSING = frozenset({Reason.TOO_BUSY, Reason.SHUTTING_DOWN, Reason.DATABASE_UNAVAILABLE})
"""The rejections after which something can be tried again soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is done at once, and how often the worker looks."""

    sources: int = 100
    """The sources for which runs are begun, or whose lateness is told, in one step."""
    windows: int = 1_000
    """The exceptions that one step opens."""
    follow_at_once: int = 1
    """The ends of runs that are worked on at once: each may read all rows of a source."""
    lease: timedelta = timedelta(seconds=6)
    """How long the work of a server that ended stays reserved for it."""
    poll_seconds: float = 2.0
    """The pause between two looks for what other processes did: what this one does wakes the worker."""
    away_seconds: float = loop.AWAY_SECONDS
    again: timedelta = timedelta(seconds=60)
    """The pause before a run is begun again that could not be begun."""
    command: tuple[str, ...] = (sys.executable, "-m", "ledgerd.workers.proving")
    """What draws up the statements of a source."""


USUAL = Settings()


async def run(engine: Engine, dsn: str, stop: asyncio.Event, settings: Settings = USUAL) -> None:
    """Do what follows from arrivals until stop is set."""
    worker = _Worker(engine, dsn, settings)
    try:
        await loop.repeat(worker.step, "arrivals", stop, wake=engine.board.arrived, away_seconds=settings.away_seconds)
    finally:
        await worker.close()


class _Worker:
    """The ends of runs that this server works on, each in a separate task."""

    def __init__(self, engine: Engine, dsn: str, settings: Settings) -> None:
        self._engine = engine
        self._dsn = dsn
        self._settings = settings
        self._holder = uuid.uuid4()
        self._tasks: dict[uuid.UUID, asyncio.Task[None]] = {}

    async def step(self) -> float:
        """Do what is due now, if no other server does."""
        for run_id in [run_id for run_id, task in self._tasks.items() if task.done()]:
            self._tasks.pop(run_id).result()
        settings = self._settings
        async with self._engine.upkeep.acquire() as connection:
            if not await due.lease(connection, _LEASE_NAME, self._holder, settings.lease):
                return settings.poll_seconds
        found = await source_arrivals.due(self._engine, ARRIVAL, settings.sources)
        for due_run in found:
            await self._begin(due_run)
        await self._follow()
        late = await source_arrivals.tell_late(self._engine, ARRIVAL, settings.sources)
        passed = await reconciliation_exceptions.open_due(self._engine, ARRIVAL, settings.windows)
        has_more = late or passed or len(found) >= settings.sources
        return 0 if has_more else loop.about(settings.poll_seconds)

    async def close(self) -> None:
        """End the work under way: the next server does it."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        with suppress(Exception):
            async with asyncio.timeout(_RELEASE_SECONDS), self._engine.upkeep.acquire() as connection:
                await due.release(connection, _LEASE_NAME, self._holder)

    async def _begin(self, due_run: DueRun) -> None:
        source = encode(EXTERNAL_SOURCE, due_run.source_id.int)
        try:
            run_id = await source_arrivals.begin(self._engine, ARRIVAL, due_run)
        except NotDue:
            return
        except Rejected as rejected:
            reason = rejected.rejection.reason
            log.warning("a run for what arrived was rejected; trying again", source=source, why=reason)
            away = timedelta(seconds=self._settings.away_seconds)
            length = away if reason in _PASSING else self._settings.again
            await source_arrivals.postpone(self._engine, ARRIVAL, due_run, length)
        else:
            log.info("run for what arrived", source=source, reconciliation=encode(RECONCILIATION, run_id.int))

    async def _follow(self) -> None:
        capacity = self._settings.follow_at_once - len(self._tasks)
        if capacity <= 0:
            return
        found = await source_arrivals.ended(self._engine, ARRIVAL, self._settings.follow_at_once + capacity)
        for ended in [ended for ended in found if ended["run_id"] not in self._tasks][:capacity]:
            self._tasks[ended["run_id"]] = asyncio.create_task(self._finish(ended), name="arrival")

    async def _finish(self, ended: asyncpg.Record) -> None:
        """Do what follows the end of a run, with pauses while the database is unavailable."""
        outage = Outage("arrival", quiet_seconds=0, reconciliation=encode(RECONCILIATION, ended["run_id"].int))
        while True:
            try:
                proofs = await self._confirm_and_prove(ended)
                await source_arrivals.close(self._engine, ARRIVAL, ended["source_id"], ended["run_id"], proofs)
            except Exception as error:
                if not (errors.is_passing(error) or isinstance(error, child.Away | Rejected)):
                    raise
                outage.failed(error)
                await asyncio.sleep(self._settings.away_seconds)
            else:
                outage.passed()
                self._engine.board.run_ended()
                return

    async def _confirm_and_prove(self, ended: asyncpg.Record) -> Sequence[ReconciliationProof]:
        """Confirm what is confirmed automatically, and prove the balances. Raises Away, and Rejected for a while."""
        if ended["status"] != FINISHED or ended["match_on_arrival"] is None:
            return ()
        name = encode(RECONCILIATION, ended["run_id"].int)
        try:
            await source_arrivals.confirm(self._engine, ARRIVAL, ended)
        except Rejected as rejected:
            if rejected.rejection.reason in _PASSING:
                raise
            why = rejected.rejection.reason
            log.warning("matches could not be confirmed automatically", reconciliation=name, why=why)
        order = {"dsn": self._dsn, "source_id": str(ended["source_id"]), "run_id": str(ended["run_id"])}
        try:
            told = await child.ordered(self._settings.command, order)
        except child.Crashed as error:
            log.error("the balances of a source could not be proved", reconciliation=name, exc_info=error)
            return ()
        return [read_proof(plain) for plain in told["proofs"]]
