"""What is to happen by itself, and when: the work list of the background workers.

A row stands here from the commit that asks for it until the commit that makes it needless, so a worker
only ever nominates; whether anything is still to be done is decided where all money is.
"""

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg

from ledgerd.core.book import Plan
from ledgerd.core.figures import Kind, Status
from ledgerd.core.ids import TRANSACTION, decode_hex, encode
from ledgerd.core.operation import Post
from ledgerd.store import sql
from ledgerd.store.sql import as_array

_QUERIES = sql.load("due.sql")

EXPIRE, COMMIT = "EXPIRE", "COMMIT"


class Due(NamedTuple):
    """Something whose time has come."""

    transaction_id: str
    what: str


async def write(connection: asyncpg.Connection, plan: Plan) -> None:
    """Note what the plan's movements ask for, and drop what they made needless."""
    # Of a split the lead is due, not its legs.
    holds = [
        (one.ordinal, one.operation)
        for one in plan.movements
        if one.kind is Kind.HOLD and one.lead_id is None and isinstance(one.operation, Post)
    ]
    holds += [
        (one.ordinal, one.operation)
        for one in plan.records
        if one.status is Status.INFLIGHT and isinstance(one.operation, Post)
    ]
    wanted = [
        (plan.block.hex(ordinal), what, at)
        for ordinal, post in holds
        for what, at in ((EXPIRE, post.expires_at), (COMMIT, post.commits_at))
        if at is not None
    ]
    if wanted:
        keys, whats, times = zip(*wanted, strict=True)
        await connection.execute(_QUERIES.add, as_array(keys), list(whats), list(times))
    settled = {one.original.key for one in plan.settlements if one.original.is_timed and not one.original.remaining}
    if settled:
        await connection.execute(_QUERIES.drop, as_array(settled))


async def find(connection: asyncpg.Connection, limit: int) -> list[Due]:
    """What is due now by the database's clock, the oldest first."""
    rows = await connection.fetch(_QUERIES.find, limit)
    return [Due(encode(TRANSACTION, row["transaction_id"].int), row["what"]) for row in rows]


async def lease(connection: asyncpg.Connection, name: str, holder: uuid.UUID, length: timedelta) -> bool:
    """Whether this holder may work on a list for so long; again and again while it asks in time."""
    return bool(await connection.fetchval(_QUERIES.lease, name, holder, length))


async def postpone(connection: asyncpg.Connection, ids: list[str], until: datetime) -> None:
    """Try these transactions again later: something that may change stands against them."""
    keys = [key for key in (decode_hex(TRANSACTION, one) for one in ids) if key is not None]
    await connection.execute(_QUERIES.postpone, as_array(keys), until)
