"""A kept head, and a proof that goes on from a checkpoint: what it finds, what it costs, what it rejects."""

import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from ledgerapi.v1 import admin_service_pb2

from ledgerd.core.model.ids import TRANSACTION, encode
from ledgerd.operations.verify import Checkpoint, CheckpointError, Head, checkpoint, verify
from tests.conftest import Server, start_server, stop_server
from tests.journal.test_verify import a_days_work
from tests.rpc import wire
from tests.rpc.deferred import accept, cancel, outcome_of
from tests.rpc.test_splits import split

KEPT = "history leads to the head that was kept"
FAR = timedelta(hours=1)


async def placed(server: Server, connection: asyncpg.Connection) -> None:
    """Wait until every commit has its position."""
    watching = await wire.watch(server)
    last = f"last-{await connection.fetchval('SELECT count(*) FROM journal')}"
    await wire.record(server, wire.from_world(last, "@Sales", 1))
    while (await watching.references(1))[-1] != last:
        pass
    watching.cancel()


@pytest.fixture
async def day(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[tuple[Server, Checkpoint]]:
    """A ledger with much that is open across the checkpoint, which was taken just now."""
    server = await start_server(dsn)
    await a_days_work(server)
    await wire.hold(server, "open", 50)
    await wire.record(server, split("open split", "@Payer", {"@A": "10", "@B": "left"}, 60, inflight=True))
    await accept(server, "to be cancelled", 10, scheduled_time=wire.in_seconds(3_600))
    await accept(server, "to be kept", 10, scheduled_time=wire.in_seconds(3_600))
    await accept(server, "to be approved", 10, require_review=True)
    await placed(server, connection)
    report = await verify(connection)
    assert report.faults == []
    assert report.checkpoint is not None
    yield server, report.checkpoint
    await stop_server(server)


async def id_of(connection: asyncpg.Connection, reference: str) -> str:
    number = await connection.fetchval("SELECT id FROM transactions WHERE reference = $1", reference)
    return encode(TRANSACTION, number.int)


async def the_next_day(server: Server, connection: asyncpg.Connection) -> None:
    """What was open is ended, and new things are begun."""
    await wire.resolve(server, wire.commit(await id_of(connection, "open"), 20, "part"))
    await wire.resolve(server, wire.commit(await id_of(connection, "open split"), 30, "part of a split"))
    await cancel(server, await id_of(connection, "to be cancelled"))
    await outcome_of(server, (await accept(server, "queued", 10, queue=True)).id)
    await wire.batch(server, [*wire.drafts(3, prefix="n"), wire.post(wire.draft("poor too", "@Empty", "@Sales", 1))])
    await wire.monitor(server, "BALANCE", "GREATER", 10, balance_id=await wire.open_balance(server))
    await wire.record(server, wire.from_world("again", "@Sales", 100, metadata={"n": 1.5, "big": 1e22}))
    await placed(server, connection)


async def test_a_proof_goes_on_from_a_checkpoint(
    day: tuple[Server, Checkpoint], connection: asyncpg.Connection
) -> None:
    server, first = day
    await the_next_day(server, connection)
    report = await verify(connection, since=first)
    assert report.faults == []
    assert report.commits == await connection.fetchval(
        "SELECT count(*) FROM positions WHERE position > $1", first.head.position
    )
    assert report.since == first.head
    full = await verify(connection)
    assert full.faults == []
    assert full.checkpoint == report.checkpoint
    assert report.checkpoint is not None
    again = await verify(connection, since=report.checkpoint)
    assert (again.faults, again.commits, again.checkpoint) == ([], 0, report.checkpoint)


TAMPERED = [
    ("UPDATE transactions SET amount = amount + 1 WHERE reference = 'again'", "entries are what was digested"),
    ("UPDATE transactions SET metadata = '{}' WHERE reference = 'again'", "metadata is what was posted"),
    # Older rows that newer entries are about.
    ("UPDATE transactions SET committed = committed + 1 WHERE reference = 'open'", "holds equal"),
    ("UPDATE transactions SET committed = committed + 1 WHERE reference = 'open split'", "headers equal their legs"),
    ("UPDATE transactions SET status = 'SCHEDULED' WHERE reference = 'to be cancelled'", "deferred transactions are"),
    ("DELETE FROM transactions WHERE reference = 'open'", "what others are about exists"),
    # Balances, whether or not they moved since.
    ("UPDATE balances SET credit = credit + 1, debit = debit + 1 WHERE indicator = '@Shop'", "balances equal"),
    ("UPDATE balances SET credit = credit + 1 WHERE currency = 'EUR' AND indicator = '@Sales'", "credits equal debits"),
    ("UPDATE balances SET tag = 'mine' WHERE indicator IS NULL", "settings are"),
    ("DELETE FROM batches WHERE id IN (SELECT batch_id FROM transactions WHERE reference = 'n-1')", "batches equal"),
    ("DELETE FROM due", "work to be done is on the work list"),
    (
        "INSERT INTO transactions SELECT (jsonb_populate_record(t, jsonb_build_object('id',"
        " overlay(t.id::text PLACING 'ffff' FROM 1), 'reference', 'forged'))).* FROM transactions t"
        " WHERE reference = 'again'",
        "nothing stands outside of the commits",
    ),
    ("DELETE FROM positions WHERE position = (SELECT max(position) FROM positions)", "the chain is whole"),
    ("UPDATE journal_head SET chain = sha256('')", "the chain is whole"),
]


async def test_what_was_tampered_with_since_is_named(
    day: tuple[Server, Checkpoint], connection: asyncpg.Connection
) -> None:
    server, first = day
    await wire.record(
        server, wire.from_world("due", "@Sales", 1, inflight=True, inflight_expiry_time=wire.in_seconds(3600))
    )
    await the_next_day(server, connection)
    await connection.execute("SET session_replication_role = replica")
    silent = {}
    for statement, name in TAMPERED:
        tampering = connection.transaction(isolation="repeatable_read")
        await tampering.start()
        assert await connection.execute(statement) not in ("UPDATE 0", "DELETE 0", "INSERT 0 0"), statement
        report = await verify(connection, since=first)
        if not any(fault.startswith(name) for fault in report.faults) or report.checkpoint is not None:
            silent[statement] = report.faults
        await tampering.rollback()
    assert silent == {}


async def test_history_written_anew_before_the_checkpoint_is_found_by_its_head(
    day: tuple[Server, Checkpoint], connection: asyncpg.Connection
) -> None:
    _, first = day
    other = dataclasses.replace(first, head=Head(first.head.position - 1, first.head.chain))
    assert any(fault.startswith(KEPT) for fault in (await verify(connection, since=other)).faults)
    later = dataclasses.replace(first, head=Head(first.head.position + 1, first.head.chain))
    faults = (await verify(connection, since=later)).faults
    assert any("the end of history was removed" in fault for fault in faults)


async def test_a_closed_period_is_remembered_by_the_checkpoint(
    day: tuple[Server, Checkpoint], connection: asyncpg.Connection
) -> None:
    server, _ = day
    request = admin_service_pb2.ClosePeriodRequest(ledger_id=wire.GENERAL_LEDGER)
    request.closed_before.FromDatetime(datetime.now(UTC) - FAR)
    await server.admin.ClosePeriod(request)
    await placed(server, connection)
    closed = (await verify(connection)).checkpoint
    assert closed is not None
    assert len(closed.closings) == 1
    await wire.record(server, wire.from_world("after the closing", "@Sales", 1))
    await placed(server, connection)
    assert (await verify(connection, since=closed)).faults == []
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(
        "UPDATE transactions SET effective_at = now() - interval '2 hours' WHERE reference = 'after the closing'"
    )
    faults = (await verify(connection, since=closed)).faults
    assert any(fault.startswith("closed periods stayed closed") for fault in faults)


async def test_a_proof_since_a_checkpoint_reads_what_is_new(
    day: tuple[Server, Checkpoint], connection: asyncpg.Connection, dsn: str
) -> None:
    """PostgreSQL's own counts: no table of history has to be read from end to end, and few rows by index."""
    server, _ = day
    for number in range(5):
        await wire.batch(server, wire.drafts(1_000, prefix=f"bulk-{number}"))
    await placed(server, connection)
    before = (await verify(connection)).checkpoint
    await wire.batch(server, wire.drafts(10, prefix="new"))
    await placed(server, connection)
    reader = await asyncpg.connect(dsn)
    try:
        # The planner reads small tables from end to end where they were analyzed: here it must be able not to.
        await reader.execute("SET enable_seqscan = off")
        started = await counts(reader)
        report = await verify(reader, since=before)
        assert (report.faults, report.entries) == ([], 12)  # ten, their batch's event, and the last one
        read = {name: after - started[name] for name, after in (await counts(reader)).items()}
    finally:
        await reader.close()
    scans = {name: count for (name, what), count in read.items() if what == "seq_scan" and count}
    assert scans.keys() & {"transactions", "transitions", "events", "journal", "positions"} == set()
    assert read["transactions", "idx_tup_fetch"] < 1_000


async def counts(reader: asyncpg.Connection) -> dict[tuple[str, str], int]:
    await reader.execute("SELECT pg_stat_force_next_flush()")
    rows = await reader.fetch("SELECT relname, seq_scan, idx_tup_fetch FROM pg_stat_user_tables")
    return {(row["relname"], what): row[what] or 0 for row in rows for what in ("seq_scan", "idx_tup_fetch")}


async def test_several_connections_prove_the_same(
    day: tuple[Server, Checkpoint], connection: asyncpg.Connection, dsn: str
) -> None:
    helpers = [await asyncpg.connect(dsn) for _ in range(2)]
    try:
        together = await verify(connection, helpers=helpers)
        assert together == await verify(connection)
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("UPDATE transactions SET amount = amount + 1 WHERE reference = 'posting'")
        assert sorted((await verify(connection, helpers=helpers)).faults) == sorted((await verify(connection)).faults)
    finally:
        for helper in helpers:
            await helper.close()


async def test_a_head_that_was_kept(day: tuple[Server, Checkpoint], connection: asyncpg.Connection) -> None:
    server, first = day
    kept = first.head
    await wire.record(server, wire.from_world("one more", "@Sales", 1))
    await placed(server, connection)
    report = await verify(connection, expected=kept)
    assert report.faults == []
    assert KEPT in report.checks
    assert (await verify(connection, expected=Head(0, bytes(32)))).faults == []
    await connection.execute("SET session_replication_role = replica")
    # The end of history is cut off, and the head put where it ends then: nothing else is wrong.
    await connection.execute(
        "DELETE FROM journal WHERE id IN (SELECT journal_id FROM positions WHERE position >= $1)", kept.position
    )
    await connection.execute("DELETE FROM positions WHERE position >= $1", kept.position)
    await connection.execute(
        "UPDATE journal_head SET (position, chain) = (SELECT position, chain FROM positions ORDER BY 1 DESC LIMIT 1)"
    )
    faults = (await verify(connection, expected=kept)).faults
    assert any(fault.startswith(KEPT) for fault in faults)


@pytest.mark.parametrize(
    "text", ["", "1", "1:", "x:" + "00" * 32, "-1:" + "00" * 32, "1:" + "00" * 31, "1:" + "0g" * 32]
)
def test_what_is_no_head(text: str) -> None:
    assert Head.parse(text) is None


def test_a_head_is_read_as_it_is_written() -> None:
    head = Head(7, bytes(range(32)))
    assert Head.parse(head.text()) == head


# The file -------------------------------------------------------------------------------------

SOME = Checkpoint(epoch="e", head=Head(7, bytes(range(32))), closings=(("l", "2026-01-01T00:00:00+00:00", 3),))


def test_a_checkpoint_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    path.write_text("something older")
    checkpoint.write(path, SOME)
    assert checkpoint.read(path) == SOME
    assert list(tmp_path.iterdir()) == [path]


def test_a_checkpoint_that_cannot_be_used_is_rejected_by_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    checkpoint.write(path, SOME)
    held = json.loads(path.read_text())
    for text, reason in [
        ("", "is not a checkpoint"),
        ("[]", "is not a checkpoint"),
        ("[" * 100_000, "is not a checkpoint"),
        ("\x00\x01", "is not a checkpoint"),
        (json.dumps(held)[:-10], "is not a checkpoint"),
        (json.dumps({**held, "version": 2}), "has version 2"),
        (json.dumps({**held, "head": "9" + held["head"]}), "was changed or damaged"),
        (json.dumps({**held, "closings": []}), "was changed or damaged"),
    ]:
        path.write_text(text)
        with pytest.raises(CheckpointError, match=reason):
            checkpoint.read(path)
    with pytest.raises(CheckpointError, match="cannot be read"):
        checkpoint.read(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match="cannot be written"):
        checkpoint.write(tmp_path / "no" / "where", SOME)


async def test_a_checkpoint_of_another_history_is_rejected(connection: asyncpg.Connection) -> None:
    with pytest.raises(CheckpointError, match="another history"):
        await verify(connection, since=SOME)
