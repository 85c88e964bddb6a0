"""Identities as rows of their table."""

import json
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from ledgerd.store import queries
from ledgerd.store.sql import as_array

_QUERIES = queries.IDENTITIES


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIdentity:
    """An identity to be inserted. ``metadata`` is JSON text."""

    id: uuid.UUID
    identity_type: str
    attributes: Mapping[str, str]
    metadata: str
    request_id: str | None
    at: datetime


async def find(connection: asyncpg.Connection, identity_id: uuid.UUID) -> asyncpg.Record | None:
    """An identity, if it exists."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1", identity_id)


async def find_all(connection: asyncpg.Connection, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, asyncpg.Record]:
    """Those of these identities that exist, by id."""
    if not ids:
        return {}
    rows = await connection.fetch(f"{_QUERIES.select} WHERE t.id = ANY($1::uuid[])", list(ids))
    return {row["id"]: row for row in rows}


async def lock_known(connection: asyncpg.Connection, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these identities that exist. Nobody can delete them before this transaction ends."""
    if not ids:
        return set()
    keys = as_array(identity_id.hex for identity_id in ids)
    return {row["id"] for row in await connection.fetch(queries.POSTING.lock_identities, keys)}


async def insert(connection: asyncpg.Connection, new: Iterable[NewIdentity]) -> None:
    """Insert new identities."""
    await connection.executemany(
        _QUERIES.insert,
        [
            (each.id, each.identity_type, json.dumps(each.attributes), each.metadata, each.request_id, each.at)
            for each in new
        ],
    )


async def lock(connection: asyncpg.Connection, identity_id: uuid.UUID) -> asyncpg.Record | None:
    """An identity, if it exists, locked until commit."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1 FOR NO KEY UPDATE", identity_id)


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
) -> asyncpg.Record | None:
    """Write the changed attributes of an identity. Metadata that is None stays as it is. Returns the identity's row,
    None where nothing changes."""
    stored = json.dumps(attributes)
    return await connection.fetchrow(_QUERIES.update, identity_id, list(changed), stored, metadata, at)


async def lock_to_delete(connection: asyncpg.Connection, identity_id: uuid.UUID) -> asyncpg.Record | None:
    """The revision of an identity, if it exists; its row is locked. The lock waits for balances and transactions that
    are being linked, and keeps further ones away."""
    return await connection.fetchrow(_QUERIES.lock_to_delete, identity_id)


async def count_links(connection: asyncpg.Connection, identity_id: uuid.UUID, limit: int) -> tuple[int, int]:
    """How many balances belong to an identity and how many transactions concern it, each at most ``limit``."""
    balances: int = await connection.fetchval(_QUERIES.count_balances, identity_id, limit)
    transactions: int = await connection.fetchval(_QUERIES.count_transactions, identity_id, limit)
    return balances, transactions


async def delete(connection: asyncpg.Connection, identity_id: uuid.UUID) -> None:
    """Delete an identity."""
    await connection.execute(_QUERIES.delete, identity_id)
