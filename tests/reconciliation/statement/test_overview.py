"""Counts and sums by outcome, day and age: compared with a second computation over all rows."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.reconciliation_statement import (
    AgeBand,
    BookSide,
    DayCount,
    LedgerBalance,
    Matched,
    Open,
    OutcomeTotal,
)
from ledgerd.reconciliation.report.picture import BARS_MAX, bars_of, picture
from ledgerd.reconciliation.statement import draw_up
from tests.reconciliation.statement.worlds import SCOPE, entry, random_world, record

DAY = SCOPE.day


@given(st.integers(0, 2**32))
def test_every_row_up_to_the_day_is_counted_once(seed: int) -> None:
    world = random_world(seed)
    statement = draw_up(SCOPE, world.statements, world.standings, world.ledger)
    overview = statement.overview
    for side in BookSide:
        rows = world.rows(side)
        of_side = [total for total in overview.outcomes if total.side is side]
        assert sum(total.count for total in of_side) == len(rows)
        assert sum(total.total for total in of_side) == sum(row.amount for row in rows)
    one_sided = (statement.only_in_bank, statement.only_in_ledger)
    ignored = (statement.ignored_in_bank, statement.ignored_in_ledger)
    unmatched = sum(listed.count for listed in one_sided)
    assert sum(day.unmatched for day in overview.days) == unmatched
    assert sum(band.count for band in overview.ageing) == unmatched
    assert sum(band.total for band in overview.ageing) == sum(listed.total for listed in one_sided)
    everything = sum(len(world.rows(side)) for side in BookSide)
    assert sum(day.matched + day.unmatched for day in overview.days) == everything - sum(a.count for a in ignored)
    assert sorted(day.day for day in overview.days) == [day.day for day in overview.days]


def test_outcomes_tell_equal_matches_from_others() -> None:
    standings = [
        Matched(id="m1", rows=(record(1, 5, DAY), entry(1, 5, DAY))),
        Matched(id="m2", rows=(record(2, 7, DAY), entry(2, 9, DAY))),
        Open(row=entry(3, 1, DAY)),
    ]
    overview = draw_up(SCOPE, [], standings, LedgerBalance(total=15)).overview
    assert overview.outcomes == (
        OutcomeTotal("MATCHED", BookSide.BANK, 1, 5),
        OutcomeTotal("MATCHED", BookSide.LEDGER, 1, 5),
        OutcomeTotal("MATCHED_WITH_DIFFERENCE", BookSide.BANK, 1, 7),
        OutcomeTotal("MATCHED_WITH_DIFFERENCE", BookSide.LEDGER, 1, 9),
        OutcomeTotal("UNMATCHED", BookSide.LEDGER, 1, 1),
    )
    assert overview.days == (DayCount(DAY, 4, 1),)


@pytest.mark.parametrize(
    ("age", "band"), [(0, (0, 7)), (7, (0, 7)), (8, (8, 30)), (60, (31, 60)), (90, (61, 90)), (91, (91, None))]
)
def test_what_is_open_has_an_age(age: int, band: tuple[int, int | None]) -> None:
    row = record(1, -5, DAY - timedelta(days=age))
    overview = draw_up(SCOPE, [], [Open(row=row)], LedgerBalance(total=0)).overview
    assert overview.ageing == (AgeBand(*band, BookSide.BANK, 1, -5),)


# The picture -------------------------------------------------------------------------------------


@given(st.sets(st.dates(max_value=date(2400, 1, 1)), min_size=1, max_size=30), st.integers(1, 10**9))
def test_the_bars_of_a_picture_have_all_rows_of_their_periods(days: set[date], most: int) -> None:
    counts = [DayCount(day, number % 2 * most, 1) for number, day in enumerate(sorted(days))]
    period, count, bars = bars_of(counts)
    assert count <= BARS_MAX
    assert [bar.place for bar in bars] == sorted({bar.place for bar in bars})
    for bar in bars:
        within = [day for day in counts if period.first(day.day) == bar.begins]
        assert (bar.matched, bar.unmatched) == (sum(d.matched for d in within), sum(d.unmatched for d in within))
    if period.name != "year":
        assert sum(bar.matched + bar.unmatched for bar in bars) == sum(d.matched + d.unmatched for d in counts)


@pytest.mark.parametrize(("span", "name"), [(91, "day"), (92, "week"), (700, "month"), (3_000, "year")])
def test_a_longer_time_has_longer_periods(span: int, name: str) -> None:
    days = [DayCount(DAY, 1, 0), DayCount(DAY + timedelta(days=span), 0, 1)]
    assert bars_of(days)[0].name == name


def test_the_last_day_that_there_is_has_a_bar() -> None:
    days = [DayCount(date.min, 1, 0), DayCount(date.max, 0, 1)]
    period, _, bars = bars_of(days)
    assert (period.name, [bar.begins for bar in bars]) == ("year", [date(9999, 1, 1)])


def test_the_name_of_a_currency_is_text() -> None:
    assert "<b>" not in picture([DayCount(DAY, 1, 1)], '"><b>')
