"""The work list of the background workers: what is to happen automatically, and when.

A row stands in the list from the commit that adds the work until the commit that does it or makes it needless. A worker
only nominates transactions. The write path decides whether there is still something to do.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.ids import TRANSACTION, encode
from ledgerd.core.model.operation import AdjustHold, Post
from ledgerd.core.plan import Plan
from ledgerd.store import queries
from ledgerd.store.sql import as_array

_QUERIES = queries.DUE

EXPIRE, COMMIT, APPLY = "EXPIRE", "COMMIT", "APPLY"

POSTPONED_BY = timedelta(seconds=30)
"""The time until rejected work is tried again, unless its obstacle ends before: see bring_forward."""


class Due(NamedTuple):
    """Work whose time had come at ``seen_at``. ``key`` is the transaction's id as SQL takes it. ``commits_first`` is
    true for the expiry of a hold that should have been committed before, and was not yet."""

    transaction_id: str
    what: str
    key: str
    commits_first: bool
    seen_at: datetime


class Postponed(NamedTuple):
    """Work that was rejected, because a balance is frozen or for another reason."""

    due: Due
    is_frozen: bool


async def write(connection: asyncpg.Connection, plan: Plan) -> None:
    """Add the work that the plan makes due, and delete the work that it made needless. Call it under the locks of the
    balances: then, for each source, deferred transactions have numbers in the order in which they were deferred."""
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
    await _move(connection, plan)
    # By the status that this plan gave it: a later batch may have resolved the hold in the Book, and fail yet.
    resolved = {
        transition.parent.key
        for transition in plan.transitions
        if transition.parent.is_timed and transition.status is not Status.INFLIGHT
    }
    if resolved:
        await connection.execute(_QUERIES.drop, as_array(resolved))


async def _move(connection: asyncpg.Connection, plan: Plan) -> None:
    """Give the work on adjusted holds its new times."""
    moved = {
        (movement.transition.parent.key, what): at
        for movement in plan.movements
        if movement.transition is not None and isinstance(movement.operation, AdjustHold)
        for what, at in ((EXPIRE, movement.operation.expires_at), (COMMIT, movement.operation.commits_at))
        if at is not None
    }
    if moved:
        keys, whats = zip(*moved, strict=True)
        await connection.execute(_QUERIES.move, as_array(keys), list(whats), list(moved.values()))


async def _write_deferred(connection: asyncpg.Connection, plan: Plan) -> None:
    """A queued transaction is due without a time, a scheduled one at its time, and one in review not at all. Of a split
    the header is due, not its legs."""
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
    """The work that is due now by the database's clock, the oldest first."""
    rows = await connection.fetch(_QUERIES.find, limit)
    return [
        Due(encode(TRANSACTION, row[0].int), row["what"], row[0].hex, row["commits_first"], row["seen_at"])
        for row in rows
    ]


async def lease(connection: asyncpg.Connection, name: str, holder: uuid.UUID, length: timedelta) -> bool:
    """Get or renew the lease of a work list for ``length``. Returns whether this holder has it."""
    return bool(await connection.fetchval(_QUERIES.lease, name, holder, length))


async def release(connection: asyncpg.Connection, name: str, holder: uuid.UUID) -> None:
    """End the lease of a work list, if this holder has it."""
    await connection.execute(_QUERIES.release, name, holder)


async def postpone(connection: asyncpg.Connection, rejected: Sequence[Postponed]) -> None:
    """Set a later time for rejected work: its obstacle may end. Other work for the same transactions keeps its time.
    Work on a balance that is no longer frozen stays due."""
    keys, whats = as_array(postponed.due.key for postponed in rejected), [postponed.due.what for postponed in rejected]
    async with connection.transaction():
        frozen = [row["id"] for row in await connection.fetch(_QUERIES.lock_frozen, keys)]
        is_frozen = [postponed.is_frozen for postponed in rejected]
        await connection.execute(_QUERIES.postpone, keys, whats, is_frozen, POSTPONED_BY, frozen)


async def bring_forward(connection: asyncpg.Connection, balance_id: uuid.UUID) -> None:
    """Make work due now that was rejected because this balance was frozen. Call it under the balance's lock, in the
    commit that unfreezes the balance."""
    await connection.execute(_QUERIES.bring_forward, balance_id, POSTPONED_BY)


class Lateness(NamedTuple):
    """For how many seconds the oldest work of each list has been due; 0 where none is due."""

    timed: float
    queued: float


async def lateness(connection: asyncpg.Connection) -> Lateness:
    """How late the work is, by the database's clock."""
    return Lateness(*await connection.fetchrow(_QUERIES.lateness))
