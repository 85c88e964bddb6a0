"""The bounds of a server. Every bound that a caller can reach is the service's own and gives a reason.

gRPC's own bounds end a call with CANCELLED or RESOURCE_EXHAUSTED and no reason; transport.py sets them out of reach.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ledgerd.core.model.rejection import Reason, reject
from ledgerd.rpc.context import Context
from ledgerd.rpc.interceptors.concern import Handler, Rpc

_STREAMS = ("/PostStream", "/UploadRecords")
_WAIT = "/WaitTransaction"
_SHARED_PEER = "unix:"
"""All clients of a Unix socket have the same address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many calls of each sort may be under way, in the server and (the second number) of one connection."""

    calls: int
    streams: tuple[int, int]
    watches: tuple[int, int]
    waits: tuple[int, int]
    stream_open_seconds: float
    """How long a stream of a client may be without its first message."""


class Admission:
    """Admits calls, streams, watches and waits up to their bounds, and rejects further ones with TOO_BUSY. Health
    checks have no bound."""

    def __init__(self, bounds: Bounds) -> None:
        self._calls = _Bounded("calls", bounds.calls, None)
        self._streams = _Bounded("streams", *bounds.streams)
        self._watches = _Bounded("watches", *bounds.watches)
        self._waits = _Bounded("waits", *bounds.waits)
        self._tools = _Bounded("watches", *bounds.watches)
        """Health.Watch and reflection. They do not count as watches of the ledger."""

    def of_server(self, rpc: Rpc, handle: Handler) -> Handler:
        """Bound the calls under way in the server."""
        return handle if rpc.is_probe else self._bounded(rpc).of_server(handle)

    def of_connection(self, rpc: Rpc, handle: Handler) -> Handler:
        """Bound the calls under way of one connection. Unary calls have no such bound."""
        return self._bounded(rpc).of_connection(handle)

    def _bounded(self, rpc: Rpc) -> "_Bounded":
        if rpc.response_streaming:
            if not rpc.is_ours:
                return self._tools
            return self._streams if rpc.name.endswith(_STREAMS) else self._watches
        return self._waits if rpc.name.endswith(_WAIT) else self._calls


class _Bounded:
    """The calls of one sort that are under way."""

    def __init__(self, what: str, limit: int, connection_limit: int | None) -> None:
        self._what = what
        self._limit = limit
        self._connection_limit = connection_limit
        self._count = 0
        self._of_connection: Counter[str] = Counter()

    def of_server(self, handle: Handler) -> Handler:
        async def serve(request: Any, context: Context) -> Any:
            if self._count >= self._limit:
                raise reject(Reason.TOO_BUSY, unit=self._what, waiting=self._count, limit=self._limit)
            self._count += 1
            try:
                return await handle(request, context)
            finally:
                self._count -= 1

        return serve

    def of_connection(self, handle: Handler) -> Handler:
        limit = self._connection_limit
        if limit is None:
            return handle

        async def serve(request: Any, context: Context) -> Any:
            connection = context.peer()
            self._check(connection, limit)
            self._of_connection[connection] += 1
            try:
                return await handle(request, context)
            finally:
                self._of_connection[connection] -= 1
                if not self._of_connection[connection]:
                    del self._of_connection[connection]

        return serve

    def _check(self, connection: str, limit: int) -> None:
        under_way = self._of_connection[connection]
        if under_way >= limit and not connection.startswith(_SHARED_PEER):
            unit = f"{self._what} of a connection"
            raise reject(Reason.TOO_BUSY, unit=unit, waiting=under_way, limit=limit)
