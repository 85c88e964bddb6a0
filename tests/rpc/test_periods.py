"""AdminService, periods: what is closed takes no further movement."""

import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from google.protobuf import timestamp_pb2
from ledgerapi.v1 import admin_service_pb2 as pb
from ledgerapi.v1 import draft_pb2, error_reason_pb2, event_pb2, ledger_service_pb2, operation_pb2

from ledgerd.core.model.event import Event, EventKind
from ledgerd.journal.cursor import whole
from ledgerd.journal.reader import EventEntry
from ledgerd.operations.verify import verify
from ledgerd.store import event_payloads
from ledgerd.wire import events
from tests.rpc import wire
from tests.rpc.deferred import outcome_of, status

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
IN_JANUARY = FEBRUARY - timedelta(microseconds=1)
NOBODY = "ldg_01hzzzzzzzzzzzzzzzzzzzzzzz"


def stamp(time):
    made = timestamp_pb2.Timestamp()
    made.FromDatetime(time)
    return made


async def close(server, ledger_id, time, **more):
    request = pb.ClosePeriodRequest(ledger_id=ledger_id, closed_before=time and stamp(time), **more)
    return (await server.admin.ClosePeriod(request)).period


async def period(server, ledger_id):
    return (await server.admin.GetPeriod(pb.GetPeriodRequest(ledger_id=ledger_id))).period


async def announced(connection):
    rows = await connection.fetch("SELECT kind, payload FROM events WHERE kind LIKE 'LEDGER_PERIOD_%' ORDER BY id")
    return [(row["kind"], json.loads(row["payload"])["closed_before"]) for row in rows]


@pytest.fixture
async def shop(bank):
    """A balance in a ledger of its own, with money on it."""
    balance = await bank.balance()
    await bank.fund(balance.id, "100")
    return balance


# Closing ---------------------------------------------------------------------------------------


async def test_a_new_ledger_is_open_from_the_beginning_of_time(server, bank):
    ledger = await bank.ledger()
    found = await period(server, ledger.id)
    assert (found.ledger_id, found.HasField("closed_before")) == (ledger.id, False)
    assert not ledger.HasField("closed_before")


async def test_a_closed_period_is_shown_wherever_its_ledger_is(server, bank):
    ledger = await bank.ledger()
    closed = await close(server, ledger.id, FEBRUARY)
    assert (closed.ledger_id, closed.closed_before) == (ledger.id, stamp(FEBRUARY))
    assert await period(server, ledger.id) == closed
    found = (await server.ledgers.GetLedger(ledger_service_pb2.GetLedgerRequest(ledger_id=ledger.id))).ledger
    listed = (await server.ledgers.ListLedgers(ledger_service_pb2.ListLedgersRequest())).ledgers
    assert found.closed_before == stamp(FEBRUARY)
    assert found in listed
    assert [ledger.HasField("closed_before") for ledger in listed if ledger.general] == [False]


async def test_an_update_of_the_ledger_leaves_its_periods_as_they_are(server, bank):
    ledger = await bank.ledger()
    await close(server, ledger.id, FEBRUARY)
    request = ledger_service_pb2.UpdateLedgerRequest(ledger=ledger, update_mask={"paths": ["name"]})
    request.ledger.name, request.ledger.etag = "Renamed", ""
    assert (await server.ledgers.UpdateLedger(request)).ledger.closed_before == stamp(FEBRUARY)


async def test_closing_the_same_time_again_changes_nothing_and_tells_nobody(server, bank, connection):
    ledger = await bank.ledger()
    first = await close(server, ledger.id, FEBRUARY)
    assert await close(server, ledger.id, FEBRUARY) == first
    assert await announced(connection) == [("LEDGER_PERIOD_CLOSED", "2026-02-01T00:00:00+00:00")]


async def test_what_is_closed_opens_again_only_on_purpose(server, bank, rejection, connection):
    ledger = await bank.ledger()
    await close(server, ledger.id, MARCH)
    rejected = await rejection(close(server, ledger.id, FEBRUARY))
    assert (rejected.code, rejected.reason) == ("FAILED_PRECONDITION", "PERIOD_CLOSED")
    assert rejected.details == {
        "ledger": ledger.id,
        "requested": "2026-02-01T00:00:00Z",
        "limit": "2026-03-01T00:00:00Z",
    }
    assert (await close(server, ledger.id, FEBRUARY, reopen=True)).closed_before == stamp(FEBRUARY)
    assert (await close(server, ledger.id, MARCH, reopen=True)).closed_before == stamp(MARCH)
    assert await announced(connection) == [
        ("LEDGER_PERIOD_CLOSED", "2026-03-01T00:00:00+00:00"),
        ("LEDGER_PERIOD_REOPENED", "2026-02-01T00:00:00+00:00"),
        ("LEDGER_PERIOD_CLOSED", "2026-03-01T00:00:00+00:00"),
    ]
    assert (await verify(connection)).faults == []


async def test_a_period_cannot_be_closed_beyond_the_databases_present(server, bank, rejection, connection):
    ledger = await bank.ledger()
    now = await connection.fetchval("SELECT clock_timestamp()")
    rejected = await rejection(close(server, ledger.id, now + timedelta(hours=1), reopen=True))
    assert (rejected.code, rejected.reason) == ("FAILED_PRECONDITION", "CLOSE_TIME_IN_FUTURE")
    assert rejected.details["ledger"] == ledger.id
    assert datetime.fromisoformat(rejected.details["requested"]) == now + timedelta(hours=1)
    assert now <= datetime.fromisoformat(rejected.details["limit"]) < now + timedelta(hours=1)
    assert (await close(server, ledger.id, now)).closed_before == stamp(now)


async def test_malformed_requests_name_their_fields(server, rejection):
    rejected = await rejection(close(server, "", None))
    assert (rejected.code, rejected.fields) == ("INVALID_ARGUMENT", ["ledger_id", "closed_before"])
    request = pb.ClosePeriodRequest(ledger_id=NOBODY, closed_before=timestamp_pb2.Timestamp(seconds=-(10**12)))
    assert (await rejection(server.admin.ClosePeriod(request))).fields == ["closed_before"]
    assert (await rejection(period(server, "nonsense"))).fields == ["ledger_id"]


async def test_an_unknown_ledger_is_not_found(server, rejection):
    for call in (close(server, NOBODY, FEBRUARY), period(server, NOBODY)):
        rejected = await rejection(call)
        assert (rejected.code, rejected.reason, rejected.details) == (
            "NOT_FOUND",
            "LEDGER_NOT_FOUND",
            {"ledger": NOBODY},
        )


async def test_a_closing_is_an_event_of_its_ledger(server, bank, connection: asyncpg.Connection):
    ledger = await bank.ledger("Books")
    await close(server, ledger.id, FEBRUARY)
    row = await connection.fetchrow("SELECT * FROM events WHERE kind = 'LEDGER_PERIOD_CLOSED'")
    payload = event_payloads.from_json(EventKind.LEDGER_PERIOD_CLOSED, row["payload"])
    recorded = Event(EventKind.LEDGER_PERIOD_CLOSED, payload)
    event = events.show(EventEntry(row["id"].int, whole("0" * 32, 1, bytes(32)), row["recorded_at"], recorded)).event
    assert event.kind == event_pb2.EVENT_KIND_LEDGER_PERIOD_CLOSED
    told = event.ledger.ledger
    assert (told.id, told.name, told.closed_before) == (ledger.id, "Books", stamp(FEBRUARY))


async def test_watches_are_told_why_a_period_was_closed_and_why_it_was_opened_again(server, bank, connection):
    ledger = await bank.ledger("Books")
    kinds = [event_pb2.EVENT_KIND_LEDGER_PERIOD_CLOSED, event_pb2.EVENT_KIND_LEDGER_PERIOD_REOPENED]
    watching = await wire.watch_events(server, kinds=kinds, filter=f"ledger_id = {ledger.id}")
    await close(server, ledger.id, FEBRUARY, reason="January is reported")
    await close(server, ledger.id, FEBRUARY, reason="Nothing changes, so nothing is told")
    await close(server, ledger.id, JANUARY, reopen=True, reason="An invoice\ncame late")
    await close(server, ledger.id, FEBRUARY)
    told = [(event.ledger.reason, event.ledger.ledger.closed_before) for event in await watching.events(3)]
    assert told == [
        ("January is reported", stamp(FEBRUARY)),
        ("An invoice\ncame late", stamp(JANUARY)),
        ("", stamp(FEBRUARY)),
    ]
    watching.cancel()
    assert (await verify(connection)).faults == []


async def test_a_watch_goes_on_after_a_closing(server, bank, shop):
    watched = await bank.monitor(shop.id, ("BALANCE", "GREATER", "100"))
    watching = await wire.watch_monitors(server)
    await close(server, shop.ledger_id, FEBRUARY)
    await bank.fund(shop.id, "1")
    (event,) = await watching.events(1)
    assert event.monitor.monitor.id == watched.id
    watching.cancel()


# Posting ---------------------------------------------------------------------------------------


async def test_back_dated_drafts_are_rejected_on_either_side(server, bank, shop, rejection):
    other = await bank.balance()
    await bank.fund(other.id, "100")
    await close(server, shop.ledger_id, FEBRUARY)
    for source, destination in ((shop, other), (other, shop)):
        rejected = await rejection(bank.pay(source.id, destination.id, "1", effective_time=stamp(IN_JANUARY)))
        assert (rejected.code, rejected.reason) == ("FAILED_PRECONDITION", "PERIOD_CLOSED")
        assert rejected.details == {
            "ledger": shop.ledger_id,
            "requested": "2026-01-31T23:59:59.999999Z",
            "limit": "2026-02-01T00:00:00Z",
        }
    paid = await bank.pay(shop.id, other.id, "1", effective_time=stamp(FEBRUARY))
    assert paid.effective_time == stamp(FEBRUARY)
    plain = await bank.pay(shop.id, other.id, "1")
    assert plain.effective_time == plain.record_time


async def test_a_reopened_period_takes_drafts_again_though_a_server_remembers_it_closed(server, bank, shop, rejection):
    await close(server, shop.ledger_id, MARCH)
    await rejection(bank.pay(shop.id, "@Out", "1", effective_time=stamp(FEBRUARY)))
    await close(server, shop.ledger_id, FEBRUARY, reopen=True)
    assert (await bank.pay(shop.id, "@Out", "1", effective_time=stamp(FEBRUARY))).id
    assert (await rejection(bank.pay(shop.id, "@Out", "1", effective_time=stamp(IN_JANUARY)))).reason == "PERIOD_CLOSED"


async def test_a_closing_on_one_server_binds_the_others(dsn):
    async with wire.two_servers(dsn) as (here, there):
        dated = {"effective_time": stamp(IN_JANUARY)}
        await wire.record(here, wire.from_world("before", "@Sales", 1, **dated))
        await close(there, wire.GENERAL_LEDGER, FEBRUARY)
        rejected = await wire.rejection(wire.record(here, wire.from_world("after", "@Sales", 1, **dated)))
        assert rejected.reason == "PERIOD_CLOSED"
        assert not (await wire.record(here, wire.from_world("now", "@Sales", 1))).replayed


async def test_a_preview_answers_what_posting_would(server, bank, shop):
    await close(server, wire.GENERAL_LEDGER, FEBRUARY)
    for name in ("@Sales", "@NeverSeen"):
        for time, expected in ((IN_JANUARY, "PERIOD_CLOSED"), (FEBRUARY, "")):
            reference = f"{name} {time}"
            draft = wire.draft(reference, shop.id, name, 1, effective_time=stamp(time))
            answers = []
            for preview in (True, False):
                try:
                    answers.append((await wire.record(server, draft, preview=preview)).transaction.amount.precise)
                except Exception as error:
                    answers.append(wire.of_error(error))
            assert answers[0] == answers[1]
            assert expected in str(answers[0])
            assert (answers[0] == "1") == (not expected)


async def test_a_reference_recorded_before_the_closing_still_replays(server, shop):
    draft = wire.draft("early", shop.id, "@Out", 1, effective_time=stamp(IN_JANUARY))
    first = await wire.record(server, draft)
    await close(server, shop.ledger_id, FEBRUARY)
    again = await wire.record(server, draft)
    assert (again.replayed, again.transaction.id) == (True, first.transaction.id)
    draft.reference = "late"
    assert (await wire.rejection(wire.record(server, draft))).reason == "PERIOD_CLOSED"


async def test_a_hold_of_a_closed_period_can_still_be_resolved(server, shop):
    held = wire.draft("held", shop.id, "@Out", 10, inflight=True, effective_time=stamp(IN_JANUARY))
    hold = (await wire.record(server, held)).transaction
    await close(server, shop.ledger_id, FEBRUARY)
    await wire.resolve(server, wire.commit(hold.id, 4, "some"))
    await wire.resolve(server, wire.void(hold.id))
    assert (await wire.transaction(server, transaction_id=hold.id)).hold.committed.precise == "4"


async def test_of_a_batch_only_the_drafts_of_the_closed_period_are_rejected(server, shop):
    await close(server, shop.ledger_id, FEBRUARY)
    mixed = [
        wire.post(wire.draft("closed", shop.id, "@Out", 1, effective_time=stamp(IN_JANUARY))),
        wire.post(wire.draft("open", shop.id, "@Out", 1, effective_time=stamp(FEBRUARY))),
        wire.post(wire.draft("plain", shop.id, "@Out", 1)),
    ]
    answer = await wire.batch(server, mixed)
    assert wire.outcomes(answer.results) == ["PERIOD_CLOSED", "posted", "posted"]
    for operation in mixed:
        operation.post.reference += " again"
    answer = await wire.batch(server, mixed, wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["PERIOD_CLOSED", "NOT_APPLIED_WITH_GROUP", "NOT_APPLIED_WITH_GROUP"]
    assert answer.results[0].rejection.reason == error_reason_pb2.ERROR_REASON_PERIOD_CLOSED


# Commits and refunds ---------------------------------------------------------------------------


def dated(operation: operation_pb2.Operation, time: datetime) -> operation_pb2.Operation:
    getattr(operation, operation.WhichOneof("operation")).effective_time.CopyFrom(stamp(time))
    return operation


def refund(transaction_id: str, amount: int, reference: str) -> operation_pb2.Operation:
    asked = operation_pb2.RefundTransaction(
        target=wire.target(transaction_id), reference=reference, precise_amount=str(amount)
    )
    return operation_pb2.Operation(refund=asked)


async def test_commits_and_refunds_are_judged_and_recorded_by_an_effective_time_of_their_own(
    server, shop, rejection, connection
):
    sold = (await wire.record(server, wire.draft("sold", shop.id, "@Out", 10))).transaction
    held = (await wire.record(server, wire.draft("held", shop.id, "@Out", 10, inflight=True))).transaction
    early = await wire.resolve(server, dated(wire.commit(held.id, 1, "early"), IN_JANUARY))
    assert early.transaction.effective_time == stamp(IN_JANUARY) != early.transaction.record_time
    await close(server, shop.ledger_id, FEBRUARY)
    for operation in (wire.commit(held.id, 4, "c"), refund(sold.id, 4, "r")):
        late = await wire.batch(server, [dated(operation, IN_JANUARY)])
        (result,) = late.results
        assert wire.outcomes(late.results) == ["PERIOD_CLOSED"]
        assert result.rejection.details["ledger"] == shop.ledger_id
        (result,) = (await wire.batch(server, [dated(operation, FEBRUARY)])).results
        assert result.posted.transaction.effective_time == stamp(FEBRUARY)
        (again,) = (await wire.batch(server, [operation])).results
        assert again.posted.replayed
        (result,) = (await wire.batch(server, [dated(operation, MARCH)])).results
        assert result.rejection.details["fields"] == "effective_time"
    assert (await wire.resolve(server, dated(wire.commit(held.id, 1, "early"), IN_JANUARY))).replayed
    assert (await verify(connection)).faults == []


async def test_what_is_resolved_or_refunded_of_a_split_or_batch_has_the_time_of_the_call(server, shop, connection):
    legs = {"shares": [{"balance": "@A", "precise_amount": "4"}, {"balance": "@B", "precise_amount": "6"}]}
    draft = wire.draft("split", shop.id, "", 10, inflight=True)
    draft.destinations.CopyFrom(draft_pb2.Distribution(**legs))
    batch = await wire.batch(server, [wire.post(draft)])
    split_id = batch.results[0].posted.transaction_id
    committed = await wire.resolve(server, dated(wire.commit(split_id, 5, "c"), FEBRUARY))
    assert [leg.effective_time for leg in committed.legs] == [stamp(FEBRUARY)] * 2
    assert committed.transaction.effective_time == stamp(FEBRUARY)
    await close(server, shop.ledger_id, MARCH)
    for operation in (wire.commit(batch.batch.id, 5, "more"), refund(split_id, 5, "back")):
        (rejected,) = (await wire.batch(server, [dated(operation, FEBRUARY)])).results
        assert wire.outcomes([rejected]) == ["PERIOD_CLOSED"]
        assert rejected.rejection.details["leg"]
        (done,) = (await wire.batch(server, [dated(operation, MARCH)])).results
        assert [leg.effective_time for leg in done.posted.legs] == [stamp(MARCH)] * len(done.posted.legs)
    assert (await verify(connection)).faults == []


@pytest.mark.yesterday
async def test_a_scheduled_refund_is_judged_when_it_is_accepted_and_when_it_is_due(
    server, begin_timed_work, connection
):
    sold = [(await wire.record(server, wire.from_world(f"s{n}", "@Out", 10))).transaction for n in range(3)]
    asked = [
        operation_pb2.RefundTransaction(
            target=wire.target(sale.id), reference=f"r{n}", scheduled_time=wire.due(), effective_time=stamp(time)
        )
        for n, (sale, time) in enumerate(zip(sold, (IN_JANUARY, FEBRUARY, MARCH), strict=True))
    ]
    await close(server, wire.GENERAL_LEDGER, FEBRUARY)

    async def send(refund):
        return (
            await server.transactions.RefundTransaction(wire.pb.RefundTransactionRequest(refund=refund))
        ).transaction

    assert (await wire.rejection(send(asked[0]))).reason == "PERIOD_CLOSED"
    soon, later = [await send(refund) for refund in asked[1:]]
    assert (soon.effective_time, later.effective_time) == (stamp(FEBRUARY), stamp(MARCH))
    await close(server, wire.GENERAL_LEDGER, MARCH)
    await begin_timed_work()
    rejected, applied = [await outcome_of(server, refund.id) for refund in (soon, later)]
    assert error_reason_pb2.ErrorReason.Name(rejected.rejection.reason) == "ERROR_REASON_PERIOD_CLOSED"
    assert (status(applied), applied.effective_time) == ("APPLIED", stamp(MARCH))
    assert (await verify(connection)).faults == []
