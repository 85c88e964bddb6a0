"""LedgerService, balances: create, read, change their settings."""

import asyncio

import pytest
from ledgerapi.v1 import balance_pb2
from ledgerapi.v1 import ledger_service_pb2 as pb


async def get_many(server, ids):
    request = pb.BatchGetBalancesRequest(balance_ids=ids, view=balance_pb2.BALANCE_VIEW_DECIMALS)
    return list((await server.ledgers.BatchGetBalances(request)).balances)


async def by_indicator(server, indicator, currency):
    request = pb.GetBalanceRequest(indicator_key={"indicator": indicator, "currency": currency})
    return (await server.ledgers.GetBalance(request)).balance


# Create ----------------------------------------------------------------------------------------


async def test_a_new_balance_has_nothing_on_it(bank):
    balance = await bank.balance("USD", group="g", tag="t", metadata={"a": "b"})
    assert balance.figures == balance_pb2.Figures(
        version=0,
        balance="0",
        credit_balance="0",
        debit_balance="0",
        inflight_balance="0",
        inflight_credit_balance="0",
        inflight_debit_balance="0",
        available="0",
        decimals={
            "balance": "0.00",
            "credit_balance": "0.00",
            "debit_balance": "0.00",
            "inflight_balance": "0.00",
            "inflight_credit_balance": "0.00",
            "inflight_debit_balance": "0.00",
            "available": "0.00",
        },
    )
    assert balance.status == balance_pb2.BALANCE_STATUS_OPEN
    assert await bank.read(balance.id) == balance


@pytest.mark.parametrize(("currency", "precision"), [("USD", 100), ("JPY", 1), ("KWD", 1000)])
async def test_the_precision_of_a_national_currency_is_known(bank, currency, precision):
    assert (await bank.balance(currency)).precision == precision


async def test_other_currencies_need_a_precision(bank, rejection):
    rejected = await rejection(bank.balance("POINTS"))
    assert (rejected.code, rejected.reason) == ("INVALID_ARGUMENT", "PRECISION_REQUIRED")
    assert (await bank.balance("POINTS", precision=10**18)).precision == 10**18


async def test_every_malformed_field_is_named(bank, rejection):
    rejected = await rejection(bank.open(ledger_id="nonsense", currency="usd", precision=7, tag="x" * 256))
    assert set(rejected.fields) == {
        "balance.ledger_id",
        "balance.currency",
        "balance.precision",
        "balance.tag",
    }


async def test_ledger_and_identity_must_exist(bank, rejection):
    ledger, person = await bank.ledger(), await bank.person()
    rejected = await rejection(bank.balance(ledger_id="ldg" + person.id[3:]))
    assert (rejected.code, rejected.reason) == ("NOT_FOUND", "LEDGER_NOT_FOUND")
    rejected = await rejection(bank.balance(identity_id="idt" + ledger.id[3:]))
    assert (rejected.code, rejected.reason) == ("NOT_FOUND", "IDENTITY_NOT_FOUND")


async def test_a_balance_with_an_indicator_lives_in_the_general_ledger(server, bank, rejection):
    revenue = await bank.balance("USD", indicator="@Revenue")
    assert await by_indicator(server, "@Revenue", "USD") == revenue
    elsewhere = await bank.ledger()
    rejected = await rejection(bank.balance("USD", indicator="@Fees", ledger_id=elsewhere.id))
    assert rejected.fields == ["balance.ledger_id"]


async def test_an_indicator_is_taken_once_per_currency(bank, rejection):
    first = await bank.balance("USD", indicator="@Revenue")
    await bank.balance("EUR", indicator="@Revenue")
    rejected = await rejection(bank.balance("USD", indicator="@Revenue"))
    assert (rejected.code, rejected.reason) == ("ALREADY_EXISTS", "INDICATOR_TAKEN")
    assert rejected.details == {"indicator": "@Revenue", "currency": "USD", "balance": first.id}


async def test_of_many_calls_for_one_indicator_one_wins(bank):
    calls = (bank.balance("USD", indicator="@Revenue") for _ in range(20))
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(result, balance_pb2.Balance) for result in results) == 1
    assert {result.code().name for result in results if isinstance(result, Exception)} == {"ALREADY_EXISTS"}


async def test_a_request_id_creates_once_with_defaults_filled_in(bank, rejection):
    ledger = await bank.ledger()
    first = await bank.balance("USD", request_id="r", ledger_id=ledger.id)
    assert await bank.balance("USD", request_id="r", ledger_id=ledger.id, precision=100) == first
    rejected = await rejection(bank.balance("EUR", request_id="r", ledger_id=ledger.id, group="g"))
    assert rejected.reason == "REQUEST_ID_CONFLICT"
    assert rejected.details["fields"] == "currency,group"


async def test_many_calls_with_one_request_id_create_one_balance(bank):
    balances = await asyncio.gather(*(bank.balance("USD", request_id="r", indicator="@Revenue") for _ in range(20)))
    assert len({balance.id for balance in balances}) == 1


async def test_the_same_request_id_finds_the_balance_as_it_is_now(bank):
    ledger = await bank.ledger()
    balance = await bank.balance("USD", request_id="r", ledger_id=ledger.id)
    await bank.fund(balance.id, "5")
    again = await bank.balance("USD", request_id="r", ledger_id=ledger.id)
    assert again.figures.balance == "500"


async def test_the_origin_of_funds_is_not_tracked_yet(bank, rejection):
    balance = await bank.balance()
    lifo = "ALLOCATION_STRATEGY_LIFO"
    for field, value in (("track_fund_lineage", True), ("allocation_strategy", lifo)):
        for call in (bank.balance(**{field: value}), bank.change(balance.id, [field], **{field: value})):
            rejected = await rejection(call)
            assert (rejected.code, rejected.reason) == ("UNIMPLEMENTED", "FIELD_NOT_SUPPORTED")
            assert rejected.details == {"field": f"balance.{field}"}
    assert not balance.track_fund_lineage
    assert balance.allocation_strategy == balance_pb2.ALLOCATION_STRATEGY_UNSPECIFIED


async def test_a_floor_is_kept_in_both_spellings(bank):
    balance = await bank.balance(floor={"decimal": "-50.5"})
    assert (balance.floor.precise, balance.floor.decimal) == ("-5050", "-50.50")
    assert (balance.floor.precision, balance.floor.currency) == (100, "USD")


@pytest.mark.parametrize(
    ("floor", "reason"),
    [
        ({"decimal": "0.01"}, "FLOOR_ABOVE_AVAILABLE"),
        ({"decimal": "-0.001"}, "AMOUNT_TOO_PRECISE"),
        ({"decimal": "-1", "currency": "EUR"}, "CURRENCY_MISMATCH"),
        ({"decimal": "-1", "precision": 1000}, "PRECISION_MISMATCH"),
        ({"decimal": "-1", "precise": "-101"}, "FIELD_INVALID"),
        ({}, "FIELD_INVALID"),
        ({"precise": "-1" + "0" * 36}, "FIELD_INVALID"),
    ],
)
async def test_a_floor_that_is_rejected(bank, rejection, floor, reason):
    assert (await rejection(bank.balance("USD", floor=floor))).reason == reason


async def test_a_ceiling_is_kept_in_both_spellings(bank):
    balance = await bank.balance(ceiling={"decimal": "50.5"})
    assert (balance.ceiling.precise, balance.ceiling.decimal) == ("5050", "50.50")
    assert (balance.ceiling.precision, balance.ceiling.currency) == (100, "USD")
    assert not (await bank.balance()).HasField("ceiling")


@pytest.mark.parametrize(
    ("ceiling", "reason"),
    [
        ({"decimal": "-0.01"}, "CEILING_BELOW_BALANCE"),
        ({"decimal": "0.001"}, "AMOUNT_TOO_PRECISE"),
        ({"decimal": "1", "currency": "EUR"}, "CURRENCY_MISMATCH"),
        ({"decimal": "1", "precision": 1000}, "PRECISION_MISMATCH"),
        ({"decimal": "1", "precise": "101"}, "FIELD_INVALID"),
        ({}, "FIELD_INVALID"),
        ({"precise": "1" + "0" * 36}, "FIELD_INVALID"),
    ],
)
async def test_a_ceiling_that_is_rejected(bank, rejection, ceiling, reason):
    assert (await rejection(bank.balance("USD", ceiling=ceiling))).reason == reason


async def test_a_repeated_create_compares_the_ceiling(bank, rejection):
    ledger = await bank.ledger()
    first = await bank.balance(request_id="r", ledger_id=ledger.id, ceiling={"decimal": "1"})
    assert await bank.balance(request_id="r", ledger_id=ledger.id, ceiling={"precise": "100"}) == first
    rejected = await rejection(bank.balance(request_id="r", ledger_id=ledger.id))
    assert rejected.details["fields"] == "ceiling"


async def test_a_new_balance_stands_in_the_journal(bank, connection):
    balance = await bank.balance("USD", indicator="@Revenue")
    payload = await connection.fetchval("SELECT payload FROM events WHERE kind = 'BALANCE_CREATED'")
    assert balance.id in payload
    assert '"@Revenue"' in payload


# Read ------------------------------------------------------------------------------------------


async def test_a_read_sees_every_acknowledged_movement(bank):
    balance = await bank.balance()
    for cents in range(1, 30):
        await bank.fund(balance.id, "0.01")
        assert (await bank.read(balance.id)).figures.balance == str(cents)


async def test_many_reads_at_once_each_get_their_own_balance(bank):
    ledger = await bank.ledger()
    balances = await asyncio.gather(*(bank.balance(ledger_id=ledger.id, tag=str(n)) for n in range(40)))
    answers = await asyncio.gather(*(bank.read(balance.id) for balance in balances * 5))
    assert answers == balances * 5


async def test_unknown_balances_are_not_found_beside_known_ones(bank, rejection):
    balance = await bank.balance()
    unknown = "bln_" + balance.ledger_id[4:]
    rejected, known = await asyncio.gather(rejection(bank.read(unknown)), bank.read(balance.id))
    assert (rejected.code, rejected.reason, rejected.details) == (
        "NOT_FOUND",
        "BALANCE_NOT_FOUND",
        {"balance": unknown},
    )
    assert known == balance


async def test_a_cancelled_read_leaves_the_others_alone(bank):
    balance = await bank.balance()
    reads = [asyncio.ensure_future(bank.read(balance.id)) for _ in range(20)]
    await asyncio.sleep(0)
    for read in reads[::2]:
        read.cancel()
    assert await asyncio.gather(*reads[1::2]) == [balance] * 10


async def test_a_malformed_id_is_rejected(server, bank, rejection):
    for malformed in ("", "bln_", "ldg_00000000001r0080000000000001", "bln_" + "8" * 26):
        assert (await rejection(bank.read(malformed))).fields == ["balance_id"]
    rejected = await rejection(by_indicator(server, "World", ""))
    assert rejected.fields == ["indicator_key.indicator", "indicator_key.currency"]


async def test_an_unknown_indicator_is_not_found(server, rejection):
    rejected = await rejection(by_indicator(server, "@Nobody", "USD"))
    assert rejected.details == {"balance": "@Nobody", "currency": "USD"}


async def test_several_balances_come_in_the_order_of_the_ids(server, bank):
    first, second = await bank.balance(), await bank.balance()
    assert await get_many(server, [second.id, first.id, second.id]) == [second, first, second]


async def test_several_balances_are_rejected_when_one_is_missing(server, bank, rejection):
    balance = await bank.balance()
    missing = "bln_" + balance.ledger_id[4:]
    assert (await rejection(get_many(server, [balance.id, missing]))).details == {"balance": missing}
    assert (await rejection(get_many(server, []))).fields == ["balance_ids"]
    assert (await rejection(get_many(server, [balance.id, "x"]))).fields == ["balance_ids[1]"]


async def test_too_many_ids_are_rejected(server, bank, rejection):
    balance = await bank.balance()
    rejected = await rejection(get_many(server, [balance.id] * 1001))
    assert (rejected.code, rejected.reason) == ("RESOURCE_EXHAUSTED", "TOO_MANY_ITEMS")
    assert rejected.details == {"field": "balance_ids", "requested": "1001", "limit": "1000"}


async def test_amounts_of_thirty_digits_survive(bank):
    token = await bank.balance("TOKEN", precision=10**18)
    await bank.fund(token.id, "123456789012.345678901234567890", "TOKEN")
    assert (await bank.read(token.id)).figures.available == "123456789012345678901234567890"


# Change ----------------------------------------------------------------------------------------


async def test_settings_change_without_a_new_version(bank):
    person = await bank.person()
    balance = await bank.balance(group="old", tag="kept")
    changed = await bank.change(
        balance.id,
        ["group", "metadata", "identity_id"],
        group="new",
        metadata={"a": 1},
        identity_id=person.id,
    )
    assert (changed.group, changed.tag, changed.identity_id) == ("new", "kept", person.id)
    assert changed.figures.version == balance.figures.version
    assert changed == await bank.read(balance.id)


async def test_a_named_field_that_is_absent_is_removed(bank):
    bounds = {"floor": {"decimal": "-1"}, "ceiling": {"decimal": "1"}}
    balance = await bank.balance(group="g", metadata={"a": 1}, **bounds)
    changed = await bank.change(balance.id, ["group", "floor", "ceiling", "metadata"])
    assert (changed.group, changed.HasField("floor"), changed.HasField("metadata")) == ("", False, False)
    assert not changed.HasField("ceiling")


async def test_a_whole_balance_may_be_sent_back(server, bank):
    balance = await bank.balance(floor={"decimal": "-1"})
    balance.group = "new"
    request = pb.UpdateBalanceRequest(balance=balance, update_mask={"paths": ["group"]})
    assert (await server.ledgers.UpdateBalance(request)).balance.group == "new"


async def test_a_changed_floor_is_a_new_version_and_binds_at_once(bank, rejection):
    balance = await bank.balance()
    await bank.fund(balance.id, "10")
    changed = await bank.change(balance.id, ["floor"], floor={"decimal": "4"})
    assert changed.figures.version == 2
    rejected = await rejection(bank.pay(balance.id, "@World", "6.01"))
    assert rejected.reason == "FLOOR_EXCEEDED"
    await bank.pay(balance.id, "@World", "6")


async def test_a_floor_cannot_be_above_what_is_available(bank, rejection):
    balance = await bank.balance()
    await bank.fund(balance.id, "10")
    await bank.pay(balance.id, "@World", "4", inflight=True)
    rejected = await rejection(bank.change(balance.id, ["floor"], floor={"decimal": "6.01"}))
    assert (rejected.code, rejected.reason) == ("FAILED_PRECONDITION", "FLOOR_ABOVE_AVAILABLE")
    assert rejected.details == {"balance": balance.id, "requested": "601", "available": "600"}
    await bank.change(balance.id, ["floor"], floor={"decimal": "6"})


async def test_a_changed_ceiling_is_a_new_version_and_binds_at_once(bank, rejection):
    balance = await bank.balance()
    await bank.fund(balance.id, "10")
    changed = await bank.change(balance.id, ["ceiling"], ceiling={"decimal": "14"})
    assert changed.figures.version == 2
    rejected = await rejection(bank.fund(balance.id, "4.01"))
    assert (rejected.code, rejected.reason) == ("FAILED_PRECONDITION", "CEILING_EXCEEDED")
    assert rejected.details == {"balance": balance.id, "requested": "401", "total": "1000", "ceiling": "1400"}
    await bank.fund(balance.id, "4")
    same = await bank.change(balance.id, ["ceiling", "tag"], ceiling={"decimal": "14"}, tag="t")
    assert same.figures.version == 3


async def test_a_ceiling_cannot_be_below_what_the_balance_has_and_is_held_for_it(bank, rejection):
    balance = await bank.balance()
    await bank.fund(balance.id, "10")
    await bank.pay("@World", balance.id, "4", inflight=True, allow_overdraft=True)
    await bank.pay(balance.id, "@World", "3", inflight=True)
    rejected = await rejection(bank.change(balance.id, ["ceiling"], ceiling={"decimal": "13.99"}))
    assert (rejected.code, rejected.reason) == ("FAILED_PRECONDITION", "CEILING_BELOW_BALANCE")
    assert rejected.details == {"balance": balance.id, "requested": "1399", "total": "1400"}
    assert (await bank.change(balance.id, ["ceiling"], ceiling={"decimal": "14"})).ceiling.precise == "1400"


async def test_what_never_changes_cannot_be_named(bank, rejection):
    balance = await bank.balance()
    for path in ("currency", "precision", "indicator", "ledger_id", "figures", "status", "*"):
        assert (await rejection(bank.change(balance.id, [path]))).fields == ["update_mask"]


async def test_a_changed_identity_must_exist(bank, rejection):
    balance = await bank.balance()
    nobody = "idt_" + balance.ledger_id[4:]
    assert (
        await rejection(bank.change(balance.id, ["identity_id"], identity_id=nobody))
    ).reason == "IDENTITY_NOT_FOUND"


async def test_floors_change_while_money_moves(bank):
    balance = await bank.balance()
    await bank.fund(balance.id, "100")
    moves = [bank.pay(balance.id, "@World", "1") for _ in range(50)]
    floors = [bank.change(balance.id, ["floor"], floor={"precise": str(floor)}) for floor in range(20)]
    await asyncio.gather(*moves, *floors)
    after = await bank.read(balance.id)
    assert (after.figures.balance, after.figures.version) == ("5000", 71)
