"""Adjustments of holds: a table of rejections in order of precedence, and what an adjustment makes of a hold."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core import adjustments
from ledgerd.core.adjustments import ADJUSTMENT_RULES
from ledgerd.core.book import Book
from ledgerd.core.effects import Movement, Unchanged
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.figures import Figures, Kind, Status
from ledgerd.core.model.monitor import Comparison, Field
from ledgerd.core.model.operation import Cause, Change, Operation, Target
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.replay import Replay
from tests import builders as a
from tests.builders import decide, decide_together
from tests.core import world as worlds
from tests.core.compound import add_split, standing

TOTAL, MORE, LESS = Change.TOTAL, Change.INCREASE, Change.DECREASE
FINE = Quantity(1, 3)
BOUND = 10**36
LATER = a.NOON + a.HOUR


def world() -> Book:
    book = worlds.with_holder(worlds.world())
    add_split(book, "split", a.hold("leg", "holder", "shop", 60, unmoved=Status.QUEUED))
    for parent in (
        a.hold("lapsed off", "holder", "shop", 10, expires_at=a.NOON, unmoved=Status.CANCELLED),
        a.hold("timed", "holder", "shop", 100, commits_at=LATER, expires_at=LATER + a.HOUR),
        a.hold("to full", "rich", "full", 10),
        a.hold("limited", "floored", "full", 10, allow_overdraft=True, overdraft_limit=20),
        a.hold("generous", "holder", "shop", 10, allow_over_commit=True),
        a.hold("saving", "saver", "full", 10),
        a.hold("capping", "rich", "capped", 10),
        a.hold("near", "world", "brink", 10, allow_overdraft=True),
    ):
        book.parents[parent.id] = parent
    book.add(a.account("brink", held_in=10**37 - 5))
    book.accounts[a.bln("capped")].figures = Figures(1, 10**37, 10**37 - 50, 10**37, 0)
    return book


REJECTED: list[tuple[Reason, Operation]] = [
    (Reason.TRANSACTION_NOT_FOUND, a.adjust("nothing", MORE, 0)),
    (Reason.NOT_A_HOLD, a.adjust("posting", MORE, 0)),
    (Reason.NOT_ADJUSTABLE, a.adjust("split", MORE, 0)),
    (Reason.NOT_ADJUSTABLE, a.adjust("leg", MORE, 0)),
    (Reason.HOLD_NOT_IN_PLACE, a.adjust("cancelled", MORE, 0)),
    (Reason.HOLD_NOT_IN_PLACE, a.adjust("lapsed off", MORE, 0)),
    (Reason.HOLD_RESOLVED, a.adjust("done", MORE, 1, currency="EUR")),
    (Reason.HOLD_RESOLVED, a.adjust("gone", expires_at=a.NOON)),
    (Reason.HOLD_EXPIRED, a.adjust("late", MORE, 1, currency="EUR")),
    (Reason.HOLD_EXPIRED, a.adjust("swept", expires_at=LATER)),
    (Reason.CURRENCY_MISMATCH, a.adjust("open", MORE, 1, currency="EUR", precision=1000)),
    (Reason.PRECISION_MISMATCH, a.adjust("open", MORE, quantity=FINE, precision=1000)),
    (Reason.AMOUNT_TOO_PRECISE, a.adjust("open", MORE, quantity=FINE)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.adjust("open", MORE, 0)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.adjust("open", LESS, BOUND)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.adjust("open", TOTAL, BOUND)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.adjust("open", MORE, BOUND - 100)),
    (Reason.ADJUSTMENT_TOO_LOW, a.adjust("half", TOTAL, 60, expires_at=a.NOON)),
    (Reason.ADJUSTMENT_TOO_LOW, a.adjust("half", LESS, 40)),
    (Reason.ADJUSTMENT_TOO_LOW, a.adjust("open", LESS, 200)),
    (Reason.SCHEDULE_IN_PAST, a.adjust("of frozen", MORE, 1, expires_at=a.NOON)),
    (Reason.SCHEDULE_IN_PAST, a.adjust("open", commits_at=a.NOON, expires_at=LATER)),
    (Reason.SCHEDULE_IN_PAST, a.adjust("timed", expires_at=LATER)),
    (Reason.SCHEDULE_IN_PAST, a.adjust("timed", commits_at=LATER + a.HOUR)),
    (Reason.BALANCE_FROZEN, a.adjust("of frozen", MORE, 1)),
    (Reason.BALANCE_CLOSED, a.adjust("for closed", MORE, 1)),
    (Reason.BALANCE_FROZEN, a.adjust("for frozen", MORE, 1000)),
    (Reason.INSUFFICIENT_FUNDS, a.adjust("tip of capped", MORE, 51)),
    (Reason.OVERDRAFT_LIMIT_EXCEEDED, a.adjust("limited", MORE, 200)),
    (Reason.FLOOR_EXCEEDED, a.adjust("saving", MORE, 61)),
    (Reason.CEILING_EXCEEDED, a.adjust("capping", MORE, 1)),
    (Reason.TOTAL_OUT_OF_BOUNDS, a.adjust("near", MORE, 6)),
]


@pytest.mark.parametrize(("reason", "operation"), REJECTED)
def test_the_first_rule_that_objects_names_the_rejection(reason: Reason, operation: Operation) -> None:
    book, plan = world(), a.plan()
    before = standing(book)
    rejection = decide(operation, book, plan)
    assert isinstance(rejection, Rejection), rejection
    assert rejection.reason == reason
    assert (standing(book), plan.entries, book.references) == (before, 0, {})


def test_swapping_any_two_neighbouring_rules_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in range(len(ADJUSTMENT_RULES) - 1):
        swapped = [*ADJUSTMENT_RULES]
        swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
        monkeypatch.setattr(adjustments, "ADJUSTMENT_RULES", tuple(swapped))
        answers = [decide(operation, world(), a.plan()) for _, operation in REJECTED]
        assert [answer.reason for answer in answers] != [reason for reason, _ in REJECTED], place


def test_a_rejection_tells_what_the_hold_holds_in_all() -> None:
    book, plan = world(), a.plan()
    decide(a.adjust("half", TOTAL, 150), book, plan)
    rejection = decide(a.adjust("half", LESS, 90, "a2"), book, plan)
    figures = {"amount": "100", "adjusted": "150", "committed": "60", "voided": "0", "remaining": "90"}
    numbers = {"hold": a.txn("half"), "requested": "90", **figures}
    assert rejection == Rejection(Reason.ADJUSTMENT_TOO_LOW, numbers)


@pytest.mark.parametrize(
    ("adjust", "held"),
    [
        (a.adjust("open", MORE, 30), 130),
        (a.adjust("open", LESS, 30), 70),
        (a.adjust("open", TOTAL, 130), 130),
        (a.adjust("open", TOTAL, 1), 1),
        (a.adjust("open", TOTAL, 100), 100),
        (a.adjust("open", expires_at=LATER), 100),
    ],
)
def test_both_sides_hold_the_difference_and_get_new_versions(adjust: Operation, held: int) -> None:
    book, plan = world(), a.plan()
    movement = decide(adjust, book, plan)
    assert isinstance(movement, Movement)
    assert (movement.kind, movement.status) == (Kind.ADJUSTMENT, Status.APPLIED)
    assert movement.source_figures == Figures(2, 500, 0, 0, 140 + held)
    assert movement.destination_figures == Figures(2, 0, 0, 150 + held, 0)
    hold, written = book.parents[a.txn("open")], movement.to_transaction()
    assert (hold.amount, hold.held, hold.remaining, hold.status) == (100, held, held, Status.INFLIGHT)
    assert (written.amount, written.released) == ((abs(held - 100), 100 - held) if held != 100 else (None, None))


def test_what_is_held_is_committed_and_exceeded_from_the_adjusted_amount() -> None:
    book, plan = world(), a.plan()
    decide(a.adjust("open", MORE, 50), book, plan)
    rejection = decide(a.commit("open", 151), book, plan)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.details["remaining"]) == (Reason.HOLD_EXCEEDED, "150")
    decide(a.commit("open", 120, "c1"), book, plan)
    assert decide(a.void("open"), book, plan).amount == 30
    hold = book.parents[a.txn("open")]
    assert (hold.resolved, hold.status) == ((120, 30, 0), Status.APPLIED)
    decide(a.adjust("generous", LESS, 4, "a2"), book, plan)
    tip = decide(a.commit("generous", 7, "c2"), book, plan)
    assert isinstance(tip, Movement)
    assert (tip.amount, tip.released) == (7, 6), "one cent more than is held since"


def test_new_times_replace_those_that_were_requested() -> None:
    book, plan = world(), a.plan()
    hold = book.parents[a.txn("timed")]
    decide(a.adjust("timed", expires_at=LATER + 2 * a.HOUR), book, plan)
    assert hold.terms == (100, LATER + 2 * a.HOUR, LATER, 1)
    decide(a.adjust("timed", commits_at=LATER + a.HOUR, reference="a2"), book, plan)
    assert hold.terms == (100, LATER + 2 * a.HOUR, LATER + a.HOUR, 2)


@pytest.mark.parametrize(
    ("cause", "void", "seen_at", "is_done"),
    [
        (Cause.EXPIRY, True, LATER, False),
        (Cause.EXPIRY, True, LATER + 3 * a.HOUR, True),
        (Cause.TIMED_COMMIT, False, LATER, False),
        (Cause.TIMED_COMMIT, False, LATER + 2 * a.HOUR, True),
    ],
)
def test_a_nomination_for_a_time_that_was_moved_does_nothing(
    cause: Cause, void: bool, seen_at: datetime, is_done: bool
) -> None:
    book, plan = world(), a.plan()
    times = {"commits_at": LATER + 2 * a.HOUR, "expires_at": LATER + 3 * a.HOUR}
    decide(a.adjust("timed", **times), book, plan)
    nominated = a.void("timed") if void else a.commit("timed")
    nominated.cause, nominated.seen_at = cause, seen_at
    assert isinstance(decide(nominated, book, plan), Movement if is_done else Unchanged)


def test_less_and_other_times_pass_on_a_frozen_balance() -> None:
    book, plan = world(), a.plan()
    for adjust in (a.adjust("of frozen", LESS, 3), a.adjust("of frozen", expires_at=LATER, reference="a2")):
        assert isinstance(decide(adjust, book, plan), Movement)


def test_a_raise_and_a_lowering_make_monitors_fire() -> None:
    for change, comparison, threshold in ((MORE, Comparison.GREATER, 240), (LESS, Comparison.LESS, 240)):
        book, plan = world(), a.plan()
        watched = a.monitor("m", "holder", Field.INFLIGHT_DEBIT_BALANCE, comparison, threshold)
        book.accounts[a.bln("holder")].monitors = (watched,)
        decide(a.adjust("open", change, 1), book, plan)
        assert [firing.monitor for firing in plan.firings] == [watched]


# Once ------------------------------------------------------------------------------------------


def test_the_same_adjustment_replays_and_another_names_what_differs() -> None:
    book, plan = world(), a.plan()
    first = decide(a.adjust("open", MORE, 30, expires_at=LATER), book, plan)
    again = a.adjust("open", MORE, quantity=Quantity(3, 1), currency="USD", precision=100, expires_at=LATER)
    assert decide(again, book, plan) == Replay(first)
    for fields, adjust in (
        ("total,increase", a.adjust("open", TOTAL, 130, expires_at=LATER)),
        ("increase", a.adjust("open", MORE, 31, expires_at=LATER)),
        ("currency", a.adjust("open", MORE, 30, expires_at=LATER, currency="EUR")),
        ("increase", a.adjust("open", expires_at=LATER)),
        ("inflight_expiry_time", a.adjust("open", MORE, 30)),
        ("inflight_commit_time", a.adjust("open", MORE, 30, expires_at=LATER, commits_at=a.NOON)),
        ("target", a.adjust("half", MORE, 30, expires_at=LATER)),
        ("description", a.adjust("open", MORE, 30, expires_at=LATER, description="else")),
        ("operation", a.commit("open", 30, "a1")),
    ):
        rejection = decide(adjust, book, plan)
        assert isinstance(rejection, Rejection)
        assert (rejection.reason, rejection.details["fields"]) == (Reason.REFERENCE_CONFLICT, fields)


def test_a_repeated_hold_is_shown_as_it_was_adjusted_meanwhile() -> None:
    book, plan = a.book(a.account("payer", credit=100), a.account("payee")), a.plan()
    posted = decide(a.post("payer", "payee", 60, inflight=True), book, plan)
    assert isinstance(posted, Movement)
    hold = a.hold("x", "payer", "payee", 60)
    hold.id, hold.key = posted.id, posted.key
    book.parents[hold.id] = hold
    adjust = a.adjust("x", MORE, 40, expires_at=LATER)
    adjust.target = Target(posted.id)
    decide(adjust, book, plan)
    again = decide(a.post("payer", "payee", 60, inflight=True), book, plan)
    assert isinstance(again, Replay)
    shown = again.recorded.to_transaction()
    assert (shown.amount, shown.held, shown.remaining) == (60, 100, 100)
    assert shown.adjusted is not None
    assert (shown.expires_at, shown.adjusted.expires_at) == (None, LATER)


# Always ----------------------------------------------------------------------------------------


@given(st.integers(0, 2**64))
def test_whatever_is_done_to_a_hold_the_pools_are_what_remains_of_it(seed: int) -> None:
    """Adjustments, commits and voids, some of them in groups that are undone, against books kept by hand."""
    dice = Random(seed)
    book = a.book(a.account("payer", credit=500, held_out=100), a.account("payee", held_in=100))
    book.parents[a.txn("h")] = hold = a.hold("h", "payer", "payee", 100, expires_at=LATER)
    plan, held, committed, voided = a.plan(), 100, 0, 0
    for turn in range(12):
        amount, kind = dice.randint(1, 90), dice.choice(["more", "less", "total", "commit", "void", "time"])
        operation: Operation = {
            "more": a.adjust("h", MORE, amount, f"r{turn}"),
            "less": a.adjust("h", LESS, amount, f"r{turn}"),
            "total": a.adjust("h", TOTAL, 2 * amount, f"r{turn}"),
            "time": a.adjust("h", reference=f"r{turn}", expires_at=LATER + timedelta(seconds=turn)),
            "commit": a.commit("h", amount, f"r{turn}"),
            "void": a.void("h", f"r{turn}"),
        }[kind]
        remaining, before = held - committed - voided, (standing(book), hold.terms)
        if dice.random() < 0.3:
            outcomes = decide_together([operation, a.commit("h", 10**9, f"x{turn}")], book, plan, "bat")
            assert all(isinstance(outcome, Rejection) for outcome in outcomes)
            assert (standing(book), hold.terms) == before
            continue
        total = {"more": held + amount, "less": held - amount, "total": 2 * amount}.get(kind, held)
        available = 500 - committed - remaining
        fits = {"commit": amount <= remaining, "void": True}
        passes = remaining > 0 and fits.get(kind, committed + voided < total <= held + available)
        assert isinstance(decide(operation, book, plan), Movement) is passes
        if passes:
            held = total
            committed += amount if kind == "commit" else 0
            voided += remaining if kind == "void" else 0
        payer, payee = (book.accounts[a.bln(name)].figures for name in ("payer", "payee"))
        remaining = held - committed - voided
        assert (hold.held, hold.committed, hold.voided, hold.remaining) == (held, committed, voided, remaining)
        assert payer[1:] == (500, committed, 0, remaining)
        assert payee[1:] == (committed, 0, remaining, 0)
