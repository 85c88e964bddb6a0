"""Which parts the keys of a rule have: from the criteria that tell most rows apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ledgerd.core.model.matching_rule import Criterion, MatchField, MatchingRule, MatchOperator, Strategy
from ledgerd.reconciliation.matching import buckets
from ledgerd.reconciliation.matching.amounts import AmountTerms, Ratio
from ledgerd.reconciliation.matching.buckets import Keys
from ledgerd.reconciliation.matching.checks import Check, DateCheck, TextCheck
from ledgerd.reconciliation.matching.fields import DATES, Side, date_reader, has_several, read_field, text_reader
from ledgerd.reconciliation.matching.row import Row

WINDOW_PERCENT_MAX = 50
"""Tolerance and fee together, as a percentage. Beyond, the windows of amounts are as wide as the amounts."""

_TELLING = (
    MatchField.REFERENCE,
    MatchField.IDENTITY,
    MatchField.METADATA,
    MatchField.GROUP_KEY,
    MatchField.DESCRIPTION,
    MatchField.COUNTERPARTY,
)
"""Text fields, those first whose values most likely belong to one movement only."""


@dataclass(frozen=True, slots=True)
class KeyPart:
    """What one criterion adds to the keys of either side."""

    criterion: Criterion
    record: Callable[[Row], Keys]
    entry: Callable[[Row], Keys]
    is_exact: bool
    """Whether rows that share it fit the criterion."""


def key_parts(rule: MatchingRule, checks: Sequence[Check], terms: Mapping[str, AmountTerms]) -> tuple[KeyPart, ...]:
    """The parts of a rule's keys. Keys are combinations of values, so at most one part may have many values in a row:
    the most telling one. Of windows there is one on the amount and one on a date, the narrowest."""
    parts = _text_parts([check for check in checks if isinstance(check, TextCheck)])
    parts += _date_parts([check for check in checks if isinstance(check, DateCheck)])
    if rule.strategy is Strategy.ONE_TO_ONE:  # The amounts of a group are compared as sums.
        parts += [amount_part(rule, c, terms) for c in rule.criteria if has_amount_window(rule, c)]
    return tuple(parts)


def most_telling(checks: Sequence[Check]) -> TextCheck | None:
    """The check whose equal texts tell most rows apart; None where no texts have to be equal."""
    keyed = [check for check in checks if isinstance(check, TextCheck) and is_text_key(check.criterion)]
    return min(keyed, key=lambda check: _rank(check.criterion), default=None)


def is_text_key(criterion: Criterion) -> bool:
    """Whether equal texts of both sides can be looked up."""
    return criterion.field in _TELLING and criterion.operator is MatchOperator.EQUALS


def has_amount_window(rule: MatchingRule, criterion: Criterion) -> bool:
    """Whether the amounts that fit an entry's lie in few buckets.

    A percentage of the entry's amount says little about the record's where a fixed fee makes it much smaller.
    """
    if criterion.field is not MatchField.AMOUNT:
        return False
    if criterion.tolerance is None or not criterion.tolerance.percent:
        return True
    fee = rule.fee
    return (
        not (fee and any(fee.fixed.values()))
        and criterion.tolerance.percent + (fee.percent if fee else 0) <= WINDOW_PERCENT_MAX
    )


def _text_parts(checks: list[TextCheck]) -> list[KeyPart]:
    keyed = [check for check in checks if is_text_key(check.criterion)]
    several = [check for check in keyed if _has_several(check.criterion)]
    single = [check for check in keyed if check not in several]
    chosen = single + sorted(several, key=lambda check: _rank(check.criterion))[:1]
    return [KeyPart(check.criterion, check.record_values, check.entry_values, is_exact=True) for check in chosen]


def _has_several(criterion: Criterion) -> bool:
    return any(has_several(criterion, side) for side in Side)


def _rank(criterion: Criterion) -> int:
    return min(_TELLING.index(read_field(criterion, side)) for side in Side)


def _date_parts(checks: list[DateCheck]) -> list[KeyPart]:
    exact = [check for check in checks if check.days_max == 0 and check.seconds is None]
    windows = sorted((check for check in checks if check not in exact), key=lambda check: check.days_max)
    return [_date_part(check, is_exact=True) for check in exact] + [
        _date_part(check, is_exact=False) for check in windows[:1]
    ]


def _date_part(check: DateCheck, *, is_exact: bool) -> KeyPart:
    return KeyPart(
        check.criterion,
        lambda row: check.keys(row, Side.RECORD),
        lambda row: check.keys(row, Side.ENTRY),
        is_exact=is_exact,
    )


def amount_part(rule: MatchingRule, criterion: Criterion, terms: Mapping[str, AmountTerms]) -> KeyPart:
    """Buckets of amounts: equal ones, ones in a window of fixed width, or in one that is a part of the amount."""
    tolerance = criterion.tolerance
    if tolerance is not None and tolerance.percent:
        return _percent_part(criterion, Ratio.of(tolerance.percent), terms)

    def record(row: Row) -> Keys:
        return buckets.bucket(row.amount, terms[row.currency].allowed or 0)

    def entry(row: Row) -> Keys:
        of_currency = terms[row.currency]
        return buckets.buckets_around(of_currency.expected(row.amount), of_currency.allowed or 0)

    is_exact = all(of_currency.drift_max(0) == 0 for of_currency in terms.values())
    return KeyPart(criterion, record, entry, is_exact)


def _percent_part(criterion: Criterion, percent: Ratio, terms: Mapping[str, AmountTerms]) -> KeyPart:
    bits = buckets.log_bits(percent.numerator, percent.divisor)

    def record(row: Row) -> Keys:
        return (buckets.log_bucket(row.amount, bits),)

    def entry(row: Row) -> Keys:
        of_currency = terms[row.currency]
        expected, most = of_currency.expected(row.amount), of_currency.drift_max(row.amount) or 0
        first, last = (buckets.log_bucket(end, bits) for end in (expected - most, expected + most))
        return tuple(range(first, last + 1))

    return KeyPart(criterion, record, entry, is_exact=False)


def group_parts(rule: MatchingRule, checks: Sequence[Check], side: Side) -> tuple[Callable[[Row], Keys], ...]:
    """What divides the rows of one side into groups: the group keys; and where groups are searched for, every value
    that all rows of a fitting group must share, as each record must fit each entry."""
    if rule.grouping is None:
        return ()
    parts: list[Callable[[Row], Keys]] = []
    for key in rule.grouping.keys:
        field = read_field(key, side)
        parts.append(_day_reader(field) if field in DATES else text_reader(key, side))
    if rule.grouping.by_search:
        equal = [part for part in key_parts(rule, checks, {}) if part.is_exact and not _has_several(part.criterion)]
        parts += [part.record if side is Side.RECORD else part.entry for part in equal]
    return tuple(parts)


def _day_reader(field: MatchField) -> Callable[[Row], Keys]:
    read = date_reader(field)
    return lambda row: () if (day := read(row)) is None else (day,)
