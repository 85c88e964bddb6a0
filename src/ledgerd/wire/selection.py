"""What a watch selects, as a predicate on encoded events."""

from collections.abc import Callable, Sequence

from ledgerapi.v1 import event_pb2

from ledgerd.core.model import ids, limits
from ledgerd.core.model.filter import Comparator, Term
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.model.transaction import Transaction
from ledgerd.wire import fields, filters, lists
from ledgerd.wire.events import Shown

Wants = Callable[[Shown], bool]

_LIVES = frozenset(
    {event_pb2.EVENT_KIND_BALANCE_FROZEN, event_pb2.EVENT_KIND_BALANCE_UNFROZEN, event_pb2.EVENT_KIND_BALANCE_CLOSED}
)
"""The events that change whether a balance can move. A new balance is no news to watchers of known balances."""


def transactions(filter_text: str, balance_ids: Sequence[str]) -> Wants:
    """Events of transactions on one of these balances (any, if none is named) that meet the filter."""
    terms = filters.parse(filter_text, lists.WATCHED_TYPES)
    balances = _ids("balance_ids", balance_ids, ids.BALANCE)

    def wants(shown: Shown) -> bool:
        transaction = shown.transaction
        if transaction is None:
            return False
        if balances and transaction.source_id not in balances and transaction.destination_id not in balances:
            return False
        return all(_meets(transaction, term) for term in terms)

    return wants


def monitors(monitor_ids: Sequence[str], balance_ids: Sequence[str]) -> Wants:
    """Events of monitors and of changes of balances, narrowed to these balances. With ``monitor_ids``, only the
    events of these monitors."""
    watched = _ids("monitor_ids", monitor_ids, ids.MONITOR)
    balances = _ids("balance_ids", balance_ids, ids.BALANCE)

    def wants(shown: Shown) -> bool:
        if shown.monitor_id is None and shown.event.kind not in _LIVES:
            return False
        if watched and shown.monitor_id not in watched:
            return False
        return not balances or shown.balance_id in balances

    return wants


def _ids(field: str, given: Sequence[str], prefix: str) -> frozenset[str]:
    if len(given) > limits.WATCH_MAX_IDS:
        raise reject(Reason.TOO_MANY_ITEMS, field=field, asked=len(given), limit=limits.WATCH_MAX_IDS)
    with fields.reading() as read:
        for place, text in enumerate(given):
            read.id(f"{field}[{place}]", text, prefix)
    return frozenset(given)


def _meets(transaction: Transaction, term: Term) -> bool:
    value = lists.WATCHED[term.field](transaction)
    if not isinstance(value, tuple):
        return term.holds(value)
    sides = [term.holds(side) for side in value]
    # Equal to either side, or different from both.
    return any(sides) if term.comparator is Comparator.EQUAL else all(sides)
