"""Decisions about what runs found: matches are confirmed, rejected, made and released, rows ignored and restored.

Decisions are made one after the other, each in one transaction: a row has one claim at a time, over all runs.
"""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.event import Event, EventKind
from ledgerd.core.model.ids import EXTERNAL_SOURCE, RECONCILIATION, ROW_DECISION, encode
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.model.row_decision_events import ExceptionsChanged, RowsDecided
from ledgerd.core.plan import Plan
from ledgerd.operations import (
    creation,
    external_sources,
    found_rows,
    matches,
    reconciliation_exceptions,
    row_checks,
    unit,
)
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.reconciliation.matching.times import distance_between
from ledgerd.store import event_writer, session
from ledgerd.store import matches as stored
from ledgerd.store import row_decisions as rows
from ledgerd.store.row_decisions import Choice, NewDecision, RowSet

_PROPOSED, _CONFIRMED = "PROPOSED", "CONFIRMED"
_KINDS = {
    "CONFIRM_MATCHES": EventKind.RECONCILIATION_MATCHES_CONFIRMED,
    "REJECT_MATCHES": EventKind.RECONCILIATION_MATCHES_REJECTED,
    "CREATE_MATCH": EventKind.RECONCILIATION_MATCH_CREATED,
    "RELEASE_MATCH": EventKind.RECONCILIATION_MATCH_RELEASED,
    "IGNORE_ROWS": EventKind.RECONCILIATION_ROWS_IGNORED,
    "RESTORE_ROWS": EventKind.RECONCILIATION_ROWS_RESTORED,
    "POST_ADJUSTMENTS": EventKind.RECONCILIATION_ADJUSTMENTS_POSTED,
    "REJECT_ADJUSTMENTS": EventKind.RECONCILIATION_ADJUSTMENTS_REJECTED,
    "REVERSE_ADJUSTMENT": EventKind.RECONCILIATION_ADJUSTMENT_REVERSED,
}


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and the first of the chosen matches that it left out. A replayed one does not tell these."""

    decision: asyncpg.Record
    skipped: Sequence[row_checks.Skipped] = field(default=())


class DecisionMade(NamedTuple):
    """What a decision did: what is recorded of it, what it left out, how many exceptions it resolved, and what else is
    told."""

    new: NewDecision
    skipped: Sequence[row_checks.Skipped] = ()
    resolved: int = 0
    events: Sequence[Event] = ()


Decide = Callable[[asyncpg.Connection, int, datetime], Awaitable[DecisionMade]]
"""Does what was decided, under the number of the decision and at its time."""


async def get(engine: Engine, caller: Caller, number: int) -> asyncpg.Record | None:
    """A decision by its number."""
    async with engine.pool.acquire() as connection:
        return await rows.find(connection, number)


# Matches ---------------------------------------------------------------------------------------


async def confirm(
    engine: Engine, caller: Caller, choice: Choice, reason: str | None, request_id: str | None
) -> Made[Decided]:
    """Confirm the chosen matches that can be confirmed.

    Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED, RECONCILIATION_IS_DRY_RUN,
    CONFIRMER_IS_PROPOSER, REQUEST_ID_CONFLICT.
    """

    async def decide(connection: asyncpg.Connection, number: int, at: datetime) -> DecisionMade:
        run = await row_checks.deciding_run(connection, choice.run_id)
        has_made = await row_checks.check_confirmer(connection, caller, run, choice)
        await session.take_long_time(connection)
        skipped = await row_checks.not_proposed(connection, choice)
        counts, skipped_count = [0, 0, 0, 0], len(skipped)
        for bounds in row_checks.pieces(run):
            left_out = await row_checks.left_out(connection, run, choice, bounds, number, of_all=has_made)
            without = [match.number for match in left_out]
            found = await rows.confirm(connection, choice, bounds, without, number, at)
            counts = [one + other for one, other in zip(counts, found, strict=True)]
            skipped += left_out[: limits.SKIPPED_TOLD_MAX - len(skipped)]
            skipped_count += len(left_out)
        new = NewDecision(
            source_id=run.source_id,
            reconciliation_id=run.id,
            kind="CONFIRM_MATCHES",
            matches=counts[0],
            records=counts[1],
            entries=counts[2],
            skipped=skipped_count,
            reason=reason or "",
            decided_by=caller.principal,
            decided_at=at,
        )
        return DecisionMade(new, sorted(skipped)[: limits.SKIPPED_TOLD_MAX], counts[3])

    fields = {"reconciliation_id": choice.run_id.hex, "selection": (choice.level, choice.numbers), "reason": reason}
    made = await _once(engine, request_id, {"kind": "CONFIRM_MATCHES", **fields}, decide)
    engine.board.proposed.set()  # Adjustments of matches that are confirmed may be posted.
    return made


async def reject_matches(
    engine: Engine, caller: Caller, choice: Choice, reason: str, request_id: str | None
) -> Made[Decided]:
    """Reject the chosen matches that are proposed.

    Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED, RECONCILIATION_IS_DRY_RUN,
    REQUEST_ID_CONFLICT.
    """

    async def decide(connection: asyncpg.Connection, number: int, at: datetime) -> DecisionMade:
        run = await row_checks.deciding_run(connection, choice.run_id)
        await session.take_long_time(connection)
        skipped = await row_checks.not_proposed(connection, choice)
        count = sum([await rows.reject(connection, choice, bounds, number) for bounds in row_checks.pieces(run)])
        new = NewDecision(
            source_id=run.source_id,
            reconciliation_id=run.id,
            kind="REJECT_MATCHES",
            matches=count,
            skipped=len(skipped),
            reason=reason,
            decided_by=caller.principal,
            decided_at=at,
        )
        head = engine.ids_and_clock.block().hex_head
        opened = await reconciliation_exceptions.open_rejected(connection, run, number, at, head) if count else []
        return DecisionMade(new, skipped[: limits.SKIPPED_TOLD_MAX], events=opened)

    fields = {"reconciliation_id": choice.run_id.hex, "selection": (choice.level, choice.numbers), "reason": reason}
    return await _once(engine, request_id, {"kind": "REJECT_MATCHES", **fields}, decide)


async def create(
    engine: Engine, caller: Caller, run_id: uuid.UUID, chosen: RowSet, reason: str, request_id: str | None
) -> Made[Decided]:
    """Make a match that no rule found: it is confirmed, or proposed where another caller must confirm it.

    Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED, RECONCILIATION_IS_DRY_RUN,
    EXTERNAL_RECORD_NOT_FOUND, RECONCILIATION_ENTRY_NOT_FOUND, CURRENCY_MISMATCH, ROW_CLAIMED, REQUEST_ID_CONFLICT.
    """

    async def decide(connection: asyncpg.Connection, number: int, at: datetime) -> DecisionMade:
        run = await row_checks.deciding_run(connection, run_id)
        is_proposed = await row_checks.needs_another_caller(connection, run)
        await found_rows.check(connection, run.source_id, run.scope.balance_ids, chosen.records, chosen.entries)
        found = await found_rows.read(connection, run, chosen.records, chosen.entries)
        await found_rows.check_holds(connection, run, found, chosen.entries)
        records, entries = found.of(chosen.records, chosen.entries)
        currencies = list(dict.fromkeys(row.currency for row in (*records, *entries)))
        if len(currencies) > 1:
            raise reject(Reason.CURRENCY_MISMATCH, requested=currencies[0], currency=currencies[1])
        await row_checks.check_free(connection, chosen)
        match_number = run.last_number + 1
        drift = abs(sum(row.amount for row in records) - sum(row.amount for row in entries))
        distance = distance_between(records, entries) if records and entries else 0
        await rows.insert_match(
            connection,
            run.id,
            match_number,
            chosen,
            drift=drift,
            distance=distance,
            status=_PROPOSED if is_proposed else _CONFIRMED,
            decision=number,
        )
        resolved = 0 if is_proposed else await rows.claim(connection, chosen, number, at, (run.id, match_number))
        new = NewDecision(
            source_id=run.source_id,
            reconciliation_id=run.id,
            kind="CREATE_MATCH",
            matches=1,
            records=0 if is_proposed else len(records),
            entries=0 if is_proposed else len(entries),
            match_number=match_number,
            reason=reason,
            decided_by=caller.principal,
            decided_at=at,
        )
        return DecisionMade(new, resolved=resolved)

    fields = {"reconciliation_id": run_id.hex, **_named(chosen), "reason": reason}
    return await _once(engine, request_id, {"kind": "CREATE_MATCH", **fields}, decide)


async def release(
    engine: Engine, caller: Caller, run_id: uuid.UUID, match_number: int, reason: str, request_id: str | None
) -> Made[Decided]:
    """Take back that a match is confirmed.

    Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED, RECONCILIATION_MATCH_NOT_FOUND,
    RECONCILIATION_MATCH_NOT_CONFIRMED, RECONCILIATION_MATCH_ADJUSTED, CONFIRMER_IS_PROPOSER, REQUEST_ID_CONFLICT.
    """

    async def decide(connection: asyncpg.Connection, number: int, at: datetime) -> DecisionMade:
        run = await found_rows.find_finished(connection, run_id)
        match = await stored.find(connection, run_id, match_number)
        if match is None:
            raise matches.missing(run_id, match_number)
        if match["status"] != _CONFIRMED:
            raise row_checks.wrong_status(
                Reason.RECONCILIATION_MATCH_NOT_CONFIRMED, run_id, match_number, match["status"]
            )
        await row_checks.check_not_adjusted(connection, run_id, match_number)
        await row_checks.check_releaser(connection, caller, run, match_number)
        counts = await rows.release_match(connection, run_id, match_number, number)
        new = NewDecision(
            source_id=run.source_id,
            reconciliation_id=run.id,
            kind="RELEASE_MATCH",
            matches=1,
            records=counts["records"],
            entries=counts["entries"],
            match_number=match_number,
            reason=reason,
            decided_by=caller.principal,
            decided_at=at,
        )
        return DecisionMade(new)

    fields = {"reconciliation_id": run_id.hex, "number": match_number, "reason": reason}
    return await _once(engine, request_id, {"kind": "RELEASE_MATCH", **fields}, decide)


# Rows ------------------------------------------------------------------------------------------


async def ignore(
    engine: Engine, caller: Caller, source_id: uuid.UUID, chosen: RowSet, reason: str, request_id: str | None
) -> Made[Decided]:
    """Say that rows need no match.

    Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND, EXTERNAL_RECORD_NOT_FOUND, RECONCILIATION_ENTRY_NOT_FOUND, ROW_CLAIMED,
    CONFIRMER_IS_PROPOSER, REQUEST_ID_CONFLICT.
    """

    async def decide(connection: asyncpg.Connection, number: int, at: datetime) -> DecisionMade:
        source = await _check_rows(connection, source_id, chosen)
        await row_checks.check_free(connection, chosen)
        await row_checks.check_ignorer(connection, caller, source, chosen)
        resolved = await rows.claim(connection, chosen, number, at, None)
        return DecisionMade(_of_rows(caller, source_id, "IGNORE_ROWS", chosen, reason, at), resolved=resolved)

    return await _once(engine, request_id, _fields("IGNORE_ROWS", source_id, chosen, reason), decide)


async def restore(
    engine: Engine, caller: Caller, source_id: uuid.UUID, chosen: RowSet, reason: str, request_id: str | None
) -> Made[Decided]:
    """Take back that rows are ignored.

    Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND, EXTERNAL_RECORD_NOT_FOUND, RECONCILIATION_ENTRY_NOT_FOUND,
    ROW_NOT_IGNORED, REQUEST_ID_CONFLICT.
    """

    async def decide(connection: asyncpg.Connection, number: int, at: datetime) -> DecisionMade:
        await _check_rows(connection, source_id, chosen)
        claims = await rows.claims(connection, chosen)
        ignored = {matches.key_of(claim) for claim in claims if claim["match_number"] is None}
        for key in (*((record, None) for record in chosen.records), *((None, entry) for entry in chosen.entries)):
            if key not in ignored:
                raise reject(Reason.ROW_NOT_IGNORED, **row_checks.row_details(key))
        await rows.unclaim(connection, chosen, number)
        return DecisionMade(_of_rows(caller, source_id, "RESTORE_ROWS", chosen, reason, at))

    return await _once(engine, request_id, _fields("RESTORE_ROWS", source_id, chosen, reason), decide)


async def _check_rows(connection: asyncpg.Connection, source_id: uuid.UUID, chosen: RowSet) -> asyncpg.Record:
    source = await external_sources.find(connection, source_id)
    await found_rows.check(connection, source_id, source["balance_ids"], chosen.records, chosen.entries)
    return source


def _of_rows(caller: Caller, source_id: uuid.UUID, kind: str, chosen: RowSet, reason: str, at: datetime) -> NewDecision:
    return NewDecision(
        source_id=source_id,
        reconciliation_id=None,
        kind=kind,
        records=len(chosen.records),
        entries=len(chosen.entries),
        reason=reason,
        decided_by=caller.principal,
        decided_at=at,
    )


def _fields(kind: str, source_id: uuid.UUID, chosen: RowSet, reason: str) -> dict[str, object]:
    return {"kind": kind, "external_source_id": source_id.hex, **_named(chosen), "reason": reason}


def _named(chosen: RowSet) -> dict[str, object]:
    entries = [(transaction.hex, balance.hex) for transaction, balance in chosen.entries]
    return {"external_record_ids": list(chosen.records), "entries": entries}


# What is recorded ------------------------------------------------------------------------------


async def _once(engine: Engine, request_id: str | None, fields: dict[str, object], decide: Decide) -> Made[Decided]:
    """The decision, or the one that the request id made. Raises Rejected as the decision, and REQUEST_ID_CONFLICT."""

    async def make(connection: asyncpg.Connection, _: Plan) -> tuple[Decided, Sequence[uuid.UUID]]:
        number = await rows.begin(connection)
        plan = unit.begin_plan(engine)  # Now that the head is locked: times follow each other as the numbers do.
        made = await decide(connection, number, plan.now)
        await record(connection, plan, number, made)
        row = await rows.find(connection, number)
        assert row is not None
        return Decided(row, made.skipped), [uuid.UUID(int=number)]

    async def find(connection: asyncpg.Connection, ids: Sequence[uuid.UUID]) -> Decided:
        row = await rows.find(connection, ids[0].int)
        assert row is not None, "a decision vanished"
        return Decided(row)

    request = CreateRequest(Noun.ROW_DECISION, request_id, fields, {"kind": "request_id"})
    return await creation.all_once(engine, request, find=find, create=make)


async def record(connection: asyncpg.Connection, plan: Plan, number: int, made: DecisionMade) -> None:
    """Record a decision that was made under the lock of the head, with its events, as the last thing that it does."""
    assert await rows.record(connection, made.new) == number, "another decision came between"
    await event_writer.write_journal(connection, plan, _events(plan, made, number))


def _events(plan: Plan, made: DecisionMade, number: int) -> list[event_writer.EventRow]:
    new = made.new
    source_id, decision_id = encode(EXTERNAL_SOURCE, new.source_id.int), encode(ROW_DECISION, number)
    run_id = new.reconciliation_id
    decided = RowsDecided(
        decision_id=decision_id,
        source_id=source_id,
        reconciliation_id=None if run_id is None else encode(RECONCILIATION, run_id.int),
        kind=new.kind,
        matches=new.matches,
        records=new.records,
        entries=new.entries,
        skipped=new.skipped,
        match_number=new.match_number,
        decided_by=new.decided_by,
        adjustments=new.adjustments,
    )
    events = [Event(_KINDS[new.kind], decided)]
    if made.resolved:
        resolved = ExceptionsChanged(source_id=source_id, count=made.resolved, decision_id=decision_id)
        events.append(Event(EventKind.RECONCILIATION_EXCEPTIONS_RESOLVED, resolved))
    events += made.events
    return [event_writer.event_row(plan, ordinal, event) for ordinal, event in enumerate(events, 1)]
