"""A matching rule, compiled: which rows may belong together, which do, and why."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from ledgerd.core.model.matching_rule import Criterion, MatchField, MatchingRule
from ledgerd.reconciliation.matching.amounts import AmountTerms, amount_terms
from ledgerd.reconciliation.matching.buckets import Keys
from ledgerd.reconciliation.matching.checks import Check, DateCheck, RecordCheck, check_of
from ledgerd.reconciliation.matching.explain import amount_verdict, amounts_apart, currency_verdict
from ledgerd.reconciliation.matching.fields import Side
from ledgerd.reconciliation.matching.keys import group_parts, key_parts, most_telling
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.matching.times import pair_distance
from ledgerd.reconciliation.matching.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Fit:
    """All criteria of a rule hold for a record and an entry."""

    drift: int
    """How far the record's amount is from what the rule expects for the entry, in minor units."""
    distance: int
    """How far apart their bookings are, in whole seconds."""


def compile_rule(rule: MatchingRule, precisions: Mapping[str, int]) -> "CompiledRule":
    """Make a rule ready for rows in these currencies; precisions are minor units for each major unit, such as 100.

    The rule must have no problems (see ``checking.py``). A row in any other currency fits nothing.
    """
    return CompiledRule(rule, precisions)


class CompiledRule:
    """Answers for one rule. Nothing here depends on the order of rows.

    - A value that is missing fits nothing, not even another one that is missing. Texts that normalization leaves
      empty are missing.
    - Record and entry have the same currency and no opposite signs, whatever the criteria are.
    - Where a row has several values, such as references, one that fits is enough.
    """

    def __init__(self, rule: MatchingRule, precisions: Mapping[str, int]) -> None:
        self.rule = rule
        amounts = [criterion for criterion in rule.criteria if criterion.field is MatchField.AMOUNT]
        self._amount = amounts[0] if amounts else None
        self._terms = amount_terms(
            rule.fee,
            self._amount.tolerance if self._amount else None,
            is_compared=self._amount is not None,
            precisions=precisions,
        )
        self._checks = tuple(check_of(c) for c in rule.criteria if c.field is not MatchField.AMOUNT)
        parts = key_parts(rule, self._checks, self._terms)
        self._record_parts = tuple(part.record for part in parts)
        self._entry_parts = tuple(part.entry for part in parts)
        self.telling = most_telling(self._checks)
        """The check of equal texts that tells most rows apart, if there is one: rows that share none do not fit."""
        self.seconds_max = _seconds_max(self._checks)
        """How far apart the times of two rows may be, where both have one; None: they are not compared."""
        self._record_checks = tuple(check for check in self._checks if isinstance(check, RecordCheck))
        implied = {id(part.criterion) for part in parts if part.is_exact} | {
            id(c.criterion) for c in self._record_checks
        }
        self.left_to_check = tuple(c for c in rule.criteria if id(c) not in implied and not _is_currency(c))
        """The criteria that a shared key does not imply."""
        self._unchecked = tuple(check for check in self._checks if check.criterion in self.left_to_check)
        self.is_exact = self._amount is not None and not self.left_to_check
        """Whether two rows that share a key fit, without more being looked at."""
        self._group_parts = {side: group_parts(rule, self._checks, side) for side in Side}
        self._looks = {side: tuple(check.looks(side) for check in self._checks) for side in Side}

    # Keys ----------------------------------------------------------------------------------------

    def record_keys(self, row: Row) -> tuple[Hashable, ...]:
        """Keys of a record: it fits only entries with which it shares one. A row without keys fits nothing.

        An entry has more keys than a record where a window is looked up: keep the records by their keys, and look
        up with those of each entry. Of a rule with groups, rows share a key where all but their amounts may fit.
        """
        if self.rule.is_of_record_alone or row.currency not in self._terms or not self._accepts(row):
            return ()
        return _keys(row, self._record_parts)

    def entry_keys(self, row: Row) -> tuple[Hashable, ...]:
        """Keys of an entry."""
        if self.rule.is_of_record_alone or row.currency not in self._terms:
            return ()
        return _keys(row, self._entry_parts)

    def group_keys(self, row: Row, side: Side) -> tuple[Hashable, ...]:
        """The groups that a row may belong to: one for each combination of its values of the rule's group keys.

        A row that lacks a value for one of them belongs to no group, nor does a record that ONE_OF or PATTERN leaves
        out. Where groups are searched for, values that criteria demand to be equal divide them further: such groups
        fit apart or not at all. Without any of these there is one group for each currency. A rule without grouping
        has no groups.
        """
        if self.rule.grouping is None or row.currency not in self._terms:
            return ()
        if side is Side.RECORD and not self._accepts(row):
            return ()
        return _keys(row, self._group_parts[side])

    def selects(self, record: Row) -> bool:
        """Whether a rule for records alone is about this one."""
        return self.rule.is_of_record_alone and record.currency in self._terms and self._accepts(record)

    def _accepts(self, record: Row) -> bool:
        return all(check.accepts(record) for check in self._record_checks) if self._record_checks else True

    # Fits ----------------------------------------------------------------------------------------

    def fit_pair(self, record: Row, entry: Row) -> Fit | None:
        """The fit of a record and an entry, where all criteria hold."""
        terms = self._terms.get(record.currency)
        if terms is None or record.currency != entry.currency:
            return None
        return _fit(record, entry, terms, self._checks)

    def fit_sharing_key(self, record: Row, entry: Row) -> Fit | None:
        """The same for rows that are known to share a key: only what that does not imply is looked at."""
        return _fit(record, entry, self._terms[record.currency], self._unchecked)

    def fit_members(self, record: Row, entry: Row) -> bool:
        """Whether every criterion but that on the amount holds: for a record and an entry of one group."""
        return (
            record.currency == entry.currency
            and record.currency in self._terms
            and all(check.holds(record, entry) for check in self._checks)
        )

    def fit_sums(self, records_sum: int, entries_sum: int, currency: str) -> int | None:
        """How far the sum of a group's records is from what is expected for the sum of its entries; None: too far.

        A group is one movement: its fixed fee is taken off once, and its percentage is that of the sum, rounded once.
        """
        terms = self._terms.get(currency)
        return None if terms is None else terms.drift(records_sum, entries_sum)

    def terms(self, currency: str) -> AmountTerms | None:
        """How amounts are compared in a currency; None where nothing in it fits."""
        return self._terms.get(currency)

    # What else is known --------------------------------------------------------------------------

    def signature(self, row: Row, side: Side) -> Hashable:
        """All that the rule can look at in a row, its times included: rows of one side that are alike under every
        rule are interchangeable."""
        return (
            row.currency,
            row.amount,
            row.booked_at,
            row.booking_date,
            tuple([look(row) for look in self._looks[side]]),
            frozenset(self.group_keys(row, side)) if self.rule.grouping else None,
        )

    def explain(self, record: Row, entry: Row) -> tuple[Verdict, ...]:
        """One verdict for each criterion, in the order of the criteria.

        Before them stands what every rule demands, where it does not hold: equal currencies, and where the rule does
        not compare amounts, no opposite signs. All are fulfilled exactly where the two fit as a pair.
        """
        is_comparable = record.currency == entry.currency
        amount = amounts_apart(record, entry)
        if is_comparable:
            amount = self.explain_sums(record.amount, entry.amount, record.currency)
        verdicts = [] if is_comparable else [currency_verdict(record, entry)]
        if self._amount is None and is_comparable and not amount.ok:
            verdicts.append(amount)
        checks = {id(check.criterion): check for check in self._checks}
        for criterion in self.rule.criteria:
            check = checks.get(id(criterion))
            verdicts.append(amount if check is None else check.verdict(record, entry))
        return tuple(verdicts)

    def explain_sums(self, records_sum: int, entries_sum: int, currency: str) -> Verdict:
        """The verdict on the amounts: of a record and an entry, or of the sums of a group."""
        return amount_verdict(records_sum, entries_sum, currency, self._terms.get(currency))


def _fit(record: Row, entry: Row, terms: AmountTerms, checks: tuple[Check, ...]) -> Fit | None:
    drift = terms.drift(record.amount, entry.amount)
    if drift is None:
        return None
    for check in checks:
        if not check.holds(record, entry):
            return None
    return Fit(drift, pair_distance(record, entry))


def _keys(row: Row, parts: tuple[Callable[[Row], Keys], ...]) -> tuple[Hashable, ...]:
    found: list[Keys] = [(row.currency,)]
    for part in parts:
        values = part(row)
        if not values:
            return ()
        found.append(values)
    return tuple(product(*found))


def _seconds_max(checks: Iterable[Check]) -> int | None:
    timed = [check.seconds for check in checks if isinstance(check, DateCheck) and check.compares_times]
    return min((seconds for seconds in timed if seconds is not None), default=None)


def _is_currency(criterion: Criterion) -> bool:
    return criterion.field is MatchField.CURRENCY
