"""Bars of matched and unmatched rows by day, as SVG. Colours are the style sheet's."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from markupsafe import Markup

from ledgerd.core.model.reconciliation_statement import DayCount

BARS_MAX = 92
WIDTH, HEIGHT, BAR_HEIGHT = 960, 220, 180
_BASE = 195

_PICTURE = Markup(
    '<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{bars}'
    '<line class="axis" x1="0" y1="{base}" x2="{width}" y2="{base}"/>'
    '<text x="0" y="11">{highest}</text><text x="0" y="{below}">{first}</text>'
    '<text x="{width}" y="{below}" text-anchor="end">{last}</text></svg>'
)
_BAR = Markup("<g><title>{title}</title>{boxes}</g>")
_BOX = Markup('<rect class="{name}" x="{x}" y="{y}" width="{width}" height="{height}"/>')


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, week, month or year. The place is that on the axis of time, from 0."""

    place: int
    begins: date
    matched: int
    unmatched: int


@dataclass(frozen=True, slots=True)
class Period:
    """What a bar stands for: how it is called, the first day of that of a day, and the first day after it."""

    name: str
    first: Callable[[date], date]
    following: Callable[[date], date]


PERIODS = (
    Period("day", lambda day: day, lambda day: day + timedelta(days=1)),
    Period("week", lambda day: day - timedelta(days=day.weekday()), lambda day: day + timedelta(days=7)),
    Period("month", lambda day: day.replace(day=1), lambda day: (day + timedelta(days=31)).replace(day=1)),
    Period("year", lambda day: day.replace(month=1, day=1), lambda day: day.replace(year=day.year + 1)),
)


def bars_of(days: Sequence[DayCount]) -> tuple[Period, int, list[Bar]]:
    """The shortest period of which at most BARS_MAX cover all days, how many there are, and those that have rows.
    Of more years than that the last ones are shown."""
    for period in PERIODS:
        starts = list(islice(_starts(period, days[0].day, days[-1].day), BARS_MAX + 1))
        if len(starts) <= BARS_MAX:
            break
    else:
        starts = list(_starts(period, days[0].day, days[-1].day))[-BARS_MAX:]
    places = {start: place for place, start in enumerate(starts)}
    matched, unmatched = [0] * len(starts), [0] * len(starts)
    for day in days:
        place = places.get(period.first(day.day))
        if place is not None:
            matched[place] += day.matched
            unmatched[place] += day.unmatched
    bars = [Bar(place, start, matched[place], unmatched[place]) for start, place in places.items()]
    return period, len(starts), [bar for bar in bars if bar.matched or bar.unmatched]


def _starts(period: Period, first: date, last: date) -> Iterator[date]:
    start = period.first(first)
    yield start
    while start < period.first(last):
        start = period.following(start)
        yield start


def picture(days: Sequence[DayCount], currency: str) -> Markup:
    """The picture of these days, which are in order and at least one."""
    period, count, bars = bars_of(days)
    highest = max(bar.matched + bar.unmatched for bar in bars)
    return _PICTURE.format(
        width=WIDTH,
        height=HEIGHT,
        base=_BASE,
        below=_BASE + 18,
        label=f"Matched and unmatched rows in {currency} by {period.name}",
        highest=highest,
        first=days[0].day.isoformat(),
        last=days[-1].day.isoformat(),
        bars=_joined(_bar(bar, count, highest, period) for bar in bars),
    )


def _bar(bar: Bar, count: int, highest: int, period: Period) -> Markup:
    x, width = bar.place * WIDTH // count, max(1, WIDTH // count - 2)
    matched, unmatched = _height(bar.matched, highest), _height(bar.unmatched, highest)
    boxes = [
        _BOX.format(name="matched", x=x, y=_BASE - matched, width=width, height=matched) if matched else Markup(),
        _BOX.format(name="unmatched", x=x, y=_BASE - matched - unmatched, width=width, height=unmatched)
        if unmatched
        else Markup(),
    ]
    beginning = bar.begins.isoformat() if period.name == "day" else f"{period.name} from {bar.begins.isoformat()}"
    title = f"{beginning}: {bar.matched} matched, {bar.unmatched} unmatched"
    return _BAR.format(title=title, boxes=_joined(boxes))


def _height(count: int, highest: int) -> int:
    """What is there is seen: at least one unit."""
    return max(1, count * (BAR_HEIGHT - 1) // highest) if count else 0


def _joined(pieces: Iterable[Markup]) -> Markup:
    return Markup().join(pieces)
