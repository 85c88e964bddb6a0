"""The statements about rules and runs of reconciliation, by their names."""

from ledgerd.store.sql import Statements


class MatchingRuleSets(Statements):
    select: str
    lock: str
    keep: str
    used_by: str
    insert: str
    add_version: str
    add_rules: str
    advance: str
    delete: str


class MatchingRules(Statements):
    select: str
    lock: str
    keep: str
    insert: str
    add_version: str
    advance: str
    delete: str
    used_by: str


class ReconciliationRows(Statements):
    records: str
    duplicates: str
    ignored_records: str
    outside_records: str
    ignored_entries: str
    outside_entries: str
    entries: str


class SourceArrivals(Statements):
    add: str
    change: str
    arrive: str
    due: str
    begun: str
    postpone: str
    look: str
    ended: str
    has_begun: str
    close: str
    is_any_late: str
    become_late: str
    proposed_levels: str


class Reconciliations(Statements):
    accept: str
    accept_replay: str
    copy_balances: str
    select: str
    balances_of_ledger: str
    balances_of_identity: str
    open_count: str
    lease: str
    renew: str
    stand: str
    lock: str
    release: str
    work: str
    moment: str
    unplaced: str
    versions: str
    note_balances: str
    balances: str
    note: str
    progress: str
    clear_matches: str
    clear_members: str
    clear_unmatched: str
    clear_adjustments: str
    found: str
    finish: str
    fail: str
    ask_to_cancel: str
    record_precisions: str
    differing: str
