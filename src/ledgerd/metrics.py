"""Prometheus metrics. No amounts, names or ids in labels. Imports nothing of ours."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

RPCS_STARTED = Counter("grpc_server_started_total", "RPCs started.", ["grpc_method"])
RPCS_HANDLED = Counter("grpc_server_handled_total", "RPCs ended, by status code.", ["grpc_method", "grpc_code"])
RPC_SECONDS = Histogram("grpc_server_handling_seconds", "Time of unary RPCs.", ["grpc_method"], buckets=_SECONDS)

BATCH_OPERATIONS = Histogram(
    "ledgerd_batch_operations", "Operations in one commit.", buckets=(1, 2, 5, 10, 20, 50, 100, 500, 1000, 5000, 10000)
)
COMMIT_SECONDS = Histogram("ledgerd_commit_seconds", "From deciding a batch to its commit.", buckets=_SECONDS)
COMMITS = Counter("ledgerd_commits_total", "Batches recorded, by path.", ["path"])
WRONG_GUESSES = Counter("ledgerd_wrong_guesses_total", "Batches decided again under locks.")
QUEUE_OPERATIONS = Gauge("ledgerd_queue_operations", "Operations waiting for the write path.")
OPERATIONS = Counter("ledgerd_operations_total", "Operations decided, by outcome.", ["outcome"])

WATCHERS = Gauge("ledgerd_watchers", "Open watch streams.", ["kind"])
WATCHER_LAG_POSITIONS = Histogram(
    "ledgerd_watcher_lag_positions",
    "How far a watcher is behind the head when it reads.",
    buckets=(0, 1, 2, 5, 10, 100, 1000, 10000),
)
JOURNAL_POSITION = Gauge("ledgerd_journal_position", "The last position this process has seen.")
WAKEUPS = Counter("ledgerd_wakeups_total", "Hints from other processes that the journal moved.", ["source"])
