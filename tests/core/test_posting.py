"""The rules, as a table in order of precedence.

Each row breaks its own rule and every later one that it can break together with it, so that a rule
that moves up or down in the list answers with another reason and the row fails.
"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.amount import Quantity
from ledgerd.core.balance_state import BalanceState
from ledgerd.core.book import Account, Book, Movement, Original
from ledgerd.core.figures import Figures, Kind, Status
from ledgerd.core.grouping import decide_together
from ledgerd.core.monitor import Comparison, Field, Trigger
from ledgerd.core.operation import Operation, Settle
from ledgerd.core.posting import (
    POSTING_RULES,
    Outcome,
    Replay,
    decide,
)
from ledgerd.core.refunding import REFUNDING_RULES
from ledgerd.core.rejection import Reason, Rejection
from ledgerd.core.settling import SETTLING_RULES
from tests import builders as a

HUGE = 10**37
BEFORE_NOON = a.NOON - timedelta(microseconds=1)
FINE = Quantity(1, 3)  # 0.001: a decimal more than cents have


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
        a.account("frozen", credit=10, state=BalanceState.FROZEN),
        a.account("closed", state=BalanceState.CLOSED),
        a.account("capped", credit=HUGE, debit=HUGE - 50, held_in=30, ceiling=100),
        a.account("shut", credit=50, ledger="books", closed_before=a.NOON),
        holds=(
            a.hold("open", "holder", "shop", 100),
            a.hold("half", "holder", "shop", 100, committed=60),
            a.hold("done", "holder", "shop", 100, committed=60, voided=40),
            a.hold("brim", "spent", "shop", 10),
            a.hold("tip", "spent", "shop", 10, allow_over_commit=True),
            a.hold("tip of capped", "spent", "capped", 10, allow_over_commit=True),
            a.hold("tip for capped", "rich", "capped", 10, allow_over_commit=True),
            a.hold("late frozen", "frozen", "closed", 10, expires_at=a.NOON),
            a.hold("late", "holder", "shop", 100, expires_at=a.NOON),
            a.hold("gone", "holder", "shop", 100, voided=100, expires_at=a.NOON),
            a.hold("called off", "holder", "shop", 100, voided=100, waits=Status.CANCELLED),
            a.hold("waits", "frozen", "shop", 100, kind=Kind.POSTING, waits=Status.QUEUED),
            a.hold("done frozen", "frozen", "shop", 10, committed=10),
            a.hold("of frozen", "frozen", "closed", 10),
            a.hold("for frozen", "shop", "frozen", 10),
            a.hold("for closed", "closed", "frozen", 10),
        ),
    )


def with_holder(book: Book) -> Book:
    book.add(a.account("holder", credit=500, held_out=240))
    book.add(a.account("shop", held_in=250))
    for one in (
        a.hold("posting", "holder", "shop", 100, kind=Kind.POSTING),
        a.hold("given", "holder", "shop", 100, kind=Kind.POSTING, refunded=100),
        a.hold("back", "holder", "shop", 100, kind=Kind.REFUND),
        a.hold("brimful", "full", "spent", 100, kind=Kind.POSTING),
        a.hold("given frozen", "closed", "frozen", 100, kind=Kind.POSTING, refunded=100),
        a.hold("to frozen", "closed", "frozen", 100, kind=Kind.POSTING),
        a.hold("from frozen", "frozen", "shop", 100, kind=Kind.POSTING),
        a.hold("from capped", "capped", "spent", 100, kind=Kind.POSTING),
        a.hold("capping", "capped", "rich", 100, kind=Kind.POSTING),
        a.hold("swelling", "full", "rich", 100, kind=Kind.POSTING),
    ):
        book.originals[one.id] = one
    book.time = a.NOON
    return book


def outcome(operation: Operation) -> Outcome:
    return decide(operation, with_holder(world()), a.plan())


REFUSED_DRAFTS = [
    (Reason.BALANCE_NOT_FOUND, a.post("nobody", "nobody", 0, currency="EUR")),
    (Reason.BALANCE_NOT_FOUND, a.post("rich", "nobody", 0, currency="EUR")),
    (Reason.BALANCE_NOT_FOUND, a.post("@Unknown", "nobody", 0, precision=1000)),
    (Reason.SAME_BALANCE, a.post("@Unknown", "@Unknown", 0, currency="TOKENS")),
    (Reason.BALANCE_FROZEN, a.post("frozen", "@Unknown", 0, currency="TOKENS", precision=1000)),
    (Reason.BALANCE_CLOSED, a.post("@Unknown", "closed", 0, currency="TOKENS", precision=1000)),
    (Reason.CURRENCY_MISMATCH, a.post("@Unknown", "rich", 0, currency="TOKENS", precision=1000)),
    (Reason.PRECISION_MISMATCH, a.post("rich", "@Unknown", 0, precision=1000)),
    (Reason.PRECISION_REQUIRED, a.post("@Unknown", "@Unheard", 0, currency="TOKENS")),
    (Reason.SAME_BALANCE, a.post("poor", "poor", 0, currency="EUR", precision=1000)),
    (Reason.SAME_BALANCE, a.post("frozen", "frozen", 0)),
    (Reason.BALANCE_FROZEN, a.post("frozen", "closed", 0, currency="EUR")),
    (Reason.BALANCE_CLOSED, a.post("closed", "frozen", 0, currency="EUR")),
    (Reason.BALANCE_FROZEN, a.post("poor", "frozen", 0, currency="EUR", precision=1000)),
    (Reason.BALANCE_CLOSED, a.post("poor", "closed", 0, currency="EUR", precision=1000)),
    (Reason.CURRENCY_MISMATCH, a.post("poor", "yen", 0, currency="EUR", precision=1000)),
    (Reason.CURRENCY_MISMATCH, a.post("poor", "euro", 0, precision=1000)),
    (Reason.PRECISION_MISMATCH, a.post("poor", "yen", 0, quantity=FINE)),
    (Reason.PRECISION_MISMATCH, a.post("poor", "rich", 0, quantity=FINE, precision=1000)),
    (Reason.AMOUNT_TOO_PRECISE, a.post("poor", "rich", 0, quantity=FINE)),
    (
        Reason.AMOUNT_TOO_PRECISE,
        a.post("poor", "rich", 10**36, allow_overdraft=True, overdraft_limit=FINE),
    ),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.post("poor", "full", 0)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.post("poor", "full", 10**36)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.post("poor", "full", 0, inflight=True, expires_at=a.NOON)),
    (Reason.SCHEDULE_IN_PAST, a.post("poor", "full", 51, inflight=True, expires_at=a.NOON)),
    (
        Reason.SCHEDULE_IN_PAST,
        a.post("poor", "full", 51, inflight=True, commits_at=a.NOON, expires_at=a.NOON + a.HOUR),
    ),
    (Reason.SCHEDULE_IN_PAST, a.post("shut", "full", 51, inflight=True, expires_at=a.NOON, effective_at=BEFORE_NOON)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.post("shut", "full", 0, effective_at=BEFORE_NOON)),
    (Reason.PERIOD_CLOSED, a.post("shut", "full", 51, effective_at=BEFORE_NOON)),
    (Reason.PERIOD_CLOSED, a.post("poor", "shut", 51, effective_at=BEFORE_NOON)),
    (Reason.INSUFFICIENT_FUNDS, a.post("spent", "full", 51)),
    (Reason.INSUFFICIENT_FUNDS, a.post("poor", "full", 51)),
    (Reason.INSUFFICIENT_FUNDS, a.post("poor", "capped", 51)),
    (
        Reason.OVERDRAFT_LIMIT_EXCEEDED,
        a.post("floored", "full", 200, allow_overdraft=True, overdraft_limit=Quantity(20, None)),
    ),
    (Reason.FLOOR_EXCEEDED, a.post("floored", "full", 131, allow_overdraft=True)),
    (Reason.FLOOR_EXCEEDED, a.post("saver", "full", 61)),
    (Reason.CEILING_EXCEEDED, a.post("rich", "capped", 21)),
    (Reason.TOTAL_OUT_OF_BOUNDS, a.post("rich", "full", 1)),
    (Reason.TOTAL_OUT_OF_BOUNDS, a.post("spent", "rich", 6, allow_overdraft=True)),
]

REFUSED_SETTLEMENTS = [
    (Reason.TRANSACTION_NOT_FOUND, a.commit("nothing", 0)),
    (Reason.NOT_A_HOLD, a.commit("posting", 0)),
    (Reason.HOLD_NOT_IN_PLACE, a.commit("called off", 0)),
    (Reason.HOLD_NOT_IN_PLACE, a.void("called off")),
    (Reason.NOT_A_HOLD, a.void("waits")),
    (Reason.HOLD_SETTLED, a.commit("done", 0)),
    (Reason.HOLD_SETTLED, a.Settle("c1", a.txn("done"), False, FINE)),
    (Reason.HOLD_SETTLED, a.commit("done")),
    (Reason.HOLD_SETTLED, a.void("done")),
    (Reason.HOLD_SETTLED, a.commit("gone")),
    (Reason.HOLD_EXPIRED, a.commit("late")),
    (Reason.HOLD_EXPIRED, a.commit("late frozen")),
    (Reason.HOLD_EXPIRED, a.Settle("c1", a.txn("late"), False, FINE)),
    (Reason.HOLD_SETTLED, a.commit("done frozen")),
    (Reason.BALANCE_FROZEN, a.Settle("c1", a.txn("of frozen"), False, FINE)),
    (Reason.BALANCE_CLOSED, a.Settle("c1", a.txn("for closed"), False, FINE)),
    (Reason.BALANCE_FROZEN, a.Settle("c1", a.txn("for frozen"), False, FINE)),
    (Reason.AMOUNT_TOO_PRECISE, a.Settle("c1", a.txn("open"), False, FINE)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.commit("open", 0)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.commit("open", 10**36)),
    (Reason.HOLD_EXCEEDED, a.commit("half", 41)),
    (Reason.HOLD_EXCEEDED, a.commit("brim", 11)),
    (Reason.INSUFFICIENT_FUNDS, a.commit("tip", 11)),
    (Reason.INSUFFICIENT_FUNDS, a.commit("tip of capped", 40)),
    (Reason.CEILING_EXCEEDED, a.commit("tip for capped", 40)),
    (Reason.TOTAL_OUT_OF_BOUNDS, a.commit("brim", 10)),
]


REFUSED_REFUNDS = [
    (Reason.TRANSACTION_NOT_FOUND, a.refund("nothing", 0)),
    (Reason.NOT_REFUNDABLE, a.refund("open")),
    (Reason.NOT_REFUNDABLE, a.refund("waits")),
    (Reason.NOT_REFUNDABLE, a.refund("back", quantity=FINE)),
    (Reason.REFUND_EXCEEDED, a.refund("given", quantity=FINE)),
    (Reason.REFUND_EXCEEDED, a.refund("given frozen")),
    (Reason.BALANCE_FROZEN, a.refund("to frozen")),
    (Reason.BALANCE_FROZEN, a.refund("from frozen", quantity=FINE)),
    (Reason.AMOUNT_TOO_PRECISE, a.refund("posting", quantity=FINE)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.refund("posting", 10**36)),
    (Reason.REFUND_EXCEEDED, a.refund("brimful", 101)),
    (Reason.INSUFFICIENT_FUNDS, a.refund("brimful")),
    (Reason.INSUFFICIENT_FUNDS, a.refund("from capped")),
    (Reason.CEILING_EXCEEDED, a.refund("capping")),
    (Reason.TOTAL_OUT_OF_BOUNDS, a.refund("swelling")),
]


@pytest.mark.parametrize(("reason", "operation"), REFUSED_DRAFTS + REFUSED_SETTLEMENTS + REFUSED_REFUNDS)
def test_the_first_rule_that_objects_names_the_refusal(reason: Reason, operation: Operation) -> None:
    refusal = outcome(operation)
    assert isinstance(refusal, Rejection)
    assert refusal.reason == reason


def test_swapping_any_two_neighbouring_rules_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table's own test: if it did not depend on the order, it would not guard it."""
    from ledgerd.core import posting, refunding, settling

    for module, name, rules, table in (
        (posting, "POSTING_RULES", POSTING_RULES, REFUSED_DRAFTS),
        (settling, "SETTLING_RULES", SETTLING_RULES, REFUSED_SETTLEMENTS),
        (refunding, "REFUNDING_RULES", REFUNDING_RULES, REFUSED_REFUNDS),
    ):
        for place in range(len(rules) - 1):
            swapped = [*rules]
            swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
            monkeypatch.setattr(module, name, tuple(swapped))
            answers = [outcome(operation) for _, operation in table]
            unchanged = all(
                isinstance(answer, Rejection) and answer.reason == reason
                for answer, (reason, _) in zip(answers, table, strict=True)
            )
            assert not unchanged, (name, place)


def test_a_refused_overdraft_tells_the_numbers() -> None:
    refusal = outcome(a.post("poor", "rich", 51))
    assert refusal == Rejection(Reason.INSUFFICIENT_FUNDS, {"balance": a.bln("poor"), "asked": "51", "available": "50"})


def test_a_frozen_or_closed_balance_is_named_with_its_side() -> None:
    refusal = outcome(a.post("rich", "frozen", 5))
    assert refusal == Rejection(Reason.BALANCE_FROZEN, {"balance": a.bln("frozen"), "side": "destination"})
    refusal = outcome(a.commit("of frozen"))
    assert refusal == Rejection(Reason.BALANCE_FROZEN, {"balance": a.bln("frozen"), "side": "source"})


@pytest.mark.parametrize("hold", ["of frozen", "for frozen", "for closed"])
def test_a_void_passes_whatever_the_state_of_its_balances(hold: str) -> None:
    assert isinstance(outcome(a.void(hold)), Movement)


def test_a_ceiling_counts_held_credits_and_not_held_debits() -> None:
    book, plan = a.book(a.account("rich", credit=500), a.account("jar", held_out=40, ceiling=100)), a.plan()
    assert isinstance(decide(a.post("rich", "jar", 60, inflight=True), book, plan), Movement)
    refusal = decide(a.post("rich", "jar", 41, "r2"), book, plan)
    numbers = {"balance": a.bln("jar"), "asked": "41", "total": "60", "ceiling": "100"}
    assert refusal == Rejection(Reason.CEILING_EXCEEDED, numbers)
    assert isinstance(decide(a.post("rich", "jar", 40, "r3"), book, plan), Movement)
    hold = plan.movements[0]
    book.originals[hold.id] = Original(hold.id, hold.block.hex(1), a.bln("rich"), a.bln("jar"), 60, 0, 0)
    assert isinstance(decide(Settle("c", hold.id, False), book, plan), Movement)
    assert book.accounts[a.bln("jar")].figures.balance == 100


def test_a_balance_at_its_ceiling_may_pay() -> None:
    book = a.book(a.account("jar", credit=100, ceiling=100), a.account("shop"))
    assert isinstance(decide(a.post("jar", "shop", 1), book, a.plan()), Movement)


def test_a_closed_period_tells_its_ledger_and_where_the_open_part_begins() -> None:
    refusal = outcome(a.post("rich", "shut", 1, effective_at=BEFORE_NOON))
    assert refusal == Rejection(
        Reason.PERIOD_CLOSED,
        {"ledger": a.ldg("books"), "asked": "2026-01-02T11:59:59.999999Z", "limit": "2026-01-02T12:00:00Z"},
    )


@pytest.mark.parametrize("effective_at", [None, a.NOON, a.NOON + timedelta(days=400)])
def test_from_the_closing_time_on_a_ledger_is_open(effective_at: datetime | None) -> None:
    assert isinstance(outcome(a.post("rich", "shut", 1, effective_at=effective_at)), Movement)


def test_only_a_draft_with_a_time_of_its_own_relies_on_periods() -> None:
    book, plan = with_holder(world()), a.plan()
    decide(a.post("rich", "shut", 1, "plain"), book, plan)
    decide(a.commit("open", 1), book, plan)
    assert plan.periods == set()
    decide(a.post("rich", "shut", 1, "dated", effective_at=BEFORE_NOON), book, plan)
    shut, rich = book.accounts[a.bln("shut")], book.accounts[a.bln("rich")]
    assert plan.periods == {(shut.ledger_key, a.NOON), (rich.ledger_key, None)}, "also a refusal relies on them"


def test_a_hold_of_a_period_closed_since_can_be_settled() -> None:
    book = a.book(
        a.account("payer", credit=100, held_out=60, ledger="books", closed_before=a.NOON + timedelta(days=1)),
        a.account("payee", held_in=60),
        holds=(a.hold("held", "payer", "payee", 60),),
    )
    assert isinstance(decide(a.commit("held", 20, "some"), book, a.plan()), Movement)
    assert isinstance(decide(a.void("held", "rest"), book, a.plan()), Movement)


def test_held_debits_cannot_be_spent_and_held_credits_not_yet() -> None:
    book = a.book(a.account("payer", credit=100, held_out=60), a.account("payee", held_in=60))
    assert decide(a.post("payer", "payee", 41), book, a.plan()).reason == Reason.INSUFFICIENT_FUNDS
    assert decide(a.post("payee", "payer", 1, "r2"), book, a.plan()).reason == Reason.INSUFFICIENT_FUNDS
    assert isinstance(decide(a.post("payer", "payee", 40, "r3"), book, a.plan()), Movement)


@pytest.mark.parametrize(
    ("amount", "more", "passes"),
    [
        (50, {}, True),
        (51, {}, False),
        (10**9, {"allow_overdraft": True}, True),
        (70, {"allow_overdraft": True, "overdraft_limit": Quantity(20, None)}, True),
        (71, {"allow_overdraft": True, "overdraft_limit": Quantity(20, None)}, False),
    ],
)
def test_how_far_a_balance_without_a_floor_may_go(amount: int, more: dict, passes: bool) -> None:
    assert isinstance(outcome(a.post("poor", "rich", amount, **more)), Movement) is passes


def test_a_posting_moves_settled_totals_and_versions_of_both_sides() -> None:
    book = world()
    movement = decide(a.post("rich", "poor", 700), book, a.plan())
    assert isinstance(movement, Movement)
    assert (movement.kind, movement.status) == (Kind.POSTING, Status.APPLIED)
    assert movement.source_figures == Figures(2, 10_000, 700, 0, 0)
    assert movement.destination_figures == Figures(2, 750, 0, 0, 0)
    assert book.accounts[a.bln("rich")].figures == movement.source_figures


def test_a_hold_reserves_on_both_sides_and_moves_nothing() -> None:
    movement = decide(a.post("rich", "poor", 700, inflight=True), world(), a.plan())
    assert isinstance(movement, Movement)
    assert (movement.kind, movement.status) == (Kind.HOLD, Status.INFLIGHT)
    assert movement.source_figures == Figures(2, 10_000, 0, 0, 700)
    assert movement.destination_figures == Figures(2, 50, 0, 700, 0)


def test_partial_commits_and_a_void_empty_a_hold() -> None:
    book, plan = with_holder(world()), a.plan()
    decide(a.commit("open", 30, "c1"), book, plan)
    decide(a.commit("open", 20, "c2"), book, plan)
    movement = decide(a.void("open"), book, plan)
    assert isinstance(movement, Movement)
    assert movement.amount == 50
    assert [(*one.after, one.status) for one in plan.settlements] == [
        (30, 0, 0, Status.INFLIGHT),
        (50, 0, 0, Status.INFLIGHT),
        (50, 50, 0, Status.APPLIED),
    ]
    assert movement.source_figures == Figures(4, 500, 50, 0, 140)
    assert movement.destination_figures == Figures(4, 50, 0, 150, 0)


def test_a_hold_that_is_only_voided_ends_void() -> None:
    plan = a.plan()
    decide(a.void("open"), with_holder(world()), plan)
    assert plan.settlements[0].status is Status.VOID


# Once ------------------------------------------------------------------------------------------


def test_a_repeated_reference_replays_before_any_other_rule() -> None:
    book, plan = world(), a.plan()
    first = decide(a.post("poor", "rich", 50), book, plan)
    again = decide(a.post("poor", "rich", 50), book, plan)
    assert again == Replay(first)
    assert len(plan.movements) == 1


def test_an_indicator_and_its_balance_id_are_the_same_side() -> None:
    book, plan = world(), a.plan()
    decide(a.post("@World", "rich", 5, allow_overdraft=True), book, plan)
    again = decide(a.post("world", "rich", 5, allow_overdraft=True), book, plan)
    assert isinstance(again, Replay)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("amount", {"quantity": Quantity(8, None)}),
        ("currency", {"currency": "EUR"}),
        ("precision", {"precision": 1000}),
        ("source", {"source": a.bln("full")}),
        ("destination", {"destination": a.bln("full")}),
        ("allow_overdraft", {"allow_overdraft": True}),
        ("operation", {"inflight": True}),
        ("effective_time", {"effective_at": a.NOON}),
        ("description", {"description": "else"}),
        ("group", {"group": "else"}),
        ("tag", {"tag": "else"}),
        ("metadata", {"metadata": "{}", "metadata_digest": b"else"}),
    ],
)
def test_a_repeated_reference_with_one_field_changed_names_it(field: str, change: dict) -> None:
    book, plan = world(), a.plan()
    decide(a.post("rich", "poor", 7), book, plan)
    changed = a.post("rich", "poor", 7)
    for name, value in change.items():
        setattr(changed, name, value)
    refusal = decide(changed, book, plan)
    assert isinstance(refusal, Rejection)
    assert (refusal.reason, refusal.details["fields"]) == (Reason.REFERENCE_CONFLICT, field)


def test_120_50_and_12050_minor_units_are_the_same_amount() -> None:
    book, plan = world(), a.plan()
    decide(a.post("rich", "poor", 0, quantity=Quantity(125, 1)), book, plan)
    assert isinstance(decide(a.post("rich", "poor", 1250), book, plan), Replay)


def test_commit_all_replays_but_an_amount_under_its_reference_does_not() -> None:
    book, plan = with_holder(world()), a.plan()
    decide(a.commit("open", None), book, plan)
    assert isinstance(decide(a.commit("open", None), book, plan), Replay)
    refusal = decide(a.commit("open", 100), book, plan)
    assert isinstance(refusal, Rejection)
    assert refusal.details["fields"] == "amount"


# Together --------------------------------------------------------------------------------------


def test_a_refused_group_leaves_the_book_as_it_was() -> None:
    book, plan = with_holder(world()), a.plan()
    decide(a.post("rich", "poor", 5, "before"), book, plan)
    figures = {key: account.figures for key, account in book.accounts.items()}
    holds = {key: one.settled for key, one in book.originals.items()}
    answers = decide_together(
        [
            a.post("rich", "poor", 7, "g1"),
            a.commit("open", 30, "g2"),
            a.post("poor", "rich", 999, "g3"),
            a.void("open"),
        ],
        book,
        plan,
        "bat_x",
    )
    reasons = [one.reason for one in answers if isinstance(one, Rejection)]
    assert reasons == [Reason.NOT_APPLIED_WITH_GROUP] * 2 + [Reason.INSUFFICIENT_FUNDS, Reason.NOT_APPLIED_WITH_GROUP]
    assert {key: account.figures for key, account in book.accounts.items()} == figures
    assert {key: one.settled for key, one in book.originals.items()} == holds
    assert list(book.references) == ["before"]
    assert plan.entries == 1


def test_money_that_arrives_in_a_group_can_be_spent_in_it() -> None:
    answers = decide_together(
        [a.post("rich", "poor", 100, "g1"), a.post("poor", "rich", 150, "g2")], world(), a.plan(), "bat_x"
    )
    assert all(isinstance(one, Movement) for one in answers)


def test_a_group_repeated_whole_replays() -> None:
    book, plan = world(), a.plan()
    group = [a.post("rich", "poor", 1, "g1"), a.post("rich", "poor", 2, "g2")]
    decide_together(group, book, plan, "bat_x")
    assert all(isinstance(one, Replay) for one in decide_together(group, book, plan, "bat_y"))
    assert len(plan.movements) == 2


def test_a_group_of_which_one_reference_is_known_from_elsewhere_is_refused() -> None:
    book, plan = world(), a.plan()
    decide(a.post("rich", "poor", 1, "g1"), book, plan)
    answers = decide_together([a.post("rich", "poor", 1, "g1"), a.post("rich", "poor", 2, "g2")], book, plan, "bat_x")
    assert [one.reason for one in answers if isinstance(one, Rejection)] == [
        Reason.REFERENCES_ALREADY_RECORDED,
        Reason.NOT_APPLIED_WITH_GROUP,
    ]


# Monitors --------------------------------------------------------------------------------------


def watched(trigger: Trigger, field: Field = Field.BALANCE) -> Book:
    monitor = a.monitor("m", "payer", field, Comparison.LESS, 50, trigger)
    if field is Field.DEBIT_AMOUNT:
        monitor = a.monitor("m", "payer", field, Comparison.GREATER_OR_EQUAL, 50, trigger)
    return a.book(a.account("payer", credit=100, monitors=(monitor,)), a.account("payee"))


def fired(book: Book, *operations: Operation) -> list[int]:
    plan = a.plan()
    for operation in operations:
        decide(operation, book, plan)
    return [one.figures.balance for one in plan.firings]


def test_edge_fires_at_the_crossing_inside_a_batch_and_again_after_coming_back() -> None:
    steps = [a.post("payer", "payee", 60, "1"), a.post("payer", "payee", 5, "2")]
    back = [a.post("payee", "payer", 60, "3"), a.post("payer", "payee", 50, "4")]
    assert fired(watched(Trigger.EDGE), *steps, *back) == [40, 45]


def test_level_fires_at_every_movement_that_leaves_the_condition_true() -> None:
    assert fired(watched(Trigger.LEVEL), a.post("payer", "payee", 60, "1"), a.post("payer", "payee", 5, "2")) == [
        40,
        35,
    ]


def test_a_large_debit_is_the_single_movement_and_a_hold_is_none() -> None:
    book = watched(Trigger.EDGE, Field.DEBIT_AMOUNT)
    assert fired(book, a.post("payer", "payee", 49, "1"), a.post("payer", "payee", 50, "2", inflight=True)) == []
    book = watched(Trigger.EDGE, Field.DEBIT_AMOUNT)
    assert fired(book, a.post("payer", "payee", 50, "1"), a.post("payer", "payee", 50, "2")) == [50, 0]


# Always ----------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"), st.sampled_from("abcd"), st.integers(0, 10**36), st.booleans(), st.booleans()
        ),
        max_size=30,
    )
)
def test_whatever_is_asked_credits_equal_debits(asked: list[tuple[str, str, int, bool, bool]]) -> None:
    accounts: list[Account] = [a.account(name) for name in "abcd"]
    book, plan = a.book(*accounts), a.plan()
    for place, (source, destination, amount, overdraft, inflight) in enumerate(asked):
        decide(
            a.post(source, destination, amount, f"r{place}", allow_overdraft=overdraft, inflight=inflight), book, plan
        )
    assert sum(one.figures.balance for one in accounts) == 0
    assert sum(one.figures.inflight for one in accounts) == 0
