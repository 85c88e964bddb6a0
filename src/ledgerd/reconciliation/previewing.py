"""What a rule makes of a sample: ``main`` works it out in a process of its own.

Rules and rows are the caller's, and some rules take long for some rows. In a process of its own, a preview neither
holds up the event loop of the server, nor can it go on for longer than its parent lets it. Its input is a pickled
Sample, its output a pickled Preview; both ends are ours.
"""

import os
import pickle
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ledgerd.core.model import limits
from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.reconciliation.matching.criteria import CompiledRule, compile_rule
from ledgerd.reconciliation.matching.engine import match
from ledgerd.reconciliation.matching.outcome import Match
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.matching.selectivity import Selectivity, measure
from ledgerd.reconciliation.matching.verdict import Verdict, mean_score

_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
"""Of addresses: what is used stays far below."""
_LESS_URGENT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A rule without problems, and rows of both sides, whose ids are unique on their side."""

    rule: MatchingRule
    records: tuple[Row, ...]
    entries: tuple[Row, ...]
    precisions: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What the rule says of a record and an entry, or of a record alone: then the entry is empty. It fits where every
    verdict holds."""

    record: str
    entry: str
    verdicts: tuple[Verdict, ...]

    @property
    def fits(self) -> bool:
        return all(verdict.ok for verdict in self.verdicts)

    @property
    def score(self) -> int:
        """How well the rows fit, from 0 to 1,000."""
        return mean_score(self.verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """``matches`` are certain or ambiguous; ``bounds`` are the names of the bounds that were reached."""

    matches: tuple[Match, ...]
    pairs: tuple[Pair, ...]
    selectivity: Selectivity
    bounds: tuple[str, ...]


def preview(sample: Sample) -> Preview:
    """What a rule makes of a sample."""
    rule = _bounded(sample.rule)
    compiled = compile_rule(rule, sample.precisions)
    if rule.is_of_record_alone:
        return _of_records(compiled, sample)
    outcome = match(sample.records, sample.entries, [rule], sample.precisions)
    return Preview(
        matches=tuple(sorted((*outcome.matches, *outcome.ambiguous))),
        pairs=tuple(_pairs(compiled, sample, {each.records[0]: each.entries[0] for each in outcome.matches})),
        selectivity=measure(compiled, sample.records, sample.entries),
        bounds=tuple(dict.fromkeys(bounded.bound for bounded in outcome.bounded)),
    )


def _of_records(rule: CompiledRule, sample: Sample) -> Preview:
    """What a rule for records alone is about. Its criteria are told of the record beside itself."""
    records = sorted(sample.records, key=lambda row: row.id)
    told = records[: limits.PREVIEW_PAIRS_MAX]
    return Preview(
        matches=tuple(Match(0, (record.id,), (), 0, 0) for record in records if rule.selects(record)),
        pairs=tuple(Pair(record=record.id, entry="", verdicts=rule.explain(record, record)) for record in told),
        selectivity=measure(rule, records, ()),
        bounds=(),
    )


def _bounded(rule: MatchingRule) -> MatchingRule:
    """The rule, which searches for no longer than a preview may."""
    grouping = rule.grouping
    if grouping is None or grouping.max_sums <= limits.PREVIEW_MAX_SUMS:
        return rule
    return replace(rule, grouping=replace(grouping, max_sums=limits.PREVIEW_MAX_SUMS))


def _pairs(rule: CompiledRule, sample: Sample, matched: Mapping[str, str]) -> list[Pair]:
    """The first records, each with the entry that it matched, or else with the one that breaks the fewest criteria."""
    entries = sorted(sample.entries, key=lambda row: row.id)
    by_id = {entry.id: entry for entry in entries}
    found = []
    for record in sorted(sample.records, key=lambda row: row.id)[: limits.PREVIEW_PAIRS_MAX]:
        choice = [by_id[matched[record.id]]] if record.id in matched else entries
        pairs = [Pair(record=record.id, entry=entry.id, verdicts=rule.explain(record, entry)) for entry in choice]
        if pairs:
            found.append(min(pairs, key=_broken))
    return found


def _broken(pair: Pair) -> int:
    return sum(not verdict.ok for verdict in pair.verdicts)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    # A parent that is gone ends nobody.
    seconds = limits.PREVIEW_MAX_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    os.nice(_LESS_URGENT)
    sample: Sample = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  the parent is our own process
    sys.stdout.buffer.write(pickle.dumps(preview(sample)))
