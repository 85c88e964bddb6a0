"""The best choice of candidates: isolated ones first, then each block by flow, with groups by branch and bound."""

from collections.abc import Sequence

from ledgerd.reconciliation.matching.blocks import blocks, take_isolated
from ledgerd.reconciliation.matching.candidates import Candidate, Classes, Effort, EffortSpent, rank
from ledgerd.reconciliation.matching.flow import assign
from ledgerd.reconciliation.matching.outcome import Match

DEPTH_MAX = 150
"""How many decisions on groups may depend on each other."""


def best(
    candidates: Sequence[Candidate], classes: Classes, effort_max: int
) -> tuple[list[Match], list[list[Candidate]]]:
    """The best result, and the blocks for which the effort does not suffice: nothing of these is matched.

    Of any two classes there is one candidate at most that is a pair.
    """
    taken, left = take_isolated(candidates, classes)
    matches = [match for candidate in taken for match in candidate.matches(classes)]
    too_large = []
    for block in blocks(left):
        try:
            matches += _Search(classes, block, Effort(effort_max)).best_of_block(block, 0)
        except EffortSpent:
            too_large.append(block)
    return matches, too_large


class _Search:
    """Branch and bound in one block: each group is either in the best result or not."""

    def __init__(self, classes: Classes, block: Sequence[Candidate], effort: Effort) -> None:
        self.classes, self.effort = classes, effort
        self.levels = 1 + max(candidate.level for candidate in block)

    def best_of_block(self, block: Sequence[Candidate], depth: int) -> list[Match]:
        self.effort.spend(len(block))
        groups = [candidate for candidate in block if candidate.is_group]
        if not groups:
            return assign(block, self.classes, self.effort)
        if depth == DEPTH_MAX:
            raise EffortSpent
        group = self._most_entangled(groups, block)
        nodes = set(group.nodes())
        with_group = group.matches(self.classes)
        with_group += self._best_of([other for other in block if nodes.isdisjoint(other.nodes())], depth + 1)
        others = [other for other in block if other is not group]
        if self._optimistic(others) > rank(with_group, self.levels)[0]:
            return with_group
        without = self._best_of(others, depth + 1)
        return min(with_group, without, key=lambda matches: rank(matches, self.levels))

    def _best_of(self, candidates: Sequence[Candidate], depth: int) -> list[Match]:
        taken, left = take_isolated(candidates, self.classes)
        self.effort.spend(len(candidates))
        matches = [match for candidate in taken for match in candidate.matches(self.classes)]
        for block in blocks(left):
            matches += self.best_of_block(block, depth)
        return matches

    def _most_entangled(self, groups: Sequence[Candidate], block: Sequence[Candidate]) -> Candidate:
        """The group that shares rows with the most candidates: to decide it splits the block soonest."""
        touching: dict[int, int] = {}
        for candidate in block:
            for node in candidate.nodes():
                touching[node] = touching.get(node, 0) + 1
        return min(groups, key=lambda group: (-sum(touching[node] for node in group.nodes()), group))

    def _optimistic(self, candidates: Sequence[Candidate]) -> tuple[int, ...]:
        """The figures of a result in which each record has the first level that it can have: none has better ones."""
        first: dict[int, int] = {}
        for candidate in candidates:
            for record in candidate.records:
                first[record] = min(candidate.level, first.get(record, candidate.level))
        records = [0] * self.levels
        for record, level in first.items():
            records[level] -= len(self.classes.records[record])
        return tuple(records)
