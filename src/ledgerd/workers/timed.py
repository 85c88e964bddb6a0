"""Does the work that is due at a time: applies scheduled transactions, and commits and expires holds automatically.

Any number of processes may do this. Each nomination has its own reference, so a transaction that two
processes nominate is changed once. The unfinished work of a process that ended stays due.
"""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice

import structlog

from ledgerd.access.caller import SERVICE
from ledgerd.core.decide import Outcome
from ledgerd.core.model.limits import RESERVED_PREFIX
from ledgerd.core.model.operation import Apply, Cause, Deferred, ResolveHold, Target
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.operations.engine import Engine
from ledgerd.poster.submission import OrderedRun, Traffic
from ledgerd.store import deferred, due
from ledgerd.workers import loop

log = structlog.get_logger()

LEASE = timedelta(seconds=0.6)
"""How long the work of a process that ended stays reserved for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much work is done at once, and how often."""

    at_once: int = 5_000
    """The transactions of one step, legs counted."""
    piece: int = 500
    """The transactions of one submission, legs not counted."""
    poll_seconds: float = 0.2
    away_seconds: float = loop.AWAY_SECONDS


USUAL = Settings()


async def run(engine: Engine, stop: asyncio.Event, settings: Settings = USUAL) -> None:
    """Do due work until stop is set."""
    holder = uuid.uuid4()

    async def step() -> float:
        found = await process_due(engine, holder, settings)
        return 0 if found >= settings.at_once else loop.about(settings.poll_seconds)

    await loop.repeat(step, "timed work", stop, away_seconds=settings.away_seconds)


async def process_due(engine: Engine, holder: uuid.UUID, settings: Settings = USUAL) -> int:
    """Do the work that is due now, unless another process does so. Returns how many transactions were found, legs
    counted. Where these are more than are done at once, some remain."""
    async with engine.upkeep.acquire() as connection:
        found = await due.find(connection, settings.at_once)
        if not found or not await due.lease(connection, "timed", holder, LEASE):
            return 0
        keys = [entry.key for entry in found if entry.what == due.APPLY]
        nominated, count = await deferred.nominated(connection, keys, settings.at_once)
    count += len(found) - len(keys)
    found = [entry for entry in found if entry.what != due.APPLY or entry.key in nominated]
    outcomes = await _submit(engine, [_nominate(entry, nominated) for entry in found], settings.piece)
    rejected = _rejected(found, outcomes)
    if rejected:
        async with engine.upkeep.acquire() as connection:
            await due.postpone(connection, rejected)
    return count


async def _submit(engine: Engine, nominated: list[list[Apply | ResolveHold]], piece: int) -> list[Outcome]:
    """Submit due transactions in pieces, as unary traffic, so that they do not wait behind long queues and uploads.

    The pieces form one ordered run: a transaction is not applied when an earlier one could not be. Where an entry has
    more than one operation, the outcome of the last one counts."""
    run = OrderedRun()
    pieces = [list(chain(*nominated[start : start + piece])) for start in range(0, len(nominated), piece)]
    answers = [
        engine.poster.submit(together, caller=SERVICE, traffic=Traffic.UNARY, patient=True, run=run)
        for together in pieces
    ]
    outcomes = chain(*await asyncio.gather(*answers))
    return [list(islice(outcomes, len(operations)))[-1] for operations in nominated]


def _nominate(entry: due.Due, nominated: dict[str, Deferred]) -> list[Apply | ResolveHold]:
    """The operations for a due entry. A commit that was due before an expiry, and was rejected, is tried once more
    before the expiry: in the same submission, so that no other operation comes between."""
    if entry.what == due.APPLY:
        return [Apply(nominated[entry.key])]
    if entry.what == due.COMMIT:
        return [_resolve(entry, Cause.TIMED_COMMIT)]
    first = [_resolve(entry, Cause.TIMED_COMMIT)] if entry.commits_first else []
    return [*first, _resolve(entry, Cause.EXPIRY)]


def _resolve(entry: due.Due, cause: Cause) -> ResolveHold:
    expiry = cause is Cause.EXPIRY
    return ResolveHold(
        reference=f"{RESERVED_PREFIX}{'expiry' if expiry else 'timed-commit'}:{entry.transaction_id}",
        target=Target(entry.transaction_id),
        void=expiry,
        cause=cause,
        seen_at=entry.seen_at,
    )


def _rejected(found: Sequence[due.Due], outcomes: Sequence[Outcome]) -> list[due.Postponed]:
    """The holds that cannot be resolved at present. The commit that resolved a hold removed it from the work list. A
    transaction that could not be applied keeps its place: otherwise later ones would overtake it."""
    rejected = []
    for entry, outcome in zip(found, outcomes, strict=True):
        if entry.what == due.APPLY or not isinstance(outcome, Rejection):
            continue
        if outcome.reason is not Reason.HOLD_RESOLVED:
            log.warning(
                "a timed hold was rejected", transaction=entry.transaction_id, what=entry.what, why=outcome.reason
            )
            rejected.append(due.Postponed(entry, outcome.reason is Reason.BALANCE_FROZEN))
    return rejected
