"""Random programs, asked of the ledger and of the second set of books, and compared after every step."""

import asyncio
import itertools
from collections.abc import Sequence

import asyncpg
import hypothesis.strategies as st
from hypothesis import event
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ledgerd.core.balance_state import BalanceState
from ledgerd.core.ids import BALANCE, encode
from ledgerd.core.rejection import Refused
from tests.model.books import POSTED, REPLAYED, Books, Divide, GiveBack, Page, Pay, Reserved, Settle, Wish, changed
from tests.model.doors import Door, Names, Service, without_new_names
from tests.poster.desk import Desk

OWN = ("alice", "bob", "carol", "@World", "@Fees")
FOREIGN = "dora"
SIDES = st.sampled_from((*OWN, *OWN, *OWN, FOREIGN, "nobody"))
AMOUNTS = st.one_of(st.integers(1, 120), st.sampled_from([0, 10**36 - 1, 10**36]))
SMALL = st.integers(1, 120)
LIMITS = st.none() | st.integers(0, 150)

_examples = itertools.count(1)


class Programs(RuleBasedStateMachine):
    """One example: balances and references of its own, in a currency of its own, in a database that all share."""

    runner: asyncio.Runner
    doors: Sequence[Door]
    desk: Desk
    reader: asyncpg.Connection

    def __init__(self) -> None:
        super().__init__()
        number = next(_examples)
        self.names = Names(f"example {number}", f"M{number}")
        self.books = Books()
        self.references = (f"r{count}" for count in itertools.count(1))

    @initialize(floor=st.none() | st.integers(-100, 0))
    def open(self, floor: int | None) -> None:
        for name in ("alice", "bob", "carol"):
            self.books.pages[name] = Page()
        self.books.pages[FOREIGN] = Page(currency="foreign")
        self.books.pages["bob"].floor = floor
        self.run(self._open(floor))

    async def _open(self, floor: int | None) -> None:
        for name in ("alice", "bob", "carol"):
            bound = floor if name == "bob" else None
            self.names.balances[name] = await self.desk.balance(floor=bound, currency=self.names.currency)
        self.names.balances[FOREIGN] = await self.desk.balance(currency=self.names.money("foreign"))

    # Steps -------------------------------------------------------------------------------------

    @rule(data=st.data(), atomic=st.booleans(), as_batch=st.booleans(), door=st.integers(0, 9), count=st.integers(1, 5))
    def arrive_together(self, data: st.DataObject, atomic: bool, as_batch: bool, door: int, count: int) -> None:
        wishes = [data.draw(self._wish()) for _ in range(count)]
        self._ask(wishes, atomic, as_batch, door)

    @rule(data=st.data(), groups=st.lists(st.tuples(st.booleans(), st.integers(1, 3)), min_size=2, max_size=6))
    def arrive_at_once(self, data: st.DataObject, groups: list[tuple[bool, int]]) -> None:
        """Several submissions at once, at one door: judged in the order in which they came."""
        asked = [([data.draw(self._wish()) for _ in range(count)], atomic) for atomic, count in groups]
        expected = [self.books.do(wishes, atomic=atomic, as_batch=True) for wishes, atomic in asked]

        async def all_at_once() -> list[list[tuple[str, str | None]]]:
            calls = [
                self.doors[0].ask(wishes, self.names, atomic=atomic, as_batch=True, preview=False)
                for wishes, atomic in asked
            ]
            return await asyncio.gather(*calls)

        for (wishes, _), words, answers in zip(asked, expected, self.run(all_at_once()), strict=True):
            self._compare(wishes, words, answers)
        self._compare_figures()

    @rule(data=st.data(), atomic=st.booleans(), door=st.integers(0, 9), count=st.integers(1, 3))
    def preview(self, data: st.DataObject, atomic: bool, door: int, count: int) -> None:
        wishes = [data.draw(self._wish()) for _ in range(count)]
        expected = self.books.would(wishes, atomic=atomic)
        answers = self.run(self._door(door).ask(wishes, self.names, atomic=atomic, as_batch=False, preview=True))
        assert [word for word, _ in answers] == expected
        self._compare_figures()

    @precondition(lambda self: isinstance(self.doors[0], Service))
    @rule(data=st.data(), atomic=st.booleans(), count=st.integers(1, 3))
    def preview_and_do(self, data: st.DataObject, atomic: bool, count: int) -> None:
        """A preview shows what the same call then records, figures and refusals alike."""
        wishes = [data.draw(self._wish()) for _ in range(count)]
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
        written = st.sampled_from(sorted(self.books.written))
        wishes = []
        for key in data.draw(st.lists(written, min_size=1, max_size=count, unique=True)):
            wish = self.books.written[key].wish
            change = data.draw(st.sampled_from(["none", "none", "amount", "kind", "sides", "note"]))
            wishes.append(wish if change == "none" else self._valid(changed(wish, change)))
        self._ask(wishes, atomic, False, door)

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

    @precondition(lambda self: len(self.books.written) > 8)
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

    def _wish(self) -> st.SearchStrategy[Wish]:
        reference = next(self.references)
        pay = st.builds(
            Pay,
            st.just(reference),
            SIDES,
            SIDES,
            AMOUNTS,
            held=st.booleans(),
            note=st.sampled_from(["", "a note"]),
            currency=st.sampled_from(["own"] * 12 + ["foreign"]),
        )
        funded = st.builds(
            Pay, st.just(reference), st.just("@World"), st.sampled_from(OWN[:3]), SMALL, overdraft=st.just(True)
        )
        indebted = st.builds(
            Pay, st.just(reference), SIDES, SIDES, SMALL, held=st.booleans(), overdraft=st.just(True), limit=LIMITS
        )
        held = st.builds(
            Pay,
            st.just(reference),
            st.sampled_from(OWN),
            st.sampled_from(OWN),
            SMALL,
            held=st.just(True),
            overdraft=st.just(True),
            stretches=st.booleans(),
        )
        settled = st.builds(
            self._settle,
            st.just(reference),
            self._hold(),
            st.sampled_from(["all", "part", "void", "all unnamed", "void unnamed"]),
            SMALL,
        )
        divided = st.builds(
            Divide,
            st.just(reference),
            SIDES,
            st.lists(st.tuples(SIDES, SMALL), min_size=1, max_size=4).map(tuple),
            held=st.booleans(),
            overdraft=st.booleans(),
        )
        shared = st.builds(
            Divide,
            st.just(reference),
            st.just("@World"),
            st.lists(
                st.tuples(st.sampled_from(OWN[:3] + OWN[4:]), SMALL),
                min_size=2,
                max_size=4,
                unique_by=lambda one: one[0],
            ).map(tuple),
            held=st.just(True),
            overdraft=st.just(True),
        )
        given_back = st.builds(
            GiveBack,
            st.just(reference),
            st.sampled_from(["never posted", *self.books.written]),
            st.none() | SMALL,
            overdraft=st.booleans(),
        )
        return st.one_of(funded, pay, indebted, held, settled, settled, given_back, divided, shared)

    def _hold(self) -> st.SearchStrategy[str]:
        open_holds = [name for name, hold in self.books.holds.items() if hold.left]
        open_holds += [name for name, holds in self.books.divided.items() if any(one.left for one in holds)]
        known = open_holds * 5 + [*self.books.written] or ["never posted"]
        return st.sampled_from(["never posted", *known]) if len(known) > 3 else st.sampled_from(known)

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
        expected = self.books.do(wishes, atomic=atomic, as_batch=as_batch)
        answers = self.run(self._door(door).ask(wishes, self.names, atomic=atomic, as_batch=as_batch, preview=False))
        self._compare(wishes, expected, answers)
        self._compare_figures()

    def _compare(self, wishes: list[Wish], expected: list[str], answers: list[tuple[str, str | None]]) -> None:
        assert [word for word, _ in answers] == expected, wishes
        for wish, (word, transaction_id) in zip(wishes, answers, strict=True):
            event(word)
            if word == POSTED:
                self.names.transactions[wish.key] = transaction_id
            elif word == REPLAYED:
                assert self.names.transactions[wish.key] == transaction_id

    def _compare_figures(self) -> None:
        self.run(self._read_figures())

    async def _read_figures(self) -> None:
        currencies = [self.names.money("own"), self.names.money("foreign")]
        rows = await self.reader.fetch(
            "SELECT id, indicator, currency, credit, debit, inflight_credit, inflight_debit, floor, ceiling, state"
            " FROM balances WHERE currency = ANY($1)",
            currencies,
        )
        found = {(row["indicator"] or encode(BALANCE, row["id"].int), row["currency"]): tuple(row)[3:] for row in rows}
        for name, page in self.books.pages.items():
            key = (self.names.balance(name.partition(" ")[0]), self.names.money(page.currency))
            figures = found.get(key, (0, 0, 0, 0, None, None, "OPEN"))
            bounds = (page.floor, page.ceiling, page.state)
            assert figures == (page.credit, page.debit, page.coming, page.going, *bounds), name
        holds = await self.reader.fetch(
            "SELECT reference, status, amount, committed, voided, COALESCE(refunded, 0) FROM transactions"
            " WHERE committed IS NOT NULL AND part_of IS NULL AND currency = ANY($1)",
            currencies,
        )
        whole = {name: _whole(parts) for name, parts in self.books.divided.items() if parts[0].pay.held}
        assert {tuple(row) for row in holds} == {
            (self.names.reference(name), hold.status, hold.amount, hold.committed, hold.voided, given)
            for name, hold in (self.books.holds | whole).items()
            for given in [hold.given if name in whole else self.books.written[name].given_back]
        }
        legs = await self.reader.fetch(
            "SELECT t.reference, l.amount, COALESCE(l.committed, l.amount), COALESCE(l.voided, 0),"
            " COALESCE(l.refunded, 0) FROM transactions l JOIN transactions t ON t.id = l.part_of"
            " WHERE t.kind = 'SPLIT' AND l.currency = ANY($1)",
            currencies,
        )
        assert sorted(tuple(row) for row in legs) == sorted(
            (self.names.reference(name), one.amount, one.committed, one.voided, one.given)
            for name, parts in self.books.divided.items()
            for one in parts
        )


def _whole(parts: list[Reserved]) -> Reserved:
    """What was divided, as one."""
    figures = [(one.amount, one.committed, one.voided, one.given) for one in parts]
    return Reserved(parts[0].pay, *map(sum, zip(*figures, strict=True)))
