import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import format_profile_pb2 as _format_profile_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SignConvention(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGN_CONVENTION_UNSPECIFIED: _ClassVar[SignConvention]
    SIGN_CONVENTION_MONEY_IN_IS_CREDIT: _ClassVar[SignConvention]
    SIGN_CONVENTION_MONEY_IN_IS_DEBIT: _ClassVar[SignConvention]

class ConfirmationPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONFIRMATION_POLICY_UNSPECIFIED: _ClassVar[ConfirmationPolicy]
    CONFIRMATION_POLICY_ANY_CALLER: _ClassVar[ConfirmationPolicy]
    CONFIRMATION_POLICY_ANOTHER_CALLER: _ClassVar[ConfirmationPolicy]
SIGN_CONVENTION_UNSPECIFIED: SignConvention
SIGN_CONVENTION_MONEY_IN_IS_CREDIT: SignConvention
SIGN_CONVENTION_MONEY_IN_IS_DEBIT: SignConvention
CONFIRMATION_POLICY_UNSPECIFIED: ConfirmationPolicy
CONFIRMATION_POLICY_ANY_CALLER: ConfirmationPolicy
CONFIRMATION_POLICY_ANOTHER_CALLER: ConfirmationPolicy

class ExternalSource(_message.Message):
    __slots__ = ("id", "name", "description", "format_profile", "currency", "time_zone", "sign_convention", "balance_ids", "settlement_window", "metadata", "create_time", "update_time", "etag", "age_bucket_days", "confirmation_policy", "match_on_arrival", "expected_every", "late_since")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    FORMAT_PROFILE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    SIGN_CONVENTION_FIELD_NUMBER: _ClassVar[int]
    BALANCE_IDS_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_WINDOW_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    AGE_BUCKET_DAYS_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_POLICY_FIELD_NUMBER: _ClassVar[int]
    MATCH_ON_ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_EVERY_FIELD_NUMBER: _ClassVar[int]
    LATE_SINCE_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    description: str
    format_profile: _format_profile_pb2.FormatProfile
    currency: str
    time_zone: str
    sign_convention: SignConvention
    balance_ids: _containers.RepeatedScalarFieldContainer[str]
    settlement_window: SettlementWindow
    metadata: _struct_pb2.Struct
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    age_bucket_days: _containers.RepeatedScalarFieldContainer[int]
    confirmation_policy: ConfirmationPolicy
    match_on_arrival: MatchOnArrival
    expected_every: ArrivalCadence
    late_since: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., format_profile: _Optional[_Union[_format_profile_pb2.FormatProfile, _Mapping]] = ..., currency: _Optional[str] = ..., time_zone: _Optional[str] = ..., sign_convention: _Optional[_Union[SignConvention, str]] = ..., balance_ids: _Optional[_Iterable[str]] = ..., settlement_window: _Optional[_Union[SettlementWindow, _Mapping]] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., age_bucket_days: _Optional[_Iterable[int]] = ..., confirmation_policy: _Optional[_Union[ConfirmationPolicy, str]] = ..., match_on_arrival: _Optional[_Union[MatchOnArrival, _Mapping]] = ..., expected_every: _Optional[_Union[ArrivalCadence, _Mapping]] = ..., late_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MatchOnArrival(_message.Message):
    __slots__ = ("matching_rule_set_id", "auto_confirmed_matching_rule_ids", "debounce_seconds", "each_chunk")
    MATCHING_RULE_SET_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_CONFIRMED_MATCHING_RULE_IDS_FIELD_NUMBER: _ClassVar[int]
    DEBOUNCE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    EACH_CHUNK_FIELD_NUMBER: _ClassVar[int]
    matching_rule_set_id: str
    auto_confirmed_matching_rule_ids: _containers.RepeatedScalarFieldContainer[str]
    debounce_seconds: int
    each_chunk: bool
    def __init__(self, matching_rule_set_id: _Optional[str] = ..., auto_confirmed_matching_rule_ids: _Optional[_Iterable[str]] = ..., debounce_seconds: _Optional[int] = ..., each_chunk: bool = ...) -> None: ...

class ArrivalCadence(_message.Message):
    __slots__ = ("within_business_days", "within_seconds")
    WITHIN_BUSINESS_DAYS_FIELD_NUMBER: _ClassVar[int]
    WITHIN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    within_business_days: int
    within_seconds: int
    def __init__(self, within_business_days: _Optional[int] = ..., within_seconds: _Optional[int] = ...) -> None: ...

class SettlementWindow(_message.Message):
    __slots__ = ("days", "business_days")
    DAYS_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_DAYS_FIELD_NUMBER: _ClassVar[int]
    days: int
    business_days: int
    def __init__(self, days: _Optional[int] = ..., business_days: _Optional[int] = ...) -> None: ...
