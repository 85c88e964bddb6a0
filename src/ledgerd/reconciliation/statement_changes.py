"""Compares a kept statement with the same one drawn up now: which figures differ, and what came since."""

from collections.abc import Iterable, Mapping
from datetime import date

from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.reconciliation_statement import (
    BookSide,
    DrawnStatement,
    Listed,
    Matched,
    NumberedStatement,
    Open,
    PlacedRow,
    ReconciliationStatement,
    Standing,
    StatementMoment,
    StatementScope,
)
from ledgerd.core.model.statement_comparison import (
    Cause,
    CauseKind,
    CauseRow,
    ComparisonResult,
    FigureChange,
    StatementComparison,
)
from ledgerd.reconciliation.first_items import FirstItems

CAUSE_ROWS_MAX = 20
_TERMS = (
    *("bank_balance", "opening", "only_in_bank", "ignored_in_bank", "only_in_ledger", "ignored_in_ledger"),
    *("differences", "expected", "ledger_balance", "unexplained", "records_missing", "entries_missing"),
)
_LISTS = {
    "only_in_bank": "row_count",
    "only_in_ledger": "row_count",
    "differences": "match_count",
    "ignored_in_bank": "row_count",
    "ignored_in_ledger": "row_count",
}
"""The lists of a statement, with the name of their count."""

Released = Mapping[str, tuple[int, CauseKind]]
"""By the id of a row that a decision freed since: the last such decision, and whether the row was matched before."""


class CausesDraft:
    """What came since a moment, as far as it is about rows up to the day of the statement."""

    def __init__(self, kept: DrawnStatement, released: Released) -> None:
        self._scope = kept.statement.scope
        self._day = self._scope.day
        self._since = kept.moment
        self._released = released
        self._found = {kind: FirstItems[CauseRow](CAUSE_ROWS_MAX, _of_cause) for kind in CauseKind}
        self._totals = dict.fromkeys(((kind, side) for kind in CauseKind for side in BookSide), 0)

    def add(self, standing: Standing) -> None:
        """Look at the rows of a standing."""
        if isinstance(standing, Matched):
            rows, decided = standing.rows, CauseKind.ROW_MATCHED
        else:
            rows, decided = (standing.row,), CauseKind.ROW_IGNORED
        for row in rows:
            if row.day > self._day:
                continue
            if self._is_added(row):
                of_bank = row.side is BookSide.BANK
                self._note(CauseKind.RECORD_ADDED if of_bank else CauseKind.ENTRY_ADDED, row, 0)
            elif not isinstance(standing, Open) and row.decision > self._since.decisions:
                self._note(decided, row, row.decision)
            if row.id in self._released:
                decision, kind = self._released[row.id]
                self._note(kind, row, decision)

    def finish(self, now: DrawnStatement, bank_statements: Iterable[NumberedStatement]) -> tuple[Cause, ...]:
        """All causes, in the order of their kinds."""
        counted = sum(self._is_new(statement) for statement in bank_statements)
        causes = []
        for kind in CauseKind:
            found = self._found[kind].listed()
            count = counted if kind is CauseKind.BANK_STATEMENT_ADDED else found.count
            if count or (kind is CauseKind.SOURCE_CHANGED and self._is_other_source(now)):
                totals = {side: self._totals[kind, side] for side in BookSide}
                causes.append(
                    Cause(
                        kind=kind,
                        count=count,
                        in_bank=totals[BookSide.BANK],
                        in_ledger=totals[BookSide.LEDGER],
                        rows=found.items,
                    )
                )
        return tuple(causes)

    def _is_added(self, row: PlacedRow) -> bool:
        if row.side is BookSide.BANK:
            return row.number > self._since.records
        balance = row.id.partition("/")[2]
        return balance in self._since.versions and row.number > self._since.versions[balance]

    def _is_new(self, statement: NumberedStatement) -> bool:
        said = statement.said
        days = [day for day in (said.opening_date, said.closing_date) if day is not None]
        return statement.number > self._since.bank_statements and bool(days) and min(days) <= self._day

    def _is_other_source(self, now: DrawnStatement) -> bool:
        return _source_of(now.statement.scope, now.moment) != _source_of(self._scope, self._since)

    def _note(self, kind: CauseKind, row: PlacedRow, decision: int) -> None:
        self._found[kind].add(CauseRow(row, decision), row.amount)
        self._totals[kind, row.side] += row.amount


def compare(kept: DrawnStatement, now: DrawnStatement, causes: tuple[Cause, ...]) -> StatementComparison:
    """What a kept statement would say now."""
    then, later = kept.statement, now.statement
    figures = changed_figures(then, later)
    if figures:
        result = ComparisonResult.OTHER_FIGURES
    else:
        result = ComparisonResult.EQUAL if then.digest == later.digest else ComparisonResult.SAME_FIGURES
    return StatementComparison(
        result=result,
        precision=later.scope.precision,
        figures=figures,
        causes=() if result is ComparisonResult.EQUAL else causes,
        digest=later.digest,
        moment=now.moment,
    )


def compare_with_nothing(kept: DrawnStatement) -> StatementComparison:
    """Where there would be no statement now: the source has other balances, and no records of the currency."""
    return StatementComparison(
        result=ComparisonResult.OTHER_FIGURES,
        precision=kept.statement.scope.precision,
        figures=tuple(
            FigureChange(figure, text, None, None) for figure, (text, _) in _figures(kept.statement, 1).items()
        ),
        causes=(Cause(kind=CauseKind.SOURCE_CHANGED),),
    )


def changed_figures(then: ReconciliationStatement, now: ReconciliationStatement) -> tuple[FigureChange, ...]:
    """The figures that differ, in the finer precision of the two."""
    finest = max(then.scope.precision, now.scope.precision)
    before, after = _figures(then, finest // then.scope.precision), _figures(now, finest // now.scope.precision)
    changes = []
    for figure in {**before, **after}:
        (old_text, old), (new_text, new) = before.get(figure, _NONE), after.get(figure, _NONE)
        if old == new:
            continue
        change = None
        if old is not None and new is not None:
            change = str(new - old) if figure.endswith("_count") else decimal_text(new - old, finest)
        changes.append(FigureChange(figure, old_text, new_text, change))
    return tuple(changes)


_NONE: tuple[None, None] = (None, None)


def _figures(statement: ReconciliationStatement, factor: int) -> dict[str, tuple[str, int]]:
    """Each figure with its text and its number, amounts times the factor."""
    precision = statement.scope.precision

    def amount(minor: int) -> tuple[str, int]:
        return decimal_text(minor, precision), minor * factor

    found: dict[str, tuple[str, int]] = {}
    if statement.bank.balance is not None:
        found["bank.balance"] = amount(statement.bank.balance)
    found["ledger_balance"] = amount(statement.ledger.total)
    if statement.proof is not None:
        found |= {f"proof.{term}": amount(getattr(statement.proof, term)) for term in _TERMS}
    found["match_count"] = str(statement.matches), statement.matches
    for name, count in _LISTS.items():
        listed: Listed[object] = getattr(statement, name)
        found[f"{name}.{count}"] = str(listed.count), listed.count
        found[f"{name}.amount"] = amount(listed.total)
    return found


def _source_of(scope: StatementScope, moment: StatementMoment) -> tuple[object, ...]:
    return scope.precision, scope.time_zone, frozenset(moment.versions), moment.is_opposite


def _of_cause(cause: CauseRow) -> tuple[date, str]:
    return cause.row.day, cause.row.id
