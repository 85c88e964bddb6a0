"""By when a source is to have something again."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ledgerd.core.model.source_arrival import Cadence

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("arrived", "business_days", "expected"),
    [
        ("2026-03-30T10:00", 1, "2026-04-01T00:00"),  # Monday: by the end of Tuesday
        ("2026-04-03T10:00", 1, "2026-04-07T00:00"),  # Friday: by the end of Monday
        ("2026-04-04T10:00", 1, "2026-04-07T00:00"),  # Saturday: the same
        ("2026-04-03T10:00", 6, "2026-04-14T00:00"),
        ("2026-03-27T23:30", 1, "2026-03-31T00:00"),  # over the beginning of summer time
    ],
)
def test_business_days_are_those_of_the_source(arrived: str, business_days: int, expected: str) -> None:
    moment = datetime.fromisoformat(arrived).replace(tzinfo=BERLIN).astimezone(UTC)
    found = Cadence(business_days=business_days).next_after(moment, BERLIN)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=BERLIN)


def test_a_duration_is_one_of_the_clock() -> None:
    moment = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert Cadence(seconds=86_400).next_after(moment, BERLIN) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
