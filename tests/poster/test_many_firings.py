"""Movements that make many monitors fire: commits stay small, nobody waits for ever, nothing is lost."""

import asyncio

import pytest

from tests.poster.harness import Harness, open_harness, post, said
from tests.poster.points import Point, Points

GIVE = {"allow_overdraft": True}


async def entries(harness: Harness) -> list[int]:
    """Of each commit that moved money, in order."""
    rows = await harness.pool.fetch(
        "SELECT entries FROM journal WHERE EXISTS (SELECT FROM transactions t WHERE t.id > journal.id"
        " AND t.recorded_at = journal.recorded_at) ORDER BY order_key"
    )
    return [row["entries"] for row in rows]


@pytest.mark.poster(plan_entries=50)
@pytest.mark.usefixtures("either_path")
async def test_a_commit_ends_early_where_many_monitors_fire(harness: Harness) -> None:
    """What it leaves goes on in order: what comes in first is there to be spent later."""
    till, shop = await harness.balance(), await harness.balance()
    await harness.watch_every_movement(till, 10)
    chunks = []
    for number in range(10):
        chunks.append([post("@World", till, 10, f"in {number} {n}", **GIVE) for n in range(2)])
        chunks.append([post(till, shop, 20, f"out {number}")])
    answers = await asyncio.gather(*(harness.chunk(chunk) for chunk in chunks))
    assert {said(outcome) for answer in answers for outcome in answer} == {"posted"}
    sizes = await entries(harness)
    assert sum(sizes) == 30 * 11
    assert max(sizes) <= 50 + 2 * 11
    assert await harness.posted(till, shop) == [0, 200]
    await harness.prove()


async def test_neither_lane_starves(dsn: str, points: Points) -> None:
    """However full the first call alone makes a commit, the next one has a call of each lane again."""
    async with open_harness(dsn, points=points, plan_entries=5) as harness:
        till = await harness.balance()
        await harness.watch_every_movement(till, 10)
        opened = asyncio.Event()

        async def wait(_: object) -> None:
            await opened.wait()

        points.at(Point.COPIED, "gate", wait)
        done: list[str] = []

        async def call(name: str, *, single: bool) -> None:
            draft = post("@World", till, 1, name, **GIVE)
            outcome = await harness.one(draft) if single else (await harness.chunk([draft]))[0]
            assert said(outcome) == "posted"
            done.append("single" if single else "bulk")

        calls = [asyncio.create_task(call("gate", single=True))]
        while ("gate", Point.COPIED) not in points.passed:
            await asyncio.sleep(0.005)
        done.clear()
        for number in range(20):
            calls.append(asyncio.create_task(call(f"single {number}", single=True)))
            calls.append(asyncio.create_task(call(f"bulk {number}", single=False)))
        await asyncio.sleep(0)
        opened.set()
        async with asyncio.timeout(120):
            await asyncio.gather(*calls)
        for count in range(3, len(done)):
            assert abs(done[1:count].count("single") - done[1:count].count("bulk")) <= 2
        await harness.prove()


async def test_stop_also_answers_what_was_put_back_into_the_queue(dsn: str) -> None:
    async with open_harness(dsn, plan_entries=5) as harness:
        till = await harness.balance()
        await harness.watch_every_movement(till, 10)
        calls = [asyncio.create_task(harness.one(post("@World", till, 1, f"r{n}", **GIVE))) for n in range(20)]
        await asyncio.sleep(0)
        harness.poster.stop()
        async with asyncio.timeout(120):
            assert [said(outcome) for outcome in await asyncio.gather(*calls)] == ["posted"] * 20


@pytest.mark.usefixtures("either_path")
async def test_events_are_written_a_few_at_a_time(harness: Harness) -> None:
    """The digest is that of all entries in order, however their writing was cut: a batch here has more than 2,000."""
    till, shop = await harness.balance(), await harness.balance()
    await harness.watch_every_movement(till, 70)
    batches = [[post("@World", till, 3, f"{name}{n}", **GIVE) for n in range(30)] for name in "ab"]
    spent = [post(till, shop, 1, f"spend {n}") for n in range(2)]
    answers = await asyncio.gather(*(harness.batch(batch) for batch in (*batches, spent)))
    assert {said(outcome) for answer in answers for outcome in answer} == {"posted"}
    assert await harness.pool.fetchval("SELECT count(*) FROM events WHERE kind = 'MONITOR_FIRED'") == 62 * 70
    await harness.prove()


@pytest.mark.slow
async def test_a_chunk_that_makes_a_hundred_monitors_fire_each_time_is_recorded(harness: Harness) -> None:
    till = await harness.balance()
    await harness.watch_every_movement(till, 100)
    answer = await harness.chunk([post("@World", till, 1, f"r{n}", **GIVE) for n in range(500)])
    assert {said(outcome) for outcome in answer} == {"posted"}
    assert await harness.pool.fetchval("SELECT count(*) FROM events WHERE kind = 'MONITOR_FIRED'") == 50_000
