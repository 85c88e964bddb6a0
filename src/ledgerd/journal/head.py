"""Reads the head of the journal after every wake-up, and at intervals without a wake-up."""

import asyncio
from typing import NamedTuple

import asyncpg

from ledgerd.core.model.chain import GENESIS
from ledgerd.pause import pause
from ledgerd.store import errors, queries
from ledgerd.wakeups.head import Head, Place

_QUERIES = queries.JOURNAL

POLL_SECONDS = 0.5
"""The longest time between two reads: every wake-up may be lost."""
LOOK_SECONDS_MIN = 0.005
"""The pause after a read, however many wake-ups come."""
AWAY_SECONDS = 1.0
_POSITION_MAX = (1 << 63) - 1


class Look(NamedTuple):
    """The head of the journal, and the chain's hash at the requested position, None where there is none."""

    place: Place
    chain: bytes | None


async def look(connection: asyncpg.Connection, head: Head, position: int = 0) -> Look:
    """Read the head of the journal, and the chain's hash at a position. The known head learns the new one."""
    known = head.place
    requested = min(position, _POSITION_MAX)
    row = await connection.fetchrow(_QUERIES.head, known.position, requested)
    place = Place(row["epoch"], row["position"], row["chain"])
    head.learn(known, place, chain_at(known.position, row["chain_known"]))
    return Look(place, chain_at(requested, row["chain_requested"]))


def chain_at(position: int, found: bytes | None) -> bytes | None:
    """The chain's hash at a position. Position 0, before the first commit, has a hash without a row."""
    return found if position else GENESIS


async def run(pool: asyncpg.Pool, head: Head, stop: asyncio.Event, *, poll_seconds: float = POLL_SECONDS) -> None:
    """Read the head after every hint until stop is set. The sequencer logs when the database is unavailable."""
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
    """The name of this ledger's wake-ups in its database, which may have more than one ledger."""
    name: str = await connection.fetchval(_QUERIES.channel)
    return name
