import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IdentityType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IDENTITY_TYPE_UNSPECIFIED: _ClassVar[IdentityType]
    IDENTITY_TYPE_INDIVIDUAL: _ClassVar[IdentityType]
    IDENTITY_TYPE_ORGANIZATION: _ClassVar[IdentityType]
IDENTITY_TYPE_UNSPECIFIED: IdentityType
IDENTITY_TYPE_INDIVIDUAL: IdentityType
IDENTITY_TYPE_ORGANIZATION: IdentityType

class Identity(_message.Message):
    __slots__ = ("id", "identity_type", "individual", "organization", "category", "email_address", "phone_number", "street", "city", "state", "post_code", "country", "metadata", "create_time", "update_time", "etag")
    ID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_TYPE_FIELD_NUMBER: _ClassVar[int]
    INDIVIDUAL_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PHONE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    STREET_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    POST_CODE_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    id: str
    identity_type: IdentityType
    individual: Individual
    organization: Organization
    category: str
    email_address: str
    phone_number: str
    street: str
    city: str
    state: str
    post_code: str
    country: str
    metadata: _struct_pb2.Struct
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, id: _Optional[str] = ..., identity_type: _Optional[_Union[IdentityType, str]] = ..., individual: _Optional[_Union[Individual, _Mapping]] = ..., organization: _Optional[_Union[Organization, _Mapping]] = ..., category: _Optional[str] = ..., email_address: _Optional[str] = ..., phone_number: _Optional[str] = ..., street: _Optional[str] = ..., city: _Optional[str] = ..., state: _Optional[str] = ..., post_code: _Optional[str] = ..., country: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Individual(_message.Message):
    __slots__ = ("first_name", "last_name", "other_names", "gender", "birth_date", "nationality")
    FIRST_NAME_FIELD_NUMBER: _ClassVar[int]
    LAST_NAME_FIELD_NUMBER: _ClassVar[int]
    OTHER_NAMES_FIELD_NUMBER: _ClassVar[int]
    GENDER_FIELD_NUMBER: _ClassVar[int]
    BIRTH_DATE_FIELD_NUMBER: _ClassVar[int]
    NATIONALITY_FIELD_NUMBER: _ClassVar[int]
    first_name: str
    last_name: str
    other_names: str
    gender: str
    birth_date: str
    nationality: str
    def __init__(self, first_name: _Optional[str] = ..., last_name: _Optional[str] = ..., other_names: _Optional[str] = ..., gender: _Optional[str] = ..., birth_date: _Optional[str] = ..., nationality: _Optional[str] = ...) -> None: ...

class Organization(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...
