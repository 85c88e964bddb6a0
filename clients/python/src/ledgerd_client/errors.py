"""What can go wrong, sorted by what the caller should do next.

Every failure of a call is a `LedgerError`. Its class says what to do, its `reason` names the rule (a name of
`ErrorReason` without the prefix), its `details` hold the numbers that the rule looked at. Programs decide by class and
reason, never by the message.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode
from grpc.aio import AioRpcError
from ledgerapi.v1 import reason_options_pb2
from ledgerapi.v1.error_reason_pb2 import ErrorReason
from ledgerapi.v1.rejection_pb2 import Rejection

DOMAIN = "ledgerd"
"""The domain of the service's reasons. Reasons of other domains, such as those of proxies, do not count."""
DETAILS_KEY = "grpc-status-details-bin"

_PREFIX = "ERROR_REASON_"
_EXTENSION: Any = reason_options_pb2.reason  # The generated stub does not say that it is an extension.


class Violation(NamedTuple):
    """One field that cannot be accepted."""

    field: str
    """Path of the field from the request, or from the item in the result of an item. Example: "draft.amount"."""
    description: str
    """What is wrong with it, one English sentence."""


class LedgerError(Exception):
    """A call failed, or an operation was rejected.

    Attributes:
        code: The gRPC status code; for a rejection inside a batch or stream, the code of its reason.
        reason: The rule's name, such as "INSUFFICIENT_FUNDS". Empty when the failure came from the transport. May be
            a name that this version of the client does not know.
        message: One English sentence for people and logs.
        details: The facts behind the reason, such as {"requested": "12050", "available": "10000"}. Amounts are
            integers in minor units.
        violations: The malformed fields, if there were any. At most 20.
        retry_after: After how many seconds to try again, where the service said so; else None.
    """

    def __init__(
        self,
        message: str,
        *,
        code: StatusCode = StatusCode.UNKNOWN,
        reason: str = "",
        details: Mapping[str, str] | None = None,
        violations: Iterable[Violation] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details: Mapping[str, str] = MappingProxyType(dict(details or {}))
        self.violations = tuple(violations)
        self.retry_after = retry_after

    def __str__(self) -> str:
        facts = [f"{key}={value}" for key, value in sorted(self.details.items())]
        facts += [f"{field}: {description}" for field, description in self.violations]
        shown = f" ({'; '.join(facts)})" if facts else ""
        return f"{self.reason or self.code.name}: {self.message}{shown}"


class Rejected(LedgerError):
    """A rule rejected the request: funds, currency, a used hold. The request may pass when the books have changed."""


class Malformed(LedgerError):
    """The request can never pass as it is. Change it; `violations` names the fields."""


class NotFound(LedgerError):
    """What the request names does not exist."""


class Conflict(LedgerError):
    """The reference, request id or indicator belongs to something else, or the etag is out of date.

    Read the present state, then decide again; do not repeat the same request.
    """


class Unavailable(LedgerError):
    """There was no answer, no answer in time, or no complete answer. A write may or may not have happened.

    Repeat it with the same reference or request id, after `retry_after` if that is given.
    """


class Busy(LedgerError):
    """The service has reached a limit of work; nothing was done. Repeat later, after `retry_after` if given."""


class CursorLost(LedgerError):
    """The events that follow this cursor can no longer be read: the database was restored, or lost its last commits.

    Read the present state, then watch from now.
    """


class Unsupported(LedgerError):
    """This server does not serve the method yet."""


class Denied(LedgerError):
    """The caller is not known, or does not have the permission."""


class ServiceFault(LedgerError):
    """A fault of the service or of the protocol. `details` may have a call_id that finds it in the logs."""


# By status code: also for failures whose reason is missing or newer than this version.
_CODES: Mapping[StatusCode, type[LedgerError]] = {
    StatusCode.CANCELLED: Unavailable,  # Cancelled by the other side; a cancelled task raises asyncio.CancelledError.
    StatusCode.UNKNOWN: ServiceFault,
    StatusCode.INVALID_ARGUMENT: Malformed,
    StatusCode.DEADLINE_EXCEEDED: Unavailable,
    StatusCode.NOT_FOUND: NotFound,
    StatusCode.ALREADY_EXISTS: Conflict,
    StatusCode.PERMISSION_DENIED: Denied,
    StatusCode.RESOURCE_EXHAUSTED: Busy,
    StatusCode.FAILED_PRECONDITION: Rejected,
    StatusCode.ABORTED: Conflict,
    StatusCode.OUT_OF_RANGE: CursorLost,
    StatusCode.UNIMPLEMENTED: Unsupported,
    StatusCode.INTERNAL: ServiceFault,
    StatusCode.UNAVAILABLE: Unavailable,
    StatusCode.DATA_LOSS: ServiceFault,
    StatusCode.UNAUTHENTICATED: Denied,
}

# The service gives a reason with every failure; a failure without a reason comes from the transport. grpc.aio reports
# a stream that broke during a write as INTERNAL.
_FROM_THE_TRANSPORT = (StatusCode.UNKNOWN, StatusCode.INTERNAL)


def _reasons() -> Iterator[tuple[str, tuple[type[LedgerError], StatusCode]]]:
    for value in ErrorReason.DESCRIPTOR.values:
        options = value.GetOptions().Extensions[_EXTENSION]
        if options.code:
            code = StatusCode[options.code]
            yield value.name.removeprefix(_PREFIX), (Malformed if options.malformed else _CODES[code], code)


REASONS: Mapping[str, tuple[type[LedgerError], StatusCode]] = MappingProxyType(dict(_reasons()))
"""Every reason that this version knows, with its class and its status code."""


def from_rpc_error(error: AioRpcError) -> LedgerError:
    """The LedgerError for a failed call. Details that are missing or garbled leave the code and the message.

    A reason that this version does not know gets the class of the status code.
    """
    code = error.code()
    info, bad_request, retry = _details(error)
    # The transport itself rejects messages over the limit, and knows no reasons.
    too_large = code is StatusCode.RESOURCE_EXHAUSTED and "larger than max" in (error.details() or "")
    reason = info.reason if info.domain == DOMAIN else "MESSAGE_TOO_LARGE" if too_large else ""
    return _class(reason, code)(
        error.details() or "",
        code=code,
        reason=reason,
        details=info.metadata if info.domain == DOMAIN else None,
        violations=[Violation(violation.field, violation.description) for violation in bad_request.field_violations],
        retry_after=_seconds(retry.retry_delay) if retry is not None else None,
    )


def _class(reason: str, code: StatusCode) -> type[LedgerError]:
    if reason in REASONS:
        return REASONS[reason][0]
    if not reason and code in _FROM_THE_TRANSPORT:
        return Unavailable
    return _CODES.get(code, ServiceFault)


def rejection_error(rejection: Rejection) -> LedgerError:
    """The LedgerError for a rejection inside a result, to raise or to read like any other.

    A reason that this version does not know gets the class of its status code; `reason` is then its number.
    """
    reason = _reason_name(rejection)
    unknown = StatusCode.__members__.get(rejection.code, StatusCode.UNKNOWN)
    kind, code = REASONS.get(reason, (_CODES.get(unknown, ServiceFault) if rejection.code else Rejected, unknown))
    delay = rejection.retry_delay if rejection.HasField("retry_delay") else None
    return kind(
        rejection.message,
        code=code,
        reason=reason,
        details=rejection.details,
        violations=[Violation(violation.field, violation.description) for violation in rejection.violations],
        retry_after=None if delay is None else _seconds(delay),
    )


def _seconds(delay: Duration) -> float:
    return delay.seconds + delay.nanos / 1e9


def _reason_name(rejection: Rejection) -> str:
    try:
        return ErrorReason.Name(rejection.reason).removeprefix(_PREFIX)
    except ValueError:
        return str(int(rejection.reason))


_Detail = TypeVar("_Detail", bound=Message)


def _details(
    error: AioRpcError,
) -> tuple[error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.RetryInfo | None]:
    status = status_pb2.Status()
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS_KEY and isinstance(value, bytes):
            status = _parsed(status_pb2.Status, value)
    return (
        _unpacked(status, error_details_pb2.ErrorInfo) or error_details_pb2.ErrorInfo(),
        _unpacked(status, error_details_pb2.BadRequest) or error_details_pb2.BadRequest(),
        _unpacked(status, error_details_pb2.RetryInfo),
    )


def _unpacked(status: status_pb2.Status, kind: type[_Detail]) -> _Detail | None:
    for packed in status.details:
        if packed.Is(kind.DESCRIPTOR):
            return _parsed(kind, packed.value)
    return None


def _parsed(kind: type[_Detail], raw: bytes) -> _Detail:
    """The message, or an empty message when the bytes are garbled: a call must not fail because details are missing."""
    try:
        return kind.FromString(raw)
    except DecodeError:
        return kind()
