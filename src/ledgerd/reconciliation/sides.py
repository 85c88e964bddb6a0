"""One side of a run in a few dozen bytes a row: its id, and the values that most often decide."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import asyncpg
import numpy as np
from numpy.typing import NDArray

from ledgerd.core.model.matching_rule import MatchField
from ledgerd.reconciliation import rows
from ledgerd.reconciliation.matching.criteria import CompiledRule
from ledgerd.reconciliation.matching.isolated import Flags, Places
from ledgerd.reconciliation.matching.times import DAY_SECONDS, SECOND_MICROSECONDS
from ledgerd.reconciliation.spec import RunSpec

Numbers = NDArray[np.int64]
Days = NDArray[np.int32]
_UNKNOWN = -(2**63)
"""In place of a value that is missing, or that does not fit into 64 bits."""
_NO_DAY = 0
_LARGEST = 2**63 - 1
_OFFSET_SECONDS = 900
"""No zone changed its offset but at a quarter of an hour, since 1970."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_VALUES = frozenset({MatchField.AMOUNT, MatchField.BOOKING_DATE, MatchField.VALUE_DATE})


class Side:
    """Rows by their place, from 0, in the order in which the database gives them. Added in pieces, then sealed."""

    def __init__(self, spec: RunSpec, *, is_records: bool) -> None:
        self._spec = spec
        self._is_records = is_records
        self._width = rows.RECORD_BYTES if is_records else rows.TRANSACTION_BYTES
        self._ids = bytearray()
        self._balances: list[bytes] = []
        self._begins: list[int] = []
        """The balances of the entries in their order, and the place of the first entry of each."""
        self._pieces: list[tuple[Numbers, Days, Days, Numbers]] = []
        self.currencies: list[str] = []
        self._codes: list[NDArray[np.int16]] = []
        self._large: dict[int, int] = {}
        """By place, the amounts that do not fit into 64 bits."""
        self.currency_codes = np.empty(0, np.int16)
        self.amounts = self.booking_days = self.value_days = self.booked_at = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self._ids) // self._width

    def add(self, piece: Sequence[asyncpg.Record]) -> None:
        """The next rows, as queries/reconciliation_rows.sql gives them: entries of one balance."""
        columns = list(zip(*piece, strict=True))
        if self._is_records:
            self._ids += rows.pack_record_ids(piece)
            days, values = _ordinals(columns[4]), _ordinals(columns[5])
            moments = np.array([_UNKNOWN if moment is None else moment for moment in columns[6]], np.int64)
            self._pieces.append(
                (self._amounts(columns[1:4], 1), days, np.where(values == _NO_DAY, days, values), moments)
            )
        else:
            self._begin(piece[0][1].bytes)
            self._ids += rows.pack_transaction_ids(piece)
            recorded, effective = np.array(columns[5], np.int64), np.array(columns[6], np.int64)
            booked = effective if self._spec.by_effective_time else recorded
            amounts = self._amounts(columns[2:5], -1 if self._spec.is_opposite else 1)
            zone = self._spec.zone
            self._pieces.append((amounts, _days(booked, zone), _days(effective, zone), booked))

    def seal(self) -> None:
        """All rows were added."""
        if self._pieces:
            self.currency_codes = np.concatenate(self._codes)
            self._codes.clear()
            columns = [np.concatenate(column) for column in zip(*self._pieces, strict=True)]
            self._pieces.clear()
            self.amounts, self.booking_days, self.value_days, self.booked_at = columns

    def row_id(self, place: int) -> str:
        """The id of a row."""
        packed = bytes(self._ids[place * self._width : (place + 1) * self._width])
        return rows.unpack_id(packed if self._is_records else packed + self._balances[self._balance(place)])

    def packed_ids(self, places: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        """The ids of rows, a row each."""
        found: NDArray[np.uint8] = np.frombuffer(self._ids, np.uint8).reshape(-1, self._width)[places]
        if self._is_records:
            return found
        balances = np.frombuffer(b"".join(self._balances), np.uint8).reshape(-1, rows.TRANSACTION_BYTES)
        return np.hstack((found, balances[np.searchsorted(self._begins, places, "right") - 1]))

    def _balance(self, place: int) -> int:
        return bisect_right(self._begins, place) - 1

    def _begin(self, balance: bytes) -> None:
        if not self._balances or self._balances[-1] != balance:
            self._balances.append(balance)
            self._begins.append(len(self))

    def sum_of(self, places: NDArray[np.intp]) -> int:
        """What the amounts of these rows add up to, exactly."""
        amounts = self.amounts[places]
        known = amounts[amounts != _UNKNOWN]
        # Halves of 32 bits: no sum of fewer than 2^31 of them overflows.
        total = (int((known >> 32).sum()) << 32) + int((known & 0xFFFFFFFF).sum())
        return total + sum(self._large[int(place)] for place in places[amounts == _UNKNOWN])

    def _amounts(self, columns: Sequence[Sequence[object]], sign: int) -> Numbers:
        scale = self._spec.scale
        found = [
            sign * amount * scale(currency, precision) for amount, currency, precision in zip(*columns, strict=True)
        ]
        self._codes.append(np.array([self._code(str(currency)) for currency in columns[1]], np.int16))
        place = len(self) - len(found)
        self._large.update({place + at: each for at, each in enumerate(found) if abs(each) > _LARGEST})
        return np.array([each if abs(each) <= _LARGEST else _UNKNOWN for each in found], np.int64)

    def _code(self, currency: str) -> int:
        if currency not in self.currencies:
            self.currencies.append(currency)
        return self.currencies.index(currency)


def _ordinals(days: Sequence[date | None]) -> Days:
    return np.array([_NO_DAY if day is None else day.toordinal() for day in days], np.int32)


def _days(moments: Numbers, zone: tzinfo) -> Days:
    """The days of moments in a time zone, as ordinals; unknown before 1970."""
    seconds = moments // SECOND_MICROSECONDS
    quarters, of = np.unique(seconds // _OFFSET_SECONDS, return_inverse=True)
    offsets = np.array([_offset(int(quarter), zone) for quarter in quarters], np.int64)
    return np.where(seconds < 0, _NO_DAY, (seconds + offsets[of]) // DAY_SECONDS + _EPOCH_DAY).astype(np.int32)


def _offset(quarter: int, zone: tzinfo) -> int:
    moment = _EPOCH + timedelta(seconds=max(quarter, 0) * _OFFSET_SECONDS)
    offset = moment.astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def compares_values_only(rule: CompiledRule) -> bool:
    """Whether two rows that share a text of the rule's key fit where their amounts and dates are equal, and their times
    are no further apart than ``rule.seconds_max``."""
    text = rule.telling and rule.telling.criterion
    return rule.rule.fee is None and all(
        criterion.field in _VALUES and criterion.ledger_field in {None, criterion.field}
        for criterion in rule.rule.criteria
        if criterion is not text
    )


def equal_values(
    records: Side, entries: Side, of_record: Places, of_entry: Places, seconds_max: int | None
) -> tuple[Flags, Numbers]:
    """Of pairs, whether their amounts and both dates are known and equal, and their times no further apart than
    allowed where both are known; and how many seconds apart they are."""
    amounts, days, values = records.amounts[of_record], records.booking_days[of_record], records.value_days[of_record]
    equal = (amounts == entries.amounts[of_entry]) & (amounts != _UNKNOWN)
    equal &= (days == entries.booking_days[of_entry]) & (days != _NO_DAY)
    equal &= values == entries.value_days[of_entry]
    moments, others = records.booked_at[of_record], entries.booked_at[of_entry]
    timed = (moments != _UNKNOWN) & (others != _UNKNOWN)
    apart = np.abs(np.where(timed, moments, 0) - np.where(timed, others, 0))
    if seconds_max is not None:
        equal &= apart <= seconds_max * SECOND_MICROSECONDS
    return equal, apart // SECOND_MICROSECONDS
