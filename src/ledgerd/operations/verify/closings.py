"""The periods that were closed, with the part of the journal in which each was the last closing of its ledger."""

import uuid
from collections.abc import Iterable, Sequence

import asyncpg

from ledgerd.operations.verify.checkpoint import Checkpoint
from ledgerd.operations.verify.entries import PERIODS, Closing, parts_of
from ledgerd.operations.verify.guard import guarded
from ledgerd.operations.verify.journal import Journal
from ledgerd.operations.verify.report import Report
from ledgerd.store import queries

_QUERIES = queries.VERIFY
_ENTRIES = queries.VERIFY_ENTRIES
_Told = tuple[uuid.UUID, str, int]


async def read(connection: asyncpg.Connection, report: Report, since: Checkpoint | None) -> list[Closing]:
    """Every closing, or those that the checkpoint tells and those since."""
    told: list[_Told] = []
    async with guarded(connection, report, PERIODS):
        if since is None:
            rows = await connection.fetch(_QUERIES.closings)
            told = [(row["ledger_id"], row["closed_before"], row["order_key"]) for row in rows]
        else:
            told = [(uuid.UUID(ledger), before, key) for ledger, before, key in since.closings]
            told += await _since(connection, since)
    return _in_turn(told)


async def _since(connection: asyncpg.Connection, since: Checkpoint) -> list[_Told]:
    """Read along the journal before its entries are: chunks that are proved at once need them all."""
    told: list[_Told] = []
    journal = Journal(connection, Report(), since.head)
    while (chunk := await journal.next_chunk()) is not None:
        parts = parts_of(chunk.commits)
        low, high = [part.low for part in parts], [part.high for part in parts]
        keys = [part.commit.order_key for part in parts]
        rows = await connection.fetch(_ENTRIES.closings, low, high, keys)
        told += [(row["ledger_id"], row["closed_before"], row["order_key"]) for row in rows]
    return told


def _in_turn(told: Iterable[_Told]) -> list[Closing]:
    by_ledger: dict[uuid.UUID, list[_Told]] = {}
    for one in sorted(set(told), key=lambda one: one[2]):
        by_ledger.setdefault(one[0], []).append(one)
    return [
        Closing(ledger, before, key, following[2] if following is not None else None)
        for one_ledger in by_ledger.values()
        for (ledger, before, key), following in zip(one_ledger, [*one_ledger[1:], None], strict=True)
    ]


def last(closed: Sequence[Closing]) -> tuple[tuple[str, str, int], ...]:
    """The last closing of each ledger, as a checkpoint keeps it."""
    return tuple((str(one.ledger_id), one.closed_before, one.since) for one in closed if one.until is None)
