"""Harnesses: write paths on the test's database, one for each process of the test."""

from collections.abc import AsyncIterator

import pytest

from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.poster.settings import PosterSettings
from tests.poster.harness import YESTERDAY, Harness, ShiftedTime, open_harness
from tests.poster.points import Points


@pytest.fixture
def ids_and_clock(request: pytest.FixtureRequest) -> IdsAndClock:
    """The time for all harnesses: that of the database, or with the mark `yesterday` of a day before."""
    return ShiftedTime(YESTERDAY) if request.node.get_closest_marker("yesterday") else IdsAndClock()


@pytest.fixture(params=[pytest.param(True, id="optimistic"), pytest.param(False, id="pessimistic")])
def either_path(request: pytest.FixtureRequest) -> bool:
    """Whether batches are decided on the Book as they come, or all of them under row locks."""
    optimistic: bool = request.param
    return optimistic


@pytest.fixture
async def harness(
    dsn: str, ids_and_clock: IdsAndClock, poster_settings: PosterSettings, points: Points
) -> AsyncIterator[Harness]:
    async with open_harness(dsn, ids_and_clock=ids_and_clock, settings=poster_settings, points=points) as opened:
        yield opened


@pytest.fixture
async def other(
    dsn: str, ids_and_clock: IdsAndClock, poster_settings: PosterSettings, points: Points
) -> AsyncIterator[Harness]:
    """Another process on the same database."""
    async with open_harness(dsn, ids_and_clock=ids_and_clock, settings=poster_settings, points=points) as opened:
        yield opened
