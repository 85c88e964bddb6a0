"""A batch on which Python works for longer than a session may be idle is recorded all the same."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import asyncpg
import pytest

from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.operation import Post
from tests.poster.harness import Harness, open_harness, post, said
from tests.poster.points import Point, Points

IDLE_SECONDS = 1
WORK_SECONDS = 1.5


def work(seconds: float) -> None:
    """As Python does: nothing else happens meanwhile."""
    time.sleep(seconds)


class SlowQuantity(tuple[int, None]):
    """An amount that takes long to read, as if the rules took long to decide on it."""

    __slots__ = ()

    def __iter__(self) -> Iterator[int | None]:
        work(WORK_SECONDS)
        return super().__iter__()


@pytest.fixture
async def harness(dsn: str, points: Points) -> AsyncIterator[Harness]:
    """With sessions that end soon, with time for batches of more than an operation, and under row locks."""
    short = {"idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s"}
    allowed = {"idle_seconds": IDLE_SECONDS, "seconds_per_entry": 2 * WORK_SECONDS, "optimistic": False}
    async with open_harness(dsn, points=points, session=short, **allowed) as opened:
        yield opened


@pytest.fixture(params=["decided", "put into words"])
def drafts(request: pytest.FixtureRequest, points: Points) -> list[Post]:
    """Two drafts that are decided that slowly, or put into words."""
    usual = [post("@World", "@Till", 10, f"long {number}", allow_overdraft=True) for number in range(2)]
    if request.param == "decided":
        return [replace(usual[0], quantity=SlowQuantity((10, None))), usual[1]]  # type: ignore[arg-type]

    async def work_on_it(_: asyncpg.Connection) -> None:
        work(WORK_SECONDS)

    points.at(Point.BEFORE_COPY, "long 0", work_on_it)
    return usual


async def test_it_is_recorded_at_once(harness: Harness, points: Points, drafts: list[Post]) -> None:
    outcomes = await harness.batch(drafts, atomic=True)
    assert [said(outcome) for outcome in outcomes] == ["posted", "posted"]
    assert points.passed.count(("long 0", Point.BEFORE_COPY)) == 1
    assert points.passed.count(("long 0", Point.LOCKED)) == 1
    await harness.prove()


async def test_it_is_previewed(harness: Harness, drafts: list[Post]) -> None:
    outcomes = await harness.poster.preview(drafts, atomic=True, batch_id=harness.ids_and_clock.id(BATCH))
    assert [said(outcome) for outcome in outcomes] == ["posted", "posted"]
