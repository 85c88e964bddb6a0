"""What a hold's times do, in the order of these times however late they come, and what callers are told afterwards.

Processes here live a day in the past: what is ahead for them is due by the database's clock already, so nobody waits.
"""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.allocation import Remainder, Share
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.figures import Status
from ledgerd.core.model.ids import BALANCE, BATCH, decode_hex
from ledgerd.core.model.operation import Post
from ledgerd.poster.submission import Traffic
from ledgerd.store import due
from ledgerd.workers import timed
from tests.poster.harness import Harness, ShiftedTime, commit, id_of, post, said, void
from tests.poster.points import Point, Points
from tests.poster.queued import HOLDER, statuses

pytestmark = pytest.mark.yesterday

HOUR, LATER = timedelta(hours=1), timedelta(days=100)
FROZEN, OPEN = BalanceStatus.FROZEN, BalanceStatus.OPEN
KINDS = pytest.mark.parametrize("kind", ["a hold", "a split"])


def pass_time(harness: Harness, by: timedelta) -> None:
    assert isinstance(harness.ids_and_clock, ShiftedTime)
    harness.ids_and_clock.ahead += by


async def sweep(harness: Harness) -> int:
    return await timed.process_due(harness.engine, HOLDER)


def draft(harness: Harness, payer: str, shop: str, reference: str = "hold", **times: timedelta) -> Post:
    ahead = {name: harness.ids_and_clock.now() + time for name, time in times.items()}
    return post(payer, shop, 10, reference, inflight=True, **ahead)


async def hold(harness: Harness, kind: str, payer: str, shop: str, **times: timedelta) -> Outcome:
    """A hold, or a split of two, of which one is for the shop."""
    asked = draft(harness, payer, shop, **times)
    if kind == "a split":
        asked.destination = ""
        asked.destinations = (Share(await harness.balance(), Quantity(4, None)), Share(shop, Remainder()))
    return await harness.one(asked)


# After the expiry ------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("part", [None, 3])
async def test_from_its_expiry_on_a_hold_answers_the_same_swept_or_not(
    harness: Harness, other: Harness, kind: str, part: int | None
) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    made = await hold(harness, kind, payer, shop, expires_at=HOUR)
    legs = [leg.id for leg in made.legs] if isinstance(made, HeaderEntry) else []
    if part is not None:
        assert said(await harness.one(commit(made, part, "part"))) == "posted"
    pass_time(harness, HOUR)
    asked = [
        operation
        for number in range(2)
        for name in (id_of(made), *legs)
        for operation in (commit(name, 1, f"c{number}"), void(name, f"v{number}"))
    ]
    before = await harness.chunk(asked[: len(asked) // 2])
    assert {said(outcome) for outcome in before} == {"HOLD_EXPIRED"}
    assert await sweep(harness) == 1
    assert await statuses(harness, "hold") == [Status.VOID if part is None else Status.APPLIED]
    for process in (harness, other):
        assert await process.chunk(asked[len(asked) // 2 :]) == before
    if part is not None:
        assert said(await other.one(commit(made, part, "part"))) == "replayed"
    await harness.prove()


@KINDS
async def test_a_hold_that_was_resolved_before_its_expiry_says_so_after_it(
    harness: Harness, other: Harness, kind: str
) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    made = await hold(harness, kind, payer, shop, expires_at=HOUR)
    assert said(await harness.one(commit(made, 3, "part"))) == "posted"
    assert said(await harness.one(void(made, "rest"))) == "posted"
    pass_time(harness, HOUR)
    for process in (harness, other):
        assert (
            said(await process.one(commit(made, 1, "late")))
            == said(await process.one(void(made, "v")))
            == "HOLD_RESOLVED"
        )


@KINDS
async def test_a_hold_whose_own_commit_came_late_is_resolved_by_it(harness: Harness, other: Harness, kind: str) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    made = await hold(harness, kind, payer, shop, commits_at=HOUR / 2, expires_at=HOUR)
    pass_time(harness, HOUR)
    assert said(await harness.one(commit(made, 1, "too late"))) == "HOLD_EXPIRED"
    await sweep(harness)
    assert await statuses(harness, "hold") == [Status.APPLIED]
    for process in (harness, other):
        assert said(await process.one(commit(made, 1, "too late"))) == "HOLD_RESOLVED"
    await harness.prove()


async def test_a_batch_with_a_hold_that_expired_is_not_committed_but_voided(harness: Harness, other: Harness) -> None:
    payer, shop, bank = [await harness.balance(money=100) for _ in range(3)]
    batch_id = harness.ids_and_clock.id(BATCH)
    drafts = [
        draft(harness, payer, shop, "short", expires_at=HOUR),
        draft(harness, payer, bank, "long", expires_at=LATER),
    ]
    await harness.poster.submit(drafts, traffic=Traffic.BULK, batch_id=batch_id)
    pass_time(harness, HOUR)
    first = await harness.one(commit(batch_id, reference="all"))
    assert said(first) == "HOLD_EXPIRED"
    assert await sweep(harness) == 1
    assert await other.one(commit(batch_id, reference="all")) == first
    assert said(await harness.one(void(batch_id, "none"))) == "posted"
    assert said(await other.one(void(batch_id, "again"))) == "HOLD_EXPIRED"
    assert await statuses(harness, "short", "long") == [Status.VOID] * 2
    await harness.prove()


# A commit that was rejected at its time ----------------------------------------------------------


@KINDS
@pytest.mark.parametrize("side", ["payer", "shop"])
async def test_what_was_rejected_for_a_frozen_balance_is_due_again_with_its_unfreezing(
    harness: Harness, kind: str, side: str
) -> None:
    balances = {"payer": await harness.balance(money=100), "shop": await harness.balance()}
    await hold(harness, kind, **balances, commits_at=HOUR, expires_at=LATER)
    await harness.set_status(balances[side], FROZEN)
    assert await sweep(harness) == 1
    assert await sweep(harness) == 0, "it is postponed"
    await harness.set_status(balances[side], OPEN)
    assert await sweep(harness) == 1
    assert await statuses(harness, "hold") == [Status.APPLIED]
    await harness.prove()


@KINDS
async def test_a_commit_that_was_due_before_the_expiry_wins_over_it_however_late(
    harness: Harness, connection: asyncpg.Connection, kind: str
) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    made = await hold(harness, kind, payer, shop, commits_at=HOUR, expires_at=LATER)
    await harness.set_status(shop, FROZEN)
    assert await sweep(harness) == 1
    await harness.set_status(shop, OPEN)
    # As if a server had unfrozen it that does not know of what is deferred on it; and the expiry comes first.
    await connection.execute("UPDATE due SET due_at = clock_timestamp() + '1 hour' WHERE what = 'COMMIT'")
    await connection.execute("UPDATE due SET due_at = clock_timestamp() WHERE what = 'EXPIRE'")
    assert await sweep(harness) == 1
    assert await statuses(harness, "hold") == [Status.APPLIED]
    assert await harness.posted(payer) == [90]
    assert await harness.pool.fetchval("SELECT count(*) FROM due") == 0
    assert said(await harness.one(void(made))) == "HOLD_RESOLVED"
    await harness.prove()


@KINDS
async def test_where_it_is_still_rejected_the_expiry_comes(harness: Harness, kind: str) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    made = await hold(harness, kind, payer, shop, commits_at=HOUR / 2, expires_at=HOUR)
    await harness.set_status(shop, FROZEN)
    await sweep(harness)
    assert await statuses(harness, "hold") == [Status.VOID]
    assert await harness.posted(payer) == [100]
    assert await harness.pool.fetchval("SELECT count(*) FROM due") == 0
    pass_time(harness, HOUR)
    assert said(await harness.one(commit(made, reference="late"))) == "HOLD_EXPIRED"
    await harness.prove()


async def test_what_is_rejected_while_the_balance_is_unfrozen_stays_due(
    harness: Harness, connection: asyncpg.Connection
) -> None:
    """The commit was rejected. Before it is postponed the unfreezing is recorded, and finds nothing postponed."""
    payer, shop = await harness.balance(money=100), await harness.balance()
    await hold(harness, "a hold", payer, shop, commits_at=HOUR, expires_at=LATER)
    await harness.set_status(shop, FROZEN)
    async with harness.pool.acquire() as worker:
        found = await due.find(worker, 10)
        unfreezing = connection.transaction()
        await unfreezing.start()
        key = decode_hex(BALANCE, shop)
        await connection.execute(
            "UPDATE balances SET status = 'OPEN', version = version + 1 WHERE id = $1::text::uuid", key
        )
        postponing = asyncio.create_task(due.postpone(worker, [due.Postponed(row, True) for row in found]))
        async with asyncio.timeout(120):
            while not await harness.pool.fetchval("SELECT pg_blocking_pids($1)", worker.get_server_pid()):
                await asyncio.sleep(0.01)
        await unfreezing.commit()
        await postponing
    assert await sweep(harness) == 1
    assert await statuses(harness, "hold") == [Status.APPLIED]


async def test_other_rejections_are_put_off_whatever_the_state_of_the_balances(harness: Harness) -> None:
    payer, shop = await harness.balance(money=100), await harness.balance()
    await hold(harness, "a hold", payer, shop, commits_at=HOUR, expires_at=LATER)
    async with harness.pool.acquire() as worker:
        found = await due.find(worker, 10)
        await due.postpone(worker, [due.Postponed(row, False) for row in found])
    assert await sweep(harness) == 0
    assert await statuses(harness, "hold") == [Status.INFLIGHT]


@pytest.mark.poster(overlap_operations=1)
async def test_an_expiry_outlives_a_batch_that_would_have_ended_the_hold(
    harness: Harness, other: Harness, points: Points
) -> None:
    """A hold is committed in part, and decided is the commit of the rest, which another process then prevents."""
    payer, shop = await harness.balance(money=10), await harness.balance()
    held = await harness.one(draft(harness, payer, shop, expires_at=HOUR))
    written, prevented = asyncio.Event(), asyncio.Event()

    async def until_written(_: object) -> None:
        await written.wait()

    async def until_prevented(_: object) -> None:
        await prevented.wait()

    points.at(Point.COPIED, "part", until_written)
    points.at(Point.BEFORE_COPY, "rest", until_prevented)
    part = asyncio.create_task(harness.one(commit(held, 4, "part")))
    await points.until(Point.COPIED, "part")
    rest = asyncio.create_task(harness.one(commit(held, None, "rest")))
    await points.until(Point.BEFORE_COPY, "rest")
    written.set()
    assert said(await part) == "posted"
    await other.set_status(shop, FROZEN)
    prevented.set()
    assert said(await rest) == "BALANCE_FROZEN"
    await harness.prove()
    assert await sweep(harness) == 1
    assert await statuses(harness, "hold") == ["APPLIED"]
