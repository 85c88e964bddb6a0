"""What a run found, as callers read it: matches, the rows that are in none, and why."""

import asyncio
import uuid
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.ids import EXTERNAL_RECORD, RECONCILIATION, encode
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.operations import found_rows
from ledgerd.operations.engine import Engine
from ledgerd.operations.found_rows import FoundRows, FoundRun
from ledgerd.reconciliation.explaining import Explanation, explain
from ledgerd.reconciliation.matching.fields import Side
from ledgerd.reconciliation.matching.nearest import Near, nearest
from ledgerd.reconciliation.matching.row import Row
from ledgerd.store import matches as stored
from ledgerd.store.list_terms import counted
from ledgerd.store.matches import EntryKey, Members

OTHERS_MAX = 20_000
"""Among so many rows of the other side the nearest ones are looked for."""
_COMPARED_MAX = 100
"""So many of these, with the nearest amounts, are looked at for one row."""


@dataclass(frozen=True, slots=True)
class FoundMatches:
    """Matches of a run by their numbers, with their rows, and why their rules accept them.

    There is no explanation of what somebody made, nor, in lists, of a match with many pairs.
    """

    run: FoundRun
    members: Mapping[int, Members]
    rows: FoundRows
    explanations: Mapping[int, Explanation]


@dataclass(frozen=True, slots=True)
class FoundPair:
    """A record and an entry, and what the rules of a run make of them."""

    record: int
    entry: EntryKey
    rows: FoundRows
    explanations: Sequence[Explanation]


RowKey = tuple[int | None, EntryKey | None]
"""A row of either side: a record or an entry."""


@dataclass(frozen=True, slots=True)
class FoundUnmatched:
    """Rows of a run that are in no match, and for each of their numbers the nearest rows of the other side."""

    run: FoundRun
    rows: FoundRows
    nearest: Mapping[int, Sequence[tuple[RowKey, Near]]]


async def finished_run(engine: Engine, caller: Caller, run_id: uuid.UUID) -> FoundRun:
    """A run that has a result. Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED."""
    async with engine.pool.acquire() as connection:
        return await found_rows.find_finished(connection, run_id)


# Matches ---------------------------------------------------------------------------------------


async def read(
    engine: Engine,
    caller: Caller,
    run: FoundRun,
    found: Sequence[asyncpg.Record],
    rows_max: int,
    *,
    explained_pairs_max: int | None = None,
) -> FoundMatches:
    """Matches of a run with at most so many rows of each side. Where there is a bound, those are explained that have at
    most so many pairs of a record and an entry: words for each pair take time."""
    async with engine.pool.acquire() as connection:
        members = await stored.members(connection, run.id, found, rows_max)
        records = [number for each in members.values() for number in each.records]
        entries = [key for each in members.values() for key in each.entries]
        rows = await found_rows.read(connection, run, records, entries)
    brief = [
        match for match in found if explained_pairs_max is None or _pairs(members[match["id"]]) <= explained_pairs_max
    ]
    return FoundMatches(run, members, rows, await asyncio.to_thread(_explained, brief, members, rows))


async def get(engine: Engine, caller: Caller, run_id: uuid.UUID, number: int) -> tuple[asyncpg.Record, FoundMatches]:
    """A match, and the same with its rows. Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED,
    RECONCILIATION_MATCH_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        run = await found_rows.find_finished(connection, run_id)
        match = await stored.find(connection, run_id, number)
        if match is None:
            raise missing(run_id, number)
    # Its verdicts are those on all of its rows, of which the answer shows the first.
    return match, await read(engine, caller, run, [match], limits.MATCH_ALL_ROWS_MAX)


def missing(run_id: uuid.UUID, number: int) -> Rejected:
    """The rejection, to be raised, of a match that does not exist."""
    return reject(
        Reason.RECONCILIATION_MATCH_NOT_FOUND, reconciliation=encode(RECONCILIATION, run_id.int), number=number
    )


def _pairs(of: Members) -> int:
    return of.record_count * of.entry_count


def _explained(
    found: Sequence[asyncpg.Record], members: Mapping[int, Members], rows: FoundRows
) -> dict[int, Explanation]:
    by_rule = {match["id"]: match["level"] for match in found if match["level"] >= 0}
    rules = dict(rows.compiled(sorted(set(by_rule.values()))))
    explained = {}
    for number, level in by_rule.items():
        of = members[number]
        if level in rules and _pairs(of):
            explained[number] = explain(level, rules[level], *rows.of(of.records, of.entries))
    return explained


async def explain_pair(
    engine: Engine, caller: Caller, run_id: uuid.UUID, record: int, entry: EntryKey, level: int | None
) -> FoundPair:
    """What the rules of a run, or the one of a level, make of a record and an entry.

    Raises Rejected: RECONCILIATION_NOT_FOUND, EXTERNAL_RECORD_NOT_FOUND, RECONCILIATION_ENTRY_NOT_FOUND, FIELD_INVALID.
    """
    number = counted(record)
    async with engine.pool.acquire() as connection:
        run = await found_rows.find_run(connection, run_id)
        rows = await found_rows.read(connection, run, [number], [entry])
    if number not in rows.shown or rows.shown[number]["source_id"] != run.source_id:
        raise reject(Reason.EXTERNAL_RECORD_NOT_FOUND, external_record=encode(EXTERNAL_RECORD, record))
    if entry not in rows.entries or entry[1] not in run.scope.balance_ids:
        raise found_rows.missing_entry(entry)
    if level is not None and level >= len(run.rules):
        raise reject(Reason.FIELD_INVALID, field="rule_place", limit=len(run.rules))
    levels = None if level is None else [level]
    sides = rows.of([number], [entry])
    explanations = [explain(place, rule, *sides) for place, rule in rows.compiled(levels)]
    return FoundPair(number, entry, rows, explanations)


# Rows without a match --------------------------------------------------------------------------


async def read_unmatched(
    engine: Engine, caller: Caller, run: FoundRun, found: Sequence[asyncpg.Record], nearest_count: int
) -> FoundUnmatched:
    """Rows that are in no match, each with so many of the nearest rows of the other side."""
    keys = {row["id"]: key_of(row) for row in found}
    async with engine.pool.acquire() as connection:
        near: dict[int, list[RowKey]] = {}
        if nearest_count:
            near = await _near_amounts(connection, run, keys)
        wanted = [*keys.values(), *(key for each in near.values() for key in each)]
        records = {record for record, _ in wanted if record is not None}
        entries = {entry for _, entry in wanted if entry is not None}
        rows = await found_rows.read(connection, run, records, entries)
    closest = {
        number: await asyncio.to_thread(_nearest, run, rows, keys[number], others, nearest_count)
        for number, others in near.items()
    }
    return FoundUnmatched(run, rows, closest)


def key_of(row: asyncpg.Record) -> RowKey:
    """What names a row of either side."""
    if row["record_number"] is not None:
        return row["record_number"], None
    return None, (row["transaction_id"], row["balance_id"])


async def _near_amounts(
    connection: asyncpg.Connection, run: FoundRun, keys: Mapping[int, RowKey]
) -> dict[int, list[RowKey]]:
    """For each row those of the other side, and of its currency, that have the nearest amounts."""
    rows = await found_rows.read(
        connection,
        run,
        [record for record, _ in keys.values() if record is not None],
        [entry for _, entry in keys.values() if entry is not None],
    )
    sides = {record is None for record, _ in keys.values()}
    amounts = {is_entry: await _amounts(connection, run, rows, entries=not is_entry) for is_entry in sides}
    found = {}
    for number, key in keys.items():
        row = _row(rows, key)
        others = amounts[key[0] is None].get(row.currency, [])
        at = bisect_left(others, row.amount, key=lambda other: other[0])
        around = others[max(0, at - _COMPARED_MAX) : at + _COMPARED_MAX]
        closest = sorted(around, key=lambda other: abs(other[0] - row.amount))
        found[number] = [other for _, other in closest[:_COMPARED_MAX]]
    return found


async def _amounts(
    connection: asyncpg.Connection, run: FoundRun, rows: FoundRows, *, entries: bool
) -> dict[str, list[tuple[int, RowKey]]]:
    """The amounts of the rows of one side that are in no match, in order, by currency."""
    found: dict[str, list[tuple[int, RowKey]]] = {}
    sign = -1 if entries and run.scope.is_opposite else 1
    for row in await stored.others(connection, run.id, entries=entries, limit=OTHERS_MAX):
        finest = max(rows.spec.precisions.get(row["currency"], 1), row["precision"])
        amount = sign * int(row["amount"]) * (finest // row["precision"])
        found.setdefault(row["currency"], []).append((amount, key_of(row)))
    for each in found.values():
        each.sort(key=lambda other: other[0])
    return found


def _nearest(
    run: FoundRun, rows: FoundRows, key: RowKey, others: Sequence[RowKey], count: int
) -> list[tuple[RowKey, Near]]:
    by_id = {_row(rows, other).id: other for other in others}
    side = Side.ENTRY if key[0] is None else Side.RECORD
    candidates = [_row(rows, other) for other in others]
    found = nearest(_row(rows, key), side, candidates, run.rules, rows.spec.precisions, count)
    return [(by_id[near.id], near) for near in found]


def _row(rows: FoundRows, key: RowKey) -> Row:
    record, entry = key
    if record is not None:
        return rows.records[record]
    assert entry is not None
    return rows.entries[entry].row
