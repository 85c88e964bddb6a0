"""The transaction as recorded, and the one place that makes one from an operation."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ledgerd.core.model.account import Account
from ledgerd.core.model.adjusted import Adjusted
from ledgerd.core.model.amount import Available
from ledgerd.core.model.figures import Figures, Kind, Status
from ledgerd.core.model.operation import AdjustHold, Amendment, Deferral, Moving, Post, Refund, ResolveHold
from ledgerd.core.model.rejection import Rejection
from ledgerd.core.model.request_json import acted_for, batch_of, divides_late, identities_of, with_acted_for


class Review(NamedTuple):
    """Why a transaction was to be looked at; and who decided, for whom, when, by which transaction: all None while
    nobody has."""

    reason: str | None
    decided_by: str | None = None
    on_behalf_of: str | None = None
    decided_at: datetime | None = None
    decision_id: str | None = None


class Words(NamedTuple):
    """What describes a transaction: a text, and metadata as JSON."""

    description: str | None = None
    metadata: str | None = None


class Side(NamedTuple):
    """One side of a transaction: its balance, and the figures just after it where it moves."""

    account: Account | None = None
    figures: Figures | None = None

    @property
    def id(self) -> str | None:
        return None if self.account is None else self.account.id

    @property
    def indicator(self) -> str | None:
        return None if self.account is None else self.account.indicator


class Total(NamedTuple):
    """What a transaction moves, in minor units; None where its legs have several currencies, or where it is not known
    yet."""

    currency: str | None = None
    precision: int | None = None
    amount: int | None = None


NO_WORDS, _NO_SIDE, _NO_TOTAL = Words(), Side(), Total()
INHERITING = frozenset({Kind.COMMIT, Kind.VOID, Kind.REFUND, Kind.ADJUSTMENT})
"""The kinds that show the words of their parent where they have none."""
_OF_BATCHES = frozenset({Kind.COMMIT, Kind.VOID, Kind.REFUND, Kind.CANCEL, Kind.RESCHEDULE, Kind.APPROVE, Kind.DENY})
"""The kinds that can be about a whole batch, and have no parent then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One movement, or a row that moves nothing itself. Amounts in minor units; figures are each side's just after it.

    What moves nothing has no figures: what is deferred (``deferred_as`` is its first status), the header of
    ``leg_ids`` (a split, or a commit, void or refund of a split or of a batch), and an amendment of another
    transaction. A header has a side where all its legs share it; its currency, precision and amount where its legs
    have one currency. A leg has no reference; ``header_id`` is its header. ``request_json`` is what the request said
    that has no column of its own. ``rejection`` is why it was rejected when it was due.

    ``takes_remainder`` is true where no amount was asked for, but all: what remained, for a commit, void or refund;
    what was available, where ``request_json`` says so.
    ``committed`` and ``voided`` are a hold's, and None for every other kind. ``expires_at`` and ``commits_at`` are when
    what remains of a hold is voided or committed automatically, as it was requested; for an adjustment, the new times.
    ``adjusted`` is what adjustments have made of a hold since; None where there were none. ``released`` is what a
    commit above its hold, or an adjustment, took from the hold (less than nothing where it was raised), and None for
    every other. An adjustment that changes only times has no amount. ``refunded`` is how much of what it moved was
    refunded.

    ``description`` and ``metadata`` are what the request said. ``inherited`` is what its parent says, where a commit,
    void or refund lacks either: it is shown, but neither recorded nor compared.
    """

    id: str
    kind: Kind
    status: Status
    created_at: datetime
    reference: str | None = None
    currency: str | None = None
    precision: int | None = None
    amount: int | None = None
    source_id: str | None = None
    source_indicator: str | None = None
    source: Figures | None = None
    destination_id: str | None = None
    destination_indicator: str | None = None
    destination: Figures | None = None
    allow_overdraft: bool = False
    overdraft_limit: int | None = None
    takes_remainder: bool | None = None
    parent_id: str | None = None
    batch_id: str | None = None
    description: str | None = None
    group: str | None = None
    tag: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None
    created_by: str | None = None
    recorded_at: datetime | None = None
    effective_at: datetime | None = None
    committed: int | None = None
    voided: int | None = None
    expires_at: datetime | None = None
    commits_at: datetime | None = None
    allow_over_commit: bool = False
    released: int | None = None
    refunded: int = 0
    header_id: str | None = None
    leg_ids: tuple[str, ...] = ()
    deferred_as: Status | None = None
    request_json: str | None = None
    scheduled_at: datetime | None = None
    rejection: Rejection | None = None
    review: Review | None = None
    inherited: Words = NO_WORDS
    adjusted: Adjusted | None = None

    @property
    def held(self) -> int | None:
        """What a hold holds in all, what was committed and voided included."""
        return self.amount if self.adjusted is None else self.adjusted.amount

    @property
    def identity_ids(self) -> tuple[str, ...]:
        """The identities that it concerns."""
        return () if self.request_json is None else identities_of(self.request_json)

    @property
    def got_legs_late(self) -> bool:
        """Whether its legs, if it has any, were recorded when it was applied and not together with itself."""
        if self.deferred_as is None:
            return False
        return self.kind is Kind.REFUND or (self.kind is Kind.SPLIT and divides_late(self.request_json))

    @property
    def remaining(self) -> int | None:
        """What a hold still holds; None for every other kind."""
        if self.committed is None or self.voided is None or self.held is None:
            return None
        return max(0, self.held - self.committed - self.voided)

    @property
    def target_batch_id(self) -> str | None:
        """The batch that it is about; None for legs, whose header says it."""
        return batch_of(self.request_json) if self.parent_id is None and self.kind in _OF_BATCHES else None

    @property
    def on_behalf_of(self) -> str | None:
        """For whom the caller acted, where the request said so."""
        return None if self.request_json is None else acted_for(self.request_json)

    @property
    def moved(self) -> int:
        """What it moved that can be refunded: its amount, or what was committed of a hold."""
        if self.committed is not None:
            return self.committed
        is_refundable = self.kind in (Kind.POSTING, Kind.SPLIT) and self.status is Status.APPLIED
        return self.amount or 0 if is_refundable else 0

    def to_transaction(self) -> "Transaction":
        """Itself, as everything that was recorded can be asked for its transaction."""
        return self


def from_operation(
    operation: Moving | Amendment,
    *,
    id: str,  # noqa: A002  (the transaction's)
    kind: Kind,
    status: Status,
    created_at: datetime,
    recorded_at: datetime | None = None,
    created_by: str | None = None,
    total: Total = _NO_TOTAL,
    source: Side = _NO_SIDE,
    destination: Side = _NO_SIDE,
    overdraft_limit: int | None = None,
    parent_id: str | None = None,
    batch_id: str | None = None,
    released: int | None = None,
    header_id: str | None = None,
    deferral: Deferral | None = None,
    request_json: str | None = None,
) -> Transaction:
    """The transaction that an operation is recorded as: what the operation says, and what was found and decided.

    A leg (one with ``header_id``) has the operation's terms, but neither its reference nor its words: these are the
    header's. ``deferral`` is given where the transaction is deferred.
    """
    is_leg = header_id is not None
    post = operation if isinstance(operation, Post) else None
    moving = operation if isinstance(operation, Moving) else None
    timed = operation if isinstance(operation, (Post, AdjustHold)) else None
    resolved = 0 if status is Status.INFLIGHT else None
    return Transaction(
        id=id,
        reference=None if is_leg else operation.reference,
        kind=kind,
        status=status,
        currency=total.currency,
        precision=total.precision,
        amount=total.amount,
        source_id=source.id,
        source_indicator=source.indicator,
        source=source.figures,
        destination_id=destination.id,
        destination_indicator=destination.indicator,
        destination=destination.figures,
        allow_overdraft=isinstance(operation, (Post, Refund)) and operation.allow_overdraft,
        overdraft_limit=overdraft_limit,
        takes_remainder=None if is_leg else takes_remainder(operation),
        parent_id=header_id if parent_id is None else parent_id,
        batch_id=batch_id,
        description=None if is_leg else operation.description,
        group=None if post is None else post.group,
        tag=None if post is None else post.tag,
        metadata=None if is_leg else operation.metadata,
        metadata_digest=None if is_leg else operation.metadata_digest,
        created_by=created_by,
        created_at=created_at,
        recorded_at=recorded_at,
        effective_at=None if moving is None else moving.effective_at,
        committed=resolved,
        voided=resolved,
        expires_at=None if timed is None else timed.expires_at,
        commits_at=None if timed is None else timed.commits_at,
        allow_over_commit=post is not None and post.allow_over_commit,
        released=released,
        header_id=header_id,
        deferred_as=None if deferral is None else status,
        request_json=request_json if is_leg else with_acted_for(request_json, operation.on_behalf_of),
        scheduled_at=None if deferral is None else deferral.scheduled_at,
        review=Review(deferral.review_reason) if deferral is not None and deferral.in_review else None,
    )


def takes_remainder(operation: Moving | Amendment) -> bool | None:
    """Whether an operation asks for all that remains or is available; None where that is no question, and where it
    does not."""
    if isinstance(operation, ResolveHold):
        return True if operation.quantity is None else None
    if isinstance(operation, (Post, Refund)):
        return True if operation.quantity is None or isinstance(operation.quantity, Available) else None
    return None
