"""The identities that transactions concern: named by the draft, kept for ever, found again."""

import asyncio
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import identity_service_pb2 as identities

from ledgerd.operations.verify import verify
from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.conftest import Bank
from tests.rpc.deferred import approve, cancel
from tests.rpc.test_splits import split

pb = wire.pb
NOBODY = "idt_01hzzzzzzzzzzzzzzzzzzzzzzz"


async def people(bank: Bank, count: int) -> list[str]:
    return [(await bank.person()).id for _ in range(count)]


def sale(reference: str, *identity_ids: str, amount: int = 5, **more: Any) -> Any:
    return wire.from_world(reference, "@Sales", amount, identity_ids=identity_ids, **more)


async def delete(server: Server, identity_id: str) -> None:
    await server.identities.DeleteIdentity(identities.DeleteIdentityRequest(identity_id=identity_id))


async def test_a_transaction_shows_whom_it_concerns(server: Server, bank: Bank, connection: asyncpg.Connection) -> None:
    ada, bob = await people(bank, 2)
    for reference, more in (("posted", {}), ("held", {"inflight": True})):
        answered = (await wire.record(server, sale(reference, bob, ada, **more))).transaction
        assert list(answered.identity_ids) == [bob, ada]
        assert await wire.transaction(server, reference=reference) == answered
    plain = (await wire.record(server, sale("plain"))).transaction
    assert list(plain.identity_ids) == []
    assert await connection.fetchval("SELECT count(*) FROM transaction_identities") == 4
    assert (await verify(connection)).faults == []


async def test_a_preview_shows_them_and_links_nobody(server: Server, bank: Bank) -> None:
    (ada,) = await people(bank, 1)
    assert list((await wire.record(server, sale("r", ada), preview=True)).transaction.identity_ids) == [ada]
    await delete(server, ada)
    assert (await wire.rejection(wire.record(server, sale("r", ada), preview=True))).reason == "IDENTITY_NOT_FOUND"


async def test_they_must_exist(server: Server, bank: Bank) -> None:
    (ada,) = await people(bank, 1)
    rejected = await wire.rejection(wire.record(server, sale("r", ada, NOBODY)))
    assert (rejected.code, rejected.reason) == ("NOT_FOUND", "IDENTITY_NOT_FOUND")
    assert rejected.details == {"identity": NOBODY}
    assert not (await wire.record(server, sale("r", ada))).replayed


@pytest.mark.parametrize(
    ("identity_ids", "field"),
    [
        (["idt_1"], "identity_ids[0]"),
        ([NOBODY, NOBODY], "identity_ids[1]"),
        (["bln_01hzzzzzzzzzzzzzzzzzzzzzzz"], "identity_ids[0]"),
        ([NOBODY[:-1] + letter for letter in "abcdefghjkmnpqrst"], "identity_ids"),
    ],
)
async def test_a_malformed_name_is_told(server: Server, identity_ids: list[str], field: str) -> None:
    rejected = await wire.rejection(wire.record(server, sale("r", *identity_ids)))
    assert (rejected.reason, rejected.fields) == ("FIELD_INVALID", (f"draft.{field}",))


async def test_a_repetition_names_the_same_ones_in_any_order(server: Server, bank: Bank) -> None:
    ada, bob = await people(bank, 2)
    for reference, more in (("posted", {}), ("deferred", {"require_review": True})):
        first = await wire.record(server, sale(reference, ada, bob, **more))
        again = await wire.record(server, sale(reference, bob, ada, **more))
        assert (again.replayed, again.transaction) == (True, first.transaction)
        for others in ((ada,), ()):
            rejected = await wire.rejection(wire.record(server, sale(reference, *others, **more)))
            assert (rejected.reason, rejected.details["fields"]) == ("REFERENCE_CONFLICT", "identity_ids")


async def test_the_header_of_a_split_has_them(server: Server, bank: Bank, connection: asyncpg.Connection) -> None:
    (ada,) = await people(bank, 1)
    for reference, more in (("now", {}), ("later", {"require_review": True})):
        asked = split(reference, "@World", {"@A": "10", "@B": "left"}, 60, allow_overdraft=True, **more)
        asked.identity_ids.append(ada)
        header = (await wire.record(server, asked)).transaction
        assert list(header.identity_ids) == [ada]
        leg = await server.transactions.GetTransaction(pb.GetTransactionRequest(transaction_id=header.leg_ids[0]))
        assert list(leg.transaction.identity_ids) == []
        assert (await wire.record(server, asked)).replayed
    assert await connection.fetchval("SELECT count(*) FROM transaction_identities") == 2
    assert (await verify(connection)).faults == []


async def test_a_deferred_one_keeps_them_whatever_becomes_of_it(
    server: Server, bank: Bank, connection: asyncpg.Connection
) -> None:
    (ada,) = await people(bank, 1)
    applied = (await wire.record(server, sale("applied", ada, require_review=True))).transaction
    cancelled = (await wire.record(server, sale("cancelled", ada, require_review=True))).transaction
    approved = await approve(server, applied.id)
    await cancel(server, cancelled.id)
    assert list(approved.amended.identity_ids) == [ada]
    for transaction_id in (applied.id, cancelled.id):
        found = await server.transactions.GetTransaction(pb.GetTransactionRequest(transaction_id=transaction_id))
        assert list(found.transaction.identity_ids) == [ada]
    assert (await verify(connection)).faults == []


async def test_what_is_done_to_it_concerns_nobody_of_its_own(server: Server, bank: Bank) -> None:
    (ada,) = await people(bank, 1)
    hold = (await wire.record(server, sale("held", ada, inflight=True))).transaction
    commit = (await wire.resolve(server, wire.commit(hold.id, 2, "part"))).transaction
    assert list(commit.identity_ids) == []


async def test_whoever_is_concerned_is_not_deleted(server: Server, bank: Bank) -> None:
    (ada,) = await people(bank, 1)
    await wire.record(server, sale("r", ada))
    rejected = await wire.rejection(delete(server, ada))
    assert rejected.details == {"identity": ada, "balances": "0", "transactions": "1"}


async def test_nobody_is_deleted_while_a_transaction_is_being_linked(
    server: Server, bank: Bank, connection: asyncpg.Connection
) -> None:
    outcomes = set()
    for number in range(20):
        (ada,) = await people(bank, 1)
        calls = [wire.record(server, sale(f"{number}-{place}", ada)) for place in range(3)]
        answers = await asyncio.gather(*calls[:2], delete(server, ada), calls[2], return_exceptions=True)
        outcomes |= {"rejected" if isinstance(answer, Exception) else "done" for answer in answers}
        reasons = {wire.of_error(answer).reason for answer in answers if isinstance(answer, Exception)}
        assert reasons <= {"IDENTITY_NOT_FOUND", "IDENTITY_LINKED"}
        assert reasons
    assert outcomes == {"rejected", "done"}
    assert (await verify(connection)).faults == []


async def test_batches_name_some_and_others_not(server: Server, bank: Bank, connection: asyncpg.Connection) -> None:
    ada, bob = await people(bank, 2)
    drafts = [sale("a", ada), sale("plain"), sale("b", bob, ada), sale("no", NOBODY)]
    answer = await wire.batch(server, [wire.post(draft) for draft in drafts])
    assert wire.outcomes(answer.results) == ["posted", "posted", "posted", "IDENTITY_NOT_FOUND"]
    atomic = await wire.batch(server, [wire.post(sale("c", ada)), wire.post(sale("d", NOBODY))], wire.ATOMIC)
    assert wire.outcomes(atomic.results) == ["NOT_APPLIED_WITH_GROUP", "IDENTITY_NOT_FOUND"]
    assert await connection.fetchval("SELECT count(*) FROM transaction_identities") == 3
    assert (await verify(connection)).faults == []


async def test_they_are_listed_and_watched_by_identity(server: Server, bank: Bank) -> None:
    ada, bob = await people(bank, 2)
    watching = await wire.watch(server, filter=f"identity_id = {ada}")
    applied = wire.kinds("TRANSACTION_APPLIED")
    events = await wire.watch_events(server, kinds=applied, filter=f"identity_id = {bob}")
    for draft in (sale("a", ada), sale("b", bob), sale("both", bob, ada, amount=7), sale("plain")):
        await wire.record(server, draft)

    async def listed(terms: str) -> list[str]:
        return [found.reference for found in await wire.listed(server, terms)]

    assert await listed(f"identity_id = {ada}") == ["both", "a"]
    assert await listed(f"identity_id != {ada}") == ["plain", "b"]
    assert await listed(f"identity_id = {ada} AND identity_id = {bob}") == ["both"]
    assert await listed(f"identity_id = {ada} AND reference = a") == ["a"]
    assert await listed(f"identity_id = {NOBODY}") == []
    request = pb.ListTransactionsRequest(filter=f"identity_id = {ada}", page_size=1, include_total=True)
    page = await server.transactions.ListTransactions(request)
    assert ([found.reference for found in page.transactions], page.total_size) == (["both"], 2)
    request.page_token = page.next_page_token
    assert [found.reference for found in (await server.transactions.ListTransactions(request)).transactions] == ["a"]
    assert await watching.references(2) == ["a", "both"]
    assert await events.references(2) == ["b", "both"]


TAMPERED = (
    "DELETE FROM transaction_identities WHERE identity_id = $1",
    "UPDATE transaction_identities SET transaction_id = gen_random_uuid() WHERE identity_id = $1",
    "INSERT INTO transaction_identities SELECT id, $1 FROM transactions WHERE reference = 'plain'",
    "INSERT INTO transaction_identities SELECT id, $1 FROM transactions WHERE reference = 'other'",
)


async def test_every_kind_of_tampering_is_named(server: Server, bank: Bank, connection: asyncpg.Connection) -> None:
    ada, bob = await people(bank, 2)
    for draft in (sale("r", ada), sale("other", bob), sale("plain")):
        await wire.record(server, draft)
    await connection.execute("SET session_replication_role = replica")
    key = await connection.fetchval("SELECT min(identity_id::text)::uuid FROM transaction_identities")
    for statement in TAMPERED:
        tampering = connection.transaction(isolation="repeatable_read")
        await tampering.start()
        assert not (await connection.execute(statement, key)).endswith(" 0"), statement
        faults = (await verify(connection)).faults
        await tampering.rollback()
        assert any("identities that they named" in fault for fault in faults), (statement, faults)
