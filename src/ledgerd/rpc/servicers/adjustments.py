"""ReconciliationService: adjustments that runs propose."""

from typing import Any

from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1 import reconciliation_service_pb2_grpc as services

from ledgerd.core.model import ids
from ledgerd.operations import adjustment_reversals, reconciliation_adjustments
from ledgerd.operations.engine import Engine
from ledgerd.operations.reconciliation_adjustments import Done
from ledgerd.rpc.context import Context, current_caller
from ledgerd.wire import fields, lists, paging
from ledgerd.wire import matches as decisions
from ledgerd.wire import reconciliation_adjustments as wire

_ID = "reconciliation_adjustment_id"


class AdjustmentServicer(services.ReconciliationServiceServicer):
    """Serves adjustments."""

    _engine: Engine

    async def GetReconciliationAdjustment(
        self, request: pb.GetReconciliationAdjustmentRequest, context: Context
    ) -> pb.GetReconciliationAdjustmentResponse:
        with fields.reading() as read:
            adjustment_id = read.id(_ID, request.reconciliation_adjustment_id, ids.RECONCILIATION_ADJUSTMENT)
        row = await reconciliation_adjustments.get(self._engine, current_caller(), adjustment_id)
        return pb.GetReconciliationAdjustmentResponse(reconciliation_adjustment=wire.encode_adjustment(row))

    async def ListReconciliationAdjustments(
        self, request: pb.ListReconciliationAdjustmentsRequest, context: Context
    ) -> pb.ListReconciliationAdjustmentsResponse:
        page = await paging.answer(
            self._engine, current_caller(), request, lists.RECONCILIATION_ADJUSTMENTS, wire.encode_adjustment
        )
        return pb.ListReconciliationAdjustmentsResponse(
            reconciliation_adjustments=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    async def PostReconciliationAdjustments(
        self, request: pb.PostReconciliationAdjustmentsRequest, context: Context
    ) -> pb.PostReconciliationAdjustmentsResponse:
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            chosen = wire.chosen(read, request.selection)
            reason = decisions.reason(read, request.reason, is_required=False)
            has_time = request.HasField("effective_time")
            effective_at = read.time("effective_time", request.effective_time) if has_time else None
        done = await reconciliation_adjustments.post(
            self._engine, current_caller(), run_id, chosen, reason, effective_at=effective_at
        )
        return pb.PostReconciliationAdjustmentsResponse(posted_count=done.count, **_skipped(done))

    async def RejectReconciliationAdjustments(
        self, request: pb.RejectReconciliationAdjustmentsRequest, context: Context
    ) -> pb.RejectReconciliationAdjustmentsResponse:
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            chosen = wire.chosen(read, request.selection)
            reason = decisions.reason(read, request.reason, is_required=True) or ""
        done = await reconciliation_adjustments.reject_all(self._engine, current_caller(), run_id, chosen, reason)
        return pb.RejectReconciliationAdjustmentsResponse(rejected_count=done.count, **_skipped(done))

    async def ReverseReconciliationAdjustment(
        self, request: pb.ReverseReconciliationAdjustmentRequest, context: Context
    ) -> pb.ReverseReconciliationAdjustmentResponse:
        with fields.reading() as read:
            adjustment_id = read.id(_ID, request.reconciliation_adjustment_id, ids.RECONCILIATION_ADJUSTMENT)
            reason = decisions.reason(read, request.reason, is_required=True) or ""
        row = await adjustment_reversals.reverse(self._engine, current_caller(), adjustment_id, reason)
        return pb.ReverseReconciliationAdjustmentResponse(reconciliation_adjustment=wire.encode_adjustment(row))


def _skipped(done: Done) -> dict[str, Any]:
    return {"skipped": wire.skipped(done.skipped), "skipped_count": done.skipped_count}
