"""What operations name by reference, while it is still being written: it is found, and gone when it is undone."""

import pytest

from ledgerd.core.book import Book, Unread
from ledgerd.core.effects import HeaderEntry, Movement
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Cancel, Deferral, Operation, Refund, Reschedule, ResolveHold, Target, Verdict
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.replay import Replay
from tests import builders as a
from tests.builders import decide, decide_together

IN_REVIEW = Deferral(in_review=True)


def named(name: str) -> Target:
    return Target(reference=name)


def view() -> Book:
    return a.book(a.account("rich", credit=100), a.account("shop"))


def hold(minor: int, reference: str) -> Operation:
    return a.post("rich", "shop", minor, reference, inflight=True)


def test_a_group_that_is_undone_leaves_nothing_that_its_successor_could_find() -> None:
    """The second group gets the ids that the first one had."""
    book, plan = view(), a.plan()
    fails = a.post("rich", "shop", 1_000, "too much")
    first = [hold(60, "h1"), ResolveHold("", named("h1"), False), fails]
    outcomes = decide_together(first, book, plan, "bat")
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, Rejection)] == [
        *[Reason.NOT_APPLIED_WITH_GROUP] * 2,
        Reason.INSUFFICIENT_FUNDS,
    ]
    assert (book.parents, book.deferred, book.references, plan.effects) == ({}, {}, {}, [])
    made, commit = decide_together([hold(20, "h2"), ResolveHold("", named("h2"), False)], book, plan, "bat")
    assert isinstance(made, Movement)
    assert isinstance(commit, Movement)
    assert (commit.parent_id, commit.amount, commit.operation.reference) == (made.id, 20, f"ledgerd:commit:{made.id}")
    assert isinstance(decide(ResolveHold("", named("h1"), True), book, plan), Rejection)


def test_the_rejection_of_a_group_names_what_it_undid_by_reference() -> None:
    """Its id is the next transaction's."""
    book, plan = view(), a.plan()
    outcomes = decide_together([hold(60, "h1"), Refund("r", named("h1"))], book, plan, "bat")
    assert outcomes[1] == Rejection(
        Reason.NOT_REFUNDABLE, {"reference": "h1", "status": Status.INFLIGHT, "kind": Kind.HOLD}
    )
    conflict = decide_together([hold(60, "h1"), hold(61, "h1")], book, plan, "bat")[1]
    assert isinstance(conflict, Rejection)
    assert conflict.details == {"reference": "h1", "fields": "precise_amount"}
    kept = decide(hold(60, "h1"), book, plan)
    assert isinstance(kept, Movement)
    outcomes = decide_together([hold(1, "h2"), Refund("r", named("h1"))], book, plan, "bat")
    assert isinstance(outcomes[1], Rejection)
    assert outcomes[1].details["transaction"] == kept.id


@pytest.mark.parametrize(
    ("amendment", "expected"),
    [
        (Cancel("o", named("d")), (Status.CANCELLED, None)),
        (Reschedule("o", named("d"), a.NOON + a.HOUR), (Status.SCHEDULED, a.NOON + a.HOUR)),
    ],
)
def test_a_repetition_is_answered_as_an_amendment_before_it_left_the_draft(
    amendment: Operation, expected: tuple[Status, object]
) -> None:
    book, plan, draft = view(), a.plan(), a.post("rich", "shop", 5, "d", deferral=Deferral())
    entry = decide(draft, book, plan)
    again = decide(draft, book, plan)
    assert isinstance(again, Replay)
    assert again.recorded is entry
    decide(amendment, book, plan)
    again = decide(draft, book, plan)
    assert isinstance(again, Replay)
    told = again.recorded.to_transaction()
    assert (told.status, told.scheduled_at) == expected


def test_an_amendment_of_a_hold_is_told_how_it_stands() -> None:
    """Not how it stood when it was read."""
    book, plan = view(), a.plan()
    decide(hold(60, "h1"), book, plan)
    first = decide(Cancel("a", named("h1")), book, plan)
    decide(ResolveHold("v", named("h1"), True), book, plan)
    second = decide(Cancel("b", named("h1")), book, plan)
    told = [outcome.details["status"] for outcome in (first, second) if isinstance(outcome, Rejection)]
    assert told == [Status.INFLIGHT, Status.VOID]


@pytest.mark.parametrize(
    "amendment",
    [
        Cancel("o", named("d")),
        Verdict("o", named("d"), True, on_behalf_of="ada"),
        Verdict("o", named("d"), False, on_behalf_of="ada"),
    ],
)
def test_the_same_for_what_was_deferred(amendment: Operation) -> None:
    book, plan = view(), a.plan()
    draft = a.post("rich", "shop", 5, "d", deferral=IN_REVIEW)
    decide_together([draft, amendment, a.post("rich", "shop", 1_000, "too much")], book, plan, "bat")
    assert (book.parents, book.deferred, book.references, plan.effects) == ({}, {}, {}, [])
    other = a.post("rich", "shop", 7, "e", deferral=IN_REVIEW)
    accepted, approved = decide_together([other, Verdict("p", named("e"), True, on_behalf_of="ada")], book, plan, "bat")
    assert isinstance(accepted, HeaderEntry)
    assert isinstance(approved, HeaderEntry)
    assert [change.deferred.amount for change in approved.changes] == [7, 7]
    assert book.deferred[plan.block.hex(accepted.ordinal)].status is Status.APPLIED


def test_a_deferred_draft_is_refundable_once_it_is_approved() -> None:
    book, plan = view(), a.plan()
    decide(a.post("rich", "shop", 5, "d", deferral=IN_REVIEW), book, plan)
    early = decide(Refund("f", named("d")), book, plan)
    assert isinstance(early, Rejection)
    assert early.details["status"] == "IN_REVIEW"
    decide(Verdict("", named("d"), True, on_behalf_of="ada"), book, plan)
    assert isinstance(decide(Refund("f", named("d")), book, plan), Movement)


def test_a_refund_of_what_was_cancelled_tells_so() -> None:
    book, plan = view(), a.plan()
    decide(a.post("rich", "shop", 5, "d", deferral=IN_REVIEW), book, plan)
    decide(Cancel("", named("d")), book, plan)
    rejection = decide(Refund("f", named("d")), book, plan)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.details["status"]) == (Reason.NOT_REFUNDABLE, "CANCELLED")


def test_a_derived_reference_replays_by_either_name() -> None:
    book, plan = view(), a.plan()
    made = decide(hold(10, "h"), book, plan)
    assert isinstance(made, Movement)
    void = decide(ResolveHold("", named("h"), True), book, plan)
    assert isinstance(void, Movement)
    for target in (named("h"), Target(made.id)):
        again = decide(ResolveHold(void.operation.reference, target, True), book, plan)
        assert isinstance(again, Replay)
        assert again.recorded is void
    rejection = decide(ResolveHold(void.operation.reference, named("nobody"), True), book, plan)
    assert isinstance(rejection, Rejection)
    assert rejection.details["fields"] == "target"


def test_what_was_recorded_after_the_look_up_is_not_assumed() -> None:
    book, plan = view(), a.plan()
    made = decide(hold(10, "h"), a.book(a.account("rich", credit=100), a.account("shop")), a.plan())
    assert isinstance(made, Movement)
    book.references["h"] = made.to_transaction()
    with pytest.raises(Unread):
        decide(ResolveHold("", named("h"), True), book, plan)
