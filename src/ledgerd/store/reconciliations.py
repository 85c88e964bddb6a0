"""Reconciliations as rows of their table: accepted, worked on by one process at a time, ended.

A process works on a run under a lease, which has a token and ends after some time unless the process renews it.
Whatever a run writes, it writes while its lease stands (see ``standing``).
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import asyncpg

from ledgerd.core.model.ids import ORDINAL_MAX
from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.core.model.rejection import Rejection, rejection_text
from ledgerd.store import commits, queries
from ledgerd.store.rule_json import dump_rules, load_rules

_QUERIES = queries.RECONCILIATIONS

PENDING, RUNNING, FINISHED, FAILED, CANCELLED = "PENDING", "RUNNING", "FINISHED", "FAILED", "CANCELLED"
_PLACING_SECONDS = 0.02
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Lost(Exception):
    """Another process has the lease of the run now, or the run is over. Nothing was written."""


class Cancelled(Exception):
    """The run is to end without a result."""


@dataclass(frozen=True, slots=True)
class RunLease:
    """The right of one process to work on a run. ``token`` is new for each lease."""

    id: uuid.UUID
    token: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a run was asked to compare."""

    balance_ids: tuple[uuid.UUID, ...]
    begin: date | None
    end: date | None
    by_effective_time: bool
    time_zone: str
    is_opposite: bool
    applied: bool = True
    """Whether movements are compared."""
    inflight: bool = False
    """Whether what remains of holds is compared."""
    ledger_ids: tuple[uuid.UUID, ...] = ()
    identity_ids: tuple[uuid.UUID, ...] = ()
    """All of whose balances were asked for; they are among ``balance_ids``."""

    def json(self) -> str:
        """As it is stored."""
        return json.dumps(
            {
                "balance_ids": [each.hex for each in self.balance_ids],
                "begin": self.begin and self.begin.isoformat(),
                "end": self.end and self.end.isoformat(),
                "by_effective_time": self.by_effective_time,
                "time_zone": self.time_zone,
                "is_opposite": self.is_opposite,
                "applied": self.applied,
                "inflight": self.inflight,
                "ledger_ids": [each.hex for each in self.ledger_ids],
                "identity_ids": [each.hex for each in self.identity_ids],
            }
        )

    @classmethod
    def of(cls, text: str) -> "Scope":
        """As it was stored."""
        stored = json.loads(text)
        return cls(
            balance_ids=tuple(uuid.UUID(each) for each in stored["balance_ids"]),
            begin=_date(stored["begin"]),
            end=_date(stored["end"]),
            by_effective_time=stored["by_effective_time"],
            time_zone=stored["time_zone"],
            is_opposite=stored["is_opposite"],
            applied=stored["applied"],
            inflight=stored["inflight"],
            ledger_ids=tuple(uuid.UUID(each) for each in stored["ledger_ids"]),
            identity_ids=tuple(uuid.UUID(each) for each in stored["identity_ids"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to be accepted."""

    id: uuid.UUID
    source_id: uuid.UUID
    upload_id: uuid.UUID | None
    rule_set: tuple[uuid.UUID, int] | None
    scope: Scope
    rules: Sequence[MatchingRule]
    dry_run: bool
    created_by: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A run as the process reads it that works on it. Position, decisions and record bound are absent until they were
    noted."""

    source_id: uuid.UUID
    upload_id: uuid.UUID | None
    replays: uuid.UUID | None
    scope: Scope
    rules: tuple[MatchingRule, ...]
    position: int | None
    decisions: int | None
    record_bound: int | None
    method: str | None
    """How it finds and counts, as reconciliation/method.py says it; absent, too, from runs of before it was noted."""
    crashes: int
    is_written: bool
    """Whether everything that the run found is written."""
    cancel_asked: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """As of when a run reads: a position in the journal with the versions of its balances there, the last decision
    about rows, the last record of its source."""

    position: int
    versions: Mapping[uuid.UUID, int]
    decisions: int
    record_bound: int


async def accept(connection: asyncpg.Connection, new: NewRun) -> None:
    """Store a run, which a worker finds."""
    set_id, set_version = new.rule_set or (None, None)
    await connection.execute(
        _QUERIES.accept, new.id, new.source_id, new.upload_id, set_id, set_version, new.scope.json(),
        dump_rules(new.rules), new.dry_run, new.created_by, new.at,
    )  # fmt: skip


async def accept_replay(
    connection: asyncpg.Connection, run_id: uuid.UUID, of: uuid.UUID, created_by: str | None, at: datetime
) -> None:
    """Store a run that does a finished one again."""
    await connection.execute(_QUERIES.accept_replay, run_id, of, created_by, at)
    await connection.execute(_QUERIES.copy_balances, run_id, of)


async def find(connection: asyncpg.Connection, run_id: uuid.UUID) -> asyncpg.Record | None:
    """A run, if it exists."""
    return await connection.fetchrow(f"{_QUERIES.select} WHERE t.id = $1", run_id)


async def balances_of_ledger(connection: asyncpg.Connection, ledger_id: uuid.UUID, limit: int) -> list[uuid.UUID]:
    """The first balances of a ledger."""
    return [row["id"] for row in await connection.fetch(_QUERIES.balances_of_ledger, ledger_id, limit)]


async def balances_of_identity(connection: asyncpg.Connection, identity_id: uuid.UUID, limit: int) -> list[uuid.UUID]:
    """The first balances of an identity."""
    return [row["id"] for row in await connection.fetch(_QUERIES.balances_of_identity, identity_id, limit)]


async def open_count(connection: asyncpg.Connection) -> int:
    """The number of runs that have not ended."""
    found: int = await connection.fetchval(_QUERIES.open_count)
    return found


# Leases ------------------------------------------------------------------------------------------


async def lease(connection: asyncpg.Connection, count: int, length: timedelta) -> list[RunLease]:
    """Lease up to ``count`` runs that no process works on. ``length`` is how long the leases stand."""
    token = uuid.uuid4()
    return [RunLease(row["id"], token) for row in await connection.fetch(_QUERIES.lease, token, length, count)]


async def renew(connection: asyncpg.Connection, held: RunLease, length: timedelta) -> None:
    """Let the lease stand for ``length`` from now on. Raises Lost, Cancelled."""
    _go_on(await connection.fetchrow(_QUERIES.renew, held.id, held.token, length))


async def release(connection: asyncpg.Connection, held: RunLease, *, crashed: bool = False) -> None:
    """End the lease, so that any process may take over the run."""
    await connection.execute(_QUERIES.release, held.id, held.token, int(crashed))


@asynccontextmanager
async def standing(connection: asyncpg.Connection, held: RunLease) -> AsyncIterator[None]:
    """A transaction during which the lease stands. Raises Lost, Cancelled."""
    async with commits.transaction(connection):
        _go_on(await connection.fetchrow(_QUERIES.stand, held.id, held.token))
        yield


async def lock(connection: asyncpg.Connection, held: RunLease) -> asyncpg.Record:
    """Lock the run until the end of the transaction: ``cancel_asked`` and ``position``. Raises Lost."""
    row = await connection.fetchrow(_QUERIES.lock, held.id, held.token)
    if row is None:
        raise Lost
    return row


async def ask_to_cancel(connection: asyncpg.Connection, run_id: uuid.UUID) -> bool:
    """Let the run end without a result. False where it is over already."""
    return await connection.fetchval(_QUERIES.ask_to_cancel, run_id) is not None


# As of when --------------------------------------------------------------------------------------


async def until_placed(connection: asyncpg.Connection) -> None:
    """Wait until every commit that is visible now has a position: whoever posted, and then started a run, finds in the
    run what was posted."""
    waiting = await _unplaced(connection)
    while waiting:
        await asyncio.sleep(_PLACING_SECONDS)
        waiting &= await _unplaced(connection)


async def _unplaced(connection: asyncpg.Connection) -> set[uuid.UUID]:
    return {row["journal_id"] for row in await connection.fetch(_QUERIES.unplaced)}


async def moment(connection: asyncpg.Connection, source_id: uuid.UUID, balance_ids: Sequence[uuid.UUID]) -> Moment:
    """As of when a run that begins now reads.

    All of it is one snapshot, and exact: commits that the snapshot sees, and that have no position yet, are left out of
    the versions. Of one balance they have the highest ones.
    """
    async with commits.transaction(connection, begin=_SNAPSHOT):
        noted = await connection.fetchrow(_QUERIES.moment, source_id)
        low = [row["journal_id"] for row in await connection.fetch(_QUERIES.unplaced)]
        high = [uuid.UUID(int=journal_id.int | ORDINAL_MAX) for journal_id in low]
        versions = await connection.fetch(_QUERIES.versions, list(balance_ids), low, high)
    return Moment(
        noted["position"], {row["id"]: row["version"] for row in versions}, noted["decisions"], noted["record_bound"]
    )


async def note(connection: asyncpg.Connection, held: RunLease, as_of: Moment, method: str) -> None:
    """Note as of when a run reads and how it finds, once. Inside of a transaction. Raises Lost."""
    if (await lock(connection, held))["position"] is None:
        await connection.execute(_QUERIES.note_balances, held.id, list(as_of.versions), list(as_of.versions.values()))
        await connection.execute(_QUERIES.note, held.id, as_of.position, as_of.decisions, as_of.record_bound, method)


async def balances(connection: asyncpg.Connection, run_id: uuid.UUID) -> list[asyncpg.Record]:
    """The balances of a run: ``balance_id``, ``version``, ``currency`` and ``precision``."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.balances, run_id)
    return rows


async def record_precisions(
    connection: asyncpg.Connection, source_id: uuid.UUID, last: int, upload_id: uuid.UUID | None
) -> list[tuple[str, int]]:
    """The finest precision of a source's records in each currency, up to a record; with those of a dry run's upload."""
    rows = await connection.fetch(_QUERIES.record_precisions, source_id, last, upload_id)
    return [(row["currency"], row["precision"]) for row in rows]


# Work --------------------------------------------------------------------------------------------


async def work(connection: asyncpg.Connection, held: RunLease) -> Work:
    """The run. Raises Lost."""
    row = await connection.fetchrow(_QUERIES.work, held.id, held.token)
    if row is None:
        raise Lost
    return Work(
        source_id=row["source_id"],
        upload_id=row["upload_id"],
        replays=row["replays"],
        scope=Scope.of(row["scope"]),
        rules=load_rules(row["rules"]),
        position=row["position"],
        decisions=row["decisions"],
        record_bound=row["record_bound"],
        method=row["method"],
        crashes=row["crashes"],
        is_written=row["stage"] == "DONE",
        cancel_asked=row["cancel_asked"],
    )


async def progress(connection: asyncpg.Connection, held: RunLease, stage: str, rows_done: int) -> None:
    """Tell how far the run is. Raises Lost, Cancelled."""
    _go_on(await connection.fetchrow(_QUERIES.progress, held.id, held.token, stage, rows_done))


async def clear(connection: asyncpg.Connection, run_id: uuid.UUID) -> None:
    """Remove what the run found so far."""
    for statement in (
        *(_QUERIES.clear_matches, _QUERIES.clear_members, _QUERIES.clear_unmatched, _QUERIES.clear_adjustments),
    ):
        await connection.execute(statement, run_id)


async def found(
    connection: asyncpg.Connection,
    run_id: uuid.UUID,
    counts: Mapping[str, object],
    digest: bytes,
    differences: Sequence[str] | None,
    adjustments: int,
) -> None:
    """Note that all that the run found is written, and how many adjustments it proposes; ``differences`` are those of a
    replay."""
    told = None if differences is None else json.dumps(list(differences))
    await connection.execute(_QUERIES.found, run_id, json.dumps(counts), digest, told, adjustments)


async def differing(
    connection: asyncpg.Connection, run_id: uuid.UUID, other: uuid.UUID, limit: int
) -> list[asyncpg.Record]:
    """The first matches of one record with one entry that a run has and the other one has not."""
    rows: list[asyncpg.Record] = await connection.fetch(_QUERIES.differing, run_id, other, limit)
    return rows


async def finish(connection: asyncpg.Connection, run_id: uuid.UUID, at: datetime) -> None:
    """End a run whose result is written, and that is locked."""
    await connection.execute(_QUERIES.finish, run_id, at)


async def fail(
    connection: asyncpg.Connection, run_id: uuid.UUID, status: str, rejection: Rejection | None, at: datetime
) -> None:
    """End a run without a result, FAILED or CANCELLED, that is locked and of which nothing is written."""
    told = None if rejection is None else rejection_text(rejection)
    await connection.execute(_QUERIES.fail, run_id, status, told, at)


def _go_on(row: asyncpg.Record | None) -> None:
    if row is None:
        raise Lost
    if row["cancel_asked"]:
        raise Cancelled


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
