from ledgerapi.v1 import matching_rule_pb2 as _matching_rule_pb2
from ledgerapi.v1 import reconciliation_pb2 as _reconciliation_pb2
from ledgerapi.v1 import upload_pb2 as _upload_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateMatchingRuleRequest(_message.Message):
    __slots__ = ("matching_rule", "request_id")
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    matching_rule: _matching_rule_pb2.MatchingRule
    request_id: str
    def __init__(self, matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRule, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateMatchingRuleResponse(_message.Message):
    __slots__ = ("matching_rule",)
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    matching_rule: _matching_rule_pb2.MatchingRule
    def __init__(self, matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRule, _Mapping]] = ...) -> None: ...

class GetMatchingRuleRequest(_message.Message):
    __slots__ = ("matching_rule_id",)
    MATCHING_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    matching_rule_id: str
    def __init__(self, matching_rule_id: _Optional[str] = ...) -> None: ...

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

class DeleteMatchingRuleRequest(_message.Message):
    __slots__ = ("matching_rule_id",)
    MATCHING_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    matching_rule_id: str
    def __init__(self, matching_rule_id: _Optional[str] = ...) -> None: ...

class DeleteMatchingRuleResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UploadExternalRowsRequest(_message.Message):
    __slots__ = ("upload_id", "source", "rows", "complete", "request_id")
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    upload_id: str
    source: str
    rows: _containers.RepeatedCompositeFieldContainer[_upload_pb2.ExternalRow]
    complete: bool
    request_id: str
    def __init__(self, upload_id: _Optional[str] = ..., source: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[_upload_pb2.ExternalRow, _Mapping]]] = ..., complete: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class UploadExternalRowsResponse(_message.Message):
    __slots__ = ("upload",)
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    upload: _upload_pb2.Upload
    def __init__(self, upload: _Optional[_Union[_upload_pb2.Upload, _Mapping]] = ...) -> None: ...

class StartReconciliationRequest(_message.Message):
    __slots__ = ("upload_id", "matching_rule_ids", "strategy", "dry_run", "request_id")
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_IDS_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    upload_id: str
    matching_rule_ids: _containers.RepeatedScalarFieldContainer[str]
    strategy: _reconciliation_pb2.ReconciliationStrategy
    dry_run: bool
    request_id: str
    def __init__(self, upload_id: _Optional[str] = ..., matching_rule_ids: _Optional[_Iterable[str]] = ..., strategy: _Optional[_Union[_reconciliation_pb2.ReconciliationStrategy, str]] = ..., dry_run: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class StartReconciliationResponse(_message.Message):
    __slots__ = ("reconciliation",)
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ...) -> None: ...

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
