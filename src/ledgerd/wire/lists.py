"""Every list of the contract: which fields its filter may name, and of which type each is."""

from ledgerapi.v1 import balance_pb2, batch_pb2, identity_pb2, transaction_pb2

from ledgerd.core.model import ids
from ledgerd.store import listings
from ledgerd.wire.filters import enum, id_of, text, time
from ledgerd.wire.paging import List

LEDGERS = List("ledgers", {"name": text(), "create_time": time()}, listings.LEDGERS)

_OF_IDENTITY = {
    "ledger_id": id_of(ids.LEDGER),
    "indicator": text(),
    "currency": text(),
    "group": text(),
    "tag": text(),
    "state": enum(balance_pb2.BalanceState, "BALANCE_STATE_"),
    "create_time": time(),
}

BALANCES = List("balances", {"identity_id": id_of(ids.IDENTITY), **_OF_IDENTITY}, listings.BALANCES)
IDENTITY_BALANCES = List("identity_balances", _OF_IDENTITY, listings.BALANCES)

IDENTITIES = List(
    "identities",
    {
        "identity_type": enum(identity_pb2.IdentityType, "IDENTITY_TYPE_"),
        "country": text(),
        "create_time": time(),
    },
    listings.IDENTITIES,
)

MONITORS = List("monitors", {"balance_id": id_of(ids.BALANCE), "create_time": time()}, listings.MONITORS)

WATCHED_TRANSACTIONS = {
    "balance_id": id_of(ids.BALANCE),
    "reference": text(),
    "batch_id": id_of(ids.BATCH),
    "parent_id": id_of(ids.TRANSACTION),
    "kind": enum(transaction_pb2.TransactionKind, "TRANSACTION_KIND_"),
    "status": enum(transaction_pb2.TransactionStatus, "TRANSACTION_STATUS_"),
    "currency": text(),
    "group": text(),
    "tag": text(),
}
"""What a watch of transactions may be narrowed by; the list knows some more."""

TRANSACTIONS = List(
    "transactions",
    {
        **WATCHED_TRANSACTIONS,
        "source_id": id_of(ids.BALANCE),
        "destination_id": id_of(ids.BALANCE),
        "create_time": time(),
        "effective_time": time(),
    },
    listings.TRANSACTIONS,
)

BATCHES = List(
    "batches",
    {
        "mode": enum(batch_pb2.BatchMode, "BATCH_MODE_"),
        "status": enum(batch_pb2.BatchStatus, "BATCH_STATUS_"),
        "create_time": time(),
    },
    listings.BATCHES,
)
