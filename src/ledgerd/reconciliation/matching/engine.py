"""Matches two sides by an ordered set of rules: what is best is stated in docs/design/reconciliation.md."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.reconciliation.matching.best import best
from ledgerd.reconciliation.matching.candidates import Candidate, Classes, classify, rows_of
from ledgerd.reconciliation.matching.criteria import CompiledRule, compile_rule
from ledgerd.reconciliation.matching.groups import find_groups
from ledgerd.reconciliation.matching.outcome import Bounded, Match, Outcome
from ledgerd.reconciliation.matching.pairs import find_pairs
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.matching.search import search

PAIRS_MAX_BYTES = 128 * 1024 * 1024
"""What the candidates of one stage may take. With the process itself (50 MiB), a million rows of each side in columns
(80 MiB) and the rows that are read whole (40 MiB for 60,000) a run stays below 300 MiB."""
PAIR_BYTES = 372
"""The most that a candidate of two rows takes while the best result is looked for, with its edge in the network, where
rows have six candidates or more. So 600 records and 600 entries that share a key are compared. Where rows have fewer,
what they take themselves counts for more; but no stage has so many of them that all together pass PAIRS_MAX_BYTES."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The engine's own bounds. Whatever reaches one is named in the outcome by the bound's name."""

    pairs_max: int = PAIRS_MAX_BYTES // PAIR_BYTES
    """How many records and entries a rule compares with each other, equal ones counted once: less what the rules before
    it keep as candidates. Rows that share a key with too many stay unmatched by this rule and by those after it."""
    pairs_are_shared: bool = True
    """Whether rules that are weighed together share this bound. Else each has it for itself."""
    members_max: int = 2_000_000
    """How many records and entries of its groups one rule compares with each other. None of these comparisons is kept.
    The rows of groups with too many stay unmatched by this rule and by those after it."""
    block_max: int = 50_000_000
    """How many steps it may take to find the best result in one block. The rows of a block that takes more stay
    unmatched by all rules."""
    proposals_max: int = 1_000
    """How many ambiguous matches of one rule are proposed."""


def match(
    records: Sequence[Row],
    entries: Sequence[Row],
    rules: Sequence[MatchingRule],
    precisions: Mapping[str, int],
    bounds: Bounds | None = None,
) -> Outcome:
    """Find the best result for these rows, whose ids are unique on their side; precisions are minor units for each
    major unit.

    A rule that searches looks at what the rules before it left. All rules up to it are weighed against each other.
    """
    matching = _Matching(records, entries, bounds or Bounds())
    compiled = [compile_rule(rule, precisions) for rule in rules]
    levels = [(level, rule) for level, rule in enumerate(compiled) if not rule.rule.is_of_record_alone]
    for searches, stage in groupby(levels, lambda numbered: _searches(numbered[1])):
        if searches:
            for level, rule in stage:
                matching.search(level, rule)
        else:
            matching.weigh(list(stage))
    return matching.outcome()


def _searches(rule: CompiledRule) -> bool:
    return rule.rule.grouping is not None and rule.rule.grouping.by_search


@dataclass(slots=True)
class _Free:
    """The rows of one side that no match has yet, in the order of their ids."""

    rows: list[Row]

    def remove(self, ids: Iterable[str]) -> None:
        gone = set(ids)
        self.rows = [row for row in self.rows if row.id not in gone]


class _Matching:
    """One run of the engine."""

    def __init__(self, records: Sequence[Row], entries: Sequence[Row], bounds: Bounds) -> None:
        self.records, self.entries = (_Free(sorted(rows, key=lambda row: row.id)) for rows in (records, entries))
        for rows in (self.records.rows, self.entries.rows):
            assert len({row.id for row in rows}) == len(rows), "ids are unique on their side"
        self.bounds = bounds
        self.matches: list[Match] = []
        self.ambiguous: list[Match] = []
        self.bounded: list[Bounded] = []

    def weigh(self, rules: Sequence[tuple[int, CompiledRule]]) -> None:
        """Match by the best result of several rules together."""
        classes = classify(self.records.rows, self.entries.rows, [rule for _, rule in rules])
        found: list[Candidate] = []
        accepted = set[Hashable]()
        closed = set[int]()
        pairs_left = self.bounds.pairs_max
        for place, (level, rule) in enumerate(rules, 1):
            candidates, skipped = self._find(level, rule, classes, closed, pairs_left)
            if place > 1:  # What several rules accept belongs to the first of them.
                candidates = [each for each in candidates if each.key(len(classes.entries)) not in accepted]
            if place < len(rules):
                accepted.update(each.key(len(classes.entries)) for each in candidates)
            found += candidates
            if self.bounds.pairs_are_shared:
                pairs_left = max(0, pairs_left - sum(not each.is_group for each in candidates))
            if skipped:
                closed |= skipped
                bound = "pairs_max" if rule.rule.grouping is None else "members_max"
                self.bounded.append(Bounded(level, bound, *rows_of(skipped, classes)))
        accepted.clear()  # The best result is looked for in the memory that they took.
        found.sort()
        matches, too_large = best(found, classes, self.bounds.block_max)
        self._take(matches)
        for block in too_large:
            rows = rows_of({node for candidate in block for node in candidate.nodes()}, classes)
            self.bounded.append(Bounded(min(block).level, "block_max", *rows))
            self._withhold(*rows)
        self._withhold(*rows_of(closed, classes))

    def _find(
        self, level: int, rule: CompiledRule, classes: Classes, closed: set[int], pairs_max: int
    ) -> tuple[list[Candidate], set[int]]:
        """The candidates of a rule, and the classes that it skipped."""
        grouping = rule.rule.grouping
        if grouping is None:
            return find_pairs(level, rule, classes, closed, pairs_max)
        found = find_groups(level, rule, grouping, classes, closed=closed, members_max=self.bounds.members_max)
        self.bounded += [Bounded(level, "max_rows", *rows_of(nodes, classes)) for nodes in found.too_many]
        return found.candidates, found.skipped

    def search(self, level: int, rule: CompiledRule) -> None:
        """Match by what one rule finds in a search. What several choices want is for nobody, later rules included."""
        grouping = rule.rule.grouping
        assert grouping is not None
        classes = classify(self.records.rows, self.entries.rows, [rule])
        searched = search(level, rule, grouping, classes)
        self._take(searched.matches)
        self.ambiguous += searched.ambiguous[: self.bounds.proposals_max]
        if dropped := searched.ambiguous[self.bounds.proposals_max :]:
            self.bounded.append(Bounded(level, "proposals_max", *_rows(dropped)))
        self.bounded += searched.bounded
        self._withhold(*_rows(searched.ambiguous))

    def _take(self, matches: Sequence[Match]) -> None:
        self.matches += matches
        self._withhold(*_rows(matches))

    def _withhold(self, records: Iterable[str], entries: Iterable[str]) -> None:
        """Keep rows from the rules that follow."""
        self.records.remove(records)
        self.entries.remove(entries)

    def outcome(self) -> Outcome:
        def place(bounded: Bounded) -> tuple[object, ...]:
            return bounded.level, bounded.bound, bounded.records, bounded.entries

        return Outcome(
            tuple(sorted(self.matches)), tuple(sorted(self.ambiguous)), tuple(sorted(self.bounded, key=place))
        )


def _rows(matches: Sequence[Match]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rows of these matches, by side, each once."""
    records = {row for match in matches for row in match.records}
    entries = {row for match in matches for row in match.entries}
    return tuple(sorted(records)), tuple(sorted(entries))
