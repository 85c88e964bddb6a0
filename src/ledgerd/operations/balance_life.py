"""The life of a balance: freeze, unfreeze, close.

Each change is made under the balance's row lock and makes a new version of the balance. So a posting
that was decided on the earlier status is not recorded, whichever process decided it.
"""

import uuid

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import BALANCE, encode
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations import announcements, balances, etags, unit
from ledgerd.operations.engine import Engine
from ledgerd.operations.sums import malformed
from ledgerd.store import balances as rows
from ledgerd.store import commits, deferred, due, event_writer

_EVENTS = {
    BalanceStatus.FROZEN: EventKind.BALANCE_FROZEN,
    BalanceStatus.OPEN: EventKind.BALANCE_UNFROZEN,
    BalanceStatus.CLOSED: EventKind.BALANCE_CLOSED,
}


async def freeze(
    engine: Engine, caller: Caller, balance_id: uuid.UUID, reason: str | None, etag: str | None
) -> asyncpg.Record:
    """Freeze a balance: until it is unfrozen, only voids may change it. Raises Rejected: BALANCE_NOT_FOUND,
    ETAG_MISMATCH, BALANCE_CLOSED."""
    return await _change(engine, balance_id, BalanceStatus.FROZEN, reason, etag)


async def unfreeze(
    engine: Engine, caller: Caller, balance_id: uuid.UUID, reason: str | None, etag: str | None
) -> asyncpg.Record:
    """Let money move again. Holds that should have been committed meanwhile are due at once. Raises Rejected:
    BALANCE_NOT_FOUND, ETAG_MISMATCH, BALANCE_CLOSED."""
    return await _change(engine, balance_id, BalanceStatus.OPEN, reason, etag)


async def close(
    engine: Engine, caller: Caller, balance_id: uuid.UUID, reason: str | None, etag: str | None, *, named_by: str
) -> asyncpg.Record:
    """Close a balance for ever. ``named_by`` is the field of the request that names it. Raises Rejected:
    BALANCE_NOT_FOUND, ETAG_MISMATCH, BALANCE_NOT_EMPTY, and FIELD_INVALID for an internal balance."""
    return await _change(engine, balance_id, BalanceStatus.CLOSED, reason, etag, named_by=named_by)


async def _change(
    engine: Engine,
    balance_id: uuid.UUID,
    status: BalanceStatus,
    reason: str | None,
    etag: str | None,
    *,
    named_by: str = "",
) -> asyncpg.Record:
    """Set the status of a balance and return its row. If it has this status already, nothing is recorded."""

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        row = await balances.lock(connection, balance_id)
        etags.check(BALANCE, row, etag)
        if row["status"] == status:
            await commits.barrier(connection)
            return row
        if row["status"] == BalanceStatus.CLOSED:
            raise reject(Reason.BALANCE_CLOSED, balance=encode(BALANCE, balance_id.int))
        if status is BalanceStatus.CLOSED:
            _check_closable(row, await deferred.count_of_balance(connection, balance_id), named_by)
        plan = unit.begin_plan(engine)
        await rows.set_status(connection, balance_id, status, plan.now)
        if status is BalanceStatus.OPEN:
            await due.bring_forward(connection, balance_id)
        changed = await balances.find(connection, balance_id)
        event = announcements.of_balance(_EVENTS[status], changed, row, reason=reason)
        await event_writer.write_settings(connection, plan, [event])
        return changed

    return await unit.write(engine, attempt)


def _check_closable(row: asyncpg.Record, deferred_count: int, named_by: str) -> None:
    """Raise Rejected where a balance cannot be closed. The row is locked, so the result stays true."""
    if row["indicator"] is not None:
        raise malformed(named_by, "is an internal balance, which cannot be closed")
    total, held = row["credit"] - row["debit"], row["inflight_credit"] + row["inflight_debit"]
    if total or held or deferred_count:
        balance_id = encode(BALANCE, row["id"].int)
        raise reject(Reason.BALANCE_NOT_EMPTY, balance=balance_id, total=total, held=held, deferred=deferred_count)
