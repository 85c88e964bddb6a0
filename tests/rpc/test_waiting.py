"""What is accepted now and applied later, as callers see it: the queue, times, reviews, and orders about them."""

import asyncio
from typing import Any

import asyncpg
import grpc
import pytest
from google.protobuf import duration_pb2
from ledgerapi.v1 import admin_service_pb2, balance_pb2, event_pb2, ledger_service_pb2, operation_pb2, transaction_pb2

from ledgerd.app import App
from ledgerd.config import Config
from ledgerd.operations.verify import verify
from tests.conftest import Server
from tests.rpc import wire

pb = wire.pb


def status(one: Any) -> str:
    """A transaction's status, or a result's, in a word."""
    return transaction_pb2.TransactionStatus.Name(one.status).removeprefix("TRANSACTION_STATUS_")


def kinds(events: list[event_pb2.Event]) -> list[str]:
    return [event_pb2.EventKind.Name(one.kind).removeprefix("EVENT_KIND_TRANSACTION_") for one in events]


async def accept(server: Server, reference: str, amount: int, **more: Any) -> transaction_pb2.Transaction:
    """A draft from @World to @Sales that is accepted to be applied later."""
    return (await wire.record(server, wire.from_world(reference, "@Sales", amount, **more))).transaction


async def settled(server: Server, transaction_id: str, seconds: int = wire.PATIENCE_SECONDS) -> Any:
    request = pb.WaitTransactionRequest(transaction_id=transaction_id, timeout=duration_pb2.Duration(seconds=seconds))
    return (await server.transactions.WaitTransaction(request)).transaction


async def cancel(server: Server, transaction_id: str, reference: str = "", *, preview: bool = False) -> Any:
    asked = operation_pb2.Cancel(transaction_id=transaction_id, reference=reference)
    return await server.transactions.CancelTransaction(pb.CancelTransactionRequest(cancel=asked, validate_only=preview))


async def reschedule(server: Server, transaction_id: str, when: Any, reference: str = "later") -> Any:
    asked = operation_pb2.Reschedule(transaction_id=transaction_id, reference=reference, scheduled_time=when)
    return await server.transactions.RescheduleTransaction(pb.RescheduleTransactionRequest(reschedule=asked))


async def approve(server: Server, transaction_id: str, *, preview: bool = False, **more: Any) -> Any:
    asked = operation_pb2.Approve(transaction_id=transaction_id, **{"decided_by": "ada", **more})
    return await server.transactions.ApproveTransaction(
        pb.ApproveTransactionRequest(approve=asked, validate_only=preview)
    )


async def deny(server: Server, transaction_id: str, **more: Any) -> Any:
    asked = operation_pb2.Deny(transaction_id=transaction_id, **{"decided_by": "ada", **more})
    return await server.transactions.DenyTransaction(pb.DenyTransactionRequest(deny=asked))


async def prove(connection: asyncpg.Connection) -> None:
    assert (await verify(connection)).faults == []


# The queue -------------------------------------------------------------------------------------


async def test_a_queued_draft_is_accepted_and_then_applied_under_the_same_id(
    server: Server, connection: asyncpg.Connection
) -> None:
    watching = await wire.watch(server)
    accepted = await accept(server, "q", 5, queue=True)
    assert status(accepted) == "QUEUED"
    assert not accepted.HasField("record_time")
    assert not accepted.HasField("source_figures")
    applied = await settled(server, accepted.id)
    assert (status(applied), applied.id) == ("APPLIED", accepted.id)
    assert applied.destination_figures.after.balance == "5"
    assert await wire.balance(server, "@Sales") == 5
    events = await watching.events(2)
    assert kinds(events) == ["QUEUED", "APPLIED"]
    told = [event.transaction.transaction for event in events]
    assert [one.id for one in told] == [accepted.id] * 2
    assert not told[0].HasField("source_figures")
    assert told[1].source_figures.after.balance == "-5"
    await prove(connection)


async def test_a_queued_draft_that_the_rules_refuse_is_rejected_with_the_reason(
    server: Server, connection: asyncpg.Connection
) -> None:
    watching = await wire.watch(server)
    till = await wire.open_balance(server)
    accepted = (await wire.record(server, wire.draft("q", till, "@Sales", 5, queue=True))).transaction
    rejected = await settled(server, accepted.id)
    assert status(rejected) == "REJECTED"
    refusal = wire.of_rejection(rejected.rejection)
    assert (refusal.reason, refusal.details) == (
        "INSUFFICIENT_FUNDS",
        {"balance": till, "asked": "5", "available": "0"},
    )
    events = await watching.events(2)
    assert kinds(events) == ["QUEUED", "REJECTED"]
    assert not events[0].transaction.transaction.HasField("rejection")
    assert events[1].transaction.transaction.rejection == rejected.rejection
    await prove(connection)


async def test_a_preview_knows_that_nothing_waits_on_what_is_not_there_yet(server: Server) -> None:
    """@World is opened on its first use, which a preview is not."""
    draft = wire.from_world("q", "@Sales", 5, queue=True, check_queued=True)
    assert status((await wire.record(server, draft, preview=True)).transaction) == "QUEUED"
    draft.allow_overdraft = False
    refusal = await wire.refusal(wire.record(server, draft, preview=True))
    assert (refusal.reason, refusal.details["queued"]) == ("INSUFFICIENT_FUNDS", "0")
    assert status(await accept(server, "q", 5, queue=True, check_queued=True)) == "QUEUED"


async def test_the_queue_is_applied_in_the_order_of_acceptance(server: Server, connection: asyncpg.Connection) -> None:
    till = await wire.open_balance(server)
    operations = [wire.post(wire.from_world("in", till, 10, queue=True))]
    operations += [wire.post(wire.draft(f"out-{n}", till, "@Sales", 4, queue=True)) for n in range(3)]
    answer = await wire.batch(server, operations)
    assert [status(one.posted) for one in answer.results] == ["QUEUED"] * 4
    ended = [await settled(server, one.posted.transaction_id) for one in answer.results]
    assert [status(one) for one in ended] == ["APPLIED", "APPLIED", "APPLIED", "REJECTED"]
    assert await wire.balance(server, till) == 2
    await prove(connection)


async def test_chunks_of_a_stream_are_queued_too(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    drafts = [wire.post(wire.from_world(f"s-{n}", "@Sales", 1, queue=True)) for n in range(50)]
    result = await upload.chunk(drafts)
    assert {status(one.posted) for one in result.results} == {"QUEUED"}
    again = await upload.chunk(drafts)
    assert wire.outcomes(again.results) == ["replayed"] * 50
    await upload.finish(100)
    for one in result.results:
        assert status(await settled(server, one.posted.transaction_id)) == "APPLIED"
    assert await wire.balance(server, "@Sales") == 50


async def test_a_queued_hold_is_inflight_when_it_is_applied(server: Server, connection: asyncpg.Connection) -> None:
    held = await accept(server, "h", 100, queue=True, inflight=True, inflight_expiry_time=wire.in_seconds(3_600))
    assert status(held) == "QUEUED"
    assert not held.HasField("hold")
    hold = await settled(server, held.id)
    assert (status(hold), hold.hold.remaining.precise) == ("INFLIGHT", "100")
    await wire.settle(server, wire.commit(held.id, 60, "part"))
    await wire.settle(server, wire.void(held.id))
    ended = await wire.transaction(server, transaction_id=held.id)
    assert (status(ended), ended.hold.committed.precise) == ("APPLIED", "60")
    await prove(connection)


async def test_a_queued_hold_still_expires(server: Server, connection: asyncpg.Connection) -> None:
    held = await accept(server, "h", 100, queue=True, inflight=True, inflight_expiry_time=wire.in_seconds(1))
    assert status(await settled(server, held.id)) == "INFLIGHT"
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while status(await wire.transaction(server, transaction_id=held.id)) == "INFLIGHT":
            await asyncio.sleep(0.05)
    assert status(await wire.transaction(server, transaction_id=held.id)) == "VOID"
    await prove(connection)


async def test_a_replay_answers_how_it_stands_now(server: Server) -> None:
    asked = wire.from_world("q", "@Sales", 5, queue=True)
    first = (await wire.record(server, asked)).transaction
    await settled(server, first.id)
    again = await wire.record(server, asked)
    assert (again.replayed, again.transaction.id, status(again.transaction)) == (True, first.id, "APPLIED")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, "queue"),
        ({"scheduled_time": {"seconds": 4_000_000_001}}, "queue,scheduled_time"),
        ({"queue": True, "hold_for_review": True, "review_reason": "odd"}, "queue,hold_for_review,review_reason"),
        ({"queue": True, "check_queued": True}, "check_queued"),
    ],
)
async def test_how_it_was_accepted_is_compared(server: Server, change: Any, fields: str) -> None:
    await accept(server, "q", 5, queue=True)
    refusal = await wire.refusal(accept(server, "q", 5, **change))
    assert (refusal.reason, refusal.details["fields"]) == ("REFERENCE_CONFLICT", fields)


async def test_what_was_posted_at_once_is_not_queued_again(server: Server) -> None:
    await accept(server, "q", 5)
    refusal = await wire.refusal(accept(server, "q", 5, queue=True))
    assert (refusal.reason, refusal.details["fields"]) == ("REFERENCE_CONFLICT", "queue")


async def test_a_preview_says_how_it_would_be_accepted_and_writes_nothing(server: Server) -> None:
    asked = wire.from_world("q", "@Sales", 5, queue=True)
    preview = (await wire.record(server, asked, preview=True)).transaction
    assert (status(preview), preview.id) == ("QUEUED", "")
    assert await wire.listed(server) == []


# Times -----------------------------------------------------------------------------------------


async def test_a_scheduled_draft_is_applied_when_it_is_due(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    due = wire.in_seconds(0.4)
    accepted = await accept(server, "s", 5, scheduled_time=due)
    assert (status(accepted), accepted.scheduled_time) == ("SCHEDULED", due)
    applied = await settled(server, accepted.id)
    assert status(applied) == "APPLIED"
    assert applied.record_time.ToDatetime() >= due.ToDatetime()
    assert kinds(await watching.events(2)) == ["SCHEDULED", "APPLIED"]
    await prove(connection)


@pytest.mark.parametrize(
    "change",
    [
        {"scheduled_time": {"seconds": 1_000}},
        {"queue": True, "inflight": True, "inflight_expiry_time": {"seconds": 1_000}},
        {
            "scheduled_time": {"seconds": 4_000_000_000},
            "inflight": True,
            "inflight_expiry_time": {"seconds": 3_999_999_999},
        },
    ],
)
async def test_times_must_be_ahead_and_in_order(server: Server, change: Any) -> None:
    assert (await wire.refusal(accept(server, "s", 5, **change))).reason == "SCHEDULE_IN_PAST"


async def test_a_hold_that_would_have_expired_is_rejected(server: Server, connection: asyncpg.Connection) -> None:
    times = {"scheduled_time": wire.in_seconds(0.2), "inflight_expiry_time": wire.in_seconds(0.5)}
    lease = "INSERT INTO leases VALUES ('timed holds', gen_random_uuid(), clock_timestamp() + interval '1 second')"
    await connection.execute(lease)
    held = await accept(server, "h", 5, inflight=True, **times)
    rejected = await settled(server, held.id)
    assert wire.of_rejection(rejected.rejection).reason == "SCHEDULE_IN_PAST"
    await prove(connection)


async def test_a_refund_gives_back_what_is_left_when_it_is_due(server: Server, connection: asyncpg.Connection) -> None:
    points = (await wire.record(server, wire.from_world("points", "@Member", 100))).transaction
    asked = operation_pb2.Refund(transaction_id=points.id, reference="expiry", scheduled_time=wire.in_seconds(0.4))
    refund = await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=asked))
    assert (status(refund.transaction), refund.refunded.refund.remaining.precise) == ("SCHEDULED", "100")
    assert not refund.transaction.HasField("amount")
    part = operation_pb2.Refund(transaction_id=points.id, reference="part", precise_amount="30")
    await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=part))
    given = await settled(server, refund.transaction.id)
    assert (status(given), given.amount.precise) == ("APPLIED", "70")
    assert await wire.balance(server, "@Member") == 0
    assert (await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=asked))).replayed
    await prove(connection)


async def test_what_waits_can_be_refunded_later_but_not_now(server: Server) -> None:
    waits = await accept(server, "s", 5, scheduled_time=wire.in_seconds(0.3))
    now = operation_pb2.Refund(transaction_id=waits.id, reference="now")
    refusal = await wire.refusal(server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=now)))
    assert (refusal.reason, refusal.details["status"]) == ("NOT_REFUNDABLE", "SCHEDULED")
    later = operation_pb2.Refund(transaction_id=waits.id, reference="later", scheduled_time=wire.in_seconds(0.8))
    refund = await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=later))
    assert status(await settled(server, refund.transaction.id)) == "APPLIED"
    assert await wire.balance(server, "@Sales") == 0


# Reviews ---------------------------------------------------------------------------------------


async def test_what_is_in_review_is_applied_when_it_is_approved(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    flagged = await accept(server, "r", 5, hold_for_review=True, review_reason="a new payee")
    assert (status(flagged), flagged.review.reason) == ("IN_REVIEW", "a new payee")
    preview = (await approve(server, flagged.id, preview=True)).transaction
    assert (status(preview), preview.destination_figures.after.balance) == ("APPLIED", "5")
    answer = await approve(server, flagged.id)
    assert (status(answer.transaction), answer.transaction.review.decided_by) == ("APPLIED", "ada")
    assert answer.transaction.review.HasField("decide_time")
    assert (await approve(server, flagged.id)).replayed
    events = await watching.events(3)
    assert kinds(events) == ["FLAGGED", "APPROVED", "APPLIED"]
    assert [one.transaction.transaction.review.decided_by for one in events] == ["", "ada", "ada"]
    refusal = await wire.refusal(deny(server, flagged.id))
    assert (refusal.reason, refusal.details["status"]) == ("NOT_IN_REVIEW", "APPLIED")
    await prove(connection)


async def test_an_approved_draft_waits_for_its_time(server: Server, connection: asyncpg.Connection) -> None:
    flagged = await accept(server, "r", 5, hold_for_review=True, scheduled_time=wire.in_seconds(0.6))
    assert status((await approve(server, flagged.id)).transaction) == "SCHEDULED"
    assert status(await settled(server, flagged.id)) == "APPLIED"
    await prove(connection)


async def test_an_approved_draft_that_the_rules_refuse_is_rejected(server: Server) -> None:
    till = await wire.open_balance(server)
    flagged = (await wire.record(server, wire.draft("r", till, "@Sales", 5, hold_for_review=True))).transaction
    answer = (await approve(server, flagged.id)).transaction
    assert wire.of_rejection(answer.rejection).reason == "INSUFFICIENT_FUNDS"


async def test_what_is_denied_is_rejected(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    flagged = await accept(server, "r", 5, hold_for_review=True)
    denied = (await deny(server, flagged.id, decided_by="bob")).transaction
    refusal = wire.of_rejection(denied.rejection)
    assert (status(denied), refusal.reason) == ("REJECTED", "REVIEW_DENIED")
    assert refusal.details == {"transaction": flagged.id, "decided_by": "bob"}
    assert denied.review.decided_by == "bob"
    assert kinds(await watching.events(2)) == ["FLAGGED", "DENIED"]
    other = await wire.refusal(deny(server, flagged.id, decided_by="eve"))
    assert (other.reason, other.details["fields"]) == ("REFERENCE_CONFLICT", "decided_by")
    await prove(connection)


async def test_a_reviewer_is_named(server: Server) -> None:
    flagged = await accept(server, "r", 5, hold_for_review=True)
    assert (await wire.refusal(approve(server, flagged.id, decided_by=""))).fields == ("approve.decided_by",)
    assert (await wire.refusal(deny(server, flagged.id, decided_by="x" * 256))).fields == ("deny.decided_by",)
    refusal = await wire.refusal(accept(server, "s", 5, queue=True, review_reason="why"))
    assert refusal.fields == ("draft.review_reason",)


# Cancelling and rescheduling -------------------------------------------------------------------


async def test_what_waits_can_be_called_off_once(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    waits = await accept(server, "s", 5, scheduled_time=wire.in_seconds(3_600))
    assert status((await cancel(server, waits.id, preview=True)).transaction) == "CANCELLED"
    assert status(await wire.transaction(server, transaction_id=waits.id)) == "SCHEDULED"
    assert status((await cancel(server, waits.id)).transaction) == "CANCELLED"
    assert (await cancel(server, waits.id)).replayed
    refusal = await wire.refusal(cancel(server, waits.id, "another"))
    assert (refusal.reason, refusal.details) == ("NOT_CANCELLABLE", {"transaction": waits.id, "status": "CANCELLED"})
    assert kinds(await watching.events(2)) == ["SCHEDULED", "CANCELLED"]
    assert (await wire.record(server, wire.from_world("s", "@Sales", 5, scheduled_time=waits.scheduled_time))).replayed
    await prove(connection)


async def test_cancellations_in_batches(server: Server, connection: asyncpg.Connection) -> None:
    waits = await accept(server, "r", 5, hold_for_review=True)
    called_off = operation_pb2.Operation(cancel=operation_pb2.Cancel(transaction_id=waits.id, reference="c"))
    poor = wire.post(wire.draft("poor", "@Empty", "@Sales", 1))
    answer = await wire.batch(server, [called_off, poor], wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["NOT_APPLIED_WITH_GROUP", "INSUFFICIENT_FUNDS"]
    answer = await wire.batch(server, [called_off, called_off])
    assert wire.outcomes(answer.results) == ["posted", "replayed"]
    assert status(await wire.transaction(server, transaction_id=waits.id)) == "CANCELLED"
    await prove(connection)


async def test_what_waits_can_be_given_another_time(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    waits = await accept(server, "s", 5, scheduled_time=wire.in_seconds(3_600))
    sooner = wire.in_seconds(0.4)
    moved = (await reschedule(server, waits.id, sooner)).transaction
    assert (status(moved), moved.scheduled_time) == ("SCHEDULED", sooner)
    assert (await reschedule(server, waits.id, sooner)).replayed
    assert status(await settled(server, waits.id)) == "APPLIED"
    refusal = await wire.refusal(reschedule(server, waits.id, wire.in_seconds(60), "too late"))
    assert (refusal.reason, refusal.details["status"]) == ("NOT_WAITING", "APPLIED")
    events = await watching.events(3)
    assert kinds(events) == ["SCHEDULED", "RESCHEDULED", "APPLIED"]
    times = [one.transaction.transaction.scheduled_time for one in events]
    assert times == [waits.scheduled_time, sooner, sooner]
    await prove(connection)


async def test_another_time_must_be_ahead_and_before_those_of_the_hold(server: Server) -> None:
    times = {"scheduled_time": wire.in_seconds(60), "inflight_expiry_time": wire.in_seconds(90)}
    waits = await accept(server, "h", 5, inflight=True, **times)
    for number, when in enumerate((wire.in_seconds(-1), wire.in_seconds(100))):
        refusal = await wire.refusal(reschedule(server, waits.id, when, f"r{number}"))
        assert refusal.reason == "SCHEDULE_IN_PAST"


async def test_orders_about_what_never_waited(server: Server) -> None:
    posted = await accept(server, "p", 5)
    assert (await wire.refusal(cancel(server, posted.id))).reason == "NOT_CANCELLABLE"
    assert (await wire.refusal(approve(server, posted.id))).reason == "NOT_IN_REVIEW"
    nobody = posted.id[:-4] + "zzzz"
    assert (await wire.refusal(cancel(server, nobody))).reason == "TRANSACTION_NOT_FOUND"


async def test_an_order_is_a_transaction_of_which_nothing_can_be_settled_or_given_back(
    server: Server, connection: asyncpg.Connection
) -> None:
    waits = await accept(server, "s", 5, scheduled_time=wire.in_seconds(3_600))
    await cancel(server, waits.id, "call it off")
    order = (await wire.transaction(server, reference="call it off")).id
    for settle in (wire.commit(order), wire.void(order)):
        assert (await wire.refusal(wire.settle(server, settle))).reason == "NOT_A_HOLD"
    for reference, more in (("now", {}), ("later", {"scheduled_time": wire.in_seconds(3_600)})):
        refund = operation_pb2.Refund(transaction_id=order, reference=reference, **more)
        refusal = await wire.refusal(server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund)))
        assert (refusal.reason, refusal.details["kind"]) == ("NOT_REFUNDABLE", "CANCEL")
    await prove(connection)


async def test_a_hold_that_waits_cannot_be_settled(server: Server) -> None:
    held = await accept(server, "h", 5, inflight=True, scheduled_time=wire.in_seconds(3_600))
    for settle in (wire.commit(held.id), wire.void(held.id)):
        refusal = await wire.refusal(wire.settle(server, settle))
        assert (refusal.reason, refusal.details) == ("HOLD_NOT_IN_PLACE", {"hold": held.id, "status": "SCHEDULED"})


# What else looks at what waits -----------------------------------------------------------------


async def test_what_waits_must_be_covered_where_that_is_asked(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.record(server, wire.from_world("open", till, 10))
    times = {"scheduled_time": wire.in_seconds(3_600), "check_queued": True}

    async def ask(reference: str, amount: int) -> transaction_pb2.Transaction:
        return (await wire.record(server, wire.draft(reference, till, "@Sales", amount, **times))).transaction

    first = await ask("a", 7)
    refusal = await wire.refusal(ask("b", 4))
    assert (refusal.reason, refusal.details) == (
        "INSUFFICIENT_FUNDS",
        {"balance": till, "asked": "4", "available": "10", "queued": "7"},
    )
    assert status(await ask("b", 3)) == "SCHEDULED"
    await cancel(server, first.id)
    drafts = [wire.post(wire.draft(f"c-{n}", till, "@Sales", 4, **times)) for n in range(3)]
    assert wire.outcomes((await wire.batch(server, drafts)).results) == ["posted", *["INSUFFICIENT_FUNDS"] * 2]


async def test_a_preview_of_what_must_be_covered_by_a_balance_that_is_not_there_yet(server: Server) -> None:
    draft = wire.draft("a", "@Nobody", "@Sales", 4, queue=True, check_queued=True)
    refusal = await wire.refusal(wire.record(server, draft, preview=True))
    assert (refusal.reason, refusal.details["queued"]) == ("INSUFFICIENT_FUNDS", "0")
    draft.allow_overdraft = True
    assert status((await wire.record(server, draft, preview=True)).transaction) == "QUEUED"


async def test_a_preview_keeps_apart_what_would_wait_in_two_currencies(server: Server) -> None:
    """On internal balances of one name that do not exist yet."""
    covered = {"queue": True, "check_queued": True, "allow_overdraft": True, "precise_overdraft_limit": "5"}
    drafts = [
        wire.draft(one, "@Nobody", "@Anybody", 4, currency=one, precision=100, **covered) for one in ("EUR", "USD")
    ]
    answer = await wire.batch(server, [wire.post(one) for one in drafts], validate_only=True)
    assert wire.outcomes(answer.results) == ["posted", "posted"]


async def test_queued_figures_are_told_on_request(server: Server) -> None:
    till = await wire.open_balance(server)
    later = {"scheduled_time": wire.in_seconds(3_600)}
    await wire.record(server, wire.from_world("in", till, 7, **later))
    await wire.record(server, wire.draft("out", till, "@Sales", 5, hold_for_review=True))
    view = balance_pb2.BALANCE_VIEW_QUEUED
    one = (await server.ledgers.GetBalance(ledger_service_pb2.GetBalanceRequest(balance_id=till, view=view))).balance
    assert (one.queued_debit, one.queued_credit) == ("5", "7")
    key = {"indicator": "@Sales", "currency": "USD"}
    named = await server.ledgers.GetBalance(ledger_service_pb2.GetBalanceRequest(indicator_key=key, view=view))
    assert (named.balance.queued_debit, named.balance.queued_credit) == ("0", "5")
    many = await server.ledgers.BatchGetBalances(
        ledger_service_pb2.BatchGetBalancesRequest(balance_ids=[till], view=view)
    )
    assert many.balances[0].queued_debit == "5"
    listed = await server.ledgers.ListBalances(ledger_service_pb2.ListBalancesRequest(view=view))
    assert {balance.id: balance.queued_credit for balance in listed.balances}[till] == "7"
    plain = await server.ledgers.GetBalance(ledger_service_pb2.GetBalanceRequest(balance_id=till))
    assert not plain.balance.HasField("queued_debit")


async def test_a_balance_on_which_something_waits_cannot_be_closed(server: Server) -> None:
    till = await wire.open_balance(server)
    waits = (await wire.record(server, wire.draft("r", till, "@Sales", 5, hold_for_review=True))).transaction
    close = ledger_service_pb2.CloseBalanceRequest(balance_id=till)
    refusal = await wire.refusal(server.ledgers.CloseBalance(close))
    assert (refusal.reason, refusal.details["waiting"]) == ("BALANCE_NOT_EMPTY", "1")
    await cancel(server, waits.id)
    await server.ledgers.CloseBalance(close)
    refusal = await wire.refusal(wire.record(server, wire.from_world("q", till, 5, queue=True)))
    assert refusal.reason == "BALANCE_CLOSED"


async def test_the_history_of_a_balance_has_what_moved_it_and_the_rest_by_status(server: Server) -> None:
    till = await wire.open_balance(server)
    for number in range(3):
        await wire.record(server, wire.from_world(f"now-{number}", till, 1))
        await wire.record(server, wire.from_world(f"later-{number}", till, 1, hold_for_review=True))
    history = await wire.listed(server, f'balance_id = "{till}"')
    assert [one.reference for one in history] == ["now-2", "now-1", "now-0"]
    request = pb.ListTransactionsRequest(filter=f'balance_id = "{till}"', page_size=2, include_total=True)
    page = await server.transactions.ListTransactions(request)
    assert page.total_size == 3
    request.page_token = page.next_page_token
    assert len((await server.transactions.ListTransactions(request)).transactions) == 1
    waits = await wire.listed(server, f'balance_id = "{till}" AND status = IN_REVIEW')
    assert [one.reference for one in waits] == ["later-2", "later-1", "later-0"]
    assert len(await wire.listed(server)) == 6


async def test_monitors_fire_when_it_is_applied(server: Server) -> None:
    watching = await wire.watch_monitors(server)
    till = await wire.open_balance(server)
    await wire.monitor(server, "BALANCE", "GREATER", 3, balance_id=till)
    flagged = (await wire.record(server, wire.from_world("r", till, 5, hold_for_review=True))).transaction
    await wire.record(server, wire.from_world("now", till, 1))
    await approve(server, flagged.id)
    (event,) = await watching.events(1)
    assert event.monitor.transaction_id == flagged.id


async def test_a_period_that_was_closed_meanwhile_rejects_what_is_effective_in_it(
    server: Server, connection: asyncpg.Connection
) -> None:
    flagged = await accept(server, "r", 5, hold_for_review=True, effective_time={"seconds": 999})
    close = admin_service_pb2.ClosePeriodRequest(ledger_id=wire.GENERAL_LEDGER, close_time={"seconds": 1_000})
    await server.admin.ClosePeriod(close)
    rejected = (await approve(server, flagged.id)).transaction
    assert wire.of_rejection(rejected.rejection).reason == "PERIOD_CLOSED"
    refusal = await wire.refusal(accept(server, "s", 5, queue=True, effective_time={"seconds": 999}))
    assert refusal.reason == "PERIOD_CLOSED"
    await server.admin.ClosePeriod(
        admin_service_pb2.ClosePeriodRequest(ledger_id=wire.GENERAL_LEDGER, close_time={"seconds": 900}, reopen=True)
    )
    again = await accept(server, "t", 5, queue=True, effective_time={"seconds": 999})
    assert status(await settled(server, again.id)) == "APPLIED"
    await server.admin.ClosePeriod(close)
    await prove(connection)


async def test_what_a_server_without_workers_accepts_is_applied_by_those_that_work(dsn: str) -> None:
    common = {"database_url": dsn, "migrate": False, "stop_grace_seconds": 5, "pool_size": 6}
    serving = App(Config(listen="127.0.0.1:0", workers=False, **common))
    working = App(Config(**common), serves=False)
    await serving.start()
    server = Server(serving, grpc.aio.insecure_channel(f"127.0.0.1:{serving.port}"))
    accepted = await accept(server, "q", 5, queue=True)
    await working.start()
    assert status(await settled(server, accepted.id)) == "APPLIED"
    await server.channel.close()
    await working.stop()
    await serving.stop()
    assert not working.failed.is_set()


async def test_a_wait_ends_with_its_time_out(server: Server) -> None:
    waits = await accept(server, "r", 5, hold_for_review=True)
    request = pb.WaitTransactionRequest(reference="r", timeout=duration_pb2.Duration(nanos=50_000_000))
    answer = await server.transactions.WaitTransaction(request)
    assert (answer.settled, status(answer.transaction)) == (False, "IN_REVIEW")
    answer = await server.transactions.WaitTransaction(pb.WaitTransactionRequest(transaction_id=waits.id), timeout=0.6)
    assert not answer.settled
    refusal = await wire.refusal(settled(server, waits.id, seconds=601))
    assert refusal.fields == ("timeout",)


async def test_many_waits_are_answered_by_one_approval(server: Server) -> None:
    waits = await accept(server, "r", 5, hold_for_review=True)
    calls = [asyncio.create_task(settled(server, waits.id)) for _ in range(50)]
    await accept(server, "other", 1)
    await approve(server, waits.id)
    assert {status(one) for one in await asyncio.gather(*calls)} == {"APPLIED"}


async def test_a_subscriber_from_the_first_cursor_is_told_each_life_as_it_was(server: Server) -> None:
    watching = await wire.watch(server)
    start = watching.cursor
    flagged = await accept(server, "r", 5, hold_for_review=True, scheduled_time=wire.in_seconds(3_600))
    await reschedule(server, flagged.id, wire.in_seconds(7_200))
    await approve(server, flagged.id)
    soon = wire.in_seconds(0.3)
    await reschedule(server, flagged.id, soon, "soon")
    await settled(server, flagged.id)
    live = await watching.events(5)
    late = await (await wire.watch(server, after_cursor=start)).events(5)
    assert late == live
    assert kinds(late) == ["FLAGGED", "RESCHEDULED", "APPROVED", "RESCHEDULED", "APPLIED"]
    statuses = [status(one.transaction.transaction) for one in late]
    assert statuses == ["IN_REVIEW", "IN_REVIEW", "SCHEDULED", "SCHEDULED", "APPLIED"]
    assert [one.transaction.transaction.review.decided_by for one in late] == ["", "", "ada", "ada", "ada"]
    assert [one.transaction.transaction.HasField("source_figures") for one in late] == [False] * 4 + [True]
