"""What adjustments are, and which of them may be posted."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Context, Decimal, Inexact

import asyncpg

from ledgerd.core.model.ids import BALANCE, RECONCILIATION_ADJUSTMENT, encode
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, reject
from ledgerd.operations import found_rows, row_checks
from ledgerd.operations.found_rows import FoundRun
from ledgerd.reconciliation import adjusting
from ledgerd.store import reconciliation_adjustments as rows

PROPOSED, POSTING, POSTED = "PROPOSED", "POSTING", "POSTED"
REJECTED, REVERSING, REVERSED = "REJECTED", "REVERSING", "REVERSED"
_ALIKE_AMONG = 50_000
"""Among so many of the last movements of a balance an entry is looked for that may be what is missing."""
_CONFIRMED = "CONFIRMED"
_EXACT = Context(prec=100, traps=[Inexact])
"""Sums of amounts are never rounded."""

_NOTHING_DONE = frozenset({Reason.TOO_BUSY, Reason.SHUTTING_DOWN, Reason.INTERNAL})

Skipped = tuple[uuid.UUID, Rejection]
"""A chosen adjustment that stays as it is, and why."""


class DayLimits:
    """Says what more may be posted without confirmation on a day, in the order in which it is asked."""

    def __init__(self, counted: Iterable[asyncpg.Record]) -> None:
        self._posted: dict[tuple[uuid.UUID, str], Decimal] = {}
        for row in counted:
            self._add(row)

    def allow(self, run: FoundRun, row: asyncpg.Record) -> bool:
        """Whether an adjustment of a run may be posted. It counts then."""
        adjustment = run.rules[row["level"]].adjustment
        if adjustment is None:
            return False
        together = _EXACT.add(self._posted.get(_limited(row), Decimal(0)), _major_units(row))
        if together > adjustment.post_at_most_per_day.get(row["currency"], Decimal(0)):
            return False
        self._add(row)
        return True

    def _add(self, row: asyncpg.Record) -> None:
        before = self._posted.get(_limited(row), Decimal(0))
        self._posted[_limited(row)] = _EXACT.add(before, _major_units(row))


def _limited(row: asyncpg.Record) -> tuple[uuid.UUID, str]:
    """What has a limit of its own: a rule and a currency."""
    return row["rule_id"], row["currency"]


def _major_units(row: asyncpg.Record) -> Decimal:
    return adjusting.major_units(int(row["amount"]), row["precision"])


async def judged(
    connection: asyncpg.Connection, run: FoundRun, wanted: Sequence[uuid.UUID], day: date | None
) -> tuple[list[asyncpg.Record], list[Skipped]]:
    """The adjustments, in order, that can be posted, are being posted or are posted; and why the others cannot be. With
    a day nobody confirms them, and they count on the limits of their rules on it."""
    matches = await rows.lock(connection, wanted)
    known = await rows.find(connection, wanted)
    claims = await rows.claimed(connection, list(known))
    records = {row["record_number"] for row in known.values() if row["record_number"] is not None}
    reserved = {claim["record_number"]: claim for claim in await rows.reserving(connection, records)}
    # Whoever waits for others asks again and again: only what is proposed is looked for in the ledger.
    proposed = [key for key, row in known.items() if row["status"] == PROPOSED]
    alike = await rows.alike(connection, proposed, _ALIKE_AMONG) | await rows.alike_under_way(connection, proposed)
    unwanted, day_limits = set[uuid.UUID](), None
    if day is not None:
        unwanted = await rows.unwanted(connection, proposed)
        day_limits = DayLimits(await rows.counted(connection, {row["rule_id"] for row in known.values()}, day))
    found, skipped = list[asyncpg.Record](), list[Skipped]()
    for adjustment_id in wanted:
        row = known.get(adjustment_id)
        if row is None or row["reconciliation_id"] != run.id:
            skipped.append((adjustment_id, missing(adjustment_id).rejection))
        elif row["status"] in (POSTING, POSTED):
            found.append(row)
        elif row["status"] != PROPOSED:
            skipped.append((adjustment_id, wrong_status(Reason.RECONCILIATION_ADJUSTMENT_NOT_PROPOSED, row).rejection))
        elif row["match_number"] is not None and matches[adjustment_id] != _CONFIRMED:
            status = matches[adjustment_id] or ""
            wrong = row_checks.wrong_status(
                Reason.RECONCILIATION_MATCH_NOT_CONFIRMED, run.id, row["match_number"], status
            )
            skipped.append((adjustment_id, wrong.rejection))
        elif claim := claims.get(adjustment_id) or reserved.get(row["record_number"]):
            skipped.append((adjustment_id, row_checks.claimed_by(claim).rejection))
        elif entry := alike.get(adjustment_id):
            skipped.append((adjustment_id, _is_there(entry).rejection))
        elif adjustment_id in unwanted or (day_limits is not None and not day_limits.allow(run, row)):
            # Nobody reads why: it stays proposed, for somebody to confirm.
            skipped.append((adjustment_id, wrong_status(Reason.RECONCILIATION_ADJUSTMENT_NOT_PROPOSED, row).rejection))
        else:
            found.append(row)
    return found, skipped


@contextmanager
def under_way(*, has_begun: bool = True) -> Iterator[None]:
    """What has begun is completed by somebody. So whoever gives up meanwhile may not be told that nothing was done.
    Raises Rejected: DATABASE_UNAVAILABLE. Where nothing has begun, the rejection is told as it is."""
    try:
        yield
    except Rejected as rejected:
        if has_begun and rejected.rejection.reason in _NOTHING_DONE:
            raise reject(Reason.DATABASE_UNAVAILABLE) from rejected
        raise


async def find(connection: asyncpg.Connection, adjustment_id: uuid.UUID) -> asyncpg.Record:
    """An adjustment. Raises Rejected: RECONCILIATION_ADJUSTMENT_NOT_FOUND."""
    row = (await rows.find(connection, [adjustment_id])).get(adjustment_id)
    if row is None:
        raise missing(adjustment_id)
    return row


def name_of(adjustment_id: uuid.UUID) -> str:
    """An adjustment, as callers name it."""
    return encode(RECONCILIATION_ADJUSTMENT, adjustment_id.int)


def missing(adjustment_id: uuid.UUID) -> Rejected:
    return reject(Reason.RECONCILIATION_ADJUSTMENT_NOT_FOUND, reconciliation_adjustment=name_of(adjustment_id))


def _is_there(entry: asyncpg.Record) -> Rejected:
    """The rejection, to be raised, because of an entry that may be what is missing, or an adjustment that makes one."""
    if "other_id" in entry:
        details = {"other_adjustment": name_of(entry["other_id"]), "balance": encode(BALANCE, entry["balance_id"].int)}
    else:
        details = found_rows.entry_details((entry["transaction_id"], entry["balance_id"]))
    return reject(Reason.SIMILAR_ENTRY_EXISTS, reconciliation_adjustment=name_of(entry["id"]), **details)


def wrong_status(reason: Reason, row: asyncpg.Record) -> Rejected:
    """The rejection, to be raised, of an adjustment that has another status than needed."""
    return reject(reason, reconciliation_adjustment=name_of(row["id"]), status=row["status"])
