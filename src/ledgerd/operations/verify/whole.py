"""The checks of the books as a whole, in addition to those of single commits."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from ledgerd.operations.verify.entries import LISTED, NAMED, Seen
from ledgerd.operations.verify.guard import guarded
from ledgerd.operations.verify.journal import CHAIN
from ledgerd.operations.verify.report import Report
from ledgerd.store import queries, settings
from ledgerd.store.proof import books
from ledgerd.store.proof.snapshot import plan_for_the_whole

_QUERIES = queries.VERIFY

BALANCES = "balances equal their transactions"
CURRENCIES = "credits equal debits in every currency"
POOLS = "held pools equal the open holds"
BATCHES = "batches equal what was told of them"
BATCH_RUNS = "batches under way equal what was done of them"
ADJUSTMENTS = "adjustments of reconciliation are posted as they say"
SETTINGS = "settings are what was told of them"
CREATIONS = "request ids lead to what they created"
ONCE = "nothing stands twice"
OUTSIDE = "nothing stands outside of the commits"

_FIRST = uuid.UUID(int=0)


class Check(NamedTuple):
    """A statement that looks for faults: see store/proof/books.py."""

    name: str
    statement: str
    arguments: Sequence[object] = ()


def checks(low: uuid.UUID | None, seen: Seen | None) -> list[Check]:
    """The checks of all the books, or of what a proof from a checkpoint has met."""
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
        Check(ADJUSTMENTS, _QUERIES.adjustments_differ),
        Check(SETTINGS, books.SETTINGS_DIFFER, [settings.EVENTS]),
        Check(SETTINGS, _QUERIES.never_created),
        Check(SETTINGS, _QUERIES.closed_before_differs),
        Check(NAMED, _QUERIES.identities_astray),
        Check(CREATIONS, _QUERIES.creations_differ),
    ]


def _of(seen: Seen) -> list[Check]:
    """The checks of what was met only."""
    events = list(seen.events)
    return [
        Check(BATCHES, books.BATCHES_DIFFER_MET, [events, list(seen.batches)]),
        Check(BATCH_RUNS, books.BATCH_RUNS_DIFFER_MET, [events]),
        Check(SETTINGS, books.SETTINGS_DIFFER_MET, [settings.EVENTS, events, list(seen.subjects)]),
    ]


async def count(connection: asyncpg.Connection, report: Report, low: uuid.UUID | None, *, is_full: bool) -> None:
    """Report rows that belong to no commit, from an id on, and count the rows and balances."""
    async with guarded(connection, report, BALANCES):
        report.balances = await books.count_balances(connection)
    if is_full:
        await plan_for_the_whole(connection)
        async with guarded(connection, report, SETTINGS):
            report.untold = await books.count_untold(connection)
    async with guarded(connection, report, OUTSIDE):
        if not is_full and low is None:
            return
        row = await books.count_rows(connection, None if is_full else low)
        if is_full:
            report.transactions = row["transactions"]
        surplus = row["transactions"] + row["transitions"] + row["events"] - row["entries"]
        if surplus:
            report.fault(OUTSIDE, f"{surplus} entries belong to no commit")
            for row in await books.rows_outside(connection, low):
                report.fault(OUTSIDE, f"{row['what']} {row['id']} belongs to no commit")
    report.checks.append(OUTSIDE)
