"""The transaction as recorded, and the one place that makes one from an operation."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ledgerd.core.model.account import Account
from ledgerd.core.model.figures import Figures, Kind, Status
from ledgerd.core.model.operation import Amendment, Deferral, Moving, Post, Refund, ResolveHold
from ledgerd.core.model.rejection import Rejection


class Review(NamedTuple):
    """Why a transaction was to be looked at, and who decided when; the last two None while nobody has."""

    reason: str | None
    decided_by: str | None = None
    decided_at: datetime | None = None


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


_NO_SIDE, _NO_TOTAL = Side(), Total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One movement, or a row that moves nothing itself. Amounts in minor units; figures are each side's just after it.

    What moves nothing has no figures: what is deferred (``deferred_as`` is its first status), the header of
    ``leg_ids`` (a split, or a commit, void or refund of a split or of a batch), and an amendment of another
    transaction. A header has a side where all its legs share it; its currency, precision and amount where its legs
    have one currency. A leg has no reference; ``header_id`` is its header. ``request_json`` is what the request said
    that has no column of its own. ``rejection`` is why it was rejected when it was due.

    ``takes_remainder`` is true where a commit, void or refund asked for all that remained rather than for an amount.
    ``committed`` and ``voided`` are a hold's, and None for every other kind. ``expires_at`` and ``commits_at`` are
    when what remains of a hold is voided or committed automatically. ``released`` is what a commit above its hold took
    from the hold, and None for every other. ``refunded`` is how much of what it moved was refunded.
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

    @property
    def remaining(self) -> int | None:
        """What a hold still holds; None for every other kind."""
        if self.committed is None or self.voided is None or self.amount is None:
            return None
        return max(0, self.amount - self.committed - self.voided)

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
    moving = operation if isinstance(operation, Post | ResolveHold | Refund) else None
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
        allow_overdraft=isinstance(operation, Post | Refund) and operation.allow_overdraft,
        overdraft_limit=overdraft_limit,
        takes_remainder=None if is_leg else takes_remainder(operation),
        parent_id=header_id if parent_id is None else parent_id,
        batch_id=batch_id,
        description=None if is_leg else operation.description,
        group=None if post is None else post.group,
        tag=None if post is None else post.tag,
        metadata=None if is_leg or moving is None else moving.metadata,
        metadata_digest=None if is_leg or moving is None else moving.metadata_digest,
        created_by=created_by,
        created_at=created_at,
        recorded_at=recorded_at,
        effective_at=None if post is None else post.effective_at,
        committed=resolved,
        voided=resolved,
        expires_at=None if post is None else post.expires_at,
        commits_at=None if post is None else post.commits_at,
        allow_over_commit=post is not None and post.allow_over_commit,
        released=released,
        header_id=header_id,
        deferred_as=None if deferral is None else status,
        request_json=request_json,
        scheduled_at=None if deferral is None else deferral.scheduled_at,
        review=Review(deferral.review_reason) if deferral is not None and deferral.in_review else None,
    )


def takes_remainder(operation: Moving | Amendment) -> bool | None:
    """Whether a commit, void or refund asks for all that remains; None where that is no question, and where it does
    not."""
    return True if isinstance(operation, ResolveHold | Refund) and operation.quantity is None else None
