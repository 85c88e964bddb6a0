"""Monitors as rows of their table, each with the currency and precision of its balance."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.MONITORS


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    """The settings of a monitor. ``conditions`` and ``metadata`` are JSON text, see conditions.to_json."""

    conditions: str
    trigger: str
    description: str | None
    metadata: str


async def find(connection: asyncpg.Connection, monitor_id: uuid.UUID) -> asyncpg.Record | None:
    """A monitor, if it exists."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1", monitor_id)


async def count(connection: asyncpg.Connection, balance_id: uuid.UUID) -> int:
    """The number of monitors of a balance."""
    found: int = await connection.fetchval(_QUERIES.count, balance_id)
    return found


async def insert(
    connection: asyncpg.Connection,
    monitor_id: uuid.UUID,
    balance_id: uuid.UUID,
    settings: MonitorSettings,
    *,
    request_id: str | None,
    at: datetime,
) -> None:
    """Insert a new monitor of a balance."""
    await connection.execute(
        _QUERIES.insert,
        monitor_id,
        balance_id,
        settings.conditions,
        settings.trigger,
        settings.description,
        settings.metadata,
        request_id,
        at,
    )


async def update(
    connection: asyncpg.Connection, monitor_id: uuid.UUID, settings: MonitorSettings, at: datetime
) -> bool:
    """Write the settings of a monitor. Returns whether anything changed."""
    changed = await connection.fetchval(
        _QUERIES.update,
        monitor_id,
        settings.conditions,
        settings.trigger,
        settings.description,
        settings.metadata,
        at,
    )
    return changed is not None


async def delete(connection: asyncpg.Connection, monitor_id: uuid.UUID) -> None:
    """Delete a monitor."""
    await connection.execute(_QUERIES.delete, monitor_id)
