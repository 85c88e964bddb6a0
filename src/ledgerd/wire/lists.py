"""Every list of the contract. A watch is narrowed by the fields of the list of its noun. The fields are defined in
store/listings.py."""

from ledgerd.store import listings
from ledgerd.wire.paging import List

LEDGERS = List("ledgers", listings.LEDGERS)
BALANCES = List("balances", listings.BALANCES)
IDENTITY_BALANCES = List("identity_balances", listings.BALANCES, without=frozenset({"identity_id"}))
IDENTITIES = List("identities", listings.IDENTITIES)
VERIFICATIONS = List("verifications", listings.VERIFICATIONS, without=frozenset({"identity_id"}))
MONITORS = List("monitors", listings.MONITORS)
TRANSACTIONS = List("transactions", listings.TRANSACTIONS)
BATCHES = List("batches", listings.BATCHES)
EXTERNAL_SOURCES = List("external_sources", listings.EXTERNAL_SOURCES)
UPLOADS = List("uploads", listings.UPLOADS)
RECONCILIATIONS = List("reconciliations", listings.RECONCILIATIONS)
EXTERNAL_RECORDS = List("external_records", listings.EXTERNAL_RECORDS)
RECONCILIATION_STATEMENTS = List("reconciliation_statements", listings.RECONCILIATION_STATEMENTS)
BANK_STATEMENTS = List("bank_statements", listings.BANK_STATEMENTS)
MATCHING_RULES = List("matching_rules", listings.MATCHING_RULES)
MATCHING_RULE_SETS = List("matching_rule_sets", listings.MATCHING_RULE_SETS)
MATCHES = List("matches", listings.MATCHES, without=frozenset({"reconciliation_id"}))
UNMATCHED_ROWS = List("unmatched_rows", listings.UNMATCHED_ROWS, without=frozenset({"reconciliation_id"}))
ROW_DECISIONS = List("reconciliation_decisions", listings.ROW_DECISIONS)
RECONCILIATION_ADJUSTMENTS = List("reconciliation_adjustments", listings.RECONCILIATION_ADJUSTMENTS)
RECONCILIATION_EXCEPTIONS = List("reconciliation_exceptions", listings.RECONCILIATION_EXCEPTIONS)
