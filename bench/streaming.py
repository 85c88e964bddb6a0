"""Load through PostStream: a bounded number of chunks in flight, answers counted after the clock."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc
from ledgerapi.v1 import transaction_service_pb2 as transactions

from bench import messages
from bench.plan import CHUNKS_IN_FLIGHT


@dataclass(slots=True)
class Run:
    """What one stream did."""

    seconds: float = 0.0
    answers: list[bytes] = field(default_factory=list)
    answered_in_time: int = 0
    """Chunks answered before the time given ran out."""


async def stream(channel: grpc.aio.Channel, chunks: Sequence[bytes], rows: int, *, stop_after_s: float = 1e9) -> Run:
    """Send chunks until they or the time run out, then finish.

    The clock runs from before the stream is opened until after its totals have arrived.
    """
    run = Run()
    free = asyncio.Semaphore(CHUNKS_IN_FLIGHT)
    begun = time.perf_counter()
    call = channel.stream_stream(messages.POST_STREAM)()
    await call.write(messages.opening())
    await call.read()
    reader = asyncio.create_task(_read(call, run, free, begun + stop_after_s))
    sent = 0
    for chunk in chunks:
        await free.acquire()
        if reader.done() or time.perf_counter() - begun >= stop_after_s:
            break
        await call.write(chunk)
        sent += 1
    await call.write(messages.finish(sent * rows))
    await call.done_writing()
    await reader
    run.seconds = time.perf_counter() - begun
    return run


async def _read(call: grpc.aio.StreamStreamCall, run: Run, free: asyncio.Semaphore, until: float) -> None:
    while (answer := await call.read()) is not grpc.aio.EOF:
        run.answers.append(answer)
        run.answered_in_time += time.perf_counter() <= until
        free.release()


def posted(run: Run, rows: int) -> int:
    """How many operations the stream recorded. Raises when any was not, or the totals are missing."""
    answers = [transactions.PostStreamResponse.FromString(answer) for answer in run.answers]
    finished = answers[-1].finished if answers else None
    if finished is None or not answers[-1].HasField("finished"):
        raise RuntimeError("the stream ended without its totals")
    for answer in answers[:-1]:
        if answer.result.posted_count != rows:
            raise RuntimeError(f"a chunk was not recorded whole: {str(answer)[:500]}")
    return int(finished.posted_count)
