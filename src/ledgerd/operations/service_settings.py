"""The settings of the whole service: read, change."""

from collections.abc import Collection
from dataclasses import dataclass

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.event import Event, EventKind, ServiceSettingsChanged
from ledgerd.core.model.ids import SETTINGS
from ledgerd.operations import etags, unit
from ledgerd.operations.engine import Engine
from ledgerd.store import commits, event_writer
from ledgerd.store import service_settings as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``default_currency`` is that of drafts that give none and name no balance by id; None where there is none."""

    default_currency: str | None


async def get(engine: Engine, caller: Caller) -> asyncpg.Record:
    """The settings."""
    async with engine.pool.acquire() as connection:
        return await rows.find(connection)


async def update(
    engine: Engine, caller: Caller, settings: Settings, changed: Collection[str], etag: str | None
) -> asyncpg.Record:
    """Set the changed fields. Where nothing changes, nothing is recorded. Raises Rejected: ETAG_MISMATCH."""

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        held = await rows.lock(connection)
        etags.check(SETTINGS, held, etag)
        before = held["default_currency"]
        after = settings.default_currency if "default_currency" in changed else before
        if after == before:
            await commits.barrier(connection)
            return held
        plan = unit.begin_plan(engine)
        row = await rows.update(connection, currency=after, at=plan.now)
        told = ServiceSettingsChanged(default_currency=after, default_currency_before=before)
        await event_writer.write_settings(connection, plan, [Event(EventKind.SERVICE_SETTINGS_UPDATED, told)])
        return row

    return await unit.write(engine, attempt)
