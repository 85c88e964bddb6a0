"""Deciding about what a run of reconciliation found: which matches are right, and which rows need none."""

from collections.abc import Iterable, Sequence

from ledgerapi.v1.external_record_pb2 import ExternalRecord
from ledgerapi.v1.reconciliation_service_pb2 import (
    ConfirmMatchesRequest,
    ConfirmMatchesResponse,
    CreateMatchRequest,
    CreateMatchResponse,
    IgnoreRowsRequest,
    IgnoreRowsResponse,
    RejectMatchesRequest,
    RejectMatchesResponse,
    ReleaseMatchRequest,
    ReleaseMatchResponse,
    RestoreRowsRequest,
    RestoreRowsResponse,
)

from ledgerd_client.client import LedgerClient
from ledgerd_client.rows import Entry, entry_key, record_ids, selection


async def confirm_matches(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    numbers: Sequence[int] | None = None,
    rule_place: int | None = None,
    reason: str = "",
    request_id: str = "",
    timeout: float | None = None,
) -> ConfirmMatchesResponse:
    """Says that matches of a finished run are right: their rows belong to them, and runs that follow skip these.

    Without `numbers` and `rule_place` all that are proposed are confirmed, except ambiguous ones, of which only numbers
    say which one is right, and those that somebody made.

    Args:
        client: The client to call with.
        reconciliation_id: The run (`rec_...`).
        numbers: Which ones, up to 10,000, ambiguous ones included.
        rule_place: Those that the rule at this place of the run found, from 1.
        reason: Why, at most 1,000 characters. Kept for ever.
        request_id: Your unique key of this decision, at most 128 characters: calling again with the same key and the
            same content returns the same decision. Without one the call cannot be repeated safely.
        timeout: Deadline in seconds. None means the client's.

    Returns:
        The decision, with how many matches it confirmed; what could not be confirmed is in `skipped`, with the reason.

    Raises:
        NotFound: There is no such run, or no match with the only number that is given.
        Rejected: The run is not finished or is a dry run, another caller must confirm, or the only match that is named
            cannot be confirmed.
        Conflict: The request id was used for something else.
        Malformed: The request can never pass.
        Unavailable: There was no answer in time. Call again with the same request id.
        ValueError: Both `numbers` and `rule_place` are given.
    """
    request = ConfirmMatchesRequest(
        reconciliation_id=reconciliation_id,
        selection=selection(numbers, rule_place),
        reason=reason,
        request_id=request_id,
    )
    return await client.reconciliations.ConfirmMatches(request, timeout=timeout)


async def reject_matches(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    numbers: Sequence[int] | None = None,
    rule_place: int | None = None,
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> RejectMatchesResponse:
    """Says that matches of a finished run are wrong: their rows stay free.

    The arguments are those of `confirm_matches`; a reason is required.
    """
    request = RejectMatchesRequest(
        reconciliation_id=reconciliation_id,
        selection=selection(numbers, rule_place),
        reason=reason,
        request_id=request_id,
    )
    return await client.reconciliations.RejectMatches(request, timeout=timeout)


async def create_match(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    records: Iterable[str | ExternalRecord] = (),
    entries: Iterable[Entry] = (),
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> CreateMatchResponse:
    """Makes a match that no rule found. It is confirmed at once, or proposed where another caller must confirm it.

    Args:
        client: As for `confirm_matches`.
        reconciliation_id: As for `confirm_matches`.
        records: Up to 1,000 records, or their ids (`xrc_...`).
        entries: Up to 1,000 entries, each as a list returns it, or as ("txn_...", "bln_...").
        reason: Why, 1 to 1,000 characters. Kept for ever.
        request_id: As for `confirm_matches`.
        timeout: As for `confirm_matches`.

    Raises:
        NotFound: There is no such run, record or entry.
        Rejected: A row belongs to another match, the currencies differ, or the run cannot be decided about.
        LedgerError: As for `confirm_matches`.
    """
    request = CreateMatchRequest(
        reconciliation_id=reconciliation_id,
        external_record_ids=record_ids(records),
        entries=[entry_key(entry) for entry in entries],
        reason=reason,
        request_id=request_id,
    )
    return await client.reconciliations.CreateMatch(request, timeout=timeout)


async def release_match(
    client: LedgerClient,
    reconciliation_id: str,
    number: int,
    *,
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> ReleaseMatchResponse:
    """Takes back that a match is confirmed: its rows are free. The arguments are those of `create_match`.

    Raises:
        Rejected: The match is not confirmed.
        LedgerError: As for `confirm_matches`.
    """
    request = ReleaseMatchRequest(
        reconciliation_id=reconciliation_id, number=number, reason=reason, request_id=request_id
    )
    return await client.reconciliations.ReleaseMatch(request, timeout=timeout)


async def ignore_rows(
    client: LedgerClient,
    source: str,
    *,
    records: Iterable[str | ExternalRecord] = (),
    entries: Iterable[Entry] = (),
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> IgnoreRowsResponse:
    """Says that rows of a source (`src_...`) need no match: runs that follow skip them. All are ignored, or none.

    The other arguments are those of `create_match`.

    Raises:
        NotFound: There is no such source, record or entry.
        Rejected: A row belongs to a match, or is ignored already.
        LedgerError: As for `confirm_matches`.
    """
    request = IgnoreRowsRequest(
        external_source_id=source,
        external_record_ids=record_ids(records),
        entries=[entry_key(entry) for entry in entries],
        reason=reason,
        request_id=request_id,
    )
    return await client.reconciliations.IgnoreRows(request, timeout=timeout)


async def restore_rows(
    client: LedgerClient,
    source: str,
    *,
    records: Iterable[str | ExternalRecord] = (),
    entries: Iterable[Entry] = (),
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> RestoreRowsResponse:
    """Takes back that rows are ignored. All are restored, or none. The arguments are those of `ignore_rows`.

    Raises:
        Rejected: A row is not ignored.
        LedgerError: As for `ignore_rows`.
    """
    request = RestoreRowsRequest(
        external_source_id=source,
        external_record_ids=record_ids(records),
        entries=[entry_key(entry) for entry in entries],
        reason=reason,
        request_id=request_id,
    )
    return await client.reconciliations.RestoreRows(request, timeout=timeout)
