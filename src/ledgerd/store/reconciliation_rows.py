"""The rows of both sides of a reconciliation, read in pieces, always in the same order."""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.RECONCILIATION_ROWS
_PIECE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Texts:
    """Which texts of rows are read. The others are null."""

    references: bool = True
    descriptions: bool = True
    counterparties: bool = True
    groups: bool = True
    metadata: bool = True
    identities: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Which records of a source are read."""

    source_id: uuid.UUID
    upload_id: uuid.UUID | None
    last: int
    decisions: int
    begin: date | None
    end: date | None
    unbooked: bool
    """Those that are pending, too."""
    time_zone: str | None
    """The zone in which a record without a booking date has a day; None: it has none, and is in no window."""
    known: bool
    """Of an upload, those too that the source had already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Which movements of balances are read."""

    versions: Mapping[uuid.UUID, int]
    decisions: int
    begin: datetime | None
    end: datetime | None
    by_effective_time: bool
    applied: bool
    inflight: bool


async def prepare(connection: asyncpg.Connection) -> None:
    """Let every statement be planned for its arguments: a list of ids and none need different plans."""
    await connection.execute("SET plan_cache_mode = force_custom_plan")


async def records(
    connection: asyncpg.Connection, of: Records, texts: Texts, numbers: Sequence[int] | None = None
) -> AsyncIterator[list[asyncpg.Record]]:
    """Records in the order of their numbers; only those of the list, where there is one."""
    arguments = (
        of.source_id, of.last, of.upload_id, of.decisions, of.begin, of.end, numbers, texts.references,
        texts.descriptions, texts.counterparties, texts.groups, texts.metadata, of.unbooked,
        of.time_zone, of.known,
    )  # fmt: skip
    async for piece in _pieces(connection, _QUERIES.records, *arguments):
        yield piece


async def duplicates(connection: asyncpg.Connection, source_id: uuid.UUID, numbers: Sequence[int]) -> set[int]:
    """Those of these records that say the same as an earlier record of the source, under another key."""
    return {row["id"] for row in await connection.fetch(_QUERIES.duplicates, source_id, list(numbers))}


async def left_out_records(
    connection: asyncpg.Connection, of: Records
) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    """The records that are ignored, and those outside the window: of each currency and precision ``count`` and
    ``amount``."""
    arguments = (
        of.source_id, of.last, of.upload_id, of.decisions, of.begin, of.end, of.unbooked, of.time_zone, of.known,
    )  # fmt: skip
    ignored = await connection.fetch(_QUERIES.ignored_records, *arguments)
    has_window = of.begin is not None or of.end is not None
    return ignored, await connection.fetch(_QUERIES.outside_records, *arguments) if has_window else []


async def left_out_entries(
    connection: asyncpg.Connection, of: Entries
) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    """The entries that are ignored, and those outside the window, as left_out_records counts them. What a balance
    received is positive."""
    arguments = (
        list(of.versions), list(of.versions.values()), of.decisions, of.begin, of.end, of.by_effective_time, of.applied,
        of.inflight,
    )  # fmt: skip
    ignored = await connection.fetch(_QUERIES.ignored_entries, *arguments)
    has_window = of.begin is not None or of.end is not None
    return ignored, await connection.fetch(_QUERIES.outside_entries, *arguments) if has_window else []


async def entries(
    connection: asyncpg.Connection, of: Entries, texts: Texts, transactions: Sequence[uuid.UUID] | None = None
) -> AsyncIterator[list[asyncpg.Record]]:
    """Entries in the order of balances and transactions; only of the transactions of the list, where there is one."""
    scope = list(of.versions)
    for balance_id in sorted(of.versions):
        arguments = (
            balance_id, of.versions[balance_id], scope, of.decisions, of.begin, of.end, of.by_effective_time,
            transactions, texts.references, texts.descriptions, texts.counterparties, texts.groups, texts.metadata,
            texts.identities, of.applied, of.inflight,
        )  # fmt: skip
        async for piece in _pieces(connection, _QUERIES.entries, *arguments):
            yield piece


async def _pieces(
    connection: asyncpg.Connection, statement: str, *arguments: object
) -> AsyncIterator[list[asyncpg.Record]]:
    async with connection.transaction(readonly=True):
        cursor = await connection.cursor(statement, *arguments)
        while piece := await cursor.fetch(_PIECE_ROWS):
            yield piece
