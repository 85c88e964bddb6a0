"""Monitors: create, read, change, delete.

Each write locks the balance and makes a new version of it. So a decision that was made on the old
monitors is not recorded, whichever process made it, and a monitor is exact from the next movement
on.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import BALANCE, MONITOR, encode
from ledgerd.core.model.monitor import Comparison, Condition, Field, Trigger
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import announcements, balances, creation, etags, unit
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.sums import Sum, Unit, in_minor_units
from ledgerd.store import balances as balance_rows
from ledgerd.store import commits, conditions, event_writer
from ledgerd.store import monitors as rows
from ledgerd.store.monitors import MonitorSettings


class ConditionRequest(NamedTuple):
    """A condition whose threshold is not in minor units yet."""

    field: Field
    comparison: Comparison
    threshold: Sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a monitor. ``metadata`` is canonical JSON text, None where there is none."""

    conditions: Sequence[ConditionRequest]
    trigger: Trigger
    description: str | None
    metadata: str | None


async def create(
    engine: Engine, caller: Caller, watched: uuid.UUID | tuple[str, str], settings: Settings, request_id: str | None
) -> Made[asyncpg.Record]:
    """A new monitor of a balance, named by its id or by indicator and currency; or the monitor that
    the request id created.

    Raises Rejected: BALANCE_NOT_FOUND, TOO_MANY_ITEMS, REQUEST_ID_CONFLICT, a malformed threshold: see sums; and
    MONITOR_NOT_FOUND where the earlier monitor has been deleted.
    """
    balance = await balances.get(engine, caller, watched)
    balance_id, wanted = balance["id"], _stored(settings.conditions, balance)

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        await balances.lock(connection, balance_id)
        count, limit = await rows.count(connection, balance_id), limits.MONITORS_PER_BALANCE_MAX
        if count >= limit:
            raise reject(Reason.TOO_MANY_ITEMS, unit="monitors", requested=count + 1, limit=limit)
        monitor_id = uuid.UUID(int=engine.ids_and_clock.number())
        stored = MonitorSettings(
            conditions=wanted,
            trigger=settings.trigger,
            description=settings.description,
            metadata=settings.metadata or "{}",
        )
        await rows.insert(connection, monitor_id, balance_id, stored, request_id=request_id, at=plan.now)
        await balance_rows.bump(connection, balance_id)
        row = await find(connection, monitor_id)
        event = announcements.of_monitor(EventKind.MONITOR_CREATED, row)
        await event_writer.write_settings(connection, plan, [event])
        return row

    fields = {
        "balance_id": balance_id.hex,
        "conditions": wanted,
        "trigger": settings.trigger.value,
        "description": settings.description,
        "metadata": settings.metadata,
    }
    return await creation.once(engine, CreateRequest(Noun.MONITOR, request_id, fields), find=find, create=insert)


async def get(engine: Engine, caller: Caller, monitor_id: uuid.UUID) -> asyncpg.Record:
    """A monitor. Raises Rejected: MONITOR_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find(connection, monitor_id)


async def update(
    engine: Engine,
    caller: Caller,
    monitor_id: uuid.UUID,
    settings: Settings,
    changed: Collection[str],
    etag: str | None,
) -> asyncpg.Record:
    """Set the changed fields. Where nothing changes, nothing is recorded.

    Raises Rejected: MONITOR_NOT_FOUND, ETAG_MISMATCH, a malformed threshold: see sums.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        row = await _lock(connection, monitor_id)
        etags.check(MONITOR, row, etag)
        plan = unit.begin_plan(engine)
        if not await rows.update(connection, monitor_id, _merge(row, settings, changed), plan.now):
            await commits.barrier(connection)
            return row
        await balance_rows.bump(connection, row["balance_id"])
        updated = await find(connection, monitor_id)
        event = announcements.of_monitor(EventKind.MONITOR_UPDATED, updated, row)
        await event_writer.write_settings(connection, plan, [event])
        return updated

    return await unit.write(engine, attempt)


async def delete(engine: Engine, caller: Caller, monitor_id: uuid.UUID, etag: str | None) -> None:
    """Delete a monitor. Its events stay. Raises Rejected: MONITOR_NOT_FOUND, ETAG_MISMATCH."""

    async def attempt(connection: asyncpg.Connection) -> None:
        row = await _lock(connection, monitor_id)
        etags.check(MONITOR, row, etag)
        await rows.delete(connection, monitor_id)
        await balance_rows.bump(connection, row["balance_id"])
        plan = unit.begin_plan(engine)
        event = announcements.of_monitor(EventKind.MONITOR_DELETED, row)
        await event_writer.write_settings(connection, plan, [event])

    await unit.write(engine, attempt)


async def find(connection: asyncpg.Connection, monitor_id: uuid.UUID) -> asyncpg.Record:
    """A monitor's row. Raises Rejected: MONITOR_NOT_FOUND."""
    row = await rows.find(connection, monitor_id)
    if row is None:
        raise reject(Reason.MONITOR_NOT_FOUND, monitor=encode(MONITOR, monitor_id.int))
    return row


async def _lock(connection: asyncpg.Connection, monitor_id: uuid.UUID) -> asyncpg.Record:
    """A monitor's row, read under the lock of its balance: until commit no other transaction changes it."""
    row = await find(connection, monitor_id)
    await balances.lock(connection, row["balance_id"])
    return await find(connection, monitor_id)


def _merge(row: asyncpg.Record, new: Settings, changed: Collection[str]) -> MonitorSettings:
    """The settings after the change."""
    return MonitorSettings(
        conditions=_stored(new.conditions, row) if "conditions" in changed else row["conditions"],
        trigger=new.trigger if "trigger" in changed else row["trigger"],
        description=new.description if "description" in changed else row["description"],
        metadata=(new.metadata or "{}") if "metadata" in changed else row["metadata"],
    )


def _stored(requested: Sequence[ConditionRequest], row: asyncpg.Record) -> str:
    """Conditions in their stored form. ``row`` is a balance's row, or a monitor's row with the currency and precision
    of its balance."""
    balance_id = row.get("balance_id") or row["id"]
    unit_of_balance = Unit(encode(BALANCE, balance_id.int), row["currency"], row["precision"])
    found = []
    for place, (field, comparison, threshold) in enumerate(requested):
        minor = in_minor_units(threshold, unit_of_balance, f"monitor.conditions[{place}].threshold")
        found.append(Condition(field, comparison, minor))
    return conditions.to_json(found)
