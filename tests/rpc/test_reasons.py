"""The reasons: one list in the core, one in the contract, one table of codes; and each can happen."""

import asyncio
import json
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest
from ledgerapi.v1 import (
    admin_service_pb2,
    draft_pb2,
    error_reason_pb2,
    identity_pb2,
    identity_service_pb2,
    ledger_pb2,
    ledger_service_pb2,
    monitor_service_pb2,
    operation_pb2,
    reconciliation_service_pb2,
)

from ledgerd.core.amount import Quantity
from ledgerd.core.operation import Post
from ledgerd.core.rejection import Reason, Refused, Rejection, Violation
from ledgerd.embedded import EmbeddedPostgres
from ledgerd.journal.cursor import Cursor
from ledgerd.poster.minter import Minter
from ledgerd.poster.poster import Poster
from ledgerd.poster.submission import Lane
from ledgerd.rpc import errors
from ledgerd.store import migrate, pool
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire

pb, ledgers = wire.pb, ledger_service_pb2
CONTRACT = Path(__file__).parents[2] / "protos/ledgerapi/v1/error_reason.proto"
NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"


# The three lists -------------------------------------------------------------------------------


class Documented(NamedTuple):
    """What the contract's comment says about a reason."""

    code: str
    is_given: bool
    is_retried: bool
    examples: list[dict[str, str]]


def documented() -> Iterator[tuple[str, Documented]]:
    comments: list[str] = []
    for line in CONTRACT.read_text().splitlines():
        text = line.strip()
        if text.startswith("//"):
            comments.append(text.removeprefix("//").strip())
        elif (match := re.match(r"ERROR_REASON_(\w+) = \d+;", text)) and match[1] != "UNSPECIFIED":
            comment = " ".join(comments)
            (code,) = re.findall(r"Code: ([A-Z_]+)", comment)
            examples = [json.loads(one) for one in re.findall(r"\{[^}]*\}", comment)]
            is_given, is_retried = "Not given yet." not in comment, "with RetryInfo" in comment
            yield match[1], Documented(code, is_given, is_retried, examples)
            comments = []
        else:
            comments = []


DOCUMENTED = dict(documented())


def test_every_value_of_the_contract_is_documented() -> None:
    names = {name.removeprefix("ERROR_REASON_") for name in error_reason_pb2.ErrorReason.keys()}  # noqa: SIM118
    assert names == DOCUMENTED.keys() | {"UNSPECIFIED"}


def test_the_contract_gives_exactly_the_reasons_of_the_core() -> None:
    assert {reason.value for reason in Reason} == {name for name, one in DOCUMENTED.items() if one.is_given}


def test_every_reason_has_a_status_that_is_the_contracts() -> None:
    assert {reason.value: code.name for reason, (code, _) in errors.STATUSES.items()} == {
        name: one.code for name, one in DOCUMENTED.items() if one.is_given
    }


def test_a_code_says_what_to_do_next() -> None:
    """What may help when it is repeated as it is, and nothing else, comes with a delay."""
    for reason in Reason:
        status = errors.to_status(Rejection(reason))
        delays = [one for one in status.details if one.type_url.endswith("RetryInfo")]
        assert bool(delays) == DOCUMENTED[reason.value].is_retried, reason


def test_many_violations_are_counted_and_not_all_listed() -> None:
    violations = tuple(Violation(f"field{number}", "is wrong" * 100) for number in range(500))
    rejection = Rejection(Reason.FIELD_INVALID, {"field": "field0"}, violations)
    status, told = errors.to_status(rejection), errors.to_proto(rejection)
    assert len(status.SerializeToString()) < 8 * 1024
    assert len(told.violations) == 20
    assert told.details["violations"] == "500"


# Each reason, provoked -------------------------------------------------------------------------

Provoke = Callable[[Server], Awaitable[wire.Refusal]]


async def draft_refused(server: Server, **change: Any) -> wire.Refusal:
    fields = {"reference": "r", "source": "@World", "destination": "@Sales", "amount": 5, "allow_overdraft": True}
    return await wire.refusal(wire.record(server, wire.draft(**{**fields, **change})))


async def in_batch(server: Server, *operations: Any, mode: Any = wire.INDEPENDENT) -> list[wire.Refusal]:
    answer = await wire.batch(server, operations, mode)
    return [wire.of_rejection(one.rejection) for one in answer.results if one.HasField("rejection")]


async def split_invalid(server: Server) -> wire.Refusal:
    shares = [draft_pb2.Share(balance=one, left=True) for one in ("@A", "@B")]
    draft = wire.draft("r", "", "@Sales", 5)
    draft.sources.shares.extend(shares)
    return await wire.refusal(wire.record(server, draft))


async def reference_conflict(server: Server) -> wire.Refusal:
    await wire.record(server, wire.from_world("r", "@Sales", 4))
    return await draft_refused(server)


async def references_recorded(server: Server) -> wire.Refusal:
    await wire.batch(server, wire.drafts(1))
    return (await in_batch(server, *wire.drafts(2), mode=wire.ATOMIC))[0]


async def not_applied(server: Server) -> wire.Refusal:
    poor = wire.post(wire.draft("poor", "@Empty", "@Sales", 1))
    return (await in_batch(server, *wire.drafts(1), poor, mode=wire.ATOMIC))[0]


async def currency_mismatch(server: Server) -> wire.Refusal:
    return await draft_refused(server, destination=await wire.open_balance(server, "EUR"))


async def total_out_of_bounds(server: Server) -> wire.Refusal:
    most = [wire.post(wire.from_world(f"r{number}", "@Vault", 10**36 - 1)) for number in range(11)]
    return (await in_batch(server, *most))[0]


async def insufficient_funds(server: Server) -> wire.Refusal:
    return await draft_refused(server, source=await wire.open_balance(server), allow_overdraft=False)


async def overdraft_limit(server: Server) -> wire.Refusal:
    return await draft_refused(server, source=await wire.open_balance(server), precise_overdraft_limit="4")


async def floor_exceeded(server: Server) -> wire.Refusal:
    return await draft_refused(server, source=await wire.open_balance(server, floor={"precise": "-4"}))


async def ceiling_exceeded(server: Server) -> wire.Refusal:
    return await draft_refused(server, destination=await wire.open_balance(server, ceiling={"precise": "4"}))


async def balance_frozen(server: Server) -> wire.Refusal:
    till = await wire.open_balance(server)
    await server.ledgers.FreezeBalance(ledgers.FreezeBalanceRequest(balance_id=till))
    return await draft_refused(server, destination=till)


async def balance_closed(server: Server) -> wire.Refusal:
    till = await wire.open_balance(server)
    await server.ledgers.CloseBalance(ledgers.CloseBalanceRequest(balance_id=till))
    return await draft_refused(server, source=till)


async def balance_not_empty(server: Server) -> wire.Refusal:
    till = await wire.open_balance(server)
    await wire.record(server, wire.from_world("r", till, 1))
    return await wire.refusal(server.ledgers.CloseBalance(ledgers.CloseBalanceRequest(balance_id=till)))


async def settle_refused(server: Server, settle: Callable[[str], Any]) -> wire.Refusal:
    hold = await wire.hold(server, "h", 5)
    await wire.settle(server, wire.commit(hold.id, 2, "part"))
    return await wire.refusal(wire.settle(server, settle(hold.id)))


async def hold_settled(server: Server) -> wire.Refusal:
    hold = await wire.hold(server, "h", 5)
    await wire.settle(server, wire.void(hold.id))
    return await wire.refusal(wire.settle(server, wire.commit(hold.id)))


async def hold_expired(server: Server) -> wire.Refusal:
    connection = await asyncpg.connect(server.app.dsn)
    # Somebody who does nothing has the list, so that nobody sweeps the hold.
    await connection.execute("INSERT INTO leases VALUES ('timed holds', gen_random_uuid(), now() + interval '1 hour')")
    await connection.close()
    hold = await wire.hold(server, "h", 5, inflight_expiry_time=wire.in_seconds(0.3))
    await asyncio.sleep(0.4)
    return await wire.refusal(wire.settle(server, wire.commit(hold.id)))


async def refund_refused(server: Server, amount: int, of: Callable[[Any], Any]) -> wire.Refusal:
    hold = await wire.hold(server, "h", 5)
    commit = (await wire.settle(server, wire.commit(hold.id, 2, "part"))).transaction
    asked = operation_pb2.Refund(transaction_id=of([hold, commit]).id, reference="f", precise_amount=str(amount))
    return await wire.refusal(server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=asked)))


async def order_refused(server: Server, order: Callable[[str], Awaitable[Any]]) -> wire.Refusal:
    """An order about a transaction that was posted at once."""
    made = (await wire.record(server, wire.from_world("p", "@Sales", 1))).transaction
    return await wire.refusal(order(made.id))


async def hold_not_in_place(server: Server) -> wire.Refusal:
    hold = await wire.hold(server, "h", 5, hold_for_review=True)
    return await wire.refusal(wire.settle(server, wire.commit(hold.id)))


async def review_denied(server: Server) -> wire.Refusal:
    made = (await wire.record(server, wire.from_world("p", "@Sales", 1, hold_for_review=True))).transaction
    asked = operation_pb2.Deny(transaction_id=made.id, decided_by="ada@example.com")
    denied = await server.transactions.DenyTransaction(pb.DenyTransactionRequest(deny=asked))
    return wire.of_rejection(denied.transaction.rejection)


async def queue_full(server: Server) -> wire.Refusal:
    server.app.backlog.limit = 1
    await wire.record(server, wire.from_world("p", "@Sales", 1, hold_for_review=True))
    return await draft_refused(server, queue=True)


async def not_a_hold(server: Server) -> wire.Refusal:
    posting = (await wire.record(server, wire.from_world("p", "@Sales", 1))).transaction
    return await wire.refusal(wire.settle(server, wire.void(posting.id)))


async def on_stream(server: Server, *chunks: pb.Chunk, **last: Any) -> wire.Refusal:
    upload = wire.Upload(server)
    await upload.open()
    for chunk in chunks:
        await upload.send(chunk=chunk)
        refused = await upload.result()
    if not last:
        return wire.of_rejection(refused.rejection)
    await upload.send(**last)
    return await upload.refused()


async def watch_refused(server: Server, cursor: str) -> wire.Refusal:
    request = pb.WatchTransactionsRequest(after_cursor=cursor)
    return await wire.Watching(server.transactions.WatchTransactions(request)).refused()


async def request_id_conflict(server: Server) -> wire.Refusal:
    def asked(name: str) -> ledgers.CreateLedgerRequest:
        return ledgers.CreateLedgerRequest(ledger=ledger_pb2.Ledger(name=name), request_id="once")

    await server.ledgers.CreateLedger(asked("one"))
    return await wire.refusal(server.ledgers.CreateLedger(asked("other")))


async def version_conflict(server: Server) -> wire.Refusal:
    request = ledgers.UpdateBalanceRequest(expected_version=7)
    request.balance.id = await wire.open_balance(server)
    request.update_mask.paths.append("tag")
    return await wire.refusal(server.ledgers.UpdateBalance(request))


async def floor_above_available(server: Server) -> wire.Refusal:
    request = ledgers.UpdateBalanceRequest()
    request.balance.id = await wire.open_balance(server)
    request.balance.floor.precise = "1"
    request.update_mask.paths.append("floor")
    return await wire.refusal(server.ledgers.UpdateBalance(request))


async def ceiling_below_balance(server: Server) -> wire.Refusal:
    request = ledgers.UpdateBalanceRequest()
    request.balance.id = await wire.open_balance(server)
    request.balance.ceiling.precise = "-1"
    request.update_mask.paths.append("ceiling")
    return await wire.refusal(server.ledgers.UpdateBalance(request))


async def indicator_taken(server: Server) -> wire.Refusal:
    await wire.record(server, wire.from_world("r", "@Sales", 1))
    return await wire.refusal(wire.open_balance(server, indicator="@Sales"))


async def identity_linked(server: Server) -> wire.Refusal:
    identity = identity_pb2.Identity(organization={"name": "Acme"})
    made = await server.identities.CreateIdentity(identity_service_pb2.CreateIdentityRequest(identity=identity))
    await wire.open_balance(server, identity_id=made.identity.id)
    request = identity_service_pb2.DeleteIdentityRequest(identity_id=made.identity.id)
    return await wire.refusal(server.identities.DeleteIdentity(request))


async def period_closed(server: Server) -> wire.Refusal:
    await close_period(server, seconds=1_000)
    return await draft_refused(server, effective_time={"seconds": 999})


async def close_period(server: Server, *, seconds: int) -> None:
    request = admin_service_pb2.ClosePeriodRequest(ledger_id=wire.GENERAL_LEDGER, close_time={"seconds": seconds})
    await server.admin.ClosePeriod(request)


async def internal(server: Server) -> wire.Refusal:
    """A table that is gone: a bug of ours, as far as the service can tell."""
    connection = await asyncpg.connect(server.app.dsn)
    await connection.execute("ALTER TABLE ledgers RENAME TO lost")
    await connection.close()
    request = ledgers.GetLedgerRequest(ledger_id=wire.GENERAL_LEDGER)
    return await wire.refusal(server.ledgers.GetLedger(request))


async def shutting_down(server: Server) -> wire.Refusal:
    other = await start_server(server.app.dsn)
    watching = await wire.watch(other)
    stopping = asyncio.create_task(other.app.stop())
    refusal = await watching.refused()
    await stopping
    await other.channel.close()
    return refusal


async def queued_split(server: Server) -> wire.Refusal:
    draft = wire.from_world("r", "@Sales", 1, queue=True)
    draft.destinations.shares.add(balance="@Sales", left=True)
    return await wire.refusal(wire.record(server, draft))


PROVOKED: dict[Reason, Provoke] = {
    Reason.FIELD_INVALID: lambda server: draft_refused(server, currency="usd"),
    Reason.FIELD_NOT_SUPPORTED: queued_split,
    Reason.METHOD_NOT_SERVED: lambda server: wire.refusal(
        server.reconciliations.GetReconciliation(reconciliation_service_pb2.GetReconciliationRequest())
    ),
    Reason.TOO_MANY_ITEMS: lambda server: wire.refusal(wire.batch(server, wire.drafts(10_001))),
    Reason.MESSAGE_TOO_LARGE: lambda server: on_stream(
        server,
        pb.Chunk(sequence=1, operations=[wire.post(wire.from_world("r", "@S", 1, description="x" * 1024 * 1024))]),
    ),
    Reason.PAGE_TOKEN_INVALID: lambda server: wire.refusal(
        server.transactions.ListTransactions(pb.ListTransactionsRequest(page_token="zzz"))
    ),
    Reason.FILTER_INVALID: lambda server: wire.refusal(wire.listed(server, "colour = red")),
    Reason.CURSOR_INVALID: lambda server: watch_refused(server, "zzz"),
    Reason.CURSOR_OUT_OF_RANGE: lambda server: watch_refused(server, Cursor("0" * 32, 0, 0).text()),
    Reason.SPLIT_INVALID: split_invalid,
    Reason.REFERENCE_CONFLICT: reference_conflict,
    Reason.REFERENCES_ALREADY_RECORDED: references_recorded,
    Reason.NOT_APPLIED_WITH_GROUP: not_applied,
    Reason.REQUEST_ID_CONFLICT: request_id_conflict,
    Reason.VERSION_CONFLICT: version_conflict,
    Reason.INDICATOR_TAKEN: indicator_taken,
    Reason.IDENTITY_LINKED: identity_linked,
    Reason.FLOOR_ABOVE_AVAILABLE: floor_above_available,
    Reason.CEILING_BELOW_BALANCE: ceiling_below_balance,
    Reason.BALANCE_NOT_EMPTY: balance_not_empty,
    Reason.LEDGER_NOT_FOUND: lambda server: wire.refusal(
        server.ledgers.GetLedger(ledgers.GetLedgerRequest(ledger_id=f"ldg_{NOBODY}"))
    ),
    Reason.BALANCE_NOT_FOUND: lambda server: draft_refused(server, source=f"bln_{NOBODY}"),
    Reason.TRANSACTION_NOT_FOUND: lambda server: wire.refusal(wire.transaction(server, reference="nobody's")),
    Reason.BATCH_NOT_FOUND: lambda server: wire.refusal(
        server.transactions.GetBatch(pb.GetBatchRequest(batch_id=f"bat_{NOBODY}"))
    ),
    Reason.MONITOR_NOT_FOUND: lambda server: wire.refusal(
        server.monitors.GetMonitor(monitor_service_pb2.GetMonitorRequest(monitor_id=f"mon_{NOBODY}"))
    ),
    Reason.IDENTITY_NOT_FOUND: lambda server: wire.refusal(
        server.identities.GetIdentity(identity_service_pb2.GetIdentityRequest(identity_id=f"idt_{NOBODY}"))
    ),
    Reason.SAME_BALANCE: lambda server: draft_refused(server, source="@Sales"),
    Reason.BALANCE_FROZEN: balance_frozen,
    Reason.BALANCE_CLOSED: balance_closed,
    Reason.CURRENCY_MISMATCH: currency_mismatch,
    Reason.PRECISION_MISMATCH: lambda server: _after_opening(server, precision=1_000),
    Reason.PRECISION_REQUIRED: lambda server: draft_refused(server, currency="POINTS"),
    Reason.AMOUNT_TOO_PRECISE: lambda server: draft_refused(server, amount="0.001"),
    Reason.AMOUNT_OUT_OF_BOUNDS: lambda server: draft_refused(server, amount=0),
    Reason.PERIOD_CLOSED: period_closed,
    Reason.CLOSE_TIME_IN_FUTURE: lambda server: wire.refusal(close_period(server, seconds=4_000_000_000)),
    Reason.TOTAL_OUT_OF_BOUNDS: total_out_of_bounds,
    Reason.INSUFFICIENT_FUNDS: insufficient_funds,
    Reason.OVERDRAFT_LIMIT_EXCEEDED: overdraft_limit,
    Reason.FLOOR_EXCEEDED: floor_exceeded,
    Reason.CEILING_EXCEEDED: ceiling_exceeded,
    Reason.NOT_A_HOLD: not_a_hold,
    Reason.HOLD_SETTLED: hold_settled,
    Reason.HOLD_EXPIRED: hold_expired,
    Reason.SCHEDULE_IN_PAST: lambda server: draft_refused(
        server, inflight=True, inflight_expiry_time=wire.in_seconds(-1)
    ),
    Reason.NOT_REFUNDABLE: lambda server: refund_refused(server, 1, lambda both: both[1]),
    Reason.REFUND_EXCEEDED: lambda server: refund_refused(server, 3, lambda both: both[0]),
    Reason.HOLD_EXCEEDED: lambda server: settle_refused(server, lambda hold: wire.commit(hold, 4, "c")),
    Reason.SEQUENCE_OUT_OF_ORDER: lambda server: on_stream(server, pb.Chunk(sequence=7, operations=wire.drafts(1))),
    Reason.STREAM_PROTOCOL: lambda server: on_stream(server, open=pb.OpenStream()),
    Reason.COUNT_MISMATCH: lambda server: on_stream(server, finish=pb.FinishStream(operation_count=3)),
    Reason.HOLD_NOT_IN_PLACE: hold_not_in_place,
    Reason.NOT_CANCELLABLE: lambda server: order_refused(
        server,
        lambda one: server.transactions.CancelTransaction(
            pb.CancelTransactionRequest(cancel=operation_pb2.Cancel(transaction_id=one))
        ),
    ),
    Reason.NOT_WAITING: lambda server: order_refused(
        server,
        lambda one: server.transactions.RescheduleTransaction(
            pb.RescheduleTransactionRequest(
                reschedule=operation_pb2.Reschedule(
                    transaction_id=one, reference="r", scheduled_time=wire.in_seconds(60)
                )
            )
        ),
    ),
    Reason.NOT_IN_REVIEW: lambda server: order_refused(
        server,
        lambda one: server.transactions.ApproveTransaction(
            pb.ApproveTransactionRequest(approve=operation_pb2.Approve(transaction_id=one, decided_by="ada"))
        ),
    ),
    Reason.REVIEW_DENIED: review_denied,
    Reason.QUEUE_FULL: queue_full,
    Reason.SHUTTING_DOWN: shutting_down,
    Reason.INTERNAL: internal,
}
WITH_A_FAULT = {Reason.TOO_BUSY, Reason.DATABASE_UNAVAILABLE}
"""Provoked below, each in a test of its own."""


async def _after_opening(server: Server, **change: Any) -> wire.Refusal:
    await wire.record(server, wire.from_world("open", "@Sales", 1))
    return await draft_refused(server, **change)


def test_every_reason_is_provoked() -> None:
    assert PROVOKED.keys() | WITH_A_FAULT == set(Reason)


@pytest.mark.parametrize("reason", PROVOKED)
async def test_the_reason_is_given_with_the_numbers_that_the_contract_shows(server: Server, reason: Reason) -> None:
    refusal = await PROVOKED[reason](server)
    told = DOCUMENTED[reason.value]
    assert refusal.reason == reason.value
    assert refusal.code in ("", told.code)  # In a result there is no code.
    assert any(example.keys() <= refusal.details.keys() for example in told.examples), refusal.details
    assert all(refusal.details.values())


# Faults ----------------------------------------------------------------------------------------


async def test_a_fault_of_ours_tells_its_id_and_nothing_else(server: Server) -> None:
    await internal(server)
    call = server.ledgers.GetLedger(
        ledgers.GetLedgerRequest(ledger_id=wire.GENERAL_LEDGER), metadata=(("x-request-id", "mine-17"),)
    )
    refusal = await wire.refusal(call)
    assert refusal.details == {"request_id": "mine-17"}
    assert "ledgers" not in (await call.details())


async def test_a_poster_with_a_full_queue_is_busy(dsn: str) -> None:
    connections = await pool.open_pool(dsn, min_size=1, max_size=2)
    poster = Poster(connections, Minter(), queue_operations=2)  # It is not running: what it takes in, it keeps.
    waiting = asyncio.create_task(poster.submit([_post("a"), _post("b")], lane=Lane.UNARY))
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refused:
        await poster.submit([_post("c")], lane=Lane.UNARY)
    assert refused.value.rejection.reason is Reason.TOO_BUSY
    assert refused.value.rejection.details["limit"] == "2"
    waiting.cancel()
    await connections.close()


async def test_a_statement_that_takes_too_long_is_busy(
    dsn: str, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pool._SETTINGS, "statement_timeout", "100ms")
    server = await start_server(dsn)
    async with connection.transaction():
        await connection.execute("LOCK TABLE ledgers")
        refusal = await wire.refusal(server.ledgers.GetLedger(ledgers.GetLedgerRequest(ledger_id=wire.GENERAL_LEDGER)))
    assert (refusal.code, refusal.reason, refusal.retry) == ("RESOURCE_EXHAUSTED", "TOO_BUSY", True)
    await stop_server(server)


def _post(reference: str) -> Post:
    return Post(reference, "USD", Quantity(1, None), "@World", "@Sales", allow_overdraft=True)


@asynccontextmanager
async def own_postgres() -> AsyncIterator[EmbeddedPostgres]:
    """A PostgreSQL that the test may stop."""
    directory = Path(tempfile.mkdtemp(prefix="lgd", dir="/tmp"))
    directory.chmod(0o755)
    postgres = await EmbeddedPostgres.start(directory)
    connection = await asyncpg.connect(postgres.dsn)
    await migrate.migrate(connection)
    await connection.close()
    yield postgres
    await postgres.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.mark.slow
async def test_without_its_database_the_service_says_so_and_recovers() -> None:
    async with own_postgres() as postgres:
        server = await start_server(postgres.dsn)
        await wire.record(server, wire.from_world("before", "@Sales", 1))
        upload = wire.Upload(server)
        await upload.open()
        await upload.chunk(wire.drafts(3))
        await postgres.stop_immediate()
        for call in (
            wire.record(server, wire.from_world("during", "@Sales", 1)),
            wire.balance(server, "@Sales"),
            wire.listed(server),
            wire.open_balance(server),
        ):
            refusal = await wire.refusal(call)
            assert (refusal.code, refusal.reason) == ("UNAVAILABLE", "DATABASE_UNAVAILABLE")
            assert refusal.retry
        await upload.send_chunk(wire.drafts(3, prefix="s"))
        response = await upload.read()
        assert response is not None
        assert response.going_away.last_sequence == 1
        assert wire.of_rejection(response.going_away.rejection).reason == "DATABASE_UNAVAILABLE"
        assert (await upload.refused()).code == "UNAVAILABLE"
        await postgres.ensure_running()
        answer = await wire.record(server, wire.from_world("during", "@Sales", 1))
        assert not answer.replayed
        assert await wire.balance(server, "@Sales") == 5
        await stop_server(server)
