"""What a program can wish for, in the test's words, and how a wish may be changed under its reference."""

from dataclasses import dataclass, replace

NEVER = 10**10
"""A time that no program lives to see, in seconds since the program began."""


@dataclass(frozen=True)
class Later:
    """That something is accepted now and done later: at a time, after a review, or else in turn."""

    at: int | None = None
    """In seconds since the program began."""
    review: bool = False
    covers: bool = False
    """Whether the source must cover it beside everything that waits on it."""


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
    stretches: bool = False
    """Whether commits may exceed the hold."""
    later: Later | None = None

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
    later: Later | None = None

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


@dataclass(frozen=True)
class GiveBack:
    """A refund of what the wish with this key moved. Without an amount it is all that was not given back yet."""

    reference: str
    of: str
    amount: int | None = None
    overdraft: bool = False
    note: str = ""
    at: int | None = None
    """When, if not now; in seconds since the program began."""

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True)
class CallOff:
    """Calls off what waits. Needs no reference."""

    reference: str
    of: str
    note: str = ""

    @property
    def key(self) -> str:
        return self.reference or f"call off {self.of}"


@dataclass(frozen=True)
class Move:
    """Gives what waits another time, in seconds since the program began."""

    reference: str
    of: str
    at: int
    note: str = ""

    @property
    def key(self) -> str:
        return self.reference


@dataclass(frozen=True)
class Review:
    """Approves or denies what is in review. Needs no reference."""

    reference: str
    of: str
    approves: bool
    note: str = ""

    @property
    def key(self) -> str:
        return self.reference or f"{'approve' if self.approves else 'deny'} {self.of}"


Order = CallOff | Move | Review
Wish = Pay | Divide | Settle | GiveBack | Order


def changed(wish: Wish, what: str) -> Wish:
    """The same wish with one thing changed, under the same reference."""
    if what == "note":
        return replace(wish, note=wish.note + "!")
    if isinstance(wish, Move):
        return replace(wish, at=wish.at + 1)
    if isinstance(wish, Review):
        # Under a name of its own it would be another wish.
        return replace(wish, approves=not wish.approves) if wish.reference else replace(wish, note="?")
    if isinstance(wish, CallOff):
        return replace(wish, note="?")
    if what == "kind" and isinstance(wish, Pay | Divide | GiveBack):
        return _at_another_time(wish)
    if isinstance(wish, GiveBack):
        return (
            replace(wish, amount=(wish.amount or 0) + 1)
            if what == "amount"
            else replace(wish, overdraft=not wish.overdraft)
        )
    if isinstance(wish, Settle):
        return replace(wish, amount=(wish.amount or 0) + 1) if what == "amount" else replace(wish, void=not wish.void)
    if what == "amount" and isinstance(wish, Divide):
        *others, (name, part) = wish.parts
        return replace(wish, parts=(*others, (name, part + 1)))
    if what == "sides" and isinstance(wish, Divide):
        return replace(wish, parts=wish.parts[::-1])
    if what == "amount":
        return replace(wish, amount=wish.amount + 1)
    if what == "held":
        return replace(wish, held=not wish.held, **({} if isinstance(wish, Divide) else {"stretches": False}))
    return replace(wish, source=wish.destination, destination=wish.source)


def _at_another_time(wish: Pay | Divide | GiveBack) -> Wish:
    if isinstance(wish, GiveBack):
        return replace(wish, at=NEVER if wish.at is None else wish.at + 1)
    later = wish.later
    if later is None:
        return replace(wish, later=Later())
    if later.at is not None:
        return replace(wish, later=replace(later, at=later.at + 1))
    return replace(wish, later=None if later == Later() else replace(later, covers=not later.covers))
