"""What happens to calls while the server stops: those that come are held and then rejected, those under way are ended.

gRPC ends with a bare CANCELLED every call that it has received and that no handler has picked up when it is told to
stop. So for a moment the server picks new calls up and holds them, and gRPC is told to stop when no more come.
"""

import asyncio
from contextlib import suppress
from typing import Any

from ledgerd.core.model.rejection import Reason, reject
from ledgerd.rpc.context import Context
from ledgerd.rpc.interceptors.concern import Handler, Rpc

_QUIET_SECONDS = 0.05


class Drain:
    """The end of a server's calls. Every caller is told SHUTTING_DOWN, but health checks are answered as long as they
    come."""

    def __init__(self, begun: asyncio.Event) -> None:
        """``begun`` is set when the server begins to stop."""
        self._begun = begun
        self._dismissed = asyncio.Event()
        self._calls = _UnderWay()
        self._tools = _UnderWay()
        """Health.Watch and reflection: their servicers do not know that the server stops."""

    # What the server does ------------------------------------------------------------------------

    async def quiet(self, *, within_seconds: float) -> None:
        """Wait until no more calls come for a moment, at most so long. The calls that come are held until `dismiss`.

        A client that sends its next call upon an answer gets no answer until gRPC has told it to go elsewhere. A call
        that is on its way at just that moment, from a client that does not wait for its answers, can still be ended
        by gRPC.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                seen = -1
                while (come := self._calls.arrivals + self._tools.arrivals) != seen:
                    seen = come
                    await asyncio.sleep(_QUIET_SECONDS)

    def dismiss(self) -> None:
        """Reject the calls that are held, and end those of tools."""
        self._dismissed.set()
        self._tools.end()

    def end(self) -> None:
        """End what is still under way."""
        self._tools.end()
        self._calls.end()

    # The concerns --------------------------------------------------------------------------------

    def end_calls(self, rpc: Rpc, handle: Handler) -> Handler:
        """Let `end` and `dismiss` end the calls of this method."""
        if rpc.is_probe:
            return handle
        under_way = self._tools if rpc.response_streaming and not rpc.is_ours else self._calls
        return under_way.around(handle)

    def hold_calls(self, rpc: Rpc, handle: Handler) -> Handler:
        """Hold the calls that come once the server stops, and then reject them."""
        if rpc.is_probe:
            return handle

        async def serve(request: Any, context: Context) -> Any:
            if self._begun.is_set():
                await self._dismissed.wait()
                raise reject(Reason.SHUTTING_DOWN)
            return await handle(request, context)

        return serve


class _UnderWay:
    """The tasks of calls that can be ended together."""

    def __init__(self) -> None:
        self.arrivals = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended = False

    def end(self) -> None:
        self._ended = True
        for task in self._tasks:
            task.cancel()

    def around(self, handle: Handler) -> Handler:
        async def serve(request: Any, context: Context) -> Any:
            self.arrivals += 1
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            try:
                return await handle(request, context)
            except asyncio.CancelledError:
                if self._ended and not context.cancelled():
                    raise reject(Reason.SHUTTING_DOWN) from None
                raise
            finally:
                self._tasks.discard(task)

        return serve
