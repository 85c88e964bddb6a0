"""Payloads of events about reconciliation statements."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementChanged:
    """RECONCILIATION_STATEMENT_CREATED, RECONCILIATION_STATEMENT_CONFIRMED: the statement with its figures. Texts of
    others, numbers of accounts and the reason of a confirmation may be about a person: no event has them.

    ``proof`` has its terms by name; ``chain`` is the tag of the journal's chain at ``position``; ``digest`` is that of
    what the statement rests on.
    """

    statement_id: str
    source_id: str
    currency: str
    precision: int
    day: str
    time_zone: str
    basis: str
    status: str
    is_explained: bool
    bank_balance: int | None
    ledger_balance: int
    proof: Mapping[str, int] | None
    position: int
    chain: str
    digest: str
    created_by: str | None
    confirmed_by: str | None

    @property
    def subject_id(self) -> str:
        return self.statement_id
