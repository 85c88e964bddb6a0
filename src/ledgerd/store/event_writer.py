"""Writes events, and the commits that move no money: commits of settings, and commits that only record a batch."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from ledgerd.core.effects import BatchRecord, Firing
from ledgerd.core.model.event import BatchFinished, Event, EventKind, MonitorFired
from ledgerd.core.model.ids import decode_hex
from ledgerd.core.model.rejection import rejection_text
from ledgerd.core.plan import Plan
from ledgerd.store import canonical, event_payloads, queries, settings
from ledgerd.store.batch_runs import ATOMIC, INDEPENDENT
from ledgerd.store.sql import as_array

_QUERIES = queries.POSTING


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event, ready to be written."""

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
    """Write an administrative commit, which moves no money: its events and its journal row."""
    await write_events(connection, events, plan)
    await connection.execute(
        _QUERIES.write_journal,
        uuid.UUID(plan.block.hex(0)),
        len(events),
        canonical.digest((event.ordinal, event.canonical_row) for event in events),
        canonical.DIGEST_VERSION,
        plan.now,
    )


async def write_settings(connection: asyncpg.Connection, plan: Plan, events: Sequence[Event]) -> None:
    """Write an administrative commit whose events say that settings have changed.

    Each event tells the digest of its subject's settings after the change, so that the proof of the books covers them.
    """
    subjects = [uuid.UUID(_key(event.payload.subject_id)) for event in events]
    digests: dict[uuid.UUID, str] = {}
    for kind in dict.fromkeys(event.kind for event in events):
        of_kind = [subject for event, subject in zip(events, subjects, strict=True) if event.kind is kind]
        digests |= await settings.digests(connection, kind, of_kind)
    rows = [
        event_row(plan, ordinal, event, digests.get(subject))
        for ordinal, (event, subject) in enumerate(zip(events, subjects, strict=True), start=1)
    ]
    await write_journal(connection, plan, rows)


async def write_batches(connection: asyncpg.Connection, plan: Plan) -> None:
    """Write the records of the plan's batches as a separate commit. Their transactions are recorded already."""
    await insert_batches(connection, plan)
    await write_journal(connection, plan, [batch_row(plan, batch) for batch in plan.batches])


async def insert_batches(connection: asyncpg.Connection, plan: Plan) -> None:
    """Insert the plan's batches, if there are any."""
    if not plan.batches:
        return
    await connection.execute(
        _QUERIES.insert_batches,
        as_array(_key(batch.id) for batch in plan.batches),
        [ATOMIC if batch.atomic else INDEPENDENT for batch in plan.batches],
        [batch.operations for batch in plan.batches],
        [batch.posted for batch in plan.batches],
        [batch.replayed for batch in plan.batches],
        [batch.rejected for batch in plan.batches],
        plan.now,
        [batch.accepted_at for batch in plan.batches],
        [batch.rejection and rejection_text(batch.rejection, sort_keys=False) for batch in plan.batches],
        [batch.metadata for batch in plan.batches],
    )


def firing_row(plan: Plan, firing: Firing) -> EventRow:
    """The event of a monitor that fired."""
    monitor, account = firing.monitor, firing.account
    fired = MonitorFired(
        monitor_id=monitor.id,
        trigger=monitor.trigger,
        conditions=monitor.conditions,
        description=monitor.description,
        balance_id=account.id,
        currency=account.currency,
        precision=account.precision,
        figures=firing.figures,
        transaction_id=firing.cause.id,
    )
    return event_row(plan, firing.ordinal, Event(EventKind.MONITOR_FIRED, fired))


def batch_row(plan: Plan, batch: BatchRecord) -> EventRow:
    """The event of a batch that is done."""
    finished = BatchFinished(
        batch_id=batch.id,
        is_atomic=batch.atomic,
        operations=batch.operations,
        posted=batch.posted,
        replayed=batch.replayed,
        rejected=batch.rejected,
        accepted_at=batch.accepted_at,
        rejection=batch.rejection,
        rejections_digest=batch.rejections_digest,
        metadata_digest=None if batch.metadata is None else hashlib.sha256(batch.metadata.encode()).hexdigest(),
    )
    return event_row(plan, batch.ordinal, Event(EventKind.BATCH_FINISHED, finished))


def event_row(plan: Plan, ordinal: int, event: Event, settings_digest: str | None = None) -> EventRow:
    """An event as the plan's commit writes it."""
    return EventRow(
        ordinal,
        plan.block.hex(ordinal),
        event.kind,
        _key(event.payload.subject_id),
        None if event.balance_id is None else _key(event.balance_id),
        event_payloads.to_json(event.payload, settings_digest),
    )


def _key(text: str) -> str:
    """A TypeID as SQL takes it, whatever its prefix."""
    key = decode_hex(text.partition("_")[0], text)
    assert key is not None, f"not an id of ours: {text}"
    return key
