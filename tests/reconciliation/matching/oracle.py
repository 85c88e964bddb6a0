"""The best result once more, as docs/design/reconciliation.md states it: by looking at every possible one.

Nothing here is fast, and nothing is taken from the engine but what a rule says about rows.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from ledgerd.core.model.matching_rule import MatchingRule, Strategy
from ledgerd.reconciliation.matching.criteria import CompiledRule, compile_rule
from ledgerd.reconciliation.matching.fields import Side
from ledgerd.reconciliation.matching.outcome import Certainty, Match
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.matching.times import distance_between
from tests.reconciliation.matching.rows import PRECISIONS

Rows = Sequence[Row]


def expected(records: Rows, entries: Rows, rules: Sequence[MatchingRule]) -> tuple[list[Match], list[Match]]:
    """The matches, and those that are ambiguous, both sorted."""
    compiled = [compile_rule(rule, PRECISIONS) for rule in rules]
    matches: list[Match] = []
    ambiguous: list[Match] = []
    stage: list[tuple[int, CompiledRule]] = []
    for level, rule in enumerate(compiled):
        if rule.rule.grouping is None or not rule.rule.grouping.by_search:
            stage.append((level, rule))
            continue
        matches += best(*free(records, entries, matches + ambiguous), stage)
        stage = []
        sure, several = searched(*free(records, entries, matches + ambiguous), level, rule)
        matches += sure
        ambiguous += several
    matches += best(*free(records, entries, matches + ambiguous), stage)
    return sorted(matches), sorted(ambiguous)


def free(records: Rows, entries: Rows, matches: Sequence[Match]) -> tuple[list[Row], list[Row]]:
    """The rows that are in none of these."""
    taken = [{row for match in matches for row in match.records}, {row for match in matches for row in match.entries}]
    sides = [
        sorted((row for row in rows if row.id not in ids), key=lambda row: row.id)
        for rows, ids in zip((records, entries), taken, strict=True)
    ]
    return sides[0], sides[1]


# Of rules that are weighed together ------------------------------------------------------------


def best(records: Rows, entries: Rows, stage: Sequence[tuple[int, CompiledRule]]) -> list[Match]:
    candidates: dict[tuple, Match] = {}
    for level, rule in stage:
        for match in accepted(records, entries, level, rule):
            candidates.setdefault((match.records, match.entries), match)
    return min(results(sorted(candidates.values()), frozenset()), key=rank)


def accepted(records: Rows, entries: Rows, level: int, rule: CompiledRule) -> Iterator[Match]:
    if rule.rule.grouping is None:
        for record in records:
            for entry in entries:
                if fit := rule.fit_pair(record, entry):
                    yield Match(level, (record.id,), (entry.id,), fit.drift, fit.distance)
        return
    keys = {key for row in records for key in rule.group_keys(row, Side.RECORD)}
    for key in keys:
        ours = [row for row in records if key in rule.group_keys(row, Side.RECORD)]
        theirs = [row for row in entries if key in rule.group_keys(row, Side.ENTRY)]
        if (drift := group_drift(ours, theirs, rule)) is not None:
            yield made(level, ours, theirs, drift)


def made(level: int, records: Rows, entries: Rows, drift: int, certainty: Certainty = Certainty.SURE) -> Match:
    ids = [tuple(sorted(row.id for row in rows)) for rows in (records, entries)]
    return Match(level, ids[0], ids[1], drift, distance_between(records, entries), certainty)


def group_drift(records: Rows, entries: Rows, rule: CompiledRule) -> int | None:
    """None where these do not make a match of the rule."""
    grouping, strategy = rule.rule.grouping, rule.rule.strategy
    days = [row.booking_date for row in (*records, *entries)]
    if not records or not entries or len(days) > grouping.max_rows:
        return None
    if (strategy is Strategy.ONE_TO_MANY and len(records) > 1) or (
        strategy is Strategy.MANY_TO_ONE and len(entries) > 1
    ):
        return None
    if grouping.window_days is not None and (None in days or (max(days) - min(days)).days > grouping.window_days):
        return None
    if not all(rule.fit_members(record, entry) for record in records for entry in entries):
        return None
    return rule.fit_sums(*(sum(row.amount for row in rows) for rows in (records, entries)), records[0].currency)


def results(candidates: Sequence[Match], taken: frozenset[tuple[int, str]]) -> Iterator[list[Match]]:
    if not candidates:
        yield []
        return
    first, others = candidates[0], candidates[1:]
    rows = {(0, row) for row in first.records} | {(1, row) for row in first.entries}
    if taken.isdisjoint(rows):
        for result in results(others, taken | rows):
            yield [first, *result]
    yield from results(others, taken)


def rank(matches: Sequence[Match]) -> tuple:
    counts = [-sum(len(match.records) for match in matches if match.level == level) for level in range(9)]
    figures = sum(match.drift for match in matches), sum(match.distance for match in matches)
    return counts, *figures, sorted((match.records, match.entries) for match in matches)


# Of a rule that searches -----------------------------------------------------------------------


def searched(records: Rows, entries: Rows, level: int, rule: CompiledRule) -> tuple[list[Match], list[Match]]:
    fitting = [
        (ours, theirs, drift)
        for ours in some(records)
        for theirs in some(entries)
        if share_a_key(ours, theirs, rule)
        and all(sum(row.amount for row in rows) for rows in (ours, theirs))
        and (drift := group_drift(ours, theirs, rule)) is not None
    ]
    smallest = [one for one in fitting if not any(is_inside(other, one) for other in fitting)]
    alike = {(Side.RECORD, row.id): rule.signature(row, Side.RECORD) for row in records}
    alike |= {(Side.ENTRY, row.id): rule.signature(row, Side.ENTRY) for row in entries}
    rows_of: dict = {}
    for (side, row_id), signature in sorted(alike.items(), key=lambda item: item[0][1]):
        rows_of.setdefault((side, signature), []).append(row_id)
    choices = {
        frozenset(
            Counter(
                [(Side.RECORD, alike[Side.RECORD, row.id]) for row in ours]
                + [(Side.ENTRY, alike[Side.ENTRY, row.id]) for row in theirs]
            ).items()
        ): (ours, theirs, drift)
        for ours, theirs, drift in smallest
    }
    return assigned(choices, rows_of, level)


def assigned(choices: dict, rows_of: dict, level: int) -> tuple[list[Match], list[Match]]:
    """Rows for the choices: of alike ones the first that are free."""
    times = {choice: min(len(rows_of[alike]) // count for alike, count in choice) for choice in choices}
    wanted: Counter = Counter()
    for choice in choices:
        for alike, count in choice:
            wanted[alike] += times[choice] * count
    sure = [c for c in choices if all(wanted[alike] <= len(rows_of[alike]) for alike, _ in c)]

    def match(choice, certainty: Certainty) -> Match:
        ours, theirs, drift = choices[choice]
        ids = {
            side: tuple(sorted(row for (s, alike), count in choice if s is side for row in rows_of[s, alike][:count]))
            for side in Side
        }
        distance = distance_between(ours, theirs)
        return Match(level, ids[Side.RECORD], ids[Side.ENTRY], drift, distance, certainty)

    taken = []
    for choice in sorted(sure, key=lambda choice: match(choice, Certainty.SURE)):
        for _ in range(times[choice]):
            taken.append(match(choice, Certainty.SURE))
            for alike, count in choice:
                del rows_of[alike][:count]
    return taken, [match(choice, Certainty.AMBIGUOUS) for choice in choices if choice not in sure]


def some(rows: Rows) -> list[tuple[Row, ...]]:
    return list(chain.from_iterable(combinations(rows, size) for size in range(1, len(rows) + 1)))


def share_a_key(records: Rows, entries: Rows, rule: CompiledRule) -> bool:
    keys = [set(rule.group_keys(row, Side.RECORD)) for row in records]
    keys += [set(rule.group_keys(row, Side.ENTRY)) for row in entries]
    return bool(set.intersection(*keys))


def is_inside(one: tuple, other: tuple) -> bool:
    rows = [({row.id for row in ours}, {row.id for row in theirs}) for ours, theirs, _ in (one, other)]
    return rows[0] != rows[1] and rows[0][0] <= rows[1][0] and rows[0][1] <= rows[1][1]
