"""The balance by the bank at a day: what its statements say, and its booked records of later days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledgerd.core.model.reconciliation_statement import (
    AccountBalance,
    BankBalance,
    NoBalance,
    NumberedStatement,
    PlacedRow,
    StatementScope,
)


@dataclass(slots=True)
class _Account:
    closing: int | None = None
    closing_day: date = date.min
    closing_number: int = 0
    statement: str = ""
    opening: int | None = None
    opening_day: date = date.max
    opening_number: int = 0
    records_total: int = 0
    before_total: int = 0
    later_records: int = 0
    later_total: int = 0


class BankBooks:
    """What the bank says, from its statements and then from one record after the other.

    A statement covers whole days: a record of the day of a closing balance is in it. A record of the day of the first
    opening balance comes after it where it stands in a statement, and is in it where it stands in none.
    """

    def __init__(self, scope: StatementScope, statements: Iterable[NumberedStatement]) -> None:
        self._scope = scope
        self._accounts: dict[str, _Account] = {}
        for statement in statements:
            if statement.said.currency == scope.currency:
                self._note(statement)
        self._only = next(iter(self._accounts)) if len(self._accounts) == 1 else ""

    def _note(self, statement: NumberedStatement) -> None:
        said = statement.said
        account = self._accounts.setdefault(said.account, _Account())
        if said.is_interim:
            return
        opening_day = said.opening_date or said.closing_date
        if said.closing is not None and not said.closing_is_intermediate and said.closing_date is not None:
            is_last = (said.closing_date, statement.number) > (account.closing_day, account.closing_number)
            if said.closing_date <= self._scope.day and is_last:
                account.closing = self._scaled(said.closing, said.precision)
                account.closing_day, account.closing_number = said.closing_date, statement.number
                account.statement = said.number
        if said.opening is not None and not said.opening_is_intermediate and opening_day is not None:
            is_first = (opening_day, statement.number) < (account.opening_day, account.opening_number)
            if opening_day <= self._scope.day and is_first:
                account.opening = self._scaled(said.opening, said.precision)
                account.opening_day, account.opening_number = opening_day, statement.number

    def _scaled(self, amount: int, precision: int) -> int:
        return amount * (self._scope.precision // precision)

    def add(self, row: PlacedRow) -> None:
        """Count a booked record of the day or before."""
        account = self._accounts.setdefault(row.account or self._only, _Account())
        account.records_total += row.amount
        if account.closing is not None and row.day > account.closing_day:
            account.later_records += 1
            account.later_total += row.amount
        is_of_day_before = row.day < account.opening_day or (row.day == account.opening_day and not row.account)
        if account.opening is not None and is_of_day_before:
            account.before_total += row.amount

    @property
    def records_total(self) -> int:
        """What all records add up to."""
        return sum(account.records_total for account in self._accounts.values())

    def balance(self) -> BankBalance:
        """The balance by all that was added."""
        accounts = tuple(
            _balance(name, account) for name, account in sorted(self._accounts.items()) if account.closing is not None
        )
        absent = tuple(sorted(name for name, account in self._accounts.items() if account.closing is None))
        if not accounts or any(absent):
            return BankBalance(accounts=accounts, absent=NoBalance.NO_STATEMENT, absent_accounts=absent)
        if absent:
            return BankBalance(accounts=accounts, absent=NoBalance.ACCOUNT_UNKNOWN, absent_accounts=absent)
        return BankBalance(accounts=accounts)


def _balance(name: str, account: _Account) -> AccountBalance:
    assert account.closing is not None
    opening = 0 if account.opening is None else account.opening - account.before_total
    return AccountBalance(
        account=name,
        closing=account.closing,
        closing_day=account.closing_day,
        statement=account.statement,
        later_records=account.later_records,
        later_total=account.later_total,
        opening=opening,
        opening_day=None if account.opening is None else account.opening_day,
        records_missing=account.closing + account.later_total - opening - account.records_total,
    )
