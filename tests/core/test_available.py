"""All that is available: how much that is, for drafts, splits and refunds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.book import Book
from ledgerd.core.effects import DeferredChange, HeaderEntry, Movement
from ledgerd.core.funds import funds_cover
from ledgerd.core.model.amount import Available, Quantity
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Apply, Deferral, Deferred
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.replay import Replay
from tests import builders as a
from tests.builders import decide
from tests.core.compound import add_batch, add_split, bat, moved, refund
from tests.core.splits import split

ALL = a.available()


@given(
    credit=st.integers(0, 200),
    debit=st.integers(0, 200),
    held=st.integers(0, 50),
    floor=st.none() | st.integers(-300, 100),
    terms=st.sampled_from([(False, None), (True, None), (True, 0), (True, 40)]),
    at_most=st.none() | st.integers(1, 300),
)
def test_it_is_the_largest_amount_that_has_funds(
    credit: int, debit: int, held: int, floor: int | None, terms: tuple[bool, int | None], at_most: int | None
) -> None:
    payer = a.account("payer", credit=credit, debit=debit, held_out=held, floor=floor)
    book, (overdraft, limit) = a.book(payer, a.account("payee")), terms

    def covered(amount: int) -> bool:
        return funds_cover(amount, payer, allow_overdraft=overdraft, limit=limit) is None

    asked = {"allow_overdraft": overdraft, "overdraft_limit": None if limit is None else Quantity(limit, None)}
    passing = covered(1)
    largest = next((amount for amount in range(1_000, 0, -1) if covered(amount)), 0)
    outcome = decide(a.post("payer", "payee", 0, quantity=a.available(at_most), **asked), book, a.plan())
    if overdraft and limit is None and floor is None:
        assert outcome == Rejection(Reason.OVERDRAFT_UNBOUNDED, {"balance": payer.id})
    elif not passing:
        assert isinstance(outcome, Rejection)
        assert outcome.reason is Reason.NOTHING_AVAILABLE
    else:
        assert isinstance(outcome, Movement)
        assert outcome.amount == min(largest, at_most or largest)


@pytest.mark.parametrize(
    ("floor", "more", "details"),
    [
        (None, {}, {"available": "0"}),
        (20, {}, {"available": "20", "floor": "20"}),
        (-30, {"allow_overdraft": True}, {"available": "-30", "floor": "-30"}),
        (-30, {"allow_overdraft": True, "overdraft_limit": Quantity(10, None)}, {"available": "-10", "limit": "10"}),
    ],
)
def test_a_rejection_tells_what_there_is_and_what_binds_it(floor: int | None, more: dict, details: dict) -> None:
    available = int(details["available"])
    payer = a.account("payer", credit=max(0, available), debit=max(0, -available), floor=floor)
    rejection = decide(a.post("payer", "payee", 0, quantity=ALL, **more), a.book(payer, a.account("payee")), a.plan())
    assert rejection == Rejection(Reason.NOTHING_AVAILABLE, {"balance": payer.id} | details)


def test_a_hold_of_all_that_is_available_leaves_nothing() -> None:
    book, plan = a.book(a.account("payer", credit=70, held_out=20), a.account("payee")), a.plan()
    movement = decide(a.post("payer", "payee", 0, quantity=ALL, inflight=True), book, plan)
    assert isinstance(movement, Movement)
    assert (movement.kind, movement.amount) == (Kind.HOLD, 50)
    rejection = decide(a.post("payer", "payee", 0, "r2", quantity=ALL), book, plan)
    assert isinstance(rejection, Rejection)
    assert rejection.reason is Reason.NOTHING_AVAILABLE


def test_a_repetition_is_compared_with_what_was_asked_and_answers_what_moved() -> None:
    book, plan = a.book(a.account("payer", credit=70), a.account("payee")), a.plan()
    first = decide(a.post("payer", "payee", 0, quantity=a.available(50)), book, plan)
    again = decide(a.post("payer", "payee", 0, quantity=Available(Quantity(50, 2))), book, plan)
    assert isinstance(again, Replay)
    assert (again.recorded, again.recorded.to_transaction().amount) == (first, 50)
    for other, field in (
        (a.available(51), "available"),
        (ALL, "available"),
        (Quantity(50, None), "precise_amount"),
        (Quantity(50, 2), "amount"),
    ):
        conflict = decide(a.post("payer", "payee", 0, quantity=other), book, plan)
        assert isinstance(conflict, Rejection)
        assert (conflict.reason, conflict.details["fields"]) == (Reason.REFERENCE_CONFLICT, field)
    decide(a.post("payer", "payee", 5, "plain"), book, plan)
    conflict = decide(a.post("payer", "payee", 0, "plain", quantity=ALL), book, plan)
    assert isinstance(conflict, Rejection)
    assert conflict.details["fields"] == "available"


# Deferred --------------------------------------------------------------------------------------


def test_a_deferred_draft_takes_what_is_there_when_it_is_applied() -> None:
    draft = a.post("payer", "payee", 0, quantity=a.available(60))
    deferred = Deferred("ab" * 16, Status.QUEUED, a.bln("payer"), a.bln("payee"), draft, None, a.NOON)
    book, plan = a.book(a.account("payer", credit=50), a.account("payee")), a.plan()
    book.keep(deferred)
    # Somebody asked for it while it was deferred.
    book.parents[deferred.id] = a.hold("x", "payer", "payee", 0, kind=Kind.POSTING, unmoved=Status.QUEUED)
    book.parents[deferred.id].key, book.parents[deferred.id].is_undecided = deferred.key, True
    savepoint = plan.savepoint()
    change = decide(Apply(deferred), book, plan)
    assert isinstance(change, DeferredChange)
    assert change.movement is not None
    assert change.movement.amount == 50
    parent = book.parent(deferred.id)
    assert parent is not None
    assert parent.refundable == 50
    plan.rollback_to(savepoint, book)
    assert (parent.refundable, parent.amount, deferred.moved, deferred.amount) == (0, 0, None, None)


def test_something_must_be_available_beside_what_is_deferred() -> None:
    book, plan = a.book(a.account("payer", credit=50), a.account("payee")), a.plan()
    book.queued[a.bln("payer")] = 30
    covered = {"quantity": ALL, "deferral": Deferral(check_deferred=True)}
    entry = decide(a.post("payer", "payee", 0, **covered), book, plan)
    assert isinstance(entry, HeaderEntry)
    assert (entry.transaction.amount, book.queued[a.bln("payer")]) == (None, 30), "it counts as nothing"
    book.queued[a.bln("payer")] = 50
    numbers = {"balance": a.bln("payer"), "available": "50", "deferred": "50"}
    rejection = decide(a.post("payer", "payee", 0, "r2", **covered), book, plan)
    assert rejection == Rejection(Reason.NOTHING_AVAILABLE, numbers)


# Splits ----------------------------------------------------------------------------------------


def legs(outcome: object) -> list[tuple[str, str, int]]:
    assert isinstance(outcome, HeaderEntry), outcome
    return [(leg.source.id, leg.destination.id, leg.amount) for leg in outcome.legs if isinstance(leg, Movement)]


def between(*moves: tuple[str, str, int]) -> list[tuple[str, str, int]]:
    return [(a.bln(source), a.bln(destination), amount) for source, destination, amount in moves]


@pytest.mark.parametrize(
    ("points", "gift", "sources", "expected"),
    [
        (30, 0, "points:available card:left", [("points", 30), ("card", 70)]),
        (0, 0, "points:available card:left", [("card", 100)]),
        (500, 0, "points:available card:left", [("points", 100)]),
        (500, 0, "points:available40 card:left", [("points", 40), ("card", 60)]),
        (30, 50, "points:available gift:available card:left", [("points", 30), ("gift", 50), ("card", 20)]),
        (90, 50, "points:available gift:available", [("points", 90), ("gift", 10)]),
        (30, 50, "card:20 points:available gift:available card2:5%",
         [("card", 20), ("points", 30), ("gift", 45), ("card2", 5)]),
        (30, 50, "card:left points:available gift:available20", [("card", 50), ("points", 30), ("gift", 20)]),
        (30, 0, "card:100 points:available", [("card", 100)]),
    ],
)  # fmt: skip
def test_points_first_and_the_card_pays_the_remainder(
    points: int, gift: int, sources: str, expected: list[tuple[str, int]]
) -> None:
    book = a.book(
        a.account("points", credit=points),
        a.account("gift", credit=gift),
        a.account("card", credit=1_000),
        a.account("card2", credit=1_000),
        a.account("shop"),
    )
    outcome = decide(split(sources, "shop", 100), book, a.plan())
    assert legs(outcome) == between(*((name, "shop", amount) for name, amount in expected))


def test_a_sweep_is_divided_over_several_destinations() -> None:
    book, plan = a.book(a.account("till", credit=1_234, held_out=4), a.account("bank"), a.account("tax")), a.plan()
    swept = split("till", "bank:90% tax:left", 0, quantity=ALL)
    outcome = decide(swept, book, plan)
    assert legs(outcome) == between(("till", "bank", 1_107), ("till", "tax", 123))
    assert isinstance(outcome, HeaderEntry)
    assert (outcome.transaction.amount, outcome.transaction.takes_remainder) == (1_230, True)
    assert isinstance(decide(swept, book, plan), Replay)
    conflict = decide(split("till", "bank:90% tax:left", 1_230), book, plan)
    assert isinstance(conflict, Rejection)
    assert conflict.details["fields"] == "precise_amount"


# Refunds ---------------------------------------------------------------------------------------


def refunds(**figures: int) -> Book:
    """A split and a batch of one: what the payer paid the shop (40) and the bank (60)."""
    accounts = [a.account(name, credit=figures.get(name, 0)) for name in ("payer", "shop", "bank")]
    book = a.book(*accounts)
    add_split(book, "paid", moved("to shop", "payer", "shop", 40), moved("to bank", "payer", "bank", 60))
    add_batch(book, "chain", moved("first", "payer", "shop", 40), moved("second", "shop", "bank", 40))
    return book


@pytest.mark.parametrize(
    ("has", "at_most", "expected"),
    [
        ({"shop": 10, "bank": 100}, None, [("bank", 60), ("shop", 10)]),
        ({"shop": 10, "bank": 0}, None, [("shop", 10)]),
        ({"shop": 50, "bank": 100}, 70, [("bank", 60), ("shop", 10)]),
    ],
)
def test_each_leg_is_refunded_as_far_as_its_balance_pays(
    has: dict[str, int], at_most: int | None, expected: list[tuple[str, int]]
) -> None:
    book = refunds(**has)
    outcome = decide(refund("paid", quantity=a.available(at_most)), book, a.plan())
    assert legs(outcome) == between(*((name, "payer", amount) for name, amount in expected))
    assert book.parents[a.txn("paid")].refunded == sum(amount for _, amount in expected)


def test_what_a_leg_refunds_is_there_for_the_one_before_it() -> None:
    outcome = decide(refund(bat("chain"), quantity=ALL), refunds(bank=25), a.plan())
    assert legs(outcome) == between(("bank", "shop", 25), ("shop", "payer", 25))


def test_a_refund_of_nothing_available_names_the_first_leg_that_would_pay() -> None:
    rejection = decide(refund("paid", quantity=ALL), refunds(), a.plan())
    numbers = {"balance": a.bln("bank"), "available": "0", "leg": a.txn("to bank")}
    assert rejection == Rejection(Reason.NOTHING_AVAILABLE, numbers)


def test_several_currencies_have_no_bound_in_common() -> None:
    book = refunds(shop=10, bank=5)
    euros = a.account("euros", credit=7, currency="EUR")
    book.add(euros)
    book.add(a.account("sender", currency="EUR"))
    add_batch(book, "mixed", moved("usd", "payer", "shop", 40), moved("eur", "sender", "euros", 40))
    rejection = decide(refund(bat("mixed"), quantity=a.available(5)), book, a.plan())
    assert isinstance(rejection, Rejection)
    assert rejection.reason is Reason.CURRENCY_MISMATCH
    outcome = decide(refund(bat("mixed"), quantity=ALL), book, a.plan())
    assert legs(outcome) == between(("euros", "sender", 7), ("shop", "payer", 10))


def test_a_refund_takes_what_is_left_of_its_movement_at_most() -> None:
    book, plan = a.book(a.account("payer"), a.account("shop", credit=70)), a.plan()
    book.parents[a.txn("paid")] = moved("paid", "payer", "shop", 100, refunded=60)
    first = decide(a.refund("paid", quantity=a.available(30)), book, plan)
    second = decide(a.refund("paid", quantity=ALL, reference="f2"), book, plan)
    assert isinstance(first, Movement)
    assert isinstance(second, Movement)
    assert (first.amount, second.amount) == (30, 10)
    assert isinstance(decide(a.refund("paid", quantity=ALL, reference="f2"), book, plan), Replay)
    for other, field in ((None, "available"), (Quantity(10, None), "precise_amount")):
        conflict = decide(a.refund("paid", quantity=other, reference="f2"), book, plan)
        assert isinstance(conflict, Rejection)
        assert conflict.details["fields"] == field
    exceeded = decide(a.refund("paid", quantity=ALL, reference="f3"), book, plan)
    assert isinstance(exceeded, Rejection)
    assert exceeded.reason is Reason.REFUND_EXCEEDED
