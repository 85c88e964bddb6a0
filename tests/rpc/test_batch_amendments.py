"""A whole batch of deferred transactions is cancelled, rescheduled, approved or denied by its id."""

import asyncio
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import operation_pb2

from tests.conftest import Begin, Server, Yesterday
from tests.rpc import wire
from tests.rpc.deferred import approve, cancel, deny, kinds, outcome_of, prove, reschedule, status

pb = wire.pb
FAR = {"seconds": 4_000_000_000}
FARTHER = {"seconds": 4_100_000_000}
HALVES = {"shares": [{"balance": "@A", "percent": "50"}, {"balance": "@B", "percent": "50"}]}


def payout(reference: str, destination: str = "@Staff", **more: Any) -> operation_pb2.Operation:
    return wire.post(wire.from_world(reference, destination, 10, **more))


async def payroll(server: Server, **more: Any) -> str:
    """A batch with two deferred payments and a deferred split, beside one that is applied; its id."""
    members = [
        payout("now"), payout("one", **more), payout("split", "", destinations=HALVES, **more), payout("two", **more),
    ]  # fmt: skip
    answer = await wire.batch(server, members, wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["posted"] * 4
    return answer.batch.id


async def statuses(server: Server, *references: str) -> list[str]:
    return [status(await wire.transaction(server, reference=reference)) for reference in references]


MEMBERS = ("now", "one", "split", "two")


async def test_a_batch_is_cancelled(server: Server, connection: asyncpg.Connection) -> None:
    batch_id = await payroll(server, scheduled_time=FAR)
    watching = await wire.watch(server)
    await cancel(server, "@two")
    while wire.kind((await watching.events(1))[0]) != "TRANSACTION_CANCELLED":
        """What came before may still be told."""
    preview = await cancel(server, batch_id, preview=True)
    answer = await cancel(server, batch_id)
    assert (answer.transaction_count, answer.HasField("amended"), answer.replayed) == (2, False, False)
    assert (preview.transaction_count, preview.HasField("amended"), preview.transaction.id) == (2, False, "")
    assert await statuses(server, *MEMBERS) == ["APPLIED", "CANCELLED", "CANCELLED", "CANCELLED"]
    events = await watching.events(4)
    assert kinds(events) == ["CANCELLED"] * 4
    split = await wire.transaction(server, reference="split")
    one = (await wire.transaction(server, reference="one")).id
    assert [event.transaction.transaction.id for event in events] == [one, split.id, *split.leg_ids]
    again = await cancel(server, batch_id)
    assert (again.replayed, again.transaction_count) == (True, 2)
    recorded = await wire.transaction(server, reference=f"ledgerd:cancel:{batch_id}")
    assert answer.transaction == again.transaction == recorded
    assert (recorded.parent_id, recorded.batch_id, recorded.target_batch_id) == ("", "", batch_id)
    assert {event.transaction.cause_id for event in events} == {recorded.id}
    rejection = await wire.rejection(cancel(server, batch_id, "again"))
    assert (rejection.reason, rejection.details) == ("NOT_DEFERRED", {"batch": batch_id, "deferred": "0"})
    await prove(connection)


async def test_a_batch_is_rescheduled(server: Server, connection: asyncpg.Connection) -> None:
    batch_id = await payroll(server, scheduled_time=FAR)
    answer = await reschedule(server, batch_id, FARTHER, "t")
    assert answer.transaction_count == 3
    for reference in MEMBERS[1:]:
        assert (await wire.transaction(server, reference=reference)).scheduled_time.seconds == FARTHER["seconds"]
    assert (await reschedule(server, batch_id, FARTHER, "t")).replayed
    other = await wire.rejection(reschedule(server, batch_id, FAR, "t"))
    assert (other.reason, other.details["fields"]) == ("REFERENCE_CONFLICT", "scheduled_time")
    await cancel(server, batch_id)
    rejection = await wire.rejection(reschedule(server, batch_id, FAR, "u"))
    assert (rejection.reason, rejection.details) == ("NOT_DEFERRED", {"batch": batch_id, "deferred": "0"})
    await prove(connection)


async def test_all_or_none_are_rescheduled(server: Server) -> None:
    """The new time is after the expiry of one hold."""
    hold = payout("hold", scheduled_time=FAR, inflight=True, inflight_expiry_time={"seconds": 4_000_000_100})
    batch = await wire.batch(server, [payout("one", scheduled_time=FAR), hold])
    rejection = await wire.rejection(reschedule(server, batch.batch.id, FARTHER, "t"))
    assert (rejection.reason, rejection.details["leg"]) == ("SCHEDULE_IN_PAST", batch.results[1].posted.transaction_id)
    past = await wire.rejection(reschedule(server, batch.batch.id, {"seconds": 1}, "t"))
    assert (past.reason, "leg" in past.details) == ("SCHEDULE_IN_PAST", False)
    assert (await wire.transaction(server, reference="one")).scheduled_time.seconds == FAR["seconds"]


async def test_a_batch_is_approved(server: Server, connection: asyncpg.Connection) -> None:
    """Each is applied, or rejected, for itself; the time of one is still ahead."""
    review = {"require_review": True}
    poor = wire.post(wire.draft("poor", "@Empty", "@Staff", 1, **review))
    early = payout("early", scheduled_time=FAR, **review)
    queued = payout("queued", scheduled_time=FAR)
    members = [payout("one", **review), poor, payout("split", "", destinations=HALVES, **review), early, queued]
    batch_id = (await wire.batch(server, members)).batch.id
    answer = await approve(server, batch_id)
    assert answer.transaction_count == 4
    ends = ["APPLIED", "REJECTED", "APPLIED", "SCHEDULED", "SCHEDULED"]
    assert await statuses(server, "one", "poor", "split", "early", "queued") == ends
    assert (await approve(server, batch_id)).transaction_count == 4
    rejection = await wire.rejection(deny(server, batch_id))
    assert (rejection.reason, rejection.details) == ("NOT_IN_REVIEW", {"batch": batch_id, "deferred": "2"})
    assert await wire.balance(server, "@Staff") == 10
    await prove(connection)


async def test_a_batch_is_denied(server: Server, connection: asyncpg.Connection) -> None:
    batch_id = await payroll(server, require_review=True)
    assert (await deny(server, batch_id, on_behalf_of="eve")).transaction_count == 3
    assert await statuses(server, *MEMBERS) == ["APPLIED", "REJECTED", "REJECTED", "REJECTED"]
    denied = await wire.transaction(server, reference="one")
    assert (denied.review.on_behalf_of, wire.of_rejection(denied.rejection).reason) == ("eve", "REVIEW_DENIED")
    await prove(connection)


@pytest.mark.parametrize("name", ["cancel", "reschedule", "approve", "deny"])
async def test_an_atomic_group_undoes_what_was_done_to_a_batch(
    server: Server, connection: asyncpg.Connection, name: str
) -> None:
    batch_id = await payroll(server, require_review=True)
    before = await connection.fetch("SELECT * FROM transactions ORDER BY id")
    more = {"reference": "t", "scheduled_time": FAR} if name == "reschedule" else {}
    more |= {"on_behalf_of": "ada"} if name in ("approve", "deny") else {}
    amendment = operation_pb2.Operation(**{name: {"target": wire.target(batch_id), **more}})
    back = {"target": wire.target("@split"), "reference": "r", "allow_overdraft": True}
    refund = operation_pb2.Operation(refund=back)
    fails = wire.post(wire.draft("fails", "@Empty", "@Staff", 1))
    group = [amendment, *([refund] if name == "approve" else []), fails]
    answer = await wire.batch(server, group, wire.ATOMIC)
    assert wire.outcomes(answer.results)[-1] == "INSUFFICIENT_FUNDS"
    assert await connection.fetch("SELECT * FROM transactions ORDER BY id") == before
    answer = await wire.batch(server, group[:-1], wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["posted"] * (len(group) - 1)
    await prove(connection)


async def test_there_is_no_such_batch(server: Server) -> None:
    nobody = "bat_01hzzzzzzzzzzzzzzzzzzzzzzz"
    calls = cancel(server, nobody), reschedule(server, nobody, FAR), approve(server, nobody), deny(server, nobody)
    for call in calls:
        rejection = await wire.rejection(call)
        assert (rejection.reason, rejection.details) == ("BATCH_NOT_FOUND", {"batch": nobody})


async def test_a_scheduled_refund_in_a_batch_is_cancelled_with_it(server: Server) -> None:
    await wire.batch(server, [payout("sale")])
    refund = {"target": wire.target("@sale"), "reference": "back", "scheduled_time": FAR}
    batch = await wire.batch(server, [operation_pb2.Operation(refund=refund), payout("one", scheduled_time=FAR)])
    assert (await cancel(server, batch.batch.id)).transaction_count == 2
    assert await statuses(server, "back", "one") == ["CANCELLED", "CANCELLED"]


@pytest.mark.yesterday
async def test_a_batch_is_cancelled_while_it_becomes_due(
    dsn: str, connection: asyncpg.Connection, begin_timed_work: Begin
) -> None:
    """On two servers, with the workers running: each transaction is either applied or cancelled, never both."""
    async with wire.two_servers(dsn, Yesterday) as servers:
        members = [payout(f"p{n}", scheduled_time=wire.due(n / 100)) for n in range(40)]
        batch_id = (await wire.batch(servers[0], members)).batch.id
        await begin_timed_work()
        calls = (cancel(server, batch_id, f"c{n}") for n, server in enumerate(servers * 2))
        answers = await asyncio.gather(*calls, return_exceptions=True)
        cancelled = sum(answer.transaction_count for answer in answers if not isinstance(answer, Exception))
        ids = [(await wire.transaction(servers[0], reference=f"p{n}")).id for n in range(40)]
        ends = [status(await outcome_of(servers[0], transaction_id)) for transaction_id in ids]
    assert (ends.count("CANCELLED"), ends.count("APPLIED")) == (cancelled, 40 - cancelled)
    await prove(connection)
