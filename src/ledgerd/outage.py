"""Logs once when an outage begins and once when it ends, however many failures come in between."""

import time

import structlog

log = structlog.get_logger()

QUIET_SECONDS = 1.0


class Outage:
    """Whether some work is paused. Imports nothing of ours."""

    def __init__(self, what: str, *, quiet_seconds: float = QUIET_SECONDS, **about: str) -> None:
        """``what`` is the noun of the log lines, ``about`` are further fields of them. The outage ends with the first
        success that comes so long after the last failure. So work that fails now and then logs at most twice in that
        time."""
        self._begins, self._ends = f"{what} paused", f"{what} resumed"
        self._about = about
        self._quiet_seconds = quiet_seconds
        self._failures = 0
        self._since = self._last = 0.0

    def failed(self, error: BaseException) -> None:
        """Note that the work failed."""
        self._last = time.monotonic()
        self._failures += 1
        if self._failures == 1:
            self._since = self._last
            event = self._begins
            log.warning(event, error=type(error).__name__, **self._about)

    def passed(self) -> None:
        """Note that the work succeeded."""
        if not self._failures:
            return
        now = time.monotonic()
        if now - self._last >= self._quiet_seconds:
            event, seconds = self._ends, round(now - self._since, 1)
            log.warning(event, failures=self._failures, seconds=seconds, **self._about)
            self._failures = 0
