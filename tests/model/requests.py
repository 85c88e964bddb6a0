"""The requests that a program can make, and how a request may be changed under its reference."""

from dataclasses import dataclass, field, replace

NEVER = 10**10
"""A time that no program lives to see, in seconds since the program began."""


@dataclass(frozen=True)
class Deferral:
    """The request is accepted now and applied later: at a time, after a review, or else in the queue's order."""

    at: int | None = None
    """In seconds since the program began."""
    review: bool = False
    check_deferred: bool = False
    """Whether the source must cover this together with all that is deferred on it."""


@dataclass(frozen=True)
class Payment:
    """A draft: money from one balance to another, at once or held."""

    reference: str
    source: str
    destination: str
    amount: int | None
    """With ``available`` the most that is taken; None: all."""
    held: bool = False
    overdraft: bool = False
    limit: int | None = None
    currency: str = "own"
    """ "own", "foreign", or "" where the draft gives none."""
    note: str = ""
    allow_over_commit: bool = False
    """Whether commits may exceed the hold."""
    deferral: Deferral | None = None
    available: bool = False
    """Whether it takes all that the source has available, up to the amount."""

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True)
class Split:
    """A draft whose money goes to several balances: a fixed amount to each, the remainder to the last."""

    reference: str
    source: str
    shares: tuple[tuple[str, int], ...]
    """The destinations and their amounts."""
    held: bool = False
    overdraft: bool = False
    note: str = ""
    deferral: Deferral | None = None
    available: bool = False
    """Whether it takes all that the source has available; the remainder is then whatever the others leave."""

    @property
    def key(self) -> str:
        return self.reference

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.shares)


@dataclass(frozen=True)
class Pooled:
    """A draft that several balances pay, each as much as it has available, in their order."""

    reference: str
    sources: tuple[str, ...]
    destination: str
    amount: int
    at_most: int | None = None
    """The most that each of them pays."""
    last_pays_remainder: bool = True
    """Whether the last one pays what the others leave, whatever it has available."""
    held: bool = False
    overdraft: bool = False
    note: str = ""
    deferral: Deferral | None = None

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True)
class ResolveHold:
    """A commit or void of a hold, of a held split, or of the holds of a batch ("batch 3"). Without an amount it takes
    all, and needs no reference."""

    reference: str
    hold: str
    amount: int | None = None
    void: bool = False
    note: str = ""
    effective: int | None = None
    """A time of its own for a commit, in seconds since the program began."""
    by_reference: bool = field(default=False, compare=False)
    """Whether it names its target by reference, which makes it no other request."""

    @property
    def key(self) -> str:
        return self.reference or f"{'void' if self.void else 'commit'} all of {self.hold}"


@dataclass(frozen=True)
class AdjustHold:
    """Lets a hold hold more or less, or expire at another time. What is held changes by an ``increase`` or a
    ``decrease``, or to a ``total``; None: not at all."""

    reference: str
    hold: str
    change: str | None
    amount: int | None
    expires: int | None = None
    """In seconds since the program began."""
    note: str = ""
    by_reference: bool = field(default=False, compare=False)

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True)
class Refund:
    """A refund of what the request with this key, or a batch, moved. Without an amount it refunds all that is not
    refunded yet."""

    reference: str
    of: str
    amount: int | None = None
    overdraft: bool = False
    note: str = ""
    at: int | None = None
    """When, if not now; in seconds since the program began."""
    available: bool = False
    """Whether it refunds as much as the balance that pays has available, up to the amount."""
    effective: int | None = None
    """A time of its own, in seconds since the program began."""
    by_reference: bool = field(default=False, compare=False)

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True)
class Cancel:
    """Cancels a deferred request, or those of a batch ("batch 3"). Needs no reference."""

    reference: str
    of: str
    note: str = ""
    by_reference: bool = field(default=False, compare=False)

    @property
    def key(self) -> str:
        return self.reference or f"cancel {self.of}"


@dataclass(frozen=True)
class Reschedule:
    """Gives a deferred request, or those of a batch, another time, in seconds since the program began."""

    reference: str
    of: str
    at: int
    note: str = ""
    by_reference: bool = field(default=False, compare=False)

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True)
class Review:
    """Approves or denies a request that is in review, or those of a batch. Needs no reference."""

    reference: str
    of: str
    approves: bool
    note: str = ""
    by_reference: bool = field(default=False, compare=False)

    @property
    def key(self) -> str:
        return self.reference or f"{'approve' if self.approves else 'deny'} {self.of}"


Amendment = Cancel | Reschedule | Review
Request = Payment | Split | Pooled | ResolveHold | AdjustHold | Refund | Amendment


def changed(request: Request, what: str) -> Request:
    """The same request with one thing changed, under the same reference."""
    if what == "note":
        return replace(request, note=request.note + "!")
    if isinstance(request, Reschedule):
        return replace(request, at=request.at + 1)
    if what == "sides" and isinstance(request, Refund):
        return replace(request, effective=(request.effective or 0) + 1)
    if isinstance(request, AdjustHold):
        return _adjusted_otherwise(request, what)
    if isinstance(request, Review):
        # The derived key names the verdict: without a reference the opposite verdict would be another request.
        return replace(request, approves=not request.approves) if request.reference else replace(request, note="?")
    if isinstance(request, Cancel):
        return replace(request, note="?")
    if isinstance(request, Pooled):
        return (
            replace(request, amount=request.amount + 1) if what == "amount" else replace(request, held=not request.held)
        )
    if isinstance(request, Split) and request.available and what in ("amount", "kind"):
        return replace(request, available=False)
    if what == "kind" and isinstance(request, Payment | Split | Refund):
        return _at_another_time(request)
    if isinstance(request, Refund):
        return (
            replace(request, amount=(request.amount or 0) + 1)
            if what == "amount"
            else replace(request, overdraft=not request.overdraft)
        )
    if isinstance(request, ResolveHold):
        return (
            replace(request, amount=(request.amount or 0) + 1)
            if what == "amount"
            else replace(request, void=not request.void)
        )
    if what == "amount" and isinstance(request, Split):
        *others, (name, amount) = request.shares
        return replace(request, shares=(*others, (name, amount + 1)))
    if what == "sides" and isinstance(request, Split):
        return replace(request, shares=request.shares[::-1])
    if what == "amount":
        return replace(request, amount=(request.amount or 0) + 1)
    if what == "held":
        return replace(
            request, held=not request.held, **({} if isinstance(request, Split) else {"allow_over_commit": False})
        )
    return replace(request, source=request.destination, destination=request.source)


def _adjusted_otherwise(request: AdjustHold, what: str) -> AdjustHold:
    if request.amount is None or what == "held":
        return replace(request, expires=(request.expires or 0) + 1)
    if what == "amount":
        return replace(request, amount=request.amount + 1)
    return replace(request, change="decrease" if request.change == "increase" else "increase")


def _at_another_time(request: Payment | Split | Refund) -> Request:
    if isinstance(request, Refund):
        return replace(request, at=NEVER if request.at is None else request.at + 1)
    deferral = request.deferral
    if deferral is None:
        return replace(request, deferral=Deferral())
    if deferral.at is not None:
        return replace(request, deferral=replace(deferral, at=deferral.at + 1))
    return replace(
        request,
        deferral=None if deferral == Deferral() else replace(deferral, check_deferred=not deferral.check_deferred),
    )
