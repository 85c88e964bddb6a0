"""Sums in settings, such as floors and thresholds: from the request to minor units."""

from typing import NamedTuple

from ledgerd.core.model import limits
from ledgerd.core.model.amount import Quantity, minor_units
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation, reject


class Unit(NamedTuple):
    """The unit of a balance. ``balance`` is its id, empty before the balance exists."""

    balance: str
    currency: str
    precision: int


class Sum(NamedTuple):
    """A sum as requested; it may be negative. Currency and precision are None where they were not given, ``other`` is
    None unless the request has both spellings."""

    quantity: Quantity
    currency: str | None
    precision: int | None
    other: Quantity | None = None


def in_minor_units(requested: Sum, unit: Unit, field: str) -> int:
    """The sum in the balance's minor units; ``field`` is its name in the request.

    Raises Rejected: CURRENCY_MISMATCH, PRECISION_MISMATCH, AMOUNT_TOO_PRECISE, and FIELD_INVALID from
    10^36 on, and where two spellings are of different amounts.
    """
    currency, precision = requested.currency, requested.precision
    if currency is not None and currency != unit.currency:
        raise reject(Reason.CURRENCY_MISMATCH, balance=unit.balance, requested=currency, currency=unit.currency)
    if precision is not None and precision != unit.precision:
        raise reject(Reason.PRECISION_MISMATCH, balance=unit.balance, requested=precision, precision=unit.precision)
    minor = minor_units(requested.quantity, unit.precision)
    if minor is None:
        raise reject(Reason.AMOUNT_TOO_PRECISE, balance=unit.balance, precision=unit.precision)
    if requested.other is not None and minor_units(requested.other, unit.precision) != minor:
        raise malformed(field, "precise and decimal are of different amounts")
    if abs(minor) >= limits.AMOUNT_BOUND_MINOR_UNITS:
        raise malformed(field, "must be below 10^36 minor units in absolute value")
    return minor


def malformed(field: str, description: str) -> Rejected:
    """The rejection, to be raised, of a malformed field."""
    return Rejected(Rejection(Reason.FIELD_INVALID, {"field": field}, (Violation(field, description),)))
