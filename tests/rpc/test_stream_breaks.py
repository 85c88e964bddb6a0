"""Streams that break, and servers that stop: what was answered stays, and nothing else suffers."""

import asyncio
from collections.abc import Callable

import grpc
import pytest
from ledgerapi.v1 import transaction_service_pb2

from tests.conftest import Server, start_server, stop_server
from tests.poster.points import Point, Points
from tests.rpc import wire
from tests.rpc.uploads import counts, large, serves

pb = wire.pb


# Streams that break ----------------------------------------------------------------------------


async def test_a_stream_without_finish_is_never_called_finished(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    await upload.send_chunk(wire.drafts(2))
    await upload.call.done_writing()
    assert counts(await upload.result()) == (1, 2, 0, 0)
    assert await upload.read() is None
    assert len(await wire.listed(server)) == 2


async def test_a_client_that_dies_leaves_what_was_answered_and_a_healthy_server(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    await upload.chunk(wire.drafts(100))
    for number in range(5):
        await upload.send_chunk(wire.drafts(200, prefix=f"c{number}"))
    upload.call.cancel()
    assert await serves(server)
    again = wire.Upload(server)
    await again.open()
    assert counts(await again.chunk(wire.drafts(100))) == (1, 0, 100, 0)
    for number in range(5):  # What was not answered may or may not be recorded; it is, once, after this.
        result = await again.chunk(wire.drafts(200, prefix=f"c{number}"))
        assert result.posted_count + result.replayed_count == 200
    await again.finish(1_100)
    assert await wire.balance(server, "@Sales") == 1_100


@pytest.mark.poster(queue_operations=100)
async def test_chunks_of_broken_streams_do_not_wait_on(server: Server, points: Points) -> None:
    """What was accepted is recorded; what waits for capacity in a full queue leaves with its stream."""
    poster, written = server.app._poster, asyncio.Event()

    async def wait(_: object) -> None:
        await written.wait()

    points.at(Point.COPIED, "first", wait)
    first = asyncio.create_task(wire.record(server, wire.from_world("first", "@Sales", 1)))
    await until(lambda: ("first", Point.COPIED) in points.passed)
    uploads = [wire.Upload(server) for _ in range(3)]
    for stream, upload in enumerate(uploads):
        await upload.open()
        for chunk in range(4):
            await upload.send_chunk(wire.drafts(60, prefix=f"s{stream}-c{chunk}"))
    await until(lambda: poster._queue.operations == 60 and chunks_under_way() == 12)
    for upload in uploads:
        upload.call.cancel()
    await until(lambda: not chunks_under_way())
    written.set()
    await first
    assert await serves(server)
    assert await wire.balance(server, "@Sales") == 61


def chunks_under_way() -> int:
    return sum(task.get_name() == "post-chunk" for task in asyncio.all_tasks())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.005)


async def test_garbage_on_a_stream_ends_it_and_nothing_else(server: Server) -> None:
    raw = server.channel.stream_stream("/ledgerapi.v1.TransactionService/PostStream")()
    await raw.write(pb.PostStreamRequest(open=pb.PostStreamOpen()).SerializeToString())
    assert await raw.read() is not grpc.aio.EOF
    await raw.write(b"\xff\xff\xff not a message")
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        while await raw.read() is not grpc.aio.EOF:
            pass
        await raw.code()
    assert wire.of_error(ended.value).reason == "FIELD_INVALID"
    assert await serves(server)


async def test_garbage_in_a_unary_call_is_named(server: Server) -> None:
    for method in ("PostTransaction", "PostBatch", "GetTransaction"):
        raw = server.channel.unary_unary(f"/ledgerapi.v1.TransactionService/{method}")
        rejection = await wire.rejection(raw(b"\xff\xff\xff not a message"))
        assert (rejection.code, rejection.reason) == ("INVALID_ARGUMENT", "FIELD_INVALID"), method
    assert await serves(server)


async def test_a_message_over_the_limit_is_rejected_and_the_server_lives(server: Server) -> None:
    request = pb.PostBatchRequest(operations=[large(17 * 1024 * 1024)])
    rejection = await wire.rejection(server.transactions.PostBatch(request))
    assert rejection.code == "RESOURCE_EXHAUSTED"
    assert await serves(server)


# Stopping --------------------------------------------------------------------------------------


async def test_a_server_that_stops_answers_what_it_took_and_says_that_it_goes_away(dsn: str) -> None:
    server = await start_server(dsn)
    upload = wire.Upload(server)
    await upload.open()
    for number in range(8):
        await upload.send_chunk(wire.drafts(500, prefix=f"c{number}"))
    first = await upload.result()
    stopping = asyncio.create_task(server.app.stop())
    answered = [first.sequence]
    while (response := await upload.read()) is not None and response.HasField("result"):
        answered.append(response.result.sequence)
    assert response is not None
    assert response.HasField("going_away")
    assert wire.of_rejection(response.going_away.rejection).reason == "SHUTTING_DOWN"
    assert response.going_away.last_sequence == answered[-1]
    assert answered == list(range(1, answered[-1] + 1))
    rejection = await upload.rejected()
    assert (rejection.code, rejection.reason, rejection.retry) == ("UNAVAILABLE", "SHUTTING_DOWN", True)
    await stopping
    await server.channel.close()
    await _is_recorded(dsn, answered)


async def _is_recorded(dsn: str, answered: list[int]) -> None:
    """Every answered chunk replays on the next server."""
    server = await start_server(dsn)
    upload = wire.Upload(server)
    await upload.open()
    for number, sequence in enumerate(answered):
        assert counts(await upload.chunk(wire.drafts(500, prefix=f"c{number}"))) == (sequence, 0, 500, 0)
    await upload.finish(500 * len(answered))
    await stop_server(server)


async def test_a_quiet_stream_is_told_that_the_server_goes_away(dsn: str) -> None:
    server = await start_server(dsn)
    upload = wire.Upload(server)
    await upload.open()
    await upload.chunk(wire.drafts(2))
    stopping = asyncio.create_task(server.app.stop())
    response = await upload.read()
    assert response == transaction_service_pb2.PostStreamResponse(going_away=response.going_away)
    assert response.going_away.last_sequence == 1
    assert (await upload.rejected()).reason == "SHUTTING_DOWN"
    await stopping
    await server.channel.close()


async def test_a_chunk_out_of_order_is_not_the_last_that_was_answered(dsn: str) -> None:
    server = await start_server(dsn)
    upload = wire.Upload(server)
    await upload.open()
    await upload.chunk(wire.drafts(2))
    await upload.send(chunk=pb.PostStreamChunk(sequence=9, operations=wire.drafts(1, prefix="lost")))
    assert wire.of_rejection((await upload.result()).rejection).reason == "SEQUENCE_OUT_OF_ORDER"
    stopping = asyncio.create_task(server.app.stop())
    response = await upload.read()
    assert response is not None
    assert response.going_away.last_sequence == 1
    await stopping
    await server.channel.close()
