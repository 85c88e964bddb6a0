"""Pages of events for callers that poll."""

from ledgerapi.v1 import event_service_pb2 as pb

from ledgerd.operations.events import Found, Wanted
from ledgerd.wire import fields, paging, selection
from ledgerd.wire.events import show


def read(request: pb.ListEventsRequest) -> Wanted:
    """The page that a request names. Raises Rejected: FIELD_INVALID, FILTER_INVALID, TOO_MANY_ITEMS."""
    fields.response_bytes(request.max_response_bytes)
    size = paging.page_size(request.page_size)
    selected = selection.events(request.kinds, request.filter)
    return Wanted(size=size, channel=selected.channel, wants=selected.wants)


def answer(request: pb.ListEventsRequest, found: Found) -> pb.ListEventsResponse:
    """The page as an answer. It ends before the answer would be too large, and goes on from there."""
    capacity = fields.response_bytes(request.max_response_bytes)
    events = paging.fitting(found.entries, lambda entry: show(entry).event, capacity)
    if len(events) < len(found.entries):
        return pb.ListEventsResponse(events=events, next_cursor=events[-1].cursor)
    return pb.ListEventsResponse(events=events, next_cursor=found.next.text(), end_reached=found.end_reached)
