"""Totals and what they are cut into, and what a fair division is."""

from fractions import Fraction
from itertools import pairwise
from math import floor
from random import Random

from hypothesis import strategies as st

from ledgerd.core.model import limits

LARGEST = limits.AMOUNT_BOUND_MINOR_UNITS - 1
TOTALS = st.one_of(st.integers(1, 10_000), st.integers(1, LARGEST))
SEEDS = st.integers(0, 2**64)
COUNTS = st.one_of(st.integers(1, 8), st.integers(1, 100), st.integers(900, 1_000))


def cut(random: Random, whole: int, count: int) -> list[int]:
    """So many positive integers that make the whole; fewer where it is too small."""
    cuts = {random.randint(1, whole - 1) for _ in range(count - 1)} if whole > 1 else set()
    return [after - before for before, after in pairwise([0, *sorted(cuts), whole])]


def check_largest_remainder(exact: list[Fraction], parts: list[int]) -> None:
    """Each within one unit; those that were rounded up lost most, of equals they are the earlier."""
    losses = [share - floor(share) for share in exact]
    units = [part - floor(share) for part, share in zip(parts, exact, strict=True)]
    assert set(units) <= {0, 1}
    assert all(loss for loss, unit in zip(losses, units, strict=True) if unit)
    by_loss = sorted(range(len(exact)), key=lambda place: (-losses[place], place))
    assert [units[place] for place in by_loss] == sorted(units, reverse=True)
