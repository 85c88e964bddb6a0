"""The result of a run in its one order: by rule, then by the records' ids, however the matches were found."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ledgerd.reconciliation.finding import Found
from ledgerd.reconciliation.matching.isolated import Places
from ledgerd.reconciliation.matching.outcome import Match

_PIECE_ROWS = 10_000
_DRIFT_BYTES = 20


@dataclass(frozen=True, slots=True)
class Pairs:
    """Matches of one record with one entry of one level, by place, in the order of the records, with their numbers."""

    level: int
    numbers: NDArray[np.int32]
    of_record: Places
    of_entry: Places
    drift: NDArray[np.object_]
    distance: NDArray[np.int64]

    def at(self, where: slice | NDArray[np.intp]) -> "Pairs":
        """Some of them."""
        numbers, drift, distance = self.numbers[where], self.drift[where], self.distance[where]
        return Pairs(self.level, numbers, self.of_record[where], self.of_entry[where], drift, distance)

    def pieces(self) -> Iterator["Pairs"]:
        """All of them, in pieces."""
        for begin in range(0, len(self.numbers), _PIECE_ROWS):
            yield self.at(slice(begin, begin + _PIECE_ROWS))


@dataclass(frozen=True, slots=True)
class Level:
    """The matches of one rule: pairs, and all others with their numbers, in their order."""

    pairs: Pairs
    groups: list[tuple[int, Match]]


def levels(found: Found, rules: int) -> Iterator[Level]:
    """All matches, numbered from 1 in the order of level, then of their first records' ids."""
    next_number = 1
    for level in range(rules):
        numbered = _level(found, level, next_number)
        next_number += len(numbered.pairs.numbers) + len(numbered.groups)
        yield numbered


def _level(found: Found, level: int, first_number: int) -> Level:
    of_level = [match for match in found.outcome.matches if match.level == level]
    single = [match for match in of_level if len(match.records) == len(match.entries) == 1]
    record_places, entry_places = found.places
    of_record = [taken.of_record for taken in found.taken if taken.level == level]
    of_entry = [taken.of_entry for taken in found.taken if taken.level == level]
    drift = [_drifts(taken.drift, len(taken.of_record)) for taken in found.taken if taken.level == level]
    distance = [taken.distance for taken in found.taken if taken.level == level]
    of_record.append(np.array([record_places[match.records[0]] for match in single], np.int32))
    of_entry.append(np.array([entry_places[match.entries[0]] for match in single], np.int32))
    drift.append(_drifts([match.drift for match in single], len(single)))
    distance.append(np.array([match.distance for match in single], np.int64))
    places = np.concatenate(of_record)
    order = np.argsort(places, kind="stable")
    groups = sorted(
        (min(record_places[row_id] for row_id in match.records), match)
        for match in of_level
        if len(match.records) > 1 or len(match.entries) > 1
    )
    of_record.clear()
    places = places[order]
    of_groups = np.array([place for place, _ in groups], np.int32)
    numbers = np.arange(first_number, first_number + len(order), dtype=np.int32)
    if groups:
        numbers += np.searchsorted(of_groups, places).astype(np.int32)
    ahead = np.searchsorted(places, of_groups)
    return Level(
        Pairs(level, numbers, places, _joined(of_entry, order), _joined(drift, order), _joined(distance, order)),
        [(first_number + at + int(ahead[at]), match) for at, (_, match) in enumerate(groups)],
    )


def _joined(parts: list[NDArray[Any]], order: NDArray[np.intp]) -> NDArray[Any]:
    """The parts of a column, in an order. They are given up: of a million rows one copy more is felt."""
    column = np.concatenate(parts)
    parts.clear()
    return column[order]


def _drifts(drifts: object, count: int) -> NDArray[np.object_]:
    """Whole numbers of any size."""
    column = np.zeros(count, np.object_)
    if drifts is not None:
        column[:] = drifts
    return column


class Digest:
    """Of a result: equal results have equal digests, and other results have others."""

    def __init__(self, found: Found) -> None:
        self._records, self._entries = found.records, found.entries
        self._hash = sha256()

    def add_pairs(self, pairs: Pairs) -> None:
        """Pairs of one level, in their order."""
        drifts = b"".join([drift.to_bytes(_DRIFT_BYTES, signed=True) for drift in pairs.drift])
        for part in (
            pairs.numbers.astype(">i4"),
            self._records.packed_ids(pairs.of_record),
            self._entries.packed_ids(pairs.of_entry),
            pairs.distance.astype(">i8"),
        ):
            self._hash.update(np.ascontiguousarray(part).tobytes())
        self._hash.update(f"{pairs.level}".encode() + drifts)

    def add(self, value: object) -> None:
        """Anything whose ``repr`` tells it from others."""
        self._hash.update(repr(value).encode())

    def digest(self) -> bytes:
        """Of all that was added, in this order."""
        return self._hash.digest()
