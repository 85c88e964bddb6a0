"""The best assignment in a block of pairs, by flow: compared with every assignment, and with what others find."""

from itertools import pairwise

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerd.reconciliation.matching.best import best
from ledgerd.reconciliation.matching.candidates import Candidate, Classes, Effort, rank
from ledgerd.reconciliation.matching.flow import assign
from ledgerd.reconciliation.matching.outcome import Match
from tests.reconciliation.matching import oracle

PLENTY = 10**12


@st.composite
def blocks(draw, classes: int, rows: int):
    """Classes of some rows each, their ids mixed, and pairs between them, no two between the same classes."""
    sides = []
    for _ in range(2):
        sizes = draw(st.lists(st.integers(1, rows), min_size=1, max_size=classes))
        ids = iter(draw(st.permutations([f"{number:03}" for number in range(sum(sizes))])))
        sides.append(sorted(sorted(next(ids) for _ in range(size)) for size in sizes))
    cost = st.tuples(st.integers(0, 2), st.sampled_from([0, 0, 1]), st.sampled_from([0, 0, 1, 5]))
    pairs = [
        Candidate(level, (record,), (entry,), drift, distance)
        for record in range(len(sides[0]))
        for entry in range(len(sides[1]))
        if draw(st.booleans())
        for level, drift, distance in [draw(cost)]
    ]
    return pairs, Classes(*sides)


def single(pairs: list[Candidate], classes: Classes) -> list[Match]:
    """Every pair of rows."""
    return sorted(
        Match(pair.level, (record,), (entry,), pair.drift, pair.distance)
        for pair in pairs
        for record in classes.records[pair.records[0]]
        for entry in classes.entries[pair.entries[0]]
    )


@settings(max_examples=500)
@given(blocks(classes=3, rows=2).filter(lambda block: 0 < len(single(*block)) <= 13))
def test_no_assignment_is_better(block):
    pairs, classes = block
    found = assign(pairs, classes, Effort(PLENTY))
    assert found == sorted(min(oracle.results(single(*block), frozenset()), key=oracle.rank), key=lambda m: m.records)


@settings(max_examples=500)
@given(blocks(classes=6, rows=3).filter(lambda block: block[0]))
def test_what_is_isolated_is_in_every_best_result(block):
    """To take it first, and to divide the rest into blocks, changes nothing."""
    pairs, classes = block
    found, too_large = best(pairs, classes, PLENTY)
    assert (sorted(found), too_large) == (sorted(assign(pairs, classes, Effort(PLENTY))), [])


@given(blocks(classes=4, rows=3).filter(lambda block: block[0]), st.randoms(use_true_random=False))
def test_the_order_of_pairs_changes_nothing(block, chance):
    pairs, classes = block
    found = assign(pairs, classes, Effort(PLENTY))
    chance.shuffle(pairs)
    assert assign(pairs, classes, Effort(PLENTY)) == found


@given(blocks(classes=5, rows=4).filter(lambda block: block[0]))
def test_alike_rows_in_a_class_are_matched_like_rows_that_are_listed(block):
    """Ids included."""
    pairs, classes = block
    record_at = {row: place for place, row in enumerate(sorted(row for rows in classes.records for row in rows))}
    entry_at = {row: place for place, row in enumerate(sorted(row for rows in classes.entries for row in rows))}
    alone = Classes([[row] for row in sorted(record_at)], [[row] for row in sorted(entry_at)])
    listed = [
        Candidate(
            match.level, (record_at[match.records[0]],), (entry_at[match.entries[0]],), match.drift, match.distance
        )
        for match in single(pairs, classes)
    ]
    assert assign(pairs, classes, Effort(PLENTY)) == assign(listed, alone, Effort(PLENTY))


@given(blocks(classes=12, rows=3).filter(lambda block: block[0]))
def test_a_flow_of_least_cost_costs_as_much(block):
    pairs, classes = block
    graph = networkx.DiGraph()
    graph.add_edge("records", "entries", weight=0)
    for number, rows in enumerate(classes.records):
        graph.add_edge("records", ("record", number), capacity=len(rows), weight=0)
    for number, rows in enumerate(classes.entries):
        graph.add_edge(("entry", number), "entries", capacity=len(rows), weight=0)
    for pair in pairs:
        graph.add_edge(("record", pair.records[0]), ("entry", pair.entries[0]), weight=weight(pair))
    graph.nodes["records"]["demand"], graph.nodes["entries"]["demand"] = -1_000, 1_000
    found = assign(pairs, classes, Effort(PLENTY))
    assert sum(map(weight, found)) == networkx.min_cost_flow_cost(graph)


@given(blocks(classes=14, rows=1).filter(lambda block: block[0]))
def test_a_matching_of_greatest_weight_weighs_as_much(block):
    pairs, classes = block
    graph = networkx.Graph()
    for pair in pairs:
        graph.add_edge(("record", pair.records[0]), ("entry", pair.entries[0]), weight=-weight(pair))
    heaviest = networkx.max_weight_matching(graph)
    assert -sum(map(weight, assign(pairs, classes, Effort(PLENTY)))) == sum(
        graph.edges[edge]["weight"] for edge in heaviest
    )


def weight(pair: Candidate | Match) -> int:
    """Levels outweigh drifts, and drifts outweigh distances, for up to a hundred pairs."""
    return -(1_000 ** (6 - pair.level)) * 10**6 + pair.drift * 10**6 + pair.distance


def test_ten_thousand_equal_rows_of_either_side_are_one_step_each():
    ids = [f"{number:05}" for number in range(10_000)]
    effort = Effort(PLENTY)
    found = assign([Candidate(0, (0,), (0,), 0, 0)], Classes([ids], [ids]), effort)
    assert [(match.records, match.entries) for match in found] == [((row,), (row,)) for row in ids]
    assert PLENTY - effort.left < 3 * len(ids)


def test_ten_thousand_equal_records_choose_among_as_many_entries():
    """As many edges are looked at a few times, not once for each record."""
    ids = [f"{number:05}" for number in range(10_000)]
    pairs = [Candidate(0, (0,), (number,), 0, number * 7919 % 9_973) for number in range(10_000)]
    effort = Effort(PLENTY)
    assert len(assign(pairs, Classes([ids], [[row] for row in ids]), effort)) == 10_000
    assert PLENTY - effort.left < 5 * len(ids)


def test_a_result_is_ranked_by_levels_then_drift_then_distance_then_ids():
    def one(level: int, drift: int, distance: int, row: str = "1") -> list[Match]:
        return [Match(level, (row,), (row,), drift, distance)]

    ordered = [one(0, 9, 9), one(1, 0, 9), one(1, 1, 0), one(1, 1, 1), one(1, 1, 1, "2"), []]
    ranks = [rank(matches, 2) for matches in ordered]
    assert all(better < worse for better, worse in pairwise(ranks))
