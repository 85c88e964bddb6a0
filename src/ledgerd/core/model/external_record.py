"""What others say: a record of an external source, the statement that it stands in, and what is wrong with a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

KEY_CHARS = 255
TEXT_CHARS = 1_000
RAW_CHARS = 4_096
REFERENCES_MAX = 16
METADATA_MAX = 32


class RecordKind(StrEnum):
    """What a record is, where its format says so."""

    MOVEMENT = "MOVEMENT"
    """Money moved: the default."""
    REVERSAL = "REVERSAL"
    """Takes an earlier movement back. Its amount has the sign of what it does, not of what it reverses."""
    FEE = "FEE"
    INTEREST = "INTEREST"
    BATCH = "BATCH"
    """One booking of several payments, which its source does not list one by one."""


class RecordStatus(StrEnum):
    """Whether a source has booked a record."""

    BOOKED = "BOOKED"
    PENDING = "PENDING"
    """Not booked yet, or expected."""
    INFORMATION = "INFORMATION"
    """Told for information only, or never to be booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalRecord:
    """One movement by the books of an external source.

    ``amount`` is in minor units of ``currency`` at ``precision`` (a power of ten), never zero by accident: positive
    where the account holder received money, negative where the holder paid, whatever words the format has for it.
    """

    key: str
    """What the source's records are told apart by, 1 to 255 characters: given by the caller, or made from what the
    format says (see ``formats/identity.py``). The same key in a later file of the same source is the same record."""
    amount: int
    currency: str
    precision: int
    booking_date: date | None = None
    value_date: date | None = None
    booked_at: datetime | None = None
    """With its time zone, where the format gives a time."""
    references: tuple[str, ...] = ()
    """End-to-end id, the customer's reference, the bank's: in this order of trust, without repetitions."""
    description: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    identity_id: str = ""
    """The identity that the caller says the record concerns (32 hex digits); files give none."""
    group_key: str = ""
    """What the records of one payout or batch share: the payout's id, the id of a batch booking."""
    kind: RecordKind = RecordKind.MOVEMENT
    status: RecordStatus = RecordStatus.BOOKED
    source_status: str = ""
    """The source's own word for the status, such as PDNG. It decides nothing."""
    payments: int = 1
    """How many payments a BATCH says it has; 1 for all others."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    line: int = 0
    """Where it stood in the file: a line, for XML the line of the entry's element; of typed records the place in the
    upload. From 1."""
    raw: str = ""
    """Its text in the file, cut off after 4,096 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankStatement:
    """What a file says about one statement (or one page of it): totals that the records must add up to."""

    account: str
    """The account's number as the file has it: an IBAN, or the bank's own."""
    number: str = ""
    """The number of the statement, without its page."""
    page: int = 0
    """Which page of the statement, from 1. 0 where the format has none."""
    currency: str = ""
    precision: int = 1
    opening: int | None = None
    closing: int | None = None
    opening_date: date | None = None
    closing_date: date | None = None
    opening_is_intermediate: bool = False
    """Whether the opening balance is that of this page, not of the whole statement (MT940 60M)."""
    closing_is_intermediate: bool = False
    """The same of the closing balance (MT940 62M)."""
    is_last_page: bool = True
    """Whether no page of the statement follows."""
    is_interim: bool = False
    """Whether it reports the day so far (camt.052, MT942): such reports repeat what a statement says later."""
    credit_total: int | None = None
    """What the file says that its credits add up to, where it says so. Zero or above."""
    debit_total: int | None = None
    """The same of its debits, zero or above."""
    declared_items: int | None = None
    """How many items the file says that the statement has."""
    records: int = 0
    """How many records were read from it."""
    total: int = 0
    """What these add up to, with their signs. Records that are not booked yet do not count."""
    items: int = 0
    """How many of its items were read, as the file counts them: a batch that is listed payment by payment is one item
    and several records."""
    credits: int = 0
    """What its credits that were read add up to, item by item, booked or not. Zero or above."""
    debits: int = 0
    """The same of its debits, zero or above."""
    line: int = 0
    """Where it begins in the file, from 1."""


@dataclass(frozen=True, slots=True)
class RecordFault:
    """Something in a file that cannot be what it should be. ``reason`` is a sentence that never quotes the file.

    A fault does not say that nothing was read: a record that was read in spite of it is given as well, after it.
    """

    line: int
    """From 1; 0 where the whole file is meant."""
    field: str
    """The field of the record, the column, tag or element; empty where none is to blame."""
    code: "FaultCode"
    reason: str
    raw: str = ""
    """The text of the record, cut off after 4,096 characters."""
    member: str = ""
    """The name of the archive's member in which the line is, as text to be shown; empty outside archives."""


class FaultCode(StrEnum):
    """Why a record, a statement or a file was not accepted as it is."""

    FIELD_MISSING = "FIELD_MISSING"
    AMOUNT_INVALID = "AMOUNT_INVALID"
    AMOUNT_TOO_PRECISE = "AMOUNT_TOO_PRECISE"
    DATE_INVALID = "DATE_INVALID"
    CURRENCY_INVALID = "CURRENCY_INVALID"
    TEXT_INVALID = "TEXT_INVALID"
    """Characters that a text may not have, or too many of them."""
    ENCODING_INVALID = "ENCODING_INVALID"
    SYNTAX_INVALID = "SYNTAX_INVALID"
    COLUMNS_INVALID = "COLUMNS_INVALID"
    """More or fewer columns than the header has, or a column of the profile that the file lacks."""
    KEY_REPEATED = "KEY_REPEATED"
    """The same key twice in one file."""
    ALREADY_KNOWN = "ALREADY_KNOWN"
    """The source has this record from an earlier upload."""
    CONTENT_DIFFERS = "CONTENT_DIFFERS"
    """The source has a record with this key, and it says something else."""
    TOTAL_DIFFERS = "TOTAL_DIFFERS"
    """Opening balance and items do not make the closing balance, or a control total is not what the items add up to."""
    COUNT_DIFFERS = "COUNT_DIFFERS"
    PAGE_MISSING = "PAGE_MISSING"
    STATEMENT_MISSING = "STATEMENT_MISSING"
    """A statement's number, or its opening balance, does not follow the statement before it."""
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    """A bound of size, ratio, depth or count."""
    FORMAT_UNKNOWN = "FORMAT_UNKNOWN"
    """Not the format that was declared, or a version of it that is not read."""
    NOT_FINISHED = "NOT_FINISHED"
    """The upload got no further chunk and was never finished."""
    WORD_UNKNOWN = "WORD_UNKNOWN"
    """A word of the file, such as that of a status, that nothing explains."""


class FileRejected(Exception):
    """The file as a whole cannot be read; what was read before is dropped."""

    def __init__(self, fault: RecordFault) -> None:
        super().__init__(fault.code)
        self.fault = fault
