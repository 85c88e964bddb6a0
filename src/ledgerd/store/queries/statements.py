"""The statements by which reconciliation statements are drawn up."""

from ledgerd.store.sql import Statements


class KeptStatements(Statements):
    select: str
    lock: str
    insert: str
    add_items: str
    items: str
    confirm: str


class ReconciliationStatements(Statements):
    source: str
    closings: str
    moment: str
    versions: str
    latest_run: str
    rules_of_run: str
    released: str
    bank_statements: str
    balances_by_record_time: str
    balances_by_effective_time: str
    rows: str
