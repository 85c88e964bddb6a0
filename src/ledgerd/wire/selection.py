"""What a watch or a list of events selects, as a predicate on the entries of the journal."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ledgerapi.v1 import event_pb2

from ledgerd.core.model import ids, limits
from ledgerd.core.model.event import MonitorFired
from ledgerd.core.model.filter import Comparator, Term
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.journal import fields as event_fields
from ledgerd.journal.reader import Channel, Entry, EventEntry, TransactionEntry
from ledgerd.store.list_terms import Listing
from ledgerd.wire import events as encoded
from ledgerd.wire import fields, filters, lists

Wants = Callable[[Entry], bool]


class Selected(NamedTuple):
    """Events that a caller selected. ``channel`` has all of them, and as little else as it can."""

    channel: Channel
    wants: Wants


def events(kinds: Sequence[Any], filter_text: str) -> Selected:
    """Events of these kinds (any, if none is named) that meet the filter.

    Raises Rejected: FIELD_INVALID, FILTER_INVALID, TOO_MANY_ITEMS.
    """
    chosen = _kinds(kinds)
    meets = event_fields.fits(filters.parse(filter_text, event_fields.TYPES))

    def wants(entry: Entry) -> bool:
        return encoded.kind(entry) in chosen and meets(entry)

    own = tuple(kind for kind, shown in encoded.KINDS.items() if shown in chosen)
    return Selected(Channel(not chosen.isdisjoint(encoded.OF_TRANSACTIONS), own), wants)


def _kinds(kinds: Sequence[Any]) -> frozenset[Any]:
    if len(kinds) > limits.EVENT_KINDS_MAX:
        raise reject(Reason.TOO_MANY_ITEMS, field="kinds", requested=len(kinds), limit=limits.EVENT_KINDS_MAX)
    with fields.reading() as read:
        for place, kind in enumerate(kinds):
            read.enum(f"kinds[{place}]", event_pb2.EventKind, kind)
            if kind == event_pb2.EVENT_KIND_UNSPECIFIED:
                read.wrong(f"kinds[{place}]", "must be a kind of event")
    return frozenset(kinds) or frozenset(event_pb2.EventKind.values())


def transactions(filter_text: str, balance_ids: Sequence[str]) -> Wants:
    """Events of transactions on one of these balances (any, if none is named) that meet the filter."""
    terms = filters.parse(filter_text, lists.TRANSACTIONS.types)
    balances = _ids("balance_ids", balance_ids, ids.BALANCE)

    def wants(entry: Entry) -> bool:
        if not isinstance(entry, TransactionEntry):
            return False
        transaction = entry.transaction
        if balances and transaction.source_id not in balances and transaction.destination_id not in balances:
            return False
        return fits(lists.TRANSACTIONS.listing, transaction, terms)

    return wants


def monitors(monitor_ids: Sequence[str], balance_ids: Sequence[str]) -> Wants:
    """What these monitors (any, if none is named) of these balances (likewise) report."""
    watched = _ids("monitor_ids", monitor_ids, ids.MONITOR)
    balances = _ids("balance_ids", balance_ids, ids.BALANCE)

    def wants(entry: Entry) -> bool:
        fired = entry.event.payload if isinstance(entry, EventEntry) else None
        if not isinstance(fired, MonitorFired) or (watched and fired.monitor_id not in watched):
            return False
        return not balances or fired.balance_id in balances

    return wants


def _ids(field: str, given: Sequence[str], prefix: str) -> frozenset[str]:
    if len(given) > limits.WATCH_MAX_IDS:
        raise reject(Reason.TOO_MANY_ITEMS, field=field, requested=len(given), limit=limits.WATCH_MAX_IDS)
    with fields.reading() as read:
        for place, text in enumerate(given):
            read.id(f"{field}[{place}]", text, prefix)
    return frozenset(given)


def fits(listing: Listing, record: object, terms: Iterable[Term]) -> bool:
    """Whether a record meets a filter, by the values of the fields that the list of its noun has."""
    return all(_fits(listing, record, term) for term in terms)


def _fits(listing: Listing, record: object, term: Term) -> bool:
    value_of = listing.fields[term.field].value
    assert value_of is not None, f"a watch is not narrowed by {term.field}"
    value = value_of(record)
    if not isinstance(value, tuple):
        return term.holds(value)
    each = [term.holds(alternative) for alternative in value]
    # Equal to any of them, or different from all.
    return any(each) if term.comparator is Comparator.EQUAL else all(each)
