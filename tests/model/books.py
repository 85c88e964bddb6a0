"""A second set of books, kept in plain Python and written apart from the ledger's own rules.

Everything has a name here that the test gives it: balances, references, and a hold is named by the
reference that made it. Money is in minor units. An answer is one word: "posted", "replayed" or the
reason of a refusal.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction

from tests.model.wishes import NEVER, CallOff, Divide, GiveBack, Later, Move, Order, Pay, Review, Settle, Wish

AMOUNT_END = 10**36
TOTAL_MAX = 10**37

POSTED, REPLAYED = "posted", "replayed"

WAITING = ("QUEUED", "SCHEDULED", "IN_REVIEW")


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
    given: int = 0
    """Of what was divided, how much was given back."""

    @property
    def left(self) -> int:
        return max(0, self.amount - self.committed - self.voided)

    @property
    def status(self) -> str:
        if self.left:
            return "INFLIGHT"
        return "APPLIED" if self.committed else "VOID"


@dataclass
class Written:
    wish: Wish
    batch: int | None
    given_back: int = 0


@dataclass
class Waits:
    """What was accepted before it is done, and what became of it."""

    wish: Pay | GiveBack
    sides: tuple[str, str]
    """The pages on which it waits: where it is to leave, and where it is to go."""
    status: str
    at: int | None
    amount: int | None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in WAITING


@dataclass
class Books:
    """The second set."""

    pages: dict[str, Page] = field(default_factory=dict)
    holds: dict[str, Reserved] = field(default_factory=dict)
    divided: dict[str, list[Reserved]] = field(default_factory=dict)
    """What each taker got or is to get, by the reference that divided it."""
    written: dict[str, Written] = field(default_factory=dict)
    waits: dict[str, Waits] = field(default_factory=dict)
    """What waits and what waited, in the order of acceptance."""
    batches: int = 0
    now: int = 0
    """In seconds since the program began."""

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
        self.waits = trial.waits
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
        awaited = any(one.is_open and name in one.sides for one in self.waits.values())
        if state == "CLOSED" and (page.credit != page.debit or page.coming or page.going or awaited):
            return "BALANCE_NOT_EMPTY"
        page.state = state
        return POSTED

    def work_queue(self) -> None:
        """Do what is queued, in the order in which it was accepted."""
        for one in self.waits.values():
            if one.status == "QUEUED":
                self._do_now(one)

    def work_schedule(self) -> None:
        """Do what has a time, but for what never comes: the earlier first, then what was accepted before."""
        scheduled = [one for one in self.waits.values() if one.status == "SCHEDULED" and one.at < NEVER]
        for one in sorted(scheduled, key=lambda one: one.at):
            self._do_now(one)

    # What can be read --------------------------------------------------------------------------

    def status(self, key: str) -> str:
        """Where a wish stands that was written."""
        wish, waits = self.written[key].wish, self.waits.get(key)
        if waits is not None and waits.status != "DONE":
            return waits.status
        if key in self.divided:
            return whole(self.divided[key]).status
        if isinstance(wish, Settle):
            return "VOID" if wish.void else "APPLIED"
        return self.holds[key].status if key in self.holds else "APPLIED"

    def queued(self, page: str) -> tuple[int, int]:
        """What waits to leave a page and to reach it, as far as it is known how much."""
        waits = [one for one in self.waits.values() if one.is_open]
        leaving, reaching = ([one.amount or 0 for one in waits if one.sides[side] == page] for side in (0, 1))
        return sum(leaving), sum(reaching)

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
            return self._pay(wish) if wish.later is None else self._accept_pay(wish, wish.later)
        if isinstance(wish, CallOff | Move | Review):
            return self._order(wish)
        if isinstance(wish, GiveBack) and wish.at is not None:
            return self._accept_return(wish, wish.at)
        if isinstance(wish, Divide):
            return self._divide(wish)
        if isinstance(wish, Settle):
            return self._settle_all(wish) if wish.hold in self.divided else self._settle(wish)
        return self._give_all_back(wish) if wish.of in self.divided else self._give_back(wish)

    # What is done later ------------------------------------------------------------------------

    def _accept_pay(self, pay: Pay, later: Later) -> str:
        """What cannot change any more is judged at once."""
        source, destination = self._page(pay.source, pay.currency), self._page(pay.destination, pay.currency)
        if source is None or destination is None:
            return "BALANCE_NOT_FOUND"
        if source is destination:
            return "SAME_BALANCE"
        if "CLOSED" in (source.state, destination.state):
            return "BALANCE_CLOSED"
        if not pay.currency == source.currency == destination.currency:
            return "CURRENCY_MISMATCH"
        if not 0 < pay.amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if later.at is not None and later.at <= self.now:
            return "SCHEDULE_IN_PAST"
        sides = _sides(pay)
        if later.covers:
            problem = _short(source, pay.amount + self.queued(sides[0])[0], pay.overdraft, pay.limit)
            if problem:
                return problem
        status = "QUEUED" if later.at is None else "SCHEDULED"
        self.waits[pay.key] = Waits(pay, sides, "IN_REVIEW" if later.review else status, later.at, pay.amount)
        return POSTED

    def _accept_return(self, refund: GiveBack, at: int) -> str:
        """What it gives back may still have to come."""
        if refund.of not in self.written:
            return "TRANSACTION_NOT_FOUND"
        written = self.written[refund.of]
        pay = written.wish
        if isinstance(pay, Divide):
            return "FIELD_NOT_SUPPORTED"
        if not isinstance(pay, Pay) or self.status(refund.of) in ("VOID", "REJECTED", "CANCELLED"):
            return "NOT_REFUNDABLE"
        taker, giver = _sides(pay)
        if "CLOSED" in (self.pages[giver].state, self.pages[taker].state):
            return "BALANCE_CLOSED"
        if refund.amount is not None:
            if not 0 < refund.amount < AMOUNT_END:
                return "AMOUNT_OUT_OF_BOUNDS"
            if not pay.held and refund.amount > pay.amount - written.given_back:
                return "REFUND_EXCEEDED"
        if at <= self.now:
            return "SCHEDULE_IN_PAST"
        self.waits[refund.key] = Waits(refund, (giver, taker), "SCHEDULED", at, refund.amount)
        return POSTED

    def _do_now(self, one: Waits) -> None:
        """What waited is judged as if it were asked now."""
        if isinstance(one.wish, Pay):
            one.status, word = "DONE", self._pay(one.wish)
        else:
            returned = self.written[one.wish.of]
            one.status, before = "DONE", returned.given_back
            word = self._give_back(one.wish)
            if word == POSTED:
                one.amount = returned.given_back - before
        if word != POSTED:
            one.status, one.reason = "REJECTED", word

    def _order(self, order: Order) -> str:
        if order.of not in self.written:
            return "TRANSACTION_NOT_FOUND"
        one = self.waits.get(order.of)
        if isinstance(order, CallOff):
            if one is None or not one.is_open:
                return "NOT_CANCELLABLE"
            one.status = "CANCELLED"
        elif isinstance(order, Move):
            if one is None or not one.is_open:
                return "NOT_WAITING"
            if order.at <= self.now:
                return "SCHEDULE_IN_PAST"
            one.at = order.at
            one.status = "IN_REVIEW" if one.status == "IN_REVIEW" else "SCHEDULED"
        else:
            if one is None or one.status != "IN_REVIEW":
                return "NOT_IN_REVIEW"
            if not order.approves:
                one.status, one.reason = "REJECTED", "REVIEW_DENIED"
            elif one.at is not None and one.at > self.now:
                one.status = "SCHEDULED"
            else:
                self._do_now(one)
        return POSTED

    # What is done at once ----------------------------------------------------------------------

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
            legs = [trial.holds.pop(key) for key in keys]
        else:
            # What moved at once is as if it had been held and committed.
            legs = [
                Reserved(Pay(key, asked.source, name, part), part, committed=part)
                for key, (name, part) in zip(keys, asked.parts, strict=True)
            ]
        trial.divided[asked.reference] = legs
        self.pages, self.holds, self.divided = trial.pages, trial.holds, trial.divided
        return POSTED

    def _settle_all(self, settle: Settle) -> str:
        """What was divided is settled as one: the part of each by what each still has."""
        holds = self.divided[settle.hold]
        if not holds[0].pay.held:
            return "NOT_A_HOLD"
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

    def _settle_one(self, hold: Reserved, amount: int, *, void: bool) -> str:
        source, destination = (self._page(side, "own") for side in (hold.pay.source, hold.pay.destination))
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

    def _give_all_back(self, refund: GiveBack) -> str:
        """What was divided is given back, the last first: of each by what it can still give."""
        trial = deepcopy(self)
        legs = trial.divided[refund.of][::-1]
        if not any(leg.committed for leg in legs):
            return "NOT_REFUNDABLE"
        left = [leg.committed - leg.given for leg in legs]
        if not sum(left):
            return "REFUND_EXCEEDED"
        giving = [leg.pay for leg, one in zip(legs, left, strict=True) if one]
        for name in (*(pay.destination for pay in giving), *(pay.source for pay in giving)):
            page = trial._page(name, "own")
            if page.state != "OPEN":
                return f"BALANCE_{page.state}"
        amount = sum(left) if refund.amount is None else refund.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if amount > sum(left):
            return "REFUND_EXCEEDED"
        for leg, part in zip(legs, spread(amount, left), strict=True):
            giver, taker = (trial._page(side, "own") for side in (leg.pay.destination, leg.pay.source))
            if not part:
                continue
            problem = _short(giver, part, refund.overdraft, None) or _over(taker, part)
            if problem:
                return problem
            if max(giver.debit, taker.credit) + part > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            giver.debit += part
            taker.credit += part
            leg.given += part
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
        problem = _short(source, pay.amount, pay.overdraft, pay.limit) or _over(destination, pay.amount)
        if problem:
            return problem
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
            wish = self.written[settle.hold].wish
            return "HOLD_NOT_IN_PLACE" if isinstance(wish, Pay) and wish.held else "NOT_A_HOLD"
        if hold.left == 0:
            return "HOLD_SETTLED"
        source, destination = (self._page(side, hold.pay.currency) for side in (hold.pay.source, hold.pay.destination))
        for page in (source, destination):
            if page.state != "OPEN" and not settle.void:
                return f"BALANCE_{page.state}"
        amount = hold.left if settle.amount is None else settle.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        beyond = max(0, amount - hold.left)
        if beyond:
            if not hold.pay.stretches:
                return "HOLD_EXCEEDED"
            problem = _short(source, beyond, hold.pay.overdraft, hold.pay.limit) or _over(destination, beyond)
            if problem:
                return problem
        if not settle.void and max(source.debit, destination.credit) + amount > TOTAL_MAX:
            return "TOTAL_OUT_OF_BOUNDS"
        source.going -= amount - beyond
        destination.coming -= amount - beyond
        if settle.void:
            hold.voided += amount
        else:
            hold.committed += amount
            source.debit += amount
            destination.credit += amount
        return POSTED

    def _give_back(self, refund: GiveBack) -> str:
        written = self.written.get(refund.of)
        if written is None:
            return "TRANSACTION_NOT_FOUND"
        moved = self._moved(refund.of)
        if not moved:
            return "NOT_REFUNDABLE"
        left = moved - written.given_back
        if not left:
            return "REFUND_EXCEEDED"
        pay = written.wish
        giver, taker = (self._page(side, pay.currency) for side in (pay.destination, pay.source))
        for page in (giver, taker):
            if page.state != "OPEN":
                return f"BALANCE_{page.state}"
        amount = left if refund.amount is None else refund.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if amount > left:
            return "REFUND_EXCEEDED"
        problem = _short(giver, amount, refund.overdraft, None) or _over(taker, amount)
        if problem:
            return problem
        if max(giver.debit, taker.credit) + amount > TOTAL_MAX:
            return "TOTAL_OUT_OF_BOUNDS"
        giver.debit += amount
        taker.credit += amount
        written.given_back += amount
        return POSTED

    def _moved(self, key: str) -> int:
        """What it moved that can be given back: of a hold what was committed; only drafts can."""
        wish = self.written[key].wish
        if not isinstance(wish, Pay) or (key in self.waits and self.waits[key].status != "DONE"):
            return 0
        return self.holds[key].committed if wish.held else wish.amount


def _short(page: Page, amount: int, overdraft: bool, limit: int | None) -> str | None:
    free = page.free - amount
    if free < 0 and not overdraft:
        return "INSUFFICIENT_FUNDS"
    if limit is not None and -free > limit:
        return "OVERDRAFT_LIMIT_EXCEEDED"
    return "FLOOR_EXCEEDED" if page.floor is not None and free < page.floor else None


def _over(page: Page, amount: int) -> str | None:
    return "CEILING_EXCEEDED" if page.ceiling is not None and page.promised + amount > page.ceiling else None


def _sides(pay: Pay) -> tuple[str, str]:
    """The names of its pages."""
    source, destination = (
        f"{name} {pay.currency}" if name.startswith("@") else name for name in (pay.source, pay.destination)
    )
    return source, destination


def whole(parts: list[Reserved]) -> Reserved:
    """What was divided, as one."""
    figures = [(one.amount, one.committed, one.voided, one.given) for one in parts]
    return Reserved(parts[0].pay, *map(sum, zip(*figures, strict=True)))


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
