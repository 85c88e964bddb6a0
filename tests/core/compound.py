"""Splits and batches in a Book, and what is asked of them, in the tests' words."""

from ledgerd.core.book import Book
from ledgerd.core.model import ids
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.figures import Kind
from ledgerd.core.model.operation import Refund, ResolveHold, Target
from ledgerd.core.model.parent import Parent
from tests import builders as a


def bat(name: str) -> str:
    return ids.encode(ids.BATCH, a.number(name))


def add_split(book: Book, name: str, *legs: Parent) -> Parent:
    """A split of these legs, with the sums of their figures."""
    split = a.hold(name, "", "", sum(leg.amount for leg in legs), kind=Kind.SPLIT)
    split.inflight = legs[0].kind is Kind.HOLD
    split.committed = sum(leg.committed for leg in legs)
    split.voided = sum(leg.voided for leg in legs)
    split.refunded = sum(leg.refunded for leg in legs)
    split.leg_ids = tuple(leg.id for leg in legs)
    for leg in legs:
        leg.header = split
        book.parents[leg.id] = leg
    book.parents[split.id] = split
    return split


def add_batch(book: Book, name: str, *members: Parent) -> None:
    for member in members:
        book.parents.setdefault(member.id, member)
    batch = Parent(bat(name), "", "", "", 0, kind=Kind.SPLIT, leg_ids=tuple(member.id for member in members))
    book.parents[batch.id] = batch


def moved(name: str, source: str, destination: str, amount: int, **more: object) -> Parent:
    return a.hold(name, source, destination, amount, kind=Kind.POSTING, **more)


def resolve(
    name: str, minor: int | None = None, *, void: bool = False, reference: str = "c", **more: object
) -> ResolveHold:
    target = name if name.startswith("bat_") else a.txn(name)
    quantity = more.pop("quantity", None if minor is None else Quantity(minor, None))
    return ResolveHold(reference, Target(target), void, quantity, **more)  # type: ignore[arg-type]


def refund(name: str, minor: int | None = None, reference: str = "f", **more: object) -> Refund:
    target = name if name.startswith("bat_") else a.txn(name)
    quantity = more.pop("quantity", None if minor is None else Quantity(minor, None))
    return Refund(reference, Target(target), quantity, **more)  # type: ignore[arg-type]


def standing(book: Book) -> object:
    return (
        {key: account.figures for key, account in book.accounts.items()},
        {key: parent.resolved for key, parent in book.parents.items()},
    )
