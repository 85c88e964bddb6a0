"""Monitors: create, read, change, delete.

Each write locks the balance and counts as a new version of it. So a decision that was made on the
old monitors is not recorded, whichever process made it, and a monitor is exact from the next
movement on.
"""

import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.event import Event, EventKind, MonitorChanged
from ledgerd.core.model.ids import BALANCE, MONITOR, encode
from ledgerd.core.model.monitor import Comparison, Field, Trigger
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import balances, creation, unit
from ledgerd.operations.creation import CreateRequest, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.sums import Sum, Unit, in_minor_units
from ledgerd.store import event_writer, queries

_QUERIES = queries.MONITORS
_BALANCES = queries.BALANCES
_SELECT: str = _QUERIES.select


class ConditionRequest(NamedTuple):
    """A condition whose threshold is not in minor units yet."""

    field: Field
    comparison: Comparison
    threshold: Sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be changed. ``metadata`` is canonical JSON text, None where there is none."""

    conditions: Sequence[ConditionRequest]
    trigger: Trigger
    description: str | None
    metadata: str | None


async def create(
    engine: Engine, caller: Caller, watched: uuid.UUID | tuple[str, str], settings: Settings, request_id: str | None
) -> asyncpg.Record:
    """A new monitor of a balance, named by its id or by indicator and currency; or the monitor that
    the request id created.

    Raises Rejected: BALANCE_NOT_FOUND, AMOUNT_TOO_PRECISE, FIELD_INVALID, TOO_MANY_ITEMS,
    REQUEST_ID_CONFLICT, and MONITOR_NOT_FOUND where that one has been deleted.
    """
    balance = await balances.get(engine, caller, watched)
    balance_id, conditions = balance["id"], _stored(settings.conditions, balance)

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        await balances.lock(connection, balance_id)
        count = await connection.fetchval(_QUERIES.count, balance_id)
        if count >= limits.MONITORS_PER_BALANCE_MAX:
            raise reject(Reason.TOO_MANY_ITEMS, unit="monitors", asked=count + 1, limit=limits.MONITORS_PER_BALANCE_MAX)
        monitor_id = uuid.UUID(int=engine.ids_and_clock.number())
        await connection.execute(
            _QUERIES.insert,
            monitor_id,
            balance_id,
            conditions,
            settings.trigger,
            settings.description,
            settings.metadata or "{}",
            request_id,
            plan.now,
        )
        await connection.execute(_BALANCES.bump, balance_id)
        await _announce(connection, plan, EventKind.MONITOR_CREATED, monitor_id)
        return await find(connection, monitor_id)

    fields = {
        "balance_id": balance_id.hex,
        "conditions": conditions,
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
    engine: Engine, caller: Caller, monitor_id: uuid.UUID, settings: Settings, changed: Collection[str]
) -> asyncpg.Record:
    """Set the changed fields. Raises Rejected: MONITOR_NOT_FOUND, AMOUNT_TOO_PRECISE, FIELD_INVALID."""

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        row = await _lock(connection, monitor_id)
        plan = Plan(engine.ids_and_clock.block(), engine.ids_and_clock.now())
        await connection.execute(
            _QUERIES.update,
            monitor_id,
            _stored(settings.conditions, row) if "conditions" in changed else row["conditions"],
            settings.trigger if "trigger" in changed else row["trigger"],
            settings.description if "description" in changed else row["description"],
            (settings.metadata or "{}") if "metadata" in changed else row["metadata"],
            plan.now,
        )
        await connection.execute(_BALANCES.bump, row["balance_id"])
        await _announce(connection, plan, EventKind.MONITOR_UPDATED, monitor_id)
        return await find(connection, monitor_id)

    return await unit.write(engine, attempt)


async def delete(engine: Engine, caller: Caller, monitor_id: uuid.UUID) -> None:
    """Delete a monitor; what it reported stays. Raises Rejected: MONITOR_NOT_FOUND."""

    async def attempt(connection: asyncpg.Connection) -> None:
        row = await _lock(connection, monitor_id)
        await connection.execute(_QUERIES.delete, monitor_id)
        await connection.execute(_BALANCES.bump, row["balance_id"])
        plan = Plan(engine.ids_and_clock.block(), engine.ids_and_clock.now())
        await _announce(connection, plan, EventKind.MONITOR_DELETED, monitor_id)

    await unit.write(engine, attempt)


async def find(connection: asyncpg.Connection, monitor_id: uuid.UUID) -> asyncpg.Record:
    """A monitor's row. Raises Rejected: MONITOR_NOT_FOUND."""
    row = await connection.fetchrow(f"{_SELECT} WHERE t.id = $1", monitor_id)
    if row is None:
        raise reject(Reason.MONITOR_NOT_FOUND, monitor=encode(MONITOR, monitor_id.int))
    return row


async def _lock(connection: asyncpg.Connection, monitor_id: uuid.UUID) -> asyncpg.Record:
    """A monitor's row as it is once its balance is locked; until commit nobody else changes it."""
    row = await find(connection, monitor_id)
    await balances.lock(connection, row["balance_id"])
    return await find(connection, monitor_id)


async def _announce(connection: asyncpg.Connection, plan: Plan, kind: EventKind, monitor_id: uuid.UUID) -> None:
    payload = MonitorChanged(monitor_id=encode(MONITOR, monitor_id.int))
    await event_writer.write_settings(connection, plan, [Event(kind, payload)])


def _stored(conditions: Sequence[ConditionRequest], row: asyncpg.Record) -> str:
    """Conditions in their stored form. The row is of the balance, or of a monitor with its balance's
    currency and precision."""
    balance_id = row.get("balance_id") or row["id"]
    unit_of_balance = Unit(encode(BALANCE, balance_id.int), row["currency"], row["precision"])
    stored = []
    for place, (field, comparison, threshold) in enumerate(conditions):
        form = "precise_threshold" if threshold.quantity.decimals is None else "threshold"
        minor = in_minor_units(threshold, unit_of_balance, f"monitor.conditions[{place}].{form}")
        stored.append([field.value, comparison.value, str(minor)])
    return json.dumps(stored)
