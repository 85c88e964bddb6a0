"""The state of the second set of books, and what can be read from it."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.model.requests import Payment, Refund, Request, ResolveHold, Split

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
    state: str = "OPEN"

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

    @property
    def remaining(self) -> int:
        return max(0, self.amount - self.committed - self.voided)

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

    request: Payment | Split | Refund
    legs: tuple[tuple[str, str, int], ...]
    """Source, destination and amount of each movement, as far as they are known already."""
    needed_balances: frozenset[str]
    """The balances that cannot be closed while this is open."""
    status: str
    at: int | None
    amount: int | None
    reason: str | None = None

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


def funds_rejection(balance: ModelBalance, amount: int, overdraft: bool, limit: int | None) -> str | None:
    after = balance.available - amount
    if after < 0 and not overdraft:
        return "INSUFFICIENT_FUNDS"
    if limit is not None and -after > limit:
        return "OVERDRAFT_LIMIT_EXCEEDED"
    return "FLOOR_EXCEEDED" if balance.floor is not None and after < balance.floor else None


def ceiling_rejection(balance: ModelBalance, amount: int) -> str | None:
    return (
        "CEILING_EXCEEDED" if balance.ceiling is not None and balance.with_incoming + amount > balance.ceiling else None
    )


def balance_names(payment: Payment) -> tuple[str, str]:
    """The keys of the source and the destination."""
    return _balance_name(payment.source, payment.currency), _balance_name(payment.destination, payment.currency)


def _balance_name(name: str, currency: str) -> str:
    return f"{name} {currency}" if name.startswith("@") else name


def leg_payments(split: Split) -> list[Payment]:
    """A split as one payment for each leg."""
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
