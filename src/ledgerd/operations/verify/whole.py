"""What is proved of the books as a whole, beside their single commits."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from ledgerd.operations.verify.entries import LISTED, Seen
from ledgerd.operations.verify.guard import guarded
from ledgerd.operations.verify.journal import CHAIN
from ledgerd.operations.verify.report import Report
from ledgerd.store import queries, settings

_QUERIES = queries.VERIFY

BALANCES = "balances equal their transactions"
CURRENCIES = "credits equal debits in every currency"
POOLS = "held pools equal the open holds"
BATCHES = "batches equal what was told of them"
BATCH_RUNS = "batches under way equal what was done of them"
SETTINGS = "settings are what was told of them"
CREATIONS = "request ids lead to what they created"
ONCE = "nothing stands twice"
OUTSIDE = "nothing stands outside of the commits"

_EVENTS, _SUBJECTS, _BATCHES = "/* these events */", "/* these subjects */", "/* these batches */"
_SETTINGS = _QUERIES.settings_differ.replace("{present}", settings.PRESENT)
_FIRST = uuid.UUID(int=0)


class Check(NamedTuple):
    """A query that returns what is wrong, with an id."""

    name: str
    query: str
    arguments: Sequence[object] = ()


def checks(low: object, seen: Seen | None) -> list[Check]:
    """What is to be proved: of all the books, or of what a proof that goes on from a checkpoint has met."""
    always = [
        Check(BALANCES, _QUERIES.balances_differ),
        Check(CURRENCIES, _QUERIES.currencies_do_not_cancel),
        Check(LISTED, _QUERIES.work_list_differs),
        Check(CHAIN, _QUERIES.commits_without_place, [low or _FIRST]),
        Check(CHAIN, _QUERIES.order_keys_unknown, [low or _FIRST]),
    ]
    if seen is not None:
        return always + _of(seen)
    return [
        *always,
        Check(CHAIN, _QUERIES.places_without_position),
        Check(ONCE, _QUERIES.rows_doubled),
        Check(POOLS, _QUERIES.pools_differ),
        Check(BATCHES, _QUERIES.batches_differ),
        Check(BATCH_RUNS, _QUERIES.batch_runs_differ),
        Check(SETTINGS, _SETTINGS, [settings.EVENTS]),
        Check(SETTINGS, _QUERIES.never_created),
        Check(SETTINGS, _QUERIES.closed_before_differs),
        Check(CREATIONS, _QUERIES.creations_differ),
    ]


def _of(seen: Seen) -> list[Check]:
    """The same of what was met only. Of an event the row is found by its id."""
    batches = _QUERIES.batches_differ.replace(_EVENTS, "AND id = ANY($1::uuid[])")
    batches = batches.replace(_BATCHES, "AND batch_id = ANY($2::uuid[])")
    runs = _QUERIES.batch_runs_differ.replace(_EVENTS, "AND e.id = ANY($1::uuid[])")
    told = _SETTINGS.replace(_EVENTS, "AND e.id = ANY($2::uuid[])").replace(_SUBJECTS, "AND id = ANY($3::uuid[])")
    events = list(seen.events)
    return [
        Check(BATCHES, batches, [events, list(seen.batches)]),
        Check(BATCH_RUNS, runs, [events]),
        Check(SETTINGS, told, [settings.EVENTS, events, list(seen.subjects)]),
    ]


async def count(connection: asyncpg.Connection, report: Report, low: object, *, is_full: bool) -> None:
    """Note what stands in the tables beside what the commits count, from an id on; and how much there is."""
    async with guarded(connection, report, BALANCES):
        report.balances = await connection.fetchval(_QUERIES.count_balances)
    if is_full:
        await connection.execute(_QUERIES.for_the_whole)
        async with guarded(connection, report, SETTINGS):
            report.untold = await connection.fetchval(_QUERIES.settings_untold, settings.EVENTS)
    async with guarded(connection, report, OUTSIDE):
        if is_full:
            row = await connection.fetchrow(_QUERIES.count_rows)
            report.transactions = row["transactions"]
        elif low is not None:
            row = await connection.fetchrow(_QUERIES.count_rows_since, low)
        else:
            return
        surplus = row["transactions"] + row["transitions"] + row["events"] - row["entries"]
        if surplus:
            report.fault(OUTSIDE, f"{surplus} entries belong to no commit")
            for row in await connection.fetch(_QUERIES.rows_outside, low or _FIRST):
                report.fault(OUTSIDE, f"{row['what']} {row['id']} belongs to no commit")
    report.checks.append(OUTSIDE)
