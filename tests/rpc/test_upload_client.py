"""The Python client uploads files and typed records, whatever breaks on the way."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from ledgerd_client import Conflict, LedgerClient, NotFound, Rejected, UploadProgress, cancel_upload, upload_records
from ledgerd_client import sync as synchronous

from tests.conftest import Server, start_server, stop_server
from tests.faults.relay import Relay
from tests.rpc import records, wire


async def test_a_file_is_uploaded_with_its_name_and_in_chunks(server: Server, tmp_path: Path) -> None:
    bank = await records.source(server)
    path = tmp_path / "march.csv"
    path.write_bytes(records.csv(*(records.row(number) for number in range(30_000))))
    told: list[UploadProgress] = []
    async with LedgerClient(server.target) as client:
        done = await upload_records(client, bank.id, path, on_progress=told.append)
        with pytest.raises(Conflict) as caught:
            await upload_records(client, bank.id, str(path))
    assert (done.file_name, records.status(done), done.new_record_count) == ("march.csv", "FINISHED", 30_000)
    assert [progress.chunks for progress in told] == [1, 2]
    assert (caught.value.reason, caught.value.details["earlier"]) == ("UPLOAD_REPEATED", done.id)


async def test_typed_records_are_uploaded_by_synchronous_code(server: Server) -> None:
    bank = await records.source(server)
    told: list[UploadProgress] = []

    def upload() -> Any:
        with synchronous.LedgerClient(server.target) as client:
            return synchronous.upload_records(
                client, bank.id, iter(records.records(2_500)), reject_all=True, on_progress=told.append
            )

    done = await asyncio.to_thread(upload)
    assert (done.fault_policy, done.new_record_count, [progress.chunks for progress in told]) == (2, 2_500, [1, 2, 3])


async def test_an_upload_goes_on_over_breaks_and_is_repeated_with_its_request_id(server: Server) -> None:
    bank = await records.source(server)
    relay = Relay(server.app.port)
    told: list[UploadProgress] = []

    def break_once(progress: UploadProgress) -> None:
        told.append(progress)
        if progress.chunks == 2 and progress.reconnects == 0:
            relay.cut()

    async with LedgerClient(await relay.start()) as client:
        done = await upload_records(client, bank.id, records.records(4_500), request_id="r", on_progress=break_once)
        again = await upload_records(client, bank.id, records.records(4_500), request_id="r")
    await relay.stop()
    assert done == again
    assert (done.chunk_count, done.new_record_count) == (5, 4_500)
    assert told[-1].reconnects == 1
    assert await records.keys(server) == [f"k{number}" for number in range(4_500)]


async def test_an_unknown_source_is_not_tried_again(server: Server) -> None:
    async with LedgerClient(server.target) as client:
        with pytest.raises(NotFound):
            await upload_records(client, "src_01hzzzzzzzzzzzzzzzzzzzzzzz", records.records(1))


async def test_an_upload_that_fails_leaves_no_task_behind(server: Server) -> None:
    """The channel reads what is to be sent in a task of its own, which goes on after the call has failed."""
    async with LedgerClient(server.target) as client:
        with pytest.raises(NotFound):
            await upload_records(client, "src_01hzzzzzzzzzzzzzzzzzzzzzzz", records.records(1))
        async with asyncio.timeout(wire.PATIENCE_SECONDS):
            while any("_consume_request_iterator" in repr(task) for task in asyncio.all_tasks()):
                await asyncio.sleep(0)


@pytest.mark.slow
async def test_a_hundred_thousand_records_take_no_more_memory_than_a_few(dsn: str) -> None:
    """What the server holds is one chunk: its peak, told by the system, grows by far less than what is sent."""
    server = await start_server(dsn)
    bank = await records.source(server)

    async def each(count: int, first: int) -> Any:
        for number in range(first, first + count):
            yield records.record(f"k{number}", description="x" * 500)

    async with LedgerClient(server.target) as client:
        await upload_records(client, bank.id, each(5_000, 0))
        before = _peak_bytes()
        done = await upload_records(client, bank.id, each(100_000, 5_000))
    assert (records.status(done), done.new_record_count) == ("FINISHED", 100_000)
    assert done.byte_count > 50_000_000
    assert _peak_bytes() - before < 40_000_000
    await stop_server(server)


def _peak_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the system does not tell the peak")


async def test_an_upload_is_cancelled(server: Server) -> None:
    bank = await records.source(server)
    streams = [records.Upload(server) for _ in range(2)]
    uploads = [(await each.open(external_source_id=bank.id, content=records.RECORDS)).upload.id for each in streams]

    def cancel() -> Any:
        with synchronous.LedgerClient(server.target) as client:
            return synchronous.cancel_upload(client, uploads[1])

    async with LedgerClient(server.target) as client:
        cancelled = [await cancel_upload(client, uploads[0]), await asyncio.to_thread(cancel)]
        done = await upload_records(client, bank.id, records.records(1))
        with pytest.raises(Rejected) as caught:
            await cancel_upload(client, done.id)
    assert [(each.id, records.status(each)) for each in cancelled] == [(each, "CANCELLED") for each in uploads]
    assert caught.value.reason == "UPLOAD_ENDED"
