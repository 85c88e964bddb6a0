"""How the files of a source are to be read. What a profile does not say has a stated default."""

from dataclasses import dataclass, field
from enum import StrEnum


class FileFormat(StrEnum):
    CSV = "CSV"
    JSON = "JSON"
    """One array of objects, or one object that has it under ``records_path``."""
    JSON_LINES = "JSON_LINES"
    CAMT = "CAMT"
    """camt.052, camt.053 and camt.054, versions .001.02 to .001.13."""
    MT940 = "MT940"
    MT942 = "MT942"
    BAI2 = "BAI2"
    OFX = "OFX"
    """OFX 1 (SGML) and 2 (XML), and QFX."""


class AmountSigns(StrEnum):
    """How a CSV or JSON file tells money in from money out."""

    SIGNED = "SIGNED"
    """One column, negative where money went out."""
    TWO_COLUMNS = "TWO_COLUMNS"
    """One column for credits, one for debits."""
    INDICATOR = "INDICATOR"
    """One unsigned column, and one that holds ``credit_words`` or ``debit_words``."""


class AmountUnit(StrEnum):
    """What the numbers of amounts count."""

    MAJOR = "MAJOR"
    """Whole units of the currency, with its decimals."""
    MINOR = "MINOR"
    """The smallest units that ISO 4217 gives the currency: 1250 is 12.50 EUR, and 1250 JPY."""


class FeeSigns(StrEnum):
    """What a positive number in the column ``fee`` means."""

    COSTS = "COSTS"
    """The holder paid it: 0.30 beside 10.00 leaves 9.70."""
    SIGNED = "SIGNED"
    """The holder received it: -0.30 beside 10.00 leaves 9.70."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatProfile:
    """The declared format of a source's files."""

    format: FileFormat
    # What follows is for CSV, JSON and JSON lines.
    encoding: str = "utf-8"
    """utf-8 (a byte order mark is passed over), utf-16, iso-8859-1, iso-8859-15, windows-1252, or cp437. Formats that
    declare their own encoding (XML, OFX) keep to that."""
    delimiter: str = ","
    quote: str = '"'
    decimal_mark: str = "."
    thousands_separator: str = ""
    """Empty, or one of , . ' and space (which also means a non-breaking one). Groups must have three digits."""
    date_format: str = "%Y-%m-%d"
    """Directives: %Y %y %m %d %b %H %M %S %z %f and plain separators. What it does not read is a fault."""
    has_header: bool = True
    """Whether the first line of a CSV file after ``skip_lines`` names the columns. Otherwise their names are 1, 2, …"""
    skip_lines: int = 0
    """How many lines stand before the header, 0 to 100."""
    amount_signs: AmountSigns = AmountSigns.SIGNED
    amount_unit: AmountUnit = AmountUnit.MAJOR
    parentheses_are_negative: bool = False
    """Whether (1.50) is negative."""
    trailing_minus_is_negative: bool = False
    """Whether 1.50- is negative."""
    debits_are_negative: bool = False
    """Whether the numbers in the column of debits are negative, as some banks write them beside one of credits."""
    fee_signs: FeeSigns = FeeSigns.COSTS
    credit_words: tuple[str, ...] = ()
    debit_words: tuple[str, ...] = ()
    booked_words: tuple[str, ...] = ()
    """The words in the column ``status`` that mean booked; the other two lists have those of the other statuses. A word
    in none of them is a fault of its row, and a row without a word is booked."""
    pending_words: tuple[str, ...] = ()
    information_words: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    """From our field to their column (CSV) or dotted path (JSON). Fields: key, amount, credit, debit, indicator, fee,
    net, currency, booking_date, value_date, reference, reference_2 … reference_8, description, description_2,
    counterparty, counterparty_account, group_key, kind, status, and ``metadata.<name>``. A fee becomes a record of its
    own; net is only compared with amount and fee."""
    records_path: str = ""
    """For JSON: the dotted path of the array; empty where the file is the array."""
