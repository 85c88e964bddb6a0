"""Three batches under way, and something goes wrong with one of them at every point of its way.

Whatever it is, each caller gets the one right answer, each reference is recorded once, and the books add up.
"""

import asyncio
import contextlib

import asyncpg
import pytest

from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.rejection import Reason, Rejected
from tests.poster.faults import FAULTS, kill, raises
from tests.poster.harness import Harness, id_of, open_harness, post, said
from tests.poster.points import Point, Points
from tests.poster.wire import Cut, Wire, open_wire

FIRST, SECOND, THIRD = BATCHES = ("first", "second", "third")


pytestmark = pytest.mark.poster(overlap_operations=1)
"""A single queued operation is enough to start the next batch."""


class Three:
    """Three payments from one hot balance, each a batch of its own, all three under way at once."""

    def __init__(self, harness: Harness, points: Points, payer: str, shop: str) -> None:
        self.harness, self.points, self.payer, self.shop = harness, points, payer, shop

    async def pay(self) -> list[str]:
        """The first is held back until the third is under way too."""
        self.points.hold_back(FIRST, until=THIRD)
        submitted = [self.harness.one(post(self.payer, self.shop, 100, reference)) for reference in BATCHES]
        async with asyncio.timeout(120):
            return [said(outcome) for outcome in await asyncio.gather(*submitted)]

    async def check(self, rival: int = 0) -> None:
        assert await self.harness.recorded(*BATCHES) == 3
        assert await self.harness.posted(self.payer, self.shop) == [700 + rival, 300]
        await self.harness.prove()


async def make_three(harness: Harness, points: Points) -> Three:
    return Three(harness, points, await harness.balance(money=1_000), await harness.balance())


@pytest.fixture
async def three(dsn: str, points: Points):
    async with open_harness(dsn, points=points, batch_operations=1, overlap_operations=1) as harness:
        yield await make_three(harness, points)


async def test_three_batches_overlap_and_are_recorded_in_order(three: Three) -> None:
    assert await three.pay() == ["posted"] * 3
    passed = [step for step in three.points.passed if step[0] in BATCHES]
    assert passed.index((THIRD, Point.BEFORE_COPY)) < passed.index((FIRST, Point.COPIED))
    assert [reference for reference, point in passed if point is Point.COMMITTED] == [*BATCHES]
    way = set(Point) - {Point.PREVIEW, Point.LOCKED}
    assert len(passed) == 3 * len(way), "nothing was done twice"
    assert {point for _, point in passed} == way
    await three.check()


# Another process is quicker --------------------------------------------------------------------


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("point", [Point.BEFORE_COPY, Point.COPIED])
async def test_another_process_moves_the_balance(three: Three, other: Harness, batch: str, point: Point) -> None:
    async def credit(_: asyncpg.Connection) -> None:
        assert said(await other.fund(three.payer, 7)) == "posted"

    three.points.at(point, batch, credit)
    assert await three.pay() == ["posted"] * 3
    await three.check(rival=7)


@pytest.mark.parametrize("batch", BATCHES)
async def test_another_process_takes_the_money(three: Three, other: Harness, batch: str) -> None:
    """An optimistic decision that was right when it was made would overdraw the balance now."""

    async def spend(_: asyncpg.Connection) -> None:
        assert said(await other.one(post(three.payer, "@Elsewhere", 750, "rival"))) == "posted"

    three.points.at(Point.COPIED, batch, spend)
    answers = await three.pay()
    assert sorted(answers) == ["INSUFFICIENT_FUNDS", "posted", "posted"]
    assert await three.harness.posted(three.payer, three.shop) == [50, 200]
    await three.harness.prove()


@pytest.mark.parametrize("batch", BATCHES)
async def test_another_process_takes_the_reference(three: Three, other: Harness, batch: str) -> None:
    """The same payment, sent to two processes: one records it, the other repeats its answer."""

    async def same(_: asyncpg.Connection) -> None:
        assert said(await other.one(post(three.payer, three.shop, 100, batch))) == "posted"

    three.points.at(Point.BEFORE_COPY, batch, same)
    answers = await three.pay()
    assert answers == ["replayed" if name == batch else "posted" for name in BATCHES]
    await three.check()


@pytest.mark.parametrize("batch", BATCHES)
async def test_another_process_lowers_the_floor(three: Three, other: Harness, batch: str) -> None:
    """What decisions read besides figures counts as a version too."""
    await other.change_floor(three.payer, 700)

    async def raise_floor(_: asyncpg.Connection) -> None:
        await other.change_floor(three.payer, 701)

    three.points.at(Point.COPIED, batch, raise_floor)
    assert sorted(await three.pay()) == ["FLOOR_EXCEEDED", "posted", "posted"]
    await three.harness.prove()


@pytest.mark.parametrize("batch", BATCHES)
async def test_another_process_freezes_the_balance(three: Three, other: Harness, batch: str) -> None:
    """Nothing that was decided before is recorded after; what was recorded before stands."""

    async def freeze(_: asyncpg.Connection) -> None:
        await other.set_status(three.payer, BalanceStatus.FROZEN)

    three.points.at(Point.COPIED, batch, freeze)
    answers = await three.pay()
    assert answers[BATCHES.index(batch) :] == ["BALANCE_FROZEN"] * (3 - BATCHES.index(batch))
    posted = answers.count("posted")
    assert answers == ["posted"] * posted + ["BALANCE_FROZEN"] * (3 - posted)
    assert await three.harness.posted(three.payer, three.shop) == [1_000 - 100 * posted, 100 * posted]
    await three.harness.prove()


@pytest.mark.parametrize("batch", BATCHES)
async def test_another_process_lowers_the_ceiling(three: Three, other: Harness, batch: str) -> None:
    await other.change_ceiling(three.shop, 300)

    async def lower(_: asyncpg.Connection) -> None:
        await other.change_ceiling(three.shop, 299)

    three.points.at(Point.COPIED, batch, lower)
    assert sorted(await three.pay()) == ["CEILING_EXCEEDED", "posted", "posted"]
    await three.harness.prove()


# Writing fails ---------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("point", [Point.BEFORE_COPY, Point.COPIED, Point.APPLIED])
async def test_writing_fails(three: Three, batch: str, fault: str, point: Point) -> None:
    three.points.at(point, batch, FAULTS[fault])
    assert await three.pay() == ["posted"] * 3
    await three.check()


async def test_a_repetition_of_what_is_being_written_gets_the_answer_that_stands(three: Three) -> None:
    """Both wait for the same batch. When that fails, it is recorded anew, under another id."""
    harness, payment = three.harness, post(three.payer, three.shop, 100, FIRST)
    three.points.hold_back(FIRST, until=THIRD)
    three.points.at(Point.APPLIED, FIRST, FAULTS["a deadlock"])
    third = post(three.payer, "@Elsewhere", 1, THIRD)
    async with asyncio.timeout(120):
        first, again, _ = await asyncio.gather(harness.one(payment), harness.one(payment), harness.one(third))
    assert [said(first), said(again)] == ["posted", "replayed"]
    assert id_of(first) == id_of(again) == id_of(await harness.one(payment))
    await harness.prove()


# The connection is lost during COMMIT ----------------------------------------------------------


@pytest.mark.parametrize("batch", BATCHES)
async def test_the_backend_dies_before_commit_arrives(three: Three, batch: str) -> None:
    three.points.at(Point.COMMIT, batch, kill)
    assert await three.pay() == ["posted"] * 3
    await three.check()


@pytest.mark.parametrize("batch", BATCHES)
async def test_a_lost_answer_is_looked_for_until_the_journal_can_be_read(three: Three, batch: str) -> None:
    three.points.at(Point.COMMITTED, batch, raises(asyncpg.ConnectionDoesNotExistError("connection was closed")))
    three.points.at(Point.LOCKED, batch, raises(ConnectionRefusedError()))
    assert await three.pay() == ["posted"] * 3
    assert three.points.passed.count((batch, Point.LOCKED)) >= 2
    await three.check()


@pytest.fixture
async def wired(dsn: str, points: Points):
    """The same three on a wire that can be cut."""
    async with (
        open_wire(dsn) as wire,
        open_harness(wire.dsn, points=points, batch_operations=1, overlap_operations=1) as harness,
    ):
        yield await make_three(harness, points), wire


def cut(wire: Wire, how: Cut):
    async def cut_it(_: asyncpg.Connection) -> None:
        wire.cut_next_commit(how)

    return cut_it


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("how", [Cut.LOST, Cut.UNANSWERED])
async def test_the_wire_is_cut_during_commit(wired: tuple[Three, Wire], batch: str, how: Cut) -> None:
    three, wire = wired
    three.points.at(Point.COMMIT, batch, cut(wire, how))
    assert await three.pay() == ["posted"] * 3
    await three.check()


@pytest.mark.parametrize("batch", BATCHES)
async def test_a_commit_that_arrives_late_is_not_done_twice(
    wired: tuple[Three, Wire], batch: str, connection: asyncpg.Connection
) -> None:
    """The worst case: the batch is tried again, and only then is it recorded."""
    three, wire = wired
    three.points.at(Point.COMMIT, batch, cut(wire, Cut.LATE))
    late = asyncio.create_task(wire.deliver_late(connection))
    assert await three.pay() == ["posted"] * 3
    await late
    await three.check()


# The path under locks fails too ----------------------------------------------------------------


async def test_the_path_under_locks_is_tried_again(three: Three) -> None:
    async def again(_: asyncpg.Connection) -> None:
        three.points.at(Point.COPIED, FIRST, kill)
        raise asyncpg.DeadlockDetectedError("once more, under locks")

    three.points.at(Point.COPIED, FIRST, FAULTS["a deadlock"])
    three.points.at(Point.APPLIED, FIRST, again)
    assert await three.pay() == ["posted"] * 3
    await three.check()


async def test_what_stays_unknown_is_repeated_and_recorded_once(three: Three) -> None:
    """The database is away for longer than the write path waits; then the callers come again."""

    async def stay_away(_: asyncpg.Connection) -> None:
        three.points.at(Point.COPIED, SECOND, stay_away)
        raise ConnectionResetError

    three.points.at(Point.COPIED, SECOND, stay_away)
    with pytest.raises(Rejected) as rejected:
        await three.pay()
    assert rejected.value.rejection.reason is Reason.DATABASE_UNAVAILABLE
    three.points.forget()
    assert await three.pay() == ["replayed", "posted", "replayed"]
    await three.check()


@pytest.mark.parametrize("fault", [asyncpg.DeadlockDetectedError("always"), asyncpg.LockNotAvailableError("always")])
async def test_who_loses_every_race_is_told_so(three: Three, fault: Exception) -> None:
    async def lose(_: asyncpg.Connection) -> None:
        three.points.at(Point.COPIED, SECOND, lose)
        raise fault

    three.points.at(Point.COPIED, SECOND, lose)
    with pytest.raises(Rejected) as rejected:
        await three.pay()
    assert rejected.value.rejection.reason is Reason.TOO_BUSY
    three.points.forget()
    assert await three.pay() == ["replayed", "posted", "replayed"]
    await three.check()


OUTAGES = [
    asyncpg.DiskFullError("no space left on device"),
    asyncpg.OutOfMemoryError("out of memory"),
    asyncpg.ReadOnlySQLTransactionError("cannot execute COPY FROM in a read-only transaction"),
]


@pytest.mark.parametrize("outage", OUTAGES)
async def test_what_the_database_cannot_do_for_the_moment_is_tried_again(three: Three, outage: Exception) -> None:
    async def again(_: asyncpg.Connection) -> None:
        three.points.at(Point.COPIED, SECOND, raises(outage))
        raise outage

    three.points.at(Point.COPIED, SECOND, again)
    assert await three.pay() == ["posted"] * 3
    await three.check()


@pytest.mark.parametrize("batch", BATCHES)
async def test_a_commit_that_rolls_back_is_not_acknowledged(three: Three, batch: str) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK, and no error, when the transaction had failed before."""

    async def fail_quietly(connection: asyncpg.Connection) -> None:
        with contextlib.suppress(asyncpg.DivisionByZeroError):
            await connection.fetchval("SELECT 1 / 0")

    three.points.at(Point.APPLIED, batch, fail_quietly)
    assert await three.pay() == ["posted"] * 3
    await three.check()
