"""A reconciliation statement explains the two balances to the last unit: compared with a second computation."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerd.core.model.reconciliation_statement import (
    BookSide,
    Ignored,
    LedgerBalance,
    Matched,
    NoBalance,
    Open,
    OpenOutcome,
    Proof,
    ReconciliationStatement,
    Standing,
)
from ledgerd.reconciliation.statement import draw_up
from tests.reconciliation.statement.worlds import (
    FIRST,
    SCOPE,
    World,
    bank_statement,
    entry,
    random_world,
    record,
)

BEFORE, DAY, AFTER = SCOPE.day - timedelta(days=1), SCOPE.day, SCOPE.day + timedelta(days=1)
YEAR = [bank_statement(1, opening=0, closing=0, opening_day=FIRST, closing_day=FIRST)]


def statement_of(*standings: Standing, ledger: int, statements=YEAR) -> ReconciliationStatement:
    return draw_up(SCOPE, statements, standings, LedgerBalance(total=ledger))


def proof_of(statement: ReconciliationStatement) -> Proof:
    assert statement.proof is not None
    return statement.proof


def second_computation(world: World) -> dict[str, object]:
    """By definition, row by row, with none of the code under test. Each row of the ledger moves the balance by the
    bank towards that by the ledger, and each row of the bank away from it."""
    found = dict[str, object](only_in_bank=[], only_in_ledger=[], ignored=[], differences=[], between=0)
    for standing in world.standings:
        if not isinstance(standing, Matched):
            if standing.row.day <= DAY:
                name = "ignored" if isinstance(standing, Ignored) else f"only_in_{standing.row.side.lower()}"
                found[name].append((standing.row.day, standing.row.id))
            continue
        seen = [row for row in standing.rows if not row.day > DAY]
        if {row.side for row in seen} == set(BookSide):
            drift = sum(row.amount if row.side is BookSide.LEDGER else -row.amount for row in seen)
            if drift:
                found["differences"].append((min(row.day for row in seen), standing.id, drift))
        else:
            for row in seen:
                found[f"only_in_{row.side.lower()}"].append((row.day, row.id))
    recorded = sum(row.amount for row in world.rows(BookSide.BANK))
    entered = sum(row.amount for row in world.rows(BookSide.LEDGER))
    found["between"] = entered - recorded
    return {name: sorted(value) if isinstance(value, list) else value for name, value in found.items()}


@settings(max_examples=300)
@given(st.integers(0, 2**32))
def test_any_movements_and_matches_are_explained_as_a_second_computation_does(seed: int) -> None:
    world = random_world(seed)
    statement = draw_up(SCOPE, world.statements, world.standings, world.ledger)
    expected = second_computation(world)
    listed = {
        "only_in_bank": [(item.row.day, item.row.id) for item in statement.only_in_bank.items],
        "only_in_ledger": [(item.row.day, item.row.id) for item in statement.only_in_ledger.items],
        "ignored": sorted(
            (item.row.day, item.row.id)
            for items in (statement.ignored_in_bank, statement.ignored_in_ledger)
            for item in items.items
        ),
        "differences": [(item.day, item.match_id, item.amount) for item in statement.differences.items],
    }
    assert listed == {name: expected[name] for name in listed}
    proof = proof_of(statement)
    lost_in_all = sum(row.amount for row in world.lost if row.day <= DAY)
    lost = sum(row.amount for row in world.lost if row.day <= DAY and _is_closed(world, row.account, row.day))
    assert proof.bank_balance == world.bank_total - lost_in_all + lost
    assert proof.opening == sum(world.before.values())
    assert proof.expected == world.ledger.total - world.extra + lost
    assert proof.expected - proof.bank_balance == expected["between"] - proof.opening
    assert proof.unexplained == world.extra - lost
    assert (proof.records_missing, proof.entries_missing) == (lost, world.extra)


def _is_closed(world: World, account: str, day: date) -> bool:
    """Whether a statement of the account that closed by the statement's day has this day."""
    closings = [kept.said.closing_date for kept in world.statements if kept.said.account == account]
    return any(day <= closing <= DAY for closing in closings)


@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_the_order_of_what_is_added_changes_nothing(seed: int, order: int) -> None:
    world = random_world(seed)
    first = draw_up(SCOPE, world.statements, world.standings, world.ledger, items_max=3)
    random.Random(order).shuffle(world.standings)
    random.Random(order).shuffle(world.statements)
    assert draw_up(SCOPE, world.statements, world.standings, world.ledger, items_max=3) == first


# Sentences of the proof --------------------------------------------------------------------------


def test_each_kind_of_item_moves_the_balance_by_the_bank_towards_that_by_the_ledger() -> None:
    statement = statement_of(
        Matched(id="m1", rows=(record(1, 10_000, DAY), entry(1, 9_950, DAY))),
        Open(row=record(2, -300, DAY)),
        Open(row=entry(2, 70, DAY)),
        Ignored(row=record(3, 5, DAY), reason="a test payment"),
        Ignored(row=entry(3, 2, DAY), reason="a test posting"),
        ledger=10_022,
    )
    proof = proof_of(statement)
    assert (proof.bank_balance, proof.only_in_bank, proof.only_in_ledger, proof.differences) == (9_705, -300, 70, -50)
    assert (proof.ignored_in_bank, proof.ignored_in_ledger) == (5, 2)
    assert (proof.expected, proof.unexplained) == (10_022, 0)


def test_what_cannot_be_explained_is_told_with_its_side() -> None:
    statements = [bank_statement(1, opening=0, closing=500, opening_day=FIRST, closing_day=DAY)]
    proof = proof_of(statement_of(Open(row=record(1, 460, DAY)), ledger=7, statements=statements))
    assert (proof.records_missing, proof.entries_missing, proof.unexplained) == (40, 7, -33)


def test_what_stood_at_the_bank_before_its_first_record_is_an_item_of_the_bank() -> None:
    statements = [bank_statement(1, opening=800, closing=900, opening_day=FIRST, closing_day=DAY)]
    rows = (Open(row=record(1, 100, DAY, account="DE1")), Open(row=entry(1, 800, FIRST)))
    proof = proof_of(statement_of(*rows, ledger=800, statements=statements))
    assert (proof.opening, proof.only_in_bank, proof.only_in_ledger, proof.unexplained) == (800, 100, 800, 0)


def test_typed_records_before_the_first_statement_are_part_of_its_opening_balance() -> None:
    statements = [bank_statement(1, opening=800, closing=800, opening_day=BEFORE, closing_day=DAY)]
    proof = proof_of(statement_of(Open(row=record(1, 300, BEFORE)), ledger=0, statements=statements))
    assert (proof.opening, proof.unexplained) == (500, 0)


def test_a_match_counts_with_its_rows_up_to_the_day() -> None:
    statement = statement_of(
        Matched(id="m1", rows=(record(1, 100, AFTER), entry(1, 100, DAY))),
        Matched(id="m2", rows=(record(2, 50, DAY), record(3, 50, AFTER), entry(2, 100, DAY))),
        Matched(id="m3", rows=(record(4, 1, AFTER), entry(3, 1, AFTER))),
        ledger=200,
    )
    (item,), (difference,) = statement.only_in_ledger.items, statement.differences.items
    assert (item.outcome, item.match_id) == (OpenOutcome.OTHER_SIDE_LATER, "m1")
    assert (difference.match_id, difference.amount, difference.is_partial) == ("m2", 50, True)
    assert (statement.matches, proof_of(statement).unexplained) == (1, 0)


def test_only_the_first_items_are_listed_and_all_are_counted() -> None:
    standings = [Open(row=record(n, 1, DAY)) for n in range(25, 0, -1)]
    statement = draw_up(SCOPE, YEAR, standings, LedgerBalance(total=0), items_max=10)
    assert [int(item.row.id) for item in statement.only_in_bank.items] == list(range(1, 11))
    assert (statement.only_in_bank.count, statement.only_in_bank.total, statement.only_in_bank.more) == (25, 25, 15)


# The balance by the bank -------------------------------------------------------------------------


def test_records_after_the_last_statement_are_added_to_its_closing_balance() -> None:
    statements = [bank_statement(7, opening=0, closing=100, opening_day=FIRST, closing_day=BEFORE)]
    standings = [Open(row=record(1, 100, BEFORE)), Open(row=record(2, 20, DAY)), Open(row=record(3, 4, AFTER))]
    (account,) = statement_of(*standings, ledger=0, statements=statements).bank.accounts
    assert (account.statement, account.closing, account.closing_day) == ("7", 100, BEFORE)
    assert (account.later_records, account.later_total, account.balance) == (1, 20, 120)


@pytest.mark.parametrize(
    "change",
    [
        {"is_interim": True},
        {"closing_is_intermediate": True},
        {"closing_date": AFTER},
        {"closing_date": None},
        {"closing": None},
        {"currency": "CHF"},
    ],
    ids=str,
)
def test_without_a_final_statement_by_the_day_there_is_no_balance_by_the_bank(change: dict) -> None:
    (kept,) = YEAR
    statements = [replace(kept, said=replace(kept.said, **change))]
    statement = statement_of(Open(row=record(1, 100, DAY, account="DE1")), ledger=0, statements=statements)
    assert (statement.bank.balance, statement.proof) == (None, None)
    assert (statement.bank.absent, statement.bank.absent_accounts) == (NoBalance.NO_STATEMENT, ("DE1",))
    assert statement.only_in_bank.total == 100


def test_a_source_without_statements_has_no_balance_by_the_bank() -> None:
    bank = statement_of(Open(row=record(1, 100, DAY)), ledger=0, statements=[]).bank
    assert (bank.balance, bank.absent, bank.accounts) == (None, NoBalance.NO_STATEMENT, ())


def test_a_record_of_no_account_leaves_several_accounts_without_a_balance() -> None:
    statements = [*YEAR, bank_statement(2, opening=0, closing=0, opening_day=FIRST, closing_day=FIRST, account="DE2")]
    bank = statement_of(Open(row=record(1, 100, DAY)), ledger=0, statements=statements).bank
    assert (bank.balance, bank.absent) == (None, NoBalance.ACCOUNT_UNKNOWN)


def test_a_coarser_statement_is_brought_to_the_precision_of_both_sides() -> None:
    (kept,) = YEAR
    whole = [replace(kept, said=replace(kept.said, precision=1, opening=2, closing=3))]
    proof = proof_of(statement_of(Open(row=record(1, 100, FIRST, account="DE1")), ledger=0, statements=whole))
    assert (proof.bank_balance, proof.opening, proof.unexplained) == (300, 200, 0)


def test_the_last_statement_is_that_of_the_last_day_then_of_the_last_arrival() -> None:
    days = [(1, 10, BEFORE), (2, 20, DAY), (3, 30, DAY), (4, 40, BEFORE), (5, 50, AFTER)]
    statements = [
        bank_statement(number, opening=None, closing=closing, opening_day=FIRST, closing_day=day)
        for number, closing, day in days
    ]
    assert proof_of(statement_of(ledger=0, statements=statements)).bank_balance == 30


def test_an_opening_balance_of_a_later_day_explains_nothing() -> None:
    statements = [
        bank_statement(1, opening=None, closing=100, opening_day=FIRST, closing_day=BEFORE),
        bank_statement(2, opening=100, closing=100, opening_day=AFTER, closing_day=AFTER),
    ]
    proof = proof_of(statement_of(Open(row=record(1, 90, BEFORE)), ledger=0, statements=statements))
    assert (proof.opening, proof.records_missing) == (0, 10)


# What it rests on --------------------------------------------------------------------------------


def test_a_later_proof_of_the_day_tells_what_changed_and_by_how_much() -> None:
    rows = [Open(row=record(1, 100, DAY)), Open(row=entry(1, 100, DAY))]
    earlier = statement_of(*rows, ledger=100)
    later = statement_of(Matched(id="m1", rows=(rows[0].row, rows[1].row)), Open(row=entry(2, 7, DAY)), ledger=107)
    changes = proof_of(earlier).changes(proof_of(later))
    assert changes == {"only_in_bank": -100, "only_in_ledger": -93, "ledger_balance": 7}
    assert earlier.digest != later.digest


@pytest.mark.parametrize(
    "other",
    [
        Open(row=record(1, 100, BEFORE)),
        Open(row=record(2, 100, DAY)),
        Open(row=record(1, 101, DAY)),
        Open(row=record(1, 100, DAY, description="other")),
        Open(row=record(1, 100, DAY), outcome=OpenOutcome.AMBIGUOUS),
        Ignored(row=record(1, 100, DAY), reason="UNMATCHED"),
    ],
    ids=str,
)
def test_the_digest_is_of_everything_that_a_row_says(other: Standing) -> None:
    assert statement_of(other, ledger=0).digest != statement_of(Open(row=record(1, 100, DAY)), ledger=0).digest


def test_rows_of_later_days_change_nothing() -> None:
    later = [Open(row=record(1, 1, AFTER)), Ignored(row=entry(1, 1, AFTER), reason="x")]
    assert statement_of(*later, ledger=0) == statement_of(ledger=0)


@pytest.mark.parametrize(
    ("bank", "records_missing", "entries_missing", "is_complete"),
    [
        pytest.param(700, 0, 0, True, id="nothing is missing"),
        pytest.param(900, 200, 0, False, id="a record is missing"),
        pytest.param(700, 200, 200, False, id="two faults cancel"),
        pytest.param(700, 0, -200, False, id="an entry is missing"),
        pytest.param(900, 0, 0, False, id="something is unexplained"),
    ],
)
def test_two_balances_are_explained_only_where_nothing_is_missing_on_either_side(
    bank: int, records_missing: int, entries_missing: int, is_complete: bool
) -> None:
    proof = Proof(
        bank_balance=bank, opening=500, only_in_bank=0, ignored_in_bank=0, only_in_ledger=0, ignored_in_ledger=0,
        differences=0, ledger_balance=200, records_missing=records_missing, entries_missing=entries_missing,
    )  # fmt: skip
    assert proof.unexplained == 700 - bank
    assert proof.is_complete is is_complete
