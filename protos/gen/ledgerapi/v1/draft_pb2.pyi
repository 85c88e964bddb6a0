import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Draft(_message.Message):
    __slots__ = ("reference", "amount", "precise_amount", "available", "currency", "precision", "source", "sources", "destination", "destinations", "allow_overdraft", "overdraft_limit", "precise_overdraft_limit", "inflight", "description", "metadata", "effective_time", "group", "tag", "inflight_expiry_time", "inflight_commit_time", "allow_over_commit", "queue", "scheduled_time", "require_review", "review_reason", "check_deferred", "on_behalf_of", "identity_ids")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PRECISE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    DESTINATIONS_FIELD_NUMBER: _ClassVar[int]
    ALLOW_OVERDRAFT_FIELD_NUMBER: _ClassVar[int]
    OVERDRAFT_LIMIT_FIELD_NUMBER: _ClassVar[int]
    PRECISE_OVERDRAFT_LIMIT_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_EXPIRY_TIME_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_COMMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    ALLOW_OVER_COMMIT_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_REVIEW_FIELD_NUMBER: _ClassVar[int]
    REVIEW_REASON_FIELD_NUMBER: _ClassVar[int]
    CHECK_DEFERRED_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_IDS_FIELD_NUMBER: _ClassVar[int]
    reference: str
    amount: str
    precise_amount: str
    available: Available
    currency: str
    precision: int
    source: str
    sources: Distribution
    destination: str
    destinations: Distribution
    allow_overdraft: bool
    overdraft_limit: str
    precise_overdraft_limit: str
    inflight: bool
    description: str
    metadata: _struct_pb2.Struct
    effective_time: _timestamp_pb2.Timestamp
    group: str
    tag: str
    inflight_expiry_time: _timestamp_pb2.Timestamp
    inflight_commit_time: _timestamp_pb2.Timestamp
    allow_over_commit: bool
    queue: bool
    scheduled_time: _timestamp_pb2.Timestamp
    require_review: bool
    review_reason: str
    check_deferred: bool
    on_behalf_of: str
    identity_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, reference: _Optional[str] = ..., amount: _Optional[str] = ..., precise_amount: _Optional[str] = ..., available: _Optional[_Union[Available, _Mapping]] = ..., currency: _Optional[str] = ..., precision: _Optional[int] = ..., source: _Optional[str] = ..., sources: _Optional[_Union[Distribution, _Mapping]] = ..., destination: _Optional[str] = ..., destinations: _Optional[_Union[Distribution, _Mapping]] = ..., allow_overdraft: bool = ..., overdraft_limit: _Optional[str] = ..., precise_overdraft_limit: _Optional[str] = ..., inflight: bool = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., group: _Optional[str] = ..., tag: _Optional[str] = ..., inflight_expiry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., inflight_commit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., allow_over_commit: bool = ..., queue: bool = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., require_review: bool = ..., review_reason: _Optional[str] = ..., check_deferred: bool = ..., on_behalf_of: _Optional[str] = ..., identity_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class Available(_message.Message):
    __slots__ = ("at_most",)
    AT_MOST_FIELD_NUMBER: _ClassVar[int]
    at_most: _amount_pb2.Amount
    def __init__(self, at_most: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ...) -> None: ...

class Distribution(_message.Message):
    __slots__ = ("shares",)
    SHARES_FIELD_NUMBER: _ClassVar[int]
    shares: _containers.RepeatedCompositeFieldContainer[Share]
    def __init__(self, shares: _Optional[_Iterable[_Union[Share, _Mapping]]] = ...) -> None: ...

class Share(_message.Message):
    __slots__ = ("balance", "amount", "precise_amount", "percent", "remainder", "available")
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PRECISE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    REMAINDER_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    balance: str
    amount: str
    precise_amount: str
    percent: str
    remainder: bool
    available: Available
    def __init__(self, balance: _Optional[str] = ..., amount: _Optional[str] = ..., precise_amount: _Optional[str] = ..., percent: _Optional[str] = ..., remainder: bool = ..., available: _Optional[_Union[Available, _Mapping]] = ...) -> None: ...
