"""Batches that are applied in the background, from their acceptance until they are done.

Any number of processes work on batches. A process works on a batch under a lease, which has a token and ends after some
time unless the process renews it. A commit for the batch is recorded only while its lease stands (see ``stand``). So a
process that was stopped for too long no longer records anything.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import asyncpg

from ledgerd.core.effects import BatchRecord
from ledgerd.core.model.ids import BATCH, encode
from ledgerd.core.model.rejection import Reason, Rejection, rejection_of, rejection_text
from ledgerd.core.plan import Plan
from ledgerd.store import queries
from ledgerd.store.sql import as_array

_QUERIES = queries.BATCH_RUNS

INDEPENDENT, ATOMIC = "INDEPENDENT", "ATOMIC"


class Lost(Exception):
    """Another process has the lease of the batch now, or the batch is done. Nothing was written."""


@dataclass(frozen=True, slots=True)
class BatchLease:
    """The right of one process to work on a batch. ``token`` is new for each lease."""

    id: uuid.UUID
    token: uuid.UUID


@dataclass(frozen=True, slots=True)
class Run:
    """A batch as its worker reads it. ``payload`` has the requested operations, ``next_index`` is the place of the
    first operation without an outcome, and ``rejected`` has the places of the operations rejected so far."""

    lease: BatchLease
    atomic: bool
    payload: bytes
    operations: int
    next_index: int
    accepted_at: datetime
    rejected: frozenset[int]
    metadata: str | None


@dataclass(frozen=True, slots=True)
class RejectedOperation:
    """An operation of a batch that was rejected."""

    index: int
    reference: str
    rejection: Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A batch to be accepted."""

    id: uuid.UUID
    atomic: bool
    payload: bytes
    operations: int
    malformed: Sequence[RejectedOperation]
    at: datetime
    metadata: str | None


async def load(connection: asyncpg.Connection) -> tuple[int, int]:
    """The number of batches that are accepted and not done, and the bytes of their payloads."""
    row = await connection.fetchrow(_QUERIES.load)
    return row["runs"], row["bytes"]


async def accept(connection: asyncpg.Connection, batch: Accepted) -> None:
    """Store a batch, with the rejections of its malformed operations."""
    mode = ATOMIC if batch.atomic else INDEPENDENT
    await connection.execute(
        _QUERIES.accept, batch.id, mode, batch.payload, batch.operations, len(batch.malformed), batch.at, batch.metadata
    )
    await _reject(connection, batch.id, batch.malformed)


async def lease(connection: asyncpg.Connection, count: int, length: timedelta) -> list[BatchLease]:
    """Lease up to ``count`` batches that no process works on. ``length`` is how long the leases stand."""
    token = uuid.uuid4()
    rows = await connection.fetch(_QUERIES.lease, token, length, count)
    return sorted((BatchLease(row["id"], token) for row in rows), key=lambda lease: lease.id)


async def read(connection: asyncpg.Connection, lease: BatchLease) -> Run:
    """A batch whose lease this process has. Raises Lost."""
    row = await connection.fetchrow(_QUERIES.read, lease.id, lease.token)
    if row is None:
        raise Lost
    rejected = frozenset(row["index"] for row in await connection.fetch(_QUERIES.rejected_indexes, lease.id))
    return Run(
        lease,
        row["mode"] == ATOMIC,
        row["payload"],
        row["operations"],
        row["next_index"],
        row["accepted_at"],
        rejected,
        row["metadata"],
    )


async def renew(connection: asyncpg.Connection, lease: Sequence[BatchLease], length: timedelta) -> None:
    """Let these leases stand for ``length`` from now on. Leases that were lost stay lost."""
    await connection.execute(_QUERIES.renew, [each.id for each in lease], [each.token for each in lease], length)


async def release(connection: asyncpg.Connection, lease: Sequence[BatchLease]) -> None:
    """End these leases, so that any process may take over their batches."""
    await connection.execute(_QUERIES.release, [each.id for each in lease], [each.token for each in lease])


async def standing(connection: asyncpg.Connection, leases: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The leases, as (batch, token), that stand. They stand until the transaction ends."""
    rows = await connection.fetch(_QUERIES.stand, as_array(sorted({key for key, _ in leases})))
    return leases & {(row["id"].hex, row["lease_token"].hex) for row in rows if row["lease_token"] is not None}


async def advance(
    connection: asyncpg.Connection, lease: BatchLease, next_index: int, rejected: Sequence[RejectedOperation]
) -> asyncpg.Record:
    """Record that every operation before ``next_index`` has its outcome. Returns the counts. Raises Lost."""
    await _reject(connection, lease.id, rejected)
    row = await connection.fetchrow(_QUERIES.advance, lease.id, lease.token, next_index)
    if row is None:
        raise Lost
    return row


async def finish(connection: asyncpg.Connection, run: Run, plan: Plan, counts: asyncpg.Record) -> None:
    """Remove the batch from the list and add its record to the plan. Raises Lost."""
    if await connection.fetchval(_QUERIES.finish, run.lease.id, run.lease.token) is None:
        raise Lost
    digest = await connection.fetchval(_QUERIES.rejections_digest, run.lease.id)
    record = BatchRecord(
        plan.next_ordinal,
        encode(BATCH, run.lease.id.int),
        run.atomic,
        run.operations,
        counts["posted"],
        counts["replayed"],
        counts["rejected"],
        accepted_at=run.accepted_at,
        rejections_digest=digest,
        metadata=run.metadata,
    )
    if run.atomic and counts["rejected"]:
        cause = (await page_of_rejections(connection, run.lease.id, after=-1, limit=1))[0].rejection
        record = replace(record, replayed=0, rejected=run.operations, rejection=cause)
    plan.effects.append(record)


async def page_of_rejections(
    connection: asyncpg.Connection, batch_id: uuid.UUID, *, after: int, limit: int
) -> list[RejectedOperation]:
    """The rejected operations after a place, in order."""
    rows = await connection.fetch(_QUERIES.rejections, batch_id, after, limit)
    return [RejectedOperation(row["index"], row["reference"], rejection_of(row["rejection"])) for row in rows]


def causes(rejected: Sequence[RejectedOperation]) -> list[RejectedOperation]:
    """The operations that broke a rule themselves. The others were rejected with their group."""
    return [operation for operation in rejected if operation.rejection.reason is not Reason.NOT_APPLIED_WITH_GROUP]


async def _reject(connection: asyncpg.Connection, batch_id: uuid.UUID, rejected: Sequence[RejectedOperation]) -> None:
    if rejected:
        await connection.execute(
            _QUERIES.reject,
            batch_id,
            [operation.index for operation in rejected],
            [operation.reference for operation in rejected],
            [rejection_text(operation.rejection, sort_keys=False) for operation in rejected],
        )
