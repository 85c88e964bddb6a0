"""A COMMIT whose answer is lost: what was recorded is what is answered, and nothing is decided twice."""

import asyncio

import asyncpg
import pytest

from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.rejection import Reason, Rejected
from ledgerd.poster.settings import PosterSettings
from ledgerd.poster.submission import Traffic
from tests.poster.faults import raises
from tests.poster.harness import Harness, commit, id_of, open_harness, post, said
from tests.poster.points import Point, Points
from tests.poster.wire import Cut, Wire, open_wire


@pytest.fixture
async def wired(dsn: str, poster_settings: PosterSettings):
    """A harness on a wire that can be cut."""
    async with open_wire(dsn) as wire, open_harness(wire.dsn, settings=poster_settings) as harness:
        yield harness, wire


@pytest.fixture
async def cut(either_path: bool, wired: tuple[Harness, Wire], connection: asyncpg.Connection):
    """Cuts the wire in the next COMMIT: an optimistic one is late, of a pessimistic one the answer is lost."""
    _, wire = wired
    tasks = []

    def cut_it() -> None:
        if either_path:
            wire.cut_next_commit(Cut.LATE)
            tasks.append(asyncio.create_task(wire.deliver_late(connection)))
        else:
            wire.cut_next_commit(Cut.UNANSWERED)

    yield cut_it
    await asyncio.gather(*tasks)


async def test_what_was_rejected_in_a_batch_stays_rejected(wired: tuple[Harness, Wire], cut) -> None:
    """Decided once more the first payment would pass, with money that the second one brought."""
    harness, _ = wired
    payer, shop = await harness.balance(), await harness.balance()
    batch_id = harness.ids_and_clock.id(BATCH)
    cut()
    answers = await harness.poster.submit(
        [post(payer, shop, 100, "too early"), post("@World", payer, 100, "money", allow_overdraft=True)],
        traffic=Traffic.BULK,
        batch_id=batch_id,
    )
    assert [said(answer) for answer in answers] == ["INSUFFICIENT_FUNDS", "posted"]
    assert await harness.recorded("too early", "money") == 1
    row = await harness.pool.fetchrow("SELECT operations, posted, replayed, rejected FROM batches")
    assert tuple(row) == (2, 1, 0, 1)
    await harness.prove()


async def test_each_caller_of_a_lost_batch_gets_its_own_answer(wired: tuple[Harness, Wire], cut) -> None:
    harness, _ = wired
    payer, shop = await harness.balance(money=100), await harness.balance()
    hold = await harness.one(post(payer, shop, 60, "hold", inflight=True))
    cut()
    drafts = [
        post(payer, shop, 41, "too much"),
        post(payer, shop, 40, "the rest"),
        commit(hold),
        commit(hold, None, "no"),
    ]
    answers = await asyncio.gather(*map(harness.one, drafts))
    assert [said(answer) for answer in answers] == ["INSUFFICIENT_FUNDS", "posted", "posted", "HOLD_RESOLVED"]
    assert await harness.posted(payer, shop) == [0, 100]
    again = await asyncio.gather(harness.one(drafts[1]), harness.one(drafts[2]))
    assert [said(outcome) for outcome in again] == ["replayed"] * 2
    assert [id_of(outcome) for outcome in again] == [id_of(answer) for answer in answers[1:3]]
    await harness.prove()


# It stays unknown ------------------------------------------------------------------------------


async def rejection(answer) -> Reason:
    with pytest.raises(Rejected) as rejected:
        await answer
    return rejected.value.rejection.reason


async def test_nobody_is_told_that_the_ledger_is_busy_of_what_may_be_recorded(dsn: str) -> None:
    """The late COMMIT keeps its locks for longer than the write path tries."""
    short = {"lock_timeout": "20ms"}
    async with open_wire(dsn) as wire, open_harness(wire.dsn, session=short, tries=2) as harness:
        shop = await harness.balance(money=5)
        payment = post("@World", shop, 100, "late", allow_overdraft=True)
        wire.cut_next_commit(Cut.LATE)
        assert await rejection(harness.one(payment)) is Reason.DATABASE_UNAVAILABLE
        wire.late_after.set()
        async with open_harness(dsn) as another:
            assert said(await another.one(payment)) == "replayed"
            assert await another.posted(shop) == [105]


@pytest.fixture
def lose_from(points: Points):
    """Loses the answer to the COMMIT of a reference, and brings out a bug in every attempt after it."""

    def lose(reference: str) -> None:
        async def happen(_: asyncpg.Connection) -> None:
            points.at_each(Point.READ, raises(ZeroDivisionError()))
            raise asyncpg.ConnectionDoesNotExistError("connection was closed")

        points.at(Point.COMMITTED, reference, happen)

    return lose


async def test_nobody_is_told_of_a_fault_of_ours_where_it_may_be_recorded(
    harness: Harness, lose_from, points: Points
) -> None:
    payer, shop = await harness.balance(money=10), await harness.balance()
    lose_from("second")
    answers = [harness.one(post(payer, shop, 1, reference)) for reference in ("first", "second")]
    assert await asyncio.gather(*map(rejection, answers)) == [Reason.DATABASE_UNAVAILABLE] * 2
    points.forget()
    again = await asyncio.gather(*(harness.one(post(payer, shop, 1, reference)) for reference in ("first", "second")))
    assert [said(outcome) for outcome in again] == ["replayed"] * 2


async def test_an_operation_of_a_chunk_that_may_be_recorded_is_told_so(
    harness: Harness, connection: asyncpg.Connection, lose_from, points: Points
) -> None:
    """A constraint that the rules know nothing of makes the chunk be recorded one by one."""
    await connection.execute("ALTER TABLE transactions ADD CONSTRAINT no_beast CHECK (amount <> 666)")
    shop = await harness.balance()
    drafts = [post("@World", shop, amount, f"r{amount}", allow_overdraft=True) for amount in (666, 1, 3)]
    lose_from("r1")
    assert [said(outcome) for outcome in await harness.chunk(drafts)] == [
        "INTERNAL",
        "DATABASE_UNAVAILABLE",
        "INTERNAL",
    ]
    points.forget()
    assert [said(outcome) for outcome in await harness.chunk(drafts)] == ["INTERNAL", "replayed", "posted"]
    await harness.prove()
