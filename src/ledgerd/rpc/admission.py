"""How much a server takes on at once: every bound that a caller can meet is ours, and says so.

gRPC's own bounds end a call with a bare CANCELLED or RESOURCE_EXHAUSTED; transport.py sets them out of reach.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import grpc

from ledgerd.core.model.rejection import Reason, reject
from ledgerd.rpc.context import Context

_OURS = "/ledgerapi."
_CHECK = "/grpc.health.v1.Health/Check"
"""Balancers ask however busy the server is."""
_STREAM = "/PostStream"
_WAIT = "/WaitTransaction"
_QUIET_SECONDS = 0.05
_SHARED_PEER = "unix:"
"""All who come over a Unix socket look alike."""

MethodHandler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many of each may be under way, in the server and (the second number) of one connection."""

    calls: int
    streams: tuple[int, int]
    watches: tuple[int, int]
    waits: tuple[int, int]
    stream_open_seconds: float
    """How long a PostStream may be without its first message."""


class Admission(grpc.aio.ServerInterceptor):
    """Lets so many calls, streams, watches and waits in; rejects the others, and everybody once the server stops."""

    def __init__(self, bounds: Bounds, stopping: asyncio.Event) -> None:
        self._dismissed = asyncio.Event()
        stop = _Stop(stopping, self._dismissed)
        self._calls = _Bounded("calls", stop, bounds.calls, None)
        self._streams = _Bounded("streams", stop, *bounds.streams)
        self._watches = _Bounded("watches", stop, *bounds.watches)
        self._waits = _Bounded("waits", stop, *bounds.waits)
        self._tools = _Bounded("watches", stop, *bounds.watches)
        self._all = (self._tools, self._calls, self._streams, self._watches, self._waits)

    async def quiet(self, *, within_seconds: float) -> None:
        """Wait until no more calls come for a moment, or for so long. Those that come are held until `dismiss`.

        gRPC ends with CANCELLED what it has received and nobody has picked up when it is told to stop. So whoever sends
        the next call upon an answer gets none until gRPC has told him to go elsewhere. A call that is sent in just that
        moment, by somebody who does not wait for answers, is all that can still end so.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                seen = -1
                while (come := sum(one.arrivals for one in self._all)) != seen:
                    seen = come
                    await asyncio.sleep(_QUIET_SECONDS)

    def dismiss(self) -> None:
        """Reject what came since the server stops, and end what does not know of it: Health.Watch, reflection."""
        self._dismissed.set()
        self._tools.end()

    def end(self) -> None:
        """End what is still under way. Everybody is told SHUTTING_DOWN."""
        for one in self._all:
            one.end()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[MethodHandler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> MethodHandler:
        handler: Any = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None:
            return None
        codec = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.request_streaming and handler.response_streaming:
            bounded = self._streams if method.endswith(_STREAM) else self._tools
            return grpc.stream_stream_rpc_method_handler(_many(handler.stream_stream, bounded), **codec)
        if handler.response_streaming:
            bounded = self._watches if method.startswith(_OURS) else self._tools
            return grpc.unary_stream_rpc_method_handler(_many(handler.unary_stream, bounded), **codec)
        if method == _CHECK:
            known: MethodHandler = handler
            return known
        bounded = self._waits if method.endswith(_WAIT) else self._calls
        return grpc.unary_unary_rpc_method_handler(_one(handler.unary_unary, bounded), **codec)


class _Stop(NamedTuple):
    """Set when the server stops, and when those who came after that are to be rejected."""

    begun: asyncio.Event
    dismissed: asyncio.Event


class _Bounded:
    """Calls of one sort that are under way."""

    def __init__(self, what: str, stop: _Stop, limit: int, connection_limit: int | None) -> None:
        self._what = what
        self._stop = stop
        self._limit = limit
        self._connection_limit = connection_limit
        self._count = 0
        self._of_connection: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended = False
        self.arrivals = 0

    def end(self) -> None:
        """Cancel everything; callers are told that the server shuts down."""
        self._ended = True
        for task in self._tasks:
            task.cancel()

    @asynccontextmanager
    async def admitted(self, context: Context) -> AsyncIterator[None]:
        """Raises Rejected: SHUTTING_DOWN, TOO_BUSY."""
        self.arrivals += 1
        if self._count >= self._limit:
            raise reject(Reason.TOO_BUSY, unit=self._what, waiting=self._count, limit=self._limit)
        self._count += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self._stop.begun.is_set():
                await self._stop.dismissed.wait()
                raise reject(Reason.SHUTTING_DOWN)
            if self._connection_limit is None:
                yield
            else:
                with self._of(context.peer(), self._connection_limit):
                    yield
        except asyncio.CancelledError:
            if self._ended and not context.cancelled():
                raise reject(Reason.SHUTTING_DOWN) from None
            raise
        finally:
            self._count -= 1
            self._tasks.discard(task)

    @contextmanager
    def _of(self, connection: str, limit: int) -> Iterator[None]:
        under_way = self._of_connection[connection]
        if under_way >= limit and not connection.startswith(_SHARED_PEER):
            unit = f"{self._what} of a connection"
            raise reject(Reason.TOO_BUSY, unit=unit, waiting=under_way, limit=limit)
        self._of_connection[connection] += 1
        try:
            yield
        finally:
            self._of_connection[connection] -= 1
            if not self._of_connection[connection]:
                del self._of_connection[connection]


def _one(handle: Callable[[Any, Context], Awaitable[Any]], bounded: _Bounded) -> Callable[[Any, Context], Any]:
    async def serve(request: Any, context: Context) -> Any:
        async with bounded.admitted(context):
            return await handle(request, context)

    return serve


def _many(handle: Callable[[Any, Context], Any], bounded: _Bounded) -> Callable[[Any, Context], Any]:
    async def serve(request: Any, context: Context) -> AsyncIterator[Any]:
        async with bounded.admitted(context), aclosing(handle(request, context)) as responses:
            async for response in responses:
                yield response

    return serve
