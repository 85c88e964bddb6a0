"""The lists, and every field that a filter may name: its type, its SQL and, where a watch of transactions may be
narrowed by it, its value.

A new field is one entry here, and its name in the comment of the contract's field `filter`.
"""

from ledgerd.core.model import ids
from ledgerd.core.model.account import BalanceState
from ledgerd.core.model.figures import DEFERRED, Kind, Status
from ledgerd.core.model.filter import id_of, one_of, text, time
from ledgerd.store import queries, transactions
from ledgerd.store.lists import Field, Listing

_CREATED = Field(time(), "t.created_at")

LEDGERS = Listing(
    select=queries.LEDGERS.select,
    table="ledgers",
    fields={"name": Field(text(), "t.name"), "create_time": _CREATED},
)

_OF_IDENTITY = {
    "ledger_id": Field(id_of(ids.LEDGER), "t.ledger_id", is_indexed=True),
    "indicator": Field(text(), "t.indicator", is_indexed=True),
    "currency": Field(text(), "t.currency"),
    "group": Field(text(), "t.group_name"),
    "tag": Field(text(), "t.tag"),
    "state": Field(one_of("BALANCE_STATE_", BalanceState), "t.state"),
    "create_time": _CREATED,
}
_IDENTITY = Field(id_of(ids.IDENTITY), "t.identity_id", is_indexed=True)

BALANCES = Listing(
    select=queries.BALANCES.select,
    table="balances",
    fields={"identity_id": _IDENTITY, **_OF_IDENTITY},
)

IDENTITIES = Listing(
    select=queries.IDENTITIES.select,
    table="identities",
    fields={
        "identity_type": Field(one_of("IDENTITY_TYPE_", ("INDIVIDUAL", "ORGANIZATION")), "t.identity_type"),
        "country": Field(text(), "(t.attributes ->> 'country')"),
        "create_time": _CREATED,
    },
)

MONITORS = Listing(
    select=queries.MONITORS.select,
    table="monitors",
    fields={"balance_id": Field(id_of(ids.BALANCE), "t.balance_id", is_indexed=True), "create_time": _CREATED},
)


def _number(prefix: str, name: str | None) -> int:
    return (name and ids.decode(prefix, name)) or 0


_SOURCE = ("t.source_id", "t.source_version")
_DESTINATION = ("t.destination_id", "t.destination_version")

TRANSACTIONS = Listing(
    select=transactions.SELECT,
    table="transactions",
    fields={
        "balance_id": Field(
            id_of(ids.BALANCE),
            ("t.source_id", "t.destination_id"),
            lambda found: (_number(ids.BALANCE, found.source_id), _number(ids.BALANCE, found.destination_id)),
            history=(_SOURCE, _DESTINATION),
        ),
        "source_id": Field(id_of(ids.BALANCE), "t.source_id", history=(_SOURCE,)),
        "destination_id": Field(id_of(ids.BALANCE), "t.destination_id", history=(_DESTINATION,)),
        "reference": Field(text(), "t.reference", lambda found: found.reference or "", is_indexed=True),
        "batch_id": Field(
            id_of(ids.BATCH), "t.batch_id", lambda found: _number(ids.BATCH, found.batch_id), is_indexed=True
        ),
        "parent_id": Field(
            id_of(ids.TRANSACTION),
            "t.parent_id",
            lambda found: _number(ids.TRANSACTION, found.parent_id),
            is_indexed=True,
        ),
        "kind": Field(one_of("TRANSACTION_KIND_", Kind), "t.kind", lambda found: found.kind.value),
        "status": Field(one_of("TRANSACTION_STATUS_", Status), "t.status", lambda found: found.status.value),
        "currency": Field(text(), "t.currency", lambda found: found.currency or ""),
        "group": Field(text(), "t.group_name", lambda found: found.group or ""),
        "tag": Field(text(), "t.tag", lambda found: found.tag or ""),
        "create_time": Field(time(), "COALESCE(t.created_at, t.recorded_at)"),
        "effective_time": Field(time(), "COALESCE(t.effective_at, t.recorded_at)"),
    },
    unmoved=frozenset({*DEFERRED, Status.REJECTED, Status.CANCELLED}),
)

_BATCHES = f"({queries.BATCHES.known})"

BATCHES = Listing(
    select=f"SELECT t.* FROM {_BATCHES} t",
    table=_BATCHES,
    fields={
        "mode": Field(one_of("BATCH_MODE_", ("INDEPENDENT", "ATOMIC")), "t.mode"),
        "status": Field(one_of("BATCH_STATUS_", ("ACCEPTED", "RUNNING", "FINISHED", "REJECTED")), "t.status"),
        "create_time": _CREATED,
    },
)
