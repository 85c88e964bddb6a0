"""Windows are looked up in buckets: no value of a window is lost, and few buckets are touched."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledgerd.reconciliation.matching.buckets import bucket, buckets_around, log_bits, log_bucket


def test_every_value_of_a_window_is_in_one_of_its_two_buckets():
    for drift in range(8):
        for value in range(-40, 41):
            around = buckets_around(value, drift)
            assert len(around) <= (2 if drift else 1)
            for other in range(value - drift, value + drift + 1):
                assert set(bucket(other, drift)) <= set(around)


def test_without_a_drift_a_bucket_has_one_value():
    assert len({bucket(value, 0) for value in range(-50, 50)}) == 100


def test_buckets_that_grow_are_numbered_without_gaps_in_the_order_of_their_values():
    for bits in range(1, 7):
        numbers = [log_bucket(value, bits) for value in range(-5_000, 5_001)]
        assert {later - earlier for earlier, later in pairwise(numbers)} <= {0, 1}


@given(st.integers(1, 10**36), st.integers(1, 64))
def test_a_bucket_is_narrower_than_a_part_of_its_values(value, bits):
    width = max(1, value >> (bits - 1))
    assert log_bucket(value + width, bits) > log_bucket(value, bits)


@given(st.integers(0, 10**36), st.integers(1, 10**6), st.integers(2, 10**20))
def test_the_window_of_a_percentage_touches_few_buckets(value, numerator, divisor):
    if 2 * numerator > divisor:
        return
    bits, most = log_bits(numerator, divisor), value * numerator // divisor
    assert log_bucket(value + most, bits) - log_bucket(value - most, bits) <= 4
