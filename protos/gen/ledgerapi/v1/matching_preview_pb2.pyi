import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from ledgerapi.v1 import matching_rule_pb2 as _matching_rule_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MatchingLimit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATCHING_LIMIT_UNSPECIFIED: _ClassVar[MatchingLimit]
    MATCHING_LIMIT_MAX_ROWS: _ClassVar[MatchingLimit]
    MATCHING_LIMIT_MAX_SUMS: _ClassVar[MatchingLimit]
    MATCHING_LIMIT_COMPARED_PAIRS: _ClassVar[MatchingLimit]
    MATCHING_LIMIT_COMPARED_MEMBERS: _ClassVar[MatchingLimit]
    MATCHING_LIMIT_WEIGHED_CHOICES: _ClassVar[MatchingLimit]
    MATCHING_LIMIT_PROPOSALS: _ClassVar[MatchingLimit]
MATCHING_LIMIT_UNSPECIFIED: MatchingLimit
MATCHING_LIMIT_MAX_ROWS: MatchingLimit
MATCHING_LIMIT_MAX_SUMS: MatchingLimit
MATCHING_LIMIT_COMPARED_PAIRS: MatchingLimit
MATCHING_LIMIT_COMPARED_MEMBERS: MatchingLimit
MATCHING_LIMIT_WEIGHED_CHOICES: MatchingLimit
MATCHING_LIMIT_PROPOSALS: MatchingLimit

class MatchingRow(_message.Message):
    __slots__ = ("key", "amount", "booking_date", "value_date", "booking_time", "references", "description", "counterparty", "counterparty_account", "identity_id", "group_key", "metadata")
    KEY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_DATE_FIELD_NUMBER: _ClassVar[int]
    VALUE_DATE_FIELD_NUMBER: _ClassVar[int]
    BOOKING_TIME_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_KEY_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    key: str
    amount: _amount_pb2.Amount
    booking_date: str
    value_date: str
    booking_time: _timestamp_pb2.Timestamp
    references: _containers.RepeatedScalarFieldContainer[str]
    description: str
    counterparty: str
    counterparty_account: str
    identity_id: str
    group_key: str
    metadata: _struct_pb2.Struct
    def __init__(self, key: _Optional[str] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., booking_date: _Optional[str] = ..., value_date: _Optional[str] = ..., booking_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., references: _Optional[_Iterable[str]] = ..., description: _Optional[str] = ..., counterparty: _Optional[str] = ..., counterparty_account: _Optional[str] = ..., identity_id: _Optional[str] = ..., group_key: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class StoredSample(_message.Message):
    __slots__ = ("external_source_id", "begin_date", "end_date")
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    BEGIN_DATE_FIELD_NUMBER: _ClassVar[int]
    END_DATE_FIELD_NUMBER: _ClassVar[int]
    external_source_id: str
    begin_date: str
    end_date: str
    def __init__(self, external_source_id: _Optional[str] = ..., begin_date: _Optional[str] = ..., end_date: _Optional[str] = ...) -> None: ...

class MatchingPair(_message.Message):
    __slots__ = ("record_key", "entry_key", "fits", "verdicts", "score")
    RECORD_KEY_FIELD_NUMBER: _ClassVar[int]
    ENTRY_KEY_FIELD_NUMBER: _ClassVar[int]
    FITS_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    record_key: str
    entry_key: str
    fits: bool
    verdicts: _containers.RepeatedCompositeFieldContainer[CriterionVerdict]
    score: int
    def __init__(self, record_key: _Optional[str] = ..., entry_key: _Optional[str] = ..., fits: bool = ..., verdicts: _Optional[_Iterable[_Union[CriterionVerdict, _Mapping]]] = ..., score: _Optional[int] = ...) -> None: ...

class CriterionVerdict(_message.Message):
    __slots__ = ("field", "operator", "holds", "message", "record_value", "entry_value", "difference", "score")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RECORD_VALUE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_VALUE_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    field: _matching_rule_pb2.MatchingField
    operator: _matching_rule_pb2.MatchingOperator
    holds: bool
    message: str
    record_value: str
    entry_value: str
    difference: str
    score: int
    def __init__(self, field: _Optional[_Union[_matching_rule_pb2.MatchingField, str]] = ..., operator: _Optional[_Union[_matching_rule_pb2.MatchingOperator, str]] = ..., holds: bool = ..., message: _Optional[str] = ..., record_value: _Optional[str] = ..., entry_value: _Optional[str] = ..., difference: _Optional[str] = ..., score: _Optional[int] = ...) -> None: ...

class PreviewMatch(_message.Message):
    __slots__ = ("record_keys", "entry_keys", "difference", "time_difference", "ambiguous")
    RECORD_KEYS_FIELD_NUMBER: _ClassVar[int]
    ENTRY_KEYS_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    AMBIGUOUS_FIELD_NUMBER: _ClassVar[int]
    record_keys: _containers.RepeatedScalarFieldContainer[str]
    entry_keys: _containers.RepeatedScalarFieldContainer[str]
    difference: _amount_pb2.Amount
    time_difference: _duration_pb2.Duration
    ambiguous: bool
    def __init__(self, record_keys: _Optional[_Iterable[str]] = ..., entry_keys: _Optional[_Iterable[str]] = ..., difference: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., time_difference: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., ambiguous: bool = ...) -> None: ...

class RuleSelectivity(_message.Message):
    __slots__ = ("pair_count", "compared_count", "fitting_count", "records", "entries", "group_count", "largest_group_row_count", "messages")
    PAIR_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMPARED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FITTING_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    GROUP_COUNT_FIELD_NUMBER: _ClassVar[int]
    LARGEST_GROUP_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    pair_count: int
    compared_count: int
    fitting_count: int
    records: PartnerCounts
    entries: PartnerCounts
    group_count: int
    largest_group_row_count: int
    messages: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, pair_count: _Optional[int] = ..., compared_count: _Optional[int] = ..., fitting_count: _Optional[int] = ..., records: _Optional[_Union[PartnerCounts, _Mapping]] = ..., entries: _Optional[_Union[PartnerCounts, _Mapping]] = ..., group_count: _Optional[int] = ..., largest_group_row_count: _Optional[int] = ..., messages: _Optional[_Iterable[str]] = ...) -> None: ...

class PartnerCounts(_message.Message):
    __slots__ = ("none_count", "one_count", "several_count")
    NONE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ONE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SEVERAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    none_count: int
    one_count: int
    several_count: int
    def __init__(self, none_count: _Optional[int] = ..., one_count: _Optional[int] = ..., several_count: _Optional[int] = ...) -> None: ...
