"""Runs as the worker sees them: begun, and ended with the event that tells it."""

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.event import Event, EventKind
from ledgerd.core.model.ids import UPLOAD, encode
from ledgerd.core.model.rejection import Reason, Rejection, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import announcements, reconciliation_exceptions, reconciliations, unit
from ledgerd.operations.engine import Engine
from ledgerd.reconciliation.method import NOW
from ledgerd.store import commits, event_writer, reconciliation_adjustments, session, source_arrivals, uploads
from ledgerd.store import reconciliations as rows
from ledgerd.store.reconciliations import CANCELLED, FAILED, FINISHED, Cancelled, RunLease, Work
from ledgerd.store.uploads import CANCELLED as UPLOAD_CANCELLED
from ledgerd.store.uploads import REJECTED

_KINDS = {
    FINISHED: EventKind.RECONCILIATION_FINISHED,
    FAILED: EventKind.RECONCILIATION_FAILED,
    CANCELLED: EventKind.RECONCILIATION_CANCELLED,
}

_WITHOUT_RECORDS = (REJECTED, UPLOAD_CANCELLED)
"""The statuses of an upload of which there is nothing to compare."""


async def begin(engine: Engine, caller: Caller, lease: RunLease) -> Work:
    """Note as of when the run reads, if that is not noted. Raises Lost, Cancelled, and Rejected: UPLOAD_NOT_READ."""
    async with engine.upkeep.acquire() as connection:
        work = await rows.work(connection, lease)
        if work.cancel_asked:
            raise Cancelled
        if work.upload_id is not None and work.position is None:
            upload = await uploads.find(connection, work.upload_id)
            status = REJECTED if upload is None else upload["status"]
            if status in _WITHOUT_RECORDS:
                raise reject(Reason.UPLOAD_NOT_READ, upload=encode(UPLOAD, work.upload_id.int), status=status)
        if work.position is None:
            await rows.until_placed(connection)
            as_of = await rows.moment(connection, work.source_id, work.scope.balance_ids)
            async with commits.transaction(connection):
                await rows.note(connection, lease, as_of, NOW.json())
        return work


async def finish(engine: Engine, caller: Caller, lease: RunLease) -> asyncpg.Record:
    """End a run whose result is written. Raises Lost, Cancelled."""

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        await session.take_long_time(connection)
        if (await rows.lock(connection, lease))["cancel_asked"]:
            raise Cancelled
        plan = unit.begin_plan(engine)
        await rows.finish(connection, lease.id, plan.now)
        id_head = engine.ids_and_clock.block().hex_head
        opened = await reconciliation_exceptions.open_of_run(connection, lease.id, plan.now, id_head)
        if not await source_arrivals.has_begun(connection, lease.id):
            await reconciliation_adjustments.make_due(connection, lease.id)
        return await _tell(connection, plan, lease, *opened)

    return await unit.write(engine, attempt)


async def end(engine: Engine, caller: Caller, lease: RunLease, rejection: Rejection | None) -> asyncpg.Record:
    """End a run without a result: FAILED for a reason, or CANCELLED. What it found so far is dropped. Raises Lost."""

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        await session.take_long_time(connection)
        await rows.lock(connection, lease)
        await rows.clear(connection, lease.id)
        plan = unit.begin_plan(engine)
        await rows.fail(connection, lease.id, CANCELLED if rejection is None else FAILED, rejection, plan.now)
        return await _tell(connection, plan, lease)

    return await unit.write(engine, attempt)


async def _tell(connection: asyncpg.Connection, plan: Plan, lease: RunLease, *more: Event) -> asyncpg.Record:
    row = await reconciliations.find(connection, lease.id)
    events = announcements.of_reconciliation(_KINDS[row["status"]], row), *more
    told = [event_writer.event_row(plan, ordinal, event) for ordinal, event in enumerate(events, 1)]
    await event_writer.write_journal(connection, plan, told)
    return row
