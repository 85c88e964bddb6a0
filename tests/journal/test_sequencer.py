"""Positions: no gaps, causes before effects, one chain, whoever places them."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from ledgerd.journal import head as journal_head
from ledgerd.journal import sequencer
from ledgerd.store import pool
from ledgerd.wakeups.head import Head
from tests.journal.commits import commit, tick
from tests.rpc import wire

NEVER_SECONDS = 3_600.0
PATIENCE_SECONDS = 120


@pytest.fixture
async def others(dsn: str) -> AsyncIterator[list[asyncpg.Connection]]:
    """Three more connections to the test's database: other processes."""
    connections = [await asyncpg.connect(dsn) for _ in range(3)]
    for each in connections:
        await pool.prepare(each)
    yield connections
    for each in connections:
        await each.close()


async def placed(connection: asyncpg.Connection) -> list[uuid.UUID]:
    """The commits in order of position; there must be no gap."""
    rows = await connection.fetch("SELECT position, journal_id FROM positions ORDER BY position")
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["journal_id"] for row in rows]


async def proven_head(connection: asyncpg.Connection) -> tuple[int, bytes]:
    """The head as it follows from the commits alone, computed here a second time."""
    chain, position = bytes(32), 0
    rows = await connection.fetch(
        "SELECT p.position, p.chain, j.id, j.entries, j.digest FROM positions p JOIN journal j ON j.id = p.journal_id"
        " ORDER BY p.position"
    )
    for row in rows:
        position += 1
        told = position.to_bytes(8, "big") + row["id"].bytes + row["entries"].to_bytes(4, "big") + row["digest"]
        chain = hashlib.sha256(chain + told).digest()
        assert (row["position"], row["chain"]) == (position, chain)
    return position, chain


async def test_what_is_committed_is_placed_once(connection: asyncpg.Connection) -> None:
    wanted = [await commit(connection, f"c{number}") for number in range(3)]
    assert await tick(connection) == 3
    assert await tick(connection) == 3
    assert await placed(connection) == wanted
    assert await connection.fetchval("SELECT count(*) FROM journal_unplaced") == 0


async def test_the_chain_follows_from_the_commits(connection: asyncpg.Connection) -> None:
    for number in range(5):
        await commit(connection, f"c{number}")
        await tick(connection)
    head = await connection.fetchrow("SELECT position, chain FROM journal_head")
    assert (head["position"], head["chain"]) == await proven_head(connection)


async def test_a_commit_under_way_keeps_nobody_waiting(
    connection: asyncpg.Connection, others: list[asyncpg.Connection]
) -> None:
    slow, quick, _ = others
    async with slow.transaction():
        late = await commit(slow, "drew its order first")
        early = await commit(quick, "was seen first")
        assert await tick(connection) == 1
    assert await tick(connection) == 2
    assert await placed(connection) == [early, late]


async def test_only_one_process_places_at_a_time(
    connection: asyncpg.Connection, others: list[asyncpg.Connection]
) -> None:
    await commit(connection, "c")
    async with others[0].transaction():
        await others[0].execute("SELECT FROM journal_head FOR UPDATE")
        assert await tick(others[1]) is None
    assert await tick(others[1]) == 1


async def test_a_process_that_dies_while_it_places_costs_nothing(
    connection: asyncpg.Connection, others: list[asyncpg.Connection]
) -> None:
    wanted = [await commit(connection, f"c{number}") for number in range(3)]
    dying = others[0].get_server_pid()
    async with asyncio.timeout(30), connection.transaction():
        await connection.execute("LOCK TABLE positions IN SHARE MODE")
        placing = asyncio.create_task(tick(others[0]))
        while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted", dying):
            await asyncio.sleep(0.005)
        await connection.execute("SELECT pg_terminate_backend($1, 5000)", dying)
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await placing
    assert await placed(connection) == []
    assert await tick(others[1]) == 3
    assert await placed(connection) == wanted


async def test_two_sequencers_at_work_leave_no_gap(
    connection: asyncpg.Connection, others: list[asyncpg.Connection]
) -> None:
    writer, *placing = others
    written = asyncio.Event()

    async def write() -> list[uuid.UUID]:
        made = [await commit(writer, f"c{number}") for number in range(300)]
        written.set()
        return made

    async def place(by: asyncpg.Connection) -> None:
        while not written.is_set():
            await tick(by)

    made, *_ = await asyncio.gather(write(), *(place(each) for each in placing))
    await tick(connection)
    assert await placed(connection) == made  # One writer: the order is that of its commits.
    await proven_head(connection)


@asynccontextmanager
async def sequencing(dsn: str, settings: sequencer.Settings) -> AsyncIterator[Head]:
    """A sequencer at work, that is woken once and does not look on its own."""
    connections = await pool.open_pool(dsn, min_size=1, max_size=1)
    head, wake, stop = Head(), asyncio.Event(), asyncio.Event()
    wake.set()
    async with connections.acquire() as connection:
        channel = await journal_head.channel(connection)
    running = asyncio.create_task(sequencer.run(connections, channel, head, wake, stop, settings=settings))
    yield head
    stop.set()
    wake.set()
    await running
    await connections.close()


async def reaches(head: Head, position: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (place := head.place).position < position:
            await head.change(place, seconds=PATIENCE_SECONDS)


async def test_more_commits_than_one_tick_takes_do_not_wait_for_the_poll(
    dsn: str, connection: asyncpg.Connection
) -> None:
    wanted = [await commit(connection, f"c{number}") for number in range(7)]
    async with sequencing(dsn, sequencer.Settings(tick_commits_max=2, poll_seconds=NEVER_SECONDS)) as head:
        await reaches(head, 7)
    assert await placed(connection) == wanted


@pytest.mark.parametrize("state", ["53100", "53200", "25006", "57014", "40001"])
async def test_the_sequencer_survives_what_passes(dsn: str, connection: asyncpg.Connection, state: str) -> None:
    """A full disk, no memory, a standby, a statement that takes too long, a lost race."""
    await connection.execute(_FAIL.format(state=state))
    await commit(connection, "c")
    async with sequencing(dsn, sequencer.Settings(away_seconds=0.01, poll_seconds=NEVER_SECONDS)) as head:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await connection.fetchval("SELECT last_value > 1 FROM failures"):
                await asyncio.sleep(0.005)
        await connection.execute("DROP TRIGGER fail ON positions")
        await reaches(head, 1)


_FAIL = """
CREATE SEQUENCE failures;
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM nextval('failures');
    RAISE EXCEPTION 'a test' USING ERRCODE = '{state}';
END $$;
CREATE TRIGGER fail BEFORE INSERT ON positions EXECUTE FUNCTION fail();
"""


async def test_causes_come_before_effects_with_two_servers_on_the_same_balances(
    dsn: str, connection: asyncpg.Connection
) -> None:
    async with wire.two_servers(dsn) as servers:
        calls = [
            wire.record(server, wire.from_world(f"{number}-{place}", f"@S{place % 3}", 1))
            for place in range(60)
            for number, server in enumerate(servers)
        ]
        await asyncio.gather(*calls)
    await tick(connection)
    rows = await connection.fetch(_ALONG_BALANCES)
    assert len(rows) == 240
    assert [row for row in rows if row["position"] < (row["before"] or 0)] == []
    await placed(connection)
    await proven_head(connection)


_ALONG_BALANCES = """
WITH moved AS (
    SELECT id, source_id AS balance_id, source_version AS version FROM transactions
    UNION ALL SELECT id, destination_id, destination_version FROM transactions
), placed AS (
    SELECT m.balance_id, m.version, p.position
    FROM moved m
    JOIN LATERAL (SELECT id FROM journal WHERE id < m.id ORDER BY id DESC LIMIT 1) j ON true
    JOIN positions p ON p.journal_id = j.id
)
SELECT balance_id, version, position, lag(position) OVER (PARTITION BY balance_id ORDER BY version) AS before
FROM placed
"""
