"""What a kept reconciliation statement would say if it were drawn up now."""

from dataclasses import dataclass
from enum import StrEnum

from ledgerd.core.model.reconciliation_statement import PlacedRow, StatementMoment


class ComparisonResult(StrEnum):
    """Whether a statement would say the same now."""

    EQUAL = "EQUAL"
    """It rests on the same."""
    SAME_FIGURES = "SAME_FIGURES"
    """It rests on something else, and says the same."""
    OTHER_FIGURES = "OTHER_FIGURES"


class CauseKind(StrEnum):
    """What happened since a statement was drawn up."""

    RECORD_ADDED = "RECORD_ADDED"
    ENTRY_ADDED = "ENTRY_ADDED"
    BANK_STATEMENT_ADDED = "BANK_STATEMENT_ADDED"
    ROW_MATCHED = "ROW_MATCHED"
    ROW_IGNORED = "ROW_IGNORED"
    MATCH_RELEASED = "MATCH_RELEASED"
    ROW_RESTORED = "ROW_RESTORED"
    SOURCE_CHANGED = "SOURCE_CHANGED"


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure by its path in the contract, with its texts; None where there is none. ``change`` is by how much it
    grew."""

    figure: str
    kept: str | None
    now: str | None
    change: str | None


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A row about which something changed, and the decision that changed it, 0 where the row was added."""

    row: PlacedRow
    decision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What happened, to how many rows, what these add up to by side, and the first of them."""

    kind: CauseKind
    count: int = 0
    in_bank: int = 0
    in_ledger: int = 0
    rows: tuple[CauseRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementComparison:
    """Amounts of ``causes`` are in minor units of ``precision``. Digest and moment are None where there would be no
    statement."""

    result: ComparisonResult
    precision: int
    figures: tuple[FigureChange, ...] = ()
    causes: tuple[Cause, ...] = ()
    digest: bytes | None = None
    moment: StatementMoment | None = None
