"""What the Poster owes to those who submit: an answer, a fair place in the queue, and no one else's trouble."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from ledgerd.core.amount import Quantity
from ledgerd.core.rejection import Reason, Refused
from ledgerd.poster import attempt, deciding
from ledgerd.poster.submission import Lane
from tests.poster.desk import Desk, commit, id_of, open_desk, post, said
from tests.poster.points import Point, Points


async def refusal(answer) -> Reason:
    with pytest.raises(Refused) as refused:
        await answer
    return refused.value.rejection.reason


@pytest.fixture
def gate(points: Points):
    """Keeps the batch of the reference "gate" from being written until it is set."""
    opened = asyncio.Event()

    async def wait(_: asyncpg.Connection) -> None:
        await opened.wait()

    points.at(Point.COPIED, "gate", wait)
    return opened


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


# Callers that leave ----------------------------------------------------------------------------


@pytest.mark.parametrize("is_written", [True, False])
async def test_a_caller_that_leaves_is_recorded_all_the_same(
    desk: Desk, points: Points, gate: asyncio.Event, is_written: bool
) -> None:
    """Whether its batch is being written already, or still gathers behind one that is."""
    payer, shop = await desk.balance(money=100), await desk.balance()
    if not is_written:
        first = asyncio.create_task(desk.one(post("@World", shop, 1, "gate", allow_overdraft=True)))
        await until(lambda: ("gate", Point.COPIED) in points.passed)
    payment = post(payer, shop, 60, "gate" if is_written else "left")
    caller = asyncio.create_task(desk.one(payment))
    await until(lambda: ("gate", Point.COPIED) in points.passed)
    await asyncio.sleep(0.02)
    caller.cancel()
    await asyncio.wait([caller])
    gate.set()
    if not is_written:
        await first
    assert said(await desk.one(post(payer, shop, 60, payment.reference))) == "replayed"
    assert await desk.settled(payer) == [40]
    await desk.prove()


# The queue -------------------------------------------------------------------------------------


async def test_a_full_queue_refuses_before_it_accepts(dsn: str, points: Points, gate: asyncio.Event) -> None:
    async with open_desk(dsn, queue_operations=3) as desk:
        shop = await desk.balance()
        give = {"allow_overdraft": True}
        written = asyncio.create_task(desk.one(post("@World", shop, 1, "gate", **give)))
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        waiting = [asyncio.create_task(desk.one(post("@World", shop, 1, f"waits {n}", **give))) for n in range(3)]
        await asyncio.sleep(0)
        assert await refusal(desk.one(post("@World", shop, 1, "one too many", **give))) is Reason.TOO_BUSY
        gate.set()
        assert [said(one) for one in await asyncio.gather(written, *waiting)] == ["posted"] * 4
        assert await desk.recorded("one too many") == 0
        assert said(await desk.one(post("@World", shop, 1, "one too many", **give))) == "posted"


async def test_streams_that_fill_the_queue_leave_room_for_single_calls(
    dsn: str, points: Points, gate: asyncio.Event
) -> None:
    async with open_desk(dsn, queue_operations=20) as desk:
        shop = await desk.balance()
        give = {"allow_overdraft": True}
        written = asyncio.create_task(desk.one(post("@World", shop, 1, "gate", **give)))
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        chunks = [[post("@World", shop, 1, f"chunk {n}:{m}", **give) for m in range(2)] for n in range(15)]
        streams = [asyncio.create_task(desk.patient(chunk)) for chunk in chunks]
        await asyncio.sleep(0)
        bulk = desk.chunk([post("@World", shop, 1, "bulk", **give)])
        assert await refusal(bulk) is Reason.TOO_BUSY
        singles = [asyncio.create_task(desk.one(post("@World", shop, 1, f"single {n}", **give))) for n in range(2)]
        await asyncio.sleep(0)
        gate.set()
        async with asyncio.timeout(10):
            assert [said(one) for one in await asyncio.gather(written, *singles)] == ["posted"] * 3
            assert [[said(one) for one in chunk] for chunk in await asyncio.gather(*streams)] == [["posted"] * 2] * 15


async def test_what_is_due_does_not_stand_in_line_behind_streams(dsn: str, points: Points, gate: asyncio.Event) -> None:
    async with open_desk(dsn, queue_operations=20) as desk:
        shop = await desk.balance()
        give = {"allow_overdraft": True}
        written = asyncio.create_task(desk.one(post("@World", shop, 1, "gate", **give)))
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        chunks = [[post("@World", shop, 1, f"chunk {n}:{m}", **give) for m in range(2)] for n in range(50)]
        streams = [asyncio.create_task(desk.patient(chunk)) for chunk in chunks]
        await asyncio.sleep(0)
        due = [post("@World", shop, 1, "due", **give)]
        done = asyncio.create_task(desk.poster.submit(due, lane=Lane.UNARY, patient=True))
        await asyncio.sleep(0.05)
        gate.set()
        async with asyncio.timeout(10):
            assert [said(one) for one in await done] == ["posted"]
            assert sum(one.done() for one in streams) < 20
            await asyncio.gather(written, *streams)


async def test_a_submission_larger_than_the_queue_is_taken_when_nothing_waits(dsn: str) -> None:
    async with open_desk(dsn, queue_operations=3, batch_operations=2) as desk:
        shop = await desk.balance()
        answers = await desk.chunk([post("@World", shop, 1, f"r{n}", allow_overdraft=True) for n in range(10)])
        assert [said(one) for one in answers] == ["posted"] * 10


async def test_patient_callers_are_let_in_in_order(dsn: str, points: Points, gate: asyncio.Event) -> None:
    """A chunk that does not fit waits, and a smaller one behind it does not overtake it."""
    async with open_desk(dsn, queue_operations=4) as desk:
        payer, shop = await desk.balance(), await desk.balance()
        give = {"allow_overdraft": True}
        others = [asyncio.create_task(desk.one(post("@World", shop, 1, "gate", **give)))]
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        others += [asyncio.create_task(desk.one(post("@World", shop, 1, f"waits {n}", **give))) for n in range(2)]
        await asyncio.sleep(0)
        fund = [post("@World", payer, 10, f"fund {n}", **give) for n in range(3)]
        chunks = [asyncio.create_task(desk.patient(one)) for one in (fund, [post(payer, shop, 30, "spend")])]
        await asyncio.sleep(0)
        gate.set()
        async with asyncio.timeout(10):
            assert [[said(one) for one in answers] for answers in await asyncio.gather(*chunks)] == [
                ["posted"] * 3,
                ["posted"],
            ]
            await asyncio.gather(*others)


async def test_large_batches_do_not_starve_single_calls(desk: Desk, points: Points) -> None:
    """Single calls that come behind 50,000 waiting operations are answered before most of those."""
    payer, shop = await desk.balance(money=1_000_000), await desk.balance()
    done: list[str] = []

    async def bulk(number: int) -> None:
        await desk.batch([post(payer, shop, 1, f"bulk {number}:{n}") for n in range(10_000)])
        done.append("bulk")

    async def single(number: int) -> None:
        assert said(await desk.one(post(payer, shop, 1, f"single {number}"))) == "posted"
        done.append("single")

    async with asyncio.timeout(60):
        batches = [asyncio.create_task(bulk(number)) for number in range(5)]
        await until(lambda: ("bulk 0:0", Point.BEFORE_COPY) in points.passed)
        await asyncio.gather(*(single(number) for number in range(100)))
        # Two batches may have been on their way already; the single calls are in the one after those.
        assert done.count("bulk") <= 4
        await asyncio.gather(*batches)
    assert await desk.settled(payer) == [1_000_000 - 50_100]


async def test_single_calls_do_not_starve_batches(dsn: str) -> None:
    """However many single calls there are, each turn takes a batch beside them."""
    async with open_desk(dsn, batch_operations=4) as desk:
        shop = await desk.balance()
        bulk_is_done = asyncio.Event()

        async def knock(number: int) -> None:
            turn = 0
            while not bulk_is_done.is_set():
                turn += 1
                await desk.one(post("@World", shop, 1, f"single {number}:{turn}", allow_overdraft=True))

        async with asyncio.timeout(60):
            knocking = [asyncio.create_task(knock(number)) for number in range(12)]
            await asyncio.sleep(0.05)
            await desk.chunk([post("@World", shop, 1, f"bulk {n}", allow_overdraft=True) for n in range(50)])
            bulk_is_done.set()
            await asyncio.gather(*knocking)


async def test_previews_leave_the_write_path_its_connections(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are asked for at once, and however slow they are."""
    payer, shop = await desk.balance(money=100), await desk.balance()
    preview, answered = attempt.preview, asyncio.Event()

    async def slow(pool: asyncpg.Pool, *more) -> list:
        async with pool.acquire():
            await answered.wait()
        return await preview(pool, *more)

    monkeypatch.setattr(attempt, "preview", slow)
    asked = [asyncio.create_task(desk.poster.preview([post(payer, shop, 60, f"asked {n}")])) for n in range(20)]
    async with asyncio.timeout(10):
        assert said(await desk.one(post(payer, shop, 50, "real"))) == "posted"
        answered.set()
        assert [said(one) for (one,) in await asyncio.gather(*asked)] == ["INSUFFICIENT_FUNDS"] * 20


# The end ---------------------------------------------------------------------------------------


async def test_stop_answers_everything_that_was_accepted(dsn: str, points: Points, gate: asyncio.Event) -> None:
    async with open_desk(dsn, batch_operations=10) as desk:
        shop = await desk.balance()
        give = {"allow_overdraft": True}
        accepted = [asyncio.create_task(desk.one(post("@World", shop, 1, "gate", **give)))]
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        accepted += [asyncio.create_task(desk.one(post("@World", shop, 1, f"r{n}", **give))) for n in range(100)]
        await asyncio.sleep(0)
        desk.poster.stop()
        assert await refusal(desk.one(post("@World", shop, 1, "late", **give))) is Reason.SHUTTING_DOWN
        gate.set()
        async with asyncio.timeout(30):
            assert [said(one) for one in await asyncio.gather(*accepted)] == ["posted"] * 101
            await desk.running
        assert await desk.recorded("late") == 0


async def test_stop_refuses_whoever_still_waits_for_room(dsn: str, points: Points, gate: asyncio.Event) -> None:
    """At once, and not when there is room: by then nobody may be left to record it."""
    async with open_desk(dsn, queue_operations=10) as desk:
        shop = await desk.balance()
        give = {"allow_overdraft": True}
        written = asyncio.create_task(desk.one(post("@World", shop, 1, "gate", **give)))
        await until(lambda: ("gate", Point.COPIED) in points.passed)
        chunks = [[post("@World", shop, 1, f"chunk {n}:{m}", **give) for m in range(9)] for n in range(4)]
        accepted, *waiting = [asyncio.create_task(desk.patient(chunk)) for chunk in chunks]
        await asyncio.sleep(0)
        desk.poster.stop()
        async with asyncio.timeout(10):
            assert [await refusal(one) for one in waiting] == [Reason.SHUTTING_DOWN] * 3
            assert not written.done()
            gate.set()
            assert [said(one) for one in await accepted] == ["posted"] * 9
            await desk.running
        assert await desk.recorded("chunk 1:0", "chunk 2:0", "chunk 3:0") == 0


async def test_stop_ends_an_idle_poster_at_once(dsn: str) -> None:
    async with open_desk(dsn) as desk:
        desk.poster.stop()
        async with asyncio.timeout(5):
            await desk.running


# One bad apple ---------------------------------------------------------------------------------


@pytest.fixture
async def judged(desk: Desk, connection: asyncpg.Connection) -> str:
    """A constraint that the rules know nothing of: 666 is refused. As if the rules had a bug."""
    await connection.execute("ALTER TABLE transactions ADD CONSTRAINT no_beast CHECK (amount <> 666)")
    return await desk.balance()


async def test_a_constraint_refuses_one_of_many_single_calls(desk: Desk, judged: str) -> None:
    amounts = [1, 2, 666, 3, 4, 666, 5]
    answers = await asyncio.gather(
        *(
            desk.one(post("@World", judged, amount, f"r{place}", allow_overdraft=True))
            for place, amount in enumerate(amounts)
        ),
        return_exceptions=True,
    )
    failed = [place for place, answer in enumerate(answers) if isinstance(answer, Refused)]
    assert failed == [2, 5]
    assert [answers[place].rejection.reason for place in failed] == [Reason.INTERNAL] * 2
    assert await desk.settled(judged) == [1 + 2 + 3 + 4 + 5]
    await desk.prove()


async def test_a_constraint_refuses_one_operation_of_a_chunk(desk: Desk, judged: str) -> None:
    drafts = [post("@World", judged, amount, f"r{amount}", allow_overdraft=True) for amount in (1, 666, 3)]
    assert [said(one) for one in await desk.chunk(drafts)] == ["posted", "INTERNAL", "posted"]
    await desk.prove()


async def test_a_constraint_refuses_one_operation_of_a_batch(desk: Desk, judged: str) -> None:
    drafts = [post("@World", judged, amount, f"r{amount}", allow_overdraft=True) for amount in (1, 666, 3)]
    assert [said(one) for one in await desk.batch(drafts)] == ["posted", "INTERNAL", "posted"]
    row = await desk.pool.fetchrow("SELECT operations, posted, replayed, rejected FROM batches")
    assert tuple(row) == (3, 2, 0, 1)
    await desk.prove()


async def test_a_batch_recorded_one_by_one_counts_what_could_not_be_read(desk: Desk, judged: str) -> None:
    drafts = [post("@World", judged, amount, f"r{amount}", allow_overdraft=True) for amount in (1, 666)]
    await desk.batch(drafts, malformed=3)
    row = await desk.pool.fetchrow("SELECT operations, posted, replayed, rejected FROM batches")
    assert tuple(row) == (5, 1, 0, 4)


async def test_a_constraint_refuses_an_atomic_batch_whole(desk: Desk, judged: str) -> None:
    drafts = [post("@World", judged, amount, f"r{amount}", allow_overdraft=True) for amount in (1, 666, 3)]
    beside = desk.one(post("@World", judged, 7, "beside", allow_overdraft=True))
    beside_answer, refused = await asyncio.gather(beside, desk.batch(drafts, atomic=True), return_exceptions=True)
    assert isinstance(refused, Refused)
    assert said(beside_answer) == "posted"
    assert await desk.settled(judged) == [7]
    await desk.prove()


async def test_a_value_that_postgresql_cannot_hold_spares_the_neighbours(
    desk: Desk, connection: asyncpg.Connection
) -> None:
    """As if a check of a number's size had been forgotten: the column is made too small for it."""
    await connection.execute("ALTER TABLE transactions ALTER COLUMN overdraft_limit TYPE numeric(3, 0)")
    shop = await desk.balance()
    limits = [Quantity(minor, None) for minor in (100, 999, 1_000, 100)]
    drafts = [
        post("@World", shop, 1, f"r{place}", allow_overdraft=True, overdraft_limit=limit)
        for place, limit in enumerate(limits)
    ]
    answers = await asyncio.gather(*(desk.one(draft) for draft in drafts), return_exceptions=True)
    assert [isinstance(one, Refused) for one in answers] == [False, False, True, False]
    await desk.prove()


# A batch that takes too long -------------------------------------------------------------------


@pytest.fixture
def heavy(points: Points) -> None:
    """As if a statement that writes the reference "heavy" took longer than PostgreSQL lets it."""

    async def take_too_long(_: asyncpg.Connection) -> None:
        points.at(Point.COPIED, "heavy", take_too_long)
        raise asyncpg.QueryCanceledError("canceling statement due to statement timeout")

    points.at(Point.COPIED, "heavy", take_too_long)


@pytest.mark.usefixtures("heavy")
async def test_a_call_that_takes_too_long_spares_its_neighbours(desk: Desk, points: Points) -> None:
    shop = await desk.balance()
    drafts = [post("@World", shop, 1, reference, allow_overdraft=True) for reference in ("r1", "heavy", "r2", "r3")]
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*(desk.one(draft) for draft in drafts), return_exceptions=True)
    assert [isinstance(one, Refused) for one in answers] == [False, True, False, False]
    assert answers[1].rejection.reason is Reason.TOO_BUSY
    assert await desk.recorded("heavy") == 0
    points.forget()
    assert said(await desk.one(drafts[1])) == "posted"
    await desk.prove()


@pytest.mark.usefixtures("heavy")
async def test_a_chunk_that_takes_too_long_is_refused_whole(desk: Desk, points: Points) -> None:
    """Its operations are not tried one by one: a chunk that is only large would take longer still."""
    shop = await desk.balance()
    drafts = [post("@World", shop, 1, reference, allow_overdraft=True) for reference in ("r1", "heavy")]
    assert await refusal(desk.chunk(drafts)) is Reason.TOO_BUSY
    assert await desk.recorded("r1", "heavy") == 0
    points.forget()
    assert [said(one) for one in await desk.chunk(drafts)] == ["posted"] * 2


# A bug in the rules ----------------------------------------------------------------------------


@pytest.fixture
def broken_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a rule had a bug that one reference brings out."""
    decide = deciding.decide

    def stumble(operation, *more):
        if operation.reference == "poison":
            raise ZeroDivisionError
        return decide(operation, *more)

    monkeypatch.setattr(deciding, "decide", stumble)


@pytest.mark.usefixtures("broken_rule")
async def test_a_bug_that_one_call_brings_out_spares_its_neighbours(desk: Desk) -> None:
    shop = await desk.balance()
    references = ["r1", "poison", "r2"]
    drafts = [post("@World", shop, 1, reference, allow_overdraft=True) for reference in references]
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*(desk.one(draft) for draft in drafts), return_exceptions=True)
    assert [isinstance(one, Refused) for one in answers] == [False, True, False]
    assert said(await desk.fund(shop, 1)) == "posted"
    await desk.prove()


# Long runs -------------------------------------------------------------------------------------


@pytest.fixture
async def busy(dsn: str, monkeypatch: pytest.MonkeyPatch):
    """A desk at which batches, of one operation each, never stop being under way."""
    monkeypatch.setattr("ledgerd.poster.poster.OVERLAP_OPERATIONS", 1)
    stop = asyncio.Event()
    async with open_desk(dsn, batch_operations=1) as desk:

        async def keep_busy(number: int) -> None:
            turn = 0
            while not stop.is_set():
                turn += 1
                await desk.one(post("@World", "@Busy", 1, f"busy {number}:{turn}", allow_overdraft=True))

        others = [asyncio.create_task(keep_busy(number)) for number in range(6)]
        yield desk
        stop.set()
        await asyncio.gather(*others)


async def test_statuses_are_current_however_busy_the_ledger_is(busy: Desk) -> None:
    """A hold that is posted again answers with the status it has now, also when batches never stop coming."""
    payer, shop = await busy.balance(money=100), await busy.balance()
    hold = post(payer, shop, 10, "hold", inflight=True)
    held = await busy.one(hold)
    assert (await busy.one(hold)).recorded.status == "INFLIGHT"
    await busy.one(commit(held))
    assert (await busy.one(hold)).recorded.status == "APPLIED"


async def test_the_book_stays_small_however_busy_the_ledger_is(busy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledgerd.poster.poster.BOOK_ENTRIES", 30)
    payer = await busy.balance(money=1_000)
    shops = [await busy.balance() for _ in range(40)]
    holds = [await busy.one(post(payer, shop, 1, f"hold {shop}", inflight=True)) for shop in shops]
    for number, hold in enumerate(holds):
        await busy.one(commit(hold, reference=f"commit {number}"))
    for shop in shops:
        assert said(await busy.one(post(payer, shop, 1, f"hold {shop}", inflight=True))) == "replayed"
    book = busy.poster._book
    assert len(book.accounts) + len(book.originals) + len(book.references) < 50
    assert await busy.settled(payer) == [1_000 - 40]
    await busy.prove()


async def test_an_expiry_is_seen_however_busy_the_ledger_is(busy: Desk) -> None:
    """Also beside something that is not there, of which no time is read either."""
    payer, shop = await busy.balance(money=100), await busy.balance()
    soon = datetime.now(UTC) + timedelta(seconds=1)
    hold = await busy.one(post(payer, shop, 10, "hold", inflight=True, expires_at=soon))
    assert said(await busy.one(commit(hold, 1, "in time"))) == "posted"
    await asyncio.sleep(1.1)
    beside = commit(f"{id_of(hold)[:-4]}zzzz", 1, "nothing")
    late = await busy.chunk([commit(hold, 1, "too late"), beside])
    assert [said(one) for one in late] == ["HOLD_EXPIRED", "TRANSACTION_NOT_FOUND"]
