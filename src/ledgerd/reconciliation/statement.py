"""Draws up a reconciliation statement from where each row of both sides stands, in one pass and bounded memory."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date

from ledgerd.core.model.reconciliation_statement import (
    BankBalance,
    BookSide,
    Difference,
    Ignored,
    LedgerBalance,
    Matched,
    NumberedStatement,
    OneSided,
    Open,
    OpenOutcome,
    PlacedRow,
    Proof,
    ReconciliationStatement,
    Standing,
    StatementScope,
)
from ledgerd.reconciliation.bank_balance import BankBooks
from ledgerd.reconciliation.first_items import FirstItems
from ledgerd.reconciliation.overview import IGNORED, MATCHED, WITH_DIFFERENCE, OverviewDraft

ITEMS_MAX = 5_000
"""So many items of each list are kept. All of them are counted and added up."""
_HASH_BYTES = 256
_HASHES = 1 << 8 * _HASH_BYTES


def draw_up(
    scope: StatementScope,
    statements: Iterable[NumberedStatement],
    standings: Iterable[Standing],
    ledger: LedgerBalance,
    *,
    items_max: int = ITEMS_MAX,
) -> ReconciliationStatement:
    """The statement of one source and currency. Each row of it, of whatever day, stands in one of ``standings``."""
    draft = StatementDraft(scope, statements, items_max=items_max)
    for standing in standings:
        draft.add(standing)
    return draft.finish(ledger)


class StatementDraft:
    """A statement to which one standing after the other is added. Rows of days after the statement's do not count."""

    def __init__(
        self, scope: StatementScope, statements: Iterable[NumberedStatement], *, items_max: int = ITEMS_MAX
    ) -> None:
        self._scope = scope
        self._books = BankBooks(scope, statements)
        self._entries_total = 0
        self._matches = 0
        self._one_sided = {side: FirstItems[OneSided](items_max, _of_one_side) for side in BookSide}
        self._ignored = {side: FirstItems[Ignored](items_max, _of_ignored) for side in BookSide}
        self._differences = FirstItems[Difference](items_max, _of_difference)
        self._overview = OverviewDraft(scope.day)
        self._hash = 0

    def add(self, standing: Standing) -> None:
        """Count the rows of a standing."""
        if isinstance(standing, Matched):
            self._add_match(standing)
        elif standing.row.day <= self._scope.day:
            self._count(standing.row)
            self._digest(standing)
            if isinstance(standing, Ignored):
                self._ignored[standing.row.side].add(standing, standing.row.amount)
                self._overview.add(standing.row, IGNORED)
            else:
                self._add_one_sided(standing.row, standing.outcome)

    def finish(self, ledger: LedgerBalance) -> ReconciliationStatement:
        """The statement of all that was added."""
        bank = self._books.balance()
        one_sided = {side: items.listed() for side, items in self._one_sided.items()}
        ignored = {side: items.listed() for side, items in self._ignored.items()}
        differences = self._differences.listed()
        proof = None
        if bank.balance is not None:
            proof = Proof(
                bank_balance=bank.balance,
                opening=sum(account.opening for account in bank.accounts),
                only_in_bank=one_sided[BookSide.BANK].total,
                ignored_in_bank=ignored[BookSide.BANK].total,
                only_in_ledger=one_sided[BookSide.LEDGER].total,
                ignored_in_ledger=ignored[BookSide.LEDGER].total,
                differences=differences.total,
                ledger_balance=ledger.total,
                records_missing=sum(account.records_missing for account in bank.accounts),
                entries_missing=ledger.total - self._entries_total,
            )
        return ReconciliationStatement(
            scope=self._scope,
            bank=bank,
            ledger=ledger,
            matches=self._matches,
            only_in_bank=one_sided[BookSide.BANK],
            only_in_ledger=one_sided[BookSide.LEDGER],
            differences=differences,
            ignored_in_bank=ignored[BookSide.BANK],
            ignored_in_ledger=ignored[BookSide.LEDGER],
            overview=self._overview.finish(),
            proof=proof,
            digest=self._final_digest(bank, ledger),
        )

    def _add_match(self, match: Matched) -> None:
        rows = sorted((row for row in match.rows if row.day <= self._scope.day), key=_of_row)
        if not rows:
            return
        self._digest(match)
        for row in rows:
            self._count(row)
        sides = {side: [row.amount for row in rows if row.side is side] for side in BookSide}
        if not all(sides.values()):
            for row in rows:
                self._add_one_sided(row, OpenOutcome.OTHER_SIDE_LATER, match.id)
            return
        self._matches += 1
        in_bank, in_ledger = sum(sides[BookSide.BANK]), sum(sides[BookSide.LEDGER])
        for row in rows:
            self._overview.add(row, MATCHED if in_bank == in_ledger else WITH_DIFFERENCE)
        if in_bank == in_ledger:
            return
        difference = Difference(
            match_id=match.id,
            rule=match.rule,
            day=rows[0].day,
            records=len(sides[BookSide.BANK]),
            entries=len(sides[BookSide.LEDGER]),
            in_bank=in_bank,
            in_ledger=in_ledger,
            is_partial=len(rows) < len(match.rows),
            reference=next((row.reference for row in rows if row.reference), ""),
            counterparty=next((row.counterparty for row in rows if row.counterparty), ""),
        )
        self._differences.add(difference, difference.amount)

    def _add_one_sided(self, row: PlacedRow, outcome: OpenOutcome, match_id: str = "") -> None:
        self._one_sided[row.side].add(OneSided(row=row, outcome=outcome, match_id=match_id), row.amount)
        self._overview.add(row, outcome)

    def _count(self, row: PlacedRow) -> None:
        if row.side is BookSide.BANK:
            self._books.add(row)
        else:
            self._entries_total += row.amount

    def _digest(self, standing: Standing) -> None:
        """Adds numbers of so many digits that nobody finds other rows with the same sum: so their order is free."""
        said = [type(standing).__name__, *_plain(standing)]
        text = json.dumps(said, default=str, separators=(",", ":")).encode()
        self._hash = (self._hash + int.from_bytes(hashlib.shake_256(text).digest(_HASH_BYTES))) % _HASHES

    def _final_digest(self, bank: BankBalance, ledger: LedgerBalance) -> bytes:
        of_rows = self._hash.to_bytes(_HASH_BYTES).hex()
        said = [asdict(self._scope), asdict(bank), asdict(ledger), of_rows]
        return hashlib.sha256(json.dumps(said, default=str, separators=(",", ":")).encode()).digest()


def _plain(standing: Standing) -> tuple[object, ...]:
    if isinstance(standing, Matched):
        return standing.id, standing.rule, [_values(row) for row in sorted(standing.rows, key=_of_row)]
    return _values(standing.row), standing.outcome if isinstance(standing, Open) else standing.reason


def _values(row: PlacedRow) -> tuple[object, ...]:
    texts = (row.account, row.reference, row.counterparty, row.description)
    return row.side, row.id, row.day.isoformat(), row.amount, *texts


def _of_row(row: PlacedRow) -> tuple[date, BookSide, str]:
    return row.day, row.side, row.id


def _of_one_side(item: OneSided) -> tuple[date, str]:
    return item.row.day, item.row.id


def _of_ignored(item: Ignored) -> tuple[date, str]:
    return item.row.day, item.row.id


def _of_difference(item: Difference) -> tuple[date, str]:
    return item.day, item.match_id
