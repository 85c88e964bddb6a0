"""Splits: one amount over several balances, in one atomic movement, resolved and refunded as one."""

from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import admin_service_pb2, draft_pb2, event_pb2, transaction_pb2

from ledgerd.operations.verify import verify
from ledgerd.store import pool
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
            form: dict[str, Any] = {"remainder": True}
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
    return [int(leg.amount.precise) for leg in legs]


async def legs_of(server: Server, header: transaction_pb2.Transaction) -> list[transaction_pb2.Transaction]:
    return [await wire.transaction(server, transaction_id=leg_id) for leg_id in header.leg_ids]


async def prove(server: Server) -> None:
    connection = await asyncpg.connect(server.app.dsn)
    await pool.prepare(connection)
    report = await verify(connection)
    await connection.close()
    assert report.faults == []


async def test_a_salary_is_split_to_the_cent(server: Server) -> None:
    answer = await wire.record(server, split("pay", "@Employer", PAY, "1234.56", metadata={"month": "may"}, tag="t"))
    header = answer.transaction
    assert (header.kind, header.status) == (
        transaction_pb2.TRANSACTION_KIND_SPLIT,
        transaction_pb2.TRANSACTION_STATUS_APPLIED,
    )
    assert [leg.amount.decimal for leg in answer.legs] == ["500.00", "308.64", "123.46", "302.46"]
    assert [leg.id for leg in answer.legs] == list(header.leg_ids)
    assert [await wire.balance(server, balance) for balance in ("@Employer", *TAKERS)] == [
        -123456,
        50000,
        30864,
        12346,
        30246,
    ]
    again = await wire.transaction(server, reference="pay")
    assert again == header
    assert await legs_of(server, header) == list(answer.legs)
    assert [(leg.reference, leg.parent_id, leg.tag, leg.source_id) for leg in answer.legs] == [
        ("", header.id, "t", header.source_id)
    ] * 4
    assert (header.amount.decimal, header.destination_id, header.metadata["month"]) == ("1234.56", "", "may")


async def test_both_sides_may_be_divided_and_legs_keep_the_order(server: Server) -> None:
    await wire.record(server, split("x", {"@A": "left", "@B": "25%"}, {"@C": "10", "@D": "left"}, 100))
    listed = await wire.listed(server, "kind = POSTING")
    assert [(leg.source_indicator, leg.destination_indicator, leg.amount.precise) for leg in reversed(listed)] == [
        ("@A", "@C", "10"),
        ("@A", "@D", "65"),
        ("@B", "@D", "25"),
    ]
    await prove(server)


async def test_a_single_share_is_enough(server: Server) -> None:
    answer = await wire.record(server, split("x", {"@A": "left"}, "@B", 100))
    assert precise(answer.legs) == [100]
    assert (answer.transaction.source_indicator, answer.transaction.destination_indicator) == ("@A", "@B")


async def test_legs_stand_and_fall_together(server: Server) -> None:
    rich, poor = await wire.open_balance(server), await wire.open_balance(server)
    await wire.record(server, wire.from_world("fund", rich, 100))
    asked = split("x", {rich: "100", poor: "left"}, "@Shop", 101, allow_overdraft=False)
    rejection = await wire.rejection(wire.record(server, asked))
    assert (rejection.code, rejection.reason) == ("FAILED_PRECONDITION", "INSUFFICIENT_FUNDS")
    assert rejection.details == {"balance": poor, "requested": "1", "available": "0", "field": "sources.shares[1]"}
    assert [await wire.balance(server, balance) for balance in (rich, poor)] == [100, 0]
    await wire.record(server, wire.from_world("more", poor, 1))
    assert precise((await wire.record(server, asked)).legs) == [100, 1], "a rejection does not take the reference"
    await prove(server)


REJECTED = [
    ("FIELD_INVALID", {"@A": "-5.00", "@B": "left"}, ("draft.sources.shares[0].amount",)),
    ("FIELD_INVALID", {"@A": "-5", "@B": "left"}, ("draft.sources.shares[0].precise_amount",)),
    ("FIELD_INVALID", {"@A": "1e1%", "@B": "101%"}, tuple(f"draft.sources.shares[{n}].percent" for n in (0, 1))),
    ("FIELD_INVALID", {"Rent": "left"}, ("draft.sources.shares[0].balance",)),
    ("SPLIT_INVALID", {}, {"field": "sources.shares", "rule": "empty"}),
    (
        "SPLIT_INVALID",
        {f"@S{n}": "1" for n in range(1_001)},
        {"field": "sources.shares", "rule": "too_many", "requested": "1001", "limit": "1000"},
    ),
    ("SPLIT_INVALID", {"@A": "0", "@B": "left"}, {"field": "sources.shares[0]", "rule": "zero_leg"}),
    ("SPLIT_INVALID", {"@A": "left", "@B": "left"}, {"field": "sources.shares[1]", "rule": "second_remainder"}),
    (
        "SPLIT_INVALID",
        {"@A": "60%", "@B": "50%"},
        {"field": "sources.shares[1]", "rule": "over_100_percent", "requested": "110", "limit": "100"},
    ),
    ("SAME_BALANCE", {"@A": "60%", "@Shop": "left"}, {"balance": "@Shop", "field": "destination"}),
]


@pytest.mark.parametrize(("reason", "sources", "told"), REJECTED)
async def test_shares_that_make_no_split_are_rejected_by_name(
    server: Server, reason: str, sources: dict[str, str], told: Any
) -> None:
    rejection = await wire.rejection(wire.record(server, split("x", sources, "@Shop", 100)))
    assert (rejection.code, rejection.reason) == ("INVALID_ARGUMENT", reason)
    assert (rejection.fields if reason == "FIELD_INVALID" else rejection.details) == told


async def test_shares_without_a_form_and_what_a_split_cannot_have(server: Server) -> None:
    asked = split("x", {"@A": "left"}, "@Shop", 100, inflight=True, allow_over_commit=True)
    asked.sources.shares.add(balance="@B")
    asked.sources.shares.add(balance="@C", remainder=False)
    rejection = await wire.rejection(wire.record(server, asked))
    assert rejection.fields == (
        "draft.sources.shares[1].amount",
        "draft.sources.shares[2].remainder",
        "draft.allow_over_commit",
    )


async def test_an_id_and_an_indicator_of_one_balance_are_one(server: Server) -> None:
    opened = (await wire.record(server, wire.from_world("open", "@A", 1))).transaction.destination_id
    rejection = await wire.rejection(wire.record(server, split("x", {"@A": "1", opened: "left"}, "@Shop", 100)))
    assert (rejection.reason, rejection.details["rule"]) == ("SPLIT_INVALID", "duplicate_balance")
    rejection = await wire.rejection(wire.record(server, split("x", {"@A": "1", "@B": "left"}, {opened: "left"}, 100)))
    assert rejection.reason == "SAME_BALANCE"


async def test_a_repeated_split_replays_and_another_is_told_apart(server: Server) -> None:
    first = await wire.record(server, split("pay", "@Employer", PAY, "1234.56"))
    other_words = {**PAY, "@Rent": "50000", "@Tax": "25.00%"}
    again = await wire.record(server, split("pay", first.transaction.source_id, other_words, 123456))
    assert (again.replayed, again.transaction, list(again.legs)) == (True, first.transaction, [])
    rejection = await wire.rejection(wire.record(server, split("pay", "@Employer", {**PAY, "@Tax": "24%"}, "1234.56")))
    assert (rejection.reason, rejection.details["fields"]) == ("REFERENCE_CONFLICT", "destinations")
    rejection = await wire.rejection(wire.record(server, wire.from_world("pay", "@Rent", "1234.56")))
    assert rejection.details["fields"] == "destinations,source"


async def test_a_preview_shows_the_legs_and_writes_nothing(server: Server) -> None:
    asked = split("pay", "@Employer", PAY, "1234.56")
    seen = await wire.record(server, asked, preview=True)
    assert (seen.transaction.id, list(seen.transaction.leg_ids)) == ("", [])
    assert {(leg.id, leg.parent_id) for leg in seen.legs} == {("", "")}
    assert await wire.listed(server) == []
    done = await wire.record(server, asked)
    told = [(leg.amount, leg.source_figures.after, leg.destination_figures.after) for leg in done.legs]
    assert told == [(leg.amount, leg.source_figures.after, leg.destination_figures.after) for leg in seen.legs]


async def test_a_thousand_shares_on_both_sides_fit_into_an_answer(server: Server) -> None:
    sources, destinations = ({f"@{side}{n}": "1" for n in range(1_000)} for side in "ST")
    answer = await wire.record(server, split("x", {**sources}, destinations, 1_000))
    assert len(answer.legs) == len(answer.transaction.leg_ids) == 1_000
    await prove(server)


# In lists, in history, in a watch --------------------------------------------------------------


async def test_legs_are_found_by_their_split_and_by_their_balances(server: Server) -> None:
    header = (await wire.record(server, split("pay", "@Employer", PAY, "1234.56"))).transaction
    await wire.record(server, wire.from_world("plain", "@Rent", 5))
    legs = await legs_of(server, header)
    assert await wire.listed(server, f'parent_id = "{header.id}"') == legs[::-1]
    rent = legs[0].destination_id
    assert [transaction.amount.precise for transaction in await wire.listed(server, f'balance_id = "{rent}"')] == [
        "5",
        "50000",
    ]


@pytest.mark.parametrize("order", ["create_time", "create_time desc", "record_time", "record_time desc"])
async def test_a_header_is_listed_before_its_legs(server: Server, order: str) -> None:
    payer = ""
    for turn in range(3):
        answer = await wire.record(server, split(f"pay {turn}", "@Employer", PAY, "1234.56"))
        payer = answer.transaction.source_id
    seen, token = [], ""
    while True:
        page = await server.transactions.ListTransactions(
            pb.ListTransactionsRequest(
                filter=f'source_id = "{payer}"', order_by=order, page_size=5, page_token=token, include_total=True
            )
        )
        seen += page.transactions
        token = page.next_page_token
        assert page.total_size == 15
        if not token:
            break
    if order.endswith("desc"):
        seen.reverse()
    assert [transaction.reference for transaction in seen] == [
        name for turn in range(3) for name in (f"pay {turn}", "", "", "", "")
    ]
    versions = [transaction.source_figures.after.version for transaction in seen if not transaction.reference]
    assert versions == list(range(1, 13))


def happened(event: event_pb2.Event) -> tuple[str, str, str]:
    transaction = event.transaction.transaction
    kind = event_pb2.EventKind.Name(event.kind).removeprefix("EVENT_KIND_TRANSACTION_")
    what = transaction_pb2.TransactionKind.Name(transaction.kind).removeprefix("TRANSACTION_KIND_")
    return kind, what, transaction.hold.committed.precise or transaction.refund.refunded.precise


async def test_a_subscriber_sees_the_life_of_a_held_split_as_it_was(server: Server) -> None:
    watching = await wire.watch(server)
    header = (await wire.record(server, split("h", "@A", {"@B": "60", "@C": "left"}, 90, inflight=True))).transaction
    await wire.resolve(server, wire.commit(header.id, 30, "part"))
    await wire.resolve(server, wire.void(header.leg_ids[1]))
    await wire.resolve(server, wire.commit(header.id))
    told = [
        *[("INFLIGHT", "SPLIT", "0"), ("INFLIGHT", "HOLD", "0"), ("INFLIGHT", "HOLD", "0")],
        *[("APPLIED", "COMMIT", ""), ("APPLIED", "COMMIT", ""), ("COMMITTED", "HOLD", "20")],
        *[("APPLIED", "COMMIT", ""), ("COMMITTED", "HOLD", "10"), ("COMMITTED", "SPLIT", "30")],
        *[("VOIDED", "VOID", ""), ("VOIDED", "HOLD", "10"), ("VOIDED", "SPLIT", "30")],
        *[("APPLIED", "COMMIT", ""), ("APPLIED", "COMMIT", ""), ("COMMITTED", "HOLD", "60")],
        *[("COMMITTED", "SPLIT", "70")],
    ]
    assert [happened(event) for event in await watching.events(len(told))] == told
    watching.cancel()
    await prove(server)


# Beside other rules ----------------------------------------------------------------------------


async def test_a_closed_period_rejects_every_leg(server: Server) -> None:
    await server.admin.ClosePeriod(
        admin_service_pb2.ClosePeriodRequest(ledger_id=wire.GENERAL_LEDGER, closed_before={"seconds": 1_000})
    )
    asked = split("x", "@A", {"@B": "60", "@C": "left"}, 90, effective_time={"seconds": 999})
    assert (await wire.rejection(wire.record(server, asked))).reason == "PERIOD_CLOSED"
    asked.effective_time.seconds = 1_000
    answer = await wire.record(server, asked)
    assert {transaction.effective_time.seconds for transaction in (answer.transaction, *answer.legs)} == {1_000}
    await prove(server)


async def test_splits_in_batches(server: Server) -> None:
    good = [wire.post(split(f"s{n}", "@A", {"@B": "60", "@C": "left"}, 90)) for n in range(2)]
    bad = wire.post(split("bad", {"@Poor": "left"}, "@B", 9, allow_overdraft=False))
    answer = await wire.batch(server, [*good, bad], wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["NOT_APPLIED_WITH_GROUP"] * 2 + ["INSUFFICIENT_FUNDS"]
    assert await wire.listed(server) == []
    answer = await wire.batch(server, [good[0], bad, good[1]])
    assert wire.outcomes(answer.results) == ["posted", "INSUFFICIENT_FUNDS", "posted"]
    assert [precise(result.posted.legs) for result in answer.results] == [[60, 30], [], [60, 30]]
    assert (answer.batch.operation_count, answer.batch.posted_count) == (3, 2)
    assert {transaction.batch_id for transaction in await wire.listed(server)} == {answer.batch.id}
    again = await wire.batch(server, good, wire.INDEPENDENT, view=wire.BASIC)
    assert wire.outcomes(again.results) == ["replayed", "replayed"]
    await prove(server)


async def test_a_batch_with_splits_can_be_previewed(server: Server) -> None:
    """The second is judged as the first would leave the balances."""
    purse = await wire.open_balance(server)
    await wire.record(server, wire.from_world("fund", purse, 100))
    asked = [wire.post(split(f"s{n}", purse, {"@B": "60", "@C": "left"}, 90, allow_overdraft=False)) for n in range(2)]
    seen = await wire.batch(server, asked, validate_only=True)
    assert wire.outcomes(seen.results) == ["posted", "INSUFFICIENT_FUNDS"]
    assert [(leg.id, leg.parent_id) for leg in seen.results[0].posted.legs] == [("", "")] * 2
    assert len(await wire.listed(server)) == 1
    done = await wire.batch(server, asked)
    assert wire.outcomes(done.results) == wire.outcomes(seen.results)
    assert done.results[1].rejection == seen.results[1].rejection
    assert precise(done.results[0].posted.legs) == precise(seen.results[0].posted.legs)


async def test_splits_on_a_stream(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open(view=wire.FULL)
    many = [wire.post(split(f"s{n}", "@A", {"@B": "60", "@C": "left"}, 90)) for n in range(20)]
    result = await upload.chunk(many, wire.ATOMIC)
    assert [precise(posting.posted.legs) for posting in result.results] == [[60, 30]] * 20
    assert (await upload.chunk(many)).replayed_count == 20
    assert (await upload.finish(40)).posted_count == 20
    await prove(server)


async def test_the_shares_of_a_batch_are_bounded(server: Server) -> None:
    thousand = {f"@S{n}": "1" for n in range(1_000)}
    crowd = [wire.post(split(f"s{n}", thousand, "@T", 1_000)) for n in range(11)]
    rejection = await wire.rejection(wire.batch(server, crowd))
    assert (rejection.code, rejection.reason) == ("RESOURCE_EXHAUSTED", "TOO_MANY_ITEMS")
    assert rejection.details == {"unit": "shares", "requested": "11000", "limit": "10000"}
    upload = wire.Upload(server)
    await upload.open()
    result = await upload.chunk(crowd)
    assert wire.of_rejection(result.rejection).reason == "TOO_MANY_ITEMS"
    assert await wire.listed(server) == []
