"""Amounts as the contract spells them, from Python values that are not floats."""

from decimal import Decimal

from ledgerapi.v1.amount_pb2 import Amount
from ledgerapi.v1.draft_pb2 import Available


def major(name: str, value: str | Decimal | None) -> str | None:
    """An amount in major units; `name` is what a failure calls it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return _plain(name, value)
    # An int could mean either unit, so it is rejected like a float.
    raise TypeError(f"{name} is a str or a Decimal in major units, not {type(value).__name__}")


def minor(name: str, value: int | str | None) -> str | None:
    """An amount in minor units."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{name} is an int in minor units, not {type(value).__name__}")


def percentage(name: str, value: str | Decimal | int) -> str:
    """A percentage. It has a single unit, so an int is clear."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return _plain(name, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{name} is a str, a Decimal or an int, not {type(value).__name__}")


def available(at_most: str | Decimal | None = None) -> Available:
    """All that a balance has available when the money moves, under the terms of the draft or refund.

    Args:
        at_most: At most so much, in major units: "120.50" or Decimal("120.50"). None means without a bound.

    Raises:
        TypeError: The amount is a float, or has another type than allowed.
        ValueError: A Decimal that is no number.
    """
    return Available(at_most=as_amount("at_most", at_most))


def as_amount(name: str, value: str | Decimal | None) -> Amount | None:
    """An Amount in major units."""
    return None if value is None else Amount(decimal=major(name, value))


def _plain(name: str, value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError(f"{name} is {value}, which is no number")
    return format(value, "f")
