"""EventService: everything that was committed, watched, listed and read by id, in one order."""

import asyncio
import random
import uuid
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from google.protobuf import descriptor_pb2
from ledgerapi.v1 import event_pb2, event_service_pb2

from ledgerd.core.model import ids
from ledgerd.journal.reader import PAGE_ENTRIES
from ledgerd.operations.events import READS_MAX
from tests.conftest import Server, Yesterday
from tests.rpc import deferred, every_event, wire
from tests.rpc.contract import identities, ledgers

pb = event_service_pb2
DESCRIBED = Path(__file__).parents[2] / "protos/gen/ledgerapi/v1/descriptor_set.binpb"
Events = list[event_pb2.Event]


async def page(server: Server, after_cursor: str = "", **request: Any) -> pb.ListEventsResponse:
    return await server.events.ListEvents(pb.ListEventsRequest(after_cursor=after_cursor, **request))


async def listed(server: Server, after_cursor: str = "", **request: Any) -> Events:
    """All events after a cursor, page by page."""
    events: Events = []
    while True:
        answer = await page(server, after_cursor, **request)
        events += answer.events
        after_cursor = answer.next_cursor
        if answer.end_reached:
            return events


async def get(server: Server, event_id: str) -> event_pb2.Event:
    return (await server.events.GetEvent(pb.GetEventRequest(event_id=event_id))).event


async def a_hold_and_more(server: Server) -> str:
    """A balance that is created, watched, moved, held, frozen; returns its id."""
    till = await wire.open_balance(server)
    await wire.monitor(server, "BALANCE", "GREATER", 0, balance_id=till)
    await wire.record(server, wire.from_world("fund", till, 50))
    hold = (await wire.record(server, wire.draft("hold", till, "@Sales", 20, inflight=True, tag="held"))).transaction
    await wire.resolve(server, wire.commit(hold.id, 5, "part"))
    await wire.resolve(server, wire.void(hold.id))
    flagged = (await wire.record(server, wire.from_world("f", till, 1, require_review=True))).transaction
    await deferred.approve(server, flagged.id)
    await wire.batch(server, wire.drafts(3))
    await server.ledgers.FreezeBalance(ledgers.FreezeBalanceRequest(balance_id=till, reason="lost"))
    return till


async def caught_up(server: Server) -> Events:
    """Every event so far, and the one by which this is known."""
    watching = await wire.watch_events(server)
    await wire.record(server, wire.from_world("last", "@Last", 1))
    while True:
        (event,) = await watching.events(1)
        if event.transaction.transaction.reference == "last":
            break
    watching.cancel()
    events = await listed(server)
    assert events[-1] == event
    return events


async def test_a_watch_and_a_list_tell_the_same_whatever_the_page_and_the_cursor(server: Server) -> None:
    watching = await wire.watch_events(server, after_cursor=(await page(server)).next_cursor)
    await a_hold_and_more(server)
    events = await caught_up(server)
    assert await watching.events(len(events)) == events
    for size in (1, 2, 3, 7, len(events), 1_000):
        assert await listed(server, page_size=size) == events
    for place, event in enumerate(events[:-1], start=1):
        assert await listed(server, event.cursor, page_size=5) == events[place:]
        resumed = await wire.watch_events(server, after_cursor=event.cursor)
        assert await resumed.events(len(events) - place) == events[place:]
        resumed.cancel()


async def test_an_event_has_one_id_in_every_watch_and_is_read_by_it(server: Server) -> None:
    transactions, monitors = await wire.watch(server), await wire.watch_monitors(server)
    await a_hold_and_more(server)
    events = await caught_up(server)
    by_id = {event.id: event for event in events}
    assert len(by_id) == len(events)
    assert {event_id: await get(server, event_id) for event_id in by_id} == by_id
    of_transactions = [event for event in events if event.HasField("transaction")]
    assert await transactions.events(len(of_transactions)) == of_transactions
    fired = [event for event in events if wire.kind(event) == "MONITOR_FIRED"]
    assert await monitors.events(len(fired)) == fired != []


async def test_what_is_no_event_is_not_found(server: Server, connection: Any) -> None:
    await a_hold_and_more(server)
    await caught_up(server)
    commit: uuid.UUID = await connection.fetchval("SELECT id FROM journal LIMIT 1")
    amendment: uuid.UUID = await connection.fetchval("SELECT id FROM transactions WHERE kind = 'APPROVE'")
    for number in (commit.int, commit.int + 1_000, amendment.int, 1, 1 << 24, (1 << 128) - 1):
        event_id = ids.encode(ids.EVENT, number)
        rejected = await wire.rejection(get(server, event_id))
        assert (rejected.code, rejected.reason, rejected.details) == (
            *("NOT_FOUND", "EVENT_NOT_FOUND"),
            {"event": event_id},
        )
    assert (await wire.rejection(get(server, "evt_x"))).fields == ("event_id",)


async def test_two_servers_tell_the_same_events(dsn: str) -> None:
    async with wire.two_servers(dsn) as (first, second):
        watches = [await wire.watch_events(server) for server in (first, second)]
        await asyncio.gather(a_hold_and_more(first), *(wire.open_balance(second) for _ in range(10)))
        events = await caught_up(second)
        after = (await page(first, page_size=1)).next_cursor
        assert await listed(first, after) == events[1:]
        for watching in watches:
            assert await watching.events(len(events)) == events


async def test_events_are_selected_by_kinds(server: Server) -> None:
    start = (await page(server)).next_cursor
    await a_hold_and_more(server)
    events = await caught_up(server)
    for words in ({"BALANCE_CREATED"}, {"BALANCE_FROZEN", "TRANSACTION_COMMITTED"}, {"TRANSACTION_APPLIED"}):
        expected = [event for event in events if wire.kind(event) in words]
        assert expected
        assert await listed(server, kinds=wire.kinds(*words)) == expected
        watching = await wire.watch_events(server, after_cursor=start, kinds=wire.kinds(*words))
        assert await watching.events(len(expected)) == expected
        watching.cancel()
    for request in ({"kinds": [0]}, {"kinds": [999]}):
        assert (await wire.rejection(page(server, **request))).fields == ("kinds[0]",)
        assert (await wire.Watching(server.events.WatchEvents(pb.WatchEventsRequest(**request))).rejected()).fields == (
            "kinds[0]",
        )
    assert (await wire.rejection(page(server, kinds=[1] * 101))).reason == "TOO_MANY_ITEMS"


async def test_a_page_ends_after_bounded_work_and_says_where_to_go_on(server: Server) -> None:
    await wire.batch(server, wire.drafts(PAGE_ENTRIES * READS_MAX), view=wire.BASIC)
    await caught_up(server)
    answer = await page(server, filter="reference = last")
    assert (list(answer.events), answer.end_reached) == ([], False)
    answer = await page(server, answer.next_cursor, filter="reference = last")
    assert [event.transaction.transaction.reference for event in answer.events] == ["last"]
    assert answer.end_reached
    again = await page(server, answer.next_cursor)
    assert (list(again.events), again.next_cursor, again.end_reached) == ([], answer.next_cursor, True)


async def test_a_page_stays_below_four_mebibytes(server: Server) -> None:
    metadata = {"text": "x" * 16_000}
    operations = [wire.post(wire.from_world(f"r{number}", "@S", 1, metadata=metadata)) for number in range(300)]
    await wire.batch(server, operations, view=wire.BASIC)
    await caught_up(server)
    answer = await page(server, page_size=1_000)
    assert 3 * 2**20 < answer.ByteSize() < 4 * 2**20
    assert not answer.end_reached
    rest = await listed(server, answer.next_cursor, page_size=1_000)
    assert [*answer.events, *rest] == await listed(server, page_size=100)


async def test_a_page_is_asked_for_wrongly(server: Server) -> None:
    assert (await wire.rejection(page(server, page_size=-1))).fields == ("page_size",)
    assert (await wire.rejection(page(server, max_response_bytes=1))).fields == ("max_response_bytes",)
    assert (await wire.rejection(page(server, filter="colour = red"))).reason == "FILTER_INVALID"
    assert (await wire.rejection(page(server, "zzz"))).reason == "CURSOR_INVALID"


async def test_events_are_selected_by_what_they_touch(server: Server) -> None:
    identity = identities.CreateIdentityRequest(identity={"individual": {"first_name": "Ada"}})
    owner = (await server.identities.CreateIdentity(identity)).identity.id
    made = await server.ledgers.CreateLedger(ledgers.CreateLedgerRequest(ledger={"name": "Own"}))
    wanted = {"ledger_id": made.ledger.id, "identity_id": owner, "currency": "USD"}
    till = (await server.ledgers.CreateBalance(ledgers.CreateBalanceRequest(balance=wanted))).balance.id
    monitor = await wire.monitor(server, "BALANCE", "GREATER", 5, balance_id=till)
    hold = (await wire.record(server, wire.from_world("hold", till, 9, inflight=True, tag="t"))).transaction
    committed = (await wire.resolve(server, wire.commit(hold.id, 9, "all"))).transaction
    batch = (await wire.batch(server, wire.drafts(2))).batch
    await caught_up(server)

    async def kinds(filter_text: str) -> list[str]:
        return [wire.kind(event).removeprefix("TRANSACTION_") for event in await listed(server, filter=filter_text)]

    on_till = ["BALANCE_CREATED", "MONITOR_CREATED", "INFLIGHT", "APPLIED", "COMMITTED", "MONITOR_FIRED"]
    assert await kinds(f"balance_id = {till}") == on_till
    assert await kinds(f"ledger_id = {made.ledger.id}") == ["LEDGER_CREATED", "BALANCE_CREATED"]
    assert await kinds(f"identity_id = {owner}") == ["IDENTITY_CREATED", "BALANCE_CREATED"]
    assert await kinds(f"transaction_id = {hold.id}") == ["INFLIGHT", "APPLIED", "COMMITTED"]
    assert await kinds(f"transaction_id = {committed.id}") == ["APPLIED", "COMMITTED", "MONITOR_FIRED"]
    assert await kinds(f"batch_id = {batch.id}") == ["APPLIED", "APPLIED", "BATCH_FINISHED"]
    assert await kinds(f"monitor_id = {monitor}") == ["MONITOR_CREATED", "MONITOR_FIRED"]
    assert await kinds("reference = hold") == ["INFLIGHT", "COMMITTED"]
    assert await kinds(f"kind = HOLD AND balance_id = {till}") == ["INFLIGHT", "COMMITTED"]
    assert await kinds("status = INFLIGHT") == ["INFLIGHT"]
    assert await kinds(f"tag = t AND currency = USD AND balance_id = {till}") == ["INFLIGHT", "COMMITTED"]
    assert set(await kinds("currency != USD")) == {"LEDGER_CREATED", "IDENTITY_CREATED", "BATCH_FINISHED"}
    everything = len(await listed(server))
    assert len(await kinds(f"balance_id != {till}")) == everything - len(on_till)


async def test_an_amendment_selects_the_events_of_what_it_amended(server: Server) -> None:
    """It has no event of its own: it is their cause."""
    drafts = [wire.post(wire.from_world(reference, "@Sales", 1, require_review=True)) for reference in ("a", "b")]
    batch = (await wire.batch(server, drafts)).batch
    deny = wire.pb.DenyTransactionRequest(
        deny={"target": {"batch_id": batch.id}, "reference": "no", "on_behalf_of": "ada"}
    )
    denial = (await server.transactions.DenyTransaction(deny)).transaction
    await wire.record(server, wire.from_world("c", "@Sales", 1))
    await caught_up(server)
    found = await listed(server, filter=f"transaction_id = {denial.id}")
    assert [wire.kind(event) for event in found] == ["TRANSACTION_DENIED"] * 2
    assert {event.transaction.cause_id for event in found} == {denial.id}
    others = await listed(server, filter=f"transaction_id != {denial.id}", kinds=wire.kinds("TRANSACTION_DENIED"))
    assert others == []


# Every kind --------------------------------------------------------------------------------------


def kinds_of_the_contract() -> tuple[set[str], set[str]]:
    """The kinds that are given, and those whose comment says that they are not given yet."""
    described = descriptor_pb2.FileDescriptorSet.FromString(DESCRIBED.read_bytes())
    (file,) = (file for file in described.file if file.name.endswith("v1/event.proto"))
    (place,) = (place for place, enum in enumerate(file.enum_type) if enum.name == "EventKind")
    texts = {tuple(at.path): at.leading_comments for at in file.source_code_info.location}
    given, not_given = set[str](), set[str]()
    for number, value in enumerate(file.enum_type[place].value[1:], start=1):
        is_given = "Not given yet" not in texts[5, place, 2, number]
        (given if is_given else not_given).add(value.name.removeprefix("EVENT_KIND_"))
    return given, not_given


@pytest.mark.yesterday
async def test_every_kind_of_the_contract_is_given_or_marked(server: Server) -> None:
    await every_event.tell(server, list(every_event.STORIES))
    given, not_given = kinds_of_the_contract()
    assert {wire.kind(event) for event in await caught_up(server)} == given
    assert not_given >= {"MONITOR_CLEARED", "IDENTITY_ERASED"}


@pytest.mark.yesterday
async def test_no_event_has_what_may_be_about_a_person(server: Server, connection: asyncpg.Connection) -> None:
    await every_event.tell(server, list(every_event.STORIES))
    secret = every_event.SECRET
    events = await caught_up(server)
    assert [event for event in events if secret.encode() in event.SerializeToString() or secret in str(event)] == []
    assert await connection.fetchval("SELECT count(*) FROM events WHERE payload::text LIKE $1", f"%{secret}%") == 0
    changed = {wire.kind(event): list(event.identity.changed_fields) for event in events if event.HasField("identity")}
    assert changed == {
        "IDENTITY_CREATED": [],
        "IDENTITY_UPDATED": ["city", "individual.first_name", "individual.last_name"],
        "IDENTITY_DELETED": [],
    }


@pytest.mark.yesterday
@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happened_a_reader_from_any_cursor_misses_nothing(dsn: str, seed: int) -> None:
    """Two servers make a random history. Lists with pages of any size and watches from any cursor tell the same."""
    chosen = random.Random(seed)
    async with wire.two_servers(dsn, clock=Yesterday) as servers:
        watching = await wire.watch_events(servers[1])
        stories = chosen.choices(every_event.STORIES, k=8)
        for number, story in enumerate(stories):
            await story(servers[number % 2], number)
        events = await caught_up(servers[0])
        assert await watching.events(len(events)) == events
        assert len({event.id for event in events}) == len(events)
        for size in (1, 2, 5, 17, 100):
            assert await listed(servers[1], page_size=size) == events
        for place in chosen.sample(range(1, len(events)), 25):
            after = events[place - 1].cursor
            assert await listed(servers[1], after, page_size=chosen.randint(1, 50)) == events[place:]
            resumed = await wire.watch_events(servers[0], after_cursor=after)
            assert await resumed.events(len(events) - place) == events[place:]
            resumed.cancel()
        words = chosen.sample(sorted({wire.kind(event) for event in events}), 5)
        expected = [event for event in events if wire.kind(event) in words]
        assert await listed(servers[0], kinds=wire.kinds(*words), page_size=3) == expected
