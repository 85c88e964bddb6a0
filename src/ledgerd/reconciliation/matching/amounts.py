"""What a rule expects outside for an amount of the ledger, and how far from it an amount may be: in minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledgerd.core.model.matching_rule import FeeFormula, Rounding, Tolerance


@dataclass(frozen=True, slots=True)
class Ratio:
    """A percentage as numerator / (100 x denominator): exact."""

    numerator: int
    divisor: int

    @staticmethod
    def of(percent: Decimal) -> "Ratio":
        numerator, denominator = percent.as_integer_ratio()
        return Ratio(numerator, 100 * denominator)


def rounded(numerator: int, divisor: int, rounding: Rounding) -> int:
    """numerator / divisor as a whole number; neither is negative. UP is away from zero, DOWN towards it."""
    whole, rest = divmod(numerator, divisor)
    match rounding:
        case Rounding.DOWN:
            return whole
        case Rounding.UP:
            return whole + 1 if rest else whole
        case Rounding.HALF_UP:
            return whole + 1 if 2 * rest >= divisor else whole
        case Rounding.HALF_EVEN:
            return whole + 1 if 2 * rest > divisor or (2 * rest == divisor and whole % 2) else whole


def is_opposite(one: int, other: int) -> bool:
    """Whether one amount came in and the other went out. Zero did neither."""
    return one < 0 < other or other < 0 < one


@dataclass(frozen=True, slots=True)
class AmountTerms:
    """A rule's fee and tolerance in one currency.

    The record's amount must not have the sign that is opposite to what is expected, whatever is tolerated: money
    that came in is never money that went out. Zero has no sign.
    """

    precision: int
    fixed_fee: int = 0
    fee: Ratio | None = None
    rounding: Rounding = Rounding.HALF_EVEN
    allowed: int | None = 0
    """The tolerance in minor units; None where any amount fits, or ``percent`` says how far."""
    percent: Ratio | None = None
    """The tolerance as a part of the entry's amount."""

    def expected(self, entry: int) -> int:
        """What is expected outside for an entry, or for the sum of a group's entries."""
        if self.fee is None:
            return entry - self.fixed_fee
        return entry - self.fixed_fee - rounded(abs(entry) * self.fee.numerator, self.fee.divisor, self.rounding)

    def drift_max(self, entry: int) -> int | None:
        """How far the record's amount may be from what is expected; None: any amount fits."""
        if self.percent is not None:
            return abs(entry) * self.percent.numerator // self.percent.divisor
        return self.allowed

    def drift(self, record: int, entry: int) -> int | None:
        """How far the record's amount is from what is expected; None where that is too far."""
        expected = self.expected(entry)
        if is_opposite(record, expected):
            return None
        drift = abs(record - expected)
        if self.percent is not None:
            return drift if drift * self.percent.divisor <= abs(entry) * self.percent.numerator else None
        return drift if self.allowed is None or drift <= self.allowed else None


def amount_terms(
    fee: FeeFormula | None, tolerance: Tolerance | None, *, is_compared: bool, precisions: Mapping[str, int]
) -> dict[str, AmountTerms]:
    """The terms for each currency. A currency whose minor units cannot express the fixed fee has none, nor has one that
    is not among those with a fixed fee: nothing in it fits the rule. A tolerance is cut to whole minor units, which
    changes nothing for amounts that are whole."""
    terms = {}
    for currency, precision in precisions.items():
        fixed = 0
        if fee is not None and fee.fixed:
            if currency not in fee.fixed:
                continue
            fixed, rest = _minor_units(fee.fixed[currency], precision)
            if rest:
                continue
        terms[currency] = AmountTerms(
            precision=precision,
            fixed_fee=fixed,
            fee=Ratio.of(fee.percent) if fee and fee.percent else None,
            rounding=fee.rounding if fee else Rounding.HALF_EVEN,
            allowed=_allowed(tolerance, currency, precision) if is_compared else None,
            percent=_percent(tolerance) if is_compared else None,
        )
    return terms


def _allowed(tolerance: Tolerance | None, currency: str, precision: int) -> int | None:
    if tolerance is None:
        return 0
    if tolerance.percent is not None:
        return None
    return _minor_units((tolerance.absolute or {}).get(currency, Decimal(0)), precision)[0]


def _percent(tolerance: Tolerance | None) -> Ratio | None:
    return None if tolerance is None or tolerance.percent is None else Ratio.of(tolerance.percent)


def _minor_units(major: Decimal, precision: int) -> tuple[int, int]:
    numerator, denominator = major.as_integer_ratio()
    return divmod(numerator * precision, denominator)
