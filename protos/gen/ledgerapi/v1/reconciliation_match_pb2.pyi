import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from ledgerapi.v1 import external_record_pb2 as _external_record_pb2
from ledgerapi.v1 import matching_preview_pb2 as _matching_preview_pb2
from ledgerapi.v1 import matching_rule_pb2 as _matching_rule_pb2
from ledgerapi.v1 import reconciliation_pb2 as _reconciliation_pb2
from ledgerapi.v1 import rejection_pb2 as _rejection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReconciliationMatchStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_MATCH_STATUS_UNSPECIFIED: _ClassVar[ReconciliationMatchStatus]
    RECONCILIATION_MATCH_STATUS_PROPOSED: _ClassVar[ReconciliationMatchStatus]
    RECONCILIATION_MATCH_STATUS_CONFIRMED: _ClassVar[ReconciliationMatchStatus]
    RECONCILIATION_MATCH_STATUS_REJECTED: _ClassVar[ReconciliationMatchStatus]
    RECONCILIATION_MATCH_STATUS_RELEASED: _ClassVar[ReconciliationMatchStatus]

class ReconciliationDecisionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_DECISION_KIND_UNSPECIFIED: _ClassVar[ReconciliationDecisionKind]
    RECONCILIATION_DECISION_KIND_CONFIRM_MATCHES: _ClassVar[ReconciliationDecisionKind]
    RECONCILIATION_DECISION_KIND_REJECT_MATCHES: _ClassVar[ReconciliationDecisionKind]
    RECONCILIATION_DECISION_KIND_CREATE_MATCH: _ClassVar[ReconciliationDecisionKind]
    RECONCILIATION_DECISION_KIND_RELEASE_MATCH: _ClassVar[ReconciliationDecisionKind]
    RECONCILIATION_DECISION_KIND_IGNORE_ROWS: _ClassVar[ReconciliationDecisionKind]
    RECONCILIATION_DECISION_KIND_RESTORE_ROWS: _ClassVar[ReconciliationDecisionKind]
    RECONCILIATION_DECISION_KIND_POST_ADJUSTMENTS: _ClassVar[ReconciliationDecisionKind]
    RECONCILIATION_DECISION_KIND_REJECT_ADJUSTMENTS: _ClassVar[ReconciliationDecisionKind]
    RECONCILIATION_DECISION_KIND_REVERSE_ADJUSTMENT: _ClassVar[ReconciliationDecisionKind]
RECONCILIATION_MATCH_STATUS_UNSPECIFIED: ReconciliationMatchStatus
RECONCILIATION_MATCH_STATUS_PROPOSED: ReconciliationMatchStatus
RECONCILIATION_MATCH_STATUS_CONFIRMED: ReconciliationMatchStatus
RECONCILIATION_MATCH_STATUS_REJECTED: ReconciliationMatchStatus
RECONCILIATION_MATCH_STATUS_RELEASED: ReconciliationMatchStatus
RECONCILIATION_DECISION_KIND_UNSPECIFIED: ReconciliationDecisionKind
RECONCILIATION_DECISION_KIND_CONFIRM_MATCHES: ReconciliationDecisionKind
RECONCILIATION_DECISION_KIND_REJECT_MATCHES: ReconciliationDecisionKind
RECONCILIATION_DECISION_KIND_CREATE_MATCH: ReconciliationDecisionKind
RECONCILIATION_DECISION_KIND_RELEASE_MATCH: ReconciliationDecisionKind
RECONCILIATION_DECISION_KIND_IGNORE_ROWS: ReconciliationDecisionKind
RECONCILIATION_DECISION_KIND_RESTORE_ROWS: ReconciliationDecisionKind
RECONCILIATION_DECISION_KIND_POST_ADJUSTMENTS: ReconciliationDecisionKind
RECONCILIATION_DECISION_KIND_REJECT_ADJUSTMENTS: ReconciliationDecisionKind
RECONCILIATION_DECISION_KIND_REVERSE_ADJUSTMENT: ReconciliationDecisionKind

class ReconciliationMatch(_message.Message):
    __slots__ = ("reconciliation_id", "number", "rule_place", "matching_rule", "status", "ambiguous", "difference", "time_difference", "record_count", "entry_count", "records", "entries", "reconciliation_decision_id", "explanation")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    RULE_PLACE_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    AMBIGUOUS_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    number: int
    rule_place: int
    matching_rule: _matching_rule_pb2.MatchingRuleReference
    status: ReconciliationMatchStatus
    ambiguous: bool
    difference: _amount_pb2.Amount
    time_difference: _duration_pb2.Duration
    record_count: int
    entry_count: int
    records: _containers.RepeatedCompositeFieldContainer[_external_record_pb2.ExternalRecord]
    entries: _containers.RepeatedCompositeFieldContainer[ReconciliationEntry]
    reconciliation_decision_id: str
    explanation: RuleExplanation
    def __init__(self, reconciliation_id: _Optional[str] = ..., number: _Optional[int] = ..., rule_place: _Optional[int] = ..., matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRuleReference, _Mapping]] = ..., status: _Optional[_Union[ReconciliationMatchStatus, str]] = ..., ambiguous: bool = ..., difference: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., time_difference: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., record_count: _Optional[int] = ..., entry_count: _Optional[int] = ..., records: _Optional[_Iterable[_Union[_external_record_pb2.ExternalRecord, _Mapping]]] = ..., entries: _Optional[_Iterable[_Union[ReconciliationEntry, _Mapping]]] = ..., reconciliation_decision_id: _Optional[str] = ..., explanation: _Optional[_Union[RuleExplanation, _Mapping]] = ...) -> None: ...

class ReconciliationEntry(_message.Message):
    __slots__ = ("transaction_id", "balance_id", "amount", "booking_date", "value_date", "references", "description", "counterparty", "record_time", "effective_time")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_DATE_FIELD_NUMBER: _ClassVar[int]
    VALUE_DATE_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    balance_id: str
    amount: _amount_pb2.Amount
    booking_date: str
    value_date: str
    references: _containers.RepeatedScalarFieldContainer[str]
    description: str
    counterparty: str
    record_time: _timestamp_pb2.Timestamp
    effective_time: _timestamp_pb2.Timestamp
    def __init__(self, transaction_id: _Optional[str] = ..., balance_id: _Optional[str] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., booking_date: _Optional[str] = ..., value_date: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., description: _Optional[str] = ..., counterparty: _Optional[str] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReconciliationEntryKey(_message.Message):
    __slots__ = ("transaction_id", "balance_id")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    balance_id: str
    def __init__(self, transaction_id: _Optional[str] = ..., balance_id: _Optional[str] = ...) -> None: ...

class RuleExplanation(_message.Message):
    __slots__ = ("rule_place", "matching_rule", "fits", "verdicts", "score")
    RULE_PLACE_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    FITS_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    rule_place: int
    matching_rule: _matching_rule_pb2.MatchingRuleReference
    fits: bool
    verdicts: _containers.RepeatedCompositeFieldContainer[_matching_preview_pb2.CriterionVerdict]
    score: int
    def __init__(self, rule_place: _Optional[int] = ..., matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRuleReference, _Mapping]] = ..., fits: bool = ..., verdicts: _Optional[_Iterable[_Union[_matching_preview_pb2.CriterionVerdict, _Mapping]]] = ..., score: _Optional[int] = ...) -> None: ...

class UnmatchedRow(_message.Message):
    __slots__ = ("reconciliation_id", "number", "outcome", "record", "entry", "nearest")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    NEAREST_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    number: int
    outcome: _reconciliation_pb2.RowOutcome
    record: _external_record_pb2.ExternalRecord
    entry: ReconciliationEntry
    nearest: _containers.RepeatedCompositeFieldContainer[NearRow]
    def __init__(self, reconciliation_id: _Optional[str] = ..., number: _Optional[int] = ..., outcome: _Optional[_Union[_reconciliation_pb2.RowOutcome, str]] = ..., record: _Optional[_Union[_external_record_pb2.ExternalRecord, _Mapping]] = ..., entry: _Optional[_Union[ReconciliationEntry, _Mapping]] = ..., nearest: _Optional[_Iterable[_Union[NearRow, _Mapping]]] = ...) -> None: ...

class NearRow(_message.Message):
    __slots__ = ("record", "entry", "explanation")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    record: _external_record_pb2.ExternalRecord
    entry: ReconciliationEntry
    explanation: RuleExplanation
    def __init__(self, record: _Optional[_Union[_external_record_pb2.ExternalRecord, _Mapping]] = ..., entry: _Optional[_Union[ReconciliationEntry, _Mapping]] = ..., explanation: _Optional[_Union[RuleExplanation, _Mapping]] = ...) -> None: ...

class ReconciliationDecision(_message.Message):
    __slots__ = ("id", "external_source_id", "reconciliation_id", "kind", "match_count", "record_count", "entry_count", "skipped_count", "reason", "created_by", "create_time", "match_number", "adjustment_count")
    ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    MATCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    MATCH_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    id: str
    external_source_id: str
    reconciliation_id: str
    kind: ReconciliationDecisionKind
    match_count: int
    record_count: int
    entry_count: int
    skipped_count: int
    reason: str
    created_by: str
    create_time: _timestamp_pb2.Timestamp
    match_number: int
    adjustment_count: int
    def __init__(self, id: _Optional[str] = ..., external_source_id: _Optional[str] = ..., reconciliation_id: _Optional[str] = ..., kind: _Optional[_Union[ReconciliationDecisionKind, str]] = ..., match_count: _Optional[int] = ..., record_count: _Optional[int] = ..., entry_count: _Optional[int] = ..., skipped_count: _Optional[int] = ..., reason: _Optional[str] = ..., created_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., match_number: _Optional[int] = ..., adjustment_count: _Optional[int] = ...) -> None: ...

class MatchSelection(_message.Message):
    __slots__ = ("all", "rule_place", "numbers")
    ALL_FIELD_NUMBER: _ClassVar[int]
    RULE_PLACE_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_FIELD_NUMBER: _ClassVar[int]
    all: bool
    rule_place: int
    numbers: MatchNumbers
    def __init__(self, all: bool = ..., rule_place: _Optional[int] = ..., numbers: _Optional[_Union[MatchNumbers, _Mapping]] = ...) -> None: ...

class MatchNumbers(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, values: _Optional[_Iterable[int]] = ...) -> None: ...

class SkippedMatch(_message.Message):
    __slots__ = ("number", "rejection")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    number: int
    rejection: _rejection_pb2.Rejection
    def __init__(self, number: _Optional[int] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ...) -> None: ...
