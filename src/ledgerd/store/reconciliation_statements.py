"""What a reconciliation statement is drawn up from. Everything is read in one transaction with one snapshot."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date

import asyncpg

from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.store import commits, queries
from ledgerd.store.rule_json import load_rules

_QUERIES = queries.RECONCILIATION_STATEMENTS
_PIECE_ROWS = 200
"""So many rows are looked at before other work of the process has its turn."""
_RELEASED_MAX = 100_000


@asynccontextmanager
async def snapshot(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """One transaction that reads everything as of one moment."""
    async with commits.transaction(connection, begin="BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
        await commits.take_time(connection)
        yield


async def source(connection: asyncpg.Connection, source_id: uuid.UUID, currency: str) -> asyncpg.Record | None:
    """A source with its precision and balances in a currency, if it exists."""
    return await connection.fetchrow(_QUERIES.source, source_id, currency)


async def closings(connection: asyncpg.Connection, source_id: uuid.UUID) -> list[tuple[str, date]]:
    """The currencies in which the bank told a closing balance, each with the day of the last one."""
    return [(row["currency"], row["day"]) for row in await connection.fetch(_QUERIES.closings, source_id)]


async def moment(connection: asyncpg.Connection, source_id: uuid.UUID) -> asyncpg.Record:
    """As of when the transaction reads."""
    return await connection.fetchrow(_QUERIES.moment, source_id)


async def versions(connection: asyncpg.Connection, ids: Sequence[uuid.UUID]) -> list[asyncpg.Record]:
    """The versions of balances."""
    found: list[asyncpg.Record] = await connection.fetch(_QUERIES.versions, ids)
    return found


async def latest_run(connection: asyncpg.Connection, source_id: uuid.UUID) -> uuid.UUID | None:
    """The latest finished run of a source that is neither a dry run nor a replay."""
    found: uuid.UUID | None = await connection.fetchval(_QUERIES.latest_run, source_id)
    return found


async def rules_of_run(connection: asyncpg.Connection, run_id: uuid.UUID) -> tuple[MatchingRule, ...]:
    """The rules of a run; none where there is no such run."""
    text = await connection.fetchval(_QUERIES.rules_of_run, run_id)
    return () if text is None else load_rules(text)


async def released(connection: asyncpg.Connection, source_id: uuid.UUID, since: int) -> list[asyncpg.Record]:
    """Rows that decisions about a source after a decision freed, at most 100,000."""
    found: list[asyncpg.Record] = await connection.fetch(_QUERIES.released, source_id, since, _RELEASED_MAX)
    return found


async def bank_statements(
    connection: asyncpg.Connection, source_id: uuid.UUID, currency: str, default_currency: str | None
) -> list[asyncpg.Record]:
    """The bank's statements in a currency. Those that name none are in the default currency."""
    found: list[asyncpg.Record] = await connection.fetch(
        _QUERIES.bank_statements, source_id, currency, default_currency
    )
    return found


async def balances(
    connection: asyncpg.Connection, ids: Sequence[uuid.UUID], day: date, time_zone: str, *, by_effective_time: bool
) -> list[asyncpg.Record]:
    """What balances have at the end of a day, by their own totals."""
    query = _QUERIES.balances_by_effective_time if by_effective_time else _QUERIES.balances_by_record_time
    found: list[asyncpg.Record] = await connection.fetch(query, ids, day, time_zone)
    return found


async def rows(
    connection: asyncpg.Connection,
    source_id: uuid.UUID,
    currency: str,
    balance_ids: Sequence[uuid.UUID],
    time_zone: str,
    run_id: uuid.UUID | None,
    *,
    by_effective_time: bool,
) -> AsyncIterator[asyncpg.Record]:
    """The rows of both sides, those of one match one after the other. What a run found about a row comes just before
    it, as a row with an ``outcome``."""
    cursor = await connection.cursor(
        _QUERIES.rows, source_id, currency, balance_ids, time_zone, by_effective_time, run_id
    )
    while piece := await cursor.fetch(_PIECE_ROWS):
        for row in piece:
            yield row
