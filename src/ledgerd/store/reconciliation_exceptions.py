"""Exceptions as rows of their table."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.RECONCILIATION_EXCEPTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionSettings:
    """What people change of an exception."""

    status: str
    owner: str | None
    comment: str | None
    resolution: str | None
    due_at: datetime


async def find(connection: asyncpg.Connection, exception_id: uuid.UUID) -> asyncpg.Record | None:
    """An exception, if it exists."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1", exception_id)


async def lock(connection: asyncpg.Connection, exception_id: uuid.UUID) -> asyncpg.Record | None:
    """An exception, if it exists, locked until the end of the transaction."""
    if not await connection.fetchval(_QUERIES.lock, exception_id):
        return None
    return await find(connection, exception_id)


async def update(connection: asyncpg.Connection, exception_id: uuid.UUID, new: ExceptionSettings, at: datetime) -> None:
    """What somebody changed."""
    await connection.execute(
        _QUERIES.update, exception_id, new.status, new.owner, new.comment, new.resolution, new.due_at, at
    )


async def buckets(connection: asyncpg.Connection, source_id: uuid.UUID) -> list[asyncpg.Record]:
    """How many exceptions of a source are open in each of its age buckets; none where there is no such source."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.buckets, source_id)
    return rows


async def open_all(
    connection: asyncpg.Connection,
    run_id: uuid.UUID,
    at: datetime,
    id_head: str,
    precisions: Mapping[str, int],
    rejected_by: int | None = None,
) -> int:
    """Open the exceptions of a run that just finished, or of the matches that a decision rejected, and let younger rows
    wait for the end of their windows. Ids begin with these 26 hex digits. Returns how many."""
    told = json.dumps(dict(precisions))
    count: int = await connection.fetchval(_QUERIES.open, run_id, at, id_head, told, rejected_by)
    return count


# Windows ------------------------------------------------------------------------------


async def forget_windows(connection: asyncpg.Connection, source_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """No row at which the run looked waits for the end of its window any longer."""
    if await connection.fetchval(_QUERIES.has_windows, source_id):
        await connection.execute(_QUERIES.forget_records, run_id, source_id)
        await connection.execute(_QUERIES.forget_entries, run_id, source_id)


async def move_windows(connection: asyncpg.Connection, source_id: uuid.UUID) -> None:
    """Give the windows of a source the end that its settings say."""
    await connection.execute(_QUERIES.move_windows, source_id)


async def has_due(connection: asyncpg.Connection) -> bool:
    """Whether a window has passed, by the database's clock."""
    found: bool = await connection.fetchval(_QUERIES.has_due)
    return found


async def open_due(connection: asyncpg.Connection, at: datetime, id_head: str, limit: int) -> list[asyncpg.Record]:
    """Open exceptions for some rows whose window has passed. Returns how many (``opened``) by source and run."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.open_due, at, id_head, limit)
    return rows
