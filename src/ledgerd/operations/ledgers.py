"""Ledgers: create, read, change."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import ids
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import LEDGER, encode
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import announcements, creation, etags, unit
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.store import commits, event_writer
from ledgerd.store import ledgers as rows

GENERAL_LEDGER = uuid.UUID(int=ids.GENERAL_LEDGER)
"""The ledger of the internal balances. It exists from the first migration on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a ledger. ``metadata`` is canonical JSON text, None where there is none."""

    name: str
    metadata: str | None


async def create(engine: Engine, caller: Caller, settings: Settings, request_id: str | None) -> Made[asyncpg.Record]:
    """A new ledger, or the one that the request id created. Raises Rejected: REQUEST_ID_CONFLICT."""

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        ledger_id = uuid.UUID(int=engine.ids_and_clock.number())
        row = await rows.insert(
            connection,
            ledger_id,
            name=settings.name,
            metadata=settings.metadata or "{}",
            request_id=request_id,
            at=plan.now,
        )
        event = announcements.of_ledger(EventKind.LEDGER_CREATED, row)
        await event_writer.write_settings(connection, plan, [event])
        return row

    request = CreateRequest(Noun.LEDGER, request_id, {"name": settings.name, "metadata": settings.metadata})
    return await creation.once(engine, request, find=find, create=insert)


async def get(engine: Engine, caller: Caller, ledger_id: uuid.UUID) -> asyncpg.Record:
    """A ledger. Raises Rejected: LEDGER_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find(connection, ledger_id)


async def update(
    engine: Engine, caller: Caller, ledger_id: uuid.UUID, settings: Settings, changed: Collection[str], etag: str | None
) -> asyncpg.Record:
    """Set the changed fields. Where nothing changes, nothing is recorded.

    Raises Rejected: LEDGER_NOT_FOUND, ETAG_MISMATCH.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        before = await rows.lock(connection, ledger_id)
        if before is None:
            raise missing(ledger_id)
        etags.check(LEDGER, before, etag)
        plan = unit.begin_plan(engine)
        row = await rows.update(
            connection,
            ledger_id,
            name=settings.name if "name" in changed else None,
            metadata=(settings.metadata or "{}") if "metadata" in changed else None,
            at=plan.now,
        )
        if row is None:
            await commits.barrier(connection)
            return before
        event = announcements.of_ledger(EventKind.LEDGER_UPDATED, row, before)
        await event_writer.write_settings(connection, plan, [event])
        return row

    return await unit.write(engine, attempt)


async def find(connection: asyncpg.Connection, ledger_id: uuid.UUID) -> asyncpg.Record:
    """A ledger's row. Raises Rejected: LEDGER_NOT_FOUND."""
    row = await rows.find(connection, ledger_id)
    if row is None:
        raise missing(ledger_id)
    return row


def missing(ledger_id: uuid.UUID) -> Rejected:
    """The rejection, to be raised, of a ledger that does not exist."""
    return reject(Reason.LEDGER_NOT_FOUND, ledger=encode(LEDGER, ledger_id.int))
