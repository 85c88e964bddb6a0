"""MonitorService: conditions on balances."""

from collections.abc import AsyncIterator

from ledgerapi.v1 import event_pb2
from ledgerapi.v1 import monitor_service_pb2 as pb
from ledgerapi.v1 import monitor_service_pb2_grpc as services

from ledgerd.core.model import ids
from ledgerd.operations import monitors
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.rpc.servicers import watched
from ledgerd.rpc.watch import Watch
from ledgerd.wire import encode, fields, lists, paging, selection, settings

_MONITOR_PATHS = ("conditions", "trigger", "description", "metadata")


class MonitorServicer(services.MonitorServiceServicer):
    """Serves monitors."""

    def __init__(self, engine: Engine, watch: Watch) -> None:
        self._engine = engine
        self._watch = watch

    async def CreateMonitor(self, request: pb.CreateMonitorRequest, context: Context) -> pb.CreateMonitorResponse:
        key = request.indicator_key if request.HasField("indicator_key") else None
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            watched = settings.monitored(read, request.monitor.balance_id, key)
            requested = settings.monitor(read, request.monitor)
        made = await monitors.create(self._engine, current_caller(), watched, requested, request_id)
        return pb.CreateMonitorResponse(monitor=encode.monitor(made.rows), replayed=made.replayed)

    async def GetMonitor(self, request: pb.GetMonitorRequest, context: Context) -> pb.GetMonitorResponse:
        with fields.reading() as read:
            monitor_id = read.id("monitor_id", request.monitor_id, ids.MONITOR)
        return pb.GetMonitorResponse(
            monitor=encode.monitor(await monitors.get(self._engine, current_caller(), monitor_id))
        )

    async def ListMonitors(self, request: pb.ListMonitorsRequest, context: Context) -> pb.ListMonitorsResponse:
        page = await paging.answer(self._engine, current_caller(), request, lists.MONITORS, encode.monitor)
        return pb.ListMonitorsResponse(
            monitors=page.items,
            next_page_token=page.next_page_token,
            total_size=page.total,
        )

    async def UpdateMonitor(self, request: pb.UpdateMonitorRequest, context: Context) -> pb.UpdateMonitorResponse:
        with fields.reading() as read:
            monitor_id = read.id("monitor.id", request.monitor.id, ids.MONITOR)
            changed = read.mask("update_mask", request.update_mask, _MONITOR_PATHS)
            etag = read.etag("monitor.etag", request.monitor.etag)
            requested = settings.monitor(read, request.monitor, changed)
        row = await monitors.update(self._engine, current_caller(), monitor_id, requested, changed, etag)
        return pb.UpdateMonitorResponse(monitor=encode.monitor(row))

    async def DeleteMonitor(self, request: pb.DeleteMonitorRequest, context: Context) -> pb.DeleteMonitorResponse:
        with fields.reading() as read:
            monitor_id = read.id("monitor_id", request.monitor_id, ids.MONITOR)
            etag = read.etag("etag", request.etag)
        await monitors.delete(self._engine, current_caller(), monitor_id, etag)
        return pb.DeleteMonitorResponse()

    async def WatchMonitors(
        self, request: pb.WatchMonitorsRequest, context: Context
    ) -> AsyncIterator[pb.WatchMonitorsResponse]:
        balance_ids = await watched.balance_ids(self._engine, current_caller(), request)
        wants = selection.monitors(request.monitor_ids, balance_ids)
        start = await self._watch.start(request.after_cursor, from_beginning=request.from_beginning)
        async for message in self._watch.follow(start, wants):
            if isinstance(message, event_pb2.Event):
                yield pb.WatchMonitorsResponse(event=message)
            else:
                yield pb.WatchMonitorsResponse(heartbeat=message)
