"""Rows of both sides that a matching rule is tried on: the caller's own, or some that the service has."""

import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import ids, limits
from ledgerd.core.model.external_source import SignConvention
from ledgerd.operations import external_sources
from ledgerd.operations.engine import Engine
from ledgerd.reconciliation import rows
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.spec import RunSpec
from ledgerd.store import reconciliation_rows as stored

_ALL = (1 << 63) - 1
"""No record, no version of a balance and no decision has a higher number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of both sides, and the precision of each of their currencies."""

    records: tuple[Row, ...]
    entries: tuple[Row, ...]
    precisions: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRows:
    """The rows of a source and of its balances from one day to the day before another one."""

    source_id: uuid.UUID
    begin: date
    end: date


async def read(engine: Engine, caller: Caller, wanted: StoredRows) -> Rows:
    """The first of these rows that nothing has matched yet.

    Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND, READ_TOO_COSTLY.
    """
    async with engine.costly.turn("stored_sample.begin_date") as connection:
        spec = _spec(await external_sources.find(connection, wanted.source_id), wanted)
        begin, end = spec.moments()
        of_records = stored.Records(
            source_id=spec.source_id, upload_id=None, last=_ALL, decisions=_ALL, begin=spec.begin, end=spec.end,
            unbooked=False, time_zone=spec.time_zone, known=False,
        )  # fmt: skip
        of_entries = stored.Entries(
            versions=spec.versions, decisions=_ALL, begin=begin, end=end, by_effective_time=True, applied=True,
            inflight=False,
        )  # fmt: skip
        texts = stored.Texts()
        records = await _first(stored.records(connection, of_records, texts), rows.read_record(spec))
        entries = await _first(stored.entries(connection, of_entries, texts), rows.read_entry(spec))
    return Rows(
        records=tuple(replace(row, id=_record_id(row)) for row in records),
        entries=tuple(replace(row, id=_transaction_id(row)) for row in entries),
        precisions=spec.precisions,
    )


def _spec(source: asyncpg.Record, wanted: StoredRows) -> RunSpec:
    return RunSpec(
        id=wanted.source_id,
        source_id=wanted.source_id,
        upload_id=None,
        record_bound=_ALL,
        decisions=_ALL,
        versions=dict.fromkeys(source["balance_ids"], _ALL),
        begin=wanted.begin,
        end=wanted.end,
        by_effective_time=True,
        applied=True,
        inflight=False,
        time_zone=source["time_zone"],
        is_opposite=source["sign_convention"] == SignConvention.MONEY_IN_IS_DEBIT,
        rules=(),
        precisions=external_sources.precisions(source),
    )


async def _first(pieces: AsyncIterator[list[asyncpg.Record]], read_row: Callable[[asyncpg.Record], Row]) -> list[Row]:
    found: list[Row] = []
    async with aclosing(pieces):  # type: ignore[type-var]  # it is a generator
        async for piece in pieces:
            found += [read_row(row) for row in piece[: limits.PREVIEW_MAX_ROWS - len(found)]]
            if len(found) == limits.PREVIEW_MAX_ROWS:
                break
    return found


def _record_id(row: Row) -> str:
    return ids.encode(ids.EXTERNAL_RECORD, rows.record_number(row.id))


def _transaction_id(row: Row) -> str:
    transaction, _ = rows.entry_keys(row.id)
    return ids.encode_hex(ids.TRANSACTION, transaction)
