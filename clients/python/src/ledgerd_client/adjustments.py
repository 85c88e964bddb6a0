"""Deciding about adjustments: transactions that a run of reconciliation proposes."""

from collections.abc import Sequence

from ledgerapi.v1.reconciliation_adjustment_pb2 import (
    ReconciliationAdjustment,
    ReconciliationAdjustmentIds,
    ReconciliationAdjustmentSelection,
)
from ledgerapi.v1.reconciliation_service_pb2 import (
    PostReconciliationAdjustmentsRequest,
    PostReconciliationAdjustmentsResponse,
    RejectReconciliationAdjustmentsRequest,
    RejectReconciliationAdjustmentsResponse,
    ReverseReconciliationAdjustmentRequest,
)

from ledgerd_client.client import LedgerClient


async def post_adjustments(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    adjustment_ids: Sequence[str] | None = None,
    reason: str = "",
    request_id: str = "",
    timeout: float | None = None,
) -> PostReconciliationAdjustmentsResponse:
    """Posts adjustments that a finished run proposes. Calling again is safe: each is posted once.

    Args:
        client: The client to call with.
        reconciliation_id: The run (`rec_...`).
        adjustment_ids: Which ones (`adj_...`), up to 10,000. None means all that are proposed.
        reason: Why, at most 1,000 characters. Kept for ever.
        request_id: Your unique key of this call, at most 128 characters: calling again with the same key and the same
            content is about the same adjustments, and returns the same counts. Without one, None means all that are
            proposed by then.
        timeout: Deadline in seconds. None means the client's.

    Returns:
        How many are posted; what could not be posted is in `skipped`, with the reason.

    Raises:
        NotFound: There is no such run.
        Rejected: The run is not finished or is a dry run, or another caller must confirm.
        Conflict: The request id was used for something else.
        Malformed: The request can never pass.
        Unavailable: There was no answer in time. Call again.
    """
    request = PostReconciliationAdjustmentsRequest(
        reconciliation_id=reconciliation_id, selection=_selection(adjustment_ids), reason=reason, request_id=request_id
    )
    return await client.reconciliations.PostReconciliationAdjustments(request, timeout=timeout)


async def reject_adjustments(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    adjustment_ids: Sequence[str] | None = None,
    reason: str,
    request_id: str = "",
    timeout: float | None = None,
) -> RejectReconciliationAdjustmentsResponse:
    """Says that adjustments are not posted. The arguments are those of `post_adjustments`; a reason is required."""
    request = RejectReconciliationAdjustmentsRequest(
        reconciliation_id=reconciliation_id, selection=_selection(adjustment_ids), reason=reason, request_id=request_id
    )
    return await client.reconciliations.RejectReconciliationAdjustments(request, timeout=timeout)


async def reverse_adjustment(
    client: LedgerClient, adjustment_id: str, *, reason: str, request_id: str = "", timeout: float | None = None
) -> ReconciliationAdjustment:
    """Refunds an adjustment that was posted: what it explained is open again. Calling again is safe.

    Args:
        client: As for `post_adjustments`.
        adjustment_id: The adjustment (`adj_...`).
        reason: Why, 1 to 1,000 characters. Kept for ever.
        request_id: As for `post_adjustments`.
        timeout: As for `post_adjustments`.

    Raises:
        NotFound: There is no such adjustment.
        Rejected: The adjustment is not posted, or the ledger rejects the refund.
        Malformed: The request can never pass.
        Unavailable: There was no answer in time. Call again.
    """
    request = ReverseReconciliationAdjustmentRequest(
        reconciliation_adjustment_id=adjustment_id, reason=reason, request_id=request_id
    )
    response = await client.reconciliations.ReverseReconciliationAdjustment(request, timeout=timeout)
    return response.reconciliation_adjustment


def _selection(adjustment_ids: Sequence[str] | None) -> ReconciliationAdjustmentSelection:
    """These adjustments; with None all. No id at all is never all."""
    if adjustment_ids is None:
        return ReconciliationAdjustmentSelection(all=True)
    if isinstance(adjustment_ids, str):
        raise TypeError("adjustment_ids is a list of ids, not a str")
    return ReconciliationAdjustmentSelection(
        ids=ReconciliationAdjustmentIds(reconciliation_adjustment_ids=adjustment_ids)
    )
