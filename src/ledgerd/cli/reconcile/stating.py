"""The statement of each currency: whether the balances by the bank and by the ledger are explained."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ledgerapi.v1.external_record_pb2 import BankStatement
from ledgerapi.v1.external_source_pb2 import ExternalSource
from ledgerapi.v1.reconciliation_pb2 import (
    ROW_OUTCOME_IGNORED,
    ROW_OUTCOME_MATCHED,
    ROW_OUTCOME_OUTSIDE_WINDOW,
    EntryTime,
    Reconciliation,
)
from ledgerapi.v1.reconciliation_service_pb2 import (
    RECONCILIATION_EXPORT_FORMAT_HTML,
    CreateReconciliationStatementRequest,
    ExportReconciliationStatementRequest,
)
from ledgerapi.v1.reconciliation_statement_pb2 import ReconciliationStatement, ReconciliationStatementScope
from ledgerapi.v1.upload_pb2 import Upload
from ledgerd_client import LedgerClient, bank_statements, export

from ledgerd.cli.reconcile.terminal import CannotRun

STATEMENT_SECONDS_MAX = 600.0
"""All rows of both sides are read."""

_NOT_COMPARED = (ROW_OUTCOME_IGNORED, ROW_OUTCOME_OUTSIDE_WINDOW)


@dataclass(frozen=True, slots=True)
class Stated:
    """The statement of one currency."""

    statement: ReconciliationStatement
    all_matched: bool
    """Whether every row that the run compared is matched without a difference, and none of the file is at fault."""

    @property
    def proves(self) -> bool:
        """Whether the bank tells its balance, so that there is something to prove."""
        return self.statement.HasField("proof")

    @property
    def explained(self) -> bool:
        """Whether the balances are explained to the last unit; where the bank tells none, whether all is matched."""
        return self.statement.explained if self.proves else self.all_matched


async def told_by_file(client: LedgerClient, upload: Upload) -> list[BankStatement]:
    """What the file says about its statements. Raises LedgerError."""
    return [told async for told in bank_statements(client, filter=f"upload_id = {upload.id}")]


def date_of(told: Iterable[BankStatement], source: ExternalSource) -> str:
    """The last day on which a statement of the file closes; without one today, where the source is."""
    closing = [each.closing_date for each in told if each.closing_date and not each.is_interim]
    zone = ZoneInfo(source.time_zone or "UTC")
    return max(closing, default=datetime.now(zone).date().isoformat())


def currencies_of(source: ExternalSource, run: Reconciliation, told: Iterable[BankStatement]) -> list[str]:
    """The currencies to state: that of the source, else those of the rows that were compared and of the file."""
    if source.currency:
        return [source.currency]
    named = {total.currency for total in run.totals} | {each.currency for each in told if each.currency}
    return sorted(named)


def all_matched(upload: Upload, run: Reconciliation, currency: str) -> bool:
    """Whether no row of the currency is open or in a match with a difference, and no record of the file is at fault."""
    at_fault = upload.fault_count > upload.known_record_count
    outcomes = {total.outcome for total in run.totals if total.currency == currency}
    return not at_fault and outcomes <= {ROW_OUTCOME_MATCHED, *_NOT_COMPARED}


async def state(client: LedgerClient, scope: ReconciliationStatementScope) -> ReconciliationStatement:
    """The statement as of now, which is not kept. Raises LedgerError."""
    request = CreateReconciliationStatementRequest(scope=scope, validate_only=True)
    response = await client.reconciliations.CreateReconciliationStatement(request, timeout=STATEMENT_SECONDS_MAX)
    return response.reconciliation_statement


def scope_of(source: ExternalSource, currency: str, date: str, entry_time: EntryTime) -> ReconciliationStatementScope:
    """What a statement is about."""
    return ReconciliationStatementScope(
        external_source_id=source.id, currency=currency, date=date, entry_time=entry_time
    )


def page_of(path: Path, currency: str, currencies: list[str]) -> Path:
    """Where the report of a currency goes: where there are several, its name is in the file's name."""
    return path if len(currencies) == 1 else path.with_stem(f"{path.stem}-{currency}")


async def write_page(client: LedgerClient, scope: ReconciliationStatementScope, path: Path) -> None:
    """Write the report. What stood there before is replaced when the new one is whole.

    Raises CannotRun, LedgerError.
    """
    part = path.with_name(f".{path.name}.part")
    request = ExportReconciliationStatementRequest(scope=scope, format=RECONCILIATION_EXPORT_FORMAT_HTML)
    try:
        with part.open("wb") as page:
            await export(client, request, page)
        part.replace(path)
    except OSError as error:
        raise CannotRun(f"{path} cannot be written: {error.strerror or type(error).__name__}.") from error
    finally:
        part.unlink(missing_ok=True)
