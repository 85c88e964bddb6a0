"""What a rule reads from a row."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum

from ledgerd.core.model.matching_rule import Criterion, GroupKey, MatchField
from ledgerd.reconciliation.matching.normalize import text_values
from ledgerd.reconciliation.matching.row import Row


class Side(StrEnum):
    """Whose row it is: a rule may look at other fields of an entry than of a record."""

    RECORD = "RECORD"
    ENTRY = "ENTRY"


DATES = frozenset({MatchField.BOOKING_DATE, MatchField.VALUE_DATE})
SEVERAL = frozenset({MatchField.REFERENCE, MatchField.COUNTERPARTY, MatchField.IDENTITY, MatchField.GROUP_KEY})
"""Fields of which a row may have several values."""

Reader = Callable[[Row], tuple[str, ...]]

_TEXTS: dict[MatchField, Reader] = {
    MatchField.CURRENCY: lambda row: (row.currency,),
    MatchField.REFERENCE: lambda row: row.references,
    MatchField.DESCRIPTION: lambda row: (row.description,),
    MatchField.COUNTERPARTY: lambda row: row.counterparties,
    MatchField.IDENTITY: lambda row: row.identities,
    MatchField.GROUP_KEY: lambda row: row.group_keys,
}


def read_field(compared: Criterion | GroupKey, side: Side) -> MatchField:
    """The field of this side's rows that is compared."""
    if side is Side.ENTRY and compared.ledger_field is not None:
        return compared.ledger_field
    return compared.field


def read_metadata_key(compared: Criterion | GroupKey, side: Side) -> str:
    """The key of this side's metadata; an entry's is the record's unless another one is given."""
    return (side is Side.ENTRY and compared.ledger_metadata_key) or compared.metadata_key


def has_several(compared: Criterion | GroupKey, side: Side) -> bool:
    """Whether a row of this side may have more than one value."""
    extraction = compared.extract if side is Side.RECORD else compared.ledger_extract
    return bool(extraction) or read_field(compared, side) in SEVERAL


def text_reader(compared: Criterion | GroupKey, side: Side) -> Reader:
    """Reads the values of a text field, after extraction and normalization, none of them empty, each once."""
    field, key = read_field(compared, side), read_metadata_key(compared, side)
    extraction = compared.extract if side is Side.RECORD else compared.ledger_extract
    values = text_values(extraction, compared.normalizations)
    if field is MatchField.METADATA:
        return lambda row: values(row.metadata.get(key, ""))
    texts = _TEXTS[field]
    if field not in SEVERAL:
        return lambda row: values(texts(row)[0])

    def read(row: Row) -> tuple[str, ...]:
        found = texts(row)
        if len(found) == 1:
            return values(found[0])
        return tuple(dict.fromkeys(value for text in found for value in values(text)))

    return read


def date_reader(field: MatchField) -> Callable[[Row], date | None]:
    """Reads a date. A row without a value date has its booking date in its place."""
    if field is MatchField.BOOKING_DATE:
        return lambda row: row.booking_date
    return lambda row: row.value_date or row.booking_date
