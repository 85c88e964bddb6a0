"""One criterion, ready to be asked: whether it holds for a record and an entry, and why."""

from collections.abc import Callable, Hashable
from datetime import date
from itertools import product
from typing import Protocol

from ledgerd.core.model.matching_rule import Criterion, MatchField, MatchOperator
from ledgerd.reconciliation.matching import buckets, times
from ledgerd.reconciliation.matching.comparisons import comparison, similarity
from ledgerd.reconciliation.matching.fields import Side, date_reader, read_field, read_metadata_key, text_reader
from ledgerd.reconciliation.matching.normalize import Pattern, normalize
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.matching.verdict import (
    WHOLE_SCORE,
    Verdict,
    allowed,
    counted,
    field_name,
    listed,
    quoted,
    share_unused,
)


class Check(Protocol):
    """A criterion on anything but the amount. A missing value fits nothing, not even another missing value."""

    criterion: Criterion

    def holds(self, record: Row, entry: Row) -> bool: ...

    def verdict(self, record: Row, entry: Row) -> Verdict: ...

    def looks(self, side: Side) -> Callable[[Row], Hashable]:
        """Reads all that the criterion sees of a row of this side: rows that look alike are alike to it."""
        ...


def check_of(criterion: Criterion) -> Check:
    """The check of a criterion that does not compare amounts."""
    if criterion.operator in {MatchOperator.ONE_OF, MatchOperator.PATTERN}:
        return RecordCheck(criterion)
    if criterion.field in {MatchField.BOOKING_DATE, MatchField.VALUE_DATE}:
        return DateCheck(criterion)
    return TextCheck(criterion)


def _names(criterion: Criterion) -> tuple[str, str]:
    record, entry = (field_name(read_field(criterion, s), read_metadata_key(criterion, s)) for s in Side)
    return record, entry


def _missing(criterion: Criterion, record_value: str, entry_value: str) -> Verdict:
    """The verdict where at least one side has no value."""
    record_name, entry_name = _names(criterion)
    lacking = []
    if not record_value:
        lacking.append(f"the record has no {record_name}")
    if not entry_value:
        lacking.append(f"the entry has no {entry_name}")
    return Verdict(
        field=criterion.field,
        operator=criterion.operator,
        ok=False,
        sentence=" and ".join(lacking) + " to compare",
        record_value=record_value,
        entry_value=entry_value,
    )


class TextCheck:
    """Compares texts of both sides. Where a side has several, one that fits is enough."""

    def __init__(self, criterion: Criterion) -> None:
        self.criterion = criterion
        self.entry_field = read_field(criterion, Side.ENTRY)
        self.record_values = text_reader(criterion, Side.RECORD)
        self.entry_values = text_reader(criterion, Side.ENTRY)
        self._compare = comparison(criterion)

    def holds(self, record: Row, entry: Row) -> bool:
        theirs = self.entry_values(entry)
        compare = self._compare
        return any(compare(one, other) for one in self.record_values(record) for other in theirs)

    def looks(self, side: Side) -> Callable[[Row], Hashable]:
        read = self.record_values if side is Side.RECORD else self.entry_values

        def look(row: Row) -> Hashable:
            values = read(row)
            return values if len(values) < 2 else frozenset(values)

        return look

    def verdict(self, record: Row, entry: Row) -> Verdict:
        of_record, of_entry = self.record_values(record), self.entry_values(entry)
        if not of_record or not of_entry:
            return _missing(self.criterion, listed(of_record), listed(of_entry))
        fitting = next((pair for pair in product(of_record, of_entry) if self._compare(*pair)), None)
        difference, unused = "", WHOLE_SCORE
        if self.criterion.operator is MatchOperator.SIMILAR:
            shown = max(product(of_record, of_entry), key=lambda pair: similarity(*pair))
            percent = similarity(*shown)
            difference, unused = f"{percent}%", share_unused(100 - percent, 100 - self.criterion.threshold)
            left, right = quoted(shown[0]), quoted(shown[1])
        elif fitting:
            left, right = quoted(fitting[0]), quoted(fitting[1])
        else:
            left, right = listed(of_record), listed(of_entry)
        return Verdict(
            field=self.criterion.field,
            operator=self.criterion.operator,
            ok=fitting is not None,
            sentence=self._sentence(left, right, is_fitting=fitting is not None, difference=difference),
            record_value=left,
            entry_value=right,
            difference=difference,
            unused=unused,
        )

    def _sentence(self, left: str, right: str, *, is_fitting: bool, difference: str) -> str:
        record_name, entry_name = _names(self.criterion)
        if record_name != entry_name:
            right = f"the entry's {entry_name} {right}"
        subject = f"{record_name} {left}"
        match self.criterion.operator:
            case MatchOperator.SIMILAR:
                return f"{subject} is {difference} similar to {right}; at least {self.criterion.threshold}% is required"
            case MatchOperator.CONTAINS:
                verb = "contains or is contained in" if is_fitting else "neither contains nor is contained in"
            case MatchOperator.STARTS_WITH:
                verb = "begins as" if is_fitting else "does not begin as"
            case _:
                verb = "equals" if is_fitting else "does not equal"
        return f"{subject} {verb} {right}"


class RecordCheck:
    """Compares the record's value with what the rule gives: the entry is not looked at."""

    def __init__(self, criterion: Criterion) -> None:
        self.criterion = criterion
        self.record_values = text_reader(criterion, Side.RECORD)
        self._allowed = frozenset(normalize(value, criterion.normalizations) for value in criterion.values)
        is_pattern = criterion.operator is MatchOperator.PATTERN
        self._pattern = Pattern(criterion.pattern) if is_pattern else None

    def accepts(self, record: Row) -> bool:
        return any(self._fits(value) for value in self.record_values(record))

    def holds(self, record: Row, entry: Row) -> bool:
        return self.accepts(record)

    def looks(self, side: Side) -> Callable[[Row], Hashable]:
        return self.accepts if side is Side.RECORD else lambda _: None

    def _fits(self, value: str) -> bool:
        return value in self._allowed if self._pattern is None else self._pattern.is_in(value)

    def verdict(self, record: Row, entry: Row) -> Verdict:
        values = self.record_values(record)
        fitting = next((value for value in values if self._fits(value)), None)
        name, _ = _names(self.criterion)
        shown = listed(values) if fitting is None else quoted(fitting)
        if self._pattern is None:
            verb = f"is {'one' if fitting is not None else 'none'} of {listed(self.criterion.values)}"
        else:
            verb = "contains a match" if fitting is not None else "contains no match"
            verb += f" of {quoted(self.criterion.pattern)}"
        return Verdict(
            field=self.criterion.field,
            operator=self.criterion.operator,
            ok=fitting is not None,
            sentence=f"{name} {shown} {verb}" if values else f"the record has no {name} to compare",
            record_value=shown,
            entry_value="",
        )


def _in_time(apart: int) -> str:
    """Microseconds in words, with the direction; empty for none."""
    seconds, rest = divmod(abs(apart), times.SECOND_MICROSECONDS)
    exact = f"{seconds}.{rest:06} seconds" if rest else counted(seconds, "second")
    return f"{exact} {'before' if apart < 0 else 'after'}" if apart else ""


class DateCheck:
    """Compares dates: equal without a tolerance, else at most so many seconds or business days apart.

    Seconds are counted between times where both rows have one and booking dates are compared; between dates without
    times a day has 86,400 seconds.
    """

    def __init__(self, criterion: Criterion) -> None:
        self.criterion = criterion
        tolerance = criterion.tolerance
        self.seconds = tolerance.seconds if tolerance else None
        self.business_days = tolerance.business_days if tolerance else None
        fields = read_field(criterion, Side.RECORD), read_field(criterion, Side.ENTRY)
        self._record_date, self._entry_date = date_reader(fields[0]), date_reader(fields[1])
        self.compares_times = self.seconds is not None and set(fields) == {MatchField.BOOKING_DATE}

    def date_of(self, row: Row, side: Side) -> date | None:
        return self._record_date(row) if side is Side.RECORD else self._entry_date(row)

    def point(self, day: date) -> int:
        """The date as a whole number; two dates fit where their numbers are at most ``days_max`` apart."""
        return day.toordinal() if self.business_days is None else times.business_ordinal(day)

    @property
    def days_max(self) -> int:
        return self.business_days or (self.seconds or 0) // times.DAY_SECONDS

    def holds(self, record: Row, entry: Row) -> bool:
        if self.compares_times and record.booked_at is not None and entry.booked_at is not None:
            assert self.seconds is not None
            apart = abs(times.microseconds(record.booked_at) - times.microseconds(entry.booked_at))
            return apart <= self.seconds * times.SECOND_MICROSECONDS
        one, other = self._record_date(record), self._entry_date(entry)
        return one is not None and other is not None and abs(self.point(one) - self.point(other)) <= self.days_max

    def looks(self, side: Side) -> Callable[[Row], Hashable]:
        return self._record_date if side is Side.RECORD else self._entry_date

    def keys(self, row: Row, side: Side) -> buckets.Keys:
        """Buckets that the row shares with every row of the other side that fits it."""
        around = buckets.buckets_around if side is Side.ENTRY else buckets.bucket
        day = self.date_of(row, side)
        found: buckets.Keys = () if day is None else around(self.point(day), self.days_max)
        if self.compares_times and row.booked_at is not None:
            assert self.seconds is not None
            moment, apart = times.microseconds(row.booked_at), self.seconds * times.SECOND_MICROSECONDS
            found += tuple(("time", number) for number in around(moment, apart))
        return found

    def verdict(self, record: Row, entry: Row) -> Verdict:
        if self.compares_times and record.booked_at is not None and entry.booked_at is not None:
            apart = times.microseconds(record.booked_at) - times.microseconds(entry.booked_at)
            unused = share_unused(abs(apart), (self.seconds or 0) * times.SECOND_MICROSECONDS)
            return self._told(record, entry, str(record.booked_at), str(entry.booked_at), _in_time(apart), unused)
        one, other = self._record_date(record), self._entry_date(entry)
        if one is None or other is None:
            return _missing(self.criterion, str(one or ""), str(other or ""))
        apart = self.point(one) - self.point(other)
        unit = "day" if self.business_days is None else "business day"
        difference = counted(abs(apart), unit)
        order = "" if one == other else f"{difference} {'before' if one < other else 'after'}"
        return self._told(record, entry, str(one), str(other), order, self._unused(abs(apart)))

    def _unused(self, days_apart: int) -> int:
        if self.seconds is not None:
            return share_unused(days_apart * times.DAY_SECONDS, self.seconds)
        return share_unused(days_apart, self.business_days or 0)

    def _told(self, record: Row, entry: Row, left: str, right: str, order: str, unused: int) -> Verdict:
        """``order`` is how far and on which side of the entry's value the record's is; empty where they are equal."""
        record_name, entry_name = _names(self.criterion)
        named = right if record_name == entry_name else f"the entry's {entry_name} {right}"
        sentence = f"{record_name} {left} is {order} {named}; {self._allowed()}" if order else ""
        return Verdict(
            field=self.criterion.field,
            operator=self.criterion.operator,
            ok=self.holds(record, entry),
            sentence=sentence or f"{record_name} {left} equals {named}",
            record_value=left,
            entry_value=right,
            difference=order.rpartition(" ")[0],
            unused=unused,
        )

    def _allowed(self) -> str:
        if self.business_days is not None:
            return allowed(self.business_days, "business day")
        return "they must be equal" if self.seconds is None else allowed(self.seconds, "second")
