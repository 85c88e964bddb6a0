"""Creates a thing once: the same request id with the same content finds what it created before.

Each requested field is stored as a digest, salted with the request id. The digests are enough to
name the fields that differ, and personal data is not stored a second time.
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
    """The nouns with request ids. Each noun has its own: the same request id may create one of each."""

    LEDGER = "LEDGER"
    BALANCE = "BALANCE"
    IDENTITY = "IDENTITY"
    MONITOR = "MONITOR"
    BATCH = "BATCH"


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """A create as requested. ``fields`` has every field that counts, with its default if it was not given. ``paths``
    has the contract's names of the fields that have another name there."""

    noun: Noun
    request_id: str | None
    fields: Mapping[str, object]
    paths: Mapping[str, str] = field(default_factory=dict)


Create = Callable[[asyncpg.Connection, Plan], Awaitable[asyncpg.Record]]
Find = Callable[[asyncpg.Connection, uuid.UUID], Awaitable[asyncpg.Record]]


async def once(engine: Engine, request: CreateRequest, *, find: Find, create: Create) -> asyncpg.Record:
    """Return the row that the create makes, or that an earlier call with the same request id made.

    When two calls come at the same moment, the unique constraints let one of them succeed. The other one tries again.
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
            # The conflicting row may be the row that another call with this request id made just now.
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
    earlier, requested = found.digests, _digests(request)
    fields = [
        request.paths.get(name, name) for name in {**requested, **earlier} if earlier.get(name) != requested.get(name)
    ]
    if fields:
        raise reject(Reason.REQUEST_ID_CONFLICT, request_id=request.request_id, fields=",".join(fields))
    # Found and not written: the COMMIT of this transaction acknowledges the earlier one as well.
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
