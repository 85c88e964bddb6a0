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
    IDENTITY_NOT_FOUND = "IDENTITY_NOT_FOUND"
    BALANCE_NOT_FOUND = "BALANCE_NOT_FOUND"
    CURRENCY_REQUIRED = "CURRENCY_REQUIRED"
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
    HOLD_RESOLVED = "HOLD_RESOLVED"
    HOLD_EXPIRED = "HOLD_EXPIRED"
    HOLD_EXCEEDED = "HOLD_EXCEEDED"
    NOT_ADJUSTABLE = "NOT_ADJUSTABLE"
    ADJUSTMENT_TOO_LOW = "ADJUSTMENT_TOO_LOW"
    NOT_REFUNDABLE = "NOT_REFUNDABLE"
    REFUND_EXCEEDED = "REFUND_EXCEEDED"
    OVERDRAFT_UNBOUNDED = "OVERDRAFT_UNBOUNDED"
    NOTHING_AVAILABLE = "NOTHING_AVAILABLE"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    OVERDRAFT_LIMIT_EXCEEDED = "OVERDRAFT_LIMIT_EXCEEDED"
    FLOOR_EXCEEDED = "FLOOR_EXCEEDED"
    CEILING_EXCEEDED = "CEILING_EXCEEDED"
    TOTAL_OUT_OF_BOUNDS = "TOTAL_OUT_OF_BOUNDS"
    NOT_DEFERRED = "NOT_DEFERRED"
    NOT_IN_REVIEW = "NOT_IN_REVIEW"
    PART_OF_SPLIT = "PART_OF_SPLIT"
    REVIEW_DENIED = "REVIEW_DENIED"
    QUEUE_FULL = "QUEUE_FULL"
    NOT_APPLIED_WITH_GROUP = "NOT_APPLIED_WITH_GROUP"
    # Everything else a caller can run into.
    LEDGER_NOT_FOUND = "LEDGER_NOT_FOUND"
    VERIFICATION_NOT_FOUND = "VERIFICATION_NOT_FOUND"
    MONITOR_NOT_FOUND = "MONITOR_NOT_FOUND"
    BATCH_NOT_FOUND = "BATCH_NOT_FOUND"
    BATCH_NOT_FINISHED = "BATCH_NOT_FINISHED"
    EVENT_NOT_FOUND = "EVENT_NOT_FOUND"
    UPLOAD_NOT_FOUND = "UPLOAD_NOT_FOUND"
    EXTERNAL_SOURCE_NOT_FOUND = "EXTERNAL_SOURCE_NOT_FOUND"
    EXTERNAL_RECORD_NOT_FOUND = "EXTERNAL_RECORD_NOT_FOUND"
    EXTERNAL_SOURCE_NAME_TAKEN = "EXTERNAL_SOURCE_NAME_TAKEN"
    EXTERNAL_SOURCE_IN_USE = "EXTERNAL_SOURCE_IN_USE"
    FORMAT_PROFILE_REQUIRED = "FORMAT_PROFILE_REQUIRED"
    UPLOAD_REPEATED = "UPLOAD_REPEATED"
    UPLOAD_CHUNK_CONFLICT = "UPLOAD_CHUNK_CONFLICT"
    UPLOAD_CLOSED = "UPLOAD_CLOSED"
    UPLOAD_ENDED = "UPLOAD_ENDED"
    UPLOAD_TOO_LARGE = "UPLOAD_TOO_LARGE"
    UPLOAD_NOT_READ = "UPLOAD_NOT_READ"
    RECONCILIATION_NOT_FOUND = "RECONCILIATION_NOT_FOUND"
    RECONCILIATION_NOT_FINISHED = "RECONCILIATION_NOT_FINISHED"
    RECONCILIATION_ENDED = "RECONCILIATION_ENDED"
    MATCHING_RULE_NOT_FOUND = "MATCHING_RULE_NOT_FOUND"
    MATCHING_RULE_SET_NOT_FOUND = "MATCHING_RULE_SET_NOT_FOUND"
    MATCHING_RULE_IN_USE = "MATCHING_RULE_IN_USE"
    MATCHING_RULE_SET_IN_USE = "MATCHING_RULE_SET_IN_USE"
    RECONCILIATION_MATCH_NOT_FOUND = "RECONCILIATION_MATCH_NOT_FOUND"
    RECONCILIATION_ENTRY_NOT_FOUND = "RECONCILIATION_ENTRY_NOT_FOUND"
    RECONCILIATION_IS_DRY_RUN = "RECONCILIATION_IS_DRY_RUN"
    RECONCILIATION_MATCH_NOT_PROPOSED = "RECONCILIATION_MATCH_NOT_PROPOSED"
    RECONCILIATION_MATCH_NOT_CONFIRMED = "RECONCILIATION_MATCH_NOT_CONFIRMED"
    ROW_CLAIMED = "ROW_CLAIMED"
    ROW_NOT_IGNORED = "ROW_NOT_IGNORED"
    CONFIRMER_IS_PROPOSER = "CONFIRMER_IS_PROPOSER"
    RECONCILIATION_EXCEPTION_NOT_FOUND = "RECONCILIATION_EXCEPTION_NOT_FOUND"
    RECONCILIATION_EXCEPTION_RESOLVED = "RECONCILIATION_EXCEPTION_RESOLVED"
    RECONCILIATION_STATEMENT_NOT_FOUND = "RECONCILIATION_STATEMENT_NOT_FOUND"
    RECONCILIATION_STATEMENT_CONFIRMED = "RECONCILIATION_STATEMENT_CONFIRMED"
    CURRENCY_NOT_IN_EXTERNAL_SOURCE = "CURRENCY_NOT_IN_EXTERNAL_SOURCE"
    RECONCILIATION_ADJUSTMENT_NOT_FOUND = "RECONCILIATION_ADJUSTMENT_NOT_FOUND"
    RECONCILIATION_ADJUSTMENT_NOT_PROPOSED = "RECONCILIATION_ADJUSTMENT_NOT_PROPOSED"
    RECONCILIATION_ADJUSTMENT_NOT_POSTED = "RECONCILIATION_ADJUSTMENT_NOT_POSTED"
    RECONCILIATION_MATCH_ADJUSTED = "RECONCILIATION_MATCH_ADJUSTED"
    SIMILAR_ENTRY_EXISTS = "SIMILAR_ENTRY_EXISTS"
    INDICATOR_TAKEN = "INDICATOR_TAKEN"
    IDENTITY_LINKED = "IDENTITY_LINKED"
    CLOSE_TIME_IN_FUTURE = "CLOSE_TIME_IN_FUTURE"
    FLOOR_ABOVE_AVAILABLE = "FLOOR_ABOVE_AVAILABLE"
    CEILING_BELOW_BALANCE = "CEILING_BELOW_BALANCE"
    BALANCE_NOT_EMPTY = "BALANCE_NOT_EMPTY"
    ETAG_MISMATCH = "ETAG_MISMATCH"
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
