"""Amendments of deferred transactions: reviews that approve or deny them, cancellations, and other times."""

from typing import Any

import asyncpg
import pytest
from google.protobuf.json_format import MessageToDict
from ledgerapi.v1 import operation_pb2, transaction_pb2

from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.deferred import accept, approve, cancel, deny, kinds, outcome_of, prove, reschedule, status

pb = wire.pb


# Reviews ---------------------------------------------------------------------------------------


async def test_what_is_in_review_is_applied_when_it_is_approved(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    flagged = await accept(server, "r", 5, require_review=True, review_reason="a new payee")
    assert (status(flagged), flagged.review.reason) == ("IN_REVIEW", "a new payee")
    preview = (await approve(server, flagged.id, preview=True)).amended
    assert (status(preview), preview.destination_figures.after.balance) == ("APPLIED", "5")
    answer = await approve(server, flagged.id)
    assert (status(answer.amended), answer.amended.review.on_behalf_of) == ("APPLIED", "ada")
    assert answer.amended.review.HasField("decide_time")
    assert answer.amended.review.decision_id == answer.transaction.id
    assert (await approve(server, flagged.id)).replayed
    events = await watching.events(3)
    assert kinds(events) == ["IN_REVIEW", "APPROVED", "APPLIED"]
    assert [event.transaction.transaction.review.on_behalf_of for event in events] == ["", "ada", "ada"]
    assert [event.transaction.cause_id for event in events] == ["", answer.transaction.id, answer.transaction.id]
    rejection = await wire.rejection(deny(server, flagged.id))
    assert (rejection.reason, rejection.details["status"]) == ("NOT_IN_REVIEW", "APPLIED")
    await prove(connection)


@pytest.mark.yesterday
async def test_an_approved_draft_waits_for_its_time(server: Server, connection: asyncpg.Connection) -> None:
    flagged = await accept(server, "r", 5, require_review=True, scheduled_time=wire.due())
    assert status((await approve(server, flagged.id)).amended) == "SCHEDULED"
    assert status(await outcome_of(server, flagged.id)) == "APPLIED"
    await prove(connection)


async def test_an_approved_draft_that_the_rules_reject_is_rejected(server: Server) -> None:
    till = await wire.open_balance(server)
    flagged = (await wire.record(server, wire.draft("r", till, "@Sales", 5, require_review=True))).transaction
    answer = (await approve(server, flagged.id)).amended
    assert wire.of_rejection(answer.rejection).reason == "INSUFFICIENT_FUNDS"


async def test_what_is_denied_is_rejected(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    flagged = await accept(server, "r", 5, require_review=True)
    denied = (await deny(server, flagged.id, on_behalf_of="bob")).amended
    rejection = wire.of_rejection(denied.rejection)
    assert (status(denied), rejection.reason) == ("REJECTED", "REVIEW_DENIED")
    assert rejection.details == {"transaction": flagged.id, "on_behalf_of": "bob"}
    assert denied.review.on_behalf_of == "bob"
    assert kinds(await watching.events(2)) == ["IN_REVIEW", "DENIED"]
    other = await wire.rejection(deny(server, flagged.id, on_behalf_of="eve"))
    assert (other.reason, other.details["fields"]) == ("REFERENCE_CONFLICT", "on_behalf_of")
    await prove(connection)


async def test_a_reviewer_is_named(server: Server) -> None:
    flagged = await accept(server, "r", 5, require_review=True)
    assert (await wire.rejection(approve(server, flagged.id, on_behalf_of=""))).fields == ("approve.on_behalf_of",)
    assert (await wire.rejection(deny(server, flagged.id, on_behalf_of="x" * 256))).fields == ("deny.on_behalf_of",)
    rejection = await wire.rejection(accept(server, "s", 5, queue=True, review_reason="why"))
    assert rejection.fields == ("draft.review_reason",)


# The answer ------------------------------------------------------------------------------------


@pytest.mark.parametrize("amend", [cancel, reschedule, approve, deny])
async def test_an_answer_has_the_amendment_itself_and_what_it_amended(server: Server, amend: Any) -> None:
    deferred = await accept(server, "r", 5, require_review=True)
    when = [wire.in_seconds(3_600)] if amend is reschedule else []
    answer = await amend(server, deferred.id, *when, reference="own", description="why")
    own = await wire.transaction(server, reference="own")
    assert answer.transaction == own
    kind = transaction_pb2.TransactionKind.Name(own.kind).removeprefix("TRANSACTION_KIND_").lower()
    assert (kind, own.parent_id, own.description) == (amend.__name__, deferred.id, "why")
    assert answer.amended == await wire.transaction(server, transaction_id=deferred.id)
    again = await amend(server, deferred.id, *when, reference="own", description="why")
    assert (again.transaction, again.amended, again.replayed) == (own, answer.amended, True)


@pytest.mark.parametrize("amend", [cancel, reschedule, approve, deny])
async def test_an_amendment_has_metadata_of_its_own(server: Server, connection: asyncpg.Connection, amend: Any) -> None:
    deferred = await accept(server, "r", 5, require_review=True, metadata={"order": "17"})
    when = [wire.in_seconds(3_600)] if amend is reschedule else []
    asked: dict[str, Any] = {"reference": "own", "metadata": {"ticket": "T-9", "lines": [1, 2.5, None]}}
    answer = await amend(server, deferred.id, *when, **asked)
    assert MessageToDict(answer.transaction.metadata) == asked["metadata"]
    assert MessageToDict(answer.amended.metadata) == {"order": "17"}
    assert answer.transaction == await wire.transaction(server, reference="own")
    assert (await amend(server, deferred.id, *when, **asked)).replayed
    for other in ({"ticket": "T-8"}, {}):
        rejection = await wire.rejection(amend(server, deferred.id, *when, **{**asked, "metadata": other}))
        assert (rejection.reason, rejection.details["fields"]) == ("REFERENCE_CONFLICT", "metadata")
    rejection = await wire.rejection(amend(server, deferred.id, *when, reference="x", metadata={"ledgerd:x": 1}))
    assert rejection.fields == (f"{amend.__name__}.metadata",)
    await prove(connection)


async def test_a_repeated_amendment_shows_what_it_amended_as_it_is_now(server: Server) -> None:
    deferred = await accept(server, "r", 5, require_review=True)
    when = wire.in_seconds(3_600)
    first = await reschedule(server, deferred.id, when)
    await cancel(server, deferred.id)
    again = await reschedule(server, deferred.id, when)
    assert (status(first.amended), status(again.amended)) == ("IN_REVIEW", "CANCELLED")
    assert (again.transaction, status(again.transaction)) == (first.transaction, "APPLIED")


async def test_a_result_of_a_batch_is_the_amendment_itself(server: Server) -> None:
    deferred = await accept(server, "r", 5, require_review=True)
    cancellation = operation_pb2.Operation(
        cancel=operation_pb2.CancelTransaction(target=wire.target(deferred.id), reference="c")
    )
    for view in (wire.FULL, wire.BASIC):
        (result,) = (await wire.batch(server, [cancellation], view=view)).results
        own = await wire.transaction(server, reference="c")
        assert (result.posted.transaction_id, result.posted.status) == (own.id, own.status)
        assert result.posted.transaction == (own if view == wire.FULL else transaction_pb2.Transaction())


# Cancelling and rescheduling -------------------------------------------------------------------


async def test_what_is_deferred_can_be_cancelled_once(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    deferred = await accept(server, "s", 5, scheduled_time=wire.in_seconds(3_600))
    assert status((await cancel(server, deferred.id, preview=True)).amended) == "CANCELLED"
    assert status(await wire.transaction(server, transaction_id=deferred.id)) == "SCHEDULED"
    assert status((await cancel(server, deferred.id)).amended) == "CANCELLED"
    assert (await cancel(server, deferred.id)).replayed
    rejection = await wire.rejection(cancel(server, deferred.id, "another"))
    assert (rejection.reason, rejection.details) == (
        "NOT_DEFERRED",
        {"transaction": deferred.id, "status": "CANCELLED"},
    )
    assert kinds(await watching.events(2)) == ["SCHEDULED", "CANCELLED"]
    assert (
        await wire.record(server, wire.from_world("s", "@Sales", 5, scheduled_time=deferred.scheduled_time))
    ).replayed
    await prove(connection)


async def test_cancellations_in_batches(server: Server, connection: asyncpg.Connection) -> None:
    deferred = await accept(server, "r", 5, require_review=True)
    cancellation = operation_pb2.Operation(
        cancel=operation_pb2.CancelTransaction(target=wire.target(deferred.id), reference="c")
    )
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
    moved = (await reschedule(server, deferred.id, sooner)).amended
    assert (status(moved), moved.scheduled_time) == ("SCHEDULED", sooner)
    assert (await reschedule(server, deferred.id, sooner)).replayed
    assert status(await outcome_of(server, deferred.id)) == "APPLIED"
    rejection = await wire.rejection(reschedule(server, deferred.id, wire.in_seconds(60), "too late"))
    assert (rejection.reason, rejection.details["status"]) == ("NOT_DEFERRED", "APPLIED")
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
    assert (await wire.rejection(cancel(server, posted.id))).reason == "NOT_DEFERRED"
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
        refund = operation_pb2.RefundTransaction(target=wire.target(amendment), reference=reference, **more)
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
