import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from ledgerapi.v1 import matching_rule_pb2 as _matching_rule_pb2
from ledgerapi.v1 import rejection_pb2 as _rejection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReconciliationAdjustmentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_ADJUSTMENT_STATE_UNSPECIFIED: _ClassVar[ReconciliationAdjustmentState]
    RECONCILIATION_ADJUSTMENT_STATE_PROPOSED: _ClassVar[ReconciliationAdjustmentState]
    RECONCILIATION_ADJUSTMENT_STATE_POSTING: _ClassVar[ReconciliationAdjustmentState]
    RECONCILIATION_ADJUSTMENT_STATE_POSTED: _ClassVar[ReconciliationAdjustmentState]
    RECONCILIATION_ADJUSTMENT_STATE_REJECTED: _ClassVar[ReconciliationAdjustmentState]
    RECONCILIATION_ADJUSTMENT_STATE_REVERSING: _ClassVar[ReconciliationAdjustmentState]
    RECONCILIATION_ADJUSTMENT_STATE_REVERSED: _ClassVar[ReconciliationAdjustmentState]
RECONCILIATION_ADJUSTMENT_STATE_UNSPECIFIED: ReconciliationAdjustmentState
RECONCILIATION_ADJUSTMENT_STATE_PROPOSED: ReconciliationAdjustmentState
RECONCILIATION_ADJUSTMENT_STATE_POSTING: ReconciliationAdjustmentState
RECONCILIATION_ADJUSTMENT_STATE_POSTED: ReconciliationAdjustmentState
RECONCILIATION_ADJUSTMENT_STATE_REJECTED: ReconciliationAdjustmentState
RECONCILIATION_ADJUSTMENT_STATE_REVERSING: ReconciliationAdjustmentState
RECONCILIATION_ADJUSTMENT_STATE_REVERSED: ReconciliationAdjustmentState

class ReconciliationAdjustment(_message.Message):
    __slots__ = ("id", "external_source_id", "reconciliation_id", "matching_rule_id", "matching_rule_version", "rule_place", "kind", "match_number", "external_record_id", "balance_id", "counterpart", "amount", "is_debit", "effective_time", "description", "automatic", "state", "rejection", "transaction_id", "reversal_transaction_id", "reconciliation_decision_id", "create_time", "update_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    RULE_PLACE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    MATCH_NUMBER_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTERPART_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    IS_DEBIT_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    AUTOMATIC_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    REVERSAL_TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    external_source_id: str
    reconciliation_id: str
    matching_rule_id: str
    matching_rule_version: int
    rule_place: int
    kind: _matching_rule_pb2.AdjustmentKind
    match_number: int
    external_record_id: str
    balance_id: str
    counterpart: str
    amount: _amount_pb2.Amount
    is_debit: bool
    effective_time: _timestamp_pb2.Timestamp
    description: str
    automatic: bool
    state: ReconciliationAdjustmentState
    rejection: _rejection_pb2.Rejection
    transaction_id: str
    reversal_transaction_id: str
    reconciliation_decision_id: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., external_source_id: _Optional[str] = ..., reconciliation_id: _Optional[str] = ..., matching_rule_id: _Optional[str] = ..., matching_rule_version: _Optional[int] = ..., rule_place: _Optional[int] = ..., kind: _Optional[_Union[_matching_rule_pb2.AdjustmentKind, str]] = ..., match_number: _Optional[int] = ..., external_record_id: _Optional[str] = ..., balance_id: _Optional[str] = ..., counterpart: _Optional[str] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., is_debit: bool = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., description: _Optional[str] = ..., automatic: bool = ..., state: _Optional[_Union[ReconciliationAdjustmentState, str]] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ..., transaction_id: _Optional[str] = ..., reversal_transaction_id: _Optional[str] = ..., reconciliation_decision_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReconciliationAdjustmentSelection(_message.Message):
    __slots__ = ("all", "ids")
    ALL_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    all: bool
    ids: ReconciliationAdjustmentIds
    def __init__(self, all: bool = ..., ids: _Optional[_Union[ReconciliationAdjustmentIds, _Mapping]] = ...) -> None: ...

class ReconciliationAdjustmentIds(_message.Message):
    __slots__ = ("reconciliation_adjustment_ids",)
    RECONCILIATION_ADJUSTMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    reconciliation_adjustment_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, reconciliation_adjustment_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class SkippedAdjustment(_message.Message):
    __slots__ = ("reconciliation_adjustment_id", "rejection")
    RECONCILIATION_ADJUSTMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    reconciliation_adjustment_id: str
    rejection: _rejection_pb2.Rejection
    def __init__(self, reconciliation_adjustment_id: _Optional[str] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ...) -> None: ...
