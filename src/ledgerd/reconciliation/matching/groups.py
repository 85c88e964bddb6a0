"""The candidates of a rule with groups by key: all rows that share a key, where all belong and their sums fit."""

from collections.abc import Hashable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from ledgerd.core.model.matching_rule import Grouping, Strategy
from ledgerd.reconciliation.matching.candidates import Candidate, Classes
from ledgerd.reconciliation.matching.criteria import CompiledRule
from ledgerd.reconciliation.matching.fields import Side
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.matching.times import distance_between


@dataclass(frozen=True, slots=True)
class FoundGroups:
    """The candidates of one rule with groups."""

    candidates: list[Candidate] = field(default_factory=list)
    too_many: list[tuple[int, ...]] = field(default_factory=list)
    """Classes of groups that have more rows than the rule allows."""
    skipped: set[int] = field(default_factory=set)
    """Classes of groups whose members were not compared, because they are too many."""


def sharing_keys(rule: CompiledRule, classes: Classes) -> list[tuple[int, ...]]:
    """The classes of both sides that share a group key, each choice once, in the order of their first rows."""
    by_key: dict[Hashable, list[int]] = {}
    for side, rows in ((Side.RECORD, classes.record_rows), (Side.ENTRY, classes.entry_rows)):
        for number, row in enumerate(rows):
            for key in rule.group_keys(row, side):
                by_key.setdefault(key, []).append(number if side is Side.RECORD else ~number)
    return sorted({tuple(nodes) for nodes in by_key.values() if nodes[0] >= 0 > nodes[-1]})


def sides_fit(strategy: Strategy, records: int, entries: int) -> bool:
    """Whether a match of this strategy may have so many rows of either side. Where several may be, one may be, too:
    a payout with a single payment is a payout."""
    is_one = (strategy is Strategy.ONE_TO_MANY, strategy is Strategy.MANY_TO_ONE)
    return (records == 1 if is_one[0] else records >= 1) and (entries == 1 if is_one[1] else entries >= 1)


def within_window(days: Iterable[date | None], window_days: int | None) -> bool:
    """Whether the dates are close enough together. A missing date is close to nothing."""
    if window_days is None:
        return True
    known = list(days)
    dates = [day for day in known if day is not None]
    return len(dates) == len(known) and (max(dates) - min(dates)).days <= window_days


def find_groups(
    level: int, rule: CompiledRule, grouping: Grouping, classes: Classes, *, closed: Set[int], members_max: int
) -> FoundGroups:
    """All groups that fit, but for those that have a closed class: without its rows they would be others."""
    found, left = FoundGroups(), members_max
    candidates = []
    groups = [nodes for nodes in sharing_keys(rule, classes) if closed.isdisjoint(nodes)]
    for nodes in sorted(groups, key=lambda nodes: (len(nodes), nodes)):
        records = [node for node in nodes if node >= 0]
        entries = [~node for node in nodes if node < 0]
        sizes = [sum(len(classes.ids(node)) for node in of_side) for of_side in (records, [~e for e in entries])]
        if not sides_fit(rule.rule.strategy, *sizes):
            continue
        candidate = _candidate(level, rule, grouping, classes, records, entries)
        if candidate is None:
            continue
        if sum(sizes) > grouping.max_rows:
            found.too_many.append(nodes)
            continue
        left -= len(records) * len(entries)
        if left < 0:
            found.skipped.update(nodes)
        elif _all_belong(rule, classes, records, entries):
            candidates.append(candidate)
    found.candidates.extend(c for c in candidates if found.skipped.isdisjoint(c.nodes()))
    return found


def _candidate(
    level: int, rule: CompiledRule, grouping: Grouping, classes: Classes, records: Sequence[int], entries: Sequence[int]
) -> Candidate | None:
    """The group, if its sums and dates fit. Whether its members do is asked last: there are many questions."""
    rows = [classes.record_rows[record] for record in records], [classes.entry_rows[entry] for entry in entries]
    if not within_window((row.booking_date for of_side in rows for row in of_side), grouping.window_days):
        return None
    sums = (
        _sum(rows[0], (classes.records[record] for record in records)),
        _sum(rows[1], (classes.entries[entry] for entry in entries)),
    )
    drift = rule.fit_sums(*sums, rows[0][0].currency)
    if drift is None:
        return None
    is_pair = len(records) == len(entries) == len(classes.records[records[0]]) == len(classes.entries[entries[0]]) == 1
    return Candidate(level, tuple(records), tuple(entries), drift, distance_between(*rows), is_group=not is_pair)


def _sum(rows: Sequence[Row], ids: Iterable[Sequence[str]]) -> int:
    return sum(row.amount * len(of_class) for row, of_class in zip(rows, ids, strict=True))


def _all_belong(rule: CompiledRule, classes: Classes, records: Sequence[int], entries: Sequence[int]) -> bool:
    return all(
        rule.fit_members(classes.record_rows[record], classes.entry_rows[entry])
        for record in records
        for entry in entries
    )
