"""Verifications of identities as rows of their table."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.VERIFICATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVerification:
    """A verification to be inserted."""

    id: uuid.UUID
    identity_id: uuid.UUID
    kind: str
    outcome: str
    tier: str | None
    checked_at: datetime
    expires_at: datetime | None
    provider: str | None
    provider_reference: str | None
    description: str | None
    request_id: str | None
    at: datetime


async def find(connection: asyncpg.Connection, verification_id: uuid.UUID) -> asyncpg.Record | None:
    """A verification, if it exists."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1", verification_id)


async def insert(connection: asyncpg.Connection, new: NewVerification) -> None:
    """Insert a verification. The row of its identity must be locked: the digest of the identity covers it."""
    await connection.execute(
        _QUERIES.insert,
        new.id,
        new.identity_id,
        new.kind,
        new.outcome,
        new.tier,
        new.checked_at,
        new.expires_at,
        new.provider,
        new.provider_reference,
        new.description,
        new.request_id,
        new.at,
    )
