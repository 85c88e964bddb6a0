"""Identities: the people and organizations that balances belong to."""

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.event import Event, EventKind, IdentityChanged
from ledgerd.core.model.ids import IDENTITY, encode
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import creation, etags, unit
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.sums import malformed
from ledgerd.store import commits, event_writer
from ledgerd.store import identities as rows
from ledgerd.store.identities import NewIdentity

INDIVIDUAL, ORGANIZATION = "INDIVIDUAL", "ORGANIZATION"

COMMON = ("category", "email_address", "phone_number", "street", "city", "state", "post_code", "country")
PERSONAL = ("first_name", "last_name", "other_names", "gender", "birth_date", "nationality")
ORGANIZATIONAL = ("name",)
PATHS = {name: f"individual.{name}" for name in PERSONAL} | {name: f"organization.{name}" for name in ORGANIZATIONAL}
_EARLIEST_ZONE = timedelta(hours=14)
"""By how much the first places of the world to begin a day are ahead of UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of an identity. ``attributes`` has details, contact and address by name, without empty ones."""

    identity_type: str
    attributes: Mapping[str, str]
    metadata: str | None


async def create(engine: Engine, caller: Caller, settings: Settings, request_id: str | None) -> Made[asyncpg.Record]:
    """A new identity, or the one that the request id created.

    Raises Rejected: REQUEST_ID_CONFLICT, FIELD_INVALID, and IDENTITY_NOT_FOUND where the earlier identity has been
    deleted.
    """

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        check_birth_date(settings, plan.now)
        identity_id = uuid.UUID(int=engine.ids_and_clock.number())
        await rows.insert(connection, [to_insert(settings, identity_id, request_id=request_id, at=plan.now)])
        await announce(connection, plan, EventKind.IDENTITY_CREATED, identity_id)
        return await find(connection, identity_id)

    request = CreateRequest(Noun.IDENTITY, request_id, fields_of(settings), PATHS)
    return await creation.once(engine, request, find=find, create=insert)


def fields_of(settings: Settings) -> dict[str, object]:
    """What counts when the create of an identity is repeated."""
    return {"identity_type": settings.identity_type, "metadata": settings.metadata, **settings.attributes}


def to_insert(settings: Settings, identity_id: uuid.UUID, *, request_id: str | None, at: datetime) -> NewIdentity:
    """The row of a new identity."""
    return NewIdentity(
        id=identity_id,
        identity_type=settings.identity_type,
        attributes=settings.attributes,
        metadata=settings.metadata or "{}",
        request_id=request_id,
        at=at,
    )


async def get(engine: Engine, caller: Caller, identity_id: uuid.UUID) -> asyncpg.Record:
    """An identity. Raises Rejected: IDENTITY_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find(connection, identity_id)


async def update(
    engine: Engine,
    caller: Caller,
    identity_id: uuid.UUID,
    settings: Settings,
    *,
    changed: Collection[str],
    metadata_changed: bool,
    needs_type: str | None,
    etag: str | None,
) -> asyncpg.Record:
    """Replace the changed attributes by the attributes of ``settings``. Where nothing changes, nothing is recorded.

    ``needs_type`` is the type that the changed details belong to: a person does not become an
    organization. Raises Rejected: IDENTITY_NOT_FOUND, ETAG_MISMATCH, FIELD_INVALID.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        row = await rows.lock(connection, identity_id)
        if row is None:
            raise missing(identity_id)
        etags.check(IDENTITY, row, etag)
        if needs_type not in (None, row["identity_type"]):
            raise malformed("update_mask", f"the identity is of type {row['identity_type']}, which does not change")
        plan = unit.begin_plan(engine)
        check_birth_date(settings, plan.now)
        updated = await rows.update(
            connection,
            identity_id,
            changed=changed,
            attributes={name: value for name, value in settings.attributes.items() if name in changed},
            metadata=(settings.metadata or "{}") if metadata_changed else None,
            at=plan.now,
        )
        if updated is None:
            await commits.barrier(connection)
            return row
        await announce(connection, plan, EventKind.IDENTITY_UPDATED, identity_id, _differing(row, updated))
        return updated

    return await unit.write(engine, attempt)


async def delete(engine: Engine, caller: Caller, identity_id: uuid.UUID, etag: str | None) -> None:
    """Delete an identity that has no balances and that no transaction concerns, with its verifications.

    Raises Rejected: IDENTITY_NOT_FOUND, ETAG_MISMATCH, IDENTITY_LINKED.
    """

    async def attempt(connection: asyncpg.Connection) -> None:
        held = await rows.lock_to_delete(connection, identity_id)
        if held is None:
            raise missing(identity_id)
        etags.check(IDENTITY, held, etag)
        # Separate statements, which see what was linked while this transaction waited for the lock.
        balances, transactions = await rows.count_links(connection, identity_id, limits.LINKS_COUNTED_MAX)
        if balances or transactions:
            identity = encode(IDENTITY, identity_id.int)
            raise reject(Reason.IDENTITY_LINKED, identity=identity, balances=balances, transactions=transactions)
        await rows.delete(connection, identity_id)
        plan = unit.begin_plan(engine)
        await announce(connection, plan, EventKind.IDENTITY_DELETED, identity_id)

    await unit.write(engine, attempt)


async def find(connection: asyncpg.Connection, identity_id: uuid.UUID) -> asyncpg.Record:
    """An identity's row. Raises Rejected: IDENTITY_NOT_FOUND."""
    row = await rows.find(connection, identity_id)
    if row is None:
        raise missing(identity_id)
    return row


async def announce(
    connection: asyncpg.Connection,
    plan: Plan,
    kind: EventKind,
    identity_id: uuid.UUID,
    changed_fields: tuple[str, ...] = (),
) -> None:
    """Write the commit of a change of an identity, or of its verifications."""
    await event_writer.write_settings(connection, plan, [event(kind, identity_id, changed_fields)])


def event(kind: EventKind, identity_id: uuid.UUID, changed_fields: tuple[str, ...] = ()) -> Event:
    """The event of a change of an identity."""
    return Event(kind, IdentityChanged(identity_id=encode(IDENTITY, identity_id.int), changed_fields=changed_fields))


def check_birth_date(settings: Settings, now: datetime, path: str = "identity") -> None:
    """Nobody is born in the future, wherever it is today already. ``path`` names the identity. Raises Rejected:
    FIELD_INVALID."""
    if settings.attributes.get("birth_date", "") > (now + _EARLIEST_ZONE).date().isoformat():
        raise malformed(f"{path}.individual.birth_date", "must not be in the future")


def _differing(before: asyncpg.Record, after: asyncpg.Record) -> tuple[str, ...]:
    """The names of the fields that differ. Their values are in no event."""
    then, now = json.loads(before["attributes"]), json.loads(after["attributes"])
    changed = [PATHS.get(name, name) for name in sorted(then.keys() | now.keys()) if then.get(name) != now.get(name)]
    return (*changed, *(("metadata",) if before["metadata"] != after["metadata"] else ()))


def missing(identity_id: uuid.UUID) -> Rejected:
    """The rejection, to be raised, of an identity that does not exist."""
    return reject(Reason.IDENTITY_NOT_FOUND, identity=encode(IDENTITY, identity_id.int))
