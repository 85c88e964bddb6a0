"""The options of gRPC: message sizes, pings, the age of connections, and bounds that no caller can reach."""

from collections.abc import Sequence

from ledgerd.core.model import limits

_OUT_OF_REACH = 1_000_000
_UNREAD_SECONDS = 300

_PING_MS_MIN = 1_000
"""The contract allows pings every 5 seconds. Pings may arrive at shorter intervals than they were sent. Three pings at
shorter intervals than this end the connection."""

Options = Sequence[tuple[str, int]]


def options(*, connection_age_seconds: int, connection_grace_seconds: int) -> Options:
    """The server's options. With an age of 0 the server never closes a connection because of its age."""
    aging = (
        ("grpc.max_connection_age_ms", connection_age_seconds * 1_000),
        ("grpc.max_connection_age_grace_ms", connection_grace_seconds * 1_000),
    )
    return (*_ALWAYS, *(aging if connection_age_seconds else ()))


_ALWAYS: Options = (
    # Two servers on one port would silently share its traffic.
    ("grpc.so_reuseport", 0),
    # With bandwidth probing a client could push megabytes at a handler that does not read.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.max_receive_message_length", limits.MESSAGE_MAX_BYTES),
    ("grpc.max_send_message_length", -1),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", _PING_MS_MIN),
    # Calls that no handler has accepted yet: gRPC would end some of a thousand with CANCELLED and no reason. With this
    # option every call has a handler, and too many calls are rejected with a reason (interceptors/admission.py).
    ("grpc.server.max_pending_requests", _OUT_OF_REACH),
    ("grpc.server.max_pending_requests_hard_limit", _OUT_OF_REACH),
    ("grpc.server_max_unrequested_time_in_server", _UNREAD_SECONDS),
)
