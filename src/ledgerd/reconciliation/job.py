"""One run from its lease until its result is written: what a process of its own does, beside those that serve."""

import secrets
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice

import asyncpg
import numpy as np

from ledgerd.core.model.ids import uuid7
from ledgerd.core.model.limits import ADJUSTMENTS_PER_RUN_MAX
from ledgerd.reconciliation import adjusting, replays, rows
from ledgerd.reconciliation.adjusting import Balance, Leftover
from ledgerd.reconciliation.counting import UNMATCHED, counts_of, left_out
from ledgerd.reconciliation.finding import Finder, Found
from ledgerd.reconciliation.matching.outcome import Match
from ledgerd.reconciliation.method import Method
from ledgerd.reconciliation.numbering import Digest, Pairs, levels
from ledgerd.reconciliation.spec import RunSpec
from ledgerd.store import (
    match_writer,
    matches,
    pair_copy,
    reconciliation_adjustments,
    reconciliation_rows,
    reconciliations,
    session,
)
from ledgerd.store.match_writer import Entry, StoredMatch, Unmatched
from ledgerd.store.reconciliations import RunLease, Work, standing

_PIECE_ROWS = 10_000
_ID_HEAD_DIGITS = 26
"""What the ids of the adjustments of a run have in common."""


async def run(reader: asyncpg.Connection, writer: asyncpg.Connection, lease: RunLease) -> None:
    """Find the matches of a run and write them. Raises Lost, Cancelled, and finding.TooManyLeft.

    A run that an earlier process left unfinished begins anew: it reads the same rows and finds the same.
    """
    work = await reconciliations.work(writer, lease)
    if work.is_written:
        return
    spec = await _spec(writer, lease.id, work)
    progress = _Progress(writer, lease)
    await clear(writer, lease)
    found = await Finder(reader, spec, progress.note).find()
    numbers = [left.record for left in unmatched(found) if left.record is not None and left.outcome == UNMATCHED]
    if numbers:
        found.duplicates = await reconciliation_rows.duplicates(reader, spec.source_id, numbers)
    digest = await _Writing(writer, lease, spec, found, progress).write()
    adjustments = 0
    if work.replays is None:
        alone = [number for number in numbers if number not in found.duplicates]
        adjustments = await _propose(reader, writer, lease, spec, alone)
    counts = counts_of(found, spec, await left_out(reader, spec))
    differences = None
    if work.replays is not None:
        differences = await replays.differences(writer, lease.id, work.replays, spec.method, counts, digest)
        await clear(writer, lease)
    async with standing(writer, lease):
        await reconciliations.found(writer, lease.id, counts, digest, differences, adjustments)


async def _propose(
    reader: asyncpg.Connection, writer: asyncpg.Connection, lease: RunLease, spec: RunSpec, alone: Sequence[int]
) -> int:
    """Propose adjustments for the matches that are written and for records without an entry. Returns how many. Raises
    Lost, Cancelled."""
    balances = [
        Balance(row["balance_id"], row["currency"], row["precision"])
        for row in await reconciliations.balances(reader, spec.id)
    ]
    by_id = {balance.id: balance for balance in balances}
    proposed = 0
    id_head = f"{uuid7(unix_ns=time.time_ns(), random_bits=secrets.randbits(62)):032x}"[:_ID_HEAD_DIGITS]
    async for piece in _leftovers(reader, spec, balances, alone):
        new = await adjusting.propose(reader, spec, piece, by_id)
        new = new[: ADJUSTMENTS_PER_RUN_MAX - proposed]
        async with standing(writer, lease):
            await reconciliation_adjustments.propose(
                writer, spec.id, spec.source_id, new, id_head=id_head, first=proposed
            )
        proposed += len(new)
        if proposed == ADJUSTMENTS_PER_RUN_MAX:
            break
    return proposed


async def _leftovers(
    reader: asyncpg.Connection, spec: RunSpec, balances: Sequence[Balance], alone: Sequence[int]
) -> AsyncIterator[list[Leftover]]:
    """What the matches of a run leave over, then the records without an entry that a rule is about."""
    levels = adjusting.adjustment_levels(spec.rules)
    if levels:
        fees = [level for level in levels if spec.rules[level].fee is not None]
        differing = await reconciliation_adjustments.differences(
            reader, spec.id, levels, fees, spec.precisions, is_opposite=spec.is_opposite, limit=ADJUSTMENTS_PER_RUN_MAX
        )
        yield [
            Leftover(
                row["level"],
                row["number"],
                row["record_number"],
                row["balance_id"],
                row["currency"],
                int(row["leftover"]),
            )
            for row in differing
        ]
    selection = adjusting.Selection(spec, balances)
    if not selection or not spec.applied:  # Where only holds are read, nobody knows what the ledger has.
        return
    read = rows.read_record(spec)
    for begin in range(0, len(alone), _PIECE_ROWS):
        found = await matches.records(reader, alone[begin : begin + _PIECE_ROWS])
        leftovers = [selection.leftover(read(found[number]), number) for number in sorted(found)]
        yield [leftover for leftover in leftovers if leftover is not None]


async def clear(connection: asyncpg.Connection, lease: RunLease) -> None:
    """Remove what the run found so far. Raises Lost, Cancelled."""
    async with standing(connection, lease):
        await session.take_long_time(connection)
        await reconciliations.clear(connection, lease.id)


async def _spec(connection: asyncpg.Connection, run_id: uuid.UUID, work: Work) -> RunSpec:
    assert work.decisions is not None, "a worker notes what a run reads before it begins"
    assert work.record_bound is not None
    balances = await reconciliations.balances(connection, run_id)
    precisions = dict(
        await reconciliations.record_precisions(connection, work.source_id, work.record_bound, work.upload_id)
    )
    for row in balances:
        precisions[row["currency"]] = max(precisions.get(row["currency"], 1), row["precision"])
    return RunSpec(
        id=run_id,
        source_id=work.source_id,
        upload_id=work.upload_id,
        record_bound=work.record_bound,
        decisions=work.decisions,
        versions={row["balance_id"]: row["version"] for row in balances},
        begin=work.scope.begin,
        end=work.scope.end,
        by_effective_time=work.scope.by_effective_time,
        applied=work.scope.applied,
        inflight=work.scope.inflight,
        time_zone=work.scope.time_zone,
        is_opposite=work.scope.is_opposite,
        rules=work.rules,
        precisions=precisions,
        method=Method.of(work.method),
    )


class _Progress:
    """Tells how many rows of a stage were looked at."""

    def __init__(self, connection: asyncpg.Connection, lease: RunLease) -> None:
        self._connection = connection
        self._lease = lease
        self._stage, self._rows, self._told = "", 0, 0

    async def note(self, stage: str, rows_done: int) -> None:
        """Note more rows of a stage. Raises Lost, Cancelled."""
        if stage != self._stage:
            self._stage, self._rows, self._told = stage, 0, -_PIECE_ROWS
        self._rows += rows_done
        if self._rows - self._told >= _PIECE_ROWS:
            self._told = self._rows
            await reconciliations.progress(self._connection, self._lease, stage, self._rows)


class _Writing:
    """Writes the matches in their order, then the rows that are in none."""

    def __init__(
        self, connection: asyncpg.Connection, lease: RunLease, spec: RunSpec, found: Found, progress: _Progress
    ) -> None:
        self._connection = connection
        self._lease = lease
        self._spec = spec
        self._found = found
        self._progress = progress
        self._digest = Digest(found)
        self._written = 0

    async def write(self) -> bytes:
        """Write everything. Returns the digest of the result."""
        for level in levels(self._found, len(self._spec.rules)):
            for piece in level.pairs.pieces():
                self._digest.add_pairs(piece)
                await self._write_pairs(piece)
            self._digest.add(level.groups)
            await self._write_matches(level.groups, is_ambiguous=False)
        ambiguous = list(enumerate(self._found.outcome.ambiguous, self._written + 1))
        self._digest.add(ambiguous)
        await self._write_matches(ambiguous, is_ambiguous=True)
        rows_left = unmatched(self._found)
        number = 1
        while left := list(islice(rows_left, _PIECE_ROWS)):
            async with standing(self._connection, self._lease):
                await match_writer.write_unmatched(self._connection, self._lease.id, number, left)
            number += len(left)
            self._digest.add(left)
            await self._progress.note("WRITING", len(left))
        return self._digest.digest()

    async def _write_pairs(self, pairs: Pairs) -> None:
        drifting = pairs.drift != 0
        exact = pairs.at(np.flatnonzero(~drifting))
        records, entries = self._found.records, self._found.entries
        if len(exact.numbers):
            ids = records.packed_ids(exact.of_record), entries.packed_ids(exact.of_entry)
            async with standing(self._connection, self._lease):
                await pair_copy.copy_pairs(
                    self._connection, self._lease.id, exact.level, exact.numbers, *ids, exact.distance
                )
            await self._count(len(exact.numbers))
        others = pairs.at(np.flatnonzero(drifting))
        columns = zip(others.numbers, others.of_record, others.of_entry, others.drift, others.distance, strict=True)
        await self._write_matches(
            [
                (int(number), _pair(others.level, records.row_id(int(record)), entries.row_id(int(entry)), *apart))
                for number, record, entry, *apart in columns
            ],
            is_ambiguous=False,
        )

    async def _write_matches(self, matches: Sequence[tuple[int, Match]], *, is_ambiguous: bool) -> None:
        for begin in range(0, len(matches), _PIECE_ROWS):
            piece = matches[begin : begin + _PIECE_ROWS]
            async with standing(self._connection, self._lease):
                await match_writer.write_matches(
                    self._connection,
                    self._lease.id,
                    [number for number, _ in piece],
                    [_stored(match) for _, match in piece],
                    is_ambiguous=is_ambiguous,
                )
            await self._count(len(piece))

    async def _count(self, written: int) -> None:
        self._written += written
        await self._progress.note("WRITING", written)


def unmatched(found: Found) -> Iterator[Unmatched]:
    """The rows that are in no match, records first, each with what kept it from one."""
    outcome = found.outcome
    reasons = {rows.record_id(number): "DUPLICATE" for number in found.duplicates}
    reasons |= {row_id: "LIMIT_REACHED" for each in outcome.bounded for row_id in (*each.records, *each.entries)}
    reasons |= {row_id: "AMBIGUOUS" for each in outcome.ambiguous for row_id in (*each.records, *each.entries)}
    matched = {row_id for match in outcome.matches for row_id in (*match.records, *match.entries)}
    of_record, of_entry = ([taken.of_record for taken in found.taken], [taken.of_entry for taken in found.taken])
    for side, taken in ((found.records, of_record), (found.entries, of_entry)):
        left = np.ones(len(side), np.bool_)
        for places in taken:
            left[places] = False
        for place in np.flatnonzero(left):
            row_id = side.row_id(int(place))
            if row_id not in matched:
                yield Unmatched(reasons.get(row_id, UNMATCHED), *_row(row_id))


def _pair(level: int, record: str, entry: str, drift: int, distance: int) -> Match:
    return Match(level, (record,), (entry,), int(drift), int(distance))


def _stored(match: Match) -> StoredMatch:
    return StoredMatch(
        match.level,
        tuple(rows.record_number(row_id) for row_id in match.records),
        tuple(Entry(*rows.entry_keys(row_id)) for row_id in match.entries),
        match.drift,
        match.distance,
    )


def _row(row_id: str) -> tuple[int | None, Entry | None]:
    if len(row_id) == rows.ENTRY_BYTES * 2:
        return None, Entry(*rows.entry_keys(row_id))
    return rows.record_number(row_id), None
