"""Verifications of identities: what checks found. They never change, and are deleted with their identity."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import VERIFICATION, encode
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import creation, identities
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.sums import malformed
from ledgerd.store import identities as identity_rows
from ledgerd.store import verifications as rows
from ledgerd.store.verifications import NewVerification

_CLOCKS_DIFFER_MAX = timedelta(seconds=limits.CHECK_TIME_AHEAD_MAX_SECONDS)
_PATHS = {"checked_at": "check_time", "expires_at": "expire_time"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A verification to be created. ``checked_at`` None means now."""

    identity_id: uuid.UUID
    kind: str
    outcome: str
    tier: str | None
    checked_at: datetime | None
    expires_at: datetime | None
    provider: str | None
    provider_reference: str | None
    description: str | None


async def create(engine: Engine, caller: Caller, draft: Draft, request_id: str | None) -> Made[asyncpg.Record]:
    """A new verification, or the one that the request id created.

    Raises Rejected: IDENTITY_NOT_FOUND, FIELD_INVALID, REQUEST_ID_CONFLICT, and VERIFICATION_NOT_FOUND where the
    identity of the earlier verification has been deleted.
    """

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        # The lock orders the verifications of an identity: the digest that an event tells covers all before it.
        if await identity_rows.lock(connection, draft.identity_id) is None:
            raise identities.missing(draft.identity_id)
        checked_at = _checked_at(draft, plan.now)
        verification_id = uuid.UUID(int=engine.ids_and_clock.number())
        fields = asdict(draft) | {"checked_at": checked_at}
        new = NewVerification(**fields, id=verification_id, request_id=request_id, at=plan.now)
        await rows.insert(connection, new)
        await identities.announce(connection, plan, EventKind.IDENTITY_UPDATED, draft.identity_id, ("verifications",))
        return await find(connection, verification_id)

    fields = asdict(draft) | {"identity_id": draft.identity_id.hex}
    request = CreateRequest(Noun.VERIFICATION, request_id, fields, _PATHS)
    return await creation.once(engine, request, find=find, create=insert)


async def get(engine: Engine, caller: Caller, verification_id: uuid.UUID) -> asyncpg.Record:
    """A verification. Raises Rejected: VERIFICATION_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find(connection, verification_id)


async def find(connection: asyncpg.Connection, verification_id: uuid.UUID) -> asyncpg.Record:
    """A verification's row. Raises Rejected: VERIFICATION_NOT_FOUND."""
    row = await rows.find(connection, verification_id)
    if row is None:
        raise reject(Reason.VERIFICATION_NOT_FOUND, verification=encode(VERIFICATION, verification_id.int))
    return row


def _checked_at(draft: Draft, now: datetime) -> datetime:
    """When it was checked. A caller's clock may be a little ahead of the database's."""
    checked_at = draft.checked_at or now
    if checked_at > now + _CLOCKS_DIFFER_MAX:
        raise malformed("verification.check_time", "must not be in the future")
    if draft.expires_at is not None and draft.expires_at <= checked_at:
        raise malformed("verification.expire_time", "must be after check_time")
    return checked_at
