"""What becomes due: in its order, at its own time, by workers that do not die of it."""

import asyncio
import itertools

import asyncpg
import pytest

from ledgerd.core.model.figures import Status
from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.operation import Refund, Target
from ledgerd.core.model.rejection import Rejected
from ledgerd.poster.submission import Traffic
from ledgerd.workers import queue, timed
from tests.logged import logged
from tests.poster.faults import FAULTS, happens
from tests.poster.harness import YESTERDAY, Harness, ShiftedTime, id_of, open_harness, post, said
from tests.poster.points import Point, Points
from tests.poster.queued import HOLDER, QUEUED, drain, statuses
from tests.poster.queued import due as due_later

# Amendments of what was deferred ---------------------------------------------------------------


@pytest.mark.yesterday
@pytest.mark.poster(overlap_operations=1)
@pytest.mark.parametrize("piece", [500, 1])
@pytest.mark.parametrize("inflight", [False, True])
async def test_a_refund_that_is_due_together_with_its_posting_comes_after_it(
    harness: Harness, piece: int, inflight: bool
) -> None:
    """After an outage both are nominated at once: in one commit, or in two of which the first is being written."""
    payer, shop = await harness.balance(money=100), await harness.balance()
    payment = await harness.one(post(payer, shop, 10, "pay", deferral=due_later(1), inflight=inflight))
    assert said(await harness.one(Refund("back", Target(id_of(payment)), deferral=due_later(2)))) == "posted"
    await timed.process_due(harness.engine, HOLDER, timed.Settings(piece=piece))
    # Of a hold nothing was committed: there is nothing to refund.
    expected = [Status.INFLIGHT, Status.REJECTED] if inflight else [Status.APPLIED, Status.APPLIED]
    assert await statuses(harness, "pay", "back") == expected
    assert await harness.posted(payer, shop) == [100, 0]
    await harness.prove()


async def test_what_was_asked_for_too_early_is_part_of_its_batch_later(dsn: str) -> None:
    """A ledger that is never idle keeps in its Book how a transaction stood when it was still deferred."""
    stop = asyncio.Event()
    async with open_harness(dsn, batch_operations=2, overlap_operations=1) as harness:

        async def keep_busy(number: int) -> None:
            for turn in itertools.takewhile(lambda _: not stop.is_set(), itertools.count()):
                await harness.one(post("@World", "@Busy", 1, f"busy {number}:{turn}", allow_overdraft=True))

        others = [asyncio.create_task(keep_busy(number)) for number in range(6)]
        payer, shop = await harness.balance(money=100), await harness.balance()
        drafts = [post(payer, shop, 10, "now"), post(payer, shop, 20, "queued", deferral=QUEUED)]
        batch_id = harness.ids_and_clock.id(BATCH)
        _, queued = await harness.poster.submit(drafts, traffic=Traffic.BULK, batch_id=batch_id)
        assert said(await harness.one(Refund("too early", Target(id_of(queued))))) == "NOT_REFUNDABLE"
        await drain(harness)
        assert said(await harness.one(Refund("all", Target(batch_id)))) == "posted"
        stop.set()
        await asyncio.gather(*others)
        assert await harness.posted(payer, shop) == [100, 0]
        await harness.prove()


# Workers ---------------------------------------------------------------------------------------


async def test_no_worker_dies_of_a_statement_that_took_too_long(dsn: str, connection: asyncpg.Connection) -> None:
    """Both go on when what they read is free again."""
    stop = asyncio.Event()
    impatient = {"statement_timeout": "50ms"}
    async with open_harness(dsn, ids_and_clock=ShiftedTime(YESTERDAY)) as harness:
        payer, shop = await harness.balance(money=20), await harness.balance()
        await harness.one(post(payer, shop, 10, "queued", deferral=QUEUED))
        await harness.one(post(payer, shop, 10, "due", deferral=due_later()))
        async with open_harness(dsn, session=impatient) as worker:
            with logged() as lines:
                async with connection.transaction():
                    await connection.execute("LOCK TABLE due")
                    workers = asyncio.gather(
                        timed.run(worker.engine, stop, timed.Settings(away_seconds=0.01)),
                        queue.run(worker.engine, asyncio.Event(), stop, queue.Settings(away_seconds=0.01)),
                    )
                    async with asyncio.timeout(120):
                        while {"timed work paused", "queue paused"} - {line["event"] for line in lines}:
                            await asyncio.sleep(0.01)
                while await statuses(harness, "queued", "due") != ["APPLIED"] * 2:
                    assert not workers.done()
                    await asyncio.sleep(0.01)
            assert {line.get("error") for line in lines if line["event"].endswith("paused")} == {"QueryCanceledError"}
            stop.set()
            await workers


@pytest.mark.parametrize(("fault", "times"), [("the network breaks", 6), ("a deadlock", 10)])
async def test_what_is_due_later_does_not_overtake_what_could_not_be_applied(
    dsn: str, points: Points, fault: str, times: int
) -> None:
    """Each payment is made with the money of the one before: out of order they would be rejected. The fault lasts
    longer than the write path tries."""
    async with open_harness(
        dsn, ids_and_clock=ShiftedTime(YESTERDAY), points=points, batch_operations=3, overlap_operations=1
    ) as harness:
        chain = [await harness.balance() for _ in range(13)]
        soon = due_later()
        await harness.one(post("@World", chain[0], 5, "q0", allow_overdraft=True, deferral=soon))
        for n in range(1, 13):
            await harness.one(post(chain[n - 1], chain[n], 5, f"q{n}", deferral=soon))
        happens(points, Point.BEFORE_COPY, "q4", FAULTS[fault], times=times)
        for _ in range(20):
            try:
                if not await timed.process_due(harness.engine, HOLDER, timed.Settings(piece=3)):
                    break
            except Rejected:
                continue
        assert await statuses(harness, *(f"q{n}" for n in range(13))) == ["APPLIED"] * 13
        assert await harness.posted(chain[-1]) == [5]
        await harness.prove()
