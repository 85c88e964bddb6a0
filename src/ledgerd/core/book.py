"""The Book: a process's view of balances, holds and references; and the Plan one batch makes of it.

The Book may be out of date. That is safe, because a decision taken on it is recorded only if the
versions of the balances it read are still those in PostgreSQL, compared under their locks.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from ledgerd.core.model.balance_state import BalanceState
from ledgerd.core.model.figures import Figures, Kind, Status
from ledgerd.core.model.ids import GENERAL_LEDGER, TRANSACTION, Block
from ledgerd.core.model.monitor import Monitor
from ledgerd.core.model.operation import Deferred, Moving, Operation, Post, ResolveHold
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Rejection
from ledgerd.core.model.transaction import Transaction

UNLIMITED = 1 << 62
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True, eq=False)
class Account:
    """A balance as decisions see it. ``key`` is its id as SQL takes it; the rest of what can
    change besides ``figures`` (floor, ceiling, state, monitors) is covered by the version as well."""

    id: str
    key: str
    indicator: str | None
    currency: str
    precision: int
    floor: int | None
    monitors: tuple[Monitor, ...]
    figures: Figures
    ceiling: int | None = None
    state: BalanceState = BalanceState.OPEN
    ledger_key: str = f"{GENERAL_LEDGER:032x}"
    closed_before: datetime | None = None
    """Its ledger's. The version does not cover it: see Plan.periods."""
    not_before: datetime = LONG_AGO
    """When it last moved, or its ledger's closing time: nothing is recorded on it as earlier, whatever clocks say."""


@dataclass(slots=True, eq=False)
class Movement:
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
    transition: "Transition | None" = None
    released: int | None = None
    header_id: str | None = None
    """For a leg: the split, or the commit, void or refund of several, that it belongs to. It has no reference."""
    applies: Deferred | None = None
    """What waited and is filled in by this; its journal entry is a Change."""
    sides_before: tuple[datetime, datetime] | None = None
    """Set where it is recorded later than the plan: not_before of both sides, to be taken back."""

    @property
    def id(self) -> str:
        return self.block.text(TRANSACTION, self.ordinal) if self.applies is None else self.applies.id

    @property
    def key(self) -> str:
        """The id as SQL takes it."""
        return self.block.hex(self.ordinal) if self.applies is None else self.applies.key

    def to_transaction(self) -> Transaction:
        """The record that this movement leaves."""
        asked = self.operation
        post = asked if isinstance(asked, Post) else None
        settled = 0 if self.kind is Kind.HOLD else None
        is_leg = self.header_id is not None
        return Transaction(
            id=self.id,
            reference=None if is_leg else asked.reference,
            kind=self.kind,
            status=self.status,
            currency=self.source.currency,
            precision=self.source.precision,
            amount=self.amount,
            source_id=self.source.id,
            source_indicator=self.source.indicator,
            source=self.source_figures,
            destination_id=self.destination.id,
            destination_indicator=self.destination.indicator,
            destination=self.destination_figures,
            allow_overdraft=not isinstance(asked, ResolveHold) and asked.allow_overdraft,
            overdraft_limit=self.overdraft_limit,
            takes_remainder=self.takes_remainder,
            parent_id=self.parent_id,
            batch_id=self.batch_id,
            description=None if is_leg else asked.description,
            group=None if post is None else post.group,
            tag=None if post is None else post.tag,
            metadata=None if is_leg else asked.metadata,
            metadata_digest=None if is_leg else asked.metadata_digest,
            created_by=None,
            created_at=self.now,
            recorded_at=self.now,
            effective_at=None if post is None else post.effective_at,
            committed=settled,
            voided=settled,
            expires_at=None if post is None else post.expires_at,
            commits_at=None if post is None else post.commits_at,
            allow_over_commit=post is not None and post.allow_over_commit,
            released=self.released,
            header_id=self.header_id,
        )

    @property
    def takes_remainder(self) -> bool | None:
        if self.header_id is not None or isinstance(self.operation, Post):
            return None
        return True if self.operation.quantity is None else None


@dataclass(slots=True, eq=False)
class HeaderEntry:
    """A transaction that moves nothing itself, as it is written: one that waits, a header with its legs, or an
    amendment of another."""

    ordinal: int
    transaction: Transaction
    operation: Operation
    legs: "tuple[Movement | HeaderEntry, ...]" = ()
    transition: "Transition | None" = None
    """For a commit, void or refund of a split: how the split moved forward."""
    changes: "tuple[Change, ...]" = ()
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

    def to_transaction(self) -> Transaction:
        """The record itself."""
        return self.transaction


@dataclass(slots=True, eq=False)
class Transition:
    """An older transaction moved forward by a commit, a void, an expiry or a refund: what had become
    of it before (see Parent.settled) and what has become of it now."""

    ordinal: int
    parent: Parent
    cause_key: str
    kind: Kind
    before: tuple[int, int, int]
    after: tuple[int, int, int]
    status: Status
    expired: bool = False


class ChangeKind(StrEnum):
    """What can become of a transaction that waits."""

    APPLIED = "APPLIED"
    INFLIGHT = "INFLIGHT"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    RESCHEDULED = "RESCHEDULED"
    APPROVED = "APPROVED"
    DENIED = "DENIED"


@dataclass(slots=True, eq=False)
class Change:
    """What became of a transaction that waited. ``before`` is how it stood, see Deferred.before.

    ``cause_key`` is the amendment that changed it, or itself (a leg's split) where its time had come. ``movement`` is
    what it did when it was applied, ``sums`` what its legs did where it has some, ``rejection`` why it was not.
    ``details`` is JSON for the journal.
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
    sums: "Sums | None" = None

    @property
    def is_applied(self) -> bool:
        """Whether what waited is filled in, rather than given another status or time."""
        return self.movement is not None or self.sums is not None

    @property
    def recorded_at(self) -> datetime | None:
        """Where it is filled in, when the movement or the last of several is recorded."""
        if self.movement is not None:
            return self.movement.now
        return None if self.sums is None else self.sums.recorded_at


class Sums(NamedTuple):
    """What is known of several legs together; no amount where they have several currencies."""

    amount: int | None
    legs: int
    recorded_at: datetime


@dataclass(slots=True, eq=False)
class Unchanged:
    """Nothing was done about a nominated transaction: it does not wait any more, or is not due."""

    deferred: Deferred


@dataclass(slots=True, eq=False)
class Firing:
    """A monitor that a movement made fire, with the balance's figures just after it."""

    ordinal: int
    monitor: Monitor
    account: Account
    figures: Figures
    cause: Movement


@dataclass(slots=True, eq=False)
class BatchRecord:
    """A batch that recorded something, with its counts; or any that was accepted first and applied later.

    Of those ``accepted_at`` tells when, ``rejection`` why it was rejected as a whole, and
    ``rejections_digest`` proves what is kept of the operations that were rejected.
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


@dataclass(slots=True, eq=False)
class Plan:
    """What one commit will write, and what must still be true for it to stand.

    ``now`` is the database's time, with which everything is compared. A movement is recorded then, or later where a
    balance says so: see Account.not_before.
    ``read`` maps every account that a decision depended on, also a rejection, to its figures when
    the plan first read it: PostgreSQL must still have these versions. ``periods`` has what drafts
    with an effective time of their own relied on, ledgers and their closing times: PostgreSQL must
    still have these too. ``claims`` has the accepted batches that something is done for, and by which
    taking of them: nobody else may have taken them over. ``changes`` has movements of its own, those of
    what is filled in. ``room`` is how many more transactions this plan may accept to wait, of ``backlog_limit``.
    """

    block: Block
    now: datetime
    movements: list[Movement] = field(default_factory=list)
    records: list[HeaderEntry] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    firings: list[Firing] = field(default_factory=list)
    batches: list[BatchRecord] = field(default_factory=list)
    read: dict[Account, Figures] = field(default_factory=dict)
    periods: set[tuple[str, datetime | None]] = field(default_factory=set)
    leases: set[tuple[str, str]] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    capacity: int = UNLIMITED
    backlog_limit: int = UNLIMITED
    created_by: str | None = None
    """The principal that asks for what is decided at present; the transactions keep it."""

    @property
    def entries(self) -> int:
        """Entries of the journal row so far; the next one's ordinal less one."""
        counted = len(self.movements) + len(self.transitions) + len(self.firings) + len(self.batches)
        return counted + len(self.records) + len(self.changes)

    @property
    def writes(self) -> bool:
        """Whether anything is to be written."""
        return bool(self.movements or self.records or self.transitions or self.changes)

    @property
    def filled(self) -> list[Movement]:
        """The movements of what waited and is filled in."""
        return [change.movement for change in self.changes if change.movement is not None]


@dataclass(slots=True, eq=False)
class Book:
    """Everything a decision may look at.

    accounts    by id, and internal ones also by (indicator, currency)
    parents   older transactions that something is done to, by id; batches too, by theirs
    references  what each known reference recorded
    waiting     transactions that wait, or did, by key
    queued      what waits to leave an account, by its id; only where it was read under the locks
    server      which database server it was read from: of another one that took over it knows nothing
    """

    accounts: dict[str | tuple[str, str], Account] = field(default_factory=dict)
    parents: dict[str, Parent] = field(default_factory=dict)
    references: dict[str, Movement | HeaderEntry | Transaction] = field(default_factory=dict)
    deferred: dict[str, Deferred] = field(default_factory=dict)
    queued: dict[str, int] = field(default_factory=dict)
    server: object = None

    def keep(self, deferred: Deferred) -> None:
        """Add what waits, with its legs; what the Book has already it knows better."""
        if deferred.key not in self.deferred:
            for one in (deferred, *deferred.legs):
                self.deferred[one.key] = one

    def leave_queue(self, deferred: Deferred) -> None:
        """It does not wait on its source any more."""
        for part in deferred.parts:
            if part.source_id in self.queued:
                self.queued[part.source_id] -= part.amount or 0

    def find(self, name: str, currency: str) -> Account | None:
        """The balance that a draft names by id or by indicator."""
        return self.accounts.get(name) or self.accounts.get((name, currency))

    def add(self, account: Account) -> None:
        self.accounts[account.id] = account
        if account.indicator is not None:
            self.accounts[account.indicator, account.currency] = account
