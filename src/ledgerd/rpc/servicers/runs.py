"""ReconciliationService: runs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1 import reconciliation_service_pb2_grpc as services

from ledgerd import metrics
from ledgerd.core.model import ids
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations import reconciliations
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.wire import fields, lists, paging, settings, unknown
from ledgerd.wire import reconciliations as wire


class RunServicer(services.ReconciliationServiceServicer):
    """Serves runs."""

    _engine: Engine
    _stopping: asyncio.Event

    async def StartReconciliation(
        self, request: pb.StartReconciliationRequest, context: Context
    ) -> pb.StartReconciliationResponse:
        unknown.check(request)
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            requested = wire.read(read, request)
        made = await reconciliations.start(self._engine, current_caller(), requested, request_id)
        return pb.StartReconciliationResponse(reconciliation=wire.run(made.rows), replayed=made.replayed)

    async def GetReconciliation(
        self, request: pb.GetReconciliationRequest, context: Context
    ) -> pb.GetReconciliationResponse:
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
        row = await reconciliations.get(self._engine, current_caller(), run_id)
        return pb.GetReconciliationResponse(reconciliation=wire.run(row))

    async def ListReconciliations(
        self, request: pb.ListReconciliationsRequest, context: Context
    ) -> pb.ListReconciliationsResponse:
        page = await paging.answer(self._engine, current_caller(), request, lists.RECONCILIATIONS, wire.run)
        return pb.ListReconciliationsResponse(
            reconciliations=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    async def CancelReconciliation(
        self, request: pb.CancelReconciliationRequest, context: Context
    ) -> pb.CancelReconciliationResponse:
        unknown.check(request)
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
        row = await reconciliations.cancel(self._engine, current_caller(), run_id)
        return pb.CancelReconciliationResponse(reconciliation=wire.run(row))

    async def WatchReconciliation(
        self, request: pb.WatchReconciliationRequest, context: Context
    ) -> AsyncIterator[pb.WatchReconciliationResponse]:
        with metrics.WATCHERS.labels("reconciliation").track_inprogress():
            async with aclosing(self._watched(request)) as responses:
                async for response in responses:
                    yield response

    async def _watched(
        self, request: pb.WatchReconciliationRequest
    ) -> AsyncGenerator[pb.WatchReconciliationResponse, None]:
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
        async with aclosing(reconciliations.follow(self._engine, current_caller(), run_id)) as rows:
            async for row in rows:
                if row is not None:
                    yield pb.WatchReconciliationResponse(reconciliation=wire.run(row))
                if self._stopping.is_set() and (row is None or row["finished_at"] is None):
                    raise reject(Reason.SHUTTING_DOWN)

    async def ReplayReconciliation(
        self, request: pb.ReplayReconciliationRequest, context: Context
    ) -> pb.ReplayReconciliationResponse:
        unknown.check(request)
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
        made = await reconciliations.replay(self._engine, current_caller(), run_id, request_id)
        return pb.ReplayReconciliationResponse(reconciliation=wire.run(made.rows), replayed=made.replayed)
