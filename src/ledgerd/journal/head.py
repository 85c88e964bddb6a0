"""Looks where the journal stands, after every wake-up and every so often without one."""

import asyncio
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.chain import GENESIS
from ledgerd.pause import pause
from ledgerd.store import errors, queries
from ledgerd.wakeups.head import Head, Place

_QUERIES = queries.JOURNAL

POLL_SECONDS = 0.5
"""The floor beneath every wake-up: all of them may be lost."""
LOOK_SECONDS_MIN = 0.005
"""The pause after a look, however many wake-ups come."""
AWAY_SECONDS = 1.0
_POSITION_MAX = (1 << 63) - 1


class Look(NamedTuple):
    """Where the journal stands, and the chain's hash at the position that was asked about, None where there is none."""

    place: Place
    chain: bytes | None


async def look(connection: asyncpg.Connection, head: Head, position: int = 0) -> Look:
    """Ask the database where the journal stands, and what its chain's hash was at a position; tell the head."""
    known = head.place
    requested = min(position, _POSITION_MAX)
    row = await connection.fetchrow(_QUERIES.head, known.position, requested)
    place = Place(row["epoch"], row["position"], row["chain"])
    head.learn(known, place, chain_at(known.position, row["chain_known"]))
    return Look(place, chain_at(requested, row["chain_requested"]))


def chain_at(position: int, found: bytes | None) -> bytes | None:
    """The chain's hash at a position. Before the first commit it has one without a row."""
    return found if position else GENESIS


async def run(pool: asyncpg.Pool, head: Head, stop: asyncio.Event, *, poll_seconds: float = POLL_SECONDS) -> None:
    """Look after every hint until stop is set. While the database is away the sequencer says so."""
    while not stop.is_set():
        await pause(head.hinted, poll_seconds)
        head.hinted.clear()
        try:
            async with pool.acquire() as connection:
                await look(connection, head)
        except Exception as error:
            if not errors.is_passing(error):
                raise
            await pause(stop, AWAY_SECONDS)
        await asyncio.sleep(LOOK_SECONDS_MIN)


async def channel(connection: asyncpg.Connection) -> str:
    """The name under which this ledger's wake-ups are sent in its database, which may hold several ledgers."""
    name: str = await connection.fetchval(_QUERIES.channel)
    return name
