"""Reconciliation statements: requests, and statements as answers and events show them."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg
from ledgerapi.v1 import reconciliation_match_pb2, reconciliation_pb2, reconciliation_statement_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as service

from ledgerd.core.model import ids, limits
from ledgerd.core.model.reconciliation_statement import (
    AccountBalance,
    BookSide,
    Difference,
    Ignored,
    Listed,
    OneSided,
    PlacedRow,
    Proof,
    ReconciliationStatement,
    StatementMoment,
    TimeBasis,
)
from ledgerd.core.model.statement_comparison import Cause, CauseRow, StatementComparison
from ledgerd.core.model.statement_events import StatementChanged
from ledgerd.journal import cursor
from ledgerd.operations.reconciliation_statements import StatementRequest
from ledgerd.operations.statement_exports import Content, ExportRequest, FileFormat
from ledgerd.store.kept_statements import KeptStatement
from ledgerd.wire import encode
from ledgerd.wire.external_sources import day
from ledgerd.wire.fields import Reading
from ledgerd.wire.reconciliations import read_day

_pb = reconciliation_statement_pb2
_NOBODY = uuid.UUID(int=0)
_BASES = {
    TimeBasis.RECORD: reconciliation_pb2.ENTRY_TIME_RECORD_TIME,
    TimeBasis.EFFECTIVE: reconciliation_pb2.ENTRY_TIME_EFFECTIVE_TIME,
}
_OUTCOMES: Any = _pb.ReconciliationStatementOutcome
_TERMS = (
    *("bank_balance", "opening", "only_in_bank", "ignored_in_bank", "only_in_ledger", "ignored_in_ledger"),
    *("differences", "expected", "ledger_balance", "unexplained", "records_missing", "entries_missing"),
)


# Requests --------------------------------------------------------------------------------------


def read_scope(read: Reading, scope: _pb.ReconciliationStatementScope) -> StatementRequest:
    """What a statement is requested about."""
    wanted = read_day(read, "scope.date", scope.date)
    if not scope.date:
        read.wrong("scope.date", "is required")
    entry_time = read.enum("scope.entry_time", reconciliation_pb2.EntryTime, scope.entry_time)
    return StatementRequest(
        source_id=read.id("scope.external_source_id", scope.external_source_id, ids.EXTERNAL_SOURCE),
        currency=read.currency("scope.currency", scope.currency),
        day=wanted or date.min,
        basis=TimeBasis.EFFECTIVE if entry_time == "EFFECTIVE_TIME" else TimeBasis.RECORD,
    )


def read_export(read: Reading, request: service.ExportReconciliationStatementRequest) -> ExportRequest:
    """A file as requested."""
    content_name = read.enum("content", service.ReconciliationExportContent, request.content)
    format_name = read.enum("format", service.ReconciliationExportFormat, request.format)
    content = Content.STATEMENT if content_name == "UNSPECIFIED" else Content(content_name)
    if format_name == "UNSPECIFIED":
        read.wrong("format", "is required")
    written_as = FileFormat.CSV if format_name == "UNSPECIFIED" else FileFormat(format_name)
    subject = request.WhichOneof("subject")
    about: uuid.UUID | StatementRequest = _NOBODY
    if subject == "scope":
        about = read_scope(read, request.scope)
    elif subject is not None:
        name = "reconciliation_statement_id"
        about = read.id(name, request.reconciliation_statement_id, ids.RECONCILIATION_STATEMENT)
        if content is not Content.STATEMENT:
            read.wrong("content", "must be STATEMENT where reconciliation_statement_id is given")
    else:
        read.wrong("scope", "is required where reconciliation_statement_id is not given")
    if content is not Content.STATEMENT and written_as is FileFormat.HTML:
        read.wrong("format", "must be CSV or JSON_LINES where content is not STATEMENT")
    return ExportRequest(about=about, content=content, written_as=written_as)


def item_count(read: Reading, value: int) -> int:
    """How many of the first items of each list are told."""
    if not 0 <= value <= limits.STATEMENT_ITEMS_TOLD_MAX:
        read.wrong("item_count", f"must be from 0 to {limits.STATEMENT_ITEMS_TOLD_MAX}")
    return value


# Answers ---------------------------------------------------------------------------------------


def listed(row: asyncpg.Record) -> _pb.ReconciliationStatement:
    """A statement from its row, without the items of its lists."""
    return encode_statement(KeptStatement.of(row), 0)


def encode_statement(kept: KeptStatement, items: int) -> _pb.ReconciliationStatement:
    """A statement with at most so many items of each list."""
    drawn = kept.drawn
    statement, scope = drawn.statement, drawn.statement.scope
    show = _Amounts(scope.precision, scope.currency)
    message = _pb.ReconciliationStatement(
        id=None if kept.id is None else ids.encode(ids.RECONCILIATION_STATEMENT, kept.id.int),
        external_source_id=scope.source_id,
        external_source_name=scope.source_name,
        currency=scope.currency,
        date=day(scope.day),
        time_zone=scope.time_zone,
        entry_time=_BASES[scope.basis],
        status=f"RECONCILIATION_STATEMENT_STATUS_{kept.status}",
        explained=statement.is_explained,
        bank=_bank(statement, show),
        ledger_balance=show(statement.ledger.total),
        balances=[
            _pb.ReconciliationStatementLedgerBalance(balance_id=name, amount=show(total))
            for name, total in statement.ledger.balances
        ],
        proof=None if statement.proof is None else encode_proof(statement.proof, scope.precision, scope.currency),
        match_count=statement.matches,
        only_in_bank=_rows(statement.only_in_bank, items, show),
        only_in_ledger=_rows(statement.only_in_ledger, items, show),
        differences=_differences(statement.differences, items, show),
        ignored_in_bank=_rows(statement.ignored_in_bank, items, show),
        ignored_in_ledger=_rows(statement.ignored_in_ledger, items, show),
        totals=_totals(statement, show),
        journal_cursor=_cursor(drawn.moment),
        last_external_record_id=_counted(ids.EXTERNAL_RECORD, drawn.moment.records),
        last_reconciliation_decision_id=_counted(ids.ROW_DECISION, drawn.moment.decisions),
        result_hash=statement.digest.hex(),
        created_by=kept.created_by,
        confirmed_by=kept.confirmed_by,
        confirm_reason=kept.confirm_reason,
    )
    for name, at in (("create_time", kept.created_at), ("confirm_time", kept.confirmed_at)):
        if at is not None:
            getattr(message, name).CopyFrom(encode.time(at))
    return message


def encode_comparison(comparison: StatementComparison, currency: str) -> _pb.ReconciliationStatementComparison:
    """What a kept statement would say now."""
    show = _Amounts(comparison.precision, currency)
    return _pb.ReconciliationStatementComparison(
        result=f"RECONCILIATION_STATEMENT_COMPARISON_RESULT_{comparison.result}",
        figures=[
            _pb.ReconciliationStatementFigureChange(
                figure=each.figure, kept=each.kept, now=each.now, change=each.change
            )
            for each in comparison.figures
        ],
        causes=[_cause(cause, show) for cause in comparison.causes],
        result_hash=None if comparison.digest is None else comparison.digest.hex(),
        journal_cursor=None if comparison.moment is None else _cursor(comparison.moment),
    )


def changed(epoch: str, told: StatementChanged) -> _pb.ReconciliationStatement:
    """A statement as its event shows it."""
    show = _Amounts(told.precision, told.currency)
    bank = (
        None if told.bank_balance is None else _pb.ReconciliationStatementBankBalance(balance=show(told.bank_balance))
    )
    return _pb.ReconciliationStatement(
        id=told.statement_id,
        external_source_id=told.source_id,
        currency=told.currency,
        date=told.day,
        time_zone=told.time_zone,
        entry_time=_BASES[TimeBasis(told.basis)],
        status=f"RECONCILIATION_STATEMENT_STATUS_{told.status}",
        explained=told.is_explained,
        bank=bank,
        ledger_balance=show(told.ledger_balance),
        proof=None if told.proof is None else encode_proof(Proof(**told.proof), told.precision, told.currency),
        journal_cursor=cursor.after(epoch, told.position, told.chain),
        result_hash=told.digest,
        created_by=told.created_by,
        confirmed_by=told.confirmed_by,
    )


def _cursor(moment: StatementMoment) -> str:
    """Up to which commit everything is in a statement."""
    return cursor.after(moment.epoch, moment.position, moment.chain)


class _Amounts:
    """Encodes amounts of one currency and precision."""

    def __init__(self, precision: int, currency: str) -> None:
        self._precision, self._currency = precision, currency

    def __call__(self, minor: int) -> Any:
        return encode.amount(minor, self._precision, self._currency)


def _bank(statement: ReconciliationStatement, show: _Amounts) -> _pb.ReconciliationStatementBankBalance:
    bank = statement.bank
    return _pb.ReconciliationStatementBankBalance(
        balance=None if bank.balance is None else show(bank.balance),
        absence=None if bank.absent is None else f"BANK_BALANCE_ABSENCE_{bank.absent}",
        absent_accounts=bank.absent_accounts,
        accounts=[_account(account, show) for account in bank.accounts],
    )


def _account(account: AccountBalance, show: _Amounts) -> _pb.ReconciliationStatementAccount:
    return _pb.ReconciliationStatementAccount(
        account=account.account,
        closing_balance=show(account.closing),
        closing_date=day(account.closing_day),
        bank_statement_number=account.statement,
        later_record_count=account.later_records,
        later_amount=show(account.later_total),
        opening_balance=show(account.opening),
        opening_date=day(account.opening_day),
        records_missing=show(account.records_missing),
    )


def encode_proof(proof: Proof, precision: int, currency: str) -> _pb.ReconciliationStatementProof:
    """The way from the balance by the bank to that by the ledger."""
    show = _Amounts(precision, currency)
    return _pb.ReconciliationStatementProof(**{term: show(getattr(proof, term)) for term in _TERMS})


def _rows(rows: Listed[OneSided] | Listed[Ignored], items: int, show: _Amounts) -> _pb.ReconciliationStatementRows:
    return _pb.ReconciliationStatementRows(
        row_count=rows.count, amount=show(rows.total), rows=[_item(item, show) for item in rows.items[:items]]
    )


def _item(item: OneSided | Ignored, show: _Amounts) -> _pb.ReconciliationStatementRow:
    row = item.row
    shown = _pb.ReconciliationStatementRow(
        **_key(row),
        date=day(row.day),
        amount=show(row.amount),
        account=row.account,
        reference=row.reference,
        counterparty=row.counterparty,
        description=row.description,
    )
    if isinstance(item, Ignored):
        shown.outcome, shown.reason = _pb.RECONCILIATION_STATEMENT_OUTCOME_IGNORED, item.reason
    else:
        shown.outcome = _OUTCOMES.Value(f"RECONCILIATION_STATEMENT_OUTCOME_{item.outcome}")
        if item.match_id:
            shown.reconciliation_id, shown.match_number = _match(item.match_id)
    return shown


def _differences(differences: Listed[Difference], items: int, show: _Amounts) -> _pb.ReconciliationStatementDifferences:
    return _pb.ReconciliationStatementDifferences(
        match_count=differences.count,
        amount=show(differences.total),
        differences=[_difference(item, show) for item in differences.items[:items]],
    )


def _difference(item: Difference, show: _Amounts) -> _pb.ReconciliationStatementDifference:
    run_id, number = _match(item.match_id)
    return _pb.ReconciliationStatementDifference(
        reconciliation_id=run_id,
        match_number=number,
        matching_rule_name=item.rule,
        date=day(item.day),
        record_count=item.records,
        entry_count=item.entries,
        record_amount=show(item.in_bank),
        entry_amount=show(item.in_ledger),
        difference=show(item.amount),
        partial=item.is_partial,
        reference=item.reference,
        counterparty=item.counterparty,
    )


def _totals(statement: ReconciliationStatement, show: _Amounts) -> Sequence[_pb.ReconciliationStatementTotal]:
    by_outcome: dict[str, dict[BookSide, tuple[int, int]]] = {}
    for total in statement.overview.outcomes:
        by_outcome.setdefault(total.outcome, {})[total.side] = total.count, total.total
    return [
        _pb.ReconciliationStatementTotal(
            outcome=f"RECONCILIATION_STATEMENT_OUTCOME_{outcome}",
            record_count=sides.get(BookSide.BANK, _NOTHING)[0],
            record_amount=show(sides.get(BookSide.BANK, _NOTHING)[1]),
            entry_count=sides.get(BookSide.LEDGER, _NOTHING)[0],
            entry_amount=show(sides.get(BookSide.LEDGER, _NOTHING)[1]),
        )
        for outcome, sides in by_outcome.items()
    ]


def _cause(cause: Cause, show: _Amounts) -> _pb.ReconciliationStatementCause:
    return _pb.ReconciliationStatementCause(
        kind=f"RECONCILIATION_STATEMENT_CAUSE_KIND_{cause.kind}",
        row_count=cause.count,
        record_amount=show(cause.in_bank),
        entry_amount=show(cause.in_ledger),
        rows=[_cause_row(item, show) for item in cause.rows],
    )


def _cause_row(item: CauseRow, show: _Amounts) -> _pb.ReconciliationStatementCauseRow:
    return _pb.ReconciliationStatementCauseRow(
        **_key(item.row),
        date=day(item.row.day),
        amount=show(item.row.amount),
        reconciliation_decision_id=_counted(ids.ROW_DECISION, item.decision),
    )


def _key(row: PlacedRow) -> dict[str, Any]:
    if row.side is BookSide.BANK:
        return {"external_record_id": row.id}
    transaction_id, _, balance_id = row.id.partition("/")
    return {
        "entry": reconciliation_match_pb2.ReconciliationEntryKey(transaction_id=transaction_id, balance_id=balance_id)
    }


def _match(match_id: str) -> tuple[str, int]:
    run_id, _, number = match_id.partition("/")
    return run_id, int(number)


def _counted(prefix: str, number: int) -> str | None:
    return ids.encode(prefix, number) if number else None


_NOTHING = (0, 0)
