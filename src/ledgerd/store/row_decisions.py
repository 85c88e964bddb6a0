"""Decisions about matches and rows, set by set: a decision about a million matches is a few statements."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import asyncpg

from ledgerd.store import queries
from ledgerd.store.matches import EntryKey

_QUERIES = queries.ROW_DECISIONS


class Choice(NamedTuple):
    """Matches of a run: those with these numbers or, without numbers, all unambiguous ones of a level, or of any."""

    run_id: uuid.UUID
    level: int | None
    numbers: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class RowSet:
    """Records by their numbers, and entries by transaction and balance."""

    records: Sequence[int] = ()
    entries: Sequence[EntryKey] = field(default=())

    def arguments(self) -> tuple[list[int], list[uuid.UUID], list[uuid.UUID]]:
        """As statements take them."""
        return list(self.records), [entry[0] for entry in self.entries], [entry[1] for entry in self.entries]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """A decision to be recorded."""

    source_id: uuid.UUID
    reconciliation_id: uuid.UUID | None
    kind: str
    matches: int = 0
    records: int = 0
    entries: int = 0
    skipped: int = 0
    match_number: int | None = None
    reason: str = ""
    decided_by: str | None
    decided_at: datetime
    adjustments: int = 0


async def find(connection: asyncpg.Connection, number: int) -> asyncpg.Record | None:
    """A decision by its number, if it exists."""
    return await connection.fetchrow(_QUERIES.find, number)


async def begin(connection: asyncpg.Connection) -> int:
    """The number that the next decision will have. No other one is made until the end of the transaction."""
    number: int = await connection.fetchval(_QUERIES.begin)
    return number


async def record(connection: asyncpg.Connection, new: NewDecision) -> int:
    """Record a decision, as the last thing that it does. Returns its number."""
    number: int = await connection.fetchval(
        _QUERIES.record, new.source_id, new.reconciliation_id, new.kind, new.matches, new.records, new.entries,
        new.skipped, new.match_number, new.reason, new.decided_by, new.decided_at, new.adjustments,
    )  # fmt: skip
    return number


# Matches ---------------------------------------------------------------------------------------


async def statuses(connection: asyncpg.Connection, run_id: uuid.UUID, numbers: Sequence[int]) -> dict[int, str]:
    """The statuses of those of these matches that the run has."""
    rows = await connection.fetch(_QUERIES.chosen_numbers, run_id, list(numbers))
    return {row["number"]: row["status"] for row in rows}


async def claimed(connection: asyncpg.Connection, choice: Choice, after: int, last: int) -> list[asyncpg.Record]:
    """Of the chosen matches in a range of numbers those that have a claimed row, each with one of the claims."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.claimed, *_chosen(choice), after, last)
    return rows


async def released_holds(connection: asyncpg.Connection, choice: Choice, after: int, last: int) -> list[asyncpg.Record]:
    """Of the chosen matches in a range of numbers those that have a hold of which nothing remains, each with one."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.released_holds, *_chosen(choice), after, last)
    return rows


async def proposers(connection: asyncpg.Connection, run_id: uuid.UUID, numbers: Sequence[int]) -> dict[int, str | None]:
    """Those of these matches that somebody proposed, and who did."""
    rows = await connection.fetch(_QUERIES.proposers, run_id, list(numbers))
    return {row["number"]: row["decided_by"] for row in rows}


async def maker(connection: asyncpg.Connection, run_id: uuid.UUID, number: int) -> asyncpg.Record | None:
    """Who made a match (``decided_by``), if no rule found it."""
    return await connection.fetchrow(_QUERIES.maker, run_id, number)


async def runs_about(connection: asyncpg.Connection, source_id: uuid.UUID, rows: RowSet) -> list[asyncpg.Record]:
    """The last run of a source, and those that left these rows open: ``created_by`` and ``confirmation_policy``."""
    found: list[asyncpg.Record] = await connection.fetch(_QUERIES.runs_about, source_id, *rows.arguments())
    return found


async def contested_rows(
    connection: asyncpg.Connection, run_id: uuid.UUID, numbers: Sequence[int], *, of_all: bool
) -> list[asyncpg.Record]:
    """The rows of those of these matches that are proposed, of ambiguous ones or of all, in the order of the matches'
    numbers."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.contested_rows, run_id, list(numbers), of_all)
    return rows


async def confirm(
    connection: asyncpg.Connection,
    choice: Choice,
    bounds: tuple[int, int],
    without: Sequence[int],
    decision: int,
    at: datetime,
) -> asyncpg.Record:
    """Confirm the chosen matches in a range of numbers, but for some. Returns the counts of matches, of records and
    entries that they claim, and of exceptions that are resolved by it."""
    return await connection.fetchrow(_QUERIES.confirm, *_chosen(choice), *bounds, list(without), decision, at)


async def reject(connection: asyncpg.Connection, choice: Choice, bounds: tuple[int, int], decision: int) -> int:
    """Reject the chosen matches in a range of numbers. Returns how many there are."""
    count: int = await connection.fetchval(_QUERIES.reject, *_chosen(choice), *bounds, decision)
    return count


def _chosen(choice: Choice) -> tuple[uuid.UUID, int | None, list[int] | None]:
    return choice.run_id, choice.level, None if choice.numbers is None else list(choice.numbers)


async def insert_match(
    connection: asyncpg.Connection,
    run_id: uuid.UUID,
    number: int,
    rows: RowSet,
    *,
    drift: int,
    distance: int,
    status: str,
    decision: int,
) -> None:
    """A match that somebody made."""
    await connection.execute(_QUERIES.insert_match, run_id, number, drift, distance, status, decision)
    await connection.execute(_QUERIES.insert_members, run_id, number, *rows.arguments())


async def release_match(
    connection: asyncpg.Connection, run_id: uuid.UUID, number: int, decision: int
) -> asyncpg.Record:
    """The end of a confirmed match. Returns the counts of records and entries that it had."""
    await connection.execute(_QUERIES.set_status, run_id, number, "RELEASED", decision)
    return await connection.fetchrow(_QUERIES.release_claims, run_id, number, decision)


# Rows ------------------------------------------------------------------------------------------


async def claims(connection: asyncpg.Connection, rows: RowSet) -> list[asyncpg.Record]:
    """The claims that these rows have now."""
    found: list[asyncpg.Record] = await connection.fetch(_QUERIES.claims, *rows.arguments())
    return found


async def claim(
    connection: asyncpg.Connection, rows: RowSet, decision: int, at: datetime, match: tuple[uuid.UUID, int] | None
) -> int:
    """Let rows belong to a match, or be ignored. Returns how many exceptions are resolved by it."""
    run_id, number = match or (None, None)
    resolved: int = await connection.fetchval(_QUERIES.claim, *rows.arguments(), decision, run_id, number, at)
    return resolved


async def unclaim(connection: asyncpg.Connection, rows: RowSet, decision: int) -> None:
    """End the claims of rows."""
    await connection.execute(_QUERIES.unclaim, *rows.arguments(), decision)
