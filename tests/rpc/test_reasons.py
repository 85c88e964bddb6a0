"""The reasons: one list in the core, one in the contract, one table of codes; and each can happen."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from google.rpc import code_pb2, error_details_pb2
from ledgerapi.v1 import (
    draft_pb2,
    error_reason_pb2,
    event_service_pb2,
    identity_service_pb2,
    ledger_service_pb2,
    monitor_pb2,
    monitor_service_pb2,
    operation_pb2,
    reason_options_pb2,
)

from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation
from ledgerd.journal.cursor import Cursor
from ledgerd.rpc.servicers.reconciliations import NOT_SERVED, not_served
from ledgerd.wire import errors
from tests.conftest import Server
from tests.rpc import contract, found_provocations, rule_provocations, run_provocations, upload_provocations, wire
from tests.rpc.provocations import (
    Provoke,
    adjustment_too_low,
    amendment_rejected,
    balance_closed,
    balance_frozen,
    balance_not_empty,
    batch_not_finished,
    ceiling_below_balance,
    close_period,
    draft_rejected,
    etag_mismatch,
    floor_above_available,
    hold_expired,
    hold_not_in_place,
    hold_resolved,
    identity_linked,
    indicator_taken,
    internal,
    not_a_hold,
    not_adjustable,
    on_stream,
    period_closed,
    queue_full,
    refund_rejected,
    request_id_conflict,
    resolve_rejected,
    review_denied,
    shutting_down,
    watch_rejected,
)

pb, ledgers = wire.pb, ledger_service_pb2
CONTRACT = Path(__file__).parents[2] / "protos/ledgerapi/v1/error_reason.proto"
NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"


# The three lists -------------------------------------------------------------------------------


class Documented(NamedTuple):
    """What the contract says about a reason: its options, and its comment."""

    code: str
    is_given: bool
    is_retried: bool
    examples: list[dict[str, str]]


def documented() -> Iterator[tuple[str, Documented]]:
    comments: list[str] = []
    for line in CONTRACT.read_text().splitlines():
        text = line.strip()
        if text.startswith("//"):
            comments.append(text.removeprefix("//").strip())
        elif match := re.match(r"ERROR_REASON_(\w+) = \d+ \[", text):
            comment = " ".join(comments)
            examples = [json.loads(example) for example in re.findall(r"\{[^}]*\}", comment)]
            options = options_of(match[1])
            is_retried = options.HasField("retry_seconds")
            yield match[1], Documented(options.code, "Not given yet." not in comment, is_retried, examples)
            comments = []
        else:
            comments = []


def options_of(name: str) -> reason_options_pb2.ReasonOptions:
    extension: Any = reason_options_pb2.reason
    value = error_reason_pb2.ErrorReason.DESCRIPTOR.values_by_name[f"ERROR_REASON_{name}"]
    options: reason_options_pb2.ReasonOptions = value.GetOptions().Extensions[extension]
    return options


DOCUMENTED = dict(documented())


def test_every_value_of_the_contract_is_documented() -> None:
    names = {name.removeprefix("ERROR_REASON_") for name in error_reason_pb2.ErrorReason.keys()}  # noqa: SIM118
    assert names == DOCUMENTED.keys() | {"UNSPECIFIED"}


def test_the_contract_gives_exactly_the_reasons_of_the_core() -> None:
    assert {reason.value for reason in Reason} == {name for name, told in DOCUMENTED.items() if told.is_given}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_reason_has_a_status_and_a_message(name: str) -> None:
    """Also those that are not given yet. A message is one sentence, or two of which the second says what to do."""
    options = options_of(name)
    assert options.code in grpc.StatusCode.__members__.keys() - {"OK", "UNKNOWN"}
    assert re.fullmatch(r"[A-Z][^.\n]*\.( [A-Z][^.\n]*\.)?", options.message)
    assert "  " not in options.message
    assert len(options.message) <= 120
    assert options.message not in {options_of(other).message for other in DOCUMENTED if other != name}


RULES_OF_TIME = {"BATCH_NOT_FINISHED"}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_code_says_what_to_do_next(name: str) -> None:
    """What may pass when it is repeated comes with a delay; what cannot is `malformed`, or its code says so. A rule can
    be about what passes without the caller: then it comes with a delay, too."""
    options = options_of(name)
    is_late = options.HasField("retry_seconds")
    assert not is_late or options.retry_seconds > 0
    if options.code == "RESOURCE_EXHAUSTED":
        assert options.malformed != is_late
    else:
        assert is_late == (options.code == "UNAVAILABLE" or name in RULES_OF_TIME)
        assert not options.malformed or options.code == "UNIMPLEMENTED"


def test_a_status_is_what_the_contract_says() -> None:
    for reason in Reason:
        options, status = options_of(reason.value), errors.to_status(Rejection(reason))
        in_a_result = errors.to_proto(Rejection(reason))
        told = [detail for detail in status.details if detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR)]
        delays = [error_details_pb2.RetryInfo.FromString(detail.value).retry_delay.seconds for detail in told]
        assert code_pb2.Code.Name(status.code) == in_a_result.code == options.code
        assert status.message == in_a_result.message == options.message
        assert delays == [options.retry_seconds] * options.HasField("retry_seconds")
        assert in_a_result.HasField("retry_delay") == bool(delays)
        assert in_a_result.retry_delay.seconds == sum(delays)


def test_a_delay_that_is_told_is_that_of_the_rejection() -> None:
    rejection = Rejection(Reason.TOO_BUSY, {"retry_seconds": "7"})
    assert errors.to_proto(rejection).retry_delay.seconds == 7


def test_many_violations_are_counted_and_not_all_listed() -> None:
    violations = tuple(Violation(f"field{number}", "is wrong" * 100) for number in range(500))
    rejection = Rejection(Reason.FIELD_INVALID, {"field": "field0"}, violations)
    status, told = errors.to_status(rejection), errors.to_proto(rejection)
    assert len(status.SerializeToString()) < 8 * 1024
    assert len(told.violations) == 20
    assert told.details["violations"] == "500"


# Each reason, provoked -------------------------------------------------------------------------


async def in_batch(server: Server, *operations: Any, mode: Any = wire.INDEPENDENT) -> list[wire.Rejection]:
    answer = await wire.batch(server, operations, mode)
    return [wire.of_rejection(result.rejection) for result in answer.results if result.HasField("rejection")]


async def field_not_supported(server: Server) -> wire.Rejection:
    condition = {"field": 1, "operator": 1, "threshold": {"decimal": "2"}, "clear_threshold": {"decimal": "1"}}
    asked = monitor_pb2.Monitor(balance_id=await wire.open_balance(server), conditions=[condition])
    return await wire.rejection(server.monitors.CreateMonitor(monitor_service_pb2.CreateMonitorRequest(monitor=asked)))


async def part_of_split(server: Server) -> wire.Rejection:
    shares = draft_pb2.Distribution(shares=[draft_pb2.Share(balance="@Sales", remainder=True)])
    asked = wire.from_world("s", "", 5, require_review=True)
    asked.destinations.CopyFrom(shares)
    (leg,) = (await wire.record(server, asked)).legs
    cancel = operation_pb2.CancelTransaction(target=wire.target(leg.id))
    return await wire.rejection(server.transactions.CancelTransaction(pb.CancelTransactionRequest(cancel=cancel)))


async def split_invalid(server: Server) -> wire.Rejection:
    shares = [draft_pb2.Share(balance=name, remainder=True) for name in ("@A", "@B")]
    draft = wire.draft("r", "", "@Sales", 5)
    draft.sources.shares.extend(shares)
    return await wire.rejection(wire.record(server, draft))


async def reference_conflict(server: Server) -> wire.Rejection:
    await wire.record(server, wire.from_world("r", "@Sales", 4))
    return await draft_rejected(server)


async def references_recorded(server: Server) -> wire.Rejection:
    await wire.batch(server, wire.drafts(1))
    return (await in_batch(server, *wire.drafts(2), mode=wire.ATOMIC))[0]


async def not_applied(server: Server) -> wire.Rejection:
    poor = wire.post(wire.draft("poor", "@Empty", "@Sales", 1))
    return (await in_batch(server, *wire.drafts(1), poor, mode=wire.ATOMIC))[0]


async def currency_mismatch(server: Server) -> wire.Rejection:
    return await draft_rejected(server, destination=await wire.open_balance(server, "EUR"))


async def total_out_of_bounds(server: Server) -> wire.Rejection:
    most = [wire.post(wire.from_world(f"r{number}", "@Vault", 10**36 - 1)) for number in range(11)]
    return (await in_batch(server, *most))[0]


async def insufficient_funds(server: Server) -> wire.Rejection:
    return await draft_rejected(server, source=await wire.open_balance(server), allow_overdraft=False)


async def overdraft_limit(server: Server) -> wire.Rejection:
    return await draft_rejected(server, source=await wire.open_balance(server), precise_overdraft_limit="4")


async def floor_exceeded(server: Server) -> wire.Rejection:
    return await draft_rejected(server, source=await wire.open_balance(server, floor={"precise": "-4"}))


async def ceiling_exceeded(server: Server) -> wire.Rejection:
    return await draft_rejected(server, destination=await wire.open_balance(server, ceiling={"precise": "4"}))


PROVOKED: dict[Reason, Provoke] = {
    **upload_provocations.PROVOKED,
    **rule_provocations.PROVOKED,
    **run_provocations.PROVOKED,
    **found_provocations.PROVOKED,
    Reason.FIELD_INVALID: lambda server: draft_rejected(server, currency="usd"),
    Reason.FIELD_NOT_SUPPORTED: field_not_supported,
    Reason.PART_OF_SPLIT: part_of_split,
    Reason.NOT_ADJUSTABLE: not_adjustable,
    Reason.ADJUSTMENT_TOO_LOW: adjustment_too_low,
    Reason.TOO_MANY_ITEMS: lambda server: wire.rejection(wire.batch(server, wire.drafts(10_001))),
    Reason.MESSAGE_TOO_LARGE: lambda server: on_stream(
        server,
        pb.PostStreamChunk(
            sequence=1, operations=[wire.post(wire.from_world("r", "@S", 1, description="x" * 1024 * 1024))]
        ),
    ),
    Reason.PAGE_TOKEN_INVALID: lambda server: wire.rejection(
        server.transactions.ListTransactions(pb.ListTransactionsRequest(page_token="zzz"))
    ),
    Reason.FILTER_INVALID: lambda server: wire.rejection(wire.listed(server, "colour = red")),
    Reason.CURSOR_INVALID: lambda server: watch_rejected(server, "zzz"),
    Reason.CURSOR_OUT_OF_RANGE: lambda server: watch_rejected(server, Cursor("0" * 32, 0, 0).text()),
    Reason.SPLIT_INVALID: split_invalid,
    Reason.REFERENCE_CONFLICT: reference_conflict,
    Reason.REFERENCES_ALREADY_RECORDED: references_recorded,
    Reason.NOT_APPLIED_WITH_GROUP: not_applied,
    Reason.REQUEST_ID_CONFLICT: request_id_conflict,
    Reason.ETAG_MISMATCH: etag_mismatch,
    Reason.INDICATOR_TAKEN: indicator_taken,
    Reason.IDENTITY_LINKED: identity_linked,
    Reason.FLOOR_ABOVE_AVAILABLE: floor_above_available,
    Reason.CEILING_BELOW_BALANCE: ceiling_below_balance,
    Reason.BALANCE_NOT_EMPTY: balance_not_empty,
    Reason.LEDGER_NOT_FOUND: lambda server: wire.rejection(
        server.ledgers.GetLedger(ledgers.GetLedgerRequest(ledger_id=f"ldg_{NOBODY}"))
    ),
    Reason.BALANCE_NOT_FOUND: lambda server: draft_rejected(server, source=f"bln_{NOBODY}"),
    Reason.TRANSACTION_NOT_FOUND: lambda server: wire.rejection(wire.transaction(server, reference="nobody's")),
    Reason.BATCH_NOT_FOUND: lambda server: wire.rejection(
        server.transactions.GetBatch(pb.GetBatchRequest(batch_id=f"bat_{NOBODY}"))
    ),
    Reason.BATCH_NOT_FINISHED: batch_not_finished,
    Reason.MONITOR_NOT_FOUND: lambda server: wire.rejection(
        server.monitors.GetMonitor(monitor_service_pb2.GetMonitorRequest(monitor_id=f"mon_{NOBODY}"))
    ),
    Reason.EVENT_NOT_FOUND: lambda server: wire.rejection(
        server.events.GetEvent(event_service_pb2.GetEventRequest(event_id=f"evt_{NOBODY}"))
    ),
    Reason.IDENTITY_NOT_FOUND: lambda server: wire.rejection(
        server.identities.GetIdentity(identity_service_pb2.GetIdentityRequest(identity_id=f"idt_{NOBODY}"))
    ),
    Reason.VERIFICATION_NOT_FOUND: lambda server: wire.rejection(
        server.identities.GetIdentityVerification(
            identity_service_pb2.GetIdentityVerificationRequest(verification_id=f"ver_{NOBODY}")
        )
    ),
    Reason.SAME_BALANCE: lambda server: draft_rejected(server, source="@Sales"),
    Reason.BALANCE_FROZEN: balance_frozen,
    Reason.BALANCE_CLOSED: balance_closed,
    Reason.CURRENCY_MISMATCH: currency_mismatch,
    Reason.PRECISION_MISMATCH: lambda server: _after_opening(server, precision=1_000),
    Reason.CURRENCY_REQUIRED: lambda server: draft_rejected(server, currency=""),
    Reason.PRECISION_REQUIRED: lambda server: draft_rejected(server, currency="POINTS"),
    Reason.AMOUNT_TOO_PRECISE: lambda server: draft_rejected(server, amount="0.001"),
    Reason.AMOUNT_OUT_OF_BOUNDS: lambda server: draft_rejected(server, amount=0),
    Reason.PERIOD_CLOSED: period_closed,
    Reason.CLOSE_TIME_IN_FUTURE: lambda server: wire.rejection(close_period(server, seconds=4_000_000_000)),
    Reason.TOTAL_OUT_OF_BOUNDS: total_out_of_bounds,
    Reason.NOTHING_AVAILABLE: lambda server: draft_rejected(server, available={}, allow_overdraft=False),
    Reason.OVERDRAFT_UNBOUNDED: lambda server: draft_rejected(server, available={}),
    Reason.INSUFFICIENT_FUNDS: insufficient_funds,
    Reason.OVERDRAFT_LIMIT_EXCEEDED: overdraft_limit,
    Reason.FLOOR_EXCEEDED: floor_exceeded,
    Reason.CEILING_EXCEEDED: ceiling_exceeded,
    Reason.NOT_A_HOLD: not_a_hold,
    Reason.HOLD_RESOLVED: hold_resolved,
    Reason.HOLD_EXPIRED: hold_expired,
    Reason.SCHEDULE_IN_PAST: lambda server: draft_rejected(
        server, inflight=True, inflight_expiry_time=wire.in_seconds(-1)
    ),
    Reason.NOT_REFUNDABLE: lambda server: refund_rejected(server, 1, lambda both: both[1]),
    Reason.REFUND_EXCEEDED: lambda server: refund_rejected(server, 3, lambda both: both[0]),
    Reason.HOLD_EXCEEDED: lambda server: resolve_rejected(server, lambda hold: wire.commit(hold, 4, "c")),
    Reason.SEQUENCE_OUT_OF_ORDER: lambda server: on_stream(
        server, pb.PostStreamChunk(sequence=7, operations=wire.drafts(1))
    ),
    Reason.STREAM_PROTOCOL: lambda server: on_stream(server, open=pb.PostStreamOpen()),
    Reason.COUNT_MISMATCH: lambda server: on_stream(server, finish=pb.PostStreamFinish(operation_count=3)),
    Reason.HOLD_NOT_IN_PLACE: hold_not_in_place,
    Reason.NOT_DEFERRED: lambda server: amendment_rejected(
        server,
        lambda transaction_id: server.transactions.RescheduleTransaction(
            pb.RescheduleTransactionRequest(
                reschedule=operation_pb2.RescheduleTransaction(
                    target=wire.target(transaction_id), reference="r", scheduled_time=wire.in_seconds(60)
                )
            )
        ),
    ),
    Reason.NOT_IN_REVIEW: lambda server: amendment_rejected(
        server,
        lambda transaction_id: server.transactions.ApproveTransaction(
            pb.ApproveTransactionRequest(approve={"target": wire.target(transaction_id), "on_behalf_of": "ada"})
        ),
    ),
    Reason.REVIEW_DENIED: review_denied,
    Reason.QUEUE_FULL: queue_full,
    Reason.SHUTTING_DOWN: shutting_down,
    Reason.INTERNAL: internal,
}
WITH_A_FAULT = {Reason.TOO_BUSY, Reason.READ_TOO_COSTLY, Reason.DATABASE_UNAVAILABLE}
"""Provoked in test_at_fault.py, each in a test of its own."""
FOR_WHAT_COMES = {Reason.METHOD_NOT_SERVED}
"""Of methods that the contract has before the server: there is none now, and the test below says when there is one."""


async def _after_opening(server: Server, **change: Any) -> wire.Rejection:
    await wire.record(server, wire.from_world("open", "@Sales", 1))
    return await draft_rejected(server, **change)


def test_every_reason_is_provoked() -> None:
    assert PROVOKED.keys() | WITH_A_FAULT | FOR_WHAT_COMES == set(Reason)


async def test_a_method_that_is_not_served_says_so_and_there_is_none() -> None:
    """As soon as there is one, it is provoked above."""
    with pytest.raises(Rejected) as caught:
        await not_served("Later")(object(), object(), object())
    assert caught.value.rejection == Rejection(Reason.METHOD_NOT_SERVED, {"method": "Later"})
    assert frozenset() == NOT_SERVED


@pytest.mark.parametrize("reason", PROVOKED)
async def test_the_reason_is_given_with_the_numbers_that_the_contract_shows(server: Server, reason: Reason) -> None:
    rejection = await PROVOKED[reason](server)
    told = DOCUMENTED[reason.value]
    assert rejection.reason == reason.value
    assert (rejection.code, rejection.retry) == (told.code, options_of(reason.value).HasField("retry_seconds"))
    assert any(example.keys() <= rejection.details.keys() for example in told.examples), rejection.details
    assert all(rejection.details.values())
    assert contract.is_known(rejection)
