"""What a source does automatically when something arrives, and by when something should."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

_FRIDAY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchOnArrival:
    """How what arrives is matched. Ids are 32 hex digits."""

    rule_set_id: str
    auto_confirmed_rule_ids: tuple[str, ...] = ()
    """The rules whose unambiguous matches are confirmed automatically."""
    debounce_seconds: int = 0
    """How long a run waits for more to arrive."""
    each_chunk: bool = False
    """Whether typed records arrive with their chunk, and not only with the end of their upload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How soon after an arrival the next one is expected: in one of the two ways."""

    business_days: int | None = None
    seconds: int | None = None

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime:
        """By when the next arrival is expected after one at this moment."""
        if self.business_days is None:
            return moment + timedelta(seconds=self.seconds or 0)
        day = moment.astimezone(zone).date()
        for _ in range(self.business_days):
            day += timedelta(days=1)
            while day.weekday() > _FRIDAY:
                day += timedelta(days=1)
        return datetime.combine(day + timedelta(days=1), time(), zone)
