"""The event loop on which every synchronous client of this process works, in a thread of its own."""

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")

STOP_SECONDS_MAX = 5.0


class BackgroundLoop:
    """An event loop in a daemon thread.

    There is one for the whole process, because several loops that use grpc.aio wake each other for nothing.
    """

    def __init__(self) -> None:
        self._process_id = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_report)
        self._thread = threading.Thread(target=self._loop.run_forever, name="ledgerd-client", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Waits for the work, which is done on the loop. An interrupt (Ctrl-C) cancels the work.

        Raises:
            RuntimeError: The loop belongs to the process before a fork, or is the caller's own loop.
        """
        if not self.is_of_this_process:
            work.close()
            raise RuntimeError("the client was used before this process was forked; make a client in each process")
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("a synchronous client cannot be called from its own event loop")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    @property
    def is_of_this_process(self) -> bool:
        """Whether the thread of the loop exists: threads do not survive a fork."""
        return self._process_id == os.getpid()

    def stop(self) -> None:
        """Ends the thread, so that it does not run into the end of the interpreter."""
        if self.is_of_this_process:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(STOP_SECONDS_MAX)


_shared: BackgroundLoop | None = None
_lock = threading.Lock()


def background_loop() -> BackgroundLoop:
    """The loop of this process. It begins when it is first needed, and ends with the process."""
    global _shared
    with _lock:
        if _shared is None or not _shared.is_of_this_process:
            _shared = BackgroundLoop()
            atexit.register(_shared.stop)
        return _shared


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # grpc.aio wakes every loop of the process. A loop that comes too late for the message fails with BlockingIOError,
    # which means nothing.
    if not isinstance(context.get("exception"), BlockingIOError):
        loop.default_exception_handler(context)
