"""An amount, distributed over the remainders of several legs."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.allocation import distribute
from tests.core.division import COUNTS, SEEDS, TOTALS, check_largest_remainder, cut


@pytest.mark.parametrize(
    ("amount", "remaining", "parts"),
    [
        (0, [5, 5], [0, 0]),
        (10, [5, 5], [5, 5]),
        (5, [5, 5], [3, 2]),  # A tie goes to the earlier.
        (1, [1, 1, 1], [1, 0, 0]),
        (1, [1, 2, 1], [0, 1, 0]),  # The largest remainder
        (50, [100, 0, 50], [33, 0, 17]),
        (7, [0, 0, 7], [0, 0, 7]),
        (10_000, [50000, 30864, 12346, 30246], [4050, 2500, 1000, 2450]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
    ],
)
def test_an_amount_is_spread_over_what_remains(amount: int, remaining: list[int], parts: list[int]) -> None:
    assert distribute(amount, remaining) == parts


@pytest.mark.parametrize(("amount", "remaining"), [(11, [5, 5]), (-1, [5]), (1, [])])
def test_more_than_remains_is_a_bug(amount: int, remaining: list[int]) -> None:
    with pytest.raises(AssertionError):
        distribute(amount, remaining)


@given(TOTALS, COUNTS, SEEDS, st.data())
def test_a_spread_is_exact_fair_and_covered(total: int, count: int, seed: int, data: st.DataObject) -> None:
    random = Random(seed)
    remaining = cut(random, total, count)
    remaining.insert(random.randint(0, len(remaining)), 0)
    amount = data.draw(st.integers(0, total))
    before = list(remaining)
    parts = distribute(amount, remaining)
    assert distribute(amount, remaining) == parts
    assert remaining == before
    assert sum(parts) == amount
    assert all(0 <= part <= most for part, most in zip(parts, remaining, strict=True))
    check_largest_remainder([Fraction(amount * part, total) for part in remaining], parts)


@given(TOTALS, COUNTS, SEEDS, st.integers(1, 5))
def test_spread_after_spread_nothing_remains(total: int, count: int, seed: int, times: int) -> None:
    random = Random(seed)
    remaining = cut(random, total, count)
    for amount in cut(random, total, times):
        parts = distribute(amount, remaining)
        remaining = [most - part for most, part in zip(remaining, parts, strict=True)]
        assert min(remaining) >= 0
    assert set(remaining) == {0}
