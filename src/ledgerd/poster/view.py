"""Prefetches into the Book all that the operations of a batch name, and opens missing internal balances."""

from collections.abc import Iterable, Mapping, Sequence

import asyncpg

from ledgerd.core.book import Book
from ledgerd.core.internal_balances import named_balances
from ledgerd.core.model.account import Account
from ledgerd.core.model.ids import BALANCE, BATCH, TRANSACTION, decode_hex
from ledgerd.core.model.operation import Amendment, Apply, Deferred, Operation, Post, Refund, ResolveHold
from ledgerd.core.plan import Plan
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.store import deferred, internal_balances, load, plan_writer


async def prefetch(
    connection: asyncpg.Connection,
    book: Book,
    operations: Sequence[Operation],
    ids_and_clock: IdsAndClock,
    *,
    opens_internals: bool = True,
    with_references: bool = True,
) -> None:
    """Add to the Book what it lacks of these operations' balances, older transactions and references.

    Balances are read before older transactions, in separate statements: see load.parents. Internal balances that do not
    exist yet are opened, or, for a preview, only added to the Book. References come last, because the database's clock
    is read with them. Raises StaleView where the Book was read from another server than that of the connection.
    """
    if book.server not in (None, connection.server):
        raise plan_writer.StaleView
    book.server = connection.server
    posts = [operation for operation in operations if isinstance(operation, Post)]
    nominated = await _prefetch_deferred(connection, book, operations) if len(posts) < len(operations) else []
    parents = {parent for parent in _parents(operations, book) if _is_to_be_read(book, parent)}
    named = {name for post in posts for name in _unknown(post, book.accounts)}
    keys = {decode_hex(BALANCE, name) for name in named if isinstance(name, str)} - {None}
    indicators = sorted(name for name in named if isinstance(name, tuple))
    keys |= _sides_of(nominated, book)
    if parents:
        known = {account.key for account in book.accounts.values()}
        keys |= await load.sides(connection, parents, book.legs_max) - known
    found = await load.indicator_keys(connection, indicators)
    keys |= set(found.values())
    await load.accounts(connection, book, [key for key in keys if key is not None])
    missing = [name for name in indicators if name not in found]
    if missing:
        if opens_internals:
            plan = Plan(ids_and_clock.block(), ids_and_clock.now())
            await internal_balances.open_missing(connection, book, posts, missing, plan, ids_and_clock.number)
        else:
            await internal_balances.imagine_missing(connection, book, posts, missing, ids_and_clock.number)
    await load.parents(connection, book, parents)
    if not opens_internals:
        await deferred.load_queued(connection, book, _covering_sources(book, posts))
    if with_references:
        unknown = [reference for reference in _references(operations) if reference not in book.references]
        await _look_up(connection, book, unknown, ids_and_clock)


async def reload(
    connection: asyncpg.Connection,
    book: Book,
    keys: Iterable[str],
    operations: Sequence[Operation],
    ids_and_clock: IdsAndClock,
) -> None:
    """Read into a new Book these balances, and the older transactions and references of the operations, as of now.

    Call it when the balances are locked, in a later statement than the one that locked them: the snapshot of that
    statement is older than the locks.
    """
    await load.accounts(connection, book, list(keys))
    await deferred.load(connection, book, _deferred_keys(operations))
    await load.parents(connection, book, _parents(operations, book))
    posts = [operation for operation in operations if isinstance(operation, Post)]
    await deferred.load_queued(connection, book, _covering_sources(book, posts))
    await _look_up(connection, book, _references(operations), ids_and_clock)


async def _look_up(
    connection: asyncpg.Connection, book: Book, references: Sequence[str], ids_and_clock: IdsAndClock
) -> None:
    """Add the transactions that these references recorded, and learn the time. So a time that had passed for the caller
    at its call has passed for the decision as well."""
    sent_ns = ids_and_clock.clock.stopwatch_ns()
    told = await load.references(connection, book, references)
    if told is not None:
        ids_and_clock.clock.learn(told, sent_ns)


def _parents(operations: Sequence[Operation], book: Book) -> set[str]:
    """The ids of the older transactions that the operations change. A rejected nomination changes none."""
    holds = {operation.hold_id for operation in operations if isinstance(operation, ResolveHold)}
    # A deferred refund is applied by a worker's nomination only: no refund is ever in review.
    applied = {
        operation.deferred.key
        for operation in operations
        if isinstance(operation, Apply) and operation.rejected is None
    }
    nominated = (book.deferred[key] for key in applied if key in book.deferred)
    refunds = (*operations, *(transaction.operation for transaction in nominated))
    return holds | {refund.transaction_id for refund in refunds if isinstance(refund, Refund)}


def _is_to_be_read(book: Book, parent_id: str) -> bool:
    """Whether a parent must be read. A deferred transaction is read again each time: it may have been applied since.
    So is a batch: it may have grown."""
    known = book.parents.get(parent_id)
    return known is None or known.unmoved is not None or parent_id.startswith(BATCH)


def _references(operations: Sequence[Operation]) -> list[str]:
    """The references that may be recorded. A nomination has no reference of its own."""
    return [operation.reference for operation in operations if not isinstance(operation, Apply)]


# Deferred transactions -------------------------------------------------------------------------


async def _prefetch_deferred(
    connection: asyncpg.Connection, book: Book, operations: Sequence[Operation]
) -> list[Deferred]:
    """Add the deferred transactions that these operations concern. A nomination contains its transaction."""
    for operation in operations:
        if isinstance(operation, Apply):
            book.keep(operation.deferred)
    keys = _deferred_keys(operations)
    await deferred.load(connection, book, {key for key in keys if key not in book.deferred})
    return [book.deferred[key] for key in keys if key in book.deferred]


def _deferred_keys(operations: Sequence[Operation]) -> set[str]:
    keys = {operation.deferred.key for operation in operations if isinstance(operation, Apply)}
    amendments = (operation.transaction_id for operation in operations if isinstance(operation, Amendment))
    return keys | {key for key in (decode_hex(TRANSACTION, amendment) for amendment in amendments) if key is not None}


def _sides_of(nominated: Iterable[Deferred], book: Book) -> set[str]:
    """The keys of the balances on both sides that the Book lacks."""
    names = {
        side
        for transaction in nominated
        for part in transaction.parts
        for side in (part.source_id, part.destination_id)
    }
    keys = (decode_hex(BALANCE, name) for name in names if name not in book.accounts)
    return {key for key in keys if key is not None}


def _covering_sources(book: Book, posts: Sequence[Post]) -> set[Account]:
    """The sources that must cover their deferred transactions."""
    checked = [post for post in posts if post.deferral is not None and post.deferral.check_queued]
    sources = [book.find(name, post.currency) for post in checked for name in post.source_names]
    return {source for source in sources if source is not None}


def dated_ledgers(book: Book, operations: Sequence[Operation]) -> set[str]:
    """The keys of the ledgers whose periods the decision of these operations depends on."""
    decided = (*operations, *(transaction.operation for transaction in book.deferred.values()))
    dated = [post for post in decided if isinstance(post, Post) and post.effective_at is not None]
    sides = [book.find(name, post.currency) for post in dated for name in post.names]
    return {side.ledger_key for side in sides if side is not None}


def _unknown(post: Post, known: Mapping[str | tuple[str, str], Account]) -> Iterable[str | tuple[str, str]]:
    """The names of a draft's sides that are not known. Most names are known ids."""
    if post.source in known and post.destination in known:
        return ()
    return (name for name in named_balances(post) if name not in known)
