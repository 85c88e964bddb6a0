"""Calls while the server stops: new calls are held and then rejected, calls under way are ended.

When gRPC is told to stop, it ends every received call that has no handler yet with CANCELLED and no reason. So for a
moment the server accepts new calls and holds them. It tells gRPC to stop when no more calls arrive.
"""

import asyncio
import time
from contextlib import suppress
from math import inf
from typing import Any

from ledgerd.core.model.rejection import Reason, reject
from ledgerd.rpc.context import Context
from ledgerd.rpc.interceptors.concern import Handler, Rpc

_QUIET_SECONDS = 0.05
_PICKING_UP_SECONDS = 0.02


class Drain:
    """The end of a server's calls. Every caller gets SHUTTING_DOWN. Health checks are answered to the end."""

    def __init__(self, begun: asyncio.Event) -> None:
        """``begun`` is set when the server begins to stop."""
        self._begun = begun
        self._dismissed = asyncio.Event()
        self._held = 0
        self._calls = _UnderWay()
        self._tools = _UnderWay()
        """Health.Watch and reflection: their servicers do not know that the server stops."""

    # What the server does ------------------------------------------------------------------------

    async def quiet(self, *, within_seconds: float) -> None:
        """Wait until no call has arrived for a moment, at most ``within_seconds``. New calls are held until `dismiss`.

        A client that sends its next call after an answer gets no answer until gRPC has told it to use another server.
        If a client does not wait for answers, gRPC can still end a call that arrives at just that moment.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                # gRPC may have received calls that nobody has picked up yet, most of all where the loop was busy.
                await asyncio.sleep(_PICKING_UP_SECONDS)
                while (left := max(self._calls.last, self._tools.last) + _QUIET_SECONDS - time.monotonic()) > 0:
                    await asyncio.sleep(left)

    @property
    def holds_calls(self) -> bool:
        """Whether a call waits for `dismiss`."""
        return self._held > 0

    def dismiss(self) -> None:
        """Reject the held calls, and end the calls of health watches and reflection."""
        self._dismissed.set()
        self._tools.end()

    def end(self) -> None:
        """End the calls that are still under way."""
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
        """Hold the calls that arrive while the server stops, and then reject them."""
        if rpc.is_probe:
            return handle

        async def serve(request: Any, context: Context) -> Any:
            if self._begun.is_set():
                self._held += 1
                await self._dismissed.wait()
                raise reject(Reason.SHUTTING_DOWN)
            return await handle(request, context)

        return serve


class _UnderWay:
    """The tasks of calls that end together."""

    def __init__(self) -> None:
        self.last = -inf
        """When the last call arrived, by the monotonic clock."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended = False

    def end(self) -> None:
        self._ended = True
        for task in self._tasks:
            task.cancel()

    def around(self, handle: Handler) -> Handler:
        async def serve(request: Any, context: Context) -> Any:
            self.last = time.monotonic()
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
