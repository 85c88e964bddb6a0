"""The connections of one process: a pool for each purpose, so that none keeps another waiting."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, fields

import asyncpg

from ledgerd.store import pool

UPKEEP_CONNECTIONS = 11
"""One each for the sequencer, the look at the head, six loops of the workers, the two uploads that are read and
the run that is worked on; the watchdog has its own."""
JOURNAL_CONNECTIONS = 3
_CLOSE_SECONDS = 5

_BESIDE_OTHERS = {
    # A parallel scan would leave no processor for reads by id.
    "max_parallel_workers_per_gather": "0",
}


@dataclass(frozen=True, slots=True)
class Pools:
    """All pools of a process. The pools, the watchdog's connection and the connection that listens for wake-ups are all
    that a process takes of PostgreSQL's `max_connections`."""

    posting: asyncpg.Pool
    """The write path."""
    upkeep: asyncpg.Pool
    """Work without a call: the sequencer, reads of the head, the workers."""
    journal: asyncpg.Pool
    """Watches, and calls that wait for a transaction."""
    calls: asyncpg.Pool
    """Callers' short reads, and administrative writes."""
    costly: asyncpg.Pool
    """Reads that scan many rows."""

    def by_purpose(self) -> dict[str, asyncpg.Pool]:
        """The pools by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    async def close(self) -> None:
        """Close every connection. Each pool has some seconds for it."""
        for opened_pool in self.by_purpose().values():
            try:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await opened_pool.close()
            except TimeoutError:
                opened_pool.terminate()


async def open_pools(
    dsn: str,
    *,
    posting: int,
    previews: int,
    calls: int,
    costly: int,
    read_seconds: float,
    settings: Mapping[str, str],
) -> Pools:
    """Open all pools, with so many connections for posting, for previews, for calls and for costly reads. ``settings``
    are for every session; a statement of a read may take ``read_seconds``."""
    bounded = {**settings, **_BESIDE_OTHERS, "statement_timeout": f"{int(read_seconds * 1000)}ms"}
    opened: dict[str, asyncpg.Pool] = {}
    try:
        opened["posting"] = await pool.open_posting_pool(
            dsn, min_size=posting, max_size=posting + previews, settings=settings
        )
        opened["upkeep"] = await pool.open_pool(dsn, min_size=1, max_size=UPKEEP_CONNECTIONS, settings=settings)
        opened["journal"] = await pool.open_pool(dsn, min_size=1, max_size=JOURNAL_CONNECTIONS, settings=settings)
        opened["calls"] = await pool.open_pool(dsn, min_size=1, max_size=calls, settings=bounded)
        opened["costly"] = await pool.open_pool(dsn, min_size=0, max_size=costly, settings=bounded)
    except BaseException:
        for opened_pool in opened.values():
            opened_pool.terminate()
        raise
    return Pools(**opened)
