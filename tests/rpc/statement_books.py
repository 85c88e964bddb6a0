"""A bank with statements of its own, and reconciliation statements about it, in the domain's words."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ledgerapi.v1 import reconciliation_pb2, reconciliation_statement_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.core.model import ids
from tests.rpc.bank_runs import Bank
from tests.store.upload_rows import insert

FIRST = date(2026, 1, 1)


def today() -> date:
    """The day of what is posted in a test, in the time zone of its source."""
    return datetime.now(UTC).date()


@dataclass
class StatementBank(Bank):
    """A source in dollars, and what its bank says about its balance."""

    async def close_day(self, opening: int, closing: int, day: date | None = None) -> None:
        """The bank's statement, in cents, which closes on a day: today unless another one is given."""
        upload = await self.connection.fetchval("SELECT id FROM uploads ORDER BY id DESC LIMIT 1")
        source = ids.decode(ids.EXTERNAL_SOURCE, self.source.id)
        row = {
            "source_id": f"'{source:032x}'", "upload_id": f"'{upload}'",
            "ordinal": "(SELECT 1000000 + count(*) FROM bank_statements)",
            "account": "'DE1'", "page": 0, "currency": "'USD'", "precision": 100, "opening": opening,
            "closing": closing,
            "opening_date": f"'{FIRST}'", "closing_date": f"'{day or today()}'", "opening_is_intermediate": "false",
            "closing_is_intermediate": "false", "is_last_page": "true", "is_interim": "false", "records": 0, "total": 0,
            "items": 0, "credits": 0, "debits": 0, "line": 1, "created_at": "now()",
        }  # fmt: skip
        await self.connection.execute(insert("bank_statements", row))

    def scope(self, **more: Any) -> reconciliation_statement_pb2.ReconciliationStatementScope:
        usual = {"external_source_id": self.source.id, "currency": "USD", "date": today().isoformat()}
        return reconciliation_statement_pb2.ReconciliationStatementScope(**{**usual, **more})

    async def state(self, items: int = 100, **more: Any) -> reconciliation_statement_pb2.ReconciliationStatement:
        """A statement as of today, which is kept."""
        request = pb.CreateReconciliationStatementRequest(scope=self.scope(), item_count=items, **more)
        return (await self.server.reconciliations.CreateReconciliationStatement(request)).reconciliation_statement

    async def look(self, statement_id: str, **more: Any) -> pb.GetReconciliationStatementResponse:
        request = pb.GetReconciliationStatementRequest(reconciliation_statement_id=statement_id, **more)
        return await self.server.reconciliations.GetReconciliationStatement(request)

    async def sign(self, statement_id: str, **more: Any) -> pb.ConfirmReconciliationStatementResponse:
        """Confirm a statement."""
        request = pb.ConfirmReconciliationStatementRequest(
            reconciliation_statement_id=statement_id, **({"reason": "Seen and agreed."} | more)
        )
        return await self.server.reconciliations.ConfirmReconciliationStatement(request)

    async def compared(self, statement_id: str) -> reconciliation_statement_pb2.ReconciliationStatementComparison:
        return (await self.look(statement_id, include_comparison=True)).comparison


def before(days: int) -> str:
    """A day before today."""
    return (today() - timedelta(days=days)).isoformat()


def terms(statement: reconciliation_statement_pb2.ReconciliationStatement) -> dict[str, str]:
    """The terms of the proof that are not 0, as decimals."""
    found = {field.name: value.decimal for field, value in statement.proof.ListFields()}
    return {name: text for name, text in found.items() if text != "0.00"}


def result(comparison: reconciliation_statement_pb2.ReconciliationStatementComparison) -> str:
    name = reconciliation_statement_pb2.ReconciliationStatementComparisonResult.Name(comparison.result)
    return name.removeprefix("RECONCILIATION_STATEMENT_COMPARISON_RESULT_")


def causes(
    comparison: reconciliation_statement_pb2.ReconciliationStatementComparison,
) -> dict[str, tuple[int, str, str]]:
    """Each cause with its count, and what its rows of either side add up to."""
    kinds = reconciliation_statement_pb2.ReconciliationStatementCauseKind
    return {
        kinds.Name(cause.kind).removeprefix("RECONCILIATION_STATEMENT_CAUSE_KIND_"): (
            cause.row_count, cause.record_amount.decimal, cause.entry_amount.decimal,
        )
        for cause in comparison.causes
    }  # fmt: skip


def grown(comparison: reconciliation_statement_pb2.ReconciliationStatementComparison) -> dict[str, str]:
    """By how much each figure grew."""
    return {figure.figure: figure.change for figure in comparison.figures}


EFFECTIVE = reconciliation_pb2.ENTRY_TIME_EFFECTIVE_TIME
