"""Rows of the database as rows to be matched, and what a key needs of them."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

import asyncpg

from ledgerd.core.model import ids
from ledgerd.core.model.matching_rule import MatchField
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.spec import RunSpec
from ledgerd.store import reconciliation_rows as stored

ReadRow = Callable[[asyncpg.Record], Row]
RECORD_BYTES, TRANSACTION_BYTES, ENTRY_BYTES = 8, 16, 32
"""What an id takes when it is packed."""
_NUMBER_DIGITS = 19
_IDS_REMEMBERED = 4_096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# Ids ---------------------------------------------------------------------------------------------


def record_number(row_id: str) -> int:
    """The number of a record by its id, which is the number in 19 digits: so ids sort as numbers do."""
    return int(row_id)


def entry_keys(row_id: str) -> tuple[str, str]:
    """The transaction and the balance of an entry by its id, which is both of them in hex digits."""
    return row_id[:32], row_id[32:]


def unpack_id(packed: bytes) -> str:
    """The id of a row that was packed."""
    return record_id(int.from_bytes(packed)) if len(packed) == RECORD_BYTES else packed.hex()


def pack_record_ids(piece: Sequence[asyncpg.Record]) -> bytes:
    """The ids of these records, packed."""
    return b"".join([row[0].to_bytes(RECORD_BYTES) for row in piece])


def pack_transaction_ids(piece: Sequence[asyncpg.Record]) -> bytes:
    """The transactions of these entries, packed. With its balance each makes the id of an entry."""
    return b"".join([row[0].bytes for row in piece])


def record_id(number: int) -> str:
    """The id of a record by its number."""
    return f"{number:0{_NUMBER_DIGITS}d}"


# Rows --------------------------------------------------------------------------------------------


def records_of(spec: RunSpec) -> stored.Records:
    """Which records a run reads."""
    return stored.Records(
        source_id=spec.source_id, upload_id=spec.upload_id, last=spec.record_bound, decisions=spec.decisions,
        begin=spec.begin, end=spec.end, unbooked=spec.inflight,
        time_zone=spec.time_zone if spec.method.every_record_has_a_day else None,
        known=spec.method.compares_known_records,
    )  # fmt: skip


def entries_of(spec: RunSpec) -> stored.Entries:
    """Which entries a run reads."""
    begin, end = spec.moments()
    return stored.Entries(
        versions=spec.versions, decisions=spec.decisions, begin=begin, end=end,
        by_effective_time=spec.by_effective_time, applied=spec.applied, inflight=spec.inflight,
    )  # fmt: skip


def read_record(spec: RunSpec) -> ReadRow:
    """Reads ``records`` of queries/reconciliation_rows.sql."""

    def read(row: asyncpg.Record) -> Row:
        booked_at = row["booked_at"]
        return Row(
            id=record_id(row["number"]),
            amount=row["amount"] * spec.scale(row["currency"], row["precision"]),
            currency=row["currency"],
            booking_date=row["booking_date"],
            value_date=row["value_date"],
            booked_at=None if booked_at is None else moment(booked_at),
            references=_record_references(row),
            description=_description(row),
            counterparties=_record_counterparties(row),
            identities=_record_identities(row),
            group_keys=_record_groups(row),
            metadata=_metadata(row),
        )

    return read


def read_entry(spec: RunSpec) -> ReadRow:
    """Reads ``entries`` of queries/reconciliation_rows.sql."""
    zone, sign = spec.zone, -1 if spec.is_opposite else 1

    def read(row: asyncpg.Record) -> Row:
        effective_at = moment(row["effective_at"])
        booked_at = effective_at if spec.by_effective_time else moment(row["recorded_at"])
        return Row(
            id=row["id"].hex + row["balance_id"].hex,
            amount=sign * row["amount"] * spec.scale(row["currency"], row["precision"]),
            currency=row["currency"],
            booking_date=_day(booked_at, zone),
            value_date=_day(effective_at, zone),
            booked_at=booked_at,
            references=_entry_references(row),
            description=_description(row),
            counterparties=_entry_counterparties(row),
            identities=_entry_identities(row),
            group_keys=_entry_groups(row),
            metadata=_metadata(row),
        )

    return read


def moment(microseconds: int) -> datetime:
    """A time as the columns of a run have it."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


# Texts -------------------------------------------------------------------------------------------


def _record_references(row: asyncpg.Record) -> tuple[str, ...]:
    return tuple(row["references"] or ())


def _record_counterparties(row: asyncpg.Record) -> tuple[str, ...]:
    return _present(row["counterparty"], row["counterparty_account"])


def _record_identities(row: asyncpg.Record) -> tuple[str, ...]:
    identity = row["identity_id"]
    return () if identity is None else (_id(ids.IDENTITY, identity.int),)


def _record_groups(row: asyncpg.Record) -> tuple[str, ...]:
    return _present(row["group_key"])


def _entry_references(row: asyncpg.Record) -> tuple[str, ...]:
    reference, metadata = row["reference"], row["metadata"]
    if metadata is None:
        return (reference,) if reference else ()
    return _present(reference, *_metadata(row).get("references", "").split())


def _entry_counterparties(row: asyncpg.Record) -> tuple[str, ...]:
    return _present(row["counterparty"])


def _entry_identities(row: asyncpg.Record) -> tuple[str, ...]:
    return tuple(_id(ids.IDENTITY, identity.int) for identity in row["identities"] or ())


@lru_cache(maxsize=_IDS_REMEMBERED)
def _id(prefix: str, number: int) -> str:
    """An id as callers and banks see it. Many rows share a batch or an identity."""
    return ids.encode(prefix, number)


def _entry_groups(row: asyncpg.Record) -> tuple[str, ...]:
    return _present(row["batch_id"] and _id(ids.BATCH, row["batch_id"].int), row["group_name"])


def _description(row: asyncpg.Record) -> str:
    return row["description"] or ""


def _present(*values: str | None) -> tuple[str, ...]:
    return tuple([value for value in values if value])


_NONE: Mapping[str, str] = {}


def _metadata(row: asyncpg.Record) -> Mapping[str, str]:
    """The texts, numbers and truth values of metadata, as texts; what is nested is left out."""
    text = row["metadata"]
    if not text or text == "{}":
        return _NONE
    values = json.loads(text, parse_float=str)
    return {key: _text(value) for key, value in values.items() if isinstance(value, str | int)}


def _text(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_SHOWN: dict[MatchField, tuple[str, Callable[[asyncpg.Record], object], Callable[[asyncpg.Record], object]]] = {
    MatchField.REFERENCE: ("references", _record_references, _entry_references),
    MatchField.DESCRIPTION: ("description", _description, _description),
    MatchField.COUNTERPARTY: ("counterparties", _record_counterparties, _entry_counterparties),
    MatchField.IDENTITY: ("identities", _record_identities, _entry_identities),
    MatchField.GROUP_KEY: ("group_keys", _record_groups, _entry_groups),
    MatchField.METADATA: ("metadata", _metadata, _metadata),
}
"""Of each text field, the attribute of ``Row`` and how it is read from a record and from an entry."""


class OneText:
    """Shows currency and one text of one row after the other, as a ``Row`` does, in a tenth of the time."""

    def __init__(self, field: MatchField, *, is_records: bool) -> None:
        attribute, of_record, of_entry = _SHOWN[field]
        self._attribute = attribute
        self._read = of_record if is_records else of_entry
        self.currency = ""

    def read(self, row: asyncpg.Record) -> None:
        """Show the next row."""
        self.currency = row["currency"]
        setattr(self, self._attribute, self._read(row))
