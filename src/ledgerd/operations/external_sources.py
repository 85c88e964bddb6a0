"""External sources: create, read, change, delete; and how their files seem to be read."""

import asyncio
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.external_source import ConfirmationPolicy, SettlementWindow, SignConvention
from ledgerd.core.model.format_profile import FormatProfile
from ledgerd.core.model.ids import BALANCE, EXTERNAL_SOURCE, encode
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation, reject
from ledgerd.core.model.source_arrival import Cadence, MatchOnArrival
from ledgerd.core.plan import Plan
from ledgerd.operations import (
    announcements,
    balances,
    creation,
    etags,
    matching_rule_sets,
    matching_rules,
    unit,
)
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.reconciliation.formats import suggest as suggestions
from ledgerd.reconciliation.formats.suggest import Suggestion
from ledgerd.store import balances as balance_rows
from ledgerd.store import commits, event_writer, reconciliation_exceptions, source_arrivals
from ledgerd.store import external_sources as rows
from ledgerd.store import matching_rule_sets as set_rows
from ledgerd.store import matching_rules as rule_rows
from ledgerd.store.external_sources import SourceSettings, profile_of, profile_text, window_of, window_text
from ledgerd.store.source_arrivals import cadence_of, cadence_text, match_of, match_text

_LATER = ("match_on_arrival", "expected_every")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a source. ``metadata`` is canonical JSON text, None where there is none. Balances that are named
    by indicator and currency come after the others."""

    name: str
    description: str | None
    format_profile: FormatProfile | None
    currency: str | None
    time_zone: str
    sign_convention: SignConvention
    balance_ids: tuple[uuid.UUID, ...]
    indicator_keys: tuple[tuple[str, str], ...]
    settlement_window: SettlementWindow
    age_bucket_days: tuple[int, ...]
    confirmation_policy: ConfirmationPolicy
    match_on_arrival: MatchOnArrival | None
    expected_every: Cadence | None
    metadata: str | None


async def create(engine: Engine, caller: Caller, settings: Settings, request_id: str | None) -> Made[asyncpg.Record]:
    """A new source, or the one that the request id created.

    Raises Rejected: BALANCE_NOT_FOUND, MATCHING_RULE_SET_NOT_FOUND, MATCHING_RULE_NOT_FOUND, FIELD_INVALID,
    CURRENCY_MISMATCH, PRECISION_MISMATCH, EXTERNAL_SOURCE_NAME_TAKEN, REQUEST_ID_CONFLICT; and
    EXTERNAL_SOURCE_NOT_FOUND where the earlier source has been deleted.
    """
    balance_ids = await _balance_ids(engine, caller, settings)
    stored = _stored(settings)

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        await _check(connection, None, stored, balance_ids)
        source_id = uuid.UUID(int=engine.ids_and_clock.number())
        await rows.insert(connection, source_id, stored, balance_ids, request_id=request_id, at=plan.now)
        await source_arrivals.add(connection, source_id, expected_after(stored, plan.now))
        row = await find(connection, source_id)
        event = announcements.of_external_source(EventKind.EXTERNAL_SOURCE_CREATED, row)
        await event_writer.write_settings(connection, plan, [event])
        return row

    fields = {**_given(stored), "balance_ids": [balance_id.hex for balance_id in balance_ids]}
    request = CreateRequest(Noun.EXTERNAL_SOURCE, request_id, fields)
    return await creation.once(engine, request, find=find, create=insert)


async def get(engine: Engine, caller: Caller, source_id: uuid.UUID) -> asyncpg.Record:
    """A source. Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        return await find(connection, source_id)


async def update(
    engine: Engine, caller: Caller, source_id: uuid.UUID, settings: Settings, changed: Collection[str], etag: str | None
) -> asyncpg.Record:
    """Set the changed fields. Where nothing changes, nothing is recorded.

    Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND, ETAG_MISMATCH, BALANCE_NOT_FOUND, MATCHING_RULE_SET_NOT_FOUND,
    MATCHING_RULE_NOT_FOUND, FIELD_INVALID, CURRENCY_MISMATCH, PRECISION_MISMATCH, EXTERNAL_SOURCE_NAME_TAKEN.
    """
    requested = await _balance_ids(engine, caller, settings)

    async def attempt(connection: asyncpg.Connection) -> asyncpg.Record:
        before = await rows.lock(connection, source_id)
        if before is None:
            raise missing(source_id)
        etags.check(EXTERNAL_SOURCE, before, etag)
        old, new = _settings_of(before), asdict(_stored(settings))
        merged = SourceSettings(
            **{name: new[name] if name in changed else value for name, value in asdict(old).items()}
        )
        balance_ids = requested if "balance_ids" in changed else before["balance_ids"]
        if _is_same(old, merged) and list(balance_ids) == list(before["balance_ids"]):
            await commits.barrier(connection)
            return before
        await _check(connection, source_id, merged, balance_ids)
        plan = unit.begin_plan(engine)
        await rows.update(connection, source_id, merged, balance_ids, plan.now)
        await source_arrivals.change(
            connection,
            source_id,
            expected_after(merged, plan.now),
            is_other_cadence=_plain(merged)["expected_every"] != _plain(old)["expected_every"],
        )
        await reconciliation_exceptions.move_windows(connection, source_id)
        row = await find(connection, source_id)
        event = announcements.of_external_source(EventKind.EXTERNAL_SOURCE_UPDATED, row, before)
        await event_writer.write_settings(connection, plan, [event])
        return row

    return await unit.write(engine, attempt)


async def delete(engine: Engine, caller: Caller, source_id: uuid.UUID, etag: str | None) -> None:
    """Delete a source without records, with its uploads that are done. Its events stay.

    Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND, ETAG_MISMATCH, EXTERNAL_SOURCE_IN_USE.
    """

    async def attempt(connection: asyncpg.Connection) -> None:
        row = await rows.lock(connection, source_id)
        if row is None:
            raise missing(source_id)
        etags.check(EXTERNAL_SOURCE, row, etag)
        has_records, has_uploads = await rows.in_use(connection, source_id)
        if has_records or has_uploads:
            raise reject(
                Reason.EXTERNAL_SOURCE_IN_USE,
                external_source=encode(EXTERNAL_SOURCE, source_id.int),
                unit="records" if has_records else "uploads",
            )
        plan = unit.begin_plan(engine)
        await rows.delete(connection, source_id)
        event = announcements.of_external_source(EventKind.EXTERNAL_SOURCE_DELETED, row)
        await event_writer.write_settings(connection, plan, [event])

    await unit.write(engine, attempt)


async def suggest(engine: Engine, caller: Caller, sample: bytes) -> Suggestion:
    """How a file that begins so seems to be read. Nothing is recorded."""
    return await asyncio.to_thread(suggestions.suggest, sample)


async def find(connection: asyncpg.Connection, source_id: uuid.UUID) -> asyncpg.Record:
    """A source's row. Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND."""
    row = await rows.find(connection, source_id)
    if row is None:
        raise missing(source_id)
    return row


def missing(source_id: uuid.UUID) -> Rejected:
    """The rejection, to be raised, of a source that does not exist."""
    return reject(Reason.EXTERNAL_SOURCE_NOT_FOUND, external_source=encode(EXTERNAL_SOURCE, source_id.int))


def expected_after(settings: SourceSettings | asyncpg.Record, moment: datetime) -> datetime | None:
    """By when a source with these settings expects something after this moment."""
    stored = settings if isinstance(settings, SourceSettings) else _settings_of(settings)
    cadence = cadence_of(stored.expected_every)
    return None if cadence is None else cadence.next_after(moment, ZoneInfo(stored.time_zone))


def profile(row: asyncpg.Record) -> FormatProfile | None:
    """How the files of a source are read."""
    return None if row["format_profile"] is None else profile_of(row["format_profile"])


def precisions(row: asyncpg.Record) -> Mapping[str, int]:
    """The precision of each currency that records of a source may have."""
    found: Mapping[str, int] = json.loads(row["precisions"] or "{}")
    return found


async def _balance_ids(engine: Engine, caller: Caller, settings: Settings) -> list[uuid.UUID]:
    """The balances that the settings name, each once."""
    keys = await balances.keys_of(engine, caller, settings.indicator_keys)
    named = [*settings.balance_ids, *(uuid.UUID(key) for key in keys)]
    return list(dict.fromkeys(named))


async def _check(
    connection: asyncpg.Connection,
    source_id: uuid.UUID | None,
    settings: SourceSettings,
    balance_ids: Sequence[uuid.UUID],
) -> None:
    other = await rows.named(connection, settings.name)
    if other is not None and other != source_id:
        taken = encode(EXTERNAL_SOURCE, other.int)
        raise reject(Reason.EXTERNAL_SOURCE_NAME_TAKEN, name=settings.name, external_source=taken)
    await _check_arrival(connection, settings)
    found = await balance_rows.by_keys(connection, [balance_id.hex for balance_id in balance_ids])
    known: dict[str, int] = {}
    for balance_id in balance_ids:
        row = found.get(balance_id.hex)
        if row is None:
            raise balances.missing(balance_id.hex)
        name, currency, precision = encode(BALANCE, balance_id.int), row["currency"], row["precision"]
        if settings.currency is not None and currency != settings.currency:
            raise reject(Reason.CURRENCY_MISMATCH, balance=name, requested=settings.currency, currency=currency)
        if known.setdefault(currency, precision) != precision:
            raise reject(Reason.PRECISION_MISMATCH, balance=name, requested=known[currency], precision=precision)


async def _check_arrival(connection: asyncpg.Connection, settings: SourceSettings) -> None:
    """Raise Rejected with FIELD_INVALID, MATCHING_RULE_SET_NOT_FOUND or MATCHING_RULE_NOT_FOUND. What is named is not
    deleted before the source is recorded."""
    found = match_of(settings.match_on_arrival)
    if found is None:
        return
    if found.auto_confirmed_rule_ids and settings.confirmation_policy == ConfirmationPolicy.ANOTHER_CALLER:
        field = "external_source.match_on_arrival.auto_confirmed_matching_rule_ids"
        violation = Violation(field, "must be empty where confirmation_policy is ANOTHER_CALLER")
        raise Rejected(Rejection(Reason.FIELD_INVALID, {"field": field}, (violation,)))
    set_id = uuid.UUID(found.rule_set_id)
    if not await set_rows.keep(connection, set_id):
        raise matching_rule_sets.missing(set_id)
    rule_ids = [uuid.UUID(rule_id) for rule_id in found.auto_confirmed_rule_ids]
    known = await rule_rows.keep(connection, rule_ids)
    for rule_id in rule_ids:
        if rule_id not in known:
            raise matching_rules.missing(rule_id)


def _stored(settings: Settings) -> SourceSettings:
    return SourceSettings(
        name=settings.name,
        description=settings.description,
        format_profile=None if settings.format_profile is None else profile_text(settings.format_profile),
        currency=settings.currency,
        time_zone=settings.time_zone,
        sign_convention=settings.sign_convention,
        settlement_window=window_text(settings.settlement_window),
        age_bucket_days=settings.age_bucket_days,
        confirmation_policy=settings.confirmation_policy,
        match_on_arrival=match_text(settings.match_on_arrival),
        expected_every=cadence_text(settings.expected_every),
        metadata=settings.metadata or "{}",
    )


def _settings_of(row: asyncpg.Record) -> SourceSettings:
    stored = {name: row[name] for name in SourceSettings.__slots__}
    return SourceSettings(**{**stored, "age_bucket_days": tuple(row["age_bucket_days"])})


def _is_same(one: SourceSettings, other: SourceSettings) -> bool:
    """Whether two settings say the same: PostgreSQL spaces JSON in its own way."""
    return _plain(one) == _plain(other)


def _plain(settings: SourceSettings) -> dict[str, object]:
    profile_read = None if settings.format_profile is None else profile_of(settings.format_profile)
    return {
        **asdict(settings),
        "format_profile": profile_read,
        "settlement_window": window_of(settings.settlement_window),
        "match_on_arrival": match_of(settings.match_on_arrival),
        "expected_every": cadence_of(settings.expected_every),
        "metadata": json.loads(settings.metadata),
    }


def _given(settings: SourceSettings) -> dict[str, object]:
    """What counts when a create is repeated; what earlier versions did not know, only where it is given."""
    stored = asdict(settings)
    return {name: value for name, value in stored.items() if value is not None or name not in _LATER}
