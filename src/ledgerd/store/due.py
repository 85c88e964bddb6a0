"""What is to happen automatically, and when: the work list of the background workers.

A row stands here from the commit that asks for it until the commit that makes it needless, so a worker
only ever nominates; whether anything is still to be done is decided where all money is.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.ids import TRANSACTION, encode
from ledgerd.core.model.operation import Post
from ledgerd.core.plan import Plan
from ledgerd.store import queries
from ledgerd.store.sql import as_array

_QUERIES = queries.DUE

EXPIRE, COMMIT, APPLY = "EXPIRE", "COMMIT", "APPLY"

POSTPONED_BY = timedelta(seconds=30)
"""When to look again at what was rejected, unless what stands against it ends before: see bring_forward."""


class Due(NamedTuple):
    """Something whose time has come; ``key`` is the transaction's id as SQL takes it. ``commits_first``: what is to
    expire was to be committed before, and was not yet."""

    transaction_id: str
    what: str
    key: str
    commits_first: bool


class Postponed(NamedTuple):
    """Something that was rejected, because a balance is frozen or for another reason."""

    due: Due
    is_frozen: bool


async def write(connection: asyncpg.Connection, plan: Plan) -> None:
    """Note what the plan asks for, and drop what it made needless. Under the locks of the balances: so for
    each source what is to be applied is numbered in the order in which it was deferred."""
    if plan.headers or plan.changes:
        await _write_deferred(connection, plan)
    movements = [*plan.movements, *plan.applied] if plan.changes else plan.movements
    # Of a split the header is due, not its legs.
    holds = [
        (movement.key, movement.operation)
        for movement in movements
        if movement.kind is Kind.HOLD and movement.header_id is None and isinstance(movement.operation, Post)
    ]
    holds += [
        (plan.block.hex(header.ordinal), header.operation)
        for header in plan.headers
        if header.status is Status.INFLIGHT and isinstance(header.operation, Post)
    ]
    holds += [
        (change.deferred.key, change.deferred.operation)
        for change in plan.changes
        if change.sums is not None and change.status is Status.INFLIGHT and isinstance(change.deferred.operation, Post)
    ]
    wanted = [
        (key, what, at)
        for key, post in holds
        for what, at in ((EXPIRE, post.expires_at), (COMMIT, post.commits_at))
        if at is not None
    ]
    if wanted:
        keys, whats, times = zip(*wanted, strict=True)
        await connection.execute(_QUERIES.add, as_array(keys), list(whats), list(times))
    resolved = {
        transition.parent.key
        for transition in plan.transitions
        if transition.parent.is_timed and not transition.parent.remaining
    }
    if resolved:
        await connection.execute(_QUERIES.drop, as_array(resolved))


async def _write_deferred(connection: asyncpg.Connection, plan: Plan) -> None:
    """What is deferred is due without a time where it is queued, at its time where it is scheduled, and not at all
    while it is in review. Of a split the header is due, not its legs."""
    changed = {
        change.deferred.key: (change.status, change.scheduled_at)
        for change in plan.changes
        if change.deferred.header_id is None
    }
    if changed:
        await connection.execute(_QUERIES.drop, as_array(changed))
    accepted = {
        plan.block.hex(header.ordinal): (header.status, header.transaction.scheduled_at)
        for header in plan.headers
        if header.transaction.deferred_as is not None and header.transaction.header_id is None
    }
    wanted = [
        (key, APPLY, None if status is Status.QUEUED else at)
        for key, (status, at) in (accepted | changed).items()
        if status in (Status.QUEUED, Status.SCHEDULED)
    ]
    if wanted:
        keys, whats, moments = zip(*wanted, strict=True)
        await connection.execute(_QUERIES.add, as_array(keys), list(whats), list(moments))


async def find(connection: asyncpg.Connection, limit: int) -> list[Due]:
    """What is due now by the database's clock, the oldest first."""
    rows = await connection.fetch(_QUERIES.find, limit)
    return [Due(encode(TRANSACTION, row[0].int), row["what"], row[0].hex, row["commits_first"]) for row in rows]


async def lease(connection: asyncpg.Connection, name: str, holder: uuid.UUID, length: timedelta) -> bool:
    """Whether this holder may work on a list for so long; again and again while it asks in time."""
    return bool(await connection.fetchval(_QUERIES.lease, name, holder, length))


async def postpone(connection: asyncpg.Connection, rejected: Sequence[Postponed]) -> None:
    """Try these again later: something that may change stands against them. What else is to happen to the same
    transactions keeps its time. What needs a balance that is no longer frozen stays due."""
    keys, whats = as_array(postponed.due.key for postponed in rejected), [postponed.due.what for postponed in rejected]
    async with connection.transaction():
        frozen = [row["id"] for row in await connection.fetch(_QUERIES.lock_frozen, keys)]
        is_frozen = [postponed.is_frozen for postponed in rejected]
        await connection.execute(_QUERIES.postpone, keys, whats, is_frozen, POSTPONED_BY, frozen)


async def bring_forward(connection: asyncpg.Connection, balance_id: uuid.UUID) -> None:
    """What was rejected because this balance was frozen is due now. Under the balance's lock, in the commit that
    unfreezes it."""
    await connection.execute(_QUERIES.bring_forward, balance_id, POSTPONED_BY)


class Lateness(NamedTuple):
    """For how many seconds the oldest of each list has been due; 0 where nothing is."""

    timed: float
    queued: float


async def lateness(connection: asyncpg.Connection) -> Lateness:
    """How late the work is, by the database's clock."""
    return Lateness(*await connection.fetchrow(_QUERIES.lateness))
