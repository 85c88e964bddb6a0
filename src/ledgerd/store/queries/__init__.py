"""Every statement of the files beside this one, by its name.

A class declares the names of a file. Where the two differ, the import of this module fails. The type checker reports
the use of an undeclared name.
"""

from ledgerd.store import canonical_sql, sql
from ledgerd.store.queries.found import Matches, ReconciliationAdjustments, ReconciliationExceptions, RowDecisions
from ledgerd.store.queries.reconciling import (
    MatchingRules,
    MatchingRuleSets,
    ReconciliationRows,
    Reconciliations,
    SourceArrivals,
)
from ledgerd.store.queries.statements import KeptStatements, ReconciliationStatements
from ledgerd.store.sql import Statements


class Arrivals(Statements):
    forget_records: str
    forget_faults: str
    counts: str
    lock_source: str
    last_statements: str
    compare: str
    judge: str
    add_statement: str
    publish: str


class Balances(Statements):
    select: str
    insert: str
    update: str
    set_status: str
    bump: str


class BatchRuns(Statements):
    load: str
    accept: str
    lease: str
    read: str
    rejected_indexes: str
    renew: str
    release: str
    stand: str
    reject: str
    advance: str
    rejections_digest: str
    finish: str
    rejections: str


class Batches(Statements):
    known: str


class Connections(Statements):
    introduce: str
    ping: str
    backend: str
    not_in_force: str
    barrier: str
    waiting_for_clients: str
    end_sessions: str


class Creations(Statements):
    find: str
    remember: str


class Deferred(Statements):
    select: str
    members: str
    counts: str
    queue_after: str
    is_queued: str
    along_indexes: str
    apply: str
    change: str
    queued: str
    refunds_of_batches: str
    count_of_balance: str
    backlog: str
    statuses: str


class Due(Statements):
    add: str
    move: str
    drop: str
    find: str
    lock_frozen: str
    postpone: str
    bring_forward: str
    lease: str
    release: str
    lateness: str


class ExternalRecords(Statements):
    select: str
    statements: str


class ExternalSources(Statements):
    select: str
    lock: str
    named: str
    insert: str
    update: str
    correspond: str
    forget_balances: str
    in_use: str
    delete: str


class Identities(Statements):
    select: str
    insert: str
    update: str
    lock_existence: str
    lock_to_delete: str
    count_balances: str
    count_transactions: str
    delete: str


class Journal(Statements):
    head: str
    channel: str
    take_head: str
    take_unplaced: str
    place: str
    commits_from: str
    commit: str
    transitions_between: str
    events_between: str
    renew_epoch: str


class Ledgers(Statements):
    select: str
    find: str
    known: str
    lock: str
    insert: str
    update: str


class Monitors(Statements):
    select: str
    count: str
    insert: str
    update: str
    delete: str


class Periods(Statements):
    look: str
    lock_balances: str
    lock: str
    close: str
    renew_balances: str


class Posting(Statements):
    ids_by_reference: str
    sides: str
    accounts_by_id: str
    ids_by_indicator: str
    parents: str
    identities: str
    lock_identities: str
    undivided: str
    count_of_compound: str
    sides_of_compound: str
    legs_of_compound: str
    batches_known: str
    kinds_of_batches: str
    clock: str
    lock: str
    compare: str
    lock_ledgers: str
    compare_ledgers: str
    apply_to_balances: str
    move_forward: str
    adjust: str
    insert_transitions: str
    insert_events: str
    insert_batches: str
    journal_exists: str
    write_journal: str
    closed_before: str
    open_internal: str


class ServiceSettings(Statements):
    default_currency: str
    find: str
    lock: str
    update: str


class Session(Statements):
    take_time: str
    take_long_time: str
    allow_idle: str


class Settings(Statements):
    service: str
    ledger: str
    balance: str
    identity: str
    monitor: str
    external_source: str
    matching_rule: str
    matching_rule_set: str
    reconciliation_statement: str


class Transactions(Statements):
    amended: str
    words: str
    select: str


class Uploads(Statements):
    select: str
    open_count: str
    insert: str
    lock: str
    part_digest: str
    add_part: str
    receive: str
    sizes: str
    part: str
    earlier: str
    begin_reading: str
    drop_data: str
    advance: str
    drop_published: str
    done: str
    lease: str
    renew: str
    stand: str
    release: str
    idle: str
    faults: str
    add_fault: str


class Verifications(Statements):
    select: str
    insert: str


class Verify(Statements):
    head: str
    totals: str
    place_at: str
    commits: str
    unplaced_commits: str
    commits_without_place: str
    order_keys_unknown: str
    places_without_position: str
    closings: str
    for_single_commits: str
    for_the_whole: str
    without_time_limit: str
    export_snapshot: str
    count_rows: str
    count_rows_since: str
    rows_outside: str
    count_balances: str
    balances_differ: str
    rows_doubled: str
    currencies_do_not_cancel: str
    pools_differ: str
    batches_differ: str
    batch_runs_differ: str
    adjustments_differ: str
    work_list_differs: str
    creations_differ: str
    settings_differ: str
    settings_untold: str
    identities_astray: str
    never_created: str
    closed_before_differs: str


class VerifyEntries(Statements):
    canonical_rows: str
    metadata: str
    events: str
    batch_ids: str
    closings: str
    movements: str
    concerned: str
    missing: str
    statuses_differ: str
    holds_differ: str
    adjusted_differ: str
    refunds_differ: str
    headers_differ: str
    legs_astray: str
    deferred_differ: str
    not_on_work_list: str
    identities_differ: str


class Walks(Statements):
    by_id: str
    by_indicator: str
    versions_before: str


ARRIVALS = sql.load(Arrivals, "arrivals.sql")
BALANCES = sql.load(Balances, "balances.sql")
BATCH_RUNS = sql.load(BatchRuns, "batch_runs.sql")
BATCHES = sql.load(Batches, "batches.sql")
CONNECTIONS = sql.load(Connections, "connections.sql")
CREATIONS = sql.load(Creations, "creations.sql")
DEFERRED = sql.load(Deferred, "deferred.sql")
DUE = sql.load(Due, "due.sql")
EXTERNAL_RECORDS = sql.load(ExternalRecords, "external_records.sql")
EXTERNAL_SOURCES = sql.load(ExternalSources, "external_sources.sql")
IDENTITIES = sql.load(Identities, "identities.sql")
JOURNAL = sql.load(Journal, "journal.sql")
KEPT_STATEMENTS = sql.load(KeptStatements, "kept_statements.sql")
LEDGERS = sql.load(Ledgers, "ledgers.sql")
MATCHING_RULES = sql.load(MatchingRules, "matching_rules.sql")
MATCHING_RULE_SETS = sql.load(MatchingRuleSets, "matching_rule_sets.sql")
MATCHES = sql.load(Matches, "matches.sql")
MONITORS = sql.load(Monitors, "monitors.sql")
PERIODS = sql.load(Periods, "periods.sql")
POSTING = sql.load(Posting, "posting.sql")
RECONCILIATION_ROWS = sql.load(ReconciliationRows, "reconciliation_rows.sql")
RECONCILIATION_STATEMENTS = sql.load(ReconciliationStatements, "reconciliation_statements.sql")
RECONCILIATIONS = sql.load(Reconciliations, "reconciliations.sql")
RECONCILIATION_ADJUSTMENTS = sql.load(ReconciliationAdjustments, "reconciliation_adjustments.sql")
RECONCILIATION_EXCEPTIONS = sql.load(ReconciliationExceptions, "reconciliation_exceptions.sql")
ROW_DECISIONS = sql.load(RowDecisions, "row_decisions.sql")
SERVICE_SETTINGS = sql.load(ServiceSettings, "service_settings.sql")
SESSION = sql.load(Session, "session.sql")
SETTINGS = sql.load(Settings, "settings.sql")
SOURCE_ARRIVALS = sql.load(SourceArrivals, "source_arrivals.sql")
TRANSACTIONS = sql.load(Transactions, "transactions.sql")
UPLOADS = sql.load(Uploads, "uploads.sql")
VERIFICATIONS = sql.load(Verifications, "verifications.sql")
VERIFY = sql.load(Verify, "verify.sql")
VERIFY_ENTRIES = canonical_sql.load(VerifyEntries, "verify_entries.sql")
WALKS = sql.load(Walks, "walks.sql")
