"""Callers that never hear the answer, and ask again."""

import asyncio
import random
from contextlib import suppress
from typing import Any

import grpc
from ledgerapi.v1.draft_pb2 import Draft
from ledgerapi.v1.transaction_service_pb2 import PostTransactionRequest

from ledgerd.operations.verify import verify
from tests.poster.points import Point, Points


def payment(reference: str) -> PostTransactionRequest:
    draft = Draft(
        reference=reference,
        precise_amount="1",
        currency="USD",
        source="@World",
        destination="@Shop",
        allow_overdraft=True,
    )
    return PostTransactionRequest(draft=draft)


async def test_a_call_that_was_cancelled_while_it_was_written_replays(server: Any, points: Points) -> None:
    written, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: object) -> None:
        written.set()
        await go_on.wait()

    points.at(Point.COPIED, "payment", wait)
    call = server.transactions.PostTransaction(payment("payment"))
    sent = asyncio.ensure_future(call)
    await written.wait()
    call.cancel()
    with suppress(asyncio.CancelledError):
        await sent
    go_on.set()
    again = await server.transactions.PostTransaction(payment("payment"))
    assert again.replayed
    assert again.transaction.source_figures.after.debit_balance == "1"


async def test_calls_cancelled_at_any_moment_are_recorded_once(server: Any, connection: Any) -> None:
    rng = random.Random(11)
    words = {True: 0, False: 0}
    for number in range(100):
        call = server.transactions.PostTransaction(payment(f"payment {number}"))
        sent = asyncio.ensure_future(call)
        if number % 10:
            await asyncio.sleep(rng.uniform(0, 0.008))
        else:
            await until_recorded(connection, number + 1)
        call.cancel()
        with suppress(asyncio.CancelledError):
            await sent
        again = await server.transactions.PostTransaction(payment(f"payment {number}"))
        words[again.replayed] += 1
    assert words[True] >= 10
    assert await connection.fetchval("SELECT count(*) FROM transactions") == 100
    assert (await verify(connection)).faults == []


async def until_recorded(connection: Any, count: int) -> None:
    async with asyncio.timeout(120):
        while await connection.fetchval("SELECT count(*) FROM transactions") < count:
            await asyncio.sleep(0.001)


async def test_deadlines_that_pass_are_no_loss(server: Any, connection: Any) -> None:
    """Callers with hardly any patience, all at once; then all of them come again."""

    async def impatient(number: int) -> None:
        with suppress(grpc.aio.AioRpcError):
            await server.transactions.PostTransaction(payment(f"payment {number}"), timeout=0.01)

    await asyncio.gather(*(impatient(number) for number in range(200)))
    await asyncio.gather(*(server.transactions.PostTransaction(payment(f"payment {number}")) for number in range(200)))
    assert await connection.fetchval("SELECT count(*) FROM transactions") == 200
    assert (await verify(connection)).faults == []
