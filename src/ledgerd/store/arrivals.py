"""What was read of an upload, until it is published with the upload's end."""

import uuid
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from ledgerd.core.model.external_record import BankStatement
from ledgerd.store import queries
from ledgerd.store.copying import copy_rows

_QUERIES = queries.ARRIVALS
PUBLISH_SECONDS = 15 * 60
"""A million records take a minute or two."""

RECORD_COLUMNS = (
    *("upload_id", "ordinal", "key", "digest", "amount", "currency", "precision", "booking_date", "value_date"),
    *("booked_at", "reference_texts", "description", "counterparty", "counterparty_account", "identity_id"),
    *("group_key", "kind", "status", "source_status", "payments", "metadata", "line", "raw"),
)
FAULT_COLUMNS = ("upload_id", "ordinal", "line", "field", "code", "reason", "raw", "member")
_EMPTY_IS_NULL = ("number", "currency")
_STATEMENT_FIELDS = tuple(field.name for field in fields(BankStatement))


class Verdict(NamedTuple):
    """What the comparison with the source found: all faults, and those of records that the source has already."""

    faults: int
    known: int


async def forget(connection: asyncpg.Connection, upload_id: uuid.UUID) -> None:
    """Drop everything that was read of an upload."""
    await connection.execute(_QUERIES.forget_records, upload_id)
    await connection.execute(_QUERIES.forget_faults, upload_id)


async def add(connection: asyncpg.Connection, records: str, faults: str) -> None:
    """Write what was read, as rows in PostgreSQL's text format."""
    if records:
        await copy_rows(connection, "arriving_records", [records], RECORD_COLUMNS)
    if faults:
        await copy_rows(connection, "arriving_faults", [faults], FAULT_COLUMNS)


async def counts(connection: asyncpg.Connection, upload_id: uuid.UUID) -> tuple[int, int]:
    """How many records and faults are there."""
    row = await connection.fetchrow(_QUERIES.counts, upload_id)
    return row["records"], row["faults"]


async def lock_source(connection: asyncpg.Connection, source_id: uuid.UUID) -> None:
    """Let no other upload of the source bring records until the end of the transaction. Whoever sees a record then sees
    all records of the source with smaller numbers."""
    await connection.execute(_QUERIES.lock_source, source_id)


async def last_statements(connection: asyncpg.Connection, source_id: uuid.UUID) -> list[BankStatement]:
    """The last statement that the source has of each account and currency."""
    rows = await connection.fetch(_QUERIES.last_statements, source_id)
    return [BankStatement(**{name: _value(name, row[name]) for name in _STATEMENT_FIELDS}) for row in rows]


def _value(name: str, value: Any) -> Any:
    return "" if value is None and name in _EMPTY_IS_NULL else value


async def add_statements(
    connection: asyncpg.Connection,
    source_id: uuid.UUID,
    upload_id: uuid.UUID,
    statements: Sequence[tuple[int, BankStatement]],
    at: datetime,
) -> None:
    """Record statements, each with its ordinal."""
    for ordinal, statement in statements:
        await connection.execute(
            _QUERIES.add_statement,
            source_id,
            upload_id,
            ordinal,
            statement.account,
            statement.number or None,
            statement.page,
            statement.currency or None,
            statement.precision,
            statement.opening,
            statement.closing,
            statement.opening_date,
            statement.closing_date,
            statement.opening_is_intermediate,
            statement.closing_is_intermediate,
            statement.is_last_page,
            statement.is_interim,
            statement.credit_total,
            statement.debit_total,
            statement.declared_items,
            statement.records,
            statement.total,
            statement.items,
            statement.credits,
            statement.debits,
            statement.line,
            at,
        )


async def compare(connection: asyncpg.Connection, source_id: uuid.UUID, upload_id: uuid.UUID) -> Verdict:
    """Record the upload's faults: those that were found while reading, and those that show against the source."""
    await connection.execute(_QUERIES.compare, upload_id, source_id, timeout=PUBLISH_SECONDS)
    row = await connection.fetchrow(_QUERIES.judge, upload_id)
    return Verdict(row["faults"], row["known"])


async def publish(
    connection: asyncpg.Connection, source_id: uuid.UUID, upload_id: uuid.UUID, at: datetime, *, dry_run: bool = False
) -> int:
    """Record what the source did not have: for a dry run without the source. Returns how many records that are."""
    told = await connection.execute(_QUERIES.publish, upload_id, source_id, at, dry_run, timeout=PUBLISH_SECONDS)
    return int(told.rpartition(" ")[2])
