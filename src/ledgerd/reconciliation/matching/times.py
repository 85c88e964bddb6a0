"""How far apart dates and times are, in whole numbers."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from ledgerd.reconciliation.matching.row import Row

DAY_SECONDS = 86_400
SECOND_MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_WORKING_DAYS = 5


def business_ordinal(day: date) -> int:
    """How many days from Monday to Friday there were from 0001-01-01, a Monday, up to and including this day."""
    weeks, weekday = divmod(day.toordinal() - 1, 7)
    return weeks * _WORKING_DAYS + min(weekday + 1, _WORKING_DAYS)


def business_days_between(one: date, other: date) -> int:
    """How many days from Monday to Friday come after the earlier date, up to and including the later one.

    From Friday to Monday it is one, from Friday to Sunday none, from Saturday to Monday one. Holidays are not known.
    """
    return abs(business_ordinal(one) - business_ordinal(other))


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    since = moment - _EPOCH
    return (since.days * DAY_SECONDS + since.seconds) * SECOND_MICROSECONDS + since.microseconds


def distance_between(records: Sequence[Row], entries: Sequence[Row]) -> int:
    """Whole seconds between the earliest booking of the records and the earliest of the entries.

    Times are compared where every row has one, else booking dates, each day being 86,400 seconds. It is zero where
    no row of a side has a booking date: what is unknown prefers nothing.
    """
    moments = [[row.booked_at for row in rows if row.booked_at is not None] for rows in (records, entries)]
    if len(moments[0]) == len(records) and len(moments[1]) == len(entries):
        return abs(min(moments[0]) - min(moments[1])) // _SECOND
    days = [[row.booking_date for row in rows if row.booking_date is not None] for rows in (records, entries)]
    if not days[0] or not days[1]:
        return 0
    return abs((min(days[0]) - min(days[1])).days) * DAY_SECONDS


def pair_distance(record: Row, entry: Row) -> int:
    """The same for one record and one entry."""
    if record.booked_at is not None and entry.booked_at is not None:
        return abs(record.booked_at - entry.booked_at) // _SECOND
    if record.booking_date is None or entry.booking_date is None:
        return 0
    return abs((record.booking_date - entry.booking_date).days) * DAY_SECONDS
