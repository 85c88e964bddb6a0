"""Streams that break: reading them, how long to wait between attempts, and when to stop trying."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import TypeVar

from ledgerd_client.errors import Busy, LedgerError, Unavailable

WAIT_SECONDS_MIN = 0.1
WAIT_SECONDS_MAX = 5.0

_Response = TypeVar("_Response")


def is_break(error: LedgerError) -> bool:
    """Whether another stream may succeed where this stream ended."""
    return isinstance(error, Unavailable | Busy)


async def next_response(responses: AsyncIterator[_Response]) -> _Response:
    """The next message of a stream that should not end here. The end of the stream is a break.

    Raises:
        LedgerError: The stream failed, ended, or was cancelled although its reader was not.
    """
    try:
        return await anext(responses)
    except StopAsyncIteration:
        raise Unavailable("the service ended the stream") from None
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # The call was cancelled under a reader that nobody cancelled.
        raise Unavailable("the stream was cancelled") from None


class Backoff:
    """Pauses that double from 0.1 to 5 seconds, with jitter, and a limit on the time without progress.

    Args:
        give_up_seconds: How long attempts may fail without any progress in between. None means for ever.
    """

    def __init__(self, give_up_seconds: float | None) -> None:
        self._give_up_seconds = give_up_seconds
        self._failures = 0
        self._progress_time = asyncio.get_running_loop().time()

    def progress(self) -> None:
        """There was progress: the next pauses are short again, and the time without progress starts anew."""
        self._failures = 0
        self.idle()

    def idle(self) -> None:
        """There was nothing to do: the time without progress starts anew."""
        self._progress_time = asyncio.get_running_loop().time()

    def give_up_time(self) -> float | None:
        """When to give up, in the loop's time. None means never."""
        return None if self._give_up_seconds is None else self._progress_time + self._give_up_seconds

    def seconds_after(self, error: LedgerError) -> float:
        """How long to pause after this failure, at least as long as the service asked for.

        Raises:
            LedgerError: The failure itself, when the next attempt would come after the time to give up.
        """
        ceiling = min(WAIT_SECONDS_MAX, WAIT_SECONDS_MIN * 2.0 ** min(self._failures, 10))
        self._failures += 1
        seconds = max(error.retry_after or 0.0, ceiling * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)
        limit = self.give_up_time()
        if limit is not None and asyncio.get_running_loop().time() + seconds > limit:
            raise error
        return seconds
