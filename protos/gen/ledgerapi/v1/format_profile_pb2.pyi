from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FileFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILE_FORMAT_UNSPECIFIED: _ClassVar[FileFormat]
    FILE_FORMAT_CSV: _ClassVar[FileFormat]
    FILE_FORMAT_JSON: _ClassVar[FileFormat]
    FILE_FORMAT_JSON_LINES: _ClassVar[FileFormat]
    FILE_FORMAT_CAMT: _ClassVar[FileFormat]
    FILE_FORMAT_MT940: _ClassVar[FileFormat]
    FILE_FORMAT_MT942: _ClassVar[FileFormat]
    FILE_FORMAT_BAI2: _ClassVar[FileFormat]
    FILE_FORMAT_OFX: _ClassVar[FileFormat]

class AmountSigns(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AMOUNT_SIGNS_UNSPECIFIED: _ClassVar[AmountSigns]
    AMOUNT_SIGNS_SIGNED: _ClassVar[AmountSigns]
    AMOUNT_SIGNS_TWO_COLUMNS: _ClassVar[AmountSigns]
    AMOUNT_SIGNS_INDICATOR: _ClassVar[AmountSigns]

class FeeSigns(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEE_SIGNS_UNSPECIFIED: _ClassVar[FeeSigns]
    FEE_SIGNS_COSTS: _ClassVar[FeeSigns]
    FEE_SIGNS_SIGNED: _ClassVar[FeeSigns]
FILE_FORMAT_UNSPECIFIED: FileFormat
FILE_FORMAT_CSV: FileFormat
FILE_FORMAT_JSON: FileFormat
FILE_FORMAT_JSON_LINES: FileFormat
FILE_FORMAT_CAMT: FileFormat
FILE_FORMAT_MT940: FileFormat
FILE_FORMAT_MT942: FileFormat
FILE_FORMAT_BAI2: FileFormat
FILE_FORMAT_OFX: FileFormat
AMOUNT_SIGNS_UNSPECIFIED: AmountSigns
AMOUNT_SIGNS_SIGNED: AmountSigns
AMOUNT_SIGNS_TWO_COLUMNS: AmountSigns
AMOUNT_SIGNS_INDICATOR: AmountSigns
FEE_SIGNS_UNSPECIFIED: FeeSigns
FEE_SIGNS_COSTS: FeeSigns
FEE_SIGNS_SIGNED: FeeSigns

class FormatProfile(_message.Message):
    __slots__ = ("format", "encoding", "delimiter", "quote", "decimal_mark", "thousands", "date_format", "has_header", "skip_lines", "signs", "minor_units", "parentheses", "trailing_minus", "negative_debits", "fees", "credit_words", "debit_words", "columns", "records_path")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    DELIMITER_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    DECIMAL_MARK_FIELD_NUMBER: _ClassVar[int]
    THOUSANDS_FIELD_NUMBER: _ClassVar[int]
    DATE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    HAS_HEADER_FIELD_NUMBER: _ClassVar[int]
    SKIP_LINES_FIELD_NUMBER: _ClassVar[int]
    SIGNS_FIELD_NUMBER: _ClassVar[int]
    MINOR_UNITS_FIELD_NUMBER: _ClassVar[int]
    PARENTHESES_FIELD_NUMBER: _ClassVar[int]
    TRAILING_MINUS_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_DEBITS_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    CREDIT_WORDS_FIELD_NUMBER: _ClassVar[int]
    DEBIT_WORDS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_PATH_FIELD_NUMBER: _ClassVar[int]
    format: FileFormat
    encoding: str
    delimiter: str
    quote: str
    decimal_mark: str
    thousands: str
    date_format: str
    has_header: bool
    skip_lines: int
    signs: AmountSigns
    minor_units: bool
    parentheses: bool
    trailing_minus: bool
    negative_debits: bool
    fees: FeeSigns
    credit_words: _containers.RepeatedScalarFieldContainer[str]
    debit_words: _containers.RepeatedScalarFieldContainer[str]
    columns: _containers.RepeatedCompositeFieldContainer[FieldColumn]
    records_path: str
    def __init__(self, format: _Optional[_Union[FileFormat, str]] = ..., encoding: _Optional[str] = ..., delimiter: _Optional[str] = ..., quote: _Optional[str] = ..., decimal_mark: _Optional[str] = ..., thousands: _Optional[str] = ..., date_format: _Optional[str] = ..., has_header: bool = ..., skip_lines: _Optional[int] = ..., signs: _Optional[_Union[AmountSigns, str]] = ..., minor_units: bool = ..., parentheses: bool = ..., trailing_minus: bool = ..., negative_debits: bool = ..., fees: _Optional[_Union[FeeSigns, str]] = ..., credit_words: _Optional[_Iterable[str]] = ..., debit_words: _Optional[_Iterable[str]] = ..., columns: _Optional[_Iterable[_Union[FieldColumn, _Mapping]]] = ..., records_path: _Optional[str] = ...) -> None: ...

class FieldColumn(_message.Message):
    __slots__ = ("field", "column")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    field: str
    column: str
    def __init__(self, field: _Optional[str] = ..., column: _Optional[str] = ...) -> None: ...
