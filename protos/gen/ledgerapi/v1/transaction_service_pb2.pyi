import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from ledgerapi.v1 import balance_pb2 as _balance_pb2
from ledgerapi.v1 import batch_pb2 as _batch_pb2
from ledgerapi.v1 import draft_pb2 as _draft_pb2
from ledgerapi.v1 import event_pb2 as _event_pb2
from ledgerapi.v1 import operation_pb2 as _operation_pb2
from ledgerapi.v1 import rejection_pb2 as _rejection_pb2
from ledgerapi.v1 import transaction_pb2 as _transaction_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PostTransactionRequest(_message.Message):
    __slots__ = ("draft", "validate_only", "view")
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    draft: _draft_pb2.Draft
    validate_only: bool
    view: _operation_pb2.TransactionView
    def __init__(self, draft: _Optional[_Union[_draft_pb2.Draft, _Mapping]] = ..., validate_only: bool = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class PostTransactionResponse(_message.Message):
    __slots__ = ("transaction", "replayed", "legs")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    replayed: bool
    legs: _containers.RepeatedCompositeFieldContainer[_transaction_pb2.Transaction]
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., replayed: bool = ..., legs: _Optional[_Iterable[_Union[_transaction_pb2.Transaction, _Mapping]]] = ...) -> None: ...

class PostBatchRequest(_message.Message):
    __slots__ = ("mode", "operations", "validate_only", "view", "run_async", "request_id", "max_response_bytes", "metadata")
    MODE_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    RUN_ASYNC_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    mode: _batch_pb2.BatchMode
    operations: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Operation]
    validate_only: bool
    view: _operation_pb2.TransactionView
    run_async: bool
    request_id: str
    max_response_bytes: int
    metadata: _struct_pb2.Struct
    def __init__(self, mode: _Optional[_Union[_batch_pb2.BatchMode, str]] = ..., operations: _Optional[_Iterable[_Union[_operation_pb2.Operation, _Mapping]]] = ..., validate_only: bool = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ..., run_async: bool = ..., request_id: _Optional[str] = ..., max_response_bytes: _Optional[int] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class PostBatchResponse(_message.Message):
    __slots__ = ("batch", "results", "reduced", "replayed")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    REDUCED_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    results: _containers.RepeatedCompositeFieldContainer[_operation_pb2.OperationResult]
    reduced: bool
    replayed: bool
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ..., results: _Optional[_Iterable[_Union[_operation_pb2.OperationResult, _Mapping]]] = ..., reduced: bool = ..., replayed: bool = ...) -> None: ...

class PostStreamRequest(_message.Message):
    __slots__ = ("open", "chunk", "finish")
    OPEN_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    open: PostStreamOpen
    chunk: PostStreamChunk
    finish: PostStreamFinish
    def __init__(self, open: _Optional[_Union[PostStreamOpen, _Mapping]] = ..., chunk: _Optional[_Union[PostStreamChunk, _Mapping]] = ..., finish: _Optional[_Union[PostStreamFinish, _Mapping]] = ...) -> None: ...

class PostStreamResponse(_message.Message):
    __slots__ = ("opened", "result", "finished", "going_away")
    OPENED_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    GOING_AWAY_FIELD_NUMBER: _ClassVar[int]
    opened: PostStreamOpened
    result: PostStreamChunkResult
    finished: PostStreamFinished
    going_away: PostStreamGoingAway
    def __init__(self, opened: _Optional[_Union[PostStreamOpened, _Mapping]] = ..., result: _Optional[_Union[PostStreamChunkResult, _Mapping]] = ..., finished: _Optional[_Union[PostStreamFinished, _Mapping]] = ..., going_away: _Optional[_Union[PostStreamGoingAway, _Mapping]] = ...) -> None: ...

class PostStreamOpen(_message.Message):
    __slots__ = ("view", "validate_only", "max_response_bytes")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    view: _operation_pb2.TransactionView
    validate_only: bool
    max_response_bytes: int
    def __init__(self, view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ..., validate_only: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class PostStreamChunk(_message.Message):
    __slots__ = ("sequence", "mode", "operations", "metadata")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    mode: _batch_pb2.BatchMode
    operations: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Operation]
    metadata: _struct_pb2.Struct
    def __init__(self, sequence: _Optional[int] = ..., mode: _Optional[_Union[_batch_pb2.BatchMode, str]] = ..., operations: _Optional[_Iterable[_Union[_operation_pb2.Operation, _Mapping]]] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class PostStreamFinish(_message.Message):
    __slots__ = ("operation_count",)
    OPERATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    operation_count: int
    def __init__(self, operation_count: _Optional[int] = ...) -> None: ...

class PostStreamOpened(_message.Message):
    __slots__ = ("max_chunk_operations", "max_chunk_bytes", "max_chunks_in_flight")
    MAX_CHUNK_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_CHUNK_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_CHUNKS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    max_chunk_operations: int
    max_chunk_bytes: int
    max_chunks_in_flight: int
    def __init__(self, max_chunk_operations: _Optional[int] = ..., max_chunk_bytes: _Optional[int] = ..., max_chunks_in_flight: _Optional[int] = ...) -> None: ...

class PostStreamChunkResult(_message.Message):
    __slots__ = ("sequence", "results", "batch_id", "rejection", "posted_count", "replayed_count", "rejected_count", "reduced")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    POSTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REDUCED_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    results: _containers.RepeatedCompositeFieldContainer[_operation_pb2.OperationResult]
    batch_id: str
    rejection: _rejection_pb2.Rejection
    posted_count: int
    replayed_count: int
    rejected_count: int
    reduced: bool
    def __init__(self, sequence: _Optional[int] = ..., results: _Optional[_Iterable[_Union[_operation_pb2.OperationResult, _Mapping]]] = ..., batch_id: _Optional[str] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ..., posted_count: _Optional[int] = ..., replayed_count: _Optional[int] = ..., rejected_count: _Optional[int] = ..., reduced: bool = ...) -> None: ...

class PostStreamFinished(_message.Message):
    __slots__ = ("chunk_count", "operation_count", "posted_count", "replayed_count", "rejected_count")
    CHUNK_COUNT_FIELD_NUMBER: _ClassVar[int]
    OPERATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    chunk_count: int
    operation_count: int
    posted_count: int
    replayed_count: int
    rejected_count: int
    def __init__(self, chunk_count: _Optional[int] = ..., operation_count: _Optional[int] = ..., posted_count: _Optional[int] = ..., replayed_count: _Optional[int] = ..., rejected_count: _Optional[int] = ...) -> None: ...

class PostStreamGoingAway(_message.Message):
    __slots__ = ("rejection", "last_sequence")
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    rejection: _rejection_pb2.Rejection
    last_sequence: int
    def __init__(self, rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ..., last_sequence: _Optional[int] = ...) -> None: ...

class CommitHoldRequest(_message.Message):
    __slots__ = ("commit_hold", "validate_only", "view")
    COMMIT_HOLD_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    commit_hold: _operation_pb2.CommitHold
    validate_only: bool
    view: _operation_pb2.TransactionView
    def __init__(self, commit_hold: _Optional[_Union[_operation_pb2.CommitHold, _Mapping]] = ..., validate_only: bool = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class CommitHoldResponse(_message.Message):
    __slots__ = ("transaction", "hold", "replayed", "legs")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    hold: _transaction_pb2.Transaction
    replayed: bool
    legs: _containers.RepeatedCompositeFieldContainer[_transaction_pb2.Transaction]
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., hold: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., replayed: bool = ..., legs: _Optional[_Iterable[_Union[_transaction_pb2.Transaction, _Mapping]]] = ...) -> None: ...

class VoidHoldRequest(_message.Message):
    __slots__ = ("void_hold", "validate_only", "view")
    VOID_HOLD_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    void_hold: _operation_pb2.VoidHold
    validate_only: bool
    view: _operation_pb2.TransactionView
    def __init__(self, void_hold: _Optional[_Union[_operation_pb2.VoidHold, _Mapping]] = ..., validate_only: bool = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class VoidHoldResponse(_message.Message):
    __slots__ = ("transaction", "hold", "replayed", "legs")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    hold: _transaction_pb2.Transaction
    replayed: bool
    legs: _containers.RepeatedCompositeFieldContainer[_transaction_pb2.Transaction]
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., hold: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., replayed: bool = ..., legs: _Optional[_Iterable[_Union[_transaction_pb2.Transaction, _Mapping]]] = ...) -> None: ...

class AdjustHoldRequest(_message.Message):
    __slots__ = ("adjust_hold", "validate_only", "view")
    ADJUST_HOLD_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    adjust_hold: _operation_pb2.AdjustHold
    validate_only: bool
    view: _operation_pb2.TransactionView
    def __init__(self, adjust_hold: _Optional[_Union[_operation_pb2.AdjustHold, _Mapping]] = ..., validate_only: bool = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class AdjustHoldResponse(_message.Message):
    __slots__ = ("transaction", "hold", "replayed")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    hold: _transaction_pb2.Transaction
    replayed: bool
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., hold: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class RefundTransactionRequest(_message.Message):
    __slots__ = ("refund", "validate_only", "view")
    REFUND_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    refund: _operation_pb2.RefundTransaction
    validate_only: bool
    view: _operation_pb2.TransactionView
    def __init__(self, refund: _Optional[_Union[_operation_pb2.RefundTransaction, _Mapping]] = ..., validate_only: bool = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class RefundTransactionResponse(_message.Message):
    __slots__ = ("transaction", "refunded", "replayed", "legs")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    refunded: _transaction_pb2.Transaction
    replayed: bool
    legs: _containers.RepeatedCompositeFieldContainer[_transaction_pb2.Transaction]
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., refunded: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., replayed: bool = ..., legs: _Optional[_Iterable[_Union[_transaction_pb2.Transaction, _Mapping]]] = ...) -> None: ...

class CancelTransactionRequest(_message.Message):
    __slots__ = ("cancel", "validate_only", "view")
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    cancel: _operation_pb2.CancelTransaction
    validate_only: bool
    view: _operation_pb2.TransactionView
    def __init__(self, cancel: _Optional[_Union[_operation_pb2.CancelTransaction, _Mapping]] = ..., validate_only: bool = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class CancelTransactionResponse(_message.Message):
    __slots__ = ("transaction", "amended", "replayed", "transaction_count")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    AMENDED_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    amended: _transaction_pb2.Transaction
    replayed: bool
    transaction_count: int
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., amended: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., replayed: bool = ..., transaction_count: _Optional[int] = ...) -> None: ...

class RescheduleTransactionRequest(_message.Message):
    __slots__ = ("reschedule", "validate_only", "view")
    RESCHEDULE_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    reschedule: _operation_pb2.RescheduleTransaction
    validate_only: bool
    view: _operation_pb2.TransactionView
    def __init__(self, reschedule: _Optional[_Union[_operation_pb2.RescheduleTransaction, _Mapping]] = ..., validate_only: bool = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class RescheduleTransactionResponse(_message.Message):
    __slots__ = ("transaction", "amended", "replayed", "transaction_count")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    AMENDED_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    amended: _transaction_pb2.Transaction
    replayed: bool
    transaction_count: int
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., amended: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., replayed: bool = ..., transaction_count: _Optional[int] = ...) -> None: ...

class ApproveTransactionRequest(_message.Message):
    __slots__ = ("approve", "validate_only", "view")
    APPROVE_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    approve: _operation_pb2.ApproveTransaction
    validate_only: bool
    view: _operation_pb2.TransactionView
    def __init__(self, approve: _Optional[_Union[_operation_pb2.ApproveTransaction, _Mapping]] = ..., validate_only: bool = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class ApproveTransactionResponse(_message.Message):
    __slots__ = ("transaction", "amended", "replayed", "transaction_count")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    AMENDED_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    amended: _transaction_pb2.Transaction
    replayed: bool
    transaction_count: int
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., amended: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., replayed: bool = ..., transaction_count: _Optional[int] = ...) -> None: ...

class DenyTransactionRequest(_message.Message):
    __slots__ = ("deny", "validate_only", "view")
    DENY_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    deny: _operation_pb2.DenyTransaction
    validate_only: bool
    view: _operation_pb2.TransactionView
    def __init__(self, deny: _Optional[_Union[_operation_pb2.DenyTransaction, _Mapping]] = ..., validate_only: bool = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class DenyTransactionResponse(_message.Message):
    __slots__ = ("transaction", "amended", "replayed", "transaction_count")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    AMENDED_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    amended: _transaction_pb2.Transaction
    replayed: bool
    transaction_count: int
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., amended: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., replayed: bool = ..., transaction_count: _Optional[int] = ...) -> None: ...

class WaitTransactionRequest(_message.Message):
    __slots__ = ("transaction_id", "reference", "timeout", "view")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    reference: str
    timeout: _duration_pb2.Duration
    view: _operation_pb2.TransactionView
    def __init__(self, transaction_id: _Optional[str] = ..., reference: _Optional[str] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class WaitTransactionResponse(_message.Message):
    __slots__ = ("transaction", "deferred")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    DEFERRED_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    deferred: bool
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., deferred: bool = ...) -> None: ...

class GetTransactionRequest(_message.Message):
    __slots__ = ("transaction_id", "reference", "view")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    reference: str
    view: _operation_pb2.TransactionView
    def __init__(self, transaction_id: _Optional[str] = ..., reference: _Optional[str] = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class GetTransactionResponse(_message.Message):
    __slots__ = ("transaction",)
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ...) -> None: ...

class ListTransactionsRequest(_message.Message):
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
    view: _operation_pb2.TransactionView
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ..., view: _Optional[_Union[_operation_pb2.TransactionView, str]] = ...) -> None: ...

class ListTransactionsResponse(_message.Message):
    __slots__ = ("transactions", "next_page_token", "total_size")
    TRANSACTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    transactions: _containers.RepeatedCompositeFieldContainer[_transaction_pb2.Transaction]
    next_page_token: str
    total_size: int
    def __init__(self, transactions: _Optional[_Iterable[_Union[_transaction_pb2.Transaction, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class WatchTransactionsRequest(_message.Message):
    __slots__ = ("after_cursor", "filter", "balance_ids", "indicator_keys", "from_beginning")
    AFTER_CURSOR_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    BALANCE_IDS_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEYS_FIELD_NUMBER: _ClassVar[int]
    FROM_BEGINNING_FIELD_NUMBER: _ClassVar[int]
    after_cursor: str
    filter: str
    balance_ids: _containers.RepeatedScalarFieldContainer[str]
    indicator_keys: _containers.RepeatedCompositeFieldContainer[_balance_pb2.IndicatorKey]
    from_beginning: bool
    def __init__(self, after_cursor: _Optional[str] = ..., filter: _Optional[str] = ..., balance_ids: _Optional[_Iterable[str]] = ..., indicator_keys: _Optional[_Iterable[_Union[_balance_pb2.IndicatorKey, _Mapping]]] = ..., from_beginning: bool = ...) -> None: ...

class WatchTransactionsResponse(_message.Message):
    __slots__ = ("event", "heartbeat")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    event: _event_pb2.Event
    heartbeat: _event_pb2.Heartbeat
    def __init__(self, event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ..., heartbeat: _Optional[_Union[_event_pb2.Heartbeat, _Mapping]] = ...) -> None: ...

class GetBatchRequest(_message.Message):
    __slots__ = ("batch_id",)
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    def __init__(self, batch_id: _Optional[str] = ...) -> None: ...

class GetBatchResponse(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ...) -> None: ...

class ListBatchesRequest(_message.Message):
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

class ListBatchesResponse(_message.Message):
    __slots__ = ("batches", "next_page_token", "total_size")
    BATCHES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    batches: _containers.RepeatedCompositeFieldContainer[_batch_pb2.Batch]
    next_page_token: str
    total_size: int
    def __init__(self, batches: _Optional[_Iterable[_Union[_batch_pb2.Batch, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class WatchBatchRequest(_message.Message):
    __slots__ = ("batch_id",)
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    def __init__(self, batch_id: _Optional[str] = ...) -> None: ...

class WatchBatchResponse(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ...) -> None: ...

class ListBatchRejectionsRequest(_message.Message):
    __slots__ = ("batch_id", "page_size", "page_token", "max_response_bytes")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    page_size: int
    page_token: str
    max_response_bytes: int
    def __init__(self, batch_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListBatchRejectionsResponse(_message.Message):
    __slots__ = ("rejections", "next_page_token")
    REJECTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    rejections: _containers.RepeatedCompositeFieldContainer[_batch_pb2.BatchRejection]
    next_page_token: str
    def __init__(self, rejections: _Optional[_Iterable[_Union[_batch_pb2.BatchRejection, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
