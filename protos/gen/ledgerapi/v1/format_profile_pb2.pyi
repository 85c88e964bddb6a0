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

class AmountUnit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AMOUNT_UNIT_UNSPECIFIED: _ClassVar[AmountUnit]
    AMOUNT_UNIT_MAJOR: _ClassVar[AmountUnit]
    AMOUNT_UNIT_MINOR: _ClassVar[AmountUnit]

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

class ArchiveFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ARCHIVE_FORMAT_UNSPECIFIED: _ClassVar[ArchiveFormat]
    ARCHIVE_FORMAT_GZIP: _ClassVar[ArchiveFormat]
    ARCHIVE_FORMAT_ZIP: _ClassVar[ArchiveFormat]
FILE_FORMAT_UNSPECIFIED: FileFormat
FILE_FORMAT_CSV: FileFormat
FILE_FORMAT_JSON: FileFormat
FILE_FORMAT_JSON_LINES: FileFormat
FILE_FORMAT_CAMT: FileFormat
FILE_FORMAT_MT940: FileFormat
FILE_FORMAT_MT942: FileFormat
FILE_FORMAT_BAI2: FileFormat
FILE_FORMAT_OFX: FileFormat
AMOUNT_UNIT_UNSPECIFIED: AmountUnit
AMOUNT_UNIT_MAJOR: AmountUnit
AMOUNT_UNIT_MINOR: AmountUnit
AMOUNT_SIGNS_UNSPECIFIED: AmountSigns
AMOUNT_SIGNS_SIGNED: AmountSigns
AMOUNT_SIGNS_TWO_COLUMNS: AmountSigns
AMOUNT_SIGNS_INDICATOR: AmountSigns
FEE_SIGNS_UNSPECIFIED: FeeSigns
FEE_SIGNS_COSTS: FeeSigns
FEE_SIGNS_SIGNED: FeeSigns
ARCHIVE_FORMAT_UNSPECIFIED: ArchiveFormat
ARCHIVE_FORMAT_GZIP: ArchiveFormat
ARCHIVE_FORMAT_ZIP: ArchiveFormat

class FormatProfile(_message.Message):
    __slots__ = ("format", "encoding", "delimiter", "quote", "decimal_mark", "thousands_separator", "date_format", "has_header", "skip_lines", "amount_signs", "amount_unit", "parentheses_are_negative", "trailing_minus_is_negative", "debits_are_negative", "fee_signs", "credit_words", "debit_words", "booked_words", "pending_words", "information_words", "columns", "records_path")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    DELIMITER_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    DECIMAL_MARK_FIELD_NUMBER: _ClassVar[int]
    THOUSANDS_SEPARATOR_FIELD_NUMBER: _ClassVar[int]
    DATE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    HAS_HEADER_FIELD_NUMBER: _ClassVar[int]
    SKIP_LINES_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_SIGNS_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_UNIT_FIELD_NUMBER: _ClassVar[int]
    PARENTHESES_ARE_NEGATIVE_FIELD_NUMBER: _ClassVar[int]
    TRAILING_MINUS_IS_NEGATIVE_FIELD_NUMBER: _ClassVar[int]
    DEBITS_ARE_NEGATIVE_FIELD_NUMBER: _ClassVar[int]
    FEE_SIGNS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_WORDS_FIELD_NUMBER: _ClassVar[int]
    DEBIT_WORDS_FIELD_NUMBER: _ClassVar[int]
    BOOKED_WORDS_FIELD_NUMBER: _ClassVar[int]
    PENDING_WORDS_FIELD_NUMBER: _ClassVar[int]
    INFORMATION_WORDS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_PATH_FIELD_NUMBER: _ClassVar[int]
    format: FileFormat
    encoding: str
    delimiter: str
    quote: str
    decimal_mark: str
    thousands_separator: str
    date_format: str
    has_header: bool
    skip_lines: int
    amount_signs: AmountSigns
    amount_unit: AmountUnit
    parentheses_are_negative: bool
    trailing_minus_is_negative: bool
    debits_are_negative: bool
    fee_signs: FeeSigns
    credit_words: _containers.RepeatedScalarFieldContainer[str]
    debit_words: _containers.RepeatedScalarFieldContainer[str]
    booked_words: _containers.RepeatedScalarFieldContainer[str]
    pending_words: _containers.RepeatedScalarFieldContainer[str]
    information_words: _containers.RepeatedScalarFieldContainer[str]
    columns: _containers.RepeatedCompositeFieldContainer[FieldColumn]
    records_path: str
    def __init__(self, format: _Optional[_Union[FileFormat, str]] = ..., encoding: _Optional[str] = ..., delimiter: _Optional[str] = ..., quote: _Optional[str] = ..., decimal_mark: _Optional[str] = ..., thousands_separator: _Optional[str] = ..., date_format: _Optional[str] = ..., has_header: bool = ..., skip_lines: _Optional[int] = ..., amount_signs: _Optional[_Union[AmountSigns, str]] = ..., amount_unit: _Optional[_Union[AmountUnit, str]] = ..., parentheses_are_negative: bool = ..., trailing_minus_is_negative: bool = ..., debits_are_negative: bool = ..., fee_signs: _Optional[_Union[FeeSigns, str]] = ..., credit_words: _Optional[_Iterable[str]] = ..., debit_words: _Optional[_Iterable[str]] = ..., booked_words: _Optional[_Iterable[str]] = ..., pending_words: _Optional[_Iterable[str]] = ..., information_words: _Optional[_Iterable[str]] = ..., columns: _Optional[_Iterable[_Union[FieldColumn, _Mapping]]] = ..., records_path: _Optional[str] = ...) -> None: ...

class FieldColumn(_message.Message):
    __slots__ = ("field", "column")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    field: str
    column: str
    def __init__(self, field: _Optional[str] = ..., column: _Optional[str] = ...) -> None: ...
