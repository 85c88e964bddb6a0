"""What a run proposes to post: for the differences of its matches, and for records that have no entry."""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, Inexact
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.amount import exponent
from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.reconciliation.matching.criteria import CompiledRule, compile_rule
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.spec import RunSpec
from ledgerd.store import reconciliation_adjustments as stored
from ledgerd.store.reconciliation_adjustments import NewAdjustment

_EXACT = Context(prec=100, traps=[Inexact])
"""Sums of amounts are never rounded."""
_NOTHING = Decimal(0)
"""The limit in a currency that a rule does not list: a leftover is never zero."""


class Leftover(NamedTuple):
    """What the ledger lacks: records less entries, by the books of the source, in the finest precision of its
    currency. It is the difference of a match, or a record."""

    level: int
    match_number: int | None
    record_number: int
    balance_id: uuid.UUID
    currency: str
    amount: int


class Balance(NamedTuple):
    """A balance of a run."""

    id: uuid.UUID
    currency: str
    precision: int


class Selection:
    """The rules of a run for records alone, in their order."""

    def __init__(self, spec: RunSpec, balances: Sequence[Balance]) -> None:
        self._rules: list[tuple[int, CompiledRule]] = [
            (level, compile_rule(rule, spec.precisions))
            for level, rule in enumerate(spec.rules)
            if rule.is_of_record_alone
        ]
        by_currency: dict[str, list[Balance]] = {}
        for balance in balances:
            by_currency.setdefault(balance.currency, []).append(balance)
        self._balances = {currency: found[0] for currency, found in by_currency.items() if len(found) == 1}
        """The balance of each currency that only one balance has: of several nobody knows which one it is."""

    def __bool__(self) -> bool:
        return bool(self._rules)

    def leftover(self, record: Row, number: int) -> Leftover | None:
        """What a record without an entry leaves, by the first rule that is about it."""
        balance = self._balances.get(record.currency)
        if balance is None or not record.amount:
            return None
        for level, rule in self._rules:
            if rule.selects(record):
                return Leftover(level, None, number, balance.id, record.currency, record.amount)
        return None


def adjustment_levels(rules: Sequence[MatchingRule]) -> list[int]:
    """The levels of the rules that say what happens to the differences of their matches."""
    return [level for level, rule in enumerate(rules) if rule.adjustment is not None and not rule.is_of_record_alone]


async def propose(
    connection: asyncpg.Connection,
    spec: RunSpec,
    leftovers: Sequence[Leftover],
    balances: Mapping[uuid.UUID, Balance],
) -> list[NewAdjustment]:
    """An adjustment for each leftover that its rule allows in its currency, and that its balance can express. For
    records that are not booked yet there is none."""
    booked = await stored.booked(connection, {leftover.record_number for leftover in leftovers}, spec.time_zone)
    proposed = []
    for leftover in leftovers:
        balance, rule, finest = (
            balances[leftover.balance_id],
            spec.rules[leftover.level],
            spec.precisions[leftover.currency],
        )
        adjustment, size = rule.adjustment, major_units(leftover.amount, finest)
        units, rest = divmod(leftover.amount, finest // balance.precision)
        at = booked.get(leftover.record_number)
        if rest or at is None or adjustment is None or size > adjustment.at_most.get(leftover.currency, _NOTHING):
            continue
        small = adjustment.post_at_most.get(leftover.currency, _NOTHING)
        proposed.append(
            NewAdjustment(
                level=leftover.level,
                rule_id=uuid.UUID(rule.id),
                rule_version=rule.version,
                kind=adjustment.kind,
                match_number=leftover.match_number,
                record_number=leftover.record_number if leftover.match_number is None else None,
                first_record=leftover.record_number,
                balance_id=leftover.balance_id,
                counterpart=adjustment.counterpart,
                amount=-units if spec.is_opposite else units,
                currency=leftover.currency,
                precision=balance.precision,
                effective_at=at,
                allow_overdraft=adjustment.allow_overdraft,
                description=adjustment.description,
                is_automatic=size <= small,
            )
        )
    return proposed


def major_units(amount: int, precision: int) -> Decimal:
    """The size of an amount, exactly: a precision is a power of ten."""
    return Decimal(abs(amount)).scaleb(-exponent(precision), _EXACT)
