"""What holds for every rule and all rows: compared with the plain question, asked for every pair."""

from dataclasses import replace

from hypothesis import given

from ledgerd.core.model.matching_rule import GroupingMode
from ledgerd.reconciliation.matching.criteria import compile_rule
from ledgerd.reconciliation.matching.fields import Side
from tests.reconciliation.matching.rows import PRECISIONS, group_rules, pair_rules, rows, sides


@given(pair_rules(), sides())
def test_pairs_that_fit_share_a_key(rule, both):
    records, entries = both
    compiled = compile_rule(rule, PRECISIONS)
    for record in records:
        for entry in entries:
            if compiled.fit_pair(record, entry):
                assert set(compiled.record_keys(record)) & set(compiled.entry_keys(entry))


@given(group_rules(), sides())
def test_members_that_fit_share_a_key(rule, both):
    records, entries = both
    compiled = compile_rule(rule, PRECISIONS)
    for record in records:
        for entry in entries:
            if compiled.fit_members(record, entry):
                assert set(compiled.record_keys(record)) & set(compiled.entry_keys(entry))


@given(pair_rules(), sides())
def test_what_a_shared_key_implies_need_not_be_looked_at(rule, both):
    records, entries = both
    compiled = compile_rule(rule, PRECISIONS)
    for record in records:
        for entry in entries:
            if set(compiled.record_keys(record)) & set(compiled.entry_keys(entry)):
                assert compiled.fit_sharing_key(record, entry) == compiled.fit_pair(record, entry)
                assert not compiled.is_exact or compiled.fit_pair(record, entry)


@given(pair_rules() | group_rules(), rows)
def test_the_keys_of_a_row_have_its_currency_and_no_repetitions(rule, row):
    compiled = compile_rule(rule, PRECISIONS)
    for keys in (compiled.record_keys(row), compiled.entry_keys(row), *(compiled.group_keys(row, s) for s in Side)):
        assert len(set(keys)) == len(keys) <= 400
        assert all(key[0] == row.currency for key in keys)


@given(pair_rules() | group_rules(), sides())
def test_rows_with_equal_signatures_are_interchangeable(rule, both):
    records, entries = both
    compiled = compile_rule(rule, PRECISIONS)
    twins = [(record, other) for record in records for other in records if record is not other]
    for one, other in twins:
        if compiled.signature(one, Side.RECORD) == compiled.signature(other, Side.RECORD):
            assert sorted(map(repr, compiled.record_keys(one))) == sorted(map(repr, compiled.record_keys(other)))
            for entry in entries:
                assert compiled.fit_pair(one, entry) == compiled.fit_pair(other, entry)
                assert compiled.fit_members(one, entry) == compiled.fit_members(other, entry)
    for one in entries:
        for other in entries:
            if compiled.signature(one, Side.ENTRY) == compiled.signature(other, Side.ENTRY):
                for record in records:
                    assert compiled.fit_pair(record, one) == compiled.fit_pair(record, other)
                    assert compiled.fit_members(record, one) == compiled.fit_members(record, other)


@given(pair_rules(), sides())
def test_the_explanation_agrees_with_the_fit(rule, both):
    records, entries = both
    compiled = compile_rule(rule, PRECISIONS)
    for record in records:
        for entry in entries:
            verdicts = compiled.explain(record, entry)
            assert all(verdict.ok for verdict in verdicts) == (compiled.fit_pair(record, entry) is not None)
            assert len(rule.criteria) <= len(verdicts) <= len(rule.criteria) + 1
            assert all(len(verdict.sentence) < 1_000 for verdict in verdicts)


@given(pair_rules() | group_rules(), rows)
def test_the_id_of_a_row_is_not_looked_at(rule, row):
    compiled = compile_rule(rule, PRECISIONS)
    other = replace(row, id="another")
    assert compiled.signature(row, Side.ENTRY) == compiled.signature(other, Side.ENTRY)
    assert compiled.record_keys(row) == compiled.record_keys(other)


@given(group_rules(), sides())
def test_a_search_divides_groups_only_where_nothing_fits_across(rule, both):
    records, entries = both
    searching = replace(rule, grouping=replace(rule.grouping, mode=GroupingMode.BY_SEARCH))
    by_key = compile_rule(replace(rule, grouping=replace(rule.grouping, mode=GroupingMode.BY_KEY)), PRECISIONS)
    by_search = compile_rule(searching, PRECISIONS)
    for record in records:
        for entry in entries:
            if not by_key.fit_members(record, entry):
                continue
            shared = set(by_key.group_keys(record, Side.RECORD)) & set(by_key.group_keys(entry, Side.ENTRY))
            divided = set(by_search.group_keys(record, Side.RECORD)) & set(by_search.group_keys(entry, Side.ENTRY))
            assert len(shared) == len(divided)
