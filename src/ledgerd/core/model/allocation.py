"""Splits: one amount is divided among many balances, to the last minor unit.

Everything that has to be rounded is rounded by the method of the largest remainder, also known as
Hamilton's method: each part is cut down to whole minor units, and the units lost by that go one
each to the parts that lost most, of equals to the earlier. So no part is a whole unit away from
its exact share, the sum is exact, and the same question has the same answer.

`divide` makes the parts of one side, `pair` makes movements of two divided sides, and `distribute`
spreads a later commit, void or refund over the movements that were made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ledgerd.core.model import limits
from ledgerd.core.model.amount import Available, Quantity, minor_units, parse_decimal
from ledgerd.core.model.rejection import Reason, Rejection

_NONE: Mapping[int, int] = MappingProxyType({})
_TICKS = 100 * 10**limits.PERCENT_MAX_DECIMALS
"""100 percent, in ticks: the smallest percentage there is. Exact shares are minor units times _TICKS."""


class Rule(StrEnum):
    """Which rule of a split was broken: the detail ``rule`` of SPLIT_INVALID."""

    EMPTY = "empty"
    TOO_MANY = "too_many"
    DUPLICATE_BALANCE = "duplicate_balance"
    ZERO_LEG = "zero_leg"
    SECOND_REMAINDER = "second_remainder"
    OVER_100_PERCENT = "over_100_percent"
    OVER_TOTAL = "over_total"
    DOES_NOT_ADD_UP = "does_not_add_up"
    NO_REMAINDER = "no_remainder"


@dataclass(slots=True, frozen=True)
class Percent:
    """An exact percentage: ``digits`` × 10^-``decimals`` percent, above 0 and up to 100.

    ``decimals`` is 0 to 18, without zeros at the end, so that equal percentages compare equal.
    """

    digits: int
    decimals: int

    @property
    def ticks(self) -> int:
        """The same, in units of 10^-18 percent."""
        scale: int = 10 ** (limits.PERCENT_MAX_DECIMALS - self.decimals)
        return self.digits * scale


@dataclass(slots=True, frozen=True)
class Remainder:
    """What the other shares leave."""


@dataclass(slots=True, frozen=True)
class Share:
    """One balance's part of a total. ``balance`` is an id or an indicator ("@Fees"), as it was asked."""

    balance: str
    part: Quantity | Percent | Remainder | Available


def parse_percent(text: str) -> Percent | None:
    """Read a plain decimal above 0 and up to 100 ("12.5"); None where it is not one.

    At most 18 decimals, of which zeros at the end do not count, and at most 64 characters. No sign,
    no exponent, no percent sign.
    """
    quantity = parse_decimal(text)
    if quantity is None or quantity.decimals is None or quantity.decimals > limits.PERCENT_MAX_DECIMALS:
        return None
    if not 0 < quantity.digits <= 100 * 10**quantity.decimals:
        return None
    return Percent(quantity.digits, quantity.decimals)


# One side --------------------------------------------------------------------------------------


def divide(
    total: int, shares: Sequence[Share], precision: int, available: Mapping[int, int] = _NONE
) -> list[int] | Rejection:
    """Divide a total over shares: minor units for each share, in the order of the shares.

    ``total`` is in minor units, above zero; ``precision`` in minor units per major unit. Every part
    is above zero, and together they make exactly the total. ``available`` has the most that each share of the sort
    `Available` can give, by place.

    - A fixed share is what it says, to the unit; it never takes part in rounding.
    - A percentage is of the total, not of what fixed shares leave. The percentages together make
      their exact sum, rounded to the nearest unit, halves up; within that sum they are rounded by
      largest remainder.
    - `Remainder` takes what remains, wherever it stands.
    - `Available` shares give, in their order, what fixed shares and percentages leave, each as much as it has. They
      and a `Remainder` beside them may be zero.
    - Without both the exact shares must make the total before anything is rounded: the sum of the
      percentages is then a whole number of units already, and rounding never has to hide a gap.

    Nearest, and not down, because one percentage beside a `Remainder` is then what everybody computes
    for it. 1234.56 as fixed 500, 25 %, 10 % and the remainder is 500.00, 308.64, 123.46 and 302.46: 10 % is
    123.456, and the percentages together are 432.096, so 432.10.

    Rejected with SPLIT_INVALID, details ``field`` ("shares[2]"; "shares" where no single one is at
    fault), ``rule`` and the numbers, in this order:

    1. by what was asked alone: empty, too_many (over 1,000); then, share by share,
       duplicate_balance (the same text; that an indicator and an id are one balance is for whoever
       looks them up), zero_leg (fixed at zero), second_remainder, over_100_percent;
    2. by precision and total, share by share: over_total, named at the share that passes it; and
       AMOUNT_TOO_PRECISE instead, as for every other amount, where a fixed share has more decimals
       than the precision allows;
    3. does_not_add_up, where no share is `Remainder` and the exact shares make less than the total;
    4. by what came out, share by share: zero_leg where a percentage is rounded to nothing,
       no_remainder where nothing remains for `Remainder`; and INSUFFICIENT_FUNDS instead, where without `Remainder`
       the `Available` shares have too little together.

    ``requested`` is what the shares up to and including the named one ask, in percent for
    over_100_percent, in shares for too_many, else in minor units.
    """
    rejection = malformed(shares)
    if rejection is not None:
        return rejection
    exact = _exact_shares(total, shares, precision)
    if isinstance(exact, Rejection):
        return exact
    asked = sum(exact)
    remainder = next((place for place, share in enumerate(shares) if isinstance(share.part, Remainder)), None)
    if remainder is None and not available and asked != total * _TICKS:
        return _rejection("shares", Rule.DOES_NOT_ADD_UP, requested=_plain(asked), total=total)
    # All but percentages lose nothing when they are cut down, so they are given nothing.
    parts = _largest_remainder(exact, _TICKS, _nearest(asked, _TICKS))
    needed = total - sum(parts)
    for place, most in available.items():
        parts[place] = min(most, total - sum(parts))
    if remainder is None and sum(parts) < total:
        numbers = {"requested": str(needed), "available": str(sum(available.values()))}
        return Rejection(Reason.INSUFFICIENT_FUNDS, {"field": "shares"} | numbers)
    if remainder is not None:
        parts[remainder] = total - sum(parts)
    for place, part in enumerate(parts):
        if part == 0 and not (available and (place == remainder or place in available)):
            return _rejection(_at(place), Rule.NO_REMAINDER if place == remainder else Rule.ZERO_LEG, total=total)
    return parts


def never_divides(most: int, shares: Sequence[Share], precision: int) -> Rejection | None:
    """What stands against shares of a total that is not known yet, and is at most so much: see divide, 1 and 2."""
    exact = malformed(shares) or _exact_shares(most, shares, precision)
    return exact if isinstance(exact, Rejection) else None


def malformed(shares: Sequence[Share]) -> Rejection | None:
    """What stands against shares alone, whatever the total: see divide, 1."""
    if not shares:
        return _rejection("shares", Rule.EMPTY)
    if len(shares) > limits.SPLIT_MAX_SHARES:
        return _rejection("shares", Rule.TOO_MANY, requested=len(shares), limit=limits.SPLIT_MAX_SHARES)
    balances: set[str] = set()
    has_remainder = False
    ticks = 0
    for place, share in enumerate(shares):
        if share.balance in balances:
            return _rejection(_at(place), Rule.DUPLICATE_BALANCE, balance=share.balance)
        balances.add(share.balance)
        match share.part:
            case Quantity(digits=0):
                return _rejection(_at(place), Rule.ZERO_LEG)
            case Remainder():
                if has_remainder:
                    return _rejection(_at(place), Rule.SECOND_REMAINDER)
                has_remainder = True
            case Percent():
                ticks += share.part.ticks
                if ticks > _TICKS:
                    return _rejection(_at(place), Rule.OVER_100_PERCENT, requested=_plain(100 * ticks), limit=100)
    return None


def _exact_shares(total: int, shares: Sequence[Share], precision: int) -> list[int] | Rejection:
    """What each share asks, in minor units × _TICKS; nothing yet for Remainder and Available."""
    exact: list[int] = []
    asked = 0
    for place, share in enumerate(shares):
        match share.part:
            case Quantity():
                minor = minor_units(share.part, precision)
                if minor is None:
                    details = {"field": _at(place), "balance": share.balance, "precision": str(precision)}
                    return Rejection(Reason.AMOUNT_TOO_PRECISE, details)
                exact.append(minor * _TICKS)
            case Percent():
                exact.append(total * share.part.ticks)
            case _:
                exact.append(0)
        asked += exact[-1]
        if asked > total * _TICKS:
            return _rejection(_at(place), Rule.OVER_TOTAL, requested=_plain(asked), total=total)
    return exact


# Two sides -------------------------------------------------------------------------------------


def pair(sources: Sequence[int], destinations: Sequence[int]) -> list[tuple[int, int, int]]:
    """Join two divisions of one total into legs: (place of the source, of the destination, minor units).

    Both lists are walked in order: a source pays the destination at hand until one of the two is
    done. The legs are so the overlaps of two partitions of one line. Every source and destination
    has its exact sum, no leg is zero, and there are at most as many as both lists together, less one.

    Both lists hold minor units, zero or above, and have the same sum. Nothing is rejected.
    """
    assert sum(sources) == sum(destinations), "two divisions of different totals"
    legs: list[tuple[int, int, int]] = []
    destination, capacity = -1, 0
    for source, amount in enumerate(sources):
        due = amount
        while due:
            while not capacity:
                destination += 1
                capacity = destinations[destination]
            part = min(due, capacity)
            legs.append((source, destination, part))
            due -= part
            capacity -= part
    return legs


# Deferral -----------------------------------------------------------------------------------------


def distribute(amount: int, remaining: Sequence[int]) -> list[int]:
    """Spread an amount over legs in proportion to what each has remaining, in the order of the legs.

    Rounded by largest remainder. Never more than a leg has remaining, and together exactly the
    amount; a leg may be given zero. All that remains is spread as it remains.

    Everything is in minor units, zero or above, and the amount is at most the sum of what remains:
    that is the caller's to reject.
    """
    whole = sum(remaining)
    assert 0 <= amount <= whole, "more than remains"
    if whole == 0:
        return list(remaining)
    return _largest_remainder([amount * part for part in remaining], whole, amount)


# Rounding --------------------------------------------------------------------------------------


def _largest_remainder(numerators: list[int], denominator: int, total: int) -> list[int]:
    """Whole parts that make the total, each of them numerator / denominator rounded down or up.

    The total is the sum of the fractions, rounded down or up. There are so at least as many
    remainders above zero as there are units to give, and a part that is whole stays as it is.
    """
    parts = [numerator // denominator for numerator in numerators]
    # Sorting keeps the order of equals: ties go to the earlier.
    by_loss = sorted(range(len(parts)), key=lambda place: -(numerators[place] % denominator))
    for place in by_loss[: total - sum(parts)]:
        parts[place] += 1
    return parts


def _nearest(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


# Rejections --------------------------------------------------------------------------------------


def _at(place: int) -> str:
    return f"shares[{place}]"


def _rejection(field: str, rule: Rule, **details: object) -> Rejection:
    numbers = {name: str(value) for name, value in details.items()}
    return Rejection(Reason.SPLIT_INVALID, {"field": field, "rule": rule.value} | numbers)


def _plain(scaled: int) -> str:
    """scaled / _TICKS as a plain decimal, without zeros at the end."""
    whole, rest = divmod(scaled, _TICKS)
    return f"{whole}.{rest:0{limits.PERCENT_MAX_DECIMALS + 2}d}".rstrip("0").rstrip(".")
