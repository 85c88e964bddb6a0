"""Random programs, asked of the ledger and of the second set of books, and compared after every step."""

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import hypothesis.strategies as st
from hypothesis import event, note
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ledgerd.core import ids
from ledgerd.core.balance_state import BalanceState
from ledgerd.core.ids import BALANCE, encode
from ledgerd.core.rejection import Refused
from ledgerd.poster.minter import Minter
from ledgerd.store import waiting
from ledgerd.workers import queue, timed
from tests.model.books import POSTED, REPLAYED, Books, Page, whole
from tests.model.doors import Answer, Door, Names, Service, without_new_names
from tests.model.wishes import NEVER, CallOff, Divide, GiveBack, Later, Move, Pay, Review, Settle, Wish, changed
from tests.poster.desk import Desk

OWN = ("alice", "bob", "carol", "@World", "@Fees")
FOREIGN = "dora"
SIDES = st.sampled_from((*OWN, *OWN, *OWN, FOREIGN, "nobody"))
OWNERS = st.sampled_from(("alice", "bob", "carol"))
ANY_OWN = st.sampled_from(OWN)
DIFFERENT = st.permutations(OWN).map(lambda names: names[:2])
SMALL = st.integers(1, 120)
AMOUNTS = st.one_of(SMALL, st.sampled_from([0, 10**36 - 1, 10**36]))
LIMITS = st.none() | st.integers(0, 150)
FLAGS = st.booleans()
NOTES = st.sampled_from(["", "a note"])
CURRENCIES = st.sampled_from(["own"] * 12 + ["foreign"])
PARTS = st.lists(st.tuples(SIDES, SMALL), min_size=1, max_size=4).map(tuple)
TAKERS = st.lists(
    st.tuples(st.sampled_from(OWN[:3] + OWN[4:]), SMALL), min_size=2, max_size=4, unique_by=lambda one: one[0]
).map(tuple)
HOW_SETTLED = st.sampled_from(["all", "part", "void", "all unnamed", "void unnamed"])
CHANGES = st.sampled_from(["none", "none", "none", "amount", "kind", "held", "sides", "note"])
KINDS = st.sampled_from(
    ["funded", "pay", "indebted", "held", "settled", "settled", "given back", "divided", "shared", "later",
     "likely later", "likely later", "given back later", "called off"]
)  # fmt: skip
HOW_LATER = st.sampled_from(["queued", "queued", "at a time", "in review", "in review at a time"])
WHEN = st.sampled_from(["soon", "soon", "soon", "never", "past"])
SERIOUSLY = st.sampled_from([True, True, True, False])
ORDERS = st.sampled_from(["call off", "move", "approve", "approve", "deny"])

MINUTE, HOUR = 60, 3_600
SLOW_BY = timedelta(days=3_650)
HOLDER = uuid.UUID(int=7)

_examples = itertools.count(1)


class Clock(Minter):
    """The time of processes whose clocks are behind the database's: what is ahead for them is due for it already, and
    nobody has to wait. Hours pass when the program says so."""

    passed = timedelta(0)

    def now(self) -> datetime:
        """Ten years ago, and later by what was let pass."""
        self._latest = max(self._latest, datetime.now(UTC) - SLOW_BY + Clock.passed)
        return self._latest


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
        self.first_id = uuid.UUID(int=ids.uuid7(unix_ns=time.time_ns(), random_bits=0))
        self.books = Books()
        self.references = (f"r{count}" for count in itertools.count(1))
        self.moments = itertools.count(1)

    @initialize(data=st.data(), floor=st.none() | st.integers(-100, 0), count=st.integers(1, 5), at_once=FLAGS)
    def open(self, data: st.DataObject, floor: int | None, count: int, at_once: bool) -> None:
        """Balances, and some that waits already."""
        for name in ("alice", "bob", "carol"):
            self.books.pages[name] = Page()
        self.books.pages[FOREIGN] = Page(currency="foreign")
        self.books.pages["bob"].floor = floor
        self.run(self._open(floor))
        accepted = [self._likely_later(data, next(self.references)) for _ in range(count)]
        in_turn = self._passed_on(Later(), Later()) + (self._on_schedule(at_once) if self.has_clock else [])
        self._ask([Pay("r0", "@World", "alice", 200, overdraft=True), *in_turn, *accepted], False, False, 0)

    def _passed_on(self, first: Later, second: Later) -> list[Pay]:
        """Of these two the second can only be paid after the first."""
        return [
            Pay(next(self.references), "alice", "carol", 100, later=first),
            Pay(next(self.references), "carol", "@Fees", 100, later=second),
        ]

    def _on_schedule(self, at_once: bool) -> list[Pay]:
        """Due at one time and accepted in order; or accepted the other way round, but due in order."""
        soon = self.books.now + 10 * MINUTE
        if at_once:
            return self._passed_on(Later(soon), Later(soon))
        return self._passed_on(Later(soon), Later(soon + MINUTE))[::-1]

    async def _open(self, floor: int | None) -> None:
        made = await asyncio.gather(
            *(
                self.desk.balance(floor=floor if name == "bob" else None, currency=self.names.currency)
                for name in OWN[:3]
            ),
            self.desk.balance(currency=self.names.money("foreign")),
        )
        self.names.balances.update(zip((*OWN[:3], FOREIGN), made, strict=True))

    # Steps -------------------------------------------------------------------------------------

    @rule(data=st.data(), atomic=st.booleans(), as_batch=st.booleans(), door=st.integers(0, 9), count=st.integers(1, 5))
    def arrive_together(self, data: st.DataObject, atomic: bool, as_batch: bool, door: int, count: int) -> None:
        wishes = [self._wish(data) for _ in range(count)]
        self._ask(wishes, atomic, as_batch, door)

    @rule(data=st.data(), groups=st.lists(st.tuples(st.booleans(), st.integers(1, 3)), min_size=2, max_size=6))
    def arrive_at_once(self, data: st.DataObject, groups: list[tuple[bool, int]]) -> None:
        """Several submissions at once, at one door: judged in the order in which they came."""
        asked = [([self._wish(data) for _ in range(count)], atomic) for atomic, count in groups]
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
        wishes = [self._wish(data) for _ in range(count)]
        note(f"previewed {wishes}")
        expected = self.books.would(wishes, atomic=atomic)
        answers = self.run(self._door(door).ask(wishes, self.names, atomic=atomic, as_batch=False, preview=True))
        assert [one.word for one in answers] == expected
        self._compare_figures()

    @precondition(lambda self: isinstance(self.doors[0], Service))
    @rule(data=st.data(), atomic=st.booleans(), count=st.integers(1, 3))
    def preview_and_do(self, data: st.DataObject, atomic: bool, count: int) -> None:
        """A preview shows what the same call then records, figures and refusals alike."""
        wishes = [self._wish(data) for _ in range(count)]
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
        keys = data.draw(st.lists(st.sampled_from(sorted(self.books.written)), min_size=1, max_size=count, unique=True))
        wishes = []
        for key in keys:
            wish, change = self.books.written[key].wish, data.draw(CHANGES)
            wishes.append(wish if change == "none" else self._valid(changed(wish, change)))
        alone = [one for one in wishes if isinstance(one, Move | Review)]
        if alone:  # These have calls of their own.
            wishes, atomic = alone[:1], False
        self._ask(wishes, atomic, False, door)

    @precondition(lambda self: self.books.waits)
    @rule(data=st.data(), door=st.integers(0, 9), count=st.integers(1, 4))
    def order(self, data: st.DataObject, door: int, count: int) -> None:
        """Something is ordered about what waits, or does not; or asked whether it could be."""
        for place in range(count):
            wish = self._order(data, data.draw(ORDERS))
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
        for of_queue in (queue_first, not queue_first):
            if of_queue:
                self.books.work_queue()
            else:
                self.books.work_schedule()
            self.run(self._work(of_queue))
        self._compare_figures()

    async def _work(self, of_queue: bool) -> None:
        """Drive a worker until there is nothing left for it."""
        stop = asyncio.Event()
        for _ in range(20):
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
        async def change() -> bool:
            try:
                await self.desk.change_floor(self.names.balance(name), floor)
            except Refused:
                return False
            return True

        assert self.run(change()) == self.books.set_floor(name, floor)

    @rule(name=st.sampled_from(["alice", "bob", "carol"]), ceiling=st.none() | st.integers(-60, 300))
    def set_ceiling(self, name: str, ceiling: int | None) -> None:
        async def change() -> bool:
            try:
                await self.desk.change_ceiling(self.names.balance(name), ceiling)
            except Refused:
                return False
            return True

        assert self.run(change()) == self.books.set_ceiling(name, ceiling)

    @rule(name=st.sampled_from(["alice", "bob", "carol"]), state=st.sampled_from(["FROZEN", "OPEN", "OPEN"]))
    def freeze_or_unfreeze(self, name: str, state: str) -> None:
        self._set_state(name, state)

    @precondition(lambda self: len(self.books.written) > 4)
    @rule(name=st.sampled_from(["carol", FOREIGN]))
    def close(self, name: str) -> None:
        self._set_state(name, "CLOSED")

    # Parts of steps ----------------------------------------------------------------------------

    def _set_state(self, name: str, state: str) -> None:
        async def change() -> str:
            try:
                await self.desk.set_state(self.names.balance(name), BalanceState(state))
            except Refused as refused:
                return refused.rejection.reason.value
            return POSTED

        word = self.books.set_state(name, state)
        event(f"{state}: {word}")
        assert self.run(change()) == word
        self._compare_figures()

    def run(self, work):
        return self.runner.run(asyncio.wait_for(work, 60))

    def _door(self, number: int) -> Door:
        return self.doors[number % len(self.doors)]

    def _wish(self, data: st.DataObject) -> Wish:
        reference, kind = next(self.references), data.draw(KINDS)
        if kind == "settled":
            return self._settle(reference, self._hold(data), data.draw(HOW_SETTLED), data.draw(SMALL))
        if kind == "likely later":
            return self._likely_later(data, reference)
        if kind.startswith("given back"):
            at = self._time(data) if kind.endswith("later") else None
            of = data.draw(st.sampled_from(["never posted", *self.books.written]))
            return GiveBack(reference, of, data.draw(st.none() | SMALL), data.draw(FLAGS), at=at)
        if kind == "called off":
            return self._order(data, "call off")
        if kind == "divided":
            return Divide(reference, data.draw(SIDES), data.draw(PARTS), data.draw(FLAGS), data.draw(FLAGS))
        if kind == "shared":
            return Divide(reference, "@World", data.draw(TAKERS), held=True, overdraft=True)
        if kind == "funded":
            return Pay(reference, "@World", data.draw(OWNERS), data.draw(SMALL), overdraft=True)
        if kind == "held":
            sides = data.draw(ANY_OWN), data.draw(ANY_OWN)
            return Pay(reference, *sides, data.draw(SMALL), held=True, overdraft=True, stretches=data.draw(FLAGS))
        sides, held = (data.draw(SIDES), data.draw(SIDES)), data.draw(FLAGS)
        if kind == "indebted":
            return Pay(reference, *sides, data.draw(SMALL), held, overdraft=True, limit=data.draw(LIMITS))
        amount, currency = data.draw(AMOUNTS), data.draw(CURRENCIES)
        if kind == "pay":
            return Pay(reference, *sides, amount, held, currency=currency, note=data.draw(NOTES))
        overdraft = data.draw(FLAGS)
        limit = data.draw(LIMITS) if overdraft else None
        return Pay(reference, *sides, amount, held, overdraft, limit, currency, later=self._later(data))

    def _likely_later(self, data: st.DataObject, reference: str) -> Pay:
        """What is accepted, unless it is to be covered and is not."""
        sides = data.draw(DIFFERENT)
        terms = {"held": data.draw(FLAGS), "overdraft": data.draw(FLAGS), "later": self._later(data, likely=True)}
        return Pay(reference, *sides, data.draw(SMALL), **terms)

    def _later(self, data: st.DataObject, *, likely: bool = False) -> Later:
        how, covers = data.draw(HOW_LATER), data.draw(FLAGS)
        at = self._time(data, exact="review" in how, likely=likely) if how.endswith("time") else None
        return Later(at, "review" in how, covers)

    def _time(self, data: st.DataObject, *, exact: bool = False, likely: bool = False) -> int:
        """A time that is ahead and due for the database, one that never comes, or one that is past. Several may have
        the same; an exact one is like no other, where nobody says which of several comes first."""
        when = "soon" if likely else data.draw(WHEN)
        if when == "past":
            return self.books.now - MINUTE
        if when == "never" or not self.has_clock:
            return NEVER
        own = next(self.moments) if exact else 0
        return self.books.now + MINUTE * data.draw(st.integers(10, 12)) + own

    def _order(self, data: st.DataObject, what: str) -> CallOff | Move | Review:
        waits = [key for key, one in self.books.waits.items() if one.is_open]
        flagged = [key for key, one in self.books.waits.items() if one.status == "IN_REVIEW"]
        likely = flagged if what in ("approve", "deny") and flagged else waits
        of = data.draw(st.sampled_from(["never posted", *self.books.written, *likely * 5]))
        reference = next(self.references)
        if what == "move":
            return Move(reference, of, self._time(data, exact=True))
        named = reference if data.draw(FLAGS) else ""
        return CallOff(named, of) if what == "call off" else Review(named, of, what == "approve")

    def _hold(self, data: st.DataObject) -> str:
        open_holds = [name for name, hold in self.books.holds.items() if hold.left]
        open_holds += [name for name, holds in self.books.divided.items() if any(one.left for one in holds)]
        known = open_holds * 5 + [*self.books.written] or ["never posted"]
        return data.draw(st.sampled_from(["never posted", *known] if len(known) > 3 else known))

    @staticmethod
    def _settle(reference: str, hold: str, how: str, amount: int) -> Settle:
        named = "" if how.endswith("unnamed") else reference
        return Settle(named, hold, amount if how == "part" else None, how.startswith("void"))

    def _valid(self, wish: Wish) -> Wish:
        """Only what a client can say: a void is always of all, and what has an amount has a reference."""
        if isinstance(wish, Settle) and wish.amount is not None and (wish.void or not wish.reference):
            return Settle(wish.reference, wish.hold, None, wish.void, wish.note)
        return wish

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
        self.run(self._read_figures())

    async def _read_figures(self) -> None:
        currencies = [self.names.money("own"), self.names.money("foreign")]
        rows = await self.reader.fetch(BALANCES, self.first_id, currencies)
        queued = await waiting.queued(self.reader, [row["id"].hex for row in rows])
        found = {
            (row["indicator"] or encode(BALANCE, row["id"].int), row["currency"]): (
                *tuple(row)[3:],
                queued[row["id"].hex],
            )
            for row in rows
        }
        for name, page in self.books.pages.items():
            key = (self.names.balance(name.partition(" ")[0]), self.names.money(page.currency))
            figures = found.get(key, (0, 0, 0, 0, None, None, "OPEN", (0, 0)))
            bounds = (page.floor, page.ceiling, page.state)
            told = (page.credit, page.debit, page.coming, page.going, *bounds, self.books.queued(name))
            assert figures == told, name
        rows = await self.reader.fetch(TRANSACTIONS, self.first_id, currencies)
        self._compare_holds([row for row in rows if row["committed"] is not None and row["part_of"] is None])
        self._compare_legs(rows)
        self._compare_waiting([row for row in rows if row["accepted_as"] is not None])

    def _compare_holds(self, rows: list[asyncpg.Record]) -> None:
        divided = {name: whole(parts) for name, parts in self.books.divided.items() if parts[0].pay.held}
        assert {
            (row["reference"], row["status"], row["amount"], row["committed"], row["voided"], row["refunded"])
            for row in rows
        } == {
            (self.names.reference(name), hold.status, hold.amount, hold.committed, hold.voided, given)
            for name, hold in (self.books.holds | divided).items()
            for given in [hold.given if name in divided else self.books.written[name].given_back]
        }

    def _compare_legs(self, rows: list[asyncpg.Record]) -> None:
        splits = {row["id"]: row["reference"] for row in rows if row["kind"] == "SPLIT"}
        assert sorted(
            (
                splits[row["part_of"]],
                row["amount"],
                row["amount"] if row["committed"] is None else row["committed"],
                row["voided"] or 0,
                row["refunded"],
            )
            for row in rows
            if row["part_of"] in splits
        ) == sorted(
            (self.names.reference(name), one.amount, one.committed, one.voided, one.given)
            for name, parts in self.books.divided.items()
            for one in parts
        )

    def _compare_waiting(self, rows: list[asyncpg.Record]) -> None:
        """What waits and what waited: where it stands, how much it is, when it is due, and why it was refused."""
        found = {
            row["reference"]: (
                row["status"],
                row["amount"],
                row["scheduled_at"],
                row["rejection"] and json.loads(row["rejection"])["reason"],
            )
            for row in rows
        }
        told = {
            self.names.reference(name): (self.books.status(name), one.amount, self.names.time(one.at), one.reason)
            for name, one in self.books.waits.items()
        }
        assert found == told


BALANCES = (
    "SELECT id, indicator, currency, credit, debit, inflight_credit, inflight_debit, floor, ceiling, state"
    " FROM balances WHERE id >= $1 AND currency = ANY($2)"
)
TRANSACTIONS = (
    "SELECT id, reference, kind, status, amount, committed, voided, COALESCE(refunded, 0) AS refunded, part_of,"
    " accepted_as, scheduled_at, rejection FROM transactions WHERE id >= $1 AND currency = ANY($2)"
)


async def keep_leases(connection: asyncpg.Connection) -> None:
    """Keep the workers of servers from doing anything, and let those that are driven by hand."""
    await connection.execute(
        "INSERT INTO leases (name, holder, until) SELECT name, $1, clock_timestamp() + interval '1 day'"
        " FROM unnest($2::text[]) AS names(name)"
        " ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until",
        HOLDER,
        ["queue", "timed holds"],
    )
