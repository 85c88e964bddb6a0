"""Adjustments that were posted and should not have been: refunded, so that what they explained is open again."""

import asyncio
import uuid

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.ids import TRANSACTION, encode
from ledgerd.core.model.limits import RESERVED_PREFIX
from ledgerd.core.model.operation import Refund, Target
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, rejection_text
from ledgerd.operations import found_rows, reconciliation_adjustments, row_decisions, unit
from ledgerd.operations.engine import Engine
from ledgerd.operations.reconciliation_adjustments import BEGUN_AGE, POSTED, REVERSED, REVERSING
from ledgerd.operations.row_decisions import DecisionMade
from ledgerd.poster.submission import Attempt, Superseded, Traffic
from ledgerd.store import commits, matches
from ledgerd.store import reconciliation_adjustments as rows
from ledgerd.store import row_decisions as decisions
from ledgerd.store.row_decisions import NewDecision, RowSet

_WAIT_SECONDS = 0.1


async def reverse(engine: Engine, caller: Caller, adjustment_id: uuid.UUID, reason: str) -> asyncpg.Record:
    """Refund the transaction of an adjustment.

    Raises Rejected: RECONCILIATION_ADJUSTMENT_NOT_FOUND, ADJUSTMENT_NOT_POSTED, and the rejections of refunds.
    """

    before: uuid.UUID | None = None
    while True:
        attempt = uuid.uuid4()
        row = await _begin(engine, caller, adjustment_id, reason, attempt, before)
        if row is not None:
            try:
                if row["state"] != REVERSED:
                    await complete(engine, caller, row, reason, attempt)
                return await reconciliation_adjustments.get(engine, caller, adjustment_id)
            except Superseded:
                pass  # Somebody else goes on: wait for it.
        before = attempt
        await asyncio.sleep(_WAIT_SECONDS)


async def _begin(
    engine: Engine, caller: Caller, adjustment_id: uuid.UUID, reason: str, attempt: uuid.UUID, before: uuid.UUID | None
) -> asyncpg.Record | None:
    """Begin to reverse an adjustment: the row. None while somebody else reverses it, who superseded the attempt before
    this one."""

    async def begin(connection: asyncpg.Connection) -> asyncpg.Record | None:
        await decisions.begin(connection)
        await rows.lock(connection, [adjustment_id])
        row = await reconciliation_adjustments.find(connection, adjustment_id)
        if row["state"] == REVERSED:
            await commits.barrier(connection)
            return row
        if row["state"] not in (POSTED, REVERSING):
            raise reconciliation_adjustments.wrong_state(Reason.ADJUSTMENT_NOT_POSTED, row)
        overdue = await rows.begun_before(connection, [adjustment_id], BEGUN_AGE)
        if row["state"] == REVERSING and before not in (None, row["attempt"]) and not overdue:
            return None
        await rows.begin(connection, [adjustment_id], REVERSING, reason, caller.principal, attempt)
        return row

    return await unit.write(engine, begin)


async def complete(engine: Engine, caller: Caller, row: asyncpg.Record, reason: str, attempt: uuid.UUID) -> None:
    """Refund an adjustment that is being reversed by an attempt. Where the ledger rejects the refund, it is posted as
    before.

    Raises Superseded where somebody else attempts it, and Rejected: the rejections of refunds.
    """
    (outcome,) = await engine.poster.submit(
        [_refund(row)], caller=caller, traffic=Traffic.UNARY, lease=Attempt(attempt.hex, 1)
    )

    async def conclude(connection: asyncpg.Connection) -> None:
        number = await decisions.begin(connection)
        plan = unit.begin_plan(engine)
        await rows.lock(connection, [row["id"]])
        now = await reconciliation_adjustments.find(connection, row["id"])
        if now["state"] != REVERSING or (isinstance(outcome, Rejection) and now["attempt"] != attempt):
            await commits.barrier(connection)
        elif isinstance(outcome, Rejection):
            await rows.fail(connection, POSTED, {row["id"]: rejection_text(outcome)})
        else:
            reversal = reconciliation_adjustments.transaction_of(outcome)
            freed, made = await _free(connection, now, reversal, number)
            await rows.reverse(connection, row["id"], reversal, made, number)
            decision = NewDecision(
                source_id=row["source_id"],
                reconciliation_id=row["reconciliation_id"],
                kind="REVERSE",
                matches=0 if made is None else 1,
                records=freed,
                entries=1 if made is None else 2,
                match_number=made,
                adjustments=1,
                reason=reason,
                decided_by=caller.principal,
                decided_at=plan.now,
            )
            if made is not None:
                both = RowSet((), [(now["transaction_id"], row["balance_id"]), (reversal, row["balance_id"])])
                await decisions.claim(connection, both, number, plan.now, (row["reconciliation_id"], made))
            await row_decisions.record(connection, plan, number, DecisionMade(decision))

    await unit.write(engine, conclude)
    if isinstance(outcome, Rejection):
        raise Rejected(outcome)


async def _free(
    connection: asyncpg.Connection, row: asyncpg.Record, reversal: uuid.UUID, decision: int
) -> tuple[int, int | None]:
    """End what the adjustment explained, and make a match of its two entries, unless somebody has one of them. Returns
    how many records are free, and the number of that match."""
    run_id, balance_id = row["reconciliation_id"], row["balance_id"]
    entry, refund = (row["transaction_id"], balance_id), (reversal, balance_id)
    freed, match_number = 0, row["match_number"] or row["made_match"]
    for claim in await decisions.claims(connection, RowSet((), [entry])):
        if (claim["reconciliation_id"], claim["match_number"]) != (run_id, match_number):
            continue
        if row["match_number"] is None:
            freed = (await decisions.release_match(connection, run_id, match_number, decision))["records"]
        else:
            await decisions.unclaim(connection, RowSet((), [entry]), decision)
    both = RowSet((), [entry, refund])
    if await decisions.claims(connection, both):
        return freed, None
    number: int = (await found_rows.find_run(connection, run_id)).last_number + 1
    amounts = [int(found["amount"]) for found in (await matches.entries(connection, [entry, refund])).values()]
    await decisions.insert_match(
        connection, run_id, number, both, drift=abs(sum(amounts)), distance=0, status="CONFIRMED", decision=decision
    )
    return freed, number


def _refund(row: asyncpg.Record) -> Refund:
    """The refund of an adjustment. The counterpart may go below zero, as for the adjustment itself."""
    is_debit = int(row["amount"]) < 0
    return Refund(
        reference=f"{RESERVED_PREFIX}adjustment-reversal:{reconciliation_adjustments.name_of(row['id'])}",
        target=Target(encode(TRANSACTION, row["transaction_id"].int)),
        allow_overdraft=is_debit or row["allow_overdraft"],
    )
