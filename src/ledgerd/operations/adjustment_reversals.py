"""Adjustments that were posted and should not have been: refunded, so that what they explained is open again."""

import asyncio
import uuid
from collections.abc import Sequence

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.ids import TRANSACTION, encode
from ledgerd.core.model.limits import RESERVED_PREFIX
from ledgerd.core.model.operation import Refund, Target
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, rejection_text
from ledgerd.core.plan import Plan
from ledgerd.operations import (
    adjustment_checks,
    creation,
    found_rows,
    reconciliation_adjustments,
    row_checks,
    row_decisions,
    unit,
)
from ledgerd.operations.adjustment_checks import POSTED, REVERSED, REVERSING
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.reconciliation_adjustments import BEGUN_AGE
from ledgerd.operations.row_decisions import DecisionMade
from ledgerd.poster.submission import Attempt, Superseded, Traffic
from ledgerd.store import commits, matches
from ledgerd.store import reconciliation_adjustments as rows
from ledgerd.store import row_decisions as decisions
from ledgerd.store.row_decisions import Choice, NewDecision, RowSet

_WAIT_SECONDS = 0.1


async def reverse(
    engine: Engine, caller: Caller, adjustment_id: uuid.UUID, reason: str, request_id: str | None = None
) -> Made[asyncpg.Record]:
    """Refund the transaction of an adjustment. Whoever comes again finds it REVERSED, with a request id or without one.

    Whoever could confirm it reverses it. Raises Rejected: RECONCILIATION_ADJUSTMENT_NOT_FOUND,
    RECONCILIATION_ADJUSTMENT_NOT_POSTED, CONFIRMER_IS_PROPOSER, REQUEST_ID_CONFLICT, and the rejections of refunds.
    """
    fields = {"reconciliation_adjustment_id": adjustment_id.hex, "reason": reason}
    request = CreateRequest(Noun.ADJUSTMENT_REVERSED, request_id, fields)
    if await creation.earlier(engine, request) is not None:
        return Made(await reconciliation_adjustments.get(engine, caller, adjustment_id), True)
    await _reverse(engine, caller, adjustment_id, reason)

    async def create(connection: asyncpg.Connection, _: Plan) -> asyncpg.Record:
        return await adjustment_checks.find(connection, adjustment_id)

    with adjustment_checks.under_way():
        return await creation.once(engine, request, find=adjustment_checks.find, create=create)


async def _reverse(engine: Engine, caller: Caller, adjustment_id: uuid.UUID, reason: str) -> None:
    before: uuid.UUID | None = None
    while True:
        attempt = uuid.uuid4()
        with adjustment_checks.under_way(has_begun=before is not None):
            row = await _begin(engine, caller, adjustment_id, reason, attempt, before)
        if row is not None:
            try:
                if row["status"] != REVERSED:
                    with adjustment_checks.under_way():
                        await complete(engine, caller, row, reason, attempt)
                return
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
        row = await adjustment_checks.find(connection, adjustment_id)
        if row["status"] == REVERSED:
            await commits.barrier(connection)
            return row
        if row["status"] not in (POSTED, REVERSING):
            raise adjustment_checks.wrong_status(Reason.RECONCILIATION_ADJUSTMENT_NOT_POSTED, row)
        run = await found_rows.find_run(connection, row["reconciliation_id"])
        await row_checks.check_confirmer(connection, caller, run, Choice(run.id, None, None))
        overdue = await rows.begun_before(connection, [adjustment_id], BEGUN_AGE)
        if row["status"] == REVERSING and before not in (None, row["attempt"]) and not overdue:
            return None
        await rows.begin(connection, [adjustment_id], REVERSING, reason, caller.principal, attempt)
        return row

    return await unit.write(engine, begin)


async def complete(engine: Engine, caller: Caller, row: asyncpg.Record, reason: str, attempt: uuid.UUID) -> None:
    """Refund an adjustment that is being reversed by an attempt. Where somebody refunded all of it already, nothing is
    left to refund; where the ledger rejects the refund, it is posted as before.

    Raises Superseded where somebody else attempts it, and Rejected: the rejections of refunds.
    """
    (outcome,) = await engine.poster.submit(
        [_refund(row)], caller=caller, traffic=Traffic.UNARY, patient=True, lease=Attempt(attempt.hex, 1)
    )
    rejection = outcome if isinstance(outcome, Rejection) else None

    async def conclude(connection: asyncpg.Connection) -> Rejection | None:
        number = await decisions.begin(connection)
        plan = unit.begin_plan(engine)
        await rows.lock(connection, [row["id"]])
        now = await adjustment_checks.find(connection, row["id"])
        if now["status"] != REVERSING or (rejection is not None and now["attempt"] != attempt):
            await commits.barrier(connection)
            if rejection is not None:
                raise Superseded  # What the others were told is what counts.
            return None
        refunds = await rows.refunds(connection, now["transaction_id"])
        if rejection is not None and rejection.reason is not Reason.REFUND_EXCEEDED:
            await rows.fail(connection, POSTED, {row["id"]: rejection_text(rejection)})
            return rejection
        freed, made = await _free(connection, now, refunds, number)
        await rows.reverse(connection, row["id"], refunds[-1], made, number)
        decision = NewDecision(
            source_id=row["source_id"],
            reconciliation_id=row["reconciliation_id"],
            kind="REVERSE_ADJUSTMENT",
            matches=0 if made is None else 1,
            records=freed,
            entries=1 if made is None else 1 + len(refunds),
            match_number=made,
            adjustments=1,
            reason=reason,
            decided_by=caller.principal,
            decided_at=plan.now,
        )
        resolved = 0
        if made is not None:
            of_match = (row["reconciliation_id"], made)
            resolved = await decisions.claim(connection, _cancelled(now, refunds), number, plan.now, of_match)
        await row_decisions.record(connection, plan, number, DecisionMade(decision, resolved=resolved))
        return None

    rejection = await unit.write(engine, conclude)
    if rejection is not None:
        raise Rejected(rejection)


def _cancelled(row: asyncpg.Record, refunds: Sequence[uuid.UUID]) -> RowSet:
    """The entry of an adjustment and those of its refunds, which cancel each other out."""
    return RowSet((), [(entry, row["balance_id"]) for entry in (row["transaction_id"], *refunds)])


async def _free(
    connection: asyncpg.Connection, row: asyncpg.Record, refunds: Sequence[uuid.UUID], decision: int
) -> tuple[int, int | None]:
    """End what the adjustment explained, and make a match of its entry and the refunds, unless somebody has one of
    them. Returns how many records are free, and the number of that match."""
    run_id, entry = row["reconciliation_id"], (row["transaction_id"], row["balance_id"])
    freed, match_number = 0, row["match_number"] or row["made_match"]
    for claim in await decisions.claims(connection, RowSet((), [entry])):
        if (claim["reconciliation_id"], claim["match_number"]) != (run_id, match_number):
            continue
        if row["match_number"] is None:
            freed = (await decisions.release_match(connection, run_id, match_number, decision))["records"]
        else:
            await decisions.unclaim(connection, RowSet((), [entry]), decision)
    cancelled = _cancelled(row, refunds)
    if await decisions.claims(connection, cancelled):
        return freed, None
    number: int = (await found_rows.find_run(connection, run_id)).last_number + 1
    amounts = [int(found["amount"]) for found in (await matches.entries(connection, cancelled.entries)).values()]
    await decisions.insert_match(
        connection,
        run_id,
        number,
        cancelled,
        drift=abs(sum(amounts)),
        distance=0,
        status="CONFIRMED",
        decision=decision,
    )
    return freed, number


def _refund(row: asyncpg.Record) -> Refund:
    """The refund of an adjustment. The counterpart may go below zero, as for the adjustment itself."""
    is_debit = int(row["amount"]) < 0
    return Refund(
        reference=f"{RESERVED_PREFIX}adjustment-reversal:{adjustment_checks.name_of(row['id'])}",
        target=Target(encode(TRANSACTION, row["transaction_id"].int)),
        allow_overdraft=is_debit or row["allow_overdraft"],
    )
