"""Writes events, and the commits that move no money: those of settings, and those that only record a batch."""

import json
import uuid
from dataclasses import dataclass

import asyncpg

from ledgerd.core.book import BatchRecord, Firing, Plan
from ledgerd.core.model.ids import BALANCE, BATCH, MONITOR, decode_hex
from ledgerd.store import canonical, queries
from ledgerd.store.sql import as_array

_QUERIES = queries.POSTING
MONITOR_FIRED, BATCH_FINISHED = "MONITOR_FIRED", "BATCH_FINISHED"


@dataclass(frozen=True, slots=True)
class EventRow:
    """What is neither a transaction nor a transition, ready to be written."""

    ordinal: int
    key: str
    kind: str
    subject_key: str
    balance_key: str | None
    payload: str

    @property
    def canonical_row(self) -> str:
        return canonical.event_row(key=self.key, kind=self.kind, subject_key=self.subject_key, payload=self.payload)


async def write_events(connection: asyncpg.Connection, events: list[EventRow], plan: Plan) -> None:
    """Insert event rows, if there are any."""
    if not events:
        return
    await connection.execute(
        _QUERIES.insert_events,
        as_array(event.key for event in events),
        [event.kind for event in events],
        as_array(event.subject_key for event in events),
        as_array(event.balance_key or "NULL" for event in events),
        [event.payload for event in events],
        plan.now,
    )


async def write_journal(connection: asyncpg.Connection, plan: Plan, events: list[EventRow]) -> None:
    """Write an administrative commit, one that moves no money: its events and its journal row."""
    await write_events(connection, events, plan)
    await connection.execute(
        _QUERIES.write_journal,
        uuid.UUID(plan.block.hex(0)),
        len(events),
        canonical.digest((event.ordinal, event.canonical_row) for event in events),
        canonical.DIGEST_VERSION,
        plan.now,
    )


async def write_batches(connection: asyncpg.Connection, plan: Plan) -> None:
    """Write the plan's batches as a commit of their own; their transactions are recorded already."""
    await insert_batches(connection, plan)
    await write_journal(connection, plan, [batch_row(plan, batch) for batch in plan.batches])


async def insert_batches(connection: asyncpg.Connection, plan: Plan) -> None:
    """Insert the plan's batches, if there are any."""
    if not plan.batches:
        return
    await connection.execute(
        _QUERIES.insert_batches,
        as_array(_key(BATCH, batch.id) for batch in plan.batches),
        ["ATOMIC" if batch.atomic else "INDEPENDENT" for batch in plan.batches],
        [batch.operations for batch in plan.batches],
        [batch.posted for batch in plan.batches],
        [batch.replayed for batch in plan.batches],
        [batch.rejected for batch in plan.batches],
        plan.now,
        [batch.accepted_at for batch in plan.batches],
        [batch.rejection for batch in plan.batches],
    )


def firing_row(plan: Plan, firing: Firing) -> EventRow:
    """The event of a monitor that fired."""
    monitor, account = firing.monitor, firing.account
    payload = {
        "monitor_id": monitor.id,
        "trigger": monitor.trigger.value,
        "conditions": [
            [condition.field.value, condition.comparison.value, str(condition.threshold)]
            for condition in monitor.conditions
        ],
        "description": monitor.description,
        "balance_id": account.id,
        "currency": account.currency,
        "precision": str(account.precision),
        "figures": [str(figure) for figure in firing.figures],
        "transaction_id": firing.cause.id,
    }
    return EventRow(
        firing.ordinal,
        plan.block.hex(firing.ordinal),
        MONITOR_FIRED,
        _key(MONITOR, monitor.id),
        _key(BALANCE, account.id),
        json.dumps(payload),
    )


def batch_row(plan: Plan, batch: BatchRecord) -> EventRow:
    """The event of a batch that is done."""
    payload: dict[str, object] = {
        "id": batch.id,
        "mode": "ATOMIC" if batch.atomic else "INDEPENDENT",
        "operations": batch.operations,
        "posted": batch.posted,
        "replayed": batch.replayed,
        "rejected": batch.rejected,
    }
    if batch.accepted_at is not None:
        payload["accepted_at"] = batch.accepted_at.isoformat()
        payload["rejection"] = batch.rejection
        payload["rejections_digest"] = batch.rejections_digest
    return EventRow(
        batch.ordinal, plan.block.hex(batch.ordinal), BATCH_FINISHED, _key(BATCH, batch.id), None, json.dumps(payload)
    )


def _key(prefix: str, text: str) -> str:
    key = decode_hex(prefix, text)
    assert key is not None, f"not an id of ours: {text}"
    return key
