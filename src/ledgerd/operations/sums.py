"""Sums that settings carry, floors and thresholds: from what was asked to minor units."""

from typing import NamedTuple

from ledgerd.core.model import limits
from ledgerd.core.model.amount import Quantity, minor_units
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation, reject


class Unit(NamedTuple):
    """What a balance counts in. ``balance`` is its id, empty while it has none."""

    balance: str
    currency: str
    precision: int


class Sum(NamedTuple):
    """A sum that may be negative, as asked. Currency and precision only where they were given."""

    quantity: Quantity
    currency: str | None
    precision: int | None


def in_minor_units(asked: Sum, unit: Unit, field: str) -> int:
    """The sum in the balance's minor units; ``field`` is its name in the request.

    Raises Rejected: CURRENCY_MISMATCH, PRECISION_MISMATCH, AMOUNT_TOO_PRECISE, and FIELD_INVALID from
    10^36 on.
    """
    if asked.currency is not None and asked.currency != unit.currency:
        raise reject(Reason.CURRENCY_MISMATCH, balance=unit.balance, asked=asked.currency, currency=unit.currency)
    if asked.precision is not None and asked.precision != unit.precision:
        raise reject(Reason.PRECISION_MISMATCH, balance=unit.balance, asked=asked.precision, precision=unit.precision)
    minor = minor_units(asked.quantity, unit.precision)
    if minor is None:
        raise reject(Reason.AMOUNT_TOO_PRECISE, balance=unit.balance, precision=unit.precision)
    if abs(minor) >= limits.AMOUNT_BOUND_MINOR_UNITS:
        raise malformed(field, "must be below 10^36 minor units in absolute value")
    return minor


def malformed(field: str, description: str) -> Rejected:
    """The rejection, to be raised, of a field that only shows here to be malformed."""
    return Rejected(Rejection(Reason.FIELD_INVALID, {"field": field}, (Violation(field, description),)))
