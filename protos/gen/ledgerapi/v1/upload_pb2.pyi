import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UploadContent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UPLOAD_CONTENT_UNSPECIFIED: _ClassVar[UploadContent]
    UPLOAD_CONTENT_FILE: _ClassVar[UploadContent]
    UPLOAD_CONTENT_RECORDS: _ClassVar[UploadContent]

class UploadFaultPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UPLOAD_FAULT_POLICY_UNSPECIFIED: _ClassVar[UploadFaultPolicy]
    UPLOAD_FAULT_POLICY_KEEP_GOOD: _ClassVar[UploadFaultPolicy]
    UPLOAD_FAULT_POLICY_REJECT_ALL: _ClassVar[UploadFaultPolicy]

class UploadStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UPLOAD_STATUS_UNSPECIFIED: _ClassVar[UploadStatus]
    UPLOAD_STATUS_RECEIVING: _ClassVar[UploadStatus]
    UPLOAD_STATUS_READING: _ClassVar[UploadStatus]
    UPLOAD_STATUS_FINISHED: _ClassVar[UploadStatus]
    UPLOAD_STATUS_REJECTED: _ClassVar[UploadStatus]
    UPLOAD_STATUS_CANCELLED: _ClassVar[UploadStatus]

class UploadFaultCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UPLOAD_FAULT_CODE_UNSPECIFIED: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_FIELD_MISSING: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_AMOUNT_INVALID: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_AMOUNT_TOO_PRECISE: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_DATE_INVALID: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_CURRENCY_INVALID: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_TEXT_INVALID: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_ENCODING_INVALID: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_SYNTAX_INVALID: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_COLUMNS_INVALID: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_KEY_REPEATED: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_ALREADY_KNOWN: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_CONTENT_DIFFERS: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_TOTAL_DIFFERS: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_COUNT_DIFFERS: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_PAGE_MISSING: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_STATEMENT_MISSING: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_LIMIT_EXCEEDED: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_FORMAT_UNKNOWN: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_NOT_FINISHED: _ClassVar[UploadFaultCode]
    UPLOAD_FAULT_CODE_WORD_UNKNOWN: _ClassVar[UploadFaultCode]
UPLOAD_CONTENT_UNSPECIFIED: UploadContent
UPLOAD_CONTENT_FILE: UploadContent
UPLOAD_CONTENT_RECORDS: UploadContent
UPLOAD_FAULT_POLICY_UNSPECIFIED: UploadFaultPolicy
UPLOAD_FAULT_POLICY_KEEP_GOOD: UploadFaultPolicy
UPLOAD_FAULT_POLICY_REJECT_ALL: UploadFaultPolicy
UPLOAD_STATUS_UNSPECIFIED: UploadStatus
UPLOAD_STATUS_RECEIVING: UploadStatus
UPLOAD_STATUS_READING: UploadStatus
UPLOAD_STATUS_FINISHED: UploadStatus
UPLOAD_STATUS_REJECTED: UploadStatus
UPLOAD_STATUS_CANCELLED: UploadStatus
UPLOAD_FAULT_CODE_UNSPECIFIED: UploadFaultCode
UPLOAD_FAULT_CODE_FIELD_MISSING: UploadFaultCode
UPLOAD_FAULT_CODE_AMOUNT_INVALID: UploadFaultCode
UPLOAD_FAULT_CODE_AMOUNT_TOO_PRECISE: UploadFaultCode
UPLOAD_FAULT_CODE_DATE_INVALID: UploadFaultCode
UPLOAD_FAULT_CODE_CURRENCY_INVALID: UploadFaultCode
UPLOAD_FAULT_CODE_TEXT_INVALID: UploadFaultCode
UPLOAD_FAULT_CODE_ENCODING_INVALID: UploadFaultCode
UPLOAD_FAULT_CODE_SYNTAX_INVALID: UploadFaultCode
UPLOAD_FAULT_CODE_COLUMNS_INVALID: UploadFaultCode
UPLOAD_FAULT_CODE_KEY_REPEATED: UploadFaultCode
UPLOAD_FAULT_CODE_ALREADY_KNOWN: UploadFaultCode
UPLOAD_FAULT_CODE_CONTENT_DIFFERS: UploadFaultCode
UPLOAD_FAULT_CODE_TOTAL_DIFFERS: UploadFaultCode
UPLOAD_FAULT_CODE_COUNT_DIFFERS: UploadFaultCode
UPLOAD_FAULT_CODE_PAGE_MISSING: UploadFaultCode
UPLOAD_FAULT_CODE_STATEMENT_MISSING: UploadFaultCode
UPLOAD_FAULT_CODE_LIMIT_EXCEEDED: UploadFaultCode
UPLOAD_FAULT_CODE_FORMAT_UNKNOWN: UploadFaultCode
UPLOAD_FAULT_CODE_NOT_FINISHED: UploadFaultCode
UPLOAD_FAULT_CODE_WORD_UNKNOWN: UploadFaultCode

class Upload(_message.Message):
    __slots__ = ("id", "external_source_id", "file_name", "content", "fault_policy", "status", "chunk_count", "byte_count", "declared_byte_count", "declared_record_count", "record_count", "new_record_count", "known_record_count", "fault_count", "statement_count", "content_hash", "repeated_upload_id", "create_time", "finish_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    FAULT_POLICY_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CHUNK_COUNT_FIELD_NUMBER: _ClassVar[int]
    BYTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    DECLARED_BYTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    DECLARED_RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    NEW_RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    KNOWN_RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAULT_COUNT_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    REPEATED_UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    external_source_id: str
    file_name: str
    content: UploadContent
    fault_policy: UploadFaultPolicy
    status: UploadStatus
    chunk_count: int
    byte_count: int
    declared_byte_count: int
    declared_record_count: int
    record_count: int
    new_record_count: int
    known_record_count: int
    fault_count: int
    statement_count: int
    content_hash: str
    repeated_upload_id: str
    create_time: _timestamp_pb2.Timestamp
    finish_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., external_source_id: _Optional[str] = ..., file_name: _Optional[str] = ..., content: _Optional[_Union[UploadContent, str]] = ..., fault_policy: _Optional[_Union[UploadFaultPolicy, str]] = ..., status: _Optional[_Union[UploadStatus, str]] = ..., chunk_count: _Optional[int] = ..., byte_count: _Optional[int] = ..., declared_byte_count: _Optional[int] = ..., declared_record_count: _Optional[int] = ..., record_count: _Optional[int] = ..., new_record_count: _Optional[int] = ..., known_record_count: _Optional[int] = ..., fault_count: _Optional[int] = ..., statement_count: _Optional[int] = ..., content_hash: _Optional[str] = ..., repeated_upload_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UploadFault(_message.Message):
    __slots__ = ("index", "line", "field", "code", "reason", "raw", "external_record_id", "member")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    index: int
    line: int
    field: str
    code: UploadFaultCode
    reason: str
    raw: str
    external_record_id: str
    member: str
    def __init__(self, index: _Optional[int] = ..., line: _Optional[int] = ..., field: _Optional[str] = ..., code: _Optional[_Union[UploadFaultCode, str]] = ..., reason: _Optional[str] = ..., raw: _Optional[str] = ..., external_record_id: _Optional[str] = ..., member: _Optional[str] = ...) -> None: ...
