"""Accepted batches and several processes: whoever works on one, everything happens once and is counted right."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from ledgerd.app import Tuning
from ledgerd.operations.verify import verify
from ledgerd.store import batch_runs
from ledgerd.store.batch_runs import BatchLease, Lost
from ledgerd.workers.batches import Settings
from tests.conftest import Server
from tests.poster.points import Point, Points
from tests.rpc import wire
from tests.rpc.background import FINISHED, accept, counts, done, rejections_of, stored, without_funds

PIECES = Settings(piece_operations=10)


async def test_two_processes_share_the_work(dsn: str, connection: asyncpg.Connection) -> None:
    async with wire.two_servers(dsn, tuning=Tuning(batch_work=PIECES)) as servers:
        batches = [
            await accept(
                servers[number % 2],
                [*wire.drafts(35, prefix=f"b{number}"), without_funds(f"poor-{number}")],
                wire.ATOMIC if number % 4 == 3 else wire.INDEPENDENT,
                f"call {number}",
            )
            for number in range(12)
        ]
        finished = [await done(servers[(number + 1) % 2], batch.id) for number, batch in enumerate(batches)]
    assert [counts(batch) for batch in finished] == ([(36, 35, 0, 1)] * 3 + [(36, 0, 0, 36)]) * 3
    assert await connection.fetchval("SELECT count(*) FROM transactions") == 9 * 35
    assert (await verify(connection)).faults == []


async def test_two_processes_that_are_sent_the_same_call_accept_one_batch(dsn: str) -> None:
    async with wire.two_servers(dsn) as servers:
        answers = await asyncio.gather(*(accept(servers[number % 2], wire.drafts(3)) for number in range(8)))
        assert len({answer.id for answer in answers}) == 1
        assert counts(await done(servers[0], answers[0].id)) == (3, 3, 0, 0)


LOSE_ONCE = """
CREATE SEQUENCE lost_10; CREATE SEQUENCE lost_20; CREATE SEQUENCE lost_27;
CREATE FUNCTION lose_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('lost_' || NEW.next_index) = 1 THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lose_once BEFORE UPDATE OF next_index ON batch_runs FOR EACH ROW EXECUTE FUNCTION lose_once();
GRANT USAGE ON SEQUENCE lost_10, lost_20, lost_27 TO PUBLIC;
"""
"""What is noted about a piece is lost the first time. A sequence keeps what a rolled back transaction drew from it."""


@pytest.mark.tuned(batch_work=replace(PIECES, lease=timedelta(seconds=0.3)))
async def test_a_piece_that_was_recorded_and_not_noted_counts_as_posted(
    server: Server, connection: asyncpg.Connection
) -> None:
    """The process lets go of the batch after the commit of each piece; the next one repeats it."""
    await connection.execute(LOSE_ONCE)
    first, *others = wire.drafts(25)
    batch = await accept(server, [first, first, without_funds(), *others])
    finished = await done(server, batch.id)
    for piece in (10, 20, 27):
        assert await connection.fetchval(f"SELECT last_value FROM lost_{piece}") == 2
    assert (finished.status, counts(finished)) == (FINISHED, (27, 25, 1, 1))
    assert await wire.balance(server, "@Sales") == 25
    assert (await verify(connection)).faults == []


@pytest.mark.parametrize("point", [Point.BEFORE_COPY, Point.COPIED])
@pytest.mark.parametrize("mode", [wire.INDEPENDENT, wire.ATOMIC])
async def test_a_process_that_lost_a_batch_records_nothing_for_it_any_more(
    server: Server, connection: asyncpg.Connection, points: Points, point: Point, mode: Any
) -> None:
    """It is stopped in the middle of a piece for so long that another one takes the batch over."""
    recorded, lost = [], asyncio.Event()

    async def lose(_: asyncpg.Connection) -> None:
        await connection.execute(
            "UPDATE batch_runs SET lease_token = gen_random_uuid(), leased_until = now() + '1 day'"
        )
        lost.set()

    async def note(_: asyncpg.Connection) -> None:
        recorded.append("r-1")

    points.at(point, "r-1", lose)
    points.at(Point.APPLIED, "r-1", note)
    batch = await accept(server, wire.drafts(3), mode)
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        await asyncio.gather(wire.record(server, wire.from_world("neighbour", "@Sales", 1)), lost.wait())
    await wire.record(server, wire.from_world("later", "@Sales", 1))
    assert recorded == []
    assert {transaction.reference for transaction in await wire.listed(server)} == {"neighbour", "later"}
    assert counts(await stored(server, batch.id)) == (3, 0, 0, 0)
    await connection.execute("UPDATE batch_runs SET lease_token = NULL, leased_until = NULL")
    finished = await done(server, batch.id)
    assert counts(finished) == (3, 3, 0, 0)
    assert (await verify(connection)).faults == []


async def test_who_lost_a_batch_cannot_note_anything_about_it(server: Server, connection: asyncpg.Connection) -> None:
    batch = await accept(server, [without_funds("1"), without_funds("2")])
    finished = await done(server, batch.id)
    (row,) = await connection.fetch("SELECT id FROM batches")
    gone = BatchLease(row["id"], row["id"])
    with pytest.raises(Lost):
        async with connection.transaction():
            await batch_runs.advance(connection, gone, 1, [])
    with pytest.raises(Lost):
        await batch_runs.read(connection, gone)
    assert [rejection.reference for rejection in await rejections_of(server, finished.id)] == ["1", "2"]
