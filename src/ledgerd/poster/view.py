"""Prefetches into the Book all that the operations of a batch name, and opens missing internal balances."""

from collections.abc import Iterable, Mapping, Sequence

import asyncpg

from ledgerd.core import currencies
from ledgerd.core.book import Book
from ledgerd.core.internal_balances import named_balances
from ledgerd.core.model.account import Account
from ledgerd.core.model.ids import BALANCE, BATCH, TRANSACTION, decode_hex
from ledgerd.core.model.operation import (
    AdjustHold,
    Amendment,
    Apply,
    Deferred,
    Moving,
    Operation,
    Post,
    Refund,
    ResolveHold,
    Target,
    Targeted,
    derived_reference,
)
from ledgerd.core.plan import Plan
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.store import deferred, internal_balances, load, plan_writer, service_settings


async def prefetch(
    connection: asyncpg.Connection,
    book: Book,
    operations: Sequence[Operation],
    ids_and_clock: IdsAndClock,
    *,
    opens_internals: bool = True,
    with_references: bool = True,
) -> list[str]:
    """Add to the Book what it lacks of these operations' balances, older transactions and references. Returns the
    references that were looked up.

    What operations name by reference is found first: it tells which balances and older transactions to read. Balances
    are read before older transactions, in separate statements: see load.parents. Internal balances that do not exist
    yet are opened, or, for a preview, only added to the Book. The operations' own references come last, because the
    database's clock is read with them. Raises StaleView where the Book was read from another server than that of the
    connection.
    """
    if book.server not in (None, connection.server):
        raise plan_writer.StaleView
    book.server = connection.server
    # Nearly all operations are drafts, so what no draft needs is read for the others alone.
    posts, others = _apart(operations)
    nominated = []
    if others:
        await _find_targets(connection, book, others)
        nominated = await _prefetch_deferred(connection, book, others)
    bare = [post for post in posts if not post.currency]
    looked_up: list[str] = []
    in_currency = posts
    if bare:
        looked_up = await _find_currencies(connection, book, bare, ids_and_clock)
        in_currency = [post for post in posts if post.currency]
    parents = {parent for parent in _parents(others, book) if _is_to_be_read(book, parent)}
    named = {name for post in in_currency for name in _unknown(post, book.accounts)}
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
            await internal_balances.open_missing(connection, book, in_currency, missing, plan, ids_and_clock.number)
        else:
            await internal_balances.imagine_missing(connection, book, in_currency, missing, ids_and_clock.number)
    await load.parents(connection, book, parents)
    # Identities are read again for each batch: they may have been deleted.
    book.identities.clear()
    await load.identities(connection, book, _identities(in_currency), locks=False)
    if not opens_internals:
        await deferred.load_queued(connection, book, _covering_sources(book, in_currency))
    if not with_references:
        return []
    unknown = [reference for reference in _references(posts, others, book) if reference not in book.references]
    await _look_up(connection, book, unknown, ids_and_clock)
    return looked_up + unknown


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
    posts, others = _apart(operations)
    await load.accounts(connection, book, list(keys))
    await deferred.load(connection, book, _deferred_keys(others, book))
    await deferred.load_members(connection, book, _amended_batches(others))
    await load.parents(connection, book, _parents(others, book))
    await load.identities(connection, book, _identities(posts), locks=True)
    await deferred.load_queued(connection, book, _covering_sources(book, posts))
    await _look_up(connection, book, _references(posts, others, book), ids_and_clock)


def _apart(operations: Sequence[Operation]) -> tuple[list[Post], list[Operation]]:
    """The drafts, and the other operations."""
    posts = [operation for operation in operations if isinstance(operation, Post)]
    if len(posts) == len(operations):
        return posts, []
    return posts, [operation for operation in operations if not isinstance(operation, Post)]


async def _look_up(
    connection: asyncpg.Connection, book: Book, references: Sequence[str], ids_and_clock: IdsAndClock
) -> None:
    """Add the transactions that these references recorded, and learn the time. So a time that had passed for the caller
    at its call has passed for the decision as well."""
    sent_ns = ids_and_clock.clock.stopwatch_ns()
    told = await load.references(connection, book, references)
    if told is not None:
        ids_and_clock.clock.learn(told, sent_ns)


# Older transactions ----------------------------------------------------------------------------


async def _find_targets(connection: asyncpg.Connection, book: Book, operations: Sequence[Operation]) -> None:
    """Look up what the operations name by reference. What is still being written is not there yet: the Book has it."""
    named = {operation.target.reference for operation in operations if isinstance(operation, Targeted)} - {""}
    unknown = [name for name in named if name not in book.targets and name not in book.references]
    book.targets |= await load.ids_by_reference(connection, unknown)


def _target_id(target: Target, book: Book) -> str:
    """The id of a target that is recorded; empty for one that is not, or not yet."""
    return target.id or book.targets.get(target.reference, "")


async def _find_currencies(
    connection: asyncpg.Connection, book: Book, bare: Sequence[Post], ids_and_clock: IdsAndClock
) -> list[str]:
    """Fill in the currencies of these drafts, which give none. What needs the default and is recorded already needs
    none: the default may be another one since, and would only open balances that nobody asked for. Returns the
    references that were looked up."""
    names = {name for post in bare for name in post.names if name not in book.accounts}
    keys = {decode_hex(BALANCE, name) for name in names if not name.startswith("@")} - {None}
    await load.accounts(connection, book, [key for key in keys if key is not None])
    default = None
    needing = [post.reference for post in bare if currencies.needs_default(post)]
    unknown = [reference for reference in needing if reference not in book.references]
    if needing:
        await _look_up(connection, book, unknown, ids_and_clock)
        default = await service_settings.default_currency(connection)
    for post in bare:
        if not (currencies.needs_default(post) and post.reference in book.references):
            currencies.complete(post, book, default)
    return unknown


def _parents(operations: Sequence[Operation], book: Book) -> set[str]:
    """The ids of the older transactions that the operations change. A rejected nomination changes none."""
    # A deferred refund is applied by a worker's nomination only: no refund is ever in review.
    applied = {
        operation.deferred.key
        for operation in operations
        if isinstance(operation, Apply) and operation.rejected is None
    }
    nominated = (book.deferred[key] for key in applied if key in book.deferred)
    requested = (*operations, *(transaction.operation for transaction in nominated))
    moving = (operation for operation in requested if isinstance(operation, (ResolveHold, Refund, AdjustHold)))
    return {_target_id(operation.target, book) for operation in moving} - {""}


def _identities(posts: Sequence[Post]) -> set[str]:
    """The identities that drafts concern."""
    return {identity_id for post in posts if post.identity_ids for identity_id in post.identity_ids}


def _is_to_be_read(book: Book, parent_id: str) -> bool:
    """Whether a parent must be read. A deferred transaction is read again each time: it may have been applied since.
    So is a batch: it may have grown."""
    known = book.parents.get(parent_id)
    return known is None or known.unmoved is not None or parent_id.startswith(BATCH)


def _references(posts: Sequence[Post], others: Sequence[Operation], book: Book) -> list[str]:
    """The references that may be recorded. A nomination has no reference of its own; neither has an operation that
    derives it from a target which is not recorded yet."""
    own = (_reference(operation, book) for operation in others if isinstance(operation, Targeted))
    return [post.reference for post in posts] + [reference for reference in own if reference]


def _reference(operation: Targeted, book: Book) -> str:
    if operation.reference:
        return operation.reference
    target_id = _target_id(operation.target, book)
    return derived_reference(operation, target_id) if target_id else ""


# Deferred transactions -------------------------------------------------------------------------


async def _prefetch_deferred(
    connection: asyncpg.Connection, book: Book, operations: Sequence[Operation]
) -> list[Deferred]:
    """Add the deferred transactions that these operations concern. A nomination contains its transaction."""
    for operation in operations:
        if isinstance(operation, Apply):
            book.keep(operation.deferred)
    keys = _deferred_keys(operations, book)
    await deferred.load(connection, book, {key for key in keys if key not in book.deferred})
    batches = _amended_batches(operations)
    await deferred.load_members(connection, book, batches)
    keys |= {key for batch_id in batches for key in book.members.get(batch_id, ())}
    return [book.deferred[key] for key in keys if key in book.deferred]


def _deferred_keys(operations: Sequence[Operation], book: Book) -> set[str]:
    keys = {operation.deferred.key for operation in operations if isinstance(operation, Apply)}
    named = (_target_id(operation.target, book) for operation in operations if isinstance(operation, Amendment))
    return keys | {key for key in (decode_hex(TRANSACTION, target_id) for target_id in named) if key is not None}


def _amended_batches(operations: Sequence[Operation]) -> set[str]:
    return {
        operation.target.id
        for operation in operations
        if isinstance(operation, Amendment) and operation.target.is_batch
    }


def _sides_of(nominated: Iterable[Deferred], book: Book) -> set[str]:
    """The keys of the balances on both sides that the Book lacks."""
    names = set()
    for transaction in nominated:
        names |= {side for part in transaction.parts for side in (part.source_id, part.destination_id)}
        if transaction.undivided is not None:
            names.update(transaction.undivided.names)
    keys = (decode_hex(BALANCE, name) for name in names if name not in book.accounts)
    return {key for key in keys if key is not None}


def _covering_sources(book: Book, posts: Sequence[Post]) -> set[Account]:
    """The sources that must cover their deferred transactions."""
    checked = [post for post in posts if post.deferral is not None and post.deferral.check_deferred]
    sources = [book.find(name, post.currency) for post in checked for name in post.source_names]
    return {source for source in sources if source is not None}


def dated_ledgers(book: Book, operations: Sequence[Operation]) -> set[str]:
    """The keys of the ledgers whose periods the decision of these operations depends on."""
    decided = (*operations, *(transaction.operation for transaction in book.deferred.values()))
    dated = [
        moving
        for moving in decided
        if (type(moving) is Post or isinstance(moving, Moving)) and moving.effective_at is not None
    ]
    if not dated:
        return set()
    posts = {operation.reference: operation for operation in operations if isinstance(operation, Post)}
    sides = [side for moving in dated for side in _sides_now(moving, book, posts)]
    return {side.ledger_key for side in sides if side is not None}


def _sides_now(moving: Moving, book: Book, posts: Mapping[str, Post]) -> Iterable[Account | None]:
    """The balances that an operation moves, as far as the Book has them. Its target may be one of these drafts."""
    if isinstance(moving, Post):
        return [book.find(name, moving.currency) for name in moving.names]
    parent = book.parents.get(_target_id(moving.target, book))
    if parent is None:
        draft = posts.get(moving.target.reference)
        return () if draft is None else _sides_now(draft, book, posts)
    parts = [book.parents[leg_id] for leg_id in parent.leg_ids] if parent.is_header else [parent]
    return [book.accounts.get(side) for part in parts for side in (part.source_id, part.destination_id)]


def _unknown(post: Post, known: Mapping[str | tuple[str, str], Account]) -> Iterable[str | tuple[str, str]]:
    """The names of a draft's sides that are not known. Most names are known ids."""
    if post.source in known and post.destination in known:
        return ()
    return (name for name in named_balances(post) if name not in known)
