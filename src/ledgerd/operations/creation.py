"""Creates a thing once: the same request id with the same content finds what it created before.

Each requested field is stored as a digest, salted with the request id. The digests are enough to
name the fields that differ, and personal data is not stored a second time.
"""

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

import asyncpg

from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import unit
from ledgerd.operations.engine import Engine
from ledgerd.store import commits, creations
from ledgerd.store.creations import Creation

_DIGEST_HEX_CHARS = 32
_FIELDS_NAMED_MAX = 100
"""Fields that a rejection names. It travels in the headers of an answer, which have a limit."""


class Noun(StrEnum):
    """The nouns with request ids. Each noun has its own: the same request id may create one of each."""

    LEDGER = "LEDGER"
    BALANCE = "BALANCE"
    IDENTITY = "IDENTITY"
    VERIFICATION = "VERIFICATION"
    MONITOR = "MONITOR"
    BATCH = "BATCH"
    BALANCES = "BALANCES"
    IDENTITIES = "IDENTITIES"
    EXTERNAL_SOURCE = "EXTERNAL_SOURCE"
    UPLOAD = "UPLOAD"
    RECONCILIATION = "RECONCILIATION"
    MATCHING_RULE = "MATCHING_RULE"
    MATCHING_RULE_SET = "MATCHING_RULE_SET"
    ROW_DECISION = "ROW_DECISION"
    ADJUSTMENTS_CHOSEN = "ADJUSTMENTS_CHOSEN"
    ADJUSTMENTS_POSTED = "ADJUSTMENTS_POSTED"
    ADJUSTMENTS_REJECTED = "ADJUSTMENTS_REJECTED"
    ADJUSTMENT_REVERSED = "ADJUSTMENT_REVERSED"
    RECONCILIATION_STATEMENT = "RECONCILIATION_STATEMENT"
    STATEMENT_CONFIRMATION = "STATEMENT_CONFIRMATION"


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """A create as requested. ``fields`` has every field that counts, with its default if it was not given. ``paths``
    has the contract's names of the fields that have another name there."""

    noun: Noun
    request_id: str | None
    fields: Mapping[str, object]
    paths: Mapping[str, str] = field(default_factory=dict)


T = TypeVar("T")


class Made(NamedTuple, Generic[T]):
    """What a create made, or what an earlier call with its request id made: then ``replayed`` is true, and the rows are
    as they are now."""

    rows: T
    replayed: bool


Create = Callable[[asyncpg.Connection, Plan], Awaitable[asyncpg.Record]]
Find = Callable[[asyncpg.Connection, uuid.UUID], Awaitable[asyncpg.Record]]
CreateAll = Callable[[asyncpg.Connection, Plan], Awaitable[tuple[T, Sequence[uuid.UUID]]]]
FindAll = Callable[[asyncpg.Connection, Sequence[uuid.UUID]], Awaitable[T]]


async def once(engine: Engine, request: CreateRequest, *, find: Find, create: Create) -> Made[asyncpg.Record]:
    """Return the row that the create makes, or that an earlier call with the same request id made.

    When two calls come at the same moment, the unique constraints let one of them succeed. The other one tries again.
    Raises Rejected with REQUEST_ID_CONFLICT and the fields that differ.
    """

    async def find_all(connection: asyncpg.Connection, ids: Sequence[uuid.UUID]) -> asyncpg.Record:
        return await find(connection, ids[0])

    async def create_all(connection: asyncpg.Connection, plan: Plan) -> tuple[asyncpg.Record, Sequence[uuid.UUID]]:
        row = await create(connection, plan)
        return row, [row["id"]]

    return await all_once(engine, request, find=find_all, create=create_all)


async def is_known(engine: Engine, request: CreateRequest) -> bool:
    """Whether an earlier call had the request id: then nothing need be prepared for another create."""
    if request.request_id is None:
        return False
    async with engine.pool.acquire() as connection:
        return await creations.find(connection, request.noun, request.request_id) is not None


async def earlier(engine: Engine, request: CreateRequest) -> Sequence[uuid.UUID] | None:
    """What an earlier call with the request id made, in order; None where there was none. Raises Rejected:
    REQUEST_ID_CONFLICT."""
    if request.request_id is None:
        return None
    return await unit.write(engine, lambda connection: _earlier(connection, request))


async def all_once(engine: Engine, request: CreateRequest, *, find: FindAll[T], create: CreateAll[T]) -> Made[T]:
    """The same for a create of several things, which are found again by their ids, in order."""

    async def attempt(connection: asyncpg.Connection) -> Made[T]:
        known = await _earlier(connection, request)
        if known is not None:
            return Made(await find(connection, known), True)
        plan = unit.begin_plan(engine)
        try:
            created, ids = await create(connection, plan)
        except Rejected:
            # The conflicting row may be the row that another call with this request id made just now.
            known = await _earlier(connection, request)
            if known is None:
                raise
            return Made(await find(connection, known), True)
        await _remember(connection, request, ids, plan)
        return Made(created, False)

    return await unit.write(engine, attempt)


async def _earlier(connection: asyncpg.Connection, request: CreateRequest) -> Sequence[uuid.UUID] | None:
    if request.request_id is None:
        return None
    found = await creations.find(connection, request.noun, request.request_id)
    if found is None:
        return None
    known, requested = found.digests, _digests(request)
    fields = [
        request.paths.get(name, name) for name in {**requested, **known} if known.get(name) != requested.get(name)
    ]
    if fields:
        raise reject(Reason.REQUEST_ID_CONFLICT, request_id=request.request_id, fields=_listed(fields))
    # Found and not written: the COMMIT of this transaction acknowledges the earlier one as well.
    await commits.barrier(connection)
    return found.subject_ids


def _listed(fields: Sequence[str]) -> str:
    """The fields that differ; of very many the first."""
    return ",".join(fields[:_FIELDS_NAMED_MAX])


async def _remember(
    connection: asyncpg.Connection, request: CreateRequest, subjects: Sequence[uuid.UUID], plan: Plan
) -> None:
    if request.request_id is not None:
        creation = Creation(subjects, _digests(request))
        await creations.remember(connection, request.noun, request.request_id, creation, plan.now)


def _digests(request: CreateRequest) -> dict[str, str]:
    return {name: _digest(f"{request.request_id}\n{name}\n{value!r}") for name, value in request.fields.items()}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_HEX_CHARS]
