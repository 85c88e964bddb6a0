"""Deferred transactions of a harness: apply them as a worker would, and read how they stand."""

import asyncio
import uuid

from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry
from ledgerd.core.model.operation import Deferral, Deferred
from ledgerd.core.model.rejection import Rejected
from ledgerd.store import deferred
from ledgerd.workers import queue
from tests.poster.harness import Harness, due_time

QUEUED = Deferral()


def due(seconds: float = 0) -> Deferral:
    """At a time that is due already, for harnesses of yesterday."""
    return Deferral(scheduled_at=due_time(seconds))


HOLDER = uuid.UUID(int=7)


async def drain(harness: Harness, rounds: int = 20, settings: queue.Settings = queue.USUAL) -> int:
    """Apply what is queued, round after round as the worker does."""
    stop, done = asyncio.Event(), 0
    for _ in range(rounds):
        try:
            done += await queue.apply_queued(harness.engine, HOLDER, stop, settings)
        except Rejected:
            continue
        if not await harness.pool.fetchval("SELECT count(*) FROM due WHERE what = 'APPLY'"):
            return done
    raise AssertionError("the queue does not end")


async def found(harness: Harness, *outcomes: Outcome) -> list[Deferred]:
    """These transactions as a worker would find them, in this order."""
    keys = [str(uuid.UUID(int=0).hex)] if not outcomes else [_key(outcome) for outcome in outcomes]
    async with harness.pool.acquire() as connection:
        by_key = {key.key: key for key in await deferred.by_keys(connection, keys)}
    return [by_key[key] for key in keys]


def _key(outcome: Outcome) -> str:
    assert isinstance(outcome, HeaderEntry)
    return f"{_number(outcome.id):032x}"


def _number(transaction_id: str) -> int:
    from ledgerd.core.model.ids import TRANSACTION, decode

    number = decode(TRANSACTION, transaction_id)
    assert number is not None
    return number


async def statuses(harness: Harness, *references: str) -> list[str]:
    rows = await harness.pool.fetch(
        "SELECT reference, status FROM transactions WHERE reference = ANY($1)", list(references)
    )
    by_reference = {row["reference"]: row["status"] for row in rows}
    return [by_reference[reference] for reference in references]


async def in_order(harness: Harness) -> bool:
    """Whether for each source what was queued was applied in the order in which it was accepted, by the versions
    that it made; ids are given in the order of acceptance."""
    rows = await harness.pool.fetch(
        "SELECT source_id, array_agg(source_version ORDER BY id) AS versions FROM transactions"
        " WHERE deferred_as = 'QUEUED' AND status = 'APPLIED' GROUP BY source_id"
    )
    return all(row["versions"] == sorted(row["versions"]) for row in rows)
