"""The queue, as callers see it: accepted now, applied in order, under the same id."""

import asyncio
from typing import Any

import asyncpg
import grpc
import pytest

from ledgerd.app import App, Tuning
from ledgerd.config import Config
from ledgerd.workers import batches
from tests.conftest import Begin, Server
from tests.rpc import background, wire
from tests.rpc.deferred import accept, kinds, outcome_of, prove, status


async def test_a_queued_draft_is_accepted_and_then_applied_under_the_same_id(
    server: Server, connection: asyncpg.Connection
) -> None:
    watching = await wire.watch(server)
    accepted = await accept(server, "q", 5, queue=True)
    assert status(accepted) == "QUEUED"
    assert not accepted.HasField("record_time")
    assert not accepted.HasField("source_figures")
    applied = await outcome_of(server, accepted.id)
    assert (status(applied), applied.id) == ("APPLIED", accepted.id)
    assert applied.destination_figures.after.balance == "5"
    assert await wire.balance(server, "@Sales") == 5
    events = await watching.events(2)
    assert kinds(events) == ["QUEUED", "APPLIED"]
    told = [event.transaction.transaction for event in events]
    assert [transaction.id for transaction in told] == [accepted.id] * 2
    assert not told[0].HasField("source_figures")
    assert told[1].source_figures.after.balance == "-5"
    await prove(connection)


async def test_a_queued_draft_that_the_rules_reject_is_rejected_with_the_reason(
    server: Server, connection: asyncpg.Connection
) -> None:
    watching = await wire.watch(server)
    till = await wire.open_balance(server)
    accepted = (await wire.record(server, wire.draft("q", till, "@Sales", 5, queue=True))).transaction
    rejected = await outcome_of(server, accepted.id)
    assert status(rejected) == "REJECTED"
    rejection = wire.of_rejection(rejected.rejection)
    assert (rejection.reason, rejection.details) == (
        "INSUFFICIENT_FUNDS",
        {"balance": till, "requested": "5", "available": "0"},
    )
    events = await watching.events(2)
    assert kinds(events) == ["QUEUED", "REJECTED"]
    assert not events[0].transaction.transaction.HasField("rejection")
    assert events[1].transaction.transaction.rejection == rejected.rejection
    await prove(connection)


async def test_a_preview_knows_that_nothing_is_deferred_on_what_is_not_there_yet(server: Server) -> None:
    """@World is opened on its first use, which a preview is not."""
    draft = wire.from_world("q", "@Sales", 5, queue=True, check_deferred=True)
    assert status((await wire.record(server, draft, preview=True)).transaction) == "QUEUED"
    draft.allow_overdraft = False
    rejection = await wire.rejection(wire.record(server, draft, preview=True))
    assert (rejection.reason, rejection.details["deferred"]) == ("INSUFFICIENT_FUNDS", "0")
    assert status(await accept(server, "q", 5, queue=True, check_deferred=True)) == "QUEUED"


async def test_the_queue_is_applied_in_the_order_of_acceptance(server: Server, connection: asyncpg.Connection) -> None:
    till = await wire.open_balance(server)
    operations = [wire.post(wire.from_world("in", till, 10, queue=True))]
    operations += [wire.post(wire.draft(f"out-{n}", till, "@Sales", 4, queue=True)) for n in range(3)]
    answer = await wire.batch(server, operations)
    assert [status(result.posted) for result in answer.results] == ["QUEUED"] * 4
    ended = [await outcome_of(server, result.posted.transaction_id) for result in answer.results]
    assert [status(transaction) for transaction in ended] == ["APPLIED", "APPLIED", "APPLIED", "REJECTED"]
    assert await wire.balance(server, till) == 2
    await prove(connection)


async def test_chunks_of_a_stream_are_queued_too(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    drafts = [wire.post(wire.from_world(f"s-{n}", "@Sales", 1, queue=True)) for n in range(50)]
    result = await upload.chunk(drafts)
    assert {status(posting.posted) for posting in result.results} == {"QUEUED"}
    again = await upload.chunk(drafts)
    assert wire.outcomes(again.results) == ["replayed"] * 50
    await upload.finish(100)
    for posting in result.results:
        assert status(await outcome_of(server, posting.posted.transaction_id)) == "APPLIED"
    assert await wire.balance(server, "@Sales") == 50


async def test_a_queued_hold_is_inflight_when_it_is_applied(server: Server, connection: asyncpg.Connection) -> None:
    held = await accept(server, "h", 100, queue=True, inflight=True, inflight_expiry_time=wire.in_seconds(3_600))
    assert status(held) == "QUEUED"
    assert not held.HasField("hold")
    hold = await outcome_of(server, held.id)
    assert (status(hold), hold.hold.remaining.precise) == ("INFLIGHT", "100")
    await wire.resolve(server, wire.commit(held.id, 60, "part"))
    await wire.resolve(server, wire.void(held.id))
    ended = await wire.transaction(server, transaction_id=held.id)
    assert (status(ended), ended.hold.committed.precise) == ("APPLIED", "60")
    await prove(connection)


@pytest.mark.yesterday
async def test_a_queued_hold_still_expires(
    server: Server, connection: asyncpg.Connection, begin_timed_work: Begin
) -> None:
    held = await accept(server, "h", 100, queue=True, inflight=True, inflight_expiry_time=wire.due())
    assert status(await outcome_of(server, held.id)) == "INFLIGHT"
    await begin_timed_work()
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while status(await wire.transaction(server, transaction_id=held.id)) == "INFLIGHT":
            await asyncio.sleep(0.05)
    assert status(await wire.transaction(server, transaction_id=held.id)) == "VOID"
    await prove(connection)


async def test_a_replay_answers_how_it_stands_now(server: Server) -> None:
    asked = wire.from_world("q", "@Sales", 5, queue=True)
    first = (await wire.record(server, asked)).transaction
    await outcome_of(server, first.id)
    again = await wire.record(server, asked)
    assert (again.replayed, again.transaction.id, status(again.transaction)) == (True, first.id, "APPLIED")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, "queue"),
        ({"scheduled_time": {"seconds": 4_000_000_001}}, "queue,scheduled_time"),
        ({"queue": True, "require_review": True, "review_reason": "odd"}, "queue,require_review,review_reason"),
        ({"queue": True, "check_deferred": True}, "check_deferred"),
    ],
)
async def test_how_it_was_accepted_is_compared(server: Server, change: Any, fields: str) -> None:
    await accept(server, "q", 5, queue=True)
    rejection = await wire.rejection(accept(server, "q", 5, **change))
    assert (rejection.reason, rejection.details["fields"]) == ("REFERENCE_CONFLICT", fields)


async def test_what_was_posted_at_once_is_not_queued_again(server: Server) -> None:
    await accept(server, "q", 5)
    rejection = await wire.rejection(accept(server, "q", 5, queue=True))
    assert (rejection.reason, rejection.details["fields"]) == ("REFERENCE_CONFLICT", "queue")


async def test_a_preview_says_how_it_would_be_accepted_and_writes_nothing(server: Server) -> None:
    asked = wire.from_world("q", "@Sales", 5, queue=True)
    preview = (await wire.record(server, asked, preview=True)).transaction
    assert (status(preview), preview.id) == ("QUEUED", "")
    assert await wire.listed(server) == []


async def test_what_a_server_without_workers_accepts_is_applied_by_those_that_work(dsn: str) -> None:
    """Nobody wakes them: they look by themselves, also for batches, where workers of a server would wait for a day."""
    common = {"database_url": dsn, "migrate": False, "stop_grace_seconds": 5, "pool_size": 6}
    serving = App(Config(listen="127.0.0.1:0", workers=False, **common))
    seldom = Tuning(batch_work=batches.Settings(quiet_seconds=86_400))
    working = App(Config(**common), serves=False, tuning=seldom)
    await serving.start()
    server = Server(serving, grpc.aio.insecure_channel(f"127.0.0.1:{serving.port}"))
    accepted = await accept(server, "q", 5, queue=True)
    await working.start()
    assert status(await outcome_of(server, accepted.id)) == "APPLIED"
    batch = await background.accept(server, wire.drafts(3))
    assert (await background.done(server, batch.id)).posted_count == 3
    await server.channel.close()
    await working.stop()
    await serving.stop()
    assert not working.failed.is_set()
