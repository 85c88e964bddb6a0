"""Creating many: balances, identities, and identities with their balances, all or none, once for each request id."""

import asyncio
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import identity_service_pb2 as identities
from ledgerapi.v1 import ledger_service_pb2 as ledgers

from ledgerd.core.model import limits
from ledgerd.operations.verify import verify
from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.conftest import Bank

NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"
ADA, ACME = {"individual": {"first_name": "Ada"}}, {"organization": {"name": "Acme"}, "country": "NG"}


async def balances(server: Server, *wanted: dict[str, Any], request_id: str = "") -> list[Any]:
    requests = [{"balance": balance} for balance in wanted]
    request = ledgers.BatchCreateBalancesRequest(requests=requests, request_id=request_id)
    return list((await server.ledgers.BatchCreateBalances(request)).balances)


async def people(server: Server, *requests: dict[str, Any], request_id: str = "") -> Any:
    request = identities.BatchCreateIdentitiesRequest(requests=requests, request_id=request_id)
    return await server.identities.BatchCreateIdentities(request)


async def person(server: Server, *owned: dict[str, Any], request_id: str = "", **fields: Any) -> Any:
    request = identities.CreateIdentityRequest(identity={**ADA, **fields}, balances=owned, request_id=request_id)
    return await server.identities.CreateIdentity(request)


async def counts(connection: asyncpg.Connection) -> tuple[int, ...]:
    rows = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM balances), (SELECT count(*) FROM identities), (SELECT count(*) FROM journal)"
    )
    return tuple(rows)


async def told(connection: asyncpg.Connection) -> list[str]:
    """The kinds of the events of the last commit."""
    rows = await connection.fetch(
        "SELECT kind FROM events WHERE id > (SELECT id FROM journal ORDER BY order_key DESC LIMIT 1) ORDER BY id"
    )
    return [row["kind"] for row in rows]


async def test_balances_are_created_in_order_and_in_one_commit(
    server: Server, bank: Bank, connection: asyncpg.Connection
) -> None:
    ledger, owner = await bank.ledger(), await bank.person()
    before = await counts(connection)
    made = await balances(
        server,
        {"ledger_id": ledger.id, "currency": "USD", "tag": "a", "identity_id": owner.id, "floor": {"decimal": "-5.00"}},
        {"indicator": "@Fees", "currency": "USD", "metadata": {"a": "b"}},
        {"ledger_id": ledger.id, "currency": "POINTS", "precision": 1, "group": "g"},
    )
    assert [balance.currency for balance in made] == ["USD", "USD", "POINTS"]
    assert [balance.identity_id for balance in made] == [owner.id, "", ""]
    assert [balance.precision for balance in made] == [100, 100, 1]
    assert (made[0].floor.decimal, made[1].indicator, made[2].group) == ("-5.00", "@Fees", "g")
    assert [await bank.read(balance.id) for balance in made] == made
    assert await counts(connection) == (before[0] + 3, before[1], before[2] + 1)
    assert await told(connection) == ["BALANCE_CREATED"] * 3
    assert (await verify(connection)).faults == []


async def test_an_identity_comes_with_its_balances(server: Server, bank: Bank, connection: asyncpg.Connection) -> None:
    ledger = await bank.ledger()
    before = await counts(connection)
    answer = await person(
        server, *({"ledger_id": ledger.id, "currency": currency} for currency in ("NGN", "USD")), city="Lagos"
    )
    assert answer.identity.city == "Lagos"
    assert [balance.currency for balance in answer.balances] == ["NGN", "USD"]
    assert {balance.identity_id for balance in answer.balances} == {answer.identity.id}
    assert await counts(connection) == (before[0] + 2, before[1] + 1, before[2] + 1)
    assert await told(connection) == ["IDENTITY_CREATED", "BALANCE_CREATED", "BALANCE_CREATED"]
    assert (await verify(connection)).faults == []


async def test_identities_are_created_in_order_each_with_its_own(
    server: Server, bank: Bank, connection: asyncpg.Connection
) -> None:
    ledger = await bank.ledger()
    usd = {"ledger_id": ledger.id, "currency": "USD"}
    answer = await people(
        server,
        {"identity": ADA, "balances": [usd, {**usd, "tag": "savings"}]},
        {"identity": ACME},
        {"identity": ADA, "balances": [usd]},
    )
    first, acme, second = answer.identities
    assert (first.individual.first_name, acme.organization.name, acme.country) == ("Ada", "Acme", "NG")
    assert [balance.identity_id for balance in answer.balances] == [first.id, first.id, second.id]
    assert [balance.tag for balance in answer.balances] == ["", "savings", ""]
    created = ["IDENTITY_CREATED", "BALANCE_CREATED"]
    assert await told(connection) == [*created, created[1], created[0], *created]
    assert (await verify(connection)).faults == []


async def test_a_request_id_creates_once(server: Server, bank: Bank, connection: asyncpg.Connection) -> None:
    ledger = await bank.ledger()
    usd = {"ledger_id": ledger.id, "currency": "USD"}
    first = await balances(server, usd, {**usd, "tag": "t"}, request_id="r")
    answer = await people(server, {"identity": ADA, "balances": [usd]}, {"identity": ACME}, request_id="r")
    alone = await person(server, usd, request_id="r")
    before = await counts(connection)
    for made in (answer, alone):
        made.replayed = True
    assert await balances(server, usd, {**usd, "tag": "t"}, request_id="r") == first
    assert await people(server, {"identity": ADA, "balances": [usd]}, {"identity": ACME}, request_id="r") == answer
    assert await person(server, usd, request_id="r") == alone
    for call, fields in (
        (balances(server, usd, {**usd, "tag": "u"}, request_id="r"), "requests[1]"),
        (balances(server, usd, request_id="r"), "requests[1]"),
        (balances(server, {**usd, "tag": "t"}, usd, usd, request_id="r"), "requests[0],requests[1],requests[2]"),
        (people(server, {"identity": ADA}, {"identity": ACME}, request_id="r"), "requests[0]"),
        (people(server, {"identity": ADA, "balances": [usd]}, request_id="r"), "requests[1]"),
        (person(server, {**usd, "tag": "t"}, request_id="r"), "balances[0]"),
        (person(server, usd, usd, request_id="r", city="Lagos"), "city,balances[1]"),
        (person(server, request_id="r"), "balances[0]"),
    ):
        rejected = await wire.rejection(call)
        assert (rejected.reason, sorted(rejected.details["fields"].split(","))) == (
            "REQUEST_ID_CONFLICT",
            sorted(fields.split(",")),
        )
    assert await counts(connection) == before
    assert (await verify(connection)).faults == []


async def test_very_many_that_differ_are_not_all_named(server: Server, bank: Bank) -> None:
    ledger = await bank.ledger()
    wanted = [{"ledger_id": ledger.id, "currency": "USD", "tag": str(number)} for number in range(300)]
    await balances(server, *wanted, request_id="r")
    rejected = await wire.rejection(balances(server, *wanted[::-1], request_id="r"))
    assert len(rejected.details["fields"].split(",")) == 100


async def test_calls_at_the_same_moment_create_once(server: Server, bank: Bank, connection: asyncpg.Connection) -> None:
    ledger = await bank.ledger()
    wanted = [{"ledger_id": ledger.id, "currency": "USD"}, {"indicator": "@Fees", "currency": "USD"}]
    made = await asyncio.gather(*(balances(server, *wanted, request_id="r") for _ in range(8)))
    assert all(each == made[0] for each in made)
    assert (await counts(connection))[0] == 2
    assert (await verify(connection)).faults == []


async def test_what_was_deleted_is_not_brought_back(server: Server) -> None:
    answer = await people(server, {"identity": ADA}, {"identity": ACME}, request_id="r")
    gone = answer.identities[1].id
    await server.identities.DeleteIdentity(identities.DeleteIdentityRequest(identity_id=gone))
    rejected = await wire.rejection(people(server, {"identity": ADA}, {"identity": ACME}, request_id="r"))
    assert (rejected.reason, rejected.details) == ("IDENTITY_NOT_FOUND", {"identity": gone})


async def test_what_is_kept_of_a_request_is_no_personal_data(server: Server, connection: asyncpg.Connection) -> None:
    await people(server, {"identity": {"individual": {"last_name": "Lovelace"}}}, request_id="r")
    assert "Lovelace" not in await connection.fetchval("SELECT content::text FROM creations")


USD = {"indicator": "@A", "currency": "USD"}


@pytest.mark.parametrize(
    ("wrong", "reason", "field"),
    [
        ({"currency": "usd", "indicator": "@B"}, "FIELD_INVALID", "currency"),
        ({"currency": "USD", "ledger_id": f"ldg_{NOBODY}"}, "LEDGER_NOT_FOUND", ""),
        ({"currency": "POINTS", "indicator": "@B"}, "PRECISION_REQUIRED", ""),
        ({**USD, "indicator": "@B", "floor": {"precise": "1"}}, "FLOOR_ABOVE_AVAILABLE", ""),
        ({**USD, "indicator": "@B", "ceiling": {"precise": "-1"}}, "CEILING_BELOW_BALANCE", ""),
        ({**USD, "indicator": "@B", "floor": {"decimal": "0.001"}}, "AMOUNT_TOO_PRECISE", ""),
        ({**USD, "indicator": "@B", "floor": {"precise": "0", "currency": "EUR"}}, "CURRENCY_MISMATCH", ""),
        ({**USD, "indicator": "@B", "floor": {"precise": "0", "precision": 10}}, "PRECISION_MISMATCH", ""),
        ({**USD, "indicator": "@B", "floor": {"precise": "-1" + "0" * 36}}, "FIELD_INVALID", "floor"),
        (USD, "FIELD_INVALID", "indicator"),
        ({"indicator": "@Taken", "currency": "USD"}, "INDICATOR_TAKEN", ""),
    ],
)
async def test_one_that_is_rejected_rejects_all_by_its_place(
    server: Server, connection: asyncpg.Connection, wrong: dict[str, Any], reason: str, field: str
) -> None:
    await balances(server, {"indicator": "@Taken", "currency": "USD"})
    before = await counts(connection)
    for call, path in (
        (balances(server, USD, wrong), "requests[1].balance"),
        (person(server, USD, wrong), "balances[1]"),
        (people(server, {"identity": ACME}, {"identity": ADA, "balances": [USD, wrong]}), "requests[1].balances[1]"),
    ):
        rejected = await wire.rejection(call)
        assert rejected.reason == reason
        if reason == "FIELD_INVALID":
            assert rejected.fields == (f"{path}.{field}",)
        else:
            assert rejected.details["field"] == path
    assert await counts(connection) == before


async def test_an_owner_must_exist_and_be_none_other(server: Server, bank: Bank) -> None:
    rejected = await wire.rejection(balances(server, {**USD, "identity_id": f"idt_{NOBODY}"}))
    assert (rejected.reason, rejected.details["field"]) == ("IDENTITY_NOT_FOUND", "requests[0].balance")
    owner = (await bank.person()).id
    rejected = await wire.rejection(person(server, {**USD, "identity_id": owner}))
    assert rejected.fields == ("balances[0].identity_id",)


async def test_a_malformed_identity_is_named_by_its_place(server: Server, connection: asyncpg.Connection) -> None:
    rejected = await wire.rejection(people(server, {"identity": ADA}, {"identity": {**ACME, "country": "Nigeria"}}))
    assert rejected.fields == ("requests[1].identity.country",)
    unborn = {"individual": {"birth_date": "9999-01-01"}}
    rejected = await wire.rejection(people(server, {"identity": ADA}, {"identity": unborn}))
    assert rejected.fields == ("requests[1].identity.individual.birth_date",)
    assert (await counts(connection))[1] == 0


async def test_items_have_no_request_id_of_their_own(server: Server) -> None:
    rejected = await wire.rejection(people(server, {"identity": ADA, "request_id": "r"}))
    assert rejected.fields == ("requests[0].request_id",)
    request = ledgers.BatchCreateBalancesRequest(requests=[{"balance": USD, "request_id": "r"}])
    rejected = await wire.rejection(server.ledgers.BatchCreateBalances(request))
    assert rejected.fields == ("requests[0].request_id",)


async def test_how_many_and_how_large_is_bounded(server: Server, bank: Bank) -> None:
    ledger = await bank.ledger()
    usd = {"ledger_id": ledger.id, "currency": "USD"}
    assert len(await balances(server, *[usd] * limits.BATCH_CREATE_MAX_ITEMS)) == limits.BATCH_CREATE_MAX_ITEMS
    for call, limit in (
        (balances(server, *[usd] * 1_001), 1_000),
        (person(server, *[usd] * 101), 100),
        (people(server, *[{"identity": ADA, "balances": [usd] * 10}] * 91), 1_000),
    ):
        rejected = await wire.rejection(call)
        assert (rejected.reason, rejected.details["limit"]) == ("TOO_MANY_ITEMS", str(limit))
    for call in (balances(server), people(server)):
        assert (await wire.rejection(call)).fields == ("requests",)
    large = {"metadata": {"text": "x" * 16_000}}
    for call in (
        balances(server, *[{**usd, **large}] * 140),
        people(server, *[{"identity": {**ADA, **large}}] * 140),
    ):
        rejected = await wire.rejection(call)
        assert (rejected.reason, rejected.details["limit"]) == ("MESSAGE_TOO_LARGE", str(2 * 1024 * 1024))


async def test_the_answer_about_the_largest_batch_is_received(server: Server) -> None:
    """By a client with the usual limit of 4 MiB."""
    text = {"metadata": {"text": "x" * 1_300}, "group": "g" * 255, "tag": "t" * 255}
    far = {"precise": "-" + "9" * 35}
    unit = {"currency": "C" * 32, "precision": 10**18, "floor": far}
    wanted = [{"indicator": f"@{'A' * 120}{number:05}", **unit, **text} for number in range(1_000)]
    assert len(await balances(server, *wanted)) == 1_000
