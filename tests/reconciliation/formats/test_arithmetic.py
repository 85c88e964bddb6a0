"""Statements are proved: balances, totals, counts, pages, numbers."""

from dataclasses import replace
from datetime import date

import pytest

from ledgerd.core.model.external_record import BankStatement, FaultCode, RecordFault
from ledgerd.reconciliation.formats.arithmetic import checked

MONDAY = BankStatement(
    account="DE1",
    number="7",
    currency="EUR",
    precision=100,
    opening=1_000,
    closing=1_300,
    opening_date=date(2026, 5, 3),
    closing_date=date(2026, 5, 4),
    records=3,
    total=300,
    items=2,
    credits=500,
    debits=200,
    line=5,
)
TUESDAY = replace(
    MONDAY,
    number="8",
    opening=1_300,
    closing=1_600,
    opening_date=date(2026, 5, 4),
    closing_date=date(2026, 5, 5),
    line=9,
)


def _faults(*statements: BankStatement, last: tuple[BankStatement, ...] = ()) -> list[tuple[FaultCode, str, int]]:
    items = list(checked(statements, last))
    assert [item for item in items if isinstance(item, BankStatement)] == list(statements)
    return [(item.code, item.field, item.line) for item in items if isinstance(item, RecordFault)]


def test_a_whole_statement_has_no_faults():
    proved = replace(MONDAY, credit_total=500, debit_total=200, declared_items=2)
    assert _faults(proved, TUESDAY) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"closing": 1_301}, (FaultCode.TOTAL_DIFFERS, "closing_balance", 5)),
        ({"opening": 999}, (FaultCode.TOTAL_DIFFERS, "closing_balance", 5)),
        ({"total": 299}, (FaultCode.TOTAL_DIFFERS, "closing_balance", 5)),
        ({"credit_total": 501}, (FaultCode.TOTAL_DIFFERS, "credit_total", 5)),
        ({"debit_total": 0}, (FaultCode.TOTAL_DIFFERS, "debit_total", 5)),
        ({"declared_items": 3}, (FaultCode.COUNT_DIFFERS, "declared_item_count", 5)),
    ],
)
def test_what_does_not_add_up_is_said(changes: dict, fault: tuple):
    assert _faults(replace(MONDAY, **changes)) == [fault]


def test_a_statement_without_balances_or_totals_has_nothing_to_prove():
    assert _faults(replace(MONDAY, opening=None, total=7), replace(TUESDAY, closing=None, total=7)) == []


def test_the_next_statement_begins_where_the_one_before_it_ended():
    moved = replace(TUESDAY, opening=1_301, closing=1_601)
    missing = [(FaultCode.STATEMENT_MISSING, "opening_balance", 9)]
    assert _faults(MONDAY, moved) == missing
    assert _faults(moved, last=(MONDAY,)) == missing
    assert _faults(TUESDAY, last=(MONDAY,)) == []
    assert _faults(moved, last=(replace(MONDAY, account="DE2"), replace(MONDAY, currency="USD"))) == []


def test_without_numbers_dates_say_what_follows():
    monday, tuesday = replace(MONDAY, number=""), replace(TUESDAY, number="", opening=1_301, closing=1_601)
    assert _faults(monday, tuesday) == [(FaultCode.STATEMENT_MISSING, "opening_balance", 9)]
    overlapping = replace(tuesday, opening_date=date(2026, 5, 2))
    assert _faults(monday, overlapping) == []
    undated = replace(tuesday, opening_date=None, closing_date=None)
    assert _faults(monday, undated) == []


@pytest.mark.parametrize(
    ("before", "after", "is_missing"),
    [
        ("7", "8", False),
        ("7", "9", True),
        ("007", "008", False),
        ("7", "7", False),
        ("8", "7", False),
        ("2026050401", "2026050500", True),
        ("20260504010203", "20260505010203", False),
        ("A7", "A9", False),
    ],
)
def test_numbers_have_no_gap(before: str, after: str, is_missing: bool):
    faults = _faults(replace(MONDAY, number=before), replace(TUESDAY, number=after))
    assert faults == ([(FaultCode.STATEMENT_MISSING, "number", 9)] if is_missing else [])


def test_numbers_begin_anew_with_the_year():
    december = replace(MONDAY, number="250", opening_date=date(2026, 12, 30), closing_date=date(2026, 12, 31))
    january = replace(TUESDAY, number="1", opening_date=date(2026, 12, 31), closing_date=date(2027, 1, 2))
    assert _faults(december, january) == []
    assert _faults(december, replace(january, number="2")) == [(FaultCode.STATEMENT_MISSING, "number", 9)]
    assert _faults(december, replace(january, opening=1)) != []


def test_a_statement_that_is_uploaded_late_or_again_breaks_nothing():
    assert _faults(MONDAY, last=(MONDAY,)) == []
    assert _faults(MONDAY, last=(TUESDAY,)) == []


def _page(number: int, opening: int | None, closing: int | None, total: int, **changes: object) -> BankStatement:
    """A page of three with balances of its own, unless the changes say otherwise."""
    base = replace(MONDAY, page=number, opening=opening, closing=closing, total=total, line=number)
    own = replace(
        base, opening_is_intermediate=number > 1, closing_is_intermediate=number < 3, is_last_page=number == 3
    )
    return replace(own, **changes)


PAGES = (_page(1, 100, 150, 50), _page(2, 150, 120, -30), _page(3, 120, 200, 80))


def test_pages_with_balances_of_their_own_are_a_chain():
    assert _faults(*PAGES) == []
    wrong = replace(PAGES[1], total=-31)
    assert _faults(PAGES[0], wrong, PAGES[2]) == [(FaultCode.TOTAL_DIFFERS, "closing_balance", 2)]
    broken = replace(PAGES[1], opening=151, closing=121)
    assert _faults(PAGES[0], broken, replace(PAGES[2], opening=121, closing=201)) == [
        (FaultCode.PAGE_MISSING, "page", 2)
    ]


def test_pages_that_repeat_the_balances_of_the_statement_are_proved_together():
    whole = {"opening": 100, "closing": 200, "opening_is_intermediate": False, "closing_is_intermediate": False}
    pages = [replace(page, **whole) for page in PAGES]
    assert _faults(*pages) == []
    assert _faults(*pages[:2], replace(pages[2], total=81)) == [(FaultCode.TOTAL_DIFFERS, "closing_balance", 3)]


def test_balances_on_the_first_and_the_last_page_only_are_proved_together():
    pages = [
        _page(1, 100, None, 50, closing_is_intermediate=False),
        _page(2, None, None, -30, opening_is_intermediate=False, closing_is_intermediate=False),
        _page(3, None, 200, 80, opening_is_intermediate=False),
    ]
    assert _faults(*pages) == []
    assert _faults(*pages[:2], replace(pages[2], closing=201)) == [(FaultCode.TOTAL_DIFFERS, "closing_balance", 3)]


def test_control_totals_are_those_of_the_page_or_of_all_pages():
    assert _faults(*(replace(page, credit_total=500, declared_items=2) for page in PAGES)) == []
    assert _faults(*(replace(page, credit_total=1_500, declared_items=6) for page in PAGES)) == []
    wrong = [(FaultCode.TOTAL_DIFFERS, "credit_total", 3), (FaultCode.COUNT_DIFFERS, "declared_item_count", 3)]
    assert _faults(*(replace(page, credit_total=1_000, declared_items=4) for page in PAGES)) == wrong


def test_pages_have_no_gap():
    assert (FaultCode.PAGE_MISSING, "page", 3) in _faults(PAGES[0], PAGES[2])
    assert _faults(*PAGES[:2]) == [(FaultCode.PAGE_MISSING, "page", 2)]
    assert _faults(*PAGES[1:]) == [(FaultCode.PAGE_MISSING, "page", 2)]
    assert (FaultCode.PAGE_MISSING, "page", 1) in _faults(PAGES[0], TUESDAY)


def test_pages_go_on_in_the_next_file():
    assert _faults(*PAGES[1:], last=PAGES[:1]) == []
    assert _faults(PAGES[2], last=PAGES[:1])[0] == (FaultCode.PAGE_MISSING, "page", 3)
    assert _faults(replace(TUESDAY, account="DE2"), last=PAGES[:1]) == []


def test_pages_without_numbers_go_on_until_the_last():
    pages = [replace(page, page=0) for page in PAGES]
    assert _faults(*pages) == []
    assert _faults(*pages[:2]) == [(FaultCode.PAGE_MISSING, "page", 2)]


def test_the_statement_after_pages_follows_the_last_of_them():
    following = replace(TUESDAY, opening=200, closing=500)
    assert _faults(*PAGES, following) == []
    assert _faults(*PAGES, replace(following, opening=201, closing=501)) == [
        (FaultCode.STATEMENT_MISSING, "opening_balance", 9)
    ]


def test_a_report_of_the_day_so_far_is_proved_by_its_totals_only():
    report = replace(MONDAY, is_interim=True, number="99", opening=0, closing=1)
    assert _faults(report, MONDAY, TUESDAY) == []
    assert _faults(replace(report, credit_total=1)) == [(FaultCode.TOTAL_DIFFERS, "credit_total", 5)]


def test_totals_of_all_pages_are_not_asked_of_a_file_that_has_only_the_last():
    totals = [replace(page, credit_total=1_500, declared_items=6) for page in PAGES]
    assert _faults(totals[2], last=(totals[1],)) == []
