import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MatchingField(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATCHING_FIELD_UNSPECIFIED: _ClassVar[MatchingField]
    MATCHING_FIELD_AMOUNT: _ClassVar[MatchingField]
    MATCHING_FIELD_CURRENCY: _ClassVar[MatchingField]
    MATCHING_FIELD_REFERENCE: _ClassVar[MatchingField]
    MATCHING_FIELD_DESCRIPTION: _ClassVar[MatchingField]
    MATCHING_FIELD_TIME: _ClassVar[MatchingField]

class MatchingOperator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATCHING_OPERATOR_UNSPECIFIED: _ClassVar[MatchingOperator]
    MATCHING_OPERATOR_EQUAL: _ClassVar[MatchingOperator]
    MATCHING_OPERATOR_CONTAINS: _ClassVar[MatchingOperator]
MATCHING_FIELD_UNSPECIFIED: MatchingField
MATCHING_FIELD_AMOUNT: MatchingField
MATCHING_FIELD_CURRENCY: MatchingField
MATCHING_FIELD_REFERENCE: MatchingField
MATCHING_FIELD_DESCRIPTION: MatchingField
MATCHING_FIELD_TIME: MatchingField
MATCHING_OPERATOR_UNSPECIFIED: MatchingOperator
MATCHING_OPERATOR_EQUAL: MatchingOperator
MATCHING_OPERATOR_CONTAINS: MatchingOperator

class MatchingRule(_message.Message):
    __slots__ = ("id", "name", "description", "criteria", "create_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CRITERIA_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    description: str
    criteria: _containers.RepeatedCompositeFieldContainer[MatchingCriterion]
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., criteria: _Optional[_Iterable[_Union[MatchingCriterion, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MatchingCriterion(_message.Message):
    __slots__ = ("field", "operator", "amount_drift", "percent_drift", "seconds_drift")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_DRIFT_FIELD_NUMBER: _ClassVar[int]
    PERCENT_DRIFT_FIELD_NUMBER: _ClassVar[int]
    SECONDS_DRIFT_FIELD_NUMBER: _ClassVar[int]
    field: MatchingField
    operator: MatchingOperator
    amount_drift: str
    percent_drift: str
    seconds_drift: int
    def __init__(self, field: _Optional[_Union[MatchingField, str]] = ..., operator: _Optional[_Union[MatchingOperator, str]] = ..., amount_drift: _Optional[str] = ..., percent_drift: _Optional[str] = ..., seconds_drift: _Optional[int] = ...) -> None: ...
