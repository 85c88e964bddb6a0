"""Failures as gRPC statuses: one table, one place."""

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from ledgerapi.v1 import rejection_pb2

from ledgerd.core.model.rejection import Reason, Rejection

DOMAIN = "ledgerd"
VIOLATIONS_MAX = 20
"""Trailers are limited to 8 KiB by the client; more violations than this are counted, not listed."""

_INVALID = grpc.StatusCode.INVALID_ARGUMENT
_PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
_NOT_FOUND = grpc.StatusCode.NOT_FOUND
_EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
_UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
_EXISTS = grpc.StatusCode.ALREADY_EXISTS

STATUSES: dict[Reason, tuple[grpc.StatusCode, str]] = {
    Reason.FIELD_INVALID: (_INVALID, "A field is malformed; see the violations."),
    Reason.FIELD_NOT_SUPPORTED: (grpc.StatusCode.UNIMPLEMENTED, "A field that was set has no effect yet."),
    Reason.METHOD_NOT_SERVED: (grpc.StatusCode.UNIMPLEMENTED, "This method is not served yet."),
    Reason.FILTER_INVALID: (_INVALID, "The filter or order cannot be read."),
    Reason.PAGE_TOKEN_INVALID: (_INVALID, "The page token is not from this list and filter."),
    Reason.CURSOR_INVALID: (_INVALID, "The cursor cannot be read."),
    Reason.CURSOR_OUT_OF_RANGE: (
        grpc.StatusCode.OUT_OF_RANGE,
        "The cursor is of another history, or ahead of this one. Read the present state, then watch from now.",
    ),
    Reason.TOO_MANY_ITEMS: (_EXHAUSTED, "More items than one request may carry."),
    Reason.MESSAGE_TOO_LARGE: (_EXHAUSTED, "More bytes than one message or chunk may carry."),
    Reason.STREAM_PROTOCOL: (_INVALID, "The stream's messages are out of place."),
    Reason.SEQUENCE_OUT_OF_ORDER: (_INVALID, "The chunk's sequence number is not the next one."),
    Reason.COUNT_MISMATCH: (_INVALID, "The stream finished with another count than it sent."),
    Reason.SPLIT_INVALID: (_INVALID, "The shares do not divide the amount; the details name the rule."),
    Reason.REFERENCE_CONFLICT: (_EXISTS, "The reference recorded a different request."),
    Reason.REFERENCES_ALREADY_RECORDED: (_EXISTS, "A reference of this group was recorded outside of it."),
    Reason.BALANCE_NOT_FOUND: (_NOT_FOUND, "There is no such balance."),
    Reason.PRECISION_REQUIRED: (_INVALID, "The precision of this currency must be given."),
    Reason.SAME_BALANCE: (_INVALID, "Source and destination are the same balance."),
    Reason.BALANCE_FROZEN: (_PRECONDITION, "The balance is frozen."),
    Reason.BALANCE_CLOSED: (_PRECONDITION, "The balance is closed, which is final."),
    Reason.CURRENCY_MISMATCH: (_PRECONDITION, "Draft, source and destination must have one currency."),
    Reason.PRECISION_MISMATCH: (_PRECONDITION, "Draft, source and destination must have one precision."),
    Reason.AMOUNT_TOO_PRECISE: (_PRECONDITION, "The amount has more decimals than the precision allows."),
    Reason.AMOUNT_OUT_OF_BOUNDS: (_INVALID, "Amounts are above zero and below 10^36 minor units."),
    Reason.PERIOD_CLOSED: (_PRECONDITION, "The time lies in a period of the ledger that is closed."),
    Reason.TRANSACTION_NOT_FOUND: (_NOT_FOUND, "There is no such transaction."),
    Reason.NOT_A_HOLD: (_PRECONDITION, "Only a hold can be committed or voided."),
    Reason.HOLD_NOT_IN_PLACE: (_PRECONDITION, "The hold waits to be applied, or never was applied."),
    Reason.HOLD_SETTLED: (_PRECONDITION, "Nothing of the hold remains."),
    Reason.NOT_REFUNDABLE: (_PRECONDITION, "The transaction moved nothing that can be given back."),
    Reason.REFUND_EXCEEDED: (_PRECONDITION, "The amount is above what can still be given back."),
    Reason.HOLD_EXPIRED: (_PRECONDITION, "The hold has expired."),
    Reason.SCHEDULE_IN_PAST: (_PRECONDITION, "What is to happen by itself must lie in the future."),
    Reason.HOLD_EXCEEDED: (_PRECONDITION, "The amount is above what remains of the hold."),
    Reason.INSUFFICIENT_FUNDS: (_PRECONDITION, "The source has not enough available, and no overdraft was allowed."),
    Reason.OVERDRAFT_LIMIT_EXCEEDED: (_PRECONDITION, "The source would go below the request's overdraft limit."),
    Reason.FLOOR_EXCEEDED: (_PRECONDITION, "The source would go below its floor."),
    Reason.CEILING_EXCEEDED: (_PRECONDITION, "The destination would go above its ceiling."),
    Reason.TOTAL_OUT_OF_BOUNDS: (_PRECONDITION, "A running total would pass 10^37 minor units."),
    Reason.NOT_CANCELLABLE: (_PRECONDITION, "Only what waits to be applied can be called off."),
    Reason.NOT_WAITING: (_PRECONDITION, "The transaction does not wait to be applied, or not any more."),
    Reason.NOT_IN_REVIEW: (_PRECONDITION, "The transaction is not in review, or not any more."),
    Reason.PART_OF_SPLIT: (_PRECONDITION, "It is a leg of a split, which waits as a whole."),
    Reason.REVIEW_DENIED: (_PRECONDITION, "A reviewer denied the transaction."),
    Reason.QUEUE_FULL: (_EXHAUSTED, "As much waits to be applied as the ledger takes on."),
    Reason.NOT_APPLIED_WITH_GROUP: (_PRECONDITION, "Another operation of the group was rejected."),
    Reason.LEDGER_NOT_FOUND: (_NOT_FOUND, "There is no such ledger."),
    Reason.IDENTITY_NOT_FOUND: (_NOT_FOUND, "There is no such identity."),
    Reason.MONITOR_NOT_FOUND: (_NOT_FOUND, "There is no such monitor."),
    Reason.BATCH_NOT_FOUND: (_NOT_FOUND, "There is no such batch."),
    Reason.INDICATOR_TAKEN: (_EXISTS, "The indicator and currency have a balance already."),
    Reason.IDENTITY_LINKED: (_PRECONDITION, "Balances are linked to the identity."),
    Reason.CLOSE_TIME_IN_FUTURE: (_PRECONDITION, "A period cannot be closed up to a time in the future."),
    Reason.FLOOR_ABOVE_AVAILABLE: (_PRECONDITION, "The floor is above what is available now."),
    Reason.CEILING_BELOW_BALANCE: (_PRECONDITION, "The ceiling is below what the balance has and is held for it."),
    Reason.BALANCE_NOT_EMPTY: (_PRECONDITION, "Only a balance of zero with nothing held or waiting can be closed."),
    Reason.VERSION_CONFLICT: (grpc.StatusCode.ABORTED, "The resource has changed since it was read."),
    Reason.REQUEST_ID_CONFLICT: (_EXISTS, "The request id created something different."),
    Reason.TOO_BUSY: (_EXHAUSTED, "The ledger has as much waiting as it accepts."),
    Reason.READ_TOO_COSTLY: (
        _EXHAUSTED,
        "The read looks at too many rows. Filter by an indexed field or a shorter time, without include_total.",
    ),
    Reason.DATABASE_UNAVAILABLE: (_UNAVAILABLE, "The database cannot be reached."),
    Reason.SHUTTING_DOWN: (_UNAVAILABLE, "The server is shutting down."),
    Reason.INTERNAL: (grpc.StatusCode.INTERNAL, "Something went wrong on our side."),
}

_RETRY_SECONDS = {
    Reason.TOO_BUSY: 1,
    Reason.READ_TOO_COSTLY: 5,
    Reason.QUEUE_FULL: 5,
    Reason.DATABASE_UNAVAILABLE: 2,
    Reason.SHUTTING_DOWN: 1,
}
"""When to try again, where the details do not say `retry_seconds`."""


def to_proto(rejection: Rejection) -> rejection_pb2.Rejection:
    """A rejection as results and transactions carry it."""
    return rejection_pb2.Rejection(
        reason=f"ERROR_REASON_{rejection.reason}",
        message=STATUSES[rejection.reason][1],
        details=_details(rejection),
        violations=[
            rejection_pb2.FieldViolation(field=field, description=description)
            for field, description in rejection.violations[:VIOLATIONS_MAX]
        ],
    )


def to_status(rejection: Rejection) -> status_pb2.Status:
    """A rejection as an RPC error: one ErrorInfo with the numbers, and what helps to act on it."""
    code, sentence = STATUSES[rejection.reason]
    details = [error_details_pb2.ErrorInfo(reason=rejection.reason, domain=DOMAIN, metadata=_details(rejection))]
    if rejection.violations:
        details.append(_bad_request(rejection))
    if rejection.reason in _RETRY_SECONDS:
        seconds = rejection.details.get("retry_seconds", _RETRY_SECONDS[rejection.reason])
        delay = duration_pb2.Duration(seconds=int(seconds))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return status_pb2.Status(code=_number(code), message=sentence, details=[_packed(detail) for detail in details])


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
