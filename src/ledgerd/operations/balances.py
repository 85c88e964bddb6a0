"""Balances: create, read, change their settings. Their totals change in the poster alone."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.currency import PRECISIONS
from ledgerd.core.model.event import BalanceCreated, BalanceUpdated, Event, EventKind
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.ids import BALANCE, IDENTITY, LEDGER, encode
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import creation, identities, ledgers, unit
from ledgerd.operations.creation import CreateRequest, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.sums import Sum, Unit, in_minor_units, malformed
from ledgerd.store import balances as rows
from ledgerd.store import event_writer
from ledgerd.store import identities as identity_rows
from ledgerd.store.balances import BalanceSettings, NewBalance


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a balance. ``metadata`` is canonical JSON text, None where there is none."""

    identity_id: uuid.UUID | None
    floor: Sum | None
    ceiling: Sum | None
    group: str | None
    tag: str | None
    track_fund_lineage: bool
    allocation_strategy: str
    metadata: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A balance to be created. Precision None means the precision of the currency."""

    ledger_id: uuid.UUID
    indicator: str | None
    currency: str
    precision: int | None
    settings: Settings


# Create ----------------------------------------------------------------------------------------


async def create(engine: Engine, caller: Caller, draft: Draft, request_id: str | None) -> asyncpg.Record:
    """A new balance with nothing on it, or the one that the request id created.

    Raises Rejected: PRECISION_REQUIRED, FLOOR_ABOVE_AVAILABLE, CEILING_BELOW_BALANCE, LEDGER_NOT_FOUND,
    IDENTITY_NOT_FOUND, INDICATOR_TAKEN, REQUEST_ID_CONFLICT, and a malformed floor or ceiling: see sums.
    """
    settings = draft.settings
    precision = draft.precision or PRECISIONS.get(draft.currency)
    if precision is None:
        raise reject(Reason.PRECISION_REQUIRED, currency=draft.currency)
    unit_of_balance = Unit("", draft.currency, precision)
    floor, ceiling = _floor(settings, unit_of_balance), _ceiling(settings, unit_of_balance)
    _check_floor(floor, available=0, balance="")
    _check_ceiling(ceiling, total=0, balance="")
    _check_lineage(settings)

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        await _check_neighbours(connection, draft)
        balance_id = uuid.UUID(int=engine.ids_and_clock.number())
        balance = NewBalance(
            id=balance_id,
            ledger_id=draft.ledger_id,
            indicator=draft.indicator,
            currency=draft.currency,
            precision=precision,
            settings=_stored(settings, floor, ceiling),
            request_id=request_id,
            at=plan.now,
        )
        await rows.insert(connection, balance)
        await _announce(connection, plan, balance_id, draft, precision)
        return await find(connection, balance_id)

    request = CreateRequest(Noun.BALANCE, request_id, _fields(draft, precision, floor, ceiling))
    return await creation.once(engine, request, find=find, create=insert)


def _fields(draft: Draft, precision: int, floor: int | None, ceiling: int | None) -> dict[str, object]:
    settings = draft.settings
    fields: dict[str, object] = {
        "ledger_id": draft.ledger_id.hex,
        "identity_id": settings.identity_id and settings.identity_id.hex,
        "indicator": draft.indicator,
        "currency": draft.currency,
        "precision": precision,
        "floor": floor,
        "group": settings.group,
        "tag": settings.tag,
        "track_fund_lineage": settings.track_fund_lineage,
        "allocation_strategy": settings.allocation_strategy,
        "metadata": settings.metadata,
    }
    # Only a given ceiling is included, so that creates recorded by versions without ceilings still compare equal.
    return fields if ceiling is None else fields | {"ceiling": ceiling}


async def _check_neighbours(connection: asyncpg.Connection, draft: Draft) -> None:
    """The ledger and the identity must exist, the indicator must be free."""
    await ledgers.find(connection, draft.ledger_id)
    await _hold_identity(connection, draft.settings.identity_id)
    if draft.indicator is None:
        return
    taken = await rows.by_indicator(connection, draft.indicator, draft.currency)
    if taken is not None:
        raise reject(
            Reason.INDICATOR_TAKEN,
            indicator=draft.indicator,
            currency=draft.currency,
            balance=encode(BALANCE, taken["id"].int),
        )


async def _hold_identity(connection: asyncpg.Connection, identity_id: uuid.UUID | None) -> None:
    """Check that the identity exists, and keep it from being deleted before this transaction ends."""
    if identity_id is not None and not await identity_rows.lock_existence(connection, identity_id):
        raise identities.missing(identity_id)


async def _announce(
    connection: asyncpg.Connection, plan: Plan, balance_id: uuid.UUID, draft: Draft, precision: int
) -> None:
    identity_id = draft.settings.identity_id
    payload = BalanceCreated(
        balance_id=encode(BALANCE, balance_id.int),
        indicator=draft.indicator,
        currency=draft.currency,
        precision=precision,
        ledger_id=encode(LEDGER, draft.ledger_id.int),
        identity_id=None if identity_id is None else encode(IDENTITY, identity_id.int),
    )
    await event_writer.write_settings(connection, plan, [Event(EventKind.BALANCE_CREATED, payload)])


# Read ------------------------------------------------------------------------------------------


async def get(engine: Engine, caller: Caller, name: uuid.UUID | tuple[str, str]) -> asyncpg.Record:
    """A balance by its id, or by its indicator and currency. Raises Rejected: BALANCE_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        if isinstance(name, uuid.UUID):
            return await find(connection, name)
        row = await rows.by_indicator(connection, *name)
    if row is None:
        raise reject(Reason.BALANCE_NOT_FOUND, balance=name[0], currency=name[1])
    return row


async def get_many(engine: Engine, caller: Caller, keys: Sequence[str]) -> list[asyncpg.Record]:
    """Balances by key in the order of the keys, as of one moment. Raises Rejected: BALANCE_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        found = await rows.by_keys(connection, keys)
    for key in keys:
        if key not in found:
            raise missing(key)
    return [found[key] for key in keys]


async def find(connection: asyncpg.Connection, balance_id: uuid.UUID) -> asyncpg.Record:
    """A balance's row. Raises Rejected: BALANCE_NOT_FOUND."""
    row = await rows.find(connection, balance_id)
    if row is None:
        raise missing(balance_id.hex)
    return row


async def lock(connection: asyncpg.Connection, balance_id: uuid.UUID) -> asyncpg.Record:
    """A balance's row, locked until commit: what decisions read changes only under this lock."""
    row = await rows.lock(connection, balance_id)
    if row is None:
        raise missing(balance_id.hex)
    return row


# Change ----------------------------------------------------------------------------------------


async def update(
    engine: Engine,
    caller: Caller,
    balance_id: uuid.UUID,
    settings: Settings,
    changed: Collection[str],
    *,
    expected_version: int | None,
) -> asyncpg.Record:
    """Set the changed fields. A changed floor or ceiling makes a new version, because decisions read them. An update
    that expects a version makes one too, because another update could expect the same version.

    Raises Rejected: BALANCE_NOT_FOUND, VERSION_CONFLICT, IDENTITY_NOT_FOUND, FLOOR_ABOVE_AVAILABLE,
    CEILING_BELOW_BALANCE, and a malformed floor or ceiling: see sums.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        row = await lock(connection, balance_id)
        if expected_version is not None and expected_version != row["version"]:
            raise reject(
                Reason.VERSION_CONFLICT,
                balance=encode(BALANCE, balance_id.int),
                expected=expected_version,
                version=row["version"],
            )
        merged = _merge(row, settings, changed)
        floor, ceiling = _bounds(row, settings, changed)
        _check_lineage(merged)
        if merged.identity_id != row["identity_id"]:
            await _hold_identity(connection, merged.identity_id)
        plan = unit.begin_plan(engine)
        stored = _stored(merged, floor, ceiling)
        await rows.update(connection, balance_id, stored, plan.now, is_new_version=expected_version is not None)
        payload = BalanceUpdated(balance_id=encode(BALANCE, balance_id.int))
        await event_writer.write_settings(connection, plan, [Event(EventKind.BALANCE_UPDATED, payload)])
        return await find(connection, balance_id)

    return await unit.write(engine, attempt)


def _bounds(row: asyncpg.Record, new: Settings, changed: Collection[str]) -> tuple[int | None, int | None]:
    """Floor and ceiling after the change, in minor units."""
    floor, ceiling, balance = row["floor"], row["ceiling"], encode(BALANCE, row["id"].int)
    unit_of_balance = Unit(balance, row["currency"], row["precision"])
    now = Figures(row["version"], row["credit"], row["debit"], row["inflight_credit"], row["inflight_debit"])
    if "floor" in changed:
        floor = _floor(new, unit_of_balance)
        _check_floor(floor, available=now.available, balance=balance)
    if "ceiling" in changed:
        ceiling = _ceiling(new, unit_of_balance)
        _check_ceiling(ceiling, total=now.expected, balance=balance)
    return floor, ceiling


def _merge(row: asyncpg.Record, new: Settings, changed: Collection[str]) -> Settings:
    """The other settings after the change."""
    kept = {
        "identity_id": row["identity_id"],
        "group": row["group_name"],
        "tag": row["tag"],
        "track_fund_lineage": row["track_fund_lineage"],
        "allocation_strategy": row["allocation_strategy"],
        "metadata": row["metadata"],
    }
    fields = {name: getattr(new, name) if name in changed else value for name, value in kept.items()}
    return Settings(floor=new.floor, ceiling=new.ceiling, **fields)


def _stored(settings: Settings, floor: int | None, ceiling: int | None) -> BalanceSettings:
    return BalanceSettings(
        identity_id=settings.identity_id,
        floor=floor,
        ceiling=ceiling,
        group=settings.group,
        tag=settings.tag,
        track_fund_lineage=settings.track_fund_lineage,
        allocation_strategy=settings.allocation_strategy,
        metadata=settings.metadata or "{}",
    )


def _floor(settings: Settings, unit_of_balance: Unit) -> int | None:
    return None if settings.floor is None else in_minor_units(settings.floor, unit_of_balance, "balance.floor")


def _ceiling(settings: Settings, unit_of_balance: Unit) -> int | None:
    return None if settings.ceiling is None else in_minor_units(settings.ceiling, unit_of_balance, "balance.ceiling")


def _check_floor(floor: int | None, *, available: int, balance: str) -> None:
    if floor is not None and floor > available:
        raise reject(Reason.FLOOR_ABOVE_AVAILABLE, balance=balance, asked=floor, available=available)


def _check_ceiling(ceiling: int | None, *, total: int, balance: str) -> None:
    if ceiling is not None and ceiling < total:
        raise reject(Reason.CEILING_BELOW_BALANCE, balance=balance, asked=ceiling, total=total)


def _check_lineage(settings: Settings) -> None:
    if settings.track_fund_lineage and settings.identity_id is None:
        raise malformed("balance.track_fund_lineage", "needs identity_id")


def missing(key: str) -> Exception:
    """The rejection of a balance that does not exist, by its key."""
    return reject(Reason.BALANCE_NOT_FOUND, balance=encode(BALANCE, int(key, 16)))
