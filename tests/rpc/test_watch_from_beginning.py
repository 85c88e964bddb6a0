"""A watch can begin at the first event of all, instead of now or after a cursor."""

from typing import Any

import pytest
from ledgerapi.v1 import event_service_pb2, monitor_service_pb2
from ledgerd_client import LedgerClient, watch_events

from tests.conftest import Server
from tests.rpc import wire

WATCHES = [wire.watch, wire.watch_events]


@pytest.mark.parametrize("watch", WATCHES)
async def test_a_watch_from_the_beginning_sends_what_was_ever_committed_and_then_what_comes(
    server: Server, watch: Any
) -> None:
    now = await watch(server)
    await wire.record(server, wire.from_world("before", "@Sales", 1))
    expected = await now.events(3 if watch is wire.watch_events else 1)
    watching = await watch(server, from_beginning=True)
    assert await watching.events(len(expected)) == expected
    await wire.record(server, wire.from_world("after", "@Sales", 1))
    (event,) = await watching.events(1)
    assert event.transaction.transaction.reference == "after"


async def test_the_beginning_of_a_watch_is_that_of_a_list(server: Server) -> None:
    await wire.batch(server, wire.drafts(3))
    listed = (await server.events.ListEvents(event_service_pb2.ListEventsRequest())).events
    watching = await wire.watch_events(server, from_beginning=True)
    assert await watching.events(len(listed)) == list(listed)


async def test_a_monitor_that_fired_before_is_told_from_the_beginning(server: Server) -> None:
    till = await wire.open_balance(server)
    monitor_id = await wire.monitor(server, "BALANCE", "GREATER", 5, balance_id=till)
    await wire.record(server, wire.from_world("fires", till, 9))
    watching = await wire.watch_monitors(server, from_beginning=True)
    (event,) = await watching.events(1)
    assert event.monitor.monitor.id == monitor_id


async def test_a_watch_has_one_beginning(server: Server) -> None:
    cursor = (await wire.watch(server)).cursor
    asked = {"from_beginning": True, "after_cursor": cursor}
    for call in (
        server.transactions.WatchTransactions(wire.pb.WatchTransactionsRequest(**asked)),
        server.monitors.WatchMonitors(monitor_service_pb2.WatchMonitorsRequest(**asked)),
        server.events.WatchEvents(event_service_pb2.WatchEventsRequest(**asked)),
    ):
        rejection = await wire.rejection(call.read())
        assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", ("from_beginning",))


async def test_the_client_begins_at_the_beginning_and_goes_on_after_its_cursor(server: Server) -> None:
    await wire.record(server, wire.from_world("before", "@Sales", 1))
    async with (
        LedgerClient(server.target) as client,
        watch_events(client, from_beginning=True) as watcher,
    ):
        kinds = [wire.kind(await anext(watcher)) for _ in range(3)]
    assert sorted(kinds) == ["BALANCE_CREATED", "BALANCE_CREATED", "TRANSACTION_APPLIED"]
