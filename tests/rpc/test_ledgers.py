"""LedgerService, ledgers: a folder of balances with a purpose."""

import asyncio

from ledgerapi.v1 import ledger_pb2
from ledgerapi.v1 import ledger_service_pb2 as pb


async def get(server, ledger_id):
    return (await server.ledgers.GetLedger(pb.GetLedgerRequest(ledger_id=ledger_id))).ledger


async def update(server, ledger_id, paths, **fields):
    request = pb.UpdateLedgerRequest(ledger=ledger_pb2.Ledger(id=ledger_id, **fields), update_mask={"paths": paths})
    return (await server.ledgers.UpdateLedger(request)).ledger


async def test_a_created_ledger_is_read_back(server, bank):
    created = await bank.ledger("Payroll 2026", metadata={"owner": "finance", "year": 2026})
    assert created.id.startswith("ldg_")
    assert (created.name, created.general) == ("Payroll 2026", False)
    assert created.create_time == created.update_time
    assert await get(server, created.id) == created


async def test_the_general_ledger_exists_from_the_start(server):
    listed = (await server.ledgers.ListLedgers(pb.ListLedgersRequest())).ledgers
    assert [(ledger.name, ledger.general) for ledger in listed] == [("General Ledger", True)]


async def test_two_ledgers_may_share_a_name(bank):
    assert (await bank.ledger("Same")).id != (await bank.ledger("Same")).id


async def test_the_same_request_id_finds_the_same_ledger(bank):
    first = await bank.ledger("Once", request_id="r-1", metadata={"a": 1})
    assert await bank.ledger("Once", request_id="r-1", metadata={"a": 1}) == first


async def test_a_request_id_with_other_content_names_what_differs(bank, rejection):
    await bank.ledger("Once", request_id="r-1", metadata={"a": 1})
    rejected = await rejection(bank.ledger("Other", request_id="r-1", metadata={"a": 2}))
    assert (rejected.code, rejected.reason) == ("ALREADY_EXISTS", "REQUEST_ID_CONFLICT")
    assert rejected.details == {"request_id": "r-1", "fields": "name,metadata"}


async def test_many_calls_with_one_request_id_create_one_ledger(server, bank):
    ledgers = await asyncio.gather(*(bank.ledger("Once", request_id="r-1") for _ in range(20)))
    assert len({ledger.id for ledger in ledgers}) == 1
    assert len((await server.ledgers.ListLedgers(pb.ListLedgersRequest())).ledgers) == 2


async def test_a_name_is_required_and_bounded(bank, rejection):
    assert (await rejection(bank.ledger(""))).fields == ["ledger.name"]
    rejected = await rejection(bank.ledger("x" * 256, request_id="y" * 129))
    assert (rejected.code, rejected.reason) == ("INVALID_ARGUMENT", "FIELD_INVALID")
    assert rejected.fields == ["request_id", "ledger.name"]


async def test_an_unknown_ledger_is_not_found(server, bank, rejection):
    ledger = await bank.ledger()
    unknown = ledger.id[:-1] + ("0" if ledger.id[-1] != "0" else "1")
    rejected = await rejection(get(server, unknown))
    assert (rejected.code, rejected.reason) == ("NOT_FOUND", "LEDGER_NOT_FOUND")
    assert rejected.details == {"ledger": unknown}


async def test_only_what_the_mask_names_changes(server, bank):
    ledger = await bank.ledger("Old", metadata={"kept": True})
    changed = await update(server, ledger.id, ["name"], name="New", metadata={"ignored": True})
    assert (changed.name, dict(changed.metadata)) == ("New", {"kept": True})
    changed = await update(server, ledger.id, ["metadata"], metadata={"replaced": True})
    assert (changed.name, dict(changed.metadata)) == ("New", {"replaced": True})
    assert changed.update_time.ToNanoseconds() > changed.create_time.ToNanoseconds()


async def test_a_mask_with_other_paths_or_none_is_rejected(server, bank, rejection):
    ledger = await bank.ledger()
    assert (await rejection(update(server, ledger.id, ["general"]))).fields == ["update_mask"]
    assert (await rejection(update(server, ledger.id, []))).fields == ["update_mask"]


async def test_a_new_ledger_stands_in_the_journal(bank, connection):
    ledger = await bank.ledger("Announced")
    rows = await connection.fetch("SELECT kind, payload FROM events")
    assert [(row["kind"], ledger.id in row["payload"]) for row in rows] == [("LEDGER_CREATED", True)]
    assert await connection.fetchval("SELECT count(*) FROM journal WHERE entries = 1") == 1
