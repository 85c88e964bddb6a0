"""Adjustments as rows of their table."""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.RECONCILIATION_ADJUSTMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAdjustment:
    """An adjustment to be proposed: of a match or of a record. The amount has the sign of a credit of the balance."""

    level: int
    rule_id: uuid.UUID
    rule_version: int
    kind: str
    match_number: int | None
    record_number: int | None
    first_record: int
    balance_id: uuid.UUID
    counterpart: str
    amount: int
    currency: str
    precision: int
    effective_at: datetime
    allow_overdraft: bool
    description: str | None
    is_automatic: bool


class PostedEntry(NamedTuple):
    """The entry of an adjustment, and the match that it belongs to. ``record_number`` is given where the match was made
    of both."""

    match_number: int
    record_number: int | None
    transaction_id: uuid.UUID
    balance_id: uuid.UUID


# What a run proposes ---------------------------------------------------------------------------


async def differences(
    connection: asyncpg.Connection,
    run_id: uuid.UUID,
    levels: Sequence[int],
    fee_levels: Sequence[int],
    precisions: Mapping[str, int],
    *,
    is_opposite: bool,
    limit: int,
) -> list[asyncpg.Record]:
    """The first matches of these levels whose records are more or less than their entries; ``fee_levels`` are those
    whose rules have fees."""
    rows: list[asyncpg.Record] = await connection.fetch(
        _QUERIES.differences,
        run_id,
        list(levels),
        limit,
        json.dumps(dict(precisions)),
        is_opposite,
        list(fee_levels),
    )
    return rows


async def booked(connection: asyncpg.Connection, numbers: Collection[int], time_zone: str) -> dict[int, datetime]:
    """When these records were booked."""
    return {
        row["number"]: row["booked_at"] for row in await connection.fetch(_QUERIES.booked, list(numbers), time_zone)
    }


async def propose(
    connection: asyncpg.Connection,
    run_id: uuid.UUID,
    source_id: uuid.UUID,
    proposed: Sequence[NewAdjustment],
    *,
    id_head: str,
    first: int,
) -> None:
    """Propose adjustments. Their ids begin with these 26 hex digits, and are counted from ``first`` on."""
    rows = [{"place": place, **_plain(new)} for place, new in enumerate(proposed, 1)]
    await connection.execute(_QUERIES.propose, run_id, source_id, json.dumps(rows), id_head, first)


def _plain(new: NewAdjustment) -> dict[str, object]:
    return {
        **asdict(new),
        "rule_id": new.rule_id.hex,
        "balance_id": new.balance_id.hex,
        "amount": str(new.amount),
        "effective_at": new.effective_at.isoformat(),
    }


async def make_due(connection: asyncpg.Connection, run_id: uuid.UUID) -> None:
    """Let what the rules of a run may post for records alone be posted."""
    await connection.execute(_QUERIES.make_due, run_id)


# Read ------------------------------------------------------------------------------------------


async def find(
    connection: asyncpg.Connection, adjustment_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, asyncpg.Record]:
    """Those of these adjustments that exist."""
    rows = await connection.fetch(f"{_QUERIES.select} WHERE t.id = ANY ($1::uuid[])", list(adjustment_ids))
    return {row["id"]: row for row in rows}


async def of_run(connection: asyncpg.Connection, run_id: uuid.UUID, *statuses: str) -> list[uuid.UUID]:
    """The adjustments of a run in these statuses, in order."""
    return [row["id"] for row in await connection.fetch(_QUERIES.of_run, run_id, list(statuses))]


async def lock(connection: asyncpg.Connection, adjustment_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str | None]:
    """Lock adjustments until the end of the transaction. Returns the status of the match whose difference each is."""
    rows = await connection.fetch(_QUERIES.lock, list(adjustment_ids))
    return {row["id"]: row["match_status"] for row in rows}


async def claimed(
    connection: asyncpg.Connection, adjustment_ids: Sequence[uuid.UUID], transaction_ids: Sequence[uuid.UUID] = ()
) -> dict[uuid.UUID, asyncpg.Record]:
    """Of these adjustments those whose record, or entry by these transactions, is claimed; each with a claim."""
    rows = await connection.fetch(_QUERIES.claimed, list(adjustment_ids), list(transaction_ids))
    return {row["id"]: row for row in rows}


async def reserving(connection: asyncpg.Connection, records: Collection[int]) -> list[asyncpg.Record]:
    """The adjustments that are being posted for these records, as claims."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.reserving, list(records))
    return rows


async def of_match(connection: asyncpg.Connection, run_id: uuid.UUID, number: int) -> uuid.UUID | None:
    """The adjustment whose entry belongs to a match, or is about to."""
    found: uuid.UUID | None = await connection.fetchval(_QUERIES.of_match, run_id, number)
    return found


async def due(connection: asyncpg.Connection, limit: int) -> list[uuid.UUID]:
    """The first adjustments that are to be posted without confirmation."""
    return [row["id"] for row in await connection.fetch(_QUERIES.due, limit)]


async def begun(connection: asyncpg.Connection, age: timedelta, limit: int) -> list[uuid.UUID]:
    """The first adjustments that somebody began to post or to reverse so long ago."""
    return [row["id"] for row in await connection.fetch(_QUERIES.begun, age, limit)]


async def begun_before(
    connection: asyncpg.Connection, adjustment_ids: Collection[uuid.UUID], age: timedelta
) -> set[uuid.UUID]:
    """Those of these adjustments that somebody began to post or to reverse so long ago."""
    return {row["id"] for row in await connection.fetch(_QUERIES.begun_before, list(adjustment_ids), age)}


async def alike(
    connection: asyncpg.Connection, adjustment_ids: Collection[uuid.UUID], depth: int
) -> dict[uuid.UUID, asyncpg.Record]:
    """Of these adjustments those whose balance may have the entry already, among so many movements; each with it."""
    rows = await connection.fetch(_QUERIES.alike, list(adjustment_ids), depth)
    return {row["id"]: row for row in rows}


async def alike_under_way(
    connection: asyncpg.Connection, adjustment_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, asyncpg.Record]:
    """Of these adjustments those that another source of their balance may be having posted just now; each with that."""
    rows = await connection.fetch(_QUERIES.alike_under_way, list(adjustment_ids))
    return {row["id"]: row for row in rows}


async def unwanted(connection: asyncpg.Connection, adjustment_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Of these adjustments those of which somebody, or the ledger, wanted one of the same record not to stand."""
    return {row["id"] for row in await connection.fetch(_QUERIES.unwanted, list(adjustment_ids))}


async def counted(connection: asyncpg.Connection, rule_ids: Collection[uuid.UUID], day: date) -> list[asyncpg.Record]:
    """What these rules posted without confirmation on a day, by currency and precision."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.counted, list(rule_ids), day)
    return rows


async def today(connection: asyncpg.Connection) -> date:
    """The day in UTC, by the clock of the database."""
    day: date = await connection.fetchval(_QUERIES.today)
    return day


async def refunds(connection: asyncpg.Connection, transaction_id: uuid.UUID) -> list[uuid.UUID]:
    """The refunds of a transaction, in the order in which they were recorded."""
    return [row["id"] for row in await connection.fetch(_QUERIES.refunds, transaction_id)]


async def standing(connection: asyncpg.Connection, attempts: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """The attempts, as (token, count), that have all their adjustments. They have them until the transaction ends."""
    tokens = [uuid.UUID(token) for token, _ in attempts]
    rows = await connection.fetch(_QUERIES.standing, tokens)
    return attempts & {(row["attempt"].hex, row["adjustments"]) for row in rows}


# Change ----------------------------------------------------------------------------------------


async def begin(
    connection: asyncpg.Connection,
    adjustment_ids: Sequence[uuid.UUID],
    status: str,
    reason: str,
    decided_by: str | None,
    attempt: uuid.UUID,
    *,
    effective_at: datetime | None = None,
    counted_on: date | None = None,
) -> None:
    """Adjustments are being posted, or reversed, by an attempt: whoever tried before does no longer.

    What is begun now is posted as of a time, where one is given, and counts on the limit of a day.
    """
    await connection.execute(
        _QUERIES.begin, list(adjustment_ids), status, reason, decided_by, attempt, effective_at, counted_on
    )


async def reject(
    connection: asyncpg.Connection,
    adjustment_ids: Sequence[uuid.UUID],
    decision: int,
    reason: str,
    decided_by: str | None,
) -> None:
    """Adjustments are not posted."""
    await connection.execute(_QUERIES.reject, list(adjustment_ids), decision, reason, decided_by)


async def fail(connection: asyncpg.Connection, status: str, rejections: Mapping[uuid.UUID, str]) -> None:
    """The ledger rejected these adjustments, which return to a status."""
    await connection.execute(_QUERIES.fail, list(rejections), status, list(rejections.values()))


async def post(
    connection: asyncpg.Connection,
    transactions: Mapping[uuid.UUID, uuid.UUID],
    made: Mapping[uuid.UUID, int],
    decision: int,
) -> None:
    """These adjustments are posted; ``made`` has the matches that were made of records and entries."""
    matches = [made.get(adjustment_id) for adjustment_id in transactions]
    await connection.execute(_QUERIES.post, list(transactions), list(transactions.values()), matches, decision)


async def reverse(
    connection: asyncpg.Connection, adjustment_id: uuid.UUID, reversal: uuid.UUID, made: int | None, decision: int
) -> None:
    """An adjustment was refunded."""
    await connection.execute(_QUERIES.reverse, adjustment_id, reversal, made, decision)


async def make_matches(
    connection: asyncpg.Connection, run_id: uuid.UUID, entries: Sequence[PostedEntry], decision: int
) -> None:
    """Confirmed matches, each of a record with the entry of its adjustment."""
    made = [entry for entry in entries if entry.record_number is not None]
    numbers, records, transactions, balances = _columns(made)
    await connection.execute(_QUERIES.insert_pairs, run_id, numbers, records, transactions, balances, decision)


async def claim(
    connection: asyncpg.Connection, run_id: uuid.UUID, entries: Sequence[PostedEntry], decision: int, at: datetime
) -> asyncpg.Record:
    """Let entries, and the records that they were made for, belong to their matches. Returns the counts of records and
    entries, and of the exceptions that are resolved by it."""
    return await connection.fetchrow(_QUERIES.claim, run_id, *_columns(entries), decision, at)


async def not_due(connection: asyncpg.Connection, adjustment_ids: Sequence[uuid.UUID]) -> None:
    """Adjustments are posted by confirmation alone from now on."""
    await connection.execute(_QUERIES.not_due, list(adjustment_ids))


def _columns(entries: Sequence[PostedEntry]) -> tuple[list[object], ...]:
    return tuple([list(column) for column in zip(*entries, strict=True)] or [[], [], [], []])
