"""One view of the database for all connections of a proof, and how they plan."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.VERIFY


@asynccontextmanager
async def snapshot(connection: asyncpg.Connection, helpers: Sequence[asyncpg.Connection]) -> AsyncIterator[None]:
    """All connections see the database as of one moment, without a time limit."""
    async with AsyncExitStack() as stack:
        for member in (connection, *helpers):
            await stack.enter_async_context(member.transaction(isolation="repeatable_read", readonly=True))
        if helpers:
            name = await connection.fetchval(_QUERIES.export_snapshot)
            for helper in helpers:
                await helper.execute(f"SET TRANSACTION SNAPSHOT '{name}'")
        for member in (connection, *helpers):
            await member.execute(_QUERIES.without_time_limit)
        yield


async def plan_for_single_commits(connection: asyncpg.Connection) -> None:
    """Let PostgreSQL plan the next statements for reads by id."""
    await connection.execute(_QUERIES.for_single_commits)


async def plan_for_the_whole(connection: asyncpg.Connection) -> None:
    """Let PostgreSQL plan the next statements for reads of whole tables."""
    await connection.execute(_QUERIES.for_the_whole)
