"""Amendments of deferred transactions: reviews that approve or deny them, cancellations, and other times."""

import asyncpg
import pytest
from ledgerapi.v1 import operation_pb2

from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.deferred import accept, approve, cancel, deny, kinds, outcome_of, prove, reschedule, status

pb = wire.pb


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
    assert [event.transaction.transaction.review.decided_by for event in events] == ["", "ada", "ada"]
    rejection = await wire.rejection(deny(server, flagged.id))
    assert (rejection.reason, rejection.details["status"]) == ("NOT_IN_REVIEW", "APPLIED")
    await prove(connection)


@pytest.mark.yesterday
async def test_an_approved_draft_waits_for_its_time(server: Server, connection: asyncpg.Connection) -> None:
    flagged = await accept(server, "r", 5, hold_for_review=True, scheduled_time=wire.due())
    assert status((await approve(server, flagged.id)).transaction) == "SCHEDULED"
    assert status(await outcome_of(server, flagged.id)) == "APPLIED"
    await prove(connection)


async def test_an_approved_draft_that_the_rules_reject_is_rejected(server: Server) -> None:
    till = await wire.open_balance(server)
    flagged = (await wire.record(server, wire.draft("r", till, "@Sales", 5, hold_for_review=True))).transaction
    answer = (await approve(server, flagged.id)).transaction
    assert wire.of_rejection(answer.rejection).reason == "INSUFFICIENT_FUNDS"


async def test_what_is_denied_is_rejected(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    flagged = await accept(server, "r", 5, hold_for_review=True)
    denied = (await deny(server, flagged.id, decided_by="bob")).transaction
    rejection = wire.of_rejection(denied.rejection)
    assert (status(denied), rejection.reason) == ("REJECTED", "REVIEW_DENIED")
    assert rejection.details == {"transaction": flagged.id, "decided_by": "bob"}
    assert denied.review.decided_by == "bob"
    assert kinds(await watching.events(2)) == ["FLAGGED", "DENIED"]
    other = await wire.rejection(deny(server, flagged.id, decided_by="eve"))
    assert (other.reason, other.details["fields"]) == ("REFERENCE_CONFLICT", "decided_by")
    await prove(connection)


async def test_a_reviewer_is_named(server: Server) -> None:
    flagged = await accept(server, "r", 5, hold_for_review=True)
    assert (await wire.rejection(approve(server, flagged.id, decided_by=""))).fields == ("approve.decided_by",)
    assert (await wire.rejection(deny(server, flagged.id, decided_by="x" * 256))).fields == ("deny.decided_by",)
    rejection = await wire.rejection(accept(server, "s", 5, queue=True, review_reason="why"))
    assert rejection.fields == ("draft.review_reason",)


# Cancelling and rescheduling -------------------------------------------------------------------


async def test_what_is_deferred_can_be_cancelled_once(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    deferred = await accept(server, "s", 5, scheduled_time=wire.in_seconds(3_600))
    assert status((await cancel(server, deferred.id, preview=True)).transaction) == "CANCELLED"
    assert status(await wire.transaction(server, transaction_id=deferred.id)) == "SCHEDULED"
    assert status((await cancel(server, deferred.id)).transaction) == "CANCELLED"
    assert (await cancel(server, deferred.id)).replayed
    rejection = await wire.rejection(cancel(server, deferred.id, "another"))
    assert (rejection.reason, rejection.details) == (
        "NOT_CANCELLABLE",
        {"transaction": deferred.id, "status": "CANCELLED"},
    )
    assert kinds(await watching.events(2)) == ["SCHEDULED", "CANCELLED"]
    assert (
        await wire.record(server, wire.from_world("s", "@Sales", 5, scheduled_time=deferred.scheduled_time))
    ).replayed
    await prove(connection)


async def test_cancellations_in_batches(server: Server, connection: asyncpg.Connection) -> None:
    deferred = await accept(server, "r", 5, hold_for_review=True)
    cancellation = operation_pb2.Operation(cancel=operation_pb2.Cancel(transaction_id=deferred.id, reference="c"))
    poor = wire.post(wire.draft("poor", "@Empty", "@Sales", 1))
    answer = await wire.batch(server, [cancellation, poor], wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["NOT_APPLIED_WITH_GROUP", "INSUFFICIENT_FUNDS"]
    answer = await wire.batch(server, [cancellation, cancellation])
    assert wire.outcomes(answer.results) == ["posted", "replayed"]
    assert status(await wire.transaction(server, transaction_id=deferred.id)) == "CANCELLED"
    await prove(connection)


@pytest.mark.yesterday
async def test_what_is_deferred_can_be_rescheduled(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    deferred = await accept(server, "s", 5, scheduled_time=wire.in_seconds(3_600))
    sooner = wire.due()
    moved = (await reschedule(server, deferred.id, sooner)).transaction
    assert (status(moved), moved.scheduled_time) == ("SCHEDULED", sooner)
    assert (await reschedule(server, deferred.id, sooner)).replayed
    assert status(await outcome_of(server, deferred.id)) == "APPLIED"
    rejection = await wire.rejection(reschedule(server, deferred.id, wire.in_seconds(60), "too late"))
    assert (rejection.reason, rejection.details["status"]) == ("NOT_WAITING", "APPLIED")
    events = await watching.events(3)
    assert kinds(events) == ["SCHEDULED", "RESCHEDULED", "APPLIED"]
    times = [event.transaction.transaction.scheduled_time for event in events]
    assert times == [deferred.scheduled_time, sooner, sooner]
    await prove(connection)


async def test_another_time_must_be_ahead_and_before_those_of_the_hold(server: Server) -> None:
    times = {"scheduled_time": wire.in_seconds(60), "inflight_expiry_time": wire.in_seconds(90)}
    deferred = await accept(server, "h", 5, inflight=True, **times)
    for number, when in enumerate((wire.in_seconds(-1), wire.in_seconds(100))):
        rejection = await wire.rejection(reschedule(server, deferred.id, when, f"r{number}"))
        assert rejection.reason == "SCHEDULE_IN_PAST"


async def test_amendments_of_what_was_never_deferred(server: Server) -> None:
    posted = await accept(server, "p", 5)
    assert (await wire.rejection(cancel(server, posted.id))).reason == "NOT_CANCELLABLE"
    assert (await wire.rejection(approve(server, posted.id))).reason == "NOT_IN_REVIEW"
    nobody = posted.id[:-4] + "zzzz"
    assert (await wire.rejection(cancel(server, nobody))).reason == "TRANSACTION_NOT_FOUND"


async def test_an_amendment_is_a_transaction_that_can_be_neither_committed_nor_refunded(
    server: Server, connection: asyncpg.Connection
) -> None:
    deferred = await accept(server, "s", 5, scheduled_time=wire.in_seconds(3_600))
    await cancel(server, deferred.id, "no longer wanted")
    amendment = (await wire.transaction(server, reference="no longer wanted")).id
    for resolve in (wire.commit(amendment), wire.void(amendment)):
        assert (await wire.rejection(wire.resolve(server, resolve))).reason == "NOT_A_HOLD"
    for reference, more in (("now", {}), ("later", {"scheduled_time": wire.in_seconds(3_600)})):
        refund = operation_pb2.Refund(transaction_id=amendment, reference=reference, **more)
        rejection = await wire.rejection(
            server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund))
        )
        assert (rejection.reason, rejection.details["kind"]) == ("NOT_REFUNDABLE", "CANCEL")
    await prove(connection)


async def test_a_deferred_hold_cannot_be_resolved(server: Server) -> None:
    held = await accept(server, "h", 5, inflight=True, scheduled_time=wire.in_seconds(3_600))
    for resolve in (wire.commit(held.id), wire.void(held.id)):
        rejection = await wire.rejection(wire.resolve(server, resolve))
        assert (rejection.reason, rejection.details) == ("HOLD_NOT_IN_PLACE", {"hold": held.id, "status": "SCHEDULED"})
