"""The gRPC server: its services, and the concerns around every call."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import SERVICE_NAME as HEALTH
from ledgerapi.v1 import (
    admin_service_pb2,
    admin_service_pb2_grpc,
    event_service_pb2,
    event_service_pb2_grpc,
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

from ledgerd.operations.engine import Engine
from ledgerd.rpc import reflection, transport
from ledgerd.rpc.by_name import by_name
from ledgerd.rpc.health import Health
from ledgerd.rpc.interceptors import call_log, counting, failures, identity, messages, statuses
from ledgerd.rpc.interceptors.admission import Admission, Bounds
from ledgerd.rpc.interceptors.chain import Chain
from ledgerd.rpc.interceptors.concern import Concern
from ledgerd.rpc.interceptors.drain import Drain
from ledgerd.rpc.servicers import reconciliations
from ledgerd.rpc.servicers.admin import AdminServicer
from ledgerd.rpc.servicers.events import EventServicer
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
    event_service_pb2.DESCRIPTOR.services_by_name["EventService"],
    identity_service_pb2.DESCRIPTOR.services_by_name["IdentityService"],
    reconciliation_service_pb2.DESCRIPTOR.services_by_name["ReconciliationService"],
    admin_service_pb2.DESCRIPTOR.services_by_name["AdminService"],
)

SERVICE_NAMES = [service.full_name for service in SERVICES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watches:
    """The watches, one per channel of the journal, and the calls that wait for single transactions."""

    transactions: Watch
    monitors: Watch
    events: Watch
    waits: Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A server that does not listen yet."""

    server: grpc.aio.Server
    health: Health
    drain: Drain


def build(
    engine: Engine,
    watches: Watches,
    stopping: asyncio.Event,
    *,
    bounds: Bounds,
    options: transport.Options,
    with_reflection: bool,
) -> Built:
    """A server with every service registered."""
    built = build_health(stopping, bounds=bounds, options=options, services=SERVICE_NAMES)
    server = by_name(built.server)
    ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server(LedgerServicer(engine), server)
    transaction_service_pb2_grpc.add_TransactionServiceServicer_to_server(
        TransactionServicer(engine, watches.transactions, watches.waits, stopping, bounds.stream_open_seconds), server
    )
    monitor_service_pb2_grpc.add_MonitorServiceServicer_to_server(MonitorServicer(engine, watches.monitors), server)
    event_service_pb2_grpc.add_EventServiceServicer_to_server(EventServicer(engine, watches.events), server)
    identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(IdentityServicer(engine), server)
    reconciliation_service_pb2_grpc.add_ReconciliationServiceServicer_to_server(
        reconciliations.servicer(engine, stopping, bounds.stream_open_seconds), server
    )
    admin_service_pb2_grpc.add_AdminServiceServicer_to_server(AdminServicer(engine), server)
    if with_reflection:
        reflection.add(server, [*SERVICE_NAMES, HEALTH])
    return built


def build_health(
    stopping: asyncio.Event, *, bounds: Bounds, options: transport.Options, services: Sequence[str] = ()
) -> Built:
    """A server that serves health checks and nothing else."""
    drain, health = Drain(stopping), Health(services)
    chain = Chain(_concerns(Admission(bounds), drain))
    server = grpc.aio.server(interceptors=[chain], options=options)
    health_pb2_grpc.add_HealthServicer_to_server(health, by_name(server))
    return Built(server=server, health=health, drain=drain)


def _concerns(admission: Admission, drain: Drain) -> list[Concern]:
    """The concerns around every call, from the outside in. A new concern is a module in interceptors/ and one entry."""
    return [
        identity.identify,  # First, so that every log line has the request id.
        statuses.end_with_status,  # Outside of everything that rejects: it answers what the others raise.
        counting.count_calls,  # Inside of the answer, so that a caller that has it finds its call counted.
        call_log.log_calls,  # Outside of the failures, so that its lines have the reasons.
        failures.reject_failures,  # Outside of everything that can fail: what is raised further out is a rejection.
        messages.read,  # Before the bounds, so that an unreadable message does not count.
        drain.end_calls,  # Around the bounds: calls that they reject also show that calls still arrive.
        admission.of_server,  # Before calls are held, so that no more are held than may be under way.
        drain.hold_calls,
        admission.of_connection,
        messages.write,  # Last: it turns the stream of a servicer into a call that ends.
    ]


async def listen(server: grpc.aio.Server, address: str) -> int:
    """Serve at the address; returns the port, 0 for a Unix socket. Raises OSError when the address cannot be had."""
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError("gRPC cannot listen there") from error
    await server.start()
    return 0 if address.startswith("unix:") else port
