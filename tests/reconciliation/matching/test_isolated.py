"""Pairs that stand alone by their keys: found in columns as by looking at every pair."""

from collections.abc import Hashable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from ledgerd.reconciliation.matching.isolated import KeyTable, find_isolated

Keys = Sequence[Sequence[Hashable]]
FEW = st.lists(st.lists(st.sampled_from(["a", "b", ("EUR", 1), ("EUR", 2), "c", "d"]), max_size=3), max_size=8)
MANY = st.lists(st.lists(st.integers(0, 40), max_size=2), max_size=30)


def table(rows: Keys, pieces: int = 1) -> KeyTable:
    made = KeyTable()
    size = max(1, len(rows) // pieces)
    for begin in range(0, len(rows), size):
        made.add(rows[begin : begin + size])
    return made


def partners(rows: Keys, others: Keys) -> list[set[int]]:
    return [{at for at, other in enumerate(others) if set(keys) & set(other)} for keys in rows]


@given(st.one_of(st.tuples(FEW, FEW), st.tuples(MANY, MANY)), st.integers(1, 4))
def test_a_pair_stands_alone_where_neither_row_shares_a_key_with_any_other(
    sides: tuple[Keys, Keys], pieces: int
) -> None:
    records, entries = sides
    found = find_isolated(table(records, pieces), table(entries, pieces))
    of_records, of_entries = partners(records, entries), partners(entries, records)
    alone = [
        (record, entry)
        for record, its in enumerate(of_records)
        for entry in its
        if len(its) == 1 and len(of_entries[entry]) == 1
    ]
    assert list(zip(found.records.tolist(), found.entries.tolist(), strict=True)) == alone
    assert found.record_has_partner.tolist() == [bool(its) for its in of_records]
    assert found.entry_has_partner.tolist() == [bool(its) for its in of_entries]


def test_nothing_stands_alone_where_there_is_nothing() -> None:
    found = find_isolated(table([]), table([["a"]]))
    assert (found.records.tolist(), found.entry_has_partner.tolist()) == ([], [False])


def test_a_row_that_has_a_key_twice_still_stands_alone() -> None:
    found = find_isolated(table([["a", "a"], ["b"]]), table([["b"], ["a", "x"]]))
    assert list(zip(found.records.tolist(), found.entries.tolist(), strict=True)) == [(0, 1), (1, 0)]
