"""Whose clock it is: the database's, whatever this machine's says, and whatever happens to either."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import structlog

from ledgerd.core.model.rejection import Reason
from ledgerd.poster.clock import Clock
from ledgerd.poster.ids_and_clock import IdsAndClock
from tests.poster.harness import Harness, ShiftedTime, commit, open_harness, post, said

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
MS = 1_000_000
SECOND = 1_000 * MS
HOUR = timedelta(hours=1)


@dataclass
class Machine:
    """A machine's stopwatch, and a clock that is ahead of the database's by so much."""

    stopwatch_ns: int = 10 * SECOND
    ahead: timedelta = timedelta(0)

    @property
    def database(self) -> datetime:
        """What the database's clock says, which nobody sets: it was noon when the stopwatch stood at zero."""
        return NOON + timedelta(microseconds=self.stopwatch_ns // 1_000)

    def clock(self) -> Clock:
        return Clock(
            wall_ns=lambda: int((self.database + self.ahead).timestamp()) * SECOND,
            stopwatch_ns=lambda: self.stopwatch_ns,
        )

    def ask(self, clock: Clock, *, there_ms: int, back_ms: int, set_by: timedelta = timedelta(0)) -> None:
        """Ask a database whose clock was set; the question and the answer take so long."""
        asked = self.stopwatch_ns
        self.stopwatch_ns += there_ms * MS
        told = self.database + set_by
        self.stopwatch_ns += back_ms * MS
        clock.learn(told, asked)


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """What is logged, at whatever level."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("info"))
    with structlog.testing.capture_logs() as logged:
        yield logged
    structlog.configure(wrapper_class=before)


# What it tells ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("there", "back"), [(0, 0), (8, 0), (0, 8), (3, 5), (4, 4)])
@pytest.mark.parametrize("ahead", [timedelta(0), HOUR, -HOUR])
def test_it_tells_the_databases_time_to_half_of_the_round_trip(there: int, back: int, ahead: timedelta) -> None:
    machine = Machine(ahead=ahead)
    clock = machine.clock()
    machine.ask(clock, there_ms=there, back_ms=back)
    machine.stopwatch_ns += 5 * SECOND
    assert abs(clock.now() - machine.database) <= timedelta(milliseconds=(there + back) / 2)


def test_a_long_round_trip_takes_nothing_from_what_a_short_one_told() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.ask(clock, there_ms=1, back_ms=1)
    for there, back in ((900, 0), (0, 900)):
        machine.ask(clock, there_ms=there, back_ms=back)
        assert abs(clock.now() - machine.database) <= timedelta(milliseconds=3)
    assert clock.steps == 0


@pytest.mark.parametrize(("there", "back"), [(0, 700), (700, 0), (1, 1)])
def test_what_the_database_has_said_has_passed(there: int, back: int) -> None:
    """Whatever was asked before: a caller that saw the database's clock is judged at that time or later."""
    machine = Machine()
    clock = machine.clock()
    machine.ask(clock, there_ms=900, back_ms=0)
    asked = machine.database + timedelta(milliseconds=there)
    machine.ask(clock, there_ms=there, back_ms=back)
    assert clock.now() >= asked


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_clock_that_was_set_is_followed_and_told_of_once(logs: list[Any], by: timedelta) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.ask(clock, there_ms=1, back_ms=1)
    for _ in range(3):
        machine.ask(clock, there_ms=1, back_ms=1, set_by=by)
        assert abs(clock.now() - by - machine.database) <= timedelta(milliseconds=1)
    assert clock.steps == 1
    assert [log["event"] for log in logs if log["event"].startswith("database clock")] == ["database clock jumped"]


def test_a_clock_of_this_machine_that_is_off_is_told_of_when_it_begins_and_when_it_ends(logs: list[Any]) -> None:
    machine = Machine(ahead=timedelta(seconds=4))
    clock = machine.clock()
    for ahead in (4, 7, 3_600, 6, 2, 0, -9, -8, 1):
        machine.ahead = timedelta(seconds=ahead)
        machine.ask(clock, there_ms=1, back_ms=1)
        assert abs(clock.now() - machine.database) <= timedelta(milliseconds=1)
    told = [(log["log_level"], log["event"].partition(":")[0]) for log in logs]
    assert told == [("warning", "clock is off"), ("info", "clock is right again")] * 2


# What follows for the write path ---------------------------------------------------------------


async def recorded_at(harness: Harness, reference: str) -> datetime:
    found: datetime = await harness.pool.fetchval(
        "SELECT recorded_at FROM transactions WHERE reference = $1", reference
    )
    return found


async def database_time(harness: Harness) -> datetime:
    told: datetime = await harness.pool.fetchval("SELECT clock_timestamp()")
    return told


async def test_a_far_time_on_one_balance_is_not_that_of_others(harness: Harness, dsn: str) -> None:
    """A server that took its own clock for right, an hour ahead, has recorded on one balance."""
    touched, payer, shop = [await harness.balance(money=100) for _ in range(3)]
    async with open_harness(dsn, ids_and_clock=ShiftedTime(HOUR)) as ahead:
        assert said(await ahead.one(post(touched, shop, 1, "ahead"))) == "posted"
    far = await recorded_at(harness, "ahead")
    soon = await database_time(harness) + timedelta(minutes=10)
    for place, (source, destination) in enumerate([(payer, "@Fees"), (touched, payer)]):
        held = post(source, destination, 1, f"hold {place}", inflight=True, expires_at=soon, allow_overdraft=True)
        hold = await harness.one(held)
        assert said(hold) == "posted", "whatever was recorded, the hold expires in ten minutes"
        assert said(await harness.one(commit(hold, reference=f"commit {place}"))) == "posted"
    # The movement before has two sides, and its time must do for both; other balances go by the clock.
    assert await recorded_at(harness, "hold 0") < far <= await recorded_at(harness, "hold 1")
    assert said(await harness.one(post("@World", "@Fees", 1, "beside", allow_overdraft=True))) == "posted"
    assert await recorded_at(harness, "beside") < soon
    await harness.prove()


async def test_a_group_that_is_taken_back_leaves_no_far_time_behind(harness: Harness, other: Harness, dsn: str) -> None:
    """In the view of a process that goes on with it: another one, which has read nothing before."""
    touched, taker, payer, shop = [await harness.balance(money=100) for _ in range(4)]
    async with open_harness(dsn, ids_and_clock=ShiftedTime(HOUR)) as ahead:
        assert said(await ahead.one(post(touched, taker, 1, "ahead"))) == "posted"
    group = await other.batch([post(touched, payer, 1, "g1"), post(payer, shop, 1_000, "g2")], atomic=True)
    assert [said(outcome) for outcome in group] == ["NOT_APPLIED_WITH_GROUP", "INSUFFICIENT_FUNDS"]
    assert said(await other.one(post(payer, shop, 1, "beside"))) == "posted"
    assert await recorded_at(harness, "beside") <= await database_time(harness)
    await harness.prove()


@pytest.fixture
async def settable(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[str]:
    """A database whose clock can be set: PostgreSQL finds another clock_timestamp() first."""
    database = dsn.partition("?")[0].rpartition("/")[2]
    await connection.execute(
        f"""CREATE SCHEMA shifted;
        CREATE TABLE shifted.clock (by interval);
        INSERT INTO shifted.clock VALUES ('0');
        CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
            AS 'SELECT pg_catalog.clock_timestamp() + by FROM shifted.clock';
        GRANT USAGE ON SCHEMA shifted TO PUBLIC;
        GRANT SELECT ON shifted.clock TO PUBLIC;
        ALTER DATABASE {database} SET search_path = shifted, pg_catalog, public"""
    )
    yield dsn


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_a_database_whose_clock_is_set_goes_on(
    settable: str, connection: asyncpg.Connection, by: timedelta
) -> None:
    async with open_harness(settable) as harness:
        payer, shop = await harness.balance(money=100), await harness.balance()
        soon = await database_time(harness) + timedelta(minutes=10)
        held = {"inflight": True, "expires_at": soon}
        hold = await harness.one(post(payer, shop, 10, "hold", **held))
        await connection.execute("UPDATE shifted.clock SET by = $1", by)
        late = await harness.one(commit(hold, 1, "commit"))
        assert said(late) == ("HOLD_EXPIRED" if by > timedelta(0) else "posted")
        again = await harness.one(post(payer, shop, 10, "again", **held))
        assert said(again) == (Reason.SCHEDULE_IN_PAST if by > timedelta(0) else "posted")
        await connection.execute("UPDATE shifted.clock SET by = '0'")
        assert said(await harness.one(commit(hold, 1, "late"))) == "posted"
        assert said(await harness.one(post(payer, shop, 10, "plain"))) == "posted"
        await harness.prove()


async def test_what_a_server_believes_of_closed_periods_ends_with_its_time(
    settable: str, connection: asyncpg.Connection
) -> None:
    """A server that has not heard of a closing long past, and whose database's clock is then set back before it."""
    async with open_harness(settable) as harness:
        payer, shop = await harness.balance(money=100), await harness.balance()
        assert said(await harness.one(post(payer, shop, 1, "before"))) == "posted"
        closed = await database_time(harness)
        await connection.execute("UPDATE ledgers SET closed_before = $1", closed)
        await connection.execute("UPDATE shifted.clock SET by = '-1 hour'")
        assert said(await harness.one(post(payer, shop, 1, "after"))) == "posted"
        assert await recorded_at(harness, "after") >= closed


async def test_ids_are_of_the_databases_time_too(harness: Harness) -> None:
    machine = IdsAndClock(Clock(wall_ns=lambda: 0))
    async with harness.pool.acquire() as connection:
        await machine.clock.consult(connection)
        before = await connection.fetchval("SELECT clock_timestamp()")
        number = machine.number()
        after = await connection.fetchval("SELECT clock_timestamp()")
    made = datetime.fromtimestamp((number >> 80) / 1_000, UTC)
    near = timedelta(seconds=1)
    assert before - near <= made <= after + near
