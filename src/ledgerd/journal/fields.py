"""The fields by which events are selected: of each its type, and its values in an event.

A new field is one entry here, and its name in the comments of the contract's event_service.proto. A field that the list
of transactions has too has the name and the type that it has there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ledgerd.core.model import ids
from ledgerd.core.model.event import Payload
from ledgerd.core.model.filter import Comparator, FieldType, Term, id_of
from ledgerd.core.model.transaction import Transaction
from ledgerd.journal.reader import Entry, TransactionEntry
from ledgerd.store import listings

_LISTED = listings.TRANSACTIONS.fields

Values = tuple[str | None, ...]
"""Texts, ids in their text form, names of enum values. None is absent."""


@dataclass(frozen=True, slots=True)
class EventField:
    """A field that a filter of events may name.

    type            how its values are read, and which comparisons make sense
    of_transaction  its values in a transaction
    of_payload      its values in an event that is not about a transaction
    prefix          of the ids that it has, if it has ids
    has_cause       whether what caused a change of a transaction is one of its values
    """

    type: FieldType
    of_transaction: Callable[[Transaction], Values]
    of_payload: Callable[[Payload], Values]
    prefix: str | None = None
    has_cause: bool = False

    def values(self, entry: Entry) -> Values:
        """Its values in an event; none where the event has nothing of the kind."""
        if isinstance(entry, TransactionEntry):
            found = self.of_transaction(entry.transaction)
            return (*found, entry.cause_id) if self.has_cause else found
        return self.of_payload(entry.event.payload)


def _nothing(_: object) -> Values:
    return ()


def _places(payload: Payload) -> tuple[object, ...]:
    """The payload itself, and the facts that it tells, after and before."""
    return payload, getattr(payload, "after", None), getattr(payload, "before", None)


def _in_payload(name: str) -> Callable[[Payload], Values]:
    """The attribute of this name, wherever the payload has it."""

    def values(payload: Payload) -> Values:
        return tuple(getattr(place, name) for place in _places(payload) if hasattr(place, name))

    return values


def _rules(payload: Payload) -> Values:
    """The rules that an event is about: one of its own, those of a set, those of a run."""
    own = _in_payload("rule_id")(payload)
    return own + tuple(rule_id for place in _places(payload) for rule_id, _ in getattr(place, "rules", ()))


def _rule_sets(payload: Payload) -> Values:
    """The set that an event is about: itself, or that of a run."""
    return _in_payload("set_id")(payload) + _in_payload("rule_set_id")(payload)


def _id(prefix: str, name: str, of_transaction: Callable[[Transaction], Values] = _nothing) -> EventField:
    """``name`` is what payloads call it."""
    return EventField(id_of(prefix), of_transaction, _in_payload(name), prefix)


FIELDS: Mapping[str, EventField] = {
    "balance_id": _id(ids.BALANCE, "balance_id", lambda found: (found.source_id, found.destination_id)),
    "ledger_id": _id(ids.LEDGER, "ledger_id"),
    "identity_id": _id(ids.IDENTITY, "identity_id", lambda found: found.identity_ids),
    "transaction_id": replace(
        _id(ids.TRANSACTION, "transaction_id", lambda found: (found.id, found.parent_id, found.header_id)),
        has_cause=True,
    ),
    "batch_id": _id(ids.BATCH, "batch_id", lambda found: (found.batch_id,)),
    "monitor_id": _id(ids.MONITOR, "monitor_id"),
    "external_source_id": _id(ids.EXTERNAL_SOURCE, "source_id"),
    "upload_id": _id(ids.UPLOAD, "upload_id"),
    "matching_rule_id": EventField(id_of(ids.MATCHING_RULE), _nothing, _rules, ids.MATCHING_RULE),
    "matching_rule_set_id": EventField(id_of(ids.MATCHING_RULE_SET), _nothing, _rule_sets, ids.MATCHING_RULE_SET),
    "reconciliation_id": _id(ids.RECONCILIATION, "reconciliation_id"),
    "reconciliation_decision_id": _id(ids.ROW_DECISION, "decision_id"),
    "reconciliation_exception_id": _id(ids.RECONCILIATION_EXCEPTION, "exception_id"),
    "reconciliation_statement_id": _id(ids.RECONCILIATION_STATEMENT, "statement_id"),
    "reference": EventField(_LISTED["reference"].type, lambda found: (found.reference,), _nothing),
    "kind": EventField(_LISTED["kind"].type, lambda found: (found.kind.value,), _nothing),
    "status": EventField(_LISTED["status"].type, lambda found: (found.status.value,), _nothing),
    "currency": EventField(_LISTED["currency"].type, lambda found: (found.currency,), _in_payload("currency")),
    "group": EventField(_LISTED["group"].type, lambda found: (found.group,), _in_payload("group")),
    "tag": EventField(_LISTED["tag"].type, lambda found: (found.tag,), _in_payload("tag")),
}

TYPES = {name: field.type for name, field in FIELDS.items()}


def fits(terms: Sequence[Term]) -> Callable[[Entry], bool]:
    """Whether an event meets all these comparisons."""
    parts = [(FIELDS[term.field].values, _as_text(term), term.comparator is Comparator.NOT_EQUAL) for term in terms]

    def meets(entry: Entry) -> bool:
        for values, term, is_negative in parts:
            met = [term.holds(value or "") for value in values(entry) or ("",)]
            if not (all(met) if is_negative else any(met)):
                return False
        return True

    return meets


def _as_text(term: Term) -> Term:
    prefix = FIELDS[term.field].prefix
    return term if prefix is None else term._replace(value=ids.encode(prefix, int(str(term.value))))
