"""Gives committed journal rows their positions and links the hash chain.

There is no leader: every process ticks, whoever gets the head row places what is visible, the
others skip. Positions have no gaps by construction, and a process that dies costs nothing. Posting
never waits for this.
"""

import asyncio

import asyncpg
import structlog

from ledgerd.core.chain import link
from ledgerd.fanout.head import Head
from ledgerd.pause import pause
from ledgerd.store import errors, sql

log = structlog.get_logger()
_QUERIES = sql.load("journal.sql")

TICK_COMMITS_MAX = 5_000
TICK_SECONDS_MIN = 0.005
"""The pause after a tick: what commits meanwhile shares the next one."""
POLL_SECONDS = 0.5
"""Without a wake-up it looks this often, for commits of processes that died before placing them."""
AWAY_SECONDS = 1.0


async def tick(connection: asyncpg.Connection) -> int | None:
    """Place every visible commit. Returns the new head, or None if another process is placing.

    The head does not move if there is nothing to place.
    """
    async with connection.transaction():
        head = await connection.fetchrow(_QUERIES.take_head)
        if head is None:
            return None
        position, chain = head["position"], head["chain"]
        positions, journal_ids, links = [], [], []
        for row in await connection.fetch(_QUERIES.take_unplaced, TICK_COMMITS_MAX):
            position += 1
            chain = link(
                chain, position=position, journal_key=row["id"].hex, entries=row["entries"], digest=row["digest"]
            )
            positions.append(position)
            journal_ids.append(row["id"])
            links.append(chain)
        if positions:
            await connection.execute(_QUERIES.place, positions, journal_ids, links, position, chain)
        return int(position)


async def run(pool: asyncpg.Pool, head: Head, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Tick after every wake-up until stop is set."""
    seen = 0
    while not stop.is_set():
        await pause(wake, POLL_SECONDS)
        wake.clear()
        try:
            async with pool.acquire() as connection:
                placed = await tick(connection)
        except Exception as error:
            if not errors.is_passing(error):
                raise
            log.warning("the sequencer cannot place commits", error=type(error).__name__)
            await pause(stop, AWAY_SECONDS)
            wake.set()
            continue
        if placed is None:
            # Another process is placing and may have looked just before our commit: look again.
            wake.set()
        else:
            if placed - seen >= TICK_COMMITS_MAX:
                # That may have been as much as a tick takes, and the rest has had its wake-up.
                wake.set()
            seen = placed
            head.advance(placed)
        await asyncio.sleep(TICK_SECONDS_MIN)


async def read_head(connection: asyncpg.Connection) -> tuple[str, int]:
    """The epoch and the last position."""
    row = await connection.fetchrow(_QUERIES.head)
    return row["epoch"], row["position"]
