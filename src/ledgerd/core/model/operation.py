"""What a caller can ask of the write path, as decoded: well-formed, but not yet judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import NamedTuple

from ledgerd.core.model.allocation import Share
from ledgerd.core.model.amount import Available, Quantity
from ledgerd.core.model.figures import Status
from ledgerd.core.model.ids import BATCH, TRANSACTION, encode_hex
from ledgerd.core.model.limits import RESERVED_PREFIX
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Rejection


@dataclass(frozen=True, slots=True)
class Deferral:
    """That something is recorded now and applied later: at a time, after a review, or, with neither, in turn.

    ``check_deferred``: the source must cover it beside everything that is deferred on it already.
    """

    scheduled_at: datetime | None = None
    in_review: bool = False
    review_reason: str | None = None
    check_deferred: bool = False


@dataclass(slots=True, eq=False)
class Post:
    """A draft. ``source`` and ``destination`` name a balance by id or by indicator ("@World").

    A side that is split over several balances has its shares in ``sources`` or ``destinations`` instead,
    and its name is empty; the draft is then a split.
    """

    reference: str
    currency: str
    quantity: Quantity | Available
    source: str
    destination: str
    precision: int | None = None
    allow_overdraft: bool = False
    overdraft_limit: Quantity | None = None
    inflight: bool = False
    effective_at: datetime | None = None
    description: str | None = None
    group: str | None = None
    tag: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None
    expires_at: datetime | None = None
    commits_at: datetime | None = None
    allow_over_commit: bool = False
    deferral: Deferral | None = None
    sources: tuple[Share, ...] = ()
    destinations: tuple[Share, ...] = ()
    on_behalf_of: str | None = None
    identity_ids: tuple[str, ...] = ()
    """Whom it concerns. Empty also where it is judged again when it is applied."""
    currency_given: bool = True
    """Whether the request gave the currency. Otherwise it is empty until currencies.py knows it."""
    unfit: Rejection | None = None
    """Why it is rejected unless its reference is recorded: an earlier rule of texts may have let it pass."""

    @property
    def is_split(self) -> bool:
        """Whether a side of it is split over several balances."""
        return bool(self.sources or self.destinations)

    @property
    def divides_late(self) -> bool:
        """Whether its legs are known only when the money moves: it takes what is available, in all or of a source."""
        is_open = isinstance(self.quantity, Available) and self.is_split
        return is_open or any(isinstance(source.part, Available) for source in self.sources)

    @property
    def names(self) -> tuple[str, ...]:
        """The balances that it names, sources first."""
        return (*self.source_names, *([destination.balance for destination in self.destinations] or [self.destination]))

    @property
    def first_hold_time(self) -> datetime | None:
        """When the first thing is to happen to the hold automatically; None where nothing is."""
        if self.commits_at is None or self.expires_at is None:
            return self.commits_at or self.expires_at
        return min(self.commits_at, self.expires_at)

    @property
    def source_names(self) -> tuple[str, ...]:
        """The balances that it names as sources."""
        return tuple(source.balance for source in self.sources) or (self.source,)


class Target(NamedTuple):
    """What an operation is about: a transaction or a batch, by its ``id``. The id of a transaction that a caller names
    by its reference is empty until it is found: see core/targets.py."""

    id: str = ""
    reference: str = ""

    @property
    def is_batch(self) -> bool:
        return self.id.startswith(BATCH)


class Cause(Enum):
    """Who asks for a commit or void: a caller, or the hold's own times when they come."""

    CALLER = "caller"
    EXPIRY = "expiry"
    TIMED_COMMIT = "timed commit"


@dataclass(slots=True, eq=False)
class ResolveHold:
    """A commit or void of a hold, or of the holds of a split or of a batch. ``quantity`` None takes all that remains. A
    void moves nothing and has no ``effective_at``."""

    reference: str
    target: Target
    void: bool
    quantity: Quantity | None = None
    description: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None
    cause: Cause = Cause.CALLER
    effective_at: datetime | None = None
    on_behalf_of: str | None = None
    seen_at: datetime | None = None
    """The database's time when a worker found that the hold's own time had come."""
    unfit: Rejection | None = None


@dataclass(slots=True, eq=False)
class Refund:
    """Refunds what a transaction, a split or a batch moved. ``quantity`` None refunds all that was not refunded yet."""

    reference: str
    target: Target
    quantity: Quantity | Available | None = None
    allow_overdraft: bool = False
    description: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None
    deferral: Deferral | None = None
    effective_at: datetime | None = None
    on_behalf_of: str | None = None
    unfit: Rejection | None = None


class Change(StrEnum):
    """How an adjustment says what the hold is to hold: in all, or so much more or less."""

    TOTAL = "total"
    INCREASE = "increase"
    DECREASE = "decrease"


@dataclass(slots=True, eq=False)
class AdjustHold:
    """Lets an open hold hold more or less, and expire or commit at another time. ``change`` and ``quantity`` are None
    where only times change, ``expires_at`` and ``commits_at`` where these stay as they are. ``currency`` and
    ``precision`` are those of the amount, where the request named them."""

    reference: str
    target: Target
    change: Change | None = None
    quantity: Quantity | None = None
    currency: str | None = None
    precision: int | None = None
    expires_at: datetime | None = None
    commits_at: datetime | None = None
    description: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None
    on_behalf_of: str | None = None
    unfit: Rejection | None = None

    @property
    def effective_at(self) -> None:
        """It moves no money."""

    @property
    def allow_overdraft(self) -> bool:
        """The terms are those of the hold."""
        return False


@dataclass(slots=True, eq=False)
class Cancel:
    """Cancels a deferred transaction."""

    reference: str
    target: Target
    description: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None
    on_behalf_of: str | None = None
    unfit: Rejection | None = None


@dataclass(slots=True, eq=False)
class Reschedule:
    """Gives a deferred transaction another time."""

    reference: str
    target: Target
    scheduled_at: datetime
    description: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None
    on_behalf_of: str | None = None
    unfit: Rejection | None = None


@dataclass(slots=True, eq=False)
class Verdict:
    """Approves or denies what is in review. Who decided is whom the caller acts for, or else the caller."""

    reference: str
    target: Target
    approves: bool
    description: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None
    on_behalf_of: str | None = None
    unfit: Rejection | None = None


Amendment = Cancel | Reschedule | Verdict
"""What can be done about a deferred transaction."""


@dataclass(slots=True, eq=False)
class Deferred:
    """A transaction that is recorded before it moves anything, and where it stands since. ``key`` is its id as SQL
    takes it.

    ``operation`` is what was asked, as it is to be judged when it is applied; None for what is deferred no longer,
    and for a leg. ``seen_at`` is the database's time when it was read. ``legs`` are a split's: whatever becomes of
    the split becomes of them. Neither a split nor the refund of a split or batch has sides here. A split that divides
    late has no legs until it is applied; ``made`` are those that it was given then.
    """

    key: str
    status: Status
    source_id: str
    destination_id: str
    operation: Post | Refund | None
    scheduled_at: datetime | None
    seen_at: datetime
    amount: int | None = None
    """In minor units; None where it is decided when the transaction is applied."""
    currency: str | None = None
    """None where it is not known, or where what is refunded has several."""
    batch_id: str | None = None
    legs: "tuple[Deferred, ...]" = ()
    header_id: str | None = None
    """For a leg: its split."""
    created_by: str | None = None
    moved: int | None = None
    """What it moved or held when it was applied, where that was decided only then."""
    made: tuple[Parent, ...] = ()

    @property
    def undivided(self) -> Post | None:
        """The split that it is, where that divides only when it is applied."""
        return self.operation if isinstance(self.operation, Post) and self.operation.divides_late else None

    @property
    def parts(self) -> "tuple[Deferred, ...]":
        """What is deferred on balances: the legs of a split, otherwise itself."""
        return self.legs or (self,)

    @property
    def id(self) -> str:
        """The id as callers know it. Made when it is asked for, which is seldom."""
        return encode_hex(TRANSACTION, self.key)

    @property
    def before(self) -> tuple[Status, datetime | None]:
        """What PostgreSQL must still have when it is changed."""
        return self.status, self.scheduled_at


@dataclass(slots=True, eq=False)
class Apply:
    """Applies a deferred transaction, or rejects it if the rules do: a worker's nomination, no caller's. ``deferred``
    is the transaction as the worker found it, ``rejected`` why it must be rejected whatever the rules say."""

    deferred: Deferred
    rejected: Rejection | None = None

    @property
    def reference(self) -> str:
        """A name for it; nothing is recorded under it."""
        return RESERVED_PREFIX + self.deferred.key


Moving = Post | ResolveHold | Refund | AdjustHold
"""What moves money when it is decided."""

Targeted = ResolveHold | Refund | AdjustHold | Amendment
"""What is about an older transaction, or about a batch."""


def derived_reference(operation: Targeted, target_id: str) -> str:
    """The reference of an operation that has none of its own: it can be done only once about its target, whose id
    therefore tells a repetition."""
    if isinstance(operation, ResolveHold):
        word = "void" if operation.void else "commit"
    elif isinstance(operation, Verdict):
        word = "approve" if operation.approves else "deny"
    else:
        assert isinstance(operation, Cancel), "every other operation has a reference"
        word = "cancel"
    return f"{RESERVED_PREFIX}{word}:{target_id}"


Operation = Moving | Amendment | Apply


def share_count(operations: Iterable[object]) -> int:
    """How many shares the splits among these have together, or legs where they were deferred with legs; what is no
    operation counts nothing."""
    count = 0
    for operation in operations:
        post = operation
        if type(operation) is Apply:
            count += len(operation.deferred.legs)
            post = operation.deferred.undivided
        if type(post) is Post:
            count += len(post.sources) + len(post.destinations)
    return count
