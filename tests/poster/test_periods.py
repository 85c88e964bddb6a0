"""A closing and the drafts that it would reject never cross: whichever comes first wins."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from ledgerd.access.caller import ANONYMOUS
from ledgerd.core.model.allocation import Remainder, Share
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.operation import Post, Refund, ResolveHold, Target
from ledgerd.operations import periods
from ledgerd.operations.ledgers import GENERAL_LEDGER
from ledgerd.operations.verify import verify
from tests.poster.harness import Harness, ShiftedTime, commit, id_of, open_harness, post, said
from tests.poster.points import Point, Points

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)

CROSSED = """
    WITH placed AS (
        SELECT t.reference, COALESCE(t.effective_at, t.recorded_at) AS effective,
               (SELECT j.order_key FROM journal j WHERE j.id <= t.id ORDER BY j.id DESC LIMIT 1) AS place
        FROM transactions t
    ), closings AS (
        SELECT (e.payload ->> 'closed_before')::timestamptz AS closed_before,
               (SELECT j.order_key FROM journal j WHERE j.id <= e.id ORDER BY j.id DESC LIMIT 1) AS place
        FROM events e WHERE e.kind = 'LEDGER_PERIOD_CLOSED'
    )
    SELECT p.reference FROM placed p JOIN closings c ON p.place > c.place AND p.effective < c.closed_before
"""
"""What was recorded after a closing, in the journal's order, and is effective before it."""


pytestmark = pytest.mark.poster(overlap_operations=5)
"""A few queued operations are enough to start the next batch."""


async def close(harness: Harness, time: datetime) -> None:
    await periods.close(harness.engine, ANONYMOUS, GENERAL_LEDGER, time, reopen=False, reason=None, etag=None)


async def now(harness: Harness) -> datetime:
    time: datetime = await harness.pool.fetchval("SELECT clock_timestamp()")
    return time


async def prove(harness: Harness) -> None:
    assert await harness.pool.fetch(CROSSED) == []
    await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_nothing_is_recorded_after_a_closing_that_is_effective_before_it(
    harness: Harness, other: Harness
) -> None:
    """One closes January day by day while both post drafts and splits, commit and refund, dated all over it."""
    payer, shop, till = await harness.balance(money=10**9), await harness.balance(), await harness.balance()
    parts = (Share(shop, Quantity(1, None)), Share(till, Remainder()))
    closed = asyncio.Event()

    async def rush(where: Harness, name: str) -> list[str]:
        words = []
        for turn in itertools.count():
            dated: list[Post | ResolveHold | Refund] = [
                post(payer, shop, 1, f"{name}:{turn}:{day}", effective_at=NEW_YEAR + timedelta(days=day))
                for day in range(0, 31, 3)
            ]
            dated += [
                post(payer, "", 2, f"{draft.reference}:split", effective_at=draft.effective_at, destinations=parts)
                for draft in dated[::3]
            ]
            held, sold = await where.chunk(
                [post(payer, shop, 99, f"{name}:{turn}:{kind}", inflight=kind == "held") for kind in ("held", "sold")]
            )
            for draft in dated[:10:3]:
                resolve = commit(held, 1, f"{draft.reference}:commit")
                resolve.effective_at = draft.effective_at
                dated.append(resolve)
                name_of_refund, one_cent = f"{draft.reference}:refund", Quantity(1, None)
                dated.append(Refund(name_of_refund, Target(id_of(sold)), one_cent, effective_at=draft.effective_at))
            words += [said(outcome) for outcome in await where.chunk([*dated, post(payer, shop, 1, f"{name}:{turn}")])]
            if closed.is_set():
                return words
        return words

    async def close_january() -> None:
        for day in range(32):
            before = await harness.pool.fetchval("SELECT count(*) FROM journal")
            await close(other, NEW_YEAR + timedelta(days=day))
            while await harness.pool.fetchval("SELECT count(*) FROM journal") < before + 4:
                await asyncio.sleep(0.002)
        closed.set()

    async with asyncio.timeout(90):
        rushing = [asyncio.create_task(rush(where, f"{n}")) for n, where in enumerate([harness, other, harness, other])]
        await close_january()
        words = [word for answers in await asyncio.gather(*rushing) for word in answers]
    assert set(words) == {"posted", "PERIOD_CLOSED"}
    assert await harness.pool.fetchval("SELECT count(*) FROM transactions WHERE effective_at IS NOT NULL") > 0
    await prove(harness)


@pytest.mark.usefixtures("either_path")
async def test_closing_up_to_the_present_leaves_no_plain_draft_behind(harness: Harness, other: Harness) -> None:
    """A draft without a time is effective when it is recorded: also while the present is being closed."""
    payer, shop = await harness.balance(money=10**9), await harness.balance()
    closed = asyncio.Event()

    async def rush(where: Harness, name: str) -> list[str]:
        words = []
        for turn in itertools.count():
            words += [said(outcome) for outcome in await where.chunk([post(payer, shop, 1, f"{name}:{turn}")])]
            if closed.is_set():
                return words
        return words

    async def close_often() -> None:
        for _ in range(20):
            await close(other, await now(harness))
        closed.set()

    async with asyncio.timeout(120):
        rushing = [asyncio.create_task(rush(where, f"{n}")) for n, where in enumerate([harness, other, harness, other])]
        await close_often()
        words = [word for answers in await asyncio.gather(*rushing) for word in answers]
    assert set(words) == {"posted"}
    await prove(harness)


async def test_a_dated_draft_that_was_decided_before_the_closing_is_decided_again(
    harness: Harness, other: Harness, points: Points
) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()

    async def close_january(_: asyncpg.Connection) -> None:
        await close(other, FEBRUARY)

    points.at(Point.COPIED, "late", close_january)
    assert said(await harness.one(post(payer, shop, 1, "late", effective_at=NEW_YEAR))) == "PERIOD_CLOSED"
    assert said(await harness.one(post(payer, shop, 1, "later", effective_at=FEBRUARY))) == "posted"
    assert await harness.posted(payer, shop) == [99, 1]
    await prove(harness)


async def test_a_plain_draft_that_was_decided_before_the_present_was_closed_gets_a_later_time(
    harness: Harness, other: Harness, points: Points
) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()

    async def close_present(_: asyncpg.Connection) -> None:
        await close(other, await now(other))

    points.at(Point.COPIED, "plain", close_present)
    assert said(await harness.one(post(payer, shop, 1, "plain"))) == "posted"
    await prove(harness)


async def test_a_closing_of_what_is_long_past_disturbs_no_plain_draft(
    harness: Harness, other: Harness, points: Points
) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()

    async def close_january(_: asyncpg.Connection) -> None:
        await close(other, FEBRUARY)

    points.at(Point.COPIED, "plain", close_january)
    assert said(await harness.one(post(payer, shop, 1, "plain"))) == "posted"
    assert points.passed.count(("plain", Point.BEFORE_COPY)) == 1, "it was recorded as it was decided"
    await prove(harness)


async def test_a_closing_waits_for_a_dated_draft_that_has_been_written(
    harness: Harness, other: Harness, points: Points
) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    closing: list[asyncio.Task[None]] = []

    async def close_january(connection: asyncpg.Connection) -> None:
        closing.append(asyncio.create_task(close(other, FEBRUARY)))
        while not await other.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.002)
        assert await other.pool.fetchval("SELECT closed_before FROM ledgers WHERE id = $1", GENERAL_LEDGER) is None

    points.at(Point.APPLIED, "early", close_january)
    async with asyncio.timeout(120):
        assert said(await harness.one(post(payer, shop, 1, "early", effective_at=NEW_YEAR))) == "posted"
        await closing[0]
    assert said(await harness.one(post(payer, shop, 1, "late", effective_at=NEW_YEAR))) == "PERIOD_CLOSED"
    await prove(harness)


async def test_a_clock_that_was_set_back_records_nothing_before_a_closing(dsn: str, other: Harness) -> None:
    async with open_harness(dsn, ids_and_clock=ShiftedTime(-timedelta(minutes=2)), overlap_operations=5) as harness:
        payer, shop = await harness.balance(money=100), await harness.balance()
        assert said(await harness.one(post(payer, shop, 1, "before"))) == "posted"
        await close(other, await now(other))
        assert said(await harness.one(post(payer, shop, 1, "after"))) == "posted"
        await prove(harness)


async def test_the_proof_finds_what_moved_in_a_closed_period(harness: Harness) -> None:
    """The proof of the proof: a closing that the write path was not told of."""
    payer, shop = await harness.balance(money=100), await harness.balance()
    await close(harness, FEBRUARY)
    await harness.pool.execute("UPDATE ledgers SET closed_before = NULL")
    assert said(await harness.one(post(payer, shop, 1, "wrong", effective_at=NEW_YEAR))) == "posted"
    assert len(await harness.pool.fetch(CROSSED)) == 1
    async with harness.pool.acquire() as connection:
        faults = (await verify(connection)).faults
    moved = [fault for fault in faults if fault.startswith("closed periods stayed closed:")]
    assert len(moved) == 2, "once for each side"
