"""Runs of reconciliation, as a caller waits for them, and sources of records that are written by SQL."""

import uuid
from collections.abc import Iterable

import asyncpg
from ledgerapi.v1 import reconciliation_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1.reconciliation_service_pb2_grpc import ReconciliationServiceStub

from bench.service import BenchError
from ledgerd.core.model.ids import EXTERNAL_SOURCE, encode


async def finished(stub: ReconciliationServiceStub, source: uuid.UUID, rule_ids: Iterable[str]) -> str:
    """A run over all of a source, from its start until it is finished: its id."""
    rules = [{"matching_rule_id": rule_id} for rule_id in rule_ids]
    source_id = encode(EXTERNAL_SOURCE, source.int)
    request = pb.StartReconciliationRequest(external_source_id=source_id, matching_rules=rules)  # type: ignore[arg-type]
    run = (await stub.StartReconciliation(request)).reconciliation
    async for answer in stub.WatchReconciliation(pb.WatchReconciliationRequest(reconciliation_id=run.id)):
        run = answer.reconciliation
    if run.status != reconciliation_pb2.RECONCILIATION_STATUS_FINISHED:
        raise BenchError(f"a run was not finished: {run.rejection}")
    return run.id


async def write_source(
    connection: asyncpg.Connection, source: uuid.UUID, name: str, *, balance: uuid.UUID, upload: uuid.UUID
) -> None:
    """A source with one balance, and an upload that has brought its records."""
    await connection.execute(
        "INSERT INTO external_sources (id, name, time_zone, sign_convention, settlement_window, created_at, updated_at)"
        " VALUES ($1, $2, 'UTC', 'MONEY_IN_IS_CREDIT', '{\"days\": 0}', now(), now())",
        source,
        name,
    )
    await connection.execute("INSERT INTO external_source_balances VALUES ($1, 1, $2)", source, balance)
    await connection.execute(
        "INSERT INTO uploads (id, source_id, content, fault_policy, status, created_at, received_at, finished_at)"
        " VALUES ($1, $2, 'RECORDS', 'KEEP_GOOD', 'FINISHED', now(), now(), now())",
        upload,
        source,
    )
