"""The candidates of a rule without groups: classes that share a key, and fit."""

from collections.abc import Hashable, Set

from ledgerd.reconciliation.matching.candidates import Candidate, Classes
from ledgerd.reconciliation.matching.criteria import CompiledRule


def find_pairs(
    level: int, rule: CompiledRule, classes: Classes, closed: Set[int], pairs_max: int
) -> tuple[list[Candidate], set[int]]:
    """All pairs that fit, but for classes that are closed, and the classes that are skipped.

    Where there are more pairs to look at than ``pairs_max``, those that share the rarest keys are looked at, and the
    classes with a key that is too common are skipped with all their keys: half of what fits would be misleading.
    """
    buckets = sorted(_buckets(rule, classes, closed), key=lambda shared: (len(shared[0]) * len(shared[1]), shared))
    left = pairs_max
    skipped = set[int]()
    chosen = []
    for records, entries in buckets:
        left -= len(records) * len(entries)
        if left < 0:
            skipped.update(records, (~entry for entry in entries))
        else:
            chosen.append((records, entries))
    partners: dict[int, list[list[int]]] = {}
    for records, entries in chosen:
        for entry in entries:
            if ~entry not in skipped:
                partners.setdefault(entry, []).append(records)
    # The same short tuples serve all candidates of a class: there may be hundreds of thousands of candidates.
    alone = {record: (record,) for records, _ in chosen for record in records}
    candidates = []
    for entry, sharing in partners.items():
        of_entry = (entry,)
        for record in set(sharing[0]).union(*sharing[1:]) - skipped:
            fit = rule.fit_sharing_key(classes.record_rows[record], classes.entry_rows[entry])
            if fit is not None:
                candidates.append(Candidate(level, alone[record], of_entry, fit.drift, fit.distance))
    return candidates, skipped


def _buckets(rule: CompiledRule, classes: Classes, closed: Set[int]) -> list[tuple[list[int], list[int]]]:
    """The classes of both sides that share a key, for every key that both sides have."""
    records: dict[Hashable, list[int]] = {}
    for number, row in enumerate(classes.record_rows):
        if number not in closed:
            for key in rule.record_keys(row):
                records.setdefault(key, []).append(number)
    entries: dict[Hashable, list[int]] = {}
    for number, row in enumerate(classes.entry_rows):
        if ~number not in closed:
            for key in rule.entry_keys(row):
                if key in records:
                    entries.setdefault(key, []).append(number)
    return [(records[key], sharing) for key, sharing in entries.items()]
