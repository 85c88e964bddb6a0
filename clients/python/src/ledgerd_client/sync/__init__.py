"""The client for synchronous code: web applications, task queues, notebooks, scripts.

`LedgerClient` and the functions here are those of `ledgerd_client` without `await`: the same arguments, results, errors
and retries. `draft`, the shares and the errors are those of `ledgerd_client` itself.

One event loop in a thread of its own does the work of all synchronous clients of a process. Where the program has an
event loop already, use `ledgerd_client` instead.
"""

from ledgerd_client.sync.client import LedgerClient
from ledgerd_client.sync.reconciliations import (
    bank_statements,
    confirm_matches,
    create_match,
    explain_match,
    explain_pair,
    ignore_rows,
    matches,
    post_adjustments,
    reconcile,
    reconciliation_adjustments,
    reconciliation_decisions,
    reconciliation_exceptions,
    reject_adjustments,
    reject_matches,
    release_match,
    restore_rows,
    reverse_adjustment,
    unmatched_rows,
    update_exception,
    upload_faults,
    wait_for_reconciliation,
)
from ledgerd_client.sync.statements import confirm_statement, export, statement
from ledgerd_client.sync.uploads import (
    batch_rejections,
    bulk,
    bulk_results,
    cancel_upload,
    run_batch,
    start_batch,
    upload_records,
    wait_for_batch,
)
from ledgerd_client.sync.watches import Watcher, watch_events, watch_monitors, watch_transactions

__all__ = [
    "LedgerClient",
    "Watcher",
    "bank_statements",
    "batch_rejections",
    "bulk",
    "bulk_results",
    "cancel_upload",
    "confirm_matches",
    "confirm_statement",
    "create_match",
    "explain_match",
    "explain_pair",
    "export",
    "ignore_rows",
    "matches",
    "post_adjustments",
    "reconcile",
    "reconciliation_adjustments",
    "reconciliation_decisions",
    "reconciliation_exceptions",
    "reject_adjustments",
    "reject_matches",
    "release_match",
    "restore_rows",
    "reverse_adjustment",
    "run_batch",
    "start_batch",
    "statement",
    "unmatched_rows",
    "update_exception",
    "upload_faults",
    "upload_records",
    "wait_for_batch",
    "wait_for_reconciliation",
    "watch_events",
    "watch_monitors",
    "watch_transactions",
]
