"""Days, business days and seconds between rows."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.reconciliation.matching.times import business_days_between, distance_between, microseconds, pair_distance
from tests.reconciliation.matching.rows import MONDAY, row, rows

days = st.dates(date(1999, 1, 1), date(2101, 1, 1))
WEEKEND = (5, 6)


@given(days, st.integers(0, 60))
def test_business_days_are_those_that_one_counts_on_a_calendar(first, later):
    last = first + timedelta(days=later)
    counted = [first + timedelta(days=day) for day in range(1, later + 1)]
    expected = sum(day.weekday() not in WEEKEND for day in counted)
    assert business_days_between(first, last) == business_days_between(last, first) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-03-02", "2026-03-02", 0),  # a Monday
        ("2026-03-02", "2026-03-04", 2),
        ("2026-03-06", "2026-03-07", 0),  # Friday to Saturday
        ("2026-03-06", "2026-03-08", 0),
        ("2026-03-06", "2026-03-09", 1),  # Friday to Monday
        ("2026-03-07", "2026-03-09", 1),  # Saturday to Monday
        ("2026-03-02", "2026-03-09", 5),
        ("0001-01-01", "0001-01-08", 5),
        ("9999-12-24", "9999-12-31", 5),
    ],
)
def test_business_days_around_weekends(first, last, expected):
    assert business_days_between(date.fromisoformat(first), date.fromisoformat(last)) == expected


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("record", "entry", "seconds"),
    [
        (row(), row(booking_date=MONDAY + timedelta(days=2)), 172_800),
        (row(booked_at=NOON), row(booked_at=NOON + timedelta(seconds=90, microseconds=999_999)), 90),
        (row(booked_at=NOON), row(booked_at=NOON.astimezone(timezone(timedelta(hours=9)))), 0),
        (row(booked_at=NOON), row(), 0),  # One has no time: the dates are compared.
        (row(booking_date=None), row(), 0),
        (row(booking_date=None, booked_at=NOON), row(), 0),
    ],
)
def test_the_distance_of_a_pair(record, entry, seconds):
    assert pair_distance(record, entry) == pair_distance(entry, record) == seconds
    assert distance_between([record], [entry]) == seconds


@given(rows, rows)
def test_the_distance_of_a_pair_is_that_of_a_group_of_two(record, entry):
    assert pair_distance(record, entry) == distance_between([record], [entry])


def test_the_distance_of_a_group_is_that_of_the_earliest_rows():
    records = [row(booking_date=MONDAY + timedelta(days=days)) for days in (3, 1, 7)]
    entries = [row(booking_date=MONDAY + timedelta(days=days)) for days in (9, 4)]
    assert distance_between(records, entries) == 3 * 86_400
    assert distance_between([*records, row(booking_date=None)], entries) == 3 * 86_400


@given(st.integers(-(10**15), 10**15), st.integers(-(10**12), 10**12))
def test_times_are_counted_in_microseconds(earlier, later):
    moment = NOON + timedelta(microseconds=earlier)
    assert microseconds(moment + timedelta(microseconds=later)) - microseconds(moment) == later
