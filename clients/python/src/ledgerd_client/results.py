"""What a run of reconciliation found, row by row, and why; what stays open after it; what is wrong with an upload."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from typing import Any, TypedDict, Unpack

from google.protobuf.field_mask_pb2 import FieldMask
from ledgerapi.v1.external_record_pb2 import BankStatement, ExternalRecord
from ledgerapi.v1.reconciliation_adjustment_pb2 import ReconciliationAdjustment
from ledgerapi.v1.reconciliation_exception_pb2 import ReconciliationException, ReconciliationExceptionStatus
from ledgerapi.v1.reconciliation_match_pb2 import ReconciliationDecision, ReconciliationMatch, UnmatchedRow
from ledgerapi.v1.reconciliation_service_pb2 import (
    ExplainPairRequest,
    ExplainPairResponse,
    GetMatchRequest,
    GetMatchResponse,
    ListBankStatementsRequest,
    ListMatchesRequest,
    ListReconciliationAdjustmentsRequest,
    ListReconciliationDecisionsRequest,
    ListReconciliationExceptionsRequest,
    ListUnmatchedRowsRequest,
    ListUploadFaultsRequest,
    UpdateReconciliationExceptionRequest,
)
from ledgerapi.v1.upload_pb2 import UploadFault

from ledgerd_client.client import LedgerClient
from ledgerd_client.rows import Entry, entry_key, record_id
from ledgerd_client.times import timestamp

PAGE_SIZE = 1_000
"""What a page has at most. The service makes pages smaller where their rows are large."""


class ExceptionFields(TypedDict, total=False):
    """What `update_exception` changes; see there."""

    status: ReconciliationExceptionStatus
    owner: str
    comment: str
    resolution: str
    due_time: datetime | None


def matches(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
) -> AsyncGenerator[ReconciliationMatch, None]:
    """The matches of a finished run, over all pages.

    Args:
        client: The client to read with.
        reconciliation_id: The run (`rec_...`).
        filter: Which ones, such as "has_difference = true". "" means all.
        order_by: "number" or "number desc". "" means "number".

    Raises:
        NotFound: There is no such run.
        Rejected: The run is not finished.
        Malformed: The filter or the order cannot be read.
        Unavailable: There was no answer in time.
    """
    request = ListMatchesRequest(
        reconciliation_id=reconciliation_id, filter=filter, order_by=order_by, page_size=PAGE_SIZE
    )
    return _every(client.reconciliations.ListMatches, request, "reconciliation_matches")


def unmatched_rows(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
    nearest_count: int = 0,
) -> AsyncGenerator[UnmatchedRow, None]:
    """The rows of a finished run that are in no match, over all pages.

    Args:
        client: As for `matches`.
        reconciliation_id: As for `matches`.
        filter: Which ones, such as "side = RECORD". "" means all.
        order_by: As for `matches`.
        nearest_count: For each row, how many rows of the other side that come closest are told, 0 to 10, and why each
            of them does not fit.

    Raises:
        LedgerError: As for `matches`.
    """
    request = ListUnmatchedRowsRequest(
        reconciliation_id=reconciliation_id,
        filter=filter,
        order_by=order_by,
        page_size=PAGE_SIZE,
        nearest_count=nearest_count,
    )
    return _every(client.reconciliations.ListUnmatchedRows, request, "unmatched_rows")


async def explain_match(
    client: LedgerClient, reconciliation_id: str, number: int, *, timeout: float | None = None
) -> GetMatchResponse:
    """A match with its rows, and why its rule accepts it, in words.

    Raises:
        NotFound: There is no such run or match.
        Rejected: The run is not finished.
        Unavailable: There was no answer in time.
    """
    request = GetMatchRequest(reconciliation_id=reconciliation_id, number=number)
    return await client.reconciliations.GetMatch(request, timeout=timeout)


async def explain_pair(
    client: LedgerClient,
    reconciliation_id: str,
    record: str | ExternalRecord,
    entry: Entry,
    *,
    rule_place: int = 0,
    timeout: float | None = None,
) -> ExplainPairResponse:
    """What each rule of a run makes of a record and an entry, whether the run looked at them or not.

    Args:
        client: The client to read with.
        reconciliation_id: The run (`rec_...`).
        record: The record, or its id (`xrc_...`).
        entry: The entry, or its transaction and its balance: ("txn_...", "bln_...").
        rule_place: Under which rule: its place among those of the run, from 1. 0 means all of them.
        timeout: Deadline in seconds. None means the client's.

    Raises:
        NotFound: There is no such run, record or entry.
        Unavailable: There was no answer in time.
    """
    request = ExplainPairRequest(
        reconciliation_id=reconciliation_id,
        external_record_id=record_id(record),
        entry=entry_key(entry),
        rule_place=rule_place,
    )
    return await client.reconciliations.ExplainPair(request, timeout=timeout)


def reconciliation_decisions(
    client: LedgerClient,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
) -> AsyncGenerator[ReconciliationDecision, None]:
    """What somebody decided about matches and rows, over all pages; without an order the newest first.

    Raises:
        Malformed: The filter or the order cannot be read.
        Unavailable: There was no answer in time.
    """
    request = ListReconciliationDecisionsRequest(filter=filter, order_by=order_by, page_size=PAGE_SIZE)
    return _every(client.reconciliations.ListReconciliationDecisions, request, "reconciliation_decisions")


def reconciliation_adjustments(
    client: LedgerClient,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
) -> AsyncGenerator[ReconciliationAdjustment, None]:
    """What finished runs propose to post, over all pages; without an order the newest first.

    Args:
        client: The client to read with.
        filter: Which ones, such as "reconciliation_id = rec_...". "" means all.
        order_by: "create_time" or "create_time desc". "" means the latter.

    Raises:
        Malformed: The filter or the order cannot be read.
        Unavailable: There was no answer in time.
    """
    request = ListReconciliationAdjustmentsRequest(filter=filter, order_by=order_by, page_size=PAGE_SIZE)
    return _every(client.reconciliations.ListReconciliationAdjustments, request, "reconciliation_adjustments")


def reconciliation_exceptions(
    client: LedgerClient,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
) -> AsyncGenerator[ReconciliationException, None]:
    """Exceptions: rows that stay open after a run. Over all pages; without an order the newest first.

    Args:
        client: The client to read with.
        filter: Which ones, such as "external_source_id = src_... AND status = OPEN". "" means all.
        order_by: "create_time" or "create_time desc". "" means the latter.

    Raises:
        Malformed: The filter or the order cannot be read.
        Unavailable: There was no answer in time.
    """
    request = ListReconciliationExceptionsRequest(filter=filter, order_by=order_by, page_size=PAGE_SIZE)
    return _every(client.reconciliations.ListReconciliationExceptions, request, "reconciliation_exceptions")


async def update_exception(
    client: LedgerClient,
    exception_id: str,
    *,
    etag: str = "",
    timeout: float | None = None,
    **fields: Unpack[ExceptionFields],
) -> ReconciliationException:
    """Changes an exception that is not resolved. Only the fields that are given change.

    Args:
        client: The client to call with.
        exception_id: The exception (`rex_...`).
        etag: That of an earlier reading, so that nothing changes where somebody else was faster. "" means: in any case.
        timeout: Deadline in seconds. None means the client's.
        **fields: The new values: `status`, `owner`, `comment`, `resolution`, which a change to RESOLVED needs, and
            `due_time`, with a time zone.

    Raises:
        NotFound: There is no such exception.
        Rejected: It is resolved.
        Conflict: It was changed since the reading with this etag.
        Malformed: A value cannot be.
        Unavailable: There was no answer in time; it may have been changed.
    """
    changed: dict[str, Any] = dict(fields)
    if "due_time" in changed:
        changed["due_time"] = timestamp("due_time", changed["due_time"])
    request = UpdateReconciliationExceptionRequest(
        reconciliation_exception=ReconciliationException(id=exception_id, etag=etag, **changed),
        update_mask=FieldMask(paths=list(changed)),
    )
    response = await client.reconciliations.UpdateReconciliationException(request, timeout=timeout)
    return response.reconciliation_exception


def upload_faults(client: LedgerClient, upload_id: str) -> AsyncGenerator[UploadFault, None]:
    """What is wrong with an upload that was read (`upl_...`), in the order of the file.

    Raises:
        NotFound: There is no such upload.
        Unavailable: There was no answer in time.
    """
    request = ListUploadFaultsRequest(upload_id=upload_id, page_size=PAGE_SIZE)
    return _every(client.reconciliations.ListUploadFaults, request, "faults")


def bank_statements(
    client: LedgerClient,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
) -> AsyncGenerator[BankStatement, None]:
    """What files say about their statements, over all pages; without an order the newest first.

    Args:
        client: The client to read with.
        filter: Which ones, such as "upload_id = upl_...". "" means all.
        order_by: "create_time" or "create_time desc". "" means the latter.

    Raises:
        Malformed: The filter or the order cannot be read.
        Unavailable: There was no answer in time.
    """
    request = ListBankStatementsRequest(filter=filter, order_by=order_by, page_size=PAGE_SIZE)
    return _every(client.reconciliations.ListBankStatements, request, "bank_statements")


async def _every(call: Callable[[Any], Awaitable[Any]], request: Any, items: str) -> AsyncGenerator[Any, None]:
    """The items of a list, over all pages. One page is held."""
    while True:
        page = await call(request)
        for item in getattr(page, items):
            yield item
        request.page_token = page.next_page_token
        if not request.page_token:
            return
