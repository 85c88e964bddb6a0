"""The database's clock, as a process can tell it between two reads.

An expiry, a schedule or a closing is compared with the time of the database, so that all servers decide alike. They
learn this time from statements that run anyway. The database read its clock between the query and the answer, which
bounds its distance from this machine's stopwatch, and every further answer makes the bounds narrower. This machine's
own clock decides nothing. A large difference is only logged.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog

from ledgerd import metrics
from ledgerd.store import load

log = structlog.get_logger()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DRIFT_PARTS = 1_000
"""While no clock is set, the clocks of two machines are assumed to drift apart by less than one part in this number."""
_STEP_NS = 1_000_000_000
"""The smallest step of the database's clock that is logged."""
TOLERANCE_SECONDS = 5


class Clock:
    """Tells the time of the database; before the first answer, the time of this machine.

    The error is at most half of the shortest recent round trip. ``steps`` counts how often the database's clock was
    set, or another database with another clock answered. ``wall_ns`` is this machine's clock in nanoseconds of Unix
    time. ``stopwatch_ns`` is a clock that is never set.
    """

    def __init__(
        self,
        *,
        tolerance_seconds: float = TOLERANCE_SECONDS,
        wall_ns: Callable[[], int] = time.time_ns,
        stopwatch_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._tolerance_ns = int(tolerance_seconds * 1_000_000_000)
        self._wall_ns = wall_ns
        self.stopwatch_ns = stopwatch_ns
        self._earliest = self._latest = wall_ns() - stopwatch_ns()
        self._learned_at: int | None = None
        self._is_off = False
        self.steps = 0

    def now_ns(self) -> int:
        """The present in nanoseconds of Unix time."""
        return self.stopwatch_ns() + (self._earliest + self._latest) // 2

    def now(self) -> datetime:
        """The present, to the microsecond."""
        return _EPOCH + timedelta(microseconds=self.now_ns() // 1_000)

    def learn(self, told: datetime, sent_ns: int) -> None:
        """Learn the time that the database told, in answer to a query sent at this time of the stopwatch."""
        answered_ns = self.stopwatch_ns()
        told_ns = (told - _EPOCH) // _MICROSECOND * 1_000
        earliest, latest = told_ns - answered_ns, told_ns - sent_ns
        if self._learned_at is not None:
            drift = (answered_ns - self._learned_at) // _DRIFT_PARTS
            step = max(earliest - (self._latest + drift), self._earliest - drift - latest)
            if step <= 0:
                earliest, latest = max(earliest, self._earliest - drift), min(latest, self._latest + drift)
            elif step > _STEP_NS:
                self.steps += 1
                seconds = round(step / 1e9, 3)
                log.warning("database clock jumped", by_at_least_seconds=seconds)
        self._earliest, self._latest, self._learned_at = earliest, latest, answered_ns
        self._compare()

    async def consult(self, connection: asyncpg.Connection) -> None:
        """Read the database's clock."""
        sent_ns = self.stopwatch_ns()
        self.learn(await load.clock(connection), sent_ns)

    def _compare(self) -> None:
        """Log when this machine's clock begins to differ far from the database's, and when that ends."""
        offset_ns = self._wall_ns() - self.now_ns()
        metrics.CLOCK_OFFSET_SECONDS.set(offset_ns / 1e9)
        is_off = abs(offset_ns) > self._tolerance_ns
        if is_off == self._is_off:
            return
        self._is_off = is_off
        seconds = round(offset_ns / 1e9, 3)
        if is_off:
            log.warning("clock is off: this machine's differs from the database's, which counts", ahead_seconds=seconds)
        else:
            log.info("clock is right again", ahead_seconds=seconds)
