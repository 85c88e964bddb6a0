"""Older transactions, as decisions about them see them."""

from dataclasses import dataclass
from datetime import datetime

from ledgerd.core.model.adjusted import Adjusted
from ledgerd.core.model.figures import Kind, Status

Terms = tuple[int | None, datetime | None, datetime | None, int]


@dataclass(slots=True, eq=False)
class Parent:
    """An older transaction to which something is done: a hold is committed or voided, a movement is refunded.

    Amounts in minor units. ``committed`` and ``voided`` are a hold's, and so are ``expires_at`` and ``commits_at``, as
    they are now. ``adjusted`` is what a hold holds in all where it was adjusted, ``adjustments`` how often. What
    exceeds a hold, where commits may, is judged by the terms of funds that the hold was posted with.

    One of kind SPLIT is a header: a split or, under its ``bat_`` id, a batch. ``leg_ids`` are those of its movements
    and holds, which are in the Book as well; of a batch also those that are still deferred. A split's figures are the
    sums of its legs', and each of these has it as ``header``; ``inflight`` tells that they are holds. A batch has no
    figures, and neither of them has sides. ``kinds`` are the currencies and precisions of all that came with a batch,
    also of what is still deferred.
    """

    id: str
    key: str
    source_id: str
    destination_id: str
    amount: int
    committed: int = 0
    voided: int = 0
    kind: Kind = Kind.HOLD
    refunded: int = 0
    allow_overdraft: bool = False
    overdraft_limit: int | None = None
    allow_over_commit: bool = False
    expires_at: datetime | None = None
    commits_at: datetime | None = None
    leg_ids: tuple[str, ...] = ()
    header: "Parent | None" = None
    inflight: bool = False
    kinds: frozenset[tuple[str, int]] = frozenset()
    is_undecided: bool = False
    """Whether its amount was not known when it was read: it is decided when it is applied."""
    unmoved: Status | None = None
    """Its status where it did not move anything: it is deferred, or was rejected or cancelled."""
    expired: bool = False
    """Whether what remained of it was voided by its expiry."""
    adjusted: int | None = None
    adjustments: int = 0

    @property
    def is_header(self) -> bool:
        """Whether it is the header of legs."""
        return self.kind is Kind.SPLIT

    @property
    def is_hold(self) -> bool:
        """Whether it holds, or held, something."""
        return self.kind is Kind.HOLD or self.inflight

    @property
    def resolved(self) -> tuple[int, int, int]:
        """What became of it so far: committed, voided, refunded."""
        return self.committed, self.voided, self.refunded

    @property
    def refundable(self) -> int:
        """What it moved and was not refunded. A commit is refunded through its hold."""
        if self.unmoved is not None:
            return 0
        if self.is_hold:
            return self.committed - self.refunded
        return self.amount - self.refunded if self.kind in (Kind.POSTING, Kind.SPLIT) else 0

    @property
    def may_be_refunded(self) -> bool:
        """Whether anything of it can be refunded, now or later."""
        may_move = self.unmoved is not None or (self.kind is Kind.HOLD and self.remaining > 0)
        return may_move or self.refundable > 0

    @property
    def held(self) -> int:
        """What a hold holds in all, what was committed and voided included."""
        return self.amount if self.adjusted is None else self.adjusted

    @property
    def terms(self) -> Terms:
        """What an adjustment may change: what it holds in all, its expiry and commit times, and the number of
        adjustments."""
        return self.adjusted, self.expires_at, self.commits_at, self.adjustments

    @property
    def adjustment(self) -> Adjusted | None:
        """What adjustments have made of it; None where there were none."""
        if self.adjusted is None:
            return None
        return Adjusted(self.adjusted, self.expires_at, self.commits_at, self.adjustments)

    @property
    def remaining(self) -> int:
        """What a hold still holds."""
        return max(0, self.held - self.committed - self.voided)

    @property
    def is_timed(self) -> bool:
        """Whether it is committed or voided automatically at some time."""
        return self.expires_at is not None or self.commits_at is not None

    @property
    def status(self) -> Status:
        """A hold is INFLIGHT while anything remains; then APPLIED if anything was committed, else VOID."""
        if self.unmoved is not None:
            return self.unmoved
        if not self.is_hold:
            return Status.VOID if self.kind is Kind.VOID else Status.APPLIED
        if self.remaining:
            return Status.INFLIGHT
        return Status.APPLIED if self.committed else Status.VOID
