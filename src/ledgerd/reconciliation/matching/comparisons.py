"""How two texts are compared."""

from collections.abc import Callable

from rapidfuzz.distance import Levenshtein

from ledgerd.core.model.matching_rule import Criterion, MatchOperator

CONTAINED_MIN_CHARS = 3
"""Of a text that another one contains or begins with: shorter ones are contained by chance."""

Comparison = Callable[[str, str], bool]


def equals(one: str, other: str) -> bool:
    return one == other


def contains(one: str, other: str) -> bool:
    """Either text contains the other."""
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    return len(shorter) >= CONTAINED_MIN_CHARS and shorter in longer


def starts_with(one: str, other: str) -> bool:
    """Either text begins with the other."""
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    return len(shorter) >= CONTAINED_MIN_CHARS and longer.startswith(shorter)


def similar(threshold: int) -> Comparison:
    """Distance x 100 <= (100 - threshold) x length of the longer, in whole numbers; empty texts are not similar."""

    def compare(one: str, other: str) -> bool:
        if not one or not other:
            return False
        most = (100 - threshold) * max(len(one), len(other)) // 100
        return Levenshtein.distance(one, other, score_cutoff=most) <= most

    return compare


def similarity(one: str, other: str) -> int:
    """100 x (1 - distance / length of the longer), cut to a whole number: at least a threshold exactly where
    the texts are similar by it."""
    longer = max(len(one), len(other))
    return 100 * (longer - Levenshtein.distance(one, other)) // longer if one and other else 0


def comparison(criterion: Criterion) -> Comparison:
    """The comparison of a criterion that compares the texts of both sides."""
    match criterion.operator:
        case MatchOperator.CONTAINS:
            return contains
        case MatchOperator.STARTS_WITH:
            return starts_with
        case MatchOperator.SIMILAR:
            return similar(criterion.threshold)
        case _:
            return equals
