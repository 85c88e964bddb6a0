"""What is to be done to a batch that was accepted and is not finished is rejected until it is."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import operation_pb2

from tests.conftest import Begin, Server
from tests.rpc import wire
from tests.rpc.background import RUNNING, accept, done, stored
from tests.rpc.deferred import approve, cancel, deny, prove, reschedule

pb = wire.pb
FAR = {"seconds": 4_000_000_000}
HOLD, PAID, REVIEWED = {"inflight": True}, {}, {"require_review": True}


async def commit(server: Server, batch_id: str) -> Any:
    return await wire.resolve(server, wire.commit(batch_id))


async def void(server: Server, batch_id: str) -> Any:
    return await wire.resolve(server, wire.void(batch_id))


async def refund(server: Server, batch_id: str) -> Any:
    back = {"target": wire.target(batch_id), "reference": "back", "allow_overdraft": True}
    return await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=back))


async def put_off(server: Server, batch_id: str) -> Any:
    return await reschedule(server, batch_id, FAR)


OPERATIONS = [
    (commit, HOLD),
    (void, HOLD),
    (refund, PAID),
    *((do, REVIEWED) for do in (cancel, put_off, approve, deny)),
]


@pytest.mark.parametrize(("do", "terms"), OPERATIONS)
async def test_nothing_can_be_done_to_a_batch_before_it_is_finished(
    server: Server,
    connection: asyncpg.Connection,
    begin_batches: Begin,
    do: Callable[[Server, str], Awaitable[Any]],
    terms: dict[str, Any],
) -> None:
    batch = await accept(server, [wire.post(wire.from_world(f"p{n}", "@Shop", 5, **terms)) for n in range(2)])
    for status in ("ACCEPTED", "RUNNING"):
        await connection.execute("UPDATE batch_runs SET status = $1", status)
        rejection = await wire.rejection(do(server, batch.id))
        assert rejection == wire.Rejection(
            "BATCH_NOT_FINISHED", {"batch": batch.id}, (), code="FAILED_PRECONDITION", retry=True
        )
    assert (await stored(server, batch.id)).status == RUNNING
    await begin_batches()
    await done(server, batch.id)
    assert not (await do(server, batch.id)).replayed
    await prove(connection)


async def test_results_of_batches_say_so_too(server: Server, begin_batches: Begin) -> None:
    batch = await accept(server, [wire.post(wire.from_world("p", "@Shop", 5, inflight=True))])
    away = operation_pb2.Operation(cancel={"target": wire.target(batch.id)})
    nobody = operation_pb2.Operation(cancel={"target": wire.target("bat_01hzzzzzzzzzzzzzzzzzzzzzzz")})
    answer = await wire.batch(server, [wire.commit(batch.id), away, nobody])
    assert wire.outcomes(answer.results) == ["BATCH_NOT_FINISHED", "BATCH_NOT_FINISHED", "BATCH_NOT_FOUND"]
    await begin_batches()
    await done(server, batch.id)
    assert wire.outcomes((await wire.batch(server, [wire.commit(batch.id)])).results) == ["posted"]
