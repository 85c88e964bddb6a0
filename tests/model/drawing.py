"""What random programs wish for."""

import itertools

import hypothesis.strategies as st

from tests.model.books import Books
from tests.model.wishes import NEVER, CallOff, Divide, GiveBack, Later, Move, Pay, Review, Settle, Wish, changed

OWN = ("alice", "bob", "carol", "@World", "@Fees")
LEAVING = "erin"
"""Who passes on what she got at the beginning, and has nothing left."""
FOREIGN = "dora"
SIDES = st.sampled_from((*OWN, *OWN, *OWN, FOREIGN, LEAVING, "nobody"))
OWNERS = st.sampled_from(("alice", "bob", "carol"))
ANY_OWN = st.sampled_from(OWN)
DIFFERENT = st.permutations(OWN).map(lambda names: names[:2])
SMALL = st.integers(1, 120)
SOME = st.integers(1, 5)
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
     "likely later", "likely later", "divided later", "given back later", "called off"]
)  # fmt: skip
HOW_LATER = st.sampled_from(["queued", "queued", "at a time", "in review", "in review at a time"])
WHEN = st.sampled_from(["soon", "soon", "soon", "never", "past"])
WHICH = st.sampled_from(["first", "second", "neither"])
SOMETIMES = st.sampled_from([True, False, False])
SERIOUSLY = st.sampled_from([True, True, True, False])
ORDERS = st.sampled_from(["call off", "move", "approve", "approve", "deny"])

MINUTE = 60


class Drawing:
    """Draws the wishes of one program, by what stands in its books. Without a clock nothing comes due."""

    def __init__(self, books: Books, *, has_clock: bool) -> None:
        self._books = books
        self._has_clock = has_clock
        self._references = (f"r{count}" for count in itertools.count(1))
        self._moments = itertools.count(1)

    def begin(self, data: st.DataObject) -> list[Wish]:
        """What is done at the beginning, and what waits from then on."""
        funds = Pay("r0", "@World", "alice", 200, overdraft=True)
        held = data.draw(FLAGS)
        paid = Pay(self._name(), "@World", "bob", 100, held, overdraft=True, stretches=held and data.draw(FLAGS))
        parts = (("bob", 30), (LEAVING, 1), ("alice", 50))
        shared = Divide(self._name(), "@World", parts, held=data.draw(FLAGS), overdraft=True)
        emptied = Pay(self._name(), LEAVING, "@Fees", 1)
        in_turn = self._passed_on(data, Later(), Later())
        if self._has_clock:
            in_turn += self._on_schedule(data)
        likely = [self._likely_later(data, self._name()) for _ in range(data.draw(SOME))]
        return [funds, paid, shared, emptied, *in_turn, *likely]

    def follow(self, data: st.DataObject) -> list[Wish]:
        """What is done about that: part of a hold is settled, and something is to be given back, now or later."""
        holds = [_settle(self._name(), self._hold(data), data.draw(HOW_SETTLED), data.draw(SMALL)) for _ in range(2)]
        return [*holds, self._return(data, None), self._return(data, self._time(data))]

    def wishes(self, data: st.DataObject, count: int) -> list[Wish]:
        """As many as can be said together."""
        return [self._wish(data) for _ in range(count)]

    def repeated(self, data: st.DataObject, count: int) -> list[Wish]:
        """What was recorded, as it was or with one thing changed."""
        written = self._books.written
        wishes: list[Wish] = []
        for key in data.draw(st.lists(st.sampled_from(sorted(written)), min_size=1, max_size=count, unique=True)):
            change = data.draw(CHANGES)
            wishes.append(written[key].wish if change == "none" else _valid(changed(written[key].wish, change)))
        return wishes

    def order(self, data: st.DataObject, what: str) -> CallOff | Move | Review:
        """About what waits, or does not."""
        waits = [key for key, one in self._books.waits.items() if one.is_open]
        flagged = [key for key, one in self._books.waits.items() if one.status == "IN_REVIEW"]
        likely = flagged if what in ("approve", "deny") and flagged else waits
        of, reference = data.draw(st.sampled_from(["never posted", *self._books.written, *likely * 5])), self._name()
        if what == "move":
            return Move(reference, of, self._time(data, exact=True))
        named = reference if data.draw(FLAGS) else ""
        return CallOff(named, of) if what == "call off" else Review(named, of, what == "approve")

    # What waits from the beginning -------------------------------------------------------------

    def _on_schedule(self, data: st.DataObject) -> list[Wish]:
        """Due at one time and accepted in order; or accepted the other way round, but due in order."""
        soon = self._books.now + 10 * MINUTE
        if data.draw(FLAGS):
            return self._passed_on(data, Later(soon), Later(soon))
        return self._passed_on(data, Later(soon), Later(soon + MINUTE))[::-1]

    def _passed_on(self, data: st.DataObject, first: Later, second: Later) -> list[Wish]:
        """Of these two the second can only be paid after the first."""
        name, other, divided = self._name(), self._name(), data.draw(WHICH)
        return [
            Divide(name, "alice", (("@Fees", 10), ("carol", 90)), later=first)
            if divided == "first"
            else Pay(name, "alice", "carol", 90, later=first),
            Divide(other, "carol", (("@Fees", 80), ("@World", 10)), later=second)
            if divided == "second"
            else Pay(other, "carol", "@Fees", 90, later=second),
        ]

    # One wish ----------------------------------------------------------------------------------

    def _name(self) -> str:
        return next(self._references)

    def _wish(self, data: st.DataObject) -> Wish:
        reference, kind = self._name(), data.draw(KINDS)
        if kind == "settled":
            return _settle(reference, self._hold(data), data.draw(HOW_SETTLED), data.draw(SMALL))
        if kind == "likely later":
            return self._likely_later(data, reference)
        if kind.startswith("given back"):
            at = self._time(data) if kind.endswith("later") else None
            return self._return(data, at)
        if kind == "called off":
            return self.order(data, "call off")
        if kind.startswith("divided"):
            later = self._later(data) if kind.endswith("later") else None
            terms = {"held": data.draw(FLAGS), "overdraft": data.draw(FLAGS), "later": later}
            return Divide(reference, data.draw(SIDES), data.draw(PARTS), **terms)
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

    def _likely_later(self, data: st.DataObject, reference: str) -> Pay | Divide:
        """What is accepted, unless it is to be covered and is not."""
        terms = {"held": data.draw(FLAGS), "overdraft": data.draw(FLAGS), "later": self._later(data, likely=True)}
        if data.draw(SOMETIMES):
            takers = data.draw(TAKERS)
            others = [name for name in OWN if name not in dict(takers)]
            return Divide(reference, data.draw(st.sampled_from(others)), takers, **terms)
        sides = data.draw(DIFFERENT)
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
            return self._books.now - MINUTE
        if when == "never" or not self._has_clock:
            return NEVER
        own = next(self._moments) if exact else 0
        return self._books.now + MINUTE * data.draw(st.integers(10, 12)) + own

    def _return(self, data: st.DataObject, at: int | None) -> GiveBack:
        """Of something that can be given back, more often than not, or perhaps some day."""
        books = self._books
        giving = [key for key in books.written if books.left_to_give(key)]
        of = self._one_of(data, giving, giving, [*books.holds, *books.divided], [*books.waits], [*books.written])
        return GiveBack(self._name(), of, data.draw(st.none() | SMALL), data.draw(FLAGS), at=at)

    def _hold(self, data: st.DataObject) -> str:
        """One that is open, more often than not, or is not in place yet."""
        books = self._books
        open_ones = [name for name, hold in books.holds.items() if hold.left]
        open_ones += [name for name, holds in books.divided.items() if any(one.left for one in holds)]
        return self._one_of(data, open_ones, open_ones, open_ones, [*books.waits], [*books.written])

    @staticmethod
    def _one_of(data: st.DataObject, *groups: list[str]) -> str:
        """One of those of a group in which there are some; now and then one of which nobody knows."""
        return data.draw(st.sampled_from(data.draw(st.sampled_from([*filter(None, groups), ["never posted"]]))))


def _settle(reference: str, hold: str, how: str, amount: int) -> Settle:
    named = "" if how.endswith("unnamed") else reference
    return Settle(named, hold, amount if how == "part" else None, how.startswith("void"))


def _valid(wish: Wish) -> Wish:
    """Only what a client can say: a void is always of all, and what has an amount has a reference."""
    if isinstance(wish, Settle) and wish.amount is not None and (wish.void or not wish.reference):
        return Settle(wish.reference, wish.hold, None, wish.void, wish.note)
    return wish
