"""The database's clock, as a process can tell it between two looks.

Whatever is compared with the present (an expiry, a schedule, a closing) is compared with the time of the database, so
that all servers judge alike. They learn it from statements that run anyway: the clock was read at some moment between
question and answer, which bounds its distance from this machine's stopwatch, and what several answers allow is
narrower than what one does. This machine's own clock decides nothing; that it is far off is only noticed.
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
"""Two machines' clocks are taken to drift apart by less than one part in so many while nobody sets them."""
_STEP_NS = 1_000_000_000
"""By how much the database's clock must have jumped to be told of."""
TOLERANCE_SECONDS = 5


class Clock:
    """Tells the time of the database; until it was asked for the first time, that of this machine.

    The error is at most half of the shortest round trip of late. ``steps`` counts how often the database's clock was
    set, or another database with another clock answered. ``wall_ns`` is this machine's clock in nanoseconds of Unix
    time, ``stopwatch_ns`` one that nobody sets.
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

    def learn(self, told: datetime, asked_ns: int) -> None:
        """What the database's clock said in answer to a question that was asked when the stopwatch stood there."""
        answered_ns = self.stopwatch_ns()
        told_ns = (told - _EPOCH) // _MICROSECOND * 1_000
        earliest, latest = told_ns - answered_ns, told_ns - asked_ns
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
        """Ask the database."""
        asked_ns = self.stopwatch_ns()
        self.learn(await load.clock(connection), asked_ns)

    def _compare(self) -> None:
        """Notice a clock of this machine that is far from the database's, when that begins and when it ends."""
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
