"""Payloads of events that no request causes: a source is late, and what a proof after an arrival found."""

from dataclasses import dataclass
from datetime import datetime

from ledgerd.core.model.reconciliation_statement import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSourceLate:
    """EXTERNAL_SOURCE_LATE: a source had no upload for longer than is expected."""

    source_id: str
    late_since: datetime

    @property
    def subject_id(self) -> str:
        return self.source_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationProof:
    """RECONCILIATION_PROVED, RECONCILIATION_DIFFERENCE_FOUND: the proof of a reconciliation statement, in minor units,
    and how many rows and matches its terms are about."""

    source_id: str
    reconciliation_id: str
    currency: str
    precision: int
    day: str
    proof: Proof
    only_in_bank: int
    only_in_ledger: int
    ignored_in_bank: int
    ignored_in_ledger: int
    differences: int

    @property
    def subject_id(self) -> str:
        return self.source_id
