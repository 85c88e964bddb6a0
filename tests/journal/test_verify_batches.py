"""`ledgerd verify` and batches that were applied in the background: done ones, rejected ones, and those under way."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from ledgerd.app import Tuning
from ledgerd.operations.verify import verify
from ledgerd.workers.batches import Settings
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.background import RUNNING, accept, done, malformed, stored, without_funds

DONE = "batches equal what was told of them"
UNDER_WAY = "batches under way equal what was done of them"
DIGEST = "its entries are not what was digested"


@pytest.fixture
async def books(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """Batches of every kind, one of them left in the middle, and a hand that the triggers do not stop."""
    server = await start_server(dsn, tuning=Tuning(batch_work=Settings(piece_operations=2)))
    await wire.batch(server, wire.drafts(2, prefix="at once"), metadata={"file": "a"})
    await done(server, (await accept(server, [*wire.drafts(3), without_funds(), malformed()], request_id="some")).id)
    await done(server, (await accept(server, wire.drafts(2, prefix="all"), wire.ATOMIC, "all")).id)
    await done(server, (await accept(server, [*wire.drafts(2), without_funds()], wire.ATOMIC, "none")).id)
    await leave_in_the_middle(server, connection)
    await stop_server(server)
    await connection.execute("SET session_replication_role = replica")
    yield connection


LEAVE = """
CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW := OLD;
    NEW.lease_token := gen_random_uuid();
    NEW.leased_until := now() + interval '1 day';
    RETURN NEW;
END $$;
CREATE TRIGGER leave BEFORE UPDATE OF next_index ON batch_runs
    FOR EACH ROW WHEN (NEW.next_index = 4) EXECUTE FUNCTION leave();
"""
"""The second piece is not noted, and its batch is another's for a long time."""


async def leave_in_the_middle(server: Server, connection: asyncpg.Connection) -> None:
    """A batch of which one piece is noted, and the second recorded only."""
    await connection.execute(LEAVE)
    operations = [*wire.drafts(1, prefix="left"), without_funds("left poor"), *wire.drafts(4, prefix="later")]
    batch = await accept(server, operations, request_id="left")
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while not await connection.fetchval("SELECT leased_until > now() + interval '1 hour' FROM batch_runs"):
            await asyncio.sleep(0.01)
    await connection.execute("DROP TRIGGER leave ON batch_runs")
    left = await stored(server, batch.id)
    assert (left.status, left.posted_count, left.rejected_count) == (RUNNING, 1, 1)


async def test_batches_of_every_kind_are_no_fault(books: asyncpg.Connection) -> None:
    report = await verify(books)
    assert report.faults == []
    assert {DONE, UNDER_WAY} <= set(report.checks)


INDEPENDENT = "mode = 'INDEPENDENT' AND accepted_at IS NOT NULL"
OF_DONE = "batch_id IN (SELECT id FROM batches)"
OF_RUNS = "batch_id IN (SELECT id FROM batch_runs)"
TAMPERED = [
    (f"UPDATE batches SET posted = posted - 1, replayed = replayed + 1 WHERE {INDEPENDENT}", DONE),
    (f"UPDATE batches SET accepted_at = accepted_at - interval '1 day' WHERE {INDEPENDENT}", DONE),
    ("UPDATE batches SET accepted_at = NULL WHERE rejection IS NOT NULL", DONE),
    ("UPDATE batches SET rejection = NULL WHERE rejection IS NOT NULL", DONE),
    ("UPDATE batches SET rejection = '{}' WHERE rejection IS NOT NULL", DONE),
    ("DELETE FROM batches WHERE rejection IS NOT NULL", DONE),
    ("""UPDATE batches SET metadata = '{"file":"b"}' WHERE metadata IS NOT NULL""", DONE),
    (f"UPDATE batch_rejections SET rejection = '{{}}' WHERE {OF_DONE}", DONE),
    (f"UPDATE batch_rejections SET reference = 'other' WHERE reference = 'bad' AND {OF_DONE}", DONE),
    (f"UPDATE batch_rejections SET index = index + 10 WHERE {OF_DONE}", DONE),
    (f"DELETE FROM batch_rejections WHERE reference = 'bad' AND {OF_DONE}", DONE),
    ("INSERT INTO batch_rejections SELECT id, 99, 'forged', '{}' FROM batches WHERE mode = 'ATOMIC'", DONE),
    ("INSERT INTO batch_rejections VALUES (gen_random_uuid(), 0, 'forged', '{}')", DONE),
    ("DELETE FROM batch_runs", DONE),
    ("UPDATE transactions SET batch_id = NULL WHERE reference = 'r-1'", DONE),
    ("UPDATE batch_runs SET rejected = 0", UNDER_WAY),
    ("UPDATE batch_runs SET posted = 4", UNDER_WAY),
    (f"DELETE FROM batch_rejections WHERE {OF_RUNS}", UNDER_WAY),
    (f"UPDATE transactions SET batch_id = NULL WHERE {OF_RUNS}", UNDER_WAY),
    ("INSERT INTO batches SELECT id, mode, 6, 5, 0, 1, accepted_at, accepted_at FROM batch_runs", UNDER_WAY),
    ("UPDATE events SET subject_id = r.id FROM batch_runs r WHERE kind = 'BATCH_FINISHED'", UNDER_WAY),
    ("UPDATE events SET payload = '{}' WHERE kind = 'BATCH_FINISHED'", DIGEST),
]


async def test_every_kind_of_tampering_is_named(books: asyncpg.Connection) -> None:
    """One thing is altered at a time, and then undone."""
    silent = {}
    for statement, fault in TAMPERED:
        tampering = books.transaction(isolation="repeatable_read")
        await tampering.start()
        assert await books.execute(statement) not in ("UPDATE 0", "DELETE 0", "INSERT 0 0"), statement
        faults = (await verify(books)).faults
        if not any(fault in reported for reported in faults):
            silent[statement] = faults
        await tampering.rollback()
    assert silent == {}
