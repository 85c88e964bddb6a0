"""Failures as gRPC statuses, by the contract's options of each reason (see ReasonOptions)."""

from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from ledgerapi.v1 import reason_options_pb2, rejection_pb2
from ledgerapi.v1.error_reason_pb2 import ErrorReason

from ledgerd.core.model.rejection import Reason, Rejection

DOMAIN = "ledgerd"
VIOLATIONS_MAX = 20
"""Trailers are limited to 8 KiB by the client; more violations than this are counted, not listed."""

_EXTENSION: Any = reason_options_pb2.reason
"""The generated stub does not say that it is an extension."""


def _options(reason: Reason) -> reason_options_pb2.ReasonOptions:
    value = ErrorReason.DESCRIPTOR.values_by_name[f"ERROR_REASON_{reason.value}"]
    options: reason_options_pb2.ReasonOptions = value.GetOptions().Extensions[_EXTENSION]
    return options


_OPTIONS = {reason: _options(reason) for reason in Reason}
"""The contract's options of each reason."""

STATUSES: dict[Reason, tuple[grpc.StatusCode, str]] = {
    reason: (grpc.StatusCode[options.code], options.message) for reason, options in _OPTIONS.items()
}
"""The status code and the message of each reason."""

_RETRY_SECONDS = {
    reason: options.retry_seconds for reason, options in _OPTIONS.items() if options.HasField("retry_seconds")
}
"""When to retry, where the details have no `retry_seconds`."""


def to_proto(rejection: Rejection) -> rejection_pb2.Rejection:
    """A rejection as results and transactions carry it."""
    code, sentence = STATUSES[rejection.reason]
    return rejection_pb2.Rejection(
        reason=f"ERROR_REASON_{rejection.reason}",
        message=sentence,
        details=_details(rejection),
        violations=[
            rejection_pb2.FieldViolation(field=field, description=description)
            for field, description in rejection.violations[:VIOLATIONS_MAX]
        ],
        code=code.name,
        retry_delay=_retry_delay(rejection),
    )


def to_status(rejection: Rejection) -> status_pb2.Status:
    """A rejection as an RPC error: one ErrorInfo with the numbers, and what helps to act on it."""
    code, sentence = STATUSES[rejection.reason]
    details = [error_details_pb2.ErrorInfo(reason=rejection.reason, domain=DOMAIN, metadata=_details(rejection))]
    if rejection.violations:
        details.append(_bad_request(rejection))
    delay = _retry_delay(rejection)
    if delay is not None:
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return status_pb2.Status(code=_number(code), message=sentence, details=[_packed(detail) for detail in details])


def _retry_delay(rejection: Rejection) -> duration_pb2.Duration | None:
    """After how long the same request may pass; None where repeating it does not help."""
    if rejection.reason not in _RETRY_SECONDS:
        return None
    seconds = rejection.details.get("retry_seconds", _RETRY_SECONDS[rejection.reason])
    return duration_pb2.Duration(seconds=int(seconds))


def _details(rejection: Rejection) -> dict[str, str]:
    count = len(rejection.violations)
    return dict(rejection.details) | ({"violations": str(count)} if count > VIOLATIONS_MAX else {})


def _bad_request(rejection: Rejection) -> error_details_pb2.BadRequest:
    return error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=field, description=description[:200])
            for field, description in rejection.violations[:VIOLATIONS_MAX]
        ]
    )


def _number(code: grpc.StatusCode) -> int:
    return int(code_pb2.Code.Value(code.name))


def _packed(message: object) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)  # type: ignore[arg-type]
    return packed
