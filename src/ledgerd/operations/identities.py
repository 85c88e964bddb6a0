"""Identities: the people and organizations that balances belong to."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.event import Event, EventKind, IdentityChanged
from ledgerd.core.model.ids import IDENTITY, encode
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import creation, unit
from ledgerd.operations.creation import CreateRequest, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.sums import malformed
from ledgerd.store import event_writer
from ledgerd.store import identities as rows

INDIVIDUAL, ORGANIZATION = "INDIVIDUAL", "ORGANIZATION"

ADDRESS = ("street", "country", "state", "post_code", "city")
PERSONAL = (
    "first_name",
    "last_name",
    "other_names",
    "gender",
    "birth_date",
    "email_address",
    "phone_number",
    "nationality",
)
ORGANIZATIONAL = ("name", "category")
_PATHS = {name: f"individual.{name}" for name in PERSONAL} | {name: f"organization.{name}" for name in ORGANIZATIONAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of an identity. ``attributes`` has details and address by name, without empty ones."""

    identity_type: str
    attributes: Mapping[str, str]
    metadata: str | None


async def create(engine: Engine, caller: Caller, settings: Settings, request_id: str | None) -> asyncpg.Record:
    """A new identity, or the one that the request id created.

    Raises Rejected: REQUEST_ID_CONFLICT, and IDENTITY_NOT_FOUND where the earlier identity has been deleted.
    """

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        identity_id = uuid.UUID(int=engine.ids_and_clock.number())
        await rows.insert(
            connection,
            identity_id,
            identity_type=settings.identity_type,
            attributes=settings.attributes,
            metadata=settings.metadata or "{}",
            request_id=request_id,
            at=plan.now,
        )
        await _announce(connection, plan, EventKind.IDENTITY_CREATED, identity_id)
        return await find(connection, identity_id)

    fields = {"identity_type": settings.identity_type, "metadata": settings.metadata, **settings.attributes}
    return await creation.once(
        engine, CreateRequest(Noun.IDENTITY, request_id, fields, _PATHS), find=find, create=insert
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
) -> asyncpg.Record:
    """Replace the changed attributes by the attributes of ``settings``.

    ``needs_type`` is the type that the changed details belong to: a person does not become an
    organization. Raises Rejected: IDENTITY_NOT_FOUND, FIELD_INVALID.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        held_type = await rows.lock_type(connection, identity_id)
        if held_type is None:
            raise missing(identity_id)
        if needs_type not in (None, held_type):
            raise malformed("update_mask", f"the identity is of type {held_type}, which does not change")
        plan = unit.begin_plan(engine)
        await rows.update(
            connection,
            identity_id,
            changed=changed,
            attributes={name: value for name, value in settings.attributes.items() if name in changed},
            metadata=(settings.metadata or "{}") if metadata_changed else None,
            at=plan.now,
        )
        await _announce(connection, plan, EventKind.IDENTITY_UPDATED, identity_id)
        return await find(connection, identity_id)

    return await unit.write(engine, attempt)


async def delete(engine: Engine, caller: Caller, identity_id: uuid.UUID) -> None:
    """Delete an identity that has no balances. Raises Rejected: IDENTITY_NOT_FOUND, IDENTITY_LINKED."""

    async def attempt(connection: asyncpg.Connection) -> None:
        if not await rows.lock_to_delete(connection, identity_id):
            raise missing(identity_id)
        # A separate statement, which sees the balances that were linked while this transaction waited for the lock.
        linked = await rows.count_balances(connection, identity_id)
        if linked:
            raise reject(Reason.IDENTITY_LINKED, identity=encode(IDENTITY, identity_id.int), balances=linked)
        await rows.delete(connection, identity_id)
        plan = unit.begin_plan(engine)
        await _announce(connection, plan, EventKind.IDENTITY_DELETED, identity_id)

    await unit.write(engine, attempt)


async def find(connection: asyncpg.Connection, identity_id: uuid.UUID) -> asyncpg.Record:
    """An identity's row. Raises Rejected: IDENTITY_NOT_FOUND."""
    row = await rows.find(connection, identity_id)
    if row is None:
        raise missing(identity_id)
    return row


async def _announce(connection: asyncpg.Connection, plan: Plan, kind: EventKind, identity_id: uuid.UUID) -> None:
    payload = IdentityChanged(identity_id=encode(IDENTITY, identity_id.int))
    await event_writer.write_settings(connection, plan, [Event(kind, payload)])


def missing(identity_id: uuid.UUID) -> Rejected:
    """The rejection, to be raised, of an identity that does not exist."""
    return reject(Reason.IDENTITY_NOT_FOUND, identity=encode(IDENTITY, identity_id.int))
