"""Creates several things in one commit: balances, identities, and identities with their balances. All or nothing."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.core.model.event import Event, EventKind
from ledgerd.core.model.ids import BALANCE, LEDGER, encode
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.plan import Plan
from ledgerd.operations import announcements, balances, creation, identities
from ledgerd.operations.balances import Draft, Prepared
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.operations.sums import malformed
from ledgerd.store import balances as balance_rows
from ledgerd.store import event_writer, load
from ledgerd.store import identities as identity_rows
from ledgerd.store import ledgers as ledger_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIdentity:
    """An identity to be created with its balances. ``path`` is its name in the request."""

    settings: identities.Settings
    balances: tuple[Draft, ...] = ()
    path: str = "identity"


class Created(NamedTuple):
    """Rows in the order of the request: identities, and balances, those of the first identity first."""

    identities: list[asyncpg.Record]
    balances: list[asyncpg.Record]


class _Owned(NamedTuple):
    """Balances to be created, of this new identity; None where they belong to whom they say."""

    owner: NewIdentity | None
    balances: list[Prepared]


async def create_balances(
    engine: Engine, caller: Caller, drafts: Sequence[Draft], request_id: str | None
) -> Made[Created]:
    """New balances with nothing on them, in order, or those that the request id created.

    Raises Rejected as balances.create, with the place of the balance in the detail ``field``.
    """
    prepared = _prepare(drafts)
    fields = {balance.draft.path.rpartition(".")[0]: balance.fields for balance in prepared}
    request = CreateRequest(Noun.BALANCES, request_id, fields)
    return await _create(engine, [_Owned(None, prepared)], request)


async def create_identities(
    engine: Engine, caller: Caller, people: Sequence[NewIdentity], request_id: str | None
) -> Made[Created]:
    """New identities with their balances, in order, or those that the request id created.

    Raises Rejected as identities.create and balances.create, with the place of the balance in the detail ``field``.
    """
    wanted = [_Owned(person, _prepare(person.balances)) for person in people]
    fields = {
        person.path.rpartition(".")[0]: [identities.fields_of(person.settings), *(each.fields for each in prepared)]
        for person, (_, prepared) in zip(people, wanted, strict=True)
    }
    return await _create(engine, wanted, CreateRequest(Noun.IDENTITIES, request_id, fields))


async def create_identity(engine: Engine, caller: Caller, person: NewIdentity, request_id: str | None) -> Made[Created]:
    """A new identity with its balances, or those that the request id created. Raises Rejected as create_identities."""
    prepared = _prepare(person.balances)
    fields = identities.fields_of(person.settings) | {balance.draft.path: balance.fields for balance in prepared}
    request = CreateRequest(Noun.IDENTITY, request_id, fields, identities.PATHS)
    return await _create(engine, [_Owned(person, prepared)], request)


async def _create(engine: Engine, wanted: Sequence[_Owned], request: CreateRequest) -> Made[Created]:
    async def find(connection: asyncpg.Connection, ids: Sequence[uuid.UUID]) -> Created:
        return await _find(connection, wanted, ids)

    async def insert(connection: asyncpg.Connection, plan: Plan) -> tuple[Created, Sequence[uuid.UUID]]:
        await _check_neighbours(connection, [prepared for owned in wanted for prepared in owned.balances])
        own_request_id = request.request_id if request.noun is Noun.IDENTITY else None
        ids = await _insert(connection, engine, wanted, plan, own_request_id)
        created = await _find(connection, wanted, ids)
        await event_writer.write_settings(connection, plan, list(_events(wanted, created)))
        return created, ids

    return await creation.all_once(engine, request, find=find, create=insert)


# What is judged --------------------------------------------------------------------------------


@contextmanager
def _at(path: str) -> Iterator[None]:
    """Tell where in the request it is that is rejected."""
    try:
        yield
    except Rejected as rejected:
        rejection = rejected.rejection
        raise Rejected(rejection._replace(details={"field": path, **rejection.details})) from None


def _prepare(drafts: Iterable[Draft]) -> list[Prepared]:
    prepared: list[Prepared] = []
    for draft in drafts:
        with _at(draft.path):
            prepared.append(balances.prepare(draft))
    return prepared


async def _check_neighbours(connection: asyncpg.Connection, wanted: Sequence[Prepared]) -> None:
    """Ledgers and identities must exist, indicators must be free."""
    drafts = [prepared.draft for prepared in wanted]
    known = await ledger_rows.known(connection, {draft.ledger_id for draft in drafts})
    owners = {draft.settings.identity_id for draft in drafts if draft.settings.identity_id is not None}
    people = await identity_rows.lock_known(connection, owners)
    names = sorted({(draft.indicator, draft.currency) for draft in drafts if draft.indicator is not None})
    taken = {name: int(key, 16) for name, key in (await load.indicator_keys(connection, names)).items()}
    seen: set[tuple[str, str]] = set()
    for draft in drafts:
        with _at(draft.path):
            if draft.ledger_id not in known:
                raise reject(Reason.LEDGER_NOT_FOUND, ledger=encode(LEDGER, draft.ledger_id.int))
            owner = draft.settings.identity_id
            if owner is not None and owner not in people:
                raise identities.missing(owner)
            if draft.indicator is None:
                continue
            name = (draft.indicator, draft.currency)
            if name in taken:
                raise balances.indicator_taken(*name, encode(BALANCE, taken[name]))
            if name in seen:
                raise malformed(f"{draft.path}.indicator", "another balance of the request has it, in this currency")
            seen.add(name)


# What is written -------------------------------------------------------------------------------


async def _insert(
    connection: asyncpg.Connection, engine: Engine, wanted: Sequence[_Owned], plan: Plan, request_id: str | None
) -> list[uuid.UUID]:
    """Insert everything. Returns the ids: of each identity, followed by those of its balances."""
    ids: list[uuid.UUID] = []
    people, owned_rows = [], []
    for owner, prepared_balances in wanted:
        owner_id = None
        if owner is not None:
            identities.check_birth_date(owner.settings, plan.now, owner.path)
            owner_id = uuid.UUID(int=engine.ids_and_clock.number())
            ids.append(owner_id)
            people.append(identities.to_insert(owner.settings, owner_id, request_id=request_id, at=plan.now))
        for prepared in prepared_balances:
            balance_id = uuid.UUID(int=engine.ids_and_clock.number())
            ids.append(balance_id)
            identity_id = prepared.draft.settings.identity_id if owner is None else owner_id
            owned_rows.append(prepared.to_insert(balance_id, identity_id=identity_id, request_id=None, at=plan.now))
    await identity_rows.insert(connection, people)
    # In one order, so that two calls which name the same indicators do not deadlock.
    await balance_rows.insert(connection, sorted(owned_rows, key=lambda row: (row.indicator or "", row.currency)))
    return ids


async def _find(connection: asyncpg.Connection, wanted: Sequence[_Owned], ids: Sequence[uuid.UUID]) -> Created:
    """Read what was created under these ids. Raises Rejected: IDENTITY_NOT_FOUND, BALANCE_NOT_FOUND."""
    rest = iter(ids)
    people, owned = [], []
    for owner, prepared in wanted:
        if owner is not None:
            people.append(next(rest))
        owned += [next(rest) for _ in prepared]
    identity_of = await identity_rows.find_all(connection, people)
    for identity_id in people:
        if identity_id not in identity_of:
            raise identities.missing(identity_id)
    balance_of = await balance_rows.by_keys(connection, [balance_id.hex for balance_id in owned])
    for balance_id in owned:
        if balance_id.hex not in balance_of:
            raise balances.missing(balance_id.hex)
    return Created(
        [identity_of[identity_id] for identity_id in people], [balance_of[balance_id.hex] for balance_id in owned]
    )


def _events(wanted: Sequence[_Owned], created: Created) -> Iterator[Event]:
    people, owned = iter(created.identities), iter(created.balances)
    for owner, prepared in wanted:
        if owner is not None:
            yield identities.event(EventKind.IDENTITY_CREATED, next(people)["id"])
        for _ in prepared:
            yield announcements.of_balance(EventKind.BALANCE_CREATED, next(owned))
