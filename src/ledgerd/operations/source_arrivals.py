"""What follows when something arrives at a source, and when nothing does: begun and ended as the worker sees it.

Nothing is done twice: each step notes in its own commit that it was done, and finds there what another process did.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.arrival_events import ExternalSourceLate, ReconciliationProof
from ledgerd.core.model.event import Event, EventKind
from ledgerd.core.model.ids import EXTERNAL_SOURCE, encode
from ledgerd.core.model.limits import RESERVED_PREFIX
from ledgerd.core.plan import Plan
from ledgerd.operations import external_sources, reconciliations, row_decisions, unit
from ledgerd.operations.engine import Engine
from ledgerd.operations.reconciliations import RunRequest
from ledgerd.store import event_writer, reconciliation_adjustments
from ledgerd.store import source_arrivals as rows
from ledgerd.store.row_decisions import Choice
from ledgerd.store.rule_json import load_rules
from ledgerd.store.source_arrivals import DueRun, match_of

_REASON = "Confirmed automatically: the source does so for this rule."


class NotDue(Exception):
    """Another process did it."""


async def arrive(connection: asyncpg.Connection, source_id: uuid.UUID, at: datetime) -> None:
    """Note that an upload of a source, which must be locked, is finished in this transaction."""
    source = await external_sources.find(connection, source_id)
    await rows.arrive(connection, source_id, at, external_sources.expected_after(source, at))


# Runs ------------------------------------------------------------------------------------------


async def due(engine: Engine, caller: Caller, limit: int) -> Sequence[DueRun]:
    """Runs that are to be begun now; those too that are due because a day began."""
    async with engine.upkeep.acquire() as connection:
        await rows.look(connection, limit)
        return await rows.due(connection, limit)


async def begin(engine: Engine, caller: Caller, due_run: DueRun) -> uuid.UUID:
    """Begin a run for everything that arrived. Raises NotDue, and Rejected as reconciliations.start."""

    async def note(connection: asyncpg.Connection, run_id: uuid.UUID) -> None:
        if not await rows.begun(connection, due_run, run_id):
            raise NotDue

    request = RunRequest(source_id=due_run.source_id, rule_set=(uuid.UUID(due_run.settings.rule_set_id), 0))
    request_id = f"{RESERVED_PREFIX}arrival:{due_run.source_id.hex}:{due_run.arrivals}"
    made = await reconciliations.start(engine, caller, request, request_id, beside=note)
    if made.replayed:
        raise NotDue
    run_id: uuid.UUID = made.rows["id"]
    return run_id


async def postpone(engine: Engine, caller: Caller, due_run: DueRun, length: timedelta) -> None:
    """Try later to begin a run."""
    async with engine.upkeep.acquire() as connection:
        await rows.postpone(connection, due_run.source_id, length)


# The end of a run ------------------------------------------------------------------------------


async def ended(engine: Engine, caller: Caller, limit: int) -> Sequence[asyncpg.Record]:
    """Runs that have ended, and what follows of which is not done."""
    async with engine.upkeep.acquire() as connection:
        return await rows.ended(connection, limit)


async def confirm(engine: Engine, caller: Caller, run: asyncpg.Record) -> None:
    """Confirm the matches of a finished run that the source confirms automatically. Raises Rejected as
    row_decisions.confirm."""
    settings = match_of(run["match_on_arrival"])
    if settings is None or not settings.auto_confirmed_rule_ids:
        return
    run_id, rules = run["run_id"], load_rules(run["rules"])
    async with engine.upkeep.acquire() as connection:
        levels = await rows.proposed_levels(connection, run_id)
    for level in levels:
        if rules[level].id in settings.auto_confirmed_rule_ids:
            request_id = f"{RESERVED_PREFIX}arrival:{run_id.hex}:{level}"
            await row_decisions.confirm(engine, caller, Choice(run_id, level, None), _REASON, request_id)


async def close(
    engine: Engine, caller: Caller, source_id: uuid.UUID, run_id: uuid.UUID, proofs: Sequence[ReconciliationProof]
) -> None:
    """Note that everything that follows the end of a run is done, and tell what the proofs found. The next run of the
    source may begin."""

    async def attempt(connection: asyncpg.Connection) -> None:
        if await rows.close(connection, source_id, run_id):
            # Only now is it known which entries are confirmed to be those of records.
            await reconciliation_adjustments.make_due(connection, run_id)
            plan = unit.begin_plan(engine)
            await _tell(connection, plan, [Event(_kind(proof), proof) for proof in proofs])

    await unit.write(engine, attempt)


def _kind(proof: ReconciliationProof) -> EventKind:
    is_proved = proof.proof.is_complete
    return EventKind.RECONCILIATION_PROVED if is_proved else EventKind.RECONCILIATION_DIFFERENCE_FOUND


# Lateness --------------------------------------------------------------------------------------


async def tell_late(engine: Engine, caller: Caller, limit: int) -> bool:
    """Tell of some sources that they are late, of each once until something arrives. Returns whether there were any."""
    async with engine.upkeep.acquire() as connection:
        if not await rows.is_any_late(connection):
            return False

    async def attempt(connection: asyncpg.Connection) -> None:
        found = await rows.become_late(connection, limit)
        told = [
            ExternalSourceLate(source_id=encode(EXTERNAL_SOURCE, row["source_id"].int), late_since=row["late_since"])
            for row in found
        ]
        await _tell(connection, unit.begin_plan(engine), [Event(EventKind.EXTERNAL_SOURCE_LATE, late) for late in told])

    await unit.write(engine, attempt)
    return True


async def _tell(connection: asyncpg.Connection, plan: Plan, events: Sequence[Event]) -> None:
    if events:
        told = [event_writer.event_row(plan, ordinal, event) for ordinal, event in enumerate(events, 1)]
        await event_writer.write_journal(connection, plan, told)
