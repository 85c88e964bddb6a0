import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from fake_ledger import FakeLedger, until
from grpc import StatusCode
from ledgerapi.v1.event_pb2 import EVENT_KIND_LEDGER_CREATED

from ledgerd_client import (
    CursorLost,
    LedgerClient,
    Unavailable,
    Watcher,
    watch_events,
    watch_monitors,
    watch_transactions,
)


async def take(watcher: Watcher, count: int) -> list[str]:
    return [(await anext(watcher)).cursor for _ in range(count)]


async def test_from_now(client: LedgerClient, ledger: FakeLedger) -> None:
    await ledger.journal.record(3)
    async with watch_transactions(client) as watcher:
        await watcher.ready()
        assert watcher.cursor == "c3"
        await ledger.journal.record(2)
        assert await take(watcher, 2) == ["c4", "c5"]
        assert watcher.cursor == "c5"


async def test_after_a_cursor(client: LedgerClient, ledger: FakeLedger) -> None:
    await ledger.journal.record(3)
    async with watch_transactions(client, after_cursor="c1") as watcher:
        assert watcher.cursor == "c1"
        assert await take(watcher, 2) == ["c2", "c3"]


async def test_monitors_with_their_filters(client: LedgerClient, ledger: FakeLedger) -> None:
    await ledger.journal.record()
    narrowed: dict[str, Any] = {
        "monitor_ids": ["mon_1"],
        "balance_ids": ["bln_1"],
        "indicator_keys": [("@World", "USD")],
    }
    async with watch_monitors(client, after_cursor="c0", **narrowed) as watcher:
        assert await take(watcher, 1) == ["c1"]
    (request,) = ledger.monitors.requests
    assert (list(request.monitor_ids), list(request.balance_ids)) == (["mon_1"], ["bln_1"])
    assert [(key.indicator, key.currency) for key in request.indicator_keys] == [("@World", "USD")]


async def test_everything_by_kinds_and_a_filter(client: LedgerClient, ledger: FakeLedger) -> None:
    await ledger.journal.record()
    kinds = [EVENT_KIND_LEDGER_CREATED]
    async with watch_events(client, after_cursor="c0", kinds=kinds, filter="tag = x") as watcher:
        assert await take(watcher, 1) == ["c1"]
    (request,) = ledger.events.requests
    assert (list(request.kinds), request.filter) == (kinds, "tag = x")


@pytest.mark.parametrize("status", [StatusCode.UNAVAILABLE, StatusCode.CANCELLED, None])
async def test_breaks_are_resumed_and_nothing_is_missed(
    client: LedgerClient, ledger: FakeLedger, status: StatusCode | None
) -> None:
    ledger.journal.breaks = [(1, status), (3, status), (1, status), (2, status)]
    async with watch_transactions(client) as watcher:
        await watcher.ready()
        await ledger.journal.record(5)
        assert await take(watcher, 5) == ["c1", "c2", "c3", "c4", "c5"]


async def test_events_between_ready_and_the_first_step_survive_a_break(
    client: LedgerClient, ledger: FakeLedger
) -> None:
    ledger.journal.breaks = [(1, StatusCode.UNAVAILABLE)]
    async with watch_transactions(client) as watcher:
        await watcher.ready()
        await ledger.journal.record()  # The stream breaks here; no event was seen yet.
        assert await take(watcher, 1) == ["c1"]
    assert ledger.journal.cursors == ["", "c0"]


async def test_ready_beside_an_iteration(client: LedgerClient, ledger: FakeLedger) -> None:
    async with watch_transactions(client) as watcher:
        stepping = asyncio.create_task(take(watcher, 1))
        await asyncio.wait_for(watcher.ready(), 120)
        await ledger.journal.record()
        assert await stepping == ["c1"]


async def test_a_lost_cursor_raises(client: LedgerClient) -> None:
    async with watch_transactions(client, after_cursor="gone") as watcher:
        with pytest.raises(CursorLost) as caught:
            await anext(watcher)
        assert caught.value.details == {"cause": "epoch"}
        with pytest.raises(CursorLost):
            await watcher.ready()


async def test_closing_ends_the_iteration_and_the_stream(client: LedgerClient, ledger: FakeLedger) -> None:
    watcher = watch_transactions(client)

    seen: list[str] = []

    async def all_events() -> list[str]:
        async for event in watcher:
            seen.append(event.cursor)
        return seen

    iterating = asyncio.create_task(all_events())
    await watcher.ready()
    await ledger.journal.record()
    await until(lambda: bool(seen))
    await watcher.aclose()
    assert await asyncio.wait_for(iterating, 120) == ["c1"]
    await until(lambda: ledger.journal.open_watches == 0)


async def test_closing_ends_a_wait_between_attempts() -> None:
    async with LedgerClient("127.0.0.1:1") as client:
        watcher = watch_transactions(client)
        stepping = asyncio.create_task(anext(watcher, None))
        await asyncio.sleep(0.5)
        await watcher.aclose()
        assert await asyncio.wait_for(stepping, 120) is None


async def test_a_cancelled_step_misses_nothing(client: LedgerClient, ledger: FakeLedger) -> None:
    async with watch_transactions(client) as watcher:
        await watcher.ready()
        for number in range(1, 4):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(watcher), 0.05)
            await ledger.journal.record()
            assert await take(watcher, 1) == [f"c{number}"]
    await until(lambda: ledger.journal.open_watches == 0)


async def test_gives_up_only_when_told_to() -> None:
    async with LedgerClient("127.0.0.1:1") as client:
        async with watch_transactions(client, give_up_seconds=0.3) as watcher:
            with pytest.raises(Unavailable):
                await anext(watcher)
        async with watch_transactions(client) as patient:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(patient), 0.6)


async def test_a_closed_watcher_is_over(client: LedgerClient) -> None:
    async with aclosing(watch_transactions(client)) as watcher:
        await watcher.ready()
    assert [event async for event in watcher] == []


async def test_a_watcher_closed_before_it_began_is_never_ready(client: LedgerClient) -> None:
    watcher = watch_transactions(client)
    await watcher.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await watcher.ready()


async def test_the_first_heartbeat_alone_does_not_shorten_the_waits(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.journal.breaks = [(1, StatusCode.UNAVAILABLE)] * 100
    async with watch_transactions(client) as watcher:
        await watcher.ready()
        await ledger.journal.record()  # Each stream ends before it sends this.
        stepping = asyncio.create_task(anext(watcher))
        await asyncio.sleep(1.2)
        assert len(ledger.journal.cursors) <= 6
        await until(lambda: len(ledger.journal.cursors) >= 2)
        stepping.cancel()
