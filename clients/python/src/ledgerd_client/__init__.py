"""Async client of ledgerd, a double-entry ledger behind gRPC.

`LedgerClient` has the stubs, with deadlines, retries and errors that say what to do. `draft` makes a Draft, `fixed`,
`percent` and `left` make the shares of a split, and `to_struct` makes metadata. `bulk` uploads any number of drafts.
`run_batch` sends a batch that the service applies in the background, and returns when the batch has finished.
`watch_transactions` and `watch_monitors` follow what happens. Messages are those of `ledgerapi.v1`.
"""

from ledgerd_client.batches import batch_rejections, run_batch, start_batch, wait_for_batch
from ledgerd_client.bulk import BulkSummary, bulk, bulk_results
from ledgerd_client.client import LedgerClient
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
from ledgerd_client.shares import fixed, left, percent
from ledgerd_client.watch import Watcher, watch_monitors, watch_transactions

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
    "Violation",
    "Watcher",
    "batch_rejections",
    "bulk",
    "bulk_results",
    "draft",
    "fixed",
    "left",
    "percent",
    "rejection_error",
    "run_batch",
    "start_batch",
    "to_struct",
    "wait_for_batch",
    "watch_monitors",
    "watch_transactions",
]
