"""Tests reach into the code through parameters. Where one replaces a name of a module instead, it says why here."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.repo.checkout import ROOT

_REPLACING = {"setattr", "delattr", "setitem", "delitem"}

REASONS = {
    ("tests/core/test_posting.py", "monkeypatch.setattr(module, name, tuple(swapped))"): (
        "the rules of a draft, in another order: as a parameter the order would be one that callers choose"
    ),
    ("tests/core/test_posting.py", "monkeypatch.setattr(module, name, rules)"): "the usual order again, after that",
    ("tests/core/test_splits.py", "monkeypatch.setattr(posting, 'BALANCE_RULES', tuple(swapped))"): (
        "the rules of a leg, in another order: the same"
    ),
    ("tests/core/test_deferred.py", "monkeypatch.setattr(rules_of_deferral, 'DEFERRAL_RULES', tuple(swapped))"): (
        "the rules of what is deferred, in another order: the same"
    ),
    ("tests/core/test_adjustments.py", "monkeypatch.setattr(adjustments, 'ADJUSTMENT_RULES', tuple(swapped))"): (
        "the rules of adjustments, in another order: the same"
    ),
    ("tests/rpc/test_large_answers.py", "smaller.setattr(limits, 'RESPONSE_DEFAULT_BYTES', bound + around)"): (
        "pages of six lists, each cut at a size that the test measured: one server serves them all"
    ),
    ("tests/rpc/test_texts.py", "earlier.setattr(module, 'is_prose', lambda *_: True)"): (
        "an earlier release, which took texts that are rejected now"
    ),
    ("tests/rpc/test_texts.py", "earlier.setattr(decode, 'is_label', lambda *_: True)"): (
        "an earlier release, which took labels that are rejected now"
    ),
    ("tests/rpc/test_reconciliation_exports.py", "monkeypatch.setattr(statement_exports, 'PATIENCE_SECONDS', 1)"): (
        "a client that takes nothing, without half a minute of waiting: no caller chooses how long a snapshot lives"
    ),
    ("tests/rpc/test_reconciliation_exports.py", "monkeypatch.setattr(statement_exports, 'AHEAD_CHUNKS', 2)"): (
        "the same, with few rows"
    ),
    ("tests/rpc/test_told_records.py", "monkeypatch.setattr(limits, 'RECONCILIATIONS_OPEN_MAX', 0)"): (
        "a start that finds no capacity, without as many runs as there may be"
    ),
}

PRIVATE = {
    ("tests/rpc/test_unknown_fields.py", "upload._sequence"): "a chunk that the client would not send itself",
    ("tests/store/test_poolers.py", "connector._dsn"): "a pooler that comes in at the address where PostgreSQL was",
}


def trees() -> Iterator[tuple[str, ast.AST]]:
    for folder in ("tests", "clients/python/tests"):
        for path in sorted(Path(ROOT, folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def replaced() -> Iterator[tuple[str, str]]:
    """Every place where a test replaces what it did not make, by file and code."""
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _REPLACING:
                yield path, ast.unparse(node)


def test_what_tests_replace_has_a_reason() -> None:
    assert sorted(replaced()) == sorted(REASONS)


def test_a_private_attribute_that_tests_set_has_a_reason() -> None:
    found = {
        (path, ast.unparse(node))
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr.startswith("_")
        if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    }
    assert found == set(PRIVATE)
