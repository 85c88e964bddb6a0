"""Proves statements: what was read is all that the bank says there is, and statements follow each other without a gap.

- Opening balance and records make the closing balance: of each page where the page has balances of its own, else of the
  statement when all its pages are there.
- Control totals and counts are what was read.
- Pages are numbered without a gap, end with a last one, and each begins with the balance that ended the page before.
- A statement's number and opening balance follow those of the statement before it: the one before it in the file, or
  the last that the source has of this account and currency.

Reports of the day so far (``is_interim``) repeat what a statement says later. Their totals are checked, their balances
are not: some report everything since the morning, some what is new. Items that are not booked yet are in no balance.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from ledgerd.core.model.external_record import BankStatement, FaultCode, RecordFault
from ledgerd.reconciliation.formats.reading import Item

_Account: TypeAlias = tuple[str, str]
_NO_LAST_PAGE = "The last page of the statement is not in this file."
_NUMBER_DIGITS = 12
"""Longer ones are no sequence but, for example, a date with a time."""


def checked(items: Iterable[Item], last: Iterable[BankStatement] = ()) -> Iterator[Item]:
    """The same items, and after each statement what is wrong with it. ``last`` has the last statements, or pages of
    them, that the source has from earlier files, one for each account and currency."""
    checks = _Checks(last)
    for item in items:
        yield item
        if isinstance(item, BankStatement):
            yield from checks.statement(item)
    yield from checks.end()


@dataclass(frozen=True, slots=True)
class _Pages:
    """The pages of one statement so far, as one: sums over all, balances of the first and the latest."""

    sums: BankStatement
    latest: BankStatement
    is_whole: bool
    """Whether the first page was in this file: only then do the sums have everything."""

    def with_page(self, page: BankStatement) -> "_Pages":
        sums = replace(
            page,
            opening=self.sums.opening,
            opening_date=self.sums.opening_date,
            opening_is_intermediate=self.sums.opening_is_intermediate,
            total=self.sums.total + page.total,
            items=self.sums.items + page.items,
            credits=self.sums.credits + page.credits,
            debits=self.sums.debits + page.debits,
        )
        return _Pages(sums, page, self.is_whole)


class _Checks:
    def __init__(self, last: Iterable[BankStatement]) -> None:
        self._before: dict[_Account, BankStatement] = {}
        self._unfinished: dict[_Account, _Pages] = {}
        for statement in last:
            account = (statement.account, statement.currency)
            if statement.is_last_page:
                self._before[account] = statement
            else:
                self._unfinished[account] = _Pages(statement, statement, is_whole=False)
        self._awaited = set(self._unfinished)
        """Accounts whose unfinished statement is of an earlier file, and not gone on with in this one."""

    def statement(self, page: BankStatement) -> Iterator[RecordFault]:
        account = (page.account, page.currency)
        if page.is_interim:
            yield from _totals_differ(page, page)
            return
        pages = self._unfinished.pop(account, None)
        if pages and not _is_page_of(page, pages.latest):
            if account not in self._awaited:
                yield _page_missing(pages.latest, _NO_LAST_PAGE)
            pages = None
        self._awaited.discard(account)
        if pages:
            yield from _page_follows(pages.latest, page)
            pages = pages.with_page(page)
        else:
            if page.page > 1:
                yield _page_missing(page, "The first page of the statement is missing.")
            elif before := self._before.get(account):
                yield from _statement_follows(before, page)
            pages = _Pages(page, page, is_whole=page.page <= 1)
        yield from _balances_differ(page)
        if not page.is_last_page:
            self._unfinished[account] = pages
            return
        if pages.is_whole:
            yield from _totals_differ(page, pages.sums)
            if not _has_own_balances(page):
                yield from _balances_differ(pages.sums, whole=True)
        self._before[account] = pages.sums

    def end(self) -> Iterator[RecordFault]:
        for account, pages in self._unfinished.items():
            if account not in self._awaited:
                yield _page_missing(pages.latest, _NO_LAST_PAGE)


def _is_page_of(page: BankStatement, latest: BankStatement) -> bool:
    """Whether it goes on with the statement: its number, and no first page."""
    return page.number == latest.number and page.page != 1


def _page_follows(latest: BankStatement, page: BankStatement) -> Iterator[RecordFault]:
    if page.page and latest.page and page.page != latest.page + 1:
        yield _page_missing(page, "The page does not follow the page before it.")
    elif (
        latest.closing_is_intermediate
        and page.opening_is_intermediate
        and None not in (latest.closing, page.opening)
        and latest.closing != page.opening
    ):
        yield _page_missing(page, "The page does not begin with the balance with which the page before it ended.")


def _has_own_balances(page: BankStatement) -> bool:
    """Whether its balances are those at its own beginning and end: some banks repeat the statement's on each page."""
    return (page.opening_is_intermediate or page.page <= 1) and (page.closing_is_intermediate or page.is_last_page)


def _balances_differ(page: BankStatement, *, whole: bool = False) -> Iterator[RecordFault]:
    if page.opening is None or page.closing is None or not (whole or _has_own_balances(page)):
        return
    if page.opening + page.total != page.closing:
        reason = "The opening balance and the booked items do not make the closing balance."
        yield RecordFault(page.line, "closing_balance", FaultCode.TOTAL_DIFFERS, reason)


def _totals_differ(page: BankStatement, sums: BankStatement) -> Iterator[RecordFault]:
    """Control totals count what their page has, or what all pages have: formats leave that open."""
    if page.credit_total is not None and page.credit_total not in (page.credits, sums.credits):
        reason = "The credits do not add up to what the file says they do."
        yield RecordFault(page.line, "credit_total", FaultCode.TOTAL_DIFFERS, reason)
    if page.debit_total is not None and page.debit_total not in (page.debits, sums.debits):
        reason = "The debits do not add up to what the file says they do."
        yield RecordFault(page.line, "debit_total", FaultCode.TOTAL_DIFFERS, reason)
    if page.declared_items is not None and page.declared_items not in (page.items, sums.items):
        reason = "The statement has not as many items as the file says."
        yield RecordFault(page.line, "declared_item_count", FaultCode.COUNT_DIFFERS, reason)


def _statement_follows(before: BankStatement, page: BankStatement) -> Iterator[RecordFault]:
    """Nothing is said of statements that are older or the same: they are uploaded late, or again."""
    is_next, skips = _order(before, page)
    if skips:
        yield _statement_missing(
            page, "number", "The statement's number does not follow that of the statement before it."
        )
    elif is_next and None not in (before.closing, page.opening) and before.closing != page.opening:
        reason = "The opening balance is not the closing balance of the statement before it."
        yield _statement_missing(page, "opening_balance", reason)


def _order(before: BankStatement, page: BankStatement) -> tuple[bool, bool]:
    """Whether the statement comes after the other one, and whether numbers between them are left out.

    Numbers may begin anew at 1 with the year. A bank that gives each statement the same number gives none.
    """
    old, new = _sequence(before.number), _sequence(page.number)
    if old is None or new is None or old == new:
        return _comes_after(before, page), False
    if new > old:
        return True, new > old + 1
    if before.closing_date and page.closing_date and page.closing_date.year > before.closing_date.year:
        return True, new > 1
    return False, False


def _sequence(number: str) -> int | None:
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= _NUMBER_DIGITS else None


def _comes_after(before: BankStatement, page: BankStatement) -> bool:
    if not (before.closing_date and page.closing_date):
        return False
    begins = page.opening_date or page.closing_date
    return page.closing_date > before.closing_date and begins >= before.closing_date


def _page_missing(page: BankStatement, reason: str) -> RecordFault:
    return RecordFault(page.line, "page", FaultCode.PAGE_MISSING, reason)


def _statement_missing(page: BankStatement, name: str, reason: str) -> RecordFault:
    return RecordFault(page.line, name, FaultCode.STATEMENT_MISSING, reason)
