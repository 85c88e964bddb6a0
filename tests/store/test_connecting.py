"""Connections lead to a server that takes writes, or end."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from ledgerd.store import commits, connecting, errors, pool
from ledgerd.store.connecting import Connector, _hosts
from tests.faults.address import socket_directory


@pytest.fixture
async def connections(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool of one connection."""
    opened = await pool.open_pool(dsn, min_size=1, max_size=1)
    yield opened
    await opened.close()


@pytest.fixture
def silent() -> Iterator[int]:
    """A port where connections are taken, and nothing is ever answered."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    ("dsn", "hosts"),
    [
        ("postgresql://u:p@a:1,b:2/x", [("a", 1), ("b", 2)]),
        ("postgresql://u:p@a,b/x", [("a", 5432), ("b", 5432)]),
        ("postgresql://[::1]:1,[::2],c/x", [("::1", 1), ("::2", 5432), ("c", 5432)]),
        ("postgresql:///x?host=/run/a,/run/b&port=1,2", [("/run/a", 1), ("/run/b", 2)]),
        ("postgresql:///x?host=/run/a,b&port=7", [("/run/a", 7), ("b", 7)]),
        ("postgresql://%2Frun%2Fa,b:3/x", [("/run/a", 5432), ("b", 3)]),
        ("postgresql://u@a:1/x", [None]),
        ("postgresql:///x?host=/run/a", [None]),
    ],
)
def test_the_hosts_of_a_url(dsn: str, hosts: list[object]) -> None:
    assert _hosts(dsn) == hosts


async def test_a_silent_host_does_not_keep_the_next_from_being_asked(dsn: str, silent: int) -> None:
    name = dsn.partition("?")[0].rpartition("/")[2]
    connector = Connector(f"postgresql://postgres@/{name}?host=127.0.0.1,{socket_directory(dsn)}&port={silent},5432")
    for _ in range(2):
        connection = await connector()
        assert await connection.fetchval("SELECT current_database()") == name
        await connection.close()
    assert connector._hosts[0] == (str(socket_directory(dsn)), 5432)


async def test_where_no_host_answers_what_one_says_is_told(dsn: str, silent: int) -> None:
    connector = Connector(f"postgresql://postgres@/none?host={socket_directory(dsn)},127.0.0.1&port=5432,{silent}")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await connector()


async def test_a_server_that_is_read_only_is_none(dsn: str) -> None:
    with pytest.raises(asyncpg.TargetServerAttributeNotMatched):
        await connecting.connect(f"{dsn}&default_transaction_read_only=on")


async def test_a_connection_to_a_server_that_became_read_only_is_not_used_again(connections: asyncpg.Pool) -> None:
    async with connections.acquire() as connection:
        before = connection.get_server_pid()
        await connection.execute("SET default_transaction_read_only = on")
    async with connections.acquire() as connection:
        assert connection.get_server_pid() != before
        assert await connection.fetchval("SHOW transaction_read_only") == "off"


async def test_a_write_that_is_rejected_as_read_only_ends_its_connection(connections: asyncpg.Pool) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with connections.acquire() as connection, commits.transaction(connection, begin="BEGIN READ ONLY"):
            before = connection.get_server_pid()
            await connection.execute("UPDATE journal_head SET position = position")
    async with connections.acquire() as connection:
        assert connection.get_server_pid() != before


async def test_connections_to_a_server_that_was_left_end_whatever_they_wait_for(
    dsn: str, connections: asyncpg.Pool
) -> None:
    async with connections.acquire() as connection:
        waiting = asyncio.ensure_future(connection.execute("SELECT pg_sleep(60)"))
        await asyncio.sleep(0)
        assert connecting.end_all_but(dsn, connection.server) == 0
        assert connecting.end_all_but(dsn, "another one") == 1
        with pytest.raises(asyncpg.ConnectionDoesNotExistError):
            await waiting
    assert await connections.fetchval("SELECT 1") == 1


@pytest.mark.parametrize("steps", [1, 2, 3])
async def test_a_connection_that_ends_between_two_steps_is_lost_and_no_bug(
    dsn: str, connections: asyncpg.Pool, steps: int
) -> None:
    """The query needs several steps, to learn about the type. The answer of one has arrived, the next is not asked."""
    async with connections.acquire() as connection:
        answering: Any = asyncio.ensure_future(connection.fetchval("SELECT NULL::balances"))
        while steps:
            await asyncio.sleep(0)
            assert not answering.done()
            waits_for = answering._fut_waiter
            steps -= waits_for is not None and waits_for.done()
        assert connecting.end_all_but(dsn, "another one") == 1
        with pytest.raises(Exception) as lost:  # noqa: PT011  (which one depends on the step)
            await answering
        assert errors.is_away(lost.value), repr(lost.value)


async def test_a_caller_who_leaves_does_not_cancel_a_commit(
    connections: asyncpg.Pool, connection: asyncpg.Connection
) -> None:
    """It goes on in PostgreSQL: cancelled, a commit that waits for a standby would be visible and perhaps lost."""
    await connection.execute("CREATE TABLE kept (one int)")
    await connection.execute(_SLOW_COMMIT)
    await connection.execute("SELECT pg_advisory_lock(7)")
    entered = asyncio.Event()

    async def write() -> None:
        async with connections.acquire() as session, commits.transaction(session):
            await session.execute("INSERT INTO kept VALUES (1)")
            entered.set()

    writing = asyncio.create_task(write())
    async with asyncio.timeout(30):
        await entered.wait()
        while not await connection.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ):
            await asyncio.sleep(0.005)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await connection.execute("SELECT pg_advisory_unlock(7)")
        while not await connection.fetchval("SELECT count(*) FROM kept"):
            await asyncio.sleep(0.005)


async def test_a_commit_that_warns_is_no_acknowledgement(
    connections: asyncpg.Pool, connection: asyncpg.Connection
) -> None:
    await connection.execute("CREATE TABLE kept (one int)")
    await connection.execute(_SLOW_COMMIT.replace("PERFORM pg_advisory_xact_lock(7)", "RAISE WARNING 'perhaps'"))
    with pytest.raises(errors.OutcomeUnknown, match="perhaps"):
        async with connections.acquire() as session, commits.transaction(session):
            await session.execute("INSERT INTO kept VALUES (1)")
    assert await connection.fetchval("SELECT count(*) FROM kept") == 1


_SLOW_COMMIT = """
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON kept DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION wait();
"""
