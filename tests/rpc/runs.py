"""Runs of reconciliation in the domain's words."""

import asyncio
from typing import Any

from ledgerapi.v1 import reconciliation_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import records, rules, wire

Run = reconciliation_pb2.Reconciliation
NEAR = {"field": "MATCHING_FIELD_BOOKING_DATE", "tolerance": {"business_days": 3}}
ABOUT = {
    "field": "MATCHING_FIELD_AMOUNT",
    "tolerance": {"absolute": {"amounts": [{"currency": "USD", "decimal": "0.05"}]}},
}


async def bank(server: Server, name: str = "Bank A", **more: Any) -> tuple[str, str, str]:
    """A source, its balance and a rule that looks at amounts and references."""
    balance_id = await wire.open_balance(server)
    source = await records.source(server, name, balance_ids=[balance_id], **more)
    rule = await rules.create(server)
    return source.id, balance_id, rule.id


async def movements(server: Server, balance_id: str, count: int, first: int = 0, amount: int = 100) -> None:
    """What a bank told as k0, k1, ... with the references ref-0, ref-1, ..."""
    drafts = [wire.post(wire.from_world(f"ref-{number}", balance_id, amount)) for number in range(first, first + count)]
    for begin in range(0, count, 500):
        await wire.batch(server, drafts[begin : begin + 500])


def told(count: int, first: int = 0, amount: str = "1.00") -> list[Any]:
    return [
        records.record(f"k{number}", amount, references=[f"ref-{number}"]) for number in range(first, first + count)
    ]


async def start(server: Server, source_id: str, *rule_ids: str, **more: Any) -> Run:
    return (await begun(server, source_id, *rule_ids, **more)).reconciliation


async def begun(server: Server, source_id: str, *rule_ids: str, **more: Any) -> pb.StartReconciliationResponse:
    named = {"matching_rules": [{"matching_rule_id": rule_id} for rule_id in rule_ids]} if rule_ids else {}
    request = pb.StartReconciliationRequest(external_source_id=source_id, **named, **more)
    return await server.reconciliations.StartReconciliation(request)


async def get(server: Server, run_id: str) -> Run:
    request = pb.GetReconciliationRequest(reconciliation_id=run_id)
    return (await server.reconciliations.GetReconciliation(request)).reconciliation


async def ended(server: Server, run_id: str) -> Run:
    """The run when it has ended."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while not (found := await get(server, run_id)).HasField("finish_time"):
            await asyncio.sleep(0.05)
    return found


async def run(server: Server, source_id: str, *rule_ids: str, **more: Any) -> Run:
    """A run from its start to its end."""
    return await ended(server, (await start(server, source_id, *rule_ids, **more)).id)


async def replay(server: Server, run_id: str, **more: Any) -> Run:
    request = pb.ReplayReconciliationRequest(reconciliation_id=run_id, **more)
    begun_replay = (await server.reconciliations.ReplayReconciliation(request)).reconciliation
    return await ended(server, begun_replay.id)


async def cancel(server: Server, run_id: str) -> Run:
    request = pb.CancelReconciliationRequest(reconciliation_id=run_id)
    return (await server.reconciliations.CancelReconciliation(request)).reconciliation


def status(found: Run) -> str:
    return reconciliation_pb2.ReconciliationStatus.Name(found.status).removeprefix("RECONCILIATION_STATUS_")


def totals(found: Run) -> dict[tuple[str, str], tuple[int, str, int, str]]:
    """By currency and outcome: records and what they add up to, entries and what they add up to."""
    return {
        (each.currency, reconciliation_pb2.RowOutcome.Name(each.outcome).removeprefix("ROW_OUTCOME_")): (
            each.record_count,
            each.record_amount.decimal,
            each.entry_count,
            each.entry_amount.decimal,
        )
        for each in found.totals
    }
