"""Client of ledgerd, a double-entry ledger behind gRPC.

`LedgerClient` has the stubs, with deadlines, retries and errors that say what to do. `draft` makes a Draft, `fixed`,
`percent` and `remainder` make the shares of a split, and `to_struct` makes metadata. `bulk` uploads any number of
drafts. `run_batch` sends a batch that the service applies in the background, and returns when the batch has finished.
`watch_events` follows everything that happens, `watch_transactions` and `watch_monitors` a part of it. Messages are
those of `ledgerapi.v1`.

`upload_records` uploads a file of a bank or what else others say, and `reconcile` compares it with the ledger.
`matches` and `unmatched_rows` tell what was found, `explain_pair` why. `confirm_matches`, `create_match`, `ignore_rows`
and others decide about it, and `reconciliation_exceptions` are what is still open. `reconciliation_adjustments` are
what rules propose to book for it, and `post_adjustments` posts that.

`ledgerd_client.sync` has the same for programs without an event loop.
"""

from ledgerd_client.adjustments import post_adjustments, reject_adjustments, reverse_adjustment
from ledgerd_client.amounts import available
from ledgerd_client.balances import balance
from ledgerd_client.batches import batch_rejections, run_batch, start_batch, wait_for_batch
from ledgerd_client.bulk import BulkSummary, bulk, bulk_results
from ledgerd_client.client import LedgerClient
from ledgerd_client.decisions import (
    confirm_matches,
    create_match,
    ignore_rows,
    reject_matches,
    release_match,
    restore_rows,
)
from ledgerd_client.drafts import draft
from ledgerd_client.errors import (
    Busy,
    Conflict,
    CursorLost,
    Denied,
    LedgerError,
    Malformed,
    NotFound,
    Rejected,
    ServiceFault,
    Unavailable,
    Unsupported,
    Violation,
    rejection_error,
)
from ledgerd_client.metadata import to_struct
from ledgerd_client.operations import adjust_hold, cancel, commit_hold, operation, refund, void_hold
from ledgerd_client.reconciliations import reconcile, wait_for_reconciliation
from ledgerd_client.records import UploadProgress, cancel_upload, upload_records
from ledgerd_client.results import (
    bank_statements,
    explain_match,
    explain_pair,
    matches,
    reconciliation_adjustments,
    reconciliation_decisions,
    reconciliation_exceptions,
    unmatched_rows,
    update_exception,
    upload_faults,
)
from ledgerd_client.shares import available_of, fixed, percent, remainder
from ledgerd_client.statements import confirm_statement, export, statement
from ledgerd_client.targets import target
from ledgerd_client.watch import Watcher, watch_events, watch_monitors, watch_transactions

__all__ = [
    "BulkSummary",
    "Busy",
    "Conflict",
    "CursorLost",
    "Denied",
    "LedgerClient",
    "LedgerError",
    "Malformed",
    "NotFound",
    "Rejected",
    "ServiceFault",
    "Unavailable",
    "Unsupported",
    "UploadProgress",
    "Violation",
    "Watcher",
    "adjust_hold",
    "available",
    "available_of",
    "balance",
    "bank_statements",
    "batch_rejections",
    "bulk",
    "bulk_results",
    "cancel",
    "cancel_upload",
    "commit_hold",
    "confirm_matches",
    "confirm_statement",
    "create_match",
    "draft",
    "explain_match",
    "explain_pair",
    "export",
    "fixed",
    "ignore_rows",
    "matches",
    "operation",
    "percent",
    "post_adjustments",
    "reconcile",
    "reconciliation_adjustments",
    "reconciliation_decisions",
    "reconciliation_exceptions",
    "refund",
    "reject_adjustments",
    "reject_matches",
    "rejection_error",
    "release_match",
    "remainder",
    "restore_rows",
    "reverse_adjustment",
    "run_batch",
    "start_batch",
    "statement",
    "target",
    "to_struct",
    "unmatched_rows",
    "update_exception",
    "upload_faults",
    "upload_records",
    "void_hold",
    "wait_for_batch",
    "wait_for_reconciliation",
    "watch_events",
    "watch_monitors",
    "watch_transactions",
]
