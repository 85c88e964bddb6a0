"""What a caller can ask of the write path, as decoded: well-formed, but not yet judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ledgerd.core.amount import Quantity
from ledgerd.core.split import Share


@dataclass(slots=True, eq=False)
class Post:
    """A draft. ``source`` and ``destination`` name a balance by id or by indicator ("@World").

    A side that is divided over several balances has its shares in ``sources`` or ``destinations`` instead,
    and its name is empty; the draft is then a split.
    """

    reference: str
    currency: str
    quantity: Quantity
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
    sources: tuple[Share, ...] = ()
    destinations: tuple[Share, ...] = ()

    @property
    def is_split(self) -> bool:
        """Whether a side of it is divided over several balances."""
        return bool(self.sources or self.destinations)

    @property
    def names(self) -> tuple[str, ...]:
        """The balances that it names, sources first."""
        return (
            *([one.balance for one in self.sources] or [self.source]),
            *([one.balance for one in self.destinations] or [self.destination]),
        )


class Cause(Enum):
    """Who asks for a settlement: a caller, or the hold's own times when they come."""

    CALLER = "caller"
    EXPIRY = "expiry"
    TIMED_COMMIT = "timed commit"


@dataclass(slots=True, eq=False)
class Settle:
    """A commit or void of a hold, or of the holds of a split or of a batch: ``hold_id`` is then theirs.
    ``quantity`` None takes all that remains."""

    reference: str
    hold_id: str
    void: bool
    quantity: Quantity | None = None
    description: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None
    cause: Cause = Cause.CALLER


@dataclass(slots=True, eq=False)
class Refund:
    """Gives back what a transaction, a split or a batch moved. ``quantity`` None gives back all that was not
    yet."""

    reference: str
    transaction_id: str
    quantity: Quantity | None = None
    allow_overdraft: bool = False
    description: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None


Operation = Post | Settle | Refund


def share_count(operations: Iterable[object]) -> int:
    """How many shares the splits among these have together; what is no operation counts nothing."""
    return sum(
        len(one.sources) + len(one.destinations)
        for one in operations
        if type(one) is Post and (one.sources or one.destinations)
    )
