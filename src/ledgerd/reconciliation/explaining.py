"""Why rows of both sides are a match under a rule, or are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, product

from ledgerd.core.model.matching_rule import MatchField
from ledgerd.reconciliation.matching.criteria import CompiledRule
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.matching.verdict import Verdict, mean_score

PAIRS_MAX = 1_000
"""So many pairs of a group are looked at."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a rule says about rows of both sides. ``level`` is its place among the rules, from 0."""

    level: int
    verdicts: tuple[Verdict, ...]

    @property
    def fits(self) -> bool:
        return all(verdict.ok for verdict in self.verdicts)

    @property
    def score(self) -> int:
        """How well the rows fit: 1,000 where nothing differs, 0 where all that the rule allows is used up."""
        return mean_score(self.verdicts)


def explain(level: int, rule: CompiledRule, records: Sequence[Row], entries: Sequence[Row]) -> Explanation:
    """One verdict for each criterion; before them what every rule demands, where it does not hold.

    The verdict on the amounts of a group is that on its sums. Each other one is that of the first pair of its rows for
    which it does not hold, else of the first with the lowest score.
    """
    if len(records) == len(entries) == 1:
        return Explanation(level, rule.explain(records[0], entries[0]))
    criteria = rule.rule.criteria
    pairs = [rule.explain(*pair) for pair in islice(product(records, entries), PAIRS_MAX)]
    sums = rule.explain_sums(_sum(records), _sum(entries), records[0].currency)
    verdicts: list[Verdict] = []
    if not any(criterion.field is MatchField.AMOUNT for criterion in criteria) and not sums.ok:
        verdicts.append(sums)
    for place, criterion in enumerate(criteria, -len(criteria)):
        told = [pair[place] for pair in pairs]
        is_amount = criterion.field is MatchField.AMOUNT
        verdicts.append(sums if is_amount else min(told, key=lambda verdict: (verdict.ok, verdict.score)))
    return Explanation(level, tuple(verdicts))


def _sum(rows: Sequence[Row]) -> int:
    return sum(row.amount for row in rows)
