"""Runs of reconciliation as their callers see them: asked for, read, watched, cancelled, done again.

run_work.py is what the worker does with them.
"""

import hashlib
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from datetime import time as clock
from zoneinfo import ZoneInfo

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.external_source import SignConvention
from ledgerd.core.model.ids import RECONCILIATION, UPLOAD, encode
from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import (
    announcements,
    balances,
    creation,
    external_sources,
    identities,
    ledgers,
    matching_rule_sets,
    matching_rules,
    unit,
    uploads,
)
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.uploads import Chunk, UploadRequest
from ledgerd.pause import pause
from ledgerd.store import balances as balance_rows
from ledgerd.store import commits, event_writer
from ledgerd.store import reconciliations as rows
from ledgerd.store.matching_rule_sets import RuleInSet, set_of
from ledgerd.store.matching_rules import rule_of
from ledgerd.store.reconciliations import CANCELLED, FINISHED, NewRun, Scope
from ledgerd.store.uploads import FINISHED as UPLOAD_FINISHED
from ledgerd.store.uploads import READING, RECORDS, REJECT_ALL

_SILENCE_SECONDS_MAX = 20.0
_LOOK_SECONDS = 0.5
"""The pause between two reads of a watched run: another process may be working on it."""


Beside = Callable[[asyncpg.Connection, uuid.UUID], Awaitable[None]]
"""Writes something about a new run with its commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """A run as requested. Of ``rule_set`` and ``rules`` one is given; version 0 is the latest one. ``records`` are
    encoded as a chunk of typed records."""

    source_id: uuid.UUID
    upload_id: uuid.UUID | None = None
    records: bytes = b""
    record_count: int = 0
    balance_ids: tuple[uuid.UUID, ...] = ()
    indicator_keys: tuple[tuple[str, str], ...] = ()
    ledger_ids: tuple[uuid.UUID, ...] = ()
    identity_ids: tuple[uuid.UUID, ...] = ()
    begin: date | None = None
    end: date | None = None
    by_effective_time: bool = False
    applied: bool = True
    inflight: bool = False
    rule_set: tuple[uuid.UUID, int] | None = None
    rules: tuple[RuleInSet, ...] = ()
    dry_run: bool = False

    def fields(self) -> dict[str, object]:
        """What counts when the request is repeated, by the names of the contract."""
        return {
            "external_source_id": self.source_id.hex,
            "upload_ids": self.upload_id and self.upload_id.hex,
            "external_records": hashlib.sha256(self.records).hexdigest() if self.records else None,
            "balance_ids": [balance_id.hex for balance_id in self.balance_ids],
            "indicator_keys": list(self.indicator_keys),
            "ledger_ids": [ledger_id.hex for ledger_id in self.ledger_ids],
            "identity_ids": [identity_id.hex for identity_id in self.identity_ids],
            "begin_date": self.begin and self.begin.isoformat(),
            "end_date": self.end and self.end.isoformat(),
            "entry_time": self.by_effective_time,
            "statuses": (self.applied, self.inflight),
            "matching_rule_set_id": self.rule_set and (self.rule_set[0].hex, self.rule_set[1]),
            "matching_rules": [(rule_id.hex, version or 0) for rule_id, version in self.rules],
            "dry_run": self.dry_run,
        }


async def start(
    engine: Engine, caller: Caller, request: RunRequest, request_id: str | None, *, beside: Beside | None = None
) -> Made[asyncpg.Record]:
    """A new run, or the one that the request id began. ``beside`` is done in the commit of a new one.

    Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND, UPLOAD_NOT_FOUND, UPLOAD_NOT_READ, BALANCE_NOT_FOUND, LEDGER_NOT_FOUND,
    IDENTITY_NOT_FOUND, MATCHING_RULE_NOT_FOUND, MATCHING_RULE_SET_NOT_FOUND, FIELD_INVALID, TOO_MANY_ITEMS,
    MESSAGE_TOO_LARGE, REQUEST_ID_CONFLICT, TOO_BUSY.
    """
    keys = await balances.keys_of(engine, caller, request.indicator_keys)
    named = tuple(dict.fromkeys([*request.balance_ids, *(uuid.UUID(key) for key in keys)]))

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        await _check_capacity(connection)
        source = await external_sources.find(connection, request.source_id)
        if request.upload_id is not None:
            await _check_upload(connection, request.upload_id, request)
        rule_set, rules = await _rules(connection, request)
        scope = Scope(
            balance_ids=await _balance_ids(connection, request, named, source),
            ledger_ids=request.ledger_ids,
            identity_ids=request.identity_ids,
            begin=request.begin,
            end=request.end,
            by_effective_time=request.by_effective_time,
            time_zone=source["time_zone"],
            is_opposite=source["sign_convention"] == SignConvention.MONEY_IN_IS_DEBIT,
            applied=request.applied,
            inflight=request.inflight,
        )
        rules = _valid(rules, request, ZoneInfo(scope.time_zone))
        # The records come last: a request that is rejected leaves none of them.
        upload_id = await _bring(engine, connection, plan, request) if request.records else request.upload_id
        new = NewRun(
            id=uuid.UUID(int=engine.ids_and_clock.number()),
            source_id=request.source_id,
            upload_id=upload_id,
            rule_set=rule_set,
            scope=scope,
            rules=rules,
            dry_run=request.dry_run,
            created_by=caller.principal,
            at=plan.now,
        )
        await rows.accept(connection, new)
        if beside is not None:
            await beside(connection, new.id)
        return await _announce(connection, plan, new.id)

    made = await creation.once(
        engine, CreateRequest(Noun.RECONCILIATION, request_id, request.fields()), find=find, create=insert
    )
    if request.records:
        engine.board.received.set()
    engine.board.requested.set()
    return made


async def replay(engine: Engine, caller: Caller, run_id: uuid.UUID, request_id: str | None) -> Made[asyncpg.Record]:
    """A run that does a finished one again, or the one that the request id began.

    Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_NOT_FINISHED, REQUEST_ID_CONFLICT, TOO_BUSY.
    """

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        await _check_capacity(connection)
        row = await find(connection, run_id)
        # A replay of a replay does the first run again: what that found is there.
        of = row["replays"] or row["id"]
        if row["status"] != FINISHED:
            name = encode(RECONCILIATION, run_id.int)
            raise reject(Reason.RECONCILIATION_NOT_FINISHED, reconciliation=name, status=row["status"])
        new_id = uuid.UUID(int=engine.ids_and_clock.number())
        await rows.accept_replay(connection, new_id, of, caller.principal, plan.now)
        return await _announce(connection, plan, new_id)

    fields = {"reconciliation_id": run_id.hex}
    made = await creation.once(engine, CreateRequest(Noun.RECONCILIATION, request_id, fields), find=find, create=insert)
    engine.board.requested.set()
    return made


async def get(engine: Engine, caller: Caller, run_id: uuid.UUID) -> asyncpg.Record:
    """A run. Raises Rejected: RECONCILIATION_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find(connection, run_id)


async def find(connection: asyncpg.Connection, run_id: uuid.UUID) -> asyncpg.Record:
    """A run's row. Raises Rejected: RECONCILIATION_NOT_FOUND."""
    row = await rows.find(connection, run_id)
    if row is None:
        raise reject(Reason.RECONCILIATION_NOT_FOUND, reconciliation=encode(RECONCILIATION, run_id.int))
    return row


async def cancel(engine: Engine, caller: Caller, run_id: uuid.UUID) -> asyncpg.Record:
    """Let a run end without a result. Raises Rejected: RECONCILIATION_NOT_FOUND, RECONCILIATION_ENDED."""

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        is_open = await rows.ask_to_cancel(connection, run_id)
        row = await find(connection, run_id)
        if not is_open:
            if row["status"] != CANCELLED:
                name = encode(RECONCILIATION, run_id.int)
                raise reject(Reason.RECONCILIATION_ENDED, reconciliation=name, status=row["status"])
            await commits.barrier(connection)
        return row

    row = await unit.write(engine, attempt)
    engine.board.requested.set()
    return row


async def follow(engine: Engine, caller: Caller, run_id: uuid.UUID) -> AsyncGenerator[asyncpg.Record | None, None]:
    """The row of a run, again at each progress and at least every 20 seconds, until the run ends. In between None, for
    each read that found no progress, so that the caller can end. Raises Rejected: RECONCILIATION_NOT_FOUND."""
    told, told_at = None, 0.0
    while True:
        row = await get(engine, caller, run_id)
        if row != told or time.monotonic() - told_at > _SILENCE_SECONDS_MAX:
            told, told_at = row, time.monotonic()
            yield row
        else:
            yield None
        if row["finished_at"] is not None:
            return
        with engine.board.listening(run_id) as changed:
            await pause(changed, _LOOK_SECONDS)


# What is compared --------------------------------------------------------------------------------


async def _bring(engine: Engine, connection: asyncpg.Connection, plan: Plan, request: RunRequest) -> uuid.UUID:
    """The upload of the request's records, which is read as soon as the run is there."""
    beginning = UploadRequest(
        source_id=request.source_id,
        content=RECORDS,
        file_name=None,
        declared_bytes=None,
        declared_records=None,
        fault_policy=REJECT_ALL,
        dry_run=request.dry_run,
    )
    return await uploads.bring(engine, connection, plan, beginning, Chunk(1, request.records, request.record_count))


async def _check_upload(connection: asyncpg.Connection, upload_id: uuid.UUID, request: RunRequest) -> None:
    upload = await uploads.find(connection, upload_id)
    name = encode(UPLOAD, upload_id.int)
    if upload["source_id"] != request.source_id:
        raise _malformed("upload_ids[0]", "is of another source")
    if upload["dry_run"] and not request.dry_run:
        raise _malformed("upload_ids[0]", "has the records of a dry run, which do not stand in the source; upload them")
    if upload["status"] not in (READING, UPLOAD_FINISHED):
        raise reject(Reason.UPLOAD_NOT_READ, upload=name, status=upload["status"])


async def _balance_ids(
    connection: asyncpg.Connection, request: RunRequest, named: Sequence[uuid.UUID], source: asyncpg.Record
) -> tuple[uuid.UUID, ...]:
    """What the request names, added up; the balances of the source where it names nothing."""
    if not (named or request.ledger_ids or request.identity_ids):
        return tuple(source["balance_ids"])
    known = await balance_rows.by_keys(connection, [balance_id.hex for balance_id in named]) if named else {}
    for balance_id in named:
        if balance_id.hex not in known:
            raise balances.missing(balance_id.hex)
    found, limit = dict.fromkeys(named), limits.RECONCILIATION_MAX_BALANCES
    for ledger_id in request.ledger_ids:
        await ledgers.find(connection, ledger_id)
        found |= dict.fromkeys(await rows.balances_of_ledger(connection, ledger_id, limit + 1))
        _check_count("ledger_ids", len(found), limit)
    for identity_id in request.identity_ids:
        await identities.find(connection, identity_id)
        found |= dict.fromkeys(await rows.balances_of_identity(connection, identity_id, limit + 1))
        _check_count("identity_ids", len(found), limit)
    return tuple(found)


def _check_count(field: str, count: int, limit: int) -> None:
    if count > limit:
        raise reject(Reason.TOO_MANY_ITEMS, field=field, requested=count, limit=limit)


async def _rules(
    connection: asyncpg.Connection, request: RunRequest
) -> tuple[tuple[uuid.UUID, int] | None, list[MatchingRule]]:
    """The set with its version, if there is one, and the rules in their order."""
    named, rule_set = request.rules, None
    if request.rule_set is not None:
        row = await matching_rule_sets.find_version(connection, *request.rule_set)
        named, rule_set = set_of(row).rules, (row["id"], row["version"])
    found = [await matching_rules.find_version(connection, rule_id, version or 0) for rule_id, version in named]
    return rule_set, [replace(rule_of(row), id=row["id"].hex, version=row["version"]) for row in found]


def _valid(rules: Sequence[MatchingRule], request: RunRequest, zone: ZoneInfo) -> list[MatchingRule]:
    """The rules that are valid in a part of the window. Raises Rejected: FIELD_INVALID."""
    begin = (
        datetime.min.replace(tzinfo=UTC) if request.begin is None else datetime.combine(request.begin, clock(), zone)
    )
    end = datetime.max.replace(tzinfo=UTC) if request.end is None else datetime.combine(request.end, clock(), zone)
    valid = [
        rule
        for rule in rules
        if (rule.valid_from_time is None or rule.valid_from_time < end)
        and (rule.valid_until_time is None or begin < rule.valid_until_time)
    ]
    if not valid:
        field = "matching_rules" if request.rule_set is None else "matching_rule_set_id"
        raise _malformed(field, "has no rule that is valid in the window")
    return valid


async def _check_capacity(connection: asyncpg.Connection) -> None:
    waiting = await rows.open_count(connection)
    if waiting >= limits.RECONCILIATIONS_OPEN_MAX:
        raise reject(Reason.TOO_BUSY, unit="reconciliations", waiting=waiting, limit=limits.RECONCILIATIONS_OPEN_MAX)


async def _announce(connection: asyncpg.Connection, plan: Plan, run_id: uuid.UUID) -> asyncpg.Record:
    row = await find(connection, run_id)
    event = announcements.of_reconciliation(EventKind.RECONCILIATION_CREATED, row)
    await event_writer.write_journal(connection, plan, [event_writer.event_row(plan, 1, event)])
    return row


def _malformed(field: str, description: str) -> Rejected:
    return Rejected(Rejection(Reason.FIELD_INVALID, {"field": field}, (Violation(field, description),)))
