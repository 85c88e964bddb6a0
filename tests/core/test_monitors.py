"""Monitors: which movement makes one fire."""

from ledgerd.core.book import Book
from ledgerd.core.model.monitor import Comparison, Field, Trigger
from ledgerd.core.model.operation import Operation
from tests import builders as a
from tests.builders import decide


def watched(trigger: Trigger, field: Field = Field.BALANCE) -> Book:
    monitor = a.monitor("m", "payer", field, Comparison.LESS, 50, trigger)
    if field is Field.DEBIT_AMOUNT:
        monitor = a.monitor("m", "payer", field, Comparison.GREATER_OR_EQUAL, 50, trigger)
    return a.book(a.account("payer", credit=100, monitors=(monitor,)), a.account("payee"))


def fired(book: Book, *operations: Operation) -> list[int]:
    plan = a.plan()
    for operation in operations:
        decide(operation, book, plan)
    return [firing.figures.balance for firing in plan.firings]


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
