"""Exceptions: opened when a run finishes, worked on by people, resolved by them or by a decision about the row."""

import uuid
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.event import Event, EventKind
from ledgerd.core.model.ids import EXTERNAL_SOURCE, RECONCILIATION, RECONCILIATION_EXCEPTION, encode
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation, reject
from ledgerd.core.model.row_decision_events import ExceptionsChanged
from ledgerd.operations import etags, external_sources, found_rows, matches, row_checks, unit
from ledgerd.operations.engine import Engine
from ledgerd.store import commits, event_writer
from ledgerd.store import reconciliation_exceptions as rows
from ledgerd.store.reconciliation_exceptions import ExceptionSettings
from ledgerd.store.row_decisions import RowSet

RESOLVED = "RESOLVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """New values; those of fields that do not change are not looked at."""

    status: str
    owner: str | None
    comment: str | None
    resolution: str | None
    due_at: datetime


async def get(engine: Engine, caller: Caller, exception_id: uuid.UUID) -> asyncpg.Record:
    """An exception. Raises Rejected: RECONCILIATION_EXCEPTION_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        row = await rows.find(connection, exception_id)
    if row is None:
        raise _missing(exception_id)
    return row


async def buckets(engine: Engine, caller: Caller, source_id: uuid.UUID | None) -> list[asyncpg.Record]:
    """How many exceptions of a source are open by their age, if a source is given.

    Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND.
    """
    if source_id is None:
        return []
    async with engine.pool.acquire() as connection:
        await external_sources.find(connection, source_id)
        return await rows.buckets(connection, source_id)


async def update(
    engine: Engine, caller: Caller, exception_id: uuid.UUID, new: Changes, changed: Collection[str], etag: str | None
) -> asyncpg.Record:
    """Set the changed fields. Where nothing changes, nothing is recorded.

    Raises Rejected: RECONCILIATION_EXCEPTION_NOT_FOUND, ETAG_MISMATCH, RECONCILIATION_EXCEPTION_RESOLVED,
    CONFIRMER_IS_PROPOSER, FIELD_INVALID.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        before = await rows.lock(connection, exception_id)
        if before is None:
            raise _missing(exception_id)
        etags.check(RECONCILIATION_EXCEPTION, before, etag)
        if before["status"] == RESOLVED:
            raise reject(Reason.RECONCILIATION_EXCEPTION_RESOLVED, reconciliation_exception=_name(exception_id))
        requested = asdict(new)
        merged = ExceptionSettings(
            **{name: requested[name] if name in changed else before[name] for name in ExceptionSettings.__slots__}
        )
        differing = [name for name in ExceptionSettings.__slots__ if getattr(merged, name) != before[name]]
        if not differing:
            await commits.barrier(connection)
            return before
        if (merged.status == RESOLVED) != (merged.resolution is not None):
            wrong = "is required with status RESOLVED, and only then"
            violation = Violation("reconciliation_exception.resolution", wrong)
            raise Rejected(Rejection(Reason.FIELD_INVALID, {"field": violation.field}, (violation,)))
        is_resolved = merged.status == RESOLVED
        if is_resolved:
            await _check_resolver(connection, caller, before)
        plan = unit.begin_plan(engine)
        await rows.update(connection, exception_id, merged, plan.now)
        told = ExceptionsChanged(
            source_id=encode(EXTERNAL_SOURCE, before["source_id"].int),
            count=1,
            exception_id=_name(exception_id),
            status=merged.status,
            changed_fields=tuple("due_time" if name == "due_at" else name for name in differing),
        )
        kind = (
            EventKind.RECONCILIATION_EXCEPTIONS_RESOLVED if is_resolved else EventKind.RECONCILIATION_EXCEPTION_UPDATED
        )
        await event_writer.write_journal(connection, plan, [event_writer.event_row(plan, 1, Event(kind, told))])
        row = await rows.find(connection, exception_id)
        assert row is not None
        return row

    return await unit.write(engine, attempt)


async def _check_resolver(connection: asyncpg.Connection, caller: Caller, exception: asyncpg.Record) -> None:
    """An exception is resolved by whoever could ignore its row. Raises Rejected: CONFIRMER_IS_PROPOSER."""
    source = await external_sources.find(connection, exception["source_id"])
    record, entry = matches.key_of(exception)
    chosen = RowSet(() if record is None else (record,), () if entry is None else (entry,))
    await row_checks.check_ignorer(connection, caller, source, chosen)


async def open_of_run(connection: asyncpg.Connection, run_id: uuid.UUID, at: datetime, id_head: str) -> list[Event]:
    """Open the exceptions of a run that finishes in this transaction, at this time. Their ids begin with the 26 hex
    digits of a block. Returns the event that tells it, if any was opened. A dry run opens none, nor a replay."""
    run = await found_rows.find_run(connection, run_id)
    if run.dry_run or run.is_replay:
        return []
    await rows.forget_windows(connection, run.source_id, run_id)
    count = await rows.open_all(connection, run_id, at, id_head, run.precisions)
    return [_opened(run.source_id, run_id, count)] if count else []


async def open_rejected(
    connection: asyncpg.Connection, run: found_rows.FoundRun, decision: int, at: datetime, id_head: str
) -> list[Event]:
    """Open exceptions, or windows, for the rows of the matches that a decision rejected in this transaction: nothing
    stands for them any longer. What somebody made, and ambiguous matches, leave rows that are open already."""
    count = await rows.open_all(connection, run.id, at, id_head, run.precisions, decision)
    return [_opened(run.source_id, run.id, count)] if count else []


async def open_due(engine: Engine, caller: Caller, limit: int) -> bool:
    """Open exceptions for some rows that no run matched in time. Returns whether there were any."""
    async with engine.upkeep.acquire() as connection:
        if not await rows.has_due(connection):
            return False

    async def attempt(connection: asyncpg.Connection) -> None:
        plan = unit.begin_plan(engine)
        found = await rows.open_due(connection, plan.now, engine.ids_and_clock.block().hex_head, limit)
        told = [_opened(row["source_id"], row["reconciliation_id"], row["opened"]) for row in found]
        if told:
            events = [event_writer.event_row(plan, ordinal, event) for ordinal, event in enumerate(told, 1)]
            await event_writer.write_journal(connection, plan, events)

    await unit.write(engine, attempt)
    return True


def _opened(source_id: uuid.UUID, run_id: uuid.UUID, count: int) -> Event:
    told = ExceptionsChanged(
        source_id=encode(EXTERNAL_SOURCE, source_id.int),
        count=count,
        reconciliation_id=encode(RECONCILIATION, run_id.int),
    )
    return Event(EventKind.RECONCILIATION_EXCEPTIONS_OPENED, told)


def _name(exception_id: uuid.UUID) -> str:
    return encode(RECONCILIATION_EXCEPTION, exception_id.int)


def _missing(exception_id: uuid.UUID) -> Rejected:
    return reject(Reason.RECONCILIATION_EXCEPTION_NOT_FOUND, reconciliation_exception=_name(exception_id))
