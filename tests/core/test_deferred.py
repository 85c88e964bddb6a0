"""Deferred transactions: the rules in order of precedence, and what amendments do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ledgerd.core import deferred as rules_of_deferral
from ledgerd.core.book import Book
from ledgerd.core.deferred import DEFERRAL_RULES, Unread
from ledgerd.core.effects import ChangeKind, DeferredChange, HeaderEntry, Unchanged
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.amount import Available, Quantity
from ledgerd.core.model.figures import Figures, Kind, Status
from ledgerd.core.model.operation import (
    Apply,
    Cancel,
    Deferral,
    Deferred,
    Operation,
    Post,
    Refund,
    Reschedule,
    Target,
    Verdict,
)
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.plan import Plan
from tests import builders as a
from tests.builders import decide, decide_together

FINE = Quantity(1, 3)
BEFORE_NOON = a.NOON - timedelta(microseconds=1)
QUEUED, PAST, SOON = Deferral(), Deferral(scheduled_at=a.NOON), Deferral(scheduled_at=a.NOON + a.HOUR)
COVERED = Deferral(check_deferred=True)


def book() -> Book:
    made = a.book(
        a.account("poor", credit=50),
        a.account("rich", credit=10_000),
        a.account("full", credit=10**37),
        a.account("euro", currency="EUR"),
        a.account("yen", precision=1),
        a.account("frozen", status=BalanceStatus.FROZEN),
        a.account("closed", status=BalanceStatus.CLOSED),
        a.account("gone", status=BalanceStatus.CLOSED),
        a.account("shut", credit=50, ledger="books", closed_before=a.NOON),
        holds=(
            a.hold("hold", "rich", "poor", 100, committed=10),
            a.hold("void", "rich", "poor", 100, voided=100),
            a.hold("posting", "rich", "poor", 100, kind=Kind.POSTING, refunded=40),
            a.hold("queued", "rich", "poor", 100, kind=Kind.POSTING, unmoved=Status.QUEUED),
            a.hold("rejected", "rich", "closed", 100, kind=Kind.POSTING, unmoved=Status.REJECTED),
            a.hold("back", "rich", "closed", 100, kind=Kind.REFUND),
            a.hold("old sale", "rich", "shut", 100, kind=Kind.POSTING),
            a.hold("of closed", "rich", "closed", 100, kind=Kind.POSTING),
        ),
    )
    made.queued[a.bln("poor")] = 30
    return made


def full() -> Plan:
    made = a.plan()
    made.capacity, made.backlog_limit = 0, 7
    return made


def post(source: str, destination: str, minor: int, deferral: Deferral = QUEUED, **more: object) -> Post:
    return a.post(source, destination, minor, deferral=deferral, **more)


def refund(name: str, minor: int | None = None, deferral: Deferral = SOON, **more: object) -> Refund:
    return a.refund(name, minor, deferral=deferral, **more)


REJECTED = [
    (Reason.IDENTITY_NOT_FOUND, post("poor", "nobody", 0, currency="EUR", identity_ids=(a.idt("nobody"),))),
    (Reason.BALANCE_NOT_FOUND, post("poor", "nobody", 0, currency="EUR")),
    (Reason.SAME_BALANCE, post("closed", "closed", 0, currency="EUR")),
    (Reason.BALANCE_CLOSED, post("closed", "gone", 0, currency="EUR")),
    (Reason.BALANCE_CLOSED, post("poor", "closed", 0, currency="EUR", precision=1000)),
    (Reason.CURRENCY_MISMATCH, post("poor", "euro", 0, precision=1000)),
    (Reason.CURRENCY_MISMATCH, post("frozen", "@Not opened", 1, currency="EUR")),
    (Reason.BALANCE_CLOSED, post("@Not opened", "closed", 1, currency="EUR")),
    (Reason.PRECISION_MISMATCH, post("poor", "yen", 0, quantity=FINE)),
    (Reason.AMOUNT_TOO_PRECISE, post("poor", "full", 0, PAST, quantity=FINE)),
    (
        Reason.AMOUNT_TOO_PRECISE,
        post("poor", "rich", 10**36, allow_overdraft=True, overdraft_limit=FINE),
    ),
    (Reason.AMOUNT_OUT_OF_BOUNDS, post("poor", "full", 10**36, PAST)),
    (Reason.SCHEDULE_IN_PAST, post("shut", "poor", 51, PAST, effective_at=BEFORE_NOON)),
    (Reason.SCHEDULE_IN_PAST, post("shut", "poor", 51, inflight=True, expires_at=a.NOON, effective_at=BEFORE_NOON)),
    (Reason.SCHEDULE_IN_PAST, post("poor", "rich", 51, SOON, inflight=True, commits_at=a.NOON + a.HOUR)),
    (Reason.SCHEDULE_IN_PAST, post("poor", "rich", 51, PAST, inflight=True, expires_at=BEFORE_NOON)),
    (Reason.AMOUNT_TOO_PRECISE, post("poor", "full", 0, PAST, quantity=Available(FINE))),
    (Reason.AMOUNT_OUT_OF_BOUNDS, post("poor", "full", 0, PAST, quantity=a.available(0))),
    (Reason.SCHEDULE_IN_PAST, post("shut", "poor", 0, PAST, quantity=a.available(), effective_at=BEFORE_NOON)),
    (Reason.PERIOD_CLOSED, post("shut", "poor", 51, COVERED, effective_at=BEFORE_NOON)),
    (Reason.PERIOD_CLOSED, post("poor", "shut", 51, COVERED, effective_at=BEFORE_NOON)),
]
REJECTED_REFUNDS = [
    (Reason.TRANSACTION_NOT_FOUND, refund("nothing", deferral=PAST)),
    (Reason.AMOUNT_TOO_PRECISE, refund("back", quantity=FINE, deferral=PAST)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, refund("posting", quantity=a.available(0), deferral=PAST)),
    (Reason.SCHEDULE_IN_PAST, refund("posting", quantity=a.available(1_000), deferral=PAST)),
    (Reason.NOT_REFUNDABLE, refund("back", 0, PAST)),
    (Reason.NOT_REFUNDABLE, refund("rejected", 0, PAST)),
    (Reason.NOT_REFUNDABLE, refund("void", 0, PAST)),
    (Reason.BALANCE_CLOSED, refund("of closed", 0, PAST)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, refund("posting", 10**36, PAST)),
    (Reason.REFUND_EXCEEDED, refund("posting", 61, PAST)),
    (Reason.SCHEDULE_IN_PAST, refund("posting", 60, PAST)),
    (Reason.SCHEDULE_IN_PAST, refund("old sale", 60, PAST, effective_at=BEFORE_NOON)),
    (Reason.PERIOD_CLOSED, refund("old sale", 60, effective_at=BEFORE_NOON)),
    (Reason.QUEUE_FULL, refund("posting", 60)),
]


@pytest.mark.parametrize(("reason", "operation"), REJECTED + REJECTED_REFUNDS)
def test_the_first_rule_that_objects_names_the_rejection(reason: Reason, operation: Operation) -> None:
    rejection = decide(operation, book(), full())
    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason


def test_swapping_any_two_neighbouring_rules_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = [decide(operation, book(), full()) for _, operation in REJECTED]
    for place in range(len(DEFERRAL_RULES) - 1):
        swapped = [*DEFERRAL_RULES]
        swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
        monkeypatch.setattr(rules_of_deferral, "DEFERRAL_RULES", tuple(swapped))
        answers = [decide(operation, book(), full()) for _, operation in REJECTED]
        assert answers != usual, place


@pytest.mark.parametrize(
    "operation",
    [
        post("poor", "full", 10_000),
        post("frozen", "rich", 5),
        post("poor", "rich", 5, SOON, inflight=True, expires_at=a.NOON + 2 * a.HOUR),
        refund("hold", 1_000),
        refund("queued", 100),
        refund("posting"),
    ],
)
def test_what_may_change_until_then_does_not_keep_it_from_being_accepted(operation: Operation) -> None:
    outcome = decide(operation, book(), a.plan())
    assert isinstance(outcome, HeaderEntry)
    assert outcome.transaction.source is None


def test_no_more_is_accepted_than_there_is_capacity_for() -> None:
    rejection = decide(post("poor", "rich", 51, COVERED), book(), full())
    assert rejection == Rejection(Reason.QUEUE_FULL, {"backlog": "7", "limit": "7"})


def test_only_what_was_accepted_takes_up_capacity() -> None:
    """Not amendments of what is deferred, nor what was rolled back with its group."""
    view, plan = with_deferred(deferred("one", Status.QUEUED, a.post("poor", "rich", 5))), full()
    plan.capacity = 1
    assert isinstance(decide(Cancel("c", Target(a.txn("one"))), view, plan), HeaderEntry)
    rejected = decide_together([post("poor", "rich", 5), a.post("poor", "full", 1_000, "no")], view, plan, "bat_1")
    assert all(isinstance(outcome, Rejection) for outcome in rejected)
    assert isinstance(decide(post("poor", "rich", 5), view, plan), HeaderEntry)
    rejection = decide(post("poor", "rich", 5, reference="r2"), view, plan)
    assert rejection == Rejection(Reason.QUEUE_FULL, {"backlog": "7", "limit": "7"})


def test_what_is_deferred_before_counts_and_the_draft_itself_does_not() -> None:
    view, plan = book(), a.plan()
    numbers = {"balance": a.bln("poor"), "requested": "21", "available": "50", "deferred": "30"}
    assert decide(post("poor", "rich", 21, COVERED), view, plan) == Rejection(Reason.INSUFFICIENT_FUNDS, numbers)
    assert isinstance(decide(post("poor", "rich", 20, COVERED), view, plan), HeaderEntry)
    assert view.queued[a.bln("poor")] == 50
    assert isinstance(decide(post("poor", "rich", 1, COVERED, reference="r2"), view, plan), Rejection)


def test_what_was_not_read_is_not_assumed() -> None:
    with pytest.raises(Unread):
        decide(post("rich", "poor", 1, COVERED), book(), a.plan())


@pytest.mark.parametrize(
    ("deferral", "status"),
    [
        (Deferral(), Status.QUEUED),
        (SOON, Status.SCHEDULED),
        (Deferral(in_review=True), Status.IN_REVIEW),
        (replace(SOON, in_review=True), Status.IN_REVIEW),
    ],
)
def test_a_review_comes_first_and_a_time_second(deferral: Deferral, status: Status) -> None:
    outcome = decide(post("poor", "rich", 1, deferral), book(), a.plan())
    assert isinstance(outcome, HeaderEntry)
    assert (outcome.status, outcome.transaction.deferred_as) == (status, status)


def test_accepting_moves_nothing_and_relies_on_both_sides() -> None:
    view, plan = book(), a.plan()
    decide(post("poor", "rich", 1), view, plan)
    source, destination = view.accounts[a.bln("poor")], view.accounts[a.bln("rich")]
    assert source.figures == Figures(1, 50, 0, 0, 0)
    assert destination.figures == Figures(1, 10_000, 0, 0, 0)
    assert plan.reads == {source: Figures(1, 50, 0, 0, 0), destination: Figures(1, 10_000, 0, 0, 0)}


# What is deferred ------------------------------------------------------------------------------


def deferred(name: str, status: Status, asked: Post | Refund | None, **more: object) -> Deferred:
    fields: dict[str, object] = {"scheduled_at": None, "seen_at": a.NOON, "amount": 5, **more}
    key = f"{a.number(name):032x}"
    return Deferred(key, status, a.bln("poor"), a.bln("rich"), asked, **fields)  # type: ignore[arg-type]


def with_deferred(*some: Deferred) -> Book:
    made = book()
    for row in some:
        made.deferred[row.key] = row
    return made


def test_what_is_applied_is_judged_as_if_it_were_asked_now() -> None:
    good = deferred("good", Status.QUEUED, a.post("poor", "rich", 50, "good"), amount=50)
    late = deferred("late", Status.QUEUED, a.post("poor", "rich", 1, "late"), amount=1)
    view, plan = with_deferred(good, late), a.plan()
    applied, rejected = decide(Apply(good), view, plan), decide(Apply(late), view, plan)
    assert isinstance(applied, DeferredChange)
    assert isinstance(rejected, DeferredChange)
    assert (applied.kind, applied.status, applied.before) == (ChangeKind.APPLIED, Status.APPLIED, (Status.QUEUED, None))
    assert applied.movement is not None
    assert (applied.movement.id, plan.movements) == (good.id, [])
    assert (rejected.kind, rejected.status) == (ChangeKind.REJECTED, Status.REJECTED)
    assert rejected.rejection is not None
    assert rejected.rejection.reason is Reason.INSUFFICIENT_FUNDS
    assert [change.ordinal for change in plan.changes] == [1, 2]
    assert isinstance(decide(Apply(good), view, plan), Unchanged)
    assert view.queued[a.bln("poor")] == 30 - 51


@pytest.mark.parametrize(
    ("status", "scheduled_at", "seen_at", "is_done"),
    [
        (Status.SCHEDULED, a.NOON, a.NOON, True),
        (Status.SCHEDULED, a.NOON + a.HOUR, a.NOON, False),
        (Status.SCHEDULED, a.NOON + a.HOUR, a.NOON + a.HOUR, True),
        (Status.IN_REVIEW, a.NOON, a.NOON, False),
        (Status.CANCELLED, None, a.NOON, False),
        (Status.APPLIED, None, a.NOON, False),
    ],
)
def test_only_what_is_due_is_applied(status: Status, scheduled_at: object, seen_at: object, is_done: bool) -> None:
    row = deferred("one", status, a.post("poor", "rich", 5), scheduled_at=scheduled_at, seen_at=seen_at)
    outcome = decide(Apply(row), with_deferred(row), a.plan())
    assert isinstance(outcome, DeferredChange if is_done else Unchanged)


IN_GROUPS = [
    post("poor", "rich", 5, reference="g"),
    refund("posting", 5, reference="g"),
    Cancel("g", Target(a.txn("one"))),
    Reschedule("g", Target(a.txn("one")), a.NOON + a.HOUR),
    Verdict("g", Target(a.txn("reviewed")), True, on_behalf_of="ada"),
    Verdict("g", Target(a.txn("reviewed")), False, on_behalf_of="ada"),
    Verdict("g", Target(a.txn("early")), True, on_behalf_of="ada"),
    Verdict("g", Target(a.txn("too much")), True, on_behalf_of="ada"),
]


@pytest.mark.parametrize("operation", IN_GROUPS)
def test_what_is_queued_on_a_balance_is_the_same_after_a_rejected_group(operation: Operation) -> None:
    reviewed = [
        deferred("reviewed", Status.IN_REVIEW, a.post("poor", "rich", 5)),
        deferred("early", Status.IN_REVIEW, a.post("poor", "rich", 5), scheduled_at=a.NOON + a.HOUR),
        deferred("too much", Status.IN_REVIEW, a.post("poor", "rich", 500)),
    ]
    view, plan = with_deferred(deferred("one", Status.QUEUED, a.post("poor", "rich", 5)), *reviewed), a.plan()
    view.queued |= {a.bln("poor"): 40, a.bln("rich"): 7}
    before, capacity = dict(view.queued), plan.capacity
    outcomes = decide_together([operation, a.post("poor", "nobody", 1, "no")], view, plan, "bat_1")
    assert all(isinstance(outcome, Rejection) for outcome in outcomes)
    assert (view.queued, plan.capacity, plan.effects) == (before, capacity, [])


def test_what_is_queued_follows_every_change() -> None:
    """A refund that is deferred counts on the balance that it will leave, like a draft."""
    view, plan = with_deferred(deferred("one", Status.QUEUED, a.post("poor", "rich", 5))), a.plan()
    decide(refund("posting", 6), view, plan)
    decide(post("poor", "rich", 7), view, plan)
    assert view.queued[a.bln("poor")] == 30 + 6 + 7
    decide(Reschedule("o", Target(a.txn("one")), a.NOON + a.HOUR), view, plan)
    assert view.queued[a.bln("poor")] == 30 + 6 + 7
    decide(Cancel("c", Target(a.txn("one"))), view, plan)
    assert view.queued[a.bln("poor")] == 30 + 6 + 7 - 5


def test_what_a_rejected_group_applied_cannot_be_refunded_after_it() -> None:
    """Inside the group it had moved, so that its refund was decided; it has not."""
    view, plan = with_deferred(deferred("one", Status.IN_REVIEW, a.post("poor", "rich", 5))), a.plan()
    parent = a.hold("one", "poor", "rich", 5, kind=Kind.POSTING, unmoved=Status.IN_REVIEW)
    view.parents[parent.id] = parent
    group = [
        Verdict("g1", Target(a.txn("one")), True, on_behalf_of="ada"),
        a.refund("one", reference="g2"),
        a.post("poor", "nobody", 1, "no"),
    ]
    outcomes = decide_together(group, view, plan, "bat_1")
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, Rejection)][-1] is Reason.BALANCE_NOT_FOUND
    assert parent.unmoved is Status.IN_REVIEW
    rejection = decide(a.refund("one"), view, plan)
    assert isinstance(rejection, Rejection)
    assert rejection.reason is Reason.NOT_REFUNDABLE


def test_a_leg_is_not_applied_without_its_split() -> None:
    leg = deferred("leg", Status.QUEUED, None, header_id=a.txn("split"))
    view, plan = with_deferred(leg), a.plan()
    assert isinstance(decide(Apply(leg, Rejection(Reason.INTERNAL)), view, plan), Unchanged)
    assert (leg.status, plan.effects) == (Status.QUEUED, [])


def test_a_rollback_that_would_make_money_is_noticed() -> None:
    view, plan = book(), a.plan()
    decide(a.post("poor", "rich", 5), view, plan)
    source = view.accounts[a.bln("poor")]
    source.figures = source.figures._replace(credit=source.figures.credit + 1)
    with pytest.raises(AssertionError, match="both sides sum to zero"):
        plan.rollback_to(0, view)


def test_a_rejected_group_leaves_what_is_deferred_as_it_was() -> None:
    row = deferred("one", Status.QUEUED, a.post("poor", "rich", 5))
    view, plan = with_deferred(row), a.plan()
    before = {account.id: account.figures for account in view.accounts.values()}
    group = [
        post("poor", "rich", 5, reference="g1"),
        Cancel("g2", Target(row.id)),
        a.post("rich", "poor", 1, "g3"),
        post("poor", "rich", 5, reference="g4"),
        a.post("poor", "full", 1_000, "g5"),
    ]
    outcomes = decide_together(group, view, plan, "bat_1")
    assert all(isinstance(outcome, Rejection) for outcome in outcomes)
    assert {account.id: account.figures for account in view.accounts.values()} == before
    assert (row.status, view.queued[a.bln("poor")], view.references) == (Status.QUEUED, 30, {})
    assert plan.entries == 0
