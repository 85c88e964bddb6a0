"""The leases that a commit of the write path proves: of accepted batches, and of attempts to post adjustments."""

import asyncpg

from ledgerd.store import batch_runs, reconciliation_adjustments

LeaseKey = tuple[str, str] | tuple[str, int]
"""A batch and the token of its lease; or the token of an attempt, and how many adjustments it is about."""


async def standing(connection: asyncpg.Connection, leases: set[LeaseKey]) -> set[LeaseKey]:
    """The leases that stand. They stand until the transaction ends."""
    found: set[LeaseKey] = set()
    batches = {(key, held) for key, held in leases if isinstance(held, str)}
    attempts = {(key, held) for key, held in leases if isinstance(held, int)}
    if batches:
        found |= await batch_runs.standing(connection, batches)
    if attempts:
        found |= await reconciliation_adjustments.standing(connection, attempts)
    return found
