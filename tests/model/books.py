"""A second set of books, kept in plain Python and written apart from the ledger's own rules.

Everything has a name here that the test gives it: balances, references, and a hold is named by the
reference that made it. Money is in minor units. An answer is one word: "posted", "replayed" or the
reason of a refusal.
"""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from fractions import Fraction

AMOUNT_END = 10**36
TOTAL_MAX = 10**37

POSTED, REPLAYED = "posted", "replayed"


@dataclass(frozen=True)
class Pay:
    """A draft: money from one balance to another, at once or held."""

    reference: str
    source: str
    destination: str
    amount: int
    held: bool = False
    overdraft: bool = False
    limit: int | None = None
    currency: str = "own"
    note: str = ""

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True)
class Divide:
    """A draft whose money goes to several: so much for each, the last one what is left."""

    reference: str
    source: str
    parts: tuple[tuple[str, int], ...]
    held: bool = False
    overdraft: bool = False
    note: str = ""

    @property
    def key(self) -> str:
        return self.reference

    @property
    def amount(self) -> int:
        return sum(part for _, part in self.parts)


@dataclass(frozen=True)
class Settle:
    """A commit or void of a hold, also a divided one. Without an amount it takes all, and needs no reference."""

    reference: str
    hold: str
    amount: int | None = None
    void: bool = False
    note: str = ""

    @property
    def key(self) -> str:
        return self.reference or f"{'void' if self.void else 'commit'} all of {self.hold}"


Wish = Pay | Divide | Settle


@dataclass
class Page:
    """What is on one balance."""

    currency: str = "own"
    credit: int = 0
    debit: int = 0
    coming: int = 0
    going: int = 0
    floor: int | None = None
    ceiling: int | None = None
    state: str = "OPEN"

    @property
    def free(self) -> int:
        return self.credit - self.debit - self.going

    @property
    def promised(self) -> int:
        return self.credit - self.debit + self.coming


@dataclass
class Reserved:
    pay: Pay
    amount: int
    committed: int = 0
    voided: int = 0

    @property
    def left(self) -> int:
        return self.amount - self.committed - self.voided

    @property
    def status(self) -> str:
        if self.left:
            return "INFLIGHT"
        return "APPLIED" if self.committed else "VOID"


@dataclass
class Written:
    wish: Wish
    batch: int | None


@dataclass
class Books:
    """The second set."""

    pages: dict[str, Page] = field(default_factory=dict)
    holds: dict[str, Reserved] = field(default_factory=dict)
    divided: dict[str, list[Reserved]] = field(default_factory=dict)
    """What was held for each taker, by the reference that divided it."""
    written: dict[str, Written] = field(default_factory=dict)
    batches: int = 0

    # What can be asked -------------------------------------------------------------------------

    def do(self, wishes: list[Wish], *, atomic: bool = False, as_batch: bool = False) -> list[str]:
        """Do what is wished, in order; one word for each."""
        self.batches += 1
        batch = self.batches if atomic or as_batch else None
        if not atomic:
            return [self._one(wish, batch) for wish in wishes]
        known = [wish.key in self.written for wish in wishes]
        if any(known):
            return self._again(wishes, known)
        trial = deepcopy(self)
        words = []
        for wish in wishes:
            words.append(trial._one(wish, batch))
            if words[-1] not in (POSTED, REPLAYED):
                return _all_refused(len(wishes), {len(words) - 1: words[-1]})
        self.pages, self.holds, self.divided, self.written = trial.pages, trial.holds, trial.divided, trial.written
        return words

    def would(self, wishes: list[Wish], *, atomic: bool = False) -> list[str]:
        """What do() would say, without doing it."""
        return deepcopy(self).do(wishes, atomic=atomic)

    def set_floor(self, name: str, floor: int | None) -> bool:
        """Whether the floor may be set: it must not be above what is free."""
        if floor is not None and floor > self.pages[name].free:
            return False
        self.pages[name].floor = floor
        return True

    def set_ceiling(self, name: str, ceiling: int | None) -> bool:
        """Whether the ceiling may be set: it must not be below what is there and promised."""
        if ceiling is not None and self.pages[name].promised > ceiling:
            return False
        self.pages[name].ceiling = ceiling
        return True

    def set_state(self, name: str, state: str) -> str:
        """The word for a freeze, an unfreeze or a close."""
        page = self.pages[name]
        if page.state == "CLOSED" != state:
            return "BALANCE_CLOSED"
        if state == "CLOSED" and (page.credit != page.debit or page.coming or page.going):
            return "BALANCE_NOT_EMPTY"
        page.state = state
        return POSTED

    # How it is judged --------------------------------------------------------------------------

    def _again(self, wishes: list[Wish], known: list[bool]) -> list[str]:
        batches = {self.written[wish.key].batch for wish in wishes if wish.key in self.written}
        if not all(known) or len(batches) > 1 or None in batches:
            return _all_refused(
                len(wishes), {place: "REFERENCES_ALREADY_RECORDED" for place, one in enumerate(known) if one}
            )
        words = [self._repeat(wish) for wish in wishes]
        conflicts = {place: word for place, word in enumerate(words) if word != REPLAYED}
        return _all_refused(len(wishes), conflicts) if conflicts else words

    def _repeat(self, wish: Wish) -> str:
        return REPLAYED if self.written[wish.key].wish == wish else "REFERENCE_CONFLICT"

    def _one(self, wish: Wish, batch: int | None) -> str:
        if wish.key in self.written:
            return self._repeat(wish)
        word = self._done(wish)
        if word == POSTED:
            self.written[wish.key] = Written(wish, batch)
        return word

    def _done(self, wish: Wish) -> str:
        if isinstance(wish, Pay):
            return self._pay(wish)
        if isinstance(wish, Divide):
            return self._divide(wish)
        return self._settle_all(wish) if wish.hold in self.divided else self._settle(wish)

    def _divide(self, asked: Divide) -> str:
        """A payment to each, all or none."""
        names = [name for name, _ in asked.parts]
        if len(set(names)) < len(names):
            return "SPLIT_INVALID"
        everybody = [self._page(name, "own") for name in (asked.source, *names)]
        if None in everybody:
            return "BALANCE_NOT_FOUND"
        if asked.source in names:
            return "SAME_BALANCE"
        for page in everybody:
            if page.state != "OPEN":
                return f"BALANCE_{page.state}"
        if any(page.currency != "own" for page in everybody):
            return "CURRENCY_MISMATCH"
        trial = deepcopy(self)
        for place, (name, part) in enumerate(asked.parts):
            leg = Pay(f"{asked.reference}/{place}", asked.source, name, part, asked.held, asked.overdraft)
            word = trial._pay(leg)
            if word != POSTED:
                return word
        keys = [f"{asked.reference}/{place}" for place in range(len(names))]
        if asked.held:
            trial.divided[asked.reference] = [trial.holds.pop(key) for key in keys]
        self.pages, self.holds, self.divided = trial.pages, trial.holds, trial.divided
        return POSTED

    def _settle_all(self, settle: Settle) -> str:
        """What was divided is settled as one: the part of each by what each still has."""
        holds = self.divided[settle.hold]
        left = [hold.left for hold in holds]
        if not sum(left):
            return "HOLD_SETTLED"
        open_holds = [hold.pay for hold in holds if hold.left]
        for name in (*(pay.source for pay in open_holds), *(pay.destination for pay in open_holds)):
            page = self._page(name, "own")
            if page.state != "OPEN" and not settle.void:
                return f"BALANCE_{page.state}"
        amount = sum(left) if settle.amount is None else settle.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if amount > sum(left):
            return "HOLD_EXCEEDED"
        trial = deepcopy(self)
        for hold, part in zip(trial.divided[settle.hold], spread(amount, left), strict=True):
            if part:
                word = trial._settle_one(hold, part, void=settle.void)
                if word != POSTED:
                    return word
        self.pages, self.divided = trial.pages, trial.divided
        return POSTED

    def _pay(self, pay: Pay) -> str:
        source, destination = self._page(pay.source, pay.currency), self._page(pay.destination, pay.currency)
        if source is None or destination is None:
            return "BALANCE_NOT_FOUND"
        if source is destination:
            return "SAME_BALANCE"
        for page in (source, destination):
            if page.state != "OPEN":
                return f"BALANCE_{page.state}"
        if not pay.currency == source.currency == destination.currency:
            return "CURRENCY_MISMATCH"
        if not 0 < pay.amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        free = source.free - pay.amount
        if free < 0 and not pay.overdraft:
            return "INSUFFICIENT_FUNDS"
        if pay.limit is not None and -free > pay.limit:
            return "OVERDRAFT_LIMIT_EXCEEDED"
        if source.floor is not None and free < source.floor:
            return "FLOOR_EXCEEDED"
        if destination.ceiling is not None and destination.promised + pay.amount > destination.ceiling:
            return "CEILING_EXCEEDED"
        if pay.held:
            if max(source.going, destination.coming) + pay.amount > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            source.going += pay.amount
            destination.coming += pay.amount
            self.holds[pay.reference] = Reserved(pay, pay.amount)
        else:
            if max(source.debit, destination.credit) + pay.amount > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            source.debit += pay.amount
            destination.credit += pay.amount
        return POSTED

    def _page(self, name: str, currency: str) -> Page | None:
        """An internal balance exists as soon as somebody names it, one in each currency."""
        if not name.startswith("@"):
            return self.pages.get(name)
        return self.pages.setdefault(f"{name} {currency}", Page(currency))

    def _settle(self, settle: Settle) -> str:
        if settle.hold not in self.written:
            return "TRANSACTION_NOT_FOUND"
        hold = self.holds.get(settle.hold)
        if hold is None:
            return "NOT_A_HOLD"
        if hold.left == 0:
            return "HOLD_SETTLED"
        source, destination = (self._page(side, hold.pay.currency) for side in (hold.pay.source, hold.pay.destination))
        for page in (source, destination):
            if page.state != "OPEN" and not settle.void:
                return f"BALANCE_{page.state}"
        amount = hold.left if settle.amount is None else settle.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if amount > hold.left:
            return "HOLD_EXCEEDED"
        return self._settle_one(hold, amount, void=settle.void)

    def _settle_one(self, hold: Reserved, amount: int, *, void: bool) -> str:
        source, destination = (self._page(side, hold.pay.currency) for side in (hold.pay.source, hold.pay.destination))
        if not void and max(source.debit, destination.credit) + amount > TOTAL_MAX:
            return "TOTAL_OUT_OF_BOUNDS"
        source.going -= amount
        destination.coming -= amount
        if void:
            hold.voided += amount
        else:
            hold.committed += amount
            source.debit += amount
            destination.credit += amount
        return POSTED


def _all_refused(count: int, causes: dict[int, str]) -> list[str]:
    return [causes.get(place, "NOT_APPLIED_WITH_GROUP") for place in range(count)]


def spread(amount: int, left: list[int]) -> list[int]:
    """An amount over what each has left: whole units of what is exact, then one more for those that lost most."""
    exact = [Fraction(amount * one, sum(left)) for one in left]
    parts = [one.numerator // one.denominator for one in exact]
    for _ in range(amount - sum(parts)):
        lost = [one - part for one, part in zip(exact, parts, strict=True)]
        parts[lost.index(max(lost))] += 1
    return parts


def changed(wish: Wish, what: str) -> Wish:
    """The same wish with one thing changed, under the same reference."""
    if what == "note":
        return replace(wish, note=wish.note + "!")
    if isinstance(wish, Settle):
        return replace(wish, amount=(wish.amount or 0) + 1) if what == "amount" else replace(wish, void=not wish.void)
    if what == "amount" and isinstance(wish, Divide):
        *others, (name, part) = wish.parts
        return replace(wish, parts=(*others, (name, part + 1)))
    if what == "sides" and isinstance(wish, Divide):
        return replace(wish, parts=wish.parts[::-1])
    if what == "amount":
        return replace(wish, amount=wish.amount + 1)
    if what == "kind":
        return replace(wish, held=not wish.held)
    return replace(wish, source=wish.destination, destination=wish.source)
