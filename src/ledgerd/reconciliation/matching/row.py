"""What is matched: a record of an external source or an entry of the ledger, in the same shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of either side. Rows are ordered by ``id`` wherever nothing else decides."""

    id: str
    """Sorts as its side orders: records by their number in the source, entries by their transaction's id."""
    amount: int
    """Minor units, signed: positive where money came in. Both sides of a run have one precision for each currency."""
    currency: str
    booking_date: date | None = None
    value_date: date | None = None
    booked_at: datetime | None = None
    references: tuple[str, ...] = ()
    description: str = ""
    counterparties: tuple[str, ...] = ()
    """A record's counterparty and its account, an entry's other balance: what there is of them."""
    identities: tuple[str, ...] = ()
    group_keys: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
