"""Every list of the contract, and what a watch may be narrowed by. The fields stand in store/listings.py."""

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
"""The fields that a watch of transactions may be narrowed by, with their values in a transaction."""
WATCHED_TYPES = {name: listings.TRANSACTIONS.fields[name].type for name in WATCHED}
