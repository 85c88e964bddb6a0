"""Closes periods: after a closing, no transaction with an earlier effective time is recorded.

The write path checks a draft that has an effective time of its own: it locks the ledgers that the draft relied on
(store/plan_writer.py). So a closing and such a draft take effect in the order in which they take the lock. A draft
without an effective time is effective when it is recorded. It can only be earlier than a closing time that is about as
recent as the draft. Therefore a closing of the recent past gives every balance of the ledger a new version, and drafts
under way are decided again, at a later time.
"""

import uuid
from datetime import datetime

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import period
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import LEDGER
from ledgerd.core.model.rejection import Reason, Rejected
from ledgerd.operations import announcements, etags, ledgers, unit
from ledgerd.operations.engine import Engine
from ledgerd.store import commits, event_writer
from ledgerd.store import periods as steps

RECENT_SECONDS = 300
"""Longer than any batch is under way: the database's time-outs end a batch."""


async def close(
    engine: Engine,
    caller: Caller,
    ledger_id: uuid.UUID,
    close_time: datetime,
    *,
    reopen: bool,
    reason: str | None,
    etag: str | None,
) -> asyncpg.Record:
    """Close a ledger before a time. Returns its row. A second closing at the same time changes nothing.

    Raises Rejected: LEDGER_NOT_FOUND, ETAG_MISMATCH, CLOSE_TIME_IN_FUTURE, and PERIOD_CLOSED where the time is before
    the present closing time and the call does not allow a reopening.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        await ledgers.find(connection, ledger_id)
        clock = await steps.look(connection, RECENT_SECONDS)
        if close_time > clock.now:
            raise Rejected(period.outside(Reason.CLOSE_TIME_IN_FUTURE, ledger_id.hex, close_time, clock.now))
        is_recent = close_time > clock.recent
        if is_recent:
            await steps.lock_balances(connection, ledger_id)
        row = await steps.lock(connection, ledger_id)
        etags.check(LEDGER, row, etag)
        present = row["closed_before"]
        if present == close_time:
            await commits.barrier(connection)
            return row
        reopens = present is not None and close_time < present
        if reopens and not reopen:
            raise Rejected(period.closed(ledger_id.hex, close_time, present))
        plan = unit.begin_plan(engine)
        closed = await steps.close(connection, ledger_id, close_time, plan.now)
        if is_recent:
            await steps.renew_balances(connection, ledger_id)
        # Last, because the journal's order key must be drawn under all locks.
        kind = EventKind.LEDGER_PERIOD_REOPENED if reopens else EventKind.LEDGER_PERIOD_CLOSED
        event = announcements.of_ledger(kind, closed, row, reason=reason)
        await event_writer.write_settings(connection, plan, [event])
        return closed

    return await unit.write(engine, attempt)
