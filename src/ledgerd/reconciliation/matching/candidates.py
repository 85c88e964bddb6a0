"""What a solver sees: classes of rows that no rule can tell apart, and the candidates between these classes."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

from ledgerd.reconciliation.matching.criteria import CompiledRule
from ledgerd.reconciliation.matching.fields import Side
from ledgerd.reconciliation.matching.outcome import Match
from ledgerd.reconciliation.matching.row import Row


class EffortSpent(Exception):
    """The bound of effort is reached before the best result is known."""


class Effort:
    """How much may still be looked at. It counts steps, not time, so that the same input ends at the same step."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise EffortSpent


@dataclass(frozen=True, slots=True)
class Classes:
    """Rows by their class. A class is named by its place here; the ids in it ascend, and so do the first ids."""

    records: Sequence[Sequence[str]]
    entries: Sequence[Sequence[str]]
    record_rows: Sequence[Row] = ()
    """One row of each class."""
    entry_rows: Sequence[Row] = ()

    def ids(self, node: int) -> Sequence[str]:
        """The rows of a class of either side; those of entries are numbered below zero, see ``Candidate.nodes``."""
        return self.records[node] if node >= 0 else self.entries[~node]

    def row(self, node: int) -> Row:
        """One of them."""
        return self.record_rows[node] if node >= 0 else self.entry_rows[~node]


def classify(records: Sequence[Row], entries: Sequence[Row], rules: Sequence[CompiledRule]) -> Classes:
    """The classes of rows that are in the order of their ids."""
    record_ids, record_rows = _classify(records, Side.RECORD, rules)
    entry_ids, entry_rows = _classify(entries, Side.ENTRY, rules)
    return Classes(record_ids, entry_ids, record_rows, entry_rows)


def _classify(rows: Sequence[Row], side: Side, rules: Sequence[CompiledRule]) -> tuple[list[list[str]], list[Row]]:
    by_signature: dict[Hashable, list[Row]] = {}
    for row in rows:
        by_signature.setdefault(tuple(rule.signature(row, side) for rule in rules), []).append(row)
    alike = by_signature.values()
    return [[row.id for row in of_class] for of_class in alike], [of_class[0] for of_class in alike]


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """Classes that a rule accepts. A pair matches one row of its record class with one of its entry class, as often as
    both have rows; a group matches all rows of all its classes, once."""

    level: int
    records: tuple[int, ...]
    entries: tuple[int, ...]
    drift: int
    distance: int
    is_group: bool = False

    def key(self, entry_classes: int) -> Hashable:
        """The same for candidates of the same classes; of two classes it is one number, which takes the least."""
        if len(self.records) == len(self.entries) == 1:
            return self.records[0] * entry_classes + self.entries[0]
        return self.records, self.entries

    def nodes(self) -> list[int]:
        """Its classes of both sides, with different numbers: those of entries are below zero."""
        return [*self.records, *(~number for number in self.entries)]

    def matches(self, classes: Classes) -> list[Match]:
        """What it matches where nothing else takes its rows."""
        if self.is_group:
            records, entries = rows_of(self.nodes(), classes)
            return [Match(self.level, records, entries, self.drift, self.distance)]
        pairs = zip(classes.records[self.records[0]], classes.entries[self.entries[0]], strict=False)
        return [Match(self.level, (record,), (entry,), self.drift, self.distance) for record, entry in pairs]


def rows_of(nodes: Collection[int], classes: Classes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All rows of these classes, by side, in the order of their ids."""
    records = sorted(row for node in nodes if node >= 0 for row in classes.records[node])
    entries = sorted(row for node in nodes if node < 0 for row in classes.entries[~node])
    return tuple(records), tuple(entries)


Rank = tuple[tuple[int, ...], int, int, list[tuple[tuple[str, ...], tuple[str, ...]]]]


def rank(matches: Iterable[Match], levels: int) -> Rank:
    """How good a result is; the best one has the smallest rank. Two results with the same figures are compared by
    their matches in the order of ids, the earliest first."""
    records, drift, distance = [0] * levels, 0, 0
    ids = []
    for match in matches:
        records[match.level] -= len(match.records)
        drift += match.drift
        distance += match.distance
        ids.append((match.records, match.entries))
    return tuple(records), drift, distance, sorted(ids)
