"""ReconciliationService: adjustments that runs propose."""

from typing import Any

from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1 import reconciliation_service_pb2_grpc as services

from ledgerd.core.model import ids
from ledgerd.operations import adjustment_reversals, reconciliation_adjustments
from ledgerd.operations.adjustment_calls import Done
from ledgerd.operations.creation import Made
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.wire import fields, lists, paging, settings, unknown
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
        unknown.check(request)
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            chosen = wire.chosen(read, request.selection)
            reason = decisions.reason(read, request.reason, is_required=False)
            has_time = request.HasField("effective_time")
            effective_at = read.time("effective_time", request.effective_time) if has_time else None
            request_id = settings.request_id(read, request.request_id)
        made = await reconciliation_adjustments.post(
            self._engine, current_caller(), run_id, chosen, reason, effective_at=effective_at, request_id=request_id
        )
        return pb.PostReconciliationAdjustmentsResponse(posted_count=made.rows.count, **_more(made))

    async def RejectReconciliationAdjustments(
        self, request: pb.RejectReconciliationAdjustmentsRequest, context: Context
    ) -> pb.RejectReconciliationAdjustmentsResponse:
        unknown.check(request)
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            chosen = wire.chosen(read, request.selection)
            reason = decisions.reason(read, request.reason, is_required=True) or ""
            request_id = settings.request_id(read, request.request_id)
        made = await reconciliation_adjustments.reject_all(
            self._engine, current_caller(), run_id, chosen, reason, request_id
        )
        return pb.RejectReconciliationAdjustmentsResponse(rejected_count=made.rows.count, **_more(made))

    async def ReverseReconciliationAdjustment(
        self, request: pb.ReverseReconciliationAdjustmentRequest, context: Context
    ) -> pb.ReverseReconciliationAdjustmentResponse:
        unknown.check(request)
        with fields.reading() as read:
            adjustment_id = read.id(_ID, request.reconciliation_adjustment_id, ids.RECONCILIATION_ADJUSTMENT)
            reason = decisions.reason(read, request.reason, is_required=True) or ""
            request_id = settings.request_id(read, request.request_id)
        made = await adjustment_reversals.reverse(self._engine, current_caller(), adjustment_id, reason, request_id)
        return pb.ReverseReconciliationAdjustmentResponse(
            reconciliation_adjustment=wire.encode_adjustment(made.rows), replayed=made.replayed
        )


def _more(made: Made[Done]) -> dict[str, Any]:
    done = made.rows
    return {
        "skipped": wire.skipped(done.skipped),
        "skipped_count": done.skipped_count,
        "replayed": made.replayed,
    }
