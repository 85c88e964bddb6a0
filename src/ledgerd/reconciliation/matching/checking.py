"""Whether a matching rule can be used: its bounds, and whether it tells rows apart at all."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from ledgerd.core.model import ids, limits
from ledgerd.core.model.matching_rule import (
    PERCENT_MAX,
    ByCurrency,
    Criterion,
    FeeFormula,
    Grouping,
    GroupKey,
    MatchField,
    MatchingRule,
    MatchOperator,
    RuleAdjustment,
    Strategy,
    Tolerance,
)
from ledgerd.core.model.text import LABEL_FORM, is_label
from ledgerd.reconciliation.matching.fields import DATES, Side, read_field
from ledgerd.reconciliation.matching.keys import WINDOW_PERCENT_MAX, has_amount_window, is_text_key
from ledgerd.reconciliation.matching.normalize import Pattern, PatternInvalid, normalize

_PARTS = {"absolute": "absolute", "percent": "percent", "seconds": "duration", "business_days": "business_days"}
"""What the contract calls the parts of a tolerance."""
_TEXTLESS = DATES | {MatchField.AMOUNT}
_SMALLEST_PARTS: int = 10**limits.TOLERANCE_MAX_DECIMALS
_INDICATOR = re.compile(r"@[A-Za-z0-9_.:-]+", re.ASCII)
_OF_RECORD = frozenset({MatchOperator.ONE_OF, MatchOperator.PATTERN})


class Problem(NamedTuple):
    """What is wrong with one field of a rule. The sentence goes on from the field's path: "is required"."""

    field: str
    sentence: str


def problems_of(rule: MatchingRule) -> tuple[Problem, ...]:
    """Everything that is wrong with a rule; nothing where it can be compiled.

    A rule compares amounts, or it matches one record with one entry by an equal text, such as a reference: such a
    match has its difference, which is seen. A rule must tell rows apart by more than their
    currency, so that nobody compares all records with all entries by accident.
    """
    found = tuple(_problems(rule))
    return found or tuple(_of_keys(rule))


def is_side(text: str) -> bool:
    """Whether this names a balance, by its id or by its indicator."""
    if text.startswith("@"):
        return len(text) <= limits.INDICATOR_MAX_CHARS and _INDICATOR.fullmatch(text) is not None
    return ids.decode(ids.BALANCE, text) is not None


def _problems(rule: MatchingRule) -> Iterator[Problem]:
    if not is_label(rule.name, limits.NAME_MAX_CHARS):
        yield Problem("name", f"1 to {limits.NAME_MAX_CHARS} {LABEL_FORM}")
    if not 1 <= len(rule.criteria) <= limits.RULE_CRITERIA_MAX:
        yield Problem("criteria", f"1 to {limits.RULE_CRITERIA_MAX} criteria")
    if rule.valid_from_time and rule.valid_until_time and rule.valid_until_time <= rule.valid_from_time:
        yield Problem("valid_until_time", "must be after valid_from_time")
    for place, criterion in enumerate(rule.criteria):
        for problem in _of_criterion(criterion):
            yield Problem(f"criteria[{place}].{problem.field}", problem.sentence)
    yield from _of_adjustment(rule.adjustment)
    if rule.is_of_record_alone:
        yield from _of_record_alone(rule)
        return
    yield from _of_amounts(rule)
    yield from _of_fee(rule.fee)
    yield from _of_grouping(rule)


# Criteria ----------------------------------------------------------------------------------------


def _of_criterion(criterion: Criterion) -> Iterator[Problem]:
    yield from _of_fields(criterion)
    yield from _of_operator(criterion)
    yield from _of_texts(criterion)
    yield from _of_tolerance(criterion)


def _of_fields(compared: Criterion | GroupKey) -> Iterator[Problem]:
    """Which fields are compared, and the keys of metadata."""
    entry_field = read_field(compared, Side.ENTRY)
    if _kind(compared.field) is not _kind(entry_field):
        yield Problem("ledger_field", f"cannot be {entry_field} where field is {compared.field}")
    both = {compared.field, entry_field}
    if MatchField.METADATA not in both and compared.metadata_key:
        yield Problem("metadata_key", "is for METADATA only")
    if entry_field is not MatchField.METADATA and compared.ledger_metadata_key:
        yield Problem("ledger_metadata_key", "is for METADATA only")
    if compared.field is MatchField.METADATA and not compared.metadata_key:
        yield Problem("metadata_key", "is required for METADATA")
    elif entry_field is MatchField.METADATA and not (compared.ledger_metadata_key or compared.metadata_key):
        yield Problem("ledger_metadata_key", "is required for METADATA")
    for name, key in (("metadata_key", compared.metadata_key), ("ledger_metadata_key", compared.ledger_metadata_key)):
        if key and not is_label(key, limits.LABEL_MAX_CHARS):
            yield Problem(name, f"1 to {limits.LABEL_MAX_CHARS} {LABEL_FORM}")


def _kind(field: MatchField) -> MatchField:
    """One field for all those that can be compared with each other."""
    if field in DATES:
        return MatchField.BOOKING_DATE
    return field if field in {MatchField.AMOUNT, MatchField.CURRENCY} else MatchField.DESCRIPTION


def _of_operator(criterion: Criterion) -> Iterator[Problem]:
    """Whether the operator fits the field, and what it needs."""
    operator, field = criterion.operator, criterion.field
    if field in _TEXTLESS and operator is not MatchOperator.EQUALS:
        yield Problem("operator", f"must be EQUALS for {field}")
    if field is MatchField.CURRENCY and operator not in {MatchOperator.EQUALS, MatchOperator.ONE_OF}:
        yield Problem("operator", "must be EQUALS or ONE_OF for CURRENCY")
    if operator in _OF_RECORD and criterion.ledger_field is not None:
        yield Problem("ledger_field", f"is not compared by {operator}")
    yield from _of_values(criterion)
    if operator is MatchOperator.SIMILAR and not 1 <= criterion.threshold <= PERCENT_MAX:
        yield Problem("threshold", "1 to 100 for SIMILAR")
    if operator is not MatchOperator.SIMILAR and criterion.threshold:
        yield Problem("threshold", "is for SIMILAR only")
    if operator is MatchOperator.PATTERN and not criterion.pattern:
        yield Problem("pattern", "is required for PATTERN")
    elif operator is not MatchOperator.PATTERN and criterion.pattern:
        yield Problem("pattern", "is for PATTERN only")
    else:
        yield from _of_pattern("pattern", criterion.pattern)


def _of_values(criterion: Criterion) -> Iterator[Problem]:
    if criterion.operator is not MatchOperator.ONE_OF:
        if criterion.values:
            yield Problem("values", "are for ONE_OF only")
        return
    if not 1 <= len(criterion.values) <= limits.RULE_VALUES_MAX:
        yield Problem("values", f"1 to {limits.RULE_VALUES_MAX} values for ONE_OF")
    for place, value in enumerate(criterion.values):
        if not is_label(value, limits.RULE_VALUE_MAX_CHARS):
            yield Problem(f"values[{place}]", f"1 to {limits.RULE_VALUE_MAX_CHARS} {LABEL_FORM}")
        elif not normalize(value, criterion.normalizations):
            yield Problem(f"values[{place}]", "is empty after its normalization, and would equal nothing")


def _of_texts(compared: Criterion | GroupKey) -> Iterator[Problem]:
    """Extraction and normalization."""
    is_text = compared.field not in _TEXTLESS and compared.field is not MatchField.CURRENCY
    if not is_text and compared.normalizations:
        yield Problem("normalizations", f"are for texts, not for {compared.field}")
    for name, pattern in (("extract", compared.extract), ("ledger_extract", compared.ledger_extract)):
        if pattern and not is_text:
            yield Problem(name, f"is for texts, not for {compared.field}")
        else:
            yield from _of_pattern(name, pattern)
    if isinstance(compared, Criterion) and compared.operator in _OF_RECORD and compared.ledger_extract:
        yield Problem("ledger_extract", f"is not compared by {compared.operator}")


def _of_pattern(name: str, pattern: str) -> Iterator[Problem]:
    if len(pattern) > limits.PATTERN_MAX_CHARS:
        yield Problem(name, f"at most {limits.PATTERN_MAX_CHARS} characters")
    elif pattern:
        try:
            Pattern(pattern)
        except PatternInvalid as invalid:
            yield Problem(name, f"is no pattern of RE2, or takes too much memory: {invalid}")


def _of_tolerance(criterion: Criterion) -> Iterator[Problem]:
    tolerance = criterion.tolerance
    if tolerance is None:
        return
    parts = [part for part in Tolerance.__slots__ if getattr(tolerance, part) is not None]
    if len(parts) > 1:
        yield Problem("tolerance", f"has one part only, not {' and '.join(_PARTS[part] for part in parts)}")
    fitting = {"absolute", "percent"} if criterion.field is MatchField.AMOUNT else set()
    if criterion.field in DATES:
        fitting = {"seconds", "business_days"}
    for part in parts:
        if part not in fitting:
            yield Problem(f"tolerance.{_PARTS[part]}", f"is not for {criterion.field}")
    if tolerance.absolute is not None:
        yield from _of_currencies("tolerance.absolute.amounts", tolerance.absolute, is_required=True)
    if tolerance.percent is not None:
        yield from _of_percent("tolerance.percent", tolerance.percent)
    yield from _of_number("tolerance.duration", tolerance.seconds, 0, limits.TOLERANCE_MAX_SECONDS, " seconds")
    yield from _of_number("tolerance.business_days", tolerance.business_days, 0, limits.TOLERANCE_MAX_BUSINESS_DAYS)


# Numbers -----------------------------------------------------------------------------------------


def _of_number(field: str, number: int | None, least: int, most: int, unit: str = "") -> Iterator[Problem]:
    if number is not None and not least <= number <= most:
        yield Problem(field, f"{least:,} to {most:,}{unit}")


def _of_currencies(
    field: str, amounts: ByCurrency, *, is_required: bool = False, is_above_zero: bool = False
) -> Iterator[Problem]:
    """Amounts by currency, whose places are those in which they were given."""
    if len(amounts) > limits.RULE_CURRENCIES_MAX or (is_required and not amounts):
        yield Problem(field, f"{int(is_required)} to {limits.RULE_CURRENCIES_MAX} amounts, one for each currency")
    for place, amount in enumerate(amounts.values()):
        yield from _of_money(f"{field}[{place}]", amount)
        if is_above_zero and not amount:
            yield Problem(f"{field}[{place}]", "must be above zero")


def _of_money(field: str, amount: Decimal) -> Iterator[Problem]:
    if not _is_between(amount, limits.RULE_MONEY_BOUND_MAJOR_UNITS) or amount == limits.RULE_MONEY_BOUND_MAJOR_UNITS:
        yield Problem(field, f"zero or above, below 10^18, with at most {limits.TOLERANCE_MAX_DECIMALS} decimals")


def _of_percent(field: str, percent: Decimal) -> Iterator[Problem]:
    if not _is_between(percent, PERCENT_MAX):
        yield Problem(field, f"0 to 100, with at most {limits.TOLERANCE_MAX_DECIMALS} decimals")


def _is_between(number: Decimal, most: int) -> bool:
    """Whether this is a number from zero to ``most`` with few enough decimals."""
    if not number.is_finite() or not 0 <= number <= most:
        return False
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    # Zeros at the end do not count, as in every amount; digits that cannot all be zeros are not worth dividing.
    if exponent < -limits.AMOUNT_TEXT_MAX_CHARS:
        return False
    return _SMALLEST_PARTS % number.as_integer_ratio()[1] == 0


# The rule as a whole -----------------------------------------------------------------------------


def _of_amounts(rule: MatchingRule) -> Iterator[Problem]:
    amounts = [criterion for criterion in rule.criteria if criterion.field is MatchField.AMOUNT]
    if len(amounts) > 1:
        yield Problem("criteria", "compare the amount more than once")
    if amounts or not rule.criteria:
        return
    if rule.strategy is not Strategy.ONE_TO_ONE:
        yield Problem("criteria", "must compare the amount: the sums of a group must fit")
    elif rule.fee is not None:
        yield Problem("criteria", "must compare the amount: a fee changes what is expected of it")
    elif not any(is_text_key(criterion) for criterion in rule.criteria):
        yield Problem("criteria", "must compare the amount, or demand an equal text such as the reference")


def _of_record_alone(rule: MatchingRule) -> Iterator[Problem]:
    """A rule that looks at records only, and has nothing but an adjustment to propose."""
    for place, criterion in enumerate(rule.criteria):
        if criterion.operator not in _OF_RECORD:
            yield Problem(f"criteria[{place}].operator", "must be ONE_OF or PATTERN for RECORD_ALONE")
    for name in ("grouping", "fee"):
        if getattr(rule, name) is not None:
            yield Problem(name, "is not for RECORD_ALONE")
    if rule.adjustment is None:
        yield Problem("adjustment", "is required for RECORD_ALONE")


def _of_adjustment(adjustment: RuleAdjustment | None) -> Iterator[Problem]:
    if adjustment is None:
        return
    if not is_side(adjustment.counterpart):
        yield Problem("adjustment.counterpart", "must be the id of a balance (bln_...) or an indicator (@...)")
    for name in ("at_most", "post_at_most", "post_at_most_per_day"):
        amounts = getattr(adjustment, name)
        yield from _of_currencies(f"adjustment.{name}", amounts, is_required=name == "at_most", is_above_zero=True)
    for name, other in (("post_at_most", "post_at_most_per_day"), ("post_at_most_per_day", "post_at_most")):
        lacking = sorted(set(getattr(adjustment, other)) - set(getattr(adjustment, name)))
        if lacking:
            yield Problem(f"adjustment.{name}", f"has no amount in {', '.join(lacking)}, which {other} has")
    for place, (currency, amount) in enumerate(adjustment.post_at_most.items()):
        if currency not in adjustment.at_most:
            yield Problem(f"adjustment.post_at_most[{place}]", f"has the currency {currency}, which at_most has not")
        elif amount > adjustment.at_most[currency]:
            yield Problem(f"adjustment.post_at_most[{place}]", "must not be above at_most")


def _of_fee(fee: FeeFormula | None) -> Iterator[Problem]:
    if fee is None:
        return
    yield from _of_currencies("fee.fixed", fee.fixed)
    yield from _of_percent("fee.percent", fee.percent)
    if not any(fee.fixed.values()) and not fee.percent:
        yield Problem("fee", "takes nothing: leave it out, or give fixed or percent")


def _of_grouping(rule: MatchingRule) -> Iterator[Problem]:
    grouping = rule.grouping
    if rule.strategy is Strategy.ONE_TO_ONE:
        if grouping is not None:
            yield Problem("grouping", "is not for ONE_TO_ONE")
        return
    if grouping is None:
        yield Problem("grouping", f"is required for {rule.strategy}")
        return
    if len(grouping.keys) > limits.GROUP_KEYS_MAX:
        yield Problem("grouping.keys", f"at most {limits.GROUP_KEYS_MAX} keys")
    for place, key in enumerate(grouping.keys):
        path = f"grouping.keys[{place}]"
        if key.field in {MatchField.AMOUNT, MatchField.CURRENCY}:
            yield Problem(f"{path}.field", f"cannot be {key.field}: rows of a group have one currency and any amounts")
        for problem in (*_of_fields(key), *_of_texts(key)):
            yield Problem(f"{path}.{problem.field}", problem.sentence)
    yield from _of_group_bounds(grouping)
    if not _tells_groups_apart(rule, grouping):
        more = ", a window_days, or a criterion that demands an equal text" if grouping.by_search else ""
        yield Problem("grouping.keys", f"add a key{more}: else all rows of a currency are one group")


def _of_group_bounds(grouping: Grouping) -> Iterator[Problem]:
    rows_most = limits.SEARCHED_ROWS_MAX if grouping.by_search else limits.GROUP_ROWS_MAX
    yield from _of_number("grouping.max_rows", grouping.max_rows, limits.GROUP_ROWS_MIN, rows_most)
    yield from _of_number("grouping.window_days", grouping.window_days, 0, limits.GROUP_WINDOW_MAX_DAYS)
    least, most = limits.SEARCH_SUMS_MIN, limits.SEARCH_SUMS_MAX
    yield from _of_number("grouping.max_sums", grouping.max_sums, least, most)


def _tells_groups_apart(rule: MatchingRule, grouping: Grouping) -> bool:
    if grouping.keys:
        return True
    has_more = grouping.window_days is not None or any(is_text_key(criterion) for criterion in rule.criteria)
    return grouping.by_search and has_more


def _of_keys(rule: MatchingRule) -> Iterator[Problem]:
    """A rule for pairs must have something by which the rows that may fit are looked up."""
    if rule.strategy is not Strategy.ONE_TO_ONE:  # Groups have keys of their own, a record alone is not looked up.
        return
    if not any(is_text_key(c) or c.field in DATES or has_amount_window(rule, c) for c in rule.criteria):
        yield Problem(
            "criteria",
            "tell rows apart by their currency only: add a criterion that demands an equal text, a date in a window, "
            f"or an amount whose tolerance and fee are at most {WINDOW_PERCENT_MAX}% together, without a fixed fee",
        )
