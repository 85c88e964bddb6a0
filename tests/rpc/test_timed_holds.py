"""Holds that are resolved automatically, and holds that may be exceeded."""

import asyncio
from typing import Any

import pytest
from ledgerapi.v1 import event_pb2, transaction_pb2

from tests.conftest import Begin, Server, Yesterday
from tests.rpc import wire

INFLIGHT = transaction_pb2.TRANSACTION_STATUS_INFLIGHT
APPLIED = transaction_pb2.TRANSACTION_STATUS_APPLIED
VOID = transaction_pb2.TRANSACTION_STATUS_VOID
KIND = event_pb2.EventKind.Value

pytestmark = pytest.mark.yesterday


def hold_figures(hold: transaction_pb2.Transaction) -> tuple[int, str, str, str]:
    """A hold's status and its figures: committed, voided, remaining."""
    return hold.status, hold.hold.committed.precise, hold.hold.voided.precise, hold.hold.remaining.precise


async def pools(server: Server, name: str) -> tuple[str, str, str]:
    figures = await wire.figures(server, name)
    return figures.balance, figures.inflight_credit_balance, figures.inflight_debit_balance


async def until_resolved(server: Server, hold_id: str) -> transaction_pb2.Transaction:
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while (found := await wire.transaction(server, transaction_id=hold_id)).status == INFLIGHT:
            await asyncio.sleep(0.05)
    return found


# Times -----------------------------------------------------------------------------------------


async def test_what_remains_of_a_hold_is_voided_at_its_expiry(server: Server, begin_timed_work: Begin) -> None:
    watching = await wire.watch(server)
    expiry = wire.due()
    hold = await wire.hold(server, "h", 100, inflight_expiry_time=expiry)
    assert hold.inflight_expiry_time == expiry
    await wire.resolve(server, wire.commit(hold.id, 30, "part"))
    await begin_timed_work()
    assert hold_figures(await until_resolved(server, hold.id)) == (APPLIED, "30", "70", "0")
    assert await pools(server, "@Shop") == ("30", "0", "0")
    assert await pools(server, "@Payer") == ("-30", "0", "0")
    told = [(event.kind, event.transaction.transaction) for event in await watching.events(5)]
    assert [kind for kind, _ in told[3:]] == [
        KIND("EVENT_KIND_TRANSACTION_VOIDED"),
        KIND("EVENT_KIND_TRANSACTION_EXPIRED"),
    ]
    assert told[3][1].parent_id == told[4][1].id == hold.id
    assert hold_figures(told[4][1]) == (APPLIED, "30", "70", "0")


async def test_what_remains_of_a_hold_is_committed_at_its_time(server: Server) -> None:
    times = {"inflight_commit_time": wire.due(), "inflight_expiry_time": wire.in_seconds(3_600)}
    hold = await wire.hold(server, "h", 100, **times)
    assert hold_figures(await until_resolved(server, hold.id)) == (APPLIED, "100", "0", "0")
    assert await pools(server, "@Shop") == ("100", "0", "0")


async def test_a_hold_that_was_resolved_in_time_does_nothing_more(server: Server, begin_timed_work: Begin) -> None:
    hold = await wire.hold(server, "h", 100, inflight_expiry_time=wire.due(1))
    await wire.resolve(server, wire.commit(hold.id))
    later = await wire.hold(server, "later", 10, inflight_expiry_time=wire.due(2))
    await begin_timed_work()
    await until_resolved(server, later.id)
    assert hold_figures(await wire.transaction(server, transaction_id=hold.id)) == (APPLIED, "100", "0", "0")
    assert [transaction.kind for transaction in await wire.listed(server, f'parent_id = "{hold.id}"')] == [
        transaction_pb2.TRANSACTION_KIND_COMMIT
    ]


async def test_two_servers_and_a_restart_resolve_each_hold_once(dsn: str) -> None:
    async with wire.two_servers(dsn, Yesterday) as (first, _):
        holds = [await wire.hold(first, f"h{n}", 10, inflight_expiry_time=wire.in_seconds(n % 3)) for n in range(30)]
        await until_resolved(first, holds[0].id)
    async with wire.two_servers(dsn, Yesterday) as (first, second):
        for server, hold in zip((first, second) * 15, holds, strict=True):
            assert hold_figures(await until_resolved(server, hold.id)) == (VOID, "0", "10", "0")
        voids = await wire.listed(first, "kind = VOID")
        assert sorted(void.parent_id for void in voids) == sorted(hold.id for hold in holds)
        assert await pools(first, "@Payer") == ("0", "0", "0")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"inflight_expiry_time": wire.in_seconds(60)}, "inflight_expiry_time"),
        ({"inflight_commit_time": wire.in_seconds(60)}, "inflight_commit_time"),
        ({"allow_over_commit": True}, "allow_over_commit"),
        (
            {
                "inflight": True,
                "inflight_commit_time": wire.in_seconds(60),
                "inflight_expiry_time": wire.in_seconds(60),
            },
            "inflight_commit_time",
        ),
    ],
)
async def test_what_belongs_to_holds_is_rejected_elsewhere(server: Server, change: Any, field: str) -> None:
    change = dict(change)
    if "inflight" in change:
        change["inflight_expiry_time"] = change["inflight_commit_time"]
    rejection = await wire.rejection(wire.record(server, wire.from_world("r", "@Sales", 1, **change)))
    assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", (f"draft.{field}",))


async def test_times_are_compared_on_replay(server: Server) -> None:
    times = {"inflight_commit_time": wire.in_seconds(60), "inflight_expiry_time": wire.in_seconds(90)}
    asked = wire.draft("h", "@Payer", "@Shop", 5, allow_overdraft=True, inflight=True, allow_over_commit=True, **times)
    await wire.record(server, asked)
    assert (await wire.record(server, asked)).replayed
    other = wire.draft("h", "@Payer", "@Shop", 5, allow_overdraft=True, inflight=True)
    rejection = await wire.rejection(wire.record(server, other))
    assert rejection.details["fields"] == "inflight_expiry_time,inflight_commit_time,allow_over_commit"


# Above the hold --------------------------------------------------------------------------------


async def test_a_commit_may_exceed_a_hold_that_allows_it(server: Server) -> None:
    payer = await wire.open_balance(server)
    await wire.record(server, wire.from_world("open", payer, 120))
    asked = wire.draft("h", payer, "@Shop", 100, inflight=True, allow_over_commit=True)
    hold = (await wire.record(server, asked)).transaction
    assert hold.allow_over_commit
    answer = await wire.resolve(server, wire.commit(hold.id, 115, "with tip"))
    assert hold_figures(answer.hold) == (APPLIED, "115", "0", "0")
    assert await pools(server, payer) == ("5", "0", "0")
    assert await pools(server, "@Shop") == ("115", "0", "0")
    before = answer.transaction.source_figures.before
    assert (before.balance, before.inflight_debit_balance) == ("120", "100")


async def test_what_exceeds_a_hold_must_be_there(server: Server) -> None:
    payer = await wire.open_balance(server)
    await wire.record(server, wire.from_world("open", payer, 120))
    asked = wire.draft("h", payer, "@Shop", 100, inflight=True, allow_over_commit=True)
    hold = (await wire.record(server, asked)).transaction
    rejection = await wire.rejection(wire.resolve(server, wire.commit(hold.id, 121, "too much")))
    assert (rejection.reason, rejection.details) == (
        "INSUFFICIENT_FUNDS",
        {"balance": payer, "requested": "21", "available": "20"},
    )
    assert hold_figures(await wire.transaction(server, transaction_id=hold.id)) == (INFLIGHT, "0", "0", "100")
