"""The state of the second set of books, and what can be read from it."""

from dataclasses import dataclass, field, replace
from fractions import Fraction

from tests.model.requests import Payment, Pooled, Refund, Request, ResolveHold, Split

AMOUNT_END = 10**36
TOTAL_MAX = 10**37

POSTED, REPLAYED = "posted", "replayed"

DEFERRED = ("QUEUED", "SCHEDULED", "IN_REVIEW")


@dataclass
class ModelBalance:
    """The figures and bounds of one balance, in minor units."""

    currency: str = "own"
    credit: int = 0
    debit: int = 0
    inflight_credit: int = 0
    inflight_debit: int = 0
    floor: int | None = None
    ceiling: int | None = None
    status: str = "OPEN"

    @property
    def available(self) -> int:
        return self.credit - self.debit - self.inflight_debit

    @property
    def with_incoming(self) -> int:
        return self.credit - self.debit + self.inflight_credit


@dataclass
class Hold:
    """A hold, or a leg of a split. A leg that moved at once counts as held and committed."""

    payment: Payment
    amount: int
    committed: int = 0
    voided: int = 0
    refunded: int = 0
    """Counted for legs of splits only; for a single payment see ``Recorded.refunded``."""
    adjusted: int | None = None
    """What it holds in all since its last adjustment."""
    adjustments: int | None = None
    expires: int | None = None
    """When it expires since an adjustment, in seconds since the program began."""

    @property
    def held(self) -> int:
        return self.amount if self.adjusted is None else self.adjusted

    @property
    def remaining(self) -> int:
        return max(0, self.held - self.committed - self.voided)

    @property
    def status(self) -> str:
        if self.remaining:
            return "INFLIGHT"
        return "APPLIED" if self.committed else "VOID"


@dataclass
class Recorded:
    """A request that was recorded, with the number of its batch."""

    request: Request
    batch: int | None
    refunded: int = 0


@dataclass
class Deferred:
    """A request that was accepted to be applied later, and what became of it."""

    request: Payment | Split | Pooled | Refund
    legs: tuple[tuple[str, str, int], ...]
    """Source, destination and amount of each movement, as far as they are known already."""
    needed_balances: frozenset[str]
    """The balances that cannot be closed while this is open."""
    status: str
    at: int | None
    amount: int | None
    reason: str | None = None
    has_amount: bool = True
    """False for the refund of a batch that may have several currencies: it never gets an amount."""

    @property
    def is_open(self) -> bool:
        return self.status in DEFERRED


@dataclass
class State:
    """All that the second set of books records."""

    balances: dict[str, ModelBalance] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    splits: dict[str, list[Hold]] = field(default_factory=dict)
    """The legs of each split, by its reference."""
    recorded: dict[str, Recorded] = field(default_factory=dict)
    deferred: dict[str, Deferred] = field(default_factory=dict)
    """All requests that were deferred, in the order of acceptance."""
    taken: dict[str, int] = field(default_factory=dict)
    """What a payment took that was to take all that is available, by its reference."""
    late: list[str] = field(default_factory=list)
    """The splits that were deferred without legs and applied, in this order: they take what is available."""
    batches: int = 0
    now: int = 0
    """In seconds since the program began."""

    def status(self, key: str) -> str:
        """The status of a recorded request."""
        request, deferred = self.recorded[key].request, self.deferred.get(key)
        if deferred is not None and deferred.status != "DONE":
            return deferred.status
        if key in self.splits:
            return total(self.splits[key]).status
        if isinstance(request, ResolveHold):
            return "VOID" if request.void else "APPLIED"
        return self.holds[key].status if key in self.holds else "APPLIED"

    def queued(self, balance: str) -> tuple[int, int]:
        """The deferred debits and credits of a balance, as far as their amounts are known."""
        legs = [leg for deferred in self.deferred.values() if deferred.is_open for leg in deferred.legs]
        outgoing, incoming = (sum(leg[2] for leg in legs if leg[side] == balance) for side in (0, 1))
        return outgoing, incoming

    def refunded(self, key: str) -> int:
        """How much of what a request moved was refunded."""
        return total(self.splits[key]).refunded if key in self.splits else self.recorded[key].refunded

    def _balance(self, name: str, currency: str) -> ModelBalance | None:
        """The balance of this name. An internal balance is opened on first use, one for each currency."""
        if not name.startswith("@"):
            return self.balances.get(name)
        return self.balances.setdefault(_balance_name(name, currency), ModelBalance(currency))


def batch_number(key: str) -> int | None:
    """The number of the batch that a key names ("batch 3"); None for the key of a request."""
    return int(key.removeprefix("batch ")) if key.startswith("batch ") else None


def funds_rejection(balance: ModelBalance, amount: int, overdraft: bool, limit: int | None) -> str | None:
    after = balance.available - amount
    if after < 0 and not overdraft:
        return "INSUFFICIENT_FUNDS"
    if limit is not None and -after > limit:
        return "OVERDRAFT_LIMIT_EXCEEDED"
    return "FLOOR_EXCEEDED" if balance.floor is not None and after < balance.floor else None


def take_available(
    balance: ModelBalance, at_most: int | None, overdraft: bool, limit: int | None, queued: int = 0
) -> int | str:
    """How much may leave the balance, or why nothing."""
    bottoms = [] if overdraft else [0]
    bottoms += [] if limit is None else [-limit]
    bottoms += [] if balance.floor is None else [balance.floor]
    if not bottoms:
        return "OVERDRAFT_UNBOUNDED"
    amount = balance.available - max(bottoms) - queued
    if amount <= 0:
        return "NOTHING_AVAILABLE"
    return amount if at_most is None else min(amount, at_most)


def ceiling_rejection(balance: ModelBalance, amount: int) -> str | None:
    return (
        "CEILING_EXCEEDED" if balance.ceiling is not None and balance.with_incoming + amount > balance.ceiling else None
    )


def divides_late(request: Request) -> bool:
    """Whether its legs are known only when the money moves."""
    return isinstance(request, Pooled) or (isinstance(request, Split) and request.available)


def side_names(split: Split | Pooled) -> list[str]:
    """The keys of all balances that a split names, sources first."""
    if isinstance(split, Pooled):
        names = [*split.sources, split.destination]
    else:
        names = [split.source, *(name for name, _ in split.shares)]
    return [_balance_name(name, "own") for name in names]


def balance_names(payment: Payment) -> tuple[str, str]:
    """The keys of the source and the destination."""
    return _balance_name(payment.source, payment.currency), _balance_name(payment.destination, payment.currency)


def _balance_name(name: str, currency: str) -> str:
    return f"{name} {currency}" if name.startswith("@") else name


def leg_payments(split: Split, amount: int | None = None) -> list[Payment]:
    """A split as one payment for each leg; the last one takes the remainder of the amount, if that is given."""
    if amount is not None:
        *others, (last, _) = split.shares
        split = replace(split, shares=(*others, (last, amount - sum(share for _, share in others))))
    return [
        Payment(f"{split.reference}/{place}", split.source, name, amount, split.held, split.overdraft)
        for place, (name, amount) in enumerate(split.shares)
    ]


def total(legs: list[Hold]) -> Hold:
    """A split as one hold, with the sums of its legs."""
    figures = [(leg.amount, leg.committed, leg.voided, leg.refunded) for leg in legs]
    return Hold(legs[0].payment, *map(sum, zip(*figures, strict=True)))


def spread(amount: int, remaining: list[int]) -> list[int]:
    """Divide an amount in proportion to what each leg has remaining: round down, then add one unit to each of those
    that lost most by rounding."""
    exact = [Fraction(amount * figure, sum(remaining)) for figure in remaining]
    rounded = [share.numerator // share.denominator for share in exact]
    for _ in range(amount - sum(rounded)):
        lost = [share - units for share, units in zip(exact, rounded, strict=True)]
        rounded[lost.index(max(lost))] += 1
    return rounded
