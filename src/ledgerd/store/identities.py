"""Identities as rows of their table."""

import json
import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

import asyncpg

from ledgerd.store import queries

_QUERIES = queries.IDENTITIES


async def find(connection: asyncpg.Connection, identity_id: uuid.UUID) -> asyncpg.Record | None:
    """An identity, if it exists."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1", identity_id)


async def insert(
    connection: asyncpg.Connection,
    identity_id: uuid.UUID,
    *,
    identity_type: str,
    attributes: Mapping[str, str],
    metadata: str,
    request_id: str | None,
    at: datetime,
) -> None:
    """Insert a new identity. ``metadata`` is JSON text."""
    stored = json.dumps(attributes)
    await connection.execute(_QUERIES.insert, identity_id, identity_type, stored, metadata, request_id, at)


async def lock_type(connection: asyncpg.Connection, identity_id: uuid.UUID) -> str | None:
    """The type of an identity, if it exists; its row is locked."""
    identity_type: str | None = await connection.fetchval(_QUERIES.lock, identity_id)
    return identity_type


async def lock_existence(connection: asyncpg.Connection, identity_id: uuid.UUID) -> bool:
    """Whether an identity exists; if it does, nobody can delete it before this transaction ends."""
    return await connection.fetchval(_QUERIES.lock_existence, identity_id) is not None


async def update(
    connection: asyncpg.Connection,
    identity_id: uuid.UUID,
    *,
    changed: Collection[str],
    attributes: Mapping[str, str],
    metadata: str | None,
    at: datetime,
) -> None:
    """Write the changed attributes of an identity. Metadata that is None stays as it is."""
    await connection.execute(_QUERIES.update, identity_id, list(changed), json.dumps(attributes), metadata, at)


async def lock_to_delete(connection: asyncpg.Connection, identity_id: uuid.UUID) -> bool:
    """Whether an identity exists; its row is locked. The lock waits for balances that are being linked, and keeps
    further ones away."""
    return await connection.fetchval(_QUERIES.lock_to_delete, identity_id) is not None


async def count_balances(connection: asyncpg.Connection, identity_id: uuid.UUID) -> int:
    """The number of balances of an identity."""
    count: int = await connection.fetchval(_QUERIES.count_balances, identity_id)
    return count


async def delete(connection: asyncpg.Connection, identity_id: uuid.UUID) -> None:
    """Delete an identity."""
    await connection.execute(_QUERIES.delete, identity_id)
