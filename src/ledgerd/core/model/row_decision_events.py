"""Payloads of events about decisions on rows, and about exceptions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsDecided:
    """The kinds RECONCILIATION_MATCHES_*, RECONCILIATION_MATCH_*, RECONCILIATION_ROWS_*, RECONCILIATION_ADJUSTMENTS_*
    and RECONCILIATION_ADJUSTMENT_*: a decision with its counts. Its reason may be about a person: no event has it."""

    decision_id: str
    source_id: str
    reconciliation_id: str | None
    kind: str
    matches: int
    records: int
    entries: int
    skipped: int
    match_number: int | None
    decided_by: str | None
    adjustments: int = 0

    @property
    def subject_id(self) -> str:
        return self.decision_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionsChanged:
    """RECONCILIATION_EXCEPTIONS_OPENED, which names the run; RECONCILIATION_EXCEPTION_UPDATED, which names the
    exception; RECONCILIATION_EXCEPTIONS_RESOLVED, which names the decision or the exception."""

    source_id: str
    count: int
    reconciliation_id: str | None = None
    decision_id: str | None = None
    exception_id: str | None = None
    status: str | None = None
    changed_fields: tuple[str, ...] = ()

    @property
    def subject_id(self) -> str:
        return self.exception_id or self.decision_id or self.reconciliation_id or self.source_id
