"""Adjustments: transactions that runs propose, posted when somebody confirms them, or a rule's limits say so.

Reconciliation posts nothing. An adjustment is submitted to the write path like any other draft, under a reference that
is derived from its id, in three commits: that it is being posted; the transaction; that it is posted, and its entry
belongs to its match. After a crash somebody else does the rest: the same reference tells the same transaction. The
first and the last commit hold the head of decisions, so that of two callers who post the same adjustment one finds what
the other one did. adjustment_reversals.py reverses one by a refund in the same way.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.decide import Outcome
from ledgerd.core.effects import Movement
from ledgerd.core.model import ids
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.ids import BALANCE, TRANSACTION, encode
from ledgerd.core.model.limits import RESERVED_PREFIX
from ledgerd.core.model.operation import Post
from ledgerd.core.model.rejection import Reason, Rejection, rejection_text
from ledgerd.core.plan import Plan
from ledgerd.core.replay import Replay
from ledgerd.operations import (
    adjustment_calls,
    adjustment_checks,
    creation,
    found_rows,
    row_checks,
    row_decisions,
    unit,
)
from ledgerd.operations.adjustment_calls import Done
from ledgerd.operations.adjustment_checks import (
    POSTED,
    POSTING,
    PROPOSED,
    REJECTED,
    Skipped,
    find,
    name_of,
    wrong_status,
)
from ledgerd.operations.creation import Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.found_rows import FoundRun
from ledgerd.operations.row_decisions import DecisionMade
from ledgerd.poster.submission import Attempt, Superseded, Traffic
from ledgerd.store import commits
from ledgerd.store import reconciliation_adjustments as rows
from ledgerd.store import row_decisions as decisions
from ledgerd.store.reconciliation_adjustments import PostedEntry
from ledgerd.store.row_decisions import Choice, NewDecision

_PIECE = 1_000
"""So many adjustments are posted together."""
BEGUN_AGE = timedelta(seconds=30)
"""Who began so long ago, and did not end, is not waited for."""
_WAIT_SECONDS = 0.1
_CONFIRMED = "CONFIRMED"


async def get(engine: Engine, caller: Caller, adjustment_id: uuid.UUID) -> asyncpg.Record:
    """An adjustment of a finished run. Raises Rejected: RECONCILIATION_ADJUSTMENT_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find(connection, adjustment_id)


# Posting ---------------------------------------------------------------------------------------


async def post(
    engine: Engine,
    caller: Caller,
    run_id: uuid.UUID,
    chosen: Sequence[uuid.UUID] | None,
    reason: str | None,
    *,
    effective_at: datetime | None = None,
    is_automatic: bool = False,
    request_id: str | None = None,
) -> Made[Done]:
    """Post the chosen adjustments of a run, or all that are proposed or being posted, as far as they can be posted;
    those that are proposed as of ``effective_at``, where it is given. A call with the request id of one that did not
    come to its end goes on with what that one chose; of one that did, it does nothing.

    What nobody confirms (``is_automatic``) is not posted where somebody, or the ledger, rejected or reversed the same,
    nor above what the rule may post in a day.
    Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED, RECONCILIATION_IS_DRY_RUN,
    CONFIRMER_IS_PROPOSER, EXTERNAL_SOURCE_NOT_FOUND, REQUEST_ID_CONFLICT.
    """
    asked = adjustment_calls.asked(
        Noun.ADJUSTMENTS_POSTED, request_id, run_id, chosen, reason, effective_time=effective_at
    )
    earlier = await adjustment_calls.earlier(engine, asked)
    if earlier is not None:
        return Made(earlier, True)
    async with engine.pool.acquire() as connection:
        run = await row_checks.deciding_run(connection, run_id)
        await row_checks.check_confirmer(connection, caller, run, Choice(run.id, None, None))
        wanted = await rows.of_run(connection, run_id, PROPOSED, POSTING) if chosen is None else chosen
    wanted = await adjustment_calls.chosen_once(engine, asked, run_id, wanted)
    done, call = Done(), _Call(engine, caller, run, reason or "", effective_at, is_automatic)
    for begin in range(0, len(wanted), _PIECE):
        with adjustment_checks.under_way(has_begun=begin > 0):
            await _post(call, wanted[begin : begin + _PIECE], done)
    with adjustment_checks.under_way():
        return await adjustment_calls.remember(engine, asked, run_id, done)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that posts adjustments of a run."""

    engine: Engine
    caller: Caller
    run: FoundRun
    reason: str
    effective_at: datetime | None
    is_automatic: bool


async def _post(call: _Call, wanted: Sequence[uuid.UUID], done: Done) -> None:
    """Post adjustments, each once. What somebody else is posting is taken over, once: whoever is last goes on, and all
    others wait for it."""
    left, before = list(wanted), None
    while left:
        attempt = uuid.uuid4()
        with adjustment_checks.under_way(has_begun=before is not None):
            begun, skipped, posted, left = await _begin(call, left, attempt, before)
        done.skip(skipped)
        done.ids += posted
        if begun:
            try:
                with adjustment_checks.under_way():
                    rejected = await complete(call.engine, call.caller, call.run, begun, call.reason, attempt)
            except Superseded:
                left += [row["id"] for row in begun]
            else:
                done.skip(list(rejected.items()))
                done.ids += [row["id"] for row in begun if row["id"] not in rejected]
        before = attempt
        if left:
            await asyncio.sleep(_WAIT_SECONDS)


async def _begin(
    call: _Call, wanted: Sequence[uuid.UUID], attempt: uuid.UUID, before: uuid.UUID | None
) -> tuple[list[asyncpg.Record], list[Skipped], list[uuid.UUID], list[uuid.UUID]]:
    """Begin to post. Returns what is to be posted by this attempt, what is skipped, what is posted already, and what
    somebody else is posting."""

    async def begin(
        connection: asyncpg.Connection,
    ) -> tuple[list[asyncpg.Record], list[Skipped], list[uuid.UUID], list[uuid.UUID]]:
        await decisions.begin(connection)
        day = await rows.today(connection) if call.is_automatic else None
        found, wrong = await adjustment_checks.judged(connection, call.run, wanted, day)
        overdue = await rows.begun_before(connection, wanted, BEGUN_AGE)
        mine, posted, others = list[uuid.UUID](), list[uuid.UUID](), list[uuid.UUID]()
        for row in found:
            if row["status"] == POSTED:
                posted.append(row["id"])
            elif row["status"] == PROPOSED or before in (None, row["attempt"]) or row["id"] in overdue:
                mine.append(row["id"])
            else:
                others.append(row["id"])
        if not mine:
            await commits.barrier(connection)
            return [], wrong, posted, others
        decided_by, effective_at = call.caller.principal, call.effective_at
        await rows.begin(
            connection, mine, POSTING, call.reason, decided_by, attempt, effective_at=effective_at, counted_on=day
        )
        begun = await rows.find(connection, mine)
        return [begun[key] for key in mine], wrong, posted, others

    return await unit.write(call.engine, begin)


async def complete(
    engine: Engine, caller: Caller, run: FoundRun, begun: Sequence[asyncpg.Record], reason: str, attempt: uuid.UUID
) -> dict[uuid.UUID, Rejection]:
    """Post adjustments that are being posted by an attempt, and let their entries belong to their matches. Returns what
    the ledger rejects, which is proposed as before. Raises Superseded where somebody else attempts one of them."""
    outcomes = await engine.poster.submit(
        [draft_of(row) for row in begun],
        caller=caller,
        traffic=Traffic.BULK,
        patient=True,
        lease=Attempt(attempt.hex, len(begun)),
    )
    rejected, superseded = dict[uuid.UUID, Rejection](), set[uuid.UUID]()
    posted = dict[uuid.UUID, uuid.UUID]()
    for row, outcome in zip(begun, outcomes, strict=True):
        if isinstance(outcome, Rejection):
            rejected[row["id"]] = outcome
        else:
            posted[row["id"]] = transaction_of(outcome)

    async def conclude(connection: asyncpg.Connection) -> None:
        number = await decisions.begin(connection)
        plan = unit.begin_plan(engine)
        matches = await rows.lock(connection, [row["id"] for row in begun])
        known = await rows.find(connection, [row["id"] for row in begun])
        failed = {key: rejection_text(why) for key, why in rejected.items() if known[key]["attempt"] == attempt}
        superseded.update(rejected.keys() - failed.keys())
        await rows.fail(connection, PROPOSED, failed)
        # Somebody who attempted the same after it may have concluded it.
        new = {key: txn for key, txn in posted.items() if known[key]["status"] == POSTING}
        if not new:
            await commits.barrier(connection)
            return
        made = await _decide(connection, run, new, known, matches, number, plan.now)
        decision = NewDecision(
            source_id=run.source_id,
            reconciliation_id=run.id,
            kind="POST_ADJUSTMENTS",
            adjustments=len(new),
            reason=reason,
            decided_by=caller.principal,
            decided_at=plan.now,
            **{name: made[name] for name in ("matches", "records", "entries")},
        )
        await row_decisions.record(connection, plan, number, DecisionMade(decision, resolved=made["resolved"]))

    await unit.write(engine, conclude)
    if superseded:
        raise Superseded
    return rejected


async def _decide(
    connection: asyncpg.Connection,
    run: FoundRun,
    new: Mapping[uuid.UUID, uuid.UUID],
    known: Mapping[uuid.UUID, asyncpg.Record],
    matches: Mapping[uuid.UUID, str | None],
    decision: int,
    at: datetime,
) -> dict[str, int]:
    """Let the entries of these transactions belong to their matches; those for records make a match with them. Where
    something came between, an entry stays free, for people to see. Returns what the decision counts."""
    claims = await rows.claimed(connection, list(new), list(new.values()))
    last = (await found_rows.find_run(connection, run.id)).last_number
    entries, made = list[PostedEntry](), dict[uuid.UUID, int]()
    for key, transaction_id in new.items():
        row = known[key]
        match_number = row["match_number"]
        if key in claims or (match_number is not None and matches[key] != _CONFIRMED):
            continue
        if match_number is None:
            match_number = made[key] = last + len(made) + 1
        entries.append(PostedEntry(match_number, row["record_number"], transaction_id, row["balance_id"]))
    await rows.make_matches(connection, run.id, entries, decision)
    counts = await rows.claim(connection, run.id, entries, decision, at)
    await rows.post(connection, new, made, decision)
    return {"matches": len(entries), **counts}


def draft_of(row: asyncpg.Record) -> Post:
    """The transaction of an adjustment. All of it is in the row, so that it can be submitted again."""
    balance, amount = encode(BALANCE, row["balance_id"].int), int(row["amount"])
    is_credit = amount > 0
    return Post(
        reference=f"{RESERVED_PREFIX}adjustment:{name_of(row['id'])}",
        currency=row["currency"],
        quantity=Quantity(abs(amount), None),
        source=row["counterpart"] if is_credit else balance,
        destination=balance if is_credit else row["counterpart"],
        precision=row["precision"],
        allow_overdraft=is_credit or row["allow_overdraft"],
        effective_at=row["effective_at"],
        description=row["description"],
    )


def transaction_of(outcome: Outcome) -> uuid.UUID:
    """The transaction that was posted, now or before."""
    assert isinstance(outcome, Movement | Replay), "an adjustment is applied at once"
    name = outcome.recorded.id if isinstance(outcome, Replay) else outcome.id
    number = ids.decode(TRANSACTION, name)
    assert number is not None
    return uuid.UUID(int=number)


async def resume(engine: Engine, caller: Caller, adjustment_id: uuid.UUID) -> tuple[asyncpg.Record, uuid.UUID] | None:
    """Take over an adjustment that somebody began to post or to reverse and did not end: the row, and the attempt that
    goes on. None where somebody did end."""
    attempt = uuid.uuid4()

    async def begin(connection: asyncpg.Connection) -> asyncpg.Record | None:
        await decisions.begin(connection)
        await rows.lock(connection, [adjustment_id])
        row = await find(connection, adjustment_id)
        if not await rows.begun_before(connection, [adjustment_id], BEGUN_AGE):
            await commits.barrier(connection)
            return None
        await rows.begin(connection, [adjustment_id], row["status"], row["reason"], row["decided_by"], attempt)
        return row

    row = await unit.write(engine, begin)
    return None if row is None else (row, attempt)


# Rejecting -------------------------------------------------------------------------------------


async def reject_all(
    engine: Engine,
    caller: Caller,
    run_id: uuid.UUID,
    chosen: Sequence[uuid.UUID] | None,
    reason: str,
    request_id: str | None = None,
) -> Made[Done]:
    """Decide that the chosen adjustments of a run, or all that are proposed, are not posted.

    Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED, RECONCILIATION_IS_DRY_RUN,
    REQUEST_ID_CONFLICT.
    """

    async def create(connection: asyncpg.Connection, _: Plan) -> tuple[Done, Sequence[uuid.UUID]]:
        done = await _reject(connection)
        return done, adjustment_calls.kept(run_id, done)

    async def find(connection: asyncpg.Connection, ids: Sequence[uuid.UUID]) -> Done:
        return adjustment_calls.done_of(ids)

    async def _reject(connection: asyncpg.Connection) -> Done:
        number = await decisions.begin(connection)
        plan = unit.begin_plan(engine)
        run = await row_checks.deciding_run(connection, run_id)
        wanted = await rows.of_run(connection, run_id, PROPOSED) if chosen is None else chosen
        await rows.lock(connection, wanted)
        known = await rows.find(connection, wanted)
        done, new, skipped = Done(), list[uuid.UUID](), list[Skipped]()
        for key in wanted:
            row = known.get(key)
            if row is None or row["reconciliation_id"] != run_id:
                skipped.append((key, adjustment_checks.missing(key).rejection))
            elif row["status"] == PROPOSED:
                new.append(key)
            elif row["status"] != REJECTED:
                skipped.append((key, wrong_status(Reason.RECONCILIATION_ADJUSTMENT_NOT_PROPOSED, row).rejection))
        done.skip(skipped)
        left_out = set(done.skipped_ids)
        done.ids = [key for key in wanted if key not in left_out]
        if not new:
            await commits.barrier(connection)
            return done
        await rows.reject(connection, new, number, reason, caller.principal)
        decision = NewDecision(
            source_id=run.source_id,
            reconciliation_id=run_id,
            kind="REJECT_ADJUSTMENTS",
            adjustments=len(new),
            reason=reason,
            decided_by=caller.principal,
            decided_at=plan.now,
        )
        await row_decisions.record(connection, plan, number, DecisionMade(decision))
        return done

    asked = adjustment_calls.asked(Noun.ADJUSTMENTS_REJECTED, request_id, run_id, chosen, reason)
    return await creation.all_once(engine, asked, find=find, create=create)
