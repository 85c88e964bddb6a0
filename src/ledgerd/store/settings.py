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
    "SERVICE": _QUERIES.service,
    "EXTERNAL_SOURCE": _QUERIES.external_source,
    "MATCHING_RULE_SET": _QUERIES.matching_rule_set,
    "MATCHING_RULE": _QUERIES.matching_rule,
    "RECONCILIATION_STATEMENT": _QUERIES.reconciliation_statement,
}
"""The query of each noun with which kinds of events begin. A noun that begins with another one comes before it."""

PRESENT = "\n    UNION ALL\n    ".join(_DIGESTS.values())
"""Every ledger, balance, identity, monitor, external source, matching rule and set of these, and kept reconciliation
statement, and the service, with the digest of its settings."""

_OTHERS = (
    *(EventKind.MONITOR_FIRED, EventKind.BATCH_FINISHED),
    *(EventKind.UPLOAD_FINISHED, EventKind.UPLOAD_REJECTED, EventKind.UPLOAD_CANCELLED),
    *(
        EventKind.RECONCILIATION_MATCHES_CONFIRMED,
        EventKind.RECONCILIATION_MATCHES_REJECTED,
        EventKind.RECONCILIATION_MATCH_CREATED,
        EventKind.RECONCILIATION_MATCH_RELEASED,
    ),
    *(EventKind.RECONCILIATION_ROWS_IGNORED, EventKind.RECONCILIATION_ROWS_RESTORED),
    *(
        EventKind.RECONCILIATION_EXCEPTIONS_OPENED,
        EventKind.RECONCILIATION_EXCEPTION_UPDATED,
        EventKind.RECONCILIATION_EXCEPTIONS_RESOLVED,
    ),
    *(EventKind.EXTERNAL_SOURCE_LATE, EventKind.RECONCILIATION_PROVED, EventKind.RECONCILIATION_DIFFERENCE_FOUND),
    *(
        EventKind.RECONCILIATION_ADJUSTMENTS_POSTED,
        EventKind.RECONCILIATION_ADJUSTMENTS_REJECTED,
        EventKind.RECONCILIATION_ADJUSTMENT_REVERSED,
    ),
)

EVENTS = tuple(kind for kind in EventKind if kind not in _OTHERS)
"""The events that tell settings."""


async def digests(connection: asyncpg.Connection, kind: EventKind, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The digest of each of these rows as stored now. ``kind`` is the kind of the event that tells it."""
    query = next(query for noun, query in _DIGESTS.items() if kind.startswith(f"{noun}_"))
    return {row["id"]: row["digest"] for row in await connection.fetch(f"{query} WHERE t.id = ANY($1)", list(ids))}
