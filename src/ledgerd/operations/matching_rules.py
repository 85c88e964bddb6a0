"""Matching rules: create, read, change, delete. A change makes a new version; no version ever changes."""

import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import MATCHING_RULE, MATCHING_RULE_SET, encode
from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import creation, etags, rule_events, unit
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.reconciliation.matching.checking import problems_of
from ledgerd.store import commits, event_writer
from ledgerd.store import matching_rules as rows
from ledgerd.store.matching_rules import rule_of
from ledgerd.store.rule_json import dump_rules

_DESCRIPTION = "description"
PATHS = (
    *(
        "name",
        _DESCRIPTION,
        "criteria",
        "strategy",
        "grouping",
        "fee",
        "adjustment",
        "valid_from_time",
        "valid_until_time",
    ),
)
"""What of a rule can be changed, by the names of the contract and of MatchingRule."""
_PATH = "matching_rule."


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a caller says of a rule. The id and version of ``rule`` do not count."""

    rule: MatchingRule
    description: str | None


async def create(engine: Engine, caller: Caller, settings: Settings, request_id: str | None) -> Made[asyncpg.Record]:
    """A new rule, or the one that the request id created.

    Raises Rejected: FIELD_INVALID, REQUEST_ID_CONFLICT; and MATCHING_RULE_NOT_FOUND where the earlier rule has been
    deleted.
    """
    check(settings.rule)

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        rule_id = uuid.UUID(int=engine.ids_and_clock.number())
        rule = replace(settings.rule, id=rule_id.hex, version=1)
        await rows.insert(connection, rule, settings.description, request_id=request_id, at=plan.now)
        row = await find(connection, rule_id)
        event = rule_events.of_rule(EventKind.MATCHING_RULE_CREATED, row)
        await event_writer.write_settings(connection, plan, [event])
        return row

    request = CreateRequest(Noun.MATCHING_RULE, request_id, _fields(settings))
    return await creation.once(engine, request, find=find, create=insert)


async def get(engine: Engine, caller: Caller, rule_id: uuid.UUID, version: int = 0) -> asyncpg.Record:
    """A version of a rule; with 0 the latest one of a rule that is not deleted. Raises Rejected:
    MATCHING_RULE_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find_version(connection, rule_id, version)


async def versions(
    engine: Engine, caller: Caller, rule_id: uuid.UUID, *, after: int, limit: int
) -> list[asyncpg.Record]:
    """The versions of a rule after this one, in order, also of a deleted one. Raises Rejected:
    MATCHING_RULE_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        found = await rows.versions(connection, rule_id, after=after, limit=limit)
        if not found and await rows.version(connection, rule_id, 1) is None:
            raise missing(rule_id)
        return found


async def update(
    engine: Engine, caller: Caller, rule_id: uuid.UUID, settings: Settings, changed: Collection[str], etag: str | None
) -> asyncpg.Record:
    """A new version with the changed fields. Where nothing changes, nothing is recorded.

    Raises Rejected: MATCHING_RULE_NOT_FOUND, ETAG_MISMATCH, FIELD_INVALID.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        before = await rows.lock(connection, rule_id)
        if before is None:
            raise missing(rule_id)
        etags.check(MATCHING_RULE, before, etag)
        old = rule_of(before)
        given = {name: getattr(settings.rule, name) for name in changed if name != _DESCRIPTION}
        new = replace(old, **given)
        description = settings.description if _DESCRIPTION in changed else before["description"]
        check(new)
        if new == old and description == before["description"]:
            await commits.barrier(connection)
            return before
        plan = unit.begin_plan(engine)
        await rows.advance(connection, replace(new, version=old.version + 1), description, plan.now)
        row = await find(connection, rule_id)
        event = rule_events.of_rule(EventKind.MATCHING_RULE_UPDATED, row, before)
        await event_writer.write_settings(connection, plan, [event])
        return row

    return await unit.write(engine, attempt)


async def delete(engine: Engine, caller: Caller, rule_id: uuid.UUID, etag: str | None) -> None:
    """Delete a rule that no set has. Its versions and its events stay.

    Raises Rejected: MATCHING_RULE_NOT_FOUND, ETAG_MISMATCH, MATCHING_RULE_IN_USE.
    """

    async def attempt(connection: asyncpg.Connection) -> None:
        row = await rows.lock(connection, rule_id)
        if row is None:
            raise missing(rule_id)
        etags.check(MATCHING_RULE, row, etag)
        set_id = await rows.used_by(connection, rule_id)
        if set_id is not None:
            raise reject(
                Reason.MATCHING_RULE_IN_USE,
                matching_rule=encode(MATCHING_RULE, rule_id.int),
                matching_rule_set=encode(MATCHING_RULE_SET, set_id.int),
            )
        plan = unit.begin_plan(engine)
        await rows.delete(connection, rule_id, plan.now)
        event = rule_events.of_rule(EventKind.MATCHING_RULE_DELETED, row)
        await event_writer.write_settings(connection, plan, [event])

    await unit.write(engine, attempt)


async def find(connection: asyncpg.Connection, rule_id: uuid.UUID) -> asyncpg.Record:
    """The latest version of a rule that is not deleted. Raises Rejected: MATCHING_RULE_NOT_FOUND."""
    return await find_version(connection, rule_id, 0)


async def find_version(connection: asyncpg.Connection, rule_id: uuid.UUID, version: int) -> asyncpg.Record:
    """A version of a rule, deleted or not; with 0 the latest one of a rule that is not deleted. Raises Rejected:
    MATCHING_RULE_NOT_FOUND."""
    row = await (rows.version(connection, rule_id, version) if version else rows.latest(connection, rule_id))
    if row is None:
        raise missing(rule_id, version)
    return row


def missing(rule_id: uuid.UUID, version: int | None = None) -> Rejected:
    """The rejection, to be raised, of a rule or a version that does not exist."""
    given = {"version": version} if version else {}
    return reject(Reason.MATCHING_RULE_NOT_FOUND, matching_rule=encode(MATCHING_RULE, rule_id.int), **given)


def check(rule: MatchingRule) -> None:
    """Raise Rejected with FIELD_INVALID and everything that is wrong with a rule."""
    violations = tuple(Violation(_PATH + problem.field, problem.sentence) for problem in problems_of(rule))
    if violations:
        raise Rejected(Rejection(Reason.FIELD_INVALID, {"field": violations[0].field}, violations))


def _fields(settings: Settings) -> dict[str, object]:
    """What counts where a create is repeated."""
    (stored,) = json.loads(dump_rules([settings.rule]))
    return {name: settings.description if name == _DESCRIPTION else stored.get(name) for name in PATHS}
