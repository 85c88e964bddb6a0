"""Once: what is asked again under its reference replays, and what differs is named."""

import pytest

from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.operation import Operation
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.replay import Replay
from tests import builders as a
from tests.builders import decide
from tests.core.world import with_holder, world


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
        ("precise_amount", {"quantity": Quantity(8, None)}),
        ("amount", {"quantity": Quantity(8, 2)}),
        ("currency", {"currency": "EUR"}),
        ("precision", {"precision": 1000}),
        ("source", {"source": a.bln("full")}),
        ("destination", {"destination": a.bln("full")}),
        ("allow_overdraft", {"allow_overdraft": True}),
        ("inflight", {"inflight": True}),
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
    rejection = decide(changed, book, plan)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.details["fields"]) == (Reason.REFERENCE_CONFLICT, field)


def test_120_50_and_12050_minor_units_are_the_same_amount() -> None:
    book, plan = world(), a.plan()
    decide(a.post("rich", "poor", 0, quantity=Quantity(125, 1)), book, plan)
    assert isinstance(decide(a.post("rich", "poor", 1250), book, plan), Replay)


def test_commit_all_replays_but_an_amount_under_its_reference_does_not() -> None:
    book, plan = with_holder(world()), a.plan()
    decide(a.commit("open", None), book, plan)
    assert isinstance(decide(a.commit("open", None), book, plan), Replay)
    rejection = decide(a.commit("open", 100), book, plan)
    assert isinstance(rejection, Rejection)
    assert rejection.details["fields"] == "precise_amount"


def test_an_effective_time_is_a_part_of_what_was_asked() -> None:
    book, plan = with_holder(world()), a.plan()
    decide(a.commit("open", effective_at=a.NOON), book, plan)
    decide(a.refund("posting", 10), book, plan)
    assert isinstance(decide(a.commit("open", effective_at=a.NOON), book, plan), Replay)
    for changed in (a.commit("open"), a.refund("posting", 10, effective_at=a.NOON)):
        rejection = decide(changed, book, plan)
        assert isinstance(rejection, Rejection)
        assert rejection.details["fields"] == "effective_time"


@pytest.mark.parametrize("again", [a.commit("open", None), a.commit("open", 100), a.void("open")])
def test_a_reference_that_recorded_something_of_another_sort_is_told_so_and_no_more(again: Operation) -> None:
    """The other one has other fields: nothing else could be compared."""
    book, plan = with_holder(world()), a.plan()
    decide(a.post("rich", "poor", 7, "r"), book, plan)
    again.reference = "r"
    rejection = decide(again, book, plan)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.details["fields"]) == (Reason.REFERENCE_CONFLICT, "operation")
