"""Every statement of the files beside this one, by its name.

A class declares the names of a file. Where the two differ, the import of this module fails. The type checker reports
the use of an undeclared name.
"""

from dataclasses import dataclass

from ledgerd.store import canonical_sql, sql


@dataclass(frozen=True, slots=True)
class Balances:
    select: str
    insert: str
    update: str
    set_state: str
    bump: str


@dataclass(frozen=True, slots=True)
class BatchRuns:
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


@dataclass(frozen=True, slots=True)
class Batches:
    known: str


@dataclass(frozen=True, slots=True)
class Connections:
    introduce: str
    ping: str
    backend: str
    not_in_force: str
    barrier: str
    waiting_for_clients: str
    end_sessions: str


@dataclass(frozen=True, slots=True)
class Creations:
    find: str
    remember: str


@dataclass(frozen=True, slots=True)
class Deferred:
    select: str
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


@dataclass(frozen=True, slots=True)
class Due:
    add: str
    drop: str
    find: str
    lock_frozen: str
    postpone: str
    bring_forward: str
    lease: str
    lateness: str


@dataclass(frozen=True, slots=True)
class Identities:
    select: str
    insert: str
    update: str
    lock: str
    lock_existence: str
    lock_to_delete: str
    count_balances: str
    delete: str


@dataclass(frozen=True, slots=True)
class Journal:
    head: str
    channel: str
    take_head: str
    take_unplaced: str
    place: str
    commits_from: str
    transitions_between: str
    events_between: str
    renew_epoch: str


@dataclass(frozen=True, slots=True)
class Ledgers:
    select: str
    find: str
    insert: str
    update: str


@dataclass(frozen=True, slots=True)
class Monitors:
    select: str
    count: str
    insert: str
    update: str
    delete: str


@dataclass(frozen=True, slots=True)
class Periods:
    look: str
    lock_balances: str
    lock: str
    close: str
    renew_balances: str


@dataclass(frozen=True, slots=True)
class Posting:
    sides: str
    accounts_by_id: str
    ids_by_indicator: str
    parents: str
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
    insert_transitions: str
    insert_events: str
    insert_batches: str
    journal_exists: str
    write_journal: str
    closed_before: str
    open_internal: str


@dataclass(frozen=True, slots=True)
class Session:
    take_time: str
    allow_idle: str


@dataclass(frozen=True, slots=True)
class Settings:
    ledger: str
    balance: str
    identity: str
    monitor: str


@dataclass(frozen=True, slots=True)
class Transactions:
    select: str


@dataclass(frozen=True, slots=True)
class Verify:
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
    work_list_differs: str
    creations_differ: str
    settings_differ: str
    settings_untold: str
    never_created: str
    closed_before_differs: str


@dataclass(frozen=True, slots=True)
class VerifyEntries:
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
    refunds_differ: str
    headers_differ: str
    legs_astray: str
    deferred_differ: str
    not_on_work_list: str


BALANCES = sql.load(Balances, "balances.sql")
BATCH_RUNS = sql.load(BatchRuns, "batch_runs.sql")
BATCHES = sql.load(Batches, "batches.sql")
CONNECTIONS = sql.load(Connections, "connections.sql")
CREATIONS = sql.load(Creations, "creations.sql")
DEFERRED = sql.load(Deferred, "deferred.sql")
DUE = sql.load(Due, "due.sql")
IDENTITIES = sql.load(Identities, "identities.sql")
JOURNAL = sql.load(Journal, "journal.sql")
LEDGERS = sql.load(Ledgers, "ledgers.sql")
MONITORS = sql.load(Monitors, "monitors.sql")
PERIODS = sql.load(Periods, "periods.sql")
POSTING = sql.load(Posting, "posting.sql")
SESSION = sql.load(Session, "session.sql")
SETTINGS = sql.load(Settings, "settings.sql")
TRANSACTIONS = sql.load(Transactions, "transactions.sql")
VERIFY = sql.load(Verify, "verify.sql")
VERIFY_ENTRIES = canonical_sql.load(VerifyEntries, "verify_entries.sql")
