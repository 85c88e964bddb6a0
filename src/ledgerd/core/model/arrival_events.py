"""Payloads of events that no request causes: a source is late, and what a proof after an arrival found."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLate:
    """SOURCE_LATE: a source had no upload for longer than is expected."""

    source_id: str
    late_since: datetime

    @property
    def subject_id(self) -> str:
        return self.source_id


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceProof:
    """BALANCE_PROVED, DIFFERENCE_FOUND: the figures of a reconciliation statement, in minor units."""

    source_id: str
    reconciliation_id: str
    currency: str
    precision: int
    day: str
    bank_balance: int
    ledger_balance: int
    opening: int
    only_in_bank: int
    only_in_bank_count: int
    only_in_ledger: int
    only_in_ledger_count: int
    ignored_in_bank: int
    ignored_in_ledger: int
    differences: int
    difference_count: int
    unexplained: int

    @property
    def subject_id(self) -> str:
        return self.source_id
