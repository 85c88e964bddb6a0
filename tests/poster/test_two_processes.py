"""Two write paths on one database: whatever one knows, the other may know better."""

import asyncio
import itertools
import random
from collections.abc import Iterator
from datetime import timedelta

import asyncpg
import pytest

from tests.poster.harness import Harness, ShiftedTime, commit, id_of, open_harness, post, said, void
from tests.poster.points import Point, Points

pytestmark = pytest.mark.poster(overlap_operations=10)
"""Ten queued operations are enough to start the next batch."""


# Nothing is answered from a view that is out of date -------------------------------------------


async def test_money_that_came_through_another_process_can_be_spent_at_once(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(), await harness.balance()
    assert said(await harness.one(post(payer, shop, 50, "too early"))) == "INSUFFICIENT_FUNDS"
    await other.fund(payer, 50)
    assert said(await harness.one(post(payer, shop, 50, "in time"))) == "posted"


async def test_money_that_went_through_another_process_cannot_be_spent_again(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=50), await harness.balance()
    await other.one(post(payer, shop, 30, "there"))
    assert said(await harness.one(post(payer, shop, 30, "here"))) == "INSUFFICIENT_FUNDS"
    await harness.prove()


async def test_a_floor_that_another_process_changed_binds_at_once(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=50, floor=0), await harness.balance()
    await harness.one(post(payer, shop, 1, "first"))
    await other.change_floor(payer, 40)
    assert said(await harness.one(post(payer, shop, 10, "second"))) == "FLOOR_EXCEEDED"
    await other.change_floor(payer, None)
    assert said(await harness.one(post(payer, shop, 10, "second"))) == "posted"
    assert said(await harness.one(post(payer, shop, 40, "third", allow_overdraft=True))) == "posted"


async def test_a_hold_that_another_process_resolved_is_not_resolved_again(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    hold = await harness.one(post(payer, shop, 100, "hold", inflight=True))
    await harness.one(commit(hold, 10, "first part"))
    await other.one(commit(hold, 60, "their part"))
    assert said(await harness.one(commit(hold, 40, "too much"))) == "HOLD_EXCEEDED"
    assert said(await other.one(void(hold, "the rest"))) == "posted"
    assert said(await harness.one(commit(hold, None, "too late"))) == "HOLD_RESOLVED"
    assert await harness.posted(payer, shop) == [30, 70]
    await harness.prove()


async def test_a_reference_that_another_process_recorded_replays(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    first = await other.one(post(payer, shop, 10, "same"))
    again = await harness.one(post(payer, shop, 10, "same"))
    assert (said(again), id_of(again)) == ("replayed", id_of(first))
    assert said(await harness.one(post(payer, shop, 11, "same"))) == "REFERENCE_CONFLICT"


async def test_a_monitor_that_another_process_made_is_exact_from_the_next_movement_on(
    harness: Harness, other: Harness
) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    await harness.one(post(payer, shop, 1, "before"))
    await other.watch_debits(payer)
    after = [await harness.one(post(payer, shop, 1, f"after {number}")) for number in range(3)]
    fired = await harness.pool.fetch(
        "SELECT payload::jsonb->>'transaction_id' AS id FROM events WHERE kind = 'MONITOR_FIRED' ORDER BY id"
    )
    assert sorted(row["id"] for row in fired) == sorted(id_of(outcome) for outcome in after)


# Both at once ----------------------------------------------------------------------------------


async def test_a_monitor_made_in_the_middle_of_a_rush_misses_nothing(harness: Harness, other: Harness) -> None:
    """Every debit has a version above the monitor's exactly when it fired."""
    payer, shop = await harness.balance(money=1_000_000), await harness.balance()

    async def rush(turns: Iterator[int]) -> None:
        for turn in turns:
            await harness.chunk([post(payer, shop, 1, f"{turn}:{n}") for n in range(20)])

    turns, made_it = itertools.count(), asyncio.Event()
    await rush(itertools.islice(turns, 5))
    rushing = asyncio.create_task(rush(itertools.takewhile(lambda _: not made_it.is_set(), turns)))
    await other.watch_debits(payer)
    made_it.set()
    await rushing
    await rush(itertools.islice(turns, 5))
    fired = await harness.pool.fetch("""
        SELECT t.source_version, e.id IS NOT NULL AS fired
        FROM transactions t LEFT JOIN events e
             ON e.kind = 'MONITOR_FIRED' AND (e.payload::jsonb->'figures'->>0)::bigint = t.source_version
        WHERE t.reference LIKE '%:%' ORDER BY t.source_version
    """)
    versions = [row["source_version"] for row in fired]
    silent = [row["source_version"] for row in fired if not row["fired"]]
    assert 100 <= len(silent) <= len(versions) - 100, "the monitor was made in the middle"
    made = silent[-1] + 1
    assert silent == [version for version in versions if version < made]
    assert made not in versions, "making the monitor is a version of its own"
    assert await harness.pool.fetchval("SELECT count(*) FROM events WHERE kind = 'MONITOR_FIRED'") == len(
        versions
    ) - len(silent)


@pytest.mark.usefixtures("either_path")
async def test_one_hold_is_resolved_once_however_many_ask(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=1_000), await harness.balance()
    for turn in range(5):
        hold = await harness.one(post(payer, shop, 100, f"hold {turn}", inflight=True))
        asked = [
            where.one(commit(hold, None, f"{turn} commit {n}") if n % 3 else void(hold, f"{turn} void {n}"))
            for n, where in zip(range(60), itertools.cycle([harness, other]), strict=False)
        ]
        answers = [said(outcome) for outcome in await asyncio.gather(*asked)]
        assert sorted(set(answers)) == ["HOLD_RESOLVED", "posted"]
        assert answers.count("posted") == 1
    await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_partial_commits_never_exceed_the_hold(harness: Harness, other: Harness) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    hold = await harness.one(post(payer, shop, 100, "hold", inflight=True))
    asked = [
        where.one(commit(hold, 20, f"part {n}"))
        for n, where in zip(range(10), itertools.cycle([harness, other]), strict=False)
    ]
    answers = [said(outcome) for outcome in await asyncio.gather(*asked)]
    assert answers.count("posted") == 5
    assert await harness.posted(payer, shop) == [0, 100]
    await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_the_same_payments_sent_to_both_crosswise_are_recorded_once(harness: Harness, other: Harness) -> None:
    """One process is sent them forwards, the other backwards, in chunks that overlap, over hot balances."""
    balances = [await harness.balance(money=10_000) for _ in range(6)]
    dice = random.Random(7)
    payments = [post(*dice.sample(balances, 2), dice.randint(1, 20), f"p{n}") for n in range(3_000)]

    async def send(where: Harness, ordered: list) -> list[str]:
        chunks = [ordered[start : start + 50] for start in range(0, len(ordered), 50)]
        window, words = asyncio.Semaphore(8), []

        async def send_one(chunk: list) -> list[str]:
            async with window:
                return [said(outcome) for outcome in await where.chunk(chunk)]

        for answers in await asyncio.gather(*map(send_one, chunks)):
            words += answers
        return words

    async with asyncio.timeout(90):
        here, there = await asyncio.gather(send(harness, payments), send(other, payments[::-1]))
    there.reverse()
    assert {tuple(sorted(pair)) for pair in zip(here, there, strict=True)} == {("posted", "replayed")}
    assert await harness.recorded(*(payment.reference for payment in payments)) == len(payments)
    assert sum(await harness.posted(*balances)) == 60_000
    await harness.prove()


async def test_two_that_wait_for_each_other_crosswise_come_free(dsn: str) -> None:
    """Each has written, in a second batch, what the other is about to write in its first.

    No database can see that a batch waits for the one before it, so an optimistic attempt must not wait for long.
    """
    here, there, both_copied = Points(), Points(), asyncio.Event()
    copied: list[str] = []

    async def copied_first(_: asyncpg.Connection) -> None:
        copied.append("second batch")
        if len(copied) == 2:
            both_copied.set()

    async def wait(_: asyncpg.Connection) -> None:
        await both_copied.wait()

    for points, first, second in ((here, "x", "y"), (there, "y", "x")):
        points.at(Point.BEFORE_COPY, first, wait)
        points.at(Point.COPIED, second, copied_first)
    single = {"batch_operations": 1, "overlap_operations": 1}
    async with open_harness(dsn, points=here, **single) as harness, open_harness(dsn, points=there, **single) as other:
        payer, shop = await harness.balance(money=100), await harness.balance()
        async with asyncio.timeout(120):
            answers = await asyncio.gather(
                *(harness.one(post(payer, shop, 1, reference, description="here")) for reference in "xy"),
                *(other.one(post(payer, shop, 1, reference, description="there")) for reference in "yx"),
            )
        assert sorted(map(said, answers)) == ["REFERENCE_CONFLICT"] * 2 + ["posted"] * 2
        assert await harness.posted(payer) == [98]
        await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_hot_balances_are_shared_without_losing_or_overdrawing(harness: Harness, other: Harness) -> None:
    balances = [await harness.balance(money=100) for _ in range(4)]

    async def trade(where: Harness, name: str) -> int:
        dice, posted = random.Random(name), 0
        for turn in range(150):
            drafts = [post(*dice.sample(balances, 2), dice.randint(1, 60), f"{name}:{turn}:{n}") for n in range(4)]
            if turn % 3 == 0:
                answers = await where.batch(drafts, atomic=True)
            else:
                answers = await asyncio.gather(*map(where.one, drafts))
            posted += sum(said(answer) == "posted" for answer in answers)
            if turn % 10 == 0:
                assert min(await where.posted(*balances)) >= 0
        return posted

    async with asyncio.timeout(120):
        posted = sum(
            await asyncio.gather(
                *(trade(where, f"{place} {n}") for place, where in enumerate([harness, other]) for n in range(3))
            )
        )
    assert sum(await harness.posted(*balances)) == 400
    assert await harness.pool.fetchval("SELECT count(*) FROM transactions") == posted + 4
    await harness.prove()


async def test_both_open_the_same_internal_balances(harness: Harness, other: Harness) -> None:
    names = [f"@Income{n}" for n in range(20)]
    mine = [post("@World", name, 1, f"mine {name}", allow_overdraft=True) for name in names]
    theirs = [post("@World", name, 1, f"theirs {name}", allow_overdraft=True) for name in reversed(names)]
    answers = await asyncio.gather(harness.chunk(mine), other.chunk(theirs))
    assert {said(outcome) for chunk in answers for outcome in chunk} == {"posted"}
    assert await harness.pool.fetchval("SELECT count(*) FROM balances") == 21
    await harness.prove()


async def test_time_never_turns_back_on_a_balance(harness: Harness, dsn: str) -> None:
    """recorded_at grows along a balance's versions, also where the database's clock was set back."""
    shop = await harness.balance(money=1)
    async with open_harness(dsn, ids_and_clock=ShiftedTime(-timedelta(hours=1)), overlap_operations=10) as other:
        assert said(await other.fund(shop, 1)) == "posted"
    await harness.fund(shop, 1)
    await harness.prove()
