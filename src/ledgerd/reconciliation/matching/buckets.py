"""Buckets of whole numbers: a value and every value in a window around it share one, so that windows can be looked up.

A record's value lies in one bucket; an entry's window reaches into few.
"""

from collections.abc import Hashable


def bucket(value: int, drift: int) -> tuple[int]:
    """The bucket of a value, where values may be ``drift`` apart. Without drift, the value itself."""
    return (value // (2 * drift + 1),)


def buckets_around(value: int, drift: int) -> tuple[int, ...]:
    """The buckets of all values that are at most ``drift`` away: two at most."""
    width = 2 * drift + 1
    first, last = (value - drift) // width, (value + drift) // width
    return (first,) if first == last else (first, last)


def log_bucket(value: int, bits: int) -> int:
    """The bucket of a value among buckets whose width is a part of their values: that of their first ``bits`` bits.

    The buckets are numbered without gaps, in the order of their values; small values have their own.
    """
    if value < 0:
        return -log_bucket(-value, bits)
    shift = value.bit_length() - bits
    return value if shift <= 0 else (shift << (bits - 1)) + (value >> shift)


def log_bits(numerator: int, divisor: int) -> int:
    """How many bits make buckets about as wide as a window of numerator / divisor of a value to either side."""
    bits = 1
    while (numerator << (bits + 2)) <= divisor and bits < 64:
        bits += 1
    return bits


Keys = tuple[Hashable, ...]
