"""Counts and sums of the rows of a statement: by outcome, by day, and by age where they are open."""

from bisect import bisect_right
from collections import Counter
from datetime import date
from itertools import pairwise

from ledgerd.core.model.reconciliation_statement import (
    AgeBand,
    BookSide,
    DayCount,
    OpenOutcome,
    OutcomeTotal,
    Overview,
    PlacedRow,
)

MATCHED, WITH_DIFFERENCE, IGNORED = "MATCHED", "MATCHED_WITH_DIFFERENCE", "IGNORED"
_ORDER = (MATCHED, WITH_DIFFERENCE, *OpenOutcome, IGNORED)
AGES = (0, 8, 31, 61, 91)
"""The first day of each band."""


class OverviewDraft:
    """An overview to which one row after the other is added."""

    def __init__(self, day: date) -> None:
        self._day = day
        self._counts = Counter[tuple[str, BookSide]]()
        self._totals = Counter[tuple[str, BookSide]]()
        self._matched = Counter[date]()
        self._unmatched = Counter[date]()
        self._age_counts = Counter[tuple[int, BookSide]]()
        self._age_totals = Counter[tuple[int, BookSide]]()

    def add(self, row: PlacedRow, outcome: str) -> None:
        """Count a row of the day or before."""
        self._counts[outcome, row.side] += 1
        self._totals[outcome, row.side] += row.amount
        if outcome in {MATCHED, WITH_DIFFERENCE}:
            self._matched[row.day] += 1
        elif outcome != IGNORED:
            self._unmatched[row.day] += 1
            band = bisect_right(AGES, (self._day - row.day).days) - 1
            self._age_counts[band, row.side] += 1
            self._age_totals[band, row.side] += row.amount

    def finish(self) -> Overview:
        """The overview of all that was added."""
        outcomes = (
            OutcomeTotal(outcome, side, self._counts[outcome, side], self._totals[outcome, side])
            for outcome in _ORDER
            for side in BookSide
            if self._counts[outcome, side]
        )
        days = sorted({*self._matched, *self._unmatched})
        bands = [*((first, after - 1) for first, after in pairwise(AGES)), (AGES[-1], None)]
        ageing = (
            AgeBand(first, last, side, self._age_counts[number, side], self._age_totals[number, side])
            for number, (first, last) in enumerate(bands)
            for side in BookSide
            if self._age_counts[number, side]
        )
        return Overview(
            outcomes=tuple(outcomes),
            days=tuple(DayCount(day, self._matched[day], self._unmatched[day]) for day in days),
            ageing=tuple(ageing),
        )
