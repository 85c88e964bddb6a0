"""What a commit can write: the effects of decisions. Each is one entry of the journal and knows how to undo itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ledgerd.core.book import Book
from ledgerd.core.model.account import Account
from ledgerd.core.model.adjusted import Adjusted
from ledgerd.core.model.figures import DEFERRED, Figures, Kind, Status, unmove
from ledgerd.core.model.ids import TRANSACTION, Block, decode_hex
from ledgerd.core.model.monitor import Monitor
from ledgerd.core.model.operation import AdjustHold, Amendment, Deferred, Moving, Post, Refund
from ledgerd.core.model.parent import Parent, Terms
from ledgerd.core.model.rejection import Rejection
from ledgerd.core.model.request_json import adjustment_text, movement_text
from ledgerd.core.model.transaction import Side, Total, Transaction, from_operation, takes_remainder


class Effect:
    """One entry of the journal. ``ordinal`` is its place inside the commit, from 1."""

    __slots__ = ()
    ordinal: int

    @property
    def queue_places(self) -> int:
        """How many places it takes of the capacity for deferred transactions."""
        return 0

    def undo(self, book: Book) -> None:
        """Leave the Book as it was before. Effects are undone newest first."""


@dataclass(slots=True, eq=False)
class Movement(Effect):
    """A transaction that was decided: which sides move how, in the block of its commit.

    It does not point back at its plan: a batch must be freed when it is answered, not when the
    garbage collector comes by.
    """

    ordinal: int
    block: Block
    now: datetime
    operation: Moving
    kind: Kind
    status: Status
    amount: int
    source: Account
    source_figures: Figures
    destination: Account
    destination_figures: Figures
    overdraft_limit: int | None
    parent_id: str | None
    batch_id: str | None
    created_by: str | None = None
    transition: "Transition | None" = None
    released: int | None = None
    header_id: str | None = None
    """For a leg: its header, a split or the commit, void or refund of a split or batch. A leg has no reference."""
    applies: Deferred | None = None
    """What was deferred and is applied by this movement; its journal entry is a DeferredChange."""
    sides_before: tuple[datetime, datetime] | None = None
    """Set where it is recorded later than the plan: not_before of both sides, to be undone."""

    @property
    def id(self) -> str:
        return self.block.text(TRANSACTION, self.ordinal) if self.applies is None else self.applies.id

    @property
    def key(self) -> str:
        """The id as SQL takes it."""
        return self.block.hex(self.ordinal) if self.applies is None else self.applies.key

    @property
    def takes_remainder(self) -> bool | None:
        """See Transaction.takes_remainder."""
        return None if self.header_id is not None else takes_remainder(self.operation)

    @property
    def request_json(self) -> str | None:
        """What was asked and no column of its own keeps. Of a leg, its header keeps it."""
        operation, precision = self.operation, self.source.precision
        if self.header_id is not None:
            return None
        if isinstance(operation, AdjustHold):
            return adjustment_text(operation.change, operation.quantity, precision)
        return movement_text(operation, precision) if isinstance(operation, (Post, Refund)) else None

    def to_transaction(self) -> Transaction:
        """The row that this movement leaves."""
        return from_operation(
            self.operation,
            id=self.id,
            kind=self.kind,
            status=self.status,
            created_at=self.now,
            recorded_at=self.now,
            created_by=self.created_by,
            total=Total(self.source.currency, self.source.precision, self.amount or None),
            source=Side(self.source, self.source_figures),
            destination=Side(self.destination, self.destination_figures),
            overdraft_limit=self.overdraft_limit,
            parent_id=self.parent_id,
            batch_id=self.batch_id,
            released=self.released or None,
            header_id=self.header_id,
            request_json=self.request_json,
        )

    def undo(self, book: Book) -> None:
        """Move both sides back, and forget the reference."""
        self.source.figures, self.destination.figures = unmove(
            self.kind, self.amount, self.source_figures, self.destination_figures, self.released
        )
        if self.sides_before is not None:
            self.source.not_before, self.destination.not_before = self.sides_before
        if self.applies is None:
            _leave(self.id, self.key, book)
            if self.header_id is None:
                del book.references[self.operation.reference]


@dataclass(slots=True, eq=False)
class HeaderEntry(Effect):
    """A transaction that moves nothing itself, as it is written: a header with its legs, one that is deferred, or an
    amendment of another."""

    ordinal: int
    transaction: Transaction
    operation: Moving | Amendment
    legs: "tuple[Movement | HeaderEntry, ...]" = ()
    transition: "Transition | None" = None
    """For a commit, void or refund of a split: how the split moved forward."""
    changes: "tuple[DeferredChange, ...]" = ()
    """For an amendment: what it made of the transaction that it is about."""

    @property
    def id(self) -> str:
        return self.transaction.id

    @property
    def batch_id(self) -> str | None:
        return self.transaction.batch_id

    @property
    def status(self) -> Status:
        return self.transaction.status

    @property
    def queue_places(self) -> int:
        return 0 if self.transaction.deferred_as is None else 1

    def to_transaction(self) -> Transaction:
        """The row itself."""
        return self.transaction

    def undo(self, book: Book) -> None:
        """Forget the reference, and what was deferred."""
        written = self.transaction
        if written.deferred_as is not None and written.kind is not Kind.SPLIT:
            book.queue(written.source_id, -(written.amount or 0))
        # A header whose legs were rejected has not got its reference yet.
        book.references.pop(self.operation.reference, None)
        _leave(self.id, decode_hex(TRANSACTION, self.id) or "", book)


def _leave(transaction_id: str, key: str, book: Book) -> None:
    """A later operation may have named a transaction that is undone: see targets.join."""
    book.parents.pop(transaction_id, None)
    book.deferred.pop(key, None)


@dataclass(slots=True, eq=False)
class Transition(Effect):
    """An older transaction moved forward by a commit, a void, an expiry, a refund or an adjustment: what had become of
    it before (see Parent.resolved) and what has become of it now. ``adjusted`` is what adjustments have made of a hold
    by now, ``terms_before`` the terms that this adjustment changed: see Parent.terms."""

    ordinal: int
    parent: Parent
    cause_key: str
    kind: Kind
    before: tuple[int, int, int]
    after: tuple[int, int, int]
    status: Status
    expired: bool = False
    adjusted: Adjusted | None = None
    terms_before: Terms | None = None

    def undo(self, book: Book) -> None:
        """Move the older transaction back."""
        parent = self.parent
        parent.committed, parent.voided, parent.refunded = self.before
        parent.expired &= not self.expired
        if self.terms_before is not None:
            parent.adjusted, parent.expires_at, parent.commits_at, parent.adjustments = self.terms_before


class ChangeKind(StrEnum):
    """What can become of a deferred transaction."""

    APPLIED = "APPLIED"
    INFLIGHT = "INFLIGHT"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    RESCHEDULED = "RESCHEDULED"
    APPROVED = "APPROVED"
    DENIED = "DENIED"


class Sums(NamedTuple):
    """What is known of several legs together; no amount where they have several currencies."""

    amount: int | None
    legs: int
    recorded_at: datetime


@dataclass(slots=True, eq=False)
class DeferredChange(Effect):
    """What became of a deferred transaction. ``before`` is how it stood, see Deferred.before.

    ``cause_key`` is the amendment that changed it, or itself (a leg's split) where its time had come. ``movement`` is
    what it did when it was applied, ``sums`` what its legs did where it has some, ``rejection`` why it was not
    applied. ``details`` is JSON for the journal.
    """

    ordinal: int
    deferred: Deferred
    before: tuple[Status, datetime | None]
    kind: ChangeKind
    status: Status
    scheduled_at: datetime | None
    cause_key: str
    details: str | None = None
    movement: Movement | None = None
    rejection: Rejection | None = None
    decided_by: str | None = None
    on_behalf_of: str | None = None
    sums: Sums | None = None

    @property
    def is_applied(self) -> bool:
        """Whether the transaction is applied, rather than given another status or time."""
        return self.movement is not None or self.sums is not None

    @property
    def recorded_at(self) -> datetime | None:
        """Where the transaction is applied, when its movement or the last one of its legs is recorded."""
        if self.movement is not None:
            return self.movement.now
        return None if self.sums is None else self.sums.recorded_at

    @property
    def leaves_queue(self) -> bool:
        """Whether it is deferred no longer. Of a split the legs count, not the header."""
        return self.status not in DEFERRED and not self.deferred.legs

    def undo(self, book: Book) -> None:
        """Let it stand as it stood, and undo what it moved."""
        if self.movement is not None:
            self.movement.undo(book)
        self.deferred.status, self.deferred.scheduled_at = self.before
        parent = book.parents.get(self.deferred.id)
        if parent is not None:
            # Whoever asked the Book for it meanwhile was told that it moved, and how much: see Book.parent.
            parent.unmoved = self.before[0]
            parent.amount = 0 if parent.is_undecided else parent.amount
            parent.leg_ids = () if self.deferred.made else parent.leg_ids
        self.deferred.moved, self.deferred.made = None, ()
        if self.leaves_queue:
            book.queue(self.deferred.source_id, self.deferred.amount)


@dataclass(slots=True, eq=False)
class Firing(Effect):
    """A monitor that a movement made fire, with the balance's figures just after it."""

    ordinal: int
    monitor: Monitor
    account: Account
    figures: Figures
    cause: Movement


@dataclass(slots=True, eq=False)
class BatchRecord(Effect):
    """A batch that recorded something, with its counts; or any that was accepted first and applied in the background.

    Of those ``accepted_at`` tells when, ``rejection`` why it was rejected as a whole, and
    ``rejections_digest`` proves what is kept of the operations that were rejected. ``metadata`` is JSON text.
    """

    ordinal: int
    id: str
    atomic: bool
    operations: int
    posted: int
    replayed: int
    rejected: int
    accepted_at: datetime | None = None
    rejection: Rejection | None = None
    rejections_digest: str | None = None
    metadata: str | None = None


@dataclass(slots=True, eq=False)
class Unchanged:
    """Nothing was done about a nominated transaction: it is deferred no longer, or not due. No entry of the journal.
    ``deferred`` is None for a hold whose time was moved."""

    deferred: Deferred | None = None
