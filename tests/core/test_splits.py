"""Splits as they are decided: a table of rejections in order of precedence, and what holds of every split."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core import posting
from ledgerd.core.book import Book
from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry
from ledgerd.core.model import limits
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.allocation import Share
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.monitor import Comparison, Field, Trigger
from ledgerd.core.model.operation import Post
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.plan import Plan
from ledgerd.core.replay import Replay
from tests import builders as a
from tests.builders import decide, decide_together
from tests.core.splits import split

HUGE = 10**37


def world() -> Book:
    return a.book(
        a.account("poor", credit=50),
        a.account("rich", credit=10_000),
        a.account("saver", credit=100, floor=40),
        a.account("full", credit=HUGE),
        a.account("euro", currency="EUR"),
        a.account("yen", precision=1),
        a.account("world", indicator="@World"),
        a.account("fees", indicator="@Fees"),
        a.account("frozen", credit=10, status=BalanceStatus.FROZEN),
        a.account("closed", status=BalanceStatus.CLOSED),
        a.account("capped", ceiling=20),
        a.account("shut", credit=50, ledger="books", closed_before=a.NOON),
        a.account("shop"),
        a.account("bank"),
    )


BEFORE = {"effective_at": a.NOON - a.HOUR}
HOLD = {"inflight": True, "expires_at": a.NOON}
FINE = {"quantity": Quantity(1, 3)}

REJECTED: list[tuple[Reason, dict[str, str], Post]] = [
    (Reason.IDENTITY_NOT_FOUND, {"identity": a.idt("nobody")},
     split("rich:left poor:left rich:1", "nobody:0 frozen:0", 0, identity_ids=(a.idt("nobody"),))),
    (Reason.SPLIT_INVALID, {"field": "sources.shares[1]", "rule": "second_remainder"},
     split("rich:left poor:left rich:1", "nobody:0 frozen:0", 0, currency="EUR")),
    (Reason.SPLIT_INVALID, {"field": "destinations.shares[0]", "rule": "zero_leg"},
     split("nobody:1 frozen:left", "frozen:0 nobody:0", 0)),
    (Reason.SPLIT_INVALID, {"field": "destinations.shares[1]", "rule": "over_100_percent"},
     split("nobody", "frozen:60% nobody:50%", 0)),
    (Reason.SPLIT_INVALID, {"field": "destinations.shares", "rule": "too_many"},
     split("nobody", " ".join(f"@S{n}:1" for n in range(1_001)), 0)),
    (Reason.BALANCE_NOT_FOUND, {"side": "destination", "field": "destinations.shares[1]"},
     split("rich:1 @Unknown:left", "rich:5 nobody:left", 0, currency="EUR")),
    (Reason.BALANCE_NOT_FOUND, {"side": "source", "field": "source"}, split("nobody", "world:5 @World:left", 0)),
    (Reason.BALANCE_NOT_FOUND, {"field": "destinations.shares[0]"}, split("@Unknown", "nobody:left", 0, currency="")),
    (Reason.CURRENCY_REQUIRED, {"balance": "@Unknown"},
     split("@Unknown:1 @Unheard:left", "@Unknown:1 @Other:left", 0, currency="")),
    (Reason.SPLIT_INVALID, {"field": "sources.shares[1]", "rule": "duplicate_balance"},
     split("world:1 @World:left", "@World:1 frozen:left", 0)),
    (Reason.SAME_BALANCE, {"field": "destinations.shares[1]"},
     split("frozen:1 @World:left", "closed:1 world:left", 0, precision=1000)),
    (Reason.SAME_BALANCE, {"field": "destination"}, split("rich:5 @Unknown:left", "@Unknown", 0)),
    (Reason.BALANCE_FROZEN, {"side": "source", "field": "sources.shares[1]"},
     split("rich:1 frozen:left", "closed:1 @Unknown:left", 0, currency="EUR")),
    (Reason.BALANCE_CLOSED, {"side": "destination", "field": "destinations.shares[0]"},
     split("rich", "closed:1 euro:left", 0, currency="EUR")),
    (Reason.CURRENCY_MISMATCH, {"requested": "USD", "destination": "EUR", "field": "destinations.shares[1]"},
     split("rich:1 @Unknown:left", "yen:1 euro:left", 0, precision=1000)),
    (Reason.PRECISION_MISMATCH, {"requested": "100", "destination": "1", "field": "destinations.shares[1]"},
     split("rich:1 @Unknown:left", "poor:1 yen:left", 0, **FINE)),
    (Reason.PRECISION_MISMATCH, {"requested": "1000", "source": "100", "field": "source"},
     split("rich", "poor:1 shop:left", 0, precision=1000)),
    (Reason.PRECISION_REQUIRED, {"field": "sources.shares[1]", "balance": "@Unknown"},
     split("rich:1 @Unknown:left", "poor:9 shop:left", 0)),
    (Reason.AMOUNT_TOO_PRECISE, {}, split("poor", "full:9 shop:left", 0, **FINE)),
    (Reason.AMOUNT_TOO_PRECISE, {},
     split("poor", "full:9 shop:left", 0, allow_overdraft=True, overdraft_limit=Quantity(1, 3))),
    (Reason.AMOUNT_OUT_OF_BOUNDS, {}, split("poor", "full:9 shop:left", 0)),
    (Reason.AMOUNT_OUT_OF_BOUNDS, {}, split("poor", "full:9 shop:left", 10**36)),
    (Reason.SPLIT_INVALID, {"field": "sources.shares", "rule": "does_not_add_up"},
     split("poor:1 rich:2", "full:0.001 shop:left", 4, **HOLD)),
    (Reason.SPLIT_INVALID, {"field": "destinations.shares[0]", "rule": "over_total"},
     split("poor", "full:9 shop:left", 4, **HOLD)),
    (Reason.AMOUNT_TOO_PRECISE, {"field": "destinations.shares[0]"},
     split("poor", "full:0.001 shop:left", 100, **HOLD)),
    (Reason.SCHEDULE_IN_PAST, {}, split("shut", "full:9 shop:left", 100, **HOLD, **BEFORE)),
    (Reason.PERIOD_CLOSED, {"ledger": a.ldg("books"), "field": "source"},
     split("shut", "full:9 shop:left", 100, **BEFORE)),
    (Reason.PERIOD_CLOSED, {"ledger": a.ldg("books"), "field": "destinations.shares[1]"},
     split("rich", "shop:9 shut:left", 100, **BEFORE)),
    (Reason.INSUFFICIENT_FUNDS, {"balance": a.bln("poor"), "requested": "41", "available": "40", "field": "source"},
     split("poor", "shop:10 full:left", 51)),
    (Reason.INSUFFICIENT_FUNDS, {"balance": a.bln("poor"), "field": "sources.shares[1]"},
     split("rich:10 poor:51", "shop", 61)),
    (Reason.OVERDRAFT_LIMIT_EXCEEDED, {"balance": a.bln("poor"), "field": "sources.shares[1]"},
     split("rich:71 poor:71", "shop", 142, allow_overdraft=True, overdraft_limit=Quantity(20, None))),
    (Reason.FLOOR_EXCEEDED, {"balance": a.bln("saver"), "field": "source"},
     split("saver", "shop:30 bank:30 full:1", 61)),
    (Reason.INSUFFICIENT_FUNDS, {"requested": "120", "available": "110", "field": "sources.shares"},
     split("poor:available saver:available rich:20", "full:100 capped:left", 140)),
    (Reason.OVERDRAFT_UNBOUNDED, {"balance": a.bln("poor"), "field": "sources.shares[0]"},
     split("poor:available rich:left", "full", 140, allow_overdraft=True)),
    (Reason.NOTHING_AVAILABLE, {"balance": a.bln("bank")},
     split("bank", "full:9 shop:left", 0, quantity=a.available())),
    (Reason.CEILING_EXCEEDED, {"balance": a.bln("capped"), "total": "20", "field": "destination"},
     split("rich:20 poor:1", "capped", 21)),
    (Reason.TOTAL_OUT_OF_BOUNDS, {"balance": a.bln("full"), "field": "destinations.shares[1]"},
     split("rich", "shop:1 full:1", 2)),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "details", "asked"), REJECTED)
def test_the_first_rule_that_objects_names_the_rejection(reason: Reason, details: dict[str, str], asked: Post) -> None:
    book, plan = world(), a.plan()
    before = {key: account.figures for key, account in book.accounts.items()}
    rejection = decide(asked, book, plan)
    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason
    assert details.items() <= rejection.details.items(), rejection
    assert {key: account.figures for key, account in book.accounts.items()} == before
    assert (plan.entries, plan.effects, book.references) == (0, [], {})


def test_swapping_any_two_neighbouring_rules_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = posting.BALANCE_RULES
    for place in range(len(rules) - 1):
        swapped = [*rules]
        swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
        monkeypatch.setattr(posting, "BALANCE_RULES", tuple(swapped))
        answers = [decide(asked, world(), a.plan()) for _, _, asked in REJECTED]
        assert [answer.reason for answer in answers if isinstance(answer, Rejection)] != [
            reason for reason, _, _ in REJECTED
        ]


def test_every_balance_that_a_rejection_depends_on_is_read() -> None:
    book, plan = world(), a.plan()
    decide(split("rich:1 poor:left", "shop:1 full:left", 100), book, plan)
    assert {account.id for account in plan.reads} == {a.bln(name) for name in ("rich", "poor", "shop", "full")}


# What it does ----------------------------------------------------------------------------------


def legs(outcome: Outcome) -> list[tuple[str | None, str | None, int | None]]:
    assert isinstance(outcome, HeaderEntry), outcome
    names = {a.bln(name): name for name in ("rich", "poor", "shop", "bank", "world", "fees")}
    made = [leg.to_transaction() for leg in outcome.legs]
    return [(names[leg.source_id or ""], names[leg.destination_id or ""], leg.amount) for leg in made]


def test_the_legs_are_the_overlaps_in_the_order_given() -> None:
    plan = a.plan()
    header = decide(split("rich:70 poor:30", "shop:20 bank:left @Fees:10%", 100), world(), plan)
    assert legs(header) == [("rich", "shop", 20), ("rich", "bank", 50), ("poor", "bank", 20), ("poor", "fees", 10)]
    assert isinstance(header, HeaderEntry)
    record = header.to_transaction()
    assert (record.kind, record.status, record.amount, record.currency) == (Kind.SPLIT, Status.APPLIED, 100, "USD")
    assert (record.source_id, record.destination_id, record.source) == (None, None, None)
    assert record.leg_ids == tuple(leg.id for leg in header.legs)
    assert [row.ordinal for row in (header, *header.legs)] == [1, 2, 3, 4, 5]
    made = [leg.to_transaction() for leg in header.legs]
    assert [(row.kind, row.reference, row.parent_id, row.header_id) for row in made] == [
        (Kind.POSTING, None, header.id, header.id)
    ] * 4


def test_a_single_share_is_a_split_of_one_leg() -> None:
    header = decide(split("rich:left", "shop", 100), world(), a.plan())
    assert legs(header) == [("rich", "shop", 100)]
    assert isinstance(header, HeaderEntry)
    assert (header.transaction.source_id, header.transaction.destination_id) == (a.bln("rich"), a.bln("shop"))


def test_words_stay_with_the_lead_and_what_reads_need_goes_with_the_legs() -> None:
    words = {"description": "pay", "metadata": "{}", "metadata_digest": b"x", "group": "g", "tag": "t"}
    header = decide(split("rich", "shop:1 bank:left", 9, effective_at=a.NOON, **words), world(), a.plan())
    assert isinstance(header, HeaderEntry)
    record, leg = header.to_transaction(), header.legs[0].to_transaction()
    assert (record.description, record.metadata, record.metadata_digest) == ("pay", "{}", b"x")
    assert (leg.description, leg.metadata, leg.metadata_digest) == (None, None, None)
    assert (
        (record.group, record.tag, record.effective_at) == (leg.group, leg.tag, leg.effective_at) == ("g", "t", a.NOON)
    )


def test_a_held_split_holds_on_every_leg_and_stays_whole() -> None:
    book, plan = world(), a.plan()
    header = decide(split("rich", "shop:1 bank:left", 9, inflight=True, expires_at=a.NOON + a.HOUR), book, plan)
    assert isinstance(header, HeaderEntry)
    record = header.to_transaction()
    assert (record.status, record.committed, record.voided, record.remaining) == (Status.INFLIGHT, 0, 0, 9)
    assert {leg.kind for leg in header.legs} == {Kind.HOLD}
    assert (book.accounts[a.bln("rich")].figures.inflight_debit, book.accounts[a.bln("bank")].figures.credit) == (9, 0)
    assert record.expires_at == a.NOON + a.HOUR


def test_each_leg_sees_what_those_before_it_left() -> None:
    """The floor binds what a source pays in all, not each leg alone."""
    assert isinstance(decide(split("saver", "shop:30 bank:30", 60), world(), a.plan()), HeaderEntry)


def test_monitors_fire_between_the_legs() -> None:
    monitor = a.monitor("m", "rich", Field.BALANCE, Comparison.LESS, 60, Trigger.EDGE)
    book = a.book(a.account("rich", credit=100, monitors=(monitor,)), a.account("shop"), a.account("bank"))
    plan = a.plan()
    header = decide(split("rich", "shop:50 bank:left", 70), book, plan)
    assert isinstance(header, HeaderEntry)
    assert [effect.ordinal for effect in (header, *header.legs, *plan.firings)] == [1, 2, 4, 3]


def test_a_rejected_split_takes_back_its_legs_and_firings() -> None:
    monitor = a.monitor("m", "rich", Field.BALANCE, Comparison.LESS, 60, Trigger.LEVEL)
    book = a.book(a.account("rich", credit=100, monitors=(monitor,)), a.account("shop"), a.account("poor"))
    plan = a.plan()
    assert isinstance(decide(split("rich:70 poor:1", "shop", 71), book, plan), Rejection)
    assert (plan.entries, book.accounts[a.bln("rich")].figures.debit) == (0, 0)
    assert isinstance(decide(split("rich:70 poor:1", "shop", 71, allow_overdraft=True), book, plan), HeaderEntry)


def test_a_group_that_is_rejected_after_a_split_takes_it_back() -> None:
    book, plan = world(), a.plan()
    before = {key: account.figures for key, account in book.accounts.items()}
    answers = decide_together(
        [split("rich", "shop:1 bank:left", 9), a.post("poor", "rich", 9_999)], book, plan, "bat_x"
    )
    assert [answer.reason for answer in answers if isinstance(answer, Rejection)] == [
        Reason.NOT_APPLIED_WITH_GROUP,
        Reason.INSUFFICIENT_FUNDS,
    ]
    assert {key: account.figures for key, account in book.accounts.items()} == before
    assert (plan.entries, book.references) == (0, {})


# Once ------------------------------------------------------------------------------------------

FIRST = {"description": "d", "group": "g", "tag": "t"}


def repeated(changed: Post) -> Outcome:
    """What a request is answered under the reference of a split that is recorded."""
    book, plan = world(), a.plan()
    first = decide(split("rich:40 poor:left", "shop:50.0% @Fees:20 bank:left", 80, **FIRST), book, plan)
    assert isinstance(first, HeaderEntry), first
    again = decide(changed, book, plan)
    assert len(plan.headers) == 1
    return again


@pytest.mark.parametrize(
    ("sources", "destinations", "more"),
    [
        ("rich:40 poor:left", "shop:50% @Fees:20 bank:left", {}),
        ("rich:0.40 poor:left", "shop:50.000% fees:0.20 bank:left", {}),
        ("rich:0.4 poor:left", "shop:50% fees:20 bank:left", {"quantity": Quantity(8, 1), "precision": 100}),
    ],
)
def test_the_same_split_in_other_words_replays(sources: str, destinations: str, more: dict[str, object]) -> None:
    assert isinstance(repeated(split(sources, destinations, 80, **{**FIRST, **more})), Replay)


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ("sources", split("rich:41 poor:left", "shop:50% @Fees:20 bank:left", 80, **FIRST)),
        ("sources", split("poor:left rich:40", "shop:50% @Fees:20 bank:left", 80, **FIRST)),
        ("sources", split("rich:40.0001 poor:left", "shop:50% @Fees:20 bank:left", 80, **FIRST)),
        ("sources", split("rich", "shop:50% @Fees:20 bank:left", 80, **FIRST)),
        ("destinations", split("rich:40 poor:left", "shop:40 @Fees:20 bank:left", 80, **FIRST)),
        ("destinations", split("rich:40 poor:left", "shop:50% @World:20 bank:left", 80, **FIRST)),
        ("destinations", split("rich:40 poor:left", "shop:50.1% @Fees:20 bank:left", 80, **FIRST)),
        ("destinations", split("rich:40 poor:left", "shop", 80, **FIRST)),
        ("precise_amount", split("rich:40 poor:left", "shop:50% @Fees:20 bank:left", 81, **FIRST)),
        ("inflight", split("rich:40 poor:left", "shop:50% @Fees:20 bank:left", 80, **FIRST, inflight=True)),
        ("tag", split("rich:40 poor:left", "shop:50% @Fees:20 bank:left", 80, **{**FIRST, "tag": "u"})),
        ("sources,destinations", a.post("rich", "shop", 80, "s", **FIRST)),
    ],
)
def test_another_split_under_the_reference_names_what_differs(fields: str, changed: Post) -> None:
    rejection = repeated(changed)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.details["fields"]) == (Reason.REFERENCE_CONFLICT, fields)


def test_a_split_under_the_reference_of_a_posting_differs() -> None:
    book, plan = world(), a.plan()
    decide(a.post("rich", "shop", 80, "s"), book, plan)
    rejection = decide(split("rich", "shop:left", 80), book, plan)
    assert isinstance(rejection, Rejection)
    assert rejection.details["fields"] == "destinations"


def test_one_side_that_is_not_divided_is_compared_as_ever() -> None:
    book, plan = world(), a.plan()
    decide(split("@World", "shop:1 bank:left", 80, allow_overdraft=True), book, plan)
    assert isinstance(decide(split("world", "shop:1 bank:left", 80, allow_overdraft=True), book, plan), Replay)
    rejection = decide(split("rich", "shop:1 bank:left", 80, allow_overdraft=True), book, plan)
    assert isinstance(rejection, Rejection)
    assert rejection.details["fields"] == "source"


# Always ----------------------------------------------------------------------------------------


def drawn(dice: Random, names: list[str], total: int) -> str:
    """Shares of these balances that make the total, by fixed amounts with or without a left."""
    cuts = sorted(dice.sample(range(1, total), len(names) - 1))
    parts = [str(after - before) for before, after in zip([0, *cuts], [*cuts, total], strict=True)]
    if dice.random() < 0.5:
        parts[dice.randrange(len(parts))] = "left"
    return " ".join(f"{name}:{part}" for name, part in zip(names, parts, strict=True))


@given(st.integers(0, 2**64), st.integers(1, 5), st.integers(1, 5), st.booleans())
def test_a_split_moves_all_of_it_or_nothing(seed: int, payers: int, payees: int, inflight: bool) -> None:
    dice = Random(seed)
    accounts = [a.account(f"p{n}", credit=dice.randint(0, 60)) for n in range(payers)]
    book, plan = a.book(*accounts, *(a.account(f"q{n}") for n in range(payees))), Plan(a.plan().block, a.NOON)
    total = dice.randint(max(payers, payees), 150)
    asked = split(
        drawn(dice, [f"p{n}" for n in range(payers)], total),
        drawn(dice, [f"q{n}" for n in range(payees)], total),
        total,
        inflight=inflight,
    )
    due = {side: parts(getattr(asked, side), total) for side in ("sources", "destinations")}
    covered = all(book.accounts[account].figures.available >= part for account, part in due["sources"].items())
    before = {account: book.accounts[account].figures for side in due.values() for account in side}
    outcome = decide(asked, book, plan)
    after = {account: book.accounts[account].figures for account in before}
    if not covered:
        assert isinstance(outcome, Rejection)
        assert after == before
        assert not plan.effects
        return
    assert isinstance(outcome, HeaderEntry)
    assert sum(leg.amount for leg in outcome.legs) == total
    for account, part in due["sources"].items():
        assert before[account].available - after[account].available == part
    for account, part in due["destinations"].items():
        assert after[account].expected - before[account].expected == part
    assert sum(figures.balance for figures in after.values()) == sum(figures.balance for figures in before.values())
    assert sum(figures.inflight for figures in after.values()) == 0


def parts(shares: tuple[Share, ...], total: int) -> dict[str, int]:
    """What fixed shares and one left make, computed plainly."""
    fixed = {share.balance: share.part.digits for share in shares if isinstance(share.part, Quantity)}
    rest = total - sum(fixed.values())
    return {share.balance: fixed.get(share.balance, rest) for share in shares}


def test_a_thousand_shares_on_each_side_pass() -> None:
    payers = [a.account(f"p{n}", credit=1) for n in range(1_000)]
    book = a.book(*payers, *(a.account(f"q{n}") for n in range(1_000)))
    sides = (" ".join(f"{side}{n}:1" for n in range(1_000)) for side in "pq")
    outcome = decide(split(*sides, 1_000), book, a.plan())
    assert isinstance(outcome, HeaderEntry)
    assert len(outcome.legs) == 1_000 <= limits.LEGS_MAX
