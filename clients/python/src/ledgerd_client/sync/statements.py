"""Reconciliation statements, for code without an event loop."""

from typing import BinaryIO

from ledgerapi.v1.reconciliation_service_pb2 import (
    CreateReconciliationStatementRequest,
    ExportReconciliationStatementRequest,
    ExportReconciliationStatementStarted,
)
from ledgerapi.v1.reconciliation_statement_pb2 import ReconciliationStatement

from ledgerd_client import statements
from ledgerd_client.sync.client import LedgerClient


def statement(client: LedgerClient, request: CreateReconciliationStatementRequest) -> ReconciliationStatement:
    """Draws up a statement; see `ledgerd_client.statement`."""
    loop, connected = client.connection
    return loop.run(statements.statement(connected, request))


def confirm_statement(
    client: LedgerClient, reconciliation_statement_id: str, reason: str, *, request_id: str = ""
) -> ReconciliationStatement:
    """Confirms a statement; see `ledgerd_client.confirm_statement`."""
    loop, connected = client.connection
    return loop.run(statements.confirm_statement(connected, reconciliation_statement_id, reason, request_id=request_id))


def export(
    client: LedgerClient, request: ExportReconciliationStatementRequest, file: BinaryIO
) -> ExportReconciliationStatementStarted:
    """Writes a reconciliation into a file; see `ledgerd_client.export`."""
    loop, connected = client.connection
    return loop.run(statements.export(connected, request, file))
