"""Deferred splits and compound refunds: what rejects them at once, and what they leave."""

import pytest

from ledgerd.core.book import Book
from ledgerd.core.effects import DeferredChange, HeaderEntry
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Apply, Deferral, Deferred, Operation, Post, Refund, Target
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.plan import Plan
from tests import builders as a
from tests.builders import decide
from tests.core import compound
from tests.core.compound import add_batch, add_split, bat, moved, standing
from tests.core.splits import split

PAST, SOON = Deferral(scheduled_at=a.NOON), Deferral(scheduled_at=a.NOON + a.HOUR)
COVERED = Deferral(scheduled_at=a.NOON + a.HOUR, check_deferred=True)


def world() -> Book:
    book = a.book(
        a.account("poor", credit=50),
        a.account("rich", credit=10_000),
        a.account("shop"),
        a.account("bank"),
        a.account("euro", currency="EUR"),
        a.account("yen", precision=1),
        a.account("frozen", status=BalanceStatus.FROZEN),
        a.account("closed", status=BalanceStatus.CLOSED),
        a.account("shut", ledger="books", closed_before=a.NOON),
    )
    book.queued[a.bln("poor")], book.queued[a.bln("rich")] = 30, 0
    add_split(book, "moved", moved("m1", "rich", "shop", 60), moved("m2", "rich", "frozen", 30, refunded=10))
    add_split(book, "spent", moved("s1", "rich", "closed", 60, refunded=60), moved("s2", "rich", "shop", 30))
    add_split(book, "gone", moved("g1", "rich", "shop", 60), moved("g2", "rich", "closed", 30))
    add_split(book, "held", a.hold("h1", "rich", "shop", 60), a.hold("h2", "rich", "bank", 30, committed=5))
    add_split(book, "void", a.hold("v1", "rich", "shop", 60, voided=60))
    for name, status in (("queued", Status.QUEUED), ("off", Status.CANCELLED)):
        header = add_split(book, name, moved(f"{name}1", "rich", "shop", 60, unmoved=status))
        header.unmoved = status
    add_batch(book, "batch", moved("b1", "rich", "shop", 60), a.hold("b2", "rich", "bank", 5))
    add_batch(book, "mixed", moved("x1", "rich", "shop", 60), moved("x2", "euro", "euro", 5))
    add_batch(book, "coins", moved("y1", "rich", "shop", 60), moved("y2", "yen", "yen", 5))
    add_batch(book, "empty")
    for name, kind in (("euros to come", ("EUR", 100)), ("coins to come", ("USD", 1))):
        add_batch(book, name, moved(f"{name}1", "rich", "shop", 60))
        book.parents[bat(name)].kinds = frozenset({("USD", 100), kind})
    return book


def full() -> Plan:
    made = a.plan()
    made.capacity, made.backlog_limit = 2, 7
    return made


def later(sources: str, destinations: str, minor: int, terms: Deferral = SOON, **more: object) -> Post:
    return split(sources, destinations, minor, deferral=terms, **more)


def refund(name: str, minor: int | None = None, terms: Deferral = SOON) -> Refund:
    return compound.refund(name, minor, deferral=terms)


DATED = {"effective_at": a.NOON - a.HOUR}
REJECTED: list[tuple[Reason, dict[str, str], Operation]] = [
    (Reason.SPLIT_INVALID, {"rule": "second_remainder"}, later("nobody:left rich:left", "shop", 9)),
    (Reason.BALANCE_NOT_FOUND, {"field": "sources.shares[0]"}, later("nobody:1 rich:left", "rich", 9)),
    (Reason.SAME_BALANCE, {}, later("closed:1 rich:left", "rich", 9)),
    (Reason.BALANCE_CLOSED, {"field": "sources.shares[0]"}, later("closed:1 rich:left", "euro", 9)),
    (Reason.CURRENCY_MISMATCH, {}, later("frozen:1 rich:left", "euro", 9, precision=1)),
    (Reason.PRECISION_MISMATCH, {}, later("rich:1 yen:left", "shop", 0)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, {}, later("rich:1 poor:left", "shop", 0)),
    (Reason.SPLIT_INVALID, {"rule": "over_total"}, later("rich:10 poor:left", "shut", 9, PAST)),
    (Reason.SCHEDULE_IN_PAST, {"limit": a.NOON.isoformat()},
     later("rich:1 poor:left", "shut", 9, PAST, inflight=True, expires_at=a.NOON)),
    (Reason.SCHEDULE_IN_PAST, {"limit": (a.NOON + a.HOUR).isoformat()},
     later("rich:1 poor:left", "shut", 9, inflight=True, expires_at=a.NOON + a.HOUR, **DATED)),
    (Reason.PERIOD_CLOSED, {"field": "destinations.shares[1]"}, later("rich", "shop:1 shut:left", 9, **DATED)),
    (Reason.QUEUE_FULL, {"backlog": "5", "limit": "7"}, later("rich", "shop:1 bank:left", 9)),
    (Reason.NOT_REFUNDABLE, {"status": "CANCELLED"}, refund("off", 0, PAST)),
    (Reason.NOT_REFUNDABLE, {"status": "VOID", "kind": "SPLIT"}, refund("void", 0, PAST)),
    (Reason.BALANCE_CLOSED, {"leg": a.txn("g2"), "side": "source"}, refund("gone", 0, PAST)),
    (Reason.NOT_REFUNDABLE, {"batch": bat("empty")}, refund(bat("empty"), 1, PAST)),
    (Reason.CURRENCY_MISMATCH, {"currencies": "EUR,USD"}, refund(bat("mixed"), 0, PAST)),
    (Reason.PRECISION_MISMATCH, {"precisions": "1,100"}, refund(bat("coins"), 0, PAST)),
    (Reason.CURRENCY_MISMATCH, {"currencies": "EUR,USD"}, refund(bat("euros to come"), 0, PAST)),
    (Reason.PRECISION_MISMATCH, {"precisions": "1,100"}, refund(bat("coins to come"), 0, PAST)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, {}, refund("moved", 0, PAST)),
    (Reason.REFUND_EXCEEDED, {"requested": "81", "remaining": "80"}, refund("moved", 81, PAST)),
    (Reason.REFUND_EXCEEDED, {"requested": "61", "remaining": "60"}, refund("queued", 61, PAST)),
    (Reason.SCHEDULE_IN_PAST, {}, refund("moved", 80, PAST)),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "details", "asked"), REJECTED)
def test_the_first_rule_that_objects_names_the_rejection(
    reason: Reason, details: dict[str, str], asked: Operation
) -> None:
    book, plan = world(), full()
    before, capacity = standing(book), plan.capacity
    rejection = decide(asked, book, plan)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, details.items() - rejection.details.items()) == (reason, set())
    assert (standing(book), book.references, plan.entries, plan.capacity) == (before, {}, 0, capacity)


def test_a_compound_refund_needs_capacity_as_well() -> None:
    plan = full()
    plan.capacity = 0
    rejection = decide(refund("moved"), world(), plan)
    assert isinstance(rejection, Rejection)
    assert rejection.reason is Reason.QUEUE_FULL


@pytest.mark.parametrize(
    "asked",
    [
        later("poor:400 rich:left", "shop:1 bank:left", 500),
        later("rich", "frozen:1 bank:left", 5),
        refund("held", 1_000),
        refund("spent"),
        refund("queued"),
        refund(bat("batch"), 1_000),
        refund(bat("mixed")),
        refund(bat("euros to come")),
        refund(bat("empty")),
    ],
)
def test_what_may_change_until_then_does_not_keep_it_from_being_accepted(asked: Operation) -> None:
    book = world()
    before = standing(book)
    assert isinstance(decide(asked, book, a.plan()), HeaderEntry)
    assert standing(book) == before


def test_each_source_covers_what_the_split_takes_beside_what_is_deferred() -> None:
    book = world()
    rejection = decide(later("poor:21 rich:left", "shop:10 bank:left", 99, COVERED), book, a.plan())
    assert isinstance(rejection, Rejection)
    numbers = {"requested": "21", "available": "50", "deferred": "30"}
    assert rejection.details == {"balance": a.bln("poor"), "field": "sources.shares[0]", **numbers}
    assert isinstance(decide(later("poor:20 rich:left", "shop:10 bank:left", 99, COVERED), book, a.plan()), HeaderEntry)
    assert (book.queued[a.bln("poor")], book.queued[a.bln("rich")]) == (50, 79)


def test_the_legs_of_a_split_are_deferred_with_it() -> None:
    plan = a.plan()
    header = decide(later("poor:20 rich:left", "shop", 99, inflight=True), world(), plan)
    assert isinstance(header, HeaderEntry)
    first, *legs = plan.headers
    assert (first, header.legs) == (header, tuple(legs))
    assert (header.transaction.kind, header.transaction.amount, header.transaction.leg_ids) == (
        Kind.SPLIT,
        99,
        tuple(leg.id for leg in legs),
    )
    for leg, source, amount in zip(legs, ("poor", "rich"), (20, 79), strict=True):
        told = leg.transaction
        assert (told.kind, told.status, told.header_id, told.reference) == (
            Kind.HOLD,
            Status.SCHEDULED,
            header.id,
            None,
        )
        assert (told.source_id, told.amount) == (a.bln(source), amount)


# Applied ---------------------------------------------------------------------------------------


def deferred_row(
    name: str, asked: Post | Refund | None, source: str = "", destination: str = "", **more: object
) -> Deferred:
    fields: dict[str, object] = {"scheduled_at": None, "seen_at": a.NOON, "currency": "USD", **more}
    return Deferred(f"{a.number(name):032x}", Status.QUEUED, source, destination, asked, **fields)  # type: ignore[arg-type]


def a_split_of(**takers: int) -> Deferred:
    """A queued split of what poor has."""
    legs = tuple(
        deferred_row(name, None, a.bln("poor"), a.bln(name), amount=amount, header_id=a.txn("header"))
        for name, amount in takers.items()
    )
    total = sum(takers.values())
    asked = split("poor", " ".join(f"{name}:{amount}" for name, amount in takers.items()), total)
    return deferred_row("header", asked, legs=legs, amount=total)


def applied(deferred: Deferred, book: Book) -> tuple[DeferredChange, list[DeferredChange]]:
    book.keep(deferred)
    plan = a.plan()
    change = decide(Apply(deferred), book, plan)
    assert isinstance(change, DeferredChange)
    return change, plan.changes


def test_a_split_and_its_legs_are_filled_in_together() -> None:
    book, deferred = world(), a_split_of(shop=10, bank=20)
    book.queued[a.bln("poor")] = 30
    change, changes = applied(deferred, book)
    assert changes[0] is change
    assert [(change.deferred.id, change.kind, change.cause_key) for change in changes] == [
        (a.txn(name), "APPLIED", deferred.key) for name in ("header", "shop", "bank")
    ]
    assert (change.sums and change.sums.amount, [change.movement and change.movement.amount for change in changes]) == (
        30,
        [None, 10, 20],
    )
    assert (book.find(a.bln("poor"), "USD").figures.debit, book.queued[a.bln("poor")]) == (30, 0)  # type: ignore[union-attr]


def test_a_leg_that_is_rejected_rejects_all_and_moves_nothing() -> None:
    book, deferred = world(), a_split_of(shop=10, bank=41)
    before = standing(book)
    change, changes = applied(deferred, book)
    assert [(change.deferred.id, change.kind, change.status) for change in changes] == [
        (a.txn(name), "REJECTED", Status.REJECTED) for name in ("header", "shop", "bank")
    ]
    assert change.rejection is not None
    assert (change.rejection.reason, change.rejection.details["field"]) == (Reason.INSUFFICIENT_FUNDS, "source")
    assert standing(book) == before


def test_a_deferred_refund_takes_from_the_remainder_of_its_time() -> None:
    book = world()
    for name in ("shop", "frozen"):
        account = book.find(a.bln(name), "USD")
        assert account is not None
        account.figures, account.status = account.figures._replace(credit=100), BalanceStatus.OPEN
    deferred = deferred_row("refund", Refund("f", Target(a.txn("moved")), None), amount=None, batch_id=bat("batch"))
    book.keep(deferred)
    plan = a.plan()
    change = decide(Apply(deferred), book, plan)
    assert isinstance(change, DeferredChange)
    assert (change.sums and (change.sums.amount, change.sums.legs), change.details) == ((80, 2), '{"legs": 2}')
    told = [(movement.amount, movement.header_id, movement.parent_id, movement.batch_id) for movement in plan.movements]
    assert told == [
        (20, deferred.id, a.txn("m2"), bat("batch")),
        (60, deferred.id, a.txn("m1"), bat("batch")),
    ]
    assert book.parents[a.txn("moved")].refunded == 90
