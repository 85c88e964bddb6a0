"""What a rule's author is told about it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.matching_rule import Criterion, Grouping, GroupKey, MatchField, Strategy
from ledgerd.reconciliation.matching.criteria import compile_rule
from ledgerd.reconciliation.matching.selectivity import SAMPLE_MAX_ROWS, Partners, measure
from tests.reconciliation.matching.rows import AMOUNT, PRECISIONS, pair_rules, row, rule, sides

REFERENCE = Criterion(field=MatchField.REFERENCE)


def test_rows_are_counted_by_their_partners():
    records = [row(100, id="1"), row(100, id="2"), row(200, id="3"), row(300, id="4")]
    entries = [row(100, id="1"), row(200, id="2"), row(900, id="3")]
    found = measure(compile_rule(rule(AMOUNT), PRECISIONS), records, entries)
    assert found.records == Partners(none=1, one=3, several=0)
    assert found.entries == Partners(none=1, one=1, several=1)
    assert (found.pairs, found.sharing_key, found.fitting) == (12, 3, 3)
    assert found.sentences() == (
        "0 of 4 records have more than one partner",
        "1 of 3 entries has more than one partner",
        "3 of 4 records have exactly one partner",
        "1 of 3 entries has exactly one partner",
        "1 of 4 records has no partner",
        "1 of 3 entries has no partner",
        "3 of 12 pairs are compared, 3 fit",
    )


def test_a_sample_is_bounded():
    records = [row(number, id=f"{number:05}") for number in range(SAMPLE_MAX_ROWS + 32)]
    found = measure(compile_rule(rule(AMOUNT), PRECISIONS), records[::-1], [row(5), row(SAMPLE_MAX_ROWS + 1)])
    assert found.records.total == SAMPLE_MAX_ROWS
    assert found.records.one == 1
    assert found.sentences()[4] == "999 of 1,000 records have no partner"


def test_groups_are_counted_where_both_sides_have_rows():
    grouped = rule(
        AMOUNT, strategy=Strategy.MANY_TO_ONE, grouping=Grouping(keys=(GroupKey(field=MatchField.GROUP_KEY),))
    )
    records = [row(group_keys=(key,)) for key in ("A", "A", "A", "B", "C")]
    entries = [row(group_keys=(key,)) for key in ("A", "B", "D")]
    found = measure(compile_rule(grouped, PRECISIONS), records, entries)
    assert (found.groups, found.largest_group) == (2, 4)
    assert found.sentences()[-1] == "2 groups have rows of both sides, the largest 4 rows"


@given(pair_rules(), sides(), st.randoms(use_true_random=False))
def test_the_figures_are_those_of_all_pairs_in_any_order(rule, both, random):
    records, entries = both
    compiled = compile_rule(rule, PRECISIONS)
    found = measure(compiled, records, entries)
    partners = [sum(compiled.fit_pair(record, entry) is not None for entry in entries) for record in records]
    assert found.fitting == sum(partners)
    assert found.fitting <= found.sharing_key <= found.pairs == len(records) * len(entries)
    counts = [sum(number == 0 for number in partners), partners.count(1), sum(number > 1 for number in partners)]
    assert found.records == Partners(*counts)
    assert found.records.total == len(records)
    shuffled = [replace(record) for record in records]
    random.shuffle(shuffled)
    assert measure(compiled, shuffled, entries) == found
