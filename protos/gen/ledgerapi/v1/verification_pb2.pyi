import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VerificationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERIFICATION_KIND_UNSPECIFIED: _ClassVar[VerificationKind]
    VERIFICATION_KIND_DOCUMENT: _ClassVar[VerificationKind]
    VERIFICATION_KIND_ADDRESS: _ClassVar[VerificationKind]
    VERIFICATION_KIND_AGE: _ClassVar[VerificationKind]
    VERIFICATION_KIND_BIOMETRIC: _ClassVar[VerificationKind]
    VERIFICATION_KIND_EMAIL: _ClassVar[VerificationKind]
    VERIFICATION_KIND_PHONE: _ClassVar[VerificationKind]
    VERIFICATION_KIND_BANK_ACCOUNT: _ClassVar[VerificationKind]
    VERIFICATION_KIND_TAX_NUMBER: _ClassVar[VerificationKind]
    VERIFICATION_KIND_REGISTRATION: _ClassVar[VerificationKind]
    VERIFICATION_KIND_BENEFICIAL_OWNERS: _ClassVar[VerificationKind]
    VERIFICATION_KIND_SANCTIONS: _ClassVar[VerificationKind]
    VERIFICATION_KIND_PEP: _ClassVar[VerificationKind]
    VERIFICATION_KIND_ADVERSE_MEDIA: _ClassVar[VerificationKind]
    VERIFICATION_KIND_SOURCE_OF_FUNDS: _ClassVar[VerificationKind]
    VERIFICATION_KIND_OTHER: _ClassVar[VerificationKind]

class VerificationOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERIFICATION_OUTCOME_UNSPECIFIED: _ClassVar[VerificationOutcome]
    VERIFICATION_OUTCOME_PENDING: _ClassVar[VerificationOutcome]
    VERIFICATION_OUTCOME_PASSED: _ClassVar[VerificationOutcome]
    VERIFICATION_OUTCOME_FAILED: _ClassVar[VerificationOutcome]
    VERIFICATION_OUTCOME_REVIEW: _ClassVar[VerificationOutcome]
VERIFICATION_KIND_UNSPECIFIED: VerificationKind
VERIFICATION_KIND_DOCUMENT: VerificationKind
VERIFICATION_KIND_ADDRESS: VerificationKind
VERIFICATION_KIND_AGE: VerificationKind
VERIFICATION_KIND_BIOMETRIC: VerificationKind
VERIFICATION_KIND_EMAIL: VerificationKind
VERIFICATION_KIND_PHONE: VerificationKind
VERIFICATION_KIND_BANK_ACCOUNT: VerificationKind
VERIFICATION_KIND_TAX_NUMBER: VerificationKind
VERIFICATION_KIND_REGISTRATION: VerificationKind
VERIFICATION_KIND_BENEFICIAL_OWNERS: VerificationKind
VERIFICATION_KIND_SANCTIONS: VerificationKind
VERIFICATION_KIND_PEP: VerificationKind
VERIFICATION_KIND_ADVERSE_MEDIA: VerificationKind
VERIFICATION_KIND_SOURCE_OF_FUNDS: VerificationKind
VERIFICATION_KIND_OTHER: VerificationKind
VERIFICATION_OUTCOME_UNSPECIFIED: VerificationOutcome
VERIFICATION_OUTCOME_PENDING: VerificationOutcome
VERIFICATION_OUTCOME_PASSED: VerificationOutcome
VERIFICATION_OUTCOME_FAILED: VerificationOutcome
VERIFICATION_OUTCOME_REVIEW: VerificationOutcome

class IdentityVerification(_message.Message):
    __slots__ = ("id", "identity_id", "kind", "outcome", "tier", "check_time", "expire_time", "provider", "provider_reference", "description", "create_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    identity_id: str
    kind: VerificationKind
    outcome: VerificationOutcome
    tier: str
    check_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    provider: str
    provider_reference: str
    description: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., identity_id: _Optional[str] = ..., kind: _Optional[_Union[VerificationKind, str]] = ..., outcome: _Optional[_Union[VerificationOutcome, str]] = ..., tier: _Optional[str] = ..., check_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., provider: _Optional[str] = ..., provider_reference: _Optional[str] = ..., description: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
