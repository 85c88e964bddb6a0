"""What stands in the second set of books, and what can be read there."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.model.wishes import Divide, GiveBack, Pay, Settle, Wish

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

    wish: Pay | Divide | GiveBack
    parts: tuple[tuple[str, str, int], ...]
    """Which page each part is to leave and which it is to reach, and how much, as far as that is known already."""
    keeps: frozenset[str]
    """The pages that cannot be closed before."""
    status: str
    at: int | None
    amount: int | None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in WAITING


@dataclass
class Pages:
    """Everything that is written down."""

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
        parts = [part for one in self.waits.values() if one.is_open for part in one.parts]
        leaving, reaching = (sum(part[2] for part in parts if part[side] == page) for side in (0, 1))
        return leaving, reaching

    def given_back(self, key: str) -> int:
        """How much was given back of what a wish moved."""
        return whole(self.divided[key]).given if key in self.divided else self.written[key].given_back

    def _page(self, name: str, currency: str) -> Page | None:
        """An internal balance exists as soon as somebody names it, one in each currency."""
        if not name.startswith("@"):
            return self.pages.get(name)
        return self.pages.setdefault(_name_of_page(name, currency), Page(currency))


def short(page: Page, amount: int, overdraft: bool, limit: int | None) -> str | None:
    free = page.free - amount
    if free < 0 and not overdraft:
        return "INSUFFICIENT_FUNDS"
    if limit is not None and -free > limit:
        return "OVERDRAFT_LIMIT_EXCEEDED"
    return "FLOOR_EXCEEDED" if page.floor is not None and free < page.floor else None


def over(page: Page, amount: int) -> str | None:
    return "CEILING_EXCEEDED" if page.ceiling is not None and page.promised + amount > page.ceiling else None


def names_of_pages(pay: Pay) -> tuple[str, str]:
    """Which page it leaves, and which it reaches."""
    return _name_of_page(pay.source, pay.currency), _name_of_page(pay.destination, pay.currency)


def _name_of_page(name: str, currency: str) -> str:
    return f"{name} {currency}" if name.startswith("@") else name


def parts_of(asked: Divide) -> list[Pay]:
    """What is divided, as a payment to each."""
    return [
        Pay(f"{asked.reference}/{place}", asked.source, name, part, asked.held, asked.overdraft)
        for place, (name, part) in enumerate(asked.parts)
    ]


def whole(parts: list[Reserved]) -> Reserved:
    """What was divided, as one."""
    figures = [(one.amount, one.committed, one.voided, one.given) for one in parts]
    return Reserved(parts[0].pay, *map(sum, zip(*figures, strict=True)))


def spread(amount: int, left: list[int]) -> list[int]:
    """An amount over what each has left: whole units of what is exact, then one more for those that lost most."""
    exact = [Fraction(amount * one, sum(left)) for one in left]
    parts = [one.numerator // one.denominator for one in exact]
    for _ in range(amount - sum(parts)):
        lost = [one - part for one, part in zip(exact, parts, strict=True)]
        parts[lost.index(max(lost))] += 1
    return parts
