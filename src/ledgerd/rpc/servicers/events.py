"""EventService: everything that was committed, in one order."""

from collections.abc import AsyncIterator

from ledgerapi.v1 import event_pb2
from ledgerapi.v1 import event_service_pb2 as pb
from ledgerapi.v1 import event_service_pb2_grpc as services

from ledgerd.core.model import ids
from ledgerd.operations import events
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.rpc.watch import Watch
from ledgerd.wire import event_pages, fields, selection
from ledgerd.wire.events import show


class EventServicer(services.EventServiceServicer):
    """Serves events."""

    def __init__(self, engine: Engine, watch: Watch) -> None:
        self._engine = engine
        self._watch = watch

    async def WatchEvents(
        self, request: pb.WatchEventsRequest, context: Context
    ) -> AsyncIterator[pb.WatchEventsResponse]:
        selected = selection.events(request.kinds, request.filter)
        start = await self._watch.start(request.after_cursor, from_beginning=request.from_beginning)
        async for message in self._watch.follow(start, selected.wants):
            if isinstance(message, event_pb2.Event):
                yield pb.WatchEventsResponse(event=message)
            else:
                yield pb.WatchEventsResponse(heartbeat=message)

    async def GetEvent(self, request: pb.GetEventRequest, context: Context) -> pb.GetEventResponse:
        with fields.reading() as read:
            event_id = read.id("event_id", request.event_id, ids.EVENT)
        return pb.GetEventResponse(event=show(await events.get(self._engine, current_caller(), event_id)).event)

    async def ListEvents(self, request: pb.ListEventsRequest, context: Context) -> pb.ListEventsResponse:
        wanted = event_pages.read(request)
        after, end = await self._watch.span(request.after_cursor)
        found = await events.page(self._engine, current_caller(), wanted, after=after, end=end)
        return event_pages.answer(request, found)
