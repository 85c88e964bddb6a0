"""Reconciliation statements as JSON text, as tables keep them: figures and moment, and each item of a list alone.

What a later version adds to a statement is absent from older texts and has its default.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from ledgerd.core.model.reconciliation_statement import (
    Difference,
    Ignored,
    Listed,
    OneSided,
    ReconciliationStatement,
    StatementMoment,
)

Items = Mapping[str, Sequence[str]]
"""The texts of the items of each list."""

_STATEMENT = TypeAdapter(ReconciliationStatement)
_MOMENT = TypeAdapter(StatementMoment)
_ITEMS: Mapping[str, TypeAdapter[Any]] = {
    "only_in_bank": TypeAdapter(OneSided),
    "only_in_ledger": TypeAdapter(OneSided),
    "differences": TypeAdapter(Difference),
    "ignored_in_bank": TypeAdapter(Ignored),
    "ignored_in_ledger": TypeAdapter(Ignored),
}


def dump_figures(statement: ReconciliationStatement) -> str:
    """The statement without the items of its lists, and without its digest, which has a column of its own."""
    emptied: dict[str, Any] = {
        name: Listed(getattr(statement, name).count, getattr(statement, name).total, ()) for name in _ITEMS
    }
    plain = _STATEMENT.dump_python(replace(statement, digest=b"", **emptied), mode="json")
    return json.dumps(plain, separators=(",", ":"))


def dump_items(statement: ReconciliationStatement) -> Iterator[tuple[str, int, str]]:
    """Each item, with its list and its place."""
    for name, adapter in _ITEMS.items():
        for place, item in enumerate(getattr(statement, name).items):
            yield name, place, json.dumps(adapter.dump_python(item, mode="json"), separators=(",", ":"))


def load_statement(figures: str, digest: bytes, items: Items) -> ReconciliationStatement:
    """The statement with these items in its lists, which may be fewer than it has."""
    bare: ReconciliationStatement = _STATEMENT.validate_json(figures)
    lists: dict[str, Any] = {}
    for name, adapter in _ITEMS.items():
        listed = getattr(bare, name)
        found = tuple(adapter.validate_json(text) for text in items.get(name, ()))
        lists[name] = Listed(listed.count, listed.total, found)
    return replace(bare, digest=digest, **lists)


def dump_moment(moment: StatementMoment) -> str:
    """The text that load_moment reads."""
    return json.dumps(_MOMENT.dump_python(moment, mode="json"), separators=(",", ":"))


def load_moment(text: str) -> StatementMoment:
    """The moment that dump_moment wrote."""
    return _MOMENT.validate_json(text)
