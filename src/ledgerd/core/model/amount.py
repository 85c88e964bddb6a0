"""Amounts: integers in minor units inside, plain decimal strings outside. Never a float."""

import re
from typing import NamedTuple

from ledgerd.core.model import limits

_EXPONENTS = {10**decimals: decimals for decimals in range(19)}
_INTEGER = re.compile(r"0|[1-9][0-9]*", re.ASCII)


class Quantity(NamedTuple):
    """An amount as it was asked, before the precision of the balance is known.

    ``digits`` × 10^-``decimals`` major units; ``decimals`` is None where the caller already
    counted in minor units.
    """

    digits: int
    decimals: int | None


class Available(NamedTuple):
    """An amount that is decided when the money moves: all that a balance has available then, and ``at_most`` so much.
    ``currency`` and ``precision`` are those of ``at_most``, where they were given."""

    at_most: Quantity | None = None
    currency: str | None = None
    precision: int | None = None


def parse_decimal(text: str) -> Quantity | None:
    """Read a plain, unsigned decimal in major units ("120.50"); None where it is not one.

    Decimals that are zero at the end do not count: "120.500" needs two, not three.
    """
    if len(text) > limits.AMOUNT_TEXT_MAX_CHARS:
        return None
    # By hand: a stream passes through here a thousand times a chunk, and a pattern costs twice as much.
    whole, point, fraction = text.partition(".")
    if not (whole.isdigit() and text.isascii()) or (whole[0] == "0" and whole != "0"):
        return None
    if point:
        if not fraction.isdigit():
            return None
        fraction = fraction.rstrip("0")
    return Quantity(int(whole + fraction), len(fraction))


def parse_integer(text: str) -> Quantity | None:
    """Read an unsigned integer in minor units ("12050"); None where it is not one."""
    if len(text) > limits.AMOUNT_TEXT_MAX_CHARS or _INTEGER.fullmatch(text) is None:
        return None
    return Quantity(int(text), None)


def parse_signed(text: str, *, decimal: bool) -> Quantity | None:
    """The same, with an optional leading minus: for thresholds and floors."""
    negative = text.startswith("-")
    quantity = (parse_decimal if decimal else parse_integer)(text[1:] if negative else text)
    if quantity is None or not negative:
        return quantity
    return Quantity(-quantity.digits, quantity.decimals)


def minor_units(quantity: Quantity, precision: int) -> int | None:
    """The quantity in minor units at this precision; None where it has more decimals than fit."""
    digits, decimals = quantity
    if decimals is None:
        return digits
    missing = _EXPONENTS[precision] - decimals
    return digits * 10**missing if missing >= 0 else None


def exponent(precision: int) -> int:
    """Decimals of a precision: 2 for 100."""
    return _EXPONENTS[precision]


def decimal_text(minor: int, precision: int) -> str:
    """Minor units as a plain decimal in major units: (12050, 100) → "120.50"."""
    decimals = exponent(precision)
    if decimals == 0:
        return str(minor)
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    return f"{'-' if minor < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


def is_precision(value: int) -> bool:
    """Whether the value is a power of ten from 1 to 10^18."""
    return value in _EXPONENTS
