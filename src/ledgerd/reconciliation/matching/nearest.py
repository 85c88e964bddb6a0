"""For a row that nothing matched: the rows of the other side that come closest, and why they do not fit."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ledgerd.core.model.matching_rule import MatchField, MatchingRule
from ledgerd.reconciliation.matching.criteria import CompiledRule, compile_rule
from ledgerd.reconciliation.matching.fields import Side
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.matching.times import pair_distance
from ledgerd.reconciliation.matching.verdict import Verdict

EXPLAINED_MAX = 50
"""So many rows are explained: of those that fit but for their amounts, and of those with the nearest amounts."""


@dataclass(frozen=True, slots=True)
class Near:
    """A row of the other side, and what the rule says that comes closest to accepting it."""

    id: str
    level: int
    verdicts: tuple[Verdict, ...]
    """Of a rule with groups, those on anything but the amount: the amounts of a group are compared as sums."""

    @property
    def failed(self) -> int:
        return sum(not verdict.ok for verdict in self.verdicts)


def nearest(
    row: Row,
    side: Side,
    others: Iterable[Row],
    rules: Sequence[MatchingRule],
    precisions: Mapping[str, int],
    limit: int,
) -> tuple[Near, ...]:
    """At most ``limit`` rows of the other side, those first of which the fewest criteria fail, then those with the
    nearest amounts, then times. Rows in another currency are not near."""
    compiled = [
        (level, compile_rule(rule, precisions)) for level, rule in enumerate(rules) if not rule.is_of_record_alone
    ]
    ordered = sorted(
        (other for other in others if other.currency == row.currency),
        key=lambda other: (abs(row.amount - other.amount), pair_distance(row, other), other.id),
    )
    pairs = [(row, other) if side is Side.RECORD else (other, row) for other in ordered]
    belonging = (place for place, pair in enumerate(pairs) if any(rule.fit_members(*pair) for _, rule in compiled))
    places = {*islice(belonging, EXPLAINED_MAX), *range(min(EXPLAINED_MAX, len(ordered)))} if compiled else set[int]()
    near = ((_closest(ordered[place].id, pairs[place], compiled), place) for place in places)
    first = heapq.nsmallest(limit, near, key=lambda found: (found[0].failed, found[1]))
    return tuple(found for found, _ in first)


def _closest(id_: str, pair: tuple[Row, Row], rules: Sequence[tuple[int, CompiledRule]]) -> Near:
    """By the rule of which the fewest criteria fail, the first of these."""
    return min((Near(id_, level, _verdicts(rule, pair)) for level, rule in rules), key=lambda near: near.failed)


def _verdicts(rule: CompiledRule, pair: tuple[Row, Row]) -> tuple[Verdict, ...]:
    verdicts = rule.explain(*pair)
    if rule.rule.grouping is None:
        return verdicts
    return tuple(verdict for verdict in verdicts if verdict.field is not MatchField.AMOUNT)
