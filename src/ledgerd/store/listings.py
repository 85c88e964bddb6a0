"""What can be listed, and the SQL behind every field that a filter may name."""

from ledgerd.core.model.figures import DEFERRED, Status
from ledgerd.store import queries, transactions
from ledgerd.store.lists import Listing

LEDGERS = Listing(
    select=queries.LEDGERS.select,
    table="ledgers",
    columns={"name": "t.name", "create_time": "t.created_at"},
    history={},
)

BALANCES = Listing(
    select=queries.BALANCES.select,
    table="balances",
    columns={
        "ledger_id": "t.ledger_id",
        "identity_id": "t.identity_id",
        "indicator": "t.indicator",
        "currency": "t.currency",
        "group": "t.group_name",
        "tag": "t.tag",
        "state": "t.state",
        "create_time": "t.created_at",
    },
    history={},
    indexed=frozenset({"ledger_id", "identity_id", "indicator"}),
)

IDENTITIES = Listing(
    select=queries.IDENTITIES.select,
    table="identities",
    columns={
        "identity_type": "t.identity_type",
        "country": "(t.attributes ->> 'country')",
        "create_time": "t.created_at",
    },
    history={},
)

MONITORS = Listing(
    select=queries.MONITORS.select,
    table="monitors",
    columns={"balance_id": "t.balance_id", "create_time": "t.created_at"},
    history={},
    indexed=frozenset({"balance_id"}),
)

_SOURCE = ("t.source_id", "t.source_version")
_DESTINATION = ("t.destination_id", "t.destination_version")

TRANSACTIONS = Listing(
    select=transactions.SELECT,
    table="transactions",
    columns={
        "balance_id": ("t.source_id", "t.destination_id"),
        "source_id": "t.source_id",
        "destination_id": "t.destination_id",
        "reference": "t.reference",
        "batch_id": "t.batch_id",
        "parent_id": "t.parent_id",
        "kind": "t.kind",
        "status": "t.status",
        "currency": "t.currency",
        "group": "t.group_name",
        "tag": "t.tag",
        "create_time": "COALESCE(t.created_at, t.recorded_at)",
        "effective_time": "COALESCE(t.effective_at, t.recorded_at)",
    },
    history={
        "balance_id": (_SOURCE, _DESTINATION),
        "source_id": (_SOURCE,),
        "destination_id": (_DESTINATION,),
    },
    indexed=frozenset({"reference", "batch_id", "parent_id"}),
    unmoved=frozenset({*DEFERRED, Status.REJECTED, Status.CANCELLED}),
)

_BATCHES = f"({queries.BATCHES.known})"

BATCHES = Listing(
    select=f"SELECT t.* FROM {_BATCHES} t",
    table=_BATCHES,
    columns={"mode": "t.mode", "status": "t.status", "create_time": "t.created_at"},
    history={},
)
