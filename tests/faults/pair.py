"""A primary and its synchronous standby, and the address under which the one that takes writes is reached."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import asyncpg

from tests.faults.address import Relay, relay_to
from tests.faults.postgres import Postgres, own_postgres

_IN_STEP = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


class Commit(NamedTuple):
    """A commit that waits: by which backend, and since when."""

    backend: int
    since: datetime


@dataclass
class Pair:
    """``address`` is where services connect, ``link`` what the standby follows the primary through."""

    primary: str
    standby: str
    writer: Postgres
    """The PostgreSQL that takes writes."""
    next_writer: Postgres
    address: Relay
    link: Relay

    async def make_old_read_only(self) -> None:
        """What a planned switch-over does first."""
        await _execute(self.primary, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")

    async def take_over(self) -> None:
        """Make the standby the primary, and move the address there. The old one stays up."""
        await _execute(
            self.standby,
            "ALTER SYSTEM SET synchronous_standby_names = ''",
            "SELECT pg_reload_conf()",
            "SELECT pg_promote()",
        )
        self.address.point_to(self.standby)
        self.writer = self.next_writer

    async def commit_under_way(self, connection: asyncpg.Connection, *, other_than: Sequence[Commit] = ()) -> Commit:
        """Wait until a commit on the primary, other than these, waits for the standby."""
        async with asyncio.timeout(60):
            while True:
                rows = await connection.fetch(
                    "SELECT pid, query_start FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                )
                for found in {Commit(*row) for row in rows} - {*other_than}:
                    return found
                await asyncio.sleep(0.01)


@asynccontextmanager
async def open_pair() -> AsyncIterator[Pair]:
    """Both, with the schema; every commit waits until the standby has it."""
    async with AsyncExitStack() as stack:
        primary = await stack.enter_async_context(own_postgres())
        link = await stack.enter_async_context(relay_to(primary.dsn))
        standby = await stack.enter_async_context(own_postgres(standby_of=link.directory))
        address = await stack.enter_async_context(relay_to(primary.dsn))
        await _execute(primary.dsn, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        async with asyncio.timeout(60):
            while not await _fetchval(primary.dsn, _IN_STEP):
                await asyncio.sleep(0.05)
        yield Pair(primary.dsn, standby.dsn, primary, standby, address, link)


async def _execute(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _fetchval(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
