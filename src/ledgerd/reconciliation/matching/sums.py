"""Finds every choice of rows of two sides whose sums fit, among few rows, by meeting in the middle.

A choice takes a number of rows from each class. What can be chosen is listed in two parts, and each choice of one part
looks up those of the other that complete its sum. A choice is one number: for each class a field of bits with how many
of its rows are taken, and in front of these how many rows of either side there are. So choices are added like numbers.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from ledgerd.reconciliation.matching.candidates import Effort

_FIELD = 6
"""Bits of a field: a choice has 24 rows at most, and two of them that are added to see whether they are one have 48."""
_MASK = (1 << _FIELD) - 1
_SIZES = (1 << 2 * _FIELD) - 1
STORED_MAX = 1 << 20
"""How many choices of the first part are kept in memory. Those of the second part are passed through."""
_FEW = 1 << 12
"""So few choices are listed without a thought about how to list fewer."""


@dataclass(frozen=True, slots=True)
class Item:
    """A class of rows that may be taken from."""

    is_record: bool
    weight: int
    """What one of its rows adds to the sum."""
    count: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows a choice has at most; it has one of either side at least."""

    records: int
    entries: int
    rows: int


Choice = int
Part = list[tuple[int, Choice]]
"""Weight and choice."""


def taken(choice: Choice, items: Sequence[Item]) -> list[tuple[int, int]]:
    """The places of the items that are taken from, and how many rows of each."""
    counts = ((place, choice >> _shift(place) & _MASK) for place in range(len(items)))
    return [(place, count) for place, count in counts if count]


def choices(items: Sequence[Item], sizes: Sizes, lowest: int, highest: int, effort: Effort) -> Iterator[Choice]:
    """Every choice whose weights have a sum from ``lowest`` to ``highest``, once. It is known before anything is
    listed whether the effort suffices for the sums; what they find is counted as well."""
    half = Sizes(sizes.records, sizes.entries, (sizes.rows + 1) // 2)
    place, steps = _split(items, sizes, effort.left)
    steps_by_size = 2 * _number(items, half, effort.left) if steps > _FEW else steps
    effort.spend(min(steps, steps_by_size))
    if steps <= steps_by_size:
        yield from _join_by_place(items, sizes, place, lowest, highest, effort)
    else:
        yield from _join_by_size(items, sizes, half, lowest, highest, effort)


# What can be listed ------------------------------------------------------------------------------


def _shift(place: int) -> int:
    return (place + 2) * _FIELD


def _unit(item: Item, place: int) -> Choice:
    """One row of an item."""
    return (1 << _shift(place)) + (1 << _FIELD if item.is_record else 1)


def _fits(choice: Choice, sizes: Sizes) -> bool:
    records, entries = choice >> _FIELD & _MASK, choice & _MASK
    return records <= sizes.records and entries <= sizes.entries and records + entries <= sizes.rows


def _part(items: Sequence[Item], first: int, sizes: Sizes) -> Part:
    """Every choice of these items, the empty one included. The first of them has the place ``first``."""
    part: Part = [(0, 0)]
    for place, item in enumerate(items, first):
        unit, before = _unit(item, place), part
        most = min(item.count, sizes.records if item.is_record else sizes.entries, sizes.rows)
        for count in range(1, most + 1):
            weight, choice = count * item.weight, count * unit
            more = [(total + weight, chosen + choice) for total, chosen in before if _fits(chosen + choice, sizes)]
            part = part + more
    return part


def _counts(items: Sequence[Item], sizes: Sizes, limit: int) -> Iterator[int]:
    """How many choices the first item has, the first two, and so on, until there are more than the limit."""
    by_size = {(0, 0): 1}
    for item in items:
        grown = dict(by_size)
        for (records, entries), number in by_size.items():
            for count in range(1, item.count + 1):
                size = (records + count, entries) if item.is_record else (records, entries + count)
                if size[0] > sizes.records or size[1] > sizes.entries or sum(size) > sizes.rows:
                    break
                grown[size] = grown.get(size, 0) + number
        by_size = grown
        total = sum(by_size.values())
        yield total
        if total > limit:
            return


def _number(items: Sequence[Item], sizes: Sizes, effort: int) -> int:
    """How many choices there are, or a number that is too large."""
    number = list(_counts(items, sizes, min(effort, STORED_MAX)))[-1]
    return number if number <= STORED_MAX else effort + 1


def _split(items: Sequence[Item], sizes: Sizes, effort: int) -> tuple[int, int]:
    """Where to divide the items so that both parts together have the fewest choices, and how many these are at most:
    a number that is too large, where there are too many."""
    middle = len(items) // 2
    few = sum(prod(min(item.count, sizes.rows) + 1 for item in part) for part in (items[:middle], items[middle:]))
    if few <= _FEW:
        return middle, few
    left = [1, *_counts(items, sizes, min(effort, STORED_MAX))]
    right = [1, *_counts(items[::-1], sizes, effort)]
    totals = [
        (left[place] + right[len(items) - place], place)
        for place in range(1, len(left))
        if left[place] <= STORED_MAX and len(items) - place < len(right)
    ]
    total, place = min(totals, default=(effort + 1, 0))
    return place, total


# The parts meet ----------------------------------------------------------------------------------


class _Table:
    """Choices by their weight."""

    def __init__(self, part: Part, lowest: int, highest: int) -> None:
        self.lowest, self.highest = lowest, highest
        self.by_weight: dict[int, list[Choice]] = {}
        for weight, choice in part:
            self.by_weight.setdefault(weight, []).append(choice)
        self.weights = [] if lowest == highest else sorted(self.by_weight)

    def completing(self, weight: int) -> Sequence[Choice]:
        """The choices that have, together with this weight, a sum that is looked for."""
        if self.lowest == self.highest:
            return self.by_weight.get(self.lowest - weight, ())
        first, last = bisect_left(self.weights, self.lowest - weight), bisect_right(self.weights, self.highest - weight)
        return [choice for total in self.weights[first:last] for choice in self.by_weight[total]]


def _is_whole(choice: Choice, sizes: Sizes) -> bool:
    return bool(choice & _MASK) and bool(choice >> _FIELD & _MASK) and _fits(choice, sizes)


def _join_by_place(
    items: Sequence[Item], sizes: Sizes, place: int, lowest: int, highest: int, effort: Effort
) -> Iterator[Choice]:
    """A choice of the items before this place, completed by one of those from it on."""
    table = _Table(_part(items[:place], 0, sizes), lowest, highest)
    middle = (place + len(items)) // 2
    outer = _by_size(_part(items[place:middle], place, sizes))
    inner = _by_size(_part(items[middle:], middle, sizes))
    fitting = [
        (some, more)
        for (size, some), (added, more) in product(outer.items(), inner.items())
        if _fits(size + added, sizes)
    ]
    for some, more in fitting:
        for (outer_weight, outer_choice), (inner_weight, inner_choice) in product(some, more):
            found = table.completing(outer_weight + inner_weight)
            if found:
                effort.spend(len(found))
                rest = outer_choice + inner_choice
                yield from (choice + rest for choice in found if _is_whole(choice + rest, sizes))


def _by_size(part: Part) -> dict[Choice, Part]:
    """The choices that have as many rows of either side."""
    by_size: dict[Choice, Part] = {}
    for weight, choice in part:
        by_size.setdefault(choice & _SIZES, []).append((weight, choice))
    return by_size


def _join_by_size(
    items: Sequence[Item], sizes: Sizes, half: Sizes, lowest: int, highest: int, effort: Effort
) -> Iterator[Choice]:
    """The first half of a choice's rows, in the order of the items, completed by the second half."""
    part = _part(items, 0, half)
    table = _Table(part, lowest, highest)
    for weight, second in part:
        found = table.completing(weight) if second else ()
        effort.spend(len(found))
        yield from (
            first + second
            for first in found
            if _is_whole(first + second, sizes)
            and _size(first) - _size(second) in {0, 1}
            and _follows(first, second, items)
        )


def _size(choice: Choice) -> int:
    return (choice >> _FIELD & _MASK) + (choice & _MASK)


def _follows(first: Choice, second: Choice, items: Sequence[Item]) -> bool:
    """Whether no row of the second comes before one of the first, in the order of the items."""
    first_bits, second_bits = first >> _shift(0), second >> _shift(0)
    last = (first_bits.bit_length() - 1) // _FIELD
    next_ = ((second_bits & -second_bits).bit_length() - 1) // _FIELD
    counts = (bits >> last * _FIELD & _MASK for bits in (first_bits, second_bits))
    return last < next_ or (last == next_ and sum(counts) <= items[last].count)


# The smallest ------------------------------------------------------------------------------------


def smallest(found: Iterable[Choice], places: int, effort: Effort) -> list[Choice]:
    """Those that have no other one inside them."""
    guards = sum(1 << (_shift(place) + _FIELD - 1) for place in range(places))
    kept: list[Choice] = []
    for choice in sorted(found, key=lambda choice: (_size(choice), choice)):
        effort.spend(len(kept))
        rows = choice & ~_SIZES | guards
        if not any((rows - (other & ~_SIZES)) & guards == guards for other in kept):
            kept.append(choice)
    return kept
