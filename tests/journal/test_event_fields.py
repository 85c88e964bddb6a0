"""The fields of reconciliation by which events are selected, and the kinds that each of them finds."""

from dataclasses import replace

import pytest

from ledgerd.core.model.chain import GENESIS
from ledgerd.core.model.event import Event, EventKind
from ledgerd.core.model.filter import Comparator, Term
from ledgerd.core.model.ids import decode, encode
from ledgerd.journal.cursor import whole
from ledgerd.journal.fields import FIELDS, fits
from ledgerd.journal.reader import EventEntry
from tests import builders as a
from tests.journal.event_examples import EVENTS, NOON
from tests.journal.reconciliation_events import DECISION, EXCEPTION, RUN, SOURCE, STATEMENT, UPLOAD
from tests.journal.rule_events import RULE, RULE_SET

RUNS = {kind for kind in EventKind if kind.startswith("RECONCILIATION_") and kind.count("_") == 1} - {
    EventKind.RECONCILIATION_PROVED
}
PROOFS = {EventKind.RECONCILIATION_PROVED, EventKind.RECONCILIATION_DIFFERENCE_FOUND}
OPENED, UPDATED = EventKind.RECONCILIATION_EXCEPTIONS_OPENED, EventKind.RECONCILIATION_EXCEPTION_UPDATED
RESOLVED = EventKind.RECONCILIATION_EXCEPTIONS_RESOLVED
STATEMENTS = {EventKind.RECONCILIATION_STATEMENT_CREATED, EventKind.RECONCILIATION_STATEMENT_CONFIRMED}
UPLOADS = {kind for kind in EventKind if kind.startswith("UPLOAD_")}
SETS = {kind for kind in EventKind if kind.startswith("MATCHING_RULE_SET_")}
RULES = {kind for kind in EventKind if kind.startswith("MATCHING_RULE_")} - SETS
SOURCES = {kind for kind in EventKind if kind.startswith("EXTERNAL_SOURCE_")}
DECISIONS = {
    kind for kind in EventKind if kind.startswith("RECONCILIATION_")
} - RUNS - PROOFS - STATEMENTS - {OPENED, UPDATED, RESOLVED}  # fmt: skip

FOUND = {
    "external_source_id": (
        SOURCE,
        SOURCES | UPLOADS | RUNS | PROOFS | DECISIONS | STATEMENTS | {OPENED, UPDATED, RESOLVED},
    ),
    "upload_id": (UPLOAD, UPLOADS | RUNS),
    "matching_rule_id": (RULE, RULES | SETS | RUNS),
    "matching_rule_set_id": (RULE_SET, SETS | RUNS),
    "reconciliation_id": (RUN, RUNS | PROOFS | DECISIONS | {OPENED}),
    "reconciliation_decision_id": (DECISION, DECISIONS | {RESOLVED}),
    "reconciliation_exception_id": (EXCEPTION, {UPDATED}),
    "reconciliation_statement_id": (STATEMENT, STATEMENTS),
}


def found(field: str, value: str, comparator: Comparator = Comparator.EQUAL) -> set[EventKind]:
    prefix, _, _ = value.partition("_")
    number = decode(prefix, value)
    assert number is not None
    meets = fits([Term(field, comparator, number)])
    cursor = whole("epoch", 1, GENESIS)
    return {kind for kind, (payload, _) in EVENTS.items() if meets(EventEntry(1, cursor, NOON, Event(kind, payload)))}


@pytest.mark.parametrize("field", FOUND)
def test_a_field_finds_the_events_that_have_the_id(field: str) -> None:
    value, kinds = FOUND[field]
    assert found(field, value) == kinds
    assert found(field, value, Comparator.NOT_EQUAL) == set(EVENTS) - kinds
    prefix, _, _ = value.partition("_")
    assert found(field, encode(prefix, a.number("another"))) == set()


def test_every_field_of_reconciliation_is_tried() -> None:
    others = {"ledger_id", "balance_id", "identity_id", "transaction_id", "batch_id", "monitor_id"}
    assert {name for name, field in FIELDS.items() if field.prefix is not None} - others == FOUND.keys()


def test_the_rules_that_a_set_had_before_find_its_change() -> None:
    payload, _ = EVENTS[EventKind.MATCHING_RULE_SET_UPDATED]
    former = encode("rul", a.number("former"))
    changed = replace(payload, before=replace(payload.before, rules=((former, 0),)))
    entry = EventEntry(1, whole("epoch", 1, GENESIS), NOON, Event(EventKind.MATCHING_RULE_SET_UPDATED, changed))
    for rule in (former, RULE):
        assert fits([Term("matching_rule_id", Comparator.EQUAL, decode("rul", rule))])(entry)
