from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from ledgerapi.v1 import balance_pb2 as _balance_pb2
from ledgerapi.v1 import identity_pb2 as _identity_pb2
from ledgerapi.v1 import verification_pb2 as _verification_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateIdentityRequest(_message.Message):
    __slots__ = ("identity", "request_id", "balances")
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    identity: _identity_pb2.Identity
    request_id: str
    balances: _containers.RepeatedCompositeFieldContainer[_balance_pb2.Balance]
    def __init__(self, identity: _Optional[_Union[_identity_pb2.Identity, _Mapping]] = ..., request_id: _Optional[str] = ..., balances: _Optional[_Iterable[_Union[_balance_pb2.Balance, _Mapping]]] = ...) -> None: ...

class CreateIdentityResponse(_message.Message):
    __slots__ = ("identity", "balances", "replayed")
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    identity: _identity_pb2.Identity
    balances: _containers.RepeatedCompositeFieldContainer[_balance_pb2.Balance]
    replayed: bool
    def __init__(self, identity: _Optional[_Union[_identity_pb2.Identity, _Mapping]] = ..., balances: _Optional[_Iterable[_Union[_balance_pb2.Balance, _Mapping]]] = ..., replayed: bool = ...) -> None: ...

class BatchCreateIdentitiesRequest(_message.Message):
    __slots__ = ("requests", "request_id")
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[CreateIdentityRequest]
    request_id: str
    def __init__(self, requests: _Optional[_Iterable[_Union[CreateIdentityRequest, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class BatchCreateIdentitiesResponse(_message.Message):
    __slots__ = ("identities", "balances", "replayed")
    IDENTITIES_FIELD_NUMBER: _ClassVar[int]
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    identities: _containers.RepeatedCompositeFieldContainer[_identity_pb2.Identity]
    balances: _containers.RepeatedCompositeFieldContainer[_balance_pb2.Balance]
    replayed: bool
    def __init__(self, identities: _Optional[_Iterable[_Union[_identity_pb2.Identity, _Mapping]]] = ..., balances: _Optional[_Iterable[_Union[_balance_pb2.Balance, _Mapping]]] = ..., replayed: bool = ...) -> None: ...

class GetIdentityRequest(_message.Message):
    __slots__ = ("identity_id",)
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    identity_id: str
    def __init__(self, identity_id: _Optional[str] = ...) -> None: ...

class GetIdentityResponse(_message.Message):
    __slots__ = ("identity",)
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    identity: _identity_pb2.Identity
    def __init__(self, identity: _Optional[_Union[_identity_pb2.Identity, _Mapping]] = ...) -> None: ...

class ListIdentitiesRequest(_message.Message):
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

class ListIdentitiesResponse(_message.Message):
    __slots__ = ("identities", "next_page_token", "total_size")
    IDENTITIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    identities: _containers.RepeatedCompositeFieldContainer[_identity_pb2.Identity]
    next_page_token: str
    total_size: int
    def __init__(self, identities: _Optional[_Iterable[_Union[_identity_pb2.Identity, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class UpdateIdentityRequest(_message.Message):
    __slots__ = ("identity", "update_mask")
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    identity: _identity_pb2.Identity
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, identity: _Optional[_Union[_identity_pb2.Identity, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateIdentityResponse(_message.Message):
    __slots__ = ("identity",)
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    identity: _identity_pb2.Identity
    def __init__(self, identity: _Optional[_Union[_identity_pb2.Identity, _Mapping]] = ...) -> None: ...

class DeleteIdentityRequest(_message.Message):
    __slots__ = ("identity_id", "etag")
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    identity_id: str
    etag: str
    def __init__(self, identity_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteIdentityResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListIdentityBalancesRequest(_message.Message):
    __slots__ = ("identity_id", "page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes", "view")
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    identity_id: str
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    view: _balance_pb2.BalanceView
    def __init__(self, identity_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ..., view: _Optional[_Union[_balance_pb2.BalanceView, str]] = ...) -> None: ...

class ListIdentityBalancesResponse(_message.Message):
    __slots__ = ("balances", "next_page_token", "total_size")
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    balances: _containers.RepeatedCompositeFieldContainer[_balance_pb2.Balance]
    next_page_token: str
    total_size: int
    def __init__(self, balances: _Optional[_Iterable[_Union[_balance_pb2.Balance, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class CreateIdentityVerificationRequest(_message.Message):
    __slots__ = ("verification", "request_id")
    VERIFICATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    verification: _verification_pb2.IdentityVerification
    request_id: str
    def __init__(self, verification: _Optional[_Union[_verification_pb2.IdentityVerification, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateIdentityVerificationResponse(_message.Message):
    __slots__ = ("verification", "replayed")
    VERIFICATION_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    verification: _verification_pb2.IdentityVerification
    replayed: bool
    def __init__(self, verification: _Optional[_Union[_verification_pb2.IdentityVerification, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class GetIdentityVerificationRequest(_message.Message):
    __slots__ = ("verification_id",)
    VERIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    verification_id: str
    def __init__(self, verification_id: _Optional[str] = ...) -> None: ...

class GetIdentityVerificationResponse(_message.Message):
    __slots__ = ("verification",)
    VERIFICATION_FIELD_NUMBER: _ClassVar[int]
    verification: _verification_pb2.IdentityVerification
    def __init__(self, verification: _Optional[_Union[_verification_pb2.IdentityVerification, _Mapping]] = ...) -> None: ...

class ListIdentityVerificationsRequest(_message.Message):
    __slots__ = ("identity_id", "page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    identity_id: str
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, identity_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListIdentityVerificationsResponse(_message.Message):
    __slots__ = ("verifications", "next_page_token", "total_size")
    VERIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    verifications: _containers.RepeatedCompositeFieldContainer[_verification_pb2.IdentityVerification]
    next_page_token: str
    total_size: int
    def __init__(self, verifications: _Optional[_Iterable[_Union[_verification_pb2.IdentityVerification, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...
