"""A side of a run in columns: days in every zone, sums of any size."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import asyncpg
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.reconciliation.sides import Side, equal_values
from tests.reconciliation.stored import BANK, OTHER, spec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 10**16)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
)
AMOUNTS = st.one_of(st.integers(-(10**37), 10**37), st.integers(-(2**64), 2**64), st.integers(-100, 100))


def entries(zone: str, *rows: tuple[int, int]) -> Side:
    """Entries with these amounts, recorded at these microseconds since 1970."""
    side = Side(spec([], time_zone=zone), is_records=False)
    piece = [
        (uuid.UUID(int=number), BANK, amount, "EUR", 100, moment, moment)
        for number, (amount, moment) in enumerate(rows)
    ]
    side.add(cast(list[asyncpg.Record], piece))
    side.seal()
    return side


def records(*rows: tuple[int, date | None]) -> Side:
    side = Side(spec([]), is_records=True)
    piece = [(number, amount, "EUR", 100, day, None, None) for number, (amount, day) in enumerate(rows)]
    side.add(cast(list[asyncpg.Record], piece))
    side.seal()
    return side


@given(ZONES, st.lists(MOMENTS, min_size=1, max_size=20))
def test_days_are_those_of_the_zone(zone: str, moments: list[int]) -> None:
    expected = [(EPOCH + timedelta(microseconds=moment)).astimezone(ZoneInfo(zone)).date() for moment in moments]
    side = entries(zone, *((1, moment) for moment in moments))
    assert [date.fromordinal(int(day)) for day in side.booking_days] == expected


@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_sums_are_exact_at_any_size(amounts: list[int]) -> None:
    side = entries("UTC", *((amount, 0) for amount in amounts))
    assert side.sum_of(np.arange(len(amounts))) == sum(amounts)


@given(st.lists(st.tuples(AMOUNTS, st.booleans()), min_size=1, max_size=20))
def test_values_are_equal_only_where_both_are_known_and_equal(rows: list[tuple[int, bool]]) -> None:
    day = date(1970, 1, 1)
    theirs = records(*((amount, day if dated else None) for amount, dated in rows))
    ours = entries("UTC", *((amount, 0) for amount, _ in rows))
    places = np.arange(len(rows), dtype=np.int32)
    equal, _ = equal_values(theirs, ours, places, places, None)
    assert equal.tolist() == [dated and abs(amount) < 2**63 for amount, dated in rows]
    assert not equal_values(theirs, ours, places, np.roll(places, 1), None)[0][
        [amount != rows[at - 1][0] for at, (amount, _) in enumerate(rows)]
    ].any()


def test_entries_keep_the_balance_that_they_are_seen_from() -> None:
    side = Side(spec([]), is_records=False)
    for balance in (BANK, BANK, OTHER):
        side.add(cast(list[asyncpg.Record], [(uuid.UUID(int=at), balance, 1, "EUR", 100, 0, 0) for at in range(2)]))
    side.seal()
    expected = [uuid.UUID(int=at).hex + balance.hex for balance in (BANK, BANK, OTHER) for at in range(2)]
    assert [side.row_id(place) for place in range(6)] == expected
    assert [packed.tobytes().hex() for packed in side.packed_ids(np.arange(6))] == expected


def test_rows_keep_their_ids() -> None:
    assert [records((1, None), (2, None)).row_id(place) for place in (0, 1)] == ["0" * 19, f"{1:019d}"]
    assert entries("UTC", (1, 0)).row_id(0) == uuid.UUID(int=0).hex + BANK.hex
