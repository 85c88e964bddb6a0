"""The rules, as a table in order of precedence.

Each row breaks its own rule and every later one that it can break together with it, so that a rule
that moves up or down in the list answers with another reason and the row fails.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.effects import Movement
from ledgerd.core.holds import HOLD_RULES
from ledgerd.core.model.account import Account
from ledgerd.core.model.amount import Available, Quantity
from ledgerd.core.model.figures import Figures, Kind, Status
from ledgerd.core.model.operation import Cause, Operation, ResolveHold, Target
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.posting import BALANCE_RULES, POSTING_RULES
from ledgerd.core.refunds import REFUND_RULES
from tests import builders as a
from tests.builders import decide
from tests.core.world import outcome, with_holder, world

BEFORE_NOON = a.NOON - timedelta(microseconds=1)
ALL_OF_FINE = Available(Quantity(1, 3))
FINE = Quantity(1, 3)  # 0.001: a decimal more than cents have


REJECTED_DRAFTS = [
    (Reason.IDENTITY_NOT_FOUND, a.post("nobody", "nobody", 0, currency="EUR", identity_ids=(a.idt("nobody"),))),
    (Reason.BALANCE_NOT_FOUND, a.post("nobody", "nobody", 0, currency="EUR")),
    (Reason.BALANCE_NOT_FOUND, a.post("rich", "nobody", 0, currency="EUR")),
    (Reason.BALANCE_NOT_FOUND, a.post("@Unknown", "nobody", 0, precision=1000)),
    (Reason.BALANCE_NOT_FOUND, a.post("@Unknown", "nobody", 0, currency="")),
    (Reason.CURRENCY_REQUIRED, a.post("@Unknown", "@Unknown", 0, currency="")),
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
    (Reason.BALANCE_FROZEN, a.post("frozen", "closed", 0, quantity=ALL_OF_FINE)),
    (Reason.CURRENCY_MISMATCH, a.post("poor", "shut", 0, quantity=a.available(0, currency="EUR", precision=1))),
    (Reason.PRECISION_MISMATCH, a.post("poor", "shut", 0, quantity=a.available(0, precision=1))),
    (Reason.AMOUNT_TOO_PRECISE, a.post("shut", "full", 0, quantity=ALL_OF_FINE, effective_at=BEFORE_NOON)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.post("shut", "full", 0, quantity=a.available(0), effective_at=BEFORE_NOON)),
    (Reason.PERIOD_CLOSED, a.post("spent", "shut", 0, quantity=a.available(), effective_at=BEFORE_NOON)),
    (Reason.OVERDRAFT_UNBOUNDED, a.post("spent", "full", 0, quantity=a.available(1), allow_overdraft=True)),
    (Reason.NOTHING_AVAILABLE, a.post("spent", "full", 0, quantity=a.available())),
    (Reason.CEILING_EXCEEDED, a.post("poor", "capped", 0, quantity=a.available())),
    (Reason.TOTAL_OUT_OF_BOUNDS, a.post("poor", "full", 0, quantity=a.available())),
    (Reason.CEILING_EXCEEDED, a.post("rich", "capped", 21)),
    (Reason.TOTAL_OUT_OF_BOUNDS, a.post("rich", "full", 1)),
    (Reason.TOTAL_OUT_OF_BOUNDS, a.post("spent", "rich", 6, allow_overdraft=True)),
]

REJECTED_RESOLUTIONS = [
    (Reason.TRANSACTION_NOT_FOUND, a.commit("nothing", 0)),
    (Reason.NOT_A_HOLD, a.commit("posting", 0)),
    (Reason.HOLD_NOT_IN_PLACE, a.commit("cancelled", 0)),
    (Reason.HOLD_NOT_IN_PLACE, a.void("cancelled")),
    (Reason.NOT_A_HOLD, a.void("queued")),
    (Reason.HOLD_RESOLVED, a.commit("done", 0)),
    (Reason.HOLD_RESOLVED, a.ResolveHold("c1", Target(a.txn("done")), False, FINE)),
    (Reason.HOLD_RESOLVED, a.commit("done")),
    (Reason.HOLD_RESOLVED, a.void("done")),
    (Reason.HOLD_RESOLVED, a.commit("gone")),
    (Reason.HOLD_EXPIRED, a.commit("late")),
    (Reason.HOLD_EXPIRED, a.commit("late frozen")),
    (Reason.HOLD_EXPIRED, a.void("late frozen")),
    (Reason.HOLD_EXPIRED, a.commit("swept", 0)),
    (Reason.HOLD_EXPIRED, a.void("swept")),
    (Reason.HOLD_RESOLVED, a.ResolveHold("c1", Target(a.txn("swept")), False, None, cause=Cause.TIMED_COMMIT)),
    (Reason.HOLD_RESOLVED, a.ResolveHold("c1", Target(a.txn("swept")), True, None, cause=Cause.EXPIRY)),
    (Reason.HOLD_EXPIRED, a.ResolveHold("c1", Target(a.txn("late")), False, FINE)),
    (Reason.HOLD_RESOLVED, a.commit("done frozen")),
    (Reason.BALANCE_FROZEN, a.ResolveHold("c1", Target(a.txn("of frozen")), False, FINE)),
    (Reason.BALANCE_CLOSED, a.ResolveHold("c1", Target(a.txn("for closed")), False, FINE)),
    (Reason.BALANCE_FROZEN, a.ResolveHold("c1", Target(a.txn("for frozen")), False, FINE)),
    (Reason.AMOUNT_TOO_PRECISE, a.ResolveHold("c1", Target(a.txn("open")), False, FINE)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.commit("open", 0)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.commit("open", 10**36)),
    (Reason.HOLD_EXCEEDED, a.commit("half", 41)),
    (Reason.HOLD_EXCEEDED, a.commit("old", 11, effective_at=BEFORE_NOON)),
    (Reason.PERIOD_CLOSED, a.commit("old", effective_at=BEFORE_NOON)),
    (Reason.PERIOD_CLOSED, a.commit("old tip", 100, effective_at=BEFORE_NOON)),
    (Reason.HOLD_EXCEEDED, a.commit("brim", 11)),
    (Reason.INSUFFICIENT_FUNDS, a.commit("tip", 11)),
    (Reason.INSUFFICIENT_FUNDS, a.commit("tip of capped", 40)),
    (Reason.OVERDRAFT_LIMIT_EXCEEDED, a.commit("credit tip", 200)),
    (Reason.FLOOR_EXCEEDED, a.commit("saver tip", 71)),
    (Reason.CEILING_EXCEEDED, a.commit("tip for capped", 40)),
    (Reason.TOTAL_OUT_OF_BOUNDS, a.commit("brim", 10)),
]


REJECTED_REFUNDS = [
    (Reason.TRANSACTION_NOT_FOUND, a.refund("nothing", 0)),
    (Reason.NOT_REFUNDABLE, a.refund("open")),
    (Reason.NOT_REFUNDABLE, a.refund("queued")),
    (Reason.NOT_REFUNDABLE, a.refund("back", quantity=FINE)),
    (Reason.REFUND_EXCEEDED, a.refund("given", quantity=FINE)),
    (Reason.REFUND_EXCEEDED, a.refund("given frozen")),
    (Reason.BALANCE_FROZEN, a.refund("to frozen")),
    (Reason.BALANCE_FROZEN, a.refund("from frozen", quantity=FINE)),
    (Reason.AMOUNT_TOO_PRECISE, a.refund("posting", quantity=FINE)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, a.refund("posting", 10**36)),
    (Reason.REFUND_EXCEEDED, a.refund("brimful", 101)),
    (Reason.REFUND_EXCEEDED, a.refund("old sale", 101, effective_at=BEFORE_NOON)),
    (Reason.PERIOD_CLOSED, a.refund("old sale", 100, effective_at=BEFORE_NOON)),
    (Reason.REFUND_EXCEEDED, a.refund("given", quantity=ALL_OF_FINE)),
    (Reason.BALANCE_FROZEN, a.refund("from frozen", quantity=ALL_OF_FINE)),
    (Reason.AMOUNT_TOO_PRECISE, a.refund("brimful", quantity=ALL_OF_FINE)),
    (Reason.OVERDRAFT_UNBOUNDED, a.refund("brimful", quantity=a.available(), allow_overdraft=True)),
    (Reason.NOTHING_AVAILABLE, a.refund("brimful", quantity=a.available())),
    (Reason.CEILING_EXCEEDED, a.refund("capping", quantity=a.available())),
    (Reason.INSUFFICIENT_FUNDS, a.refund("brimful")),
    (Reason.INSUFFICIENT_FUNDS, a.refund("from capped")),
    (Reason.FLOOR_EXCEEDED, a.refund("saved")),
    (Reason.CEILING_EXCEEDED, a.refund("capping")),
    (Reason.TOTAL_OUT_OF_BOUNDS, a.refund("swelling")),
]


@pytest.mark.parametrize(("reason", "operation"), REJECTED_DRAFTS + REJECTED_RESOLUTIONS + REJECTED_REFUNDS)
def test_the_first_rule_that_objects_names_the_rejection(reason: Reason, operation: Operation) -> None:
    rejection = outcome(operation)
    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason


def test_swapping_any_two_neighbouring_rules_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table's own test: if it did not depend on the order, it would not guard it."""
    from ledgerd.core import holds, posting, refunds

    for module, name, rules, table in (
        (posting, "POSTING_RULES", POSTING_RULES, REJECTED_DRAFTS),
        (posting, "BALANCE_RULES", BALANCE_RULES, REJECTED_DRAFTS),
        (holds, "HOLD_RULES", HOLD_RULES, REJECTED_RESOLUTIONS),
        (refunds, "REFUND_RULES", REFUND_RULES, REJECTED_REFUNDS),
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
        monkeypatch.setattr(module, name, rules)


def test_a_rejected_overdraft_tells_the_numbers() -> None:
    rejection = outcome(a.post("poor", "rich", 51))
    assert rejection == Rejection(
        Reason.INSUFFICIENT_FUNDS, {"balance": a.bln("poor"), "requested": "51", "available": "50"}
    )


def test_a_frozen_or_closed_balance_is_named_with_its_side() -> None:
    rejection = outcome(a.post("rich", "frozen", 5))
    assert rejection == Rejection(Reason.BALANCE_FROZEN, {"balance": a.bln("frozen"), "side": "destination"})
    rejection = outcome(a.commit("of frozen"))
    assert rejection == Rejection(Reason.BALANCE_FROZEN, {"balance": a.bln("frozen"), "side": "source"})


@pytest.mark.parametrize("hold", ["of frozen", "for frozen", "for closed"])
def test_a_void_passes_whatever_the_state_of_its_balances(hold: str) -> None:
    assert isinstance(outcome(a.void(hold)), Movement)


def test_a_void_of_an_amount_never_exceeds_what_is_held_also_where_a_commit_may() -> None:
    rejection = outcome(replace(a.void("tip"), quantity=Quantity(11, None)))
    assert isinstance(rejection, Rejection) and rejection.reason == Reason.HOLD_EXCEEDED


def test_a_ceiling_counts_held_credits_and_not_held_debits() -> None:
    book, plan = a.book(a.account("rich", credit=500), a.account("jar", held_out=40, ceiling=100)), a.plan()
    assert isinstance(decide(a.post("rich", "jar", 60, inflight=True), book, plan), Movement)
    rejection = decide(a.post("rich", "jar", 41, "r2"), book, plan)
    numbers = {"balance": a.bln("jar"), "requested": "41", "total": "60", "ceiling": "100"}
    assert rejection == Rejection(Reason.CEILING_EXCEEDED, numbers)
    assert isinstance(decide(a.post("rich", "jar", 40, "r3"), book, plan), Movement)
    hold = plan.movements[0]
    book.parents[hold.id] = Parent(hold.id, hold.block.hex(1), a.bln("rich"), a.bln("jar"), 60, 0, 0)
    assert isinstance(decide(ResolveHold("c", Target(hold.id), False), book, plan), Movement)
    assert book.accounts[a.bln("jar")].figures.balance == 100


def test_a_balance_at_its_ceiling_may_pay() -> None:
    book = a.book(a.account("jar", credit=100, ceiling=100), a.account("shop"))
    assert isinstance(decide(a.post("jar", "shop", 1), book, a.plan()), Movement)


def test_a_closed_period_tells_its_ledger_and_where_the_open_part_begins() -> None:
    rejection = outcome(a.post("rich", "shut", 1, effective_at=BEFORE_NOON))
    assert rejection == Rejection(
        Reason.PERIOD_CLOSED,
        {"ledger": a.ldg("books"), "requested": "2026-01-02T11:59:59.999999Z", "limit": "2026-01-02T12:00:00Z"},
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
    assert plan.periods == {(shut.ledger_key, a.NOON), (rich.ledger_key, None)}, "also a rejection relies on them"


def test_a_hold_of_a_period_closed_since_can_be_resolved() -> None:
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
    assert [(*transition.after, transition.status) for transition in plan.transitions] == [
        (30, 0, 0, Status.INFLIGHT),
        (50, 0, 0, Status.INFLIGHT),
        (50, 50, 0, Status.APPLIED),
    ]
    assert movement.source_figures == Figures(4, 500, 50, 0, 140)
    assert movement.destination_figures == Figures(4, 50, 0, 150, 0)


def test_a_hold_that_is_only_voided_ends_void() -> None:
    plan = a.plan()
    decide(a.void("open"), with_holder(world()), plan)
    assert plan.transitions[0].status is Status.VOID


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
    assert sum(account.figures.balance for account in accounts) == 0
    assert sum(account.figures.inflight for account in accounts) == 0
