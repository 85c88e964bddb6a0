"""Rows, amounts and enums in a few words."""

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from ledgerapi.v1.amount_pb2 import Amount
from ledgerapi.v1.external_record_pb2 import ExternalRecord
from ledgerapi.v1.reconciliation_match_pb2 import NearRow, ReconciliationEntry, UnmatchedRow

TEXT_MAX_CHARS = 60


def money(amount: Amount) -> str:
    """As in "-12.50 USD"."""
    return f"{amount.decimal} {amount.currency}".rstrip()


def counted(count: int, noun: str) -> str:
    """As in "1 record" or "2,000 records"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def word(enum: EnumTypeWrapper, value: int) -> str:
    """The name of a value in lower case, without what all values of its enum begin with; the number of one that this
    version does not know."""
    names = enum.keys()
    name = names[enum.values().index(value)] if value in enum.values() else str(value)
    prefix = names[0].removesuffix("UNSPECIFIED")
    return name.removeprefix(prefix).lower().replace("_", " ")


def row_of(holder: UnmatchedRow | NearRow) -> ExternalRecord | ReconciliationEntry:
    """The record or entry that stands in it."""
    return holder.record if holder.HasField("record") else holder.entry


def row(told: ExternalRecord | ReconciliationEntry) -> str:
    """A record or an entry on one line: day, amount, references, and what else it says."""
    said = [" ".join(told.references), told.counterparty, told.description]
    texts = [_short(text) for text in said if text]
    return "  ".join([told.booking_date or told.value_date, money(told.amount), *texts])


def _short(text: str) -> str:
    return text if len(text) <= TEXT_MAX_CHARS else f"{text[: TEXT_MAX_CHARS - 1]}…"


def why_not(near: NearRow) -> list[str]:
    """Why a row of the other side does not fit: a sentence for each criterion that does not hold."""
    sentences = [verdict.message for verdict in near.explanation.verdicts if not verdict.holds]
    return sentences or ["it fits, and is in another choice"]
