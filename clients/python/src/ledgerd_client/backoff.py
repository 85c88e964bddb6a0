"""How long to wait between attempts, and when to stop trying."""

import asyncio
import random

from ledgerd_client.errors import Busy, LedgerError, Unavailable

WAIT_SECONDS_MIN = 0.1
WAIT_SECONDS_MAX = 5.0


def is_break(error: LedgerError) -> bool:
    """Whether another stream may get further where this one ended."""
    return isinstance(error, Unavailable | Busy)


class Backoff:
    """Waits that double from 0.1 to 5 seconds, with jitter, and a limit on the time without progress.

    Args:
        give_up_seconds: How long attempts may fail without any progress in between; None for ever.
    """

    def __init__(self, give_up_seconds: float | None) -> None:
        self._give_up_seconds = give_up_seconds
        self._failures = 0
        self._progress_time = asyncio.get_running_loop().time()

    def progress(self) -> None:
        """Something got through: the next waits are short again, and the time without progress starts anew."""
        self._failures = 0
        self.idle()

    def idle(self) -> None:
        """There was nothing to get through: the time without progress starts anew."""
        self._progress_time = asyncio.get_running_loop().time()

    def give_up_time(self) -> float | None:
        """When the patience ends, in the loop's time. None when it does not."""
        return None if self._give_up_seconds is None else self._progress_time + self._give_up_seconds

    async def wait(self, error: LedgerError) -> None:
        """Waits before the next attempt, at least as long as the service asked for; raises `error` when it is over."""
        self._failures += 1
        ceiling = min(WAIT_SECONDS_MAX, WAIT_SECONDS_MIN * 2.0 ** min(self._failures - 1, 10))
        seconds = max(error.retry_after or 0.0, ceiling * random.uniform(0.5, 1.0))  # noqa: S311
        limit = self.give_up_time()
        if limit is not None and asyncio.get_running_loop().time() + seconds > limit:
            raise error
        await asyncio.sleep(seconds)
