"""What arrived of sources, as rows of their table, and how sources say what follows from it."""

import json
import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.source_arrival import Cadence, MatchOnArrival
from ledgerd.store import queries

_QUERIES = queries.SOURCE_ARRIVALS


class DueRun(NamedTuple):
    """A run to be begun for everything that arrived up to ``arrivals``."""

    source_id: uuid.UUID
    arrivals: int
    settings: MatchOnArrival


def match_text(settings: MatchOnArrival | None) -> str | None:
    """The JSON text that match_of reads."""
    return None if settings is None else json.dumps(asdict(settings))


def match_of(text: str | None) -> MatchOnArrival | None:
    """What match_text wrote."""
    if text is None:
        return None
    stored = json.loads(text)
    return MatchOnArrival(**{**stored, "auto_confirmed_rule_ids": tuple(stored["auto_confirmed_rule_ids"])})


def cadence_text(cadence: Cadence | None) -> str | None:
    """The JSON text that cadence_of reads."""
    return None if cadence is None else json.dumps(asdict(cadence))


def cadence_of(text: str | None) -> Cadence | None:
    """What cadence_text wrote."""
    return None if text is None else Cadence(**json.loads(text))


async def add(connection: asyncpg.Connection, source_id: uuid.UUID, expected_at: datetime | None) -> None:
    """A new source, which becomes late at this time."""
    await connection.execute(_QUERIES.add, source_id, expected_at)


async def change(
    connection: asyncpg.Connection, source_id: uuid.UUID, expected_at: datetime | None, *, is_other_cadence: bool
) -> None:
    """The settings of a source have changed; with another cadence it becomes late at this time."""
    await connection.execute(_QUERIES.change, source_id, is_other_cadence, expected_at)


async def arrive(
    connection: asyncpg.Connection, source_id: uuid.UUID, at: datetime, expected_at: datetime | None
) -> None:
    """Something arrived; the next time the source becomes late is ``expected_at``."""
    await connection.execute(_QUERIES.arrive, source_id, at, expected_at)


# Runs ------------------------------------------------------------------------------------------


async def due(connection: asyncpg.Connection, limit: int) -> list[DueRun]:
    """Runs that are to be begun now, by the database's clock."""
    found = []
    for row in await connection.fetch(_QUERIES.due, limit):
        settings = match_of(row["match_on_arrival"])
        assert settings is not None, "a source that does not match has no time to do so"
        found.append(DueRun(row["source_id"], row["arrivals"], settings))
    return found


async def begun(connection: asyncpg.Connection, due_run: DueRun, run_id: uuid.UUID) -> bool:
    """Note that a run was begun. False where it is no longer due: another process began one."""
    return bool(await connection.fetchval(_QUERIES.begun, due_run.source_id, due_run.arrivals, run_id))


async def postpone(connection: asyncpg.Connection, source_id: uuid.UUID, length: timedelta) -> None:
    """Try later to begin a run."""
    await connection.execute(_QUERIES.postpone, source_id, length)


async def look(connection: asyncpg.Connection, limit: int) -> None:
    """Let a run be due for sources of which a day began, where their balances moved since the last one."""
    await connection.execute(_QUERIES.look, limit)


async def ended(connection: asyncpg.Connection, limit: int) -> list[asyncpg.Record]:
    """Runs that have ended, and what follows of which is not done."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.ended, limit)
    return rows


async def has_begun(connection: asyncpg.Connection, run_id: uuid.UUID) -> bool:
    """Whether a run began because something arrived, and what follows its end is not done."""
    return bool(await connection.fetchval(_QUERIES.has_begun, run_id))


async def close(connection: asyncpg.Connection, source_id: uuid.UUID, run_id: uuid.UUID) -> bool:
    """Note that what follows the end of a run is done. False where another process did it."""
    return bool(await connection.fetchval(_QUERIES.close, source_id, run_id))


async def proposed_levels(connection: asyncpg.Connection, run_id: uuid.UUID) -> list[int]:
    """The places of the rules that have matches which can be confirmed together."""
    return [row["level"] for row in await connection.fetch(_QUERIES.proposed_levels, run_id)]


# Lateness --------------------------------------------------------------------------------------


async def is_any_late(connection: asyncpg.Connection) -> bool:
    """Whether a source became late, and nobody told it."""
    found: bool = await connection.fetchval(_QUERIES.is_any_late)
    return found


async def become_late(connection: asyncpg.Connection, limit: int) -> list[asyncpg.Record]:
    """Note of some sources that they are late: ``source_id``, ``late_since``. No other process finds the same."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.become_late, limit)
    return sorted(rows, key=lambda row: (row["late_since"], row["source_id"]))
