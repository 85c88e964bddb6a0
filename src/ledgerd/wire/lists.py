"""Every list of the contract, and the fields that narrow a watch. The fields are defined in store/listings.py."""

from ledgerd.store import listings
from ledgerd.wire.paging import List

LEDGERS = List("ledgers", listings.LEDGERS)
BALANCES = List("balances", listings.BALANCES)
IDENTITY_BALANCES = List("identity_balances", listings.BALANCES, without=frozenset({"identity_id"}))
IDENTITIES = List("identities", listings.IDENTITIES)
MONITORS = List("monitors", listings.MONITORS)
TRANSACTIONS = List("transactions", listings.TRANSACTIONS)
BATCHES = List("batches", listings.BATCHES)

WATCHED = {name: field.value for name, field in listings.TRANSACTIONS.fields.items() if field.value is not None}
"""The fields that may narrow a watch of transactions, with their values in a transaction."""
WATCHED_TYPES = {name: listings.TRANSACTIONS.fields[name].type for name in WATCHED}
