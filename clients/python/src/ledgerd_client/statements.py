"""Reconciliation statements: drawing them up, confirming them, and receiving them as files."""

import uuid
from collections.abc import AsyncIterator
from typing import BinaryIO

from ledgerapi.v1.reconciliation_service_pb2 import (
    ConfirmReconciliationStatementRequest,
    CreateReconciliationStatementRequest,
    ExportReconciliationStatementRequest,
    ExportReconciliationStatementResponse,
    ExportReconciliationStatementStarted,
)
from ledgerapi.v1.reconciliation_statement_pb2 import ReconciliationStatement

from ledgerd_client.backoff import next_response
from ledgerd_client.client import LedgerClient
from ledgerd_client.errors import ServiceFault


async def statement(client: LedgerClient, request: CreateReconciliationStatementRequest) -> ReconciliationStatement:
    """Draws up a statement, which is kept unless the request has `validate_only`.

    Args:
        client: The client to work with.
        request: What the statement is about. Without a `request_id` it gets one of its own; calling again with your own
            is safe: it returns the same statement.

    Returns:
        The statement: `explained` says whether the two balances are explained to the last unit.

    Raises:
        NotFound: The source does not exist.
        Conflict: The request id was used for a statement about something else.
        Rejected: The source has neither balances nor records in the currency.
        Busy: Too many reads of this size are under way.
    """
    keyed = CreateReconciliationStatementRequest()
    keyed.CopyFrom(request)
    keyed.request_id = keyed.request_id or uuid.uuid4().hex
    return (await client.reconciliations.CreateReconciliationStatement(keyed)).reconciliation_statement


async def confirm_statement(
    client: LedgerClient, reconciliation_statement_id: str, reason: str, *, request_id: str = ""
) -> ReconciliationStatement:
    """Confirms a statement: nothing of it changes from then on.

    Args:
        client: The client to work with.
        reconciliation_statement_id: Which one.
        reason: Why, in a sentence that names no person: it is kept for ever.
        request_id: Your unique key of this confirmation; calling again with it is safe.

    Raises:
        NotFound: There is no such statement.
        Rejected: It is confirmed already, or somebody else must confirm it.
        Conflict: The request id was used for another confirmation.
    """
    request = ConfirmReconciliationStatementRequest(
        reconciliation_statement_id=reconciliation_statement_id,
        reason=reason,
        request_id=request_id or uuid.uuid4().hex,
    )
    return (await client.reconciliations.ConfirmReconciliationStatement(request)).reconciliation_statement


async def export(
    client: LedgerClient, request: ExportReconciliationStatementRequest, file: BinaryIO
) -> ExportReconciliationStatementStarted:
    """Writes a reconciliation into a file, a chunk at a time: as CSV, as JSON lines, or as a page of HTML.

    Args:
        client: The client to work with.
        request: What is exported, and how it is written.
        file: Where it is written to. Where this raises, what is in it is not whole.

    Returns:
        The name and the media type that the service gives to the file.

    Raises:
        NotFound: There is no such statement or source.
        Malformed: The request can never pass.
        Busy: Too many reads of this size are under way.
        Unavailable: The connection broke, or the service stopped. Ask again, into an empty file.
    """
    call = client.reconciliations.ExportReconciliationStatement(request)
    responses: AsyncIterator[ExportReconciliationStatementResponse] = aiter(call)
    try:
        response = await next_response(responses)
        if response.WhichOneof("part") != "started":
            raise ServiceFault("the service sent bytes before it said what they are")
        started = response.started
        async for response in responses:
            file.write(response.data)
    finally:
        call.cancel()
    return started
