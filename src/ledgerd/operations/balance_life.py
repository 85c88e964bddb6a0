"""The life of a balance: freeze, unfreeze, close.

Each change is made under the balance's row lock and makes a new version of the balance. So a posting
that was decided on the earlier state is not recorded, whichever process decided it.
"""

import uuid

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.account import BalanceState
from ledgerd.core.model.event import BalanceStateChanged, Event, EventKind
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.ids import BALANCE, IDENTITY, LEDGER, encode
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import balances, unit
from ledgerd.operations.engine import Engine
from ledgerd.operations.sums import malformed
from ledgerd.store import balances as rows
from ledgerd.store import deferred, due, event_writer

_EVENTS = {
    BalanceState.FROZEN: EventKind.BALANCE_FROZEN,
    BalanceState.OPEN: EventKind.BALANCE_UNFROZEN,
    BalanceState.CLOSED: EventKind.BALANCE_CLOSED,
}


async def freeze(engine: Engine, caller: Caller, balance_id: uuid.UUID, reason: str | None) -> asyncpg.Record:
    """Freeze a balance: until it is unfrozen, only voids may change it. Raises Rejected: BALANCE_NOT_FOUND,
    BALANCE_CLOSED."""
    return await _change(engine, balance_id, BalanceState.FROZEN, reason)


async def unfreeze(engine: Engine, caller: Caller, balance_id: uuid.UUID, reason: str | None) -> asyncpg.Record:
    """Let money move again. Holds that should have been committed meanwhile are due at once. Raises Rejected:
    BALANCE_NOT_FOUND, BALANCE_CLOSED."""
    return await _change(engine, balance_id, BalanceState.OPEN, reason)


async def close(engine: Engine, caller: Caller, balance_id: uuid.UUID, reason: str | None) -> asyncpg.Record:
    """Close a balance for ever. Raises Rejected: BALANCE_NOT_FOUND, BALANCE_NOT_EMPTY, and FIELD_INVALID for an
    internal balance."""
    return await _change(engine, balance_id, BalanceState.CLOSED, reason)


async def _change(engine: Engine, balance_id: uuid.UUID, state: BalanceState, reason: str | None) -> asyncpg.Record:
    """Set the state of a balance and return its row. If it has this state already, nothing is recorded."""

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        row = await balances.lock(connection, balance_id)
        if row["state"] == state:
            return row
        if row["state"] == BalanceState.CLOSED:
            raise reject(Reason.BALANCE_CLOSED, balance=encode(BALANCE, balance_id.int))
        if state is BalanceState.CLOSED:
            _check_closable(row, await deferred.count_of_balance(connection, balance_id))
        plan = unit.begin_plan(engine)
        await rows.set_state(connection, balance_id, state, plan.now)
        if state is BalanceState.OPEN:
            await due.bring_forward(connection, balance_id)
        changed = await balances.find(connection, balance_id)
        await _announce(connection, plan, changed, reason)
        return changed

    return await unit.write(engine, attempt)


def _check_closable(row: asyncpg.Record, deferred_count: int) -> None:
    """Raise Rejected where a balance cannot be closed. The row is locked, so the result stays true."""
    if row["indicator"] is not None:
        raise malformed("balance_id", "is an internal balance, which cannot be closed")
    total, held = row["credit"] - row["debit"], row["inflight_credit"] + row["inflight_debit"]
    if total or held or deferred_count:
        balance_id = encode(BALANCE, row["id"].int)
        raise reject(Reason.BALANCE_NOT_EMPTY, balance=balance_id, total=total, held=held, waiting=deferred_count)


async def _announce(connection: asyncpg.Connection, plan: Plan, row: asyncpg.Record, reason: str | None) -> None:
    payload = BalanceStateChanged(
        balance_id=encode(BALANCE, row["id"].int),
        indicator=row["indicator"],
        currency=row["currency"],
        precision=row["precision"],
        ledger_id=encode(LEDGER, row["ledger_id"].int),
        identity_id=None if row["identity_id"] is None else encode(IDENTITY, row["identity_id"].int),
        state=BalanceState(row["state"]),
        figures=Figures(row["version"], row["credit"], row["debit"], row["inflight_credit"], row["inflight_debit"]),
        reason=reason,
    )
    await event_writer.write_settings(connection, plan, [Event(_EVENTS[payload.state], payload)])
