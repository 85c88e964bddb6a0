import re
from pathlib import Path

import pytest
from fake_ledger import info, packed, retry_after
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc import StatusCode
from grpc.aio import AioRpcError, Metadata
from ledgerapi.v1.error_reason_pb2 import ErrorReason
from ledgerapi.v1.rejection_pb2 import FieldViolation, Rejection

from ledgerd_client import (
    Busy,
    Conflict,
    CursorLost,
    LedgerError,
    Malformed,
    NotFound,
    Rejected,
    ServiceFault,
    Unavailable,
    Unsupported,
    Violation,
    rejection_error,
)
from ledgerd_client.errors import REASONS, from_rpc_error

CONTRACT = Path(__file__).parents[3] / "protos/ledgerapi/v1/error_reason.proto"


def failed(code: StatusCode, *details: Message, message: str = "no") -> AioRpcError:
    return AioRpcError(code, Metadata(), Metadata(*packed(code, message, list(details))), message)


def test_every_reason_has_its_class() -> None:
    names = {name.removeprefix("ERROR_REASON_") for name in ErrorReason.keys()} - {"UNSPECIFIED"}  # noqa: SIM118
    assert set(REASONS) == names


def test_every_reason_has_the_code_of_the_contract() -> None:
    described = re.findall(r"ERROR_REASON_(\w+) = \d+ \[\(reason\) = \{\s+code: \"([A-Z_]+)\"", CONTRACT.read_text())
    assert dict(described) == {reason: code.name for reason, (_, code) in REASONS.items()}


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (StatusCode.FAILED_PRECONDITION, "INSUFFICIENT_FUNDS", Rejected),
        (StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", Malformed),
        (StatusCode.UNIMPLEMENTED, "FIELD_NOT_SUPPORTED", Malformed),
        (StatusCode.UNIMPLEMENTED, "METHOD_NOT_SERVED", Unsupported),
        (StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_ITEMS", Malformed),
        (StatusCode.RESOURCE_EXHAUSTED, "TOO_BUSY", Busy),
        (StatusCode.NOT_FOUND, "BALANCE_NOT_FOUND", NotFound),
        (StatusCode.ALREADY_EXISTS, "REFERENCE_CONFLICT", Conflict),
        (StatusCode.ABORTED, "ETAG_MISMATCH", Conflict),
        (StatusCode.OUT_OF_RANGE, "CURSOR_OUT_OF_RANGE", CursorLost),
        (StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE", Unavailable),
        (StatusCode.INTERNAL, "INTERNAL", ServiceFault),
        # Reasons that this version does not know: the code decides.
        (StatusCode.FAILED_PRECONDITION, "FROM_THE_FUTURE", Rejected),
        (StatusCode.INTERNAL, "FROM_THE_FUTURE", ServiceFault),
        # A reason that moved to another code keeps its class.
        (StatusCode.INVALID_ARGUMENT, "AMOUNT_TOO_PRECISE", Rejected),
    ],
)
def test_the_class_says_what_to_do(code: StatusCode, reason: str, kind: type[LedgerError]) -> None:
    error = from_rpc_error(failed(code, info(reason)))
    assert (type(error), error.code, error.reason) == (kind, code, reason)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (StatusCode.UNAVAILABLE, Unavailable),
        (StatusCode.CANCELLED, Unavailable),
        (StatusCode.DEADLINE_EXCEEDED, Unavailable),
        (StatusCode.INTERNAL, Unavailable),
        (StatusCode.UNKNOWN, Unavailable),
        (StatusCode.RESOURCE_EXHAUSTED, Busy),
        (StatusCode.UNIMPLEMENTED, Unsupported),
    ],
)
def test_failures_of_the_transport_have_no_reason(code: StatusCode, kind: type[LedgerError]) -> None:
    error = from_rpc_error(AioRpcError(code, Metadata(), Metadata(), "broken"))
    assert (type(error), error.reason, error.message) == (kind, "", "broken")


def test_everything_is_read() -> None:
    bad_request = error_details_pb2.BadRequest(
        field_violations=[error_details_pb2.BadRequest.FieldViolation(field="draft.amount", description="Required.")]
    )
    error = from_rpc_error(
        failed(StatusCode.UNAVAILABLE, info("SHUTTING_DOWN", a="1"), bad_request, retry_after(1, 500_000_000))
    )
    assert error.details == {"a": "1"}
    assert error.violations == (Violation("draft.amount", "Required."),)
    assert error.retry_after == 1.5
    assert str(error) == "SHUTTING_DOWN: no (a=1; draft.amount: Required.)"


def test_a_message_over_the_limit_is_told_from_a_busy_service() -> None:
    sent = "SERVER: Received message larger than max (17000000 vs. 16777216)"
    error = from_rpc_error(AioRpcError(StatusCode.RESOURCE_EXHAUSTED, Metadata(), Metadata(), sent))
    assert (type(error), error.reason) == (Malformed, "MESSAGE_TOO_LARGE")


@pytest.mark.parametrize("garbage", [b"\xff\xff\xff", b"", b"\x1a\x05\x0a\x03abc"])
def test_garbled_details_leave_the_code(garbage: bytes) -> None:
    trailers = Metadata(("grpc-status-details-bin", garbage))
    error = from_rpc_error(AioRpcError(StatusCode.FAILED_PRECONDITION, Metadata(), trailers, "no"))
    assert (type(error), error.reason, error.message, dict(error.details)) == (Rejected, "", "no", {})


def test_a_garbled_detail_does_not_spoil_the_others() -> None:
    status = packed(StatusCode.FAILED_PRECONDITION, "no", [info("NOT_A_HOLD"), retry_after(1)])[0][1]
    spoiled = status.replace(retry_after(1).SerializeToString(), b"\xff" * len(retry_after(1).SerializeToString()))
    trailers = Metadata(("grpc-status-details-bin", spoiled))
    error = from_rpc_error(AioRpcError(StatusCode.FAILED_PRECONDITION, Metadata(), trailers, "no"))
    assert error.reason == "NOT_A_HOLD"


def test_no_trailers_at_all() -> None:
    assert from_rpc_error(AioRpcError(StatusCode.NOT_FOUND, None, None)).code is StatusCode.NOT_FOUND


def test_reasons_of_others_are_not_ours() -> None:
    foreign = error_details_pb2.ErrorInfo(reason="TOO_BUSY", domain="proxy.example")
    assert from_rpc_error(failed(StatusCode.PERMISSION_DENIED, foreign)).reason == ""


def test_a_rejection_is_an_error_like_any_other() -> None:
    error = rejection_error(
        Rejection(
            reason=ErrorReason.ERROR_REASON_INSUFFICIENT_FUNDS,
            message="Not enough.",
            details={"requested": "5", "available": "3"},
            violations=[FieldViolation(field="a", description="b")],
        )
    )
    assert isinstance(error, Rejected)
    assert (error.code, error.reason) == (StatusCode.FAILED_PRECONDITION, "INSUFFICIENT_FUNDS")
    assert error.details == {"requested": "5", "available": "3"}
    assert error.violations == (Violation("a", "b"),)


def test_a_rejection_from_the_future() -> None:
    rejection = Rejection.FromString(b"\x08\xe7\x07")  # reason = 999
    error = rejection_error(rejection)
    assert (type(error), error.reason, error.code) == (Rejected, "999", StatusCode.UNKNOWN)
    rejection.code, rejection.retry_delay.nanos = "RESOURCE_EXHAUSTED", 500_000_000
    error = rejection_error(rejection)
    assert (type(error), error.reason, error.code) == (Busy, "999", StatusCode.RESOURCE_EXHAUSTED)
    assert error.retry_after == 0.5
    rejection.code = "A_CODE_FROM_THE_FUTURE"
    assert rejection_error(rejection).code is StatusCode.UNKNOWN
