"""What a caller can ask of the write path, as decoded: well-formed, but not yet judged."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ledgerd.core.amount import Quantity


@dataclass(slots=True, eq=False)
class Post:
    """A draft. ``source`` and ``destination`` name a balance by id or by indicator ("@World")."""

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


class Cause(Enum):
    """Who asks for a settlement: a caller, or the hold's own times when they come."""

    CALLER = "caller"
    EXPIRY = "expiry"
    TIMED_COMMIT = "timed commit"


@dataclass(slots=True, eq=False)
class Settle:
    """A commit or void of a hold. ``quantity`` None takes all that remains."""

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
    """Gives back what a transaction moved. ``quantity`` None gives back all that was not yet."""

    reference: str
    transaction_id: str
    quantity: Quantity | None = None
    allow_overdraft: bool = False
    description: str | None = None
    metadata: str | None = None
    metadata_digest: bytes | None = None


Operation = Post | Settle | Refund
