"""Reconciliation statements: drawn up, kept, confirmed, and compared with what they would say now.

statement_exports.py writes them as files.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import date

import asyncpg

from ledgerd.access.caller import Caller
from ledgerd.access.separation import may_confirm
from ledgerd.core.model.event import Event, EventKind
from ledgerd.core.model.external_source import ConfirmationPolicy
from ledgerd.core.model.ids import EXTERNAL_SOURCE, RECONCILIATION_STATEMENT, decode, encode
from ledgerd.core.model.reconciliation_statement import DrawnStatement, TimeBasis
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.core.model.statement_comparison import StatementComparison
from ledgerd.core.model.statement_events import StatementChanged
from ledgerd.core.plan import Plan
from ledgerd.operations import creation, external_sources, unit
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine
from ledgerd.reconciliation.statement import ITEMS_MAX
from ledgerd.reconciliation.statement_changes import compare_with_nothing
from ledgerd.reconciliation.statement_loading import Books, CurrencyNotInSource
from ledgerd.store import event_writer
from ledgerd.store import kept_statements as rows
from ledgerd.store import reconciliation_statements as stored
from ledgerd.store.kept_statements import CONFIRMED, KeptStatement

NARROWED_BY = "external_source_id"
"""What a read of all rows of a source is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRequest:
    """What a statement is requested about."""

    source_id: uuid.UUID
    currency: str
    day: date
    basis: TimeBasis

    def fields(self) -> dict[str, object]:
        """What counts when the request is repeated, by the names of the contract."""
        return {
            "scope.external_source_id": self.source_id.hex,
            "scope.currency": self.currency,
            "scope.date": self.day.isoformat(),
            "scope.entry_time": self.basis.value,
        }


@asynccontextmanager
async def open_books(engine: Engine, caller: Caller, request: StatementRequest) -> AsyncIterator[Books]:
    """Both sides, as of one moment. Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND, CURRENCY_NOT_IN_EXTERNAL_SOURCE,
    READ_TOO_COSTLY."""
    async with engine.costly.turn(NARROWED_BY) as connection, stored.snapshot(connection):
        await external_sources.find(connection, request.source_id)
        try:
            books = await Books.open(connection, request.source_id, request.currency, request.day, request.basis)
        except CurrencyNotInSource:
            name = encode(EXTERNAL_SOURCE, request.source_id.int)
            raise reject(
                Reason.CURRENCY_NOT_IN_EXTERNAL_SOURCE, external_source=name, currency=request.currency
            ) from None
        yield books


async def preview(engine: Engine, caller: Caller, request: StatementRequest) -> KeptStatement:
    """A statement that is not kept. Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND, CURRENCY_NOT_IN_EXTERNAL_SOURCE,
    READ_TOO_COSTLY."""
    async with open_books(engine, caller, request) as books:
        return KeptStatement(drawn=await books.draw())


async def create(
    engine: Engine, caller: Caller, request: StatementRequest, request_id: str | None
) -> Made[asyncpg.Record]:
    """A new statement, or the one that the request id created.

    Raises Rejected: EXTERNAL_SOURCE_NOT_FOUND, CURRENCY_NOT_IN_EXTERNAL_SOURCE, READ_TOO_COSTLY, REQUEST_ID_CONFLICT.
    """
    wanted = CreateRequest(Noun.RECONCILIATION_STATEMENT, request_id, request.fields())
    # Drawn up before the transaction that keeps it: that one holds no snapshot, and is short.
    is_known = await creation.is_known(engine, wanted)
    drawn = None if is_known else (await preview(engine, caller, request)).drawn

    async def insert(connection: asyncpg.Connection, plan: Plan) -> asyncpg.Record:
        assert drawn is not None, "a request id that was known is unknown"
        statement_id = uuid.UUID(int=engine.ids_and_clock.number())
        await rows.insert(connection, statement_id, request.source_id, drawn, caller.principal, plan.now)
        return await _announce(connection, plan, EventKind.RECONCILIATION_STATEMENT_CREATED, statement_id)

    return await creation.once(engine, wanted, find=_find, create=insert)


async def get(engine: Engine, caller: Caller, statement_id: uuid.UUID, item_count: int) -> KeptStatement:
    """A statement with the first items of its lists. Raises Rejected: RECONCILIATION_STATEMENT_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        row = await _find(connection, statement_id)
    return await with_items(engine, caller, row, item_count)


async def with_items(engine: Engine, caller: Caller, row: asyncpg.Record, item_count: int) -> KeptStatement:
    """A statement from its row, with the first items of its lists."""
    if not item_count:
        return KeptStatement.of(row)
    async with engine.pool.acquire() as connection:
        return KeptStatement.of(row, await rows.items(connection, row["id"], item_count))


async def get_whole(engine: Engine, caller: Caller, statement_id: uuid.UUID) -> KeptStatement:
    """A statement with everything that is kept of it. Raises Rejected: RECONCILIATION_STATEMENT_NOT_FOUND."""
    async with engine.pool.acquire() as connection:
        row = await _find(connection, statement_id)
        items = await rows.items(connection, statement_id, ITEMS_MAX)
    # Thousands of items: other work of the process goes on beside it.
    return await asyncio.to_thread(KeptStatement.of, row, items)


async def compare(engine: Engine, caller: Caller, kept: KeptStatement) -> StatementComparison:
    """What a kept statement would say now. Raises Rejected: READ_TOO_COSTLY."""
    scope = kept.drawn.statement.scope
    async with engine.costly.turn(NARROWED_BY) as connection, stored.snapshot(connection):
        try:
            books = await Books.open(connection, _source_id(scope.source_id), scope.currency, scope.day, scope.basis)
        except CurrencyNotInSource:
            return compare_with_nothing(kept.drawn)
        return await books.compare(kept.drawn)


async def confirm(
    engine: Engine, caller: Caller, statement_id: uuid.UUID, reason: str, request_id: str | None
) -> Made[asyncpg.Record]:
    """Confirm a statement.

    Raises Rejected: RECONCILIATION_STATEMENT_NOT_FOUND, RECONCILIATION_STATEMENT_CONFIRMED, CONFIRMER_IS_PROPOSER,
    REQUEST_ID_CONFLICT.
    """

    async def attempt(connection: asyncpg.Connection, _: Plan) -> asyncpg.Record:
        row = await rows.lock(connection, statement_id)
        if row is None:
            raise _missing(statement_id)
        if row["status"] == CONFIRMED:
            raise reject(Reason.RECONCILIATION_STATEMENT_CONFIRMED, reconciliation_statement=_name(statement_id))
        source = await external_sources.find(connection, row["source_id"])
        if not may_confirm(
            caller, row["created_by"], is_demanded=source["confirmation_policy"] == ConfirmationPolicy.ANOTHER_CALLER
        ):
            raise reject(Reason.CONFIRMER_IS_PROPOSER, external_source=encode(EXTERNAL_SOURCE, row["source_id"].int))
        plan = unit.begin_plan(engine)
        await rows.confirm(connection, statement_id, caller.principal, plan.now, reason)
        return await _announce(connection, plan, EventKind.RECONCILIATION_STATEMENT_CONFIRMED, statement_id)

    fields = {"reconciliation_statement_id": statement_id.hex, "reason": reason}
    wanted = CreateRequest(Noun.STATEMENT_CONFIRMATION, request_id, fields)
    return await creation.once(engine, wanted, find=_find, create=attempt)


async def _find(connection: asyncpg.Connection, statement_id: uuid.UUID) -> asyncpg.Record:
    row = await rows.find(connection, statement_id)
    if row is None:
        raise _missing(statement_id)
    return row


async def _announce(
    connection: asyncpg.Connection, plan: Plan, kind: EventKind, statement_id: uuid.UUID
) -> asyncpg.Record:
    row = await _find(connection, statement_id)
    await event_writer.write_settings(connection, plan, [Event(kind, _told(KeptStatement.of(row)))])
    return row


def _told(kept: KeptStatement) -> StatementChanged:
    drawn: DrawnStatement = kept.drawn
    statement, scope = drawn.statement, drawn.statement.scope
    assert kept.id is not None
    return StatementChanged(
        statement_id=_name(kept.id),
        source_id=scope.source_id,
        currency=scope.currency,
        precision=scope.precision,
        day=scope.day.isoformat(),
        time_zone=scope.time_zone,
        basis=scope.basis,
        status=kept.status,
        is_explained=statement.is_explained,
        bank_balance=statement.bank.balance,
        ledger_balance=statement.ledger.total,
        proof=None if statement.proof is None else asdict(statement.proof),
        position=drawn.moment.position,
        chain=drawn.moment.chain,
        digest=statement.digest.hex(),
        created_by=kept.created_by,
        confirmed_by=kept.confirmed_by,
    )


def _source_id(name: str) -> uuid.UUID:
    number = decode(EXTERNAL_SOURCE, name)
    assert number is not None, f"not an id of ours: {name}"
    return uuid.UUID(int=number)


def _name(statement_id: uuid.UUID) -> str:
    return encode(RECONCILIATION_STATEMENT, statement_id.int)


def _missing(statement_id: uuid.UUID) -> Rejected:
    return reject(Reason.RECONCILIATION_STATEMENT_NOT_FOUND, reconciliation_statement=_name(statement_id))
