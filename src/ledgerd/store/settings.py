"""What administrators set, as digests that the journal tells: so that a change behind the service's back is found."""

import uuid
from collections.abc import Collection

import asyncpg

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

CREATED = ("LEDGER_CREATED", "BALANCE_CREATED", "IDENTITY_CREATED", "MONITOR_CREATED")
UPDATED = (
    "LEDGER_UPDATED",
    "LEDGER_PERIOD_CLOSED",
    "BALANCE_UPDATED",
    "BALANCE_FROZEN",
    "BALANCE_UNFROZEN",
    "BALANCE_CLOSED",
    "IDENTITY_UPDATED",
    "MONITOR_UPDATED",
)
DELETED = ("IDENTITY_DELETED", "MONITOR_DELETED")
EVENTS = (*CREATED, *UPDATED, *DELETED)
"""The events that tell settings. Their names begin with the noun."""


async def digests(connection: asyncpg.Connection, kind: str, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The digest of each of these rows as it is stored now; ``kind`` is that of the event that tells it."""
    query = _DIGESTS[kind.partition("_")[0]]
    return {row["id"]: row["digest"] for row in await connection.fetch(f"{query} WHERE t.id = ANY($1)", list(ids))}
