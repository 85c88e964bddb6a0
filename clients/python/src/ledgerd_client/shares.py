"""Shares of a split: what one side of a draft is made of when it is not a single balance."""

from collections.abc import Sequence
from decimal import Decimal

from ledgerapi.v1.draft_pb2 import Distribution, Share

from ledgerd_client.amounts import available, major, minor, percentage


def fixed(balance: str, amount: str | Decimal | None = None, *, precise_amount: int | str | None = None) -> Share:
    """A share of a fixed amount.

    Args:
        balance: A balance id (`bln_...`) or an indicator (`@Fees`).
        amount: How much, in major units: "500.00" or Decimal("500.00"). Give this or `precise_amount`.
        precise_amount: How much, in minor units: 50000. Above zero.

    Raises:
        TypeError: The amount is a float, or has another type than allowed.
        ValueError: Neither or both spellings of the amount, or a Decimal that is not a number.
    """
    if (amount is None) == (precise_amount is None):
        raise ValueError("give either amount (major units) or precise_amount (minor units)")
    return Share(
        balance=balance, amount=major("amount", amount), precise_amount=minor("precise_amount", precise_amount)
    )


def percent(balance: str, value: str | Decimal | int) -> Share:
    """A share in percent of the draft's whole amount.

    Args:
        balance: A balance id (`bln_...`) or an indicator (`@Tax`).
        value: The percentage: "12.5", Decimal("12.5") or 25. Above 0, up to 100, at most 18 decimals.

    Raises:
        TypeError: The percentage is a float, or has another type than allowed.
        ValueError: A Decimal that is no number.
    """
    return Share(balance=balance, percent=percentage("percent", value))


def remainder(balance: str) -> Share:
    """The share that gets the remainder after the other shares. A side has at most one such share.

    Args:
        balance: A balance id (`bln_...`) or an indicator (`@Savings`).
    """
    return Share(balance=balance, remainder=True)


def available_of(balance: str, at_most: str | Decimal | None = None) -> Share:
    """The share that takes what a source has available, as far as the draft's amount still needs it. For sources only.

    Args:
        balance: A balance id (`bln_...`) or an indicator (`@Points`).
        at_most: At most so much, in major units. None means without a bound.

    Raises:
        TypeError: The amount is a float, or has another type than allowed.
        ValueError: A Decimal that is no number.
    """
    return Share(balance=balance, available=available(at_most))


def distribution(name: str, asked: str | Sequence[Share]) -> Distribution | None:
    """The shares of a draft's source or destination (`name`); None where the side is a single balance."""
    if isinstance(asked, str):
        return None
    if not all(isinstance(share, Share) for share in asked):
        raise TypeError(f"{name} is a str or a sequence of shares: fixed(...), percent(...), remainder(...)")
    return Distribution(shares=asked)
