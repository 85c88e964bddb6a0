"""Commits made by hand: a journal row each, and nothing else."""

import hashlib
import uuid
from datetime import UTC, datetime

import asyncpg

from ledgerd.journal import head as journal_head
from ledgerd.journal import sequencer
from ledgerd.store import queries
from ledgerd.wakeups.head import Head

_WRITE = queries.POSTING.write_journal


async def commit(connection: asyncpg.Connection, name: str) -> uuid.UUID:
    """A commit's journal row; its id is made from its name."""
    journal_id = uuid.uuid5(uuid.NAMESPACE_URL, name)
    digest = hashlib.sha256(name.encode()).digest()
    await connection.execute(_WRITE, journal_id, 1, digest, 1, datetime.now(UTC))
    return journal_id


async def tick(connection: asyncpg.Connection) -> int | None:
    """Place what is committed; the new head's position, or None if another process is placing."""
    channel = await journal_head.channel(connection)
    done = await sequencer.tick(connection, channel, Head().place)
    return None if done is None else done.head.position


async def move(connection: asyncpg.Connection, position: int) -> None:
    """Commit and place until the head is at this position."""
    for number in range(await connection.fetchval("SELECT position FROM journal_head"), position):
        await commit(connection, f"commit {number}")
    assert await tick(connection) == position
