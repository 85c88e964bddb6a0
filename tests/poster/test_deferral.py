"""What the Poster owes to those who submit: an answer, and a fair place in the queue."""

import asyncio

import asyncpg
import pytest

from ledgerd.core.model.rejection import Reason
from ledgerd.poster.submission import Traffic
from tests.poster.harness import Harness, open_harness, post, rejection, said
from tests.poster.points import Point, Points


@pytest.fixture
def gate(points: Points):
    """Keeps the batch of the reference "gate" from being written until it is set."""
    opened = asyncio.Event()

    async def wait(_: asyncpg.Connection) -> None:
        await opened.wait()

    points.at(Point.COPIED, "gate", wait)
    return opened


async def until(condition) -> None:
    async with asyncio.timeout(120):
        while not condition():
            await asyncio.sleep(0.005)


# Callers that leave ----------------------------------------------------------------------------


@pytest.mark.parametrize("is_written", [True, False])
async def test_a_caller_that_leaves_is_recorded_all_the_same(
    harness: Harness, points: Points, gate: asyncio.Event, is_written: bool
) -> None:
    """Whether its batch is being written already, or still gathers behind one that is."""
    payer, shop = await harness.balance(money=100), await harness.balance()
    if not is_written:
        first = asyncio.create_task(harness.one(post("@World", shop, 1, "gate", allow_overdraft=True)))
        await until(lambda: ("gate", Point.COPIED) in points.passed)
    payment = post(payer, shop, 60, "gate" if is_written else "left")
    caller = asyncio.create_task(harness.one(payment))
    await until(lambda: ("gate", Point.COPIED) in points.passed)
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    gate.set()
    if not is_written:
        await first
    assert said(await harness.one(post(payer, shop, 60, payment.reference))) == "replayed"
    assert await harness.posted(payer) == [40]
    await harness.prove()


# The queue -------------------------------------------------------------------------------------


async def test_a_full_queue_rejects_before_it_accepts(dsn: str, points: Points, gate: asyncio.Event) -> None:
    async with open_harness(dsn, points=points, queue_operations=3) as harness:
        shop = await harness.balance()
        give = {"allow_overdraft": True}
        written = asyncio.create_task(harness.one(post("@World", shop, 1, "gate", **give)))
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        deferred = [asyncio.create_task(harness.one(post("@World", shop, 1, f"waits {n}", **give))) for n in range(3)]
        await asyncio.sleep(0)
        assert await rejection(harness.one(post("@World", shop, 1, "one too many", **give))) is Reason.TOO_BUSY
        gate.set()
        assert [said(outcome) for outcome in await asyncio.gather(written, *deferred)] == ["posted"] * 4
        assert await harness.recorded("one too many") == 0
        assert said(await harness.one(post("@World", shop, 1, "one too many", **give))) == "posted"


async def test_streams_that_fill_the_queue_leave_room_for_single_calls(
    dsn: str, points: Points, gate: asyncio.Event
) -> None:
    async with open_harness(dsn, points=points, queue_operations=20) as harness:
        shop = await harness.balance()
        give = {"allow_overdraft": True}
        written = asyncio.create_task(harness.one(post("@World", shop, 1, "gate", **give)))
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        chunks = [[post("@World", shop, 1, f"chunk {n}:{m}", **give) for m in range(2)] for n in range(15)]
        streams = [asyncio.create_task(harness.patient(chunk)) for chunk in chunks]
        await asyncio.sleep(0)
        bulk = harness.chunk([post("@World", shop, 1, "bulk", **give)])
        assert await rejection(bulk) is Reason.TOO_BUSY
        singles = [asyncio.create_task(harness.one(post("@World", shop, 1, f"single {n}", **give))) for n in range(2)]
        await asyncio.sleep(0)
        gate.set()
        async with asyncio.timeout(120):
            assert [said(outcome) for outcome in await asyncio.gather(written, *singles)] == ["posted"] * 3
            assert [[said(outcome) for outcome in chunk] for chunk in await asyncio.gather(*streams)] == [
                ["posted"] * 2
            ] * 15


async def test_what_is_due_does_not_stand_in_line_behind_streams(dsn: str, points: Points, gate: asyncio.Event) -> None:
    async with open_harness(dsn, points=points, queue_operations=20) as harness:
        shop = await harness.balance()
        give = {"allow_overdraft": True}
        written = asyncio.create_task(harness.one(post("@World", shop, 1, "gate", **give)))
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        chunks = [[post("@World", shop, 1, f"chunk {n}:{m}", **give) for m in range(2)] for n in range(50)]
        streams = [asyncio.create_task(harness.patient(chunk)) for chunk in chunks]
        await asyncio.sleep(0)
        due = [post("@World", shop, 1, "due", **give)]
        done = asyncio.create_task(harness.poster.submit(due, traffic=Traffic.UNARY, patient=True))
        await asyncio.sleep(0.05)
        gate.set()
        async with asyncio.timeout(120):
            assert [said(outcome) for outcome in await done] == ["posted"]
            assert sum(stream.done() for stream in streams) < 20
            await asyncio.gather(written, *streams)


async def test_a_submission_larger_than_the_queue_is_taken_when_the_queue_is_empty(dsn: str) -> None:
    async with open_harness(dsn, queue_operations=3, batch_operations=2) as harness:
        shop = await harness.balance()
        answers = await harness.chunk([post("@World", shop, 1, f"r{n}", allow_overdraft=True) for n in range(10)])
        assert [said(answer) for answer in answers] == ["posted"] * 10


async def test_patient_callers_are_let_in_in_order(dsn: str, points: Points, gate: asyncio.Event) -> None:
    """A chunk that does not fit waits, and a smaller one behind it does not overtake it."""
    async with open_harness(dsn, points=points, queue_operations=4) as harness:
        payer, shop = await harness.balance(), await harness.balance()
        give = {"allow_overdraft": True}
        others = [asyncio.create_task(harness.one(post("@World", shop, 1, "gate", **give)))]
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        others += [asyncio.create_task(harness.one(post("@World", shop, 1, f"waits {n}", **give))) for n in range(2)]
        await asyncio.sleep(0)
        fund = [post("@World", payer, 10, f"fund {n}", **give) for n in range(3)]
        chunks = [
            asyncio.create_task(harness.patient(operations)) for operations in (fund, [post(payer, shop, 30, "spend")])
        ]
        await asyncio.sleep(0)
        gate.set()
        async with asyncio.timeout(120):
            assert [[said(answer) for answer in answers] for answers in await asyncio.gather(*chunks)] == [
                ["posted"] * 3,
                ["posted"],
            ]
            await asyncio.gather(*others)


async def test_large_batches_do_not_starve_single_calls(harness: Harness, points: Points) -> None:
    """Single calls that come behind 50,000 waiting operations are answered before most of those."""
    payer, shop = await harness.balance(money=1_000_000), await harness.balance()
    done: list[str] = []

    async def bulk(number: int) -> None:
        await harness.batch([post(payer, shop, 1, f"bulk {number}:{n}") for n in range(10_000)])
        done.append("bulk")

    async def single(number: int) -> None:
        assert said(await harness.one(post(payer, shop, 1, f"single {number}"))) == "posted"
        done.append("single")

    async with asyncio.timeout(120):
        batches = [asyncio.create_task(bulk(number)) for number in range(5)]
        await until(lambda: ("bulk 0:0", Point.BEFORE_COPY) in points.passed)
        await asyncio.gather(*(single(number) for number in range(100)))
        # Two batches may have been on their way already; the single calls are in the one after those.
        assert done.count("bulk") <= 4
        await asyncio.gather(*batches)
    assert await harness.posted(payer) == [1_000_000 - 50_100]


async def test_single_calls_do_not_starve_batches(dsn: str) -> None:
    """However many single calls there are, each turn takes a batch beside them."""
    async with open_harness(dsn, batch_operations=4) as harness:
        shop = await harness.balance()
        bulk_is_done = asyncio.Event()

        async def knock(number: int) -> None:
            turn = 0
            while not bulk_is_done.is_set():
                turn += 1
                await harness.one(post("@World", shop, 1, f"single {number}:{turn}", allow_overdraft=True))

        async with asyncio.timeout(120):
            knocking = [asyncio.create_task(knock(number)) for number in range(12)]
            await asyncio.sleep(0.05)
            await harness.chunk([post("@World", shop, 1, f"bulk {n}", allow_overdraft=True) for n in range(50)])
            bulk_is_done.set()
            await asyncio.gather(*knocking)


async def test_previews_leave_the_write_path_its_connections(harness: Harness, points: Points) -> None:
    """However many are asked for at once, and however slow they are."""
    payer, shop = await harness.balance(money=100), await harness.balance()
    answered = asyncio.Event()

    async def wait(_: asyncpg.Connection) -> None:
        await answered.wait()

    drafts = [post(payer, shop, 60, f"asked {n}") for n in range(20)]
    for draft in drafts:
        points.at(Point.PREVIEW, draft.reference, wait)
    asked = [asyncio.create_task(harness.poster.preview([draft])) for draft in drafts]
    async with asyncio.timeout(120):
        await points.until(Point.PREVIEW, drafts[1].reference)
        assert said(await harness.one(post(payer, shop, 50, "real"))) == "posted"
        answered.set()
        assert [said(outcome) for (outcome,) in await asyncio.gather(*asked)] == ["INSUFFICIENT_FUNDS"] * 20


# The end ---------------------------------------------------------------------------------------


async def test_stop_answers_everything_that_was_accepted(dsn: str, points: Points, gate: asyncio.Event) -> None:
    async with open_harness(dsn, points=points, batch_operations=10) as harness:
        shop = await harness.balance()
        give = {"allow_overdraft": True}
        accepted = [asyncio.create_task(harness.one(post("@World", shop, 1, "gate", **give)))]
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        accepted += [asyncio.create_task(harness.one(post("@World", shop, 1, f"r{n}", **give))) for n in range(100)]
        await asyncio.sleep(0)
        harness.poster.stop()
        assert await rejection(harness.one(post("@World", shop, 1, "late", **give))) is Reason.SHUTTING_DOWN
        gate.set()
        async with asyncio.timeout(120):
            assert [said(outcome) for outcome in await asyncio.gather(*accepted)] == ["posted"] * 101
            await harness.running
        assert await harness.recorded("late") == 0


async def test_stop_rejects_whoever_still_waits_for_capacity(dsn: str, points: Points, gate: asyncio.Event) -> None:
    """At once, and not when there is capacity: by then nobody may be there to record it."""
    async with open_harness(dsn, points=points, queue_operations=10) as harness:
        shop = await harness.balance()
        give = {"allow_overdraft": True}
        written = asyncio.create_task(harness.one(post("@World", shop, 1, "gate", **give)))
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        chunks = [[post("@World", shop, 1, f"chunk {n}:{m}", **give) for m in range(9)] for n in range(4)]
        accepted, *deferred = [asyncio.create_task(harness.patient(chunk)) for chunk in chunks]
        await asyncio.sleep(0)
        harness.poster.stop()
        async with asyncio.timeout(120):
            assert [await rejection(call) for call in deferred] == [Reason.SHUTTING_DOWN] * 3
            assert not written.done()
            gate.set()
            assert [said(outcome) for outcome in await accepted] == ["posted"] * 9
            await harness.running
        assert await harness.recorded("chunk 1:0", "chunk 2:0", "chunk 3:0") == 0


async def test_stop_ends_an_idle_poster_at_once(dsn: str) -> None:
    async with open_harness(dsn) as harness:
        harness.poster.stop()
        async with asyncio.timeout(120):
            await harness.running
