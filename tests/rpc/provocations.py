"""Ways to be rejected: a draft with one thing changed, and what takes more than a draft to provoke."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from ledgerapi.v1 import (
    admin_service_pb2,
    identity_pb2,
    identity_service_pb2,
    ledger_pb2,
    ledger_service_pb2,
    operation_pb2,
)

from ledgerd.core.model.ids import BATCH, encode
from tests.conftest import Server, Yesterday, start_server, stop_server
from tests.rpc import wire
from tests.rpc.test_splits import split

pb, ledgers = wire.pb, ledger_service_pb2

Provoke = Callable[[Server], Awaitable[wire.Rejection]]


async def draft_rejected(server: Server, **change: Any) -> wire.Rejection:
    fields = {"reference": "r", "source": "@World", "destination": "@Sales", "amount": 5, "allow_overdraft": True}
    return await wire.rejection(wire.record(server, wire.draft(**{**fields, **change})))


async def balance_frozen(server: Server) -> wire.Rejection:
    till = await wire.open_balance(server)
    await server.ledgers.FreezeBalance(ledgers.FreezeBalanceRequest(balance_id=till))
    return await draft_rejected(server, destination=till)


async def balance_closed(server: Server) -> wire.Rejection:
    till = await wire.open_balance(server)
    await server.ledgers.CloseBalance(ledgers.CloseBalanceRequest(balance_id=till))
    return await draft_rejected(server, source=till)


async def balance_not_empty(server: Server) -> wire.Rejection:
    till = await wire.open_balance(server)
    await wire.record(server, wire.from_world("r", till, 1))
    return await wire.rejection(server.ledgers.CloseBalance(ledgers.CloseBalanceRequest(balance_id=till)))


async def resolve_rejected(server: Server, resolve: Callable[[str], Any]) -> wire.Rejection:
    hold = await wire.hold(server, "h", 5)
    await wire.resolve(server, wire.commit(hold.id, 2, "part"))
    return await wire.rejection(wire.resolve(server, resolve(hold.id)))


async def adjust_rejected(server: Server, hold_id: str, minor: int) -> wire.Rejection:
    asked = operation_pb2.AdjustHold(target=wire.target(hold_id), reference="a", total={"precise": str(minor)})
    return await wire.rejection(server.transactions.AdjustHold(pb.AdjustHoldRequest(adjust_hold=asked)))


async def adjustment_too_low(server: Server) -> wire.Rejection:
    hold = await wire.hold(server, "h", 5)
    await wire.resolve(server, wire.commit(hold.id, 2, "part"))
    return await adjust_rejected(server, hold.id, 2)


async def not_adjustable(server: Server) -> wire.Rejection:
    made = await wire.record(server, split("s", "@World", {"@A": "1", "@B": "left"}, 2, inflight=True))
    return await adjust_rejected(server, made.transaction.leg_ids[0], 2)


async def hold_resolved(server: Server) -> wire.Rejection:
    hold = await wire.hold(server, "h", 5)
    await wire.resolve(server, wire.void(hold.id))
    return await wire.rejection(wire.resolve(server, wire.commit(hold.id)))


async def hold_expired(server: Server) -> wire.Rejection:
    """It was held by a server of yesterday, for an hour or so."""
    other = await start_server(server.app.dsn, clock=Yesterday())
    hold = await wire.hold(other, "h", 5, inflight_expiry_time=wire.due())
    await stop_server(other)
    return await wire.rejection(wire.resolve(server, wire.commit(hold.id)))


async def refund_rejected(server: Server, amount: int, of: Callable[[Any], Any]) -> wire.Rejection:
    hold = await wire.hold(server, "h", 5)
    commit = (await wire.resolve(server, wire.commit(hold.id, 2, "part"))).transaction
    asked = operation_pb2.RefundTransaction(
        target=wire.target(of([hold, commit]).id), reference="f", precise_amount=str(amount)
    )
    return await wire.rejection(server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=asked)))


async def amendment_rejected(server: Server, order: Callable[[str], Awaitable[Any]]) -> wire.Rejection:
    """An amendment of a transaction that was posted at once."""
    made = (await wire.record(server, wire.from_world("p", "@Sales", 1))).transaction
    return await wire.rejection(order(made.id))


async def hold_not_in_place(server: Server) -> wire.Rejection:
    hold = await wire.hold(server, "h", 5, require_review=True)
    return await wire.rejection(wire.resolve(server, wire.commit(hold.id)))


async def review_denied(server: Server) -> wire.Rejection:
    made = (await wire.record(server, wire.from_world("p", "@Sales", 1, require_review=True))).transaction
    asked = operation_pb2.DenyTransaction(target=wire.target(made.id), on_behalf_of="ada@example.com")
    denied = await server.transactions.DenyTransaction(pb.DenyTransactionRequest(deny=asked))
    return wire.of_rejection(denied.amended.rejection)


async def batch_not_finished(server: Server) -> wire.Rejection:
    """Somebody else is at work on the batch, for a long time."""
    connection = await asyncpg.connect(server.app.dsn)
    number = await connection.fetchval(
        "INSERT INTO batch_runs (id, mode, status, payload, operations, accepted_at, lease_token, leased_until)"
        " VALUES (gen_random_uuid(), 'INDEPENDENT', 'RUNNING', '', 1, now(), gen_random_uuid(), 'infinity')"
        " RETURNING id"
    )
    await connection.close()
    return await wire.rejection(wire.resolve(server, wire.commit(encode(BATCH, number.int))))


async def queue_full(server: Server) -> wire.Rejection:
    server.app.backlog.limit = 1
    await wire.record(server, wire.from_world("p", "@Sales", 1, require_review=True))
    return await draft_rejected(server, queue=True)


async def not_a_hold(server: Server) -> wire.Rejection:
    posting = (await wire.record(server, wire.from_world("p", "@Sales", 1))).transaction
    return await wire.rejection(wire.resolve(server, wire.void(posting.id)))


async def on_stream(server: Server, *chunks: pb.PostStreamChunk, **last: Any) -> wire.Rejection:
    upload = wire.Upload(server)
    await upload.open()
    for chunk in chunks:
        await upload.send(chunk=chunk)
        rejected = await upload.result()
    if not last:
        return wire.of_rejection(rejected.rejection)
    await upload.send(**last)
    return await upload.rejected()


async def watch_rejected(server: Server, cursor: str) -> wire.Rejection:
    request = pb.WatchTransactionsRequest(after_cursor=cursor)
    return await wire.Watching(server.transactions.WatchTransactions(request)).rejected()


async def request_id_conflict(server: Server) -> wire.Rejection:
    def asked(name: str) -> ledgers.CreateLedgerRequest:
        return ledgers.CreateLedgerRequest(ledger=ledger_pb2.Ledger(name=name), request_id="once")

    await server.ledgers.CreateLedger(asked("one"))
    return await wire.rejection(server.ledgers.CreateLedger(asked("other")))


async def etag_mismatch(server: Server) -> wire.Rejection:
    request = ledgers.UpdateBalanceRequest(balance={"etag": "r7"})
    request.balance.id = await wire.open_balance(server)
    request.update_mask.paths.append("tag")
    return await wire.rejection(server.ledgers.UpdateBalance(request))


async def floor_above_available(server: Server) -> wire.Rejection:
    request = ledgers.UpdateBalanceRequest()
    request.balance.id = await wire.open_balance(server)
    request.balance.floor.precise = "1"
    request.update_mask.paths.append("floor")
    return await wire.rejection(server.ledgers.UpdateBalance(request))


async def ceiling_below_balance(server: Server) -> wire.Rejection:
    request = ledgers.UpdateBalanceRequest()
    request.balance.id = await wire.open_balance(server)
    request.balance.ceiling.precise = "-1"
    request.update_mask.paths.append("ceiling")
    return await wire.rejection(server.ledgers.UpdateBalance(request))


async def indicator_taken(server: Server) -> wire.Rejection:
    await wire.record(server, wire.from_world("r", "@Sales", 1))
    return await wire.rejection(wire.open_balance(server, indicator="@Sales"))


async def identity_linked(server: Server) -> wire.Rejection:
    identity = identity_pb2.Identity(organization={"name": "Acme"})
    made = await server.identities.CreateIdentity(identity_service_pb2.CreateIdentityRequest(identity=identity))
    await wire.open_balance(server, identity_id=made.identity.id)
    request = identity_service_pb2.DeleteIdentityRequest(identity_id=made.identity.id)
    return await wire.rejection(server.identities.DeleteIdentity(request))


async def period_closed(server: Server) -> wire.Rejection:
    await close_period(server, seconds=1_000)
    return await draft_rejected(server, effective_time={"seconds": 999})


async def close_period(server: Server, *, seconds: int) -> None:
    request = admin_service_pb2.ClosePeriodRequest(ledger_id=wire.GENERAL_LEDGER, closed_before={"seconds": seconds})
    await server.admin.ClosePeriod(request)


async def internal(server: Server) -> wire.Rejection:
    """A table that is gone: a bug of ours, as far as the service can tell."""
    connection = await asyncpg.connect(server.app.dsn)
    await connection.execute("ALTER TABLE ledgers RENAME TO lost")
    await connection.close()
    request = ledgers.GetLedgerRequest(ledger_id=wire.GENERAL_LEDGER)
    return await wire.rejection(server.ledgers.GetLedger(request))


async def shutting_down(server: Server) -> wire.Rejection:
    other = await start_server(server.app.dsn)
    watching = await wire.watch(other)
    stopping = asyncio.create_task(other.app.stop())
    rejection = await watching.rejected()
    await stopping
    await other.channel.close()
    return rejection
