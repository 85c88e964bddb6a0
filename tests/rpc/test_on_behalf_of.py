"""For whom a caller acts: recorded with every operation, shown, and compared when it is repeated."""

from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import draft_pb2, operation_pb2

from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.deferred import prove

Operation = operation_pb2.Operation
HALVES = {"shares": [{"balance": "@A", "percent": "50"}, {"balance": "@B", "percent": "50"}]}
FAR, SOONER = {"seconds": 4_000_000_000}, {"seconds": 3_900_000_000}


def post(reference: str, destination: str = "@Shop", **more: Any) -> Operation:
    return wire.post(wire.from_world(reference, destination, 10, **more))


def about(name: str, of: str, **more: Any) -> Operation:
    return Operation(**{name: {"target": wire.target(f"@{of}"), "reference": f"{name} {of}", **more}})


KINDS = {
    "a movement": [post("p")],
    "all that is available": [
        wire.post(wire.from_world("in", "@Till", 10)),
        wire.post(
            draft_pb2.Draft(
                reference="out",
                source="@Till",
                destination="@Shop",
                currency="USD",
                available={},
            )
        ),
    ],
    "a timed hold, a part of it, the rest": [
        post("h", inflight=True, inflight_expiry_time=FAR),
        about("commit_hold", "h", precise_amount="4"),
        about("adjust_hold", "h", increase={"precise": "5"}),
        about("adjust_hold", "h", reference="sooner h", inflight_commit_time=SOONER),
        about("void_hold", "h"),
        about("refund", "h", allow_overdraft=True),
    ],
    "more than a hold": [
        post("t", inflight=True, allow_over_commit=True),
        about("commit_hold", "t", precise_amount="11"),
    ],
    "a split": [
        post("s", "", destinations=HALVES, inflight=True),
        about("commit_hold", "s", precise_amount="5"),
        about("void_hold", "s"),
        about("refund", "s", allow_overdraft=True),
    ],
    "a deferred one": [
        post("d", require_review=True, review_reason="odd"),
        about("reschedule", "d", scheduled_time=FAR),
        about("approve", "d"),
        about("cancel", "d"),
    ],
    "a deferred split": [post("ds", "", destinations=HALVES, require_review=True), about("approve", "ds")],
    "one that is denied": [post("x", require_review=True), about("deny", "x")],
}


@pytest.mark.parametrize("what", KINDS)
async def test_every_operation_says_for_whom(server: Server, connection: asyncpg.Connection, what: str) -> None:
    operations = [Operation.FromString(operation.SerializeToString()) for operation in KINDS[what]]
    for operation in operations:
        getattr(operation, operation.WhichOneof("operation")).on_behalf_of = "ada\\lovelace"
    answer = await wire.batch(server, [*operations, post("plain")])
    assert wire.outcomes(answer.results) == ["posted"] * (len(operations) + 1)
    for result in answer.results[:-1]:
        assert result.posted.transaction.on_behalf_of == "ada\\lovelace"
        told = await wire.transaction(server, transaction_id=result.posted.transaction_id)
        assert told.on_behalf_of == "ada\\lovelace"
        for leg_id in told.leg_ids:
            assert (await wire.transaction(server, transaction_id=leg_id)).on_behalf_of == ""
    assert (await wire.transaction(server, reference="plain")).on_behalf_of == ""
    assert wire.outcomes((await wire.batch(server, operations)).results) == ["replayed"] * len(operations)
    for operation in operations:
        getattr(operation, operation.WhichOneof("operation")).on_behalf_of = "eve"
    for result in (await wire.batch(server, operations)).results:
        rejection = wire.of_rejection(result.rejection)
        assert (rejection.reason, rejection.details["fields"]) == ("REFERENCE_CONFLICT", "on_behalf_of")
    await prove(connection)


async def test_a_plain_movement_has_no_request_of_its_own(server: Server, connection: asyncpg.Connection) -> None:
    await wire.batch(server, [post("plain"), post("told", on_behalf_of="ada")])
    rows = await connection.fetch("SELECT reference, request_json FROM transactions ORDER BY reference")
    assert [tuple(row) for row in rows] == [("plain", None), ("told", '{"on_behalf_of": "ada"}')]


async def test_a_watch_tells_for_whom(server: Server) -> None:
    watching = await wire.watch(server)
    await wire.batch(server, [post("told", on_behalf_of="ada")])
    (event,) = await watching.events(1)
    assert event.transaction.transaction.on_behalf_of == "ada"


@pytest.mark.parametrize("name", ["two\nlines", "x" * 256])
async def test_a_malformed_name_is_told_by_its_field(server: Server, name: str) -> None:
    rejection = await wire.rejection(wire.record(server, wire.from_world("p", "@Shop", 1, on_behalf_of=name)))
    assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", ("draft.on_behalf_of",))
