"""A rule that searches: the smallest choices of rows whose sums fit, taken where no other wants the same rows."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from ledgerd.core.model.matching_rule import Grouping, Strategy
from ledgerd.reconciliation.matching.blocks import connected
from ledgerd.reconciliation.matching.candidates import Classes, Effort, EffortSpent, rows_of
from ledgerd.reconciliation.matching.criteria import CompiledRule
from ledgerd.reconciliation.matching.groups import sharing_keys
from ledgerd.reconciliation.matching.outcome import Bounded, Certainty, Match
from ledgerd.reconciliation.matching.sums import Item, Sizes, choices, smallest, taken
from ledgerd.reconciliation.matching.times import distance_between


class Choice(NamedTuple):
    """How many rows of which classes, and how far apart their sums are."""

    rows: tuple[tuple[int, int], ...]
    drift: int


@dataclass(slots=True)
class Searched:
    """What one search found."""

    matches: list[Match] = field(default_factory=list)
    ambiguous: list[Match] = field(default_factory=list)
    bounded: list[Bounded] = field(default_factory=list)


def search(level: int, rule: CompiledRule, grouping: Grouping, classes: Classes) -> Searched:
    """Search in the rows that share the rule's keys, all of which are free.

    Where the bound of effort ends the search in some of them, none of these rows is matched: whether another choice
    wants them is not known.
    """
    searched, pools = Searched(), _Pools(rule, grouping, classes)
    found, unknown = dict[Choice, None](), set[int]()
    for nodes in sharing_keys(rule, classes):
        not_searched = set[int]()
        for pool in pools.of_group(nodes):
            try:
                found.update(dict.fromkeys(pools.choices(pool)))
            except EffortSpent:
                not_searched.update(pool)
        if not_searched:
            searched.bounded.append(Bounded(level, "max_sums", *rows_of(not_searched, classes)))
            unknown |= not_searched
    known = [choice for choice in found if unknown.isdisjoint(node for node, _ in choice.rows)]
    sure, ambiguous = _divide(known, classes)
    rows = _Rows(level, classes)
    searched.matches = rows.take(sure)
    searched.ambiguous = rows.propose(ambiguous)
    return searched


class _Pools:
    """Rows that may be in one choice, and the choices among them."""

    def __init__(self, rule: CompiledRule, grouping: Grouping, classes: Classes) -> None:
        self.rule, self.grouping, self.classes = rule, grouping, classes
        most, strategy = grouping.max_rows, rule.rule.strategy
        self.sizes = Sizes(
            1 if strategy is Strategy.ONE_TO_MANY else most - 1,
            1 if strategy is Strategy.MANY_TO_ONE else most - 1,
            most,
        )
        self.keys: dict[int, tuple[Hashable, ...]] = {}
        self.belong: dict[tuple[int, int], bool] = {}

    def of_group(self, nodes: Sequence[int]) -> Iterator[list[int]]:
        """The rows of a group that no window parts, and that are connected by keys of the rule's criteria."""
        for window in self._windows(nodes):
            for pool in connected((node, self._keys(node)) for node in window):
                if pool[0] >= 0 > pool[-1]:
                    yield pool

    def _windows(self, nodes: Sequence[int]) -> Iterator[Sequence[int]]:
        """The largest sets of rows whose dates are close enough together. A row without a date is in none."""
        days = self.grouping.window_days
        if days is None:
            yield nodes
            return
        dates = ((self.classes.row(node).booking_date, node) for node in nodes)
        dated = sorted((day.toordinal(), node) for day, node in dates if day is not None)
        reached = 0
        for place, (start, _) in enumerate(dated):
            end = bisect_left(dated, start + days + 1, key=itemgetter(0))
            if end > reached:
                yield sorted((node for _, node in dated[place:end]), key=lambda node: (node < 0, abs(node)))
            reached = end

    def _keys(self, node: int) -> tuple[Hashable, ...]:
        if node not in self.keys:
            row = self.classes.row(node)
            self.keys[node] = self.rule.record_keys(row) if node >= 0 else self.rule.entry_keys(row)
        return self.keys[node]

    def choices(self, pool: Sequence[int]) -> list[Choice]:
        """The smallest choices that fit. Every part of a choice that fits is one of the same pool, so that what is
        smallest here is smallest anywhere."""
        effort = Effort(self.grouping.max_sums)
        fitting: dict[int, Choice] = {}
        for items, lowest, highest in self._questions(pool):
            for code in choices(items, self.sizes, lowest, highest, effort):
                if code not in fitting:
                    choice = self._fitting([(pool[place], count) for place, count in taken(code, items)])
                    if choice is not None:
                        fitting[code] = choice
        return [fitting[code] for code in smallest(fitting, len(pool), effort)]

    def _questions(self, pool: Sequence[int]) -> Iterator[tuple[list[Item], int, int]]:
        """Which weights to look for. Without a percentage in the fee, they are amounts. With one they are amounts
        times its divisor, and what is rounded makes the sums that are looked for one unit wider. Its sign is that of
        the entries' sum: where both signs are possible, there are two questions. More may be found than fits."""
        rows = [(node, self.classes.row(node).amount, len(self.classes.ids(node))) for node in pool]
        terms = self.rule.terms(self.classes.row(pool[0]).currency)
        assert terms is not None, "rows in such a currency are in no group"
        entries = [amount * count for node, amount, count in rows if node < 0]
        divisor, part = (terms.fee.divisor, terms.fee.numerator) if terms.fee else (1, 0)
        drift = terms.drift_max(sum(map(abs, entries)))
        if drift is None:
            drift = sum(abs(amount) * count for _, amount, count in rows) + abs(terms.fixed_fee)
        width = divisor * (drift + 1) if terms.fee else drift
        signs = [sign for sign in (1, -1) if any(sign * amount > 0 for amount in entries)] if terms.fee else [1]
        for sign in signs:
            items = [
                Item(node >= 0, amount * (divisor if node >= 0 else sign * part - divisor), count)
                for node, amount, count in rows
            ]
            yield items, -divisor * terms.fixed_fee - width, -divisor * terms.fixed_fee + width

    def _fitting(self, rows: list[tuple[int, int]]) -> Choice | None:
        records = [(self.classes.row(node), count) for node, count in rows if node >= 0]
        entries = [(self.classes.row(node), count) for node, count in rows if node < 0]
        sums = [sum(row.amount * count for row, count in of_side) for of_side in (records, entries)]
        if not all(sums):  # Rows that cancel each other out say nothing about the other side.
            return None
        drift = self.rule.fit_sums(sums[0], sums[1], records[0][0].currency)
        nodes = [node for node, _ in rows]
        if drift is None or not all(self._belongs(one, other) for one in nodes for other in nodes if one >= 0 > other):
            return None
        return Choice(tuple(rows), drift)

    def _belongs(self, record: int, entry: int) -> bool:
        pair = record, entry
        if pair not in self.belong:
            self.belong[pair] = self.rule.fit_members(self.classes.row(record), self.classes.row(entry))
        return self.belong[pair]


def _times(choice: Choice, classes: Classes) -> int:
    """How often a choice can be taken: two equal payments of two equal invoices are the same choice, twice."""
    return min(len(classes.ids(node)) // count for node, count in choice.rows)


def _divide(found: Sequence[Choice], classes: Classes) -> tuple[list[Choice], list[Choice]]:
    """The choices that can all be taken, as often as possible, and those that want rows of which there are too few."""
    wanted: Counter[int] = Counter()
    for choice in found:
        times = _times(choice, classes)
        for node, count in choice.rows:
            wanted[node] += times * count
    short = {node for node, rows in wanted.items() if rows > len(classes.ids(node))}
    is_sure = [short.isdisjoint(node for node, _ in choice.rows) for choice in found]
    sure = [choice for choice, sure in zip(found, is_sure, strict=True) if sure]
    return sure, [choice for choice, sure in zip(found, is_sure, strict=True) if not sure]


class _Rows:
    """Gives the rows of classes to choices, in the order of their ids."""

    def __init__(self, level: int, classes: Classes) -> None:
        self.level, self.classes = level, classes
        self.given: Counter[int] = Counter()

    def take(self, found: Sequence[Choice]) -> list[Match]:
        """Each choice as often as there are rows for it, those with the smallest ids first."""
        matches = []
        for choice in sorted(found, key=lambda choice: self._match(choice, Certainty.SURE)):
            for _ in range(_times(choice, self.classes)):
                matches.append(self._match(choice, Certainty.SURE))
                self.given.update(dict(choice.rows))
        return matches

    def propose(self, found: Sequence[Choice]) -> list[Match]:
        """Each choice once, of rows that are not taken."""
        return sorted(self._match(choice, Certainty.AMBIGUOUS) for choice in found)

    def _match(self, choice: Choice, certainty: Certainty) -> Match:
        ids: tuple[list[str], list[str]] = ([], [])
        for node, count in choice.rows:
            first = self.given[node]
            ids[node < 0].extend(self.classes.ids(node)[first : first + count])
        rows = [[self.classes.row(node) for node, _ in choice.rows if (node < 0) == is_entry] for is_entry in (0, 1)]
        records, entries = (tuple(sorted(of_side)) for of_side in ids)
        return Match(self.level, records, entries, choice.drift, distance_between(*rows), certainty)
