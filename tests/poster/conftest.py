"""Harnesses: write paths on the test's database, one for each process of the test."""

from collections.abc import AsyncIterator

import pytest

from ledgerd.poster.ids_and_clock import IdsAndClock
from tests.poster.harness import YESTERDAY, Harness, ShiftedTime, open_harness
from tests.poster.points import Points


@pytest.fixture
def ids_and_clock(request: pytest.FixtureRequest) -> IdsAndClock:
    """The time for all harnesses: that of the database, or with the mark `yesterday` of a day before."""
    return ShiftedTime(YESTERDAY) if request.node.get_closest_marker("yesterday") else IdsAndClock()


@pytest.fixture
async def harness(dsn: str, ids_and_clock: IdsAndClock) -> AsyncIterator[Harness]:
    async with open_harness(dsn, ids_and_clock=ids_and_clock) as opened:
        yield opened


@pytest.fixture
async def other(dsn: str, ids_and_clock: IdsAndClock) -> AsyncIterator[Harness]:
    """Another process on the same database."""
    async with open_harness(dsn, ids_and_clock=ids_and_clock) as opened:
        yield opened


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Points:
    return Points(monkeypatch)
