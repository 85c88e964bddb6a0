"""What operations are about: finds the transactions that they name by reference.

A reference never changes what it means once it is recorded, so what was looked up stays in the Book. A transaction that
is still being written, by this commit or by one before it, is found by its effect, and joins the parents and deferred
transactions of the Book as if it had been read. When its effect is undone, it leaves them: see Effect.undo.
"""

from dataclasses import replace

from ledgerd.core.book import Book, Unread
from ledgerd.core.effects import HeaderEntry, Movement
from ledgerd.core.model.figures import DEFERRED, MOVED, Kind
from ledgerd.core.model.ids import TRANSACTION, decode_hex
from ledgerd.core.model.operation import Deferred, Post, Refund, Target, Targeted, derived_reference
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.request_json import was_inflight
from ledgerd.core.model.transaction import Transaction

_Written = Movement | HeaderEntry


def find(operation: Targeted, book: Book) -> Targeted:
    """The operation with the id of its target, and with its own reference where that follows from the id. Without
    these where nothing is recorded under the target's reference."""
    if operation.target.id:
        return operation
    reference = operation.target.reference
    target_id = _id_of(reference, book)
    if target_id is None:
        return operation
    own = operation.reference or derived_reference(operation, target_id)
    return replace(operation, target=Target(target_id, reference), reference=own)


def _id_of(reference: str, book: Book) -> str | None:
    recorded = book.references.get(reference)
    if isinstance(recorded, (Movement, HeaderEntry)):
        join(recorded, book)
        return recorded.id
    known = book.targets.get(reference)
    if known is None and recorded is not None:
        # Another process recorded it just now, after the targets were looked up.
        raise Unread
    return known


def join(written: _Written, book: Book) -> None:
    """Add to the Book a transaction that is still being written, unless the Book has it."""
    if written.id in book.parents:
        return
    transaction = written.to_transaction()
    book.keep(_deferred(written, transaction))
    legs = [(leg, leg.to_transaction()) for leg in written.legs] if isinstance(written, HeaderEntry) else []
    parent = _add_parent(transaction, book)
    if parent.kind is not Kind.SPLIT:
        return
    for _, leg in legs:
        joined = _add_parent(leg, book)
        joined.header, parent.inflight = parent, joined.kind is Kind.HOLD
    parent.leg_ids = tuple(leg.id for _, leg in legs)
    if not legs and transaction.currency is not None and transaction.precision is not None:
        parent.kinds = frozenset({(transaction.currency, transaction.precision)})
        parent.inflight = was_inflight(transaction.request_json)
        book.take_in(parent, book.deferred[parent.key].made)


def _add_parent(row: Transaction, book: Book) -> Parent:
    key = _key(row)
    known = book.deferred.get(key)
    status = row.status if known is None else known.status
    parent = book.parents[row.id] = Parent(
        id=row.id,
        key=key,
        source_id=row.source_id or "",
        destination_id=row.destination_id or "",
        amount=row.amount or (known is not None and known.moved) or 0,
        is_undecided=row.amount is None,
        kind=row.kind,
        allow_overdraft=row.allow_overdraft,
        overdraft_limit=row.overdraft_limit,
        allow_over_commit=row.allow_over_commit,
        expires_at=row.expires_at,
        commits_at=row.commits_at,
        unmoved=None if status in MOVED else status,
    )
    return parent


def _deferred(written: _Written, row: Transaction) -> Deferred:
    """As amendments see it. What is not deferred is there too: an amendment of it is rejected."""
    is_deferred = row.status in DEFERRED
    legs = written.legs if isinstance(written, HeaderEntry) and is_deferred else ()
    return _stands(row, written.operation if is_deferred else None, tuple(_leg(leg.to_transaction()) for leg in legs))


def _leg(row: Transaction) -> Deferred:
    return _stands(row, None, ())


def _stands(row: Transaction, operation: object, legs: tuple[Deferred, ...]) -> Deferred:
    return Deferred(
        key=_key(row),
        status=row.status,
        source_id="" if row.kind is Kind.SPLIT else row.source_id or "",
        destination_id="" if row.kind is Kind.SPLIT else row.destination_id or "",
        operation=_as_applied(operation),
        scheduled_at=row.scheduled_at,
        seen_at=row.created_at,
        amount=row.amount,
        currency=row.currency,
        batch_id=row.batch_id,
        legs=legs,
        header_id=row.header_id,
        created_by=row.created_by,
    )


def _as_applied(operation: object) -> Post | Refund | None:
    """What was deferred, as it is judged when it is applied. Whom it concerns was judged when it was deferred."""
    if isinstance(operation, Post):
        return replace(operation, deferral=None, identity_ids=())
    return replace(operation, deferral=None) if isinstance(operation, Refund) else None


def _key(row: Transaction) -> str:
    key = decode_hex(TRANSACTION, row.id)
    assert key is not None, f"not an id of ours: {row.id}"
    return key
