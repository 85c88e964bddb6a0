"""Deferred splits that take what is available: what rejects them at once, and the legs that they get late."""

import pytest

from ledgerd.core.book import Book, Unread
from ledgerd.core.effects import DeferredChange, HeaderEntry
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Apply, Deferral, Deferred, Post, Refund, Target
from ledgerd.core.model.rejection import Reason, Rejection
from tests import builders as a
from tests.builders import decide
from tests.core.splits import split

PAST, SOON = Deferral(scheduled_at=a.NOON), Deferral(scheduled_at=a.NOON + a.HOUR)
COVERED = Deferral(check_deferred=True)
POINTS_FIRST = "points:available card:left"


def world() -> Book:
    book = a.book(
        a.account("points", credit=30),
        a.account("card", credit=100),
        a.account("shop"),
        a.account("bank"),
        a.account("euro", currency="EUR"),
        a.account("closed", status=BalanceStatus.CLOSED),
        a.account("shut", ledger="books", closed_before=a.NOON),
    )
    book.queued[a.bln("points")] = book.queued[a.bln("card")] = 0
    return book


def later(sources: str, destinations: str, minor: int = 100, terms: Deferral = SOON, **more: object) -> Post:
    return split(sources, destinations, minor, deferral=terms, **more)


def sweep(destinations: str, at_most: int | None = None, terms: Deferral = SOON, **more: object) -> Post:
    return later("card", destinations, 0, terms, quantity=a.available(at_most), **more)


DATED = {"effective_at": a.NOON - a.HOUR}
REJECTED: list[tuple[Reason, dict[str, str], Post]] = [
    (Reason.SPLIT_INVALID, {"rule": "second_remainder"}, later("points:available shop:left card:left", "bank", 0)),
    (Reason.BALANCE_NOT_FOUND, {"field": "sources.shares[0]"}, later("nobody:available card:left", "shop")),
    (Reason.BALANCE_CLOSED, {"field": "sources.shares[0]"}, later("closed:available card:left", "shop")),
    (Reason.CURRENCY_MISMATCH, {}, later("euro:available card:left", "shop")),
    (Reason.AMOUNT_OUT_OF_BOUNDS, {}, later(POINTS_FIRST, "shop", 0)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, {"field": "sources.shares[0]"}, later("points:available0 card:left", "shop")),
    (Reason.AMOUNT_OUT_OF_BOUNDS, {}, sweep("shop:left", 0)),
    (Reason.AMOUNT_TOO_PRECISE, {"field": "destinations.shares[0]"}, sweep("shop:0.001 bank:left", terms=PAST)),
    (Reason.SPLIT_INVALID, {"rule": "over_total"}, later("points:available card:101", "shop", terms=PAST)),
    (Reason.SPLIT_INVALID, {"rule": "over_total", "total": "40"}, sweep("shop:41 bank:left", 40, PAST)),
    (Reason.SPLIT_INVALID, {"rule": "zero_leg"}, later("points:available card:0.001%", "shop", terms=PAST)),
    (Reason.INSUFFICIENT_FUNDS, {"requested": "100", "available": "99", "field": "sources.shares"},
     later("points:available49 card:available50", "shop", terms=PAST)),
    (Reason.SCHEDULE_IN_PAST, {"limit": a.NOON.isoformat()}, later(POINTS_FIRST, "shut", terms=PAST)),
    (Reason.SCHEDULE_IN_PAST, {}, sweep("shop:left", inflight=True, expires_at=a.NOON + a.HOUR)),
    (Reason.PERIOD_CLOSED, {"field": "sources.shares[1]"}, later("points:available shut:available", "shop", **DATED)),
    (Reason.PERIOD_CLOSED, {"field": "destinations.shares[1]"}, sweep("shop:1 shut:left", **DATED)),
    (Reason.QUEUE_FULL, {"backlog": "7", "limit": "7"}, later(POINTS_FIRST, "shop", 131, COVERED)),
    (Reason.QUEUE_FULL, {}, sweep("shop:left")),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "details", "asked"), REJECTED)
def test_the_first_rule_that_objects_names_the_rejection(reason: Reason, details: dict[str, str], asked: Post) -> None:
    book, plan = world(), a.plan()
    plan.capacity, plan.backlog_limit = 0, 7
    rejection = decide(asked, book, plan)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, details.items() - rejection.details.items()) == (reason, set())
    assert (book.references, plan.entries) == ({}, 0)


@pytest.mark.parametrize(
    ("asked", "amount", "source", "destination"),
    [
        (later("points:available card:available", "shop", 1_000), 1_000, None, "shop"),
        (later("points:available", "shop:1 bank:left"), 100, "points", None),
        (sweep("shop:500 bank:left"), None, "card", None),
        (sweep("shop:90%"), None, "card", "shop"),
        (later(POINTS_FIRST, "shop", allow_overdraft=True), 100, None, "shop"),
    ],
)
def test_only_the_header_is_deferred(
    asked: Post, amount: int | None, source: str | None, destination: str | None
) -> None:
    """What may change until then does not keep it from being accepted."""
    book, plan = world(), a.plan()
    header = decide(asked, book, plan)
    assert isinstance(header, HeaderEntry)
    told = header.transaction
    assert (plan.headers, header.legs, told.leg_ids) == ([header], (), ())
    assert (told.kind, told.status, told.amount, told.currency) == (Kind.SPLIT, Status.SCHEDULED, amount, "USD")
    sides = tuple(name and a.bln(name) for name in (source, destination))
    assert (told.source_id, told.destination_id) == sides
    assert set(book.queued.values()) == {0}


def test_the_sources_must_be_able_to_pay_it_beside_what_is_deferred() -> None:
    book = world()
    book.queued[a.bln("points")], book.queued[a.bln("card")] = 10, 40
    assert isinstance(decide(later(POINTS_FIRST, "shop", 80, COVERED), book, a.plan()), HeaderEntry)
    rejection = decide(later(POINTS_FIRST, "shop", 81, COVERED, reference="r2"), book, a.plan())
    assert isinstance(rejection, Rejection)
    numbers = {"balance": a.bln("card"), "field": "sources.shares[1]"}
    assert rejection.details == numbers | {"requested": "61", "available": "100", "deferred": "40"}
    both = later("points:available card:available", "shop", 81, COVERED, reference="r3")
    rejection = decide(both, book, a.plan())
    assert isinstance(rejection, Rejection)
    assert rejection.details == {"field": "sources.shares", "requested": "81", "available": "80", "deferred": "50"}
    book.queued[a.bln("card")] = 100
    rejection = decide(sweep("shop:left", terms=COVERED, reference="r4"), book, a.plan())
    assert isinstance(rejection, Rejection)
    assert rejection.reason is Reason.NOTHING_AVAILABLE
    del book.queued[a.bln("points")]
    with pytest.raises(Unread):
        decide(later(POINTS_FIRST, "shop", 1, COVERED, reference="r5"), book, a.plan())


def queued(asked: Post, amount: int | None) -> Deferred:
    return Deferred("ab" * 16, Status.QUEUED, "", "", asked, None, a.NOON, amount, "USD")


@pytest.mark.parametrize(
    ("asked", "amount", "amounts"),
    [
        (split(POINTS_FIRST, "shop", 100), 100, [30, 70]),
        (split("card", "shop:10% bank:left", 0, quantity=a.available()), None, [10, 90]),
    ],
)
def test_legs_that_came_late_are_in_the_book_until_they_are_undone(
    asked: Post, amount: int | None, amounts: list[int]
) -> None:
    deferred, book, plan = queued(asked, amount), world(), a.plan()
    book.keep(deferred)
    header = a.hold("x", "card", "shop", amount or 0, kind=Kind.SPLIT, unmoved=Status.QUEUED)
    header.id, header.key, header.is_undecided = deferred.id, deferred.key, amount is None
    book.parents[deferred.id] = header
    savepoint = plan.savepoint()
    change = decide(Apply(deferred), book, plan)
    assert isinstance(change, DeferredChange)
    assert (change.sums and change.sums.amount, [leg.amount for leg in plan.movements]) == (100, amounts)
    refunded = decide(Refund("r", Target(deferred.id)), book, plan)
    assert isinstance(refunded, HeaderEntry)
    assert [leg.amount for leg in refunded.legs] == amounts[::-1]  # type: ignore[union-attr]
    assert (header.leg_ids, header.refundable) == (tuple(leg.id for leg in plan.movements[:2]), 0)
    plan.rollback_to(savepoint, book)
    assert (header.leg_ids, header.amount, header.unmoved, header.refunded) == ((), amount or 0, Status.QUEUED, 0)
    assert (set(book.parents), deferred.made, deferred.moved) == ({deferred.id}, (), None)
    again = decide(Apply(deferred), book, plan)
    assert isinstance(again, DeferredChange)
    assert isinstance(decide(Refund("r", Target(deferred.id)), book, plan), HeaderEntry)


def test_where_nothing_is_available_it_is_rejected() -> None:
    deferred, book = queued(split("shop", "card:left", 0, quantity=a.available()), None), world()
    book.keep(deferred)
    change = decide(Apply(deferred), book, a.plan())
    assert isinstance(change, DeferredChange)
    assert change.rejection is not None
    assert (change.status, change.rejection.reason) == (Status.REJECTED, Reason.NOTHING_AVAILABLE)
