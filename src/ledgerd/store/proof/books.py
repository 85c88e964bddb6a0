"""The books as a whole: counts, and statements that look for faults.

A statement that looks for faults returns the id and the fault of each. A statement whose name ends in _MET checks only
what a proof has met: it takes ids of events first or last, and finds rows by index.
"""

import uuid
from collections.abc import Sequence

import asyncpg

from ledgerd.store import queries, settings

_QUERIES = queries.VERIFY
_EVENTS, _SUBJECTS, _BATCHES = "/* these events */", "/* these subjects */", "/* these batches */"

SETTINGS_DIFFER = _QUERIES.settings_differ.replace("{present}", settings.PRESENT)
"""$1 are the kinds of events that tell settings."""
SETTINGS_DIFFER_MET = SETTINGS_DIFFER.replace(_EVENTS, "AND e.id = ANY($2::uuid[])").replace(
    _SUBJECTS, "AND id = ANY($3::uuid[])"
)
"""The same for the events $2 and their subjects $3."""
BATCHES_DIFFER_MET = _QUERIES.batches_differ.replace(_EVENTS, "AND id = ANY($1::uuid[])").replace(
    _BATCHES, "AND batch_id = ANY($2::uuid[])"
)
"""For the events $1 and the batches $2."""
BATCH_RUNS_DIFFER_MET = _QUERIES.batch_runs_differ.replace(_EVENTS, "AND e.id = ANY($1::uuid[])")
"""For the events $1."""

_FIRST = uuid.UUID(int=0)


async def faults(
    connection: asyncpg.Connection, statement: str, arguments: Sequence[object], limit: int | None = None
) -> list[asyncpg.Record]:
    """The faults that a statement finds, at most ``limit``."""
    if limit is not None:
        statement = f"SELECT * FROM ({statement}) AS found LIMIT {limit}"
    rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
    return rows


async def count_balances(connection: asyncpg.Connection) -> int:
    """The number of balances."""
    return int(await connection.fetchval(_QUERIES.count_balances))


async def count_untold(connection: asyncpg.Connection) -> int:
    """The number of ledgers, balances, identities and monitors whose settings the journal does not tell."""
    return int(await connection.fetchval(_QUERIES.settings_untold, settings.EVENTS))


async def count_rows(connection: asyncpg.Connection, low: uuid.UUID | None) -> asyncpg.Record:
    """The rows of transactions, transitions and events, and the entries that the journal counts: all of them, or those
    from an id on.
    """
    if low is None:
        return await connection.fetchrow(_QUERIES.count_rows)
    return await connection.fetchrow(_QUERIES.count_rows_since, low)


async def rows_outside(connection: asyncpg.Connection, low: uuid.UUID | None) -> list[asyncpg.Record]:
    """Some of the entries, from an id on, that belong to no commit: what each is, and its id."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.rows_outside, low or _FIRST)
    return rows
