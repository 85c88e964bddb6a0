"""Balances: create, read, change their settings. Their totals change in the poster alone."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.currency import PRECISIONS
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.ids import BALANCE, encode
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import announcements, creation, etags, identities, ledgers, unit
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.sums import Sum, Unit, in_minor_units, malformed
from ledgerd.store import balances as rows
from ledgerd.store import commits, event_writer, load
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
    """A balance to be created. Precision None means the precision of the currency. ``path`` is its name in the
    request."""

    ledger_id: uuid.UUID
    indicator: str | None
    currency: str
    precision: int | None
    settings: Settings
    path: str = "balance"


class Prepared(NamedTuple):
    """A balance to be created, as far as it can be judged alone. Floor and ceiling are in minor units."""

    draft: Draft
    precision: int
    floor: int | None
    ceiling: int | None

    @property
    def fields(self) -> dict[str, object]:
        """What counts when the request is repeated."""
        return _fields(*self)

    def to_insert(
        self, balance_id: uuid.UUID, *, identity_id: uuid.UUID | None, request_id: str | None, at: datetime
    ) -> NewBalance:
        """The row, with this owner."""
        stored = _stored(self.draft.settings, self.floor, self.ceiling)
        return NewBalance(
            id=balance_id,
            ledger_id=self.draft.ledger_id,
            indicator=self.draft.indicator,
            currency=self.draft.currency,
            precision=self.precision,
            settings=replace(stored, identity_id=identity_id),
            request_id=request_id,
            at=at,
        )


# Create ----------------------------------------------------------------------------------------


async def create(engine: Engine, caller: Caller, draft: Draft, request_id: str | None) -> Made[asyncpg.Record]:
    """A new balance with nothing on it, or the one that the request id created.

    Raises Rejected: PRECISION_REQUIRED, FLOOR_ABOVE_AVAILABLE, CEILING_BELOW_BALANCE, LEDGER_NOT_FOUND,
    IDENTITY_NOT_FOUND, INDICATOR_TAKEN, REQUEST_ID_CONFLICT, and a malformed floor or ceiling: see sums.
    """
    prepared = prepare(draft)

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        await _check_neighbours(connection, draft)
        balance_id = uuid.UUID(int=engine.ids_and_clock.number())
        owner = draft.settings.identity_id
        balance = prepared.to_insert(balance_id, identity_id=owner, request_id=request_id, at=plan.now)
        await rows.insert(connection, [balance])
        row = await find(connection, balance_id)
        await event_writer.write_settings(connection, plan, [announcements.of_balance(EventKind.BALANCE_CREATED, row)])
        return row

    request = CreateRequest(Noun.BALANCE, request_id, prepared.fields)
    return await creation.once(engine, request, find=find, create=insert)


def prepare(draft: Draft) -> Prepared:
    """Check a balance alone. Raises Rejected as create does, but for what other rows decide."""
    settings = draft.settings
    precision = draft.precision or PRECISIONS.get(draft.currency)
    if precision is None:
        raise reject(Reason.PRECISION_REQUIRED, currency=draft.currency)
    unit_of_balance = Unit("", draft.currency, precision)
    floor = _floor(settings, unit_of_balance, draft.path)
    ceiling = _ceiling(settings, unit_of_balance, draft.path)
    _check_floor(floor, available=0, balance="")
    _check_ceiling(ceiling, total=0, balance="")
    _check_lineage(settings)
    return Prepared(draft, precision, floor, ceiling)


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
        raise indicator_taken(draft.indicator, draft.currency, encode(BALANCE, taken["id"].int))


def indicator_taken(indicator: str, currency: str, balance: str) -> Rejected:
    """The rejection, to be raised, of an internal balance that exists already."""
    return reject(Reason.INDICATOR_TAKEN, indicator=indicator, currency=currency, balance=balance)


async def _hold_identity(connection: asyncpg.Connection, identity_id: uuid.UUID | None) -> None:
    """Check that the identity exists, and keep it from being deleted before this transaction ends."""
    if identity_id is not None and not await identity_rows.lock_existence(connection, identity_id):
        raise identities.missing(identity_id)


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


async def named(engine: Engine, caller: Caller, name: uuid.UUID | tuple[str, str]) -> uuid.UUID:
    """The id of a balance that is named by it, or by indicator and currency. Raises Rejected: BALANCE_NOT_FOUND."""
    return name if isinstance(name, uuid.UUID) else uuid.UUID((await keys_of(engine, caller, [name]))[0])


async def keys_of(engine: Engine, caller: Caller, names: Sequence[tuple[str, str]]) -> list[str]:
    """The keys of balances that are named by indicator and currency, in this order. Neither ever changes. Raises
    Rejected: BALANCE_NOT_FOUND."""
    if not names:
        return []
    async with engine.pool.acquire() as connection:
        found = await load.indicator_keys(connection, names)
    for indicator, currency in names:
        if (indicator, currency) not in found:
            raise reject(Reason.BALANCE_NOT_FOUND, balance=indicator, currency=currency)
    return [found[name] for name in names]


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
    etag: str | None,
) -> asyncpg.Record:
    """Set the changed fields. A changed floor or ceiling makes a new version, because decisions read them. Where
    nothing changes, nothing is recorded.

    Raises Rejected: BALANCE_NOT_FOUND, ETAG_MISMATCH, IDENTITY_NOT_FOUND, FLOOR_ABOVE_AVAILABLE,
    CEILING_BELOW_BALANCE, and a malformed floor or ceiling: see sums.
    """

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        row = await lock(connection, balance_id)
        etags.check(BALANCE, row, etag)
        merged = _merge(row, settings, changed)
        floor, ceiling = _bounds(row, settings, changed)
        _check_lineage(merged)
        if merged.identity_id != row["identity_id"]:
            await _hold_identity(connection, merged.identity_id)
        plan = unit.begin_plan(engine)
        if not await rows.update(connection, balance_id, _stored(merged, floor, ceiling), plan.now):
            await commits.barrier(connection)
            return row
        updated = await find(connection, balance_id)
        event = announcements.of_balance(EventKind.BALANCE_UPDATED, updated, row)
        await event_writer.write_settings(connection, plan, [event])
        return updated

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


def _floor(settings: Settings, unit_of_balance: Unit, path: str = "balance") -> int | None:
    return None if settings.floor is None else in_minor_units(settings.floor, unit_of_balance, f"{path}.floor")


def _ceiling(settings: Settings, unit_of_balance: Unit, path: str = "balance") -> int | None:
    return None if settings.ceiling is None else in_minor_units(settings.ceiling, unit_of_balance, f"{path}.ceiling")


def _check_floor(floor: int | None, *, available: int, balance: str) -> None:
    if floor is not None and floor > available:
        raise reject(Reason.FLOOR_ABOVE_AVAILABLE, balance=balance, requested=floor, available=available)


def _check_ceiling(ceiling: int | None, *, total: int, balance: str) -> None:
    if ceiling is not None and ceiling < total:
        raise reject(Reason.CEILING_BELOW_BALANCE, balance=balance, requested=ceiling, total=total)


def _check_lineage(settings: Settings) -> None:
    if settings.track_fund_lineage and settings.identity_id is None:
        raise malformed("balance.track_fund_lineage", "needs identity_id")


def missing(key: str) -> Exception:
    """The rejection of a balance that does not exist, by its key."""
    return reject(Reason.BALANCE_NOT_FOUND, balance=encode(BALANCE, int(key, 16)))
