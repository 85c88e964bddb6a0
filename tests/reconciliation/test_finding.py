"""Rows of millions are matched in columns: the result is that of the engine over all rows at once."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import asyncpg
import pytest

from ledgerd.core.model.matching_rule import (
    Criterion,
    Grouping,
    GroupingMode,
    GroupKey,
    MatchField,
    MatchingRule,
    MatchOperator,
    Strategy,
    Tolerance,
)
from ledgerd.reconciliation import rows
from ledgerd.reconciliation.finding import Finder, TooManyLeft
from ledgerd.reconciliation.matching import engine
from ledgerd.reconciliation.matching.outcome import Match, Outcome
from ledgerd.reconciliation.numbering import Digest, levels
from ledgerd.reconciliation.spec import RunSpec
from ledgerd.store import reconciliation_rows as stored_rows
from ledgerd.store.connecting import prepare
from tests.reconciliation.stored import StoredEntry, StoredRecord, spec, store

AMOUNT, REFERENCE = Criterion(field=MatchField.AMOUNT), Criterion(field=MatchField.REFERENCE)
BOOKED = Criterion(field=MatchField.BOOKING_DATE)
NEAR = Criterion(field=MatchField.BOOKING_DATE, tolerance=Tolerance(business_days=2))
ABOUT = Criterion(
    field=MatchField.AMOUNT, tolerance=Tolerance(absolute={"EUR": Decimal("0.03"), "USD": Decimal("0.03")})
)
WITHIN_AN_HOUR = Criterion(field=MatchField.BOOKING_DATE, tolerance=Tolerance(seconds=3_600))
VALUED = Criterion(field=MatchField.VALUE_DATE)
TOLD = Criterion(field=MatchField.DESCRIPTION, operator=MatchOperator.SIMILAR, threshold=60)
BY_GROUP = Grouping(keys=(GroupKey(field=MatchField.GROUP_KEY),), max_rows=4)
SEARCHED = Grouping(
    keys=(GroupKey(field=MatchField.GROUP_KEY),), mode=GroupingMode.BY_SEARCH, window_days=5, max_rows=4
)


def rule(*criteria: Criterion, grouping: Grouping | None = None) -> MatchingRule:
    strategy = Strategy.ONE_TO_ONE if grouping is None else Strategy.ONE_TO_MANY
    return MatchingRule(id="0" * 32, version=1, name="r", criteria=criteria, strategy=strategy, grouping=grouping)


SETS = [
    [rule(AMOUNT, REFERENCE, NEAR), rule(ABOUT, REFERENCE), rule(AMOUNT, BOOKED)],
    [rule(AMOUNT, REFERENCE, VALUED), rule(AMOUNT, NEAR, TOLD)],
    [rule(AMOUNT, BOOKED), rule(AMOUNT, REFERENCE)],
    [rule(AMOUNT, REFERENCE, WITHIN_AN_HOUR), rule(ABOUT, WITHIN_AN_HOUR)],
    [rule(AMOUNT, REFERENCE), rule(AMOUNT, grouping=BY_GROUP), rule(AMOUNT, NEAR)],
    [rule(AMOUNT, grouping=BY_GROUP), rule(ABOUT, REFERENCE)],
    [rule(AMOUNT, REFERENCE, BOOKED), rule(AMOUNT, grouping=SEARCHED), rule(ABOUT, REFERENCE)],
]
DAY = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
WORDS = ["rent March", "rent April", "salary", "fee for March", None]


def some_records(pick: random.Random, count: int) -> list[StoredRecord]:
    def record() -> StoredRecord:
        day = (DAY + timedelta(days=pick.randrange(6))).date()
        return StoredRecord(
            amount=pick.choice([-1, 1, 1, 1]) * pick.randrange(100, 106),
            booking_date=pick.choice([day, day, day, None]),
            value_date=pick.choice([None, None, day + timedelta(days=1)]),
            booked_at=pick.choice([None, datetime.combine(day, DAY.timetz())]),
            references=[f"R{pick.randrange(count)}" for _ in range(pick.choice([0, 1, 1, 1, 2]))],
            description=pick.choice(WORDS),
            group_key=pick.choice([None, "g1", "g2"]),
        )

    return [record() for _ in range(count)]


def some_entries(pick: random.Random, count: int) -> list[StoredEntry]:
    def entry(number: int) -> StoredEntry:
        recorded = DAY + timedelta(days=pick.randrange(6), minutes=pick.randrange(90))
        return StoredEntry(
            amount=pick.choice([-1, 1, 1, 1]) * pick.randrange(100, 106),
            recorded_at=recorded,
            effective_at=pick.choice([None, None, recorded - timedelta(days=1)]),
            reference=f"R{number}",
            references=pick.choice([None, None, f"R{pick.randrange(count)} R{pick.randrange(count)}"]),
            description=pick.choice(WORDS),
            group_name=pick.choice([None, "g1", "g2"]),
        )

    return [entry(number) for number in range(count)]


async def note(stage: str, rows_done: int) -> None:
    """Nobody asks."""


async def found_in_columns(connection: asyncpg.Connection, of: RunSpec, few_rows: int) -> tuple[list[Match], Outcome]:
    """All matches in their order, and the rest of the result."""
    found = await Finder(connection, of, note, few_rows).find()
    matches: list[tuple[int, Match]] = []
    for level in levels(found, len(of.rules)):
        matches += level.groups
        pairs = level.pairs
        for at, number in enumerate(pairs.numbers):
            record, entry = (
                found.records.row_id(int(pairs.of_record[at])),
                found.entries.row_id(int(pairs.of_entry[at])),
            )
            matches.append(
                (int(number), Match(pairs.level, (record,), (entry,), int(pairs.drift[at]), int(pairs.distance[at])))
            )
    assert sorted(number for number, _ in matches) == list(range(1, len(matches) + 1))
    return [match for _, match in sorted(matches)], found.outcome


async def found_by_the_engine(connection: asyncpg.Connection, of: RunSpec) -> Outcome:
    records, entries = rows.read_record(of), rows.read_entry(of)
    of_records = stored_rows.Records(
        source_id=of.source_id,
        upload_id=None,
        last=of.record_bound,
        decisions=0,
        begin=None,
        end=None,
        unbooked=False,
        time_zone=None,
        known=False,
    )
    of_entries = stored_rows.Entries(
        versions=of.versions, decisions=0, begin=None, end=None, by_effective_time=False, applied=True, inflight=False
    )
    texts = stored_rows.Texts()
    return engine.match(
        [records(row) async for piece in stored_rows.records(connection, of_records, texts) for row in piece],
        [entries(row) async for piece in stored_rows.entries(connection, of_entries, texts) for row in piece],
        of.rules,
        of.precisions,
    )


@pytest.mark.parametrize("seed", range(8))
async def test_the_result_in_columns_is_that_of_the_engine_over_all_rows(
    connection: asyncpg.Connection, seed: int
) -> None:
    await prepare(connection)
    pick = random.Random(seed)
    count = pick.choice([6, 15, 40])
    await store(connection, some_records(pick, count), some_entries(pick, count))
    for number, rules in enumerate(SETS):
        of = spec(rules)
        expected = await found_by_the_engine(connection, of)
        for few_rows in (0, 10**9):
            matches, outcome = await found_in_columns(connection, of, few_rows)
            assert sorted(matches) == list(expected.matches), (number, few_rows)
            assert [(m.level, m.records[0]) for m in matches] == sorted((m.level, m.records[0]) for m in matches)
            assert (outcome.ambiguous, outcome.bounded) == (expected.ambiguous, expected.bounded)


async def digest(connection: asyncpg.Connection, of: RunSpec, few_rows: int) -> bytes:
    found = await Finder(connection, of, note, few_rows).find()
    made = Digest(found)
    for level in levels(found, len(of.rules)):
        made.add_pairs(level.pairs)
        made.add(level.groups)
    return made.digest()


async def test_equal_results_have_equal_digests_however_they_were_found(connection: asyncpg.Connection) -> None:
    await prepare(connection)
    pick = random.Random(1)
    await store(connection, some_records(pick, 40), some_entries(pick, 40))
    told = [{await digest(connection, spec(rules), few_rows) for few_rows in (0, 10**9)} for rules in SETS]
    assert [len(digests) for digests in told] == [1] * len(SETS)
    assert len(set.union(*told)) == len(SETS)


async def test_what_may_belong_together_in_too_many_ways_ends_the_run(connection: asyncpg.Connection) -> None:
    await prepare(connection)
    same = StoredRecord(amount=100, booking_date=date(2026, 3, 1))
    entries = [StoredEntry(amount=100, recorded_at=DAY, reference=f"R{number}") for number in range(5)]
    await store(connection, [same] * 5, entries)
    of = spec([rule(AMOUNT, BOOKED)], time_zone="UTC")
    assert len((await found_in_columns(connection, of, 0))[0]) == 5
    with pytest.raises(TooManyLeft):
        await Finder(connection, of, note, 0, left_max_rows=9).find()


@pytest.mark.parametrize("few_rows", [0, 10**9])
async def test_times_further_apart_than_the_drift_do_not_fit(connection: asyncpg.Connection, few_rows: int) -> None:
    await prepare(connection)
    told = datetime(2026, 3, 1, 1, tzinfo=UTC)
    apart = {
        "R0": timedelta(hours=20), "R1": timedelta(hours=1), "R2": timedelta(hours=1, microseconds=1),
        "R3": -timedelta(minutes=59),
    }  # fmt: skip
    records = [
        StoredRecord(amount=100, booking_date=told.date(), booked_at=told, references=[reference])
        for reference in apart
    ] + [StoredRecord(amount=100, booking_date=told.date(), references=["R4"])]
    entries = [StoredEntry(amount=100, recorded_at=told + by, reference=reference) for reference, by in apart.items()]
    await store(connection, records, [*entries, StoredEntry(amount=100, recorded_at=told, reference="R4")])
    of = spec([rule(AMOUNT, REFERENCE, WITHIN_AN_HOUR)], time_zone="UTC")
    expected = (await found_by_the_engine(connection, of)).matches
    assert [int(match.records[0]) - 1 for match in expected] == [1, 3, 4]
    assert sorted((await found_in_columns(connection, of, few_rows))[0]) == list(expected)


async def test_only_groups_that_have_rows_of_both_sides_count_as_left(connection: asyncpg.Connection) -> None:
    await prepare(connection)
    told = [StoredRecord(amount=200, booking_date=date(2026, 3, 1), group_key=f"p{number}") for number in (0, 1, 9)]
    sales = [
        StoredEntry(amount=100, recorded_at=DAY, reference=f"R{number}", group_name=f"p{number // 2}")
        for number in range(8)
    ]
    await store(connection, told, sales)
    of = spec([rule(AMOUNT, grouping=BY_GROUP)])
    found = await Finder(connection, of, note, 0, left_max_rows=6).find()
    assert [len(match.entries) for match in found.outcome.matches] == [2, 2]
    with pytest.raises(TooManyLeft):
        await Finder(connection, of, note, 0, left_max_rows=5).find()
