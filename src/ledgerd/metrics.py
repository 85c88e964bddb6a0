"""Prometheus metrics. No amounts, names or ids in labels. Imports nothing of ours.

docs/operations.md describes every one; a test compares the two.
"""

import platform
from collections.abc import Mapping
from functools import partial
from importlib import metadata
from typing import Protocol
from wsgiref.simple_server import WSGIServer

import prometheus_client
from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

# Names, labels and the spelling of codes are those of the usual gRPC metrics, so that dashboards made for them work.
_METHOD = ("grpc_type", "grpc_service", "grpc_method")
_RPCS_STARTED = Counter("grpc_server_started_total", "RPCs started.", _METHOD)
_RPCS_HANDLED = Counter("grpc_server_handled_total", "RPCs ended, by status code.", (*_METHOD, "grpc_code"))
_RPC_SECONDS = Histogram("grpc_server_handling_seconds", "How long RPCs took.", _METHOD, buckets=_SECONDS)
_RECEIVED = Counter("grpc_server_msg_received_total", "Messages received.", _METHOD)
_SENT = Counter("grpc_server_msg_sent_total", "Messages sent.", _METHOD)
_TYPES = {
    (False, False): "unary",
    (True, False): "client_stream",
    (False, True): "server_stream",
    (True, True): "bidi_stream",
}
_SPELT_OTHERWISE = {"OK": "OK", "CANCELLED": "Canceled"}

BATCH_OPERATIONS = Histogram(
    "ledgerd_batch_operations", "Operations in one commit.", buckets=(1, 2, 5, 10, 20, 50, 100, 500, 1000, 5000, 10000)
)
COMMIT_SECONDS = Histogram("ledgerd_commit_seconds", "From deciding a batch to its commit.", buckets=_SECONDS)
COMMITS = Counter("ledgerd_commits_total", "Batches recorded, by path.", ["path"])
VERSION_CONFLICTS = Counter("ledgerd_version_conflicts_total", "Batches decided again under locks.")
QUEUE_OPERATIONS = Gauge("ledgerd_queue_operations", "Operations waiting for the write path.")
OPERATIONS = Counter("ledgerd_operations_total", "Operations decided, by outcome.", ["outcome"])

WATCHERS = Gauge("ledgerd_watchers", "Open watch streams.", ["kind"])
WATCHER_LAG_POSITIONS = Histogram(
    "ledgerd_watcher_lag_positions",
    "How far a watcher is behind the head when it reads.",
    buckets=(0, 1, 2, 5, 10, 100, 1000, 10000),
)
DEFERRED = Gauge("ledgerd_deferred_transactions", "Transactions that are queued, scheduled or in review.")
LATENESS_SECONDS = Gauge(
    "ledgerd_due_lateness_seconds", "For how long the oldest work of a list has been due; 0 when none is.", ["list"]
)

_POOL_CONNECTIONS = Gauge("ledgerd_pool_connections", "Open connections to PostgreSQL.", ["pool", "state"])
_POOL_CONNECTIONS_MAX = Gauge("ledgerd_pool_connections_max", "How many a pool may open.", ["pool"])
_POOL_WAITING = Gauge("ledgerd_pool_waiting", "Who waits for a connection.", ["pool"])

DATABASE_UP = Gauge("ledgerd_database_up", "1 while the database answers as it must for the server to serve, else 0.")
DATABASE_ANSWER_SECONDS = Histogram(
    "ledgerd_database_answer_seconds", "How long the database took to answer the watchdog.", buckets=_SECONDS
)
_BUILD = Gauge("ledgerd_build_info", "Always 1: what runs is in the labels.", ["version", "python", "grpc", "protobuf"])

CLOCK_OFFSET_SECONDS = Gauge(
    "ledgerd_clock_offset_seconds", "By how much this machine's clock is ahead of the database's."
)
JOURNAL_POSITION = Gauge("ledgerd_journal_position", "The last position this process has seen.")
WAKEUPS = Counter("ledgerd_wakeups_total", "Hints from other processes that the journal moved.", ["source"])


class Rpcs:
    """The metrics of one method. Only served methods have them, so no other name becomes a label."""

    def __init__(self, method: str, *, request_streaming: bool, response_streaming: bool) -> None:
        _, service, name = method.split("/")
        self._labels = (_TYPES[request_streaming, response_streaming], service, name)
        self.started = _RPCS_STARTED.labels(*self._labels)
        self.seconds = _RPC_SECONDS.labels(*self._labels)
        self.received = _RECEIVED.labels(*self._labels)
        self.sent = _SENT.labels(*self._labels)
        self.succeeded = self.ended("OK")

    def ended(self, code: str) -> Counter:
        """RPCs that ended with a status, whose name is that of grpc.StatusCode."""
        spelt = _SPELT_OTHERWISE.get(code) or code.title().replace("_", "")
        return _RPCS_HANDLED.labels(*self._labels, spelt)


class Pool(Protocol):
    """The figures of a pool of connections."""

    waiting: int

    def get_size(self) -> int: ...
    def get_idle_size(self) -> int: ...
    def get_max_size(self) -> int: ...


def watch(pools: Mapping[str, Pool]) -> None:
    """Measure these pools whenever the metrics are read."""
    for name, pool in pools.items():
        _POOL_CONNECTIONS.labels(name, "idle").set_function(pool.get_idle_size)
        _POOL_CONNECTIONS.labels(name, "in_use").set_function(partial(_in_use, pool))
        _POOL_CONNECTIONS_MAX.labels(name).set(pool.get_max_size())
        _POOL_WAITING.labels(name).set_function(partial(getattr, pool, "waiting"))


def _in_use(pool: Pool) -> int:
    return pool.get_size() - pool.get_idle_size()


def serve(host: str, port: int) -> WSGIServer:
    """Answer Prometheus at /metrics, in a thread. Raises OSError where the port cannot be had."""
    versions = [metadata.version(name) for name in ("ledgerd", "grpcio", "protobuf")]
    _BUILD.labels(versions[0], platform.python_version(), *versions[1:]).set(1)
    server, _ = prometheus_client.start_http_server(port, addr=host)
    return server
