"""Desks: write paths on the test's database, one for each process that the test imagines."""

from collections.abc import AsyncIterator

import pytest

from ledgerd.poster.ids_and_clock import IdsAndClock
from tests.poster.desk import YESTERDAY, Desk, Elsewhen, open_desk
from tests.poster.points import Points


@pytest.fixture
def ids_and_clock(request: pytest.FixtureRequest) -> IdsAndClock:
    """The time for all desks: that of the database, or with the mark `yesterday` of a day before."""
    return Elsewhen(YESTERDAY) if request.node.get_closest_marker("yesterday") else IdsAndClock()


@pytest.fixture
async def desk(dsn: str, ids_and_clock: IdsAndClock) -> AsyncIterator[Desk]:
    async with open_desk(dsn, ids_and_clock=ids_and_clock) as opened:
        yield opened


@pytest.fixture
async def other(dsn: str, ids_and_clock: IdsAndClock) -> AsyncIterator[Desk]:
    """Another process on the same database."""
    async with open_desk(dsn, ids_and_clock=ids_and_clock) as opened:
        yield opened


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Points:
    return Points(monkeypatch)
