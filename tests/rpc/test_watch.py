"""Watching: everything once, in one order, from any cursor, on any server, however slow the reader."""

import asyncio
import base64
from typing import Any

import pytest
from ledgerapi.v1 import event_pb2, monitor_service_pb2, transaction_pb2

from ledgerd.core.model.ids import ORDINAL_MAX
from ledgerd.journal import cursor as cursors
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire

INFLIGHT = transaction_pb2.TRANSACTION_STATUS_INFLIGHT
APPLIED = transaction_pb2.TRANSACTION_STATUS_APPLIED


def names(count: int, prefix: str = "r") -> list[str]:
    return [f"{prefix}-{number}" for number in range(1, count + 1)]


def moved_cursor(text: str, **change: Any) -> str:
    """A cursor of this service's own form that stands elsewhere."""
    parsed = cursors.parse(text)
    assert parsed is not None
    return parsed._replace(**change).text()


async def quiet(server: Server, watching: wire.Watching) -> None:
    """Nothing waits to be sent: a posting made now is the next event."""
    await wire.record(server, wire.from_world("last", "@Last", 1))
    assert await watching.references(1) == ["last"]


# Where a watch begins --------------------------------------------------------------------------


async def test_a_watch_from_now_sends_what_comes_and_not_what_was(server: Server) -> None:
    earlier = await wire.watch(server)
    await wire.record(server, wire.from_world("before", "@Sales", 1))
    assert await earlier.references(1) == ["before"]
    watching = await wire.watch(server)
    await wire.record(server, wire.from_world("after", "@Sales", 2))
    (event,) = await watching.events(1)
    assert (wire.kind(event), event.transaction.transaction.reference) == ("TRANSACTION_APPLIED", "after")
    assert event.transaction.transaction == await wire.transaction(server, reference="after")
    assert event.commit_time == event.transaction.transaction.record_time


async def test_a_watch_after_a_cursor_sends_every_later_event_once(server: Server) -> None:
    watching = await wire.watch(server)
    await wire.batch(server, wire.drafts(20))
    cursors_seen = [event.cursor for event in await watching.events(20)]
    assert len(set(cursors_seen)) == 20
    for place in (0, 7, 18):
        resumed = await wire.watch(server, after_cursor=cursors_seen[place])
        assert await resumed.references(19 - place) == names(20)[place + 1 :]
        resumed.cancel()
    resumed = await wire.watch(server, after_cursor=cursors_seen[-1])
    await quiet(server, resumed)


async def test_a_heartbeats_cursor_resumes_as_an_events_does(server: Server) -> None:
    watching = await wire.watch(server)
    at_start = watching.cursor
    await wire.batch(server, wire.drafts(3))
    resumed = await wire.watch(server, after_cursor=at_start)
    assert await resumed.references(3) == names(3)


async def test_a_watch_resumes_in_the_middle_of_one_large_commit(server: Server) -> None:
    watching = await wire.watch(server)
    await wire.batch(server, wire.drafts(2_500), wire.ATOMIC, view=wire.BASIC)
    events = await watching.events(2_500)
    assert [event.transaction.transaction.reference for event in events] == names(2_500)
    for place in (0, 998, 999, 1_000, 1_233, 2_498):
        resumed = await wire.watch(server, after_cursor=events[place].cursor)
        rest = await resumed.events(2_499 - place)
        assert rest == events[place + 1 :]
        resumed.cancel()


async def test_two_servers_on_one_database_tell_the_same_story(dsn: str) -> None:
    async with wire.two_servers(dsn) as servers:
        watches = [await wire.watch(server) for server in servers]

        async def post(server: Server, prefix: str) -> None:
            for number in range(20):
                await wire.record(server, wire.from_world(f"{prefix}-{number}", "@Sales", 1))

        await asyncio.gather(post(servers[0], "a"), post(servers[1], "b"))
        told = [await watching.events(40) for watching in watches]
        assert told[0] == told[1]
        references = [event.transaction.transaction.reference for event in told[0]]
        assert [reference for reference in references if reference.startswith("a")] == [
            f"a-{number}" for number in range(20)
        ]
        assert [reference for reference in references if reference.startswith("b")] == [
            f"b-{number}" for number in range(20)
        ]
        resumed = await wire.watch(servers[1], after_cursor=told[0][10].cursor)
        assert await resumed.references(29) == references[11:]


async def test_events_follow_what_caused_what(server: Server) -> None:
    """Along one balance the versions in the events only grow."""
    watching = await wire.watch(server)
    calls = [wire.record(server, wire.from_world(f"r{number}", f"@S{number % 3}", 1)) for number in range(60)]
    await asyncio.gather(*calls)
    events = await watching.events(60)
    versions = [event.transaction.transaction.source_figures.after.version for event in events]
    assert versions == list(range(1, 61))


async def test_a_slow_subscriber_sees_everything_in_order_once(server: Server) -> None:
    watching = await wire.watch(server)
    for number in range(6):
        await wire.batch(server, wire.drafts(1_000, prefix=f"b{number}"), view=wire.BASIC)
    wanted = [name for number in range(6) for name in names(1_000, f"b{number}")]
    assert await watching.references(6_000) == wanted
    await quiet(server, watching)


async def test_a_subscriber_that_does_not_read_keeps_nobody_waiting(server: Server) -> None:
    idle, reading = await wire.watch(server), await wire.watch(server)
    await wire.batch(server, wire.drafts(3_000), view=wire.BASIC)
    await wire.record(server, wire.from_world("fresh", "@Sales", 1))
    assert await reading.references(3_001) == [*names(3_000), "fresh"]
    assert await idle.references(3_001) == [*names(3_000), "fresh"]


# What is sent ----------------------------------------------------------------------------------


async def test_what_is_rejected_or_replayed_is_no_event(server: Server) -> None:
    watching = await wire.watch(server)
    await wire.record(server, wire.from_world("r", "@Sales", 1))
    await wire.record(server, wire.from_world("r", "@Sales", 1))
    await wire.rejection(wire.record(server, wire.draft("poor", "@Empty", "@Sales", 1)))
    await wire.record(server, wire.from_world("preview", "@Sales", 1), preview=True)
    await wire.record(server, wire.from_world("s", "@Sales", 1))
    assert await watching.references(2) == ["r", "s"]


def stood(event: event_pb2.Event) -> tuple[str, int, str, str, str]:
    """Where a hold stood at an event."""
    transaction = event.transaction.transaction
    figures = transaction.hold
    return (
        wire.kind(event),
        transaction.status,
        figures.committed.precise,
        figures.voided.precise,
        figures.remaining.precise,
    )


async def test_a_holds_life_is_told_as_it_was_not_as_it_is_now(server: Server) -> None:
    start = (await wire.watch(server)).cursor
    hold = await wire.hold(server, "h", 100)
    await wire.resolve(server, wire.commit(hold.id, 30, "c"))
    await wire.resolve(server, wire.void(hold.id, "v"))
    late = await wire.watch(server, after_cursor=start)
    life = [event for event in await late.events(5) if event.transaction.transaction.id == hold.id]
    assert [stood(event) for event in life] == [
        ("TRANSACTION_INFLIGHT", INFLIGHT, "0", "0", "100"),
        ("TRANSACTION_COMMITTED", INFLIGHT, "30", "0", "70"),
        ("TRANSACTION_VOIDED", APPLIED, "30", "70", "0"),
    ]


async def test_the_commits_and_voids_of_a_hold_are_told_with_their_parent(server: Server) -> None:
    watching = await wire.watch(server)
    hold = await wire.hold(server, "h", 100)
    await wire.resolve(server, wire.commit(hold.id, 30, "c"))
    await wire.resolve(server, wire.void(hold.id, "v"))
    told = [event.transaction.transaction for event in await watching.events(5)]
    assert {transaction.reference: transaction.parent_id for transaction in told} == {
        "h": "",
        "c": hold.id,
        "v": hold.id,
    }


async def test_hold_and_commit_in_one_batch_are_told_apart(server: Server) -> None:
    watching = await wire.watch(server)
    hold = await wire.hold(server, "h", 100)
    await wire.batch(server, [wire.commit(hold.id, 10, "c1"), wire.commit(hold.id, 20, "c2")], wire.ATOMIC)
    events = await watching.events(5)
    committed = [
        event.transaction.transaction.hold.committed.precise
        for event in events
        if event.transaction.transaction.id == hold.id
    ]
    assert committed == ["0", "10", "30"]


# What is asked for -----------------------------------------------------------------------------


async def test_a_watch_can_be_narrowed(server: Server) -> None:
    start = (await wire.watch(server)).cursor
    sales = (await wire.record(server, wire.from_world("eur", "@Sales", 1, currency="EUR"))).transaction
    batch = (await wire.batch(server, wire.drafts(2, prefix="b"), wire.ATOMIC)).batch.id
    await wire.record(server, wire.from_world("paid", "@Staff", 1, group="payroll 2026", tag="march"))
    hold = await wire.hold(server, "h", 5)
    await wire.resolve(server, wire.void(hold.id, "v"))
    await wire.record(server, wire.from_world("end", "@End", 1, group="payroll 2026", tag="march", currency="EUR"))
    asked: dict[str, list[str]] = {
        "currency = EUR": ["eur", "end"],
        f"balance_id = {sales.destination_id}": ["eur"],
        f"batch_id = {batch}": ["b-1", "b-2"],
        'group = "payroll 2026" AND tag = march': ["paid", "end"],
        "reference = paid": ["paid"],
        "kind = HOLD AND status = INFLIGHT": ["h"],
        f"parent_id = {hold.id}": ["v"],
    }
    for text, wanted in asked.items():
        watching = await wire.watch(server, after_cursor=start, filter=text)
        assert await watching.references(len(wanted)) == wanted, text
        watching.cancel()
    only = await wire.watch(server, after_cursor=start, balance_ids=[sales.source_id, hold.source_id])
    assert set(await only.references(5)) == {"eur", "h", "v", "end"}  # h twice: held, then voided


@pytest.mark.parametrize("filter_text", ["colour = red", "kind = ", "create_time > yesterday", "kind = Hold"])
async def test_a_filter_that_cannot_be_read_is_rejected(server: Server, filter_text: str) -> None:
    request = wire.pb.WatchTransactionsRequest(filter=filter_text)
    rejection = await wire.Watching(server.transactions.WatchTransactions(request)).rejected()
    assert (rejection.code, rejection.reason) == ("INVALID_ARGUMENT", "FILTER_INVALID")


async def test_at_most_a_thousand_balances_can_be_asked_for(server: Server) -> None:
    request = wire.pb.WatchTransactionsRequest(balance_ids=["bln_01hzzzzzzzzzzzzzzzzzzzzzzz"] * 1_001)
    rejection = await wire.Watching(server.transactions.WatchTransactions(request)).rejected()
    assert (rejection.reason, rejection.details["limit"]) == ("TOO_MANY_ITEMS", "1000")
    request = wire.pb.WatchTransactionsRequest(balance_ids=["@World"])
    assert (await wire.Watching(server.transactions.WatchTransactions(request)).rejected()).reason == "FIELD_INVALID"


# Cursors ---------------------------------------------------------------------------------------


def spelt(plain: str) -> str:
    """This text in the form that cursors have."""
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


FORGED = ["2.e.1.1", "2.e.1.1.", "2.e.1.1.XYZ", "2.e.1.1.0123456789ABCDEF", "1.e.1.1.0123456789abcdef", "3.e.1.1"]


@pytest.mark.parametrize(
    "cursor", ["zzz", "é", "x" * 5_000, "MQ", "MS4uLg", " ", "AAAA.BBBB", *(spelt(plain) for plain in FORGED)]
)
async def test_what_is_not_a_cursor_is_told_so(server: Server, cursor: str) -> None:
    for call in (
        server.transactions.WatchTransactions(wire.pb.WatchTransactionsRequest(after_cursor=cursor)),
        server.monitors.WatchMonitors(monitor_service_pb2.WatchMonitorsRequest(after_cursor=cursor)),
    ):
        rejection = await wire.Watching(call).rejected()
        assert (rejection.code, rejection.reason) == ("INVALID_ARGUMENT", "CURSOR_INVALID")


@pytest.mark.parametrize(
    "change",
    [{"epoch": "0" * 32}, {"position": 10**6}, {"position": 10**30, "ordinal": ORDINAL_MAX}, {"chain": "0" * 15 + "1"}],
)
async def test_a_cursor_of_another_history_or_of_the_future_is_out_of_range(
    server: Server, change: dict[str, Any]
) -> None:
    cursor = moved_cursor((await wire.watch(server)).cursor, **change)
    request = wire.pb.WatchTransactionsRequest(after_cursor=cursor)
    rejection = await wire.Watching(server.transactions.WatchTransactions(request)).rejected()
    assert (rejection.code, rejection.reason) == ("OUT_OF_RANGE", "CURSOR_OUT_OF_RANGE")
    assert rejection.details["cursor"] == cursor
    assert rejection.details["cause"]


async def test_a_cursor_that_was_kept_from_before_cursors_had_a_chain_still_resumes(server: Server) -> None:
    watching = await wire.watch(server)
    await wire.batch(server, wire.drafts(3), wire.ATOMIC)
    first, *_ = await watching.events(3)
    resumed = await wire.watch(server, after_cursor=moved_cursor(first.cursor, chain=""))
    assert await resumed.references(2) == ["r-2", "r-3"]
    assert cursors.parse(resumed.cursor).chain


def test_a_cursor_has_one_spelling() -> None:
    cursor = cursors.Cursor("0" * 32, 17, 3, "0" * 16).text()
    for other in (cursor + "!", cursor + "=", f" {cursor}", cursor[:-1] + "\n"):
        assert cursors.parse(other) is None


# Stopping --------------------------------------------------------------------------------------


async def test_a_server_that_stops_leaves_a_cursor_that_resumes_elsewhere(dsn: str) -> None:
    first, second = await start_server(dsn), await start_server(dsn)
    watching = await wire.watch(first)
    await wire.batch(first, wire.drafts(3))
    assert await watching.references(3) == names(3)
    stopping = asyncio.create_task(first.app.stop())
    assert (await watching.message()).HasField("heartbeat")
    rejection = await watching.rejected()
    assert (rejection.code, rejection.reason, rejection.retry) == ("UNAVAILABLE", "SHUTTING_DOWN", True)
    await wire.batch(second, wire.drafts(3, prefix="s"))
    resumed = await wire.watch(second, after_cursor=watching.cursor)
    assert await resumed.references(3) == names(3, "s")
    await stopping
    await first.channel.close()
    await stop_server(second)
