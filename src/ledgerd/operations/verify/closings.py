"""The periods that were closed, with the part of the journal in which each was the last closing of its ledger."""

import uuid
from collections.abc import Iterable, Sequence

import asyncpg

from ledgerd.operations.verify.checkpoint import Checkpoint
from ledgerd.operations.verify.entries import PERIODS, Closing, parts_of
from ledgerd.operations.verify.guard import guarded
from ledgerd.operations.verify.journal import Journal
from ledgerd.operations.verify.report import Report
from ledgerd.store.proof import commits
from ledgerd.store.proof.commits import ToldClosing


async def read(connection: asyncpg.Connection, report: Report, since: Checkpoint | None) -> list[Closing]:
    """Every closing; with a checkpoint, the closings that it tells and the later ones."""
    told: list[ToldClosing] = []
    async with guarded(connection, report, PERIODS):
        if since is None:
            told = await commits.closings(connection)
        else:
            told = [ToldClosing(uuid.UUID(ledger), before, key) for ledger, before, key in since.closings]
            told += await _since(connection, since)
    return _in_turn(told)


async def _since(connection: asyncpg.Connection, since: Checkpoint) -> list[ToldClosing]:
    """The closings since a checkpoint. They are read before any entry is proved: every chunk needs all of them."""
    told: list[ToldClosing] = []
    journal = Journal(connection, Report(), since.head)
    while (chunk := await journal.next_chunk()) is not None:
        parts = parts_of(chunk.commits)
        low, high = [part.low for part in parts], [part.high for part in parts]
        keys = [part.commit.order_key for part in parts]
        told += await commits.closings_between(connection, low, high, keys)
    return told


def _in_turn(told: Iterable[ToldClosing]) -> list[Closing]:
    by_ledger: dict[uuid.UUID, list[ToldClosing]] = {}
    for closing in sorted(set(told), key=lambda closing: closing.order_key):
        by_ledger.setdefault(closing.ledger_id, []).append(closing)
    return [
        Closing(*closing, following.order_key if following is not None else None)
        for closings in by_ledger.values()
        for closing, following in zip(closings, [*closings[1:], None], strict=True)
    ]


def last(closed: Sequence[Closing]) -> tuple[tuple[str, str, int], ...]:
    """The last closing of each ledger, as a checkpoint keeps it."""
    return tuple(
        (str(closing.ledger_id), closing.closed_before, closing.since) for closing in closed if closing.until is None
    )
