"""Splits: each rule as a table, and what must hold of every division as a property."""

from fractions import Fraction
from math import floor
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from ledgerd.core.model.allocation import Percent, Remainder, Rule, Share, divide, pair, parse_percent
from ledgerd.core.model.amount import Quantity, parse_decimal
from ledgerd.core.model.rejection import Reason, Rejection
from tests.core.division import COUNTS, LARGEST, SEEDS, TOTALS, check_largest_remainder, cut


def shares(text: str) -> list[Share]:
    """ "500 25% left" as three shares of three balances; "@A:500" names its balance."""
    return [share(f"@{place}", part) for place, part in enumerate(text.split())]


def share(balance: str, text: str) -> Share:
    if ":" in text:
        balance, text = text.split(":")
    if text == "left":
        return Share(balance, Remainder())
    part = parse_percent(text[:-1]) if text.endswith("%") else parse_decimal(text)
    assert part is not None, text
    return Share(balance, part)


# A percentage ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("12.5", Percent(125, 1)),
        ("100", Percent(100, 0)),
        ("100.00", Percent(100, 0)),
        ("0.10", Percent(1, 1)),
        ("0." + "0" * 17 + "1", Percent(1, 18)),
        ("1." + "0" * 30, Percent(1, 0)),
        ("99." + "9" * 18, Percent(10**20 - 1, 18)),
    ],
)
def test_a_percentage_is_exact(text: str, percent: Percent) -> None:
    assert parse_percent(text) == percent


@pytest.mark.parametrize(
    "text",
    [
        *"0 0.00 100.000000000000000001 101 1000 -5 +5 .5 5. 05 1e1 12,5 50% nan inf 1_0 ٥ 0x1 5.٥".split(),
        *("", " 5", "5\n", "1 0", "0." + "0" * 18 + "1", "1." + "0" * 63, "1" * 10_000),
    ],
)
def test_what_is_not_a_percentage(text: str) -> None:
    assert parse_percent(text) is None


@given(st.integers(1, 10**20), st.integers(0, 18))
def test_a_percentage_keeps_every_digit(digits: int, decimals: int) -> None:
    text = f"{digits // 10**decimals}.{digits % 10**decimals:0{decimals}d}" if decimals else str(digits)
    percent = parse_percent(text)
    if digits > 100 * 10**decimals:
        assert percent is None
    else:
        assert percent is not None
        assert Fraction(percent.digits, 10**percent.decimals) == Fraction(digits, 10**decimals)
        assert percent.ticks == digits * 10 ** (18 - decimals)


def test_a_percentage_is_not_the_amount_with_the_same_digits() -> None:
    assert Share("@A", Percent(25, 0)) != Share("@A", Quantity(25, 0))


# One side --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "asked", "parts"),
    [
        (123456, "500 25% 10% left", [50000, 30864, 12346, 30246]),
        (123456, "left 10% 25% 500", [30246, 12346, 30864, 50000]),
        (100, "left", [100]),
        (100, "1.00", [100]),
        (100, "100%", [100]),
        (100, "0.30 70%", [30, 70]),
        (1, "100%", [1]),
        (101, "50% 50%", [51, 50]),  # A tie goes to the earlier.
        (101, "50% left", [51, 50]),  # A half is rounded up,
        (101, "left 50%", [50, 51]),  # wherever the rest goes.
        (1000, "33.3% 33.3% 33.4%", [333, 333, 334]),
        (100, "33.3% 33.3% left", [34, 33, 33]),  # 66.6 is 67, and the earlier has it.
        (10, "33.3% 33.3% 33.4%", [3, 3, 4]),  # 3.33, 3.33, 3.34: the largest remainder
        (100, "12.4% 12.4% left", [13, 12, 75]),  # 24.8 is 25,
        (100, "12.2% 12.2% left", [12, 12, 76]),  # and 24.4 is 24.
        (1000, "0.01 14.29% 14.29% 14.29% left", [1, 143, 143, 143, 570]),
        (10**35, "0.000000000000000001% left", [10**15, 10**35 - 10**15]),
        (LARGEST, "50% 50%", [5 * 10**35, 5 * 10**35 - 1]),
    ],
)
def test_a_total_is_divided(total: int, asked: str, parts: list[int]) -> None:
    assert divide(total, shares(asked), 100) == parts
    assert sum(parts) == total


def test_minor_units_and_precisions() -> None:
    minor = Share("@A", Quantity(250, None))
    assert divide(1000, [minor, Share("@B", Remainder())], 1) == [250, 750]
    assert divide(1000, [minor, Share("@B", Remainder())], 10**18) == [250, 750]
    assert divide(10**18, shares("0.25 left"), 10**18) == [25 * 10**16, 75 * 10**16]


def many(count: int, text: str = "1") -> str:
    return " ".join([text] * count)


@pytest.mark.parametrize(
    ("rule", "total", "asked", "details"),
    [
        # In order of precedence: each row also breaks what it can of the later rules.
        ("empty", 100, "", {"field": "shares"}),
        ("too_many", 100, "0 @X:0 @X:left " + many(998), {"field": "shares", "requested": "1001", "limit": "1000"}),
        ("duplicate_balance", 100, "@A:9 @A:0", {"field": "shares[1]", "balance": "@A"}),
        ("duplicate_balance", 100, "@A:left @B:1 @A:left", {"field": "shares[2]", "balance": "@A"}),
        ("zero_leg", 100, "0.001 0.00", {"field": "shares[1]"}),
        ("second_remainder", 100, "0.001 left left", {"field": "shares[2]"}),
        ("second_remainder", 100, "9 left 1% left left", {"field": "shares[3]"}),
        (
            "over_100_percent",
            100,
            "0.001 60% 40% 0.5%",
            {"field": "shares[3]", "requested": "100.5", "limit": "100"},
        ),
        (
            "over_100_percent",
            100,
            "100% 0.000000000000000001%",
            {"field": "shares[1]", "requested": "100.000000000000000001", "limit": "100"},
        ),
        ("over_total", 100, "0.99 0.02 0.001", {"field": "shares[1]", "requested": "101", "total": "100"}),
        ("over_total", 100, "0.50 50.5% left", {"field": "shares[1]", "requested": "100.5", "total": "100"}),
        ("over_total", 100, "100% 0.01", {"field": "shares[1]", "requested": "101", "total": "100"}),
        ("over_total", 100, "9" * 64, {"field": "shares[0]", "requested": "9" * 64 + "00", "total": "100"}),
        ("does_not_add_up", 100, "30% 30%", {"field": "shares", "requested": "60", "total": "100"}),
        ("does_not_add_up", 100, "0.30", {"field": "shares", "requested": "30", "total": "100"}),
        ("does_not_add_up", 1, "0.1% 0.1%", {"field": "shares", "requested": "0.002", "total": "1"}),
        (
            "does_not_add_up",  # It would round to the total, and is rejected all the same.
            100,
            "33.333% 33.333% 33.333%",
            {"field": "shares", "requested": "99.999", "total": "100"},
        ),
        ("zero_leg", 1, "1% 99%", {"field": "shares[0]", "total": "1"}),
        ("zero_leg", 100, "0.5% 0.4% left", {"field": "shares[1]", "total": "100"}),
        ("no_remainder", 100, "left 0.60 40%", {"field": "shares[0]", "total": "100"}),
        ("no_remainder", 100, "99.5% left", {"field": "shares[1]", "total": "100"}),
        ("no_remainder", 100, "100% left", {"field": "shares[1]", "total": "100"}),
    ],
)
def test_a_rejection_names_the_share_the_rule_and_the_numbers(
    rule: str, total: int, asked: str, details: dict[str, str]
) -> None:
    assert divide(total, shares(asked), 100) == Rejection(Reason.SPLIT_INVALID, {"rule": rule, **details})


def test_every_rule_is_in_the_table() -> None:
    (mark,) = test_a_rejection_names_the_share_the_rule_and_the_numbers.pytestmark
    assert {row[0] for row in mark.args[1]} == set(Rule)


@pytest.mark.parametrize("asked", ["left 0.001", "1% 0.001", "1.00 0.001"])
def test_too_many_decimals_are_rejected_as_everywhere(asked: str) -> None:
    details = {"field": "shares[1]", "balance": "@1", "precision": "100"}
    assert divide(100, shares(asked), 100) == Rejection(Reason.AMOUNT_TOO_PRECISE, details)


def test_a_thousand_shares_are_not_too_many() -> None:
    assert divide(100_000, shares(many(1_000)), 100) == [100] * 1_000


# What holds of every division ------------------------------------------------------------------


@st.composite
def divisions(draw: st.DrawFn) -> tuple[int, list[Share]]:
    """A total and shares of every form that make it up, with or without Remainder.

    The shapes are drawn; the many numbers come from a seed, because a thousand draws are slow.
    """
    random = Random(draw(SEEDS))
    decimals = draw(st.integers(0, 18))
    whole = 100 * 10**decimals
    weights = cut(random, whole, draw(COUNTS))
    random.shuffle(weights)
    left = random.randrange(len(weights)) if draw(st.booleans()) else None
    fixed_ratio = draw(st.sampled_from([0.0, 0.3, 1.0]))
    total = draw(TOTALS)
    if left is None and fixed_ratio > 0:  # Fixed and percentages add up only where all are whole.
        total = whole * draw(st.integers(1, LARGEST // whole))
    made = []
    for place, weight in enumerate(weights):
        fixed = total * weight // whole
        if place == left:
            made.append(Share(f"@{place}", Remainder()))
        elif fixed and random.random() < fixed_ratio:
            made.append(Share(f"@{place}", Quantity(fixed, None)))
        else:
            made.append(Share(f"@{place}", Percent(weight, decimals)))
    return total, made


def exact_shares(total: int, asked: list[Share]) -> list[Fraction]:
    """The oracle: the shares as fractions of a minor unit, in precision 1."""
    exact = []
    for share in asked:
        match share.part:
            case Quantity():
                exact.append(Fraction(share.part.digits))
            case Percent():
                exact.append(Fraction(total * share.part.digits, 100 * 10**share.part.decimals))
            case Remainder():
                exact.append(Fraction(0))
    return [
        total - sum(exact) if isinstance(share.part, Remainder) else part
        for share, part in zip(asked, exact, strict=True)
    ]


@given(divisions())
def test_a_division_is_exact_and_fair(division: tuple[int, list[Share]]) -> None:
    total, asked = division
    before = list(asked)
    parts = divide(total, asked, 1)
    assert divide(total, asked, 1) == parts
    assert asked == before
    exact = exact_shares(total, asked)
    if isinstance(parts, Rejection):
        event("rejected")
        assert parts.details["rule"] in {Rule.ZERO_LEG, Rule.NO_REMAINDER}
        place = int(parts.details["field"].removeprefix("shares[").removesuffix("]"))
        assert exact[place] < 1
        return
    event("divided")
    assert sum(parts) == total
    assert len(parts) == len(asked)
    assert min(parts) > 0
    percents = []
    for share, part, share_of in zip(asked, parts, exact, strict=True):
        if isinstance(share.part, Quantity):
            assert part == share.part.digits
        elif isinstance(share.part, Remainder):
            assert abs(part - share_of) <= Fraction(1, 2)
        else:
            percents.append((share_of, part))
    together = sum(percent for percent, _ in percents)
    assert sum(part for _, part in percents) == floor(together + Fraction(1, 2))
    check_largest_remainder([percent for percent, _ in percents], [part for _, part in percents])


PARTS = st.one_of(
    st.builds(Quantity, st.one_of(st.integers(0, 100), st.integers(0, 10**64)), st.sampled_from([None, 0, 1, 2, 3])),
    st.builds(Percent, st.integers(1, 100), st.integers(0, 18)),
    st.just(Remainder()),
)
ANY_SHARES = st.lists(st.builds(Share, st.sampled_from("abcdefgh"), PARTS), max_size=6)


@given(TOTALS, ANY_SHARES, st.sampled_from([1, 100, 10**18]))
def test_whatever_is_asked_is_divided_exactly_or_rejected(total: int, asked: list[Share], precision: int) -> None:
    parts = divide(total, asked, precision)
    if isinstance(parts, Rejection):
        assert parts.reason in {Reason.SPLIT_INVALID, Reason.AMOUNT_TOO_PRECISE}
        assert parts.details["field"] in {"shares", *(f"shares[{place}]" for place in range(len(asked)))}
        assert all(parts.details.values())
    else:
        assert (sum(parts), len(parts)) == (total, len(asked))
        assert min(parts) > 0


# Two sides -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "destinations", "legs"),
    [
        ([5], [5], [(0, 0, 5)]),
        ([5], [2, 3], [(0, 0, 2), (0, 1, 3)]),
        ([2, 3], [5], [(0, 0, 2), (1, 0, 3)]),
        ([2, 3], [2, 3], [(0, 0, 2), (1, 1, 3)]),
        ([70, 30], [50, 50], [(0, 0, 50), (0, 1, 20), (1, 1, 30)]),
        ([1, 1, 1], [2, 1], [(0, 0, 1), (1, 0, 1), (2, 1, 1)]),
        ([0, 4, 0], [0, 1, 0, 3], [(1, 1, 1), (1, 3, 3)]),  # Who has nothing to move has no leg.
        ([0], [0, 0], []),
        ([], [], []),
    ],
)
def test_two_sides_are_paired_in_order(
    sources: list[int], destinations: list[int], legs: list[tuple[int, int, int]]
) -> None:
    assert pair(sources, destinations) == legs


def test_sides_of_different_totals_are_a_bug() -> None:
    with pytest.raises(AssertionError):
        pair([5], [4])


@given(TOTALS, COUNTS, COUNTS, SEEDS, st.booleans())
def test_every_side_of_a_pairing_has_its_sum(total: int, m: int, n: int, seed: int, some_zero: bool) -> None:
    random = Random(seed)
    sources, destinations = cut(random, total, m), cut(random, total, n)
    if some_zero:
        for side in (sources, destinations):
            side.insert(random.randint(0, len(side)), 0)
    legs = pair(sources, destinations)
    assert pair(sources, destinations) == legs
    paid, received = [0] * len(sources), [0] * len(destinations)
    for source, destination, amount in legs:
        assert amount > 0
        paid[source] += amount
        received[destination] += amount
    assert (paid, received) == (sources, destinations)
    assert len(legs) <= len(sources) + len(destinations) - 1
    places = [leg[:2] for leg in legs]
    assert places == sorted(set(places))
