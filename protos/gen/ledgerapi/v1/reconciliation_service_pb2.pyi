import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import balance_pb2 as _balance_pb2
from ledgerapi.v1 import external_record_pb2 as _external_record_pb2
from ledgerapi.v1 import external_source_pb2 as _external_source_pb2
from ledgerapi.v1 import format_profile_pb2 as _format_profile_pb2
from ledgerapi.v1 import matching_preview_pb2 as _matching_preview_pb2
from ledgerapi.v1 import matching_rule_pb2 as _matching_rule_pb2
from ledgerapi.v1 import reconciliation_pb2 as _reconciliation_pb2
from ledgerapi.v1 import reconciliation_adjustment_pb2 as _reconciliation_adjustment_pb2
from ledgerapi.v1 import reconciliation_exception_pb2 as _reconciliation_exception_pb2
from ledgerapi.v1 import reconciliation_match_pb2 as _reconciliation_match_pb2
from ledgerapi.v1 import reconciliation_statement_pb2 as _reconciliation_statement_pb2
from ledgerapi.v1 import transaction_pb2 as _transaction_pb2
from ledgerapi.v1 import upload_pb2 as _upload_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReconciliationExportContent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_EXPORT_CONTENT_UNSPECIFIED: _ClassVar[ReconciliationExportContent]
    RECONCILIATION_EXPORT_CONTENT_STATEMENT: _ClassVar[ReconciliationExportContent]
    RECONCILIATION_EXPORT_CONTENT_MATCHES: _ClassVar[ReconciliationExportContent]
    RECONCILIATION_EXPORT_CONTENT_UNMATCHED_ROWS: _ClassVar[ReconciliationExportContent]

class ReconciliationExportFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_EXPORT_FORMAT_UNSPECIFIED: _ClassVar[ReconciliationExportFormat]
    RECONCILIATION_EXPORT_FORMAT_CSV: _ClassVar[ReconciliationExportFormat]
    RECONCILIATION_EXPORT_FORMAT_JSON_LINES: _ClassVar[ReconciliationExportFormat]
    RECONCILIATION_EXPORT_FORMAT_HTML: _ClassVar[ReconciliationExportFormat]
RECONCILIATION_EXPORT_CONTENT_UNSPECIFIED: ReconciliationExportContent
RECONCILIATION_EXPORT_CONTENT_STATEMENT: ReconciliationExportContent
RECONCILIATION_EXPORT_CONTENT_MATCHES: ReconciliationExportContent
RECONCILIATION_EXPORT_CONTENT_UNMATCHED_ROWS: ReconciliationExportContent
RECONCILIATION_EXPORT_FORMAT_UNSPECIFIED: ReconciliationExportFormat
RECONCILIATION_EXPORT_FORMAT_CSV: ReconciliationExportFormat
RECONCILIATION_EXPORT_FORMAT_JSON_LINES: ReconciliationExportFormat
RECONCILIATION_EXPORT_FORMAT_HTML: ReconciliationExportFormat

class CreateExternalSourceRequest(_message.Message):
    __slots__ = ("external_source", "indicator_keys", "request_id")
    EXTERNAL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEYS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    external_source: _external_source_pb2.ExternalSource
    indicator_keys: _containers.RepeatedCompositeFieldContainer[_balance_pb2.IndicatorKey]
    request_id: str
    def __init__(self, external_source: _Optional[_Union[_external_source_pb2.ExternalSource, _Mapping]] = ..., indicator_keys: _Optional[_Iterable[_Union[_balance_pb2.IndicatorKey, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateExternalSourceResponse(_message.Message):
    __slots__ = ("external_source", "replayed")
    EXTERNAL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    external_source: _external_source_pb2.ExternalSource
    replayed: bool
    def __init__(self, external_source: _Optional[_Union[_external_source_pb2.ExternalSource, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class GetExternalSourceRequest(_message.Message):
    __slots__ = ("external_source_id",)
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    external_source_id: str
    def __init__(self, external_source_id: _Optional[str] = ...) -> None: ...

class GetExternalSourceResponse(_message.Message):
    __slots__ = ("external_source",)
    EXTERNAL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    external_source: _external_source_pb2.ExternalSource
    def __init__(self, external_source: _Optional[_Union[_external_source_pb2.ExternalSource, _Mapping]] = ...) -> None: ...

class ListExternalSourcesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListExternalSourcesResponse(_message.Message):
    __slots__ = ("external_sources", "next_page_token", "total_size")
    EXTERNAL_SOURCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    external_sources: _containers.RepeatedCompositeFieldContainer[_external_source_pb2.ExternalSource]
    next_page_token: str
    total_size: int
    def __init__(self, external_sources: _Optional[_Iterable[_Union[_external_source_pb2.ExternalSource, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class UpdateExternalSourceRequest(_message.Message):
    __slots__ = ("external_source", "update_mask", "indicator_keys")
    EXTERNAL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEYS_FIELD_NUMBER: _ClassVar[int]
    external_source: _external_source_pb2.ExternalSource
    update_mask: _field_mask_pb2.FieldMask
    indicator_keys: _containers.RepeatedCompositeFieldContainer[_balance_pb2.IndicatorKey]
    def __init__(self, external_source: _Optional[_Union[_external_source_pb2.ExternalSource, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., indicator_keys: _Optional[_Iterable[_Union[_balance_pb2.IndicatorKey, _Mapping]]] = ...) -> None: ...

class UpdateExternalSourceResponse(_message.Message):
    __slots__ = ("external_source",)
    EXTERNAL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    external_source: _external_source_pb2.ExternalSource
    def __init__(self, external_source: _Optional[_Union[_external_source_pb2.ExternalSource, _Mapping]] = ...) -> None: ...

class DeleteExternalSourceRequest(_message.Message):
    __slots__ = ("external_source_id", "etag")
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    external_source_id: str
    etag: str
    def __init__(self, external_source_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteExternalSourceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SuggestFormatProfileRequest(_message.Message):
    __slots__ = ("sample",)
    SAMPLE_FIELD_NUMBER: _ClassVar[int]
    sample: bytes
    def __init__(self, sample: _Optional[bytes] = ...) -> None: ...

class SuggestFormatProfileResponse(_message.Message):
    __slots__ = ("proposals", "uncertainties", "archive_format")
    PROPOSALS_FIELD_NUMBER: _ClassVar[int]
    UNCERTAINTIES_FIELD_NUMBER: _ClassVar[int]
    ARCHIVE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    proposals: _containers.RepeatedCompositeFieldContainer[FormatProfileProposal]
    uncertainties: _containers.RepeatedScalarFieldContainer[str]
    archive_format: _format_profile_pb2.ArchiveFormat
    def __init__(self, proposals: _Optional[_Iterable[_Union[FormatProfileProposal, _Mapping]]] = ..., uncertainties: _Optional[_Iterable[str]] = ..., archive_format: _Optional[_Union[_format_profile_pb2.ArchiveFormat, str]] = ...) -> None: ...

class FormatProfileProposal(_message.Message):
    __slots__ = ("format_profile", "reasons")
    FORMAT_PROFILE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    format_profile: _format_profile_pb2.FormatProfile
    reasons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, format_profile: _Optional[_Union[_format_profile_pb2.FormatProfile, _Mapping]] = ..., reasons: _Optional[_Iterable[str]] = ...) -> None: ...

class UploadRecordsRequest(_message.Message):
    __slots__ = ("open", "chunk", "finish")
    OPEN_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    open: UploadRecordsOpen
    chunk: UploadRecordsChunk
    finish: UploadRecordsFinish
    def __init__(self, open: _Optional[_Union[UploadRecordsOpen, _Mapping]] = ..., chunk: _Optional[_Union[UploadRecordsChunk, _Mapping]] = ..., finish: _Optional[_Union[UploadRecordsFinish, _Mapping]] = ...) -> None: ...

class UploadRecordsResponse(_message.Message):
    __slots__ = ("opened", "acknowledged", "received", "finished")
    OPENED_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    opened: UploadRecordsOpened
    acknowledged: UploadRecordsAcknowledged
    received: UploadRecordsReceived
    finished: UploadRecordsFinished
    def __init__(self, opened: _Optional[_Union[UploadRecordsOpened, _Mapping]] = ..., acknowledged: _Optional[_Union[UploadRecordsAcknowledged, _Mapping]] = ..., received: _Optional[_Union[UploadRecordsReceived, _Mapping]] = ..., finished: _Optional[_Union[UploadRecordsFinished, _Mapping]] = ...) -> None: ...

class UploadRecordsOpen(_message.Message):
    __slots__ = ("upload_id", "external_source_id", "content", "file_name", "declared_byte_count", "declared_record_count", "fault_policy", "request_id")
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    DECLARED_BYTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    DECLARED_RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAULT_POLICY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    upload_id: str
    external_source_id: str
    content: _upload_pb2.UploadContent
    file_name: str
    declared_byte_count: int
    declared_record_count: int
    fault_policy: _upload_pb2.UploadFaultPolicy
    request_id: str
    def __init__(self, upload_id: _Optional[str] = ..., external_source_id: _Optional[str] = ..., content: _Optional[_Union[_upload_pb2.UploadContent, str]] = ..., file_name: _Optional[str] = ..., declared_byte_count: _Optional[int] = ..., declared_record_count: _Optional[int] = ..., fault_policy: _Optional[_Union[_upload_pb2.UploadFaultPolicy, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UploadRecordsChunk(_message.Message):
    __slots__ = ("sequence", "data", "records")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    data: bytes
    records: ExternalRecords
    def __init__(self, sequence: _Optional[int] = ..., data: _Optional[bytes] = ..., records: _Optional[_Union[ExternalRecords, _Mapping]] = ...) -> None: ...

class ExternalRecords(_message.Message):
    __slots__ = ("external_records",)
    EXTERNAL_RECORDS_FIELD_NUMBER: _ClassVar[int]
    external_records: _containers.RepeatedCompositeFieldContainer[_external_record_pb2.ExternalRecord]
    def __init__(self, external_records: _Optional[_Iterable[_Union[_external_record_pb2.ExternalRecord, _Mapping]]] = ...) -> None: ...

class UploadRecordsFinish(_message.Message):
    __slots__ = ("chunk_count",)
    CHUNK_COUNT_FIELD_NUMBER: _ClassVar[int]
    chunk_count: int
    def __init__(self, chunk_count: _Optional[int] = ...) -> None: ...

class UploadRecordsOpened(_message.Message):
    __slots__ = ("upload", "next_sequence", "replayed", "max_chunk_records", "max_chunk_bytes")
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    NEXT_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    MAX_CHUNK_RECORDS_FIELD_NUMBER: _ClassVar[int]
    MAX_CHUNK_BYTES_FIELD_NUMBER: _ClassVar[int]
    upload: _upload_pb2.Upload
    next_sequence: int
    replayed: bool
    max_chunk_records: int
    max_chunk_bytes: int
    def __init__(self, upload: _Optional[_Union[_upload_pb2.Upload, _Mapping]] = ..., next_sequence: _Optional[int] = ..., replayed: bool = ..., max_chunk_records: _Optional[int] = ..., max_chunk_bytes: _Optional[int] = ...) -> None: ...

class UploadRecordsAcknowledged(_message.Message):
    __slots__ = ("sequence", "replayed")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    replayed: bool
    def __init__(self, sequence: _Optional[int] = ..., replayed: bool = ...) -> None: ...

class UploadRecordsReceived(_message.Message):
    __slots__ = ("upload",)
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    upload: _upload_pb2.Upload
    def __init__(self, upload: _Optional[_Union[_upload_pb2.Upload, _Mapping]] = ...) -> None: ...

class UploadRecordsFinished(_message.Message):
    __slots__ = ("upload",)
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    upload: _upload_pb2.Upload
    def __init__(self, upload: _Optional[_Union[_upload_pb2.Upload, _Mapping]] = ...) -> None: ...

class GetUploadRequest(_message.Message):
    __slots__ = ("upload_id",)
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    upload_id: str
    def __init__(self, upload_id: _Optional[str] = ...) -> None: ...

class GetUploadResponse(_message.Message):
    __slots__ = ("upload",)
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    upload: _upload_pb2.Upload
    def __init__(self, upload: _Optional[_Union[_upload_pb2.Upload, _Mapping]] = ...) -> None: ...

class CancelUploadRequest(_message.Message):
    __slots__ = ("upload_id",)
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    upload_id: str
    def __init__(self, upload_id: _Optional[str] = ...) -> None: ...

class CancelUploadResponse(_message.Message):
    __slots__ = ("upload",)
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    upload: _upload_pb2.Upload
    def __init__(self, upload: _Optional[_Union[_upload_pb2.Upload, _Mapping]] = ...) -> None: ...

class ListUploadsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListUploadsResponse(_message.Message):
    __slots__ = ("uploads", "next_page_token", "total_size")
    UPLOADS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    uploads: _containers.RepeatedCompositeFieldContainer[_upload_pb2.Upload]
    next_page_token: str
    total_size: int
    def __init__(self, uploads: _Optional[_Iterable[_Union[_upload_pb2.Upload, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class ListUploadFaultsRequest(_message.Message):
    __slots__ = ("upload_id", "page_size", "page_token", "max_response_bytes")
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    upload_id: str
    page_size: int
    page_token: str
    max_response_bytes: int
    def __init__(self, upload_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListUploadFaultsResponse(_message.Message):
    __slots__ = ("faults", "next_page_token")
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    faults: _containers.RepeatedCompositeFieldContainer[_upload_pb2.UploadFault]
    next_page_token: str
    def __init__(self, faults: _Optional[_Iterable[_Union[_upload_pb2.UploadFault, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetExternalRecordRequest(_message.Message):
    __slots__ = ("external_record_id", "view")
    EXTERNAL_RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    external_record_id: str
    view: _external_record_pb2.ExternalRecordView
    def __init__(self, external_record_id: _Optional[str] = ..., view: _Optional[_Union[_external_record_pb2.ExternalRecordView, str]] = ...) -> None: ...

class GetExternalRecordResponse(_message.Message):
    __slots__ = ("external_record",)
    EXTERNAL_RECORD_FIELD_NUMBER: _ClassVar[int]
    external_record: _external_record_pb2.ExternalRecord
    def __init__(self, external_record: _Optional[_Union[_external_record_pb2.ExternalRecord, _Mapping]] = ...) -> None: ...

class ListExternalRecordsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes", "view")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    view: _external_record_pb2.ExternalRecordView
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ..., view: _Optional[_Union[_external_record_pb2.ExternalRecordView, str]] = ...) -> None: ...

class ListExternalRecordsResponse(_message.Message):
    __slots__ = ("external_records", "next_page_token", "total_size")
    EXTERNAL_RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    external_records: _containers.RepeatedCompositeFieldContainer[_external_record_pb2.ExternalRecord]
    next_page_token: str
    total_size: int
    def __init__(self, external_records: _Optional[_Iterable[_Union[_external_record_pb2.ExternalRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class ListBankStatementsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListBankStatementsResponse(_message.Message):
    __slots__ = ("bank_statements", "next_page_token", "total_size")
    BANK_STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    bank_statements: _containers.RepeatedCompositeFieldContainer[_external_record_pb2.BankStatement]
    next_page_token: str
    total_size: int
    def __init__(self, bank_statements: _Optional[_Iterable[_Union[_external_record_pb2.BankStatement, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class CreateMatchingRuleRequest(_message.Message):
    __slots__ = ("matching_rule", "request_id")
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    matching_rule: _matching_rule_pb2.MatchingRule
    request_id: str
    def __init__(self, matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRule, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateMatchingRuleResponse(_message.Message):
    __slots__ = ("matching_rule", "replayed")
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    matching_rule: _matching_rule_pb2.MatchingRule
    replayed: bool
    def __init__(self, matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRule, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class GetMatchingRuleRequest(_message.Message):
    __slots__ = ("matching_rule_id", "version")
    MATCHING_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    matching_rule_id: str
    version: int
    def __init__(self, matching_rule_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetMatchingRuleResponse(_message.Message):
    __slots__ = ("matching_rule",)
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    matching_rule: _matching_rule_pb2.MatchingRule
    def __init__(self, matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRule, _Mapping]] = ...) -> None: ...

class ListMatchingRulesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListMatchingRulesResponse(_message.Message):
    __slots__ = ("matching_rules", "next_page_token", "total_size")
    MATCHING_RULES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    matching_rules: _containers.RepeatedCompositeFieldContainer[_matching_rule_pb2.MatchingRule]
    next_page_token: str
    total_size: int
    def __init__(self, matching_rules: _Optional[_Iterable[_Union[_matching_rule_pb2.MatchingRule, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class ListMatchingRuleVersionsRequest(_message.Message):
    __slots__ = ("matching_rule_id", "page_size", "page_token", "max_response_bytes")
    MATCHING_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    matching_rule_id: str
    page_size: int
    page_token: str
    max_response_bytes: int
    def __init__(self, matching_rule_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListMatchingRuleVersionsResponse(_message.Message):
    __slots__ = ("matching_rules", "next_page_token")
    MATCHING_RULES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    matching_rules: _containers.RepeatedCompositeFieldContainer[_matching_rule_pb2.MatchingRule]
    next_page_token: str
    def __init__(self, matching_rules: _Optional[_Iterable[_Union[_matching_rule_pb2.MatchingRule, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateMatchingRuleRequest(_message.Message):
    __slots__ = ("matching_rule", "update_mask")
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    matching_rule: _matching_rule_pb2.MatchingRule
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRule, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateMatchingRuleResponse(_message.Message):
    __slots__ = ("matching_rule",)
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    matching_rule: _matching_rule_pb2.MatchingRule
    def __init__(self, matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRule, _Mapping]] = ...) -> None: ...

class DeleteMatchingRuleRequest(_message.Message):
    __slots__ = ("matching_rule_id", "etag")
    MATCHING_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    matching_rule_id: str
    etag: str
    def __init__(self, matching_rule_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteMatchingRuleResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PreviewMatchingRuleRequest(_message.Message):
    __slots__ = ("matching_rule", "matching_rule_id", "version", "records", "entries", "stored_sample")
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    STORED_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    matching_rule: _matching_rule_pb2.MatchingRule
    matching_rule_id: str
    version: int
    records: _containers.RepeatedCompositeFieldContainer[_matching_preview_pb2.MatchingRow]
    entries: _containers.RepeatedCompositeFieldContainer[_matching_preview_pb2.MatchingRow]
    stored_sample: _matching_preview_pb2.StoredSample
    def __init__(self, matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRule, _Mapping]] = ..., matching_rule_id: _Optional[str] = ..., version: _Optional[int] = ..., records: _Optional[_Iterable[_Union[_matching_preview_pb2.MatchingRow, _Mapping]]] = ..., entries: _Optional[_Iterable[_Union[_matching_preview_pb2.MatchingRow, _Mapping]]] = ..., stored_sample: _Optional[_Union[_matching_preview_pb2.StoredSample, _Mapping]] = ...) -> None: ...

class PreviewMatchingRuleResponse(_message.Message):
    __slots__ = ("matches", "pairs", "selectivity", "limits_reached")
    MATCHES_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    SELECTIVITY_FIELD_NUMBER: _ClassVar[int]
    LIMITS_REACHED_FIELD_NUMBER: _ClassVar[int]
    matches: _containers.RepeatedCompositeFieldContainer[_matching_preview_pb2.PreviewMatch]
    pairs: _containers.RepeatedCompositeFieldContainer[_matching_preview_pb2.MatchingPair]
    selectivity: _matching_preview_pb2.RuleSelectivity
    limits_reached: _containers.RepeatedScalarFieldContainer[_matching_preview_pb2.MatchingLimit]
    def __init__(self, matches: _Optional[_Iterable[_Union[_matching_preview_pb2.PreviewMatch, _Mapping]]] = ..., pairs: _Optional[_Iterable[_Union[_matching_preview_pb2.MatchingPair, _Mapping]]] = ..., selectivity: _Optional[_Union[_matching_preview_pb2.RuleSelectivity, _Mapping]] = ..., limits_reached: _Optional[_Iterable[_Union[_matching_preview_pb2.MatchingLimit, str]]] = ...) -> None: ...

class CreateMatchingRuleSetRequest(_message.Message):
    __slots__ = ("matching_rule_set", "request_id")
    MATCHING_RULE_SET_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    matching_rule_set: _matching_rule_pb2.MatchingRuleSet
    request_id: str
    def __init__(self, matching_rule_set: _Optional[_Union[_matching_rule_pb2.MatchingRuleSet, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateMatchingRuleSetResponse(_message.Message):
    __slots__ = ("matching_rule_set", "replayed")
    MATCHING_RULE_SET_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    matching_rule_set: _matching_rule_pb2.MatchingRuleSet
    replayed: bool
    def __init__(self, matching_rule_set: _Optional[_Union[_matching_rule_pb2.MatchingRuleSet, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class GetMatchingRuleSetRequest(_message.Message):
    __slots__ = ("matching_rule_set_id", "version")
    MATCHING_RULE_SET_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    matching_rule_set_id: str
    version: int
    def __init__(self, matching_rule_set_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetMatchingRuleSetResponse(_message.Message):
    __slots__ = ("matching_rule_set",)
    MATCHING_RULE_SET_FIELD_NUMBER: _ClassVar[int]
    matching_rule_set: _matching_rule_pb2.MatchingRuleSet
    def __init__(self, matching_rule_set: _Optional[_Union[_matching_rule_pb2.MatchingRuleSet, _Mapping]] = ...) -> None: ...

class ListMatchingRuleSetsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListMatchingRuleSetsResponse(_message.Message):
    __slots__ = ("matching_rule_sets", "next_page_token", "total_size")
    MATCHING_RULE_SETS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    matching_rule_sets: _containers.RepeatedCompositeFieldContainer[_matching_rule_pb2.MatchingRuleSet]
    next_page_token: str
    total_size: int
    def __init__(self, matching_rule_sets: _Optional[_Iterable[_Union[_matching_rule_pb2.MatchingRuleSet, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class UpdateMatchingRuleSetRequest(_message.Message):
    __slots__ = ("matching_rule_set", "update_mask")
    MATCHING_RULE_SET_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    matching_rule_set: _matching_rule_pb2.MatchingRuleSet
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, matching_rule_set: _Optional[_Union[_matching_rule_pb2.MatchingRuleSet, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateMatchingRuleSetResponse(_message.Message):
    __slots__ = ("matching_rule_set",)
    MATCHING_RULE_SET_FIELD_NUMBER: _ClassVar[int]
    matching_rule_set: _matching_rule_pb2.MatchingRuleSet
    def __init__(self, matching_rule_set: _Optional[_Union[_matching_rule_pb2.MatchingRuleSet, _Mapping]] = ...) -> None: ...

class DeleteMatchingRuleSetRequest(_message.Message):
    __slots__ = ("matching_rule_set_id", "etag")
    MATCHING_RULE_SET_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    matching_rule_set_id: str
    etag: str
    def __init__(self, matching_rule_set_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteMatchingRuleSetResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StartReconciliationRequest(_message.Message):
    __slots__ = ("external_source_id", "upload_ids", "external_records", "balance_ids", "indicator_keys", "ledger_ids", "identity_ids", "begin_date", "end_date", "entry_time", "statuses", "matching_rule_set_id", "matching_rule_set_version", "matching_rules", "dry_run", "request_id")
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_IDS_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_RECORDS_FIELD_NUMBER: _ClassVar[int]
    BALANCE_IDS_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEYS_FIELD_NUMBER: _ClassVar[int]
    LEDGER_IDS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_IDS_FIELD_NUMBER: _ClassVar[int]
    BEGIN_DATE_FIELD_NUMBER: _ClassVar[int]
    END_DATE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_TIME_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_SET_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_SET_VERSION_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULES_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    external_source_id: str
    upload_ids: _containers.RepeatedScalarFieldContainer[str]
    external_records: _containers.RepeatedCompositeFieldContainer[_external_record_pb2.ExternalRecord]
    balance_ids: _containers.RepeatedScalarFieldContainer[str]
    indicator_keys: _containers.RepeatedCompositeFieldContainer[_balance_pb2.IndicatorKey]
    ledger_ids: _containers.RepeatedScalarFieldContainer[str]
    identity_ids: _containers.RepeatedScalarFieldContainer[str]
    begin_date: str
    end_date: str
    entry_time: _reconciliation_pb2.EntryTime
    statuses: _containers.RepeatedScalarFieldContainer[_transaction_pb2.TransactionStatus]
    matching_rule_set_id: str
    matching_rule_set_version: int
    matching_rules: _containers.RepeatedCompositeFieldContainer[_matching_rule_pb2.MatchingRuleReference]
    dry_run: bool
    request_id: str
    def __init__(self, external_source_id: _Optional[str] = ..., upload_ids: _Optional[_Iterable[str]] = ..., external_records: _Optional[_Iterable[_Union[_external_record_pb2.ExternalRecord, _Mapping]]] = ..., balance_ids: _Optional[_Iterable[str]] = ..., indicator_keys: _Optional[_Iterable[_Union[_balance_pb2.IndicatorKey, _Mapping]]] = ..., ledger_ids: _Optional[_Iterable[str]] = ..., identity_ids: _Optional[_Iterable[str]] = ..., begin_date: _Optional[str] = ..., end_date: _Optional[str] = ..., entry_time: _Optional[_Union[_reconciliation_pb2.EntryTime, str]] = ..., statuses: _Optional[_Iterable[_Union[_transaction_pb2.TransactionStatus, str]]] = ..., matching_rule_set_id: _Optional[str] = ..., matching_rule_set_version: _Optional[int] = ..., matching_rules: _Optional[_Iterable[_Union[_matching_rule_pb2.MatchingRuleReference, _Mapping]]] = ..., dry_run: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class StartReconciliationResponse(_message.Message):
    __slots__ = ("reconciliation", "replayed")
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    replayed: bool
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class GetReconciliationRequest(_message.Message):
    __slots__ = ("reconciliation_id",)
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ...) -> None: ...

class GetReconciliationResponse(_message.Message):
    __slots__ = ("reconciliation",)
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ...) -> None: ...

class ListReconciliationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListReconciliationsResponse(_message.Message):
    __slots__ = ("reconciliations", "next_page_token", "total_size")
    RECONCILIATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    reconciliations: _containers.RepeatedCompositeFieldContainer[_reconciliation_pb2.Reconciliation]
    next_page_token: str
    total_size: int
    def __init__(self, reconciliations: _Optional[_Iterable[_Union[_reconciliation_pb2.Reconciliation, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class CancelReconciliationRequest(_message.Message):
    __slots__ = ("reconciliation_id",)
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ...) -> None: ...

class CancelReconciliationResponse(_message.Message):
    __slots__ = ("reconciliation",)
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ...) -> None: ...

class WatchReconciliationRequest(_message.Message):
    __slots__ = ("reconciliation_id",)
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ...) -> None: ...

class WatchReconciliationResponse(_message.Message):
    __slots__ = ("reconciliation",)
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ...) -> None: ...

class ReplayReconciliationRequest(_message.Message):
    __slots__ = ("reconciliation_id", "request_id")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    request_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReplayReconciliationResponse(_message.Message):
    __slots__ = ("reconciliation", "replayed")
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    replayed: bool
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class ListMatchesRequest(_message.Message):
    __slots__ = ("reconciliation_id", "page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, reconciliation_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListMatchesResponse(_message.Message):
    __slots__ = ("reconciliation_matches", "next_page_token", "total_size")
    RECONCILIATION_MATCHES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    reconciliation_matches: _containers.RepeatedCompositeFieldContainer[_reconciliation_match_pb2.ReconciliationMatch]
    next_page_token: str
    total_size: int
    def __init__(self, reconciliation_matches: _Optional[_Iterable[_Union[_reconciliation_match_pb2.ReconciliationMatch, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class GetMatchRequest(_message.Message):
    __slots__ = ("reconciliation_id", "number")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    number: int
    def __init__(self, reconciliation_id: _Optional[str] = ..., number: _Optional[int] = ...) -> None: ...

class GetMatchResponse(_message.Message):
    __slots__ = ("reconciliation_match",)
    RECONCILIATION_MATCH_FIELD_NUMBER: _ClassVar[int]
    reconciliation_match: _reconciliation_match_pb2.ReconciliationMatch
    def __init__(self, reconciliation_match: _Optional[_Union[_reconciliation_match_pb2.ReconciliationMatch, _Mapping]] = ...) -> None: ...

class ListUnmatchedRowsRequest(_message.Message):
    __slots__ = ("reconciliation_id", "page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes", "nearest_count")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    NEAREST_COUNT_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    nearest_count: int
    def __init__(self, reconciliation_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ..., nearest_count: _Optional[int] = ...) -> None: ...

class ListUnmatchedRowsResponse(_message.Message):
    __slots__ = ("unmatched_rows", "next_page_token", "total_size")
    UNMATCHED_ROWS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    unmatched_rows: _containers.RepeatedCompositeFieldContainer[_reconciliation_match_pb2.UnmatchedRow]
    next_page_token: str
    total_size: int
    def __init__(self, unmatched_rows: _Optional[_Iterable[_Union[_reconciliation_match_pb2.UnmatchedRow, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class ExplainPairRequest(_message.Message):
    __slots__ = ("reconciliation_id", "external_record_id", "entry", "rule_place")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    RULE_PLACE_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    external_record_id: str
    entry: _reconciliation_match_pb2.ReconciliationEntryKey
    rule_place: int
    def __init__(self, reconciliation_id: _Optional[str] = ..., external_record_id: _Optional[str] = ..., entry: _Optional[_Union[_reconciliation_match_pb2.ReconciliationEntryKey, _Mapping]] = ..., rule_place: _Optional[int] = ...) -> None: ...

class ExplainPairResponse(_message.Message):
    __slots__ = ("record", "entry", "explanations")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    EXPLANATIONS_FIELD_NUMBER: _ClassVar[int]
    record: _external_record_pb2.ExternalRecord
    entry: _reconciliation_match_pb2.ReconciliationEntry
    explanations: _containers.RepeatedCompositeFieldContainer[_reconciliation_match_pb2.RuleExplanation]
    def __init__(self, record: _Optional[_Union[_external_record_pb2.ExternalRecord, _Mapping]] = ..., entry: _Optional[_Union[_reconciliation_match_pb2.ReconciliationEntry, _Mapping]] = ..., explanations: _Optional[_Iterable[_Union[_reconciliation_match_pb2.RuleExplanation, _Mapping]]] = ...) -> None: ...

class ConfirmMatchesRequest(_message.Message):
    __slots__ = ("reconciliation_id", "selection", "reason", "request_id")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    selection: _reconciliation_match_pb2.MatchSelection
    reason: str
    request_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., selection: _Optional[_Union[_reconciliation_match_pb2.MatchSelection, _Mapping]] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ConfirmMatchesResponse(_message.Message):
    __slots__ = ("reconciliation_decision", "replayed", "skipped", "skipped_count")
    RECONCILIATION_DECISION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    reconciliation_decision: _reconciliation_match_pb2.ReconciliationDecision
    replayed: bool
    skipped: _containers.RepeatedCompositeFieldContainer[_reconciliation_match_pb2.SkippedMatch]
    skipped_count: int
    def __init__(self, reconciliation_decision: _Optional[_Union[_reconciliation_match_pb2.ReconciliationDecision, _Mapping]] = ..., replayed: bool = ..., skipped: _Optional[_Iterable[_Union[_reconciliation_match_pb2.SkippedMatch, _Mapping]]] = ..., skipped_count: _Optional[int] = ...) -> None: ...

class RejectMatchesRequest(_message.Message):
    __slots__ = ("reconciliation_id", "selection", "reason", "request_id")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    selection: _reconciliation_match_pb2.MatchSelection
    reason: str
    request_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., selection: _Optional[_Union[_reconciliation_match_pb2.MatchSelection, _Mapping]] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RejectMatchesResponse(_message.Message):
    __slots__ = ("reconciliation_decision", "replayed", "skipped", "skipped_count")
    RECONCILIATION_DECISION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    reconciliation_decision: _reconciliation_match_pb2.ReconciliationDecision
    replayed: bool
    skipped: _containers.RepeatedCompositeFieldContainer[_reconciliation_match_pb2.SkippedMatch]
    skipped_count: int
    def __init__(self, reconciliation_decision: _Optional[_Union[_reconciliation_match_pb2.ReconciliationDecision, _Mapping]] = ..., replayed: bool = ..., skipped: _Optional[_Iterable[_Union[_reconciliation_match_pb2.SkippedMatch, _Mapping]]] = ..., skipped_count: _Optional[int] = ...) -> None: ...

class CreateMatchRequest(_message.Message):
    __slots__ = ("reconciliation_id", "external_record_ids", "entries", "reason", "request_id")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_RECORD_IDS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    external_record_ids: _containers.RepeatedScalarFieldContainer[str]
    entries: _containers.RepeatedCompositeFieldContainer[_reconciliation_match_pb2.ReconciliationEntryKey]
    reason: str
    request_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., external_record_ids: _Optional[_Iterable[str]] = ..., entries: _Optional[_Iterable[_Union[_reconciliation_match_pb2.ReconciliationEntryKey, _Mapping]]] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateMatchResponse(_message.Message):
    __slots__ = ("reconciliation_decision", "replayed", "reconciliation_match")
    RECONCILIATION_DECISION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_MATCH_FIELD_NUMBER: _ClassVar[int]
    reconciliation_decision: _reconciliation_match_pb2.ReconciliationDecision
    replayed: bool
    reconciliation_match: _reconciliation_match_pb2.ReconciliationMatch
    def __init__(self, reconciliation_decision: _Optional[_Union[_reconciliation_match_pb2.ReconciliationDecision, _Mapping]] = ..., replayed: bool = ..., reconciliation_match: _Optional[_Union[_reconciliation_match_pb2.ReconciliationMatch, _Mapping]] = ...) -> None: ...

class ReleaseMatchRequest(_message.Message):
    __slots__ = ("reconciliation_id", "number", "reason", "request_id")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    number: int
    reason: str
    request_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., number: _Optional[int] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReleaseMatchResponse(_message.Message):
    __slots__ = ("reconciliation_decision", "replayed", "reconciliation_match")
    RECONCILIATION_DECISION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_MATCH_FIELD_NUMBER: _ClassVar[int]
    reconciliation_decision: _reconciliation_match_pb2.ReconciliationDecision
    replayed: bool
    reconciliation_match: _reconciliation_match_pb2.ReconciliationMatch
    def __init__(self, reconciliation_decision: _Optional[_Union[_reconciliation_match_pb2.ReconciliationDecision, _Mapping]] = ..., replayed: bool = ..., reconciliation_match: _Optional[_Union[_reconciliation_match_pb2.ReconciliationMatch, _Mapping]] = ...) -> None: ...

class IgnoreRowsRequest(_message.Message):
    __slots__ = ("external_source_id", "external_record_ids", "entries", "reason", "request_id")
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_RECORD_IDS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    external_source_id: str
    external_record_ids: _containers.RepeatedScalarFieldContainer[str]
    entries: _containers.RepeatedCompositeFieldContainer[_reconciliation_match_pb2.ReconciliationEntryKey]
    reason: str
    request_id: str
    def __init__(self, external_source_id: _Optional[str] = ..., external_record_ids: _Optional[_Iterable[str]] = ..., entries: _Optional[_Iterable[_Union[_reconciliation_match_pb2.ReconciliationEntryKey, _Mapping]]] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class IgnoreRowsResponse(_message.Message):
    __slots__ = ("reconciliation_decision", "replayed")
    RECONCILIATION_DECISION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    reconciliation_decision: _reconciliation_match_pb2.ReconciliationDecision
    replayed: bool
    def __init__(self, reconciliation_decision: _Optional[_Union[_reconciliation_match_pb2.ReconciliationDecision, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class RestoreRowsRequest(_message.Message):
    __slots__ = ("external_source_id", "external_record_ids", "entries", "reason", "request_id")
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_RECORD_IDS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    external_source_id: str
    external_record_ids: _containers.RepeatedScalarFieldContainer[str]
    entries: _containers.RepeatedCompositeFieldContainer[_reconciliation_match_pb2.ReconciliationEntryKey]
    reason: str
    request_id: str
    def __init__(self, external_source_id: _Optional[str] = ..., external_record_ids: _Optional[_Iterable[str]] = ..., entries: _Optional[_Iterable[_Union[_reconciliation_match_pb2.ReconciliationEntryKey, _Mapping]]] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RestoreRowsResponse(_message.Message):
    __slots__ = ("reconciliation_decision", "replayed")
    RECONCILIATION_DECISION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    reconciliation_decision: _reconciliation_match_pb2.ReconciliationDecision
    replayed: bool
    def __init__(self, reconciliation_decision: _Optional[_Union[_reconciliation_match_pb2.ReconciliationDecision, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class ListReconciliationDecisionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListReconciliationDecisionsResponse(_message.Message):
    __slots__ = ("reconciliation_decisions", "next_page_token", "total_size")
    RECONCILIATION_DECISIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    reconciliation_decisions: _containers.RepeatedCompositeFieldContainer[_reconciliation_match_pb2.ReconciliationDecision]
    next_page_token: str
    total_size: int
    def __init__(self, reconciliation_decisions: _Optional[_Iterable[_Union[_reconciliation_match_pb2.ReconciliationDecision, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class GetReconciliationExceptionRequest(_message.Message):
    __slots__ = ("reconciliation_exception_id",)
    RECONCILIATION_EXCEPTION_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_exception_id: str
    def __init__(self, reconciliation_exception_id: _Optional[str] = ...) -> None: ...

class GetReconciliationExceptionResponse(_message.Message):
    __slots__ = ("reconciliation_exception",)
    RECONCILIATION_EXCEPTION_FIELD_NUMBER: _ClassVar[int]
    reconciliation_exception: _reconciliation_exception_pb2.ReconciliationException
    def __init__(self, reconciliation_exception: _Optional[_Union[_reconciliation_exception_pb2.ReconciliationException, _Mapping]] = ...) -> None: ...

class ListReconciliationExceptionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes", "age_buckets_external_source_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    AGE_BUCKETS_EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    age_buckets_external_source_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ..., age_buckets_external_source_id: _Optional[str] = ...) -> None: ...

class ListReconciliationExceptionsResponse(_message.Message):
    __slots__ = ("reconciliation_exceptions", "next_page_token", "total_size", "age_buckets")
    RECONCILIATION_EXCEPTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    AGE_BUCKETS_FIELD_NUMBER: _ClassVar[int]
    reconciliation_exceptions: _containers.RepeatedCompositeFieldContainer[_reconciliation_exception_pb2.ReconciliationException]
    next_page_token: str
    total_size: int
    age_buckets: _containers.RepeatedCompositeFieldContainer[_reconciliation_exception_pb2.ReconciliationAgeBucket]
    def __init__(self, reconciliation_exceptions: _Optional[_Iterable[_Union[_reconciliation_exception_pb2.ReconciliationException, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ..., age_buckets: _Optional[_Iterable[_Union[_reconciliation_exception_pb2.ReconciliationAgeBucket, _Mapping]]] = ...) -> None: ...

class UpdateReconciliationExceptionRequest(_message.Message):
    __slots__ = ("reconciliation_exception", "update_mask")
    RECONCILIATION_EXCEPTION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    reconciliation_exception: _reconciliation_exception_pb2.ReconciliationException
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, reconciliation_exception: _Optional[_Union[_reconciliation_exception_pb2.ReconciliationException, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateReconciliationExceptionResponse(_message.Message):
    __slots__ = ("reconciliation_exception",)
    RECONCILIATION_EXCEPTION_FIELD_NUMBER: _ClassVar[int]
    reconciliation_exception: _reconciliation_exception_pb2.ReconciliationException
    def __init__(self, reconciliation_exception: _Optional[_Union[_reconciliation_exception_pb2.ReconciliationException, _Mapping]] = ...) -> None: ...

class CreateReconciliationStatementRequest(_message.Message):
    __slots__ = ("scope", "item_count", "validate_only", "request_id")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    scope: _reconciliation_statement_pb2.ReconciliationStatementScope
    item_count: int
    validate_only: bool
    request_id: str
    def __init__(self, scope: _Optional[_Union[_reconciliation_statement_pb2.ReconciliationStatementScope, _Mapping]] = ..., item_count: _Optional[int] = ..., validate_only: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateReconciliationStatementResponse(_message.Message):
    __slots__ = ("reconciliation_statement", "replayed")
    RECONCILIATION_STATEMENT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    reconciliation_statement: _reconciliation_statement_pb2.ReconciliationStatement
    replayed: bool
    def __init__(self, reconciliation_statement: _Optional[_Union[_reconciliation_statement_pb2.ReconciliationStatement, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class GetReconciliationStatementRequest(_message.Message):
    __slots__ = ("reconciliation_statement_id", "item_count", "include_comparison")
    RECONCILIATION_STATEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_COMPARISON_FIELD_NUMBER: _ClassVar[int]
    reconciliation_statement_id: str
    item_count: int
    include_comparison: bool
    def __init__(self, reconciliation_statement_id: _Optional[str] = ..., item_count: _Optional[int] = ..., include_comparison: bool = ...) -> None: ...

class GetReconciliationStatementResponse(_message.Message):
    __slots__ = ("reconciliation_statement", "comparison")
    RECONCILIATION_STATEMENT_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    reconciliation_statement: _reconciliation_statement_pb2.ReconciliationStatement
    comparison: _reconciliation_statement_pb2.ReconciliationStatementComparison
    def __init__(self, reconciliation_statement: _Optional[_Union[_reconciliation_statement_pb2.ReconciliationStatement, _Mapping]] = ..., comparison: _Optional[_Union[_reconciliation_statement_pb2.ReconciliationStatementComparison, _Mapping]] = ...) -> None: ...

class ListReconciliationStatementsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListReconciliationStatementsResponse(_message.Message):
    __slots__ = ("reconciliation_statements", "next_page_token", "total_size")
    RECONCILIATION_STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    reconciliation_statements: _containers.RepeatedCompositeFieldContainer[_reconciliation_statement_pb2.ReconciliationStatement]
    next_page_token: str
    total_size: int
    def __init__(self, reconciliation_statements: _Optional[_Iterable[_Union[_reconciliation_statement_pb2.ReconciliationStatement, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class ConfirmReconciliationStatementRequest(_message.Message):
    __slots__ = ("reconciliation_statement_id", "reason", "request_id")
    RECONCILIATION_STATEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_statement_id: str
    reason: str
    request_id: str
    def __init__(self, reconciliation_statement_id: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ConfirmReconciliationStatementResponse(_message.Message):
    __slots__ = ("reconciliation_statement", "replayed")
    RECONCILIATION_STATEMENT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    reconciliation_statement: _reconciliation_statement_pb2.ReconciliationStatement
    replayed: bool
    def __init__(self, reconciliation_statement: _Optional[_Union[_reconciliation_statement_pb2.ReconciliationStatement, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class ExportReconciliationStatementRequest(_message.Message):
    __slots__ = ("reconciliation_statement_id", "scope", "content", "format")
    RECONCILIATION_STATEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    reconciliation_statement_id: str
    scope: _reconciliation_statement_pb2.ReconciliationStatementScope
    content: ReconciliationExportContent
    format: ReconciliationExportFormat
    def __init__(self, reconciliation_statement_id: _Optional[str] = ..., scope: _Optional[_Union[_reconciliation_statement_pb2.ReconciliationStatementScope, _Mapping]] = ..., content: _Optional[_Union[ReconciliationExportContent, str]] = ..., format: _Optional[_Union[ReconciliationExportFormat, str]] = ...) -> None: ...

class ExportReconciliationStatementResponse(_message.Message):
    __slots__ = ("started", "data")
    STARTED_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    started: ExportReconciliationStatementStarted
    data: bytes
    def __init__(self, started: _Optional[_Union[ExportReconciliationStatementStarted, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class ExportReconciliationStatementStarted(_message.Message):
    __slots__ = ("file_name", "content_type")
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    file_name: str
    content_type: str
    def __init__(self, file_name: _Optional[str] = ..., content_type: _Optional[str] = ...) -> None: ...

class GetReconciliationAdjustmentRequest(_message.Message):
    __slots__ = ("reconciliation_adjustment_id",)
    RECONCILIATION_ADJUSTMENT_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_adjustment_id: str
    def __init__(self, reconciliation_adjustment_id: _Optional[str] = ...) -> None: ...

class GetReconciliationAdjustmentResponse(_message.Message):
    __slots__ = ("reconciliation_adjustment",)
    RECONCILIATION_ADJUSTMENT_FIELD_NUMBER: _ClassVar[int]
    reconciliation_adjustment: _reconciliation_adjustment_pb2.ReconciliationAdjustment
    def __init__(self, reconciliation_adjustment: _Optional[_Union[_reconciliation_adjustment_pb2.ReconciliationAdjustment, _Mapping]] = ...) -> None: ...

class ListReconciliationAdjustmentsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListReconciliationAdjustmentsResponse(_message.Message):
    __slots__ = ("reconciliation_adjustments", "next_page_token", "total_size")
    RECONCILIATION_ADJUSTMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    reconciliation_adjustments: _containers.RepeatedCompositeFieldContainer[_reconciliation_adjustment_pb2.ReconciliationAdjustment]
    next_page_token: str
    total_size: int
    def __init__(self, reconciliation_adjustments: _Optional[_Iterable[_Union[_reconciliation_adjustment_pb2.ReconciliationAdjustment, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class PostReconciliationAdjustmentsRequest(_message.Message):
    __slots__ = ("reconciliation_id", "selection", "reason", "effective_time", "request_id")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    selection: _reconciliation_adjustment_pb2.ReconciliationAdjustmentSelection
    reason: str
    effective_time: _timestamp_pb2.Timestamp
    request_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., selection: _Optional[_Union[_reconciliation_adjustment_pb2.ReconciliationAdjustmentSelection, _Mapping]] = ..., reason: _Optional[str] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class PostReconciliationAdjustmentsResponse(_message.Message):
    __slots__ = ("posted_count", "skipped", "skipped_count", "replayed")
    POSTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    posted_count: int
    skipped: _containers.RepeatedCompositeFieldContainer[_reconciliation_adjustment_pb2.SkippedReconciliationAdjustment]
    skipped_count: int
    replayed: bool
    def __init__(self, posted_count: _Optional[int] = ..., skipped: _Optional[_Iterable[_Union[_reconciliation_adjustment_pb2.SkippedReconciliationAdjustment, _Mapping]]] = ..., skipped_count: _Optional[int] = ..., replayed: bool = ...) -> None: ...

class RejectReconciliationAdjustmentsRequest(_message.Message):
    __slots__ = ("reconciliation_id", "selection", "reason", "request_id")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    selection: _reconciliation_adjustment_pb2.ReconciliationAdjustmentSelection
    reason: str
    request_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., selection: _Optional[_Union[_reconciliation_adjustment_pb2.ReconciliationAdjustmentSelection, _Mapping]] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RejectReconciliationAdjustmentsResponse(_message.Message):
    __slots__ = ("rejected_count", "skipped", "skipped_count", "replayed")
    REJECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    rejected_count: int
    skipped: _containers.RepeatedCompositeFieldContainer[_reconciliation_adjustment_pb2.SkippedReconciliationAdjustment]
    skipped_count: int
    replayed: bool
    def __init__(self, rejected_count: _Optional[int] = ..., skipped: _Optional[_Iterable[_Union[_reconciliation_adjustment_pb2.SkippedReconciliationAdjustment, _Mapping]]] = ..., skipped_count: _Optional[int] = ..., replayed: bool = ...) -> None: ...

class ReverseReconciliationAdjustmentRequest(_message.Message):
    __slots__ = ("reconciliation_adjustment_id", "reason", "request_id")
    RECONCILIATION_ADJUSTMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_adjustment_id: str
    reason: str
    request_id: str
    def __init__(self, reconciliation_adjustment_id: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReverseReconciliationAdjustmentResponse(_message.Message):
    __slots__ = ("reconciliation_adjustment", "replayed")
    RECONCILIATION_ADJUSTMENT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    reconciliation_adjustment: _reconciliation_adjustment_pb2.ReconciliationAdjustment
    replayed: bool
    def __init__(self, reconciliation_adjustment: _Optional[_Union[_reconciliation_adjustment_pb2.ReconciliationAdjustment, _Mapping]] = ..., replayed: bool = ...) -> None: ...
