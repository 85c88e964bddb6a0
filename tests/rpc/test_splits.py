"""Splits: one amount over several balances, in one atomic movement, settled and refunded as one."""

from typing import Any

from ledgerapi.v1 import draft_pb2, transaction_pb2

from tests.conftest import Server
from tests.rpc import wire

pb = wire.pb
USD_PARTS = ("500.00", "25%", "10%", "left")
TAKERS = ("@Rent", "@Tax", "@Savings", "@Pocket")


def shares(parts: dict[str, str]) -> draft_pb2.Distribution:
    """{"@Rent": "500.00", "@Tax": "25%", "@Pocket": "left"}; a number without a point counts cents."""
    made = []
    for balance, part in parts.items():
        if part == "left":
            form: dict[str, Any] = {"left": True}
        elif part.endswith("%"):
            form = {"percent": part[:-1]}
        else:
            form = {"amount" if "." in part else "precise_amount": part}
        made.append(draft_pb2.Share(balance=balance, **form))
    return draft_pb2.Distribution(shares=made)


def split(
    reference: str, source: str | dict[str, str], destination: str | dict[str, str], amount: str | int, **more: Any
) -> draft_pb2.Draft:
    """A draft whose sides are a balance each, or shares."""
    fields: dict[str, Any] = {"currency": "USD", "allow_overdraft": True, **more}
    fields["precise_amount" if isinstance(amount, int) else "amount"] = str(amount)
    for side, asked in (("source", source), ("destination", destination)):
        fields.update({side: asked} if isinstance(asked, str) else {f"{side}s": shares(asked)})
    return draft_pb2.Draft(reference=reference, **fields)


PAY = dict(zip(TAKERS, USD_PARTS, strict=True))


def precise(legs: Any) -> list[int]:
    return [int(one.amount.precise) for one in legs]


async def legs_of(server: Server, lead: transaction_pb2.Transaction) -> list[transaction_pb2.Transaction]:
    return [await wire.transaction(server, transaction_id=one) for one in lead.leg_ids]


async def test_a_salary_is_split_to_the_cent(server: Server) -> None:
    answer = await wire.record(server, split("pay", "@Employer", PAY, "1234.56", metadata={"month": "may"}, tag="t"))
    lead = answer.transaction
    assert (lead.kind, lead.status) == (
        transaction_pb2.TRANSACTION_KIND_SPLIT,
        transaction_pb2.TRANSACTION_STATUS_APPLIED,
    )
    assert [one.amount.decimal for one in answer.legs] == ["500.00", "308.64", "123.46", "302.46"]
    assert [one.id for one in answer.legs] == list(lead.leg_ids)
    assert [await wire.balance(server, one) for one in ("@Employer", *TAKERS)] == [-123456, 50000, 30864, 12346, 30246]
    again = await wire.transaction(server, reference="pay")
    assert again == lead
    assert await legs_of(server, lead) == list(answer.legs)
    assert [(one.reference, one.parent_id, one.tag, one.source_id) for one in answer.legs] == [
        ("", lead.id, "t", lead.source_id)
    ] * 4
    assert (lead.amount.decimal, lead.destination_id, lead.metadata["month"]) == ("1234.56", "", "may")
