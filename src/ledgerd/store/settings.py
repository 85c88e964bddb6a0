"""Digests of settings, which the journal tells, so that the proof finds a change that the service did not make."""

import uuid
from collections.abc import Collection

import asyncpg

from ledgerd.core.model.event import EventKind
from ledgerd.store import queries

_QUERIES = queries.SETTINGS
_DIGESTS = {
    "LEDGER": _QUERIES.ledger,
    "BALANCE": _QUERIES.balance,
    "IDENTITY": _QUERIES.identity,
    "MONITOR": _QUERIES.monitor,
}

PRESENT = "\n    UNION ALL\n    ".join(_DIGESTS.values())
"""Every ledger, balance, identity and monitor with the digest of its settings."""

EVENTS = tuple(kind for kind in EventKind if kind not in (EventKind.MONITOR_FIRED, EventKind.BATCH_FINISHED))
"""The events that tell settings."""


async def digests(connection: asyncpg.Connection, kind: EventKind, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The digest of each of these rows as stored now. ``kind`` is the kind of the event that tells it."""
    query = _DIGESTS[kind.partition("_")[0]]
    return {row["id"]: row["digest"] for row in await connection.fetch(f"{query} WHERE t.id = ANY($1)", list(ids))}
