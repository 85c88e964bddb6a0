"""Uploads of records whose server is killed: while chunks arrive, and while the upload is read."""

import asyncio
import sys
from typing import Any

import grpc
import pytest
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.app import Tuning
from ledgerd.workers import uploads
from tests.conftest import Server, start_server, stop_server
from tests.faults.process import ServerProcess
from tests.rpc import records, wire
from tests.rpc.records import FILE, Upload

ROWS = 20_000


async def status_of(server: Server, upload_id: str) -> Any:
    return (await server.reconciliations.GetUpload(pb.GetUploadRequest(upload_id=upload_id))).upload


async def until(server: Server, upload_id: str, *expected: str) -> Any:
    """The upload as soon as it has one of these statuses."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while records.status(found := await status_of(server, upload_id)) not in expected:
            await asyncio.sleep(0.02)
    return found


def reached(process: ServerProcess) -> Server:
    return Server(None, grpc.aio.insecure_channel(process.target))  # type: ignore[arg-type]


async def test_an_upload_survives_the_death_of_its_server_while_it_is_received_and_while_it_is_read(dsn: str) -> None:
    process = ServerProcess(DATABASE_URL=dsn)
    await process.start()
    server = reached(process)
    bank = await records.source(server)
    content = records.csv(*(records.row(number) for number in range(ROWS)))
    chunks = list(records.pieces(content, 200_000))
    options = {"external_source_id": bank.id, "content": FILE, "request_id": "r"}
    stream = Upload(server)
    upload_id = (await stream.open(**options)).upload.id
    await stream.chunk(chunks[0])
    await process.kill()
    await process.start()
    server = reached(process)
    stream = Upload(server)
    assert (await stream.open(**options)).next_sequence == 2
    for chunk in chunks[1:]:
        await stream.chunk(chunk)
    await stream.send(finish=pb.UploadRecordsFinish(chunk_count=len(chunks)))
    await stream.read("received")
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while not (await status_of(server, upload_id)).record_count:
            await asyncio.sleep(0.005)
    await process.kill()
    await process.start()
    server = reached(process)
    stream = Upload(server)
    assert (await stream.open(upload_id=upload_id)).upload.status in (2, 3)
    done = await stream.finish(len(chunks))
    assert (records.status(done), done.record_count, done.new_record_count) == ("FINISHED", ROWS, ROWS)
    assert await records.keys(server) == [f"k{number}" for number in range(ROWS)]
    await process.stop()


async def test_an_upload_whose_reading_crashes_again_and_again_is_rejected(dsn: str) -> None:
    """The process that reads is one here that ends at once."""
    server = await start_server(dsn, tuning=Tuning(upload_work=uploads.Settings(reading=("/bin/false",))))
    bank = await records.source(server)
    done = await records.upload(server, bank.id, records.records(1))
    assert records.status(done) == "REJECTED"
    assert await records.faults(server, done.id) == [(0, "", "LIMIT_EXCEEDED")]
    await stop_server(server)
    server = await start_server(dsn)
    again = await records.upload(server, bank.id, records.records(1))
    assert records.status(again) == "FINISHED"
    await stop_server(server)


TOO_SLOW = """
from ledgerd.workers import reading
reading.CPU_SECONDS = reading.CPU_SECONDS_PER_MIB = 0
reading.main()
"""
"""Reads with no processor time at all."""


@pytest.mark.parametrize("file", [True, False], ids=["a file", "typed records"])
async def test_an_upload_that_takes_too_much_processor_time_is_rejected_at_once(dsn: str, file: bool) -> None:
    server = await start_server(
        dsn, tuning=Tuning(upload_work=uploads.Settings(reading=(sys.executable, "-c", TOO_SLOW)))
    )
    bank = await records.source(server)
    done = await records.upload(server, bank.id, records.csv(records.row(1)) if file else records.records(1))
    assert records.status(done) == "REJECTED"
    (fault,) = await records.all_faults(server, done.id)
    assert records.code(fault) == "LIMIT_EXCEEDED"
    assert "0 seconds of processor time" in fault.reason
    await stop_server(server)


async def test_an_upload_that_postgresql_does_not_take_ends_itself_and_not_the_server(
    dsn: str, connection: Any
) -> None:
    await connection.execute(
        """
        CREATE FUNCTION reject_all() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'never' USING ERRCODE = 'untranslatable_character';
        END $$;
        CREATE TRIGGER reject_all BEFORE INSERT ON external_records FOR EACH ROW EXECUTE FUNCTION reject_all();
        """
    )
    server = await start_server(dsn)
    bank = await records.source(server)
    done = await records.upload(server, bank.id, records.records(1))
    assert records.status(done) == "REJECTED"
    assert await records.faults(server, done.id) == [(0, "", "LIMIT_EXCEEDED")]
    await connection.execute("DROP TRIGGER reject_all ON external_records")
    assert records.status(await records.upload(server, bank.id, records.records(1))) == "FINISHED"
    assert not server.app.failed.is_set()
    await stop_server(server)


async def test_an_upload_that_nobody_goes_on_with_is_given_up(dsn: str, connection: Any) -> None:
    server = await start_server(dsn)
    bank = await records.source(server)
    stream = Upload(server)
    upload_id = (await stream.open(external_source_id=bank.id, content=FILE)).upload.id
    await stream.chunk(b"x")
    await connection.execute("UPDATE uploads SET received_at = received_at - interval '25 hours'")
    await stop_server(server)
    server = await start_server(dsn)
    await until(server, upload_id, "REJECTED")
    assert await records.faults(server, upload_id) == [(0, "", "NOT_FINISHED")]
    await stop_server(server)


async def test_what_was_put_aside_and_lost_is_read_again(dsn: str, connection: Any) -> None:
    """As when PostgreSQL crashes: it empties tables that are not logged."""
    await connection.execute(
        """
        CREATE SEQUENCE lost_once;
        CREATE FUNCTION lose_once() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('lost_once') = 1 THEN
                RETURN NULL;
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER lose_once BEFORE INSERT ON arriving_records FOR EACH ROW EXECUTE FUNCTION lose_once();
        GRANT USAGE ON SEQUENCE lost_once TO ledgerd_service;
        """
    )
    server = await start_server(dsn)
    bank = await records.source(server)
    done = await records.upload(server, bank.id, records.records(10))
    assert (done.new_record_count, await records.keys(server)) == (10, [f"k{number}" for number in range(10)])
    await stop_server(server)
