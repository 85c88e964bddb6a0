"""Finds the matches of a run: those that stand alone in columns of millions of rows, then all others exactly."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import asyncpg
import numpy as np

from ledgerd.core.model.matching_rule import Criterion, GroupKey, MatchField, MatchingRule, Strategy
from ledgerd.reconciliation import rows
from ledgerd.reconciliation.matching import engine
from ledgerd.reconciliation.matching.checks import TextCheck
from ledgerd.reconciliation.matching.criteria import CompiledRule, compile_rule
from ledgerd.reconciliation.matching.fields import Side as MatchSide
from ledgerd.reconciliation.matching.isolated import Flags, Isolated, KeyTable, Places, find_isolated
from ledgerd.reconciliation.matching.outcome import Outcome
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.sides import Side, compares_values_only, equal_values
from ledgerd.reconciliation.spec import RunSpec
from ledgerd.store import reconciliation_rows as stored

_CHECKED_PAIRS = 2_000

Note = Callable[[str, int], Awaitable[None]]
"""Is told the stage and how many rows are done; raises where the run must end."""


class TooManyLeft(Exception):
    """More rows than left_max_rows may belong together in more than one way, or in groups: columns take pairs only."""

    def __init__(self, requested: int, most: int) -> None:
        super().__init__("too many rows may belong together")
        self.requested, self.most = requested, most


@dataclass(slots=True)
class Taken:
    """Matches of one record and one entry that stand alone, of one level: by place, in the order of the records."""

    level: int
    of_record: Places
    of_entry: Places
    distance: np.ndarray
    drift: Sequence[int] | None
    """None: all are zero."""


@dataclass(slots=True)
class Found:
    """The result of a run. Rows of neither ``taken`` nor ``outcome`` are unmatched."""

    records: Side
    entries: Side
    taken: list[Taken] = field(default_factory=list)
    outcome: Outcome = field(default_factory=lambda: Outcome(()))
    places: tuple[Mapping[str, int], Mapping[str, int]] = ({}, {})
    """The places of the rows of ``outcome``, records and entries, by their ids."""
    duplicates: set[int] = field(default_factory=set)
    """The numbers of the records that nothing matched, and that say the same as an earlier one."""


class Finder:
    """Works on one run, with one connection to read from."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        spec: RunSpec,
        note: Note,
        few_rows: int | None = None,
        left_max_rows: int | None = None,
    ) -> None:
        method = spec.method
        self._connection = connection
        self._spec = spec
        self._note = note
        self._few_rows = method.few_rows if few_rows is None else few_rows
        self._left_max_rows = method.left_max_rows if left_max_rows is None else left_max_rows
        self._rules = [compile_rule(rule, spec.precisions) for rule in spec.rules]
        self._read_record, self._read_entry = rows.read_record(spec), rows.read_entry(spec)
        self._texts = _all_texts_of(spec.rules)
        self._of_records, self._of_entries = rows.records_of(spec), rows.entries_of(spec)
        self._sides = Side(spec, is_records=True), Side(spec, is_records=False)
        self._found = Found(*self._sides)
        self._left: tuple[Flags, Flags] = (np.empty(0, np.bool_), np.empty(0, np.bool_))

    async def find(self) -> Found:
        """The best matches. Raises TooManyLeft."""
        await stored.prepare(self._connection)
        is_open: tuple[Flags, Flags] | None = None
        has_partner: tuple[Flags, Flags] | None = None
        for level, rule in enumerate(self._rules):
            if level and self._left_rows() <= self._few_rows:
                has_partner = None
                break
            if level and rule.rule.is_of_record_alone:
                continue
            alone = find_isolated(*await self._keys(rule, is_first=level == 0))
            partners = alone.record_has_partner, alone.entry_has_partner
            if is_open is None or has_partner is None:
                is_open = has_partner = partners[0] & False, partners[1] & False
            if self._may_take(level):
                await self._take(level, rule, alone, is_open)
            has_partner = has_partner[0] | partners[0], has_partner[1] | partners[1]
            is_open = is_open[0] | partners[0], is_open[1] | partners[1]
        await self._match_the_rest(has_partner)
        return self._found

    def _left_rows(self) -> int:
        return int(self._left[0].sum()) + int(self._left[1].sum())

    def _may_take(self, level: int) -> bool:
        """What stands alone is in the best result of its stage. Behind a rule that searches it may be too late."""
        before = self._rules[:level]
        is_after_search = any(rule.rule.grouping is not None and rule.rule.grouping.by_search for rule in before)
        return self._rules[level].rule.strategy is Strategy.ONE_TO_ONE and not is_after_search

    # Alone ---------------------------------------------------------------------------------------

    async def _keys(self, rule: CompiledRule, *, is_first: bool) -> tuple[KeyTable, KeyTable]:
        """The keys of all rows that are left, by place. The first time the sides are filled."""
        tables = KeyTable(), KeyTable()
        telling = rule.telling
        texts = _ALL_TEXTS if telling is None else _texts_of(telling.criterion)
        for number, (table, side) in enumerate(zip(tables, self._sides, strict=True)):
            is_records, place = number == 0, 0
            keys = self._whole_keys(rule, is_records) if telling is None else _text_keys(telling, is_records)
            async for piece in self._pieces(texts, is_records=is_records):
                if is_first:
                    side.add(piece)
                left = None if is_first else self._left[number][place : place + len(piece)]
                table.add([keys(row) if left is None or left[at] else () for at, row in enumerate(piece)])
                place += len(piece)
                await self._note("READING", len(piece))
            side.seal()
        if is_first:
            self._left = np.ones(len(self._sides[0]), np.bool_), np.ones(len(self._sides[1]), np.bool_)
        return tables

    def _pieces(self, texts: stored.Texts, *, is_records: bool) -> AsyncIterator[list[asyncpg.Record]]:
        if is_records:
            return stored.records(self._connection, self._of_records, texts)
        return stored.entries(self._connection, self._of_entries, texts)

    def _whole_keys(self, rule: CompiledRule, is_records: bool) -> "Keys":
        """Rows that share none are in no match of the rule: of rules with groups the keys are those of the groups."""
        read, side = (self._read_record, MatchSide.RECORD) if is_records else (self._read_entry, MatchSide.ENTRY)
        if rule.rule.grouping is not None:
            return lambda row: rule.group_keys(read(row), side)
        keys = rule.record_keys if is_records else rule.entry_keys
        return lambda row: keys(read(row))

    async def _take(self, level: int, rule: CompiledRule, alone: Isolated, is_open: tuple[Flags, Flags]) -> None:
        """Take the pairs that fit and that no undecided candidate of an earlier rule touches."""
        decided = ~is_open[0][alone.records] & ~is_open[1][alone.entries]
        of_record, of_entry = alone.records[decided], alone.entries[decided]
        equal, distance = equal_values(*self._sides, of_record, of_entry, rule.seconds_max)
        if not compares_values_only(rule):
            equal[:] = False
        if equal.any():
            self._keep(Taken(level, of_record[equal], of_entry[equal], distance[equal], None))
        if not equal.all():
            await self._take_checked(level, rule, of_record[~equal], of_entry[~equal])

    async def _take_checked(self, level: int, rule: CompiledRule, of_record: Places, of_entry: Places) -> None:
        """Take those of the pairs that fit when the rows are read again."""
        kept: list[tuple[int, int, int, int]] = []
        for begin in range(0, len(of_record), _CHECKED_PAIRS):
            pairs = [
                (int(record), int(entry))
                for record, entry in zip(
                    of_record[begin : begin + _CHECKED_PAIRS], of_entry[begin : begin + _CHECKED_PAIRS], strict=True
                )
            ]
            of_places = await self._read_places([record for record, _ in pairs], [entry for _, entry in pairs])
            for record, entry in pairs:
                fit = rule.fit_pair(of_places[0][record], of_places[1][entry])
                if fit is not None:
                    kept.append((record, entry, fit.distance, fit.drift))
            await self._note("MATCHING", 0)
        if kept:
            columns = list(zip(*kept, strict=True))
            places = [np.array(column, np.int32) for column in columns[:2]]
            self._keep(Taken(level, places[0], places[1], np.array(columns[2], np.int64), columns[3]))

    def _keep(self, taken: Taken) -> None:
        self._found.taken.append(taken)
        self._left[0][taken.of_record] = False
        self._left[1][taken.of_entry] = False

    # The rest ------------------------------------------------------------------------------------

    async def _match_the_rest(self, has_partner: tuple[Flags, Flags] | None) -> None:
        """Match what is left, without the rows that share a key with none under any rule, where that is known."""
        chosen = self._left
        if has_partner is not None and self._left_rows() > self._few_rows:
            chosen = chosen[0] & has_partner[0], chosen[1] & has_partner[1]
        places = [[int(place) for place in np.flatnonzero(flags)] for flags in chosen]
        requested = len(places[0]) + len(places[1])
        if requested > self._left_max_rows:
            raise TooManyLeft(requested, self._left_max_rows)
        left = await self._read_places(*places)
        records, entries = ({row.id: place for place, row in side.items()} for side in left)
        self._found.places = records, entries
        await self._note("MATCHING", 0)
        self._found.outcome = engine.match(
            list(left[0].values()),
            list(left[1].values()),
            self._spec.rules,
            self._spec.precisions,
            self._spec.method.bounds,
        )

    async def _read_places(self, records: list[int], entries: list[int]) -> tuple[dict[int, Row], dict[int, Row]]:
        """Rows of these places."""
        sides = self._sides
        by_id = {sides[0].row_id(place): place for place in records}, {sides[1].row_id(p): p for p in entries}
        read: tuple[dict[int, Row], dict[int, Row]] = ({}, {})
        for ids in _some(list(by_id[0])):
            numbers = [rows.record_number(row_id) for row_id in ids]
            async for piece in stored.records(self._connection, self._of_records, self._texts, numbers):
                read[0].update((by_id[0][row.id], row) for row in map(self._read_record, piece))
        for ids in _some(list(by_id[1])):
            transactions = [uuid.UUID(rows.entry_keys(row_id)[0]) for row_id in ids]
            async for piece in stored.entries(self._connection, self._of_entries, self._texts, transactions):
                read[1].update((by_id[1][row.id], row) for row in map(self._read_entry, piece) if row.id in by_id[1])
        return read


def _some(ids: list[str]) -> Iterator[list[str]]:
    for begin in range(0, len(ids), _CHECKED_PAIRS):
        yield ids[begin : begin + _CHECKED_PAIRS]


Keys = Callable[[asyncpg.Record], Sequence[Hashable]]
_ALL_TEXTS = stored.Texts()


def _text_keys(telling: TextCheck, is_records: bool) -> Keys:
    """Of each row its currency with the values of the one text that tells most rows apart: rows that fit share one."""
    shown = rows.OneText(telling.criterion.field if is_records else telling.entry_field, is_records=is_records)
    read, values = shown.read, telling.record_values if is_records else telling.entry_values

    def keys(row: asyncpg.Record) -> Sequence[Hashable]:
        read(row)
        return [f"{shown.currency}\0{value}" for value in values(cast(Row, shown))]

    return keys


def _texts_of(*compared: Criterion | GroupKey) -> stored.Texts:
    """The texts that are read for these, on either side."""
    fields = {field for each in compared for field in (each.field, each.ledger_field or each.field)}
    return stored.Texts(
        references=MatchField.REFERENCE in fields,
        descriptions=MatchField.DESCRIPTION in fields,
        counterparties=MatchField.COUNTERPARTY in fields,
        groups=MatchField.GROUP_KEY in fields,
        metadata=MatchField.METADATA in fields,
        identities=MatchField.IDENTITY in fields,
    )


def _all_texts_of(rules: Sequence[MatchingRule]) -> stored.Texts:
    grouping = [key for rule in rules if rule.grouping for key in rule.grouping.keys]
    return _texts_of(*(criterion for rule in rules for criterion in rule.criteria), *grouping)
