"""One log line when a state of trouble begins, and one when it ends, however often it is met meanwhile."""

import time

import structlog

log = structlog.get_logger()

QUIET_SECONDS = 1.0


class Outage:
    """Whether some work is paused. Imports nothing of ours."""

    def __init__(self, what: str, *, quiet_seconds: float = QUIET_SECONDS, **about: str) -> None:
        """``what`` is the noun of its lines, ``about`` goes with them. The state ends with a success that comes so long
        after the last failure: work that fails now and then writes no more than two lines in that time."""
        self._begins, self._ends = f"{what} paused", f"{what} resumed"
        self._about = about
        self._quiet_seconds = quiet_seconds
        self._failures = 0
        self._since = self._last = 0.0

    def failed(self, error: BaseException) -> None:
        """The work could not be done."""
        self._last = time.monotonic()
        self._failures += 1
        if self._failures == 1:
            self._since = self._last
            event = self._begins
            log.warning(event, error=type(error).__name__, **self._about)

    def passed(self) -> None:
        """The work was done."""
        if not self._failures:
            return
        now = time.monotonic()
        if now - self._last >= self._quiet_seconds:
            event, seconds = self._ends, round(now - self._since, 1)
            log.warning(event, failures=self._failures, seconds=seconds, **self._about)
            self._failures = 0
