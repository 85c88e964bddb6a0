"""Uploads that are cancelled: nothing of them is kept, and whoever waits for them is told."""

import asyncio
import sys
from pathlib import Path

import asyncpg
from ledgerapi.v1 import upload_pb2

from ledgerd.app import Tuning
from ledgerd.workers.uploads import Settings
from tests.conftest import Server, start_server, stop_server
from tests.rpc import records, rules, runs, wire
from tests.rpc.arrivals import Arriving, told_some, until


async def sent(server: Server, source_id: str) -> tuple[records.Upload, upload_pb2.Upload]:
    """A file of which everything was sent."""
    stream = records.Upload(server)
    await stream.open(external_source_id=source_id, content=records.FILE)
    await stream.chunk(records.csv(records.row(1)))
    await stream.send(finish={"chunk_count": 1})
    return stream, (await stream.read("received")).upload


async def test_an_upload_that_is_received_is_cancelled_and_leaves_nothing(server: Server) -> None:
    bank, content = await records.source(server), records.csv(records.row(1))
    told = await wire.watch_events(server, kinds=wire.kinds("UPLOAD_CANCELLED"))
    stream = records.Upload(server)
    opened = await stream.open(external_source_id=bank.id, content=records.FILE)
    await stream.chunk(content)
    cancelled = await records.cancel(server, opened.upload.id)
    assert (records.status(cancelled), cancelled.chunk_count, cancelled.HasField("finish_time")) == (
        "CANCELLED",
        1,
        True,
    )
    assert await records.cancel(server, opened.upload.id) == cancelled
    await stream.send(chunk={"sequence": 2, "data": content})
    assert (await stream.rejection()).details["status"] == "CANCELLED"
    (event,) = await told.events(1)
    told.cancel()
    assert (event.upload.upload.id, records.status(event.upload.upload)) == (cancelled.id, "CANCELLED")
    again = await records.upload(server, bank.id, content)
    assert (records.status(again), again.new_record_count, again.repeated_upload_id) == ("FINISHED", 1, "")
    refused = await wire.rejection(records.cancel(server, again.id))
    assert (refused.reason, refused.details["status"]) == ("UPLOAD_ENDED", "FINISHED")
    deleted = await wire.rejection(records.cancel(server, f"upl_{rules.NOBODY}"))
    assert deleted.reason == "UPLOAD_NOT_FOUND"


async def test_an_upload_that_is_read_is_cancelled_and_the_next_one_is_read(
    dsn: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    """The first reading never ends by itself, and the server reads one upload at a time."""
    endless = tmp_path / "endless"
    endless.touch()
    command = f"test -e {endless} && exec sleep 600; exec {sys.executable} -m ledgerd.workers.reading"
    server = await start_server(dsn, tuning=Tuning(upload_work=Settings(reading=("/bin/sh", "-c", command), at_once=1)))
    bank, rule = await records.source(server), await rules.create(server)
    stream, upload = await sent(server, bank.id)
    assert records.status(upload) == "READING"
    run = await runs.start(server, bank.id, rule.id, upload_ids=[upload.id])
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while not await connection.fetchval("SELECT lease_token IS NOT NULL FROM uploads"):
            await asyncio.sleep(0.05)
    await records.cancel(server, upload.id)
    ended = (await stream.read("finished")).upload
    assert (records.status(ended), ended.new_record_count) == ("CANCELLED", 0)
    failed = await runs.ended(server, run.id)
    assert runs.status(failed) == "FAILED" and failed.rejection.details["status"] == "CANCELLED"
    endless.unlink()
    next_stream, _ = await sent(server, bank.id)
    found = (await next_stream.read("finished")).upload
    assert (records.status(found), found.new_record_count) == ("FINISHED", 1)
    assert [each.upload_id async for each in records.every(server)] == [found.id]
    await stop_server(server)


async def test_chunks_that_were_matched_stay_and_are_counted(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Arriving.open(server, connection, each_chunk=True)
    stream = records.Upload(server)
    opened = await stream.open(external_source_id=bank.source_id, content=records.RECORDS)
    await stream.chunk([records.record("bad", "?"), *runs.told(2)])
    await until(connection, "published_chunks = 1 FROM uploads")
    await connection.execute("UPDATE external_sources SET match_on_arrival = NULL")  # The next chunk is only received.
    await stream.chunk(runs.told(3))
    cancelled = await records.cancel(server, opened.upload.id)
    counts = (cancelled.record_count, cancelled.new_record_count, cancelled.known_record_count, cancelled.fault_count)
    assert (records.status(cancelled), cancelled.chunk_count, *counts) == ("CANCELLED", 2, 2, 2, 0, 1)
    (event,) = await told_some(server, 1, "UPLOAD_CANCELLED")
    of_event = event.upload.upload
    assert (of_event.record_count, of_event.new_record_count, of_event.fault_count) == (2, 2, 1)
    assert await records.keys(server) == ["k0", "k1"]
    again = await records.upload(server, bank.source_id, runs.told(3))
    assert (again.new_record_count, again.known_record_count) == (1, 2)


async def test_what_another_upload_brought_stays(server: Server) -> None:
    bank = await records.source(server)
    await records.upload(server, bank.id, records.records(2))
    stream = records.Upload(server)
    opened = await stream.open(external_source_id=bank.id, content=records.RECORDS)
    await stream.chunk(records.records(3))
    await records.cancel(server, opened.upload.id)
    assert [each.key async for each in records.every(server)] == ["k0", "k1"]
