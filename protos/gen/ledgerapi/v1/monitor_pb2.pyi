import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MonitorField(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MONITOR_FIELD_UNSPECIFIED: _ClassVar[MonitorField]
    MONITOR_FIELD_BALANCE: _ClassVar[MonitorField]
    MONITOR_FIELD_CREDIT_BALANCE: _ClassVar[MonitorField]
    MONITOR_FIELD_DEBIT_BALANCE: _ClassVar[MonitorField]
    MONITOR_FIELD_INFLIGHT_BALANCE: _ClassVar[MonitorField]
    MONITOR_FIELD_INFLIGHT_CREDIT_BALANCE: _ClassVar[MonitorField]
    MONITOR_FIELD_INFLIGHT_DEBIT_BALANCE: _ClassVar[MonitorField]
    MONITOR_FIELD_AVAILABLE: _ClassVar[MonitorField]
    MONITOR_FIELD_DEBIT_AMOUNT: _ClassVar[MonitorField]
    MONITOR_FIELD_CREDIT_AMOUNT: _ClassVar[MonitorField]

class ComparisonOperator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPARISON_OPERATOR_UNSPECIFIED: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_GREATER: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_GREATER_OR_EQUAL: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_LESS: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_LESS_OR_EQUAL: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_EQUAL: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_NOT_EQUAL: _ClassVar[ComparisonOperator]

class MonitorTrigger(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MONITOR_TRIGGER_UNSPECIFIED: _ClassVar[MonitorTrigger]
    MONITOR_TRIGGER_EDGE: _ClassVar[MonitorTrigger]
    MONITOR_TRIGGER_LEVEL: _ClassVar[MonitorTrigger]
MONITOR_FIELD_UNSPECIFIED: MonitorField
MONITOR_FIELD_BALANCE: MonitorField
MONITOR_FIELD_CREDIT_BALANCE: MonitorField
MONITOR_FIELD_DEBIT_BALANCE: MonitorField
MONITOR_FIELD_INFLIGHT_BALANCE: MonitorField
MONITOR_FIELD_INFLIGHT_CREDIT_BALANCE: MonitorField
MONITOR_FIELD_INFLIGHT_DEBIT_BALANCE: MonitorField
MONITOR_FIELD_AVAILABLE: MonitorField
MONITOR_FIELD_DEBIT_AMOUNT: MonitorField
MONITOR_FIELD_CREDIT_AMOUNT: MonitorField
COMPARISON_OPERATOR_UNSPECIFIED: ComparisonOperator
COMPARISON_OPERATOR_GREATER: ComparisonOperator
COMPARISON_OPERATOR_GREATER_OR_EQUAL: ComparisonOperator
COMPARISON_OPERATOR_LESS: ComparisonOperator
COMPARISON_OPERATOR_LESS_OR_EQUAL: ComparisonOperator
COMPARISON_OPERATOR_EQUAL: ComparisonOperator
COMPARISON_OPERATOR_NOT_EQUAL: ComparisonOperator
MONITOR_TRIGGER_UNSPECIFIED: MonitorTrigger
MONITOR_TRIGGER_EDGE: MonitorTrigger
MONITOR_TRIGGER_LEVEL: MonitorTrigger

class Monitor(_message.Message):
    __slots__ = ("id", "balance_id", "conditions", "trigger", "description", "metadata", "create_time", "update_time", "etag")
    ID_FIELD_NUMBER: _ClassVar[int]
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    id: str
    balance_id: str
    conditions: _containers.RepeatedCompositeFieldContainer[MonitorCondition]
    trigger: MonitorTrigger
    description: str
    metadata: _struct_pb2.Struct
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, id: _Optional[str] = ..., balance_id: _Optional[str] = ..., conditions: _Optional[_Iterable[_Union[MonitorCondition, _Mapping]]] = ..., trigger: _Optional[_Union[MonitorTrigger, str]] = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class MonitorCondition(_message.Message):
    __slots__ = ("field", "operator", "threshold", "clear_threshold")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    CLEAR_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    field: MonitorField
    operator: ComparisonOperator
    threshold: _amount_pb2.Amount
    clear_threshold: _amount_pb2.Amount
    def __init__(self, field: _Optional[_Union[MonitorField, str]] = ..., operator: _Optional[_Union[ComparisonOperator, str]] = ..., threshold: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., clear_threshold: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ...) -> None: ...
