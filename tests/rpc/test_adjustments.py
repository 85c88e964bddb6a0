"""AdjustHold: an open hold holds more or less, or expires or commits at another time."""

import asyncio
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import amount_pb2, error_reason_pb2, operation_pb2, transaction_pb2

from tests.conftest import Begin, Server
from tests.rpc import wire
from tests.rpc.deferred import kinds, prove
from tests.rpc.test_timed_holds import until_resolved

pb = wire.pb
ADJUSTMENT = transaction_pb2.TRANSACTION_KIND_ADJUSTMENT
NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"
APPLIED = transaction_pb2.TRANSACTION_STATUS_APPLIED
VOID = transaction_pb2.TRANSACTION_STATUS_VOID


def amount(minor: int) -> amount_pb2.Amount:
    return amount_pb2.Amount(precise=str(minor))


def adjust(hold_id: str, reference: str = "a", **more: Any) -> operation_pb2.Operation:
    """A change of the amount is given in minor units."""
    for name in ("total", "increase", "decrease"):
        if isinstance(more.get(name), int):
            more[name] = amount(more[name])
    asked = operation_pb2.AdjustHold(target={"transaction_id": hold_id}, reference=reference, **more)
    return operation_pb2.Operation(adjust_hold=asked)


async def send(server: Server, operation: operation_pb2.Operation, *, preview: bool = False) -> pb.AdjustHoldResponse:
    return await server.transactions.AdjustHold(
        pb.AdjustHoldRequest(adjust_hold=operation.adjust_hold, validate_only=preview)
    )


def parts(hold: transaction_pb2.Transaction) -> tuple[str, ...]:
    """What was requested of a hold, what it holds in all since, and what became of that."""
    figures = hold.hold
    return tuple(part.precise for part in (hold.amount, figures.adjusted, figures.committed, figures.remaining))


async def pools(server: Server) -> tuple[str, str]:
    payer, shop = await wire.figures(server, "@Payer"), await wire.figures(server, "@Shop")
    return payer.inflight_debit_balance, shop.inflight_credit_balance


# The amount ------------------------------------------------------------------------------------


async def test_more_and_less_is_held_and_what_was_requested_stays(
    server: Server, connection: asyncpg.Connection
) -> None:
    hold = await wire.hold(server, "h", 100)
    assert parts(hold) == ("100", "100", "0", "100")
    more = await send(server, adjust(hold.id, "more", increase=50))
    assert (
        parts(more.hold) == parts(await wire.transaction(server, transaction_id=hold.id)) == ("100", "150", "0", "150")
    )
    done = more.transaction
    assert (done.kind, done.status, done.parent_id, done.amount.precise) == (ADJUSTMENT, APPLIED, hold.id, "50")
    assert (done.adjustment.increase.decimal, done.adjustment.HasField("decrease")) == ("0.50", False)
    assert done.source_figures.before.inflight_debit_balance == "100"
    assert done.source_figures.after.inflight_debit_balance == "150"
    await wire.resolve(server, wire.commit(hold.id, 120, "c"))
    less = await send(server, adjust(hold.id, "less", decrease=20))
    assert parts(less.hold) == ("100", "130", "120", "10")
    assert less.transaction.adjustment.decrease.precise == "20"
    assert await pools(server) == ("10", "10")
    assert less.transaction == await wire.transaction(server, transaction_id=less.transaction.id)
    same = await send(server, adjust(hold.id, "same", total=130))
    assert same.transaction.amount == wire.UNDECIDED
    assert not same.transaction.HasField("adjustment")
    await wire.resolve(server, wire.void(hold.id))
    ended = await wire.transaction(server, transaction_id=hold.id)
    assert (ended.status, parts(ended), ended.hold.voided.precise) == (APPLIED, ("100", "130", "120", "0"), "10")
    assert await pools(server) == ("0", "0")
    await prove(connection)


async def test_events_tell_the_adjustment_and_the_hold_as_it_then_was(server: Server) -> None:
    watching = await wire.watch(server)
    hold = await wire.hold(server, "h", 100)
    await send(server, adjust(hold.id, "more", increase=50))
    await wire.resolve(server, wire.commit(hold.id, 120, "c"))
    await send(server, adjust(hold.id, "less", total=130, inflight_expiry_time=wire.in_seconds(900)))
    await wire.resolve(server, wire.void(hold.id))
    events = await watching.events(9)
    told = [(kind, event.transaction.transaction) for kind, event in zip(kinds(events), events, strict=True)]
    of_hold = [(kind, seen) for kind, seen in told if seen.id == hold.id]
    assert [(kind, parts(seen)[1:]) for kind, seen in of_hold] == [
        ("INFLIGHT", ("100", "0", "100")),
        ("ADJUSTED", ("150", "0", "150")),
        ("COMMITTED", ("150", "120", "30")),
        ("ADJUSTED", ("130", "120", "10")),
        ("VOIDED", ("130", "120", "0")),
    ]
    assert [seen.HasField("inflight_expiry_time") for _, seen in of_hold] == [*[False] * 3, *[True] * 2]
    assert [kind for kind, seen in told if seen.kind == ADJUSTMENT] == ["ADJUSTED"] * 2


async def test_a_repeated_adjustment_replays_and_shows_the_hold_as_it_is(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    first = await send(server, adjust(hold.id, increase=50, description="a night more"))
    await wire.resolve(server, wire.commit(hold.id, 120, "c"))
    again = await send(server, adjust(hold.id, increase=amount_pb2.Amount(decimal="0.50"), description="a night more"))
    assert (again.replayed, again.transaction, parts(again.hold)) == (
        True,
        first.transaction,
        ("100", "150", "120", "30"),
    )
    rejection = await wire.rejection(send(server, adjust(hold.id, total=150)))
    assert (rejection.code, rejection.reason) == ("ALREADY_EXISTS", "REFERENCE_CONFLICT")
    assert rejection.details["fields"] == "total,increase,description"


async def test_a_preview_shows_what_would_be_and_changes_nothing(server: Server) -> None:
    hold = await wire.hold(server, "h", 100, description="Room 12")
    shown = await send(server, adjust(hold.id, increase=50, inflight_expiry_time=wire.in_seconds(900)), preview=True)
    assert (shown.transaction.id, shown.transaction.description) == ("", "Room 12")
    assert parts(shown.hold) == ("100", "150", "0", "150")
    assert shown.hold.HasField("inflight_expiry_time")
    assert await wire.transaction(server, transaction_id=hold.id) == hold
    rejected = await wire.rejection(send(server, adjust(hold.id, decrease=100), preview=True))
    assert rejected.reason == "ADJUSTMENT_TOO_LOW"


async def test_in_a_batch_and_on_a_stream_an_adjustment_counts_for_what_follows(
    server: Server, connection: asyncpg.Connection
) -> None:
    hold = await wire.hold(server, "h", 100)
    asked = [
        wire.commit(hold.id, 101, "too much"),
        adjust(hold.id, "more", increase=20),
        wire.commit(hold.id, 101, "enough"),
        adjust(hold.id, "too low", total=101),
        adjust(hold.id, "less", total=110),
    ]
    words = ["HOLD_EXCEEDED", "posted", "posted", "ADJUSTMENT_TOO_LOW", "posted"]
    preview = await wire.batch(server, asked, validate_only=True)
    assert wire.outcomes(preview.results) == words
    answer = await wire.batch(server, asked)
    assert wire.outcomes(answer.results) == words
    assert parts(await wire.transaction(server, transaction_id=hold.id)) == ("100", "110", "101", "9")
    atomic = await wire.batch(server, [adjust(hold.id, "x", increase=5), wire.commit(hold.id, 15, "y")], wire.ATOMIC)
    assert wire.outcomes(atomic.results) == ["NOT_APPLIED_WITH_GROUP", "HOLD_EXCEEDED"]
    assert parts(await wire.transaction(server, transaction_id=hold.id)) == ("100", "110", "101", "9")
    await prove(connection)


async def test_malformed_adjustments_name_their_fields(server: Server) -> None:
    rejected = await wire.rejection(send(server, adjust("nonsense", "")))
    assert rejected.fields == ("adjust_hold.target.transaction_id", "adjust_hold.reference", "adjust_hold.total")
    times = {"inflight_commit_time": wire.in_seconds(900), "inflight_expiry_time": wire.in_seconds(800)}
    batch = operation_pb2.Operation(adjust_hold={"target": wire.target(f"bat_{NOBODY}"), "reference": "a"})
    assert (await wire.rejection(send(server, batch))).reason == "NOT_ADJUSTABLE"
    hold = await wire.hold(server, "h", 100)
    rejected = await wire.rejection(send(server, adjust(hold.id, increase=amount_pb2.Amount(), **times)))
    assert rejected.fields == ("adjust_hold.increase", "adjust_hold.inflight_commit_time")
    (result,) = (await wire.batch(server, [adjust(hold.id, increase=0)])).results
    assert result.rejection.reason == error_reason_pb2.ERROR_REASON_AMOUNT_OUT_OF_BOUNDS


async def test_a_hold_is_named_by_its_reference_also_in_its_own_batch(server: Server) -> None:
    held = wire.draft("h", "@Payer", "@Shop", 100, allow_overdraft=True, inflight=True)
    by_reference = operation_pb2.AdjustHold(target={"reference": "h"}, reference="a", increase=amount(50))
    more = operation_pb2.Operation(adjust_hold=by_reference)
    answer = await wire.batch(server, [wire.post(held), more], wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["posted", "posted"]
    hold_id, done = answer.results[0].posted.transaction_id, answer.results[1].posted.transaction
    assert parts(await wire.transaction(server, transaction_id=hold_id)) == ("100", "150", "0", "150")
    assert done.parent_id == hold_id
    assert (await send(server, adjust(hold_id, increase=50))).replayed
    assert (await wire.resolve(server, wire.commit(hold_id, 150, "c"))).hold.status == APPLIED


# The times -------------------------------------------------------------------------------------


@pytest.mark.yesterday
async def test_moved_times_are_honoured_and_the_old_ones_are_not(
    server: Server, begin_timed_work: Begin, connection: asyncpg.Connection
) -> None:
    """What is due by the database's clock is ahead for this server until the work begins."""
    late = wire.in_seconds(3_600)
    kept = await wire.hold(server, "kept", 100, inflight_expiry_time=wire.due())
    uncommitted = await wire.hold(server, "uncommitted", 100, inflight_commit_time=wire.due())
    hastened = await wire.hold(server, "hastened", 100, inflight_commit_time=late)
    expiring = await wire.hold(server, "expiring", 100)
    await send(server, adjust(kept.id, "k", inflight_expiry_time=late))
    await send(server, adjust(uncommitted.id, "u", inflight_commit_time=late, increase=1))
    await send(server, adjust(hastened.id, "h", inflight_commit_time=wire.due(), increase=20))
    await send(server, adjust(expiring.id, "e", inflight_expiry_time=wire.due()))
    await begin_timed_work()
    done = await until_resolved(server, hastened.id)
    assert (done.status, parts(done)) == (APPLIED, ("100", "120", "120", "0"))
    assert (await until_resolved(server, expiring.id)).status == VOID
    for hold, field in ((kept, "inflight_expiry_time"), (uncommitted, "inflight_commit_time")):
        found = await wire.transaction(server, transaction_id=hold.id)
        assert (found.status, getattr(found, field)) == (transaction_pb2.TRANSACTION_STATUS_INFLIGHT, late)
    again = await wire.record(
        server,
        wire.draft(
            *("hastened", "@Payer", "@Shop", 100), allow_overdraft=True, inflight=True, inflight_commit_time=late
        ),
    )
    assert again.replayed, "what was requested of the hold is compared, and not what it was adjusted to"
    await prove(connection)


async def test_a_hold_past_its_old_expiry_is_judged_by_the_new_one(server: Server) -> None:
    """Also by a server whose view of the hold is from before the adjustment: it came from another one."""
    soon = wire.in_seconds(1)
    hold = await wire.hold(server, "h", 100, inflight_expiry_time=soon)
    await send(server, adjust(hold.id, inflight_expiry_time=wire.in_seconds(900)))
    while wire.in_seconds(0).ToMicroseconds() < soon.ToMicroseconds() + 200_000:
        await asyncio.sleep(0.1)
    committed = await wire.resolve(server, wire.commit(hold.id))
    assert committed.hold.status == APPLIED


async def test_another_server_decides_by_what_was_adjusted(dsn: str) -> None:
    async with wire.two_servers(dsn) as (here, there):
        hold = await wire.hold(here, "h", 100)
        await wire.resolve(there, wire.commit(hold.id, 1, "known there"))
        for number, server in enumerate((here, there, here, there)):
            held = 110 + 10 * number
            await send(server, adjust(hold.id, f"a{number}", increase=10))
            other = there if server is here else here
            assert (
                await wire.rejection(wire.resolve(other, wire.commit(hold.id, held, "x")))
            ).reason == "HOLD_EXCEEDED"
            await wire.resolve(other, wire.commit(hold.id, 20, f"c{number}"))
        assert parts(await wire.transaction(here, transaction_id=hold.id)) == ("100", "140", "81", "59")
