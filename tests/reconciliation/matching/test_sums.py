"""Every choice whose sum is looked for is found once: compared with a look at all of them."""

from collections import Counter
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerd.reconciliation.matching.candidates import Effort, EffortSpent
from ledgerd.reconciliation.matching.sums import Item, Sizes, choices, smallest, taken

PLENTY = 10**9

items = st.builds(Item, st.booleans(), st.integers(-9, 9), st.integers(1, 3))
sizes = st.builds(Sizes, st.integers(1, 3), st.integers(1, 3), st.integers(2, 4))


def found(given_items: list[Item], of: Sizes, lowest: int, highest: int) -> list[tuple]:
    codes = choices(given_items, of, lowest, highest, Effort(PLENTY))
    return sorted(tuple(taken(code, given_items)) for code in codes)


def every(given_items: list[Item], of: Sizes, lowest: int, highest: int) -> list[tuple]:
    rows = [place for place, item in enumerate(given_items) for _ in range(item.count)]
    some = set(chain.from_iterable(combinations(rows, size) for size in range(2, of.rows + 1)))

    def is_looked_for(choice: tuple[int, ...]) -> bool:
        records = sum(given_items[place].is_record for place in choice)
        entries = len(choice) - records
        fits = 1 <= records <= of.records and 1 <= entries <= of.entries
        return fits and lowest <= sum(given_items[place].weight for place in choice) <= highest

    return sorted(tuple(sorted(Counter(choice).items())) for choice in some if is_looked_for(choice))


@given(st.lists(items, min_size=2, max_size=6), sizes, st.integers(-5, 5), st.integers(0, 3))
def test_few_rows_are_divided_by_their_classes(given_items, of, lowest, width):
    expected = every(given_items, of, lowest, lowest + width)
    assert found(given_items, of, lowest, lowest + width) == expected


@settings(max_examples=30)
@given(st.randoms(use_true_random=False), st.sampled_from([(3, 56), (4, 34)]), st.integers(-5, 5), st.integers(0, 1))
def test_small_choices_of_many_rows_are_divided_by_their_rows(chance, size, lowest, width):
    rows, classes = size
    given_items = [
        Item(chance.random() < 0.5, chance.randint(-9, 9), chance.choice([1, 1, 1, 2])) for _ in range(classes)
    ]
    of = Sizes(rows - 1, rows - 1, rows)
    expected = every(given_items, of, lowest, lowest + width)
    assert found(given_items, of, lowest, lowest + width) == expected


def test_the_largest_choices_do_not_run_over():
    """Of three times 24 rows no more than 23 are in a choice, with one record."""
    many = [Item(is_record=False, weight=weight, count=24) for weight in (-1, 1, -1)]
    given_items = [Item(is_record=True, weight=23, count=1), *many]
    expected = [((0, 1), *((place, n) for place, n in ((1, first), (3, 23 - first)) if n)) for first in range(24)]
    assert found(given_items, Sizes(1, 23, 24), 0, 0) == sorted(expected)


def test_what_a_choice_finds_is_counted():
    twelve = [Item(is_record=number < 6, weight=1 if number < 6 else -1, count=1) for number in range(12)]
    for left, suffices in [(1_100, True), (900, False)]:
        codes = choices(twelve, Sizes(6, 6, 12), 0, 0, Effort(left))
        if suffices:
            assert len(list(codes)) == 923
        else:
            with pytest.raises(EffortSpent):
                list(codes)


def test_nothing_is_listed_where_the_effort_does_not_suffice():
    many = [Item(is_record=number % 2 == 0, weight=3**number, count=1) for number in range(60)]
    with pytest.raises(EffortSpent):
        next(choices(many, Sizes(11, 11, 12), 0, 0, Effort(1_000_000)))


@given(st.lists(items, min_size=2, max_size=6), sizes)
def test_the_smallest_have_no_other_inside_them(given_items, of):
    codes = list(choices(given_items, of, 0, 0, Effort(PLENTY)))
    parts = {code: Counter(dict(taken(code, given_items))) for code in codes}
    expected = [code for code in codes if not any(parts[other] < parts[code] for other in codes)]
    assert sorted(smallest(codes, len(given_items), Effort(PLENTY))) == sorted(expected)
