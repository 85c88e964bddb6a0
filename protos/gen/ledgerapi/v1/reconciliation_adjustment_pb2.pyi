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

class ReconciliationAdjustmentStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_ADJUSTMENT_STATUS_UNSPECIFIED: _ClassVar[ReconciliationAdjustmentStatus]
    RECONCILIATION_ADJUSTMENT_STATUS_PROPOSED: _ClassVar[ReconciliationAdjustmentStatus]
    RECONCILIATION_ADJUSTMENT_STATUS_POSTING: _ClassVar[ReconciliationAdjustmentStatus]
    RECONCILIATION_ADJUSTMENT_STATUS_POSTED: _ClassVar[ReconciliationAdjustmentStatus]
    RECONCILIATION_ADJUSTMENT_STATUS_REJECTED: _ClassVar[ReconciliationAdjustmentStatus]
    RECONCILIATION_ADJUSTMENT_STATUS_REVERSING: _ClassVar[ReconciliationAdjustmentStatus]
    RECONCILIATION_ADJUSTMENT_STATUS_REVERSED: _ClassVar[ReconciliationAdjustmentStatus]
RECONCILIATION_ADJUSTMENT_STATUS_UNSPECIFIED: ReconciliationAdjustmentStatus
RECONCILIATION_ADJUSTMENT_STATUS_PROPOSED: ReconciliationAdjustmentStatus
RECONCILIATION_ADJUSTMENT_STATUS_POSTING: ReconciliationAdjustmentStatus
RECONCILIATION_ADJUSTMENT_STATUS_POSTED: ReconciliationAdjustmentStatus
RECONCILIATION_ADJUSTMENT_STATUS_REJECTED: ReconciliationAdjustmentStatus
RECONCILIATION_ADJUSTMENT_STATUS_REVERSING: ReconciliationAdjustmentStatus
RECONCILIATION_ADJUSTMENT_STATUS_REVERSED: ReconciliationAdjustmentStatus

class ReconciliationAdjustment(_message.Message):
    __slots__ = ("id", "external_source_id", "reconciliation_id", "matching_rule_id", "matching_rule_version", "kind", "match_number", "external_record_id", "balance_id", "counterpart", "amount", "effective_time", "description", "automatic", "status", "rejection", "transaction_id", "reversal_transaction_id", "reconciliation_decision_id", "create_time", "update_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    MATCH_NUMBER_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTERPART_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    AUTOMATIC_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
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
    kind: _matching_rule_pb2.ReconciliationAdjustmentKind
    match_number: int
    external_record_id: str
    balance_id: str
    counterpart: str
    amount: _amount_pb2.Amount
    effective_time: _timestamp_pb2.Timestamp
    description: str
    automatic: bool
    status: ReconciliationAdjustmentStatus
    rejection: _rejection_pb2.Rejection
    transaction_id: str
    reversal_transaction_id: str
    reconciliation_decision_id: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., external_source_id: _Optional[str] = ..., reconciliation_id: _Optional[str] = ..., matching_rule_id: _Optional[str] = ..., matching_rule_version: _Optional[int] = ..., kind: _Optional[_Union[_matching_rule_pb2.ReconciliationAdjustmentKind, str]] = ..., match_number: _Optional[int] = ..., external_record_id: _Optional[str] = ..., balance_id: _Optional[str] = ..., counterpart: _Optional[str] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., description: _Optional[str] = ..., automatic: bool = ..., status: _Optional[_Union[ReconciliationAdjustmentStatus, str]] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ..., transaction_id: _Optional[str] = ..., reversal_transaction_id: _Optional[str] = ..., reconciliation_decision_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

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

class SkippedReconciliationAdjustment(_message.Message):
    __slots__ = ("reconciliation_adjustment_id", "rejection")
    RECONCILIATION_ADJUSTMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    reconciliation_adjustment_id: str
    rejection: _rejection_pb2.Rejection
    def __init__(self, reconciliation_adjustment_id: _Optional[str] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ...) -> None: ...
