"""Writes a plan: first transactions and events, without locks; then the rest, under the locks of the balances."""

import asyncio
import heapq
import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import asyncpg

from ledgerd.core.effects import BatchRecord, Firing, Movement, Transition
from ledgerd.core.model import adjusted
from ledgerd.core.model.account import Account
from ledgerd.core.model.figures import Figures, Kind
from ledgerd.core.model.ids import IDENTITY, TRANSACTION, decode_hex
from ledgerd.core.model.transaction import Transaction
from ledgerd.core.plan import Plan
from ledgerd.store import canonical, deferred, due, event_writer, leases, queries
from ledgerd.store.copying import copy_rows
from ledgerd.store.sql import as_array, as_numbers

_QUERIES = queries.POSTING
_ROWS_AT_ONCE = 500
_EVENTS_AT_ONCE = 2_000
"""The most events in memory, and in one statement. They have large payloads, and one movement can make up to two
hundred monitors fire."""
_EXPIRED = "EXPIRED"
_TRANSITIONS = {
    Kind.COMMIT: "COMMITTED",
    Kind.VOID: "VOIDED",
    Kind.REFUND: "REFUNDED",
    Kind.ADJUSTMENT: "ADJUSTED",
}


class StaleView(Exception):
    """A balance or hold has changed since the plan read it. Nothing of the plan may be recorded."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What apply_to_balances() sends, computed beforehand. Batches reach their balances one after the other, so
    all computation comes before that."""

    keys: str
    versions: str
    moved_count: int
    balance_arguments: tuple[object, ...]


async def copy_transactions(connection: asyncpg.Connection, plan: Plan) -> Prepared:
    """Write the plan's transactions and events, and prepare its balances.

    Rows are written in the order of their references, so that two processes which were sent the same references do not
    deadlock on the unique index.
    """
    now = canonical.time_text(plan.now)
    digested: list[str] = []
    rows: dict[str, str] = {}
    tails: dict[str, str] = {}
    # Legs, which have no reference of their own, and what has more columns are written beside the headers.
    has_others = plan.headers or plan.changes or plan.takes_available or plan.names_identities or plan.adjusts
    singles = [movement for movement in plan.movements if not _is_rare(movement)] if has_others else plan.movements
    for movement in singles:
        reference = movement.operation.reference
        canonical_row = canonical.movement_row(
            movement, now if movement.now is plan.now else canonical.time_text(movement.now)
        )
        tail = canonical.movement_tail(movement)
        if tail:
            tails[reference] = tail
        digested.append(canonical_row + tail)
        rows[reference] = canonical_row + canonical.movement_state(movement)
        if len(rows) % _ROWS_AT_ONCE == 0:
            # Let the preceding batch take its next step: it must not wait for this text.
            await asyncio.sleep(0)
    columns = canonical.COLUMNS
    if tails:
        columns, rows = canonical.with_tails(rows, tails)
    await copy_rows(connection, "transactions", [rows[reference] for reference in sorted(rows)], columns)
    written = list(zip((single.ordinal for single in singles), digested, strict=True))
    if has_others:
        written += await _copy_headers_and_legs(connection, plan)
    if plan.changes:
        written += await write_changes(connection, plan)
    return await _prepare(connection, plan, written)


async def _copy_headers_and_legs(connection: asyncpg.Connection, plan: Plan) -> list[tuple[int, str]]:
    """Write the headers, the amendments, the legs and other rare movements. Returns their digested rows."""
    written: list[tuple[int, Transaction]] = [(header.ordinal, header.transaction) for header in plan.headers]
    written += [(movement.ordinal, movement.to_transaction()) for movement in plan.movements if _is_rare(movement)]
    written.sort(key=lambda entry: entry[1].reference or "")
    digested, rows = [], []
    for ordinal, transaction in written:
        canonical_row, row = canonical.header_row(transaction)
        digested.append((ordinal, canonical_row))
        rows.append(row)
        if len(rows) % _ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
    await copy_rows(connection, "transactions", rows, canonical.HEADER_COLUMNS)
    if plan.names_identities:
        await _copy_links(connection, (transaction for _, transaction in written))
    return digested


def _is_rare(movement: Movement) -> bool:
    """Whether the row of a movement has columns that most rows lack."""
    return movement.header_id is not None or movement.kind is Kind.ADJUSTMENT or movement.request_json is not None


async def _copy_links(connection: asyncpg.Connection, written: Iterable[Transaction]) -> None:
    """Write which of these transactions concern which identities. Raises StaleView where one was deleted meanwhile."""
    rows = [
        f"{decode_hex(TRANSACTION, transaction.id)}\t{decode_hex(IDENTITY, identity_id)}\n"
        for transaction in written
        for identity_id in transaction.identity_ids
    ]
    try:
        await copy_rows(connection, "transaction_identities", rows, ("transaction_id", "identity_id"))
    except asyncpg.ForeignKeyViolationError:
        raise StaleView from None


async def write_changes(connection: asyncpg.Connection, plan: Plan) -> list[tuple[int, str]]:
    """Write the changes of deferred transactions. Raises StaleView if one has changed since the plan read it."""
    figures = deferred.applied_figures(plan)
    if not await deferred.change(connection, plan, figures):
        raise StaleView
    return await deferred.copy_transitions(connection, plan, figures)


async def apply_to_balances(connection: asyncpg.Connection, plan: Plan, prepared: Prepared) -> None:
    """Lock what the plan read, prove that it has not changed, and write the plan's effect.

    Raises StaleView if a version, a closed period or a lease differs; asyncpg errors pass through.
    """
    if await connection.fetchval(_QUERIES.lock, prepared.keys) != prepared.versions:
        raise StaleView
    if plan.periods and not await _periods_stand(connection, plan, _QUERIES.lock_ledgers):
        raise StaleView
    if plan.leases and await leases.standing(connection, plan.leases) != plan.leases:
        raise StaleView
    await _write_transitions(connection, plan)
    await due.write(connection, plan)
    await event_writer.insert_batches(connection, plan)
    if await connection.fetchval(_QUERIES.apply_to_balances, *prepared.balance_arguments) != prepared.moved_count:
        raise StaleView


async def _prepare(connection: asyncpg.Connection, plan: Plan, written: list[tuple[int, str]]) -> Prepared:
    digest = canonical.Digest(written + _transition_lines(plan))
    events = _event_rows(plan)
    while some := list(islice(events, _EVENTS_AT_ONCE)):
        for event in some:
            digest.add(event.ordinal, event.canonical_row)
        await event_writer.write_events(connection, some, plan)
    moved = _after(plan)
    return Prepared(
        *_expected(plan),
        len(moved),
        (
            as_array([account.key for account in moved]),
            *_columns(plan, moved),
            plan.now,
            uuid.UUID(plan.block.hex(0)),
            plan.entries,
            digest.finish(),
            canonical.DIGEST_VERSION,
            _times(plan, moved),
        ),
    )


async def unchanged(connection: asyncpg.Connection, plan: Plan) -> bool:
    """Whether every balance still has the version that the plan read: for plans that write nothing."""
    if not plan.reads:
        return True
    if plan.periods and not await _periods_stand(connection, plan, _QUERIES.compare_ledgers):
        return False
    keys, versions = _expected(plan)
    return bool(await connection.fetchval(_QUERIES.compare, keys) == versions)


async def lock_ledgers(connection: asyncpg.Connection, keys: Collection[str]) -> None:
    """Lock the closed periods of these ledgers to the end of the transaction. Without ledgers it does nothing."""
    if keys:
        await connection.fetch(_QUERIES.lock_ledgers, as_array(keys))


async def _periods_stand(connection: asyncpg.Connection, plan: Plan, query: str) -> bool:
    """Whether the ledgers are still closed up to the times that the plan's dated drafts relied on."""
    rows = await connection.fetch(query, as_array({key for key, _ in plan.periods}))
    return {(row["id"].hex, row["closed_before"]) for row in rows} == plan.periods


async def exists(connection: asyncpg.Connection, plan: Plan) -> bool:
    """Whether the plan's commit is recorded: checked when the connection was lost during COMMIT."""
    return bool(await connection.fetchval(_QUERIES.journal_exists, uuid.UUID(plan.block.hex(0))))


def _expected(plan: Plan) -> tuple[str, str]:
    """The balances that the plan read, in id order: the keys, and the versions that must still stand."""
    read = {account.key: figures[0] for account, figures in plan.reads.items()}
    keys = sorted(read)
    return as_array(keys), as_array([str(read[key]) for key in keys])


def _after(plan: Plan) -> dict[Account, Figures]:
    """Each moved account's figures after its last movement of the plan."""
    after: dict[Account, Figures] = {}
    for movement in plan.movements:
        after[movement.source] = movement.source_figures
        after[movement.destination] = movement.destination_figures
    for movement in plan.applied if plan.changes else ():
        # Every step of an account is a new version, so the highest one is the last.
        for account, figures in (
            (movement.source, movement.source_figures),
            (movement.destination, movement.destination_figures),
        ):
            if account not in after or after[account].version < figures.version:
                after[account] = figures
    return after


def _columns(plan: Plan, moved: dict[Account, Figures]) -> list[str | None]:
    """Versions and totals, each as one list. The lists of held totals are None where no held total changed."""
    if not moved:
        return ["{}"] * len(Figures._fields)
    columns: list[str | None] = [as_numbers(column) for column in zip(*moved.values(), strict=True)]
    if any(figures[3:] != plan.reads[account][3:] for account, figures in moved.items()):
        return columns
    return [*columns[:3], None, None]


def _times(plan: Plan, moved: Iterable[Account]) -> list[datetime] | None:
    """The time of each account's last movement. None where all moved at the plan's time."""
    late = [movement for movement in (*plan.movements, *plan.applied) if movement.now is not plan.now]
    if not late:
        return None
    times: dict[Account, datetime] = {}
    for movement in late:
        for account in (movement.source, movement.destination):
            times[account] = max(movement.now, times.get(account, plan.now))
    return [times.get(account, plan.now) for account in moved]


def _transition_lines(plan: Plan) -> list[tuple[int, str]]:
    return [
        (
            transition.ordinal,
            canonical.transition_row(
                key=plan.block.hex(transition.ordinal),
                parent_key=transition.parent.key,
                cause_key=transition.cause_key,
                kind=_transition_kind(transition),
                status=transition.status.value,
                after=transition.after,
                details=_details(transition),
            ),
        )
        for transition in plan.transitions
    ]


def _transition_kind(transition: Transition) -> str:
    return _EXPIRED if transition.expired else _TRANSITIONS[transition.kind]


def _details(transition: Transition) -> str | None:
    return None if transition.adjusted is None else adjusted.to_text(transition.adjusted)


async def _write_adjustments(connection: asyncpg.Connection, plan: Plan) -> None:
    """Write what adjustments make of holds. It comes before what was committed since: that may be more than the hold
    held before."""
    changed = [(each.parent.key, each.adjusted) for each in plan.transitions if each.kind is Kind.ADJUSTMENT]
    if not changed:
        return
    last = {key: terms for key, terms in changed if terms is not None}
    first = {key: terms for key, terms in reversed(changed) if terms is not None}
    status = await connection.execute(
        _QUERIES.adjust,
        as_array(last),
        as_array(str(terms.amount) for terms in last.values()),
        [terms.expires_at for terms in last.values()],
        [terms.commits_at for terms in last.values()],
        [terms.adjustments for terms in last.values()],
        [first[key].adjustments - 1 for key in last],
    )
    if status != f"UPDATE {len(last)}":
        raise StaleView


async def _write_transitions(connection: asyncpg.Connection, plan: Plan) -> None:
    if not plan.transitions:
        return
    await _write_adjustments(connection, plan)
    first = {transition.parent.key: transition.before for transition in reversed(plan.transitions)}
    last = {transition.parent.key: transition for transition in plan.transitions}
    status = await connection.execute(
        _QUERIES.move_forward,
        as_array(last),
        [transition.status.value for transition in last.values()],
        *(
            as_array(map(str, figures))
            for figures in zip(*(transition.after for transition in last.values()), strict=True)
        ),
        *(as_array(map(str, figures)) for figures in zip(*(first[key] for key in last), strict=True)),
    )
    if status != f"UPDATE {len(last)}":
        raise StaleView
    details = [_details(transition) for transition in plan.transitions]
    await connection.execute(
        _QUERIES.insert_transitions,
        as_array(plan.block.hex(transition.ordinal) for transition in plan.transitions),
        as_array(transition.parent.key for transition in plan.transitions),
        as_array(transition.cause_key for transition in plan.transitions),
        [_transition_kind(transition) for transition in plan.transitions],
        [transition.status.value for transition in plan.transitions],
        *(
            as_array(map(str, figures))
            for figures in zip(*(transition.after for transition in plan.transitions), strict=True)
        ),
        plan.now,
        details if any(details) else None,
    )


def _event_rows(plan: Plan) -> Iterator[event_writer.EventRow]:
    events: Iterator[Firing | BatchRecord] = heapq.merge(plan.firings, plan.batches, key=lambda event: event.ordinal)
    for event in events:
        yield event_writer.firing_row(plan, event) if isinstance(event, Firing) else event_writer.batch_row(plan, event)
