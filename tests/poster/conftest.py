"""Desks: write paths on the test's database, one for each process that the test imagines."""

from collections.abc import AsyncIterator

import pytest

from tests.poster.desk import Desk, open_desk
from tests.poster.points import Points


@pytest.fixture
async def desk(dsn: str) -> AsyncIterator[Desk]:
    async with open_desk(dsn) as opened:
        yield opened


@pytest.fixture
async def other(dsn: str) -> AsyncIterator[Desk]:
    """Another process on the same database."""
    async with open_desk(dsn) as opened:
        yield opened


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Points:
    return Points(monkeypatch)
