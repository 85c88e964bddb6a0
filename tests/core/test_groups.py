"""Groups: what is asked for together is applied together or not at all."""

from ledgerd.core.effects import Movement
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.replay import Replay
from tests import builders as a
from tests.builders import decide, decide_together
from tests.core.world import with_holder, world


def test_a_rejected_group_leaves_the_book_as_it_was() -> None:
    book, plan = with_holder(world()), a.plan()
    decide(a.post("rich", "poor", 5, "before"), book, plan)
    figures = {key: account.figures for key, account in book.accounts.items()}
    holds = {key: parent.resolved for key, parent in book.parents.items()}
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
    reasons = [answer.reason for answer in answers if isinstance(answer, Rejection)]
    assert reasons == [Reason.NOT_APPLIED_WITH_GROUP] * 2 + [Reason.INSUFFICIENT_FUNDS, Reason.NOT_APPLIED_WITH_GROUP]
    assert {key: account.figures for key, account in book.accounts.items()} == figures
    assert {key: parent.resolved for key, parent in book.parents.items()} == holds
    assert list(book.references) == ["before"]
    assert plan.entries == 1


def test_money_that_arrives_in_a_group_can_be_spent_in_it() -> None:
    answers = decide_together(
        [a.post("rich", "poor", 100, "g1"), a.post("poor", "rich", 150, "g2")], world(), a.plan(), "bat_x"
    )
    assert all(isinstance(answer, Movement) for answer in answers)


def test_a_group_repeated_whole_replays() -> None:
    book, plan = world(), a.plan()
    group = [a.post("rich", "poor", 1, "g1"), a.post("rich", "poor", 2, "g2")]
    decide_together(group, book, plan, "bat_x")
    assert all(isinstance(outcome, Replay) for outcome in decide_together(group, book, plan, "bat_y"))
    assert len(plan.movements) == 2


def test_a_group_of_which_one_reference_is_known_from_elsewhere_is_rejected() -> None:
    book, plan = world(), a.plan()
    decide(a.post("rich", "poor", 1, "g1"), book, plan)
    answers = decide_together([a.post("rich", "poor", 1, "g1"), a.post("rich", "poor", 2, "g2")], book, plan, "bat_x")
    assert [answer.reason for answer in answers if isinstance(answer, Rejection)] == [
        Reason.REFERENCES_ALREADY_RECORDED,
        Reason.NOT_APPLIED_WITH_GROUP,
    ]
