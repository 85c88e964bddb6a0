"""Opens the internal balances that drafts name for the first time. Balances that callers create: see operations."""

import uuid
from collections.abc import Callable, Sequence

import asyncpg

from ledgerd.core.book import Book
from ledgerd.core.internal_balances import imagined, precisions
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.event import BalanceChanged, BalanceFacts, Event, EventKind
from ledgerd.core.model.ids import BALANCE, GENERAL_LEDGER, LEDGER, encode
from ledgerd.core.model.operation import Post
from ledgerd.core.plan import Plan
from ledgerd.store import commits, event_writer, load, queries

_QUERIES = queries.POSTING

Name = tuple[str, str]
"""Indicator and currency."""


async def open_missing(
    connection: asyncpg.Connection,
    book: Book,
    posts: Sequence[Post],
    missing: Sequence[Name],
    plan: Plan,
    next_number: Callable[[], int],
) -> None:
    """Open the missing internal balances of these drafts, and add them to the Book.

    The commit of the plan opens them and does nothing else. The order is that of ``missing``, which is sorted, so that
    two processes do not deadlock. A balance that another process opened meanwhile is only added.
    """
    precision = precisions(book, posts, set(missing))
    wanted = [name for name in missing if name in precision]
    async with commits.transaction(connection):
        opened = []
        for name in wanted:
            key = uuid.UUID(int=next_number())
            if await connection.fetchval(_QUERIES.open_internal, key, *name, precision[name], plan.now):
                opened.append(_created(key, name, precision[name]))
        if opened:
            await event_writer.write_settings(connection, plan, opened)
    found = await load.indicator_keys(connection, wanted)
    await load.accounts(connection, book, found.values())


async def imagine_missing(
    connection: asyncpg.Connection,
    book: Book,
    posts: Sequence[Post],
    missing: Sequence[Name],
    next_number: Callable[[], int],
) -> None:
    """Add the missing internal balances to the Book of a preview, as they would be opened. Nothing is written."""
    precision = precisions(book, posts, set(missing))
    closed_before = await connection.fetchval(_QUERIES.closed_before, uuid.UUID(int=GENERAL_LEDGER))
    for name in missing:
        if name in precision:
            account = imagined(name, precision[name], f"{next_number():032x}", closed_before)
            book.add(account)
            book.queued[account.id] = 0  # No transaction can be deferred on it.


def _created(key: uuid.UUID, name: Name, precision: int) -> Event:
    indicator, currency = name
    facts = BalanceFacts(
        indicator=indicator,
        currency=currency,
        precision=precision,
        ledger_id=encode(LEDGER, GENERAL_LEDGER),
        identity_id=None,
        status=BalanceStatus.OPEN,
    )
    return Event(EventKind.BALANCE_CREATED, BalanceChanged(balance_id=encode(BALANCE, key.int), after=facts))
