"""The statements about what runs found, decisions and exceptions, by their names."""

from ledgerd.store.sql import Statements


class Matches(Statements):
    run: str
    precisions: str
    listed: str
    members: str
    unmatched: str
    others: str
    records: str
    entries: str
    not_held: str


class ReconciliationExceptions(Statements):
    select: str
    lock: str
    update: str
    buckets: str
    open: str
    has_windows: str
    forget_records: str
    forget_entries: str
    move_windows: str
    has_due: str
    open_due: str


class ReconciliationAdjustments(Statements):
    select: str
    differences: str
    booked: str
    propose: str
    of_run: str
    lock: str
    begin: str
    reject: str
    fail: str
    post: str
    reverse: str
    insert_pairs: str
    claim: str
    claimed: str
    reserving: str
    of_match: str
    make_due: str
    due: str
    begun: str
    not_due: str
    standing: str
    begun_before: str
    alike: str
    alike_under_way: str
    unwanted: str
    today: str
    counted: str
    refunds: str


class RowDecisions(Statements):
    select: str
    find: str
    begin: str
    record: str
    chosen_numbers: str
    claimed: str
    released_holds: str
    proposers: str
    maker: str
    runs_about: str
    contested_rows: str
    confirm: str
    reject: str
    claim: str
    claims: str
    unclaim: str
    release_claims: str
    set_status: str
    insert_match: str
    insert_members: str
