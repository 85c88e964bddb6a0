"""The end of the journal is lost: a standby that lacked it took over, and other commits took its positions."""

import asyncio

import asyncpg
from ledgerapi.v1 import transaction_service_pb2 as pb
from ledgerd_client import CursorLost, LedgerClient, watch_transactions

from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.history import Copy


async def rejected(server: Server, cursor: str) -> wire.Rejection:
    call = server.transactions.WatchTransactions(pb.WatchTransactionsRequest(after_cursor=cursor))
    return await wire.Watching(call).rejected()


async def record(server: Server, *references: str) -> None:
    """Each in a commit of its own."""
    for reference in references:
        await wire.record(server, wire.from_world(reference, "@Sales", 1))


async def told(server: Server, *references: str, cursor: str) -> list[str]:
    """The cursors of the events of these, which must come next."""
    watching = await wire.watch(server, after_cursor=cursor)
    events = await watching.events(len(references))
    watching.cancel()
    assert [event.transaction.transaction.reference for event in events] == list(references)
    return [event.cursor for event in events]


async def test_watches_of_what_was_lost_end_and_others_go_on(server: Server, connection: asyncpg.Connection) -> None:
    start = (await wire.watch(server)).cursor
    await record(server, "kept-1", "kept-2")
    kept = await told(server, "kept-1", "kept-2", cursor=start)
    copy = await Copy.take(connection)
    staying = await wire.watch(server, after_cursor=kept[-1])
    await record(server, "lost-1", "lost-2")
    lost = await told(server, "lost-1", "lost-2", cursor=kept[-1])
    await staying.references(2)
    staying = await wire.watch(server, after_cursor=lost[-1])
    await copy.restore()
    rejection = await staying.rejected()
    assert (rejection.code, rejection.reason) == ("OUT_OF_RANGE", "CURSOR_OUT_OF_RANGE")
    assert rejection.details["cause"] == "history"
    going_on = await wire.watch(server, after_cursor=kept[-1])
    await record(server, "new-1", "new-2", "new-3")
    assert await going_on.references(3) == ["new-1", "new-2", "new-3"]
    for cursor in lost:  # There are other commits at these positions.
        assert (await rejected(server, cursor)).details["cause"] == "history"
    for cursor, wanted in ((start, ["kept-1", "kept-2"]), (kept[0], ["kept-2"]), (kept[1], [])):
        await told(server, *wanted, "new-1", "new-2", "new-3", cursor=cursor)


async def test_a_tail_that_another_server_replaces_at_once_is_noticed_too(
    dsn: str, connection: asyncpg.Connection
) -> None:
    """The head never looks lower: other commits have taken more positions than were lost."""
    async with wire.two_servers(dsn) as (first, second):
        start = (await wire.watch(first)).cursor
        await record(first, "kept")
        (kept,) = await told(first, "kept", cursor=start)
        copy = await Copy.take(connection)
        await record(first, "lost")
        (lost,) = await told(first, "lost", cursor=kept)
        watching = await wire.watch(first, after_cursor=lost)
        await copy.restore()
        await record(second, *(f"new-{number}" for number in range(5)))
        assert (await watching.rejected()).details["cause"] == "history"
        await told(first, *(f"new-{number}" for number in range(5)), cursor=kept)
        assert (await rejected(first, lost)).details["cause"] == "history"


async def test_what_a_server_read_before_the_loss_is_not_told_after_it(
    server: Server, connection: asyncpg.Connection
) -> None:
    """Pages are kept for those who come next; not those of a history that is gone."""
    start = (await wire.watch(server)).cursor
    copy = await Copy.take(connection)
    await record(server, "lost")
    await told(server, "lost", cursor=start)
    await copy.restore()
    await record(server, "new")
    await told(server, "new", cursor=start)


async def test_watches_end_with_the_epoch(server: Server, connection: asyncpg.Connection) -> None:
    """What `ledgerd migrate --new-epoch` does, while servers run."""
    watching = await wire.watch(server)
    await connection.execute("UPDATE journal_head SET epoch = 'restored'")
    assert (await watching.rejected()).details["cause"] == "epoch"
    fresh = await wire.watch(server)
    await record(server, "after")
    assert await fresh.references(1) == ["after"]


async def test_the_python_client_says_that_its_place_is_lost(dsn: str, connection: asyncpg.Connection) -> None:
    server = await start_server(dsn)
    copy = await Copy.take(connection)
    async with LedgerClient(server.target) as client, watch_transactions(client) as watcher:
        await watcher.ready()
        await record(server, "lost")
        await anext(watcher)
        await copy.restore(breaking=True)
        try:
            async with asyncio.timeout(wire.PATIENCE_SECONDS):
                await anext(watcher)
        except CursorLost as lost:
            assert lost.details["cause"] == "history"
        else:
            raise AssertionError("an event of another history was told")
    await stop_server(server)
