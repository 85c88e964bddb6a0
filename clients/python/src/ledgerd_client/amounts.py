"""Amounts as the contract spells them, from Python values that are not floats."""

from decimal import Decimal


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


def _plain(name: str, value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError(f"{name} is {value}, which is no number")
    return format(value, "f")
