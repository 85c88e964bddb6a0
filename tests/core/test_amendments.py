"""The rules of amendments of a deferred transaction, or of those of a batch."""

import pytest

from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry
from ledgerd.core.model.figures import Status
from ledgerd.core.model.operation import Cancel, Operation, Reschedule, Target, Verdict
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.replay import Replay
from tests import builders as a
from tests.builders import decide
from tests.core.compound import bat
from tests.core.test_deferred import deferred, with_deferred

REJECTED_AMENDMENTS = [
    (Reason.PART_OF_SPLIT, Status.QUEUED, Cancel("o", Target(a.txn("leg")))),
    (Reason.PART_OF_SPLIT, Status.SCHEDULED, Reschedule("o", Target(a.txn("leg")), a.NOON)),
    (Reason.PART_OF_SPLIT, Status.QUEUED, Verdict("o", Target(a.txn("leg")), True, on_behalf_of="ada")),
    (Reason.PART_OF_SPLIT, Status.IN_REVIEW, Verdict("o", Target(a.txn("leg")), False, on_behalf_of="ada")),
    (Reason.NOT_DEFERRED, Status.REJECTED, Cancel("o", Target(a.txn("leg")))),
    (Reason.TRANSACTION_NOT_FOUND, Status.QUEUED, Cancel("o", Target(a.txn("nobody")))),
    (Reason.TRANSACTION_NOT_FOUND, Status.QUEUED, Reschedule("o", Target(a.txn("nobody")), a.NOON)),
    (Reason.TRANSACTION_NOT_FOUND, Status.QUEUED, Verdict("o", Target(a.txn("nobody")), True, on_behalf_of="ada")),
    (Reason.TRANSACTION_NOT_FOUND, Status.QUEUED, Verdict("o", Target(a.txn("nobody")), False, on_behalf_of="ada")),
    (Reason.NOT_DEFERRED, Status.APPLIED, Cancel("o", Target(a.txn("one")))),
    (Reason.NOT_DEFERRED, Status.CANCELLED, Cancel("o", Target(a.txn("one")))),
    (Reason.NOT_DEFERRED, Status.REJECTED, Reschedule("o", Target(a.txn("one")), a.NOON)),
    (Reason.SCHEDULE_IN_PAST, Status.QUEUED, Reschedule("o", Target(a.txn("one")), a.NOON)),
    (Reason.NOT_IN_REVIEW, Status.SCHEDULED, Verdict("o", Target(a.txn("one")), True, on_behalf_of="ada")),
    (Reason.NOT_IN_REVIEW, Status.REJECTED, Verdict("o", Target(a.txn("one")), False, on_behalf_of="ada")),
    (Reason.BATCH_NOT_FOUND, Status.QUEUED, Cancel("o", Target(bat("nobody")))),
    (Reason.BATCH_NOT_FOUND, Status.QUEUED, Reschedule("o", Target(bat("nobody")), a.NOON)),
    (Reason.BATCH_NOT_FOUND, Status.IN_REVIEW, Verdict("o", Target(bat("nobody")), True, on_behalf_of="ada")),
    (Reason.BATCH_NOT_FOUND, Status.IN_REVIEW, Verdict("o", Target(bat("nobody")), False, on_behalf_of="ada")),
    (Reason.BATCH_NOT_FINISHED, Status.QUEUED, Cancel("o", Target(bat("running")))),
    (Reason.BATCH_NOT_FINISHED, Status.QUEUED, Reschedule("o", Target(bat("running")), a.NOON)),
    (Reason.BATCH_NOT_FINISHED, Status.IN_REVIEW, Verdict("o", Target(bat("running")), True, on_behalf_of="ada")),
    (Reason.BATCH_NOT_FINISHED, Status.IN_REVIEW, Verdict("o", Target(bat("running")), False, on_behalf_of="ada")),
    (Reason.NOT_DEFERRED, Status.APPLIED, Cancel("o", Target(bat("batch")))),
    (Reason.NOT_DEFERRED, Status.CANCELLED, Reschedule("o", Target(bat("batch")), a.NOON)),
    (Reason.SCHEDULE_IN_PAST, Status.QUEUED, Reschedule("o", Target(bat("batch")), a.NOON)),
    (Reason.NOT_IN_REVIEW, Status.QUEUED, Verdict("o", Target(bat("batch")), True, on_behalf_of="ada")),
    (Reason.NOT_IN_REVIEW, Status.REJECTED, Verdict("o", Target(bat("batch")), False, on_behalf_of="ada")),
]


@pytest.mark.parametrize(("reason", "status", "amendment"), REJECTED_AMENDMENTS)
def test_orders_that_come_too_late(reason: Reason, status: Status, amendment: Operation) -> None:
    leg = deferred("leg", status, None, header_id=a.txn("split"))
    one = deferred("one", status, None)
    book = with_deferred(one, leg)
    book.members[bat("batch")] = (one.key,)
    book.unfinished.add(bat("running"))
    rejection = decide(amendment, book, a.plan())
    assert isinstance(rejection, Rejection)
    assert rejection.reason is reason


@pytest.mark.parametrize(
    ("status", "amendment", "told", "left"),
    [
        (Status.QUEUED, Cancel("o", Target(a.txn("one"))), ["CANCELLED"], Status.CANCELLED),
        (Status.IN_REVIEW, Cancel("o", Target(a.txn("one"))), ["CANCELLED"], Status.CANCELLED),
        (Status.QUEUED, Reschedule("o", Target(a.txn("one")), a.NOON + a.HOUR), ["RESCHEDULED"], Status.SCHEDULED),
        (Status.IN_REVIEW, Reschedule("o", Target(a.txn("one")), a.NOON + a.HOUR), ["RESCHEDULED"], Status.IN_REVIEW),
        (
            Status.IN_REVIEW,
            Verdict("o", Target(a.txn("one")), True, on_behalf_of="ada"),
            ["APPROVED", "APPLIED"],
            Status.APPLIED,
        ),
        (Status.IN_REVIEW, Verdict("o", Target(a.txn("one")), False, on_behalf_of="ada"), ["DENIED"], Status.REJECTED),
    ],
)
def test_orders_that_come_in_time(status: Status, amendment: Operation, told: list[str], left: Status) -> None:
    view, plan = with_deferred(deferred("one", status, a.post("poor", "rich", 5))), a.plan()
    outcome: Outcome = decide(amendment, view, plan)
    assert isinstance(outcome, HeaderEntry)
    assert [change.kind.value for change in outcome.changes] == told
    assert view.deferred[f"{a.number('one'):032x}"].status is left
    assert {change.cause_key for change in plan.changes} == {plan.block.hex(outcome.ordinal)}
    assert isinstance(decide(amendment, view, plan), Replay)
