"""Sets of matching rules: create, read, change, delete. A change makes a new version; no version ever changes."""

import uuid
from collections.abc import Collection
from dataclasses import asdict, replace

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import EXTERNAL_SOURCE, MATCHING_RULE_SET, encode
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import creation, etags, matching_rules, rule_events, unit
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.store import commits, event_writer
from ledgerd.store import matching_rule_sets as rows
from ledgerd.store import matching_rules as rule_rows
from ledgerd.store.matching_rule_sets import RuleInSet, SetVersion, set_of

PATHS = ("name", "description", "rules")
"""What of a set can be changed, by the names of the contract and of SetVersion."""


async def create(engine: Engine, caller: Caller, settings: SetVersion, request_id: str | None) -> Made[asyncpg.Record]:
    """A new set, or the one that the request id created.

    Raises Rejected: MATCHING_RULE_NOT_FOUND, REQUEST_ID_CONFLICT; and MATCHING_RULE_SET_NOT_FOUND where the earlier set
    has been deleted.
    """

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        await _check(connection, settings.rules)
        set_id = uuid.UUID(int=engine.ids_and_clock.number())
        await rows.insert(connection, set_id, settings, request_id=request_id, at=plan.now)
        row = await find(connection, set_id)
        event = rule_events.of_set(EventKind.MATCHING_RULE_SET_CREATED, row)
        await event_writer.write_settings(connection, plan, [event])
        return row

    fields = {**asdict(settings), "rules": [(rule_id.hex, version) for rule_id, version in settings.rules]}
    request = CreateRequest(Noun.MATCHING_RULE_SET, request_id, fields)
    return await creation.once(engine, request, find=find, create=insert)


async def get(engine: Engine, caller: Caller, set_id: uuid.UUID, version: int = 0) -> asyncpg.Record:
    """A version of a set; with 0 the latest one of a set that is not deleted. Raises Rejected:
    MATCHING_RULE_SET_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find_version(connection, set_id, version)


async def update(
    engine: Engine, caller: Caller, set_id: uuid.UUID, settings: SetVersion, changed: Collection[str], etag: str | None
) -> asyncpg.Record:
    """A new version with the changed fields. Where nothing changes, nothing is recorded.

    Raises Rejected: MATCHING_RULE_SET_NOT_FOUND, ETAG_MISMATCH, MATCHING_RULE_NOT_FOUND.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        before = await rows.lock(connection, set_id)
        if before is None:
            raise missing(set_id)
        etags.check(MATCHING_RULE_SET, before, etag)
        old = set_of(before)
        new = replace(old, **{name: getattr(settings, name) for name in changed})
        if new == old:
            await commits.barrier(connection)
            return before
        await _check(connection, new.rules)
        plan = unit.begin_plan(engine)
        await rows.advance(connection, set_id, before["version"] + 1, new, plan.now)
        row = await find(connection, set_id)
        event = rule_events.of_set(EventKind.MATCHING_RULE_SET_UPDATED, row, before)
        await event_writer.write_settings(connection, plan, [event])
        return row

    return await unit.write(engine, attempt)


async def delete(engine: Engine, caller: Caller, set_id: uuid.UUID, etag: str | None) -> None:
    """Delete a set. Its versions and its events stay.

    Raises Rejected: MATCHING_RULE_SET_NOT_FOUND, ETAG_MISMATCH, MATCHING_RULE_SET_IN_USE.
    """

    async def attempt(connection: asyncpg.Connection) -> None:
        row = await rows.lock(connection, set_id)
        if row is None:
            raise missing(set_id)
        etags.check(MATCHING_RULE_SET, row, etag)
        source_id = await rows.used_by(connection, set_id)
        if source_id is not None:
            raise reject(
                Reason.MATCHING_RULE_SET_IN_USE,
                matching_rule_set=encode(MATCHING_RULE_SET, set_id.int),
                external_source=encode(EXTERNAL_SOURCE, source_id.int),
            )
        plan = unit.begin_plan(engine)
        await rows.delete(connection, set_id, plan.now)
        event = rule_events.of_set(EventKind.MATCHING_RULE_SET_DELETED, row)
        await event_writer.write_settings(connection, plan, [event])

    await unit.write(engine, attempt)


async def find(connection: asyncpg.Connection, set_id: uuid.UUID) -> asyncpg.Record:
    """The latest version of a set that is not deleted. Raises Rejected: MATCHING_RULE_SET_NOT_FOUND."""
    return await find_version(connection, set_id, 0)


async def find_version(connection: asyncpg.Connection, set_id: uuid.UUID, version: int) -> asyncpg.Record:
    """A version of a set, deleted or not; with 0 the latest one of a set that is not deleted. Raises Rejected:
    MATCHING_RULE_SET_NOT_FOUND."""
    row = await (rows.version(connection, set_id, version) if version else rows.latest(connection, set_id))
    if row is None:
        raise missing(set_id, version)
    return row


def missing(set_id: uuid.UUID, version: int | None = None) -> Rejected:
    """The rejection, to be raised, of a set or a version that does not exist."""
    given = {"version": version} if version else {}
    return reject(Reason.MATCHING_RULE_SET_NOT_FOUND, matching_rule_set=encode(MATCHING_RULE_SET, set_id.int), **given)


async def _check(connection: asyncpg.Connection, rules: tuple[RuleInSet, ...]) -> None:
    """Raise Rejected with MATCHING_RULE_NOT_FOUND for the first rule that is deleted or was never there, or has no such
    version. The others are not deleted before the set is recorded."""
    latest = await rule_rows.keep(connection, [rule_id for rule_id, _ in rules])
    for rule_id, version in rules:
        if rule_id not in latest or (version or 0) > latest[rule_id]:
            raise matching_rules.missing(rule_id, version if rule_id in latest else None)
