"""WatchMonitors: which movement makes a monitor fire, told with its figures."""

import pytest
from ledgerapi.v1 import monitor_pb2, monitor_service_pb2

from tests.conftest import Server
from tests.rpc import wire


async def test_a_monitor_fires_with_the_figures_and_the_transaction(server: Server) -> None:
    till = await wire.open_balance(server)
    monitor_id = await wire.monitor(server, "BALANCE", "GREATER_OR_EQUAL", 100, balance_id=till, description="full")
    watching = await wire.watch_monitors(server)
    await wire.record(server, wire.from_world("below", till, 99))
    moved = (await wire.record(server, wire.from_world("above", till, 5))).transaction
    (event,) = await watching.events(1)
    told = event.monitor
    assert wire.kind(event) == "MONITOR_FIRED"
    assert (told.monitor.id, told.monitor.description) == (monitor_id, "full")
    assert (told.balance_id, told.transaction_id) == (till, moved.id)
    assert told.figures == moved.destination_figures.after
    assert (told.currency, told.precision) == ("USD", 100)
    assert told.monitor.conditions[0].threshold.precise == "100"


@pytest.mark.parametrize(("trigger", "fired"), [("EDGE", ["b", "e"]), ("LEVEL", ["b", "c", "e"])])
async def test_edge_fires_when_it_becomes_true_and_level_while_it_is(
    server: Server, trigger: str, fired: list[str]
) -> None:
    till = await wire.open_balance(server)
    await wire.monitor(server, "BALANCE", "GREATER", 100, trigger=trigger, balance_id=till)
    watching = await wire.watch_monitors(server)
    moves = {"a": 100, "b": 1, "c": 1, "d": -50, "e": 50}  # 100, 101, 102, 52, 102
    ids = {}
    for reference, amount in moves.items():
        asked = (
            wire.from_world(reference, till, amount) if amount > 0 else wire.draft(reference, till, "@Sales", -amount)
        )
        ids[(await wire.record(server, asked)).transaction.id] = reference
    assert [ids[event.monitor.transaction_id] for event in await watching.events(len(fired))] == fired


async def test_a_crossing_inside_a_batch_is_reported(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.monitor(server, "BALANCE", "GREATER", 100, balance_id=till)
    watching = await wire.watch_monitors(server)
    there = wire.post(wire.from_world("there", till, 101))
    back = wire.post(wire.draft("back", till, "@Sales", 101))
    await wire.batch(server, [there, back], wire.ATOMIC)
    (event,) = await watching.events(1)
    assert event.monitor.figures.balance == "101"


async def test_a_rejected_group_reports_nothing(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.monitor(server, "BALANCE", "GREATER", 100, balance_id=till)
    watching = await wire.watch_monitors(server)
    poor = wire.post(wire.draft("poor", "@Empty", "@Sales", 1))
    await wire.batch(server, [wire.post(wire.from_world("there", till, 101)), poor], wire.ATOMIC)
    await wire.record(server, wire.from_world("real", till, 102))
    (event,) = await watching.events(1)
    assert event.monitor.figures.balance == "102"


async def test_a_single_large_movement_is_reported_on_its_side(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.record(server, wire.from_world("open", till, 10_000))
    await wire.monitor(server, "DEBIT_AMOUNT", "GREATER_OR_EQUAL", 500, balance_id=till)
    watching = await wire.watch_monitors(server)
    await wire.record(server, wire.draft("small", till, "@Sales", 499))
    await wire.record(server, wire.from_world("in", till, 5_000))
    for reference in ("large", "larger"):
        moved = (await wire.record(server, wire.draft(reference, till, "@Sales", 500))).transaction
        (event,) = await watching.events(1)
        assert event.monitor.transaction_id == moved.id


async def test_a_monitor_made_through_one_server_is_exact_on_the_other_at_once(dsn: str) -> None:
    async with wire.two_servers(dsn) as (first, second):
        watching = await wire.watch_monitors(first)
        for number in range(10):
            till = await wire.open_balance(first)
            await wire.record(second, wire.from_world(f"known-{number}", till, 1))  # The second server knows it now.
            monitor_id = await wire.monitor(first, "BALANCE", "GREATER", 100, balance_id=till)
            moved = (await wire.record(second, wire.from_world(f"cross-{number}", till, 100))).transaction
            (event,) = await watching.events(1)
            assert (event.monitor.monitor.id, event.monitor.transaction_id) == (monitor_id, moved.id)


async def test_a_deleted_monitor_is_silent_and_a_changed_one_changed_at_once(dsn: str) -> None:
    async with wire.two_servers(dsn) as (first, second):
        till = await wire.open_balance(first)
        gone = await wire.monitor(first, "BALANCE", "GREATER", 10, balance_id=till)
        changed = await wire.monitor(first, "BALANCE", "GREATER", 1_000, balance_id=till)
        await wire.record(second, wire.from_world("known", till, 1))
        watching = await wire.watch_monitors(second)
        await first.monitors.DeleteMonitor(monitor_service_pb2.DeleteMonitorRequest(monitor_id=gone))
        request = monitor_service_pb2.UpdateMonitorRequest(
            monitor=monitor_pb2.Monitor(id=changed, trigger=monitor_pb2.MONITOR_TRIGGER_LEVEL)
        )
        request.update_mask.paths.append("trigger")
        await first.monitors.UpdateMonitor(request)
        await wire.record(second, wire.from_world("high", till, 1_000))
        await wire.record(second, wire.from_world("higher", till, 1))
        assert [event.monitor.monitor.id for event in await watching.events(2)] == [changed, changed]


async def test_monitors_are_watched_from_a_cursor_and_narrowed(server: Server) -> None:
    start = (await wire.watch_monitors(server)).cursor
    tills = [await wire.open_balance(server) for _ in range(2)]
    monitors = [await wire.monitor(server, "BALANCE", "GREATER", 5, balance_id=till) for till in tills]
    for number in range(2):
        await wire.record(server, wire.from_world(f"r{number}", tills[number], 6))
    everything = await wire.watch_monitors(server, after_cursor=start)
    events = await everything.events(2)
    assert [event.monitor.monitor.id for event in events] == monitors
    for narrowed in (
        {"monitor_ids": [monitors[1]]},
        {"balance_ids": [tills[1]]},
        {"monitor_ids": monitors, "balance_ids": [tills[1]]},
    ):
        watching = await wire.watch_monitors(server, after_cursor=start, **narrowed)
        assert await watching.events(1) == [events[1]]
        watching.cancel()
    resumed = await wire.watch_monitors(server, after_cursor=events[0].cursor)
    assert await resumed.events(1) == [events[1]]
