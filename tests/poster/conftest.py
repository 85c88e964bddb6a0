"""Desks: write paths on the test's database, one for each process that the test imagines."""

from collections.abc import AsyncIterator

import pytest

from ledgerd.poster.ids_and_clock import Minter
from tests.poster.desk import YESTERDAY, Desk, Elsewhen, open_desk
from tests.poster.points import Points


@pytest.fixture
def minter(request: pytest.FixtureRequest) -> Minter:
    """The time for all desks: that of the database, or with the mark `yesterday` of a day before."""
    return Elsewhen(YESTERDAY) if request.node.get_closest_marker("yesterday") else Minter()


@pytest.fixture
async def desk(dsn: str, minter: Minter) -> AsyncIterator[Desk]:
    async with open_desk(dsn, minter=minter) as opened:
        yield opened


@pytest.fixture
async def other(dsn: str, minter: Minter) -> AsyncIterator[Desk]:
    """Another process on the same database."""
    async with open_desk(dsn, minter=minter) as opened:
        yield opened


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Points:
    return Points(monkeypatch)
