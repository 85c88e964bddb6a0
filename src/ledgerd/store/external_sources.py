"""External sources as rows of their table, each with its balances and their precisions."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import asyncpg

from ledgerd.core.model.external_source import SettlementWindow
from ledgerd.core.model.format_profile import AmountSigns, AmountUnit, FeeSigns, FileFormat, FormatProfile
from ledgerd.store import queries

_QUERIES = queries.EXTERNAL_SOURCES
_READ: Mapping[str, Any] = {
    "format": FileFormat,
    "amount_signs": AmountSigns,
    "amount_unit": AmountUnit,
    "fee_signs": FeeSigns,
    **dict.fromkeys(("credit_words", "debit_words", "booked_words", "pending_words", "information_words"), tuple),
}
"""How the fields of a profile are read that are not the JSON values themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """The settings of a source. ``format_profile``, ``match_on_arrival``, ``expected_every`` and ``metadata`` are JSON
    text."""

    name: str
    description: str | None
    format_profile: str | None
    currency: str | None
    time_zone: str
    sign_convention: str
    settlement_window: str
    age_bucket_days: tuple[int, ...]
    confirmation_policy: str
    match_on_arrival: str | None
    expected_every: str | None
    metadata: str


def profile_text(profile: FormatProfile) -> str:
    """The JSON text that profile_of reads."""
    return json.dumps(asdict(profile), sort_keys=True)


def profile_of(text: str) -> FormatProfile:
    """The profile that profile_text wrote, now or in an earlier version: what that did not know has its default."""
    stored = json.loads(text)
    known = {field.name for field in fields(FormatProfile)}
    return FormatProfile(
        **{name: _READ[name](value) if name in _READ else value for name, value in stored.items() if name in known}
    )


def window_text(window: SettlementWindow) -> str:
    """The JSON text that window_of reads."""
    return json.dumps({window.unit: window.length})


def window_of(text: str) -> SettlementWindow:
    """What window_text wrote."""
    ((unit, length),) = json.loads(text).items()
    return SettlementWindow(unit, length)


async def find(connection: asyncpg.Connection, source_id: uuid.UUID) -> asyncpg.Record | None:
    """A source, if it exists."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1", source_id)


async def lock(connection: asyncpg.Connection, source_id: uuid.UUID) -> asyncpg.Record | None:
    """A source, locked until the end of the transaction, if it exists."""
    await connection.fetchval(_QUERIES.lock, source_id)
    return await find(connection, source_id)


async def named(connection: asyncpg.Connection, name: str) -> uuid.UUID | None:
    """The source that has this name."""
    found: uuid.UUID | None = await connection.fetchval(_QUERIES.named, name)
    return found


async def insert(
    connection: asyncpg.Connection,
    source_id: uuid.UUID,
    settings: SourceSettings,
    balance_ids: Sequence[uuid.UUID],
    *,
    request_id: str | None,
    at: datetime,
) -> None:
    """Insert a new source with its balances."""
    await connection.execute(_QUERIES.insert, source_id, *_values(settings), request_id, at)
    await connection.execute(_QUERIES.correspond, source_id, list(balance_ids))


async def update(
    connection: asyncpg.Connection,
    source_id: uuid.UUID,
    settings: SourceSettings,
    balance_ids: Sequence[uuid.UUID],
    at: datetime,
) -> None:
    """Write the settings of a source and its balances."""
    await connection.execute(_QUERIES.update, source_id, *_values(settings), at)
    await connection.execute(_QUERIES.forget_balances, source_id)
    await connection.execute(_QUERIES.correspond, source_id, list(balance_ids))


async def in_use(connection: asyncpg.Connection, source_id: uuid.UUID) -> asyncpg.Record:
    """Whether a source has records, and whether it has uploads that are received or read."""
    return await connection.fetchrow(_QUERIES.in_use, source_id)


async def delete(connection: asyncpg.Connection, source_id: uuid.UUID) -> None:
    """Delete a source that has no records, with its uploads."""
    await connection.execute(_QUERIES.delete, source_id)


def _values(settings: SourceSettings) -> tuple[object, ...]:
    return (
        settings.name,
        settings.description,
        settings.format_profile,
        settings.currency,
        settings.time_zone,
        settings.sign_convention,
        settings.settlement_window,
        list(settings.age_bucket_days),
        settings.confirmation_policy,
        settings.match_on_arrival,
        settings.expected_every,
        settings.metadata,
    )
