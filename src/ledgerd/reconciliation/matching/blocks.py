"""Takes what is in every best result, and divides what is left into blocks that have nothing to do with each other."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from ledgerd.reconciliation.matching.candidates import Candidate, Classes

Thing = TypeVar("Thing")


def take_isolated(candidates: Sequence[Candidate], classes: Classes) -> tuple[list[Candidate], list[Candidate]]:
    """The candidates that are in every best result for a reason that is seen at once, and those that are left.

    A candidate is taken whose rows have no other candidate of its level, and none of an earlier level that is left:
    to give it up would cost a match of its level, and could earn none but of later ones. It must take all rows of its
    classes. Where one class is larger, the ids of the rows that remain could matter, unless they have no other
    candidate at all.
    """
    everywhere = Counter(node for candidate in candidates for node in candidate.nodes())
    taken: list[Candidate] = []
    left: list[Candidate] = []
    taken_nodes, left_nodes = set[int](), set[int]()
    by_level: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        by_level.setdefault(candidate.level, []).append(candidate)
    for _, of_level in sorted(by_level.items()):
        possible = [candidate for candidate in of_level if taken_nodes.isdisjoint(candidate.nodes())]
        here = Counter(node for candidate in possible for node in candidate.nodes())
        undecided = []
        for candidate in possible:
            nodes = candidate.nodes()
            is_alone = all(here[node] == 1 for node in nodes) and left_nodes.isdisjoint(nodes)
            if is_alone and _takes_all(candidate, classes, everywhere):
                taken.append(candidate)
                taken_nodes.update(nodes)
            else:
                undecided.append(candidate)
        left_nodes.update(node for candidate in undecided for node in candidate.nodes())
        left.extend(undecided)
    return taken, left


def _takes_all(candidate: Candidate, classes: Classes, everywhere: Counter[int]) -> bool:
    if candidate.is_group:
        return True
    record, entry = candidate.records[0], candidate.entries[0]
    more = len(classes.records[record]) - len(classes.entries[entry])
    return more == 0 or everywhere[record if more > 0 else ~entry] == 1


def blocks(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """The candidates by the rows that connect them, in the order in which they are given."""
    return connected((candidate, candidate.nodes()) for candidate in candidates)


def connected(things: Iterable[tuple[Thing, Iterable[Hashable]]]) -> list[list[Thing]]:
    """Things by what they share, directly or by way of others. What has nothing is left out."""
    parent: dict[Hashable, Hashable] = {}

    def root(key: Hashable) -> Hashable:
        while (above := parent.setdefault(key, key)) != key:
            parent[key] = key = parent[above]
        return key

    firsts = []
    for thing, keys in things:
        first, *others = [*keys] or [None]
        if first is not None:
            firsts.append((thing, first))
        for key in others:
            parent[root(key)] = root(first)
    found: dict[Hashable, list[Thing]] = {}
    for thing, first in firsts:
        found.setdefault(root(first), []).append(thing)
    return list(found.values())
