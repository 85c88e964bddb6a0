"""What one run compares: noted when it began, so that the same run gives the same result for ever."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.reconciliation.method import NOW, Method


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """Everything that decides what a run finds."""

    id: uuid.UUID
    source_id: uuid.UUID
    upload_id: uuid.UUID | None
    """Only the records of this upload; None: all of the source."""
    record_bound: int
    """The last record of the source that the run looks at."""
    decisions: int
    """The last decision about rows that the run knows: rows that are not free after it are left out."""
    versions: Mapping[uuid.UUID, int]
    """The balances, and how many of the movements of each are looked at."""
    begin: date | None
    end: date | None
    """Booking dates from ``begin`` to the day before ``end``."""
    by_effective_time: bool
    """Whether an entry is booked at its effective time, not at its record time."""
    applied: bool
    inflight: bool
    """Whether movements are entries, and whether what remains of holds is; then pending records count, too."""
    time_zone: str
    is_opposite: bool
    """Whether what the source receives is a debit of its balances."""
    rules: tuple[MatchingRule, ...]
    precisions: Mapping[str, int]
    """Of each currency, the finest precision of either side: amounts are compared in it."""
    method: Method = NOW

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.time_zone)

    def scale(self, currency: str, precision: int) -> int:
        """What minor units of a row are multiplied with."""
        return self.precisions[currency] // precision

    def moments(self) -> tuple[datetime | None, datetime | None]:
        """The window as times: the beginnings of its first day and of the day after its last."""
        return self._beginning(self.begin), self._beginning(self.end)

    def _beginning(self, day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time(), self.zone)
