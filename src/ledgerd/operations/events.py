"""Events: one by its id, and pages after a cursor for callers that poll."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ledgerd.access.caller import Caller
from ledgerd.core.model.ids import EVENT, encode
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.journal.cursor import Cursor
from ledgerd.journal.reader import Channel, Entry, HistoryLost, read_entry, read_page
from ledgerd.operations.costly import cut_off
from ledgerd.operations.engine import Engine

READS_MAX = 10
"""The most pages of the journal that are read for one page of events, so at most 10,000 entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a caller requested: up to ``size`` entries that ``wants`` selects. ``channel`` has all of these."""

    size: int
    channel: Channel
    wants: Callable[[Entry], bool]


class Found(NamedTuple):
    """The entries of a page, the cursor after them, and whether nothing was committed after that cursor."""

    entries: list[Entry]
    next: Cursor
    end_reached: bool


async def get(engine: Engine, caller: Caller, event_id: uuid.UUID) -> Entry:
    """An event that has its position. Raises Rejected: EVENT_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        entry = await read_entry(connection, event_id.int)
    if entry is None:
        raise reject(Reason.EVENT_NOT_FOUND, event=encode(EVENT, event_id.int))
    return entry


async def page(engine: Engine, caller: Caller, wanted: Wanted, *, after: Cursor, end: Cursor) -> Found:
    """The selected entries after a cursor, up to the head of the journal. The page ends early after READS_MAX reads.

    Raises Rejected: CURSOR_OUT_OF_RANGE, READ_TOO_COSTLY.
    """
    at = after
    entries: list[Entry] = []
    for _ in range(READS_MAX):
        if at >= end or len(entries) == wanted.size:
            break
        read, at_next = await _read(engine, at, wanted.channel, end.position)
        selected = [entry for entry in read if wanted.wants(entry)]
        entries += selected[: wanted.size - len(entries)]
        # Of a page that is full, what follows its last entry was not looked at, but for what nobody selects.
        at = entries[-1].cursor if selected and entries[-1] is not selected[-1] else at_next
    return Found(entries, at, at >= end)


async def _read(engine: Engine, after: Cursor, channel: Channel, head: int) -> tuple[list[Entry], Cursor]:
    try:
        async with engine.pool.acquire() as connection:
            with cut_off(engine.costly.seconds, "kinds"):
                return await read_page(connection, after, channel, head=head)
    except HistoryLost:
        raise reject(Reason.CURSOR_OUT_OF_RANGE, cursor=after.text(), cause="history") from None
