"""A Book with something for each rule to object to, and what the rules say in it."""

from ledgerd.core.book import Book
from ledgerd.core.decide import Outcome
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Operation
from tests import builders as a
from tests.builders import decide

HUGE = 10**37


def world() -> Book:
    return a.book(
        a.account("poor", credit=50),
        a.account("rich", credit=10_000),
        a.account("floored", credit=100, floor=-30),
        a.account("saver", credit=100, floor=40),
        a.account("full", credit=HUGE),
        a.account("spent", debit=HUGE - 5, held_out=10),
        a.account("euro", currency="EUR"),
        a.account("yen", currency="USD", precision=1),
        a.account("world", indicator="@World"),
        a.account("frozen", credit=10, status=BalanceStatus.FROZEN),
        a.account("closed", status=BalanceStatus.CLOSED),
        a.account("capped", credit=HUGE, debit=HUGE - 50, held_in=30, ceiling=100),
        a.account("shut", credit=50, ledger="books", closed_before=a.NOON),
        holds=(
            a.hold("open", "holder", "shop", 100),
            a.hold("old", "shut", "shop", 10),
            a.hold("old tip", "shut", "shop", 10, allow_over_commit=True),
            a.hold("half", "holder", "shop", 100, committed=60),
            a.hold("done", "holder", "shop", 100, committed=60, voided=40),
            a.hold("brim", "spent", "shop", 10),
            a.hold("tip", "spent", "shop", 10, allow_over_commit=True),
            a.hold("tip of capped", "spent", "capped", 10, allow_over_commit=True),
            a.hold("tip for capped", "rich", "capped", 10, allow_over_commit=True),
            a.hold("saver tip", "saver", "full", 10, allow_over_commit=True),
            a.hold(
                *("credit tip", "floored", "full", 10),
                allow_over_commit=True,
                allow_overdraft=True,
                overdraft_limit=20,
            ),
            a.hold("late frozen", "frozen", "closed", 10, expires_at=a.NOON),
            a.hold("late", "holder", "shop", 100, expires_at=a.NOON),
            a.hold("gone", "holder", "shop", 100, voided=100, expires_at=a.NOON),
            a.hold("swept", "holder", "shop", 100, committed=10, voided=90, expires_at=a.NOON, expired=True),
            a.hold("cancelled", "holder", "shop", 100, voided=100, unmoved=Status.CANCELLED),
            a.hold("queued", "frozen", "shop", 100, kind=Kind.POSTING, unmoved=Status.QUEUED),
            a.hold("done frozen", "frozen", "shop", 10, committed=10),
            a.hold("of frozen", "frozen", "closed", 10),
            a.hold("for frozen", "shop", "frozen", 10),
            a.hold("for closed", "closed", "frozen", 10),
        ),
    )


def with_holder(book: Book) -> Book:
    book.add(a.account("holder", credit=500, held_out=240))
    book.add(a.account("shop", held_in=250))
    for parent in (
        a.hold("posting", "holder", "shop", 100, kind=Kind.POSTING),
        a.hold("given", "holder", "shop", 100, kind=Kind.POSTING, refunded=100),
        a.hold("back", "holder", "shop", 100, kind=Kind.REFUND),
        a.hold("brimful", "full", "spent", 100, kind=Kind.POSTING),
        a.hold("given frozen", "closed", "frozen", 100, kind=Kind.POSTING, refunded=100),
        a.hold("to frozen", "closed", "frozen", 100, kind=Kind.POSTING),
        a.hold("from frozen", "frozen", "shop", 100, kind=Kind.POSTING),
        a.hold("from capped", "capped", "spent", 100, kind=Kind.POSTING),
        a.hold("capping", "capped", "rich", 100, kind=Kind.POSTING),
        a.hold("saved", "full", "saver", 100, kind=Kind.POSTING),
        a.hold("old sale", "rich", "shut", 100, kind=Kind.POSTING),
        a.hold("swelling", "full", "rich", 100, kind=Kind.POSTING),
    ):
        book.parents[parent.id] = parent
    return book


def outcome(operation: Operation) -> Outcome:
    return decide(operation, with_holder(world()), a.plan())
