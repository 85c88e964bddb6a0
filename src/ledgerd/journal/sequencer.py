"""Gives committed journal rows their positions and links the hash chain.

There is no leader: every process ticks. The process that locks the head row places all visible
commits, and the others skip the tick. Positions have no gaps by construction, and the end of a
process does no harm. Posting never waits for the sequencer.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.chain import link
from ledgerd.journal.head import chain_at
from ledgerd.outage import Outage
from ledgerd.pause import pause
from ledgerd.store import commits, errors, queries
from ledgerd.wakeups.head import Head, Place

_QUERIES = queries.JOURNAL

TICK_SECONDS_MIN = 0.005
"""The pause after a tick: commits of this time share the next tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much a tick places, and how often the sequencer ticks."""

    tick_commits_max: int = 5_000
    poll_seconds: float = 0.5
    """The time between two ticks without a wake-up, for commits of processes that ended before they placed them."""
    away_seconds: float = 1.0


USUAL = Settings()


class Tick(NamedTuple):
    """The head after a tick, the number of placed commits, and the chain's hash at the place known before."""

    head: Place
    placed: int
    chain_at_known: bytes | None


async def tick(
    connection: asyncpg.Connection,
    channel: str,
    known: Place,
    announce: Callable[[int], None] = lambda _: None,
    settings: Settings = USUAL,
) -> Tick | None:
    """Place every visible commit and notify the channel. Returns None if another process is placing.

    The head does not move if there is nothing to place. ``announce`` gets the new position before the channel does.
    """
    async with commits.transaction(connection):
        head = await connection.fetchrow(_QUERIES.take_head, known.position)
        if head is None:
            return None
        position, chain = head["position"], head["chain"]
        positions, journal_ids, links = [], [], []
        for row in await connection.fetch(_QUERIES.take_unplaced, settings.tick_commits_max):
            position += 1
            chain = link(
                chain, position=position, journal_key=row["id"].hex, entries=row["entries"], digest=row["digest"]
            )
            positions.append(position)
            journal_ids.append(row["id"])
            links.append(chain)
        if positions:
            announce(position)
            await connection.execute(_QUERIES.place, positions, journal_ids, links, position, chain, channel)
    return Tick(Place(head["epoch"], position, chain), len(positions), chain_at(known.position, head["chain_known"]))


async def run(
    pool: asyncpg.Pool,
    channel: str,
    head: Head,
    wake: asyncio.Event,
    stop: asyncio.Event,
    *,
    placed: asyncio.Event | None = None,
    settings: Settings = USUAL,
) -> None:
    """Tick after every wake-up until stop is set. ``placed`` is set after each tick that placed a commit."""
    outage = Outage("sequencer")
    while not stop.is_set():
        await pause(wake, settings.poll_seconds)
        wake.clear()
        known = head.place
        try:
            async with pool.acquire() as connection:
                done = await tick(connection, channel, known, head.announce, settings)
        except Exception as error:
            if not errors.is_passing(error):
                raise
            outage.failed(error)
            head.announce(0)  # Another process may reach that position.
            await pause(stop, settings.away_seconds)
            wake.set()
            continue
        outage.passed()
        if done is None:
            # Another process is placing and may have read just before our commit: tick again.
            wake.set()
        else:
            if done.placed == settings.tick_commits_max:
                # The tick was full, and the wake-up of the other commits is used: tick again.
                wake.set()
            head.learn(known, done.head, done.chain_at_known)
            if placed is not None and done.placed:
                placed.set()
        await asyncio.sleep(TICK_SECONDS_MIN)
