import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import rejection_pb2 as _rejection_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BatchMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BATCH_MODE_UNSPECIFIED: _ClassVar[BatchMode]
    BATCH_MODE_INDEPENDENT: _ClassVar[BatchMode]
    BATCH_MODE_ATOMIC: _ClassVar[BatchMode]

class BatchStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BATCH_STATUS_UNSPECIFIED: _ClassVar[BatchStatus]
    BATCH_STATUS_ACCEPTED: _ClassVar[BatchStatus]
    BATCH_STATUS_RUNNING: _ClassVar[BatchStatus]
    BATCH_STATUS_FINISHED: _ClassVar[BatchStatus]
    BATCH_STATUS_REJECTED: _ClassVar[BatchStatus]
BATCH_MODE_UNSPECIFIED: BatchMode
BATCH_MODE_INDEPENDENT: BatchMode
BATCH_MODE_ATOMIC: BatchMode
BATCH_STATUS_UNSPECIFIED: BatchStatus
BATCH_STATUS_ACCEPTED: BatchStatus
BATCH_STATUS_RUNNING: BatchStatus
BATCH_STATUS_FINISHED: BatchStatus
BATCH_STATUS_REJECTED: BatchStatus

class Batch(_message.Message):
    __slots__ = ("id", "mode", "status", "operation_count", "posted_count", "replayed_count", "rejected_count", "rejection", "created_by", "create_time", "finish_time", "metadata")
    ID_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OPERATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    id: str
    mode: BatchMode
    status: BatchStatus
    operation_count: int
    posted_count: int
    replayed_count: int
    rejected_count: int
    rejection: _rejection_pb2.Rejection
    created_by: str
    create_time: _timestamp_pb2.Timestamp
    finish_time: _timestamp_pb2.Timestamp
    metadata: _struct_pb2.Struct
    def __init__(self, id: _Optional[str] = ..., mode: _Optional[_Union[BatchMode, str]] = ..., status: _Optional[_Union[BatchStatus, str]] = ..., operation_count: _Optional[int] = ..., posted_count: _Optional[int] = ..., replayed_count: _Optional[int] = ..., rejected_count: _Optional[int] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ..., created_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class BatchRejection(_message.Message):
    __slots__ = ("index", "reference", "rejection")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    index: int
    reference: str
    rejection: _rejection_pb2.Rejection
    def __init__(self, index: _Optional[int] = ..., reference: _Optional[str] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ...) -> None: ...
