"""Adjustments as the worker sees them: those that need no confirmation, and those that somebody did not finish."""

import uuid

import structlog

from ledgerd.access.caller import SERVICE, Caller
from ledgerd.core.model.ids import RECONCILIATION, encode
from ledgerd.core.model.rejection import Reason, Rejected
from ledgerd.operations import adjustment_checks, adjustment_reversals, found_rows, reconciliation_adjustments
from ledgerd.operations.adjustment_checks import POSTING
from ledgerd.operations.engine import Engine
from ledgerd.operations.reconciliation_adjustments import BEGUN_AGE
from ledgerd.poster.submission import Superseded
from ledgerd.store import errors
from ledgerd.store import reconciliation_adjustments as rows

log = structlog.get_logger()

_AT_ONCE = 1_000
_REASON = "Within the limits of the rule."
_PASSING = frozenset({Reason.TOO_BUSY, Reason.SHUTTING_DOWN, Reason.DATABASE_UNAVAILABLE, Reason.INTERNAL})


async def post_due(engine: Engine, caller: Caller) -> int:
    """Post what the limits of rules let be posted without confirmation. What cannot be posted needs confirmation from
    then on. Returns how many there were."""
    async with engine.upkeep.acquire() as connection:
        due = await rows.due(connection, _AT_ONCE)
        known = await rows.find(connection, due)
    by_run: dict[uuid.UUID, list[uuid.UUID]] = {}
    for key in due:
        by_run.setdefault(known[key]["reconciliation_id"], []).append(key)
    for run_id, keys in by_run.items():
        try:
            await reconciliation_adjustments.post(engine, SERVICE, run_id, keys, _REASON, is_automatic=True)
        except Rejected as rejected:
            # Where another caller must confirm, no limit confirms.
            if rejected.rejection.reason in _PASSING:
                raise
        except Exception as error:
            if errors.is_passing(error):
                raise
            log.error("adjustments are not posted", reconciliation=encode(RECONCILIATION, run_id.int), exc_info=error)
        async with engine.upkeep.acquire() as connection:
            await rows.not_due(connection, keys)
    return len(due)


async def complete_begun(engine: Engine, caller: Caller) -> int:
    """Complete what somebody began to post or to reverse and did not end. Returns how many are completed.

    What cannot be completed is tried again after some time, and keeps nothing else from being completed.
    """
    async with engine.upkeep.acquire() as connection:
        begun = await rows.begun(connection, BEGUN_AGE, _AT_ONCE)
    completed = 0
    for key in begun:
        try:
            await _complete(engine, key)
            completed += 1
        except Superseded:
            continue  # Somebody else goes on.
        except Rejected as rejected:
            if rejected.rejection.reason in _PASSING:
                raise
            name, why = adjustment_checks.name_of(key), rejected.rejection.reason
            log.warning("an adjustment is not reversed", adjustment=name, why=why)
        except Exception as error:
            if errors.is_passing(error):
                raise
            name = adjustment_checks.name_of(key)
            log.error("an adjustment is not completed", adjustment=name, exc_info=error)
    return completed


async def _complete(engine: Engine, key: uuid.UUID) -> None:
    found = await reconciliation_adjustments.resume(engine, SERVICE, key)
    if found is None:
        return
    row, attempt = found
    beginner = Caller(row["decided_by"])
    if row["status"] == POSTING:
        async with engine.upkeep.acquire() as connection:
            run = await found_rows.find_run(connection, row["reconciliation_id"])
        await reconciliation_adjustments.complete(engine, beginner, run, [row], row["reason"], attempt)
    else:
        await adjustment_reversals.complete(engine, beginner, row, row["reason"], attempt)
