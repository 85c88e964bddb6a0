"""Rejections: values with a name and the numbers behind it, never exceptions; and as text, as they are stored."""

import json
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

STORED_VIOLATIONS_MAX = 20
"""Malformed fields that are stored with a rejection. More are counted in its details, not kept."""


class Reason(StrEnum):
    """Why something was rejected. The names are those of ErrorReason in the contract."""

    # Malformed: the caller must change the request.
    FIELD_INVALID = "FIELD_INVALID"
    FIELD_NOT_SUPPORTED = "FIELD_NOT_SUPPORTED"
    METHOD_NOT_SERVED = "METHOD_NOT_SERVED"
    FILTER_INVALID = "FILTER_INVALID"
    PAGE_TOKEN_INVALID = "PAGE_TOKEN_INVALID"
    CURSOR_INVALID = "CURSOR_INVALID"
    CURSOR_OUT_OF_RANGE = "CURSOR_OUT_OF_RANGE"
    TOO_MANY_ITEMS = "TOO_MANY_ITEMS"
    MESSAGE_TOO_LARGE = "MESSAGE_TOO_LARGE"
    STREAM_PROTOCOL = "STREAM_PROTOCOL"
    SEQUENCE_OUT_OF_ORDER = "SEQUENCE_OUT_OF_ORDER"
    COUNT_MISMATCH = "COUNT_MISMATCH"
    SPLIT_INVALID = "SPLIT_INVALID"
    # Posting, in order of precedence.
    REFERENCE_CONFLICT = "REFERENCE_CONFLICT"
    REFERENCES_ALREADY_RECORDED = "REFERENCES_ALREADY_RECORDED"
    BALANCE_NOT_FOUND = "BALANCE_NOT_FOUND"
    PRECISION_REQUIRED = "PRECISION_REQUIRED"
    SAME_BALANCE = "SAME_BALANCE"
    BALANCE_FROZEN = "BALANCE_FROZEN"
    BALANCE_CLOSED = "BALANCE_CLOSED"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    PRECISION_MISMATCH = "PRECISION_MISMATCH"
    AMOUNT_TOO_PRECISE = "AMOUNT_TOO_PRECISE"
    AMOUNT_OUT_OF_BOUNDS = "AMOUNT_OUT_OF_BOUNDS"
    SCHEDULE_IN_PAST = "SCHEDULE_IN_PAST"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    TRANSACTION_NOT_FOUND = "TRANSACTION_NOT_FOUND"
    NOT_A_HOLD = "NOT_A_HOLD"
    HOLD_NOT_IN_PLACE = "HOLD_NOT_IN_PLACE"
    HOLD_SETTLED = "HOLD_SETTLED"
    HOLD_EXPIRED = "HOLD_EXPIRED"
    HOLD_EXCEEDED = "HOLD_EXCEEDED"
    NOT_REFUNDABLE = "NOT_REFUNDABLE"
    REFUND_EXCEEDED = "REFUND_EXCEEDED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    OVERDRAFT_LIMIT_EXCEEDED = "OVERDRAFT_LIMIT_EXCEEDED"
    FLOOR_EXCEEDED = "FLOOR_EXCEEDED"
    CEILING_EXCEEDED = "CEILING_EXCEEDED"
    TOTAL_OUT_OF_BOUNDS = "TOTAL_OUT_OF_BOUNDS"
    NOT_CANCELLABLE = "NOT_CANCELLABLE"
    NOT_WAITING = "NOT_WAITING"
    NOT_IN_REVIEW = "NOT_IN_REVIEW"
    PART_OF_SPLIT = "PART_OF_SPLIT"
    REVIEW_DENIED = "REVIEW_DENIED"
    QUEUE_FULL = "QUEUE_FULL"
    NOT_APPLIED_WITH_GROUP = "NOT_APPLIED_WITH_GROUP"
    # Everything else a caller can run into.
    LEDGER_NOT_FOUND = "LEDGER_NOT_FOUND"
    IDENTITY_NOT_FOUND = "IDENTITY_NOT_FOUND"
    MONITOR_NOT_FOUND = "MONITOR_NOT_FOUND"
    BATCH_NOT_FOUND = "BATCH_NOT_FOUND"
    INDICATOR_TAKEN = "INDICATOR_TAKEN"
    IDENTITY_LINKED = "IDENTITY_LINKED"
    CLOSE_TIME_IN_FUTURE = "CLOSE_TIME_IN_FUTURE"
    FLOOR_ABOVE_AVAILABLE = "FLOOR_ABOVE_AVAILABLE"
    CEILING_BELOW_BALANCE = "CEILING_BELOW_BALANCE"
    BALANCE_NOT_EMPTY = "BALANCE_NOT_EMPTY"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    REQUEST_ID_CONFLICT = "REQUEST_ID_CONFLICT"
    # The service itself.
    TOO_BUSY = "TOO_BUSY"
    READ_TOO_COSTLY = "READ_TOO_COSTLY"
    DATABASE_UNAVAILABLE = "DATABASE_UNAVAILABLE"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    INTERNAL = "INTERNAL"


class Violation(NamedTuple):
    """One field that is malformed, and how."""

    field: str
    description: str


class Rejection(NamedTuple):
    """A rejection: the rule's name, the numbers or names it weighed, and malformed fields if any."""

    reason: Reason
    details: Mapping[str, str] = MappingProxyType({})
    violations: tuple[Violation, ...] = ()


def rejection_text(rejection: Rejection, *, sort_keys: bool = True) -> str:
    """A rejection as it is stored, JSON that rejection_of reads: whole, but for malformed fields over the limit.

    What is stored is digested as text, so each kind of row keeps the form that it has always had: transactions and
    transitions with sorted keys, batches and their operations without.
    """
    count = len(rejection.violations)
    told = dict(rejection.details) | ({"violations": str(count)} if count > STORED_VIOLATIONS_MAX else {})
    stored: dict[str, object] = {"reason": rejection.reason.value, "details": told}
    if count:
        stored["violations"] = rejection.violations[:STORED_VIOLATIONS_MAX]
    return json.dumps(stored, sort_keys=sort_keys)


def rejection_of(text: str) -> Rejection:
    """The rejection that rejection_text wrote."""
    stored = json.loads(text)
    violations = tuple(Violation(*violation) for violation in stored.get("violations", ()))
    return Rejection(Reason(stored["reason"]), stored["details"], violations)


class Rejected(Exception):
    """Carries a rejection out of an operation that has no result to put it in."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.reason)
        self.rejection = rejection


def reject(reason: Reason, **details: object) -> Rejected:
    """A Rejected with these details, to be raised."""
    return Rejected(Rejection(reason, {name: str(value) for name, value in details.items()}))
