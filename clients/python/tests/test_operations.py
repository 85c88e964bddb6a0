"""What the makers of commits, voids, refunds and cancellations build, and what they reject."""

from datetime import UTC, datetime
from decimal import Decimal
from inspect import signature
from typing import Any, get_type_hints

import pytest
from ledgerapi.v1.operation_pb2 import (
    AdjustHold,
    ApproveTransaction,
    CommitHold,
    Operation,
    RefundTransaction,
    TransactionTarget,
)

from ledgerd_client import adjust_hold, balance, cancel, commit_hold, draft, operation, refund, target, void_hold
from ledgerd_client.balances import BalanceFields
from ledgerd_client.operations import AdjustFields, CancelFields, CommitFields, RefundFields, VoidFields

ID = "01h455vb4pex5vsknk084sn02q"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("named", "field"),
    [
        (f"txn_{ID}", "transaction_id"),
        (f"bat_{ID}", "batch_id"),
        ("order-17", "reference"),
        (f"bln_{ID}", "reference"),
        (f"txn_{ID}x", "reference"),
        (f"txn_{ID[:-1]}", "reference"),
        (f"txn_{ID[:-1]}u", "reference"),
        (f"txn_8{ID[1:]}", "reference"),
        ("", "reference"),
    ],
)
def test_a_target_is_an_id_or_else_the_caller_s_reference(named: str, field: str) -> None:
    built = target(named)
    assert (built.WhichOneof("target"), getattr(built, field)) == (field, named)


def test_a_reference_that_has_the_form_of_an_id() -> None:
    given = TransactionTarget(reference=f"txn_{ID}")
    assert commit_hold(given).target == given
    wrong: Any = 17
    with pytest.raises(TypeError, match="target"):
        target(wrong)


def test_commits_and_voids() -> None:
    whole = commit_hold("order-17")
    assert (whole.WhichOneof("amount_form"), whole.reference) == (None, "")
    part = commit_hold("order-17", amount=Decimal("1E+1"), reference="capture-17", effective_time=NOON)
    assert (part.amount, part.reference, part.effective_time.ToDatetime(UTC)) == ("10", "capture-17", NOON)
    assert commit_hold("order-17", precise_amount=10**35).precise_amount == str(10**35)
    assert void_hold("order-17", metadata={"why": "late"}).metadata["why"] == "late"


def test_adjustments() -> None:
    built = adjust_hold("auth-17", "auth-17-more", increase="12.50", inflight_expiry_time=NOON)
    assert (built.WhichOneof("adjustment"), built.increase.decimal, built.reference) == (
        "increase",
        "12.50",
        "auth-17-more",
    )
    assert built.inflight_expiry_time.ToDatetime(UTC) == NOON
    assert adjust_hold("auth-17", "r", total=Decimal("1E+2")).total.decimal == "100"
    with pytest.raises(ValueError, match="only one"):
        adjust_hold("auth-17", "r", total="1", decrease="1")
    wrong: Any = 1.5
    with pytest.raises(TypeError, match="decrease"):
        adjust_hold("auth-17", "r", decrease=wrong)


def test_refunds_and_cancellations() -> None:
    part = refund("order-17", "refund-17", amount="5", allow_overdraft=True, scheduled_time=NOON)
    assert (part.target.reference, part.reference, part.amount) == ("order-17", "refund-17", "5")
    assert part.allow_overdraft
    assert part.scheduled_time.ToDatetime(UTC) == NOON
    assert cancel(f"bat_{ID}", description="paused").target.batch_id == f"bat_{ID}"


@pytest.mark.parametrize("make", [commit_hold, lambda named, **fields: refund(named, "r", **fields)])
def test_amounts_without_floats_in_one_spelling(make: Any) -> None:
    for wrong in ({"amount": 1.5}, {"amount": 1}, {"precise_amount": 1.5}, {"precise_amount": True}):
        with pytest.raises(TypeError):
            make("order-17", **wrong)
    with pytest.raises(ValueError, match="one form"):
        make("order-17", amount="1", precise_amount=100)
    with pytest.raises(ValueError, match="time zone"):
        make("order-17", effective_time=datetime(2026, 1, 1))


def test_every_operation_of_the_contract_has_its_place() -> None:
    for field in Operation.DESCRIPTOR.oneofs_by_name["operation"].fields:
        message = field.message_type._concrete_class()
        assert operation(message).WhichOneof("operation") == field.name
        assert operation(operation(message)) == operation(message)
    wrong: Any = TransactionTarget()
    with pytest.raises(TypeError):
        operation(wrong)


@pytest.mark.parametrize(
    ("make", "fields", "own"),
    [
        (commit_hold, CommitFields, ["target"]),
        (void_hold, VoidFields, ["target"]),
        (adjust_hold, AdjustFields, ["target", "reference"]),
        (refund, RefundFields, ["target", "reference"]),
        (cancel, CancelFields, ["target"]),
        (balance, BalanceFields, ["currency"]),
    ],
)
def test_the_client_s_methods_take_what_the_makers_take(make: Any, fields: Any, own: list[str]) -> None:
    assert {*own, *get_type_hints(fields)} == set(signature(make).parameters)


@pytest.mark.parametrize(
    ("make", "message"), [(commit_hold, CommitHold), (adjust_hold, AdjustHold), (refund, RefundTransaction)]
)
def test_every_field_of_the_contract_has_its_argument(make: Any, message: Any) -> None:
    assert set(message.DESCRIPTOR.fields_by_name) == set(signature(make).parameters)


def test_a_balance() -> None:
    built = balance("USD", indicator="@Fees", floor=Decimal("-5.50"), metadata={"of": "shop"})
    assert (built.indicator, built.floor.decimal, built.HasField("ceiling")) == ("@Fees", "-5.50", False)
    wrong: Any = 5.5
    with pytest.raises(TypeError, match="ceiling"):
        balance("USD", ceiling=wrong)


def test_reviews_are_operations_too() -> None:
    assert operation(ApproveTransaction()).HasField("approve")
    assert operation(draft("r", source="@A", destination="@B", currency="USD", amount="1")).post.reference == "r"
