"""Applies accepted batches in the background, piece by piece, and records how far each is.

Any number of processes may do this. One process at a time has the lease of a batch. When a process ends, its lease ends
after some time, and the next process continues where the work stopped. A piece that was recorded but not noted is
posted again: its references make it replay, and the counts come from the transactions recorded under the batch's id.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

import asyncpg
import structlog

from ledgerd.access.caller import SERVICE
from ledgerd.core.decide import Outcome
from ledgerd.core.model.ids import BATCH, encode
from ledgerd.core.model.operation import Operation
from ledgerd.core.model.rejection import Reason, Rejected, Rejection
from ledgerd.core.plan import Plan
from ledgerd.operations import unit
from ledgerd.operations.engine import Engine
from ledgerd.outage import Outage
from ledgerd.poster.submission import Lease, Superseded, Traffic
from ledgerd.store import batch_runs, errors, event_writer
from ledgerd.store.batch_runs import BatchLease, Lost, RejectedOperation, Run
from ledgerd.wire import stored_batch
from ledgerd.workers import loop

log = structlog.get_logger()

_RELEASE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is applied at once, and how often the worker tries."""

    at_once: int = 4
    """The batches that one process works on. Each may be 16 MiB."""
    piece_operations: int = 1_000
    lease: timedelta = timedelta(seconds=3)
    """How long the batches of a process that ended stay reserved for it."""
    poll_seconds: float = 0.25
    """The pause between two renewals of the leases."""
    quiet_seconds: float = 1.0
    """The pause while there is nothing to do: calls to this process wake the worker."""
    away_seconds: float = loop.AWAY_SECONDS
    again_seconds: float = 30.0
    """The pause after an unexpected error."""


USUAL = Settings()

_PASSING = frozenset({Reason.TOO_BUSY, Reason.SHUTTING_DOWN, Reason.DATABASE_UNAVAILABLE})
"""The rejections of the write path after which the worker tries again."""


async def run(engine: Engine, stop: asyncio.Event, settings: Settings = USUAL) -> None:
    """Apply accepted batches until stop is set. Other processes continue the unfinished ones."""
    worker = _Worker(engine, settings)
    try:
        await loop.repeat(
            worker.step, "accepted batches", stop, wake=engine.board.accepted, away_seconds=settings.away_seconds
        )
    finally:
        await worker.close()


class _Worker:
    """The batches that this process works on, each in a separate task."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._tasks: dict[BatchLease, asyncio.Task[None]] = {}

    async def step(self) -> float:
        """Renew the leases of the batches under way, and lease as many more as there is capacity for."""
        for lease in [lease for lease, task in self._tasks.items() if task.done()]:
            self._tasks.pop(lease).result()
        capacity = self._settings.at_once - len(self._tasks)
        async with self._engine.upkeep.acquire() as connection:
            if self._tasks:
                await batch_runs.renew(connection, list(self._tasks), self._settings.lease)
            taken = await batch_runs.lease(connection, capacity, self._settings.lease) if capacity > 0 else []
        for lease in taken:
            self._engine.board.changed(lease.id)
            self._tasks[lease] = asyncio.create_task(self._work(lease), name="batch")
        return self._settings.poll_seconds if self._tasks else self._settings.quiet_seconds

    async def close(self) -> None:
        """End all leases, so that other processes need not wait."""
        if not self._tasks:
            return
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        with suppress(Exception):
            async with asyncio.timeout(_RELEASE_SECONDS), self._engine.upkeep.acquire() as connection:
                await batch_runs.release(connection, list(self._tasks))

    async def _work(self, lease: BatchLease) -> None:
        """Apply a batch to its end, with pauses while the database is unavailable."""
        batch = encode(BATCH, lease.id.int)
        outage = Outage("batch", quiet_seconds=0, batch=batch)
        while True:
            try:
                await self._apply(lease)
            except (Lost, Superseded):
                log.info("another process goes on with a batch", batch=batch)
                return
            except Exception as error:
                if errors.is_passing(error) or isinstance(error, Rejected):
                    outage.failed(error)
                    await asyncio.sleep(self._settings.away_seconds)
                else:
                    log.error("a batch could not be applied; trying again", batch=batch, exc_info=error)
                    await asyncio.sleep(self._settings.again_seconds)
            else:
                outage.passed()
                self._engine.board.accepted.set()
                return

    async def _apply(self, lease: BatchLease) -> None:
        async with self._engine.upkeep.acquire() as connection:
            run = await batch_runs.read(connection, lease)
        operations = islice(stored_batch.read(run.payload), run.next_index, None)
        size = run.operations if run.atomic else self._settings.piece_operations
        done = run.next_index
        while done < run.operations:
            piece = list(islice(operations, size))
            rejected = await self._post(run, done, piece)
            done += len(piece)
            await self._note(run, done, rejected)
            self._engine.board.changed(lease.id)

    async def _post(
        self, run: Run, first: int, piece: Sequence[tuple[str, Operation | Rejection]]
    ) -> list[RejectedOperation]:
        """Post operations of a batch. Returns the rejected operations that were not noted before."""
        rejected: list[RejectedOperation] = []
        operations: dict[int, Operation] = {}
        for index, (reference, operation) in enumerate(piece, first):
            if index in run.rejected:
                continue
            if isinstance(operation, Rejection):
                rejected.append(RejectedOperation(index, reference, operation))
            else:
                operations[index] = operation
        if operations and not (run.atomic and rejected):
            outcomes = await self._submit(run, list(operations.values()))
            for index, outcome in zip(operations, outcomes, strict=True):
                if isinstance(outcome, Rejection):
                    rejected.append(RejectedOperation(index, operations[index].reference, outcome))
        return batch_runs.causes(rejected) if run.atomic else rejected

    async def _submit(self, run: Run, operations: Sequence[Operation]) -> Sequence[Outcome]:
        try:
            return await self._engine.poster.submit(
                operations,
                caller=SERVICE,
                traffic=Traffic.BULK,
                atomic=run.atomic,
                batch_id=encode(BATCH, run.lease.id.int),
                patient=True,
                lease=Lease(run.lease.id.hex, run.lease.token.hex),
            )
        except Rejected as rejected:
            if rejected.rejection.reason in _PASSING:
                raise
            # Nothing was recorded, and another attempt cannot help: the operations get the rejection of the call.
            return [rejected.rejection] * len(operations)

    async def _note(self, run: Run, next_index: int, rejected: Sequence[RejectedOperation]) -> None:
        """Record the progress of the batch, and with its last piece the end of the batch."""

        async def write(connection: asyncpg.Connection) -> None:
            counts = await batch_runs.advance(connection, run.lease, next_index, rejected)
            if next_index == run.operations:
                # The database's clock may have been set back since.
                plan = Plan(self._engine.ids_and_clock.block(), max(self._engine.ids_and_clock.now(), run.accepted_at))
                await batch_runs.finish(connection, run, plan, counts)
                await event_writer.write_batches(connection, plan)

        await unit.write(self._engine, write)
