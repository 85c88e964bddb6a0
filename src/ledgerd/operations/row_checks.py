"""What is judged before a decision about rows: the run, the caller, the matches, the claims."""

import uuid
from typing import NamedTuple

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.access.separation import may_confirm
from ledgerd.core.model.external_source import ConfirmationPolicy
from ledgerd.core.model.ids import (
    EXTERNAL_RECORD,
    EXTERNAL_SOURCE,
    RECONCILIATION,
    RECONCILIATION_ADJUSTMENT,
    ROW_DECISION,
    encode,
)
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, reject
from ledgerd.operations import external_sources, found_rows, matches
from ledgerd.operations.found_rows import FoundRun
from ledgerd.store import reconciliation_adjustments
from ledgerd.store import row_decisions as rows
from ledgerd.store.row_decisions import Choice, RowSet

ANOTHER_CALLER = ConfirmationPolicy.ANOTHER_CALLER
_PIECE_MATCHES = 50_000
"""So many matches are confirmed by one statement."""
_PROPOSED = "PROPOSED"


class Skipped(NamedTuple):
    """A chosen match that was left out of a decision, and why."""

    number: int
    rejection: Rejection


async def deciding_run(connection: asyncpg.Connection, run_id: uuid.UUID) -> FoundRun:
    """A run about whose matches decisions can be made.

    Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED, RECONCILIATION_IS_DRY_RUN.
    """
    run = await found_rows.find_finished(connection, run_id)
    if run.dry_run:
        raise reject(Reason.RECONCILIATION_IS_DRY_RUN, reconciliation=encode(RECONCILIATION, run_id.int))
    return run


async def needs_another_caller(connection: asyncpg.Connection, run: FoundRun) -> bool:
    """Whether the source demands that another caller confirms than the one who proposed, or did when the run began:
    a source that demands it no longer, or not yet, changes nothing for earlier runs."""
    if run.confirmation_policy is ANOTHER_CALLER:
        return True
    source = await external_sources.find(connection, run.source_id)
    return bool(source["confirmation_policy"] == ANOTHER_CALLER)


async def check_confirmer(connection: asyncpg.Connection, caller: Caller, run: FoundRun, choice: Choice) -> bool:
    """Where the source demands it, another caller confirms than the one who proposed: whoever began the run proposed
    what its rules found, and a match that somebody made was proposed by whoever made it.

    Returns whether any of the chosen matches was made by somebody. Raises Rejected: CONFIRMER_IS_PROPOSER.
    """
    is_demanded = await needs_another_caller(connection, run)
    numbers = choice.numbers or ()
    made = await rows.proposers(connection, run.id, numbers) if numbers else {}
    proposers = set(made.values())
    if choice.numbers is None or made.keys() != set(numbers):
        proposers.add(run.created_by)
    for proposer in proposers:
        if not may_confirm(caller, proposer, is_demanded=is_demanded):
            raise reject(Reason.CONFIRMER_IS_PROPOSER, external_source=encode(EXTERNAL_SOURCE, run.source_id.int))
    return bool(made)


async def check_releaser(connection: asyncpg.Connection, caller: Caller, run: FoundRun, number: int) -> None:
    """A match is released by whoever could confirm it. Raises Rejected: CONFIRMER_IS_PROPOSER."""
    is_demanded = await needs_another_caller(connection, run)
    made = await rows.maker(connection, run.id, number)
    proposer = run.created_by if made is None else made["decided_by"]
    if not may_confirm(caller, proposer, is_demanded=is_demanded):
        raise reject(Reason.CONFIRMER_IS_PROPOSER, external_source=encode(EXTERNAL_SOURCE, run.source_id.int))


async def check_ignorer(connection: asyncpg.Connection, caller: Caller, source: asyncpg.Record, chosen: RowSet) -> None:
    """Where the source demands another caller, or did for these rows: whoever began the run that left them open, or the
    last run of the source, does not say that they need no match. Raises Rejected: CONFIRMER_IS_PROPOSER."""
    begun = await rows.runs_about(connection, source["id"], chosen)
    is_demanded = any(row["confirmation_policy"] == ANOTHER_CALLER for row in (source, *begun))
    for proposer in {run["created_by"] for run in begun} or {None}:
        if not may_confirm(caller, proposer, is_demanded=is_demanded):
            raise reject(Reason.CONFIRMER_IS_PROPOSER, external_source=encode(EXTERNAL_SOURCE, source["id"].int))


async def check_free(connection: asyncpg.Connection, chosen: RowSet) -> None:
    """None of these rows is claimed, or about to be. Raises Rejected: ROW_CLAIMED."""
    claims = await rows.claims(connection, chosen)
    for claim in claims or await reconciliation_adjustments.reserving(connection, chosen.records):
        raise claimed_by(claim)


async def check_not_adjusted(connection: asyncpg.Connection, run_id: uuid.UUID, number: int) -> None:
    """No entry of an adjustment belongs to a match. Raises Rejected: RECONCILIATION_MATCH_ADJUSTED."""
    adjustment = await reconciliation_adjustments.of_match(connection, run_id, number)
    if adjustment is not None:
        raise reject(
            Reason.RECONCILIATION_MATCH_ADJUSTED,
            reconciliation=encode(RECONCILIATION, run_id.int),
            number=number,
            reconciliation_adjustment=encode(RECONCILIATION_ADJUSTMENT, adjustment.int),
        )


async def not_proposed(connection: asyncpg.Connection, choice: Choice) -> list[Skipped]:
    """Of matches chosen by number those that do not exist or are not proposed."""
    if choice.numbers is None:
        return []
    statuses = await rows.statuses(connection, choice.run_id, choice.numbers)
    skipped = []
    for number in sorted(choice.numbers):
        if number not in statuses:
            skipped.append(Skipped(number, matches.missing(choice.run_id, number).rejection))
        elif statuses[number] != _PROPOSED:
            wrong = wrong_status(Reason.RECONCILIATION_MATCH_NOT_PROPOSED, choice.run_id, number, statuses[number])
            skipped.append(Skipped(number, wrong.rejection))
    return skipped


async def left_out(
    connection: asyncpg.Connection,
    run: FoundRun,
    choice: Choice,
    bounds: tuple[int, int],
    decision: int,
    *,
    of_all: bool,
) -> list[Skipped]:
    """Of the chosen matches in a range of numbers those that cannot be confirmed: of a hold nothing remains, a row is
    claimed, or a match with a smaller number wants it."""
    over = await rows.released_holds(connection, choice, *bounds) if run.scope.inflight else ()
    found = {row["number"]: found_rows.missing_entry((row["transaction_id"], row["balance_id"])) for row in over}
    claimed = await rows.claimed(connection, choice, *bounds)
    found = {row["number"]: claimed_by(row) for row in claimed} | found
    wanted = await overlapping(connection, choice, set(found), bounds, decision, of_all=of_all)
    return [Skipped(number, rejected.rejection) for number, rejected in found.items()] + wanted


async def overlapping(
    connection: asyncpg.Connection,
    choice: Choice,
    without: set[int],
    bounds: tuple[int, int],
    decision: int,
    *,
    of_all: bool,
) -> list[Skipped]:
    """Of matches chosen by number, ambiguous ones or all, those that want a row of one with a smaller number, which has
    it then."""
    if choice.numbers is None:
        return []
    by_match: dict[int, list[matches.RowKey]] = {}
    for row in await rows.contested_rows(connection, choice.run_id, choice.numbers, of_all=of_all):
        if bounds[0] < row["number"] <= bounds[1] and row["number"] not in without:
            by_match.setdefault(row["number"], []).append(matches.key_of(row))
    taken: dict[matches.RowKey, int] = {}
    skipped = []
    for number, keys in sorted(by_match.items()):
        key = next((key for key in keys if key in taken), None)
        if key is None:
            taken |= dict.fromkeys(keys, number)
            continue
        rejected = reject(
            Reason.ROW_CLAIMED,
            **row_details(key),
            reconciliation_decision=encode(ROW_DECISION, decision),
            reconciliation=encode(RECONCILIATION, choice.run_id.int),
            number=taken[key],
        )
        skipped.append(Skipped(number, rejected.rejection))
    return skipped


def pieces(run: FoundRun) -> list[tuple[int, int]]:
    """Ranges of numbers: above the first, up to the last."""
    return [(begin, begin + _PIECE_MATCHES) for begin in range(0, run.last_number, _PIECE_MATCHES)]


def claimed_by(claim: asyncpg.Record) -> Rejected:
    """The rejection, to be raised, because of a claim."""
    if claim["adjustment_id"] is not None:
        of = {"reconciliation_adjustment": encode(RECONCILIATION_ADJUSTMENT, claim["adjustment_id"].int)}
    else:
        of = {"reconciliation_decision": encode(ROW_DECISION, claim["claimed_by"])}
    if claim["match_number"] is not None:
        of |= {
            "reconciliation": encode(RECONCILIATION, claim["reconciliation_id"].int),
            "number": claim["match_number"],
        }
    return reject(Reason.ROW_CLAIMED, **row_details(matches.key_of(claim)), **of)


def row_details(key: matches.RowKey) -> dict[str, str]:
    """A row, as rejections name it."""
    record, entry = key
    if entry is not None:
        return found_rows.entry_details(entry)
    assert record is not None
    return {"external_record": encode(EXTERNAL_RECORD, record)}


def wrong_status(reason: Reason, run_id: uuid.UUID, number: int, status: str) -> Rejected:
    """The rejection, to be raised, of a match that has another status than needed."""
    return reject(reason, reconciliation=encode(RECONCILIATION, run_id.int), number=number, status=status)
