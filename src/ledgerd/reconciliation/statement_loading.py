"""Draws up the reconciliation statement of a source from what is stored."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

import asyncpg

from ledgerd.core.model import ids
from ledgerd.core.model.chain import tag
from ledgerd.core.model.external_record import BankStatement
from ledgerd.core.model.external_source import SignConvention
from ledgerd.core.model.reconciliation_statement import (
    BookSide,
    DrawnStatement,
    Ignored,
    LedgerBalance,
    Matched,
    NumberedStatement,
    Open,
    OpenOutcome,
    PlacedRow,
    ReconciliationStatement,
    Standing,
    StatementMoment,
    StatementScope,
    TimeBasis,
)
from ledgerd.core.model.statement_comparison import CauseKind, StatementComparison
from ledgerd.reconciliation.statement import StatementDraft
from ledgerd.reconciliation.statement_changes import CausesDraft, Released, compare
from ledgerd.store import reconciliation_statements as stored


class CurrencyNotInSource(Exception):
    """There is no such source, or it has neither balances nor records in the currency."""


@dataclass(frozen=True, slots=True)
class Books:
    """Both sides of a source in one currency up to a day, in a transaction that has one snapshot."""

    connection: asyncpg.Connection
    source_id: uuid.UUID
    source: asyncpg.Record
    scope: StatementScope

    @classmethod
    async def open(
        cls, connection: asyncpg.Connection, source_id: uuid.UUID, currency: str, day: date, basis: TimeBasis
    ) -> "Books":
        """Find the source. Raises CurrencyNotInSource."""
        source = await stored.source(connection, source_id, currency)
        if source is None or source["precision"] is None:
            raise CurrencyNotInSource
        scope = StatementScope(
            source_id=ids.encode(ids.EXTERNAL_SOURCE, source_id.int),
            source_name=source["name"],
            currency=currency,
            precision=source["precision"],
            day=day,
            time_zone=source["time_zone"],
            basis=basis,
        )
        return cls(connection, source_id, source, scope)

    async def draw(self) -> DrawnStatement:
        """The statement."""
        draft = StatementDraft(self.scope, await self._bank_statements())
        async for standing in self.standings():
            draft.add(standing)
        return await self._drawn(draft)

    async def compare(self, kept: DrawnStatement) -> StatementComparison:
        """What the kept statement would say now."""
        statements = await self._bank_statements()
        draft = StatementDraft(self.scope, statements)
        causes = CausesDraft(kept, await self._released(kept.moment.decisions))
        async for standing in self.standings():
            draft.add(standing)
            causes.add(standing)
        now = await self._drawn(draft)
        return compare(kept, now, causes.finish(now, statements))

    async def standings(self) -> AsyncIterator[Standing]:
        """Where each row of both sides stands, of whatever day."""
        rows = stored.rows(
            self.connection, self.source_id, self.scope.currency, self.source["balance_ids"], self.scope.time_zone,
            await stored.latest_run(self.connection, self.source_id), by_effective_time=self._by_effective_time,
        )  # fmt: skip
        names = _RuleNames(self.connection)
        match_id, rule, members = "", "", list[PlacedRow]()
        found: tuple[object, ...] = ()
        outcome = OpenOutcome.UNMATCHED
        async for row in rows:
            if row["outcome"] is not None:
                found, outcome = _key(row), OpenOutcome(row["outcome"])
                continue
            placed = self._placed(row)
            of_match = _match_id(row)
            if members and of_match != match_id:
                yield Matched(id=match_id, rows=tuple(members), rule=rule)
                members = []
            if of_match:
                if not members:
                    match_id, rule = of_match, await names.of(row)
                members.append(placed)
            elif row["decision"] is not None:
                yield Ignored(row=placed, reason=row["reason"])
            else:
                yield Open(row=placed, outcome=outcome if found == _key(row) else OpenOutcome.UNMATCHED)
        if members:
            yield Matched(id=match_id, rows=tuple(members), rule=rule)

    @property
    def _by_effective_time(self) -> bool:
        return self.scope.basis is TimeBasis.EFFECTIVE

    @property
    def _sign(self) -> int:
        return -1 if self.source["sign_convention"] == SignConvention.MONEY_IN_IS_DEBIT else 1

    async def _bank_statements(self) -> list[NumberedStatement]:
        currency = self.scope.currency
        kept = await stored.bank_statements(self.connection, self.source_id, currency, self.source["currency"])
        return [_bank_statement(row, currency) for row in kept]

    async def _released(self, since: int) -> Released:
        released: dict[str, tuple[int, CauseKind]] = {}
        for row in await stored.released(self.connection, self.source_id, since):
            row_id = _row_id(row["record_number"], row)
            kind = CauseKind.ROW_RESTORED if row["match_number"] is None else CauseKind.MATCH_RELEASED
            released[row_id] = max(released.get(row_id, (0, kind)), (row["released_by"], kind))
        return released

    async def _drawn(self, draft: StatementDraft) -> DrawnStatement:
        scope, balance_ids = self.scope, self.source["balance_ids"]
        totals = await stored.balances(
            self.connection, balance_ids, scope.day, scope.time_zone, by_effective_time=self._by_effective_time
        )
        balances = tuple(
            (ids.encode(ids.BALANCE, row["id"].int), self._sign * row["total"] * (scope.precision // row["precision"]))
            for row in totals
        )
        noted = await stored.moment(self.connection, self.source_id)
        versions = await stored.versions(self.connection, balance_ids)
        moment = StatementMoment(
            position=noted["position"],
            decisions=noted["decisions"],
            records=noted["records"],
            bank_statements=noted["bank_statements"],
            versions={ids.encode(ids.BALANCE, row["id"].int): row["version"] for row in versions},
            is_opposite=self._sign < 0,
            epoch=noted["epoch"],
            chain=tag(noted["chain"]),
        )
        ledger = LedgerBalance(total=sum(total for _, total in balances), balances=balances)
        return DrawnStatement(draft.finish(ledger), moment)

    def _placed(self, row: asyncpg.Record) -> PlacedRow:
        amount = row["amount"] * (self.scope.precision // row["precision"])
        return PlacedRow(
            side=BookSide.BANK if row["is_record"] else BookSide.LEDGER,
            id=_row_id(row["number"], row),
            day=row["day"],
            amount=amount if row["is_record"] else self._sign * amount,
            account=row["account"] or "",
            reference=row["reference"] or "",
            counterparty=row["counterparty"] or "",
            description=row["description"] or "",
            number=row["number"] if row["is_record"] else row["version"],
            decision=row["decision"] or 0,
        )


async def load_statement(
    connection: asyncpg.Connection, source_id: uuid.UUID, currency: str, day: date, basis: TimeBasis
) -> ReconciliationStatement:
    """The statement as of one snapshot. Raises CurrencyNotInSource. The connection is in no transaction."""
    async with stored.snapshot(connection):
        books = await Books.open(connection, source_id, currency, day, basis)
        return (await books.draw()).statement


class _RuleNames:
    """The names of the rules that found matches, which come run by run."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._run_id: uuid.UUID | None = None
        self._names: list[str] = []

    async def of(self, row: asyncpg.Record) -> str:
        """The name of the rule of a match; empty where somebody made the match."""
        if row["reconciliation_id"] != self._run_id:
            self._run_id = row["reconciliation_id"]
            self._names = [rule.name for rule in await stored.rules_of_run(self._connection, row["reconciliation_id"])]
        level = row["level"]
        return self._names[level] if level is not None and 0 <= level < len(self._names) else ""


def _key(row: asyncpg.Record) -> tuple[object, ...]:
    return row["number"], row["transaction_id"], row["balance_id"]


def _match_id(row: asyncpg.Record) -> str:
    """The run and the number of the match that the row is in; empty where it is in none."""
    if row["match_number"] is None:
        return ""
    return f"{ids.encode(ids.RECONCILIATION, row['reconciliation_id'].int)}/{row['match_number']}"


def _row_id(record_number: int | None, row: asyncpg.Record) -> str:
    """A record, or a transaction and a balance."""
    if record_number is not None:
        return ids.encode(ids.EXTERNAL_RECORD, record_number)
    balance = ids.encode(ids.BALANCE, row["balance_id"].int)
    return f"{ids.encode(ids.TRANSACTION, row['transaction_id'].int)}/{balance}"


def _bank_statement(row: asyncpg.Record, currency: str) -> NumberedStatement:
    said = BankStatement(
        account=row["account"],
        number=row["number"] or "",
        currency=currency,
        precision=row["precision"],
        opening=row["opening"],
        closing=row["closing"],
        opening_date=row["opening_date"],
        closing_date=row["closing_date"],
        opening_is_intermediate=row["opening_is_intermediate"],
        closing_is_intermediate=row["closing_is_intermediate"],
        is_interim=row["is_interim"],
    )
    return NumberedStatement(number=row["id"], said=said)
