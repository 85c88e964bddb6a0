"""Deferred splits: header and legs are deferred, decided and ended together."""

import asyncio
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import balance_pb2, ledger_service_pb2, operation_pb2, transaction_pb2

from tests.conftest import Begin, Server
from tests.rpc import wire
from tests.rpc.deferred import approve, cancel, deny, kinds, outcome_of, reschedule, status
from tests.rpc.test_splits import legs_of, precise, prove, split

pb = wire.pb
PAY = {"@Rent": "500.00", "@Tax": "25%", "@Savings": "10%", "@Pocket": "left"}
PARTS = [50000, 30864, 12346, 30246]


async def statuses(server: Server, header: transaction_pb2.Transaction) -> set[str]:
    """How a split and its legs stand."""
    now = await wire.transaction(server, transaction_id=header.id)
    return {status(transaction) for transaction in (now, *await legs_of(server, header))}


async def queued(server: Server, indicator: str) -> tuple[str, str]:
    request = ledger_service_pb2.GetBalanceRequest(
        indicator_key={"indicator": indicator, "currency": "USD"}, view=balance_pb2.BALANCE_VIEW_DEFERRED
    )
    balance = (await server.ledgers.GetBalance(request)).balance
    return balance.deferred_debit.precise, balance.deferred_credit.precise


async def test_a_queued_split_is_applied_under_the_ids_that_it_was_accepted_with(server: Server) -> None:
    watching = await wire.watch(server)
    asked = split("pay", "@Employer", PAY, "1234.56", queue=True, tag="t")
    answer = await wire.record(server, asked)
    header = answer.transaction
    assert (status(header), header.kind, header.amount.decimal) == (
        "QUEUED",
        transaction_pb2.TRANSACTION_KIND_SPLIT,
        "1234.56",
    )
    assert [leg.id for leg in answer.legs] == list(header.leg_ids)
    assert ({status(leg) for leg in answer.legs}, precise(answer.legs)) == ({"QUEUED"}, PARTS)
    applied = await outcome_of(server, header.id)
    assert (status(applied), applied.leg_ids) == ("APPLIED", header.leg_ids)
    legs = await legs_of(server, applied)
    assert [int(leg.destination_figures.after.balance) for leg in legs] == PARTS
    assert {leg.record_time.ToMicroseconds() for leg in legs} == {applied.record_time.ToMicroseconds()}
    assert [await wire.balance(server, balance) for balance in ("@Employer", *PAY)] == [-123456, *PARTS]
    events = await watching.events(10)
    assert kinds(events) == ["QUEUED"] * 5 + ["APPLIED"] * 5
    told = [event.transaction.transaction for event in events]
    assert [transaction.id for transaction in told] == [header.id, *header.leg_ids] * 2
    assert [transaction.HasField("source_figures") for transaction in told] == [False] * 6 + [True] * 4
    assert (await wire.record(server, asked)).replayed
    await prove(server)


async def test_a_leg_that_the_rules_reject_rejects_the_whole_split(server: Server) -> None:
    watching = await wire.watch(server)
    poor = await wire.open_balance(server)
    terms = {"queue": True, "allow_overdraft": False}
    await wire.record(server, wire.from_world("in", "@Rich", 10))
    header = (await wire.record(server, split("s", {"@Rich": "5", poor: "left"}, "@Shop", 9, **terms))).transaction
    rejected = await outcome_of(server, header.id)
    rejection = wire.of_rejection(rejected.rejection)
    assert (rejection.reason, rejection.details) == (
        "INSUFFICIENT_FUNDS",
        {"balance": poor, "requested": "4", "available": "0", "field": "sources.shares[1]"},
    )
    assert await statuses(server, header) == {"REJECTED"}
    assert [wire.of_rejection(leg.rejection) for leg in await legs_of(server, header)] == [rejection] * 2
    assert [await wire.balance(server, balance) for balance in ("@Rich", "@Shop")] == [10, 0]
    assert kinds(await watching.events(7))[-3:] == ["REJECTED"] * 3
    await prove(server)


@pytest.mark.yesterday
async def test_a_scheduled_split_of_holds_is_resolved_as_one_when_it_is_in_place(
    server: Server, begin_timed_work: Begin
) -> None:
    times = {"scheduled_time": wire.due(), "inflight_expiry_time": wire.in_seconds(3_600)}
    asked = split("h", {"@A": "30", "@B": "left"}, {"@C": "60%", "@D": "left"}, 100, inflight=True, **times)
    header = (await wire.record(server, asked)).transaction
    rejection = await wire.rejection(wire.resolve(server, wire.commit(header.id)))
    assert (rejection.reason, rejection.details) == ("HOLD_NOT_IN_PLACE", {"hold": header.id, "status": "SCHEDULED"})
    rejection = await wire.rejection(wire.resolve(server, wire.void(header.leg_ids[0])))
    assert rejection.reason == "HOLD_NOT_IN_PLACE"
    await begin_timed_work()
    held = await outcome_of(server, header.id)
    assert (status(held), held.hold.remaining.precise) == ("INFLIGHT", "100")
    assert precise(await legs_of(server, held)) == [30, 30, 40]
    await wire.resolve(server, wire.commit(header.id, 50, "half"))
    await wire.resolve(server, wire.void(header.id))
    ended = await wire.transaction(server, transaction_id=header.id)
    assert (status(ended), ended.hold.committed.precise, ended.hold.voided.precise) == ("APPLIED", "50", "50")
    assert [await wire.balance(server, balance) for balance in ("@A", "@B", "@C", "@D")] == [-15, -35, 30, 20]
    await prove(server)


@pytest.mark.yesterday
async def test_a_queued_split_of_holds_expires_as_one(server: Server, begin_timed_work: Begin) -> None:
    terms = {"queue": True, "inflight": True, "inflight_expiry_time": wire.due()}
    header = (await wire.record(server, split("h", "@A", {"@C": "60%", "@D": "left"}, 100, **terms))).transaction
    assert status(await outcome_of(server, header.id)) == "INFLIGHT"
    await begin_timed_work()
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while await statuses(server, header) != {"VOID"}:
            await asyncio.sleep(0.05)
    await prove(server)


async def test_a_split_in_review_is_approved_as_a_whole(server: Server) -> None:
    watching = await wire.watch(server)
    terms = {"require_review": True, "review_reason": "a new landlord", "inflight": True}
    header = (await wire.record(server, split("r", "@Employer", PAY, "1234.56", **terms))).transaction
    assert (status(header), header.review.reason) == ("IN_REVIEW", "a new landlord")
    preview = (await approve(server, header.id, preview=True)).amended
    assert (status(preview), preview.hold.remaining.decimal) == ("INFLIGHT", "1234.56")
    answer = (await approve(server, header.id)).amended
    assert (status(answer), answer.review.on_behalf_of) == ("INFLIGHT", "ada")
    assert await statuses(server, header) == {"INFLIGHT"}
    told = kinds(await watching.events(15))
    assert told == ["IN_REVIEW"] * 5 + ["APPROVED"] * 5 + ["INFLIGHT"] * 5
    await prove(server)


@pytest.mark.yesterday
async def test_a_deferred_split_is_cancelled_rescheduled_and_denied_as_a_whole(server: Server) -> None:
    far, soon = wire.in_seconds(3_600), wire.due()
    sides = ("@A", {"@C": "60%", "@D": "left"}, 100)
    off = (await wire.record(server, split("off", *sides, scheduled_time=far))).transaction
    assert (await queued(server, "@A"), await queued(server, "@C")) == (("100", "0"), ("0", "60"))
    await cancel(server, off.id)
    assert await statuses(server, off) == {"CANCELLED"}
    assert (await queued(server, "@A"), await queued(server, "@C")) == (("0", "0"), ("0", "0"))
    denied = (await wire.record(server, split("denied", *sides, require_review=True))).transaction
    await deny(server, denied.id)
    assert await statuses(server, denied) == {"REJECTED"}
    moved = (await wire.record(server, split("moved", *sides, scheduled_time=far))).transaction
    await reschedule(server, moved.id, soon)
    assert {leg.scheduled_time.ToMicroseconds() for leg in await legs_of(server, moved)} == {soon.ToMicroseconds()}
    assert status(await outcome_of(server, moved.id)) == "APPLIED"
    await prove(server)


async def test_a_leg_cannot_be_amended_by_itself_while_it_is_deferred(server: Server) -> None:
    terms = {"require_review": True, "scheduled_time": wire.in_seconds(3_600)}
    header = (await wire.record(server, split("s", "@A", {"@C": "60%", "@D": "left"}, 100, **terms))).transaction
    leg = header.leg_ids[1]
    amendments = (
        cancel(server, leg),
        reschedule(server, leg, wire.in_seconds(60)),
        approve(server, leg),
        deny(server, leg),
    )
    for amendment in amendments:
        rejection = await wire.rejection(amendment)
        assert (rejection.reason, rejection.details) == ("PART_OF_SPLIT", {"transaction": leg, "split": header.id})
    assert await statuses(server, header) == {"IN_REVIEW"}
    await cancel(server, header.id)
    assert (await wire.rejection(cancel(server, leg))).reason == "NOT_DEFERRED"


async def test_an_atomic_group_that_is_rejected_leaves_a_split_deferred(server: Server) -> None:
    covered = {"scheduled_time": wire.in_seconds(3_600), "check_deferred": True, "allow_overdraft": False}
    await wire.record(server, wire.from_world("in", "@A", 10))
    header = (await wire.record(server, split("s", "@A", {"@C": "60%", "@D": "left"}, 10, **covered))).transaction
    group = [
        operation_pb2.Operation(cancel=operation_pb2.CancelTransaction(target=wire.target(header.id), reference="c")),
        wire.post(split("t", "@A", {"@C": "50%", "@D": "left"}, 10, **covered)),
        wire.post(wire.draft("poor", "@Empty", "@C", 1)),
    ]
    answer = await wire.batch(server, group, wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["NOT_APPLIED_WITH_GROUP"] * 2 + ["INSUFFICIENT_FUNDS"]
    assert await statuses(server, header) == {"SCHEDULED"}
    assert (await queued(server, "@A"))[0] == "10"
    answer = await wire.batch(server, group[:2], wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["posted"] * 2
    assert (await queued(server, "@A"))[0] == "10"
    await prove(server)


async def test_each_source_must_cover_what_is_deferred_where_that_is_asked(server: Server) -> None:
    await wire.record(server, wire.from_world("a", "@A", 10))
    await wire.record(server, wire.from_world("b", "@B", 4))
    covered = {"scheduled_time": wire.in_seconds(3_600), "check_deferred": True, "allow_overdraft": False}
    first = split("s", {"@A": "6", "@B": "left"}, {"@C": "50%", "@D": "left"}, 10, **covered)
    assert status((await wire.record(server, first)).transaction) == "SCHEDULED"
    a = (await wire.figures(server, "@A")).balance
    rejection = await wire.rejection(wire.record(server, split("t", {"@A": "5", "@World": "left"}, "@C", 9, **covered)))
    assert (a, rejection.reason, rejection.details["available"], rejection.details["deferred"]) == (
        "10",
        "INSUFFICIENT_FUNDS",
        "10",
        "6",
    )
    rejection = await wire.rejection(wire.record(server, wire.draft("u", "@B", "@C", 1, **covered)))
    assert (rejection.reason, rejection.details["deferred"]) == ("INSUFFICIENT_FUNDS", "4")
    assert status((await wire.record(server, wire.draft("v", "@A", "@C", 4, **covered))).transaction) == "SCHEDULED"


async def test_what_can_change_until_then_is_judged_then(server: Server) -> None:
    till = await wire.open_balance(server)
    await server.ledgers.FreezeBalance(ledger_service_pb2.FreezeBalanceRequest(balance_id=till, reason="odd"))
    sides = ("@A", {till: "60%", "@D": "left"}, 100)
    frozen = (await wire.record(server, split("f", *sides, queue=True))).transaction
    assert wire.of_rejection((await outcome_of(server, frozen.id)).rejection).reason == "BALANCE_FROZEN"
    await server.ledgers.UnfreezeBalance(ledger_service_pb2.UnfreezeBalanceRequest(balance_id=till, reason="even"))
    deferred = (await wire.record(server, split("w", *sides, require_review=True))).transaction
    close = ledger_service_pb2.CloseBalanceRequest(balance_id=till)
    rejection = await wire.rejection(server.ledgers.CloseBalance(close))
    assert (rejection.reason, rejection.details["deferred"]) == ("BALANCE_NOT_EMPTY", "1")
    await cancel(server, deferred.id)
    await server.ledgers.CloseBalance(close)
    assert (await wire.rejection(wire.record(server, split("c", *sides, queue=True)))).reason == "BALANCE_CLOSED"
    await prove(server)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, "queue,scheduled_time"),
        ({"scheduled_time": {"seconds": 4_000_000_001}}, "scheduled_time"),
        ({"scheduled_time": {"seconds": 4_000_000_000}, "inflight": True}, "inflight"),
    ],
)
async def test_how_a_split_was_accepted_is_compared(server: Server, change: Any, fields: str) -> None:
    sides = ("@A", {"@C": "60%", "@D": "left"}, 100)
    await wire.record(server, split("s", *sides, scheduled_time={"seconds": 4_000_000_000}))
    rejection = await wire.rejection(wire.record(server, split("s", *sides, **{"queue": not change, **change})))
    assert (rejection.reason, rejection.details["fields"]) == ("REFERENCE_CONFLICT", fields)


async def test_a_preview_of_a_split_that_would_be_deferred(server: Server) -> None:
    answer = await wire.record(server, split("pay", "@Employer", PAY, "1234.56", queue=True), preview=True)
    assert (status(answer.transaction), answer.transaction.id, precise(answer.legs)) == ("QUEUED", "", PARTS)
    assert {leg.parent_id for leg in answer.legs} == {""}
    assert await wire.listed(server) == []


async def test_legs_take_up_room_in_the_queue(server: Server) -> None:
    server.app.backlog.limit = 5
    terms = {"require_review": True}
    rejection = await wire.rejection(
        wire.record(server, split("a", "@A", {"@C": "1", "@D": "1", "@E": "1", "@F": "1", "@G": "left"}, 9, **terms))
    )
    assert (rejection.reason, rejection.details) == ("QUEUE_FULL", {"backlog": "0", "limit": "5", "requested": "6"})
    await wire.record(server, split("b", "@A", {"@C": "60%", "@D": "left"}, 10, **terms))
    await wire.record(server, wire.from_world("c", "@C", 1, **terms))
    assert (
        await wire.rejection(wire.record(server, split("d", "@A", {"@C": "left"}, 10, **terms)))
    ).reason == "QUEUE_FULL"


async def test_queued_splits_and_single_drafts_keep_the_order_of_their_sources(
    server: Server, connection: asyncpg.Connection
) -> None:
    """Each one can only be paid from what the one before brought."""
    operations = [wire.post(wire.from_world("in", "@A", 64, queue=True))]
    for n in range(12):
        giver, taker = (("@A", "@B"), ("@B", "@C"), ("@C", "@A"))[n % 3]
        asked: Any = {taker: "left"} if n % 2 else taker
        operations.append(
            wire.post(split(f"on-{n}", giver, asked, 64, queue=True, allow_overdraft=False))
            if n % 2
            else wire.post(wire.draft(f"on-{n}", giver, taker, 64, queue=True))
        )
    answer = await wire.batch(server, operations)
    for result in answer.results:
        assert status(await outcome_of(server, result.posted.transaction_id)) == "APPLIED", result.reference
    await prove(server)
