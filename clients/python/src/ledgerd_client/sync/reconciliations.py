"""Runs of reconciliation, what they found and what is decided about it, for synchronous code.

`ledgerd_client` has the same functions, and explains arguments.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from typing import TypeVar, Unpack

from ledgerapi.v1.external_record_pb2 import BankStatement, ExternalRecord
from ledgerapi.v1.reconciliation_adjustment_pb2 import ReconciliationAdjustment
from ledgerapi.v1.reconciliation_exception_pb2 import ReconciliationException
from ledgerapi.v1.reconciliation_match_pb2 import ReconciliationDecision, ReconciliationMatch, UnmatchedRow
from ledgerapi.v1.reconciliation_pb2 import Reconciliation
from ledgerapi.v1.reconciliation_service_pb2 import (
    ConfirmMatchesResponse,
    CreateMatchResponse,
    ExplainPairResponse,
    GetMatchResponse,
    IgnoreRowsResponse,
    PostReconciliationAdjustmentsResponse,
    RejectMatchesResponse,
    RejectReconciliationAdjustmentsResponse,
    ReleaseMatchResponse,
    RestoreRowsResponse,
    StartReconciliationRequest,
)
from ledgerapi.v1.upload_pb2 import UploadFault

from ledgerd_client import adjustments, decisions, reconciliations, results
from ledgerd_client import client as asynchronous
from ledgerd_client.results import ExceptionFields
from ledgerd_client.rows import Entry
from ledgerd_client.sync.client import LedgerClient
from ledgerd_client.sync.streams import Exchange

_Item = TypeVar("_Item")


def reconcile(
    client: LedgerClient,
    request: StartReconciliationRequest,
    *,
    on_progress: Callable[[Reconciliation], None] | None = None,
    give_up_seconds: float | None = None,
) -> Reconciliation:
    """Starts a run of reconciliation and waits for its end; see `ledgerd_client.reconcile`.

    `on_progress` is called in the caller's thread: it may block.
    """
    return _last(
        client,
        lambda connected: reconciliations.reconciliation_steps(connected, request, give_up_seconds=give_up_seconds),
        on_progress,
    )


def wait_for_reconciliation(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    on_progress: Callable[[Reconciliation], None] | None = None,
    give_up_seconds: float | None = None,
) -> Reconciliation:
    """Waits until a run ends; see `ledgerd_client.wait_for_reconciliation`, and `reconcile` here for `on_progress`."""
    return _last(
        client,
        lambda connected: reconciliations.watch_steps(connected, reconciliation_id, give_up_seconds=give_up_seconds),
        on_progress,
    )


def matches(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
) -> Iterator[ReconciliationMatch]:
    """The matches of a finished run; see `ledgerd_client.matches`."""
    return _each(
        client, lambda connected: results.matches(connected, reconciliation_id, filter=filter, order_by=order_by)
    )


def unmatched_rows(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
    nearest_count: int = 0,
) -> Iterator[UnmatchedRow]:
    """The rows of a finished run that are in no match; see `ledgerd_client.unmatched_rows`."""
    return _each(
        client,
        lambda connected: results.unmatched_rows(
            connected, reconciliation_id, filter=filter, order_by=order_by, nearest_count=nearest_count
        ),
    )


def explain_match(
    client: LedgerClient, reconciliation_id: str, number: int, *, timeout: float | None = None
) -> GetMatchResponse:
    """A match with its rows, and why its rule accepts it; see `ledgerd_client.explain_match`."""
    loop, connected = client.connection
    return loop.run(results.explain_match(connected, reconciliation_id, number, timeout=timeout))


def explain_pair(
    client: LedgerClient,
    reconciliation_id: str,
    record: str | ExternalRecord,
    entry: Entry,
    *,
    rule_place: int = 0,
    timeout: float | None = None,
) -> ExplainPairResponse:
    """What each rule of a run makes of a record and an entry; see `ledgerd_client.explain_pair`."""
    loop, connected = client.connection
    return loop.run(
        results.explain_pair(connected, reconciliation_id, record, entry, rule_place=rule_place, timeout=timeout)
    )


def reconciliation_decisions(
    client: LedgerClient,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
) -> Iterator[ReconciliationDecision]:
    """What somebody decided about matches and rows; see `ledgerd_client.reconciliation_decisions`."""
    return _each(
        client, lambda connected: results.reconciliation_decisions(connected, filter=filter, order_by=order_by)
    )


def reconciliation_adjustments(
    client: LedgerClient,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
) -> Iterator[ReconciliationAdjustment]:
    """What finished runs propose to post; see `ledgerd_client.reconciliation_adjustments`."""
    return _each(
        client, lambda connected: results.reconciliation_adjustments(connected, filter=filter, order_by=order_by)
    )


def post_adjustments(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    adjustment_ids: Sequence[str] | None = None,
    reason: str = "",
    request_id: str = "",
    timeout: float | None = None,
) -> PostReconciliationAdjustmentsResponse:
    """Posts adjustments that a finished run proposes; see `ledgerd_client.post_adjustments`."""
    loop, connected = client.connection
    return loop.run(
        adjustments.post_adjustments(
            connected,
            reconciliation_id,
            adjustment_ids=adjustment_ids,
            reason=reason,
            request_id=request_id,
            timeout=timeout,
        )
    )


def reject_adjustments(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    adjustment_ids: Sequence[str] | None = None,
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> RejectReconciliationAdjustmentsResponse:
    """Says that adjustments are not posted; see `ledgerd_client.reject_adjustments`."""
    loop, connected = client.connection
    return loop.run(
        adjustments.reject_adjustments(
            connected,
            reconciliation_id,
            adjustment_ids=adjustment_ids,
            reason=reason,
            request_id=request_id,
            timeout=timeout,
        )
    )


def reverse_adjustment(
    client: LedgerClient, adjustment_id: str, *, reason: str, request_id: str = "", timeout: float | None = None
) -> ReconciliationAdjustment:
    """Refunds an adjustment that was posted; see `ledgerd_client.reverse_adjustment`."""
    loop, connected = client.connection
    return loop.run(
        adjustments.reverse_adjustment(connected, adjustment_id, reason=reason, request_id=request_id, timeout=timeout)
    )


def reconciliation_exceptions(
    client: LedgerClient,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
) -> Iterator[ReconciliationException]:
    """Rows that stay open after runs; see `ledgerd_client.reconciliation_exceptions`."""
    return _each(
        client, lambda connected: results.reconciliation_exceptions(connected, filter=filter, order_by=order_by)
    )


def update_exception(
    client: LedgerClient,
    exception_id: str,
    *,
    etag: str = "",
    timeout: float | None = None,
    **fields: Unpack[ExceptionFields],
) -> ReconciliationException:
    """Changes an exception that is not resolved; see `ledgerd_client.update_exception`."""
    loop, connected = client.connection
    return loop.run(results.update_exception(connected, exception_id, etag=etag, timeout=timeout, **fields))


def upload_faults(client: LedgerClient, upload_id: str) -> Iterator[UploadFault]:
    """What is wrong with an upload that was read; see `ledgerd_client.upload_faults`."""
    return _each(client, lambda connected: results.upload_faults(connected, upload_id))


def bank_statements(
    client: LedgerClient,
    *,
    filter: str = "",  # noqa: A002 (the contract's word)
    order_by: str = "",
) -> Iterator[BankStatement]:
    """What files say about their statements; see `ledgerd_client.bank_statements`."""
    return _each(client, lambda connected: results.bank_statements(connected, filter=filter, order_by=order_by))


def confirm_matches(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    numbers: Sequence[int] | None = None,
    rule_place: int | None = None,
    reason: str = "",
    request_id: str = "",
    timeout: float | None = None,
) -> ConfirmMatchesResponse:
    """Says that matches of a finished run are right; see `ledgerd_client.confirm_matches`."""
    loop, connected = client.connection
    return loop.run(
        decisions.confirm_matches(
            connected,
            reconciliation_id,
            numbers=numbers,
            rule_place=rule_place,
            reason=reason,
            request_id=request_id,
            timeout=timeout,
        )
    )


def reject_matches(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    numbers: Sequence[int] | None = None,
    rule_place: int | None = None,
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> RejectMatchesResponse:
    """Says that matches of a finished run are wrong; see `ledgerd_client.reject_matches`."""
    loop, connected = client.connection
    return loop.run(
        decisions.reject_matches(
            connected,
            reconciliation_id,
            numbers=numbers,
            rule_place=rule_place,
            reason=reason,
            request_id=request_id,
            timeout=timeout,
        )
    )


def create_match(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    records: Iterable[str | ExternalRecord] = (),
    entries: Iterable[Entry] = (),
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> CreateMatchResponse:
    """Makes a match that no rule found; see `ledgerd_client.create_match`."""
    loop, connected = client.connection
    return loop.run(
        decisions.create_match(
            connected,
            reconciliation_id,
            records=records,
            entries=entries,
            reason=reason,
            request_id=request_id,
            timeout=timeout,
        )
    )


def release_match(
    client: LedgerClient,
    reconciliation_id: str,
    number: int,
    *,
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> ReleaseMatchResponse:
    """Takes back that a match is confirmed; see `ledgerd_client.release_match`."""
    loop, connected = client.connection
    return loop.run(
        decisions.release_match(
            connected, reconciliation_id, number, reason=reason, request_id=request_id, timeout=timeout
        )
    )


def ignore_rows(
    client: LedgerClient,
    source: str,
    *,
    records: Iterable[str | ExternalRecord] = (),
    entries: Iterable[Entry] = (),
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> IgnoreRowsResponse:
    """Says that rows of a source need no match; see `ledgerd_client.ignore_rows`."""
    loop, connected = client.connection
    return loop.run(
        decisions.ignore_rows(
            connected, source, records=records, entries=entries, reason=reason, request_id=request_id, timeout=timeout
        )
    )


def restore_rows(
    client: LedgerClient,
    source: str,
    *,
    records: Iterable[str | ExternalRecord] = (),
    entries: Iterable[Entry] = (),
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> RestoreRowsResponse:
    """Takes back that rows are ignored; see `ledgerd_client.restore_rows`."""
    loop, connected = client.connection
    return loop.run(
        decisions.restore_rows(
            connected, source, records=records, entries=entries, reason=reason, request_id=request_id, timeout=timeout
        )
    )


def _each(
    client: LedgerClient, work: Callable[[asynchronous.LedgerClient], AsyncGenerator[_Item, None]]
) -> Iterator[_Item]:
    loop, connected = client.connection
    return iter(Exchange[None, _Item](loop, (), lambda _: work(connected)))


def _last(
    client: LedgerClient,
    work: Callable[[asynchronous.LedgerClient], AsyncGenerator[Reconciliation, None]],
    on_progress: Callable[[Reconciliation], None] | None,
) -> Reconciliation:
    run = Reconciliation()
    for run in _each(client, work):
        if on_progress is not None:
            on_progress(run)
    return run
