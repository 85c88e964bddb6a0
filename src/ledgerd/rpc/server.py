"""The gRPC server: its limits, its interceptor, its services."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import SERVICE_NAME as HEALTH
from ledgerapi.v1 import (
    admin_service_pb2,
    admin_service_pb2_grpc,
    identity_service_pb2,
    identity_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    monitor_service_pb2,
    monitor_service_pb2_grpc,
    reconciliation_service_pb2,
    reconciliation_service_pb2_grpc,
    transaction_service_pb2,
    transaction_service_pb2_grpc,
)

from ledgerd.core import limits
from ledgerd.operations.engine import Engine
from ledgerd.rpc import reflection
from ledgerd.rpc.health import Health
from ledgerd.rpc.interceptor import Outermost
from ledgerd.rpc.servicers import reconciliations
from ledgerd.rpc.servicers.admin import AdminServicer
from ledgerd.rpc.servicers.identities import IdentityServicer
from ledgerd.rpc.servicers.ledgers import LedgerServicer
from ledgerd.rpc.servicers.monitors import MonitorServicer
from ledgerd.rpc.servicers.transactions import TransactionServicer
from ledgerd.rpc.waits import Waits
from ledgerd.rpc.watch import Watch

SERVICES = (
    ledger_service_pb2.DESCRIPTOR.services_by_name["LedgerService"],
    transaction_service_pb2.DESCRIPTOR.services_by_name["TransactionService"],
    monitor_service_pb2.DESCRIPTOR.services_by_name["MonitorService"],
    identity_service_pb2.DESCRIPTOR.services_by_name["IdentityService"],
    reconciliation_service_pb2.DESCRIPTOR.services_by_name["ReconciliationService"],
    admin_service_pb2.DESCRIPTOR.services_by_name["AdminService"],
)

SERVICE_NAMES = [service.full_name for service in SERVICES]

_OPTIONS: Sequence[tuple[str, int]] = (
    # Two servers on one port would share its traffic without a word.
    ("grpc.so_reuseport", 0),
    # With bandwidth probing a client could push megabytes at a handler that does not read.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.max_receive_message_length", limits.MESSAGE_MAX_BYTES),
    ("grpc.max_send_message_length", -1),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 20_000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watches:
    """What watch RPCs follow, one per channel of the journal, and what waits for single transactions."""

    transactions: Watch
    monitors: Watch
    waits: Waits


def build(
    engine: Engine, watches: Watches, stopping: asyncio.Event, *, with_reflection: bool
) -> tuple[grpc.aio.Server, Health]:
    """A server with every service registered, not yet listening, and its health."""
    server, health = build_health(SERVICE_NAMES)
    ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server(LedgerServicer(engine), server)
    transaction_service_pb2_grpc.add_TransactionServiceServicer_to_server(
        TransactionServicer(engine, watches.transactions, watches.waits, stopping), server
    )
    monitor_service_pb2_grpc.add_MonitorServiceServicer_to_server(MonitorServicer(engine, watches.monitors), server)
    identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(IdentityServicer(engine), server)
    reconciliation_service_pb2_grpc.add_ReconciliationServiceServicer_to_server(reconciliations.servicer(), server)
    admin_service_pb2_grpc.add_AdminServiceServicer_to_server(AdminServicer(engine), server)
    if with_reflection:
        reflection.add(server, [*SERVICE_NAMES, HEALTH])
    return server, health


def build_health(services: Sequence[str] = ()) -> tuple[grpc.aio.Server, Health]:
    """A server that tells its health and nothing else, not yet listening."""
    server, health = grpc.aio.server(interceptors=[Outermost()], options=_OPTIONS), Health(services)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    return server, health


async def listen(server: grpc.aio.Server, address: str) -> int:
    """Serve there; returns the port, 0 for a Unix socket. Raises OSError when that cannot be."""
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError("gRPC cannot listen there") from error
    await server.start()
    return 0 if address.startswith("unix:") else port
