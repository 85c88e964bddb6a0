"""A run as those see it who look at what it found, and the rows of both sides that its matches name."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.external_source import ConfirmationPolicy
from ledgerd.core.model.ids import BALANCE, EXTERNAL_RECORD, RECONCILIATION, TRANSACTION, encode
from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.reconciliation.matching.criteria import CompiledRule, compile_rule
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.rows import read_entry, read_record
from ledgerd.reconciliation.spec import RunSpec
from ledgerd.store import matches
from ledgerd.store.matches import EntryKey
from ledgerd.store.reconciliations import Scope
from ledgerd.store.rule_json import load_rules

FINISHED = "FINISHED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRun:
    """A run. ``precisions`` are those in which it compared; ``last_number`` is that of its last match."""

    id: uuid.UUID
    source_id: uuid.UUID
    scope: Scope
    rules: tuple[MatchingRule, ...]
    precisions: Mapping[str, int]
    dry_run: bool
    is_replay: bool
    status: str
    confirmation_policy: ConfirmationPolicy
    """Whether its source demanded that when the run was accepted."""
    created_by: str | None
    last_number: int

    def spec(self, rows: Iterable[asyncpg.Record] = ()) -> RunSpec:
        """How its rows are read: in the finest precision of the run and of these rows."""
        precisions = dict(self.precisions)
        for row in rows:
            precisions[row["currency"]] = max(precisions.get(row["currency"], 1), row["precision"])
        return RunSpec(
            id=self.id,
            source_id=self.source_id,
            upload_id=None,
            record_bound=0,
            decisions=0,
            versions={},
            begin=self.scope.begin,
            end=self.scope.end,
            by_effective_time=self.scope.by_effective_time,
            applied=self.scope.applied,
            inflight=self.scope.inflight,
            time_zone=self.scope.time_zone,
            is_opposite=self.scope.is_opposite,
            rules=self.rules,
            precisions=precisions,
        )


class FoundEntry(NamedTuple):
    """An entry: its row, and how matching sees it."""

    stored: asyncpg.Record
    row: Row


@dataclass(frozen=True, slots=True)
class FoundRows:
    """Rows of both sides: records as callers are shown them, and both as matching sees them."""

    shown: Mapping[int, asyncpg.Record]
    records: Mapping[int, Row]
    entries: Mapping[EntryKey, FoundEntry]
    spec: RunSpec

    def of(self, records: Iterable[int], entries: Iterable[EntryKey]) -> tuple[list[Row], list[Row]]:
        """These rows, as matching sees them."""
        return [self.records[number] for number in records], [self.entries[key].row for key in entries]

    def compiled(self, levels: Collection[int] | None = None) -> list[tuple[int, CompiledRule]]:
        """The rules of these levels, or all, ready to be asked about pairs of the rows. Those for records alone say
        nothing of pairs."""
        rules, precisions = self.spec.rules, self.spec.precisions
        chosen = range(len(rules)) if levels is None else levels
        return [
            (level, compile_rule(rules[level], precisions)) for level in chosen if not rules[level].is_of_record_alone
        ]


async def find_run(connection: asyncpg.Connection, run_id: uuid.UUID) -> FoundRun:
    """A run. Raises Rejected: RECONCILIATION_NOT_FOUND."""
    row = await matches.run(connection, run_id)
    if row is None:
        raise reject(Reason.RECONCILIATION_NOT_FOUND, reconciliation=encode(RECONCILIATION, run_id.int))
    scope = Scope.of(row["scope"])
    return FoundRun(
        id=run_id,
        source_id=row["source_id"],
        scope=scope,
        rules=load_rules(row["rules"]),
        precisions=await matches.precisions(connection, run_id, scope.balance_ids),
        dry_run=row["dry_run"],
        is_replay=row["replays"] is not None,
        status=row["status"],
        confirmation_policy=ConfirmationPolicy(row["confirmation_policy"]),
        created_by=row["created_by"],
        last_number=row["last_number"],
    )


async def find_finished(connection: asyncpg.Connection, run_id: uuid.UUID) -> FoundRun:
    """A run that has a result. Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED."""
    run = await find_run(connection, run_id)
    if run.status != FINISHED:
        name = encode(RECONCILIATION, run_id.int)
        raise reject(Reason.RECONCILIATION_NOT_FINISHED, reconciliation=name, status=run.status)
    return run


async def read(
    connection: asyncpg.Connection, run: FoundRun, records: Collection[int], entries: Collection[EntryKey]
) -> FoundRows:
    """Rows by what names them; those that do not exist are left out."""
    shown = await matches.shown_records(connection, records)
    of_records = await matches.records(connection, records)
    of_entries = await matches.entries(connection, entries, run_id=run.id)
    spec = run.spec([*of_records.values(), *of_entries.values()])
    read_of_record, read_of_entry = read_record(spec), read_entry(spec)
    return FoundRows(
        shown,
        {number: read_of_record(row) for number, row in of_records.items()},
        {key: FoundEntry(row, read_of_entry(row)) for key, row in of_entries.items()},
        spec,
    )


async def check(
    connection: asyncpg.Connection,
    source_id: uuid.UUID,
    balance_ids: Sequence[uuid.UUID],
    records: Sequence[int],
    entries: Sequence[EntryKey],
) -> None:
    """All these records are of the source, all these entries of its balances.

    Raises Rejected: EXTERNAL_RECORD_NOT_FOUND, RECONCILIATION_ENTRY_NOT_FOUND.
    """
    shown = await matches.shown_records(connection, records)
    for number in records:
        if number not in shown or shown[number]["source_id"] != source_id:
            raise reject(Reason.EXTERNAL_RECORD_NOT_FOUND, external_record=encode(EXTERNAL_RECORD, number))
    known = await matches.entries(connection, entries, scope=balance_ids)
    for key in entries:
        if key not in known:
            raise missing_entry(key)


async def check_holds(
    connection: asyncpg.Connection, run: FoundRun, found: FoundRows, entries: Sequence[EntryKey]
) -> None:
    """Holds among these entries count in the run, and something remained of each when the run read it, and does now.

    Raises Rejected: RECONCILIATION_ENTRY_NOT_FOUND.
    """
    not_held = await matches.not_held(connection, entries, are_compared=run.scope.inflight)
    for key in entries:
        if key[0] in not_held or found.entries[key].row.amount == 0:
            raise missing_entry(key)


def missing_entry(key: EntryKey) -> Rejected:
    """The rejection, to be raised, of what is no entry."""
    return reject(Reason.RECONCILIATION_ENTRY_NOT_FOUND, **entry_details(key))


def entry_details(key: EntryKey) -> dict[str, str]:
    """An entry, as rejections name it."""
    return {"transaction": encode(TRANSACTION, key[0].int), "balance": encode(BALANCE, key[1].int)}
