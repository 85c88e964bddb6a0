"""Batches: finished ones, and accepted ones that are applied in the background."""

import hashlib
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.ids import BATCH, decode, encode
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import creation
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.pause import pause
from ledgerd.store import batch_runs
from ledgerd.store import batches as rows
from ledgerd.store.batch_runs import Accepted, RejectedOperation

_SILENCE_SECONDS_MAX = 20.0
_LOOK_SECONDS = 0.5
"""The pause between two reads of a watched batch: another process may be working on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """A batch to be applied in the background. ``payload`` has the requested operations: at most 16 MiB, the same
    bytes for the same content. ``malformed`` are the operations that could not be read, ``metadata`` is JSON text."""

    request_id: str
    atomic: bool
    payload: bytes
    operations: int
    malformed: Sequence[RejectedOperation]
    metadata: str | None


async def accept(engine: Engine, caller: Caller, request: BatchRequest) -> Made[asyncpg.Record]:
    """Store a batch to be applied in the background. Returns its row, or the row that the request id stored before.

    Raises Rejected: REQUEST_ID_CONFLICT, TOO_BUSY.
    """

    async def create(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        runs, size = await batch_runs.load(connection)
        if runs >= limits.BATCH_RUNS_MAX:
            raise reject(Reason.TOO_BUSY, waiting=runs, limit=limits.BATCH_RUNS_MAX)
        if size + len(request.payload) > limits.BATCH_RUNS_MAX_BYTES:
            raise reject(Reason.TOO_BUSY, waiting=size, limit=limits.BATCH_RUNS_MAX_BYTES, unit="bytes")
        batch = Accepted(
            id=uuid.UUID(int=engine.ids_and_clock.number()),
            atomic=request.atomic,
            payload=request.payload,
            operations=request.operations,
            malformed=request.malformed,
            at=plan.now,
            metadata=request.metadata,
        )
        await batch_runs.accept(connection, batch)
        return await find(connection, batch.id)

    content = {"mode": request.atomic, "operations": hashlib.sha256(request.payload).hexdigest()}
    if request.metadata is not None:
        content["metadata"] = request.metadata
    made = await creation.once(engine, CreateRequest(Noun.BATCH, request.request_id, content), find=find, create=create)
    engine.board.accepted.set()
    return made


async def get(engine: Engine, caller: Caller, batch_id: uuid.UUID) -> asyncpg.Record:
    """A batch. Raises Rejected: BATCH_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find(connection, batch_id)


async def check_repeated(
    engine: Engine, caller: Caller, batch_id: str | None, operations: int, metadata: str | None
) -> asyncpg.Record | None:
    """The batch that recorded all operations of a call before; None where no batch did.

    A call that repeats the whole batch gives its metadata. A call that repeats a part of it is another batch, which
    recorded nothing. Raises Rejected: REFERENCE_CONFLICT.
    """
    key = None if batch_id is None else decode(BATCH, batch_id)
    if key is None:
        return None
    row = await get(engine, caller, uuid.UUID(int=key))
    if row["operations"] == operations and row["metadata"] != metadata:
        raise reject(Reason.REFERENCE_CONFLICT, batch=batch_id, fields="metadata")
    return row


async def find(connection: asyncpg.Connection, batch_id: uuid.UUID) -> asyncpg.Record:
    """A batch's row. Raises Rejected: BATCH_NOT_FOUND."""
    row = await rows.find(connection, batch_id)
    if row is None:
        raise reject(Reason.BATCH_NOT_FOUND, batch=encode(BATCH, batch_id.int))
    return row


async def follow(engine: Engine, caller: Caller, batch_id: uuid.UUID) -> AsyncGenerator[asyncpg.Record | None, None]:
    """The row of a batch, again at each progress and at least every 20 seconds, until the batch is done. In between
    None, for each read that found no progress, so that the caller can end.

    Raises Rejected: BATCH_NOT_FOUND, TOO_BUSY.
    """
    board = engine.board
    if board.listener_count >= board.listeners_max:
        raise reject(Reason.TOO_BUSY, waiting=board.listener_count, limit=board.listeners_max)
    with board.listening(batch_id) as changed:
        told, told_at = None, 0.0
        while True:
            changed.clear()
            row = await get(engine, caller, batch_id)
            if row != told or time.monotonic() - told_at > _SILENCE_SECONDS_MAX:
                told, told_at = row, time.monotonic()
                yield row
            else:
                yield None
            if row["finished_at"] is not None:
                return
            await pause(changed, _LOOK_SECONDS)


async def rejections(
    engine: Engine, caller: Caller, batch_id: uuid.UUID, *, after: int, limit: int
) -> list[RejectedOperation]:
    """The rejected operations of a batch after a place, in order. Raises Rejected: BATCH_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        await find(connection, batch_id)
        return await batch_runs.page_of_rejections(connection, batch_id, after=after, limit=limit)
