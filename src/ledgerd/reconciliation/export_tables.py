"""The tables that can be exported: matches, rows that are in none, and the statement."""

from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.ids import ROW_DECISION, encode
from ledgerd.core.model.reconciliation_statement import (
    Difference,
    Ignored,
    Listed,
    Matched,
    OneSided,
    Open,
    PlacedRow,
    Proof,
    ReconciliationStatement,
)
from ledgerd.reconciliation.export import ExportRow, Money

T = TypeVar("T")
_ROW = ("side", "row_id", "day", "amount", "currency", "account", "reference", "counterparty", "description")
MATCHES = ("match_id", "status", "rule", *_ROW, "reconciliation_decision_id")
UNMATCHED = ("outcome", "reason", *_ROW, "reconciliation_decision_id")
STATEMENT = ("section", "item", "count", "match_id", *_ROW)


def match_rows(match: Matched, currency: str, precision: int) -> Iterator[ExportRow]:
    """The rows of a match, for MATCHES."""
    for row in match.rows:
        yield (match.id, match.status, match.rule, *_row(row, currency, precision), _decision(row))


def unmatched_row(standing: Open | Ignored, currency: str, precision: int) -> ExportRow:
    """A row that is in no match, for UNMATCHED."""
    row = *_row(standing.row, currency, precision), _decision(standing.row)
    return ("IGNORED", standing.reason, *row) if isinstance(standing, Ignored) else (standing.outcome, None, *row)


def statement_rows(statement: ReconciliationStatement) -> Iterator[ExportRow]:
    """A statement from top to bottom, for STATEMENT. Each list has its first items, then how many more there are."""
    tell = _Teller(statement)
    for account in statement.bank.accounts:
        yield tell.figure("ACCOUNT", "CLOSING_BALANCE", account.closing, day=account.closing_day, of=account.account)
        yield tell.figure("ACCOUNT", "LATER_RECORDS", account.later_total, account.later_records, of=account.account)
    if statement.bank.absent:
        yield tell.figure("ACCOUNT", statement.bank.absent, None)
    for balance_id, amount in statement.ledger.balances:
        yield tell.figure("BALANCE", balance_id, amount)
    if statement.proof is not None:
        yield from tell.proof(statement.proof)
    yield from tell.one_sided("ONLY_IN_BANK", statement.only_in_bank)
    yield from tell.one_sided("ONLY_IN_LEDGER", statement.only_in_ledger)
    yield from tell.differences(statement.differences)
    yield from tell.ignored("IGNORED_IN_BANK", statement.ignored_in_bank)
    yield from tell.ignored("IGNORED_IN_LEDGER", statement.ignored_in_ledger)


class _Teller:
    def __init__(self, statement: ReconciliationStatement) -> None:
        self._currency, self._precision = statement.scope.currency, statement.scope.precision
        self._day = statement.scope.day

    def figure(
        self,
        section: str,
        item: str,
        amount: int | None,
        count: int | None = None,
        *,
        day: date | None = None,
        of: str = "",
    ) -> ExportRow:
        shown = None if amount is None else Money(amount, self._precision)
        return section, item, count, None, None, None, day or self._day, shown, self._currency, of, None, None, None

    def proof(self, proof: Proof) -> Iterator[ExportRow]:
        steps = {
            "BANK_BALANCE": proof.bank_balance,
            "OPENING": -proof.opening,
            "ONLY_IN_BANK": -proof.only_in_bank,
            "IGNORED_IN_BANK": -proof.ignored_in_bank,
            "ONLY_IN_LEDGER": proof.only_in_ledger,
            "IGNORED_IN_LEDGER": proof.ignored_in_ledger,
            "DIFFERENCES": proof.differences,
            "EXPECTED": proof.expected,
            "LEDGER_BALANCE": proof.ledger_balance,
            "UNEXPLAINED": proof.unexplained,
            "RECORDS_MISSING": proof.records_missing,
            "ENTRIES_MISSING": proof.entries_missing,
        }
        for item, amount in steps.items():
            yield self.figure("PROOF", item, amount)

    def one_sided(self, section: str, listed: Listed[OneSided]) -> Iterator[ExportRow]:
        for item in listed.items:
            row = _row(item.row, self._currency, self._precision)
            yield (section, item.outcome, None, item.match_id or None, *row)
        yield from self._more(section, listed, sum(item.row.amount for item in listed.items))

    def ignored(self, section: str, listed: Listed[Ignored]) -> Iterator[ExportRow]:
        for item in listed.items:
            yield (section, item.reason, None, None, *_row(item.row, self._currency, self._precision))
        yield from self._more(section, listed, sum(item.row.amount for item in listed.items))

    def differences(self, listed: Listed[Difference]) -> Iterator[ExportRow]:
        for item in listed.items:
            amount = Money(item.amount, self._precision)
            sides = (
                f"bank {decimal_text(item.in_bank, self._precision)}, "
                f"ledger {decimal_text(item.in_ledger, self._precision)}"
            )
            yield (
                "DIFFERENCES", item.rule, item.records + item.entries, item.match_id, None, None, item.day, amount,
                self._currency, None, item.reference, item.counterparty, sides,
            )  # fmt: skip
        yield from self._more("DIFFERENCES", listed, sum(item.amount for item in listed.items))

    def _more(self, section: str, listed: Listed[T], shown: int) -> Iterator[ExportRow]:
        if listed.more:
            yield self.figure(section, "MORE", listed.total - shown, listed.more)


def _decision(row: PlacedRow) -> str | None:
    return encode(ROW_DECISION, row.decision) if row.decision else None


def _row(row: PlacedRow, currency: str, precision: int) -> ExportRow:
    return (
        row.side, row.id, row.day, Money(row.amount, precision), currency, row.account, row.reference, row.counterparty,
        row.description,
    )  # fmt: skip
