"""Commits, voids and refunds of splits and batches: a table of rejections, and what each of them does."""

from datetime import timedelta

import pytest

from ledgerd.core.book import Book
from ledgerd.core.compound import ASKED_OF_THE_WHOLE
from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry
from ledgerd.core.holds import HOLD_BALANCE_RULES, HOLD_MONEY_RULES, HOLD_RULES
from ledgerd.core.model import limits
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Cause, Operation, Refund, ResolveHold
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.refunds import REFUND_BALANCE_RULES, REFUND_MONEY_RULES, REFUND_RULES
from ledgerd.core.replay import Replay
from tests import builders as a
from tests.builders import decide, decide_together
from tests.core.compound import add_batch, add_split, bat, moved, refund, resolve, standing

HUGE = 10**37
FINE = Quantity(1, 3)
BEFORE_NOON = a.NOON - timedelta(microseconds=1)


def world() -> Book:
    book = a.book(
        a.account("payer", credit=1_000, held_out=1_000),
        a.account("shop", held_in=500, credit=500),
        a.account("bank", held_in=500, credit=500),
        a.account("frozen", held_in=50, held_out=50, credit=50, status=BalanceStatus.FROZEN),
        a.account("closed", status=BalanceStatus.CLOSED),
        a.account("full", credit=HUGE, held_in=50),
        a.account("spent", debit=HUGE - 50, held_out=50),
        a.account("capped", credit=5, ceiling=20),
        a.account("euro", currency="EUR", held_in=50, held_out=50),
        a.account("past", credit=50, ledger="books", closed_before=a.NOON),
        a.account("coin", precision=1, held_in=50, held_out=50),
    )
    add_split(book, "queued", a.hold("w1", "payer", "shop", 60, unmoved=Status.QUEUED)).unmoved = Status.QUEUED
    add_split(book, "off", moved("w2", "payer", "shop", 60, unmoved=Status.CANCELLED)).unmoved = Status.CANCELLED
    add_split(book, "open", a.hold("o1", "payer", "shop", 60), a.hold("o2", "payer", "bank", 30))
    add_split(
        book,
        "part",
        a.hold("p1", "payer", "shop", 60, committed=50),
        a.hold("p2", "payer", "bank", 30),
        a.hold("p3", "payer", "full", 10, voided=10),
    )
    add_split(
        book, "done", a.hold("d1", "payer", "frozen", 60, committed=60), a.hold("d2", "frozen", "bank", 30, voided=30)
    )
    add_split(book, "icy", a.hold("i1", "payer", "shop", 60), a.hold("i2", "frozen", "closed", 3))
    add_split(book, "shut", a.hold("s1", "payer", "frozen", 60), a.hold("s2", "payer", "full", 3))
    add_split(book, "brim", a.hold("b1", "payer", "shop", 6), a.hold("b2", "payer", "full", 3))
    add_split(book, "moved", moved("m1", "payer", "shop", 60), moved("m2", "payer", "bank", 30, refunded=10))
    add_split(book, "given", moved("g1", "payer", "frozen", 60, refunded=60))
    add_split(book, "voided", a.hold("v1", "payer", "shop", 60, voided=60))
    add_split(book, "cold", moved("c1", "payer", "shop", 600), moved("c2", "payer", "frozen", 30))
    add_split(book, "iced", moved("c3", "frozen", "shop", 600), moved("c4", "payer", "shop", 30))
    add_split(book, "old", a.hold("j1", "payer", "shop", 60), a.hold("j2", "payer", "past", 3))
    add_split(book, "sold", moved("j3", "payer", "past", 100))
    add_split(book, "poor", moved("q1", "capped", "shop", 16), moved("q2", "payer", "shop", 490))
    add_split(book, "cap", moved("q3", "full", "bank", 1), moved("q4", "capped", "bank", 16))
    add_split(book, "swell", moved("q5", "full", "bank", 1), moved("q6", "payer", "bank", 1))
    add_batch(book, "empty")
    book.unfinished.add(bat("running"))
    add_batch(book, "moves", moved("y1", "payer", "shop", 60))
    add_batch(
        book,
        "mixed",
        a.hold("x1", "payer", "shop", 60),
        a.hold("x2", "euro", "euro", 5),
        a.hold("x3", "coin", "coin", 5),
    )
    add_late(book)
    add_batch(book, "coins", a.hold("x4", "payer", "shop", 60), a.hold("x5", "coin", "coin", 5))
    return book


def add_late(book: Book) -> None:
    """What has expired, swept or not."""
    add_split(
        book,
        "late",
        a.hold("l1", "payer", "shop", 60, expires_at=a.NOON),
        a.hold("l2", "frozen", "bank", 3, expires_at=a.NOON),
    )
    add_split(
        book,
        "swept",
        a.hold("n1", "payer", "shop", 60, committed=60, expires_at=a.NOON),
        a.hold("n2", "frozen", "bank", 3, voided=3, expires_at=a.NOON, expired=True),
    )
    add_batch(
        book,
        "some late",
        a.hold("x6", "payer", "shop", 60, committed=60, expires_at=a.NOON),
        a.hold("x7", "payer", "shop", 60, voided=60, expires_at=a.NOON, expired=True),
        a.hold("x8", "payer", "shop", 40, expires_at=a.NOON),
        a.hold("x9", "payer", "frozen", 30),
    )
    add_batch(
        book,
        "all late",
        a.hold("u1", "payer", "shop", 1, committed=1),
        a.hold("u2", "payer", "shop", 1, voided=1, expired=True, expires_at=a.NOON),
    )


REJECTED: list[tuple[Reason, dict[str, str], Operation]] = [
    (Reason.BATCH_NOT_FOUND, {"batch": bat("nobody")}, resolve(bat("nobody"))),
    (Reason.BATCH_NOT_FOUND, {"batch": bat("nobody")}, resolve(bat("nobody"), void=True)),
    (Reason.BATCH_NOT_FOUND, {"batch": bat("nobody")}, refund(bat("nobody"))),
    (Reason.BATCH_NOT_FINISHED, {"batch": bat("running")}, resolve(bat("running"))),
    (Reason.BATCH_NOT_FINISHED, {"batch": bat("running")}, resolve(bat("running"), void=True)),
    (Reason.BATCH_NOT_FINISHED, {"batch": bat("running")}, refund(bat("running"))),
    (Reason.TRANSACTION_NOT_FOUND, {"transaction": a.txn("nobody")}, resolve("nobody")),
    (Reason.NOT_A_HOLD, {"transaction": a.txn("moved")}, resolve("moved", 0)),
    (Reason.NOT_A_HOLD, {"transaction": a.txn("off")}, resolve("off", 0)),
    (Reason.HOLD_NOT_IN_PLACE, {"hold": a.txn("queued"), "status": "QUEUED"}, resolve("queued", 0)),
    (Reason.NOT_A_HOLD, {"batch": bat("moves")}, resolve(bat("moves"))),
    (Reason.NOT_A_HOLD, {"batch": bat("empty")}, resolve(bat("empty"), void=True)),
    (
        Reason.HOLD_RESOLVED,
        {"hold": a.txn("done"), "amount": "90", "committed": "60", "voided": "30", "remaining": "0"},
        resolve("done", 0),
    ),
    (Reason.HOLD_RESOLVED, {"hold": a.txn("done")}, resolve("done", void=True)),
    (Reason.HOLD_EXPIRED, {"hold": a.txn("l1"), "leg": a.txn("l1")}, resolve("late", quantity=FINE)),
    (Reason.HOLD_EXPIRED, {"hold": a.txn("l1"), "leg": a.txn("l1")}, resolve("late", void=True)),
    (Reason.HOLD_EXPIRED, {"hold": a.txn("n2"), "leg": a.txn("n2")}, resolve("swept", quantity=FINE)),
    (Reason.HOLD_EXPIRED, {"hold": a.txn("n2"), "leg": a.txn("n2")}, resolve("swept", void=True)),
    (Reason.HOLD_RESOLVED, {"hold": a.txn("swept")}, resolve("swept", void=True, cause=Cause.EXPIRY)),
    (Reason.HOLD_EXPIRED, {"hold": a.txn("x7"), "leg": a.txn("x7")}, resolve(bat("some late"))),
    (Reason.HOLD_EXPIRED, {"hold": a.txn("u2"), "leg": a.txn("u2")}, resolve(bat("all late"), void=True)),
    (Reason.BALANCE_FROZEN, {"balance": a.bln("frozen"), "leg": a.txn("i2")}, resolve("icy", quantity=FINE)),
    (Reason.BALANCE_FROZEN, {"side": "destination", "leg": a.txn("s1")}, resolve("shut", quantity=FINE)),
    (Reason.CURRENCY_MISMATCH, {"batch": bat("mixed"), "currencies": "EUR,USD"}, resolve(bat("mixed"), 0)),
    (Reason.PRECISION_MISMATCH, {"batch": bat("coins"), "precisions": "1,100"}, resolve(bat("coins"), 0)),
    (Reason.AMOUNT_TOO_PRECISE, {}, resolve("open", quantity=FINE)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, {}, resolve("open", 0)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, {}, resolve("open", 10**36)),
    (
        Reason.HOLD_EXCEEDED,
        {"hold": a.txn("part"), "requested": "41", "remaining": "40", "amount": "100"},
        resolve("part", 41),
    ),
    (Reason.TOTAL_OUT_OF_BOUNDS, {"leg": a.txn("b2")}, resolve("brim")),
    (Reason.PERIOD_CLOSED, {"ledger": a.ldg("books"), "leg": a.txn("j2")}, resolve("old", effective_at=BEFORE_NOON)),
    (Reason.NOT_REFUNDABLE, {"transaction": a.txn("voided"), "status": "VOID", "kind": "SPLIT"}, refund("voided", 0)),
    (Reason.NOT_REFUNDABLE, {"transaction": a.txn("open"), "status": "INFLIGHT", "kind": "SPLIT"}, refund("open", 0)),
    (Reason.NOT_REFUNDABLE, {"batch": bat("mixed")}, refund(bat("mixed"))),
    (Reason.NOT_REFUNDABLE, {"transaction": a.txn("off"), "status": "CANCELLED"}, refund("off", 0)),
    (Reason.REFUND_EXCEEDED, {"transaction": a.txn("given"), "remaining": "0"}, refund("given", 0)),
    (Reason.BALANCE_FROZEN, {"side": "source", "leg": a.txn("c2")}, refund("cold", quantity=FINE)),
    (Reason.BALANCE_FROZEN, {"side": "destination", "leg": a.txn("c3")}, refund("iced", quantity=FINE)),
    (Reason.AMOUNT_TOO_PRECISE, {}, refund("moved", quantity=FINE)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, {}, refund("moved", 0)),
    (
        Reason.REFUND_EXCEEDED,
        {"transaction": a.txn("moved"), "requested": "81", "remaining": "80"},
        refund("moved", 81),
    ),
    (Reason.INSUFFICIENT_FUNDS, {"balance": a.bln("shop"), "requested": "16", "leg": a.txn("q1")}, refund("poor")),
    (Reason.PERIOD_CLOSED, {"ledger": a.ldg("books"), "leg": a.txn("j3")}, refund("sold", effective_at=BEFORE_NOON)),
    (Reason.CEILING_EXCEEDED, {"balance": a.bln("capped"), "leg": a.txn("q4")}, refund("cap")),
    (Reason.TOTAL_OUT_OF_BOUNDS, {"leg": a.txn("q5")}, refund("swell")),
]


@pytest.mark.parametrize(("reason", "details", "asked"), REJECTED)
def test_the_first_rule_that_objects_names_the_rejection(
    reason: Reason, details: dict[str, str], asked: Operation
) -> None:
    book, plan = world(), a.plan()
    if isinstance(asked, Refund):
        # What is held would stand in the way of the refunds in this table.
        for name in ("full", "shop"):
            book.accounts[a.bln(name)].figures = book.accounts[a.bln(name)].figures._replace(inflight_credit=0)
    before = standing(book)
    rejection = decide(asked, book, plan)
    assert isinstance(rejection, Rejection), rejection
    assert rejection.reason == reason
    assert details.items() <= rejection.details.items(), rejection
    assert standing(book) == before
    assert (plan.entries, book.references) == (0, {})


def test_legs_are_judged_by_the_rules_of_a_single_one_but_for_a_named_list() -> None:
    of_each_leg = {*HOLD_BALANCE_RULES, *HOLD_MONEY_RULES, *REFUND_BALANCE_RULES, *REFUND_MONEY_RULES}
    assert {*HOLD_RULES, *REFUND_RULES} - of_each_leg == set(ASKED_OF_THE_WHOLE)


def test_every_balance_that_the_answer_depends_on_is_read() -> None:
    """Also those of legs that are resolved: that they are is what the answer says."""
    book, plan = world(), a.plan()
    decide(resolve("done"), book, plan)
    assert {account.id for account in plan.reads} == {a.bln(name) for name in ("payer", "frozen", "bank")}


def test_too_many_at_once_are_rejected() -> None:
    book = a.book(a.account("payer", held_out=20_000), a.account("shop", held_in=20_000))
    count = limits.LEGS_MAX + 1
    add_batch(book, "large", *(a.hold(f"h{n}", "payer", "shop", 1) for n in range(count)))
    rejection = decide(resolve(bat("large")), book, a.plan())
    numbers = {"unit": "legs", "requested": str(count), "limit": str(limits.LEGS_MAX)}
    assert rejection == Rejection(Reason.TOO_MANY_ITEMS, numbers)


# What it does ----------------------------------------------------------------------------------


def amounts(outcome: Outcome) -> dict[str, int]:
    """What each leg moved, by the older transaction that it is about."""
    assert isinstance(outcome, HeaderEntry), outcome
    return {str(leg.parent_id): leg.amount for leg in outcome.legs}


def test_a_commit_of_a_split_commits_what_each_hold_has_left() -> None:
    book, plan = world(), a.plan()
    outcome = decide(resolve("part"), book, plan)
    assert amounts(outcome) == {a.txn("p1"): 10, a.txn("p2"): 30}
    assert isinstance(outcome, HeaderEntry)
    header = outcome.to_transaction()
    assert (header.kind, header.status, header.amount, header.takes_remainder) == (
        Kind.COMMIT,
        Status.APPLIED,
        40,
        True,
    )
    assert (header.parent_id, header.source_id, header.destination_id) == (a.txn("part"), a.bln("payer"), None)
    assert [(transition.parent.id, transition.after, transition.status) for transition in plan.transitions] == [
        (a.txn("p1"), (60, 0, 0), Status.APPLIED),
        (a.txn("p2"), (30, 0, 0), Status.APPLIED),
        (a.txn("part"), (90, 10, 0), Status.APPLIED),
    ]
    assert outcome.transition is plan.transitions[-1]
    assert {leg.takes_remainder for leg in outcome.legs} == {None}


def test_a_part_is_spread_and_what_gets_nothing_has_no_leg() -> None:
    book, plan = world(), a.plan()
    assert amounts(decide(resolve("open", 10), book, plan)) == {a.txn("o1"): 7, a.txn("o2"): 3}
    assert amounts(decide(resolve("open", 1, reference="c2"), book, plan)) == {a.txn("o1"): 1}
    assert book.parents[a.txn("open")].resolved == (11, 0, 0)


def test_a_leg_by_itself_moves_its_split_along() -> None:
    book, plan = world(), a.plan()
    decide(resolve("o1", 25), book, plan)
    decide(resolve("o2", void=True, reference="c2"), book, plan)
    decide(refund("o1", 5), book, plan)
    assert book.parents[a.txn("open")].resolved == (25, 30, 5)
    assert [
        (transition.parent.id, transition.after) for transition in plan.transitions if transition.parent.is_header
    ] == [
        (a.txn("open"), (25, 0, 0)),
        (a.txn("open"), (25, 30, 0)),
        (a.txn("open"), (25, 30, 5)),
    ]
    assert [transition.cause_key for transition in plan.transitions] == [
        plan.block.hex(cause) for cause in (1, 1, 4, 4, 7, 7)
    ]


def test_the_expiry_of_a_split_says_so_of_every_leg() -> None:
    book, plan = world(), a.plan()
    outcome = decide(resolve("late", void=True, cause=Cause.EXPIRY), book, plan)
    assert isinstance(outcome, HeaderEntry)
    assert [transition.expired for transition in plan.transitions] == [True] * 3
    assert outcome.status is Status.VOID


def test_a_void_of_a_batch_passes_over_what_expired() -> None:
    book, plan = world(), a.plan()
    assert amounts(decide(resolve(bat("some late"), void=True), book, plan)) == {a.txn("x9"): 30}
    assert book.parents[a.txn("x8")].resolved == (0, 0, 0), "its own expiry voids it"


def test_a_batch_is_committed_with_the_splits_in_it() -> None:
    book, plan = world(), a.plan()
    legs = [book.parents[a.txn(name)] for name in ("p1", "p2", "p3")]
    add_batch(book, "all", *legs, a.hold("z1", "payer", "bank", 10), moved("z2", "payer", "bank", 5))
    outcome = decide(resolve(bat("all"), 25), book, plan)
    assert amounts(outcome) == {a.txn("p1"): 5, a.txn("p2"): 15, a.txn("z1"): 5}
    assert isinstance(outcome, HeaderEntry)
    header = outcome.to_transaction()
    assert (header.parent_id, header.request_json, outcome.transition) == (None, f'{{"batch":"{bat("all")}"}}', None)
    assert book.parents[a.txn("part")].resolved == (70, 10, 0)
    assert [transition.parent.id for transition in plan.transitions if transition.parent.is_header] == [a.txn("part")]


def test_a_batch_in_two_currencies_can_be_committed_whole() -> None:
    book = world()
    book.add(a.account("buyer", currency="EUR", held_out=5))
    add_batch(book, "both", a.hold("e1", "payer", "shop", 60), a.hold("e2", "buyer", "euro", 5))
    outcome = decide(resolve(bat("both"), void=True), book, a.plan())
    assert amounts(outcome) == {a.txn("e1"): 60, a.txn("e2"): 5}
    assert isinstance(outcome, HeaderEntry)
    assert (outcome.transaction.amount, outcome.transaction.currency) == (None, None)


def test_refunds_begin_with_the_latest() -> None:
    """Money that went on from hand to hand goes back by the same hands."""
    book = a.book(a.account("first", debit=10), a.account("second", debit=10, credit=10), a.account("third", credit=10))
    add_batch(book, "chain", moved("h1", "first", "second", 10), moved("h2", "second", "third", 10))
    outcome = decide(refund(bat("chain")), book, a.plan())
    assert amounts(outcome) == {a.txn("h2"): 10, a.txn("h1"): 10}
    assert [account.figures.balance for account in book.accounts.values()] == [0, 0, 0]


def test_a_refund_of_a_held_split_returns_what_was_committed() -> None:
    book, plan = world(), a.plan()
    assert amounts(decide(refund("part"), book, plan)) == {a.txn("p1"): 50}
    assert book.parents[a.txn("part")].resolved == (50, 10, 50)


# Once ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [resolve("open"), resolve("open", 7), resolve(bat("mixed"), void=True), refund("moved", 3), refund(bat("moves"))],
)
def test_the_same_call_replays(asked: Operation) -> None:
    book, plan = world(), a.plan()
    if asked.reference == "c" and isinstance(asked, ResolveHold) and asked.target.is_batch:
        book.add(a.account("buyer", currency="EUR", held_out=5))
        add_batch(book, "mixed", a.hold("e1", "payer", "shop", 60), a.hold("e2", "buyer", "euro", 5))
    first = decide(asked, book, plan)
    assert isinstance(first, HeaderEntry), first
    assert decide(asked, book, plan) == Replay(first)
    assert len(plan.headers) == 1


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ("precise_amount", resolve("open", 7)),
        ("operation", resolve("open", void=True)),
        ("target", resolve("part")),
        ("target", resolve(bat("mixed"))),
        ("description", resolve("open", description="else")),
    ],
)
def test_another_call_under_the_reference_names_what_differs(fields: str, asked: Operation) -> None:
    book, plan = world(), a.plan()
    decide(resolve("open"), book, plan)
    rejection = decide(asked, book, plan)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.details["fields"]) == (Reason.REFERENCE_CONFLICT, fields)


def test_a_group_that_is_rejected_takes_all_of_it_back() -> None:
    book, plan = world(), a.plan()
    before = standing(book)
    answers = decide_together(
        [resolve("open", 7), resolve("o1", 1, reference="o"), resolve("done", reference="d")], book, plan, bat("g")
    )
    assert [answer.reason for answer in answers if isinstance(answer, Rejection)][-1] == Reason.HOLD_RESOLVED
    assert (standing(book), plan.entries, book.references) == (before, 0, {})
