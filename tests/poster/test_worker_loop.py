"""The loop of the workers: it repeats a step through outages, and ends when it is told to."""

import asyncio
from collections.abc import Iterator

import pytest

from ledgerd.workers import loop
from tests.logged import logged

NEVER_SECONDS = 3_600.0


def steps(*outcomes: float | Exception) -> tuple[list[float | Exception], loop.Step]:
    """A step that ends so, one time after the other; and what it has ended with."""
    taken: list[float | Exception] = []
    rest: Iterator[float | Exception] = iter(outcomes)

    async def step() -> float:
        outcome = next(rest)
        taken.append(outcome)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return taken, step


async def until(taken: list[float | Exception], count: int) -> None:
    async with asyncio.timeout(60):
        while len(taken) < count:
            await asyncio.sleep(0.001)


async def test_a_stop_ends_the_pause(stop: asyncio.Event) -> None:
    taken, step = steps(0, NEVER_SECONDS)
    running = asyncio.create_task(loop.repeat(step, "work", stop))
    await until(taken, 2)
    stop.set()
    await asyncio.wait_for(running, 60)


async def test_a_stop_that_came_before_the_start_leaves_nothing_to_do(stop: asyncio.Event) -> None:
    taken, step = steps()
    stop.set()
    await loop.repeat(step, "work", stop)
    assert taken == []


async def test_what_wakes_ends_the_pause_each_time(stop: asyncio.Event) -> None:
    wake = asyncio.Event()
    taken, step = steps(NEVER_SECONDS, NEVER_SECONDS, NEVER_SECONDS)
    running = asyncio.create_task(loop.repeat(step, "work", stop, wake=wake))
    for count in (1, 2):
        await until(taken, count)
        assert not wake.is_set()
        wake.set()
    await until(taken, 3)
    stop.set()
    await asyncio.wait_for(running, 60)


async def test_an_outage_is_told_of_once_and_survived(stop: asyncio.Event) -> None:
    taken, step = steps(ConnectionResetError(), TimeoutError(), NEVER_SECONDS)
    with logged() as told:
        running = asyncio.create_task(loop.repeat(step, "work", stop, away_seconds=0.001))
        await until(taken, 3)
        stop.set()
        await asyncio.wait_for(running, 60)
    assert [(line["event"], line["error"]) for line in told] == [("work paused", "ConnectionResetError")]


async def test_after_a_failure_only_a_stop_ends_the_pause(stop: asyncio.Event) -> None:
    wake = asyncio.Event()
    taken, step = steps(ConnectionResetError(), NEVER_SECONDS)
    running = asyncio.create_task(loop.repeat(step, "work", stop, wake=wake, away_seconds=NEVER_SECONDS))
    await until(taken, 1)
    wake.set()
    done, _ = await asyncio.wait({running}, timeout=0.05)
    assert (len(taken), done) == (1, set())
    stop.set()
    await asyncio.wait_for(running, 60)


async def test_a_bug_ends_the_worker(stop: asyncio.Event) -> None:
    _, step = steps(0, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await loop.repeat(step, "work", stop)


@pytest.fixture
def stop() -> asyncio.Event:
    return asyncio.Event()
