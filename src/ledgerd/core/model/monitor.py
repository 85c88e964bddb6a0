"""Monitors: conditions on one balance. The movement, not the batch, is the unit."""

import operator
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from ledgerd.core.model.figures import Figures, Kind


class Field(StrEnum):
    """What a condition looks at, in minor units."""

    BALANCE = "BALANCE"
    CREDIT_BALANCE = "CREDIT_BALANCE"
    DEBIT_BALANCE = "DEBIT_BALANCE"
    INFLIGHT_BALANCE = "INFLIGHT_BALANCE"
    INFLIGHT_CREDIT_BALANCE = "INFLIGHT_CREDIT_BALANCE"
    INFLIGHT_DEBIT_BALANCE = "INFLIGHT_DEBIT_BALANCE"
    AVAILABLE = "AVAILABLE"
    DEBIT_AMOUNT = "DEBIT_AMOUNT"
    CREDIT_AMOUNT = "CREDIT_AMOUNT"


class Comparison(StrEnum):
    GREATER = "GREATER"
    GREATER_OR_EQUAL = "GREATER_OR_EQUAL"
    LESS = "LESS"
    LESS_OR_EQUAL = "LESS_OR_EQUAL"
    EQUAL = "EQUAL"
    NOT_EQUAL = "NOT_EQUAL"


class Trigger(StrEnum):
    """EDGE fires when the conditions become true, LEVEL at every movement that leaves them true."""

    EDGE = "EDGE"
    LEVEL = "LEVEL"


_FIGURE: dict[Field, Callable[[Figures], int]] = {
    Field.BALANCE: lambda figures: figures.balance,
    Field.CREDIT_BALANCE: lambda figures: figures.credit,
    Field.DEBIT_BALANCE: lambda figures: figures.debit,
    Field.INFLIGHT_BALANCE: lambda figures: figures.inflight,
    Field.INFLIGHT_CREDIT_BALANCE: lambda figures: figures.inflight_credit,
    Field.INFLIGHT_DEBIT_BALANCE: lambda figures: figures.inflight_debit,
    Field.AVAILABLE: lambda figures: figures.available,
}

_COMPARE: dict[Comparison, Callable[[int, int], bool]] = {
    Comparison.GREATER: operator.gt,
    Comparison.GREATER_OR_EQUAL: operator.ge,
    Comparison.LESS: operator.lt,
    Comparison.LESS_OR_EQUAL: operator.le,
    Comparison.EQUAL: operator.eq,
    Comparison.NOT_EQUAL: operator.ne,
}


class Condition(NamedTuple):
    field: Field
    comparison: Comparison
    threshold: int


class Monitor(NamedTuple):
    """All conditions must hold. ``balance_id`` is the balance that it watches."""

    id: str
    balance_id: str
    conditions: tuple[Condition, ...]
    trigger: Trigger
    description: str | None = None


def fires(monitor: Monitor, *, before: Figures, after: Figures, kind: Kind, amount: int, is_source: bool) -> bool:
    """Whether a movement makes the monitor fire.

    A single movement's amount (DEBIT_AMOUNT, CREDIT_AMOUNT) is what it posts: a hold posts
    nothing, its commit does. Before the movement there is no such amount, so EDGE fires each time.
    """
    posted = kind.posted * amount
    debit, credit = (posted, 0) if is_source else (0, posted)
    if not all(_is_true(condition, after, debit, credit) for condition in monitor.conditions):
        return False
    return monitor.trigger is Trigger.LEVEL or not all(
        _is_true(condition, before, 0, 0) for condition in monitor.conditions
    )


def _is_true(condition: Condition, figures: Figures, debit: int, credit: int) -> bool:
    compare = _COMPARE[condition.comparison]
    if condition.field is Field.DEBIT_AMOUNT:
        return debit > 0 and compare(debit, condition.threshold)
    if condition.field is Field.CREDIT_AMOUNT:
        return credit > 0 and compare(credit, condition.threshold)
    return compare(_FIGURE[condition.field](figures), condition.threshold)
