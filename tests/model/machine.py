"""Random programs, asked of the ledger and of the second set of books, and compared after every step."""

import asyncio
import itertools
import time
import uuid
from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta

import asyncpg
import hypothesis.strategies as st
from hypothesis import event, note
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ledgerd.core.model import ids
from ledgerd.core.model.balance_state import BalanceState
from ledgerd.core.model.rejection import Rejected
from ledgerd.poster.ids_and_clock import Minter
from ledgerd.workers import queue, timed
from tests.model.books import Books
from tests.model.comparing import Comparing
from tests.model.doors import Answer, Door, Names
from tests.model.drawing import FOREIGN, LEAVING, ORDERS, OWN, SERIOUSLY, Drawing
from tests.model.pages import POSTED, REPLAYED, Page
from tests.model.service import Service, without_new_names
from tests.model.wishes import Move, Review, Wish
from tests.poster.desk import Desk

MADE = (*OWN[:3], LEAVING)
HOUR = 3_600
SLOW_BY = timedelta(days=3_650)
HOLDER = uuid.UUID(int=7)

_examples = itertools.count(1)


class Clock(Minter):
    """The time of processes whose clocks are behind the database's: what is ahead for them is due for it already, and
    nobody has to wait. Hours pass when the program says so."""

    passed = timedelta(0)

    def now(self) -> datetime:
        """Ten years ago, and later by what was let pass."""
        return super().now() - SLOW_BY + Clock.passed


class Programs(RuleBasedStateMachine):
    """One example: balances and references of its own, in a currency of its own, in a database that all share."""

    runner: asyncio.Runner
    doors: Sequence[Door]
    desk: Desk
    reader: asyncpg.Connection
    has_clock = True
    """Whether the processes take their time from Clock. Else nothing is done because its time has come."""

    def __init__(self) -> None:
        super().__init__()
        number = next(_examples)
        self.names = Names(f"example {number}", f"M{number}", self.desk.minter.now())
        self.books = Books()
        first_id = uuid.UUID(int=ids.uuid7(unix_ns=time.time_ns(), random_bits=0))
        self.comparing = Comparing(self.reader, self.books, self.names, first_id)
        self.draw = Drawing(self.books, has_clock=self.has_clock)

    @initialize(data=st.data(), floor=st.none() | st.integers(-100, 0), worked=st.booleans())
    def open(self, data: st.DataObject, floor: int | None, worked: bool) -> None:
        """Balances, and some that was done or waits already."""
        for name in MADE:
            self.books.pages[name] = Page()
        self.books.pages[FOREIGN] = Page(currency="foreign")
        self.books.pages["bob"].floor = floor
        self.run(self._open(floor))
        self._ask(self.draw.begin(data), False, False, 0)
        if worked:
            self._work_on(of_queue=True)
        self._ask(self.draw.follow(data), False, False, 0)
        if worked:
            self._work_on(of_queue=False)

    async def _open(self, floor: int | None) -> None:
        made = await asyncio.gather(
            *(self.desk.balance(floor=floor if name == "bob" else None, currency=self.names.currency) for name in MADE),
            self.desk.balance(currency=self.names.money("foreign")),
        )
        self.names.balances.update(zip((*MADE, FOREIGN), made, strict=True))

    # Steps -------------------------------------------------------------------------------------

    @rule(data=st.data(), atomic=st.booleans(), as_batch=st.booleans(), door=st.integers(0, 9), count=st.integers(1, 5))
    def arrive_together(self, data: st.DataObject, atomic: bool, as_batch: bool, door: int, count: int) -> None:
        wishes = self.draw.wishes(data, count)
        self._ask(wishes, atomic, as_batch, door)

    @rule(data=st.data(), groups=st.lists(st.tuples(st.booleans(), st.integers(1, 3)), min_size=2, max_size=6))
    def arrive_at_once(self, data: st.DataObject, groups: list[tuple[bool, int]]) -> None:
        """Several submissions at once, at one door: judged in the order in which they came."""
        asked = [(self.draw.wishes(data, count), atomic) for atomic, count in groups]
        expected = [self.books.do(wishes, atomic=atomic, as_batch=True) for wishes, atomic in asked]

        async def all_at_once() -> list[list[Answer]]:
            calls = [
                self.doors[0].ask(wishes, self.names, atomic=atomic, as_batch=True, preview=False)
                for wishes, atomic in asked
            ]
            return await asyncio.gather(*calls)

        note(f"asked {asked}")
        for (wishes, _), words, answers in zip(asked, expected, self.run(all_at_once()), strict=True):
            self._compare(wishes, words, answers)
        self._compare_figures()

    @rule(data=st.data(), atomic=st.booleans(), door=st.integers(0, 9), count=st.integers(1, 3))
    def preview(self, data: st.DataObject, atomic: bool, door: int, count: int) -> None:
        wishes = self.draw.wishes(data, count)
        note(f"previewed {wishes}")
        expected = self.books.would(wishes, atomic=atomic)
        answers = self.run(self._door(door).ask(wishes, self.names, atomic=atomic, as_batch=False, preview=True))
        assert [one.word for one in answers] == expected
        self._compare_figures()

    @precondition(lambda self: isinstance(self.doors[0], Service))
    @rule(data=st.data(), atomic=st.booleans(), count=st.integers(1, 3))
    def preview_and_do(self, data: st.DataObject, atomic: bool, count: int) -> None:
        """A preview shows what the same call then records, figures and rejections alike."""
        wishes = self.draw.wishes(data, count)
        note(f"previewed and asked {wishes}")
        expected = self.books.do(wishes, atomic=atomic, as_batch=True)
        (door,) = self.doors
        _, shown = self.run(door.show(wishes, self.names, atomic=atomic, preview=True))
        answers, done = self.run(door.show(wishes, self.names, atomic=atomic, preview=False))
        self._compare(wishes, expected, answers)
        for before, after in zip(shown, done, strict=True):
            assert before == without_new_names(after, before)
        self._compare_figures()

    @precondition(lambda self: self.books.written)
    @rule(data=st.data(), count=st.integers(1, 3), atomic=st.booleans(), door=st.integers(0, 9))
    def repeat(self, data: st.DataObject, count: int, atomic: bool, door: int) -> None:
        """What was recorded is asked again, as it was or with one thing changed."""
        wishes = self.draw.repeated(data, count)
        alone = [one for one in wishes if isinstance(one, Move | Review)]
        if alone:  # These have calls of their own.
            wishes, atomic = alone[:1], False
        self._ask(wishes, atomic, False, door)

    @precondition(lambda self: self.books.waits)
    @rule(data=st.data(), door=st.integers(0, 9), count=st.integers(1, 4))
    def order(self, data: st.DataObject, door: int, count: int) -> None:
        """Something is ordered about what waits, or does not; or asked whether it could be."""
        for place in range(count):
            wish = self.draw.order(data, data.draw(ORDERS))
            if data.draw(SERIOUSLY):
                self._ask([wish], False, False, door + place)
            else:
                expected = self.books.would([wish])
                asking = self._door(door).ask([wish], self.names, atomic=False, as_batch=False, preview=True)
                assert [one.word for one in self.run(asking)] == expected
                self._compare_figures()

    @precondition(lambda self: any(one.is_open for one in self.books.waits.values()))
    @rule(queue_first=st.booleans())
    def work(self, queue_first: bool) -> None:
        """The workers do what is due."""
        self._work_on(of_queue=queue_first)
        self._work_on(of_queue=not queue_first)

    async def _work(self, of_queue: bool) -> None:
        """Drive a worker until there is nothing left for it."""
        stop = asyncio.Event()
        for _ in range(60):
            if of_queue:
                done = await queue.apply_queued(self.desk.engine, HOLDER, stop)
            else:
                done = await timed.settle_due(self.desk.engine, HOLDER)
            if not done:
                break
        else:
            raise AssertionError("the work does not end")
        await keep_leases(self.reader)

    @precondition(lambda self: self.has_clock and self.books.waits)
    @rule()
    def an_hour_passes(self) -> None:
        Clock.passed += timedelta(hours=1)
        self.books.now += HOUR

    @precondition(lambda self: any(one.batch for one in self.books.written.values()))
    @rule(data=st.data(), atomic=st.booleans(), door=st.integers(0, 9))
    def repeat_a_batch(self, data: st.DataObject, atomic: bool, door: int) -> None:
        batches = sorted({one.batch for one in self.books.written.values() if one.batch})
        batch = data.draw(st.sampled_from(batches))
        wishes = [one.wish for one in self.books.written.values() if one.batch == batch]
        self._ask(wishes, atomic, True, door)

    @rule(name=st.sampled_from(["alice", "bob", "carol"]), floor=st.none() | st.integers(-150, 60))
    def set_floor(self, name: str, floor: int | None) -> None:
        change = self.desk.change_floor(self.names.balance(name), floor)
        assert self.run(_is_done(change)) == self.books.set_floor(name, floor)

    @rule(name=st.sampled_from(["alice", "bob", "carol"]), ceiling=st.none() | st.integers(-60, 300))
    def set_ceiling(self, name: str, ceiling: int | None) -> None:
        change = self.desk.change_ceiling(self.names.balance(name), ceiling)
        assert self.run(_is_done(change)) == self.books.set_ceiling(name, ceiling)

    @rule(name=st.sampled_from(["alice", "bob", "carol"]), state=st.sampled_from(["FROZEN", "OPEN", "OPEN"]))
    def freeze_or_unfreeze(self, name: str, state: str) -> None:
        self._set_state(name, state)

    @rule(name=st.sampled_from(["carol", LEAVING, FOREIGN]))
    def close(self, name: str) -> None:
        self._set_state(name, "CLOSED")

    # Parts of steps ----------------------------------------------------------------------------

    def _work_on(self, *, of_queue: bool) -> None:
        if of_queue:
            self.books.work_queue()
        else:
            self.books.work_schedule()
        self.run(self._work(of_queue))
        self._compare_figures()

    def _set_state(self, name: str, state: str) -> None:
        async def change() -> str:
            try:
                await self.desk.set_state(self.names.balance(name), BalanceState(state))
            except Rejected as rejected:
                return rejected.rejection.reason.value
            return POSTED

        word = self.books.set_state(name, state)
        event(f"{state}: {word}")
        assert self.run(change()) == word
        self._compare_figures()

    def run(self, work):
        return self.runner.run(asyncio.wait_for(work, 60))

    def _door(self, number: int) -> Door:
        return self.doors[number % len(self.doors)]

    def _ask(self, wishes: list[Wish], atomic: bool, as_batch: bool, door: int) -> None:
        note(f"asked {wishes}")
        expected = self.books.do(wishes, atomic=atomic, as_batch=as_batch)
        answers = self.run(self._door(door).ask(wishes, self.names, atomic=atomic, as_batch=as_batch, preview=False))
        self._compare(wishes, expected, answers)
        self._compare_figures()

    def _compare(self, wishes: list[Wish], expected: list[str], answers: list[Answer]) -> None:
        assert [one.word for one in answers] == expected, wishes
        for wish, answer in zip(wishes, answers, strict=True):
            event(answer.word)
            if answer.word == POSTED:
                self.names.transactions[wish.key] = answer.id
            elif answer.word == REPLAYED:
                assert self.names.transactions[wish.key] == answer.id
            if answer.word in (POSTED, REPLAYED):
                assert answer.status == self.books.status(wish.key), wish
            if answer.subject is not None:
                assert answer.subject == self.books.status(wish.of), wish

    def _compare_figures(self) -> None:
        self.run(self.comparing.all())


async def _is_done(change: Awaitable[None]) -> bool:
    try:
        await change
    except Rejected:
        return False
    return True


async def keep_leases(connection: asyncpg.Connection) -> None:
    """Keep the workers of servers from doing anything, and let those that are driven by hand."""
    await connection.execute(
        "INSERT INTO leases (name, holder, until) SELECT name, $1, clock_timestamp() + interval '1 day'"
        " FROM unnest($2::text[]) AS names(name)"
        " ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until",
        HOLDER,
        ["queue", "timed"],
    )
