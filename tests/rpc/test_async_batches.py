"""PostBatch with run_async: accepted at once, applied in the background."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from ledgerd.core.model import limits
from ledgerd.core.model.event import Event, EventKind
from ledgerd.journal.cursor import Cursor
from ledgerd.journal.reader import EventEntry
from ledgerd.operations.verify import verify
from ledgerd.store import event_payloads
from ledgerd.wire import events
from ledgerd.workers.batches import Settings
from tests.conftest import Begin, Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.background import (
    ACCEPTED,
    FINISHED,
    REJECTED,
    accept,
    counts,
    done,
    listed,
    malformed,
    rejections_of,
    stored,
    watched,
    without_funds,
)


async def insert_leased(
    connection: asyncpg.Connection, count: int, payload_bytes: int, status: str = "ACCEPTED"
) -> None:
    """Batches that somebody else is at work on, for a long time."""
    await connection.execute(
        "INSERT INTO batch_runs (id, mode, status, payload, operations, accepted_at, lease_token, leased_until)"
        " SELECT gen_random_uuid(), 'INDEPENDENT', $3, convert_to(repeat('x', $2), 'UTF8'), 1, now(),"
        " gen_random_uuid(), now() + interval '1 day' FROM generate_series(1, $1)",
        count,
        payload_bytes,
        status,
    )


# Applied ---------------------------------------------------------------------------------------


async def test_a_batch_is_answered_before_it_is_applied(begin_batches: Begin, server: Server) -> None:
    batch = await accept(server, wire.drafts(3))
    assert (batch.status, batch.mode, counts(batch)) == (ACCEPTED, wire.INDEPENDENT, (3, 0, 0, 0))
    assert batch.HasField("create_time") and not batch.HasField("finish_time")
    assert await stored(server, batch.id) == batch
    assert await wire.listed(server) == []
    await begin_batches()
    finished = await done(server, batch.id)
    assert (finished.status, counts(finished)) == (FINISHED, (3, 3, 0, 0))
    assert finished.create_time == batch.create_time
    assert finished.finish_time.ToNanoseconds() >= batch.create_time.ToNanoseconds()


@pytest.mark.tuned(batch_work=Settings(piece_operations=2))
async def test_operations_are_done_in_their_order_piece_by_piece(
    server: Server, connection: asyncpg.Connection
) -> None:
    till = await wire.open_balance(server)
    operations = [wire.post(wire.from_world("in", till, 10))]
    operations += [wire.post(wire.draft(f"out-{n}", till, "@Sales", 4)) for n in range(4)]
    told = await watched(server, (await accept(server, operations)).id)
    assert counts(told[-1]) == (5, 3, 0, 2)
    assert [(rejection.index, rejection.reference) for rejection in await rejections_of(server, told[-1].id)] == [
        (3, "out-2"),
        (4, "out-3"),
    ]
    transactions = await wire.listed(server, f"batch_id = {told[-1].id}")
    assert {transaction.reference for transaction in transactions} == {"in", "out-0", "out-1"}
    assert await wire.balance(server, till) == 2
    assert (await verify(connection)).faults == []


async def test_what_is_rejected_can_be_read_later_page_by_page(server: Server) -> None:
    first, second = wire.drafts(2)
    batch = await accept(
        server, [malformed("b-0"), first, without_funds(), second, malformed("b\0d"), without_funds("q")]
    )
    assert counts(batch) == (6, 0, 0, 2)  # What cannot be read is rejected from the beginning.
    assert counts(await done(server, batch.id)) == (6, 2, 0, 4)
    rejections = await rejections_of(server, batch.id, page_size=2)
    assert [(rejection.index, rejection.reference) for rejection in rejections] == [
        (0, "b-0"),
        (2, "poor"),
        (4, "b�d"),
        (5, "q"),
    ]
    told = [wire.of_rejection(rejection.rejection) for rejection in rejections]
    assert [rejection.reason for rejection in told] == ["FIELD_INVALID", "INSUFFICIENT_FUNDS"] * 2
    assert told[0].fields == ("post.source",)
    assert told[1].details["available"] == "0"
    assert await rejections_of(server, batch.id) == rejections


async def test_a_batch_of_which_nothing_can_be_read_finishes_too(server: Server) -> None:
    finished = await done(server, (await accept(server, [malformed("1"), malformed("2")])).id)
    assert (finished.status, counts(finished)) == (FINISHED, (2, 0, 0, 2))


async def test_what_others_recorded_is_replayed_and_counted_so(server: Server) -> None:
    await wire.batch(server, wire.drafts(2))
    operations = wire.drafts(3)
    finished = await done(server, (await accept(server, [*operations, operations[2]])).id)
    assert counts(finished) == (4, 1, 3, 0)  # The third is recorded once, and then replayed as well.
    again = await done(server, (await accept(server, operations, request_id="twice")).id)
    assert (again.id != finished.id, again.status, counts(again)) == (True, FINISHED, (3, 0, 3, 0))
    assert await wire.balance(server, "@Sales") == 3


async def test_a_call_that_repeats_it_synchronously_shows_the_same_batch(server: Server) -> None:
    batch = await done(server, (await accept(server, wire.drafts(2))).id)
    answer = await wire.batch(server, wire.drafts(2))
    assert wire.outcomes(answer.results) == ["replayed"] * 2
    assert answer.batch == batch


async def test_a_batch_survives_the_server_that_accepted_it(begin_batches: Begin, dsn: str) -> None:
    first = await start_server(dsn)
    batch = await accept(first, wire.drafts(3))
    await stop_server(first)
    await begin_batches()
    second = await start_server(dsn)
    assert counts(await done(second, batch.id)) == (3, 3, 0, 0)
    await stop_server(second)


async def test_the_payload_is_kept_only_until_the_batch_is_done(server: Server, connection: asyncpg.Connection) -> None:
    await done(server, (await accept(server, wire.drafts(3))).id)
    assert await connection.fetchval("SELECT count(*) FROM batch_runs") == 0


# Atomic ----------------------------------------------------------------------------------------


async def test_an_atomic_batch_is_applied_as_one(server: Server, connection: asyncpg.Connection) -> None:
    finished = await done(server, (await accept(server, wire.drafts(2_500), wire.ATOMIC)).id)
    assert (finished.status, finished.mode, counts(finished)) == (FINISHED, wire.ATOMIC, (2_500, 2_500, 0, 0))
    commits = "SELECT count(DISTINCT recorded_at) FROM transactions"
    assert await connection.fetchval(commits) == 1
    assert (await verify(connection)).faults == []


async def test_an_atomic_batch_that_is_rejected_ends_rejected_and_says_why(
    server: Server, connection: asyncpg.Connection
) -> None:
    batch = await accept(server, [*wire.drafts(2), without_funds(), *wire.drafts(1, prefix="z")], wire.ATOMIC)
    rejected = await done(server, batch.id)
    assert (rejected.status, counts(rejected)) == (REJECTED, (4, 0, 0, 4))
    assert wire.of_rejection(rejected.rejection).reason == "INSUFFICIENT_FUNDS"
    assert rejected.HasField("finish_time")
    assert await stored(server, batch.id) == rejected
    (cause,) = await rejections_of(server, batch.id)
    assert (cause.index, cause.reference, cause.rejection) == (2, "poor", rejected.rejection)
    assert await wire.listed(server) == []
    payload = json.loads(await connection.fetchval("SELECT payload FROM events WHERE kind = 'BATCH_FINISHED'"))
    assert (payload["rejected"], json.loads(payload["rejection"])["reason"]) == (4, "INSUFFICIENT_FUNDS")
    assert counts(await done(server, (await accept(server, wire.drafts(2), wire.ATOMIC, "more")).id)) == (2, 2, 0, 0)
    assert (await verify(connection)).faults == []


async def test_an_atomic_batch_that_cannot_be_read_is_rejected_at_once(server: Server) -> None:
    operations = [*wire.drafts(1), malformed()]
    answer = await wire.batch(server, operations, wire.ATOMIC, run_async=True, request_id="once")
    assert answer == await wire.batch(server, operations, wire.ATOMIC)
    assert (answer.batch.id, answer.batch.status) == ("", REJECTED)
    assert await listed(server) == []
    await accept(server, wire.drafts(1), wire.ATOMIC)  # The request id is still free.


async def test_an_atomic_batch_that_was_recorded_before_is_replayed(server: Server) -> None:
    await wire.batch(server, wire.drafts(2), wire.ATOMIC)
    finished = await done(server, (await accept(server, wire.drafts(2), wire.ATOMIC)).id)
    assert (finished.status, counts(finished)) == (FINISHED, (2, 0, 2, 0))
    rejected = await done(server, (await accept(server, wire.drafts(3), wire.ATOMIC, "more")).id)
    assert wire.of_rejection(rejected.rejection).reason == "REFERENCES_ALREADY_RECORDED"
    assert [rejection.index for rejection in await rejections_of(server, rejected.id)] == [0, 1]


# The call repeated -----------------------------------------------------------------------------


async def test_the_same_call_answers_the_same_batch(begin_batches: Begin, server: Server) -> None:
    batch = await accept(server, wire.drafts(3))
    assert await accept(server, wire.drafts(3)) == batch
    await begin_batches()
    finished = await done(server, batch.id)
    assert await accept(server, wire.drafts(3)) == finished
    assert await listed(server) == [batch.id]


async def test_calls_at_the_same_moment_are_one_batch(server: Server) -> None:
    answers = await asyncio.gather(*(accept(server, wire.drafts(3)) for _ in range(5)))
    assert len({answer.id for answer in answers}) == 1
    assert counts(await done(server, answers[0].id)) == (3, 3, 0, 0)


@pytest.mark.parametrize(
    ("operations", "mode", "fields"),
    [
        (wire.drafts(2), wire.INDEPENDENT, "operations"),
        (wire.drafts(3, destination="@Other"), wire.INDEPENDENT, "operations"),
        (wire.drafts(3), wire.ATOMIC, "mode"),
    ],
)
async def test_the_same_request_id_with_other_content_is_rejected(
    server: Server, operations: Any, mode: Any, fields: str
) -> None:
    await accept(server, wire.drafts(3))
    rejection = await wire.rejection(wire.batch(server, operations, mode, run_async=True, request_id="once"))
    assert (rejection.code, rejection.reason) == ("ALREADY_EXISTS", "REQUEST_ID_CONFLICT")
    assert rejection.details == {"request_id": "once", "fields": fields}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"run_async": True}, "request_id"),
        ({"run_async": True, "request_id": "x" * 129}, "request_id"),
        ({"request_id": "once"}, "request_id"),
        ({"run_async": True, "request_id": "once", "validate_only": True}, "run_async"),
    ],
)
async def test_what_goes_with_the_background_is_checked(server: Server, asked: dict[str, Any], field: str) -> None:
    rejection = await wire.rejection(wire.batch(server, wire.drafts(1), **asked))
    assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", (field,))
    assert await listed(server) == []


async def test_the_bounds_are_those_of_every_batch(server: Server) -> None:
    rejection = await wire.rejection(wire.batch(server, wire.drafts(10_001), run_async=True, request_id="once"))
    assert (rejection.reason, rejection.details["limit"]) == ("TOO_MANY_ITEMS", "10000")
    assert (await wire.rejection(wire.batch(server, [], run_async=True, request_id="once"))).fields == ("operations",)


# Too much --------------------------------------------------------------------------------------


async def test_only_so_many_batches_are_accepted_unfinished(server: Server, connection: asyncpg.Connection) -> None:
    earlier = await accept(server, wire.drafts(1), request_id="earlier")
    await done(server, earlier.id)
    await insert_leased(connection, limits.BATCH_RUNS_MAX, 1)
    rejection = await wire.rejection(wire.batch(server, wire.drafts(1), run_async=True, request_id="once"))
    assert (rejection.code, rejection.reason, rejection.retry) == ("RESOURCE_EXHAUSTED", "TOO_BUSY", True)
    assert rejection.details == {"waiting": "100", "limit": "100"}
    assert (await accept(server, wire.drafts(1), request_id="earlier")).id == earlier.id
    await connection.execute("DELETE FROM batch_runs")
    await accept(server, wire.drafts(1))  # The rejected call did not use its request id up.


async def test_only_so_many_bytes_are_accepted_unfinished(server: Server, connection: asyncpg.Connection) -> None:
    await insert_leased(connection, 16, 16 * 1024 * 1024)
    rejection = await wire.rejection(wire.batch(server, wire.drafts(1), run_async=True, request_id="once"))
    assert (rejection.reason, rejection.details) == (
        "TOO_BUSY",
        {"waiting": "268435456", "limit": "268435456", "unit": "bytes"},
    )


# What was told ---------------------------------------------------------------------------------


async def test_the_event_of_a_batch_has_what_became_of_it(server: Server, connection: asyncpg.Connection) -> None:
    done_ones = [
        await done(server, (await accept(server, [*wire.drafts(1), without_funds()], request_id="1")).id),
        await done(server, (await accept(server, [without_funds()], wire.ATOMIC, "2")).id),
    ]
    rows = await connection.fetch("SELECT * FROM events WHERE kind = 'BATCH_FINISHED' ORDER BY id")
    kind = EventKind.BATCH_FINISHED
    recorded = [Event(kind, event_payloads.from_json(kind, row["payload"])) for row in rows]
    told = [
        events.show(EventEntry(row["id"].int, Cursor("e", 1, 1), row["recorded_at"], event)).event
        for row, event in zip(rows, recorded, strict=True)
    ]
    assert [answer.batch.batch for answer in told] == done_ones


@pytest.mark.parametrize("mode", [wire.INDEPENDENT, wire.ATOMIC])
async def test_what_cannot_be_recorded_is_rejected_and_does_not_hold_the_rest_up(
    server: Server, connection: asyncpg.Connection, mode: Any
) -> None:
    """PostgreSQL rejects something that the rules let pass: a bug, contained."""
    await connection.execute("ALTER TABLE transactions ADD CONSTRAINT not_the_second CHECK (reference <> 'r-2')")
    finished = await done(server, (await accept(server, wire.drafts(3), mode)).id)
    (first, *_) = rejections = await rejections_of(server, finished.id)
    assert wire.of_rejection(first.rejection).reason == "INTERNAL"
    if mode == wire.ATOMIC:
        assert (finished.status, counts(finished)) == (REJECTED, (3, 0, 0, 3))
    else:
        assert (counts(finished), [rejection.index for rejection in rejections]) == ((3, 2, 0, 1), [1])
    assert (await verify(connection)).faults == []


@pytest.mark.poster(legs_together_max=4)
async def test_what_is_too_much_at_once_is_done_one_by_one_or_rejected(server: Server) -> None:
    """The holds of one batch are not too many to resolve, those of two in one database transaction are."""
    give = {"allow_overdraft": True, "inflight": True}
    batches = []
    for name in "ab":
        holds = [wire.post(wire.draft(f"{name}{n}", "@World", "@Sales", 1, **give)) for n in range(3)]
        batches.append((await wire.batch(server, holds)).batch.id)
    commits = [wire.commit(batch) for batch in batches]
    rejected_whole = await done(server, (await accept(server, commits, wire.ATOMIC, "together")).id)
    assert rejected_whole.status == REJECTED
    assert wire.of_rejection(rejected_whole.rejection).reason == "TOO_MANY_ITEMS"
    finished = await done(server, (await accept(server, commits, request_id="each")).id)
    assert counts(finished) == (2, 2, 0, 0)
