"""Creating a thing once: the same request id with the same content finds what it created before.

What was asked is kept as one digest for each field, salted with the request id: enough to name the
fields that differ, without keeping personal data a second time.
"""

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import asyncpg

from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import unit
from ledgerd.operations.engine import Engine
from ledgerd.store import commits, creations
from ledgerd.store.creations import Creation

_DIGEST_HEX_CHARS = 32


class Noun(StrEnum):
    """What has request ids. Each noun has its own: the same id may create one of each."""

    LEDGER = "LEDGER"
    BALANCE = "BALANCE"
    IDENTITY = "IDENTITY"
    MONITOR = "MONITOR"
    BATCH = "BATCH"


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """A create as it was asked. ``fields`` has every field that counts, defaults filled in; ``paths`` has those
    names that are not what the contract calls the field."""

    noun: Noun
    request_id: str | None
    fields: Mapping[str, object]
    paths: Mapping[str, str] = field(default_factory=dict)


Create = Callable[[asyncpg.Connection, Plan], Awaitable[asyncpg.Record]]
Find = Callable[[asyncpg.Connection, uuid.UUID], Awaitable[asyncpg.Record]]


async def once(engine: Engine, request: CreateRequest, *, find: Find, create: Create) -> asyncpg.Record:
    """The row that the create makes, or made when it was asked before.

    Of two calls at the same moment the unique constraints let one succeed; the other looks again.
    Raises Rejected with REQUEST_ID_CONFLICT and the fields that differ.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        earlier = await _earlier(connection, request)
        if earlier is not None:
            return await find(connection, earlier)
        plan = unit.begin_plan(engine)
        try:
            row = await create(connection, plan)
        except Rejected:
            # What stands in the way may be what another call with this request id made just now.
            earlier = await _earlier(connection, request)
            if earlier is None:
                raise
            return await find(connection, earlier)
        await _remember(connection, request, row["id"], plan)
        return row

    return await unit.write(engine, attempt)


async def _earlier(connection: asyncpg.Connection, request: CreateRequest) -> uuid.UUID | None:
    if request.request_id is None:
        return None
    found = await creations.find(connection, request.noun, request.request_id)
    if found is None:
        return None
    held, asked = found.digests, _digests(request)
    fields = [request.paths.get(name, name) for name in {**asked, **held} if held.get(name) != asked.get(name)]
    if fields:
        raise reject(Reason.REQUEST_ID_CONFLICT, request_id=request.request_id, fields=",".join(fields))
    # Only found, not written: its commit is vouched for by this transaction's.
    await commits.barrier(connection)
    return found.subject_id


async def _remember(connection: asyncpg.Connection, request: CreateRequest, subject: uuid.UUID, plan: Plan) -> None:
    if request.request_id is not None:
        creation = Creation(subject, _digests(request))
        await creations.remember(connection, request.noun, request.request_id, creation, plan.now)


def _digests(request: CreateRequest) -> dict[str, str]:
    return {name: _digest(f"{request.request_id}\n{name}\n{value!r}") for name, value in request.fields.items()}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_HEX_CHARS]
