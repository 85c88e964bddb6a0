"""Deferred splits, together with what is done to them or beside them in the same commit, or while they are deferred."""

import asyncio
import secrets
import time
import tracemalloc
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.ids import BATCH, uuid7
from ledgerd.core.model.operation import Apply, Cancel, Deferral, Refund, Reschedule, Target, Verdict
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.poster.submission import Traffic
from ledgerd.store import deferred, plan_writer, queries
from ledgerd.workers import timed
from tests.poster.harness import Harness, commit, id_of, open_harness, post, rejection, said
from tests.poster.points import Point, Points
from tests.poster.queued import HOLDER, QUEUED, due, found, statuses
from tests.poster.test_splits_at_once import legs, split

pytestmark = pytest.mark.yesterday

FAR = Deferral(scheduled_at=datetime.now(UTC) + timedelta(days=100))


async def commits(harness: Harness) -> int:
    return int(await harness.pool.fetchval("SELECT count(*) FROM journal"))


@pytest.mark.parametrize("inflight", [False, True])
async def test_a_leg_can_be_resolved_in_the_commit_that_applies_its_split(harness: Harness, inflight: bool) -> None:
    payer, *takers = [await harness.balance(money=100) for _ in range(3)]
    deferred_row = await harness.one(
        split(payer, dict.fromkeys(takers, 10), "s", deferral=Deferral(in_review=True), inflight=inflight)
    )
    leg = legs(deferred_row)[0]
    before = await commits(harness)
    done = commit(leg, None, "c") if inflight else Refund("r", Target(leg))
    answers = await harness.chunk([Verdict("ok", Target(id_of(deferred_row)), True, on_behalf_of="ada"), done])
    assert [said(answer) for answer in answers] == ["posted", "posted"]
    assert await commits(harness) == before + 1
    assert await statuses(harness, "s") == ["INFLIGHT" if inflight else "APPLIED"]
    await harness.prove()


async def test_the_refund_of_part_of_a_batch_gives_the_currency_that_was_asked_for(harness: Harness) -> None:
    """The dollars might be refunded by then, and euros be there: so part of both is not accepted."""
    usd, eur = await harness.balance(), await harness.balance(currency="EUR")
    batch_id = harness.ids_and_clock.id(BATCH)
    operations = [
        post("@World", usd, 10, "d", allow_overdraft=True),
        post("@World", eur, 10, "e", allow_overdraft=True, currency="EUR", deferral=QUEUED),
    ]
    answers = await harness.poster.submit(operations, traffic=Traffic.BULK, batch_id=batch_id)
    rejected = await harness.one(Refund("part", Target(batch_id), Quantity(5, None), deferral=due()))
    assert isinstance(rejected, Rejection)
    assert (rejected.reason, rejected.details["currencies"]) == (Reason.CURRENCY_MISMATCH, "EUR,USD")
    # What is cancelled never comes.
    await harness.one(Cancel("off", Target(id_of(answers[1]))))
    assert said(await harness.one(Refund("part", Target(batch_id), Quantity(5, None), deferral=due()))) == "posted"
    await timed.process_due(harness.engine, HOLDER)
    assert await statuses(harness, "part") == ["APPLIED"]
    assert await harness.posted(usd, eur) == [5, 0]
    await harness.prove()


@pytest.mark.parametrize("currency", ["EUR", "ZAR"])
@pytest.mark.parametrize("gone", [False, True])
async def test_the_rest_of_a_batch_may_have_another_currency_by_then(
    harness: Harness, currency: str, gone: bool
) -> None:
    usd, other = await harness.balance(), await harness.balance(currency=currency)
    batch_id = harness.ids_and_clock.id(BATCH)
    operations = [
        post("@World", usd, 10, "d", allow_overdraft=True),
        post("@World", other, 10, "e", allow_overdraft=True, currency=currency, deferral=QUEUED),
    ]
    answers = await harness.poster.submit(operations, traffic=Traffic.BULK, batch_id=batch_id)
    await harness.one(Refund("all", Target(batch_id), deferral=due()))
    if gone:
        await harness.one(Refund("dollars", Target(id_of(answers[0]))))
    await harness.chunk([Apply(nominee) for nominee in await found(harness, answers[1])])
    await timed.process_due(harness.engine, HOLDER)
    assert await statuses(harness, "all") == ["APPLIED"]
    assert await harness.posted(usd, other) == [0, 0]
    await harness.prove()


@pytest.mark.poster(legs_together_max=6)
async def test_cancellations_load_no_more_legs_at_once_than_one_commit_takes(harness: Harness) -> None:
    payer, *takers = [await harness.balance(money=100) for _ in range(4)]
    splits = [await harness.one(split(payer, dict.fromkeys(takers, 1), f"s{n}", deferral=QUEUED)) for n in range(4)]
    answers = await harness.chunk([Cancel(f"c{n}", Target(id_of(row))) for n, row in enumerate(splits)])
    assert [said(answer) for answer in answers] == ["posted"] * 4
    most = await harness.pool.fetchval(
        "SELECT max(legs) FROM (SELECT count(*) AS legs FROM transitions t"
        " JOIN transactions l ON l.id = t.transaction_id WHERE l.header_id IS NOT NULL"
        " GROUP BY overlay(t.id::text PLACING '000000' FROM 31)) AS commits"
    )
    assert most <= 6
    await harness.prove()


async def test_the_refund_of_more_than_one_commit_takes_can_be_cancelled(harness: Harness, dsn: str) -> None:
    payer, *takers = [await harness.balance(money=1_000) for _ in range(4)]
    paid = await harness.one(split(payer, dict.fromkeys(takers, 2), "s"))
    deferred_row = await harness.one(Refund("back", Target(id_of(paid)), deferral=FAR))
    async with open_harness(dsn, ids_and_clock=harness.ids_and_clock, legs_together_max=2) as small:
        assert said(await small.one(Cancel("off", Target(id_of(deferred_row))))) == "posted"
    await harness.prove()


async def nomination_bytes(harness: Harness) -> int:
    """How much memory the workers need for one deferred split."""
    rows = await harness.pool.fetch("SELECT id FROM transactions WHERE reference LIKE 's%' ORDER BY reference")
    async with harness.pool.acquire() as connection:
        for _ in range(2):  # Statements and names are kept from the first time on.
            tracemalloc.start()
            found, _, has_more = await deferred.queue_after(connection, 0, 40)
            first, count = await deferred.nominated(connection, [row["id"].hex for row in rows], 40)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    assert (len(found), has_more, len(first), count) == (1, True, 1, len(rows) * 151)
    return peak


async def test_workers_read_what_they_nominate_and_not_all_that_is_deferred(harness: Harness) -> None:
    """What a split says of a thousand shares is long."""
    payer, *takers = [await harness.balance(money=1_000) for _ in range(151)]
    needed = []
    for n in range(40):
        for deferral, name in ((QUEUED, "q"), (FAR, "s")):
            await harness.one(split(payer, dict.fromkeys(takers, 1), f"{name}{n}", deferral=deferral))
        if n in (1, 39):
            needed.append(await nomination_bytes(harness))
    said_by_one = await harness.pool.fetchval("SELECT max(length(request_json)) FROM transactions")
    assert needed[1] - needed[0] < 10 * said_by_one


async def test_a_split_that_is_applied_while_its_batch_is_read_is_in_it_whole_or_not_at_all(
    harness: Harness, dsn: str
) -> None:
    points = Points()
    payer, known, unknown = await harness.balance(money=100), await harness.balance(), await harness.balance()
    batch_id = harness.ids_and_clock.id(BATCH)
    operations = [
        post(payer, known, 10, "d"),
        split(payer, {known: 10, unknown: 10}, "s", deferral=QUEUED),
    ]
    answers = await harness.poster.submit(operations, traffic=Traffic.BULK, batch_id=batch_id)
    nominated = [Apply(nominee) for nominee in await found(harness, answers[1])]

    async def meanwhile(_: asyncpg.Connection) -> None:
        await harness.chunk(nominated)

    points.before(queries.POSTING.accounts_by_id, meanwhile)
    async with open_harness(dsn, ids_and_clock=harness.ids_and_clock, points=points) as other:
        assert said(await other.one(Refund("r", Target(batch_id)))) == "posted"
    rows = await harness.pool.fetch(
        "SELECT refunded FROM transactions WHERE header_id IS NOT NULL AND kind = 'POSTING'"
    )
    assert len({row["refunded"] for row in rows}) == 1, "one leg was refunded without the other"
    await harness.prove()


async def test_a_refund_of_a_batch_keeps_only_balances_open_that_it_may_touch(harness: Harness) -> None:
    """A refund of a batch refunds what the batch posted, not what it refunded itself."""
    posted, given = await harness.balance(), await harness.balance()
    paid = await harness.fund(given, 5)
    batch_id = harness.ids_and_clock.id(BATCH)
    operations = [post("@World", posted, 5, "d", allow_overdraft=True), Refund("given", Target(id_of(paid)))]
    await harness.poster.submit(operations, traffic=Traffic.BULK, batch_id=batch_id)
    await harness.one(Refund("all", Target(batch_id), deferral=FAR))
    await harness.one(post(posted, "@World", 5, "spent"))
    await harness.set_status(given, BalanceStatus.CLOSED)
    assert await rejection(harness.set_status(posted, BalanceStatus.CLOSED)) is Reason.BALANCE_NOT_EMPTY


async def test_a_split_that_is_applied_while_it_is_read_is_a_stale_view_and_no_violation(
    harness: Harness, dsn: str
) -> None:
    points = Points()
    payer, *takers = [await harness.balance(money=100) for _ in range(3)]
    deferred_row = await harness.one(split(payer, dict.fromkeys(takers, 1), "s", deferral=QUEUED))
    nominated = [Apply(nominee) for nominee in await found(harness, deferred_row)]

    async def meanwhile(_: asyncpg.Connection) -> None:
        await harness.chunk(nominated)

    points.before(deferred.LEGS, meanwhile)
    async with open_harness(dsn, ids_and_clock=harness.ids_and_clock, points=points) as other:
        assert said(await other.one(Cancel("c", Target(id_of(deferred_row))))) == "NOT_DEFERRED"
    assert [type(error) for error in points.conflicts] == [plan_writer.StaleView]


@pytest.mark.poster(overlap_operations=1)
@pytest.mark.parametrize("inflight", [False, True])
async def test_a_split_that_was_deferred_when_the_book_read_it_is_read_again_with_its_legs(
    harness: Harness, points: Points, inflight: bool
) -> None:
    """Between its application, which is recorded by now, and the resolution of a leg the Book forgot nothing."""
    payer, *takers = [await harness.balance(money=100) for _ in range(3)]
    deferred_row = await harness.one(split(payer, dict.fromkeys(takers, 10), "s", deferral=QUEUED, inflight=inflight))
    nominated = [Apply(nominee) for nominee in await found(harness, deferred_row)]
    first, second = asyncio.Event(), asyncio.Event()

    async def until(event: asyncio.Event) -> None:
        await asyncio.wait_for(event.wait(), 120)

    points.at(Point.COPIED, "back", lambda _: until(first))
    points.at(Point.COPIED, "between", lambda _: until(second))
    begun = []
    for reference, operations in (
        ("back", [Refund("back", Target(id_of(deferred_row)), deferral=FAR)]),
        ("s", nominated),
        ("between", [post("@World", payer, 1, "between", allow_overdraft=True)]),
    ):
        begun.append(asyncio.create_task(harness.chunk(operations)))
        await points.until(Point.BEFORE_COPY, reference)
    first.set()
    await asyncio.gather(*begun[:2])
    leg = legs(deferred_row)[0]
    last = asyncio.create_task(harness.one(commit(leg, None, "last") if inflight else Refund("last", Target(leg))))
    await points.until(Point.BEFORE_COPY, "last")
    second.set()
    assert said(await last) == "posted"
    assert points.conflicts == []
    await harness.prove()


class Ahead(IdsAndClock):
    """Of a server whose clock is five seconds ahead."""

    def number(self) -> int:
        return uuid7(unix_ns=time.time_ns() + 5_000_000_000, random_bits=secrets.randbits(62))


@pytest.mark.parametrize("what", ["a draft", "a split", "a refund of a split"])
async def test_what_was_deferred_is_proved_whatever_the_clocks_of_two_servers_say(
    harness: Harness, dsn: str, what: str
) -> None:
    payer, *takers = [await harness.balance(money=100) for _ in range(3)]
    soon = FAR
    if what == "a draft":
        deferred_row = await harness.one(post(payer, takers[0], 5, "w", deferral=soon))
    else:
        deferral = soon if what == "a split" else None
        deferred_row = await harness.one(split(payer, dict.fromkeys(takers, 5), "w", deferral=deferral))
        if deferral is None:
            deferred_row = await harness.one(Refund("r", Target(id_of(deferred_row)), deferral=soon))
    async with open_harness(dsn, ids_and_clock=Ahead()) as ahead:
        await ahead.one(Reschedule("later", Target(id_of(deferred_row)), datetime.now(UTC) + timedelta(seconds=100)))
    assert said(await harness.one(Cancel("off", Target(id_of(deferred_row))))) == "posted"
    await harness.prove()
