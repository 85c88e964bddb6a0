import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReconciliationStrategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_STRATEGY_UNSPECIFIED: _ClassVar[ReconciliationStrategy]
    RECONCILIATION_STRATEGY_ONE_TO_ONE: _ClassVar[ReconciliationStrategy]
    RECONCILIATION_STRATEGY_ONE_TO_MANY: _ClassVar[ReconciliationStrategy]
    RECONCILIATION_STRATEGY_MANY_TO_ONE: _ClassVar[ReconciliationStrategy]

class ReconciliationStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_STATUS_UNSPECIFIED: _ClassVar[ReconciliationStatus]
    RECONCILIATION_STATUS_RUNNING: _ClassVar[ReconciliationStatus]
    RECONCILIATION_STATUS_FINISHED: _ClassVar[ReconciliationStatus]
    RECONCILIATION_STATUS_FAILED: _ClassVar[ReconciliationStatus]
RECONCILIATION_STRATEGY_UNSPECIFIED: ReconciliationStrategy
RECONCILIATION_STRATEGY_ONE_TO_ONE: ReconciliationStrategy
RECONCILIATION_STRATEGY_ONE_TO_MANY: ReconciliationStrategy
RECONCILIATION_STRATEGY_MANY_TO_ONE: ReconciliationStrategy
RECONCILIATION_STATUS_UNSPECIFIED: ReconciliationStatus
RECONCILIATION_STATUS_RUNNING: ReconciliationStatus
RECONCILIATION_STATUS_FINISHED: ReconciliationStatus
RECONCILIATION_STATUS_FAILED: ReconciliationStatus

class Reconciliation(_message.Message):
    __slots__ = ("id", "upload_id", "matching_rule_ids", "strategy", "dry_run", "status", "matched_count", "unmatched_count", "create_time", "finish_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_IDS_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MATCHED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNMATCHED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    upload_id: str
    matching_rule_ids: _containers.RepeatedScalarFieldContainer[str]
    strategy: ReconciliationStrategy
    dry_run: bool
    status: ReconciliationStatus
    matched_count: int
    unmatched_count: int
    create_time: _timestamp_pb2.Timestamp
    finish_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., upload_id: _Optional[str] = ..., matching_rule_ids: _Optional[_Iterable[str]] = ..., strategy: _Optional[_Union[ReconciliationStrategy, str]] = ..., dry_run: bool = ..., status: _Optional[_Union[ReconciliationStatus, str]] = ..., matched_count: _Optional[int] = ..., unmatched_count: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
